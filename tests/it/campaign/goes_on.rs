//! What is told of a campaign that goes on: what it asks, whom it waits for, what it was made of, and what is next.

use serde_json::json;

use super::stage::{README, Stage};
use crate::world::Ran;

const PLAN: &str = "campaign.plan.json";

/// What is proposed next, beside a report.
fn next(ran: &Ran) -> Vec<&str> {
    let mut lines = ran.stderr.lines().skip_while(|line| *line != "Next:");
    lines.next();
    lines.filter_map(|line| line.strip_prefix("  shipshape ")).collect()
}

#[test]
fn nothing_is_closed_unasked_and_what_was_given_up_is_remembered() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.applied().exits(0);
    stage.writes();
    let ran = stage.campaign(&["close"]).exits(2);
    let asked = "2 pull requests of `add-note` would be closed, and there is no terminal to ask on";
    assert!(ran.stderr.contains(asked) && ran.stderr.contains("--dry-run"), "{}", ran.stderr);
    let ran = stage.campaign(&["close", "--dry-run"]).exits(0);
    assert!(ran.stdout.contains("Campaign add-note: 2 would be closed\n"), "{}", ran.stdout);
    assert_eq!(stage.writes(), 0);
    let ran = stage.campaign(&["close", "--yes", "-m", "alpha", "--because", "it waits."]).exits(0);
    assert!(ran.stderr.contains("campaign apply campaign.yaml --reopen"), "{}", ran.stderr);
    let given_up = ("given_up".to_owned(), "robot gave up #1: it waits".to_owned());
    assert_eq!(stage.stands("alpha"), given_up);
    // Neither the old plan nor a new one offers it again.
    for plan in [PLAN, "campaign.yaml"] {
        let ran = stage.campaign(&["apply", plan, "--yes"]).exits(0);
        assert!(ran.stdout.contains("1 open, 1 given up"), "{}", ran.stdout);
    }
    assert_eq!(stage.pulls("alpha").len(), 1);
    let ran = stage.campaign(&["close", "--yes", "-m", "alpha"]).exits(0);
    assert!(ran.stdout.contains("acme/t-alpha #1  is closed already"), "{}", ran.stdout);
    let status = stage.campaign(&["status"]).exits(0);
    assert!(status.stdout.contains("given up    t-alpha #1"), "{}", status.stdout);
    stage.campaign(&["apply", "--yes", "--reopen"]).exits(0);
    assert_eq!(stage.pulls("alpha").len(), 2);
}

#[test]
fn only_a_whole_yes_is_one() {
    let stage = Stage::of(&["alpha"]);
    let asked = |command: &str, lines: &[&str]| {
        stage.writes();
        let ran = stage.forge.run_at_a_terminal(&stage.world, &["campaign", command], lines);
        (ran, stage.writes())
    };
    let (ran, writes) = asked("apply", &["maybe", "yess", "no"]);
    assert_eq!((ran.code, writes), (2, 0), "{}", ran.stdout);
    assert_eq!(ran.stdout.matches("Say `yes` or `no`: ").count(), 2, "{}", ran.stdout);
    assert!(ran.stdout.contains("nothing was done"), "{}", ran.stdout);
    let (ran, writes) = asked("apply", &["maybe"]);
    assert_eq!((ran.code, writes), (2, 0), "{}", ran.stdout);
    assert!(ran.stdout.contains("the question was not answered"), "{}", ran.stdout);
    let (ran, writes) = asked("apply", &["Yes"]);
    assert!(ran.code == 0 && writes > 0, "{}", ran.stdout);
    let (ran, writes) = asked("close", &["okay", ""]);
    assert_eq!((ran.code, writes), (2, 0), "{}", ran.stdout);
}

