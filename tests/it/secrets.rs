//! To whom what the environment holds is shown: to a server that the user names, and to none that a manifest names
//! which was merely come upon.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex, PoisonError};

use crate::fleet_commands::{FLEET, SEED};
use crate::rehearsal::Rehearsal;
use crate::world::{Ran, World};

const KEY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/forge/app/test-key.pem");

/// A server of a stranger, which writes down what it is sent.
struct Stranger {
    address: String,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Stranger {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("bound").to_string();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&heard);
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut bytes = [0; 16_384];
                let read = stream.read(&mut bytes).unwrap_or_default();
                let said = String::from_utf8_lossy(&bytes[..read]).into_owned();
                let is_signed = said.to_ascii_lowercase().contains("authorization:");
                noted.lock().unwrap_or_else(PoisonError::into_inner).push(said);
                let answer: &[u8] = match is_signed {
                    true => b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
                    false => b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
                };
                let _ = stream.write_all(answer);
            }
        });
        Self { address, heard }
    }

    /// Whether it was shown something, since it was asked last.
    fn was_shown_anything(&self) -> bool {
        let heard = std::mem::take(&mut *self.heard.lock().unwrap_or_else(PoisonError::into_inner));
        heard.iter().any(|said| said.to_ascii_lowercase().contains("authorization:"))
    }
}

fn fleet(world: &World, stranger: &Stranger) {
    let at = &stranger.address;
    world.write_readme_shape();
    world.write("t-hermes/README.md", "hello\n");
    world.write(
        "fleet.yaml",
        format!(
            "schema: 1\nname: acme\nforge: {{ owner: acme, url: 'http://{at}' }}\n\
             kinds: {{ t: {{ prefix: t-, shape: {{ folder: shape }} }} }}\nmembers: [t-hermes]\n\
             runtime_package:\n  distribution: acme-runtime\n  import: acme_runtime\n  \
             index: {{ simple: 'http://{at}/simple/', upload: 'http://{at}/legacy/' }}\n"
        ),
    );
}

const COMPAT: [&str; 5] = ["package", "compat", "1.0", "--local", "t-hermes"];

fn run(world: &World, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
    world.run_in(&world.path(""), arguments, variables)
}

#[test]
fn a_forge_that_a_manifest_names_which_was_come_upon_is_shown_nothing() {
    let (world, stranger) = (World::new(), Stranger::new());
    fleet(&world, &stranger);
    let app = [
        ("SHIPSHAPE_APP_ID", "7"),
        ("SHIPSHAPE_APP_INSTALLATION", "8"),
        ("SHIPSHAPE_APP_KEY_FILE", KEY),
    ];
    let token = [("GH_ENTERPRISE_TOKEN", "hunter2hunter2")];
    for (variables, name) in [(&app[..], "SHIPSHAPE_APP_ID"), (&token, "GH_ENTERPRISE_TOKEN")] {
        for command in [&["drift"][..], &["fleet", "status"]] {
            let ran = run(&world, command, variables).exits(2);
            let told = format!("refusing to send {name} to http://{}", stranger.address);
            assert!(ran.stderr.contains(&told), "{}", ran.stderr);
            assert!(ran.stderr.contains("fleet.yaml\ncaused by: only this file"), "{}", ran.stderr);
            assert!(ran.stderr.contains("set SHIPSHAPE_FORGE to"), "{}", ran.stderr);
            assert!(ran.stderr.contains("SHIPSHAPE_FLEET"), "{}", ran.stderr);
        }
        let ran = run(&world, &["doctor"], variables).exits(3);
        assert!(ran.stdout.contains("refusing to send"), "{}", ran.stdout);
        assert!(!stranger.was_shown_anything());
        // Each of what the hints say lets it.
        let forge = format!("http://{}", stranger.address);
        for more in [("SHIPSHAPE_FORGE", forge.as_str()), ("SHIPSHAPE_FLEET", "fleet.yaml")] {
            run(&world, &["drift"], &[variables, &[more]].concat()).exits(3);
            assert!(stranger.was_shown_anything(), "{more:?}");
        }
    }
    // Without anything to show it is asked as anybody may.
    run(&world, &["drift"], &[]).exits(3);
}

