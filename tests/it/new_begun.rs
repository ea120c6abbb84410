//! `shipshape new` on the forge after a run that was cut off: gone on with, or given up.

use serde_json::json;

use crate::mishaps::Stage as _;
use crate::new_forge::{FLEET, SEED, Stage};
use crate::rehearsal::Asked;

#[test]
fn what_was_begun_is_given_up_only_when_something_else_is_made() {
    let stage = Stage::set();
    stage.run(&["new", "beta", "--defaults", "--wait", "0"]).exits(3);
    let over = ["new", "beta", "--defaults", "--start-over"];
    stage.run(&[&over[..], &["--dry-run"]].concat()).exits(2);
    stage.run(&[&over[..], &["--read-only"]].concat()).ends();
    // It is gone on with all the same, and says what the run that was cut off did not come to say.
    let ran = stage.run(&["new", "beta", "--wait", "0"]).exits(3);
    assert!(ran.stderr.contains("Continuing what was started"), "{}", ran.stderr);
    assert!(
        ran.stdout.contains("commit list.txt and fleet.yaml, unless that was done already"),
        "{}",
        ran.stdout
    );
    // Nor is it given up by a person who looks at it and leaves.
    stage.world.write("fleet.yaml", FLEET).write("list.txt", "alpha\n");
    let asked = ["new", "beta", "--ask", "--start-over"];
    let other = ["a:b", "", "", "", "", "", "", "leave"];
    let ran = stage.forge.run_typing(&stage.world, &asked, &other).exits(2);
    let hint = "hint: your answers, for when what is refused has changed: shipshape new beta --set model=a:b";
    assert!(ran.stderr.contains(hint), "{}", ran.stderr);
    // What is there is said before the questions, and not only when their answers are refused.
    let there = "is there already, made by an earlier run of `new`";
    let (note, error) = (ran.stderr.find(there), ran.stderr.find("error: "));
    assert!(note.is_some() && note < error, "{}", ran.stderr);
    let typed = ["", "", "", "", "", "", "", "leave"];
    let ran = stage.forge.run_typing(&stage.world, &asked, &typed).exits(0);
    assert!(ran.stderr.contains("Nothing was created"), "{}", ran.stderr);
    let ran = stage.run(&["new", "beta", "--wait", "0"]).exits(3);
    assert!(ran.stderr.contains("Continuing what was started"), "{}", ran.stderr);
    let ran = stage.run(&over).exits(0);
    assert!(!ran.stderr.contains("Continuing what"), "{}", ran.stderr);
}

#[test]
fn the_name_alone_continues_a_run_in_a_fleet_of_several_kinds() {
    let stage = Stage::set();
    stage.world.write(
        "fleet.yaml",
        FLEET
            .replace("images: {", "  crate: { prefix: crate- }\nimages: {")
            .replace("- alpha", "- workspace-template-alpha"),
    );
    stage.run(&["new", "beta", "--kind", "workspace", "--defaults", "--wait", "0"]).exits(3);
    let ran = stage.run(&["new", "beta", "--wait", "0"]).exits(3);
    assert!(ran.stderr.contains("Continuing what was started"), "{}", ran.stderr);
    // Of a name without a run, nothing is known.
    let ran = stage.run(&["new", "gamma", "--defaults"]).exits(2);
    assert!(ran.stderr.contains("the kind of the new member is not given"), "{}", ran.stderr);
    // Nor of one whose run made a repository of another name: it would not be continued, but made a second time.
    let delta = ["new", "delta", "--defaults", "--wait", "0"];
    let own = ["--kind", "workspace", "--repository", "own-delta"];
    stage.run(&[&delta[..], &own].concat()).exits(3);
    let ran = stage.run(&delta).exits(2);
    assert!(ran.stderr.contains("the kind of the new member is not given"), "{}", ran.stderr);
    let ran = stage.run(&[&delta[..], &own[2..]].concat()).exits(3);
    assert!(ran.stderr.contains("Continuing what was started"), "{}", ran.stderr);
    // Where no run is recorded, fleet.yaml says the kind of a member that it lists.
    stage.world.remove_state();
    stage.run(&["new", "beta", "--wait", "0"]).exits(3);
    stage.run(&delta).exits(2);
}

