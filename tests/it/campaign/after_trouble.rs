//! What is said and proposed after a run that was limited, failed, or could read nothing, and of what has changed since.

use serde_json::{Value, json};

use super::stage::{BRANCH, README, Stage};

const PLAN: &str = "campaign.plan.json";

#[test]
fn what_a_limit_stopped_goes_on_in_all_and_has_failed_in_none() {
    let stage = Stage::of(&["alpha", "beta", "gamma"]);
    stage.campaign(&["plan"]).exits(0);
    stage.forge.fail(&json!([{ "at": 3, "kind": "secondary-403", "seconds": 7200 }]));
    let ran = stage.campaign(&["apply", PLAN, "--yes"]).exits(3);
    assert!(ran.stdout.contains(" paused\n"), "{}", ran.stdout);
    let alone = stage.forge.run(&stage.world, &[]).exits(0).stdout;
    assert!(alone.contains(&format!("shipshape campaign apply {PLAN}\n")), "{alone}");
    assert!(!alone.contains("failed"), "{alone}");
    let status = stage.campaign(&["status"]).exits(0).stdout;
    assert!(status.starts_with("Campaign add-note: 3 planned\n"), "{status}");
}

#[test]
fn what_failed_is_tried_by_the_campaign_once_the_kept_plan_is_about_others() {
    let stage = Stage::with(&["alpha", "beta"], |slug| {
        let kept = match slug {
            "beta" => "settings: { restricted_branches: ['shipshape/*'] }, ",
            _ => "",
        };
        format!(", {kept}files: {{ {README} }}")
    });
    stage.applied().exits(3);
    stage.campaign(&["plan", "-m", "alpha"]).exits(0);
    let alone = stage.forge.run(&stage.world, &[]).exits(0).stdout;
    assert!(alone.contains("shipshape campaign apply campaign.yaml --failed\n"), "{alone}");
    assert!(alone.contains("the last run failed in 1 repository"), "{alone}");
    let ran = stage.campaign(&["apply", PLAN, "--failed", "--yes"]).exits(3);
    let said =
        "acme/t-beta failed in the last run, and this plan is not about it: nothing was done.\n";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    let next = "Next:\n  # 1 failed\n  shipshape campaign apply campaign.yaml --failed\n";
    assert!(ran.stderr.contains(next), "{}", ran.stderr);
    let ran = stage.campaign(&["apply", "campaign.yaml", "--failed", "--yes"]).exits(3);
    assert!(ran.stdout.contains("1 failed"), "{}", ran.stdout);
}

#[test]
fn a_plan_is_replaced_by_none_that_could_read_nothing() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.campaign(&["plan"]).exits(0);
    let before = stage.world.read(PLAN);
    stage
        .forge
        .fail(&json!([{ "route": "POST /graphql", "times": 1000, "kind": "bad-gateway-before" }]));
    let ran = stage.campaign(&["plan"]).exits(3);
    assert!(ran.stdout.contains("2 repositories could not be read"), "{}", ran.stdout);
    let stays = format!("{PLAN} stays as it was (the one of 20");
    assert!(ran.stderr.contains(&stays) && !ran.stderr.contains("wrote"), "{}", ran.stderr);
    assert_eq!(stage.world.read(PLAN), before);
    let ran = stage.campaign(&["apply", "campaign.yaml", "--yes"]).exits(3);
    assert!(ran.stderr.contains(&stays), "{}", ran.stderr);
    assert_eq!(stage.world.read(PLAN), before);
    stage.forge.fail(&json!([]));
    let ran = stage.campaign(&["plan", "-m", "alpha"]).exits(0);
    let replaced = format!("wrote the plan to {PLAN} (it replaces the one of 20");
    assert!(ran.stderr.contains(&replaced), "{}", ran.stderr);
}

