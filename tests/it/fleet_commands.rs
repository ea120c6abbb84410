//! `fleet status`, `fleet registrations`, `fleet retire`, `drift --settings`, over the sandbox.

use crate::rehearsal::{Asked, Rehearsal};
use crate::world::World;

pub(crate) const FLEET: &str = "\
schema: 1
name: acme
forge: { owner: acme }
kinds: { t: { prefix: t-, shape: { folder: shape } } }
runtime_package: { distribution: acme-runtime, import: acme_runtime }
members: [t-hermes, t-codex]
registrations:
  - { name: images, repository: core, path: images.py, language: python, symbol: IMAGES, form: set }
  - { name: script, repository: core, path: refresh.sh, language: bash, symbol: RUNTIMES, form: array }
";

pub(crate) const SEED: &str = r#"
tokens:
  - { name: all, scopes: [repo, workflow, "read:org"], user: octo }
  - { name: narrow, user: octo, permissions: { metadata: read, contents: read, pull_requests: read, actions: read } }
repositories:
  - name: acme/t-hermes
    files:
      README.md: "hello\n"
      requirements.txt: "acme-runtime>=0.2\n"
      .github/workflows/ci.yml: "on: pull_request\njobs:\n  test:\n    runs-on: x\n    steps: [{ run: 'echo ${{ secrets.TOKEN }}' }]\n"
    branches: { fix: { README.md: "better\n" } }
    pulls: [{ title: Better, head: fix }]
    settings:
      required_checks: { main: [test, gone] }
      secrets: [OTHER]
    runs: [{ workflow: ci.yml, on: pull_request, conclusion: success }]
  - name: acme/t-codex
    files:
      README.md: "hello\n"
      requirements.txt: "httpx\n"
      .github/workflows/publish.yml: "on: push\njobs: { p: { runs-on: x, steps: [{ run: x }] } }\n"
    settings: { required_checks: { main: [] } }
    runs: [{ workflow: publish.yml, conclusion: failure, happened: true }]
  - name: acme/core
    files:
      images.py: "IMAGES = {\"hermes\"}\n"
      refresh.sh: { text: "RUNTIMES=(hermes codex)\n", executable: true }
"#;

/// A fleet of two, held to a README that both have, and its forge.
pub(crate) fn fleet() -> (World, Rehearsal) {
    let world = World::new();
    world.write("fleet.yaml", FLEET);
    world.write_readme_shape();
    let forge = Rehearsal::new(&world, SEED);
    (world, forge)
}

