//! What is done is what was shown and said: nothing more, nowhere else, at no other time.

use serde_json::json;

use super::stage::{BRANCH, Stage};

const PLAN: &str = "campaign.plan.json";

#[test]
fn whom_a_plan_is_about_cannot_be_said_when_it_is_applied() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.world.write("first.txt", "alpha\n");
    stage.campaign(&["plan"]).exits(0);
    stage.writes();
    for option in [&["-t", "first.txt"][..], &["--reopen"], &["--again"]] {
        let ran = stage.campaign(&[&["apply", PLAN, "--yes"], option].concat()).exits(2);
        assert!(ran.stderr.contains("a plan already fixes its repositories"), "{}", ran.stderr);
    }
    assert_eq!(stage.writes(), 0);
    let ran = stage.campaign(&["apply", PLAN, "--dry-run"]).exits(0);
    assert!(ran.stdout.contains("Variant A, 2 repositories: t-alpha, t-beta"), "{}", ran.stdout);
    assert!(ran.stderr.contains("the forge was not checked for changes since"), "{}", ran.stderr);
    // What is proposed is about the same fleet.
    let ran = stage.campaign(&["plan", "--fleet", "fleet.yaml"]).exits(0);
    let next = "shipshape campaign apply campaign.plan.json --fleet fleet.yaml\n";
    assert!(ran.stderr.contains(next), "{}", ran.stderr);
    let ran = stage.campaign(&["apply", "--approved-in", "1", "--yes"]).exits(2);
    assert!(ran.stderr.contains("`--approved-in` needs a plan file"), "{}", ran.stderr);
    // A plan is one whatever its file is called.
    stage.campaign(&["plan", "-t", "first.txt", "-o", "kept.plan"]).exits(0);
    stage.campaign(&["apply", "kept.plan", "--yes"]).exits(0);
    assert_eq!((stage.pulls("alpha").len(), stage.pulls("beta").len()), (1, 0));
}

#[test]
fn a_plan_that_is_kept_stays_until_somebody_says_yes_to_another() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.campaign(&["plan"]).exits(0);
    let kept = stage.world.read(PLAN);
    stage.world.replace("campaign.yaml", "noted", "noted otherwise");
    stage.campaign(&["apply", "--dry-run"]).exits(0);
    stage.campaign(&["apply", "--yes", "--read-only"]).exits(0);
    stage.campaign(&["apply"]).exits(2);
    assert_eq!(stage.world.read(PLAN), kept);
    let apply = ["campaign", "apply"];
    let ran = stage.forge.run_at_a_terminal(&stage.world, &apply, &["no"]);
    assert_eq!((ran.code, stage.world.read(PLAN) == kept), (2, true), "{}", ran.stdout);
    let asked = "Change 2 repositories, every member of the fleet, on ";
    assert!(ran.stdout.contains(asked), "{}", ran.stdout);
    let ran = stage.forge.run_at_a_terminal(&stage.world, &apply, &["yes"]);
    assert_eq!((ran.code, stage.world.read(PLAN) == kept), (0, false), "{}", ran.stdout);
}

#[test]
fn a_question_about_some_does_not_say_that_they_are_all() {
    let stage = Stage::with(&["alpha", "beta", "gamma"], |slug| match slug {
        "alpha" => String::new(),
        _ => ", files: { NOTE.md: \"noted\\n\" }".to_owned(),
    });
    let apply = ["campaign", "apply"];
    let ran = stage.forge.run_at_a_terminal(&stage.world, &apply, &["no"]);
    assert!(ran.stdout.contains("Change 1 of the fleet's 3 repositories on "), "{}", ran.stdout);
    // Of those that are named it does not say so either, and a plan of them was reviewed.
    let apply = ["campaign", "apply", "-m", "alpha"];
    let ran = stage.forge.run_at_a_terminal(&stage.world, &apply, &["no"]);
    assert!(ran.stdout.contains("Change 1 repository on "), "{}", ran.stdout);
    stage.campaign(&["plan", "-m", "alpha"]).exits(0);
    stage.campaign(&["apply", PLAN]).exits(0);
}

