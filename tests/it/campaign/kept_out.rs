//! One member kept out of a campaign: what a person says, and when, against what `apply` and `merge` then do.

use serde_json::{Value, json};

use super::stage::{README, Stage};
use crate::world::Ran;

const PLAN: &str = "campaign.plan.json";
const SLUGS: [&str; 2] = ["alpha", "beta"];

/// Everyone needs a Makefile and a LICENSE, and nobody has one.
fn stage(changes: &str) -> Stage {
    let stage =
        Stage::with(&SLUGS, |_| format!(", checks: [{{ name: ci }}], files: {{ {README} }}"));
    stage.world.write(
        "shape/shape.yaml",
        "schema: 1\nname: small\npaths:\n  - { path: README.md, policy: seeded }\n  - { path: Makefile, policy: exact }\n  \
         - { path: LICENSE, policy: exact }\n",
    );
    stage.world.write("shape/files/Makefile", "all:\n");
    stage.world.write("shape/files/LICENSE", "Free\n");
    let campaign = format!(
        "schema: 1\nname: add-note\n{changes}pull_request: {{ title: 'Complete {{{{ slug }}}}' }}\n"
    );
    stage.world.write("campaign.yaml", campaign);
    stage
}

/// Selected by what is found.
const BY_FINDINGS: &str = "select: { findings: [path-missing] }\nchanges:\n  - add: { path: Makefile, content: \"all:\\n\" }\n  \
                           - add: { path: LICENSE, content: \"Free\\n\" }\n";

/// Everybody, and only what is not waived.
const RESTORED: &str = "changes:\n  - restore: {}\n";

fn waive(stage: &Stage, path: &str) {
    let words = ["waive", "--repository", "t-beta", "--rule", "path-missing", "--path", path];
    let why = ["--reason", "it is built elsewhere", "--owner", "ops"];
    stage.forge.run(&stage.world, &[&words[..], &why].concat()).exits(0);
}

/// Both are open, approved and green.
fn ready(stage: &Stage) {
    stage.applied().exits(0);
    for slug in SLUGS {
        stage.review("ann", slug, "APPROVE");
    }
}

/// The line of the output about beta.
#[track_caller]
fn of_beta(ran: &Ran) -> String {
    let line = ran.stdout.lines().find(|line| line.contains("t-beta"));
    line.unwrap_or_else(|| panic!("no word of beta: {}{}", ran.stdout, ran.stderr)).to_owned()
}

#[test]
fn what_is_waived_after_the_plan_is_left_out_and_the_rest_goes_on() {
    let stage = stage(BY_FINDINGS);
    stage.campaign(&["plan"]).exits(0);
    waive(&stage, "Makefile");
    waive(&stage, "LICENSE");
    let dry = stage.campaign(&["apply", PLAN, "--dry-run"]).exits(0);
    assert!(dry.stderr.contains("findings that they accept now are left out"), "{}", dry.stderr);
    let ran = stage.campaign(&["apply", PLAN, "--yes"]).exits(0);
    let said = "skipped     it is no longer selected: path-missing LICENSE is waived (it is built elsewhere), path-missing \
                Makefile is waived (it is built elsewhere)";
    assert!(of_beta(&ran).ends_with(said), "{}", ran.stdout);
    assert_eq!(SLUGS.map(|slug| stage.pulls(slug).len()), [1, 0]);
    // The same once more, and the plan as it was made, where somebody says so.
    stage.campaign(&["apply", PLAN, "--yes"]).exits(0);
    assert_eq!(SLUGS.map(|slug| stage.pulls(slug).len()), [1, 0]);
    stage.campaign(&["apply", PLAN, "--yes", "--as-planned"]).exits(0);
    assert_eq!(SLUGS.map(|slug| stage.pulls(slug).len()), [1, 1]);
}