#[test]
fn doctor_fails_when_something_wanted_does_not_work() {
    let (world, forge) = fleet();
    let url = forge.url();
    let none = world.run_in(&world.path(""), &["doctor"], &[("SHIPSHAPE_FORGE", &url)]).exits(3);
    assert!(none.stdout.contains("no token was found"), "{}", none.stdout);
    assert!(none.stdout.contains("GH_ENTERPRISE_TOKEN"), "{}", none.stdout);
    let wrong = [("SHIPSHAPE_FORGE", url.as_str()), ("GH_ENTERPRISE_TOKEN", "ghp_hunter2")];
    let ran = world.run_in(&world.path(""), &["doctor"], &wrong).exits(3);
    assert!(ran.stdout.contains("does not accept the token"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("hunter2"));
    world.write("fleet.yaml", FLEET);
    let ran = world.run(&["doctor", "--offline"]).exits(0);
    assert!(ran.stdout.contains("shape t         `shape`\n"), "{}", ran.stdout);
    std::fs::remove_dir_all(world.path("shape")).expect("removed");
    let ran = world.run(&["doctor", "--offline"]).exits(3);
    assert!(ran.stdout.contains("there is no folder `shape` beside this file"), "{}", ran.stdout);
    world.write("fleet.yaml", "schema: 1\n");
    world.run(&["doctor", "--offline"]).exits(3);
    std::fs::remove_file(world.path("fleet.yaml")).expect("removed");
    world.run(&["doctor", "--offline"]).exits(0);
}

#[test]
fn status_is_one_table_and_failed_jobs_run_again() {
    let (world, forge) = fleet();
    let ran = forge.run_as(&world, "all", &["fleet", "status"]).exits(0);
    let lines: Vec<Vec<&str>> =
        ran.stdout.lines().map(|it| it.split_whitespace().collect()).collect();
    assert_eq!(lines[0], ["MEMBER", "PIN", "DRIFT", "PULLS", "LAST", "RUN"]);
    assert_eq!(lines[1][..4], ["t-codex", "–", "conformant", "0"]);
    assert!(lines[1].contains(&"failure"), "{}", ran.stdout);
    assert_eq!(lines[2][..4], ["t-hermes", ">=0.2", "conformant", "1"]);
    let json = forge
        .run_as(&world, "all", &["fleet", "status", "codex", "--format", "json"])
        .exits(0)
        .json();
    assert_eq!(json["schema"], "shipshape/status/1");
    assert_eq!(json["members"][0]["failed_runs"][0]["outcome"], "failure");
    let again = forge.run_as(&world, "all", &["fleet", "status", "--rerun-failed"]).exits(0);
    assert!(again.stderr.contains("acme/t-codex: re-running the failed jobs"), "{}", again.stderr);
    let after = forge.run_as(&world, "all", &["fleet", "status", "--rerun-failed"]).exits(0);
    assert!(after.stderr.contains("no latest run of a workflow failed"), "{}", after.stderr);
}

/// A registry that has one image, under two names, and answers whatever is asked of others with 404.
fn registry() -> String {
    use sha2::Digest as _;
    use std::io::{BufRead as _, BufReader, Write as _};
    let digest = |bytes: &[u8]| {
        let digest = sha2::Sha256::digest(bytes);
        format!("sha256:{}", digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
    };
    let configuration = r#"{"os":"linux","architecture":"amd64","created":"2026-11-20T08:00:00Z"}"#;
    let manifest = format!(
        r#"{{"schemaVersion":2,"config":{{"digest":"{}","size":{}}},"layers":[]}}"#,
        digest(configuration.as_bytes()),
        configuration.len()
    );
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let host = listener.local_addr().expect("an address").to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut reader = BufReader::new(stream.try_clone().expect("a stream"));
            let mut request = String::new();
            reader.read_line(&mut request).expect("a request");
            let mut line = String::from("x");
            while !line.trim().is_empty() {
                line.clear();
                reader.read_line(&mut line).expect("a header");
            }
            let body = match request.split(' ').nth(1) {
                Some("/v2/acme/t-hermes/manifests/latest") => Some(manifest.as_str()),
                Some(path) if path.starts_with("/v2/acme/t-hermes/blobs/") => Some(configuration),
                _ => None,
            };
            let status = if body.is_some() { "200 OK" } else { "404 Not Found" };
            let body = body.unwrap_or_default();
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
            );
            stream.write_all(answer.as_bytes()).expect("answered");
        }
    });
    host
}

#[test]
fn images_are_those_of_the_registry() {
    let (world, forge) = fleet();
    let host = registry();
    let images = format!("images: {{ registry: \"{host}\", name: \"{host}/acme/t-{{slug}}\" }}\n");
    world.write("fleet.yaml", format!("{FLEET}{images}"));
    let status = |more: &[&str]| {
        let arguments = [&["fleet", "status", "--format", "json"], more].concat();
        forge.run(&world, &arguments)
    };
    let json = status(&[]).exits(0).json();
    let image = |index: usize| json["members"][index]["image"].clone();
    assert_eq!(image(1)["created"], "2026-11-20T08:00:00Z");
    assert!(image(1)["digest"].as_str().is_some_and(|it| it.starts_with("sha256:")));
    assert!(image(0)["digest"].is_null(), "there is none: {json}");
    assert!(status(&["--no-images"]).exits(0).json()["members"][1]["image"].is_null());
    let shown = forge.run(&world, &["fleet", "status"]).exits(0).stdout;
    assert!(shown.contains("absent") && shown.contains("1 without an image"), "{shown}");
    // What cannot be asked is never green.
    let nowhere = images.replace(&host, "127.0.0.1:1");
    world.write("fleet.yaml", format!("{FLEET}{nowhere}"));
    let ran = status(&["hermes"]).exits(3);
    assert!(ran.stderr.contains("t-hermes: not read: the image"), "{}", ran.stderr);
    let shown = forge.run(&world, &["fleet", "status", "hermes"]).exits(3).stdout;
    assert!(shown.contains("1 whose image was not read"), "{shown}");
}

