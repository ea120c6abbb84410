//! What people undo of what a campaign did: it is seen, said and, where the plan shows it, done again.

use serde_json::{Value, json};

use super::stage::{BRANCH, README, Stage, is_write};
use crate::rehearsal::Asked;

const PLAN: &str = "campaign.plan.json";
const APPLY: [&str; 3] = ["apply", "campaign.yaml", "--yes"];

/// The commit of the campaign's branch.
fn head(stage: &Stage) -> String {
    let path = format!("/repos/acme/t-alpha/git/ref/heads/{BRANCH}");
    let found = stage.ask("ann", "GET", &path, Value::Null);
    found["object"]["sha"].as_str().expect("a commit").to_owned()
}

#[test]
fn a_commit_that_somebody_puts_back_is_replaced_again() {
    let stage = Stage::of(&["alpha"]);
    stage.applied().exits(0);
    let first = head(&stage);
    stage.world.replace("campaign.yaml", "noted\\n", "noted twice\\n");
    stage.campaign(&APPLY).exits(0);
    let second = head(&stage);
    assert_ne!(first, second);
    for _ in 0..3 {
        let path = format!("/repos/acme/t-alpha/git/refs/heads/{BRANCH}");
        stage.ask("ann", "PATCH", &path, json!({ "sha": first, "force": true }));
        let ran = stage.campaign(&APPLY).exits(0);
        assert!(ran.stderr.contains("brought up to date"), "{}", ran.stderr);
        let file = format!("/repos/acme/t-alpha/contents/NOTE.md?ref={BRANCH}");
        let content = stage.ask("ann", "GET", &file, Value::Null)["content"].clone();
        assert_eq!(content.as_str().map(str::trim_end), Some("bm90ZWQgdHdpY2UK"));
        stage.writes();
        stage.campaign(&APPLY).exits(0);
        assert_eq!(stage.writes(), 0, "it is up to date");
    }
    assert_eq!(stage.pulls("alpha").len(), 1);
}

#[test]
fn what_a_person_takes_off_a_pull_request_comes_back_with_the_next_plan_only() {
    let stage = Stage::with(&["alpha"], |_| {
        format!(
            ", checks: [{{ name: ci, conclusion: never }}], settings: {{ allow_auto_merge: true, required_checks: {{ main: [ci] }} }}, files: {{ {README} }}"
        )
    });
    stage.world.replace("campaign.yaml", "pull_request: {", "pull_request: { auto_merge: squash,");
    stage.applied().exits(0);
    let is_on = || !stage.pulls("alpha")[0]["auto_merge"].is_null();
    let take_off = || {
        let id = stage.pulls("alpha")[0]["node_id"].clone();
        let query = "mutation off($input: DisablePullRequestAutoMergeInput!) { disablePullRequestAutoMerge(input: $input) { pullRequest { number } } }";
        let body = json!({ "query": query, "variables": { "input": { "pullRequestId": id } } });
        let body = body.to_string().into_bytes();
        let asked = Asked { method: "POST", path: "/api/graphql", body, headers: &[] };
        stage.forge.ask("ann", &asked).is(200);
        assert!(!is_on());
    };
    assert!(is_on());
    take_off();
    // This plan has set it once.
    stage.campaign(&["apply", PLAN, "--yes"]).exits(0);
    assert!(!is_on());
    for now in ["2026-11-22T13:00:00Z", "2026-11-22T14:00:00Z"] {
        assert_eq!(stage.item("alpha")["missing"], json!(["auto_merge"]));
        // One plan is told from another by its time as well.
        let now = [("SHIPSHAPE_NOW", now)];
        for arguments in [&["campaign", "plan"][..], &["campaign", "apply", PLAN, "--yes"]] {
            stage.forge.run_with(&stage.world, arguments, &now).exits(0);
        }
        assert!(is_on());
        assert_eq!(stage.item("alpha")["action"], "leave");
        take_off();
    }
}