#[test]
fn a_revert_is_followed_by_its_own_commands() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.says_more("waves: { sizes: [1] }\n");
    stage.applied().exits(0);
    stage.merged("alpha");
    stage.campaign(&["apply", PLAN, "--yes"]).exits(0);
    stage.merged("beta");
    let kept = stage.campaign(&["revert", "--plan", "back.json"]).exits(0);
    assert_eq!(next(&kept), ["campaign apply back.json"]);
    let told = || {
        let ran = stage.forge.run(&stage.world, &[]).exits(0);
        let lines =
            ran.stdout.lines().filter_map(|line| line.strip_prefix("  shipshape campaign "));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(told(), ["apply back.json"]);
    let ran = stage.campaign(&["apply", "back.json", "--yes"]).exits(0);
    assert_eq!(next(&ran), ["campaign status --reverted campaign.yaml"]);
    assert_eq!(told(), ["status --reverted campaign.yaml"]);
    // The second wave waits for the first: to run it again would do nothing.
    let ran = stage.campaign(&["status", "--reverted"]).exits(0);
    assert!(!next(&ran).contains(&"campaign revert campaign.yaml"), "{}", ran.stderr);
    let merge = json!({ "merge_method": "squash" });
    stage.ask("ann", "PUT", "/repos/acme/t-alpha/pulls/2/merge", merge);
    let ran = stage.campaign(&["status", "--reverted"]).exits(0);
    assert!(next(&ran).contains(&"campaign revert campaign.yaml"), "{}", ran.stderr);
}

#[test]
fn a_revert_that_was_closed_is_offered_again_on_request() {
    let stage = Stage::of(&["alpha"]);
    stage.applied().exits(0);
    stage.merged("alpha");
    stage.campaign(&["revert", "--yes"]).exits(0);
    let ran = stage.campaign(&["close", "--reverted", "--yes"]).exits(0);
    let again = "Given up: `shipshape campaign revert campaign.yaml --reopen -m alpha` offers the inverse there again";
    assert!(ran.stderr.contains(again), "{}", ran.stderr);
    let ran = stage.campaign(&["revert", "--yes"]).exits(0);
    assert!(ran.stdout.contains("given up"), "{}", ran.stdout);
    stage.campaign(&["revert", "--reopen", "--yes"]).exits(0);
    let open = stage.pulls("alpha").into_iter().filter(|pull| pull["state"] == "open");
    assert_eq!(open.count(), 1);
}

#[test]
fn a_plan_is_refused_once_what_it_was_made_of_has_changed() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.world.write("note.txt", "noted\n");
    stage.world.replace("campaign.yaml", "content: \"noted\\n\"", "file: note.txt");
    stage.campaign(&["plan"]).exits(0);
    stage.writes();
    for (change, text) in [("note.txt", "other\n"), ("campaign.yaml", "waves: { sizes: [1] }\n")] {
        let before = stage.world.read(change);
        let after = if change == "note.txt" { text.to_owned() } else { format!("{before}{text}") };
        stage.world.write(change, after);
        let ran = stage.campaign(&["apply", PLAN, "--yes"]).exits(2);
        assert!(ran.stderr.contains("was changed since this plan was made"), "{}", ran.stderr);
        assert!(ran.stderr.contains("shipshape campaign plan campaign.yaml"), "{}", ran.stderr);
        assert_eq!(stage.writes(), 0);
        if change == "note.txt" {
            stage.world.write(change, before);
        }
    }
    let ran = stage.campaign(&["apply", PLAN, "--yes", "--as-planned"]).exits(0);
    assert!(ran.stdout.contains("2 open"), "{}", ran.stdout);
    let ran = stage.campaign(&["apply", "--yes", "--as-planned"]).exits(2);
    assert!(ran.stderr.contains("`--as-planned` needs a plan file"), "{}", ran.stderr);
}