#[test]
fn runs_take_one_request_for_each_member_and_none_when_they_are_left_out() {
    let (world, forge) = fleet();
    forge.requests();
    let asked = |arguments: &[&str]| {
        let json = forge.run_as(&world, "all", arguments).exits(0).json();
        let asked = forge.requests();
        let read = asked.iter().filter(|it| it["method"] == "GET").count();
        (json["members"][0].clone(), asked.len(), read)
    };
    let (with, _, read) = asked(&["fleet", "status", "--format", "json"]);
    assert_eq!((read, with["last_run"].is_object()), (2, true), "two members");
    let (without, all, read) = asked(&["fleet", "status", "--no-runs", "--format", "json"]);
    assert_eq!((read, without["last_run"].is_null()), (0, true));
    assert!(all > 0 && without["open_pulls"] == with["open_pulls"]);
    let both = ["fleet", "status", "--no-runs", "--rerun-failed"];
    forge.run_as(&world, "all", &both).exits(2);
}

#[test]
fn a_read_only_run_runs_nothing_again() {
    let (world, forge) = fleet();
    let arguments = ["fleet", "status", "--rerun-failed", "--read-only"];
    let ran = forge.run_as(&world, "all", &arguments).exits(3);
    assert!(ran.stderr.contains("read-only"), "{}", ran.stderr);
    // The guard may be the variable, which no option overrides.
    let plain = ["fleet", "status", "--rerun-failed"];
    let ran = forge.run_with(&world, &plain, &[("SHIPSHAPE_READ_ONLY", "1")]).exits(3);
    let hint = "`--read-only` or SHIPSHAPE_READ_ONLY is set: run it again without that option and with that variable unset";
    assert!(ran.stderr.contains(hint), "{}", ran.stderr);
}

#[test]
fn registrations_are_repaired_by_one_pull_request_however_often_it_is_asked_for() {
    let (world, forge) = fleet();
    let found = forge.run_as(&world, "all", &["fleet", "registrations"]).exits(1).stdout;
    assert!(found.contains("`images` lacks `codex`"), "{found}");
    assert!(!found.contains("`script`"), "{found}");
    let diff = forge.run_as(&world, "all", &["fleet", "registrations", "--diff"]).exits(0).stdout;
    assert!(diff.contains("+IMAGES = {\"hermes\", \"codex\"}"), "{diff}");
    for _ in 0..2 {
        let ran =
            forge.run_as(&world, "all", &["fleet", "registrations", "--pull-requests"]).exits(0);
        assert_eq!(ran.stdout, "acme/core: [forge]/acme/core/pull/1 offers the repair\n");
    }
    let ran = forge.run_as(&world, "narrow", &["fleet", "registrations", "--pull-requests"]);
    // The pull request is there already: nothing has to be written.
    assert_eq!(ran.exits(0).stdout, "acme/core: [forge]/acme/core/pull/1 offers the repair\n");
}

#[test]
fn a_checkout_is_repaired_in_place() {
    let (world, _forge) = fleet();
    world
        .write("core/images.py", "IMAGES = {\"hermes\"}\n")
        .write("core/refresh.sh", "RUNTIMES=(codex hermes)\n");
    world.run(&["fleet", "registrations", "--local", "core"]).exits(1);
    world.run(&["fleet", "registrations", "--local", "core", "--write"]).exits(0);
    assert_eq!(world.read("core/images.py"), "IMAGES = {\"hermes\", \"codex\"}\n");
    world.run(&["fleet", "registrations", "--local", "core"]).exits(0);
}

