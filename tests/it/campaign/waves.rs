//! How a campaign goes on: in waves, with a brake, after what it requires, once somebody approved it; and back.

use serde_json::{Value, json};

use super::stage::{BRANCH, README, Stage};

fn open(stage: &Stage, slugs: &[&str]) -> Vec<bool> {
    slugs.iter().map(|slug| !stage.pulls(slug).is_empty()).collect()
}

const SLUGS: [&str; 4] = ["alpha", "beta", "gamma", "delta"];

#[test]
fn a_wave_begins_once_the_one_before_it_is_merged() {
    let stage = Stage::of(&SLUGS);
    stage.says_more("waves: { sizes: [1, 2], first: [gamma] }\n");
    let planned = stage.campaign(&["plan"]).exits(0);
    assert!(planned.stdout.contains("Waves: 1 → 2 → 1"), "{}", planned.stdout);
    let ran = stage.campaign(&["apply", "campaign.plan.json", "--yes"]).exits(0);
    assert!(
        ran.stdout.contains("wave 2 waits for 1 pull request of wave 1 to be merged"),
        "{}",
        ran.stdout
    );
    assert_eq!(open(&stage, &SLUGS), [false, false, true, false]);
    stage.merged("gamma");
    stage.campaign(&["apply", "campaign.plan.json", "--yes"]).exits(0);
    assert_eq!(open(&stage, &SLUGS), [true, true, true, false]);
    stage.merged("alpha");
    stage.ask("ann", "PATCH", "/repos/acme/t-beta/pulls/1", json!({ "state": "closed" }));
    stage.campaign(&["apply", "--yes"]).exits(0);
    assert_eq!(open(&stage, &SLUGS), [true; 4]);
}

#[test]
fn a_brake_holds_what_is_open_and_failures_stop_it_all() {
    let stage = Stage::of(&SLUGS);
    stage.says_more("limits: { open: 2 }\nwaves: { stop_at_failures: 1 }\n");
    let ran = stage.applied().exits(0);
    assert!(
        ran.stdout.contains("the campaign allows only 2 open pull requests at once"),
        "{}",
        ran.stdout
    );
    assert_eq!(open(&stage, &SLUGS), [true, true, false, false]);
    stage.ask("ann", "PATCH", "/repos/acme/t-alpha/pulls/1", json!({ "state": "closed" }));
    let stopped = "stopped: 1 failed, declined or red (`stop_at_failures: 1`)";
    let dry = stage.campaign(&["apply", "--dry-run"]).exits(3);
    assert!(dry.stderr.contains(stopped), "{}", dry.stderr);
    let ran = stage.campaign(&["plan"]).exits(3);
    assert!(ran.stderr.contains(stopped), "{}", ran.stderr);
    assert!(!ran.stderr.contains("shipshape campaign apply"), "{}", ran.stderr);
    let ran = stage.campaign(&["apply", "--yes"]).exits(3);
    assert!(ran.stdout.contains(stopped), "{}", ran.stdout);
    assert!(ran.stderr.contains("\n  shipshape campaign status campaign.yaml\n"), "{}", ran.stderr);
    assert_eq!(open(&stage, &SLUGS), [true, true, false, false]);
}

#[test]
fn outside_of_its_windows_it_is_paused() {
    let stage = Stage::of(&["alpha"]);
    stage.says_more("windows: [{ days: [], from: '00:00', to: '00:01' }]\n");
    stage.campaign(&["plan"]).exits(0);
    let ran = stage.campaign(&["apply", "campaign.plan.json", "--yes"]).exits(3);
    assert!(ran.stderr.contains("paused: the campaign may act again in"), "{}", ran.stderr);
    assert!(stage.pulls("alpha").is_empty());
}

#[test]
fn it_waits_for_the_campaign_that_it_requires() {
    let stage = Stage::of(&["alpha"]);
    stage.applied().exits(0);
    let text =
        stage.world.read("campaign.yaml").replace("add-note", "then").replace("NOTE", "THEN");
    stage.world.write("then.yaml", format!("{text}requires: [{{ campaign: add-note }}]\n"));
    let planned = stage.campaign(&["plan", "then.yaml"]).exits(0);
    let next = "Next:\n  # once the campaign `add-note` has no open pull request in these repositories\n  \
                shipshape campaign apply then.plan.json\n";
    assert!(planned.stderr.contains(next), "{}", planned.stderr);
    let ran = stage.campaign(&["apply", "then.yaml", "--yes"]).exits(3);
    let why = "it waits for the campaign `add-note`, which is open in 1 repository: acme/t-alpha\n";
    assert!(ran.stderr.contains(why), "{}", ran.stderr);
    let hint = "merge or close its pull requests first: `shipshape campaign status campaign.yaml` lists all of them";
    assert!(ran.stderr.contains(hint), "{}", ran.stderr);
    stage.merged("alpha");
    stage.campaign(&["apply", "then.yaml", "--yes"]).exits(0);
    assert_eq!(stage.pulls("alpha").len(), 2);
}