#[test]
fn a_list_of_targets_that_is_no_file_is_taken_from_standard_input() {
    let stage = Stage::of(&["alpha", "beta"]);
    let ran = stage.campaign(&["plan", "-t", "/dev/null"]).exits(3);
    assert!(ran.stderr.contains("give it on standard input: `"), "{}", ran.stderr);
    let typed = ["campaign", "plan", "-t", "-"];
    let ran = stage.forge.run_typing(&stage.world, &typed, &["alpha"]).exits(0);
    assert!(ran.stdout.contains("1 pull request: 1 alone"), "{}", ran.stdout);
}

#[test]
fn nothing_is_merged_outside_of_a_window() {
    let stage =
        Stage::with(&["alpha"], |_| ", checks: [{ name: ci }], files: { README.md: x }".to_owned());
    stage.applied().exits(0);
    stage.review("ann", "alpha", "APPROVE");
    stage.says_more("windows: [{ from: '00:00', to: '00:01' }]\n");
    stage.writes();
    let ran = stage.campaign(&["merge"]).exits(3);
    assert!(ran.stderr.contains("paused: the campaign may act again in"), "{}", ran.stderr);
    assert_eq!(stage.writes(), 0);
    stage.campaign(&["merge", "--dry-run"]).exits(0);
    stage.world.replace("campaign.yaml", "windows:", "windows: [] #");
    // It asks nothing, and takes the option of the commands beside it.
    stage.campaign(&["merge", "--yes"]).exits(0);
}

#[test]
fn what_a_person_closed_after_the_campaign_did_stays_closed() {
    let stage = Stage::of(&["alpha"]);
    stage.applied().exits(0);
    let head = stage.pulls("alpha")[0]["head"]["sha"].clone();
    stage.campaign(&["close", "--yes", "--because", "it was too early"]).exits(0);
    let given_up = ("given_up".to_owned(), "robot gave up #1: it was too early".to_owned());
    assert_eq!(stage.stands("alpha"), given_up);
    let made = json!({ "ref": format!("refs/heads/{BRANCH}"), "sha": head });
    stage.ask("ann", "POST", "/repos/acme/t-alpha/git/refs", made);
    let path = "/repos/acme/t-alpha/pulls/1";
    stage.ask("ann", "PATCH", path, json!({ "state": "open" }));
    stage.ask("ann", "PATCH", path, json!({ "state": "closed" }));
    assert_eq!(stage.stands("alpha"), ("declined".to_owned(), "ann closed #1".to_owned()));
    stage.writes();
    stage.applied().exits(0);
    assert_eq!(stage.writes(), 0);
}

/// The plan knows it as edited, and a person closed it since.
#[test]
fn what_a_plan_left_alone_is_told_as_it_is_today() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.says_more("waves: { sizes: [1] }\n");
    stage.applied().exits(0);
    stage.push("ann", "alpha", BRANCH, "MORE.md", "more");
    stage.campaign(&["plan"]).exits(0);
    stage.ask("ann", "PATCH", "/repos/acme/t-alpha/pulls/1", json!({ "state": "closed" }));
    let ran = stage.campaign(&["apply", PLAN, "--yes"]).exits(0);
    assert!(ran.stdout.contains("ann closed #1"), "{}", ran.stdout);
    assert!(ran.stdout.contains(": 1 declined, 1 open\n"), "{}", ran.stdout);
    assert_eq!(stage.pulls("beta").len(), 1);
}

