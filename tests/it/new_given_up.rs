//! Unfinished runs of `shipshape new` whose repository is another's, or that are given up.

use serde_json::json;

use crate::mishaps::Stage as _;
use crate::new_forge::{FLEET, SEED, Stage};

#[test]
fn a_run_that_is_not_known_to_have_created_anything_takes_no_repository_of_other_answers() {
    let stage = Stage::set();
    let route = "POST /repos/{template_owner}/{template_repo}/generate";
    stage.forge.fail(&json!([{ "route": route, "kind": "bad-gateway-before", "times": 99 }]));
    let new = ["new", "beta", "--defaults", "--wait", "0"];
    stage.run(&new).exits(3);
    stage.forge.fail(&json!([]));
    // Somebody else runs it meanwhile, with another answer.
    let theirs = [&new[..], &["--set", "model=openai:gpt-5", "--state", "theirs.db"]].concat();
    stage.run(&theirs).exits(3);
    stage.world.write("fleet.yaml", FLEET).write("list.txt", "alpha\n");
    let before = stage.end_state();
    let ran = stage.run(&["new", "beta", "--wait", "0"]).exits(2);
    let said = "its commit has other files than these answers give: ";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    assert_eq!(stage.end_state(), before);
}

#[test]
fn what_is_left_of_a_run_that_opened_no_pull_request_is_its_repository() {
    let stage = Stage::set();
    let fault = json!([{ "route": "POST /graphql", "kind": "bad-gateway-before", "times": 99 }]);
    stage.forge.fail(&fault);
    stage.run(&["new", "beta", "--defaults", "--wait", "0"]).exits(3);
    stage.forge.fail(&json!([]));
    let ran = stage.run(&["new", "beta", "--forget"]).exits(0);
    let left = "left to you: archive or delete the repository, unless it is wanted";
    assert!(ran.stderr.contains(left), "{}", ran.stderr);
    assert!(!ran.stderr.contains("pull requests listed above"), "{}", ran.stderr);
}

#[test]
fn a_repository_without_a_starter_is_gone_on_with_where_nothing_is_recorded() {
    let fleet = FLEET.replace("    starter: workspace-template-starter\n", "");
    let stage = Stage::with(&fleet, SEED);
    let fault = json!([{ "route": "POST /graphql", "kind": "bad-gateway-before", "times": 99 }]);
    stage.forge.fail(&fault);
    let new = ["new", "beta", "--defaults", "--wait", "0"];
    stage.run(&new).exits(3);
    stage.forge.fail(&json!([]));
    // Another machine: the forge alone says what there is, which is its own first commit.
    stage.world.remove_state();
    for other in [["--description", "Other"], ["--visibility", "private"]] {
        let ran = stage.run(&[&new[..], &other].concat()).exits(2);
        assert!(ran.stderr.contains("it holds only its first commit"), "{}", ran.stderr);
    }
    let ran = stage.run(&new).exits(3);
    assert!(ran.stdout.contains("continue with acme/workspace-template-beta"), "{}", ran.stdout);
    let state = stage.end_state();
    let main = &state["acme/workspace-template-beta"]["references"]["refs/heads/main"];
    let message = main[1].as_str().expect("a message");
    assert!(message.contains("Create beta from the shape"), "{message}");
}