#[test]
fn a_campaign_that_is_required_under_a_misspelt_name_holds_nothing_open() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.campaign(&["apply", "-m", "alpha", "--yes"]).exits(0);
    let text =
        stage.world.read("campaign.yaml").replace("add-note", "then").replace("NOTE", "THEN");
    stage.world.write("then.yaml", format!("{text}requires: [{{ campaign: add-not }}]\n"));
    let unknown = "the campaign `add-not`, of which nothing is known: no file, plan or journal here is of it, and no member \
                   has a pull request of it";
    let planned = stage.campaign(&["plan", "then.yaml"]).exits(0);
    let remark = format!("worth knowing: `requires` names {unknown}; did you mean `add-note`? ");
    assert!(planned.stderr.contains(&remark), "{}", planned.stderr);
    let ran = stage.campaign(&["apply", "then.plan.json", "--yes"]).exits(3);
    assert!(ran.stderr.contains(&format!("it waits for {unknown}\n")), "{}", ran.stderr);
    assert!(ran.stderr.contains("hint: did you mean `add-note`?\n"), "{}", ran.stderr);
    assert!(stage.pulls("beta").is_empty());
    // On another machine the forge alone knows the campaign, and that nothing of it is open among these.
    stage.world.replace("then.yaml", "add-not }", "add-note }");
    for file in ["campaign.yaml", "campaign.plan.json"] {
        std::fs::remove_file(stage.world.path(file)).expect("removed");
    }
    stage.world.remove_state();
    let planned = stage.campaign(&["plan", "then.yaml", "-m", "beta"]).exits(0);
    assert!(!planned.stderr.contains("worth knowing"), "{}", planned.stderr);
    stage.campaign(&["apply", "then.plan.json", "--yes"]).exits(0);
    assert_eq!(stage.pulls("beta").len(), 1);
}

#[test]
fn a_plan_that_wants_it_is_applied_once_somebody_else_approved_it() {
    let stage = Stage::of(&["alpha", "home"]);
    stage.world.replace("fleet.yaml", "kinds:", "home: { repository: t-home }\nkinds:");
    stage.says_more("approval: always\nselect: { members: [alpha] }\n");
    let planned = stage.campaign(&["plan"]).exits(0);
    let next = "Next:\n  # the campaign requires each plan to be approved by another person: offer campaign.plan.json as a pull request \
                in acme/t-home; NUMBER is that pull request, which the token that applies the plan has to read \
                (`pull_requests: read`)\n  \
                shipshape campaign apply campaign.plan.json --approved-in NUMBER\n";
    assert!(planned.stderr.contains(next), "{}", planned.stderr);
    let ran = stage.campaign(&["apply", "campaign.plan.json", "--yes"]).exits(3);
    assert!(ran.stderr.contains("to be approved by another person"), "{}", ran.stderr);
    // What was shown for an approval stays as it is.
    let kept = stage.world.read("campaign.plan.json");
    stage.says_more("# changed\n");
    let ran = stage.campaign(&["apply", "--yes"]).exits(3);
    assert!(ran.stderr.contains("shipshape campaign plan campaign.yaml\n"), "{}", ran.stderr);
    assert_eq!(stage.world.read("campaign.plan.json"), kept);
    stage.world.replace("campaign.yaml", "# changed\n", "");
    let status = stage.campaign(&["status"]).exits(0).stderr;
    let next = "# 1 not offered yet\n  shipshape campaign plan campaign.yaml\n";
    assert!(status.contains(next), "{status}");
    stage.offers_in_home("campaign.plan.json");
    let apply = ["apply", "campaign.plan.json", "--yes", "--approved-in", "1"];
    let ran = stage.campaign(&apply).exits(3);
    assert!(ran.stderr.contains("it is not approved yet"), "{}", ran.stderr);
    stage.review("ann", "home", "APPROVE");
    let ran = stage.campaign(&apply).exits(0);
    assert!(ran.stderr.contains("ann approved the plan in acme/t-home#1"), "{}", ran.stderr);
    assert_eq!(stage.pulls("alpha").len(), 1);
}