#[test]
fn a_plan_names_the_waivers_that_leave_a_member_out() {
    let stage = stage(BY_FINDINGS);
    waive(&stage, "Makefile");
    let ran = stage.campaign(&["plan"]).exits(0);
    assert!(!ran.stdout.contains("waive"), "it lacks a LICENSE too: {}", ran.stdout);
    waive(&stage, "LICENSE");
    let ran = stage.campaign(&["plan"]).exits(0);
    let said = "not selected: path-missing LICENSE is waived (it is built elsewhere), path-missing Makefile is waived (it is \
                built elsewhere)";
    assert!(ran.stdout.contains("Not selected because of waivers\n"), "{}", ran.stdout);
    assert!(of_beta(&ran).ends_with(said), "{}", ran.stdout);
    assert!(ran.stdout.contains("Nothing to do: 1 not selected"), "{}", ran.stdout);
    let item = stage.item("beta");
    assert_eq!(item["reason"], said);
    assert_eq!(item["kinds"], json!(["not_selected", "waived"]));
}

#[test]
fn what_the_baseline_accepts_leaves_a_member_out_and_is_named() {
    let stage = stage("select: { verdicts: [drifted, broken] }\nchanges:\n  - restore: {}\n");
    stage.world.replace("fleet.yaml", "kinds:", "baseline: baseline.json\nkinds:");
    stage.forge.run(&stage.world, &["drift", "--write-baseline"]).exits(0);
    let item = stage.item("beta");
    assert_eq!(item["kinds"], json!(["not_selected", "waived", "in_baseline"]));
    let reason = item["reason"].as_str().unwrap_or_default();
    assert!(reason.contains("path-missing Makefile is in the baseline"), "{reason}");
    let ran = stage.campaign(&["plan"]).exits(0);
    let said = "left out because of the baseline: to repair what is in it too, add `include_baseline: true`";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
}

#[test]
fn a_campaign_repairs_what_is_in_the_baseline_if_its_file_says_so() {
    for changes in ["restore: {}", "fix: {}"] {
        let select = "{ verdicts: [drifted, broken], include_baseline: true }";
        let stage = stage(&format!("select: {select}\nchanges:\n  - {changes}\n"));
        stage.world.replace("fleet.yaml", "kinds:", "baseline: baseline.json\nkinds:");
        stage.forge.run(&stage.world, &["drift", "--write-baseline"]).exits(0);
        stage.forge.run(&stage.world, &["drift"]).exits(0);
        let ran = stage.campaign(&["plan"]).exits(0);
        assert!(!ran.stderr.contains("because of the baseline"), "{}", ran.stderr);
        stage.applied().exits(0);
        assert_eq!(SLUGS.map(|slug| stage.pulls(slug).len()), [1, 1], "{changes}");
        let ran = stage.campaign(&["status"]).exits(0);
        assert!(ran.stdout.contains("2 open"), "{}", ran.stdout);
    }
}

#[test]
fn what_the_baseline_keeps_from_being_offered_again_is_said_after_closing() {
    let stage = stage(RESTORED);
    stage.applied().exits(0);
    stage.world.replace("fleet.yaml", "kinds:", "baseline: baseline.json\nkinds:");
    stage.forge.run(&stage.world, &["drift", "--write-baseline"]).exits(0);
    let ran = stage.campaign(&["close", "-m", "beta", "--yes"]).exits(0);
    let said = "beta has findings in the baseline, SHP011 LICENSE, SHP011 Makefile: `--reopen` does not offer what the baseline accepts.\n";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    assert!(!ran.stderr.contains("alpha has"), "{}", ran.stderr);
}