#[test]
fn the_newest_run_of_a_workflow_counts_and_one_that_failed_is_to_be_looked_at() {
    let success = "{ workflow: ci.yml, conclusion: success, seconds: 20 }";
    assert!(SEED.contains(success));
    let failure = "{ workflow: ci.yml, conclusion: failure, seconds: 20 }";
    let stage = Stage::with(FLEET, &SEED.replace(success, failure));
    // `publish-image` fails once and is run again: that it failed is nobody's concern by then.
    let ran = stage.run(&["new", "beta", "--defaults"]).exits(1);
    assert_eq!(ran.stdout.matches("a workflow failed: ").count(), 1, "{}", ran.stdout);
    assert!(ran.stdout.contains("CI: failure"), "{}", ran.stdout);
}

#[test]
fn starting_over_in_another_repository_gives_the_earlier_run_up() {
    let stage = Stage::set();
    stage.run(&["new", "beta", "--defaults", "--wait", "0"]).exits(3);
    stage.world.write("fleet.yaml", FLEET).write("list.txt", "alpha\n");
    assert!(stage.run(&[]).stdout.contains("shipshape new beta"));
    let other = ["--repository", "workspace-template-beta2", "--start-over"];
    let over = [&["new", "beta", "--defaults"][..], &other].concat();
    // Its pull requests are of the earlier one until somebody has put them away.
    let ran = stage.run(&over).exits(2);
    let said = "adds another repository, acme/workspace-template-beta";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    for (number, list) in [(1, "images"), (2, "list")] {
        let pull = format!("/repos/acme/core/pulls/{number}");
        stage.forge.write("PATCH", &pull, &json!({ "state": "closed" }));
        let branch = format!("/api/v3/repos/acme/core/git/refs/heads/shipshape/new-beta-{list}");
        let delete = Asked { method: "DELETE", path: &branch, ..Asked::default() };
        stage.forge.ask("writer", &delete).is(204);
    }
    let ran = stage.run(&over).exits(0);
    let left = "gave up the run for acme/workspace-template-beta; what it created stays: the repository acme/workspace-template-beta; one commit on `main`: ";
    assert!(ran.stderr.contains(left), "{}", ran.stderr);
    let ran = stage.run(&[]);
    assert!(!ran.stdout.contains("shipshape new beta"), "{}", ran.stdout);
}

#[test]
fn files_of_other_answers_are_not_continued_with_whatever_is_recorded() {
    let stage = Stage::set();
    let new = ["new", "beta", "--defaults", "--wait", "0"];
    let json = [&new[..], &["--format", "json"]].concat();
    let first = stage.run(&json).exits(3).json();
    let listed = [stage.world.read("fleet.yaml"), stage.world.read("list.txt")];
    stage.world.write("fleet.yaml", FLEET).write("list.txt", "alpha\n");
    let before = stage.end_state();
    let other = ["--set", "model=openai:gpt-5"];
    let refused = |more: &[&str]| {
        let ran = stage.run(&[&new[..], &other, more].concat()).exits(2);
        for said in [
            "created `acme/workspace-template-beta` from other answers",
            "its commit has other files than these answers give: ",
            "config.yaml",
            "or first delete `acme/workspace-template-beta`",
        ] {
            assert!(ran.stderr.contains(said), "{said}: {}", ran.stderr);
        }
        assert_eq!(ran.stdout, "");
        assert_eq!(stage.end_state(), before);
    };
    refused(&["--start-over"]);
    refused(&["--start-over", "--read-only"]);
    let lost = || std::fs::remove_dir_all(stage.world.path(".local/state")).expect("a journal");
    lost();
    refused(&[]);
    // Of a listed member nothing is created any more, and its files are those that it has.
    let [fleet, list] = listed;
    stage.world.write("fleet.yaml", fleet).write("list.txt", list);
    for more in [&["--dry-run"][..], &[]] {
        let again = stage.run(&[&json[..], &other, more].concat()).json();
        assert_eq!(again["files"], first["files"], "{again:#}");
    }
    // The same answers are continued without a record.
    lost();
    stage.world.write("fleet.yaml", FLEET).write("list.txt", "alpha\n");
    let again = stage.run(&json).exits(3).json();
    assert_eq!(again["files"], first["files"]);
    assert_eq!(again["forge"]["commit"], first["forge"]["commit"]);
}