#[test]
fn a_plan_that_nothing_can_be_approved_for_says_so_at_once() {
    let stage = Stage::of(&["alpha"]);
    stage.says_more("approval: always\n");
    let hint = "`home: { repository: NAME }`";
    let planned = stage.campaign(&["plan"]).exits(0);
    assert!(planned.stderr.contains(hint), "{}", planned.stderr);
    assert!(planned.stderr.contains("--approved-in NUMBER"), "{}", planned.stderr);
    let ran = stage.campaign(&["apply", "campaign.plan.json", "--yes"]).exits(3);
    assert!(ran.stderr.contains(hint), "{}", ran.stderr);
}

#[test]
fn what_needs_nothing_is_no_part_of_a_wave() {
    let stage = Stage::with(&["alpha", "beta", "gamma", "delta"], |slug| match slug {
        "beta" => format!(", files: {{ {README}, NOTE.md: \"noted\\n\" }}"),
        _ => String::new(),
    });
    stage.says_more("waves: { sizes: [1], first: [beta] }\n");
    let planned = stage.campaign(&["plan"]).exits(0);
    assert!(planned.stdout.contains("\nWaves: 1 → 2\n"), "{}", planned.stdout);
    let ran = stage.campaign(&["apply", "campaign.plan.json", "--yes"]).exits(0);
    assert!(ran.stdout.contains("1 open, 2 paused, 1 done"), "{}", ran.stdout);
    // What was merged holds its place: nobody moves to another wave.
    stage.merged("alpha");
    let planned = stage.plan();
    let waves = planned["items"].as_array().expect("items").iter().map(|it| it["wave"].clone());
    assert_eq!(waves.collect::<Vec<_>>(), [1, 1, 2, 2].map(|wave| json!(wave)));
}

#[test]
fn what_was_merged_is_taken_back_and_what_went_on_stays() {
    let stage = Stage::of(&["alpha", "beta", "gamma"]);
    stage.world.replace("campaign.yaml", "noted\\n", "one\\ntwo\\nthree\\nfour\\n");
    stage.applied().exits(0);
    stage.merged("alpha");
    stage.merged("beta");
    stage.push("ann", "beta", "main", "OTHER.md", "stays\n");
    let ran = stage.campaign(&["revert", "--yes"]).exits(0);
    assert!(ran.stderr.contains("still open: 1 pull request"), "{}", ran.stderr);
    let branch = "shipshape/revert-add-note";
    for slug in ["alpha", "beta"] {
        let path = format!("/repos/acme/t-{slug}/contents/NOTE.md?ref={branch}");
        assert_eq!(stage.heard("ann", "GET", &path, &Value::Null).0, 404);
        assert_eq!(stage.pulls(slug).len(), 2);
    }
    assert!(stage.pulls("beta").iter().any(|pull| pull["title"] == "Revert: Add a note to beta"));
    stage.campaign(&["revert", "--yes"]).exits(0);
    assert_eq!(stage.pulls("alpha").len(), 2);
    stage.campaign(&["close", "--yes"]).exits(0);
    assert_eq!(stage.pulls("gamma")[0]["state"], "closed");
}

#[test]
fn what_it_selects_by_accident_is_asked_for_and_an_empty_selection_is_an_error() {
    let stage = Stage::of(&["alpha"]);
    stage.campaign(&["plan"]).exits(0);
    let ran = stage.campaign(&["apply", "campaign.plan.json"]).exits(2);
    assert!(ran.stderr.contains("selects every member"), "{}", ran.stderr);
    stage.says_more("select: { owners: ['@acme/nobody'] }\n");
    let ran = stage.campaign(&["plan"]).exits(2);
    assert!(ran.stderr.contains("selects no member"), "{}", ran.stderr);
    stage.world.replace("campaign.yaml", "owners: ['@acme/nobody']", "members: ['!alpha']");
    stage.world.replace("fleet.yaml", "members: [alpha]", "members: [alpha, beta]");
    let ran = stage.campaign(&["plan", "-m", "alpha"]).exits(2);
    let said = "the campaign `add-note` selects none of the named members";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
}