#[test]
fn a_baseline_that_is_written_while_it_is_open_takes_nothing_from_it() {
    let by_verdict = "select: { verdicts: [drifted, broken] }\nchanges:\n  - restore: {}\n";
    let repaired = "select: { findings: [path-missing] }\nchanges:\n  - fix: {}\n";
    for changes in [BY_FINDINGS, RESTORED, by_verdict, repaired] {
        let stage = stage(changes);
        stage.says_more("waves: { sizes: [1] }\n");
        stage.applied().exits(0);
        stage.world.replace("fleet.yaml", "kinds:", "baseline: baseline.json\nkinds:");
        stage.forge.run(&stage.world, &["drift", "--write-baseline"]).exits(0);
        let ran = stage.campaign(&["status"]).exits(0);
        let told = format!("{}{}", ran.stdout, ran.stderr);
        assert!(told.contains("1 open"), "{changes}: {told}");
        for untrue in ["no longer", "would change nothing", "campaign close", "renewed"] {
            assert!(!told.contains(untrue), "{changes}: {untrue}: {told}");
        }
        // What is not open yet is accepted.
        let kept = stage.campaign(&["apply", PLAN, "--yes"]).exits(0);
        assert!(!kept.stdout.contains("no longer needed"), "{changes}: {}", kept.stdout);
        stage.review("ann", "alpha", "APPROVE");
        let ran = stage.campaign(&["merge"]).exits(0);
        assert!(ran.stdout.starts_with("Campaign add-note: 1 merged\n"), "{}", ran.stdout);
        stage.campaign(&["apply", "--yes"]).exits(0);
        assert_eq!(SLUGS.map(|slug| stage.pulls(slug).len()), [1, 0], "{changes}");
    }
}

/// The baseline accepts another file than the pull request changes: that does not become a part of it.
#[test]
fn what_the_baseline_accepts_is_not_added_to_an_open_pull_request() {
    let stage = stage("changes:\n  - restore: {}\n");
    stage.world.replace("fleet.yaml", "kinds:", "baseline: baseline.json\nkinds:");
    stage.push("ann", "alpha", "main", "Makefile", "all:\n");
    stage.push("ann", "beta", "main", "Makefile", "all:\n");
    stage.applied().exits(0);
    let shape = stage.world.read("shape/shape.yaml");
    let one_more = "  - { path: NOTICE, policy: exact }\n";
    stage.world.write("shape/shape.yaml", format!("{shape}{one_more}"));
    stage.world.write("shape/files/NOTICE", "See LICENSE\n");
    stage.forge.run(&stage.world, &["drift", "--write-baseline"]).exits(0);
    let ran = stage.campaign(&["status"]).exits(0);
    assert!(ran.stdout.contains("2 open") && !ran.stdout.contains("a part"), "{}", ran.stdout);
    assert!(!ran.stderr.contains("to be renewed"), "{}", ran.stderr);
}

#[test]
fn what_was_declined_is_shown_whatever_the_baseline_accepts() {
    let stage = stage("select: { verdicts: [drifted, broken] }\nchanges:\n  - restore: {}\n");
    stage.applied().exits(0);
    stage.ask("ann", "PATCH", "/repos/acme/t-beta/pulls/1", json!({ "state": "closed" }));
    let before = stage.campaign(&["status"]).exits(1);
    assert!(of_beta(&before).ends_with("  ann closed #1"), "{}", before.stdout);
    stage.world.replace("fleet.yaml", "kinds:", "baseline: baseline.json\nkinds:");
    stage.forge.run(&stage.world, &["drift", "--write-baseline"]).exits(0);
    let status = stage.campaign(&["status"]).exits(1);
    let said = of_beta(&status);
    assert!(said.contains("  ann closed #1; not selected: path-missing"), "{}", status.stdout);
    assert_eq!(stage.item("beta")["kinds"], json!(["in_baseline"]));
    // Where somebody waived it, nothing is left to say.
    waive(&stage, "Makefile");
    waive(&stage, "LICENSE");
    stage.world.remove("baseline.json");
    stage.world.replace("fleet.yaml", "baseline: baseline.json\n", "");
    let status = stage.campaign(&["status"]).exits(0);
    assert!(!status.stdout.contains("declined"), "{}", status.stdout);
}