#[test]
fn where_nothing_is_required_auto_merge_is_not_missing_and_it_is_said_once() {
    for conclusion in ["never", "success"] {
        let stage = Stage::with(&["alpha", "beta"], |_| {
            format!(
                ", checks: [{{ name: ci, conclusion: {conclusion} }}], settings: {{ allow_auto_merge: true }}, files: {{ {README} }}"
            )
        });
        let says = "pull_request: { auto_merge: squash,";
        stage.world.replace("campaign.yaml", "pull_request: {", says);
        let ran = stage.applied().exits(0);
        let said = "\nWorth knowing\n  2 pull requests: auto-merge is not enabled where nothing that is required is missing: \
                    `campaign merge` merges the pull request: t-alpha #1, t-beta #1\n";
        assert!(ran.stdout.ends_with(said), "{}", ran.stdout);
        assert!(!ran.stdout.contains("left to do"), "{}", ran.stdout);
        // The log has no merge that the forge did not arrange.
        let log = std::fs::read_to_string(stage.journal().with_file_name("audit.jsonl"));
        let log = log.expect("a log");
        let about: Vec<&str> = log.lines().filter(|line| line.contains("auto-merge")).collect();
        assert_eq!(about.len(), 2, "{log}");
        let outcome = "\"action\":\"auto-merge\",";
        let is_declined = |line: &&str| {
            line.contains(outcome) && line.contains("\"outcome\":\"auto-merge is not enabled ")
        };
        assert!(about.iter().all(is_declined), "{log}");
        assert_eq!(stage.item("alpha")["missing"], json!([]));
        let status = stage.campaign(&["status"]).exits(0);
        assert!(!status.stdout.contains("auto-merge"), "{}", status.stdout);
        stage.campaign(&["apply", PLAN, "--yes"]).exits(0);
    }
}

#[test]
fn where_auto_merge_is_not_allowed_it_is_not_missing_and_merge_is_named() {
    let stage = Stage::with(&["alpha", "beta"], |_| {
        format!(
            ", checks: [{{ name: ci }}], settings: {{ required_checks: {{ main: [ci] }} }}, files: {{ {README} }}"
        )
    });
    stage.world.replace("campaign.yaml", "pull_request: {", "pull_request: { auto_merge: squash,");
    let said =
        "auto-merge is not allowed in the repository: `campaign merge` merges the pull request";
    let planned = stage.campaign(&["plan"]).exits(0);
    let line = format!("  2 repositories: {said}: t-alpha, t-beta\n");
    assert!(planned.stdout.contains(&line), "{}", planned.stdout);
    assert!(planned.stdout.contains("Budget: 2 writes, 2 of them"), "{}", planned.stdout);
    let ran = stage.campaign(&["apply", PLAN, "--yes"]).exits(0);
    let line = format!("  2 pull requests: {said}: t-alpha #1, t-beta #1\n");
    assert!(ran.stdout.ends_with(&line), "{}", ran.stdout);
    let item = stage.item("alpha");
    assert_eq!((&item["action"], &item["missing"]), (&json!("leave"), &json!([])));
    let status = stage.campaign(&["status"]).exits(0);
    assert!(status.stdout.ends_with(&format!("\nWorth knowing\n{line}")), "{}", status.stdout);
    assert_eq!(status.stdout.matches("auto-merge").count(), 1, "{}", status.stdout);
    let json = stage.campaign(&["status", "--format", "json"]).json();
    let reason = json["repositories"][0]["reason"].as_str().expect("a reason");
    assert!(reason.ends_with(&format!("; {said}")), "{reason}");
    assert!(!status.stderr.contains("campaign plan"), "{}", status.stderr);
    stage.review("ann", "alpha", "APPROVE");
    stage.campaign(&["merge", "-m", "alpha"]).exits(0);
}

