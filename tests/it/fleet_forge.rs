//! `fleet retire` and `fleet registrations` on the forge: done once, whatever is killed or lost on the way.

use serde_json::{Value, json};

use crate::fleet_commands::{FLEET, SEED};
use crate::mishaps::{Stage as _, faulty_anywhere, killed_anywhere};
use crate::rehearsal::Rehearsal;
use crate::world::World;

const RETIRE: &[&str] = &["fleet", "retire", "hermes", "--apply", "--anyway"];
const REPAIR: &[&str] = &["fleet", "registrations", "--pull-requests"];

/// A fleet whose lists are wrong, and its forge.
struct Stage {
    world: World,
    forge: Rehearsal,
}

impl Stage {
    fn with(fleet: &str, seed: &str) -> Self {
        let world = World::new();
        world.write("fleet.yaml", fleet);
        world.write("shape/shape.yaml", "schema: 1\nname: t\npaths: []\nextras: ['**']\n");
        let forge = Rehearsal::new(&world, seed);
        Self { world, forge }
    }

    fn pulls(&self, repository: &str) -> Vec<Value> {
        let state = self.forge.state();
        state["repositories"][repository]["pulls"].as_array().cloned().unwrap_or_default()
    }
}

impl crate::mishaps::Stage for Stage {
    fn set() -> Self {
        Self::with(FLEET, SEED)
    }

    fn world(&self) -> &World {
        &self.world
    }

    fn forge(&self) -> &Rehearsal {
        &self.forge
    }

    /// Without ids and times of commits.
    fn end_state(&self) -> Value {
        let mut state = self.forge.state();
        for repository in state["repositories"].as_object_mut().into_iter().flatten() {
            for reference in repository.1["references"].as_object_mut().into_iter().flatten() {
                reference.1["commit"].take();
            }
        }
        state["fleet.yaml"] = self.world.read("fleet.yaml").into();
        state
    }
}

#[test]
fn a_member_is_retired_once_and_what_became_of_its_pull_request_is_respected() {
    let stage = Stage::set();
    stage.run(RETIRE).exits(0);
    let state = stage.end_state();
    assert_eq!(state["repositories"]["acme/t-hermes"]["archived"], true);
    assert_eq!(state["repositories"]["acme/t-hermes"]["pulls"][0]["state"], "closed");
    let offered = stage.pulls("acme/core");
    assert_eq!(offered.len(), 1);
    assert!(offered[0]["body"].to_string().contains("<!-- shipshape: retire acme/t-hermes -->"));
    stage.run(RETIRE).exits(0);
    assert_eq!(stage.end_state(), state);
    // The journal was lost: the pull request says what it is of.
    std::fs::remove_dir_all(stage.world.path(".local/state")).expect("a journal");
    stage.run(RETIRE).exits(0);
    assert_eq!(stage.end_state(), state);
    // Somebody closed it: no second one, and it is said that the list is as it was.
    stage.forge.write("PATCH", "/repos/acme/core/pulls/1", &json!({ "state": "closed" }));
    let ran = stage.run(RETIRE).exits(1);
    assert!(ran.stderr.contains("closed without a merge"), "{}", ran.stderr);
    assert_eq!(stage.pulls("acme/core").len(), 1);
}

#[test]
fn a_retirement_repairs_nothing_else_in_the_lists() {
    let both = SEED.replace("{\\\"hermes\\\"}", "{\\\"hermes\\\", \\\"x\\\"}");
    assert_ne!(both, SEED);
    let stage = Stage::with(FLEET, &both);
    stage.run(RETIRE).exits(0);
    let branch = stage.forge.read("/repos/acme/core/pulls/1")["head"]["ref"].clone();
    let branch = branch.as_str().expect("a branch");
    let file = stage.forge.read(&format!("/repos/acme/core/contents/images.py?ref={branch}"));
    // `codex` is missing in the list, and stays so.
    assert_eq!(file["content"].as_str().map(str::trim_end), Some("SU1BR0VTID0geyJ4In0K"));
}

#[test]
fn an_edit_of_the_manifest_while_pull_requests_are_offered_is_kept() {
    let stage = Stage::set();
    let slow = json!({ "route": "POST /repos/{owner}/{repo}/pulls", "kind": "slow", "seconds": 3 });
    stage.forge.fail(&json!([slow]));
    stage.forge.requests();
    let mut child = stage.forge.start(&stage.world, RETIRE);
    let is_offered = || {
        stage.forge.exchanges().iter().any(|it| it["route"] == "POST /repos/{owner}/{repo}/pulls")
    };
    while !is_offered() && child.try_wait().expect("a child").is_none() {
        crate::world::a_moment();
    }
    stage.world.replace("fleet.yaml", "schema: 1\n", "schema: 1 # edited\n");
    assert!(child.wait().expect("it ends").success());
    let manifest = stage.world.read("fleet.yaml");
    assert!(manifest.contains("# edited") && manifest.contains("retired: "), "{manifest}");
}