/// Nothing proposes to offer what cannot be made.
#[test]
fn what_was_declined_and_cannot_be_made_today_is_left_at_that() {
    let stage =
        stage("changes:\n  - add: { path: NOTE.md, content: \"noted\\n\", existing: refuse }\n");
    stage.applied().exits(0);
    stage.ask("ann", "PATCH", "/repos/acme/t-beta/pulls/1", json!({ "state": "closed" }));
    stage.ask("ann", "PATCH", "/repos/acme/t-alpha/pulls/1", json!({ "state": "closed" }));
    let before = stage.campaign(&["status"]).exits(1);
    assert!(before.stderr.contains("--reopen"), "{}", before.stderr);
    for slug in SLUGS {
        stage.push("ann", slug, "main", "NOTE.md", "our own words\n");
    }
    let status = stage.campaign(&["status"]).exits(1);
    let said = of_beta(&status);
    assert!(said.contains("  ann closed #1; today it is blocked: `NOTE.md` exists"), "{said}");
    assert_eq!(stage.item("beta")["kinds"], json!(["blocked_today"]));
    assert!(!status.stderr.contains("--reopen"), "{}", status.stderr);
    assert!(status.stderr.contains("campaign close campaign.yaml"), "{}", status.stderr);
}

#[test]
fn a_waiver_that_is_about_nothing_here_changes_nothing() {
    let stage = stage(RESTORED);
    stage.campaign(&["plan"]).exits(0);
    stage.world.write(
        "waivers.yaml",
        "schema: 1\nwaivers:\n  - { repository: t-beta, rule: path-extra, path: x.txt, hash: \"0123456789abcdef\", reason: mine, owner: ops, expires: 2026-12-24 }\n",
    );
    stage.campaign(&["apply", PLAN, "--yes"]).exits(0);
    assert_eq!(SLUGS.map(|slug| stage.pulls(slug).len()), [1, 1]);
}

#[test]
fn what_is_waived_once_it_is_open_is_not_merged_unasked() {
    let stage = stage(BY_FINDINGS);
    ready(&stage);
    waive(&stage, "Makefile");
    waive(&stage, "LICENSE");
    let status = stage.campaign(&["status"]).exits(0);
    let said = "it is no longer selected: path-missing LICENSE is waived (it is built elsewhere), path-missing Makefile is \
                waived (it is built elsewhere); approved";
    assert!(of_beta(&status).ends_with(said), "{}", status.stdout);
    assert_eq!(stage.item("beta")["kinds"], json!(["no_longer_selected", "waived"]));
    let close = "# 1 open and no longer selected\n  shipshape campaign close campaign.yaml -m beta";
    assert!(status.stderr.contains(close), "{}", status.stderr);
    let dry = stage.campaign(&["merge", "--dry-run"]).exits(1);
    assert!(of_beta(&dry).contains("not merged: it is no longer selected"), "{}", dry.stdout);
    let ran = stage.campaign(&["merge"]).exits(1);
    let said = "not merged: it is no longer selected; --unselected merges it all the same";
    assert!(of_beta(&ran).ends_with(said), "{}", ran.stdout);
    assert!(ran.stdout.starts_with("Campaign add-note: 1 merged, 1 not\n"), "{}", ran.stdout);
    // To name it is no answer to the reason.
    stage.campaign(&["merge", "-m", "beta"]).exits(1);
    let ran = stage.campaign(&["merge", "-m", "beta", "--unselected"]).exits(0);
    assert!(ran.stdout.starts_with("Campaign add-note: 1 merged\n"), "{}", ran.stdout);
}

#[test]
fn a_run_that_watches_merges_nothing_that_was_waived_and_ends() {
    let stage = stage(BY_FINDINGS);
    ready(&stage);
    waive(&stage, "Makefile");
    waive(&stage, "LICENSE");
    let ran = stage.campaign(&["apply", PLAN, "--yes", "--watch"]).exits(0);
    assert!(of_beta(&ran).ends_with("it is no longer selected; approved"), "{}", ran.stdout);
    assert!(ran.stderr.contains("The watch has ended: the rest needs a person."));
    let merged = |slug: &str| stage.pulls(slug)[0]["merged_at"] != Value::Null;
    assert_eq!(SLUGS.map(merged), [true, false]);
}

