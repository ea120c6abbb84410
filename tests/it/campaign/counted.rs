//! What a status counts, and what it says of why.

use serde_json::{Value, json};

use super::stage::{BRANCH, README, Stage};

#[test]
fn every_member_that_the_campaign_leaves_out_is_counted() {
    let stage = Stage::of(&["alpha", "beta", "gamma", "delta"]);
    stage.says_more("select: { members: [alpha, beta] }\n");
    let status = stage.campaign(&["status", "--format", "json"]).exits(0).json();
    assert_eq!((&status["not_selected"], &status["counts"]["planned"]), (&json!(2), &json!(2)));
    let rows = status["repositories"].as_array().expect("rows");
    let last = rows.last().expect("a row");
    assert_eq!((&last["state"], &last["kinds"]), (&json!("skipped"), &json!(["not_selected"])));
    let shown = stage.campaign(&["status"]).exits(0).stdout;
    assert!(shown.starts_with("Campaign add-note: 2 planned, 2 not selected\n"), "{shown}");
    let page = stage.campaign(&["status", "--format", "html"]).exits(0).stdout;
    assert!(page.contains("<dt>not selected</dt><dd>2</dd>"), "{page}");
    assert!(page.contains("<dt>repositories</dt><dd>4</dd>"), "{page}");
    assert!(page.contains("2 more are not selected."), "{page}");
    // What the command does not name is not left out by the campaign.
    let status = stage.campaign(&["status", "-m", "alpha", "--format", "json"]).exits(0).json();
    assert_eq!((&status["not_selected"], &status["counts"]["planned"]), (&json!(0), &json!(1)));
    let both = ["status", "-m", "alpha", "-m", "gamma", "--format", "json"];
    assert_eq!(stage.campaign(&both).exits(0).json()["not_selected"], 1);
}

#[test]
fn what_needs_nothing_or_is_left_out_has_no_wave() {
    let stage = Stage::with(&["alpha", "beta", "gamma", "delta"], |slug| match slug {
        "beta" => format!(", files: {{ {README}, NOTE.md: \"noted\\n\" }}"),
        "gamma" => format!(", archived: true, files: {{ {README} }}"),
        _ => String::new(),
    });
    stage.says_more("waves: { sizes: [1] }\n");
    stage.applied().exits(0);
    stage.merged("alpha");
    let status = stage.campaign(&["status", "--format", "json"]).exits(0).json();
    let rows = status["repositories"].as_array().expect("rows").iter();
    let waves: Vec<(&str, &Value)> =
        rows.map(|row| (row["state"].as_str().unwrap_or_default(), &row["wave"])).collect();
    let wanted = [
        ("merged", &json!(1)),
        ("done", &Value::Null),
        ("skipped", &Value::Null),
        ("planned", &json!(2)),
    ];
    assert_eq!(waves, wanted);
    let page = stage.campaign(&["status", "--format", "html"]).exits(0).stdout;
    let empty = "<th scope=\"row\">acme&#x2F;t-beta</th><td class=\"number\"></td>";
    assert!(page.contains(empty), "{page}");
}

#[test]
fn a_part_that_a_person_took_back_is_not_blamed_on_the_campaign() {
    let stage = Stage::of(&["alpha"]);
    let more = "changes:\n  - add: { path: MORE.md, content: \"more\\n\" }\n";
    stage.world.replace("campaign.yaml", "changes:\n", more);
    stage.applied().exits(0);
    stage.merged("alpha");
    let file = "/repos/acme/t-alpha/contents/MORE.md";
    let sha = stage.ask("ann", "GET", file, Value::Null)["sha"].clone();
    stage.ask("ann", "DELETE", file, json!({ "message": "Less", "sha": sha, "branch": "main" }));
    let regressed = |why: &str| ("regressed".to_owned(), why.to_owned());
    let said = "#1 was merged, and a part of it was changed back since: --again offers that part";
    assert_eq!(stage.stands("alpha"), regressed(said));
    // With the campaign changed as well, nothing tells which of the two it was.
    stage.world.replace("campaign.yaml", "\"more\\n\"", "\"much more\\n\"");
    let said = "#1 was merged, and its files or the campaign were changed since: --again offers the difference";
    assert_eq!(stage.stands("alpha"), regressed(said));
    stage.world.replace("campaign.yaml", "\"much more\\n\"", "\"more\\n\"");
    stage.push("ann", "alpha", "main", "MORE.md", "more\n");
    assert_eq!(stage.stands("alpha").0, "merged");
    stage.world.replace("campaign.yaml", "\"noted\\n\"", "\"noted again\\n\", existing: replace");
    let said = "#1 was merged, and the campaign wants another change now: --again offers it";
    assert_eq!(stage.stands("alpha"), regressed(said));
}

#[test]
fn newer_content_of_a_person_is_not_called_the_old_content() {
    let stage = Stage::of(&["alpha"]);
    let more = "changes:\n  - add: { path: MORE.md, content: \"more\\n\", existing: replace }\n";
    stage.world.replace("campaign.yaml", "changes:\n", more);
    stage.push("ann", "alpha", "main", "MORE.md", "old\n");
    stage.applied().exits(0);
    stage.merged("alpha");
    let regressed = |why: &str| ("regressed".to_owned(), why.to_owned());
    stage.push("ann", "alpha", "main", "MORE.md", "newer\n");
    let said = "#1 was merged, and a part of it was changed since: --again offers that part";
    assert_eq!(stage.stands("alpha"), regressed(said));
    stage.push("ann", "alpha", "main", "MORE.md", "old\n");
    let said = "#1 was merged, and a part of it was changed back since: --again offers that part";
    assert_eq!(stage.stands("alpha"), regressed(said));
}