#[test]
fn a_member_that_lives_is_not_retired_unasked() {
    let (world, forge) = fleet();
    let before = world.read("fleet.yaml");
    let shown = forge.run_as(&world, "all", &["fleet", "retire", "hermes"]).exits(1);
    for part in [
        "! last commit",
        "! open pull requests  1",
        "archive acme/t-hermes",
        "close 1 open pull request",
    ] {
        assert!(shown.stdout.contains(part), "{part}\n{}", shown.stdout);
    }
    let refused = forge.run_as(&world, "all", &["fleet", "retire", "hermes", "--apply"]).exits(3);
    assert!(refused.stderr.contains("`t-hermes` still appears to be in use"), "{}", refused.stderr);
    assert_eq!(world.read("fleet.yaml"), before);
    let read_only = ["fleet", "retire", "hermes", "--apply", "--anyway", "--read-only"];
    // Read-only is a dry run, whoever says so.
    let ran = forge.run_as(&world, "all", &read_only).exits(1);
    assert_eq!(ran.stdout, shown.stdout);
    assert!(ran.stderr.contains("Nothing is changed on the forge"), "{}", ran.stderr);
    let said = forge.run_as(&world, "all", &["fleet", "retire", "hermes", "--dry-run"]).exits(1);
    assert_eq!(said.stdout, shown.stdout);
    // What overrides the look is said in words, and is no line to be pasted.
    assert!(said.stderr.contains("unless --anyway is given"), "{}", said.stderr);
    assert!(!said.stderr.contains("--apply --anyway"), "{}", said.stderr);
    let done =
        forge.run_as(&world, "all", &["fleet", "retire", "hermes", "--apply", "--anyway"]).exits(0);
    assert!(done.stderr.contains("archived acme/t-hermes"), "{}", done.stderr);
    assert!(world.read("fleet.yaml").contains("{ repository: t-hermes, retired: 2026-11-22 }"));
    let again =
        forge.run_as(&world, "all", &["fleet", "retire", "hermes", "--apply", "--anyway"]).exits(0);
    assert!(!again.stderr.contains("archived acme"), "{}", again.stderr);
    // One pull request, whoever asks how often.
    assert!(again.stderr.contains("/acme/core/pull/1"), "{}", again.stderr);
    let unknown = forge.run_as(&world, "all", &["fleet", "retire", "nobody"]).exits(2);
    assert!(unknown.stderr.contains("no member"), "{}", unknown.stderr);
    let misspelt = forge.run_as(&world, "all", &["fleet", "retire", "hermess"]).exits(2);
    assert!(misspelt.stderr.contains("did you mean `hermes`?"), "{}", misspelt.stderr);
}

/// A repository that somebody archived is left only to be recorded: its last commit and its open pull request say nothing.
#[test]
fn what_is_left_in_an_archived_repository_is_no_sign_of_life() {
    let (world, forge) = fleet();
    let retire = ["fleet", "retire", "hermes"];
    let shown = forge.run_as(&world, "all", &retire).exits(1);
    assert!(shown.stdout.contains("  ! open pull requests"), "{}", shown.stdout);
    let body = br#"{ "archived": true }"#.to_vec();
    let path = "/api/v3/repos/acme/t-hermes";
    let answer = forge.ask("all", &Asked { method: "PATCH", path, body, headers: &[] });
    assert_eq!(answer.status, 200);
    let shown = forge.run_as(&world, "all", &retire).exits(0);
    let pulls = "    open pull requests  1; the repository is archived\n";
    assert!(shown.stdout.contains(pulls) && !shown.stdout.contains("  ! "), "{}", shown.stdout);
    forge.run_as(&world, "all", &[&retire[..], &["--apply"]].concat()).exits(0);
    assert!(world.read("fleet.yaml").contains("retired"), "{}", world.read("fleet.yaml"));
}

/// What is done once is done: no sign of life stands against it, and no list is named that is repaired.
#[test]
fn a_retirement_comes_to_an_end() {
    let (world, forge) = fleet();
    let list = "registrations:\n  - { name: images, path: images.py, language: python, symbol: IMAGES, form: set }\n";
    let (manifest, _) = FLEET.split_once("registrations:").expect("a list");
    world.write("fleet.yaml", format!("{manifest}{list}"));
    world.write("images.py", "IMAGES = {\"hermes\", \"codex\"}\n");
    let retire = ["fleet", "retire", "hermes"];
    let shown = forge.run_as(&world, "all", &retire).exits(1);
    assert!(shown.stdout.contains("repair images yourself"), "{}", shown.stdout);
    forge.run_as(&world, "all", &[&retire[..], &["--apply", "--anyway"]].concat()).exits(0);
    // The list is left to a person, and the repository is archived: its last commit is no reason any more.
    let left = forge.run_as(&world, "all", &retire).exits(0);
    assert!(
        left.stdout
            .ends_with("  1. repair images yourself: `shipshape fleet registrations --write`\n"),
        "{}",
        left.stdout
    );
    assert!(left.stderr.contains("\n  shipshape fleet registrations --write\n"), "{}", left.stderr);
    world.run(&["fleet", "registrations", "--write"]).exits(0);
    assert_eq!(world.read("images.py"), "IMAGES = {\"codex\"}\n");
    for more in [&[][..], &["--apply"]] {
        let done = forge.run_as(&world, "all", &[&retire[..], more].concat()).exits(0);
        assert!(done.stdout.ends_with("  nothing: it is already retired\n"), "{}", done.stdout);
        assert!(!done.stderr.contains("Next:"), "{}", done.stderr);
    }
}

