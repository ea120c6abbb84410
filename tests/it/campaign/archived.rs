//! A repository that was archived or renamed while its pull request is open: nothing can be done there, and nothing waits
//! for it.

use serde_json::{Value, json};

use super::stage::{README, Stage};

const SAID: &str = "it is archived with #1 open: unarchive it to merge or close #1";

#[test]
fn it_is_left_out_and_holds_up_no_wave() {
    let stage = Stage::of(&["alpha", "beta", "gamma"]);
    stage.says_more("waves: { sizes: [1] }\n");
    stage.applied().exits(0);
    stage.review("ann", "alpha", "APPROVE");
    stage.ask("writer", "PATCH", "/repos/acme/t-alpha", json!({ "archived": true }));
    let status = stage.campaign(&["status"]).exits(0);
    assert!(status.stdout.contains(SAID), "{}", status.stdout);
    let next = "Next:\n  # 2 not offered yet\n  shipshape campaign apply campaign.yaml\n";
    assert!(status.stderr.contains(next), "{}", status.stderr);
    let status = stage.campaign(&["status", "--format", "json"]).exits(0).json();
    let wave = |row: &Value| row["wave"].as_u64();
    let waves = status["repositories"].as_array().expect("rows").iter().map(wave);
    assert_eq!(waves.collect::<Vec<_>>(), [Some(1), Some(2), Some(2)]);
    // What cannot be done is said where it is asked for, and leads round to no other command.
    stage.writes();
    for (verb, done) in [("merge", "merged"), ("close", "closed")] {
        for how in ["--dry-run", if verb == "close" { "--yes" } else { "-malpha" }] {
            let ran = stage.campaign(&[verb, how]).exits(1);
            assert!(ran.stdout.contains(&format!("not {done}: {SAID}")), "{}", ran.stdout);
            assert!(!ran.stderr.contains("Next:"), "{}", ran.stderr);
        }
    }
    assert_eq!(stage.writes(), 0);
    // Neither the plan from before nor a new one waits for it.
    let ran = stage.campaign(&["apply", "campaign.plan.json", "--yes"]).exits(0);
    assert!(ran.stdout.contains(SAID), "{}", ran.stdout);
    assert_eq!(["beta", "gamma"].map(|slug| stage.pulls(slug).len()), [1, 1]);
    let ran = stage.campaign(&["apply", "--yes"]).exits(0);
    assert!(!ran.stdout.contains("failed"), "{}", ran.stdout);
    // Unarchived, it goes on.
    stage.ask("writer", "PATCH", "/repos/acme/t-alpha", json!({ "archived": false }));
    stage.campaign(&["merge", "-m", "alpha", "--without-checks"]).exits(0);
}

fn archive(stage: &Stage, slug: &str) {
    stage.ask("writer", "PATCH", &format!("/repos/acme/t-{slug}"), json!({ "archived": true }));
}

fn unarchive(stage: &Stage, slug: &str) {
    stage.ask("writer", "PATCH", &format!("/repos/acme/t-{slug}"), json!({ "archived": false }));
}

const ARCHIVED: &str = "it is archived: unarchive it, or set `retired` in fleet.yaml";

const AGAIN: &str =
    "nothing could be offered to it when the plan was made, and it can now: plan again";

const PLAN: &str = "campaign.plan.json";

#[test]
fn before_or_after_the_plan_it_is_left_out_until_it_is_planned_again() {
    for (before, after) in [("alpha", "beta"), ("beta", "alpha")] {
        let stage = Stage::of(&["alpha", "beta", "gamma"]);
        stage.says_more("waves: { sizes: [1] }\n");
        archive(&stage, before);
        let planned = stage.campaign(&["plan"]).exits(0);
        assert!(planned.stdout.contains(ARCHIVED), "{}", planned.stdout);
        archive(&stage, after);
        stage.writes();
        let ran = stage.campaign(&["apply", PLAN, "--yes"]).exits(0);
        assert!(ran.stdout.starts_with("Campaign add-note: 1 open, 2 skipped\n"), "{}", ran.stdout);
        assert_eq!(ran.stdout.matches(ARCHIVED).count(), 2, "{}", ran.stdout);
        assert_eq!(stage.pulls("gamma").len(), 1);
        [before, after].iter().for_each(|slug| unarchive(&stage, slug));
        let ran = stage.campaign(&["apply", PLAN, "--yes"]).exits(0);
        assert!(ran.stdout.contains(AGAIN) && !ran.stdout.contains(ARCHIVED), "{}", ran.stdout);
        let next = "  # 1 that was not planned\n  shipshape campaign plan campaign.yaml\n";
        assert!(ran.stderr.contains(next), "{}", ran.stderr);
        assert_eq!([before, after].map(|slug| stage.pulls(slug).len()), [0, 1]);
    }
}