#[test]
fn what_is_blocked_after_its_merge_is_not_called_merged() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.world.replace("campaign.yaml", "noted\\n\" }", "noted\\n\", existing: refuse }");
    stage.applied().exits(0);
    stage.merged("alpha");
    stage.push("ann", "alpha", "main", "NOTE.md", "other\n");
    assert_eq!(stage.stands("alpha").0, "blocked");
    let ran = stage.campaign(&["apply", "campaign.plan.json", "--yes"]).exits(3);
    assert!(ran.stdout.contains("1 blocked"), "{}", ran.stdout);
}

#[test]
fn where_nothing_can_be_done_the_next_command_has_the_options_of_this_one() {
    let stage = Stage::with(&["alpha", "beta"], |_| {
        format!(", files: {{ {README}, NOTE.md: \"other\\n\" }}")
    });
    let add = "content: \"noted\\n\", existing: refuse }";
    stage.world.replace("campaign.yaml", "content: \"noted\\n\" }", add);
    let words = ["apply", "campaign.yaml", "-m", "alpha", "--again", "--reopen", "--yes"];
    let ran = stage.campaign(&words).exits(3);
    let next = "\n  shipshape campaign apply campaign.yaml -m alpha --reopen --again\n";
    assert!(ran.stderr.contains(next), "{}", ran.stderr);
}

#[test]
fn a_revert_names_open_pull_requests_of_other_campaigns_about_the_same_files() {
    let stage = Stage::of(&["alpha"]);
    stage.applied().exits(0);
    stage.merged("alpha");
    let other = stage.world.read("campaign.yaml").replace("add-note", "other-note");
    let other = other.replace("\"noted\\n\"", "\"other\\n\", existing: replace");
    stage.world.write("other.yaml", other);
    stage.campaign(&["apply", "other.yaml", "--yes"]).exits(0);
    let said = "acme/t-alpha: the campaign `other-note` changes `NOTE.md` too: #2 is open\n";
    let ran = stage.campaign(&["revert", "--dry-run"]).exits(0);
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    let ran = stage.campaign(&["revert", "--plan", "back.json"]).exits(0);
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    // Those of the campaign that is reverted are not named.
    stage.campaign(&["close", "other.yaml", "--yes"]).exits(0);
    let ran = stage.campaign(&["apply", "other.yaml", "--reopen", "--yes"]).exits(0);
    assert_eq!(stage.pulls("alpha").len(), 3, "{}{}", ran.stdout, ran.stderr);
    let path = "/repos/acme/t-alpha/pulls/3/merge";
    stage.ask("ann", "PUT", path, json!({ "merge_method": "squash" }));
    let ran = stage.campaign(&["revert", "other.yaml", "--dry-run"]).exits(0);
    assert!(!ran.stderr.contains("changes `NOTE.md` too"), "{}", ran.stderr);
}

#[test]
fn what_a_commit_contains_is_read_once() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.applied().exits(0);
    stage.merged("alpha");
    stage.world.replace("campaign.yaml", "\"noted\\n\"", "\"noted again\\n\", existing: replace");
    let read = || {
        stage.forge.requests();
        let status = stage.campaign(&["status"]).exits(1);
        assert!(status.stdout.contains("the campaign wants another change now"));
        let queries = stage.forge.exchanges();
        let is_of_a_commit = |it: &&Value| {
            it["request"]["query"].as_str().is_some_and(|text| text.contains("object(expression"))
        };
        queries.iter().filter(is_of_a_commit).count()
    };
    // At first what was merged is read, and what was there before it.
    assert!(read() > 0);
    assert_eq!(read(), 0);
}

#[test]
fn a_row_names_the_check_that_the_next_wave_waits_for() {
    let stage = Stage::with(&["alpha", "beta"], |_| {
        format!(", checks: [{{ name: lint }}], files: {{ {README} }}")
    });
    stage.says_more("checks: [ci]\nwaves: { sizes: [1], advance: green }\n");
    stage.applied().exits(0);
    let status = stage.campaign(&["status"]).exits(0);
    let why = "checks are green; it is not approved yet; the check `ci` has not run";
    assert!(status.stdout.contains(why), "{}", status.stdout);
    assert!(status.stdout.contains("not every check has run on t-alpha"), "{}", status.stdout);
}

/// Asking for it again would offer nothing while the branch is as a person left it.
#[test]
fn a_branch_in_the_way_is_told_before_anybody_asks_for_the_change_again() {
    let stage = Stage::of(&["alpha"]);
    stage.applied().exits(0);
    stage.push("ann", "alpha", BRANCH, "MORE.md", "more");
    stage.ask("ann", "PATCH", "/repos/acme/t-alpha/pulls/1", json!({ "state": "closed" }));
    let (state, why) = stage.stands("alpha");
    assert_eq!(state, "declined");
    let way = "delete the branch `shipshape/add-note` before it is offered again";
    assert!(why.starts_with("ann closed #1; ") && why.ends_with(way), "{why}");
    stage.campaign(&["apply", "--reopen", "--yes"]).ends();
    assert_eq!(stage.stands("alpha").0, "declined");
    assert_eq!(stage.pulls("alpha").len(), 1);
}