/// What nobody but a person can settle is named, and no command is proposed that would do nothing.
#[test]
fn what_a_list_holds_that_no_repair_takes_out_is_named() {
    let (world, _forge) = fleet();
    let list = "registrations:\n  - { name: images, path: images.py, language: python, symbol: IMAGES, form: set }\n";
    let (manifest, _) = FLEET.split_once("registrations:").expect("a list");
    world.write("fleet.yaml", format!("{manifest}{list}"));
    world.write("images.py", "IMAGES = {\"codex\", \"hermes\", \"one\", \"two\"}\n");
    let looked = world.run(&["fleet", "registrations"]).exits(1);
    assert!(!looked.stdout.contains("--write"), "{}", looked.stdout);
    let log = world.run(&["fleet", "registrations", "--format", "sarif"]).exits(1).json();
    assert!(!crate::validate::is_taken_by_code_scanning(&log).is_empty());
    let ran = world.run(&["fleet", "registrations", "--write"]).exits(1);
    for name in ["one", "two"] {
        let line =
            format!("images: `{name}` is left unchanged: only a person knows what it is for\n");
        assert!(ran.stderr.contains(&line), "{}", ran.stderr);
    }
}

#[test]
fn settings_are_judged_where_the_token_may_read_them() {
    let (world, forge) = fleet();
    let ran = forge.run_as(
        &world,
        "all",
        &["drift", "--settings", "--format", "json", "--repository", "hermes"],
    );
    let report = ran.exits(1).json();
    let findings = report["repositories"][0]["findings"].as_array().expect("findings").clone();
    let said: Vec<&str> = findings.iter().filter_map(|it| it["code"].as_str()).collect();
    assert!(said.contains(&"SHP901") && said.contains(&"SHP902"), "{said:?}");
    assert!(!said.contains(&"SHP900"), "{said:?}");
    let sarif = ["drift", "--settings", "--format", "sarif", "--repository", "hermes"];
    let log = forge.run_as(&world, "all", &sarif).exits(1).json();
    let results = crate::validate::is_taken_by_code_scanning(&log);
    assert_eq!(results.len(), findings.len(), "nothing is lost");
    let narrow =
        forge.run_as(&world, "narrow", &["drift", "--settings", "--repository", "hermes"]).exits(3);
    assert!(narrow.stdout.contains("SHP900 settings-unreadable"), "{}", narrow.stdout);
}

#[test]
fn a_member_that_is_seen_by_others_than_its_kind_says_is_found() {
    let (world, forge) = fleet();
    let drift = ["drift", "--settings", "--repository", "hermes"];
    let silent = forge.run_as(&world, "all", &drift).exits(1);
    assert!(!silent.stdout.contains("SHP909"), "nothing is wanted: {}", silent.stdout);
    world.replace(
        "fleet.yaml",
        "t: { prefix: t-,",
        "t: { prefix: t-, new: { visibility: private },",
    );
    let told = forge.run_as(&world, "all", &drift).exits(1);
    assert!(
        told.stdout.contains("the repository is public, but its kind is private"),
        "{}",
        told.stdout
    );
}

#[test]
fn settings_can_be_accepted_like_any_finding() {
    let (world, forge) = fleet();
    world.write("fleet.yaml", format!("{FLEET}baseline: baseline.json\n"));
    let arguments = ["drift", "--settings", "--repository", "hermes"];
    let accepted = [&arguments[..], &["--write-baseline"]].concat();
    forge.run_as(&world, "all", &accepted).exits(0);
    let report =
        forge.run_as(&world, "all", &[&arguments[..], &["--format", "json"]].concat()).json();
    let findings = report["repositories"][0]["findings"].as_array().expect("findings").clone();
    assert!(findings.iter().any(|it| it["code"] == "SHP901"), "{report}");
    assert!(findings.iter().all(|it| !it["waived"].is_null()), "{report}");
}
