//! What an index refuses, and answers that are lost: told with a next step, and nothing done twice.

use serde_json::json;

use super::{PUBLISH, SDIST, Stage, WHEEL, stages};

#[test]
fn an_answer_that_is_lost_is_looked_up_before_anything_is_sent_again() {
    for kind in ["bad-gateway-after", "reset-after", "truncated-body"] {
        let stage = Stage::new();
        stage.forge.fail(&json!([{ "route": "POST /_index/legacy/", "kind": kind }]));
        let report = stage.json(&[], 0);
        assert_eq!(report["files"][0]["state"], "uploaded", "{kind}");
        assert_eq!(stage.uploads(), 2, "{kind}");
    }
    for kind in ["bad-gateway-before", "reset-before", "secondary-429"] {
        let stage = Stage::new();
        stage.forge.fail(&json!([{ "route": "POST /_index/legacy/", "kind": kind, "seconds": 3 }]));
        stage.run(&[]).exits(0);
        assert_eq!(stage.uploads(), 3, "{kind}");
        assert!(stage.files().iter().all(|file| file["repeats"] == 0), "{kind}");
    }
}

#[test]
fn a_page_that_lags_behind_a_lost_answer_hides_no_file_for_good() {
    let stage = Stage::with("{ lag: 6 }");
    stage.forge.fail(&json!([{ "route": "POST /_index/legacy/", "kind": "bad-gateway-after" }]));
    stage.run(&[]).exits(0);
    // The page did not show it yet, so the same bytes were sent once more: an index takes them for what they are.
    assert_eq!(stage.names(), [WHEEL, SDIST]);
}

#[test]
fn an_index_that_only_says_that_there_is_such_a_file_is_asked_which() {
    let stage = Stage::with("{ lag: 8 }");
    stage.run(&["--wait", "0"]).exits(0);
    stage.world.remove_state();
    // As devpi and pypiserver answer, whichever file it is; the page shows it some readings later.
    let words = "Package already exists!";
    let refuse = json!([{ "file": ".whl", "status": 409, "words": words }, { "file": ".gz", "status": 409, "words": words }]);
    stage.forge.wish(&json!({ "refuse": refuse }));
    let report = stage.json(&[], 0);
    assert_eq!(report["files"][0]["state"], "already-published");
    assert_eq!(report["files"][1]["state"], "already-published");
    let never = Stage::new();
    never.forge.wish(&json!({ "refuse": refuse }));
    let ran = never.run(&["--wait", "1"]).exits(3);
    assert!(ran.stderr.contains("does not show which"), "{}", ran.stderr);
}

#[test]
fn an_index_without_pages_is_given_up_on_in_time() {
    let stage = Stage::new();
    let route = "GET /_index/simple/{project}/";
    stage.forge.fail(&json!([{ "route": route, "kind": "bad-gateway-before", "times": 1000 }]));
    let ran = stage.run(&[]).exits(3);
    assert!(ran.stderr.contains("cannot read the page of `Acme.Runtime`"), "{}", ran.stderr);
    assert_eq!(stage.uploads(), 0);
}

#[test]
fn the_second_file_refused_leaves_the_first_and_the_next_run_ends_it() {
    let stage = Stage::new();
    let words = "the archive has\u{1b}[31m too many files\n::error::forged";
    stage.forge.wish(&json!({ "refuse": [{ "file": ".tar.gz", "words": words }] }));
    let ran = stage.run(&[]).exits(3);
    assert!(ran.stderr.contains(&format!("the index does not accept `{SDIST}`")), "{}", ran.stderr);
    assert!(ran.stderr.contains("too many files"), "{}", ran.stderr);
    assert!(!ran.stderr.contains('\u{1b}') && !ran.stderr.contains("\n::error"), "{}", ran.stderr);
    assert!(
        ran.stderr.contains(&format!("{WHEEL} is on the index already and stays")),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stdout.contains("publish  failed       1 uploaded, 0 already published"),
        "{}",
        ran.stdout
    );
    let first = stage.files()[0]["sha256"].clone();
    stage.world.write("workspace/client.py", "NAME = 'another'\n");
    let report = stage.json(&[], 0);
    assert_eq!(report["files"][0]["state"], "already-published");
    assert_eq!(stage.files()[0]["sha256"], first);
    assert_eq!(stage.names(), [WHEEL, SDIST]);
}

