//! What a campaign must do whatever happens: one test for each way in which bulk changes go wrong.

use serde_json::{Value, json};

use super::stage::{BRANCH, Stage};

/// The trailers of the campaign's commit in `alpha`, and its change: made by a campaign elsewhere.
fn offered(stage: &Stage) -> String {
    stage.item("alpha")["change"]["commit"].as_str().expect("a message").to_owned()
}

fn one_pull_with_one_commit(stage: &Stage, slug: &str) {
    let pulls = stage.pulls(slug);
    assert_eq!(pulls.len(), 1, "{pulls:?}");
    assert_eq!(stage.commits(slug, BRANCH).len(), 2);
}

#[test]
fn each_repository_gets_one_pull_request() {
    let stage = Stage::of(&["alpha", "beta"]);
    let planned = stage.campaign(&["plan"]).exits(0);
    assert!(planned.stdout.contains("2 pull requests: 2 of variant A"), "{}", planned.stdout);
    assert_eq!(stage.writes(), 0);
    stage.campaign(&["apply", "campaign.plan.json", "--yes"]).exits(0);
    for slug in ["alpha", "beta"] {
        one_pull_with_one_commit(&stage, slug);
        assert_eq!(stage.pulls(slug)[0]["title"], format!("Add a note to {slug}"));
    }
    assert_eq!(stage.writes(), 2, "one request that creates content for each");
}

#[test]
fn s01_killed_between_branch_and_pull_request_ends_in_one() {
    // A branch without a commit.
    let stage = Stage::of(&["alpha", "beta"]);
    let base = stage.ask("ann", "GET", "/repos/acme/t-alpha/git/ref/heads/main", Value::Null);
    let made = json!({ "ref": format!("refs/heads/{BRANCH}"), "sha": base["object"]["sha"] });
    stage.ask("writer", "POST", "/repos/acme/t-alpha/git/refs", made);
    // A branch with the commit.
    let message = stage.item("beta")["change"]["commit"].clone();
    let base = stage.ask("ann", "GET", "/repos/acme/t-beta/git/ref/heads/main", Value::Null);
    let made = json!({ "ref": format!("refs/heads/{BRANCH}"), "sha": base["object"]["sha"] });
    stage.ask("writer", "POST", "/repos/acme/t-beta/git/refs", made);
    let content = json!({ "message": message, "content": "bm90ZWQK", "branch": BRANCH });
    stage.ask("writer", "PUT", "/repos/acme/t-beta/contents/NOTE.md", content);
    stage.applied().exits(0);
    one_pull_with_one_commit(&stage, "alpha");
    one_pull_with_one_commit(&stage, "beta");
}

#[test]
fn s02_run_again_unchanged_writes_nothing() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.applied().exits(0);
    stage.writes();
    stage.campaign(&["apply", "campaign.plan.json", "--yes"]).exits(0);
    stage.applied().exits(0);
    stage.world.remove_state();
    stage.applied().exits(0);
    assert_eq!(stage.writes(), 0);
}

#[test]
fn s03_a_branch_of_a_longer_name_is_not_taken_for_it() {
    let stage = Stage::with(&["alpha"], |_| {
        format!(
            ", files: {{ README.md: x }}, branches: {{ '{BRANCH}-2': {{ NOTE.md: other }} }}, pulls: [{{ title: T, head: '{BRANCH}-2' }}]"
        )
    });
    stage.applied().exits(0);
    assert_eq!(stage.pulls("alpha").len(), 2);
    assert_eq!(stage.commits("alpha", BRANCH).len(), 2);
}

#[test]
fn s04_what_a_person_closed_stays_closed() {
    let stage = Stage::of(&["alpha"]);
    stage.applied().exits(0);
    stage.ask("ann", "PATCH", "/repos/acme/t-alpha/pulls/1", json!({ "state": "closed" }));
    assert_eq!(stage.stands("alpha"), ("declined".to_owned(), "ann closed #1".to_owned()));
    stage.writes();
    stage.applied().exits(0);
    assert_eq!(stage.writes(), 0);
    stage.campaign(&["apply", "--reopen", "--yes"]).exits(0);
    let pulls = stage.pulls("alpha");
    assert_eq!(pulls.iter().filter(|pull| pull["state"] == "open").count(), 1, "{pulls:?}");
}

