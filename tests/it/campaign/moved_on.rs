//! Bases that move on while pull requests wait: one is merged if the merge gives what the campaign wants today, and is
//! renewed if not.

use serde_json::{Value, json};

use super::stage::{README, Stage};

const SLUGS: [&str; 2] = ["alpha", "beta"];

/// A file of many lines, one of which the campaign changes.
fn deployment(replicas: u32, more: &str) -> String {
    let lines: String = (1..10).map(|line| format!("  k{line}: 0\n")).collect();
    format!("spec:\n  replicas: {replicas}\n{lines}{more}")
}

const SET: &str = "schema: 1
name: add-note
changes:
  - yaml: { paths: [deploy.yaml], edits: [{ set: { at: spec.replicas, value: 3 } }] }
pull_request: { title: 'Three of {{ slug }}' }
";

/// The change is open in both, approved and green.
fn stage() -> Stage {
    let text = serde_json::to_string(&deployment(1, "")).expect("text");
    let files = format!("files: {{ {README}, deploy.yaml: {text} }}");
    let stage = Stage::with(&SLUGS, |_| format!(", checks: [{{ name: ci }}], {files}"));
    stage.world.write("campaign.yaml", SET);
    ready(&stage);
    stage
}

fn ready(stage: &Stage) {
    stage.applied().exits(0);
    for slug in SLUGS {
        stage.review("ann", slug, "APPROVE");
    }
}

/// The text of a file on the base.
fn text(stage: &Stage, slug: &str, path: &str) -> String {
    use base64::Engine as _;
    let path = format!("/repos/acme/t-{slug}/contents/{path}");
    let found = stage.ask("ann", "GET", &path, Value::Null);
    let encoded = found["content"].as_str().expect("content").replace('\n', "");
    let bytes = base64::prelude::BASE64_STANDARD.decode(encoded).expect("base 64");
    String::from_utf8(bytes).expect("text")
}

#[test]
fn an_edit_of_another_line_on_the_base_does_not_keep_from_a_merge() {
    let stage = stage();
    stage.push("ann", "alpha", "main", "deploy.yaml", &deployment(1, "  last: 1\n"));
    stage.push("ann", "beta", "main", "README.md", "# Other\n");
    let status = stage.campaign(&["status"]).exits(0);
    assert!(status.stdout.contains("2 approved"), "{}", status.stdout);
    assert!(!status.stderr.contains("renewed"), "{}", status.stderr);
    stage.writes();
    let planned = stage.campaign(&["plan"]).exits(0).stdout;
    assert!(!planned.contains("To be brought up to date"), "{planned}");
    let item = stage.item("alpha");
    assert_eq!((&item["action"], &item["missing"]), (&json!("leave"), &json!([])));
    // Nothing is written, neither by a new plan nor by the one that is kept.
    for subject in ["campaign.yaml", "campaign.plan.json"] {
        let ran = stage.campaign(&["apply", subject, "--yes"]).exits(0);
        assert!(ran.stdout.contains("2 approved"), "{}", ran.stdout);
    }
    assert_eq!(stage.writes(), 0);
    stage.campaign(&["merge"]).exits(0);
    assert_eq!(text(&stage, "alpha", "deploy.yaml"), deployment(3, "  last: 1\n"));
    let status = stage.campaign(&["status"]).exits(0);
    assert!(status.stdout.contains("2 merged"), "{}", status.stdout);
}

#[test]
fn what_watches_merges_it_as_well() {
    let stage = stage();
    stage.push("ann", "alpha", "main", "deploy.yaml", &deployment(1, "  last: 1\n"));
    stage.campaign(&["apply", "--yes", "--watch"]).exits(0);
    assert_eq!(text(&stage, "alpha", "deploy.yaml"), deployment(3, "  last: 1\n"));
}

