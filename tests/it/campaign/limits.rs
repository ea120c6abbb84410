//! How far one run goes: no further than so many pull requests, and no longer than a window is open.

use serde_json::{Value, json};

use super::stage::{BRANCH, README, Stage};

const PLAN: &str = "campaign.plan.json";

/// More than are opened in a minute.
const MANY: [&str; 12] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];

/// The sandbox begins at noon.
const A_MINUTE: &str = "windows: [{ from: '00:00', to: '12:01' }]\n";

const SHUT: &str = "outside the campaign's windows: the campaign may act again in 11 hours";

fn opened(stage: &Stage, slugs: &[&str]) -> usize {
    slugs.iter().filter(|slug| !stage.pulls(slug).is_empty()).count()
}

#[test]
fn only_what_a_run_has_opened_counts_against_what_it_may_open() {
    let slugs = ["alpha", "beta", "gamma", "delta"];
    let stage = Stage::of(&slugs);
    stage.says_more("limits: { each_run: 1 }\nmoved: leave\n");
    stage.campaign(&["plan"]).exits(0);
    stage.push("ann", "alpha", "main", "OTHER.md", "other\n");
    for count in 1..=3 {
        let ran = stage.campaign(&["apply", PLAN, "--yes"]).exits(3);
        assert!(
            ran.stdout.contains("its base branch moved after the plan was made"),
            "{}",
            ran.stdout
        );
        assert_eq!(opened(&stage, &slugs), count, "{}", ran.stdout);
        let limit = "the campaign allows only 1 new pull request in one run";
        assert_eq!(ran.stdout.contains(limit), count < 3, "{}", ran.stdout);
    }
    assert!(stage.pulls("alpha").is_empty());
}

#[test]
fn an_interrupt_ends_the_wait_for_the_pace_at_once() {
    let slugs = ["alpha", "beta"];
    let stage = Stage::of(&slugs);
    stage.campaign(&["plan"]).exits(0);
    stage.forge.fail(&json!([{ "at": 3, "kind": "secondary-403", "seconds": 60 }]));
    let arguments = ["campaign", "apply", PLAN, "--yes"];
    let before = std::time::Instant::now();
    let (code, told) = stage.forge.interrupted_at(&stage.world, &arguments, "waiting");
    assert!(before.elapsed().as_secs() < 30, "{told}");
    assert!(code == 3 && told.contains("waiting"), "{code}\n{told}");
    assert_eq!(opened(&stage, &slugs), 0, "{told}");
    // What it did not wait for is not counted.
    let waited = told.rsplit_once(" waited").and_then(|(line, _)| line.rsplit_once("; "));
    let seconds = |said: &str| said.strip_suffix(" s").and_then(|number| number.parse().ok());
    let seconds: u64 = waited.map_or(Some(0), |(_, said)| seconds(said)).expect("seconds");
    assert!(seconds < 30, "{told}");
    // Nothing has failed, and the same command goes on.
    let alone = stage.forge.run(&stage.world, &[]).exits(0).stdout;
    assert!(alone.contains("the last run was cut off in 1 repository"), "{alone}");
    assert!(alone.contains(&format!("shipshape campaign apply {PLAN}\n")), "{alone}");
    stage.campaign(&["apply", PLAN, "--yes"]).exits(0);
    assert_eq!(opened(&stage, &slugs), 2);
}

#[test]
fn what_is_planned_again_counts_in_the_same_run() {
    let slugs = ["alpha", "beta", "gamma", "delta"];
    let stage = Stage::of(&slugs);
    stage.says_more("limits: { each_run: 2 }\nmoved: replan\n");
    stage.campaign(&["plan"]).exits(0);
    stage.push("ann", "beta", "main", "OTHER.md", "other\n");
    let ran = stage.campaign(&["apply", PLAN, "--yes"]).exits(0);
    assert!(ran.stderr.contains("Planning again where the base moved."), "{}", ran.stderr);
    assert_eq!(opened(&stage, &slugs), 2, "{}", ran.stdout);
}

