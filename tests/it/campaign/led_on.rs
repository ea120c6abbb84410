//! What is proposed after a command can be pasted, and is about the members that the command was about.

use serde_json::{Value, json};

use super::stage::{BRANCH, README, Stage, WORKFLOW};
use crate::world::Ran;

/// What is proposed next, beside a report.
fn next(ran: &Ran) -> Vec<String> {
    let mut lines = ran.stderr.lines().skip_while(|line| *line != "Next:");
    lines.next();
    let lines = lines.filter(|line| line.starts_with("  "));
    lines.map(|line| line.trim().replace("shipshape campaign ", "")).collect()
}

/// Three members, all offered the change; what was merged there is given.
fn merged(slugs: &[&str]) -> Stage {
    let stage = Stage::of(&["alpha", "beta", "gamma"]);
    stage.applied().exits(0);
    slugs.iter().for_each(|slug| stage.merged(slug));
    stage
}

#[test]
fn what_was_closed_is_offered_again_there_and_nowhere_else() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.applied().exits(0);
    stage.ask("ann", "PATCH", "/repos/acme/t-beta/pulls/1", json!({ "state": "closed" }));
    let ran = stage.campaign(&["close", "--yes"]).exits(0);
    let again = "Given up: `shipshape campaign apply campaign.yaml --reopen -m alpha` offers the change there again";
    assert!(ran.stderr.contains(again), "{}", ran.stderr);
    stage.campaign(&["apply", "campaign.yaml", "--reopen", "-m", "alpha", "--yes"]).exits(0);
    assert_eq!(["alpha", "beta"].map(|slug| stage.pulls(slug).len()), [2, 1]);
}

#[test]
fn what_is_proposed_works_on_the_same_forge_with_the_same_journal() {
    let stage = Stage::of(&["alpha", "beta"]);
    let url = stage.forge.url();
    let forge = ["--forge", url.as_str()];
    let both = ["--forge", url.as_str(), "--state", "here/state.db"];
    let run = |arguments: &[&str], place: &[&str]| stage.campaign(&[arguments, place].concat());
    let ran = run(&["plan"], &forge).exits(0);
    assert_eq!(next(&ran), ["apply campaign.plan.json --forge [forge]"]);
    let ran = run(&["apply", "campaign.plan.json", "--yes"], &both).exits(0);
    assert_eq!(next(&ran), ["status campaign.yaml --forge [forge]"]);
    let ran = run(&["status", "-m", "alpha"], &forge).exits(0);
    let page = "status campaign.yaml -m alpha --format html -o add-note.html";
    assert_eq!(next(&ran).last(), Some(&format!("{page} --forge [forge]")));
    stage.review("ann", "alpha", "APPROVE");
    let ran = run(&["merge", "-m", "alpha"], &both).exits(1);
    let merge = "merge campaign.yaml -m alpha --without-checks";
    assert_eq!(next(&ran).last(), Some(&format!("{merge} --state here/state.db --forge [forge]")));
    let ran = run(&["close", "-m", "alpha", "--yes"], &both).exits(0);
    let again = "Given up: `shipshape campaign apply campaign.yaml --reopen -m alpha --state here/state.db --forge [forge]` offers";
    assert!(ran.stderr.contains(again), "{}", ran.stderr);
}

#[test]
fn a_campaign_in_another_folder_is_found_once_it_has_begun() {
    let stage = Stage::of(&["alpha"]);
    let text = stage.world.read("campaign.yaml");
    stage.world.remove("campaign.yaml");
    stage.world.write("changes/2026/note.yaml", &text);
    let alone = || stage.forge.run(&stage.world, &[]).exits(0).stdout;
    assert!(!alone().contains("note.yaml"), "{}", alone());
    stage.campaign(&["apply", "changes/2026/note.yaml", "--yes"]).exits(0);
    let told = alone();
    assert!(told.contains("campaign status changes/2026/note.yaml"), "{told}");
    assert!(told.contains("1 pull request opened"), "{told}");
    stage.world.remove("changes/2026/note.yaml");
    assert!(!alone().contains("campaign status"), "{}", alone());
}

