//! What a campaign must do whatever happens: one test for each way in which bulk changes go wrong.

use serde_json::{Value, json};

use super::stage::{BRANCH, Stage};

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

#[test]
fn s08b_who_is_not_on_a_list_has_not_left_the_selection() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.applied().exits(0);
    stage.world.write("first.txt", "beta\n");
    let text = stage.world.read("campaign.yaml");
    stage.world.write("campaign.yaml", format!("{text}unneeded: close\n"));
    stage.campaign(&["apply", "-t", "first.txt", "--yes"]).exits(0);
    assert_eq!(stage.pulls("alpha")[0]["state"], "open");
}

/// Requests of a run with what they met, oldest first.
fn faulted(stage: &Stage) -> Vec<(String, f64, bool)> {
    stage
        .forge
        .exchanges()
        .iter()
        .map(|exchange| {
            let fault = exchange["fault"].as_str().unwrap_or_default().to_owned();
            let time = exchange["time"].as_f64().unwrap_or_default();
            (fault, time, super::stage::is_write(exchange))
        })
        .collect()
}

#[test]
fn s09_a_limit_with_retry_after_pauses_every_writer_and_nothing_is_made_twice() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.campaign(&["plan"]).exits(0);
    stage.forge.requests();
    stage.forge.fail(&json!([{ "at": 3, "kind": "secondary-403", "seconds": 60 }]));
    stage.campaign(&["apply", "campaign.plan.json", "--yes"]).exits(0);
    let requests = faulted(&stage);
    let met = requests.iter().position(|(fault, ..)| fault == "secondary-403").expect("it met it");
    assert!(requests[met].2, "a write met it: {requests:?}");
    let waited = requests[met + 1..].iter().all(|(_, time, _)| time - requests[met].1 >= 60.0);
    assert!(waited, "{requests:?}");
    for slug in ["alpha", "beta"] {
        one_pull_with_one_commit(&stage, slug);
    }
}

#[test]
fn s10_a_limit_without_a_word_grows_and_ends_in_a_pause_that_can_be_resumed() {
    paused_and_resumed("secondary-no-retry-after");
}

#[test]
fn s11_a_limit_that_says_200_is_one_as_well() {
    paused_and_resumed("secondary-200");
}

fn paused_and_resumed(kind: &str) {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.campaign(&["plan"]).exits(0);
    stage.forge.fail(&json!([{ "route": "POST /graphql", "times": 100, "kind": kind }]));
    let ran = stage.campaign(&["apply", "campaign.plan.json", "--yes"]).exits(3);
    assert!(ran.stdout.contains("2 paused"), "{}{}", ran.stdout, ran.stderr);
    stage.forge.fail(&json!([]));
    stage.campaign(&["apply", "campaign.plan.json", "--yes"]).exits(0);
    for slug in ["alpha", "beta"] {
        one_pull_with_one_commit(&stage, slug);
    }
}

#[test]
fn s12_a_used_up_budget_is_waited_for_and_fails_nobody() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.campaign(&["plan"]).exits(0);
    stage.forge.fail(&json!([{ "at": 3, "kind": "primary" }]));
    let ran = stage.campaign(&["apply", "campaign.plan.json", "--yes"]).exits(0);
    assert!(ran.stdout.contains("2 open"), "{}", ran.stdout);
    assert!(ran.stderr.contains("waiting"), "{}", ran.stderr);
}

#[test]
fn s13_what_is_there_already_is_taken_over() {
    // Two machines at once.
    let stage = Stage::of(&["alpha", "beta"]);
    stage.campaign(&["plan"]).exits(0);
    let apply = |state: &str| {
        stage.forge_run_in_thread(&[
            "campaign",
            "apply",
            "campaign.plan.json",
            "--yes",
            "--state",
            state,
        ])
    };
    std::thread::scope(|scope| {
        let one = scope.spawn(|| apply("one.db"));
        let other = scope.spawn(|| apply("other.db"));
        assert_eq!(one.join().expect("a run"), 0);
        assert_eq!(other.join().expect("a run"), 0);
    });
    for slug in ["alpha", "beta"] {
        one_pull_with_one_commit(&stage, slug);
    }
    // An answer that was lost.
    let stage = Stage::of(&["alpha"]);
    stage.campaign(&["plan"]).exits(0);
    stage.forge.fail(&json!([{ "at": 3, "kind": "reset-after" }]));
    stage.campaign(&["apply", "campaign.plan.json", "--yes"]).exits(0);
    one_pull_with_one_commit(&stage, "alpha");
}