#[test]
fn a_run_that_has_committed_nothing_may_start_over_in_the_same_repository() {
    let stage = Stage::set();
    let fault = json!([{ "route": "POST /graphql", "kind": "bad-gateway-before", "times": 99 }]);
    stage.forge.fail(&fault);
    let new = ["new", "beta", "--defaults", "--wait", "0"];
    stage.run(&new).exits(3);
    stage.forge.fail(&json!([]));
    let other = ["--set", "model=openai:gpt-5", "--description", "Other"];
    let over = [&new[..], &other].concat();
    let ran = stage.run(&over).exits(2);
    assert!(
        ran.stderr.contains("--start-over commits the files of the new answers to"),
        "{}",
        ran.stderr
    );
    let ran = stage.run(&[&over[..], &["--start-over"]].concat()).exits(3);
    let said = "its description is `Beta as a workspace runtime`, and was left as it is; the answer was `Other`";
    assert!(ran.stdout.contains(said), "{}", ran.stdout);
    // These are the files of the new answers.
    std::fs::remove_dir_all(stage.world.path(".local/state")).expect("a journal");
    stage.world.write("fleet.yaml", FLEET).write("list.txt", "alpha\n");
    stage.run(&over).exits(3);
}

#[test]
fn a_plan_shows_what_became_of_the_pull_requests_of_an_earlier_run() {
    let stage = at_home();
    let new = ["new", "beta", "--defaults"];
    let dry = [&new[..], &["--dry-run"]].concat();
    let plan = stage.run(&dry).exits(0).stdout;
    assert!(
        plan.contains("  open a pull request in acme/core: images (images.go): + \"beta\""),
        "{plan}"
    );
    assert!(plan.contains("acme/core: list (list.json): +1 -1\n"), "{plan}");
    assert!(plan.contains("  and 1 file as the starter has them: LICENSE\n"), "{plan}");
    stage.run(&new).exits(0);
    let plan = || stage.run(&dry).stdout;
    let waits = |what: &str| format!("  {what}: a pull request waits for review: ");
    let begun = plan();
    for what in ["images (images.go) in acme/core", "fleet.yaml (fleet.yaml) in acme/home"] {
        assert!(begun.contains(&waits(what)), "{what}: {begun}");
    }
    assert!(!begun.contains("open a pull request") && !begun.contains("one commit"), "{begun}");
    // Once fleet.yaml here lists it, the run is over.
    stage.world.replace("fleet.yaml", "first\n", "first\n  - beta\n");
    let made = plan();
    assert!(made.contains(&waits("list (list.json) in acme/core")), "{made}");
    assert!(!made.contains("open a pull request"), "{made}");
}

#[test]
fn a_manifest_that_home_does_not_have_is_reported_before_anything_is_created() {
    let fleet = FLEET.replace("forge:", "home: { repository: home }\nforge:");
    let stage = Stage::with(&fleet, &SEED.replace("fleet.yaml: \"FLEET\"", "README.md: ours"));
    let before = stage.end_state();
    for more in [&["--dry-run"][..], &[]] {
        let ran = stage.run(&[&["new", "beta", "--defaults"][..], more].concat()).exits(3);
        assert!(ran.stderr.contains("`acme/home` has no file `fleet.yaml`"), "{}", ran.stderr);
        assert_eq!(stage.end_state(), before);
    }
    // So is any other list in a repository.
    let stage = Stage::with(FLEET, &SEED.replace("list.json: ", "other.json: "));
    let ran = stage.run(&["new", "beta", "--defaults"]).exits(3);
    assert!(ran.stderr.contains("`acme/core` has no file `list.json`"), "{}", ran.stderr);
}

/// The command that `new` was run with, by a token that may not create anything.
fn refused(stage: &Stage) {
    let ran = stage.forge.run_as(
        &stage.world,
        "reader",
        &["new", "beta", "--defaults", "--wait", "0", "--description", "The second"],
    );
    let ran = ran.exits(3);
    // Nothing was made, so nothing is remembered: the command has the answers.
    assert!(ran.stderr.contains("once that is fixed, run: shipshape new beta "), "{}", ran.stderr);
    assert!(ran.stderr.contains("--description 'The second'"), "{}", ran.stderr);
}