#[test]
fn what_was_merged_on_the_forge_is_proposed_no_more_once_that_was_seen() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.campaign(&["apply", "-m", "alpha", "--yes"]).exits(0);
    stage.merged("alpha");
    let alone = || stage.forge.run(&stage.world, &[]).exits(0).stdout;
    assert!(alone().contains("1 pull request opened"), "{}", alone());
    stage.campaign(&["status"]).exits(0);
    assert!(!alone().contains("1 pull request opened"), "{}", alone());
    // The same for a revert that was limited.
    stage.campaign(&["revert", "-m", "alpha", "--yes"]).exits(0);
    let path = "/repos/acme/t-alpha/pulls/2/merge";
    stage.ask("ann", "PUT", path, json!({ "merge_method": "squash" }));
    assert!(alone().contains("status --reverted"), "{}", alone());
    stage.campaign(&["status", "--reverted"]).exits(0);
    assert!(!alone().contains("--reverted"), "{}", alone());
}

#[test]
fn what_was_offered_again_is_proposed_until_it_ends_too() {
    let stage = Stage::of(&["alpha"]);
    stage.applied().exits(0);
    stage.merged("alpha");
    stage.campaign(&["status"]).exits(0);
    let alone = || stage.forge.run(&stage.world, &[]).exits(0).stdout;
    assert!(!alone().contains("campaign status"), "{}", alone());
    let file = stage.ask("ann", "GET", "/repos/acme/t-alpha/contents/NOTE.md", Value::Null);
    let gone = json!({ "message": "Remove it", "sha": file["sha"] });
    stage.ask("ann", "DELETE", "/repos/acme/t-alpha/contents/NOTE.md", gone);
    stage.campaign(&["apply", "--again", "--yes"]).exits(0);
    assert!(alone().contains("campaign status campaign.yaml"), "{}", alone());
}

#[test]
fn what_was_planned_is_proposed_no_more_once_all_was_closed() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.says_more("waves: { sizes: [1] }\n");
    stage.applied().exits(0);
    let ran = stage.campaign(&["close", "--yes"]).exits(0);
    let said =
        "Not offered yet, in t-beta: only `shipshape campaign apply campaign.yaml` goes on there.";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    let alone = || stage.forge.run(&stage.world, &[]).exits(0).stdout;
    assert!(!alone().contains("shipshape campaign apply"), "{}", alone());
    stage.campaign(&["apply", "campaign.plan.json", "--yes"]).exits(0);
    assert_eq!(stage.pulls("beta").len(), 1);
    assert!(alone().contains("shipshape campaign status campaign.yaml"), "{}", alone());
    // Whoever closes some of them goes on with the others.
    let ran = stage.campaign(&["close", "-m", "beta", "--yes"]).exits(0);
    assert!(!ran.stderr.contains("Not offered yet"), "{}", ran.stderr);
}

#[test]
fn where_only_what_was_declined_is_left_it_is_offered_again_or_left_at_that() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.applied().exits(0);
    stage.merged("alpha");
    stage.ask("ann", "PATCH", "/repos/acme/t-beta/pulls/1", json!({ "state": "closed" }));
    let told = || next(&stage.campaign(&["status"]).exits(1));
    let close = || "close campaign.yaml -m beta".to_owned();
    assert!(told().contains(&"apply campaign.yaml --reopen -m beta".to_owned()), "{:?}", told());
    assert!(told().contains(&close()), "{:?}", told());
    let alone = || stage.forge.run(&stage.world, &[]).exits(0).stdout;
    assert!(alone().contains("campaign status campaign.yaml"), "{}", alone());
    stage.campaign(&["close", "-m", "beta", "--yes"]).exits(0);
    assert!(!alone().contains("campaign status"), "{}", alone());
    assert!(!told().contains(&close()), "{:?}", told());
}

#[test]
fn a_plan_whose_campaign_is_gone_leads_to_where_that_is() {
    let stage = Stage::of(&["alpha"]);
    stage.campaign(&["plan"]).exits(0);
    let text = stage.world.read("campaign.yaml");
    stage.world.remove("campaign.yaml");
    let apply = ["apply", "campaign.plan.json", "--yes"];
    let ran = stage.campaign(&apply).exits(2);
    assert!(
        ran.stderr.contains("the campaign of this plan is not here any more"),
        "{}",
        ran.stderr
    );
    let hint = "hint: bring the file back, or run it in the folder where it is";
    assert!(ran.stderr.contains(hint) && ran.stderr.contains("--as-planned"), "{}", ran.stderr);
    assert!(stage.pulls("alpha").is_empty());
    stage.world.write("campaign.yaml", text);
    stage.campaign(&apply).exits(0);
}