#[test]
fn an_index_that_a_manifest_names_which_was_come_upon_is_shown_nothing() {
    let (world, stranger) = (World::new(), Stranger::new());
    fleet(&world, &stranger);
    let password = ("SHIPSHAPE_INDEX_PASSWORD", "hunter2hunter2");
    let ran = run(&world, &COMPAT, &[password]).exits(2);
    assert!(
        ran.stderr.contains("the value of SHIPSHAPE_INDEX_PASSWORD is not sent to"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("set SHIPSHAPE_INDEX_URL to"), "{}", ran.stderr);
    assert!(!stranger.was_shown_anything() && !ran.stderr.contains("hunter2"));
    let simple = format!("http://{}/simple/", stranger.address);
    for more in [("SHIPSHAPE_INDEX_URL", simple.as_str()), ("SHIPSHAPE_FLEET", "fleet.yaml")] {
        run(&world, &COMPAT, &[password, more]).exits(3);
        assert!(stranger.was_shown_anything(), "{more:?}");
    }
}

#[test]
fn a_registry_that_a_manifest_names_which_was_come_upon_is_shown_nothing() {
    let (world, stranger) = (World::new(), Stranger::new());
    let at = &stranger.address;
    let images = format!("images: {{ registry: '{at}', name: '{at}/acme/t-{{slug}}' }}\n");
    world.write("fleet.yaml", format!("{FLEET}{images}"));
    world.write_readme_shape();
    let forge = Rehearsal::new(&world, SEED);
    let status = |more: &[(&str, &str)]| {
        let password = ("SHIPSHAPE_REGISTRY_PASSWORD", "hunter2hunter2");
        let variables = [&[password][..], more].concat();
        let ran = forge.run_with(&world, &["fleet", "status", "--no-runs"], &variables).exits(3);
        let told = "credentials: SHIPSHAPE_REGISTRY_PASSWORD is not sent to";
        (ran.stderr.contains(told), stranger.was_shown_anything())
    };
    assert_eq!(status(&[]), (true, false));
    for more in [("SHIPSHAPE_REGISTRY", at.as_str()), ("SHIPSHAPE_FLEET", "fleet.yaml")] {
        assert_eq!(status(&[more]), (false, true), "{more:?}");
    }
}

#[test]
fn a_variable_that_is_empty_is_not_set() {
    let world = World::new();
    world.write("fleet.yaml", "schema: 1\nname: acme\nforge: { owner: acme }\nkinds: { t: { prefix: t- } }\nmembers: [t-hermes]\n");
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/environment.md");
    let page = std::fs::read_to_string(page).expect("a page");
    let names: std::collections::BTreeSet<&str> =
        page.split('`').filter(|word| word.starts_with("SHIPSHAPE_")).collect();
    assert!(names.len() > 15, "{names:?}");
    let wheel =
        world.wheel("dist", ("acme_runtime", "1.0"), &[], &[("acme_runtime/__init__.py", "")]);
    for name in names {
        for empty in ["", " "] {
            run(&world, &["fleet", "list"], &[(name, empty)]).exits(0);
            let ran = run(&world, &["package", "smoke", &wheel], &[(name, empty)]).exits(3);
            assert!(ran.stderr.contains("there is no Python on PATH"), "{name}: {}", ran.stderr);
        }
    }
    // What is typed is meant.
    let ran = world.run(&["fleet", "list", "--fleet", ""]).exits(2);
    assert!(ran.stderr.contains("--fleet"), "{}", ran.stderr);
}

#[test]
fn what_gh_answered_is_said_where_it_gave_no_token_also_without_a_request() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::new();
    let forge = ("SHIPSHAPE_FORGE", "https://forge.example");
    let gh = |script: &str| {
        world.write("bin/gh", format!("#!/bin/sh\n{script}\n"));
        std::fs::set_permissions(world.path("bin/gh"), std::fs::Permissions::from_mode(0o755))
            .expect("ours");
        let path = format!("{}:/usr/bin:/bin", world.path("bin").display());
        run(&world, &["doctor", "--offline"], &[forge, ("PATH", &path)]).exits(0).stdout
    };
    let failed = gh("echo 'the keyring is locked' >&2; exit 1");
    assert!(failed.contains("no token was found; `gh auth token`: "), "{failed}");
    assert!(failed.contains("the keyring is locked"), "{failed}");
    let odd = gh("echo hunter2; echo hunter3");
    assert!(odd.contains("it printed something that cannot be a token"), "{odd}");
    assert!(!odd.contains("hunter"), "{odd}");
    let fine = gh("echo hunter2");
    assert!(fine.contains("from gh auth token") && !fine.contains("hunter2"), "{fine}");
    let path = ("PATH", "/nowhere");
    let ran = run(&world, &["doctor", "--offline"], &[forge, path, ("GH_TOKEN", "hunter2")]);
    let says = "no token was found; GH_TOKEN is set, which is for github.com and ghe.com only";
    assert!(ran.stdout.contains(says), "{}", ran.stdout);
    let broken = [forge, path, ("GH_ENTERPRISE_TOKEN", "hunter\n2")];
    let ran = run(&world, &["doctor", "--offline"], &broken).exits(3);
    let line = ran.stdout.lines().find(|line| line.contains(" credential ")).unwrap_or_default();
    assert!(line.contains("the content of GH_ENTERPRISE_TOKEN cannot be a token"), "{line}");
    assert!(!ran.stdout.contains("hunter"), "{}", ran.stdout);
}
