//! Runs of `shipshape new` whose repository or pull request is another's, that left files to be committed, or that are given
//! up.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
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
fn what_a_run_that_was_cut_off_wrote_is_to_be_committed_with_the_rest() {
    let stage = Stage::set();
    stage.world.commit(".");
    stage.run(&["new", "beta", "--defaults", "--wait", "0"]).exits(3);
    // As if it had been cut off between the two files.
    stage.world.write("fleet.yaml", FLEET);
    let again = ["new", "beta", "--wait", "0"];
    let ran = stage.run(&again).exits(3);
    assert!(ran.stdout.contains("  - commit list.txt and fleet.yaml\n"), "{}", ran.stdout);
    // They wait for it until it is done.
    let ran = stage.run(&again).exits(3);
    assert!(ran.stdout.contains("  - commit list.txt and fleet.yaml\n"), "{}", ran.stdout);
    stage.world.commit(".");
    let ran = stage.run(&again).exits(3);
    assert!(!ran.stdout.contains("  - commit "), "{}", ran.stdout);
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

/// A fleet that is kept on the forge, with no list elsewhere and no images.
fn at_home() -> Stage {
    let is_kept = |line: &&str| !line.starts_with("images:") && !line.contains("repository: core");
    let fleet: String = FLEET.lines().filter(is_kept).map(|line| format!("{line}\n")).collect();
    Stage::with(&fleet.replace("forge:", "home: { repository: home }\nforge:"), SEED)
}

/// Creates `beta`, whose pull request for fleet.yaml is open then.
fn with_beta() -> Stage {
    let stage = at_home();
    stage.run(&["new", "beta", "--defaults", "--wait", "0"]).ends();
    assert_eq!(stage.end_state()["acme/home"]["pulls"][0][2], "open");
    stage.world.write("list.txt", "alpha\n");
    stage
}

const OTHER: [&str; 5] = ["new", "beta", "--defaults", "--repository", "workspace-template-beta-b"];

#[test]
fn a_pull_request_of_another_repository_is_not_taken_for_ones_own() {
    let stage = with_beta();
    let before = stage.end_state();
    for more in [&["--dry-run"][..], &["--start-over"], &["--state", "another.db"]] {
        let ran = stage.run(&[&OTHER[..], more].concat()).exits(2);
        let said = "adds another repository, acme/workspace-template-beta";
        assert!(ran.stderr.contains(said), "{}", ran.stderr);
        assert_eq!(stage.end_state(), before);
    }
}

#[test]
fn a_branch_of_a_run_that_was_given_up_is_in_the_way_before_anything_is_created() {
    let stage = with_beta();
    let ran = stage.run(&["new", "beta", "--forget"]).exits(0);
    assert!(ran.stderr.contains("delete their branches"), "{}", ran.stderr);
    stage.forge.write("PATCH", "/repos/acme/home/pulls/1", &json!({ "state": "closed" }));
    let before = stage.end_state();
    let ran = stage.run(&OTHER).exits(2);
    let said = "the branch `shipshape/new-beta-fleet-yaml` of acme/home has other commits";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    assert!(ran.stderr.contains("delete the branch"), "{}", ran.stderr);
    assert_eq!(stage.end_state(), before);
}

#[test]
fn a_pull_request_that_was_found_closed_is_on_record_as_closed() {
    let stage = with_beta();
    stage.forge.write("PATCH", "/repos/acme/home/pulls/1", &json!({ "state": "closed" }));
    stage.run(&["new", "beta", "--wait", "0"]).ends();
    let ran = stage.run(&["new", "beta", "--forget"]).exits(0);
    assert!(ran.stdout.contains("closed without a merge"), "{}", ran.stdout);
    let left = "left to you: delete the branches of the pull requests listed above";
    assert!(ran.stderr.contains(left), "{}", ran.stderr);
}

#[test]
fn the_entry_of_a_run_that_was_given_up_is_replaced_by_that_of_the_new_answers() {
    let stage = with_beta();
    let new = ["new", "beta", "--defaults", "--wait", "0", "--alias", "bee"];
    let told = "its pull request the entry that these answers give";
    let planned = stage.run(&[&new[..], &["--dry-run", "--state", "another.db"]].concat());
    assert!(planned.stdout.contains(told), "{}\n{}", planned.stdout, planned.stderr);
    let ran = stage.run(&[&new[..], &["--start-over"]].concat());
    assert!(ran.stderr.contains(told), "{}\n{}", ran.stdout, ran.stderr);
    let path = "/repos/acme/home/contents/fleet.yaml?ref=shipshape/new-beta-fleet-yaml";
    let file = stage.forge.read(path);
    let packed: String = file["content"].as_str().unwrap_or_default().split_whitespace().collect();
    let text = String::from_utf8(BASE64_STANDARD.decode(packed).expect("base64")).expect("text");
    assert!(text.contains("aliases: [bee]"), "{text}");
}

#[test]
fn a_repair_of_a_list_names_the_drafts_that_offer_the_same() {
    let stage = Stage::set();
    stage.run(&["new", "beta", "--defaults", "--wait", "0"]).exits(3);
    let repair = ["fleet", "registrations", "--pull-requests"];
    let ran = stage.run(&repair);
    let said = " of `shipshape new` offers `beta` there too: ";
    assert!(ran.stderr.contains(said), "{}\n{}", ran.stdout, ran.stderr);
    // It prints no report that could have a format.
    for act in ["--pull-requests", "--diff", "--write"] {
        stage.run(&["fleet", "registrations", act, "--format", "json"]).exits(2);
    }
}