#[test]
fn a_plan_that_another_replaces_is_named() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.campaign(&["plan"]).exits(0);
    let ran = stage.campaign(&["apply", "campaign.yaml", "-m", "alpha", "--yes"]).exits(0);
    let said = ran.stderr.lines().find(|line| line.starts_with("wrote the plan to "));
    let said = said.unwrap_or_else(|| panic!("no word of it: {}", ran.stderr));
    assert!(said.starts_with("wrote the plan to campaign.plan.json (it replaces the one of 20"));
    assert!(said.ends_with(" UTC, 2 repositories)"), "{said}");
}

#[test]
fn a_limited_revert_stays_limited_whatever_comes_next() {
    let stage = merged(&["alpha", "beta", "gamma"]);
    let limited = ["revert", "--plan", "back.json", "-m", "alpha", "-m", "beta"];
    stage.says_more("# changed\n");
    stage.campaign(&limited).exits(0);
    stage.world.replace("campaign.yaml", "# changed\n", "");
    let ran = stage.campaign(&["apply", "back.json", "--yes"]).exits(2);
    let again =
        "plan again: shipshape campaign revert campaign.yaml -m alpha -m beta --plan back.json";
    assert!(ran.stderr.contains(again), "{}", ran.stderr);
    stage.campaign(&limited).exits(0);
    let ran = stage.campaign(&["apply", "back.json", "--yes"]).exits(0);
    assert_eq!(next(&ran), ["status --reverted campaign.yaml -m alpha -m beta"]);
    let alone = stage.forge.run(&stage.world, &[]).exits(0).stdout;
    let status = "shipshape campaign status --reverted campaign.yaml -m alpha -m beta";
    assert!(alone.contains(status), "{alone}");
    let ran = stage.campaign(&["close", "--reverted", "-m", "alpha", "--yes"]).exits(0);
    let again = "Given up: `shipshape campaign revert campaign.yaml --reopen -m alpha` offers the inverse there again";
    assert!(ran.stderr.contains(again), "{}", ran.stderr);
    let ran = stage.campaign(&["merge", "--reverted", "-m", "beta"]).exits(1);
    let proposed = next(&ran);
    assert!(
        proposed.iter().all(|step| step.contains("-m beta") || step.starts_with('#')),
        "{proposed:?}"
    );
    assert_eq!(stage.pulls("gamma").len(), 1);
}

#[test]
fn a_limited_plan_is_followed_for_its_members() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.world.write("first.txt", "alpha\n");
    stage.campaign(&["plan", "-t", "first.txt"]).exits(0);
    let plan: Value =
        serde_json::from_str(&stage.world.read("campaign.plan.json")).expect("a plan");
    assert_eq!(plan["is_limited"], true);
    let ran = stage.campaign(&["apply", "campaign.plan.json", "--yes"]).exits(0);
    assert_eq!(next(&ran), ["status campaign.yaml -m alpha"]);
    // A plan of all members has no such mark, as no plan of an earlier version has one.
    assert_eq!(stage.plan().get("is_limited"), None);
}

#[test]
fn the_next_wave_of_a_plan_that_was_approved_is_proposed_with_the_approval() {
    let stage = Stage::with(&["alpha", "beta", "home"], |_| {
        format!(", checks: [{{ name: ci }}], files: {{ {README} }}")
    });
    stage.world.replace("fleet.yaml", "kinds:", "home: { repository: t-home }\nkinds:");
    stage
        .says_more("approval: always\nselect: { members: [alpha, beta] }\nwaves: { sizes: [1] }\n");
    stage.campaign(&["plan"]).exits(0);
    stage.offers_in_home("campaign.plan.json");
    stage.review("ann", "home", "APPROVE");
    let apply = ["apply", "campaign.plan.json", "--yes", "--approved-in", "1"];
    stage.campaign(&apply).exits(0);
    stage.review("ann", "alpha", "APPROVE");
    let ran = stage.campaign(&["merge"]).exits(0);
    let proposed = next(&ran);
    assert!(proposed[0].starts_with("# 1 not offered yet; the campaign requires"), "{proposed:?}");
    assert!(proposed[0].contains("(`pull_requests: read`)"), "{proposed:?}");
    let number = "NUMBER is the pull request in acme/t-home that holds this plan (if there is none, offer campaign.plan.json as one)";
    assert!(proposed[0].contains(number), "{proposed:?}");
    assert_eq!(proposed[1], "apply campaign.plan.json --approved-in NUMBER");
    stage.campaign(&apply).exits(0);
    assert_eq!(stage.pulls("beta").len(), 1);
}

