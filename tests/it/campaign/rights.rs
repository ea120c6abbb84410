//! What a token may not push to has failed: wherever it is told of, and until the token may.

use serde_json::{Value, json};

use super::stage::{Stage, WORKFLOW};
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
    let remark = "  t-beta: The token of this plan may not push to this repository\n";
    assert!(planned.stdout.contains(remark), "{}", planned.stdout);
    let failed = "t-beta                           failed      the token may not push to it";
    let ran = campaign(&stage, "some", &["apply", PLAN, "--yes"]).exits(3);
    assert!(ran.stdout.contains("1 failed, 1 open"), "{}", ran.stdout);
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
    let row = "t-beta                           needs the change; the token may not push to it: its account needs";
    assert!(status.stdout.contains(row), "{}", status.stdout);
    let next = "Next:\n  # 2 that the token may not push to\n  shipshape doctor --permissions campaign apply\n";
    assert!(status.stderr.contains(next), "{}", status.stderr);
    let kinds = |rows: &Value| rows[1]["kinds"].clone();
    let status = campaign(&stage, "reader", &["status", "--format", "json"]).exits(0).json();
    let planned = campaign(&stage, "reader", &["plan", "--format", "json"]).exits(0).json();
    assert_eq!(kinds(&status["repositories"]), json!(["may_not_push"]));
    assert_eq!(kinds(&planned["items"]), json!(["may_not_push"]));
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
fn a_remark_about_many_is_one_line() {
    let stage = Stage::with(&["alpha", "b", "c", "d", "e"], |_| {
        format!(", visibility: public, files: {{ {} }}", super::stage::README)
    });
    let planned = campaign(&stage, "some", &["plan"]).exits(0).stdout;
    let said = "  4 repositories: The token of this plan may not push to this repository: t-b, t-c, t-d and 1 more\n";
    assert!(planned.contains(said), "{planned}");
    assert_eq!(planned.matches("may not push").count(), 1, "{planned}");
}

#[test]
fn a_plan_says_how_many_remarks_it_does_not_show() {
    let stage = Stage::of(&["alpha"]);
    let mentions = "'acme.old.Tool'\n".repeat(22);
    let module = format!("from acme.old import Tool\n{mentions}");
    stage.push("ann", "alpha", "main", "a.py", &module);
    stage.world.replace(
        "campaign.yaml",
        "changes:\n",
        "changes:\n  - rename_symbol: { from: acme.old.Tool, to: acme.new.Kit }\n",
    );
    let planned = stage.campaign(&["plan"]).exits(0).stdout;
    assert_eq!(planned.matches("a text mentions `acme.old.Tool`").count(), 20, "{planned}");
    assert!(
        planned.contains("\n  … 2 more (a plan that is kept in a file has all)\n"),
        "{planned}"
    );
}

#[test]
fn a_classic_token_that_may_not_change_workflows_is_named_before_anything_is_tried() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.world.replace("campaign.yaml", "NOTE.md", ".github/workflows/note.yml");
    stage.world.replace("campaign.yaml", "noted\\n", WORKFLOW);
    let planned = campaign(&stage, "plain", &["plan"]).exits(0);
    let note = "  # with another token: yours lacks the scope `workflow`, which 2 pull requests with workflow files need\n";
    assert!(planned.stderr.contains(note), "{}", planned.stderr);
    stage.writes();
    let ran = campaign(&stage, "plain", &["apply", PLAN, "--yes"]).exits(3);
    let said = "the token lacks the scope `workflow`, and every pull request of this plan changes workflow files";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    assert_eq!(stage.writes(), 0);
    let planned = stage.campaign(&["plan"]).exits(0);
    assert!(!planned.stderr.contains("with another token"), "{}", planned.stderr);
}

