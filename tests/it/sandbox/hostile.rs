//! What no client of GitHub's would ask, and a page in a browser or a broken program might.

use serde_json::{Value, json};

use super::{Forge, status};
use crate::rehearsal::Asked;

#[test]
fn what_is_not_served_is_not_there() {
    let forge = Forge::new();
    for path in [
        "/",
        "//",
        "/repos",
        "/repos/acme",
        "/repos/acme/one/",
        "/repos//acme/one",
        "/repos/acme/one/issues",
        "/user/",
        "/repos/acme/one/git/refs",
        "/x/../user",
        "/repos/acme/..",
        "/repos/../one",
        "/%00",
    ] {
        assert_eq!(forge.send_plainly("GET", path, &Value::Null), 404, "{path}");
    }
    for method in ["PUT", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "post"] {
        assert_eq!(
            forge.send_plainly(method, "/repos/acme/one/branches", &Value::Null),
            404,
            "{method}"
        );
    }
    let other = |path: &str| {
        forge.rehearsal.ask("all", &Asked { method: "GET", path, ..Asked::default() }).status
    };
    for path in
        ["/", "/user", "/api/v4/user", "/api/graphql", "/_sandbox", "/_sandbox/", "/_sandbox/x"]
    {
        assert_eq!(other(path), 404, "{path}");
    }
    let head = forge.send("HEAD", "/repos/acme/one", &Value::Null).is(200);
    assert!(head.body.is_empty() && !head.header("etag").is_empty());
}

#[test]
fn a_body_that_is_no_object_is_refused_whatever_is_asked() {
    let forge = Forge::new();
    let before = forge.state();
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let nested = format!("{}1{}", "{\"a\":".repeat(100_000), "}".repeat(100_000));
    for body in
        ["{", "[]", "1", "\"x\"", "null", "{\"name\": \"\\ud800\"}", "\u{feff}{}", &deep, &nested]
    {
        let asked = Asked {
            method: "POST",
            path: "/api/v3/repos/acme/one/git/refs",
            body: body.as_bytes().to_vec(),
            ..Asked::default()
        };
        let status = forge.rehearsal.ask("all", &asked).status;
        assert_eq!(status, 400, "{}", body.chars().take(20).collect::<String>());
    }
    let path = "/api/v3/repos/acme/one/git/refs";
    let bytes = Asked { method: "POST", path, body: vec![0xff, 0xfe], ..Asked::default() };
    assert_eq!(forge.rehearsal.ask("all", &bytes).status, 400);
    assert_eq!(forge.state(), before);
}

#[test]
fn a_body_without_end_is_refused_before_it_fills_the_memory() {
    let forge = Forge::new();
    let address = forge.rehearsal.url().replace("http://", "");
    let announced = format!(
        "POST /api/v3/repos/acme/one/git/blobs HTTP/1.1\r\nhost: {address}\r\nuser-agent: t\r\n\
         connection: close\r\ncontent-length: 99999999999\r\n\r\n{{"
    );
    assert_eq!(status(&forge.rehearsal.raw(announced.as_bytes())), 413);
    forge.get("/user").is(200);
}

#[test]
fn a_request_that_is_cut_or_malformed_harms_no_other() {
    let forge = Forge::new();
    let address = forge.rehearsal.url().replace("http://", "");
    for request in [
        "GET\r\n\r\n".to_owned(),
        "\u{0}\u{1}\u{2}\r\n\r\n".to_owned(),
        format!("GET /api/v3/user HTTP/1.1\r\nhost: {address}\r\nbad header\r\n\r\n"),
        format!("GET /api/v3/user HTTP/9.9\r\nhost: {address}\r\n\r\n"),
        format!(
            "GET /api/v3/user HTTP/1.1\r\nhost: {address}\r\nx: {}\r\n\r\n",
            "x".repeat(1 << 20)
        ),
    ] {
        let answered = status(&forge.rehearsal.raw(request.as_bytes()));
        assert!(!(200..300).contains(&answered), "{answered}: {:?}", request.get(..20));
    }
    forge.get("/user").is(200);
}

#[test]
fn no_text_that_is_asked_for_becomes_a_header_of_the_answer() {
    let forge = Forge::new();
    // The name is said again in the address of a redirect, and in links between pages.
    forge.send("PATCH", "/repos/acme/one", &json!({ "name": "uno" })).is(200);
    let moved = forge.get("/repos/acme/one/branches?page=a%0d%0aset-cookie:%20b").is(301);
    assert!(moved.headers.get("set-cookie").is_none());
    assert!(moved.header("location").contains("%0D%0A"), "{}", moved.header("location"));
    let repeated = "/users/octo/repos?per_page=1&per_page=a%0d%0aset-cookie:%20b";
    for name in ["a", "b"] {
        forge.send("POST", "/user/repos", &json!({ "name": name })).is(201);
    }
    let paged = forge.get(repeated).is(200);
    assert!(paged.header("link").contains("%0D%0A"), "{}", paged.header("link"));
    let path = "/repos/acme/one%0d%0aset-cookie:b/branches";
    assert_eq!(forge.send_plainly("GET", path, &Value::Null), 404);
}

#[test]
fn a_page_in_a_browser_reaches_nothing() {
    let forge = Forge::new();
    let before = forge.state();
    let port = forge.rehearsal.url().rsplit(':').next().expect("a port").to_owned();
    let ask = |path: &str, headers: &[(&str, &str)]| {
        let body = b"{\"faults\": [{\"kind\": \"primary\", \"times\": 99}]}".to_vec();
        forge.rehearsal.ask("all", &Asked { method: "POST", path, headers, body }).status
    };
    let own = format!("http://127.0.0.1:{port}");
    for path in ["/_sandbox/faults", "/_sandbox/seed", "/api/v3/user/repos"] {
        assert_eq!(ask(path, &[("host", &format!("evil.example:{port}"))]), 403, "{path}");
        for host in ["localhost:1@evil.example", "localhost:1x", "127.0.0.1:"] {
            assert_eq!(ask(path, &[("host", host)]), 403, "{path} {host}");
        }
        // A page of another server on this machine may be another user's.
        let beside = "http://127.0.0.1:1";
        for origin in ["https://evil.example", "null", "http://127.0.0.1.evil.example", beside] {
            assert_eq!(ask(path, &[("origin", origin)]), 403, "{path} {origin}");
        }
    }
    forge.get("/user").is(200);
    assert_eq!(forge.state(), before);
    assert_eq!(ask("/_sandbox/faults", &[("origin", &own)]), 204);
    forge.control("DELETE", "faults", &Value::Null).is(204);
}

#[test]
fn who_does_not_say_what_he_is_is_refused() {
    let forge = Forge::new();
    let address = forge.rehearsal.url().replace("http://", "");
    for agent in ["", "user-agent:\r\n", "user-agent:  \r\n"] {
        let request = format!(
            "GET /api/v3/user HTTP/1.1\r\nhost: {address}\r\n{agent}connection: close\r\n\r\n"
        );
        let answer = forge.rehearsal.raw(request.as_bytes());
        assert_eq!(status(&answer), 403, "{answer}");
    }
}