#[test]
fn auto_merge_does_not_wait_for_labels() {
    let stage = Stage::with(&["alpha"], |_| {
        format!(
            ", checks: [{{ name: ci, conclusion: never }}], settings: {{ allow_auto_merge: true, required_checks: {{ main: [ci] }} }}, files: {{ {README} }}"
        )
    });
    let says = "pull_request: { auto_merge: squash, labels: [campaign],";
    stage.world.replace("campaign.yaml", "pull_request: {", says);
    stage.applied().exits(0);
    let written = stage.forge.exchanges();
    let written: Vec<String> =
        written.iter().filter(|it| is_write(it)).map(ToString::to_string).collect();
    let at = |words: &str| written.iter().position(|it| it.contains(words)).expect("a request");
    assert!(at("enablePullRequestAutoMerge") < at("/labels"), "{written:?}");
}

#[test]
fn an_app_applies_what_somebody_else_approved() {
    let stage = Stage::of(&["alpha", "home"]);
    stage.world.replace("fleet.yaml", "kinds:", "home: { repository: t-home }\nkinds:");
    stage.says_more("approval: always\nselect: { members: [alpha] }\n");
    let as_app = |arguments: &[&str]| {
        stage.forge.run_as(&stage.world, "app", &[&["campaign"], arguments].concat())
    };
    as_app(&["plan"]).exits(0);
    stage.offers_in_home("campaign.plan.json");
    let apply = ["apply", "campaign.plan.json", "--yes", "--approved-in", "1"];
    let ran = as_app(&apply).exits(3);
    assert!(ran.stderr.contains("it is not approved yet"), "{}", ran.stderr);
    stage.review("ann", "home", "APPROVE");
    let ran = as_app(&apply).exits(0);
    assert!(ran.stderr.contains("ann approved the plan in acme/t-home#1"), "{}", ran.stderr);
    assert_eq!(stage.pulls("alpha").len(), 1);
}

#[test]
fn what_is_blocked_is_open_all_the_same() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.says_more("limits: { open: 1 }\n");
    stage.applied().exits(0);
    stage.review("bob", "alpha", "REQUEST_CHANGES");
    let ran = stage.campaign(&APPLY).exits(3);
    let waits = "the campaign allows only 1 open pull request at once";
    assert!(ran.stdout.contains(waits), "{}", ran.stdout);
    assert!(stage.pulls("beta").is_empty(), "{}", ran.stdout);
    let status = stage.campaign(&["status"]).exits(1);
    assert!(status.stdout.contains(waits), "{}", status.stdout);
    stage.ask("ann", "PATCH", "/repos/acme/t-alpha/pulls/1", json!({ "state": "closed" }));
    stage.campaign(&APPLY).exits(0);
    assert_eq!(stage.pulls("beta").len(), 1);
}

#[test]
fn what_cannot_be_seen_any_more_is_open_as_it_was_left() {
    let stage =
        Stage::with(&["aa", "alpha"], |_| format!(", visibility: private, files: {{ {README} }}"));
    stage.says_more("limits: { open: 1 }\n");
    stage.applied().exits(0);
    assert_eq!((stage.pulls("aa").len(), stage.pulls("alpha").len()), (1, 0));
    // This token may see alpha only.
    let apply = ["campaign", "apply", "campaign.plan.json", "--yes"];
    let ran = stage.forge.run_as(&stage.world, "some", &apply).exits(3);
    assert!(
        ran.stdout.contains("the campaign allows only 1 open pull request at once"),
        "{}",
        ran.stdout
    );
    assert!(stage.pulls("alpha").is_empty());
}

#[test]
fn a_revert_shows_as_many_lines_as_are_wanted() {
    let stage = Stage::of(&["alpha"]);
    stage.applied().exits(0);
    stage.merged("alpha");
    let shown = |lines| {
        let ran = stage.campaign(&["revert", "--dry-run", "--lines", lines]).exits(0);
        ran.stdout
    };
    assert!(shown("60").contains("    -noted\n"), "{}", shown("60"));
    assert!(!shown("0").contains("-noted"), "{}", shown("0"));
    assert!(shown("1").contains(" more line"), "{}", shown("1"));
}