#[test]
fn a_run_that_sets_another_title_leads_to_the_next_wave() {
    let stage = Stage::with(&["alpha", "beta"], |_| {
        format!(", checks: [{{ name: ci }}], files: {{ {README} }}")
    });
    stage.says_more("waves: { sizes: [1], advance: green }\n");
    stage.applied().exits(0);
    stage.world.replace("campaign.yaml", "Add a note", "Write a note");
    let ran = stage.applied().exits(0);
    assert!(ran.stderr.contains("set today's title"), "{}", ran.stderr);
    assert_eq!(stage.pulls("beta").len(), 0);
    assert_eq!(next(&ran), ["# 1 not offered yet", "apply campaign.plan.json"]);
}

#[test]
fn the_permissions_that_are_named_are_those_of_the_command_that_lacks_them() {
    let stage = Stage::with(&["alpha", "beta"], |slug| match slug {
        "beta" => format!(", visibility: private, files: {{ {README} }}"),
        _ => format!(", visibility: public, files: {{ {README} }}"),
    });
    let run = |arguments: &[&str]| {
        stage.forge.run_as(&stage.world, "some", &[&["campaign"], arguments].concat())
    };
    stage.applied().exits(0);
    let ran = run(&["apply", "campaign.plan.json", "--yes"]).exits(3);
    let named = "  # 1 that cannot be read\n  shipshape doctor --permissions campaign apply\n";
    assert!(ran.stderr.contains(named), "{}{}", ran.stdout, ran.stderr);
    stage.merged("alpha");
    let ran = run(&["revert", "--yes"]).exits(3);
    let named = "  # 1 that cannot be read\n  shipshape doctor --permissions campaign revert\n";
    assert!(ran.stderr.contains(named), "{}{}", ran.stdout, ran.stderr);
}

#[test]
fn a_merge_of_workflows_that_the_token_may_not_make_names_the_table_of_permissions() {
    let stage = Stage::with(&["alpha"], |_| {
        format!(", visibility: public, checks: [{{ name: ci }}], files: {{ {README} }}")
    });
    stage.world.replace("campaign.yaml", "NOTE.md", ".github/workflows/note.yml");
    stage.world.replace("campaign.yaml", "noted\\n", WORKFLOW);
    stage.applied().exits(0);
    stage.review("ann", "alpha", "APPROVE");
    for token in ["app", "plain"] {
        let arguments = ["campaign", "merge"];
        let ran = stage.forge.run_as(&stage.world, token, &arguments).exits(3);
        let named =
            "  # 1 that the token may not merge\n  shipshape doctor --permissions campaign merge\n";
        assert!(ran.stderr.contains(named), "{token}: {}{}", ran.stdout, ran.stderr);
    }
}

#[test]
fn a_branch_that_a_run_left_is_said_to_be_removed() {
    let stage = Stage::of(&["alpha"]);
    stage.applied().exits(0);
    let path = format!("/repos/acme/t-alpha/git/ref/heads/{BRANCH}");
    let head = stage.ask("ann", "GET", &path, Value::Null)["object"]["sha"].clone();
    stage.campaign(&["close", "--yes"]).exits(0);
    let branch = json!({ "ref": format!("refs/heads/{BRANCH}"), "sha": head });
    stage.ask("ann", "POST", "/repos/acme/t-alpha/git/refs", branch);
    stage.writes();
    let ran = stage.campaign(&["close", "--dry-run"]).exits(0);
    let said = "  acme/t-alpha #1  is closed already; its branch would be removed\n";
    assert!(ran.stdout.contains(said), "{}", ran.stdout);
    assert_eq!(stage.writes(), 0);
    let ran = stage.campaign(&["close", "--yes"]).exits(0);
    let said = "  acme/t-alpha #1  is closed already; its branch was removed\n";
    assert!(ran.stdout.contains(said), "{}", ran.stdout);
    assert_eq!(stage.heard("ann", "GET", &path, &Value::Null).0, 404);
    let ran = stage.campaign(&["close", "--yes"]).exits(0);
    assert!(!ran.stdout.contains("branch"), "{}", ran.stdout);
}

#[test]
fn each_campaign_has_a_page_of_its_own() {
    let stage = Stage::of(&["alpha"]);
    stage.applied().exits(0);
    let ran = stage.campaign(&["status"]).exits(0);
    let page = "status campaign.yaml --format html -o add-note.html";
    assert!(next(&ran).contains(&page.to_owned()), "{}", ran.stderr);
    let arguments = ["status", "--format", "html", "-o", "add-note.html"];
    let ran = stage.campaign(&arguments).exits(0);
    assert!(ran.stderr.contains("wrote the status to add-note.html\n"), "{}", ran.stderr);
    let ran = stage.campaign(&["status", "--format", "json", "-o", "-"]).exits(0);
    assert!(!ran.stderr.contains("wrote"), "{}", ran.stderr);
}

