//! A GitHub App that asks: its token is fetched, and renewed before it ends, whatever becomes of a request.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::fleet_commands::{FLEET, SEED};
use crate::rehearsal::Rehearsal;
use crate::world::{Ran, World};

const KEY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/forge/app/test-key.pem");

const APP: &str = "app: { id: 7, slug: keeper, account: acme, installation: 8, permissions: { contents: read, metadata: read } }\n";

struct Stage {
    world: World,
    forge: Rehearsal,
}

impl Stage {
    fn new() -> Self {
        let world = World::new();
        world.write("fleet.yaml", FLEET);
        world.write("shape/shape.yaml", "schema: 1\nname: t\npaths: []\nextras: ['**']\n");
        let forge = Rehearsal::new(&world, &format!("{SEED}{APP}"));
        Self { world, forge }
    }

    fn drift(&self) -> Ran {
        self.run(&["drift", "--verbose"], ("8", KEY))
    }

    /// Runs a command as the App, with this installation and key.
    fn run(&self, arguments: &[&str], (installation, key): (&str, &str)) -> Ran {
        let app = [
            ("GH_ENTERPRISE_TOKEN", ""),
            ("SHIPSHAPE_APP_ID", "7"),
            ("SHIPSHAPE_APP_INSTALLATION", installation),
            ("SHIPSHAPE_APP_KEY_FILE", key),
        ];
        self.forge.run_with(&self.world, arguments, &app)
    }

    /// How often a token was asked for.
    fn tokens(&self) -> usize {
        let is_token = |request: &&serde_json::Value| {
            request["path"].as_str().is_some_and(|path| path.ends_with("/access_tokens"))
        };
        self.forge.requests().iter().filter(is_token).count()
    }
}

#[test]
fn an_app_sees_what_a_person_sees_and_its_token_is_told_of() {
    let stage = Stage::new();
    let person = stage.forge.run(&stage.world, &["drift"]).exits(1);
    stage.forge.requests();
    let ran = stage.drift().exits(1);
    assert_eq!(ran.stdout, person.stdout);
    assert!(
        ran.stderr.contains("POST /app/installations/8/access_tokens → 201, 1 point"),
        "{}",
        ran.stderr
    );
    assert_eq!(stage.tokens(), 1);
}

#[test]
fn a_token_that_was_lost_on_its_way_is_asked_for_again() {
    for kind in [
        "bad-gateway-before",
        "bad-gateway-after",
        "reset-before",
        "reset-after",
        "truncated-body",
        "secondary-429",
        "secondary-no-retry-after",
    ] {
        let stage = Stage::new();
        stage.forge.fail(&json!([{ "at": 1, "kind": kind }]));
        let ran = stage.drift();
        assert_eq!(ran.code, 1, "{kind}: {}", ran.stderr);
    }
    let stage = Stage::new();
    stage.forge.fail(&json!([{ "at": 1, "kind": "unauthorized" }]));
    let ran = stage.drift().exits(3);
    assert!(ran.stderr.contains("its installation and its key"), "{}", ran.stderr);
}

#[test]
fn a_run_that_outlives_its_token_has_another() {
    let stage = Stage::new();
    // Behind the token and the document that says where branches stand.
    stage.forge.fail(&json!([{ "at": 3, "kind": "secondary-429", "seconds": 3500 }]));
    let ran = stage.drift().exits(1);
    assert!(ran.stderr.contains(" waited"), "{}", ran.stderr);
    assert_eq!(stage.tokens(), 2);
}

#[test]
fn a_key_that_is_given_in_place_of_its_file_is_not_shown() {
    let stage = Stage::new();
    let key = std::fs::read_to_string(KEY).expect("the key");
    let line = key.lines().nth(1).expect("a line of the key").to_owned();
    for (words, code) in [
        (&["drift"][..], 2),
        (&["doctor"], 3),
        (&["doctor", "--format", "json"], 3),
        (&["doctor", "--offline"], 3),
    ] {
        let encoded = STANDARD.encode(&key);
        for key in [key.clone(), key.replace('\n', " "), encoded.clone()] {
            let ran = stage.run(words, ("8", &key)).exits(code);
            let said = format!("{}{}", ran.stdout, ran.stderr);
            let says = "SHIPSHAPE_APP_KEY_FILE holds the secret itself, not the path of its file";
            assert!(said.contains(says), "{said}");
            assert!(!said.contains(&line) && !said.contains("BEGIN"), "{words:?}: {said}");
            assert!(!said.contains(&encoded[..40]), "{words:?}: {said}");
        }
    }
}