#[test]
fn what_is_in_the_way_of_a_revert_that_nobody_asked_for_is_skipped() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.applied().exits(0);
    stage.merged("alpha");
    stage.merged("beta");
    stage.push("ann", "beta", "main", "NOTE.md", "noted, and more\n");
    stage.campaign(&["revert", "-m", "alpha", "--yes"]).exits(0);
    let path = "/repos/acme/t-alpha/pulls/2/merge";
    stage.ask("ann", "PUT", path, json!({ "merge_method": "squash" }));
    let status = stage.campaign(&["status", "--reverted"]).exits(0);
    assert!(status.stdout.contains(": 1 merged, 1 skipped\n"), "{}", status.stdout);
    // Who asks for it is told.
    let status = stage.campaign(&["status", "--reverted", "-m", "beta"]).exits(1);
    assert!(status.stdout.contains("revert it by hand"), "{}", status.stdout);
}

#[test]
fn a_branch_that_was_in_the_way_of_a_plan_and_is_not_is_planned_again() {
    let stage = Stage::of(&["alpha", "beta"]);
    let main = stage.ask("ann", "GET", "/repos/acme/t-alpha/git/ref/heads/main", Value::Null);
    let branch = json!({ "ref": format!("refs/heads/{BRANCH}"), "sha": main["object"]["sha"] });
    stage.ask("ann", "POST", "/repos/acme/t-alpha/git/refs", branch);
    stage.push("ann", "alpha", BRANCH, "mine.txt", "mine\n");
    stage.campaign(&["plan"]).exits(3);
    let ran = stage.campaign(&["apply", PLAN, "--yes"]).exits(3);
    let row = "t-alpha                          blocked     its branch holds commits that no campaign made\n";
    assert!(ran.stdout.contains(row), "{}", ran.stdout);
    let path = format!("/repos/acme/t-alpha/git/refs/heads/{BRANCH}");
    stage.ask("ann", "DELETE", &path, Value::Null);
    let ran = stage.campaign(&["apply", PLAN, "--yes"]).exits(3);
    let row = "t-alpha                          blocked     it was blocked by its branch when the plan was made, and is not now: plan again\n";
    assert!(ran.stdout.contains(row), "{}", ran.stdout);
    let next = "  # 1 that was not planned\n  shipshape campaign plan campaign.yaml\n";
    assert!(ran.stderr.contains(next), "{}", ran.stderr);
    stage.applied().exits(0);
    assert_eq!(stage.pulls("alpha").len(), 1);
}

#[test]
fn a_file_that_no_repository_has_is_worth_knowing_beside_what_changes() {
    let stage = Stage::with(&["alpha", "beta", "gamma"], |slug| {
        let state = if slug == "gamma" { "archived: true, " } else { "" };
        format!(", {state}files: {{ {README}, old.yaml: \"a: 1\\n\" }}")
    });
    let more = "  - remove: { paths: [.travis.yaml] }
  - move: { from: config/ap.toml, to: ap.toml }
  - yaml: { paths: [deploy.yml], edits: [{ set: { at: a, value: 2 } }] }
  - move: { from: old.yaml, to: new.yaml }
  - yaml:
      paths: [new.yaml]
      edits:
        - rename: { at: a, to: b }
        - set: { at: b, value: 2, only: present }
        - set: { at: d, value: 2, only: present }
  - yaml: { paths: [new.yaml], edits: [{ set: { at: c, value: 2, only: present } }] }
pull_request:";
    stage.world.replace("campaign.yaml", "pull_request:", more);
    let any = "any of the 2 selected repositories that were read: done before, or misspelt";
    let all = [
        "`paths: .travis.yaml` names no file",
        "`from: config/ap.toml` names no file",
        "`paths: deploy.yml` names no file",
        "`c` matches nothing",
    ]
    .map(|what| format!("{what} in {any}"));
    let planned = stage.campaign(&["plan"]).exits(0);
    let told = |text: &str| -> Vec<String> {
        text.lines()
            .filter_map(|line| line.strip_prefix("worth knowing: "))
            .map(str::to_owned)
            .collect()
    };
    assert_eq!(told(&planned.stderr), all);
    assert_eq!(stage.plan()["remarks"], json!(all));
    // One that has it is enough.
    stage.push("ann", "alpha", "main", ".travis.yaml", "x: 1\n");
    let planned = stage.campaign(&["plan"]).exits(0);
    assert_eq!(told(&planned.stderr), all[1..]);
    // What the campaign has merged, it may have taken away itself.
    stage.campaign(&["apply", "campaign.yaml", "--yes"]).exits(0);
    stage.merged("alpha");
    let status = stage.campaign(&["status"]).exits(0);
    assert!(told(&status.stderr).is_empty(), "{}", status.stderr);
    assert!(stage.plan()["remarks"].is_null());
}