#[test]
fn where_a_part_is_waived_the_rest_waits_for_a_plan_of_its_own() {
    let stage = stage(RESTORED);
    stage.campaign(&["plan"]).exits(0);
    waive(&stage, "Makefile");
    let ran = stage.campaign(&["apply", PLAN, "--yes"]).exits(3);
    let said = "it results in another change now: plan again";
    assert!(of_beta(&ran).ends_with(said), "{}", ran.stdout);
    assert!(
        ran.stderr.contains("Next:\n  shipshape campaign apply campaign.yaml\n"),
        "{}",
        ran.stderr
    );
    assert_eq!(SLUGS.map(|slug| stage.pulls(slug).len()), [1, 0]);
    stage.applied().exits(0);
    let files = stage.ask("ann", "GET", "/repos/acme/t-beta/pulls/1/files", Value::Null);
    assert_eq!(files.as_array().expect("a list").len(), 1);
    for slug in SLUGS {
        stage.review("ann", slug, "APPROVE");
    }
    waive(&stage, "LICENSE");
    let ran = stage.campaign(&["merge"]).exits(1);
    assert!(of_beta(&ran).contains("not merged: the change is no longer needed"), "{}", ran.stdout);
    let close = "shipshape campaign close campaign.yaml -m beta\n";
    assert!(ran.stderr.contains(close), "{}", ran.stderr);
    let status = stage.campaign(&["status"]).exits(0);
    assert!(status.stderr.contains(&format!("# 1 open and no longer needed\n  {close}")));
    assert!(!status.stderr.contains("campaign merge"), "{}", status.stderr);
    for command in [&["status"][..], &["apply", "--yes"]] {
        let ran = stage.campaign(command).exits(0);
        let said = "the change is no longer needed; approved";
        assert!(of_beta(&ran).ends_with(said), "{}", ran.stdout);
    }
}

#[test]
fn what_offers_more_than_is_wanted_is_not_merged() {
    let stage = stage(RESTORED);
    ready(&stage);
    waive(&stage, "Makefile");
    let ran = stage.campaign(&["merge"]).exits(1);
    let said = "not merged: it offers more than is wanted today: `campaign apply` renews it";
    assert!(of_beta(&ran).contains(said), "{}", ran.stdout);
    stage.applied().exits(0);
    stage.review("ann", "beta", "APPROVE");
    let merge = ["merge", "--without-checks", "--without-approval"];
    stage.campaign(&merge).exits(0);
    let path = "/repos/acme/t-beta/contents/Makefile";
    assert_eq!(stage.heard("ann", "GET", path, &Value::Null).0, 404);
}

#[test]
fn what_offers_an_earlier_form_of_the_change_is_renewed_before_it_is_merged() {
    let stage =
        Stage::with(&SLUGS, |_| format!(", checks: [{{ name: ci }}], files: {{ {README} }}"));
    ready(&stage);
    let otherwise = "noted otherwise\\n\", existing: replace }";
    stage.world.replace("campaign.yaml", "noted\\n\" }", otherwise);
    let status = stage.campaign(&["status"]).exits(0);
    let next = "Next:\n  # 2 to be renewed\n  shipshape campaign apply campaign.yaml\n";
    assert!(status.stderr.contains(next), "{}{}", status.stdout, status.stderr);
    assert!(!status.stderr.contains("campaign merge"), "{}", status.stderr);
    let said = "not merged: it offers an earlier form of the change: `campaign apply` renews it; --unselected";
    let dry = stage.campaign(&["merge", "--dry-run"]).exits(1);
    assert!(dry.stdout.contains(said) && dry.stderr.contains(next), "{}{}", dry.stdout, dry.stderr);
    let ran = stage.campaign(&["merge", "-m", "beta"]).exits(1).stdout;
    assert!(ran.contains(said), "{ran}");
    stage.campaign(&["merge", "-m", "beta", "--unselected"]).exits(0);
    // Nobody took anything back.
    let status = stage.campaign(&["status"]).exits(1).stdout;
    let said = "was merged, and the campaign wants another change now: --again offers it";
    assert!(status.contains(said), "{status}");
    stage.campaign(&["apply", "--yes"]).exits(0);
    stage.review("ann", "alpha", "APPROVE");
    stage.campaign(&["merge", "-m", "alpha"]).exits(0);
}