#[test]
fn a_refused_creation_is_not_remembered_and_takes_no_repository_of_others() {
    let stage = Stage::set();
    refused(&stage);
    let ran = stage.run(&[]);
    assert!(!ran.stdout.contains("shipshape new beta"), "{}", ran.stdout);
    // Somebody else makes a repository of that name, with one commit.
    let new = json!({ "name": "workspace-template-beta", "auto_init": true, "private": false });
    stage.forge.write("POST", "/orgs/acme/repos", &new);
    let before = stage.end_state()["acme/workspace-template-beta"].clone();
    let ran = stage.run(&["new", "beta", "--defaults", "--wait", "0"]).exits(2);
    assert!(
        ran.stderr.contains("it holds only its first commit, and no record here says"),
        "{}",
        ran.stderr
    );
    assert!(!ran.stderr.contains("Continuing what"), "{}", ran.stderr);
    assert_eq!(stage.end_state()["acme/workspace-template-beta"], before);
}

#[test]
fn a_member_that_is_retired_before_it_was_finished_is_not_announced_any_more() {
    let stage = Stage::set();
    stage.run(&["new", "beta", "--defaults", "--wait", "0"]).exits(3);
    let open = || {
        let pulls = stage.end_state()["acme/core"]["pulls"].clone();
        let pulls = pulls.as_array().cloned().unwrap_or_default();
        pulls.iter().filter(|it| it[2] == "open").count()
    };
    assert_eq!(open(), 2);
    let shown = stage.run(&["fleet", "retire", "beta"]);
    assert!(
        shown.stdout.contains("close acme/core#1, which adds it: Add beta to images"),
        "{}",
        shown.stdout
    );
    let ran = stage.run(&["fleet", "retire", "beta", "--apply", "--anyway"]).exits(0);
    let left = "left to you: remove it from beside: `shipshape fleet registrations --write`";
    assert!(ran.stderr.contains(left), "{}", ran.stderr);
    assert_eq!(open(), 0);
    assert_eq!(stage.run(&["new", "--unfinished"]).exits(0).stdout, "");
    let ran = stage.run(&[]);
    assert!(!ran.stdout.contains("shipshape new beta"), "{}", ran.stdout);
    let again = stage.run(&["fleet", "retire", "beta"]).exits(0);
    assert!(!again.stdout.contains("close acme/core"), "{}", again.stdout);
}

/// A fleet whose manifest is kept on the forge, so that an unfinished run does not change the one that is here.
fn at_home() -> Stage {
    Stage::with(&FLEET.replace("forge:", "home: { repository: home }\nforge:"), SEED)
}