#[test]
fn what_may_be_a_secret_in_place_of_the_key_file_is_not_shown() {
    let stage = Stage::new();
    let key = std::fs::read_to_string(KEY).expect("the key");
    let line = key.lines().nth(1).expect("a line of the key");
    let client_secret = "0123456789abcdef0123456789abcdef01234567";
    let token = "ghp_WRITERwriterWRITERwriterWRITERwriter12";
    for secret in [client_secret, token, line] {
        for (words, code) in [(&["drift"][..], 2), (&["doctor", "--format", "json"], 3)] {
            let ran = stage.run(words, ("8", secret)).exits(code);
            let said = format!("{}{}", ran.stdout, ran.stderr);
            assert!(said.contains("SHIPSHAPE_APP_KEY_FILE is not the path of a file"), "{said}");
            assert!(!said.contains(secret), "{words:?}: {said}");
        }
        let fleet = [("SHIPSHAPE_FLEET", secret)];
        let ran = stage.forge.run_with(&stage.world, &["drift"], &fleet).exits(2);
        assert!(ran.stderr.contains("SHIPSHAPE_FLEET is not the path of a file"), "{}", ran.stderr);
        assert!(!ran.stderr.contains(secret), "{}", ran.stderr);
    }
    let of = |path: &str| stage.run(&["drift"], ("8", path)).exits(2).stderr;
    let hint = "only shells expand `~`, and not inside quotes: write the whole path";
    let home = of("~/app.pem");
    assert!(home.contains("--> ~/app.pem") && home.contains(hint), "{home}");
    let absent = of("keys/app.pem");
    let hint = "give the path of the .pem file that the App's settings page made";
    assert!(absent.contains("--> keys/app.pem") && absent.contains(hint), "{absent}");
}

#[cfg(unix)]
#[test]
fn a_key_that_others_can_read_is_said_once_by_every_command_that_uses_it() {
    use std::os::unix::fs::PermissionsExt as _;

    let stage = Stage::new();
    let file = stage.world.path("key.pem");
    std::fs::copy(KEY, &file).expect("copied");
    let key = file.to_string_lossy().into_owned();
    let warning = "anyone on this machine can read the secret in ";
    let said = |words: &[&str], mode| {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).expect("ours");
        stage.run(words, ("8", &key)).stderr.matches(warning).count()
    };
    for words in [&["drift"][..], &["fleet", "status", "--no-images", "--rerun-failed"]] {
        assert_eq!(said(words, 0o644), 1, "{words:?}");
        assert_eq!(said(words, 0o600), 0, "{words:?}");
    }
    // It has a line for that in its report.
    assert_eq!(said(&["doctor"], 0o644), 0);
}

#[test]
fn an_installation_that_the_forge_does_not_know_ends_the_run_at_once() {
    let stage = Stage::new();
    let hint = "are the App, its installation and its key from this forge? SHIPSHAPE_APP_INSTALLATION names the installation";
    let ran = stage.run(&["doctor"], ("6", KEY)).exits(3);
    assert!(ran.stdout.contains("does not accept the credential"), "{}", ran.stdout);
    assert!(ran.stdout.contains(hint), "{}", ran.stdout);
    assert!(!ran.stdout.contains("proxy"), "{}", ran.stdout);
    let ran = stage.run(&["drift"], ("6", KEY)).exits(3);
    assert!(ran.stderr.contains(hint), "{}", ran.stderr);
    assert!(!ran.stdout.contains("could not be judged"), "{}", ran.stdout);
}

#[test]
fn doctor_shows_what_the_forge_permits_an_app_and_tries_nothing() {
    let stage = Stage::new();
    let ran = stage.run(&["doctor"], ("8", KEY));
    let line = |name: &str| {
        let name = format!("permission {name} ");
        ran.stdout.lines().find(|line| line.contains(&name)).unwrap_or_default().to_owned()
    };
    assert!(line("contents").ends_with("read, not write"), "{}", ran.stdout);
    assert!(line("pull_requests").ends_with("not permitted"), "{}", ran.stdout);
    assert!(line("workflows").ends_with("not permitted"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("shows this only when it is tried"), "{}", ran.stdout);
    assert!(ran.stdout.contains("needed for writing in `new`"), "{}", ran.stdout);
    let tried = |request: &serde_json::Value| {
        request["path"].as_str().is_some_and(|path| path.contains("/actions/"))
    };
    assert!(!stage.forge.requests().iter().any(tried));
}