#[test]
fn s05_what_a_person_pushed_to_is_left_alone_and_the_others_go_on() {
    let stage = Stage::of(&["alpha", "beta"]);
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

#[test]
fn s05b_a_commit_that_a_person_put_in_place_of_ours_is_theirs() {
    let stage = Stage::of(&["alpha"]);
    stage.applied().exits(0);
    let message = stage.commits("alpha", BRANCH)[0].clone();
    let base = stage.ask("ann", "GET", "/repos/acme/t-alpha/git/ref/heads/main", Value::Null);
    let base = base["object"]["sha"].clone();
    let tree = json!({ "base_tree": base, "tree": [{ "path": "NOTE.md", "mode": "100644", "type": "blob", "content": "mine\n" }] });
    let tree = stage.ask("ann", "POST", "/repos/acme/t-alpha/git/trees", tree)["sha"].clone();
    let commit = json!({ "message": message, "tree": tree, "parents": [base] });
    let commit = stage.ask("ann", "POST", "/repos/acme/t-alpha/git/commits", commit)["sha"].clone();
    let moved = json!({ "sha": commit, "force": true });
    let path = format!("/repos/acme/t-alpha/git/refs/heads/{BRANCH}");
    stage.ask("ann", "PATCH", &path, moved);
    assert_eq!(stage.stands("alpha").0, "edited");
}

#[test]
fn s06_merged_is_done_and_a_difference_that_is_back_is_no_new_pull_request() {
    let stage = Stage::of(&["alpha"]);
    stage.applied().exits(0);
    stage.ask(
        "ann",
        "PUT",
        "/repos/acme/t-alpha/pulls/1/merge",
        json!({ "merge_method": "squash" }),
    );
    assert_eq!(stage.stands("alpha"), ("merged".to_owned(), "merged as #1".to_owned()));
    let file = stage.ask("ann", "GET", "/repos/acme/t-alpha/contents/NOTE.md", Value::Null);
    let gone = json!({ "message": "Remove it", "sha": file["sha"] });
    stage.ask("ann", "DELETE", "/repos/acme/t-alpha/contents/NOTE.md", gone);
    assert_eq!(stage.stands("alpha").0, "regressed");
    stage.writes();
    stage.applied().exits(0);
    assert_eq!(stage.writes(), 0);
    stage.campaign(&["apply", "--again", "--yes"]).exits(0);
    assert_eq!(stage.pulls("alpha").len(), 2);
}

#[test]
fn s07_a_change_that_is_no_longer_needed_is_closed_with_the_reason_when_asked() {
    let stage = Stage::of(&["alpha"]);
    stage.applied().exits(0);
    stage.push("ann", "alpha", "main", "NOTE.md", "noted\n");
    stage.applied().exits(0);
    assert_eq!(stage.pulls("alpha")[0]["state"], "open");
    let text = stage.world.read("campaign.yaml");
    stage.world.write("campaign.yaml", format!("{text}unneeded: close\n"));
    stage.applied().exits(0);
    assert_eq!(stage.pulls("alpha")[0]["state"], "closed");
    let said = stage.ask("ann", "GET", "/repos/acme/t-alpha/issues/1/comments", Value::Null);
    assert_eq!(said[0]["body"], "Closed by its campaign: the change is no longer needed.");
}

#[test]
fn s08_the_plan_shows_what_will_be_closed() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.applied().exits(0);
    let text = stage.world.read("campaign.yaml");
    stage
        .world
        .write("campaign.yaml", format!("{text}select: {{ members: [beta] }}\nunneeded: close\n"));
    let planned = stage.campaign(&["plan"]).exits(0);
    assert!(planned.stdout.contains("To be closed\n  t-alpha #1"), "{}", planned.stdout);
    assert!(planned.stdout.contains("no longer selected"), "{}", planned.stdout);
    assert_eq!(stage.pulls("alpha")[0]["state"], "open");
    stage.campaign(&["apply", "campaign.plan.json", "--yes"]).exits(0);
    assert_eq!(stage.pulls("alpha")[0]["state"], "closed");
    assert_eq!(stage.pulls("beta")[0]["state"], "open");
}
