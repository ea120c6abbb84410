//! What GitHub delivers.

use rustix::process::Signal;
use serde_json::{Value, json};

use super::{Reply, SECRET, Serving, fleet};

/// What GitHub signs with a secret.
fn signature(secret: &str, body: &[u8]) -> String {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret.as_bytes());
    let tag = ring::hmac::sign(&key, body);
    let digits: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={digits}")
}

/// A delivery as GitHub sends it.
fn deliver(serving: &Serving, id: &str, event: &str, body: &Value) -> Reply {
    let body = body.to_string();
    let headers = [
        ("Content-Type", "application/json"),
        ("X-GitHub-Delivery", id),
        ("X-GitHub-Event", event),
        ("X-Hub-Signature-256", &signature(SECRET, body.as_bytes())),
    ];
    serving.ask("POST", "/webhooks/github", &headers, body.as_bytes())
}

fn push(repository: &str, after: &str) -> Value {
    json!({
        "ref": "refs/heads/main",
        "after": after,
        "repository": { "full_name": repository, "default_branch": "main" },
    })
}

const ROLES: &[&str] = &["--role", "webhooks"];

#[test]
fn a_push_judges_its_repository_again_and_once() {
    let (world, forge) = fleet();
    let serving = Serving::dashboard(&world, &forge, ROLES);
    assert_eq!(serving.verdict("t-hermes"), "conformant");
    let path = "/repos/acme/t-hermes/contents/README.md";
    let sha = forge.read(path)["sha"].clone();
    let change = json!({ "message": "Drift", "content": "b3RoZXIK", "sha": sha });
    forge.write("PUT", path, &change);
    let reply = deliver(&serving, "1", "push", &push("acme/t-hermes", "a")).is(202).json();
    assert_eq!(reply, json!({ "status": "accepted", "wants": { "judge": "acme/t-hermes" } }));
    serving.until("it is judged again", || serving.verdict("t-hermes") != "conformant");
    assert_eq!(serving.metric("shipshape_judgings_total{outcome=\"judged\"}"), 2);
    assert!(serving.get_with_token("/").body.contains("1 repository again"));
    // A replay, under its own id and under another.
    for id in ["1", "2"] {
        let reply = deliver(&serving, id, "push", &push("acme/t-hermes", "a")).is(200).json();
        assert_eq!(reply["status"], "seen");
    }
    assert_eq!(
        deliver(&serving, "1", "push", &push("acme/t-codex", "b")).is(200).json()["status"],
        "seen"
    );
    // After a restart, too.
    drop(serving);
    let serving = Serving::dashboard(&world, &forge, ROLES);
    assert_eq!(
        deliver(&serving, "1", "push", &push("acme/t-hermes", "a")).is(200).json()["status"],
        "seen"
    );
    assert_eq!(serving.metric("shipshape_deliveries_total{outcome=\"seen\"}"), 1);
}

#[test]
fn what_is_not_signed_is_not_read() {
    let (world, forge) = fleet();
    let serving = Serving::start(&world, Some(&forge), ROLES, &[]);
    let body = push("acme/t-hermes", "a").to_string();
    let send = |signature: Option<&str>, body: &str| {
        let mut headers = vec![
            ("Content-Type", "application/json"),
            ("X-GitHub-Delivery", "1"),
            ("X-GitHub-Event", "push"),
        ];
        headers.extend(signature.map(|signature| ("X-Hub-Signature-256", signature)));
        serving.ask("POST", "/webhooks/github", &headers, body.as_bytes()).status
    };
    let good = signature(SECRET, body.as_bytes());
    assert_eq!(send(None, &body), 401);
    assert_eq!(send(Some(&signature("another secret altogether", body.as_bytes())), &body), 401);
    assert_eq!(send(Some(&good), &format!("{body} ")), 401);
    assert_eq!(send(Some(&good[..good.len() - 1]), &body), 401);
    assert_eq!(send(Some(&good.replace("sha256", "sha1")), &body), 401);
    assert_eq!(send(Some(""), &body), 401);
    // Before the signature nothing is believed: no form, no event.
    assert_eq!(send(None, "{"), 401);
    assert_eq!(send(Some(&signature(SECRET, b"{")), "{"), 400);
    // What can be no signature is refused before a byte of the body has come.
    let mut stream = std::net::TcpStream::connect(&serving.address).expect("it listens");
    let head = format!(
        "POST /webhooks/github HTTP/1.1\r\nHost: {}\r\nContent-Length: 900\r\nConnection: close\r\n\r\n",
        serving.address
    );
    std::io::Write::write_all(&mut stream, head.as_bytes()).expect("sent");
    super::read_reply(&mut stream).is(401);
    assert_eq!(serving.metric("shipshape_deliveries_total{outcome=\"bad signature\"}"), 8);
    // What was refused is not remembered.
    assert_eq!(send(Some(&good), &body), 202);
}

