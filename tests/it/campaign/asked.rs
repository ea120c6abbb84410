//! Reverts of some members only, and what is said of the others and of what people did since.

use serde_json::{Value, json};

use super::stage::{BRANCH, README, Stage};

/// A campaign that was merged in all of these members.
fn merged(slugs: &[&str]) -> Stage {
    let stage = Stage::of(slugs);
    stage.applied().exits(0);
    slugs.iter().for_each(|slug| stage.merged(slug));
    stage
}

/// Ann removes a file from the default branch.
fn removed(stage: &Stage, slug: &str, path: &str) {
    let at = format!("/repos/acme/t-{slug}/contents/{path}");
    let sha = stage.ask("ann", "GET", &at, Value::Null)["sha"].clone();
    stage.ask("ann", "DELETE", &at, json!({ "message": "Remove it", "sha": sha }));
}

#[test]
fn where_nobody_asked_for_a_revert_nobody_is_led_to_it() {
    let stage = merged(&["alpha", "beta", "gamma"]);
    stage.says_more("waves: { sizes: [1] }\n");
    // It would be blocked there, if it were asked for.
    stage.push("ann", "beta", "main", "NOTE.md", "mine\n");
    stage.campaign(&["revert", "-m", "alpha", "--yes"]).exits(0);
    let page = "# 1 to look at, with links\n  shipshape campaign status --reverted campaign.yaml -m alpha --format html";
    for _ in ["the machine that reverted it", "another one"] {
        let status = stage.campaign(&["status", "--reverted"]).exits(0);
        for name in ["t-beta", "t-gamma"] {
            let line = status.stdout.lines().find(|line| line.contains(name));
            let is_skipped = line.is_some_and(|line| line.contains("not asked for"));
            assert!(is_skipped, "{}", status.stdout);
        }
        assert!(status.stderr.contains(page), "{}", status.stderr);
        assert!(!status.stderr.contains("campaign revert"), "{}", status.stderr);
        stage.world.remove_state();
    }
    let merge = ["merge", "--reverted", "--without-approval", "--without-checks"];
    let ran = stage.campaign(&merge).exits(0);
    assert!(!ran.stderr.contains("campaign revert"), "{}", ran.stderr);
}

#[test]
fn a_revert_of_all_was_asked_for_where_its_first_wave_was_opened_elsewhere() {
    let stage = merged(&["alpha", "beta"]);
    stage.says_more("waves: { sizes: [1] }\n");
    stage.campaign(&["revert", "-m", "alpha", "--yes"]).exits(0);
    // Of what a person changed, nothing is noted.
    stage.push("ann", "alpha", "shipshape/revert-add-note", "MORE.md", "more\n");
    stage.world.remove_state();
    stage.campaign(&["revert", "--yes"]).exits(0);
    assert_eq!(["alpha", "beta"].map(|slug| stage.pulls(slug).len()), [2, 1]);
    let status = stage.campaign(&["status", "--reverted"]).exits(0).stdout;
    assert!(status.contains("wave 2 waits"), "{status}");
    assert!(!status.contains("not asked for"), "{status}");
}

#[test]
fn an_older_plan_of_a_revert_does_not_hide_what_is_open() {
    let stage = merged(&["alpha", "beta", "gamma"]);
    stage.campaign(&["revert", "-m", "alpha", "--plan", "back.json"]).exits(0);
    stage.campaign(&["apply", "back.json", "--yes"]).exits(0);
    let path = "/repos/acme/t-alpha/pulls/2/merge";
    stage.ask("ann", "PUT", path, json!({ "merge_method": "squash" }));
    stage.campaign(&["revert", "-m", "beta", "--yes"]).exits(0);
    let alone = stage.forge.run(&stage.world, &[]).exits(0).stdout;
    let both = "campaign status --reverted campaign.yaml -m alpha -m beta\n";
    assert!(alone.contains(both), "{alone}");
}

