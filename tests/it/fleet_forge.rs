//! `fleet retire` and `fleet registrations` on the forge: done once, whatever is killed or lost on the way.

use serde_json::{Value, json};

use crate::fleet_commands::{FLEET, SEED};
use crate::rehearsal::Rehearsal;
use crate::world::{Ran, World};

const RETIRE: &[&str] = &["fleet", "retire", "hermes", "--apply", "--anyway"];
const REPAIR: &[&str] = &["fleet", "registrations", "--pull-requests"];

/// A fleet whose lists are wrong, and its forge.
struct Stage {
    world: World,
    forge: Rehearsal,
}

impl Stage {
    fn new() -> Self {
        let world = World::new();
        world.write("fleet.yaml", FLEET);
        world.write("shape/shape.yaml", "schema: 1\nname: t\npaths: []\nextras: ['**']\n");
        let forge = Rehearsal::new(&world, SEED);
        Self { world, forge }
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        self.forge.run(&self.world, arguments)
    }

    /// What is there in the end, without what may differ: ids and times of commits.
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

    fn pulls(&self, repository: &str) -> Vec<Value> {
        let state = self.forge.state();
        state["repositories"][repository]["pulls"].as_array().cloned().unwrap_or_default()
    }
}

/// Every how many requests something happens; all, when the whole is wanted.
fn stride(usual: usize) -> usize {
    if std::env::var_os("SHIPSHAPE_EVERY_REQUEST").is_some() { 1 } else { usual }
}

#[test]
fn a_member_is_retired_once_and_what_became_of_its_pull_request_is_respected() {
    let stage = Stage::new();
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
    assert!(ran.stderr.contains("closed by somebody"), "{}", ran.stderr);
    assert_eq!(stage.pulls("acme/core").len(), 1);
}

#[test]
fn a_list_that_changed_after_the_offer_gets_no_second_one() {
    let stage = Stage::new();
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

fn killed_anywhere(arguments: &[&str], code: i32, every: usize) {
    let calm = Stage::new();
    calm.run(arguments).exits(code);
    let (wanted, requests) = (calm.end_state(), calm.forge.count());
    assert!(requests > 5, "{requests}");
    for at in (1..=requests).step_by(stride(every)) {
        let stage = Stage::new();
        stage.forge.fail(&json!([{ "at": at, "kind": "slow", "seconds": 600 }]));
        let mut child = stage.forge.start(&stage.world, arguments);
        // The answer to this request is being held back, while what it asked for is done.
        while stage.forge.count() < at && child.try_wait().expect("a child").is_none() {
            std::thread::yield_now();
        }
        child.kill().expect("killed");
        child.wait().expect("ended");
        stage.forge.fail(&json!([]));
        stage.run(arguments).exits(code);
        assert_eq!(stage.end_state(), wanted, "killed at request {at}");
    }
}

fn faulty_anywhere(arguments: &[&str], code: i32, every: usize) {
    const KINDS: [&str; 11] = [
        "bad-gateway-before",
        "bad-gateway-after",
        "reset-before",
        "reset-after",
        "partial-data",
        "secondary-403",
        "secondary-429",
        "secondary-200",
        "secondary-no-retry-after",
        "truncated-body",
        "unauthorized",
    ];
    let calm = Stage::new();
    calm.run(arguments).exits(code);
    let (wanted, requests) = (calm.end_state(), calm.forge.count());
    for (turn, at) in (1..=requests).step_by(stride(every)).enumerate() {
        let kinds = if stride(2) == 1 { &KINDS[..] } else { &KINDS[turn % KINDS.len()..][..1] };
        for kind in kinds {
            let stage = Stage::new();
            stage.forge.fail(&json!([{ "at": at, "kind": kind }]));
            let ran = stage.run(arguments);
            if ran.code != code {
                assert_eq!(ran.code, 3, "{kind} at request {at}: {}{}", ran.stdout, ran.stderr);
                stage.run(arguments).exits(code);
            }
            assert_eq!(stage.end_state(), wanted, "{kind} at request {at}: {}", ran.stderr);
        }
    }
}

#[test]
fn a_retirement_that_is_killed_anywhere_and_run_again_ends_the_same() {
    killed_anywhere(RETIRE, 0, 5);
}

#[test]
fn a_retirement_under_any_fault_ends_the_same() {
    faulty_anywhere(RETIRE, 0, 3);
}

#[test]
fn a_repair_that_is_killed_anywhere_and_run_again_ends_the_same() {
    killed_anywhere(REPAIR, 0, 5);
}

#[test]
fn a_repair_under_any_fault_ends_the_same() {
    faulty_anywhere(REPAIR, 0, 3);
}