#[test]
fn s14_one_that_fails_stops_no_other_and_is_tried_again_alone() {
    let stage = Stage::with(&["alpha", "beta"], |slug| match slug {
        "alpha" => ", files: { NOTE.md: { text: other, executable: true } }".to_owned(),
        _ => String::new(),
    });
    stage.world.replace("campaign.yaml", "\"noted\\n\" }", "\"noted\\n\", existing: replace }");
    stage.campaign(&["plan"]).exits(0);
    let trees = "POST /repos/{owner}/{repo}/git/trees";
    stage.forge.fail(&json!([{ "route": trees, "times": 5, "kind": "bad-gateway-before" }]));
    let ran = stage.campaign(&["apply", "campaign.plan.json", "--yes"]).exits(3);
    assert!(ran.stdout.contains("1 failed, 1 open"), "{}", ran.stdout);
    assert_eq!(stage.pulls("beta").len(), 1);
    stage.writes();
    stage.campaign(&["apply", "campaign.plan.json", "--failed", "--yes"]).exits(0);
    one_pull_with_one_commit(&stage, "alpha");
    assert_eq!(stage.pulls("beta").len(), 1);
}

#[test]
fn s17_a_base_that_moved_is_planned_again_and_conflicts_are_made_anew() {
    let stage = Stage::of(&["alpha"]);
    stage.campaign(&["plan"]).exits(0);
    stage.push("ann", "alpha", "main", "OTHER.md", "other\n");
    let ran = stage.campaign(&["apply", "campaign.plan.json", "--yes"]).exits(3);
    assert!(ran.stdout.contains("its base branch moved after the plan was made"), "{}", ran.stdout);
    let text = stage.world.read("campaign.yaml");
    stage.world.write("campaign.yaml", format!("{text}moved: replan\n"));
    stage.campaign(&["plan"]).exits(0);
    stage.push("ann", "alpha", "main", "OTHER.md", "another\n");
    stage.campaign(&["apply", "campaign.plan.json", "--yes"]).exits(0);
    assert_eq!(stage.pulls("alpha").len(), 1);
    // What ann adds to the base stands in the way of the pull request.
    stage.push("ann", "alpha", "main", "NOTE.md", "mine\n");
    stage.world.replace("campaign.yaml", "\"noted\\n\" }", "\"noted\\n\", existing: replace }");
    stage.applied().exits(0);
    let commits = stage.commits("alpha", BRANCH);
    assert!(commits[0].starts_with("Add a note") && commits[1] == "Write NOTE.md", "{commits:?}");
    assert_eq!(stage.pulls("alpha").len(), 1);
}

/// A fleet whose `alpha` has a pull request with these checks and settings.
fn to_be_merged(checks: &str, settings: &str) -> Stage {
    let stage = Stage::with(&["alpha"], |_| {
        format!(", checks: [{checks}], settings: {{ {settings} }}, files: {{ README.md: x }}")
    });
    stage.applied().exits(0);
    stage
}

/// Why the one pull request is not merged.
fn refusal(stage: &Stage, arguments: &[&str]) -> String {
    let ran = stage.campaign(&[&["merge"], arguments].concat());
    assert_ne!(ran.code, 0, "{}", ran.stdout);
    let line = ran.stdout.lines().nth(1).unwrap_or_default();
    line.split_once("not merged: ").map_or(line, |(_, why)| why).to_owned()
}

const GREEN: &str = "{ name: ci }";

