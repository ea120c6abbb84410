//! Everything that the commands of a campaign show of one small scenario, as a user reads it.

use serde_json::json;

use super::stage::{README, Stage};
use crate::world::Ran;

const PLAN: &str = "campaign.plan.json";

/// Four members: two lack the file, one has it, and one has another file of that name, so that its change is refused.
fn stage() -> Stage {
    let stage = Stage::with(&["alpha", "beta", "gamma", "delta"], |slug| {
        let note = match slug {
            "beta" => ", NOTE.md: \"mine\\n\"",
            "gamma" => ", NOTE.md: \"noted\\n\"",
            _ => "",
        };
        format!(", checks: [{{ name: ci }}], files: {{ {README}{note} }}")
    });
    let add = "content: \"noted\\n\", existing: refuse }";
    stage.world.replace("campaign.yaml", "content: \"noted\\n\" }", add);
    stage
}

/// The same, with the pull requests that can be opened; alpha's is approved, and changes are requested for delta's.
fn reviewed() -> Stage {
    let stage = stage();
    stage.campaign(&["plan"]).exits(3);
    stage.campaign(&["apply", PLAN, "--yes"]).exits(3);
    stage.review("ann", "alpha", "APPROVE");
    stage.review("ann", "delta", "REQUEST_CHANGES");
    stage
}

/// Both streams, one after the other, without the lines about what it cost.
fn shown(ran: &Ran) -> String {
    let lines = ran.stderr.lines().filter(|line| !line.contains("to the forge ("));
    let stderr: String = lines.map(|line| format!("{line}\n")).collect();
    format!("{}---\n{stderr}", ran.stdout)
}