#[test]
fn a_list_that_changed_after_the_offer_gets_no_second_one() {
    let stage = Stage::set();
    stage.run(&[RETIRE, &["--keep"]].concat()).exits(0);
    let content = "SU1BR0VTID0geyJoZXJtZXMiLCAiY29kZXgifQo=";
    let path = "/repos/acme/core/contents/images.py";
    let sha = stage.forge.read(path)["sha"].clone();
    let change = json!({ "message": "Name codex", "content": content, "sha": sha });
    stage.forge.write("PUT", path, &change);
    stage.run(RETIRE).exits(0);
    assert_eq!(stage.pulls("acme/core").len(), 1);
    assert_eq!(stage.forge.state()["repositories"]["acme/t-hermes"]["archived"], true);
}

#[test]
fn what_cannot_be_seen_is_no_reason_to_retire_it() {
    let fleet = FLEET.replace("t-codex]", "t-codex, t-ghost]");
    let stage = Stage::with(&fleet, SEED);
    let ran = stage.run(&["fleet", "retire", "ghost"]).exits(3);
    let line = ran.stdout.lines().find(|line| line.contains("last commit")).expect("a line");
    assert!(line.starts_with("  ? "), "{line}");
    assert!(
        ran.stdout.contains("the repository does not exist, or this token cannot see it"),
        "{}",
        ran.stdout
    );
    // To look again is what follows, and not to do it all the same.
    assert!(ran.stderr.contains("# check again what was not read: last commit"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("--anyway"), "{}", ran.stderr);
    let ran = stage.run(&["fleet", "retire", "ghost", "--apply"]).exits(3);
    assert!(!ran.stderr.contains("signs of life"), "{}", ran.stderr);
    assert_eq!(stage.world.read("fleet.yaml"), fleet);
    // Gone for certain, somebody says.
    stage.run(&["fleet", "retire", "ghost", "--apply", "--anyway"]).exits(0);
    assert!(stage.world.read("fleet.yaml").contains("retired"));
}

#[test]
fn a_dispatch_is_a_sign_of_life_however_much_was_pushed_since() {
    let dispatched = "on: repository_dispatch, happened: true, conclusion: success }";
    let pushed = "{ workflow: publish.yml, on: push, happened: true, conclusion: success }";
    let runs = format!("[{{ workflow: publish.yml, {dispatched}, {}]", [pushed; 110].join(", "));
    let seed = SEED
        .replace("[{ workflow: publish.yml, conclusion: failure, happened: true }]", &runs)
        .replace("\"on: push", "\"on: [push, repository_dispatch]");
    let stage = Stage::with(FLEET, &seed);
    let ran = stage.run(&["fleet", "retire", "codex"]).exits(1);
    let line = ran.stdout.lines().find(|line| line.contains("last dispatch")).expect("a line");
    assert!(line.starts_with("  ! "), "{line}");
}

#[test]
fn a_repair_that_somebody_closed_is_not_offered_again() {
    let stage = Stage::set();
    stage.run(REPAIR).exits(0);
    assert_eq!(stage.pulls("acme/core").len(), 1);
    stage.run(REPAIR).exits(0);
    stage.forge.write("PATCH", "/repos/acme/core/pulls/1", &json!({ "state": "closed" }));
    let ran = stage.run(REPAIR).exits(1);
    assert!(ran.stderr.contains("closed without a merge"), "{}", ran.stderr);
    assert_eq!(stage.pulls("acme/core").len(), 1);
}

#[test]
fn a_retirement_that_is_killed_anywhere_and_run_again_ends_the_same() {
    killed_anywhere::<Stage>(RETIRE, 0, 5);
}

#[test]
fn a_retirement_under_any_fault_ends_the_same() {
    faulty_anywhere::<Stage>(RETIRE, 0, 3);
}

#[test]
fn a_repair_that_is_killed_anywhere_and_run_again_ends_the_same() {
    killed_anywhere::<Stage>(REPAIR, 0, 5);
}

#[test]
fn a_repair_under_any_fault_ends_the_same() {
    faulty_anywhere::<Stage>(REPAIR, 0, 3);
}