#[test]
fn watching_merges_what_may_be_merged_and_goes_on_with_the_next_wave() {
    let slugs = ["alpha", "beta"];
    let stage =
        Stage::with(&slugs, |_| format!(", checks: [{{ name: ci }}], files: {{ {README} }}"));
    stage.says_more("waves: { sizes: [1] }\n");
    stage.campaign(&["plan"]).exits(0);
    let ran = std::thread::scope(|scope| {
        let run = scope.spawn(|| stage.campaign(&["apply", PLAN, "--yes", "--watch"]));
        for slug in slugs {
            while stage.pulls(slug).is_empty() {
                assert!(!run.is_finished(), "it ended before {slug} was offered anything");
                crate::world::a_moment();
            }
            stage.review("ann", slug, "APPROVE");
        }
        run.join().expect("a run")
    });
    let ran = ran.exits(0);
    for slug in slugs {
        assert!(!stage.pulls(slug)[0]["merged_at"].is_null(), "{slug}: {}", ran.stderr);
    }
    assert!(ran.stdout.starts_with("Campaign add-note: 2 merged\n"), "{}", ran.stdout);
    // Each look that differs is told once.
    let looks: Vec<&str> = ran.stderr.lines().filter(|line| line.contains(" UTC  ")).collect();
    assert!(!looks.is_empty() && looks.len() < 8, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("wave 2 waits for 1 pull request of wave 1 to be merged"),
        "{}",
        ran.stderr
    );
}

#[test]
fn watching_lists_what_needs_a_person_while_the_rest_goes_on() {
    let slugs = ["alpha", "beta", "gamma"];
    let stage =
        Stage::with(&slugs, |_| format!(", checks: [{{ name: ci }}], files: {{ {README} }}"));
    stage.applied().exits(0);
    let closed = serde_json::json!({ "state": "closed" });
    stage.ask("ann", "PATCH", "/repos/acme/t-alpha/pulls/1", closed);
    stage.push("ann", "beta", "main", "NOTE.md", "mine\n");
    let ran = std::thread::scope(|scope| {
        let run = scope.spawn(|| stage.campaign(&["apply", "--yes", "--watch"]));
        let before = stage.forge.exchanges().len();
        while stage.forge.exchanges().len() < before + 40 {
            assert!(!run.is_finished(), "it ended while something was open");
            crate::world::a_moment();
        }
        stage.review("ann", "gamma", "APPROVE");
        run.join().expect("a run")
    });
    let (_, look) = ran.stderr.split_once(" UTC  1 blocked, 1 declined, 1 open\n").expect("a look");
    let rows: Vec<&str> = look.lines().take(3).collect();
    for row in
        ["t-alpha #1                       declined", "t-beta #1                        blocked"]
    {
        assert!(rows.iter().any(|it| it.trim_start().starts_with(row)), "{}", ran.stderr);
    }
}

#[test]
fn what_a_merge_leaves_to_be_done_is_said_with_the_command() {
    let slugs = ["alpha", "beta", "gamma"];
    let stage =
        Stage::with(&slugs, |_| format!(", checks: [{{ name: ci }}], files: {{ {README} }}"));
    stage.says_more("waves: { sizes: [1] }\n");
    stage.applied().exits(0);
    stage.review("ann", "alpha", "APPROVE");
    let ran = stage.campaign(&["merge", "--dry-run"]).exits(0);
    assert!(ran.stdout.starts_with("Campaign add-note: 1 would be merged\n"), "{}", ran.stdout);
    let ran = stage.campaign(&["merge"]).exits(0);
    assert!(ran.stderr.contains("  # 2 not offered yet\n"), "{}", ran.stderr);
    assert_eq!(next(&ran), ["campaign apply campaign.plan.json"]);
    // Where a base moved, the plan opens nothing any more.
    stage.push("ann", "gamma", "main", "OTHER.md", "other\n");
    stage.campaign(&["apply", PLAN, "--yes"]).exits(3);
    stage.review("ann", "beta", "APPROVE");
    let ran = stage.campaign(&["merge"]).exits(0);
    assert!(ran.stderr.contains("  # 1 not offered yet\n"), "{}", ran.stderr);
    assert_eq!(next(&ran), ["campaign apply campaign.yaml"]);
    let ran = stage.campaign(&["merge", "-m", "alpha", "beta"]).exits(2);
    assert!(ran.stderr.contains("give each member its own option: -m beta"), "{}", ran.stderr);
}