#[test]
fn who_is_taken_out_of_the_selection_is_not_merged() {
    let stage =
        Stage::with(&SLUGS, |_| format!(", checks: [{{ name: ci }}], files: {{ {README} }}"));
    ready(&stage);
    stage.says_more("select: { members: ['!beta'] }\n");
    let ran = stage.campaign(&["merge"]).exits(1);
    assert!(of_beta(&ran).contains("not merged: it is no longer selected"), "{}", ran.stdout);
    assert!(ran.stdout.starts_with("Campaign add-note: 1 merged, 1 not\n"), "{}", ran.stdout);
}

#[test]
fn a_selection_that_names_nobody_today_does_not_keep_from_a_merge() {
    let stage = stage(BY_FINDINGS);
    ready(&stage);
    stage.world.replace("campaign.yaml", "findings: [path-missing]", "members: [ghost]");
    let ran = stage.campaign(&["merge"]).exits(2);
    assert!(ran.stderr.contains("--unselected"), "{}", ran.stderr);
    let ran = stage.campaign(&["merge", "--unselected"]).exits(0);
    assert!(ran.stdout.starts_with("Campaign add-note: 2 merged\n"), "{}", ran.stdout);
}

#[test]
fn a_wave_that_waits_for_what_was_waived_is_told_how_it_goes_on() {
    let stage = stage(BY_FINDINGS);
    stage.says_more("waves: { sizes: [1], first: [beta] }\n");
    stage.applied().exits(0);
    stage.review("ann", "beta", "APPROVE");
    waive(&stage, "Makefile");
    waive(&stage, "LICENSE");
    let ran = stage.campaign(&["apply", PLAN, "--yes"]).exits(0);
    assert!(of_beta(&ran).ends_with("it is no longer selected; approved"), "{}", ran.stdout);
    let next = "Next:\n  # 1 open and no longer selected\n  shipshape campaign close campaign.yaml -m beta\n";
    assert!(ran.stderr.contains(next), "{}", ran.stderr);
    stage.campaign(&["close", "campaign.yaml", "-m", "beta", "--yes"]).exits(0);
    stage.campaign(&["apply", PLAN, "--yes"]).exits(0);
    assert_eq!(SLUGS.map(|slug| stage.pulls(slug).len()), [1, 1]);
}

#[test]
fn a_waiver_of_a_closed_member_is_named_where_reopen_would_not_offer_it() {
    let stage = stage(BY_FINDINGS);
    ready(&stage);
    waive(&stage, "Makefile");
    waive(&stage, "LICENSE");
    let ran = stage.campaign(&["close", "--yes"]).exits(0);
    let waived = "beta has waivers in waivers.yaml, of path-missing Makefile (it is built elsewhere), path-missing LICENSE (it \
                  is built elsewhere): `--reopen` does not offer what is waived.";
    assert!(ran.stderr.contains(waived), "{}", ran.stderr);
    assert!(!ran.stderr.contains("alpha has"), "{}", ran.stderr);
    stage.campaign(&["apply", "--yes", "--reopen"]).exits(0);
    assert_eq!(SLUGS.map(|slug| stage.pulls(slug).len()), [2, 1]);
}

#[test]
fn waivers_that_cannot_be_read_do_not_fail_a_close_that_is_done() {
    let stage = stage(BY_FINDINGS);
    ready(&stage);
    stage.world.write("waivers.yaml", "schema: 1\nwaivers: nonsense\n");
    let ran = stage.campaign(&["close", "--yes"]).exits(0);
    assert!(ran.stderr.contains("Given up: "), "{}", ran.stderr);
    assert!(ran.stderr.contains("WARNING: "), "{}", ran.stderr);
    assert!(ran.stderr.contains("waivers.yaml"), "{}", ran.stderr);
}