#[test]
fn an_open_revert_is_named_by_campaigns_about_the_same_file() {
    let stage = merged(&["alpha"]);
    stage.campaign(&["revert", "--yes"]).exits(0);
    let other = stage.world.read("campaign.yaml").replace("add-note", "other-note");
    let other = other.replace("\"noted\\n\"", "\"other\\n\", existing: replace");
    stage.world.write("other.yaml", other);
    let said = "acme/t-alpha: the campaign `revert-add-note` changes `NOTE.md` too: #2 is open\n";
    let ran = stage.campaign(&["plan", "other.yaml"]).exits(0);
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    // So it is by the campaign itself.
    removed(&stage, "alpha", "NOTE.md");
    let ran = stage.campaign(&["plan", "--again"]).exits(0);
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
}

#[test]
fn what_was_moved_on_since_is_left_to_a_person() {
    let stage = Stage::with(&["alpha"], |_| format!(", files: {{ {README}, old.txt: \"1\\n\" }}"));
    let add = "add: { path: NOTE.md, content: \"noted\\n\" }";
    stage.world.replace("campaign.yaml", add, "move: { from: old.txt, to: moved.txt }");
    stage.applied().exits(0);
    stage.merged("alpha");
    stage.push("ann", "alpha", "main", "lib/moved.txt", "1\n");
    removed(&stage, "alpha", "moved.txt");
    let said = "`moved.txt` was moved to `lib/moved.txt` after #1 was merged: revert it by hand";
    let ran = stage.campaign(&["revert", "--dry-run"]).exits(3);
    assert!(ran.stdout.contains(said), "{}", ran.stdout);
}

#[test]
fn a_revert_names_where_it_was_merged_in_what_left_the_fleet() {
    let stage = merged(&["alpha", "beta"]);
    stage.world.replace("fleet.yaml", "members: [alpha, beta]", "members: [alpha]");
    let said = "worth knowing: acme/t-beta is no longer a member of the fleet: #1, which was merged there, is not reverted\n";
    let ran = stage.campaign(&["revert", "--dry-run"]).exits(0);
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    let ran = stage.campaign(&["revert", "-m", "alpha", "--dry-run"]).exits(0);
    assert!(!ran.stderr.contains("t-beta"), "{}", ran.stderr);
}

#[test]
fn a_revert_says_that_nothing_was_merged_in_members_only() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.campaign(&["apply", "-m", "beta", "--yes"]).exits(0);
    stage.merged("beta");
    stage.world.replace("fleet.yaml", "members: [alpha, beta]", "members: [alpha]");
    let ran = stage.campaign(&["revert", "--dry-run"]).exits(0);
    assert!(ran.stderr.contains("acme/t-beta is no longer a member"), "{}", ran.stderr);
    let said = "Nothing of this campaign was merged in members.\n";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
}

#[test]
fn a_branch_that_stays_is_named_where_its_pull_request_is_closed() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.applied().exits(0);
    stage.push("ann", "alpha", BRANCH, "MORE.md", "more");
    let ran = stage.campaign(&["close", "--edited", "--yes"]).exits(0);
    let said = "Delete the branch `shipshape/add-note` before that in t-alpha: it stays as a person changed it.\n";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
}

#[test]
fn no_campaign_has_the_name_of_the_revert_of_another() {
    let stage = Stage::of(&["alpha"]);
    stage.world.replace("campaign.yaml", "name: add-note", "name: revert-add-note");
    let ran = stage.campaign(&["plan"]).exits(2);
    let said = "`revert-add-note` is the name of the revert of a campaign `add-note`";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
}

#[test]
fn a_named_member_in_which_nothing_was_merged_is_named_beside_what_is_reverted() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.applied().exits(0);
    stage.merged("alpha");
    let said = "nothing of the campaign `add-note` was merged in beta\n";
    let ran = stage.campaign(&["revert", "-m", "alpha", "-m", "beta", "--dry-run"]).exits(0);
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    let ran = stage.campaign(&["revert", "-m", "alpha", "--dry-run"]).exits(0);
    assert!(!ran.stderr.contains("was merged in"), "{}", ran.stderr);
}