#[test]
fn a_run_that_watches_opens_no_more_than_one_run_may() {
    let slugs = ["alpha", "beta", "gamma"];
    let stage =
        Stage::with(&slugs, |_| format!(", checks: [{{ name: ci }}], files: {{ {README} }}"));
    stage.says_more("limits: { each_run: 2 }\n");
    stage.campaign(&["plan"]).exits(0);
    std::thread::scope(|scope| {
        let run = scope.spawn(|| stage.campaign(&["apply", PLAN, "--yes", "--watch"]));
        for slug in ["alpha", "beta"] {
            while stage.pulls(slug).is_empty() {
                assert!(!run.is_finished(), "it ended before {slug} was offered anything");
                crate::world::a_moment();
            }
            stage.review("ann", slug, "APPROVE");
        }
        let ran = run.join().expect("a run").exits(0);
        assert!(
            ran.stdout.starts_with("Campaign add-note: 1 paused, 2 merged\n"),
            "{}",
            ran.stdout
        );
    });
    assert_eq!(opened(&stage, &slugs), 2);
}

#[test]
fn what_a_window_closes_upon_is_paused() {
    let stage = Stage::of(&MANY);
    stage.says_more(A_MINUTE);
    stage.campaign(&["plan"]).exits(0);
    let ran = stage.campaign(&["apply", PLAN, "--yes"]).exits(3);
    assert!(ran.stdout.contains(SHUT), "{}", ran.stdout);
    let count = opened(&stage, &MANY);
    assert!((1..MANY.len()).contains(&count), "{count}: {}", ran.stdout);
    assert!(ran.stderr.contains("Next:\n  shipshape campaign apply campaign.plan.json\n"));
}

#[test]
fn a_run_that_watches_waits_for_the_next_window() {
    let stage = Stage::of(&MANY);
    stage.says_more(A_MINUTE);
    stage.says_more("limits: { each_run: 12 }\n");
    stage.campaign(&["plan"]).exits(0);
    let watch = ["apply", PLAN, "--yes", "--watch", "--every", "3600"];
    std::thread::scope(|scope| {
        let run = scope.spawn(|| stage.campaign(&watch));
        while opened(&stage, &MANY) < MANY.len() {
            assert!(!run.is_finished(), "it ended before all were offered it");
            crate::world::a_moment();
        }
        for slug in MANY {
            let path = format!("/repos/acme/t-{slug}/pulls/1");
            stage.ask("ann", "PATCH", &path, serde_json::json!({ "state": "closed" }));
        }
        let ran = run.join().expect("a run").exits(0);
        assert!(ran.stderr.contains("outside the campaign's windows\n"), "{}", ran.stderr);
    });
}

#[test]
fn a_merge_ends_when_its_window_closes() {
    let stage =
        Stage::with(&MANY, |_| format!(", checks: [{{ name: ci }}], files: {{ {README} }}"));
    stage.campaign(&["plan"]).exits(0);
    stage.campaign(&["apply", PLAN, "--yes", "--pace", "unlimited"]).exits(0);
    for slug in MANY {
        stage.review("ann", slug, "APPROVE");
    }
    stage.says_more(A_MINUTE);
    let late = [("SHIPSHAPE_NOW", "2026-11-22T12:00:55Z")];
    let merge = ["campaign", "merge"];
    let ran = stage.forge.run_with(&stage.world, &merge, &late).exits(3);
    assert!(ran.stdout.contains(&format!("not merged: {SHUT}")), "{}", ran.stdout);
    let is_merged = |slug: &&&str| !stage.pulls(slug)[0]["merged_at"].is_null();
    let merged = MANY.iter().filter(is_merged).count();
    assert!((1..MANY.len()).contains(&merged), "{merged}: {}", ran.stdout);
}