#[test]
fn a_plan_from_when_it_was_archived_says_no_more_that_it_is() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.applied().exits(0);
    archive(&stage, "alpha");
    stage.campaign(&["plan"]).exits(0);
    unarchive(&stage, "alpha");
    let ran = stage.campaign(&["apply", PLAN, "--yes"]).exits(0);
    assert!(ran.stdout.contains(AGAIN) && !ran.stdout.contains(SAID), "{}", ran.stdout);
}

#[test]
fn after_the_merge_it_stays_merged_and_keeps_its_branch() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.applied().exits(0);
    stage.merged("alpha");
    stage.ask("ann", "PATCH", "/repos/acme/t-beta/pulls/1", json!({ "state": "closed" }));
    archive(&stage, "alpha");
    let status = stage.campaign(&["status"]).exits(1);
    assert!(status.stdout.contains("merged      t-alpha #1"), "{}", status.stdout);
    // A branch of it cannot be deleted.
    stage.writes();
    let ran = stage.campaign(&["merge"]).exits(0);
    assert!(!ran.stdout.contains("branch"), "{}", ran.stdout);
    assert_eq!(stage.writes(), 0);
    let ran = stage.campaign(&["revert", "--yes"]).exits(0);
    assert!(ran.stdout.contains(ARCHIVED), "{}", ran.stdout);
    assert_eq!(stage.pulls("alpha").len(), 1);
}

#[test]
fn no_campaign_waits_for_one_that_is_open_only_where_it_is_archived() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.campaign(&["apply", "-m", "alpha", "--yes"]).exits(0);
    let later = stage.world.read("campaign.yaml").replace("add-note", "later");
    let later = later.replace("NOTE.md", "LATER.md");
    stage.world.write("later.yaml", format!("{later}requires: [ {{ campaign: add-note }} ]\n"));
    let ran = stage.campaign(&["apply", "later.yaml", "--yes"]).exits(3);
    assert!(ran.stderr.contains("it waits for the campaign `add-note`"), "{}", ran.stderr);
    archive(&stage, "alpha");
    stage.campaign(&["apply", "later.yaml", "--yes"]).exits(0);
    assert_eq!(stage.pulls("beta").len(), 1);
}

#[test]
fn after_a_merge_neither_it_nor_what_the_token_may_not_push_to_is_to_be_offered() {
    let stage = Stage::with(&["alpha", "beta", "gamma", "delta"], |_| {
        format!(", visibility: public, checks: [{{ name: ci }}], files: {{ {README} }}")
    });
    stage.says_more("waves: { sizes: [1] }\n");
    stage.applied().exits(0);
    archive(&stage, "beta");
    stage.review("ann", "alpha", "APPROVE");
    let merge = ["campaign", "merge"];
    let ran = stage.forge.run_as(&stage.world, "some", &merge).exits(0);
    let next = "  # 2 not offered yet that the token may not push to\n  shipshape doctor --permissions campaign apply\n";
    assert!(ran.stderr.contains(next), "{}", ran.stderr);
    assert!(!ran.stderr.contains("campaign apply campaign.plan.json"), "{}", ran.stderr);
}

fn rename(stage: &Stage, from: &str, to: &str) {
    stage.ask(
        "writer",
        "PATCH",
        &format!("/repos/acme/t-{from}"),
        json!({ "name": format!("t-{to}") }),
    );
}

/// Corrects a member's name in fleet.yaml.
fn correct(stage: &Stage, from: &str, to: &str) {
    let fleet = stage.world.read("fleet.yaml").replace(from, to);
    stage.world.write("fleet.yaml", fleet);
}

const RENAMED: &str = "it is called `acme/t-omega` now, with #1 open: correct its name in fleet.yaml to merge or close #1";