#[test]
fn s18_nothing_is_merged_without_checks_and_approval_and_each_refusal_has_its_reason() {
    let stage = to_be_merged("", "");
    stage.review("ann", "alpha", "APPROVE");
    assert_eq!(refusal(&stage, &[]), "no checks ran; --without-checks merges it all the same");
    let stage = to_be_merged("{ name: ci, conclusion: never }", "");
    stage.review("ann", "alpha", "APPROVE");
    assert_eq!(refusal(&stage, &[]), "checks are running");
    let stage = to_be_merged("{ name: ci, conclusion: failure }", "");
    stage.review("ann", "alpha", "APPROVE");
    assert_eq!(refusal(&stage, &[]), "red: ci");
    let stage = to_be_merged("{ name: ci, conclusion: failure, base: failure }", "");
    stage.review("ann", "alpha", "APPROVE");
    let on_base = "red on `main` as well: ci; --red-on-base merges it all the same";
    assert_eq!(refusal(&stage, &[]), on_base);
    assert_eq!(stage.stands("alpha").0, "red_on_base");
    let stage = to_be_merged(GREEN, "");
    assert_eq!(refusal(&stage, &[]), "it is not approved yet");
    stage.review("bob", "alpha", "REQUEST_CHANGES");
    assert_eq!(refusal(&stage, &["--without-approval"]), "changes were requested by bob");
    let stage = to_be_merged(GREEN, "");
    let text = stage.world.read("campaign.yaml");
    stage.world.write("campaign.yaml", format!("{text}checks: [e2e]\n"));
    assert_eq!(refusal(&stage, &["--without-approval"]), "the check `e2e` has not run");
    stage.push("ann", "alpha", BRANCH, "MORE.md", "more\n");
    assert!(refusal(&stage, &[]).starts_with("ann changed its branch"));
}

#[test]
fn s18b_a_draft_is_not_merged_and_the_head_is_carried() {
    let stage =
        Stage::with(&["alpha"], |_| format!(", checks: [{GREEN}], files: {{ README.md: x }}"));
    stage.world.replace("campaign.yaml", "pull_request: {", "pull_request: { draft: true,");
    stage.applied().exits(0);
    assert_eq!(refusal(&stage, &["--without-approval"]), "it is a draft");
    let stage = to_be_merged(GREEN, "");
    stage.review("ann", "alpha", "APPROVE");
    let head = stage.pulls("alpha")[0]["head"]["sha"].clone();
    stage.forge.requests();
    stage.campaign(&["merge"]).exits(0);
    let merges = stage.forge.exchanges();
    let merge =
        merges.iter().find(|it| it["path"].as_str().is_some_and(|it| it.ends_with("/merge")));
    assert_eq!(merge.expect("a merge")["request"]["sha"], head);
    assert_eq!(stage.stands("alpha").0, "merged");
    let path = format!("/repos/acme/t-alpha/branches/{BRANCH}");
    assert_eq!(stage.heard("ann", "GET", &path, &Value::Null).0, 404, "its branch is gone");
}

#[test]
fn s19_a_method_that_is_not_allowed_gives_way_to_the_next() {
    let stage = to_be_merged(GREEN, "merge_methods: [rebase]");
    stage.review("ann", "alpha", "APPROVE");
    let ran = stage.campaign(&["merge", "--method", "squash"]).exits(0);
    assert!(ran.stderr.contains("(rebase)"), "{}", ran.stderr);
}

#[test]
fn s20_one_close_that_fails_stops_no_other() {
    let stage = Stage::of(&["alpha", "beta", "gamma"]);
    stage.applied().exits(0);
    let route = "PATCH /repos/{owner}/{repo}/pulls/{pull_number}";
    stage.forge.fail(&json!([{ "route": route, "times": 5, "kind": "bad-gateway-before" }]));
    let ran = stage.campaign(&["close", "--yes", "--because", "it was a test"]).exits(3);
    assert!(ran.stdout.contains("2 closed"), "{}", ran.stdout);
    let open = |slug| stage.pulls(slug)[0]["state"] == "open";
    assert_eq!([open("alpha"), open("beta"), open("gamma")], [true, false, false]);
    stage.campaign(&["close", "--yes", "--because", "it was a test"]).exits(0);
    assert!(!open("alpha"));
    let said = stage.ask("ann", "GET", "/repos/acme/t-alpha/issues/1/comments", Value::Null);
    assert_eq!(said.as_array().map(Vec::len), Some(1), "{said}");
}