#[test]
fn where_no_check_runs_a_merge_names_its_way() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.applied().exits(0);
    for slug in ["alpha", "beta"] {
        stage.review("ann", slug, "APPROVE");
    }
    let status = stage.campaign(&["status"]).exits(0);
    assert!(status.stdout.contains(" approved; no checks ran\n"), "{}", status.stdout);
    let next = "Next:\n  # 2 approved, on which no check ran\n  shipshape campaign merge campaign.yaml --without-checks\n";
    assert!(status.stderr.contains(next), "{}", status.stderr);
    let status = stage.campaign(&["status", "-m", "beta"]).exits(0);
    let next = "campaign merge campaign.yaml -m beta --without-checks\n";
    assert!(status.stderr.contains(next), "{}", status.stderr);
    let ran = stage.campaign(&["merge", "-m", "alpha"]).exits(1);
    assert!(ran.stdout.contains("not merged: no checks ran"), "{}", ran.stdout);
    let next = "Next:\n  # 1 on which no check ran\n  shipshape campaign merge campaign.yaml -m alpha --without-checks\n";
    assert!(ran.stderr.contains(next), "{}", ran.stderr);
    stage.campaign(&["merge", "campaign.yaml", "-m", "alpha", "--without-checks"]).exits(0);
}

/// Where the base has checks and none began on the pull request, that is what the lenience is for.
#[test]
fn where_no_check_has_begun_but_the_base_has_some_a_merge_can_be_asked_for() {
    let stage = Stage::with(&["alpha"], |_| {
        format!(
            ", runs: [{{ workflow: ci.yml, conclusion: success, happened: true }}], files: {{ {README}, .github/workflows/ci.yml: \"on: push\\njobs: {{ a: {{ runs-on: x, steps: [{{ run: x }}] }} }}\\n\" }}"
        )
    });
    stage.applied().exits(0);
    stage.review("ann", "alpha", "APPROVE");
    stage.campaign(&["merge", "-m", "alpha"]).exits(1);
    stage.campaign(&["merge", "-m", "alpha", "--without-checks"]).exits(0);
}

#[test]
fn where_checks_are_red_on_the_base_too_a_merge_names_its_way() {
    let stage = Stage::with(&["alpha"], |_| {
        format!(
            ", checks: [{{ name: ci, conclusion: failure, base: failure }}], files: {{ {README} }}"
        )
    });
    stage.applied().exits(0);
    stage.review("ann", "alpha", "APPROVE");
    let ran = stage.campaign(&["merge"]).exits(1);
    let why = "not merged: red on `main` as well: ci; --red-on-base merges it all the same";
    assert!(ran.stdout.contains(why), "{}", ran.stdout);
    let next = "  shipshape campaign merge campaign.yaml --red-on-base\n";
    assert!(ran.stderr.contains(next), "{}", ran.stderr);
}

#[test]
fn a_plan_whose_bases_moved_is_made_again() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.applied().exits(0);
    stage.merged("alpha");
    stage.merged("beta");
    stage.campaign(&["revert", "--plan", "back.json"]).exits(0);
    stage.push("ann", "beta", "main", "OTHER.md", "other\n");
    let ran = stage.campaign(&["apply", "back.json", "--yes"]).exits(3);
    assert!(ran.stdout.contains("its base branch moved after the plan was made"), "{}", ran.stdout);
    let ran = stage.forge.run(&stage.world, &[]).exits(0);
    let again = "shipshape campaign revert campaign.yaml --plan back.json";
    assert!(ran.stdout.contains(again), "{}", ran.stdout);
    let why = "reverts it: the base of 1 repository that is left moved after it was planned";
    assert!(ran.stdout.contains(why), "{}", ran.stdout);
    stage.campaign(&["revert", "campaign.yaml", "--plan", "back.json"]).exits(0);
    stage.campaign(&["apply", "back.json", "--yes"]).exits(0);
    assert_eq!(stage.pulls("beta").len(), 2);
}