#[test]
fn what_is_no_delivery_is_said_to_be_none() {
    let (world, forge) = fleet();
    let serving = Serving::start(&world, Some(&forge), ROLES, &[]);
    assert_eq!(
        deliver(&serving, "1", "ping", &json!({ "zen": "x" })).is(200).json()["status"],
        "pong"
    );
    assert_eq!(deliver(&serving, "2", "star", &json!({})).is(202).json()["status"], "ignored");
    let elsewhere = deliver(&serving, "3", "push", &push("acme/stranger", "a")).is(202).json();
    assert_eq!(elsewhere["status"], "ignored");
    let mut branch = push("acme/t-hermes", "a");
    branch["ref"] = "refs/heads/other".into();
    assert_eq!(deliver(&serving, "4", "push", &branch).is(202).json()["status"], "ignored");
    deliver(&serving, &"9".repeat(101), "push", &push("acme/t-hermes", "a")).is(400);
    deliver(&serving, "", "push", &push("acme/t-hermes", "a")).is(400);
    let body = "payload=%7B%7D";
    let headers = [
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("X-GitHub-Delivery", "1"),
        ("X-GitHub-Event", "push"),
        ("X-Hub-Signature-256", &signature(SECRET, body.as_bytes())),
    ];
    serving.ask("POST", "/webhooks/github", &headers, body.as_bytes()).is(415);
    serving.ask("GET", "/webhooks/github", &[], b"").is(405);
}

#[test]
fn a_huge_body_is_refused_before_it_is_read() {
    let (world, forge) = fleet();
    let serving = Serving::start(&world, Some(&forge), ROLES, &[]);
    let announced = [("Content-Length", "99999999999")];
    serving.ask("POST", "/webhooks/github", &announced, b"").is(413);
    // One that does not say how long it is.
    let chunk = "a".repeat(65536);
    let chunks = format!("10000\r\n{chunk}\r\n").repeat(90) + "0\r\n\r\n";
    let mut stream = std::net::TcpStream::connect(&serving.address).expect("it listens");
    let head = format!(
        "POST /webhooks/github HTTP/1.1\r\nHost: {}\r\nX-Hub-Signature-256: {}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n",
        serving.address,
        signature("another secret altogether", b"")
    );
    let sent = std::io::Write::write_all(&mut stream, head.as_bytes())
        .and_then(|()| std::io::Write::write_all(&mut stream, chunks.as_bytes()));
    // The server may have closed in the middle; then its answer may be lost, too.
    if sent.is_ok() {
        super::read_reply(&mut stream).is(413);
    }
    serving.until("it was refused", || {
        serving.metric("shipshape_deliveries_total{outcome=\"not read\"}") == 2
    });
}

#[test]
fn deliveries_that_come_together_are_judged_together() {
    let (world, forge) = fleet();
    let serving = Serving::dashboard(&world, &forge, ROLES);
    for number in 0..40 {
        let repository = if number % 2 == 0 { "acme/t-hermes" } else { "Acme/T-Codex" };
        let id = format!("id-{number}");
        deliver(&serving, &id, "push", &push(repository, &number.to_string())).is(202);
    }
    assert_eq!(serving.metric("shipshape_deliveries_total{outcome=\"accepted\"}"), 40);
    let judged = || serving.metric("shipshape_judgings_total{outcome=\"judged\"}");
    serving.until("they are judged", || judged() >= 2);
    let (code, told) = serving.end(Signal::TERM);
    assert_eq!(code, 0, "{told}");
    let parts = told.matches("judged a part of the fleet").count();
    assert!((1..20).contains(&parts), "{parts} judgings for 40 deliveries:\n{told}");
}

#[test]
fn another_process_does_what_the_public_one_takes_in() {
    let (world, forge) = fleet();
    let dashboard = Serving::dashboard(&world, &forge, &[]);
    let public = Serving::start(&world, Some(&forge), ROLES, &[]);
    deliver(&public, "1", "push", &push("acme/t-hermes", "a")).is(202);
    dashboard.until("it is judged again", || {
        dashboard.metric("shipshape_judgings_total{outcome=\"judged\"}") == 2
    });
    // Two that take deliveries would each remember half.
    let arguments = ["serve", "--role", "webhooks", "--listen", "127.0.0.1:0"];
    let variables = [("SHIPSHAPE_SERVE_TOKEN", super::TOKEN), ("SHIPSHAPE_WEBHOOK_SECRET", SECRET)];
    let ran = forge.run_with(&world, &arguments, &variables).exits(3);
    assert!(ran.stderr.contains("another server receives the deliveries"), "{}", ran.stderr);
}

#[test]
fn what_is_announced_and_does_not_come_takes_nobodys_room() {
    let (world, forge) = fleet();
    let serving = Serving::start(&world, Some(&forge), ROLES, &[]);
    let head = format!(
        "POST /webhooks/github HTTP/1.1\r\nHost: {}\r\nX-Hub-Signature-256: {}\r\nContent-Length: 5242880\r\n\r\n{{",
        serving.address,
        signature("another secret altogether", b"")
    );
    let waiting: Vec<std::net::TcpStream> = (0..40)
        .map(|_| {
            let mut stream = std::net::TcpStream::connect(&serving.address).expect("it listens");
            std::io::Write::write_all(&mut stream, head.as_bytes()).expect("sent");
            stream
        })
        .collect();
    for id in ["1", "2", "3"] {
        deliver(&serving, id, "push", &push("acme/t-hermes", id)).is(202);
    }
    drop(waiting);
}