#[test]
fn a_plan() {
    let ran = stage().campaign(&["plan"]).exits(3);
    insta::assert_snapshot!(shown(&ran), @"
    Campaign add-note on [forge]
    2 pull requests: 2 of variant A

    Variant A, 2 repositories: t-alpha, t-delta
        diff --git a/NOTE.md b/NOTE.md
        new file mode 100644
        --- /dev/null
        +++ b/NOTE.md
        @@ -0,0 +1 @@
        +noted

    Left alone
      t-beta                           blocked     `NOTE.md` exists already and differs; check it, then set `existing: keep` or `existing: replace`

    Nothing to do: 1 done

    Budget: 2 writes, 2 of them new content; 1 minute at least, at 10 a minute and 300 an hour
    ---
    wrote the plan to campaign.plan.json

    Next:
      shipshape campaign apply campaign.plan.json
    ");
}

#[test]
fn an_applied_plan() {
    let stage = stage();
    stage.campaign(&["plan"]).exits(3);
    let ran = stage.campaign(&["apply", PLAN, "--yes"]).exits(3);
    insta::assert_snapshot!(shown(&ran), @"
    Campaign add-note: 1 blocked, 2 open, 1 done
      t-alpha #1                       open        opened
      t-beta                           blocked     `NOTE.md` exists already and differs; check it, then set `existing: keep` or `existing: replace`
      t-delta #1                       open        opened
    ---
    acme/t-alpha: opened [forge]/acme/t-alpha/pull/1
    acme/t-delta: opened [forge]/acme/t-delta/pull/1

    Next:
      shipshape campaign status campaign.yaml
    ");
}

#[test]
fn a_plan_of_which_nothing_can_be_done() {
    let stage = stage();
    stage.says_more("select: { members: [beta, gamma] }\n");
    stage.campaign(&["plan"]).exits(3);
    let ran = stage.campaign(&["apply", PLAN, "--yes"]).exits(3);
    insta::assert_snapshot!(shown(&ran), @"
    Campaign add-note on [forge]

    Left alone
      t-beta                           blocked     `NOTE.md` exists already and differs; check it, then set `existing: keep` or `existing: replace`

    Nothing to do: 1 done
    ---
    Nothing can be done: 1 blocked.

    Next:
      # once the reasons are gone: 1 blocked
      shipshape campaign plan campaign.yaml
    ");
    let ran = stage.campaign(&["apply", "--yes"]).exits(3);
    insta::assert_snapshot!(shown(&ran), @"
    Campaign add-note on [forge]
    Nothing is offered: 1 blocked, as listed below.

    Left alone
      t-beta                           blocked     `NOTE.md` exists already and differs; check it, then set `existing: keep` or `existing: replace`

    Nothing to do: 1 done
    ---
    Nothing can be done: 1 blocked.

    Next:
      # once the reasons are gone: 1 blocked
      shipshape campaign apply campaign.yaml
    ");
}

#[test]
fn a_status() {
    let ran = reviewed().campaign(&["status"]).exits(1);
    insta::assert_snapshot!(shown(&ran), @"
    Campaign add-note: 2 blocked, 1 approved, 1 done

    @acme/agents
      blocked     t-beta                           `NOTE.md` exists already and differs; check it, then set `existing: keep` or `existing: replace`
      blocked     t-delta #1                       changes were requested by ann
      approved    t-alpha #1                       approved
      done        t-gamma                          nothing to change
    ---

    Next:
      # 1 approved
      shipshape campaign merge campaign.yaml
      # 2 to look at, with links
      shipshape campaign status campaign.yaml --format html -o add-note.html
    ");
}

#[test]
fn a_merge() {
    let ran = reviewed().campaign(&["merge"]).exits(1);
    insta::assert_snapshot!(shown(&ran), @"
    Campaign add-note: 1 merged, 1 not
      acme/t-delta #1  not merged: changes were requested by ann
    ---
    acme/t-alpha: merged [forge]/acme/t-alpha/pull/1 (squash)

    Next:
      shipshape campaign status campaign.yaml
    ");
}

#[test]
fn a_close() {
    let stage = reviewed();
    stage.push("ann", "alpha", super::stage::BRANCH, "OWN.md", "mine\n");
    let ran = stage.campaign(&["close", "--because", "the runtime does it now", "--yes"]).exits(1);
    insta::assert_snapshot!(shown(&ran), @"
    Campaign add-note: 1 closed, 1 not
      acme/t-alpha #1  not closed: ann changed its branch; --edited closes it all the same
    ---
    acme/t-delta: closed [forge]/acme/t-delta/pull/1
    Given up: `shipshape campaign apply campaign.yaml --reopen -m delta` offers the change there again; nothing else does.

    Next:
      shipshape campaign status campaign.yaml
    ");
}

#[test]
fn a_revert() {
    let stage = reviewed();
    stage.merged("alpha");
    stage.ask(
        "ann",
        "PUT",
        "/repos/acme/t-delta/pulls/1/merge",
        json!({ "merge_method": "merge" }),
    );
    stage.push("ann", "delta", "main", "NOTE.md", "another\n");
    let ran = stage.campaign(&["revert", "--yes"]).exits(3);
    insta::assert_snapshot!(shown(&ran), @"
    Campaign revert-add-note on [forge]
    1 pull request: 1 alone

    Alone: t-alpha
        diff --git a/NOTE.md b/NOTE.md
        deleted file mode 100644
        --- a/NOTE.md
        +++ /dev/null
        @@ -1 +0,0 @@
        -noted

    Left alone
      t-delta                          blocked     `NOTE.md` was changed after #1 was merged: revert it by hand

    Budget: 1 write, 1 of them new content; less than a minute, at 10 a minute and 300 an hour
    Campaign revert-add-note: 1 blocked, 1 open
      t-alpha #2                       open        opened
      t-delta                          blocked     `NOTE.md` was changed after #1 was merged: revert it by hand
    ---
    acme/t-alpha: opened [forge]/acme/t-alpha/pull/2

    Next:
      shipshape campaign status --reverted campaign.yaml
    ");
}