#[test]
fn a_merge_that_takes_minutes_looks_again_and_reads_no_tree_twice() {
    let slugs: Vec<String> = (0..50).map(|number| format!("m{number}")).collect();
    let slugs: Vec<&str> = slugs.iter().map(String::as_str).collect();
    let stage =
        Stage::with(&slugs, |_| format!(", checks: [{{ name: ci }}], files: {{ {README} }}"));
    stage.campaign(&["plan"]).exits(0);
    stage.campaign(&["apply", PLAN, "--yes", "--pace", "unlimited"]).exits(0);
    stage.forge.requests();
    let ran = stage.campaign(&["merge", "--without-approval"]).exits(0);
    assert!(ran.stdout.starts_with("Campaign add-note: 50 merged\n"), "{}", ran.stdout);
    let log = stage.forge.exchanges();
    let first = log.iter().position(|it| it["method"] == "PUT").expect("a merge");
    let later = |query: &str| {
        let is_it = |it: &&Value| {
            it["request"]["query"].as_str().is_some_and(|text| text.starts_with(query))
        };
        log.iter().skip(first).filter(is_it).count()
    };
    assert!(later("query offers") > 10, "{}", later("query offers"));
    assert_eq!((later("query heads"), later("query trees")), (0, 0));
}

#[test]
fn what_was_opened_when_an_interrupt_came_is_named_with_its_number() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.world.replace("campaign.yaml", "pull_request: {", "pull_request: { labels: [notes],");
    stage.campaign(&["plan"]).exits(0);
    let route = "POST /repos/{owner}/{repo}/issues/{issue_number}/labels";
    stage.forge.fail(&json!([{ "route": route, "kind": "secondary-403", "seconds": 60 }]));
    let arguments = ["campaign", "apply", PLAN, "--yes"];
    let (code, told) = stage.forge.interrupted_at(&stage.world, &arguments, "waiting");
    let row = "  t-alpha #1                       open        opened; stopped by Ctrl-C: run the command again to continue\n";
    assert!(code == 3 && told.contains(row), "{code}\n{told}");
    assert!(told.contains("Next:\n  shipshape campaign apply campaign.plan.json\n"), "{told}");
    stage.campaign(&["apply", PLAN, "--yes"]).exits(0);
    assert_eq!(["alpha", "beta"].map(|slug| stage.pulls(slug).len()), [1, 1]);
    assert_eq!(stage.pulls("alpha")[0]["labels"][0]["name"], "notes");
}

#[test]
fn where_a_named_check_never_runs_no_merge_is_proposed() {
    let stage = Stage::of(&["alpha"]);
    stage.says_more("checks: [ci]\n");
    stage.applied().exits(0);
    stage.review("ann", "alpha", "APPROVE");
    let status = stage.campaign(&["status"]).exits(0);
    assert!(status.stderr.contains("# 1 approved on which `ci` has not run"), "{}", status.stderr);
    let close = "shipshape campaign close campaign.yaml -m alpha\n";
    assert!(status.stderr.contains(close), "{}", status.stderr);
    assert!(!status.stderr.contains("campaign merge"), "{}", status.stderr);
}

#[test]
fn an_edited_one_that_the_next_wave_waits_for_is_named_with_both_ways_out() {
    let stage = Stage::of(&["alpha", "beta"]);
    stage.says_more("waves: { sizes: [1] }\n");
    stage.applied().exits(0);
    stage.push("ann", "alpha", BRANCH, "NOTE.md", "noted, and more\n");
    let status = stage.campaign(&["status"]).exits(0);
    let why = "# 1 edited that later waves wait for: merge it by hand, or give it up\n";
    assert!(status.stderr.contains(why), "{}", status.stderr);
    let close = "shipshape campaign close campaign.yaml --edited -m alpha\n";
    assert!(status.stderr.contains(close), "{}", status.stderr);
}