#[test]
fn a_merge_that_would_give_something_else_waits_for_the_renewal() {
    let stage = Stage::with(&SLUGS, |_| {
        format!(
            ", checks: [{{ name: ci }}], files: {{ {README}, LICENSE: \"1\\n2\\n3\\n4\\n5\\n\" }}"
        )
    });
    stage.world.write(
        "shape/shape.yaml",
        "schema: 1\nname: small\npaths:\n  - { path: README.md, policy: seeded }\n  - { path: LICENSE, policy: exact }\n",
    );
    stage.world.write("shape/files/LICENSE", "1\ntwo\n3\n4\n5\n");
    let changes = "changes:\n  - add: { path: LICENSE, content: \"1\\ntwo\\n3\\n4\\n5\\n\", existing: replace }\n";
    stage.world.write(
        "campaign.yaml",
        format!("schema: 1\nname: add-note\n{changes}pull_request: {{ title: 'License {{{{ slug }}}}' }}\n"),
    );
    ready(&stage);
    // The whole file is wanted as the shape has it: the edit would survive a merge.
    stage.push("ann", "alpha", "main", "LICENSE", "1\n2\n3\n4\nfive\n");
    let said = "the base changed `LICENSE` since, and merging it would not give what the campaign wants there";
    let status = stage.campaign(&["status"]).exits(0);
    assert!(status.stdout.contains(said), "{}", status.stdout);
    let next = "# 1 to be renewed\n  shipshape campaign apply campaign.yaml\n";
    assert!(status.stderr.contains(next), "{}", status.stderr);
    let ran = stage.campaign(&["merge"]).exits(1);
    let refused = format!("not merged: {said}: `campaign apply` renews it; --unselected");
    assert!(ran.stdout.contains(&refused), "{}", ran.stdout);
    // The plan from before does not know it, and a run that watches compares it again.
    let ran = stage.campaign(&["apply", "campaign.plan.json", "--yes", "--watch"]).exits(0);
    let line = format!("acme/t-alpha #1 not merged: {said}");
    assert!(ran.stderr.contains(&line), "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stderr.contains("The watch has ended: the rest needs a person."));
    stage.campaign(&["plan"]).exits(0);
    for _ in 0..2 {
        stage.campaign(&["apply", "campaign.plan.json", "--yes"]).exits(0);
    }
    let count = stage.pulls("alpha").len();
    assert_eq!((count, stage.commits("alpha", super::stage::BRANCH).len()), (1, 3));
    stage.review("ann", "alpha", "APPROVE");
    stage.campaign(&["merge"]).exits(0);
    assert_eq!(text(&stage, "alpha", "LICENSE"), "1\ntwo\n3\n4\n5\n");
}

#[test]
fn a_revert_is_up_to_date_as_well() {
    let stage = stage();
    stage.campaign(&["merge"]).exits(0);
    stage.campaign(&["revert", "--yes"]).exits(0);
    stage.push("ann", "alpha", "main", "deploy.yaml", &deployment(3, "  last: 1\n"));
    let status = stage.campaign(&["status", "--reverted"]).exits(0);
    assert!(!status.stderr.contains("renewed"), "{}", status.stderr);
    stage.writes();
    stage.campaign(&["revert", "--yes"]).exits(0);
    assert_eq!(stage.writes(), 0);
    let merge = ["merge", "--reverted", "--without-approval", "--without-checks"];
    stage.campaign(&merge).exits(0);
    assert_eq!(text(&stage, "alpha", "deploy.yaml"), deployment(1, "  last: 1\n"));
}

#[test]
fn an_edit_that_the_campaign_covers_as_well_is_renewed_first() {
    let stage = stage();
    let more = "value: 3 } }, { set: { at: spec.spare, value: 7, only: present } }";
    stage.world.replace("campaign.yaml", "value: 3 } }", more);
    stage.push("ann", "alpha", "main", "deploy.yaml", &deployment(1, "  spare: 0\n"));
    let status = stage.campaign(&["status"]).exits(0);
    assert!(status.stderr.contains("# 1 to be renewed"), "{}{}", status.stdout, status.stderr);
    stage.campaign(&["merge", "-m", "alpha"]).exits(1);
    stage.applied().exits(0);
    stage.review("ann", "alpha", "APPROVE");
    stage.campaign(&["merge"]).exits(0);
    assert_eq!(text(&stage, "alpha", "deploy.yaml"), deployment(3, "  spare: 7\n"));
}

#[test]
fn a_change_that_is_no_longer_needed_is_called_so_by_apply_and_merge() {
    let stage = Stage::of(&SLUGS);
    stage.campaign(&["apply", "campaign.yaml", "-m", "alpha", "--yes"]).exits(0);
    stage.push("ann", "alpha", "main", "NOTE.md", "noted\n");
    let unneeded = "the change is no longer needed";
    let applied = stage.applied().exits(0).stdout;
    assert!(applied.contains(unneeded), "{applied}");
    let merge = ["merge", "--dry-run", "--without-approval", "--without-checks", "-m", "alpha"];
    let merged = stage.campaign(&merge).exits(1).stdout;
    assert!(merged.contains(&format!("not merged: {unneeded}")), "{merged}");
}

#[test]
fn one_that_was_blocked_and_unneeded_is_looked_at_anew_once_it_is_closed() {
    let stage = Stage::of(&SLUGS);
    stage.campaign(&["apply", "campaign.yaml", "-m", "alpha", "--yes"]).exits(0);
    stage.review("ann", "alpha", "REQUEST_CHANGES");
    stage.push("ann", "alpha", "main", "NOTE.md", "noted\n");
    let planned = stage.campaign(&["plan"]).exits(3).stdout;
    let said = "the change is no longer needed; changes were requested by ann";
    assert!(planned.contains(said), "{planned}");
    stage.ask("ann", "PATCH", "/repos/acme/t-alpha/pulls/1", json!({ "state": "closed" }));
    let applied = stage.campaign(&["apply", "campaign.plan.json", "--yes"]).exits(0).stdout;
    assert!(applied.contains("1 done") && !applied.contains("blocked"), "{applied}");
}

#[test]
fn one_that_was_closed_as_no_longer_needed_keeps_its_place_in_the_waves() {
    let stage = Stage::of(&["alpha", "beta", "gamma"]);
    stage.says_more("waves: { sizes: [1] }\nunneeded: close\n");
    stage.applied().exits(0);
    assert_eq!(stage.item("beta")["wave"], 2);
    stage.push("ann", "alpha", "main", "NOTE.md", "noted\n");
    stage.applied().exits(0);
    assert_eq!(stage.pulls("alpha")[0]["state"], "closed");
    assert_eq!(stage.item("beta")["wave"], 2);
}

#[test]
fn an_older_plan_closes_nothing_that_it_judged_on_another_commit() {
    let stage = Stage::of(&["alpha"]);
    stage.says_more("unneeded: close\n");
    stage.applied().exits(0);
    stage.push("ann", "alpha", "main", "NOTE.md", "noted\n");
    let planned = stage.campaign(&["plan"]).exits(0).stdout;
    assert!(planned.contains("To be closed\n"), "{planned}");
    // Whether the note is still there only a new plan shows.
    stage.push("ann", "alpha", "main", "OTHER.md", "other\n");
    let applied = stage.campaign(&["apply", "campaign.plan.json", "--yes"]).stdout;
    let said = "its base branch moved after the plan was made: plan again";
    assert!(applied.contains(said), "{applied}");
    assert_eq!(stage.pulls("alpha")[0]["state"], "open");
    stage.applied().exits(0);
    assert_eq!(stage.pulls("alpha")[0]["state"], "closed");
}