#[test]
fn a_branch_that_a_ruleset_refuses_is_named_with_what_to_do() {
    let stage = Stage::with(&["alpha"], |_| {
        format!(
            ", settings: {{ restricted_branches: ['shipshape/*'] }}, files: {{ {} }}",
            super::stage::README
        )
    });
    let ran = stage.campaign(&["apply", "--yes"]).exits(3);
    let said = "a ruleset does not allow the branch `shipshape/add-note`: allow it there, or leave the member out";
    assert!(ran.stdout.contains(said), "{}", ran.stdout);
    // The forge does not show that it failed, and the journal does.
    let status = stage.campaign(&["status"]).exits(3);
    let row = "failed      t-alpha                          the last `apply` failed: ";
    assert!(status.stdout.contains(row) && status.stdout.contains(said), "{}", status.stdout);
    // Both commands say it in the same words.
    let line = |text: &str| text.lines().find(|line| line.contains(said)).map(str::to_owned);
    let (tried, shown) = (line(&ran.stdout), line(&status.stdout));
    let why = tried.as_deref().and_then(|line| line.split_once("failed      "));
    let why = why.map(|(_, why)| why).expect("a reason");
    assert!(shown.is_some_and(|line| line.ends_with(why)), "{}{}", ran.stdout, status.stdout);
    let next = "Next:\n  # once the reason is gone: 1 failed\n  shipshape campaign apply campaign.yaml --failed\n";
    assert!(status.stderr.contains(next), "{}", status.stderr);
    let status = stage.campaign(&["status", "--format", "json"]).exits(3).json();
    assert_eq!(status["repositories"][0]["kinds"], json!(["refused"]));
    stage.campaign(&["apply", "campaign.yaml", "--failed", "--yes"]).exits(3);
    stage.campaign(&["status"]).exits(3);
}

#[test]
fn a_merge_that_the_token_may_not_make_names_the_table_of_permissions() {
    let stage = Stage::with(&["alpha"], |_| {
        format!(
            ", visibility: public, checks: [{{ name: ci }}], files: {{ {} }}",
            super::stage::README
        )
    });
    stage.applied().exits(0);
    stage.review("ann", "alpha", "APPROVE");
    let ran = campaign(&stage, "reader", &["merge"]).exits(3);
    let next = "Next:\n  # 1 that the token may not merge\n  shipshape doctor --permissions campaign merge\n";
    assert!(ran.stderr.contains(next), "{}\n{}", ran.stdout, ran.stderr);
    assert!(!ran.stderr.contains("campaign status"), "{}", ran.stderr);
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
    let kept = stage.world.read(PLAN);
    let ran = stage.campaign(&["apply", "campaign.yaml", "--failed", "--yes"]).exits(0);
    assert!(
        ran.stdout.contains("t-gamma #1                       open        opened"),
        "{}",
        ran.stdout
    );
    assert_eq!(["alpha", "beta", "gamma"].map(|slug| stage.pulls(slug).len()), [0, 0, 1]);
    // Only a part of that plan was shown, so it is not kept.
    assert_eq!(stage.world.read(PLAN), kept);
}

#[test]
fn what_is_shown_and_asked_before_failures_are_tried_again_is_about_these() {
    let stage = Stage::with(&["alpha", "beta", "gamma"], |_| {
        format!(", visibility: public, files: {{ {} }}", super::stage::README)
    });
    stage.says_more("waves: { sizes: [1, 1] }\n");
    campaign(&stage, "some", &["apply", "-m", "gamma", "--yes"]).exits(3);
    let shown = stage.campaign(&["apply", "--failed", "--dry-run"]).exits(0).stdout;
    assert!(shown.contains("\n1 pull request: 1 alone\n\nAlone: t-gamma\n"), "{shown}");
    assert!(shown.contains("Budget: 1 write, ") && !shown.contains("t-alpha"), "{shown}");
    let apply = ["campaign", "apply", "--failed"];
    let ran = stage.forge.run_at_a_terminal(&stage.world, &apply, &["no"]);
    assert_eq!(ran.code, 2, "{}", ran.stdout);
    assert!(ran.stdout.contains("Change 1 repository on "), "{}", ran.stdout);
    // A kept plan is asked about in the same way.
    stage.campaign(&["plan"]).exits(0);
    let kept = ["campaign", "apply", PLAN, "--failed"];
    let ran = stage.forge.run_at_a_terminal(&stage.world, &kept, &["yes"]);
    assert_eq!(ran.code, 0, "{}", ran.stdout);
    assert!(ran.stdout.contains("Change 1 repository on "), "{}", ran.stdout);
    assert_eq!(["alpha", "beta", "gamma"].map(|slug| stage.pulls(slug).len()), [0, 0, 1]);
    // Nothing failed: there is nothing to show and to ask.
    for command in [&apply[..], &kept] {
        let ran = stage.forge.run_at_a_terminal(&stage.world, command, &["yes"]);
        assert_eq!(ran.code, 0, "{}", ran.stdout);
        let said = "No repository is known to have failed in the last run: nothing was done.";
        assert!(ran.stdout.contains(said), "{}", ran.stdout);
        assert!(
            !ran.stdout.contains("Change ") && !ran.stdout.contains("Budget"),
            "{}",
            ran.stdout
        );
    }
}