/// The text of a pull request is everybody's to replace; the commit below it still says whose it is.
#[test]
fn what_a_person_closed_stays_closed_whatever_they_made_of_its_text() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.applied().exits(0);
    let path = "/repos/acme/t-alpha/pulls/1";
    stage.ask("ann", "PATCH", path, json!({ "body": "no thanks", "state": "closed" }));
    assert_eq!(stage.stands("alpha"), ("declined".to_owned(), "ann closed #1".to_owned()));
    // Merged with a text of a person's, it can be taken back.
    stage.ask("ann", "PATCH", "/repos/acme/t-beta/pulls/1", json!({ "body": "yes please" }));
    let lenient = ["merge", "--without-approval", "--without-checks", "--yes"];
    let merged = stage.campaign(&lenient);
    assert!(merged.stdout.contains("1 merged"), "{}{}", merged.stdout, merged.stderr);
    stage.writes();
    stage.applied().ends();
    assert_eq!(stage.writes(), 0);
    let taken_back = stage.campaign(&["revert", "--dry-run"]);
    assert!(taken_back.stdout.contains("t-beta"), "{}", taken_back.stdout);
}

#[test]
fn what_an_open_pull_request_lacks_is_shown_before_it_is_given() {
    let stage = Stage::of(&["alpha"]);
    stage.applied().exits(0);
    stage.campaign(&["plan"]).exits(0);
    let shown_before = stage.world.read(PLAN);
    stage.world.replace(
        "campaign.yaml",
        "pull_request: {",
        "pull_request: { labels: [bulk], reviewers: { users: [ann] },",
    );
    let planned = stage.campaign(&["plan"]).exits(0);
    let line = "To be completed\n  t-alpha #1                       open        labels, reviewers missing\n";
    assert!(planned.stdout.contains(line), "{}", planned.stdout);
    assert!(planned.stdout.contains("Budget: 2 writes, 2 of them"), "{}", planned.stdout);
    let asked = stage.campaign(&["apply", PLAN]).exits(2);
    assert!(asked.stderr.contains("selects every member"), "{}", asked.stderr);
    stage.writes();
    stage.world.write("before.json", shown_before);
    stage.campaign(&["apply", "before.json", "--yes", "--as-planned"]).exits(0);
    assert_eq!(stage.writes(), 0, "the plan from before shows nothing");
    let applied = stage.campaign(&["apply", PLAN, "--yes"]).exits(0);
    let line = "acme/t-alpha: set labels, reviewers [forge]/acme/t-alpha/pull/1\n";
    assert!(applied.stderr.contains(line), "{}", applied.stderr);
    assert_eq!(stage.writes(), 2);
    let planned = stage.campaign(&["plan"]).exits(0);
    assert!(!planned.stdout.contains("To be completed"), "{}", planned.stdout);
    stage.applied().exits(0);
    assert_eq!(stage.writes(), 0);
}

#[test]
fn what_a_person_wrote_in_a_pull_request_stays_when_its_change_is_renewed() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.applied().exits(0);
    let body = stage.pulls("alpha")[0]["body"].as_str().expect("text").to_owned();
    let written = body.replacen("Part of", "ann: wait for Monday.\n\nPart of", 1);
    let path = "/repos/acme/t-alpha/pulls/1";
    stage.ask("ann", "PATCH", path, json!({ "title": "Monday: add a note", "body": written }));
    stage.world.replace("campaign.yaml", "noted", "noted otherwise");
    stage.world.replace("campaign.yaml", "Add a note to", "Add another note to");
    stage.applied().exits(0);
    let pull = stage.pulls("alpha")[0].clone();
    let now = pull["body"].as_str().expect("text");
    assert_eq!(pull["title"], "Monday: add a note");
    assert!(now.contains("ann: wait for Monday."), "{now}");
    let digest = stage.item("alpha")["change"]["digest"].as_str().expect("a digest").to_owned();
    assert!(now.contains(&format!("campaign add-note {digest} -->")), "{now}");
    assert_eq!(stage.pulls("beta")[0]["title"], "Add another note to beta");
    stage.writes();
    stage.applied().exits(0);
    assert_eq!(stage.writes(), 0);
}

