//! `shipshape new` on the forge after a run that was cut off: gone on with, or given up.

use serde_json::json;

use crate::mishaps::Stage as _;
use crate::new_forge::{FLEET, Stage};

#[test]
fn what_was_begun_is_given_up_only_when_something_else_is_made() {
    let stage = Stage::set();
    stage.run(&["new", "beta", "--defaults", "--wait", "0"]).exits(3);
    let over = ["new", "beta", "--defaults", "--start-over"];
    stage.run(&[&over[..], &["--dry-run"]].concat()).exits(2);
    stage.run(&[&over[..], &["--read-only"]].concat()).ends();
    // It is gone on with all the same, and says what the run that was cut off did not come to say.
    let ran = stage.run(&["new", "beta", "--wait", "0"]).exits(3);
    assert!(ran.stderr.contains("Continuing what was started"), "{}", ran.stderr);
    assert!(
        ran.stdout.contains("commit fleet.yaml and what was changed beside it"),
        "{}",
        ran.stdout
    );
    // Nor is it given up by a person who looks at it and leaves.
    stage.world.write("fleet.yaml", FLEET).write("list.txt", "alpha\n");
    let typed = ["a:b", "", "", "", "", "", "", "leave"];
    let asked = ["new", "beta", "--ask", "--start-over"];
    let ran = stage.forge.run_typing(&stage.world, &asked, &typed).exits(0);
    assert!(ran.stderr.contains("Nothing was created"), "{}", ran.stderr);
    let ran = stage.run(&["new", "beta", "--wait", "0"]).exits(3);
    assert!(ran.stderr.contains("Continuing what was started"), "{}", ran.stderr);
    let ran = stage.run(&over).exits(0);
    assert!(!ran.stderr.contains("Continuing what"), "{}", ran.stderr);
}

#[test]
fn starting_over_in_another_repository_gives_the_earlier_run_up() {
    let stage = Stage::set();
    stage.run(&["new", "beta", "--defaults", "--wait", "0"]).exits(3);
    stage.world.write("fleet.yaml", FLEET).write("list.txt", "alpha\n");
    assert!(stage.run(&[]).stdout.contains("shipshape new beta"));
    let other = ["--repository", "workspace-template-beta2", "--start-over"];
    stage.run(&[&["new", "beta", "--defaults"][..], &other].concat()).exits(0);
    let ran = stage.run(&[]);
    assert!(!ran.stdout.contains("shipshape new beta"), "{}", ran.stdout);
}

/// The command that `new` was run with, by a token that may not create anything.
fn refused(stage: &Stage) {
    let ran = stage.forge.run_as(
        &stage.world,
        "reader",
        &["new", "beta", "--defaults", "--wait", "0", "--description", "The second"],
    );
    let ran = ran.exits(3);
    // Nothing was made, so nothing is remembered: the command has the answers.
    assert!(ran.stderr.contains("once that is fixed, run: shipshape new beta "), "{}", ran.stderr);
    assert!(ran.stderr.contains("--description 'The second'"), "{}", ran.stderr);
}

#[test]
fn a_refused_creation_is_not_remembered_and_takes_no_repository_of_others() {
    let stage = Stage::set();
    refused(&stage);
    let ran = stage.run(&[]);
    assert!(!ran.stdout.contains("shipshape new beta"), "{}", ran.stdout);
    // Somebody else makes a repository of that name, with one commit.
    let new = json!({ "name": "workspace-template-beta", "auto_init": true, "private": false });
    stage.forge.write("POST", "/orgs/acme/repos", &new);
    let before = stage.end_state()["acme/workspace-template-beta"].clone();
    let ran = stage.run(&["new", "beta", "--defaults", "--wait", "0"]).exits(2);
    assert!(ran.stderr.contains("it has commits that this command did not make"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("Continuing what"), "{}", ran.stderr);
    assert_eq!(stage.end_state()["acme/workspace-template-beta"], before);
}

#[test]
fn a_member_that_is_retired_before_it_was_finished_is_not_announced_any_more() {
    let stage = Stage::set();
    stage.run(&["new", "beta", "--defaults", "--wait", "0"]).exits(3);
    let open = || {
        let pulls = stage.end_state()["acme/core"]["pulls"].clone();
        let pulls = pulls.as_array().cloned().unwrap_or_default();
        pulls.iter().filter(|it| it[2] == "open").count()
    };
    assert_eq!(open(), 2);
    let shown = stage.run(&["fleet", "retire", "beta"]);
    assert!(
        shown.stdout.contains("close acme/core#1, which adds it: Add beta to images"),
        "{}",
        shown.stdout
    );
    stage.run(&["fleet", "retire", "beta", "--apply", "--anyway"]).exits(0);
    assert_eq!(open(), 0);
    let ran = stage.run(&[]);
    assert!(!ran.stdout.contains("shipshape new beta"), "{}", ran.stdout);
    let again = stage.run(&["fleet", "retire", "beta"]).exits(0);
    assert!(!again.stdout.contains("close acme/core"), "{}", again.stdout);
}