#[test]
fn unfinished_runs_are_listed_with_what_they_created_and_can_be_forgotten() {
    let stage = at_home();
    let none = stage.run(&["new", "--unfinished"]).exits(0);
    assert!(none.stderr.contains("No unfinished run of `new` is recorded here"), "{}", none.stderr);
    stage.run(&["new", "beta", "--defaults", "--wait", "0"]).exits(3);
    let listed = stage.run(&["new", "--unfinished"]).exits(0);
    for line in [
        "acme/workspace-template-beta, started at 2026-11-22T",
        "  stopped: its pull requests are drafts until its image exists",
        "  created: the repository acme/workspace-template-beta",
        "           one commit on `main`: ",
        "           images: a draft waits for the image: ",
        "           fleet.yaml: a pull request waits for review: ",
    ] {
        assert!(listed.stdout.contains(line), "{line}: {}", listed.stdout);
    }
    let next = "\nNext:\n  shipshape new beta\n  # shows what the forge has of it by now, and which files are not as its answers give them\n  shipshape new beta --dry-run\n  # or forget beta; what was created stays\n  shipshape new beta --forget\n";
    assert!(listed.stderr.contains(next), "{}", listed.stderr);
    let other = stage.run(&["new", "gamma", "--unfinished"]).exits(0);
    assert_eq!(other.stdout, "");
    let said = "is recorded for `gamma`; `shipshape new --unfinished` lists those that are";
    assert!(other.stderr.contains(said), "{}", other.stderr);
    let guide = stage.run(&[]).stdout;
    let words: Vec<&str> = guide.split_whitespace().collect();
    assert!(
        words.join(" ").contains("`shipshape new --unfinished` shows what it created"),
        "{guide}"
    );
    let ran = stage.run(&["new", "gamma", "--forget"]).exits(2);
    assert!(ran.stderr.contains("no unfinished run of `new` is recorded for `gamma`"));
    stage.run(&["new", "--forget"]).exits(2);
    stage.run(&["new", "beta", "--forget", "--description", "x"]).exits(2);
    let before = stage.end_state();
    let ran = stage.run(&["new", "beta", "--forget", "--dry-run"]).exits(0);
    assert!(ran.stderr.contains("Nothing was forgotten"), "{}", ran.stderr);
    assert_eq!(stage.run(&["new", "--unfinished"]).stdout, listed.stdout);
    let ran = stage.run(&["new", "beta", "--forget"]).exits(0);
    assert_eq!(ran.stdout, listed.stdout);
    assert!(ran.stderr.contains("what it created stays on the forge"), "{}", ran.stderr);
    assert!(ran.stderr.contains("left to you: close the pull requests"), "{}", ran.stderr);
    assert_eq!(stage.run(&["new", "--unfinished"]).stdout, "");
    assert_eq!(stage.end_state(), before);
}

#[test]
fn what_a_forgotten_run_added_to_fleet_yaml_is_retired_like_any_member() {
    let stage = Stage::set();
    stage.run(&["new", "beta", "--defaults", "--wait", "0"]).exits(3);
    let ran = stage.run(&["new", "beta", "--forget"]).exits(0);
    assert!(
        ran.stderr.contains("  shipshape fleet retire workspace-template-beta\n"),
        "{}",
        ran.stderr
    );
    stage.run(&["fleet", "retire", "beta", "--apply", "--anyway"]).exits(0);
}

#[test]
fn what_is_not_in_fleet_yaml_yet_is_not_retired_but_said_to_be_unfinished() {
    let stage = at_home();
    stage.run(&["new", "beta", "--defaults", "--wait", "0"]).exits(3);
    let ran = stage.run(&["fleet", "retire", "beta", "--apply"]).exits(2);
    for said in [
        "`beta` is not in fleet.yaml yet: the run of `new` that creates it is unfinished",
        "created so far: the repository acme/workspace-template-beta; one commit on `main`: ",
        "finish it with `shipshape new beta`; once `home` lists it, update fleet.yaml here, then retire it",
        "forget the run: `shipshape new beta --forget`",
    ] {
        assert!(ran.stderr.contains(said), "{said}: {}", ran.stderr);
    }
    let ran = stage.run(&["fleet", "retire", "gamma"]).exits(2);
    assert!(ran.stderr.contains("no member of the fleet is called `gamma`"), "{}", ran.stderr);
}

