//! What really runs, read from files, addresses and commands, and compared with the release.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;

use serde_json::Value;

use super::stage::{ALPHA, LABEL, Member, Stage};
use crate::pin::shelf::Shelf;

/// A fleet of alpha and beta, whose images contain 0.1.6 and 0.1.5, with these consumers.
fn stage(consumers: &str) -> Stage {
    let beta = Member { slug: "beta", contains: "0.1.5", ..ALPHA };
    let versions = [("0.1.4", None), ("0.1.5", None), ("0.1.6", None)];
    Stage::with(&[ALPHA, beta], &versions, &format!("consumers:\n{consumers}"))
}

/// The digest of the image that a tag of a member leads to.
fn digest(contains: &str) -> String {
    Shelf::default().labelled("any", "latest", &[(LABEL, contains)])
}

/// State, version, releases behind, and why.
fn rows(document: &Value) -> Vec<String> {
    let word = |row: &Value, key: &str| row[key].as_str().unwrap_or("-").to_owned();
    let rows = document["consumers"].as_array().expect("a list");
    rows.iter()
        .map(|row| {
            let releases = row["releases"].as_u64().unwrap_or_default();
            let (name, state) = (word(row, "name"), word(row, "state"));
            format!("{name} {state} {} {releases} {}", word(row, "version"), word(row, "why"))
        })
        .collect()
}

const JSON: [&str; 3] = ["consumers", "--format", "json"];

#[test]
fn files_say_what_runs_and_how_far_it_is_behind() {
    let stage = stage(
        "  - { name: new, runtime: alpha, file: deploy/pins.json, key: images.alpha }\n\
         \x20 - { name: old, runtime: beta, file: deploy/pins.yaml, key: images.0.beta }\n\
         \x20 - { name: plain, runtime: beta, file: deploy/version }\n",
    );
    let (new, old) = (digest("0.1.6"), digest("0.1.5"));
    stage
        .world
        .write("deploy/pins.json", format!("{{\"images\":{{\"alpha\":\"{new}\"}}}}"))
        .write("deploy/pins.yaml", format!("images:\n  - beta: x/y@{old}\n"))
        .write("deploy/version", "0.1.4\n");
    let ran = stage.release(&JSON).exits(1);
    assert_eq!(
        rows(&ran.json()),
        [
            "new current 0.1.6 0 -",
            "old behind 0.1.5 1 the registry's tag itself points to 0.1.5",
            "plain behind 0.1.4 2 it runs 0.1.4, not 0.1.6",
        ]
    );
    assert_eq!(ran.json()["released"], "0.1.6");
    let typo = stage.release(&["consumers", "9.9"]).exits(2);
    assert!(typo.stderr.contains("the index does not serve acme-runtime 9.9"), "{}", typo.stderr);
    assert!(typo.stderr.contains("the newest version that it knows is 0.1.6"), "{}", typo.stderr);
    assert_eq!(ran.json()["consumers"][1]["registry"], old.as_str());
    // Against an earlier release one of them is current.
    let ran = stage.release(&["consumers", "0.1.5"]).exits(1);
    assert!(ran.stdout.contains("released: 0.1.5"), "{}", ran.stdout);
    assert!(ran.stdout.contains("1 release"), "{}", ran.stdout);
    stage.world.write("deploy/version", "0.1.5");
    stage.release(&["consumers", "0.1.5"]).exits(0);
    // A version that was never published proves nothing.
    stage.world.write("deploy/version", "9.9.9");
    let ran = stage.release(&["consumers", "0.1.5"]).exits(3);
    assert!(ran.stdout.contains("plain beta: the index does not know 9.9.9"), "{}", ran.stdout);
}

#[test]
fn what_cannot_be_read_is_unchecked_and_the_others_are_told() {
    let stage = stage(
        "  - { name: a, runtime: alpha, file: gone.json, key: x }\n\
         \x20 - { name: b, runtime: alpha, file: pins.json, key: x.y }\n\
         \x20 - { name: c, runtime: alpha, file: pins.json, key: number }\n\
         \x20 - { name: d, runtime: alpha, file: pins.json, key: unknown }\n\
         \x20 - { name: e, runtime: alpha, command: [/bin/echo, 0.1.6] }\n\
         \x20 - { name: f, runtime: alpha, file: large }\n\
         \x20 - { name: g, runtime: alpha, file: pins.json, key: hostile }\n",
    );
    let unknown = format!("sha256:{}", "0".repeat(64));
    stage.world.write("large", vec![b'x'; (1 << 20) + 1]).write(
        "pins.json",
        format!("{{\"number\":1.10,\"unknown\":\"{unknown}\",\"hostile\":\"\\u001b[31m\"}}"),
    );
    let ran = stage.release(&JSON).exits(3);
    let rows = rows(&ran.json());
    assert!(rows.iter().all(|row| row.contains(" unchecked ")), "{rows:#?}");
    for (row, why) in rows.iter().zip([
        "there is no such file",
        "it has nothing at `x.y`",
        "at `number` is a number",
        "",
        "only with --trust",
        "",
        "neither a digest nor a version",
    ]) {
        assert!(row.contains(why), "{row}");
    }
    let human = stage.release(&["consumers"]).exits(3);
    assert!(!human.stdout.contains('\u{1b}'), "{}", human.stdout);
}

