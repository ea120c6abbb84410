//! What a campaign must do whatever happens: one test for each way in which bulk changes go wrong.

use serde_json::{Value, json};

use super::stage::{BRANCH, Stage};

#[test]
fn each_repository_gets_one_pull_request() {
    let stage = Stage::of(&["alpha", "beta"]);
    let planned = stage.campaign(&["plan"]).exits(0);
    assert!(planned.stdout.contains("2 pull requests: 2 of variant A"), "{}", planned.stdout);
    stage.campaign(&["apply", "campaign.plan.json", "--yes"]).exits(0);
    for slug in ["alpha", "beta"] {
        let pulls = stage.pulls(slug);
        assert_eq!(pulls.len(), 1, "{pulls:?}");
        assert_eq!(pulls[0]["title"], format!("Add a note to {slug}"));
        assert_eq!(stage.commits(slug, BRANCH).len(), 2);
    }
}

#[test]
fn s02_run_again_unchanged_writes_nothing() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.applied().exits(0);
    stage.writes();
    stage.campaign(&["apply", "campaign.plan.json", "--yes"]).exits(0);
    stage.applied().exits(0);
    assert_eq!(stage.writes(), 0);
}

#[test]
fn s04_what_a_person_closed_stays_closed() {
    let stage = Stage::of(&["alpha"]);
    stage.applied().exits(0);
    stage.ask("ann", "PATCH", "/repos/acme/t-alpha/pulls/1", json!({ "state": "closed" }));
    assert_eq!(stage.stands("alpha"), ("declined".to_owned(), "ann closed #1".to_owned()));
    stage.applied().exits(0);
    assert_eq!(stage.pulls("alpha").len(), 1);
    stage.campaign(&["apply", "--reopen", "--yes"]).exits(0);
    let open: Vec<Value> =
        stage.pulls("alpha").into_iter().filter(|pull| pull["state"] == "open").collect();
    assert_eq!(open.len(), 1);
}

#[test]
fn s05_what_a_person_pushed_to_is_left_alone_and_the_others_go_on() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.campaign(&["plan", "-t", "-"]).exits(2);
    stage.world.write("first.txt", "alpha\n");
    stage.campaign(&["apply", "-t", "first.txt", "--yes"]).exits(0);
    stage.push("ann", "alpha", BRANCH, "NOTE.md", "noted, and more\n");
    let before = stage.commits("alpha", BRANCH);
    stage.world.replace("campaign.yaml", "noted", "noted otherwise");
    stage.applied().exits(0);
    assert_eq!(stage.commits("alpha", BRANCH), before);
    assert_eq!(stage.stands("alpha"), ("edited".to_owned(), "ann changed its branch".to_owned()));
    assert_eq!(stage.pulls("beta").len(), 1);
}