#[test]
fn a_corrected_title_reaches_the_pull_requests_that_nobody_edited() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.applied().exits(0);
    let path = "/repos/acme/t-alpha/pulls/1";
    stage.ask("ann", "PATCH", path, json!({ "title": "Monday: add a note" }));
    stage.world.replace("campaign.yaml", "Add a note to", "Add one note to");
    let planned = stage.campaign(&["plan"]).exits(0).stdout;
    assert!(planned.contains("today's title and text missing"), "{planned}");
    stage.writes();
    let applied = stage.campaign(&["apply", PLAN, "--yes"]).exits(0);
    let line = "acme/t-beta: set today's title and text [forge]/acme/t-beta/pull/1\n";
    assert!(applied.stderr.contains(line), "{}", applied.stderr);
    assert_eq!(stage.writes(), 1);
    let titles = ["alpha", "beta"].map(|slug| stage.pulls(slug)[0]["title"].clone());
    assert_eq!(titles, ["Monday: add a note", "Add one note to beta"]);
    stage.applied().exits(0);
    assert_eq!(stage.writes(), 0);
}

#[test]
fn a_corrected_title_keeps_what_was_added_below_the_text() {
    let stage = Stage::of(&["alpha"]);
    stage.applied().exits(0);
    let said = "Do not merge before the 5th.";
    let body = stage.pulls("alpha")[0]["body"].as_str().expect("text").to_owned();
    let body = format!("{body}\n{said}\n");
    stage.ask("ann", "PATCH", "/repos/acme/t-alpha/pulls/1", json!({ "body": body }));
    stage.world.replace("campaign.yaml", "Add a note to", "Add one note to");
    stage.applied().exits(0);
    let pull = stage.pulls("alpha")[0].clone();
    assert_eq!(pull["title"], "Add one note to alpha");
    assert!(pull["body"].as_str().is_some_and(|text| text.contains(said)), "{pull}");
    stage.writes();
    stage.applied().exits(0);
    assert_eq!(stage.writes(), 0);
}

#[test]
fn a_corrected_title_reaches_a_pull_request_whose_text_was_edited() {
    let stage = Stage::of(&["alpha"]);
    stage.applied().exits(0);
    let body = stage.pulls("alpha")[0]["body"].as_str().expect("text").to_owned();
    let body = format!("Wait for Monday.\n\n{body}");
    stage.ask("ann", "PATCH", "/repos/acme/t-alpha/pulls/1", json!({ "body": body }));
    stage.world.replace("campaign.yaml", "Add a note to", "Add one note to");
    assert_eq!(stage.item("alpha")["missing"], json!(["title"]));
    let applied = stage.applied().exits(0);
    assert!(applied.stderr.contains("acme/t-alpha: set today's title "), "{}", applied.stderr);
    let pull = stage.pulls("alpha")[0].clone();
    assert_eq!(pull["title"], "Add one note to alpha");
    let now = pull["body"].as_str().expect("text");
    assert!(now.starts_with("Wait for Monday."), "{now}");
    stage.writes();
    stage.applied().exits(0);
    assert_eq!(stage.writes(), 0);
}

#[test]
fn a_corrected_title_reaches_a_pull_request_on_which_changes_were_requested() {
    let stage = Stage::of(&["alpha"]);
    stage.applied().exits(0);
    stage.review("bob", "alpha", "REQUEST_CHANGES");
    stage.world.replace("campaign.yaml", "Add a note to", "Add one note to");
    let planned = stage.campaign(&["plan"]).exits(3).stdout;
    let said = "blocked     changes were requested by bob; today's title and text missing\n";
    assert!(planned.contains(said), "{planned}");
    let applied = stage.campaign(&["apply", PLAN, "--yes"]).exits(3);
    assert!(applied.stdout.contains("changes were requested by bob"), "{}", applied.stdout);
    assert_eq!(stage.pulls("alpha")[0]["title"], "Add one note to alpha");
    assert_eq!(stage.item("alpha")["action"], "leave");
}

