//! Who gets in, and how.

use rustix::process::Signal;

use super::{Reply, Serving, TOKEN, fleet};
use crate::world::World;

const PAGE: (&str, &str) = ("Accept", "text/html");

/// Signs in; the cookie.
fn sign_in(serving: &Serving) -> String {
    let reply = post(serving, "/login", &[], &format!("token={TOKEN}")).is(303);
    let cookie = reply.header("set-cookie").expect("a cookie").to_owned();
    for wanted in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=28800"] {
        assert!(cookie.contains(wanted), "{cookie}");
    }
    cookie.split(';').next().expect("a pair").to_owned()
}

fn post(serving: &Serving, path: &str, headers: &[(&str, &str)], form: &str) -> Reply {
    let kind = ("Content-Type", "application/x-www-form-urlencoded");
    serving.ask("POST", path, &[&[kind], headers].concat(), form.as_bytes())
}

/// The token that a page's forms carry.
fn form_token(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"form_token\" value=\"").expect("a form");
    rest.split('"').next().expect("a value").to_owned()
}

#[test]
fn programs_present_the_token_and_browsers_sign_in() {
    let (world, forge) = fleet();
    let serving = Serving::dashboard(&world, &forge, &[]);
    serving.get("/").is(401);
    assert_eq!(serving.ask("GET", "/", &[PAGE], b"").is(303).header("location"), Some("/login"));
    serving.get_with_token("/").is(200);
    for wrong in [format!("Bearer {TOKEN}x"), "Bearer ".to_owned(), format!("Basic {TOKEN}")] {
        let reply = serving.ask("GET", "/", &[("Authorization", &wrong)], b"").is(401);
        assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
    }
    for path in ["/report", "/report.json", "/metrics", "/campaigns", "/releases", "/images"] {
        serving.get(path).is(401);
        serving.get_with_token(path).is(200);
    }
    let page = serving.get("/login").is(200);
    assert!(!page.body.contains("acme"), "whoever is not signed in learns nothing");
    let again = post(&serving, "/login", &[], "token=something+else+entirely").is(401);
    assert!(again.header("set-cookie").is_none() && again.body.contains("not the token"));
    let cookie = sign_in(&serving);
    let page = serving.ask("GET", "/", &[PAGE, ("Cookie", &cookie)], b"").is(200);
    assert!(page.body.contains("t-hermes") && !page.body.contains(TOKEN));
    serving.ask("GET", "/", &[("Cookie", &format!("{cookie}0"))], b"").is(401);
    serving.ask("GET", "/", &[("Cookie", "shipshape=")], b"").is(401);
}

#[test]
fn a_process_that_only_takes_deliveries_has_no_door() {
    let (world, forge) = fleet();
    let serving = Serving::start(&world, Some(&forge), &["--role", "webhooks"], &[]);
    for path in ["/", "/login", "/report", "/report.json", "/images"] {
        serving.ask("GET", path, &[PAGE], b"").is(404);
        serving.get_with_token(path).is(404);
    }
    for path in ["/login", "/logout", "/judge", "/images/refresh"] {
        let reply = post(&serving, path, &[], &format!("token={TOKEN}")).is(404);
        assert!(reply.header("set-cookie").is_none());
    }
    serving.ask("GET", "/metrics", &[PAGE], b"").is(401);
    serving.get_with_token("/metrics").is(200);
}