#[test]
fn nothing_is_done_that_nobody_has_seen_where_nobody_can_be_asked() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.says_more("select: { members: [alpha] }\n");
    stage.writes();
    let ran = stage.campaign(&["apply"]).exits(2);
    assert!(ran.stderr.contains("this plan has not been reviewed"), "{}", ran.stderr);
    assert!(ran.stderr.contains("shipshape campaign apply campaign.plan.json"), "{}", ran.stderr);
    assert_eq!(stage.writes(), 0);
    assert!(ran.stderr.contains("shipshape campaign plan campaign.yaml"), "{}", ran.stderr);
    stage.campaign(&["plan"]).exits(0);
    // What was shown may be done, and what is meant to be done unseen.
    stage.campaign(&["apply", "campaign.plan.json"]).exits(0);
    let ran = stage.campaign(&["apply", "--yes"]).exits(0);
    assert!(ran.stdout.contains("1 open"), "{}", ran.stdout);
}

#[test]
fn a_rule_that_does_not_exist_is_told_before_anything_is_read() {
    let stage = Stage::of(&["alpha"]);
    stage.says_more("select: { findings: [PATH-MISSING, path-stael] }\n");
    let before = stage.forge.count();
    let ran = stage.campaign(&["plan"]).exits(2);
    assert!(ran.stderr.contains("there is no rule `path-stael`"), "{}", ran.stderr);
    assert!(ran.stderr.contains("campaign.yaml:6:36"), "{}", ran.stderr);
    assert!(ran.stderr.contains("did you mean `path-stale`"), "{}", ran.stderr);
    assert_eq!(stage.forge.count(), before);
}

#[test]
fn status_and_merge_say_who_is_waited_for_and_what_is_next() {
    let slugs = ["alpha", "beta", "with-a-name-that-is-longer-than-others"];
    let stage = Stage::with(&slugs, |_| {
        format!(", checks: [{{ name: ci }}], files: {{ {} }}", super::stage::README)
    });
    stage.applied().exits(0);
    stage.review("ann", "beta", "APPROVE");
    let ran = stage.campaign(&["status"]).exits(0);
    let rows: Vec<&str> = ran.stdout.lines().filter(|line| line.contains(" #1")).collect();
    assert!(rows[0].contains("t-beta") && rows[0].contains("approved"), "{}", ran.stdout);
    assert!(rows[1].ends_with("checks are green; it is not approved yet"), "{}", ran.stdout);
    let columns: Vec<_> = rows[1..].iter().map(|row| row.find("checks are green")).collect();
    assert_eq!(columns[0], columns[1], "{}", ran.stdout);
    let next = [
        "\nNext:\n  # 1 approved\n  shipshape campaign merge campaign.yaml\n",
        "  # 2 to look at, with links\n  shipshape campaign status campaign.yaml --format html -o add-note.html\n",
    ];
    assert!(ran.stderr.contains(&next.concat()), "{}", ran.stderr);
    let ran = stage.campaign(&["merge"]).exits(1);
    assert!(ran.stdout.starts_with("Campaign add-note: 1 merged, 2 not\n"), "{}", ran.stdout);
    assert!(
        ran.stderr.contains("Next:\n  shipshape campaign status campaign.yaml"),
        "{}",
        ran.stderr
    );
}

#[test]
fn wrong_files_are_told_where_they_are_wrong() {
    let stage = Stage::of(&["alpha"]);
    stage.says_more("labls: [x]\n");
    let ran = stage.campaign(&["plan"]).exits(2);
    assert!(
        ran.stderr.contains("campaign.yaml:6:1") && ran.stderr.contains("labls"),
        "{}",
        ran.stderr
    );
    stage.world.write("campaign.yaml", super::stage::ADD_NOTE.replace("{{ slug }}", "{{ slog }}"));
    let ran = stage.campaign(&["plan"]).exits(3);
    assert!(
        ran.stdout.contains("`pull_request.title`") && ran.stdout.contains("slog"),
        "{}",
        ran.stdout
    );
    stage.campaign(&["plan"]).ends();
    let text = stage.world.read("campaign.plan.json");
    stage.world.write("campaign.plan.json", text.replace("t-alpha", "t-other"));
    let ran = stage.campaign(&["apply", "campaign.plan.json", "--yes"]).exits(2);
    assert!(ran.stderr.contains("the plan was changed after it was made"), "{}", ran.stderr);
}