#[test]
fn where_it_was_renamed_nothing_is_sent_until_fleet_yaml_has_its_name() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.says_more("waves: { sizes: [1] }\n");
    stage.applied().exits(0);
    rename(&stage, "alpha", "omega");
    let status = stage.campaign(&["status"]).exits(0);
    assert!(status.stdout.contains(RENAMED), "{}", status.stdout);
    stage.writes();
    let merge = ["merge", "--without-approval", "--without-checks", "-malpha"];
    for (verb, done) in [(&merge[..], "merged"), (&["close", "--yes"], "closed")] {
        for how in [&[][..], &["--dry-run"]] {
            let ran = stage.campaign(&[verb, how].concat()).exits(1);
            assert!(ran.stdout.contains(&format!("not {done}: {RENAMED}")), "{}", ran.stdout);
            assert!(!ran.stderr.contains("Next:"), "{}", ran.stderr);
        }
    }
    assert_eq!(stage.writes(), 0);
    // What the campaign wants has changed since: that is said no sooner than it can be done.
    let text = stage.world.read("campaign.yaml").replace("noted", "noted better");
    stage.world.write("campaign.yaml", text);
    let ran = stage.campaign(&["plan", "-m", "alpha"]).exits(0);
    assert!(ran.stdout.contains(RENAMED) && !ran.stdout.contains("missing"), "{}", ran.stdout);
    let ran = stage.campaign(&["plan"]).exits(0);
    assert!(ran.stdout.contains(RENAMED), "{}", ran.stdout);
    let ran = stage.campaign(&["apply", PLAN, "--yes"]).exits(0);
    assert!(ran.stdout.contains(RENAMED) && !ran.stdout.contains("failed"), "{}", ran.stdout);
    assert_eq!(stage.pulls("beta").len(), 1);
    correct(&stage, "alpha", "omega");
    let ran = stage.campaign(&["plan", "-m", "omega"]).exits(0);
    assert!(ran.stdout.contains("it offers an earlier form of the change"), "{}", ran.stdout);
    stage.campaign(&[&merge[..3], &["-momega", "--unselected"]].concat()).exits(0);
}

#[test]
fn a_plan_with_the_name_from_before_is_not_proposed() {
    let stage = Stage::with(&["alpha", "beta", "gamma"], |_| {
        format!(", checks: [{{ name: ci }}], files: {{ {README} }}")
    });
    stage.says_more("waves: { sizes: [2] }\n");
    stage.applied().exits(0);
    rename(&stage, "alpha", "omega");
    correct(&stage, "alpha", "omega");
    for slug in ["omega", "beta"] {
        stage.review("ann", slug, "APPROVE");
    }
    let ran = stage.campaign(&["merge"]).exits(0);
    let next = "Next:\n  # 1 not offered yet\n  shipshape campaign apply campaign.yaml\n";
    assert!(
        ran.stderr.contains(next) && !ran.stderr.contains("correct its name"),
        "{}",
        ran.stderr
    );
    stage.campaign(&["apply", "campaign.yaml", "--yes"]).exits(0);
    assert_eq!(stage.pulls("gamma").len(), 1);
}

#[test]
fn what_failed_under_a_name_that_was_corrected_is_proposed_no_more() {
    let stage = Stage::with(&["alpha", "beta"], |_| ", visibility: public".to_owned());
    stage.campaign(&["plan"]).exits(0);
    stage.forge.run_as(&stage.world, "some", &["campaign", "apply", PLAN, "--yes"]).exits(3);
    let alone = || stage.forge.run(&stage.world, &[]).exits(0).stdout;
    let before = alone();
    assert!(before.contains("the last run failed in 1 repository"), "{before}");
    rename(&stage, "beta", "omega");
    correct(&stage, "beta", "omega");
    let after = alone();
    assert!(!after.contains("failed in") && !after.contains("beta"), "{after}");
}

#[test]
fn what_ended_under_another_name_has_ended() {
    let stage = Stage::with(&["alpha", "beta", "gamma"], |_| {
        format!(", checks: [{{ name: ci }}], files: {{ {README} }}")
    });
    stage.applied().exits(0);
    let alone = || stage.forge.run(&stage.world, &[]).exits(0).stdout;
    for (from, to) in [("alpha", "omega"), ("beta", "psi")] {
        rename(&stage, from, to);
        correct(&stage, from, to);
    }
    let before = alone();
    assert!(before.contains("3 pull requests opened"), "{before}");
    for slug in ["omega", "gamma"] {
        stage.review("ann", slug, "APPROVE");
    }
    stage.campaign(&["merge"]).exits(1);
    let told = alone();
    assert!(told.contains("2 merged or closed as far as is known"), "{told}");
    stage.campaign(&["close", "-m", "psi", "--yes"]).exits(0);
    let after = alone();
    assert!(!after.contains("pull requests opened"), "{after}");
}

#[test]
fn a_revert_proposes_to_close_none_that_cannot_be_closed() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.applied().exits(0);
    stage.merged("beta");
    archive(&stage, "alpha");
    let ran = stage.campaign(&["revert", "--plan", "back.json"]).exits(0);
    let line = format!("still open: acme/t-alpha: {SAID}\n");
    assert!(ran.stderr.contains(&line), "{}", ran.stderr);
    assert!(!ran.stderr.contains("to close"), "{}", ran.stderr);
}