#[test]
fn what_a_campaign_was_never_about_is_named_and_not_done() {
    let stage = Stage::with(&["alpha", "beta"], |slug| match slug {
        "alpha" => ", files: { OTHER.md: x }".to_owned(),
        _ => String::new(),
    });
    stage.says_more("select: { findings: [path-missing] }\n");
    stage.world.replace(
        "campaign.yaml",
        "add: { path: NOTE.md, content: \"noted\\n\" }",
        "remove: { paths: [GONE.md] }",
    );
    let planned = stage.campaign(&["plan"]).exits(0);
    let section = "Not for this campaign\n  t-alpha                          this campaign does not change what was found here: path-missing README.md\n";
    assert!(planned.stdout.contains(section), "{}", planned.stdout);
    assert!(planned.stdout.contains("Nothing to do: 1 not selected\n"), "{}", planned.stdout);
    assert_eq!(stage.stands("alpha").0, "left");
    let status = stage.campaign(&["status"]).exits(0);
    assert!(status.stdout.starts_with("Campaign add-note: 1 left, 1 not selected\n"));
    assert_eq!(next(&status), ["drift"]);
}

#[test]
fn what_another_campaign_offers_is_not_offered_beside_it() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.says_more("waves: { sizes: [1] }\n");
    stage.applied().exits(0);
    let text = stage.world.read("campaign.yaml").replace("name: add-note", "name: again");
    stage.world.write("again.yaml", text);
    let planned = stage.campaign(&["plan", "again.yaml"]).exits(0);
    let said = "t-alpha                          skipped     #1 of the campaign `add-note` offers the same change";
    assert!(planned.stdout.contains(said), "{}", planned.stdout);
    assert!(planned.stdout.contains("1 pull request: 1 alone"), "{}", planned.stdout);
}

#[test]
fn many_that_say_the_same_are_one_line() {
    let slugs = ["a1", "a2", "a3", "a4", "a5", "a6", "a7"];
    let stage = Stage::of(&slugs);
    stage.says_more("waves: { sizes: [1] }\n");
    let ran = stage.applied().exits(0);
    let many = "paused      wave 2 waits for 1 pull request of wave 1 to be merged: t-a2, t-a3, t-a4 and 3 more\n";
    assert!(
        ran.stdout.contains(many) && ran.stdout.contains("  6 repositories "),
        "{}",
        ran.stdout
    );
    assert_eq!(ran.stdout.lines().count(), 3, "{}", ran.stdout);
    let status = stage.campaign(&["status", "--format", "json"]).json();
    assert_eq!(status["repositories"].as_array().map(Vec::len), Some(7));
    assert_eq!(status["counts"]["paused"], 6);
}

#[test]
fn a_look_that_repeats_names_what_other_campaigns_change_once() {
    let stage = Stage::of(&["alpha", "beta"]);
    let other = stage.world.read("campaign.yaml").replace("add-note", "other-note");
    stage.world.write("other.yaml", other.replace("noted", "other"));
    stage.campaign(&["apply", "other.yaml", "-m", "beta", "--yes"]).exits(0);
    stage.says_more("waves: { sizes: [1] }\n");
    stage.applied().exits(0);
    let ran = std::thread::scope(|scope| {
        let run = scope.spawn(|| stage.campaign(&["status", "--watch"]));
        let before = stage.forge.exchanges().len();
        while stage.forge.exchanges().len() < before + 20 {
            assert!(!run.is_finished(), "it ended while something was open");
            crate::world::a_moment();
        }
        stage.merged("alpha");
        run.join().expect("a run").exits(0)
    });
    let said = "acme/t-beta: the campaign `other-note` changes `NOTE.md` too: #1 is open\n";
    assert_eq!(ran.stderr.matches(said).count(), 1, "{}", ran.stderr);
}