#[test]
fn s21_what_takes_no_change_is_told_before_anything_is_done() {
    let slugs = ["archived", "disabled", "empty", "gone", "old", "well"];
    let stage = Stage::with(&slugs, |slug| match slug {
        "archived" => ", archived: true".to_owned(),
        "disabled" => ", disabled: true".to_owned(),
        "empty" => ", empty: true, files: {}".to_owned(),
        _ => String::new(),
    });
    stage.ask("writer", "PATCH", "/repos/acme/t-old", json!({ "name": "t-new" }));
    stage.world.replace("fleet.yaml", "gone", "lost");
    stage.campaign(&["plan"]).exits(3);
    let reason = |slug: &str| {
        let (state, reason) = stage.stands(slug);
        format!("{state}: {reason}")
    };
    assert!(reason("archived").starts_with("skipped: it is archived"), "{}", reason("archived"));
    assert!(
        reason("disabled").starts_with("skipped: the forge has disabled it"),
        "{}",
        reason("disabled")
    );
    assert!(reason("empty").contains("empty"), "{}", reason("empty"));
    assert!(reason("lost").starts_with("failed: "), "{}", reason("lost"));
    assert!(reason("old").contains("it is called `acme/t-new` now"), "{}", reason("old"));
    assert_eq!(reason("well"), "planned: needs the change");
    assert_eq!(
        stage.forge.run_as(&stage.world, "reader", &["campaign", "plan", "-o", "other.json"]).code,
        3
    );
    stage.writes();
    stage.campaign(&["apply", "campaign.plan.json", "--yes"]).ends();
    assert_eq!(stage.writes(), 1);
    // One that cannot be read is a failure of every run; what the forge has shut is not.
    stage.world.replace("fleet.yaml", ", lost", "");
    stage.campaign(&["plan"]).exits(0);
    stage.campaign(&["apply", "campaign.plan.json", "--yes"]).exits(0);
}

#[test]
fn s22_a_label_that_cannot_be_set_is_all_that_is_tried_again() {
    let stage = Stage::of(&["alpha"]);
    stage.world.replace("campaign.yaml", "pull_request: {", "pull_request: { labels: [bulk],");
    stage.campaign(&["plan"]).exits(0);
    let route = "POST /repos/{owner}/{repo}/issues/{issue_number}/labels";
    stage.forge.fail(&json!([{ "route": route, "times": 5, "kind": "bad-gateway-before" }]));
    let ran = stage.campaign(&["apply", "campaign.plan.json", "--yes"]).exits(3);
    assert!(ran.stdout.contains("left to do: labels"), "{}", ran.stdout);
    let status = stage.campaign(&["status"]).exits(0);
    assert!(status.stdout.contains("; labels missing\n"), "{}", status.stdout);
    let next = "# 1 with an incomplete pull request\n  shipshape campaign apply campaign.yaml\n";
    assert!(status.stderr.contains(next), "{}", status.stderr);
    assert_eq!(stage.pulls("alpha").len(), 1);
    stage.writes();
    stage.campaign(&["apply", "campaign.plan.json", "--yes"]).exits(0);
    assert_eq!(stage.writes(), 1);
    assert_eq!(stage.pulls("alpha")[0]["labels"][0]["name"], "bulk");
    stage.applied().exits(0);
    assert_eq!(stage.writes(), 0);
}

#[test]
fn s23_a_branch_of_another_campaign_is_not_touched() {
    let stage = Stage::of(&["alpha"]);
    stage.applied().exits(0);
    let message = "Add it\n\nShipshape-Campaign: other\nShipshape-Change: 0123456789abcdef\n";
    let stage = Stage::of(&["alpha"]);
    let base = stage.ask("ann", "GET", "/repos/acme/t-alpha/git/ref/heads/main", Value::Null);
    let made = json!({ "ref": format!("refs/heads/{BRANCH}"), "sha": base["object"]["sha"] });
    stage.ask("writer", "POST", "/repos/acme/t-alpha/git/refs", made);
    let content = json!({ "message": message, "content": "bm90ZWQK", "branch": BRANCH });
    stage.ask("writer", "PUT", "/repos/acme/t-alpha/contents/NOTE.md", content);
    stage.writes();
    stage.campaign(&["apply", "--yes"]).exits(3);
    assert_eq!(stage.writes(), 0);
    let why = "its branch belongs to the campaign `other`".to_owned();
    assert_eq!(stage.stands("alpha"), ("blocked".to_owned(), why));
}

#[test]
fn s24_lists_of_targets_are_cleaned_and_wrong_lines_are_told() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.world.write("list.txt", "# first\nt-alpha # the canary\nalpha\n\nacme/t-alpha\n");
    let planned = stage.campaign(&["plan", "-t", "list.txt"]).exits(0);
    assert!(planned.stdout.contains("1 pull request: 1 alone"), "{}", planned.stdout);
    stage.world.write("list.txt", "alpha\nalpa\nalpha beta\n");
    let wrong = stage.campaign(&["plan", "-t", "list.txt"]).exits(2);
    assert!(
        wrong.stderr.contains("list.txt:2:1") && wrong.stderr.contains("did you mean"),
        "{}",
        wrong.stderr
    );
    assert!(wrong.stderr.contains("list.txt:3:1"), "{}", wrong.stderr);
}