#[test]
fn a_limited_revert_without_a_plan_file_stays_limited_too() {
    let stage = merged(&["alpha", "beta", "gamma"]);
    let alone = || stage.forge.run(&stage.world, &[]).exits(0).stdout;
    for (limit, status) in [
        (&["-m", "alpha"][..], "campaign status --reverted campaign.yaml -m alpha\n"),
        (&["-m", "beta"], "campaign status --reverted campaign.yaml -m alpha -m beta\n"),
        (&[], "campaign status --reverted campaign.yaml\n"),
    ] {
        stage.campaign(&[&["revert", "--yes"][..], limit].concat()).exits(0);
        let alone = alone();
        assert!(alone.contains(status), "{limit:?}: {alone}");
        // The campaign itself goes on in the members that the revert is not about.
        let goes_on = alone.contains("campaign status campaign.yaml\n");
        assert_eq!(goes_on, !limit.is_empty(), "{limit:?}: {alone}");
    }
}

#[test]
fn what_failed_in_a_limited_revert_is_tried_again_there_only() {
    let stage = Stage::with(&["alpha", "beta"], |slug| {
        let kept = match slug {
            "beta" => "settings: { restricted_branches: ['shipshape/revert-*'] }, ",
            _ => "",
        };
        format!(", {kept}files: {{ {README} }}")
    });
    stage.applied().exits(0);
    stage.merged("alpha");
    stage.merged("beta");
    stage.campaign(&["revert", "-m", "beta", "--yes"]).exits(3);
    let status = stage.campaign(&["status", "--reverted"]).exits(3);
    let again = "shipshape campaign revert campaign.yaml -m beta --failed\n";
    assert!(status.stderr.contains(again), "{}", status.stderr);
}

#[test]
fn hints_of_errors_work_on_the_same_forge_with_the_same_journal() {
    let stage = Stage::of(&["alpha", "home"]);
    stage.world.replace("fleet.yaml", "kinds:", "home: { repository: t-home }\nkinds:");
    stage.says_more("select: { members: [alpha] }\n");
    let url = stage.forge.url();
    let both = ["--forge", url.as_str(), "--state", "here/state.db"];
    let place = "--state here/state.db --forge [forge]";
    let apply = |arguments: &[&str]| {
        let ran = stage.campaign(&[&["apply"][..], arguments, &["--yes"], &both].concat());
        ran.exits(if arguments.is_empty() { 3 } else { 2 }).stderr
    };
    stage.campaign(&["plan"]).exits(0);
    let told = apply(&["campaign.plan.json", "--again"]);
    let again = "plan again: `shipshape campaign plan campaign.yaml --again --forge [forge]`";
    assert!(told.contains(again), "{told}");
    stage.says_more("approval: always\n");
    let told = apply(&["campaign.plan.json"]);
    let again = "plan again: shipshape campaign plan campaign.yaml --forge [forge]\n";
    assert!(told.contains(again), "{told}");
    let told = apply(&[]);
    let plan = "make a plan, which shows where to have it approved: shipshape campaign plan campaign.yaml --forge [forge]\n";
    assert!(told.contains(plan), "{told}");
    stage.campaign(&["plan"]).exits(0);
    let ran = stage.campaign(&[&["apply", "campaign.plan.json", "--yes"][..], &both].concat());
    let then =
        format!("then: shipshape campaign apply campaign.plan.json --approved-in NUMBER {place}\n");
    let told = ran.exits(3).stderr;
    assert!(told.contains(&then), "{told}");
}

#[test]
fn a_plan_that_is_not_there_is_made_from_the_campaign_beside_it() {
    let stage = Stage::of(&["alpha"]);
    let url = stage.forge.url();
    stage.world.write("cc/own.yaml", stage.world.read("campaign.yaml"));
    for (plan, made) in [
        ("cc/own.plan.json", "plan cc/own.yaml"),
        ("cc/other.plan.json", "plan FILE -o cc/other.plan.json"),
        ("other.json", "plan FILE -o other.json"),
    ] {
        let ran = stage.campaign(&["apply", plan, "--yes", "--forge", &url]).exits(2);
        let hint = format!("hint: make one: `shipshape campaign {made} --forge [forge]`\n");
        assert!(ran.stderr.contains(&hint), "{}", ran.stderr);
    }
}