#[test]
fn another_file_of_the_same_name_is_an_error_before_anything_is_sent() {
    let stage = Stage::new();
    stage.run(&[]).exits(0);
    stage.uploads();
    stage.world.remove_state().write("workspace/client.py", "NAME = 'another'\n");
    let ran = stage.run(&[]).exits(3);
    assert!(
        ran.stderr.contains(&format!("the index has another file called `{WHEEL}`")),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("publish the next version"), "{}", ran.stderr);
    assert_eq!(stage.uploads(), 0);
    // The files that cannot be published are in nobody's way once the source is what it was.
    stage.world.write("workspace/client.py", "import httpx\n\nNAME = httpx.__name__\n");
    assert_eq!(stage.json(&[], 0)["files"][0]["state"], "already-published");
}

#[test]
fn a_version_that_was_withdrawn_or_deleted_is_not_published_again() {
    let stage = Stage::new();
    stage.run(&[]).exits(0);
    stage.forge.wish(&json!({ "yank": { "acme-runtime==0.1.6": "it loses\u{202e} data" } }));
    let ran = stage.run(&[]).exits(3);
    assert!(ran.stderr.contains("0.1.6 was withdrawn from the index"), "{}", ran.stderr);
    assert!(ran.stderr.contains("it loses\\u{202e} data"), "{}", ran.stderr);
    stage.forge.wish(&json!({ "unyank": ["acme-runtime==0.1.6"] }));
    stage.run(&[]).exits(0);
    stage.forge.wish(&json!({ "delete": ["acme-runtime==0.1.6"] }));
    let ran = stage.run(&[]).exits(3);
    assert!(ran.stderr.contains("was on the index and was deleted there"), "{}", ran.stderr);
    assert!(ran.stderr.contains("publish the next version"), "{}", ran.stderr);
}

#[test]
fn who_is_not_let_in_is_told_what_is_missing() {
    let stage = Stage::new();
    let mut variables = stage.variables();
    variables.retain(|(name, _)| *name != "SHIPSHAPE_UPLOAD_PASSWORD");
    let ran = stage.run_with(&PUBLISH, &variables).exits(3);
    assert!(ran.stderr.contains("no credentials for uploading"), "{}", ran.stderr);
    variables.push(("SHIPSHAPE_UPLOAD_PASSWORD", "pypi-wrong".to_owned()));
    let ran = stage.run_with(&PUBLISH, &variables).exits(3);
    assert!(ran.stderr.contains("the index does not let us upload"), "{}", ran.stderr);
    assert!(ran.stderr.contains("answered 403: Invalid or non-existent"), "{}", ran.stderr);
    // A name that is not that of a token.
    let mut named = stage.variables();
    named.push(("SHIPSHAPE_UPLOAD_USERNAME", "ann".to_owned()));
    stage.run_with(&PUBLISH, &named).exits(3);
    stage.forge.wish(&json!({ "tokens": [{ "name": "index", "projects": ["other"] }] }));
    let ran = stage.run(&[]).exits(3);
    assert!(ran.stderr.contains("isn't allowed to upload to project"), "{}", ran.stderr);
    assert_eq!(stage.names(), [""; 0]);
}

