//! Pull requests of `shipshape new` that come to conflict while they wait: put on top of today's base, unless somebody else
//! has worked on them.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::mishaps::Stage as _;
use crate::new_forge::{FLEET, SEED, Stage};

/// Two members that wait for their entries in the fleet's home; that of the first is merged.
fn two_with_one_merged() -> Stage {
    let stage = Stage::with(&FLEET.replace("forge:", "home: { repository: home }\nforge:"), SEED);
    for slug in ["beta", "gamma"] {
        stage.run(&["new", slug, "--defaults"]).exits(0);
    }
    merge(&stage, 1);
    stage
}

fn merge(stage: &Stage, number: u64) {
    let path = format!("/repos/acme/home/pulls/{number}/merge");
    stage.forge.write("PUT", &path, &json!({}));
}

fn manifest(stage: &Stage) -> String {
    let file = stage.forge.read("/repos/acme/home/contents/fleet.yaml?ref=main");
    let packed: String = file["content"].as_str().unwrap_or_default().split_whitespace().collect();
    String::from_utf8(BASE64_STANDARD.decode(packed).expect("base64")).expect("text")
}

#[test]
fn the_second_of_two_new_members_is_put_on_top_of_the_first() {
    let stage = two_with_one_merged();
    let plan = stage.run(&["new", "gamma", "--dry-run"]).exits(0).stdout;
    let planned =
        "fleet.yaml (fleet.yaml) in acme/home: put its pull request on top of today's `main`";
    assert!(plan.contains(planned), "{plan}");
    let ran = stage.run(&["new", "gamma"]).exits(0);
    let told =
        "fleet.yaml: put its pull request on top of today's `main`, which it conflicted with";
    assert!(ran.stderr.contains(told), "{}", ran.stderr);
    assert!(ran.stdout.contains("review and merge fleet.yaml: "), "{}", ran.stdout);
    // It is done once, and can be merged then.
    let again = stage.run(&["new", "gamma"]).exits(0);
    assert!(!again.stderr.contains("on top of today's"), "{}", again.stderr);
    merge(&stage, 2);
    let manifest = manifest(&stage);
    assert!(manifest.contains("- beta") && manifest.contains("- gamma"), "{manifest}");
}

#[test]
fn what_somebody_else_has_worked_on_is_left_as_it_is() {
    let stage = two_with_one_merged();
    let branch = "shipshape/new-gamma-fleet-yaml";
    let head = |stage: &Stage| -> Value {
        stage.forge.read(&format!("/repos/acme/home/git/ref/heads/{branch}"))["object"]["sha"]
            .clone()
    };
    let note = json!({
        "message": "Say why", "branch": branch, "content": BASE64_STANDARD.encode("because\n"),
    });
    stage.forge.write("PUT", "/repos/acme/home/contents/why.txt", &note);
    let before = head(&stage);
    let ran = stage.run(&["new", "gamma"]).exits(1);
    let left = "resolve the conflict of fleet.yaml with `main`: ";
    assert!(ran.stdout.contains(left), "{}", ran.stdout);
    assert!(ran.stdout.contains("fleet.yaml: conflicts with `main`: "), "{}", ran.stdout);
    assert_eq!(head(&stage), before);
    let told = stage.run(&["new", "gamma", "--format", "json"]).exits(1).json();
    let pulls = told["forge"]["pull_requests"].as_array().expect("a list");
    let announced = pulls.iter().find(|pull| pull["what"] == "fleet.yaml");
    assert_eq!(announced.expect("announced")["state"], "conflict");
}

#[test]
fn a_pull_request_for_a_member_that_main_has_by_now_is_to_be_closed() {
    let stage = two_with_one_merged();
    let path = "/repos/acme/home/contents/fleet.yaml";
    let there = stage.forge.read(&format!("{path}?ref=main"));
    let text = manifest(&stage).replace("  - beta\n", "  - beta\n  - gamma\n");
    let by_hand = json!({
        "message": "Add gamma by hand", "branch": "main", "sha": there["sha"],
        "content": BASE64_STANDARD.encode(text),
    });
    stage.forge.write("PUT", path, &by_hand);
    let ran = stage.run(&["new", "gamma"]).exits(1);
    let left = "close the pull request for fleet.yaml: `main` has the member by now: ";
    assert!(ran.stdout.contains(left), "{}", ran.stdout);
}