#[test]
fn a_look_that_repeats_shows_what_changes_and_ends_where_a_person_goes_on() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.says_more("waves: { sizes: [1] }\n");
    stage.applied().exits(0);
    let ran = std::thread::scope(|scope| {
        let run = scope.spawn(|| stage.campaign(&["status", "--watch"]));
        let asked = |stage: &Stage| stage.forge.exchanges().len();
        let before = asked(&stage);
        while asked(&stage) < before + 20 {
            assert!(!run.is_finished(), "it ended while something was open");
            crate::world::a_moment();
        }
        stage.merged("alpha");
        run.join().expect("a run").exits(0)
    });
    // All of it once, and then the two that are not as they were.
    assert_eq!(ran.stdout.matches("Campaign add-note: ").count(), 1, "{}", ran.stdout);
    let (_, changed) = ran.stdout.split_once(" UTC  1 planned, 1 merged\n").expect("a change");
    assert_eq!(changed.lines().count(), 2, "{}", ran.stdout);
    assert!(changed.contains("merged as #1") && changed.contains("needs the change"), "{changed}");
    assert!(ran.stderr.contains("The watch has ended: the rest needs a person."));
    assert!(ran.stderr.contains("# 1 not offered yet\n"), "{}", ran.stderr);
    // Nothing is open, and nothing runs.
    let ran = stage.campaign(&["status", "--watch"]).exits(0);
    assert_eq!(ran.stdout.matches("t-beta").count(), 1, "{}", ran.stdout);
}

#[test]
fn a_command_is_proposed_only_where_it_would_do_something() {
    let stage = Stage::with(&["alpha", "beta", "gamma"], |_| {
        format!(", checks: [{{ name: ci }}], files: {{ {README} }}")
    });
    stage.says_more("waves: { sizes: [2] }\n");
    let ran = stage.applied().exits(0);
    // Nothing is approved yet.
    assert_eq!(next(&ran), ["campaign status campaign.yaml"]);
    stage.review("ann", "alpha", "APPROVE");
    let ran = stage.campaign(&["apply", PLAN, "--yes"]).exits(0);
    assert_eq!(next(&ran), ["campaign merge campaign.yaml"]);
    stage.push("ann", "beta", super::stage::BRANCH, "MORE.md", "more\n");
    // The second wave waits for what ann has changed: to apply the plan would open nothing.
    let ran = stage.campaign(&["merge"]).exits(1);
    assert!(ran.stdout.starts_with("Campaign add-note: 1 merged, 1 not\n"), "{}", ran.stdout);
    assert_eq!(next(&ran), ["campaign status campaign.yaml"]);
    let ran = stage.campaign(&["apply", PLAN, "--yes"]).exits(0);
    assert_eq!(next(&ran), ["campaign status campaign.yaml"]);
    assert!(stage.pulls("gamma").is_empty());
}

#[test]
fn the_next_wave_of_a_revert_is_proposed_once_the_one_before_is_merged() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.applied().exits(0);
    let lenient = ["--without-approval", "--without-checks"];
    stage.campaign(&[&["merge"], &lenient[..]].concat()).exits(0);
    stage.says_more("waves: { sizes: [1] }\n");
    stage.campaign(&["revert", "--yes"]).exits(0);
    let ran = stage.campaign(&[&["merge", "--reverted"], &lenient[..]].concat()).exits(0);
    assert_eq!(next(&ran), ["campaign revert campaign.yaml"]);
    assert!(ran.stderr.contains("# 1 not offered yet\n"), "{}", ran.stderr);
    stage.campaign(&["revert", "--yes"]).exits(0);
    let ran = stage.campaign(&[&["merge", "--reverted"], &lenient[..]].concat()).exits(0);
    assert!(next(&ran).is_empty(), "{}", ran.stderr);
}

#[test]
fn after_a_correction_of_its_file_a_merge_leads_to_the_rest_all_the_same() {
    let stage = Stage::with(&["alpha", "beta"], |_| {
        format!(", checks: [{{ name: ci }}], files: {{ {README} }}")
    });
    stage.says_more("waves: { sizes: [1] }\n");
    stage.applied().exits(0);
    stage.review("ann", "alpha", "APPROVE");
    stage.world.replace("campaign.yaml", "Add a note to", "Put a note into");
    let ran = stage.campaign(&["merge"]).exits(0);
    let said = "acme/t-alpha #1 has an earlier title: `campaign apply` corrects it, but not once it is merged\n";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    assert!(ran.stderr.contains("  # 1 not offered yet\n"), "{}", ran.stderr);
    assert_eq!(next(&ran), ["campaign apply campaign.yaml"]);
}