#[test]
fn of_a_text_that_a_person_edited_only_the_mark_is_said_to_be_missing() {
    let stage = Stage::of(&["alpha"]);
    stage.applied().exits(0);
    let body = stage.pulls("alpha")[0]["body"].as_str().expect("text").to_owned();
    let digest = stage.item("alpha")["change"]["digest"].as_str().expect("a digest").to_owned();
    let edited = format!("Wait for Monday.\n\n{}", body.replace(&digest, "0123456789abcdef"));
    stage.ask("ann", "PATCH", "/repos/acme/t-alpha/pulls/1", json!({ "body": edited }));
    assert_eq!(stage.item("alpha")["missing"], json!(["mark"]));
    let planned = stage.campaign(&["plan"]).exits(0).stdout;
    assert!(planned.contains("its mark missing"), "{planned}");
    let applied = stage.campaign(&["apply", PLAN, "--yes"]).exits(0);
    assert!(applied.stderr.contains("acme/t-alpha: set its mark "), "{}", applied.stderr);
    let now = stage.pulls("alpha")[0]["body"].as_str().expect("text").to_owned();
    assert!(now.starts_with("Wait for Monday.") && now.contains(&digest), "{now}");
}

#[test]
fn a_pull_request_whose_base_branch_was_changed_is_a_persons_everywhere() {
    let stage = Stage::with(&["alpha", "beta"], |_| {
        ", checks: [{ name: ci }], files: { README.md: x }, branches: { release: { README.md: y } }"
            .to_owned()
    });
    stage.applied().exits(0);
    stage.review("ann", "alpha", "APPROVE");
    stage.ask("ann", "PATCH", "/repos/acme/t-alpha/pulls/1", json!({ "base": "release" }));
    let changed = "its base branch was changed to `release`";
    assert_eq!(stage.stands("alpha"), ("edited".to_owned(), changed.to_owned()));
    let status = stage.campaign(&["status"]).exits(0).stdout;
    assert!(status.contains(": 1 edited, 1 open\n") && status.contains(changed), "{status}");
    // By the plan that was made before, by one that was made since, and by the campaign.
    let applied = |file: &str| {
        let ran = stage.campaign(&["apply", file, "--yes"]).exits(0);
        assert!(ran.stdout.contains(": 1 edited, 1 open\n"), "{file}: {}", ran.stdout);
        assert!(!ran.stdout.contains("approved   "), "{file}: {}", ran.stdout);
    };
    applied("campaign.plan.json");
    stage.campaign(&["plan"]).exits(0);
    for file in ["campaign.plan.json", "campaign.yaml"] {
        applied(file);
    }
    let ran = stage.campaign(&["merge", "-m", "alpha"]).exits(1);
    assert!(ran.stdout.contains(&format!("{changed}: merge it by hand")), "{}", ran.stdout);
    let is_open = || stage.pulls("alpha")[0]["state"] == "open";
    let ran = stage.campaign(&["close", "-m", "alpha", "--yes"]).exits(1);
    let kept = format!("not closed: {changed}; --edited closes it all the same");
    assert!(ran.stdout.contains(&kept) && is_open(), "{}", ran.stdout);
    stage.campaign(&["close", "-m", "alpha", "--yes", "--edited"]).exits(0);
    assert!(!is_open());
    assert_eq!(stage.commits("alpha", BRANCH).len(), 2, "its branch is kept");
}

