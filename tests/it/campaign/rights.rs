//! What a token may not push to has failed: wherever it is told of, and until the token may.

use super::stage::Stage;
use crate::world::Ran;

const PLAN: &str = "campaign.plan.json";

/// Two public members, of which the token `some` may push to the first only.
fn stage() -> Stage {
    Stage::with(&["alpha", "beta"], |_| {
        format!(", visibility: public, files: {{ {} }}", super::stage::README)
    })
}

fn campaign(stage: &Stage, token: &str, arguments: &[&str]) -> Ran {
    stage.forge.run_as(&stage.world, token, &[&["campaign"], arguments].concat())
}

#[test]
fn what_the_token_may_not_push_to_is_told_everywhere_and_tried_again_as_a_failure() {
    let stage = stage();
    let planned = campaign(&stage, "some", &["plan"]).exits(0);
    let remark = "The token of this plan may not push to acme/t-beta";
    assert!(planned.stdout.contains(remark), "{}", planned.stdout);
    let failed = "t-beta                           failed      the token may not push to it";
    let ran = campaign(&stage, "some", &["apply", PLAN, "--yes"]).exits(3);
    assert!(ran.stdout.contains("1 open, 1 failed"), "{}", ran.stdout);
    assert!(ran.stdout.contains(failed), "{}", ran.stdout);
    let status = campaign(&stage, "some", &["status"]).exits(3);
    let row = "failed      t-beta                           the token may not push to it";
    assert!(status.stdout.contains(row), "{}", status.stdout);
    let next =
        "  # 1 that the token may not push to\n  shipshape doctor --permissions campaign apply\n";
    assert!(status.stderr.contains(next), "{}", status.stderr);
    let alone = stage.forge.run_as(&stage.world, "some", &[]).exits(0);
    let again = "shipshape campaign apply campaign.plan.json --failed";
    assert!(alone.stdout.contains(again), "{}", alone.stdout);
    assert!(alone.stdout.contains("the last run failed in 1 repository"), "{}", alone.stdout);
    // It is known to have failed, and nothing else is said of it.
    let ran = campaign(&stage, "some", &["apply", PLAN, "--failed", "--yes"]).exits(3);
    assert!(ran.stdout.contains(failed), "{}", ran.stdout);
    assert!(!ran.stderr.contains("known to have failed"), "{}", ran.stderr);
    let ran = campaign(&stage, "writer", &["apply", PLAN, "--failed", "--yes"]).exits(0);
    assert!(ran.stdout.contains("2 open"), "{}", ran.stdout);
    let ran = campaign(&stage, "writer", &["apply", PLAN, "--failed", "--yes"]).exits(0);
    assert!(ran.stderr.contains("No repository is known to have failed"), "{}", ran.stderr);
}

#[test]
fn a_token_that_may_push_nowhere_is_one_to_look_with() {
    let stage = stage();
    let planned = campaign(&stage, "reader", &["plan"]).exits(0);
    assert!(!planned.stdout.contains("may not push"), "{}", planned.stdout);
    let status = campaign(&stage, "reader", &["status"]).exits(0);
    assert!(status.stdout.starts_with("Campaign add-note: 2 planned\n"), "{}", status.stdout);
}

#[test]
fn what_the_token_cannot_see_is_told_of_all_at_once() {
    let slugs = ["alpha", "b", "c", "d", "e", "f", "g"];
    let private = |_: &str| format!(", visibility: private, files: {{ {} }}", super::stage::README);
    let stage = Stage::with(&slugs, private);
    let said = "cannot be read: it is not there, or the token may not see it: ";
    let status = campaign(&stage, "some", &["status"]).exits(3);
    assert!(status.stdout.contains("6 repositories"), "{}", status.stdout);
    assert!(status.stdout.contains(said), "{}", status.stdout);
    let next = "  # 6 that cannot be read\n  shipshape doctor --permissions campaign status\n";
    assert!(status.stderr.contains(next), "{}", status.stderr);
    for verb in [&["merge"][..], &["close", "--yes"]] {
        let ran = campaign(&stage, "some", verb).exits(3);
        assert!(ran.stdout.contains(&format!("6 repositories  {said}")), "{}", ran.stdout);
    }
}

#[test]
fn what_could_not_be_read_when_the_plan_was_made_is_planned_by_a_new_plan() {
    let private = |_: &str| format!(", visibility: private, files: {{ {} }}", super::stage::README);
    let stage = Stage::with(&["alpha", "beta"], private);
    campaign(&stage, "some", &["plan"]).exits(3);
    let ran = stage.campaign(&["apply", PLAN, "--yes"]).exits(3);
    let said = "it could not be read when the plan was made: plan again";
    assert!(ran.stdout.contains(said), "{}", ran.stdout);
    let next = "  # 1 that was not planned\n  shipshape campaign plan campaign.yaml\n";
    assert!(ran.stderr.contains(next), "{}", ran.stderr);
    assert_eq!((stage.pulls("alpha").len(), stage.pulls("beta").len()), (1, 0));
}

#[test]
fn a_plan_says_how_many_remarks_it_does_not_show() {
    let slugs: Vec<String> = (0..22).map(|number| format!("m{number}")).collect();
    let slugs: Vec<&str> = ["alpha"].into_iter().chain(slugs.iter().map(String::as_str)).collect();
    let public = |_: &str| format!(", visibility: public, files: {{ {} }}", super::stage::README);
    let stage = Stage::with(&slugs, public);
    let planned = campaign(&stage, "some", &["plan"]).exits(0).stdout;
    assert_eq!(planned.matches("may not push to acme/").count(), 20, "{planned}");
    assert!(planned.contains("\n  … 2 more, in the plan's file\n"), "{planned}");
}

#[test]
fn what_failed_is_tried_again_whatever_the_waves_before_it_wait_for() {
    let stage = Stage::with(&["alpha", "beta", "gamma"], |_| {
        format!(", visibility: public, files: {{ {} }}", super::stage::README)
    });
    stage.says_more("waves: { sizes: [1, 1] }\n");
    let ran = campaign(&stage, "some", &["apply", "-m", "gamma", "--yes"]).exits(3);
    let next = "  # once the reason is gone: 1 failed\n  shipshape campaign apply campaign.plan.json --failed\n";
    assert!(ran.stderr.contains(next), "{}", ran.stderr);
    let ran = stage.campaign(&["apply", "campaign.yaml", "--failed", "--yes"]).exits(0);
    assert!(
        ran.stdout.contains("t-gamma #1                       open        opened"),
        "{}",
        ran.stdout
    );
    assert_eq!(["alpha", "beta", "gamma"].map(|slug| stage.pulls(slug).len()), [0, 0, 1]);
}