#[test]
fn a_path_to_restore_that_no_shape_has_is_worth_knowing() {
    let stage = Stage::of(&["alpha", "beta"]);
    let add = "add: { path: NOTE.md, content: \"noted\\n\" }";
    stage.world.replace("campaign.yaml", add, "restore: { paths: [READM.md, ./README.md] }");
    let planned = stage.campaign(&["plan"]).exits(0);
    let none = "names no path of the shape in any of the 2 selected repositories that were read";
    for said in [
        format!(
            "worth knowing: `paths: READM.md` of `restore` {none}: did you mean `README.md`?\n"
        ),
        format!(
            "worth knowing: `paths: ./README.md` of `restore` {none}: paths have no leading `/` or `./`\n"
        ),
    ] {
        assert!(planned.stderr.contains(&said), "{}", planned.stderr);
    }
    stage.world.replace("campaign.yaml", "[READM.md, ./README.md]", "[README.md]");
    let planned = stage.campaign(&["plan"]).exits(0);
    assert!(!planned.stderr.contains("worth knowing"), "{}", planned.stderr);
}

#[test]
fn what_was_given_up_as_a_whole_is_given_up_to_its_end_after_a_kill() {
    let stage = Stage::of(&["alpha", "beta", "gamma"]);
    stage.applied().exits(0);
    let route = "PATCH /repos/{owner}/{repo}/pulls/{pull_number}";
    stage.forge.fail(&json!([{ "route": route, "at": 2, "kind": "slow", "seconds": 600 }]));
    let mut run = stage.forge.start(&stage.world, &["campaign", "close", "--yes"]);
    while stage.pulls("alpha")[0]["state"] != "closed" {
        assert!(run.try_wait().expect("a child").is_none(), "it ended");
        crate::world::a_moment();
    }
    stage.forge.kill(run, 0);
    let alone = || stage.forge.run(&stage.world, &[]).exits(0).stdout;
    let told = alone();
    assert!(told.contains("shipshape campaign close campaign.yaml\n"), "{told}");
    assert!(told.contains("2 pull requests are open"), "{told}");
    stage.campaign(&["close", "--yes"]).exits(0);
    assert!(!alone().contains("campaign close"), "{}", alone());
}

#[test]
fn a_kind_of_change_that_is_named_after_a_format_leads_to_the_one_that_edits_it() {
    let stage = Stage::of(&["alpha"]);
    for format in ["json", "toml"] {
        let change = format!("  - {format}: {{ paths: [a] }}\npull_request:");
        let text = stage.world.read("campaign.yaml");
        stage.world.write("other.yaml", text.replace("pull_request:", &change));
        let ran = stage.campaign(&["plan", "other.yaml"]).exits(2);
        assert!(ran.stderr.contains("`yaml` edits JSON and TOML files as well"), "{}", ran.stderr);
    }
}

#[test]
fn a_plan_to_be_offered_that_holds_a_credential_says_so_first() {
    let token = ["ghp_", "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8"].concat();
    let stage = Stage::with(&["alpha", "beta"], |slug| {
        let more = if slug == "beta" { format!("token: {token}\\n") } else { String::new() };
        format!(", files: {{ {README}, deploy.yaml: \"replicas: 1\\n{more}\" }}")
    });
    let add = "add: { path: NOTE.md, content: \"noted\\n\" }";
    let edit = "yaml: { paths: [deploy.yaml], edits: [{ set: { at: replicas, value: 2 } }] }";
    stage.world.replace("campaign.yaml", add, edit);
    let said = "this plan holds what looks like a credential, for all to read, in `deploy.yaml` of acme/t-beta\n";
    let planned = stage.campaign(&["plan"]).exits(0);
    assert!(!planned.stderr.contains("credential"), "{}", planned.stderr);
    stage.says_more("approval: always\n");
    let planned = stage.campaign(&["plan"]).exits(0);
    assert!(planned.stderr.contains(said), "{}", planned.stderr);
    assert!(!planned.stderr.contains(&token), "{}", planned.stderr);
}