#[test]
fn a_plan_of_another_version_is_told_from_one_that_was_changed() {
    use sha2::Digest as _;
    let stage = Stage::of(&["alpha"]);
    stage.campaign(&["plan"]).exits(0);
    let made: Value = serde_json::from_str(&stage.world.read("campaign.plan.json")).expect("JSON");
    // As a version makes it whose plans are like this.
    let refused = |change: &dyn Fn(&mut Value), seals: bool| {
        let mut plan = made.clone();
        change(&mut plan);
        if seals {
            plan["digest"] = "".into();
            let digest = sha2::Sha256::digest(plan.to_string());
            plan["digest"] = shipshape::digest::hexadecimal(&digest).into();
        }
        stage.world.write("campaign.plan.json", plan.to_string());
        stage.campaign(&["apply", "campaign.plan.json", "--yes"]).exits(2).stderr
    };
    let update =
        "hint: update shipshape, or plan again with this version: `shipshape campaign plan`";
    let newer = |plan: &mut Value| plan["terms"]["urgency"] = "high".into();
    let said = refused(&newer, true);
    assert!(said.contains("error: a newer version of shipshape wrote this plan\n"), "{said}");
    assert!(said.contains("unknown field `urgency`") && said.contains(update), "{said}");
    let said = refused(&newer, false);
    assert!(said.contains("this is not a campaign plan"), "{said}");
    let said = refused(&|plan| plan["schema"] = "shipshape/plan/2".into(), true);
    assert!(said.contains("its schema is `shipshape/plan/2`") && said.contains(update), "{said}");
    let older = |plan: &mut Value| {
        plan["items"][0].as_object_mut().and_then(|item| item.remove("unread")).expect("a list");
    };
    let said = refused(&older, true);
    assert!(said.contains("error: an earlier version of shipshape wrote this plan\n"), "{said}");
    assert!(said.contains("hint: plan again: `shipshape campaign plan`"), "{said}");
    let said = refused(&|plan| plan["made_by"] = "eve".into(), false);
    assert!(said.contains("the plan was changed after it was made"), "{said}");
}

#[test]
fn who_did_what_is_in_the_log() {
    let stage = Stage::of(&["alpha"]);
    stage.campaign(&["plan"]).exits(0);
    stage.campaign(&["apply", "campaign.plan.json", "--yes", "--state", "here/state.db"]).exits(0);
    let log = stage.world.read("here/audit.jsonl");
    let entry: Value = serde_json::from_str(log.lines().next().expect("a line")).expect("JSON");
    assert_eq!(entry["action"], "open");
    assert_eq!(entry["by"], "robot");
    assert_eq!(entry["pull"], 1);
    assert_eq!(entry["outcome"], "done");
    assert_eq!(stage.commits("alpha", BRANCH).len(), 2);
}

#[test]
fn a_wave_may_begin_once_the_checks_of_the_one_before_are_green() {
    let stage = Stage::with(&["alpha", "beta"], |_| {
        ", checks: [{ name: ci, seconds: 120 }], files: { README.md: x }".to_owned()
    });
    stage.says_more("waves: { sizes: [1], advance: green }\n");
    let ran = stage.applied().exits(0);
    assert!(
        ran.stdout.contains("wave 2 waits for 1 pull request of wave 1 to be green"),
        "{}",
        ran.stdout
    );
    assert_eq!(open(&stage, &["alpha", "beta"]), [true, false]);
    stage.review("ann", "alpha", "APPROVE");
    let watch = ["apply", "campaign.plan.json", "--yes", "--watch"];
    std::thread::scope(|scope| {
        let run = scope.spawn(|| stage.campaign(&watch));
        while stage.pulls("beta").is_empty() && !run.is_finished() {
            crate::world::a_moment();
        }
        stage.review("ann", "beta", "APPROVE");
        run.join().expect("a run").exits(0);
    });
    assert_eq!(open(&stage, &["alpha", "beta"]), [true, true]);
}

#[test]
fn a_wave_that_waits_for_green_ones_waits_where_no_check_ran() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.says_more("waves: { sizes: [1], advance: green }\n");
    stage.applied().exits(0);
    let why = "to be green (not every check has run on t-alpha; where none will, `advance: merged` waits for none)";
    let ran = stage.applied().exits(0);
    assert!(ran.stdout.contains(why), "{}", ran.stdout);
    let status = stage.campaign(&["status"]).exits(0);
    assert!(status.stdout.contains("1 open, 1 paused"), "{}", status.stdout);
    assert_eq!(open(&stage, &["alpha", "beta"]), [true, false]);
    stage.merged("alpha");
    stage.applied().exits(0);
    assert_eq!(open(&stage, &["alpha", "beta"]), [true, true]);
}