#[test]
fn s15_the_tree_on_the_forge_is_the_one_that_git_would_have_made() {
    let files = ", files: { README.md: x, 'old name.md': moved, run.sh: { text: 'old', executable: true }, here: { link: README.md } }";
    let stage = Stage::with(&["alpha"], |_| files.to_owned());
    stage.world.write("logo.bin", [0_u8, 159, 146, 150, 0, 255]);
    stage.world.write(
        "campaign.yaml",
        "schema: 1
name: add-note
changes:
  - move: { from: 'old name.md', to: 'docs/new näme.md' }
  - add: { path: logo.bin, file: logo.bin }
  - add: { path: run.sh, content: \"new\\n\", existing: replace }
  - add: { path: made.sh, content: \"made\\n\", executable: true }
  - add: { path: 'a link', link: README.md }
pull_request: { title: 'Change {{ slug }}' }
",
    );
    stage.applied().exits(0);
    let world = &stage.world;
    world.write("expected/README.md", "x");
    world.write("expected/docs/new näme.md", "moved");
    world.write("expected/logo.bin", [0_u8, 159, 146, 150, 0, 255]);
    world.write("expected/run.sh", "new\n").write("expected/made.sh", "made\n");
    for link in ["here", "a link"] {
        std::os::unix::fs::symlink("README.md", world.path(&format!("expected/{link}")))
            .expect("a link");
    }
    for script in ["run.sh", "made.sh"] {
        use std::os::unix::fs::PermissionsExt as _;
        let file = world.path(&format!("expected/{script}"));
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755)).expect("a mode");
    }
    world.commit("expected");
    let repository = git2::Repository::open(world.path("expected")).expect("a repository");
    let tree = repository.head().and_then(|head| head.peel_to_tree()).expect("a tree");
    let path = format!("/repos/acme/t-alpha/commits/{BRANCH}");
    let commit = stage.ask("ann", "GET", &path, Value::Null);
    assert_eq!(commit["commit"]["tree"]["sha"], tree.id().to_string());
}

#[test]
fn s25_ctrl_c_finishes_what_is_in_flight_and_is_resumed() {
    let slugs: Vec<String> = (0..12).map(|number| format!("m{number}")).collect();
    let slugs: Vec<&str> = slugs.iter().map(String::as_str).collect();
    for signals in [1, 2] {
        let stage = Stage::of(&slugs);
        stage.campaign(&["plan"]).exits(0);
        let arguments = ["campaign", "apply", "campaign.plan.json", "--yes"];
        let (code, told) = stage.forge.interrupted(&stage.world, &arguments, signals);
        assert!([0, 3, 130].contains(&code), "{code}\n{told}");
        stage.campaign(&["apply", "campaign.plan.json", "--yes"]).exits(0);
        for slug in &slugs {
            one_pull_with_one_commit(&stage, slug);
        }
    }
}

#[test]
fn s16_what_a_command_made_is_in_and_what_is_ignored_is_not() {
    let files = ", files: { README.md: x, .gitignore: 'ignored.txt' }";
    let stage = Stage::with(&["alpha", "beta"], |_| files.to_owned());
    stage.world.write(
        "campaign.yaml",
        "schema: 1
name: add-note
changes:
  - run: { command: [/bin/sh, -c, 'test ! -e stop && echo made > made.txt && echo no > ignored.txt'] }
pull_request: { title: 'Run it in {{ slug }}' }
",
    );
    stage.push("ann", "beta", "main", "stop", "x");
    let path = std::env::var("PATH").unwrap_or_default();
    let variables = [("PATH", path.as_str())];
    let planned = stage.forge.run_with(&stage.world, &["campaign", "plan", "--trust"], &variables);
    assert_eq!(planned.code, 3, "{}{}", planned.stdout, planned.stderr);
    let apply = ["campaign", "apply", "campaign.plan.json", "--yes"];
    stage.forge.run_with(&stage.world, &apply, &variables).ends();
    let file = |name: &str| {
        let path = format!("/repos/acme/t-alpha/contents/{name}?ref={BRANCH}");
        stage.heard("ann", "GET", &path, &Value::Null).0
    };
    assert_eq!([file("made.txt"), file("ignored.txt")], [200, 404]);
    assert!(stage.pulls("beta").is_empty(), "its failure is its own");
}