#[test]
fn a_title_that_is_no_template_is_in_the_way_of_no_merge() {
    let stage =
        Stage::with(&["alpha"], |_| format!(", checks: [{{ name: ci }}], files: {{ {README} }}"));
    stage.applied().exits(0);
    stage.review("ann", "alpha", "APPROVE");
    stage.world.replace("campaign.yaml", "{{ slug }}", "{{ slug");
    let ran = stage.campaign(&["merge"]).exits(0);
    let said = "worth knowing: whether a title is an earlier one is not known: ";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
}

/// Whoever reverts it in one member does not mean the others.
#[test]
fn the_revert_of_a_named_member_does_not_lead_to_that_of_the_others() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.applied().exits(0);
    let lenient = ["--without-approval", "--without-checks"];
    stage.campaign(&[&["merge"], &lenient[..]].concat()).exits(0);
    stage.says_more("waves: { sizes: [1] }\n");
    stage.campaign(&["revert", "-m", "alpha", "--yes"]).exits(0);
    let status = stage.campaign(&["status", "--reverted"]).exits(0);
    assert!(!status.stderr.contains("campaign revert"), "{}", status.stderr);
    let ran = stage.campaign(&[&["merge", "--reverted"], &lenient[..]].concat()).exits(0);
    assert!(ran.stdout.contains("1 merged"), "{}", ran.stdout);
    assert!(!ran.stderr.contains("not offered yet"), "{}", ran.stderr);
}

#[test]
fn what_the_brake_stops_is_not_proposed_and_what_a_new_run_may_open_is() {
    let slugs = ["alpha", "beta", "gamma"];
    let stage =
        Stage::with(&slugs, |_| format!(", checks: [{{ name: ci }}], files: {{ {README} }}"));
    stage.says_more("limits: { each_run: 2 }\n");
    let ran = stage.applied().exits(0);
    assert_eq!(next(&ran), [format!("campaign apply {PLAN}")]);
    assert!(ran.stderr.contains("# 1 not offered yet\n"), "{}", ran.stderr);
    let text =
        stage.world.read("campaign.yaml").replace("add-note", "then").replace("NOTE", "THEN");
    let text =
        text.replace("limits: { each_run: 2 }", "waves: { sizes: [2], stop_at_failures: 1 }");
    stage.world.write("then.yaml", text);
    stage.campaign(&["plan", "then.yaml"]).exits(0);
    stage.campaign(&["apply", "then.plan.json", "--yes"]).exits(0);
    let review = json!({ "event": "APPROVE", "body": "seen" });
    stage.ask("ann", "POST", "/repos/acme/t-alpha/pulls/2/reviews", review);
    stage.ask("ann", "PATCH", "/repos/acme/t-beta/pulls/2", json!({ "state": "closed" }));
    let ran = stage.campaign(&["merge", "then.yaml"]).exits(0);
    assert!(ran.stdout.contains("1 merged"), "{}", ran.stdout);
    assert!(next(&ran).is_empty(), "{}", ran.stderr);
}

#[test]
fn a_plan_is_refused_once_its_campaign_has_another_name() {
    let stage = Stage::of(&["alpha"]);
    stage.campaign(&["plan"]).exits(0);
    stage.world.replace("campaign.yaml", "name: add-note", "name: add-notes");
    let ran = stage.campaign(&["apply", PLAN, "--yes"]).exits(2);
    assert!(ran.stderr.contains("its file is of `add-notes` now"), "{}", ran.stderr);
    assert!(stage.pulls("alpha").is_empty());
    stage.campaign(&["apply", PLAN, "--yes", "--as-planned"]).exits(0);
    assert_eq!(stage.pulls("alpha").len(), 1);
}