#[test]
fn a_retirement_says_that_the_manifest_is_to_be_offered_to_its_home() {
    let stage = at_home();
    let shown = stage.run(&["fleet", "retire", "alpha"]);
    assert!(
        shown.stdout.contains("; then commit it and offer it to `home` as a pull request"),
        "{}",
        shown.stdout
    );
    let ran = stage.run(&["fleet", "retire", "alpha", "--apply", "--anyway"]).exits(0);
    assert!(
        ran.stderr.contains("left to you: commit fleet.yaml and offer it to `home`"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_run_that_only_waits_for_its_entry_in_fleet_yaml_is_kept_until_that_lists_it() {
    let stage = at_home();
    let ran = stage.run(&["new", "beta", "--defaults", "--description", "Ours"]).exits(0);
    for said in [
        "  - commit list.txt and offer it to `home` too: the pull request there changes only fleet.yaml\n",
        "update fleet.yaml here once the pull request for it is merged; until then `shipshape new --unfinished`",
    ] {
        assert!(ran.stdout.contains(said), "{said}: {}", ran.stdout);
    }
    let listed = stage.run(&["new", "--unfinished"]).exits(0);
    let state = "  state:   waits for its entry in fleet.yaml (a pull request waits for review: ";
    assert!(listed.stdout.contains(state), "{}", listed.stdout);
    assert_eq!(listed.stdout.matches("fleet.yaml").count(), 1, "{}", listed.stdout);
    // The draft is ready by now.
    assert!(listed.stdout.contains("images: a pull request waits for review"), "{}", listed.stdout);
    let ran = stage.run(&["fleet", "retire", "beta"]).exits(2);
    assert!(ran.stderr.contains("waits for its entry in fleet.yaml"), "{}", ran.stderr);
    let hint = "hint: once `home` lists it, update fleet.yaml here, then retire it";
    assert!(ran.stderr.contains(hint), "{}", ran.stderr);
    let guide = stage.run(&[]).stdout;
    let words = guide.split_whitespace().collect::<Vec<_>>().join(" ");
    let why = "fleet.yaml here does not list it yet: this shows what became of the pull request";
    assert!(words.contains(why), "{guide}");
    // It is continued without questions, and shows what became of the pull request.
    stage.forge.write("PATCH", "/repos/acme/home/pulls/1", &json!({ "state": "closed" }));
    let ran = stage.run(&["new", "beta"]).exits(1);
    assert!(ran.stderr.contains("Continuing what was started"), "{}", ran.stderr);
    for said in [
        "fleet.yaml was closed without being merged, so it lacks the member: reopen it, or bring the member in by hand: ",
        "or give the member up: `shipshape new workspace-template-beta --forget`\n",
    ] {
        assert!(ran.stdout.contains(said), "{said}: {}", ran.stdout);
    }
    assert!(!ran.stdout.contains("once the pull request for it is merged"), "{}", ran.stdout);
    let listed = stage.run(&["new", "--unfinished"]).exits(0).stdout;
    let state = "waits for its entry in fleet.yaml (closed without a merge, and left closed: ";
    assert!(listed.contains(state), "{listed}");
    stage.run(&["new", "beta", "--forget", "--dry-run"]).exits(0);
    // Once fleet.yaml here lists it, the run is finished.
    stage.world.replace("fleet.yaml", "first\n", "first\n  - beta\n");
    assert_eq!(stage.run(&["new", "--unfinished"]).exits(0).stdout, "");
    assert!(!stage.run(&[]).stdout.contains("shipshape new beta"));
    let ran = stage.run(&["new", "beta", "--set", "model=a:b"]).exits(0);
    assert!(ran.stderr.contains("answers change nothing that exists already"), "{}", ran.stderr);
    stage.run(&["new", "beta", "--forget"]).exits(2);
}

#[test]
fn a_run_that_waits_for_its_entry_in_fleet_yaml_can_be_forgotten() {
    let stage = at_home();
    stage.run(&["new", "beta", "--defaults"]).exits(0);
    let ran = stage.run(&["new", "beta", "--forget"]).exits(0);
    assert!(ran.stderr.contains("left to you: close the pull requests"), "{}", ran.stderr);
    // The list beside fleet.yaml has it already.
    assert!(ran.stderr.contains("\n  shipshape fleet registrations\n"), "{}", ran.stderr);
    let ran = stage.run(&["fleet", "registrations"]).exits(1);
    assert!(ran.stdout.contains("`beside` has `beta`, which is not a member"), "{}", ran.stdout);
    assert_eq!(stage.run(&["new", "--unfinished"]).exits(0).stdout, "");
}

#[test]
fn a_folder_is_registered_in_the_fleet_yaml_that_is_here_and_that_is_to_be_offered_to_its_home() {
    let stage = at_home();
    let fleet = stage.world.read("fleet.yaml");
    let local = ["new", "beta", "--defaults", "--local", "beta", "--register"];
    let ran = stage.world.run(&local).exits(0);
    assert_eq!(stage.world.read("fleet.yaml"), fleet.replace("first\n", "first\n  - beta\n"));
    assert_eq!(stage.world.read("list.txt"), "alpha\nbeta\n");
    let said =
        "left to you: commit what was changed, and offer fleet.yaml to `home` as a pull request";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
}