#[test]
fn the_next_wave_waits_for_a_pull_request_that_the_selection_no_longer_names() {
    let slugs = ["alpha", "beta", "gamma"];
    let stage = Stage::of(&slugs);
    stage.says_more("waves: { sizes: [1] }\n");
    stage.applied().exits(0);
    stage.says_more("select: { members: ['!alpha'] }\n");
    // Of those that are left, beta is the first wave.
    let waits = "wave 2 waits for 2 pull requests of wave 1 to be merged";
    let ran = stage.applied().exits(0);
    assert!(ran.stdout.contains(waits), "{}", ran.stdout);
    stage.merged("beta");
    let waits = "wave 2 waits for 1 pull request of wave 1 to be merged";
    let status = stage.campaign(&["status"]).exits(0);
    assert!(status.stdout.contains(waits), "{}", status.stdout);
    let ran = stage.campaign(&["apply", "--yes"]).exits(0);
    assert!(ran.stdout.contains(waits), "{}", ran.stdout);
    let close =
        "# 1 open and no longer selected\n  shipshape campaign close campaign.yaml -m alpha";
    assert!(ran.stderr.contains(close), "{}", ran.stderr);
    stage.campaign(&["close", "-m", "alpha", "--yes"]).exits(0);
    stage.campaign(&["apply", "--yes"]).exits(0);
    assert_eq!(slugs.map(|slug| stage.pulls(slug).len()), [1; 3]);
}

#[test]
fn an_edit_of_todays_canon_is_left_with_its_reason() {
    let stage = stage("changes:\n  - restore: { verdicts: [modified] }\n");
    let canon = "1\n2\n3\n4\n5\n6\n7\n8\n";
    stage.world.write("shape/files/LICENSE", canon);
    stage.push("ann", "alpha", "main", "LICENSE", &canon.replace('8', "eight"));
    stage.push("ann", "beta", "main", "LICENSE", canon);
    let said = "`LICENSE` is today's canon with an edit, which stays: make it canon (`shape promote`), or waive it";
    let planned = stage.campaign(&["plan"]).exits(0).stdout;
    let section = format!("Not for this campaign\n  t-alpha                          {said}\n");
    assert!(planned.contains(&section), "{planned}");
    assert_eq!(stage.stands("alpha"), ("left".to_owned(), said.to_owned()));
    // Nobody has a Makefile.
    let unnamed = "`Makefile` is missing, which `verdicts` of `restore` does not name";
    assert_eq!(stage.stands("beta"), ("left".to_owned(), unnamed.to_owned()));
    stage.push("ann", "beta", "main", "Makefile", "all:\n");
    assert_eq!(stage.stands("beta").0, "done");
}

#[test]
fn what_the_shape_wants_otherwise_since_the_plan_waits_for_a_new_one() {
    let stage = stage(RESTORED);
    stage.campaign(&["plan"]).exits(0);
    stage.world.write("shape/files/LICENSE", "Free for all\n");
    let ran = stage.campaign(&["apply", PLAN, "--yes"]);
    assert!(ran.stdout.contains("it results in another change now: plan again"), "{}", ran.stdout);
    assert_eq!(SLUGS.map(|slug| stage.pulls(slug).len()), [0, 0]);
}

#[test]
fn a_finding_of_several_members_is_waived_for_all_of_them_or_for_none() {
    let stage = stage(RESTORED);
    let waive = |names: &[&str], path: &str| {
        let words = ["--rule", "path-missing", "--path", path, "--reason", "x", "--owner", "ops"];
        let all = [&["waive", "--repository"][..], names, &words].concat();
        stage.forge.run(&stage.world, &all)
    };
    waive(&["t-alpha", "t-beta", "t-alpha"], "Makefile").exits(0);
    let waivers = || stage.world.read("waivers.yaml").matches("rule: path-missing").count();
    assert_eq!(waivers(), 2);
    // None of them lacks it.
    let refused = waive(&["t-alpha", "t-beta"], "README.md").exits(2);
    assert!(refused.stderr.contains("nothing was waived, because of `"), "{}", refused.stderr);
    assert_eq!(waivers(), 2);
}
