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
    let next = "  # 1 failed\n  shipshape campaign apply campaign.plan.json --failed\n";
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