#[test]
fn a_place_that_no_file_has_is_worth_knowing() {
    let stage = Stage::of(&["alpha", "beta"]);
    for slug in ["alpha", "beta"] {
        stage.push("ann", slug, "main", "ci.yml", "jobs:\n  test: { runs-on: x }\n");
    }
    let at = |at: &str| {
        let text = format!(
            "schema: 1\nname: limits\nselect: {{ members: [alpha, beta] }}\nchanges:\n  - yaml:\n      paths: [ci.yml]\n      edits:\n\
             \x20       - set: {{ at: {at}, value: 15, only: absent }}\npull_request: {{ title: Limit }}\n"
        );
        stage.world.write("campaign.yaml", text);
        stage.campaign(&["plan"]).exits(0)
    };
    let wrong = at("jbos.*.timeout-minutes");
    let said = "`jbos.*.timeout-minutes` matches nothing in any of the 2 selected repositories that were read";
    assert!(wrong.stderr.contains(said), "{}\n{}", wrong.stdout, wrong.stderr);
    let right = at("jobs.*.timeout-minutes");
    assert!(!right.stderr.contains("matches nothing in"), "{}", right.stderr);
}

#[test]
fn a_repository_with_something_undecided_gets_its_safe_repairs_too() {
    let stage = Stage::of(&["alpha"]);
    stage.world.write(
        "shape/shape.yaml",
        "schema: 1\nname: small\npaths:\n  - { path: README.md, policy: seeded }\n  - { path: NOTE.md, policy: exact }\n\
         extras: ['**']\ndemands: { workflows: { folders: [.github/workflows], pinned: { actions: tag, reusable: tag } } }\n",
    );
    stage.world.write("shape/files/NOTE.md", "noted\n");
    let workflow =
        "on: push\njobs:\n  a:\n    runs-on: x\n    steps: [{ uses: acme/build@cargo-hack }]\n";
    stage.push("ann", "alpha", "main", ".github/workflows/ci.yml", workflow);
    let drift = stage.forge.run(&stage.world, &["drift", "--format", "json"]).json();
    assert_eq!(drift["repositories"][0]["verdict"], "unchecked");
    stage.campaign(&["init", "safe-repairs", "--output", "safe.yaml"]).exits(0);
    let plan = stage.campaign(&["plan", "safe.yaml"]).exits(0);
    assert!(plan.stdout.contains("NOTE.md"), "{}", plan.stdout);
}

#[test]
fn a_plan_made_while_a_wave_was_open_goes_on_once_that_is_merged() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.says_more("waves: { sizes: [1] }\n");
    stage.applied().exits(0);
    stage.campaign(&["plan"]).exits(0);
    stage.merged("alpha");
    let ran = stage.campaign(&["apply", "campaign.plan.json", "--yes"]).exits(0);
    assert!(ran.stdout.contains("1 open, 1 merged"), "{}", ran.stdout);
    assert_eq!(open(&stage, &["alpha", "beta"]), [true, true]);
}

#[test]
fn a_watch_that_begins_while_a_wave_is_open_goes_on_with_the_next() {
    let stage = Stage::with(&["alpha", "beta"], |_| {
        ", checks: [{ name: ci }], files: { README.md: x }".to_owned()
    });
    stage.says_more("waves: { sizes: [1] }\n");
    for slug in ["alpha", "beta"] {
        stage.applied().exits(0);
        stage.merged(slug);
    }
    stage.campaign(&["revert", "--yes"]).exits(0);
    let approve = |slug: &str| {
        let path = format!("/repos/acme/t-{slug}/pulls/2/reviews");
        stage.ask("ann", "POST", &path, serde_json::json!({ "event": "APPROVE", "body": "seen" }));
    };
    approve("alpha");
    std::thread::scope(|scope| {
        let run = scope.spawn(|| stage.campaign(&["revert", "--yes", "--watch"]));
        while stage.pulls("beta").len() < 2 && !run.is_finished() {
            crate::world::a_moment();
        }
        approve("beta");
        run.join().expect("a run").exits(0);
    });
    for slug in ["alpha", "beta"] {
        assert!(!stage.pulls(slug)[1]["merged_at"].is_null(), "{slug}");
    }
}