#[test]
fn a_command_is_run_only_when_it_is_trusted_and_sees_no_token() {
    let stage = stage(
        "  - { name: good, runtime: alpha, command: [./ask.sh, '0.1.6; id'] }\n\
         \x20 - { name: bad, runtime: alpha, command: [/bin/sh, -c, 'echo no luck >&2; exit 3'] }\n\
         \x20 - { name: none, runtime: alpha, command: [not-there] }\n",
    );
    stage.world.write(
        "ask.sh",
        "#!/bin/sh\n[ -z \"$GH_ENTERPRISE_TOKEN$TEMPLATE_DISPATCH_TOKEN\" ] && [ \"$1\" = '0.1.6; id' ] && echo 0.1.6\n",
    );
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(stage.world.path("ask.sh"), mode).expect("set");
    let ran = stage.release(&[&JSON[..], &["--trust"]].concat()).exits(3);
    let rows = rows(&ran.json());
    assert_eq!(rows[0], "good current 0.1.6 0 -");
    assert!(rows[1].contains("`/bin/sh` ended with exit status: 3: no luck"), "{}", rows[1]);
    assert!(rows[2].contains("there is no program `not-there`"), "{}", rows[2]);
}

/// Answers one path after another; every other one leads elsewhere.
fn server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut lines = BufReader::new(stream.try_clone().expect("a stream")).lines();
            let first = lines.next().and_then(Result::ok).unwrap_or_default();
            let mut authorized = false;
            while let Some(Ok(line)) = lines.next() {
                authorized |= line.to_lowercase().starts_with("authorization");
                if line.is_empty() {
                    break;
                }
            }
            let good = "{\"runs\": \"v0.1.6\"}";
            let answer = match first.split(' ').nth(1).unwrap_or_default() {
                "/good?key=hunter2" if !authorized => {
                    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{good}", good.len())
                }
                "/moved" => {
                    "HTTP/1.1 302 Found\r\nLocation: /good\r\nContent-Length: 0\r\n\r\n".to_owned()
                }
                "/endless" => format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", 1 << 30),
                _ => "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n".to_owned(),
            };
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    format!("http://{address}")
}

#[test]
fn an_address_is_asked_without_credentials_and_is_not_followed_elsewhere() {
    let server = server();
    let stage = stage(&format!(
        "  - {{ name: good, runtime: alpha, url: '{server}/good?key=hunter2', key: runs }}\n\
         \x20 - {{ name: moved, runtime: alpha, url: '{server}/moved', key: runs }}\n\
         \x20 - {{ name: large, runtime: alpha, url: '{server}/endless', key: runs }}\n\
         \x20 - {{ name: shut, runtime: alpha, url: '{server}/shut', key: runs }}\n"
    ));
    let ran = stage.release(&JSON).exits(3);
    assert!(!ran.stdout.contains("hunter2"), "{}", ran.stdout);
    let rows = rows(&ran.json());
    assert_eq!(rows[0], "good current 0.1.6 0 -");
    assert!(rows[1].contains("it redirects, which is not followed"), "{}", rows[1]);
    assert!(rows[2].contains("more than 1048576 bytes"), "{}", rows[2]);
    assert!(rows[3].contains("it answered 403"), "{}", rows[3]);
    let ran = stage.release(&["consumers"]).exits(3);
    assert!(!ran.stdout.contains("hunter2") && ran.stdout.contains("/good"), "{}", ran.stdout);
}

#[test]
fn whoever_runs_a_withdrawn_version_is_not_current() {
    let consumers = "consumers:\n  - { name: plain, runtime: alpha, file: version }\n";
    let versions = [("0.1.5", None), ("0.1.6", Some("loses the queue"))];
    let stage = Stage::with(&[ALPHA], &versions, consumers);
    stage.world.write("version", "0.1.6\n");
    let ran = stage.release(&JSON).exits(1);
    assert_eq!(ran.json()["released"], "0.1.5");
    let row = "plain behind 0.1.6 0 0.1.6 was withdrawn from the index";
    assert_eq!(rows(&ran.json()), [row]);
    let ran = stage.release(&["consumers"]).exits(1);
    assert!(ran.stderr.contains("shipshape images refresh"), "{}", ran.stderr);
    stage.world.write("version", "0.1.5\n");
    stage.release(&JSON).exits(0);
}

#[test]
fn a_fleet_without_consumers_says_how_to_name_one() {
    let ran = Stage::new().release(&["consumers"]).exits(2);
    assert!(ran.stderr.contains("fleet.yaml names no consumers"), "{}", ran.stderr);
}

#[test]
fn while_releases_are_frozen_no_image_is_pulled_that_may_be_bad() {
    let stage = stage("  - { name: plain, runtime: beta, file: version }\n");
    stage.world.write("version", "0.1.4\n");
    stage.release(&["freeze", "--reason", "0.1.6 loses the queue"]).exits(0);
    let ran = stage.release(&["consumers"]).exits(1);
    let says = "images of beta may contain a bad version: releases are frozen";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
    assert!(!ran.stderr.contains("images refresh"), "{}", ran.stderr);
    stage.release(&["thaw"]).exits(0);
    let ran = stage.release(&["consumers"]).exits(1);
    assert!(ran.stderr.contains("shipshape images refresh"), "{}", ran.stderr);
}