#[test]
fn an_approval_that_is_not_enough_is_told_from_none() {
    let stage = Stage::with(&["alpha"], |_| {
        ", checks: [{ name: ci }], settings: { required_approvals: { main: 2 } }, files: { README.md: x }"
            .to_owned()
    });
    stage.applied().exits(0);
    let said = |why: &str| {
        let ran = stage.campaign(&["merge"]).exits(1);
        assert!(ran.stdout.contains(&format!("not merged: {why}\n")), "{}", ran.stdout);
    };
    said("it is not approved yet");
    stage.review("ann", "alpha", "APPROVE");
    said("it needs another approval");
    assert_eq!(stage.stands("alpha").1, "it needs another approval");
    stage.review("bob", "alpha", "APPROVE");
    stage.campaign(&["merge"]).exits(0);
}

#[test]
fn what_waits_for_another_campaign_says_for_which_one() {
    let stage = Stage::of(&["alpha"]);
    stage.applied().exits(0);
    let text =
        stage.world.read("campaign.yaml").replace("add-note", "then").replace("NOTE", "THEN");
    stage.world.write("then.yaml", format!("{text}requires: [{{ campaign: add-note }}]\n"));
    let ran = stage.campaign(&["apply", "then.yaml", "--yes"]).exits(3);
    assert!(ran.stderr.contains("is open in 1 repository: acme/t-alpha"), "{}", ran.stderr);
}

#[test]
fn a_plan_made_again_is_about_those_that_it_was_made_for() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.says_more("moved: replan\nwaves: { first: [beta] }\n");
    stage.world.write("first.txt", "alpha\n");
    stage.applied().exits(0);
    for slug in ["alpha", "beta"] {
        let path = format!("/repos/acme/t-{slug}/pulls/1");
        stage.ask("ann", "PATCH", &path, json!({ "state": "closed" }));
    }
    stage.campaign(&["plan", "-t", "first.txt", "--reopen"]).exits(0);
    stage.push("ann", "alpha", "main", "OTHER.md", "other\n");
    stage.campaign(&["apply", PLAN, "--yes"]).exits(0);
    let open = |slug: &str| stage.pulls(slug).iter().filter(|pull| pull["state"] == "open").count();
    assert_eq!((open("alpha"), open("beta")), (1, 0));
    let commits = stage.commits("alpha", BRANCH);
    assert_eq!(commits.get(1).map(String::as_str), Some("Write OTHER.md"), "{commits:?}");
}

#[test]
fn what_a_person_closed_or_merged_after_the_plan_is_not_offered_again() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.applied().exits(0);
    stage.world.replace("campaign.yaml", "noted", "noted otherwise");
    stage.says_more("moved: replan\n");
    let planned = stage.campaign(&["plan"]).exits(0);
    assert!(planned.stdout.contains("To be brought up to date"), "{}", planned.stdout);
    let path = "/repos/acme/t-alpha/pulls/1";
    stage.ask("ann", "PATCH", path, json!({ "state": "closed" }));
    let path = "/repos/acme/t-beta/pulls/1/merge";
    stage.ask("ann", "PUT", path, json!({ "merge_method": "squash" }));
    stage.writes();
    let ran = stage.campaign(&["apply", PLAN, "--yes"]);
    assert_eq!(stage.writes(), 0, "{}", ran.stdout);
    assert!(ran.stdout.contains("declined    ann closed #1"), "{}", ran.stdout);
    for slug in ["alpha", "beta"] {
        assert!(stage.pulls(slug).iter().all(|pull| pull["state"] == "closed"), "{slug}");
    }
}

#[test]
fn whom_nobody_meant_is_counted_apart() {
    let stage = Stage::with(&["alpha", "beta"], |slug| match slug {
        "alpha" => ", files: { OTHER.md: x }".to_owned(),
        _ => String::new(),
    });
    stage.says_more("select: { findings: [path-missing] }\n");
    let ran = stage.applied().exits(0);
    assert!(
        ran.stdout.starts_with("Campaign add-note: 1 open, 1 not selected\n"),
        "{}",
        ran.stdout
    );
    assert!(!ran.stdout.contains("t-beta"), "{}", ran.stdout);
}