#[test]
fn forms_are_taken_from_pages_of_ours_only() {
    let (world, forge) = fleet();
    let serving = Serving::dashboard(&world, &forge, &[]);
    let (one, other) = (sign_in(&serving), sign_in(&serving));
    let page = |cookie: &str| serving.ask("GET", "/", &[("Cookie", cookie)], b"").is(200).body;
    let (token, foreign) = (form_token(&page(&one)), form_token(&page(&other)));
    assert_ne!(token, foreign);
    let judge = |headers: &[(&str, &str)], token: &str| {
        let headers = [&[("Cookie", one.as_str())], headers].concat();
        post(&serving, "/judge", &headers, &format!("form_token={token}")).status
    };
    let own = format!("http://{}", serving.address);
    assert_eq!(judge(&[], &token), 303);
    assert_eq!(judge(&[("Origin", &own), ("Sec-Fetch-Site", "same-origin")], &token), 303);
    assert_eq!(judge(&[], ""), 403);
    assert_eq!(judge(&[], &foreign), 403);
    assert_eq!(judge(&[], &format!("{token}&form_token={token}")), 403);
    for headers in [
        [("Origin", "https://evil.example")],
        [("Origin", "null")],
        [("Sec-Fetch-Site", "cross-site")],
        [("Sec-Fetch-Site", "same-site")],
    ] {
        assert_eq!(judge(&headers, &token), 403, "{headers:?}");
        let login = post(&serving, "/login", &headers, &format!("token={TOKEN}"));
        assert_eq!(login.status, 403, "{headers:?}");
    }
    // The token of programs is no session, and a form without a session leads to the door.
    let bearer = format!("Bearer {TOKEN}");
    post(&serving, "/judge", &[("Authorization", &bearer)], &format!("form_token={token}")).is(303);
    let reply = post(&serving, "/judge", &[], &format!("form_token={token}")).is(303);
    assert_eq!(reply.header("location"), Some("/login"));
    // Whoever signed out is out, and nobody else is.
    post(&serving, "/logout", &[("Cookie", &one)], &format!("form_token={token}")).is(303);
    serving.ask("GET", "/", &[("Cookie", &one)], b"").is(401);
    serving.ask("GET", "/", &[("Cookie", &other)], b"").is(200);
}

#[test]
fn only_its_own_names_are_answered() {
    let (world, forge) = fleet();
    let serving = Serving::dashboard(&world, &forge, &["--host", "fleet.example"]);
    let bearer = format!("Bearer {TOKEN}");
    let as_host = |host: &str| {
        serving.ask("GET", "/", &[("Host", host), ("Authorization", &bearer)], b"").status
    };
    let port = serving.address.rsplit(':').next().expect("a port");
    assert_eq!(as_host(&format!("localhost:{port}")), 200);
    assert_eq!(as_host("fleet.example"), 200);
    for host in ["evil.example", "127.0.0.1", "localhost:1", "", "fleet.example.evil"] {
        assert_eq!(as_host(host), 421, "{host}");
    }
    // The target counts, and not `Host`, where it is a whole address.
    let own = format!("localhost:{port}");
    let as_target = |target: &str| {
        let headers = [("Host", own.as_str()), ("Authorization", &bearer)];
        serving.ask("GET", target, &headers, b"").status
    };
    assert_eq!(as_target(&format!("http://{own}/")), 200);
    for target in ["http://evil.example/", "http://evil.example/login", "http://me@evil.example/"] {
        assert_eq!(as_target(target), 421, "{target}");
    }
    // Whoever watches over the process may know it by a number only.
    serving.ask("GET", "/healthz", &[("Host", "10.1.2.3:4848")], b"").is(200);
}

#[test]
fn without_a_token_this_machine_alone_is_served_and_only_when_asked() {
    let (world, forge) = fleet();
    let arguments = ["--role", "dashboard", "--every", "3600", "--no-token"];
    let serving =
        Serving::start(&world, Some(&forge), &arguments, &[("SHIPSHAPE_SERVE_TOKEN", "")]);
    serving.until("it is ready", || serving.get("/readyz").status == 200);
    let page = serving.get("/").is(200).body;
    assert!(page.contains("t-hermes") && !page.contains("Sign out"));
    let judge = |form: &str| post(&serving, "/judge", &[], form).status;
    assert_eq!(judge(&format!("form_token={}", form_token(&page))), 303);
    assert_eq!(judge("form_token=guessed"), 403);
    serving.ask("GET", "/", &[("Host", "evil.example")], b"").is(421);
    let (code, _) = serving.end(Signal::TERM);
    assert_eq!(code, 0);
}

