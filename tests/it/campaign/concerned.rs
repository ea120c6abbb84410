//! What a command is about besides the members that it names: others in the same repository, and repositories that have
//! left the fleet.

use serde_json::{Value, json};

use super::stage::Stage;

/// One repository with the folders of the members `one` and `two`.
fn of_two_folders() -> Stage {
    let stage = Stage::of(&["alpha"]);
    let mut members = Vec::new();
    for slug in ["one", "two"] {
        stage.push("ann", "alpha", "main", &format!("apps/{slug}/README.md"), "# Hello\n");
        members
            .push(format!("{{ slug: {slug}, repository: t-alpha, path: apps/{slug}, kind: t }}"));
    }
    let members = format!("members: [{}]", members.join(", "));
    stage.world.replace("fleet.yaml", "members: [alpha]", &members);
    stage
}

#[test]
fn other_members_of_a_repository_are_named_where_its_pull_request_is_handled_as_a_whole() {
    let stage = of_two_folders();
    stage.applied().exits(0);
    let said = |what: &str| format!("worth knowing: {what} in acme/t-alpha is also about two\n");
    for (verb, code) in [("merge", 1), ("close", 0)] {
        let ran = stage.campaign(&[verb, "-m", "one", "--dry-run"]).exits(code);
        assert!(ran.stderr.contains(&said("the pull request")), "{}", ran.stderr);
        let ran = stage.campaign(&[verb, "--dry-run"]).exits(code);
        assert!(!ran.stderr.contains("also about"), "{}", ran.stderr);
    }
    stage.campaign(&["merge", "--without-approval", "--without-checks"]).exits(0);
    let ran = stage.campaign(&["revert", "-m", "one", "--dry-run"]).exits(0);
    assert!(ran.stderr.contains(&said("the revert")), "{}", ran.stderr);
    let ran = stage.campaign(&["revert", "-m", "one", "-m", "two", "--dry-run"]).exits(0);
    assert!(!ran.stderr.contains("also about"), "{}", ran.stderr);
}

#[test]
fn what_is_open_in_a_repository_that_left_the_fleet_is_named_and_can_be_closed() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.applied().exits(0);
    stage.world.replace("fleet.yaml", "members: [alpha, beta]", "members: [alpha]");
    let said = "worth knowing: acme/t-beta #1 is open, and acme/t-beta is no longer a member of the fleet; to close: \
                shipshape campaign close campaign.yaml -m acme/t-beta\n";
    for (words, code) in
        [(&["status"][..], 0), (&["merge", "--dry-run"], 1), (&["close", "--dry-run"], 0)]
    {
        let ran = stage.campaign(words).exits(code);
        assert!(ran.stderr.contains(said), "{words:?}: {}", ran.stderr);
    }
    let merge = ["merge", "-m", "acme/t-beta", "--without-approval", "--without-checks"];
    let ran = stage.campaign(&merge).exits(1);
    assert!(ran.stdout.contains("it is no longer selected"), "{}", ran.stdout);
    let unknown = stage.campaign(&["close", "-m", "t-betta", "--yes"]).exits(2);
    assert!(unknown.stderr.contains("selects no member of the fleet"), "{}", unknown.stderr);
    let ran = stage.campaign(&["close", "-m", "acme/t-beta", "--yes"]).exits(0);
    assert!(ran.stdout.contains("1 closed"), "{}", ran.stdout);
    assert_eq!(
        ["alpha", "beta"].map(|slug| stage.pulls(slug)[0]["state"].clone()),
        [json!("open"), json!("closed")]
    );
    let ran = stage.campaign(&["status"]).exits(0);
    assert!(!ran.stderr.contains("t-beta"), "{}", ran.stderr);
}

#[test]
fn what_was_reverted_is_not_added_to_a_part_that_is_offered_again() {
    let stage = of_two_folders();
    stage.applied().exits(0);
    let lenient = ["--without-approval", "--without-checks"];
    stage.campaign(&[&["merge"], &lenient[..]].concat()).exits(0);
    stage.campaign(&["revert", "--yes"]).exits(0);
    stage.campaign(&[&["merge", "--reverted"], &lenient[..]].concat()).exits(0);
    stage.campaign(&["apply", "campaign.yaml", "-m", "one", "--again", "--yes"]).exits(0);
    stage.writes();
    stage.campaign(&["apply", "campaign.yaml", "--yes"]).exits(0);
    assert_eq!(stage.writes(), 0);
    let offered = || {
        let files = stage.ask("ann", "GET", "/repos/acme/t-alpha/pulls/3/files", Value::Null);
        files.as_array().expect("a list").len()
    };
    assert_eq!(offered(), 1);
    let status = stage.campaign(&["status"]).exits(0);
    assert!(!status.stderr.contains("renewed"), "{}{}", status.stdout, status.stderr);
    stage.campaign(&[&["merge", "--dry-run"], &lenient[..]].concat()).exits(0);
    let said = "it offers only a part of the change: not that of `apps/two/NOTE.md`";
    let status = stage.campaign(&["status", "--again"]).exits(0);
    assert!(status.stdout.contains(said), "{}", status.stdout);
    stage.campaign(&["apply", "campaign.yaml", "--again", "--yes"]).exits(0);
    assert_eq!(offered(), 2);
}