#[test]
fn what_cannot_be_published_at_all_is_said_before_anything_is_built() {
    let stage = Stage::new();
    let run = |arguments: &[&str], variables: &[(&str, String)]| {
        let ran = stage.run_with(arguments, variables).exits(2);
        ran.stderr
    };
    let variables = stage.variables();
    let local = run(&["release", "publish", "0.1.6+here", "--no-compat"], &variables);
    assert!(local.contains("a local version, which no index accepts"), "{local}");
    let none = run(&["release", "publish", "runtime-v0.1.6", "--no-compat"], &variables);
    assert!(none.contains("write `0.1.6`"), "{none}");
    let half = run(
        &[&PUBLISH[..], &["--index-url", "https://a.example/simple/", "--upload-url", ""]].concat(),
        &variables,
    );
    assert!(half.contains("publishing needs two"), "{half}");
    let plain =
        run(&[&PUBLISH[..], &["--upload-url", "http://a.example/legacy/"]].concat(), &variables);
    assert!(plain.contains("plain http, which is allowed for this machine only"), "{plain}");
    let secret = run(
        &[&PUBLISH[..], &["--upload-url", "https://me:hunter2@a.example/"]].concat(),
        &variables,
    );
    assert!(secret.contains("contains credentials") && !secret.contains("hunter2"), "{secret}");
    let read_only = run(&[&PUBLISH[..], &["--read-only"]].concat(), &variables);
    assert!(read_only.contains("--dry-run"), "{read_only}");
    stage.world.write(
        "fleet.yaml",
        "schema: 1\nname: f\nforge: { owner: acme }\nkinds: { t: {} }\nmembers: [x]\nruntime_package: { distribution: other, import: other }\n",
    );
    let other = run(&PUBLISH, &variables);
    assert!(other.contains("the fleet's runtime is `other`"), "{other}");
    assert_eq!(stage.uploads(), 0);
}

#[test]
fn releases_that_are_frozen_are_not_published_unless_somebody_insists() {
    let stage = Stage::of_fleet("{}");
    let mut variables = stage.variables();
    variables.extend(stage.forge.variables());
    let freeze = ["release", "freeze", "--reason", "it loses the queue"];
    stage.run_with(&freeze, &variables).exits(0);
    let ran = stage.run_with(&PUBLISH, &variables).exits(3);
    assert!(ran.stderr.contains("releases are frozen, so nothing is published"), "{}", ran.stderr);
    assert!(ran.stderr.contains("it loses the queue"), "{}", ran.stderr);
    let dry = stage.run_with(&[&PUBLISH[..], &["--dry-run"]].concat(), &variables).exits(3);
    assert!(dry.stderr.contains("releases are frozen"), "{}", dry.stderr);
    assert_eq!(stage.names(), [""; 0]);
    stage.run_with(&[&PUBLISH[..], &["--force"]].concat(), &variables).exits(0);
    // What is published already changes nothing, frozen or not.
    stage.run_with(&PUBLISH, &variables).exits(0);
}

#[test]
fn a_token_that_reads_contents_is_enough_and_with_less_nothing_is_published() {
    let stage = Stage::of_fleet("{}");
    let as_bearer = |token: &str| {
        let mut variables = stage.variables();
        variables.push(("GH_ENTERPRISE_TOKEN", stage.forge.secret(token).to_owned()));
        stage.run_with(&PUBLISH, &variables)
    };
    let ran = as_bearer("less").exits(3);
    assert!(ran.stderr.contains("--force skips that"), "{}", ran.stderr);
    assert_eq!(stage.names(), [""; 0]);
    as_bearer("reads").exits(0);
    assert_eq!(stage.names(), [WHEEL, SDIST]);
}

#[test]
fn an_address_without_its_slash_is_said_to_redirect() {
    let stage = Stage::new();
    let mut variables = stage.variables();
    for (name, value) in &mut variables {
        if *name == "SHIPSHAPE_UPLOAD_URL" {
            *value = value.trim_end_matches('/').to_owned();
        }
    }
    let ran = stage.run_with(&PUBLISH, &variables).exits(3);
    assert!(ran.stderr.contains("the slash at its end"), "{}", ran.stderr);
    let report =
        stage.run_with(&[&PUBLISH[..], &["--format", "json"]].concat(), &variables).exits(3).json();
    assert_eq!(stages(&report)[4], "publish failed");
}