#[test]
fn it_refuses_to_let_strangers_in() {
    let world = World::new();
    world.write("fleet.yaml", super::FLEET);
    let run = |arguments: &[&str], variables: &[(&str, &str)]| {
        world.run_in(&world.path(""), &[&["serve"], arguments].concat(), variables)
    };
    let token = ("SHIPSHAPE_SERVE_TOKEN", TOKEN);
    let ran = run(&["--role", "dashboard"], &[]).exits(2);
    assert!(ran.stderr.contains("SHIPSHAPE_SERVE_TOKEN"), "{}", ran.stderr);
    let ran = run(&["--role", "dashboard", "--listen", "0.0.0.0:0"], &[]).exits(2);
    assert!(ran.stderr.contains("SHIPSHAPE_SERVE_TOKEN"), "{}", ran.stderr);
    let ran = run(&["--role", "dashboard", "--listen", "0.0.0.0:0", "--no-token"], &[]).exits(2);
    assert!(ran.stderr.contains("only this machine"), "{}", ran.stderr);
    run(&["--role", "dashboard", "--no-token"], &[token]).exits(2);
    let ran = run(&["--role", "dashboard"], &[("SHIPSHAPE_SERVE_TOKEN", "short")]).exits(2);
    assert!(!ran.stderr.contains("short\n") && ran.stderr.contains("16"), "{}", ran.stderr);
    run(&["--role", "webhooks"], &[token]).exits(2);
    run(&[], &[token]).exits(2);
    run(&["--role", "everything"], &[token]).exits(2);
    world.write("token", "");
    run(&["--role", "dashboard", "--token-file", "token"], &[]).exits(2);
    run(&["--role", "dashboard", "--token-file", "nowhere"], &[]).exits(2);
    run(&["--role", "dashboard", "--token-file", "token"], &[token]).exits(2);
}

#[test]
fn over_https_cookies_are_for_https_alone() {
    let (world, forge) = fleet();
    world.write("token", format!("{TOKEN}\n"));
    let serving = Serving::start(
        &world,
        Some(&forge),
        &["--role", "dashboard", "--https", "--token-file", "token", "--every", "3600"],
        &[("SHIPSHAPE_SERVE_TOKEN", "")],
    );
    let reply = post(&serving, "/login", &[], &format!("token={TOKEN}")).is(303);
    let cookie = reply.header("set-cookie").expect("a cookie");
    assert!(cookie.starts_with("__Host-shipshape=") && cookie.ends_with("; Secure"), "{cookie}");
    assert!(reply.header("strict-transport-security").is_some());
}

#[test]
fn wrong_tokens_are_slowed_down_and_the_right_one_is_not() {
    let (world, forge) = fleet();
    let serving = Serving::dashboard(&world, &forge, &[]);
    let statuses: Vec<u16> =
        (0..30).map(|_| post(&serving, "/login", &[], "token=a-guess").status).collect();
    assert_eq!(statuses[0], 401);
    assert!(statuses.contains(&429), "{statuses:?}");
    let wrong = serving.ask("GET", "/metrics", &[("Authorization", "Bearer another-guess")], b"");
    assert!(wrong.is(429).header("retry-after").is_some());
    serving.get_with_token("/").is(200);
    sign_in(&serving);
}

#[test]
fn a_secret_that_everybody_can_read_is_told() {
    use std::os::unix::fs::PermissionsExt as _;
    let (world, _forge) = fleet();
    world.write("token", TOKEN);
    let mode = |mode| {
        std::fs::set_permissions(world.path("token"), std::fs::Permissions::from_mode(mode))
            .expect("ours");
    };
    let told = || {
        let arguments = ["--role", "dashboard", "--local", "x", "--token-file", "token"];
        let serving = Serving::start(&world, None, &arguments, &[("SHIPSHAPE_SERVE_TOKEN", "")]);
        serving.end(Signal::TERM).1
    };
    mode(0o666);
    let open = told();
    assert!(
        open.contains("anyone on this machine can read and change the secret in token"),
        "{open}"
    );
    mode(0o600);
    let closed = told();
    assert!(!closed.contains("everybody"), "{closed}");
}
