//! When a release turns out to be bad: waves are stopped, members are taken back, and a member that heard nothing hears.

use base64::Engine as _;
use serde_json::{Value, json};

use super::chain::{GOOD, RUN, chain_of, pasted, states};
use super::races::halted;
use super::stage::{ALPHA, Member, Stage};

const BETA: Member = Member { slug: "beta", ..ALPHA };

fn two(beta: Member) -> Stage {
    Stage::with(&[ALPHA, beta], &[("0.1.5", None), ("0.1.6", None)], "")
}

#[test]
fn a_freeze_stops_the_waves_that_are_not_told_yet() {
    let stage = two(BETA);
    let words = ["cascade", "0.1.6", "--waves", "1", "--first", "alpha"];
    let freeze = || {
        stage.release(&["freeze", "--reason", "the first one is bad"]).exits(0);
    };
    let dispatch = "POST /api/v3/repos/acme/t-alpha/dispatches";
    // Whoever leaves members out of the exit code does not leave out the freeze.
    let ran = halted(&stage, dispatch, &[&words[..], &["--soft"]].concat(), &[], freeze).exits(3);
    assert!(ran.stderr.contains("wave 2 is not notified: releases are frozen"), "{}", ran.stderr);
    assert!(ran.stdout.contains("the first one is bad"), "{}", ran.stdout);
    assert!(ran.stdout.contains("acme/t-beta   held"), "{}", ran.stdout);
    assert_eq!(pasted(&ran)[0], ["thaw"], "{}", ran.stderr);
    assert_eq!((stage.runs("alpha").len(), stage.runs("beta").len()), (1, 0));
    // Who insists goes on; and so does everybody afterwards.
    stage.release(&["thaw"]).exits(0);
    let forced = [&words[..], &["--force"]].concat();
    let beta = "POST /api/v3/repos/acme/t-beta/dispatches";
    halted(&stage, beta, &forced, &[], freeze).exits(0);
    assert_eq!((stage.runs("alpha").len(), stage.runs("beta").len()), (1, 1));
}

#[test]
fn a_run_that_takes_members_back_looks_at_their_images_whatever_is_remembered() {
    let stage = chain_of(GOOD, "", "0.1.7");
    // The index does not know what the consumer runs.
    stage.beside_index(&RUN).exits(3);
    stage.rewrite("workspace/plugins.py", "def load(): ...\n\n\ndef more(): ...\n", "Say more");
    assert_eq!(stage.beside_index(&RUN).exits(0).json()["version"], "0.1.7");
    assert_eq!(stage.runs("alpha").len(), 2);
    // That all of 0.1.6 is remembered as done says nothing of what images contain since.
    for more in [&[][..], &["--dry-run"]] {
        let ran = stage.beside_index(&[&RUN[..], &["--version", "0.1.6"], more].concat()).exits(2);
        assert!(ran.stderr.contains("0.1.7 is published; notifying members of 0.1.6"));
        assert!(ran.stderr.contains("`shipshape release back 0.1.6`"), "{}", ran.stderr);
    }
    let back = ["run", "--version", "0.1.6", "--no-smoke", "--force"];
    let dry = stage.beside_index(&[&back[..], &["--dry-run"]].concat()).exits(0).stdout;
    assert!(dry.contains("notify members, taking them back from 0.1.7"), "{dry}");
    assert!(!dry.contains("contain it"), "{dry}");
    // 0.1.6 was done here, and its members are told all the same; this image stays as it is.
    let ran = stage.beside_index(&back).exits(3);
    assert_eq!(stage.runs("alpha").len(), 3, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stderr.contains("contains 0.1.7, and not 0.1.6"), "{}", ran.stderr);
    assert!(ran.stdout.contains("0 of 1 repository contain it"), "{}", ran.stdout);
    let next = ran.stderr.lines().skip_while(|line| *line != "Next:").nth(1).unwrap_or_default();
    assert!(next.contains("cascade 0.1.6 --watch --again --runtime alpha"), "{}", ran.stderr);
    // Of the later one nobody says any more that images contain it.
    let later = stage.beside_index(&["status", "0.1.7", "--format", "json"]).exits(0).json();
    assert_eq!(states(&later["runs"][0])[9], "images unchecked");
    assert_eq!(
        later["runs"][0]["stages"][9]["what"],
        "1 repository was notified to go back to 0.1.6"
    );
    // Run again, it takes back whoever is not back.
    stage.beside_index(&[&back[..], &["--from", "cascade"]].concat()).exits(3);
    assert_eq!(stage.runs("alpha").len(), 4);
}

#[test]
fn a_run_that_takes_members_back_leaves_those_alone_that_are_back() {
    let stage = chain_of(GOOD, "", "0.1.6");
    stage.beside_index(&RUN).exits(0);
    stage.rewrite("workspace/plugins.py", "def load(): ...\n\n\ndef more(): ...\n", "Say more");
    stage.beside_index(&[&RUN[..], &["--until", "wait"]].concat()).exits(0);
    let run = stage.beside_index(&[&RUN[..], &["--version", "0.1.6", "--force"]].concat());
    let run = run.exits(0).json();
    assert_eq!(states(&run)[8..10], ["cascade done", "images done"]);
    assert_eq!(stage.runs("alpha").len(), 1);
}

#[test]
fn who_heard_nothing_is_told_anew_by_the_same_command_when_its_workflow_is_mended() {
    let stage = two(Member { contains: "0.1.5", ..BETA });
    let path = "/repos/acme/t-beta/contents/.github/workflows/publish-image.yml";
    let write = |on: &str| {
        let sha = stage.ask("ann", "GET", path, Value::Null)["sha"].clone();
        let content = base64::prelude::BASE64_STANDARD.encode(format!("name: x\non: {on}\n"));
        stage.ask("ann", "PUT", path, json!({ "message": "x", "content": content, "sha": sha }));
    };
    write("[push]");
    let words = ["cascade", "0.1.6", "--watch"];
    let ran = stage.release(&words).exits(3);
    assert!(ran.stdout.contains("no run started"), "{}", ran.stdout);
    assert_eq!(pasted(&ran).len(), 1, "{}", ran.stderr);
    write("[repository_dispatch]");
    let ran = stage.release(&words).exits(3);
    assert!(ran.stderr.contains("notified acme/t-beta\n"), "{}", ran.stderr);
    assert!(ran.stdout.contains("contains 0.1.5, and not 0.1.6"), "{}", ran.stdout);
    assert_eq!((stage.runs("alpha").len(), stage.runs("beta").len()), (1, 1));
    stage.release(&words).exits(3);
    assert_eq!((stage.runs("alpha").len(), stage.runs("beta").len()), (1, 1));
}

#[test]
fn a_withdrawn_version_is_not_gone_on_with_and_its_next_step_is_another_version() {
    let stage = chain_of(GOOD, "", "0.1.6");
    stage.beside_index(&RUN).exits(0);
    stage.forge.wish(&json!({ "yank": { "acme-runtime==0.1.6": "loses the queue" } }));
    let words = ["run", "--version", "0.1.6", "--no-smoke", "--from", "cascade"];
    for _ in 0..2 {
        let ran = stage.beside_index(&words).exits(3);
        assert!(ran.stdout.contains("0.1.6 was withdrawn"), "{}", ran.stdout);
        let times = ran.stdout.matches("was withdrawn, so no member is notified").count();
        assert_eq!(times, 1, "{}", ran.stdout);
        assert_eq!(pasted(&ran), [["run"]], "{}", ran.stderr);
        assert!(ran.stderr.contains("  # once a fix is merged: "), "{}", ran.stderr);
    }
    let plan = stage.beside_index(&["plan"]).exits(0);
    let says = "it was withdrawn from the index: loses the queue";
    assert!(plan.stdout.contains(says), "{}", plan.stdout);
}

#[test]
fn of_a_withdrawn_version_no_member_is_to_be_told_again() {
    let stage = chain_of(GOOD, "", "0.1.5");
    let ran = stage.beside_index(&["run", "--yes", "--no-smoke"]).exits(3);
    assert!(ran.stderr.contains("release cascade 0.1.6 --watch --again"), "{}", ran.stderr);
    stage.forge.wish(&json!({ "yank": { "acme-runtime==0.1.6": "loses the queue" } }));
    let words = ["run", "--version", "0.1.6", "--no-smoke"];
    for (more, code) in [(&[][..], 3), (&["--dry-run"], 1)] {
        let ran = stage.beside_index(&[&words[..], more].concat()).exits(code);
        assert_eq!(pasted(&ran), [["run"]], "{}", ran.stderr);
        assert!(ran.stderr.contains("  # once a fix is merged: "), "{}", ran.stderr);
    }
    let status = stage.beside_index(&["status"]).exits(0);
    assert_eq!(pasted(&status), [["run"]], "{}", status.stderr);
}

#[test]
fn a_version_that_members_went_back_from_is_not_gone_on_with() {
    let stage = chain_of(GOOD, "", "0.1.6");
    stage.beside_index(&RUN).exits(0);
    stage.rewrite("workspace/plugins.py", "def load(): ...\n\n\ndef more(): ...\n", "Say more");
    stage.beside_index(&[&RUN[..], &["--until", "cascade"]].concat()).exits(0);
    let ran = stage.beside_index(&["back", "0.1.6", "--yes"]).exits(0);
    assert!(ran.stdout.contains("acme/t-alpha  "), "{}", ran.stdout);
    let status = stage.beside_index(&["status", "--format", "json"]).exits(0).json();
    assert_eq!(
        (&status["runs"][0]["version"], &status["runs"][0]["went_back"]),
        (&json!("0.1.7"), &json!("0.1.6"))
    );
    // While it is frozen, after it was tried all the same, and when it is thawed.
    let refused = stage.beside_index(&["run", "--no-smoke"]).exits(2);
    for says in [
        "members went back from 0.1.7 to 0.1.6, so nothing was done",
        "1 repository was at 0.1.6",
        "to take members forward to 0.1.7 again: --force",
    ] {
        assert!(refused.stderr.contains(says), "{says}: {}", refused.stderr);
    }
    for is_frozen in [true, false] {
        let status = stage.beside_index(&["status"]).exits(0);
        let yank =
            "\n  # members went back from 0.1.7 to 0.1.6: withdraw (yank) 0.1.7 on the index";
        assert!(status.stderr.contains(yank), "{}", status.stderr);
        assert!(!status.stderr.contains("--version 0.1.7"), "{}", status.stderr);
        let next = pasted(&status);
        assert_eq!(next[0], ["thaw"], "{}", status.stderr);
        assert_eq!(next.last().expect("one")[0], "run", "{}", status.stderr);
        assert!(!status.stderr.contains("--no-smoke"), "{}", status.stderr);
        // A look at it proposes nothing else.
        for words in [&["--dry-run"][..], &["--version", "0.1.7", "--dry-run"]] {
            let dry = stage.beside_index(&[&["run", "--no-smoke"], words].concat()).exits(1);
            assert!(dry.stderr.contains(yank), "{}", dry.stderr);
            assert!(!dry.stderr.contains("--version 0.1.7"), "{}", dry.stderr);
            let next = pasted(&dry);
            assert_eq!(next, [["thaw"], ["run"]], "{}", dry.stderr);
        }
        let alone = stage.forge.run(&stage.world, &[]).exits(0);
        assert!(alone.stdout.contains("\n  shipshape release plan\n"), "{}", alone.stdout);
        assert!(!alone.stdout.contains("--version 0.1.7"), "{}", alone.stdout);
        let says = alone.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(says.contains("members went back from acme-runtime 0.1.7 to 0.1.6"), "{says}");
        if is_frozen {
            stage.beside_index(&["thaw"]).exits(0);
        }
    }
    // Who goes on with it all the same goes on with it.
    let told = stage.runs("alpha").len();
    let words = [&RUN[..], &["--version", "0.1.7"]].concat();
    stage.beside_index(&words).exits(2);
    let went_back = || {
        let status = stage.beside_index(&["status", "--format", "json"]).exits(0).json();
        status["runs"][0]["went_back"].clone()
    };
    let again = ["cascade", "0.1.7", "--again"];
    for token in ["dispatcher-token", ""] {
        let ran = stage.beside_index_with(&again, token).exits(2);
        let says = "members went back from 0.1.7 to 0.1.6, so nothing was done";
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
    }
    assert_eq!((stage.runs("alpha").len(), went_back()), (told, json!("0.1.6")));
    // It was notified of 0.1.6 since, so it is notified of 0.1.7 again.
    let ran = stage.beside_index(&[&words[..], &["--force"]].concat()).exits(3);
    let aside = "set aside: members went back from 0.1.7 to 0.1.6: 1 repository was at 0.1.6\n";
    assert!(ran.stderr.contains(aside), "{}", ran.stderr);
    assert_eq!(ran.json()["went_back"], Value::Null);
    assert_eq!((stage.runs("alpha").len(), went_back()), (told + 1, Value::Null));
    stage.beside_index(&[&again[..], &["--force"]].concat()).exits(0);
    assert_eq!((stage.runs("alpha").len(), went_back()), (told + 2, Value::Null));
    // What goes on with it has the options of the run.
    let status = stage.beside_index(&["status"]).exits(0);
    let next = &pasted(&status)[0];
    assert_eq!(next[..4], ["run", "--version", "0.1.7", "--no-smoke"], "{}", status.stderr);
    assert!(!status.stderr.contains("--force"), "{}", status.stderr);
    let alone = stage.forge.run(&stage.world, &[]).exits(0);
    let next = "\n  shipshape release run --version 0.1.7 --no-smoke";
    assert!(alone.stdout.contains(next), "{}", alone.stdout);
}

#[test]
fn while_members_go_back_the_later_version_says_so() {
    let begun = || {
        let stage = chain_of(GOOD, "", "0.1.7");
        stage.beside_index(&RUN).exits(3);
        stage.rewrite("workspace/plugins.py", "def load(): ...\n\n\ndef more(): ...\n", "More");
        stage.beside_index(&RUN).exits(0);
        stage.forge.requests();
        stage
    };
    let calm = begun();
    let words = ["back", "0.1.6", "--yes"];
    calm.beside_index(&words).exits(3);
    let is_told = |it: &Value| it["route"].as_str().is_some_and(|it| it.ends_with("/dispatches"));
    let at = calm.forge.requests().iter().position(is_told).expect("a dispatch") + 2;
    let stage = begun();
    stage.forge.fail(&json!([{ "at": at, "kind": "slow", "seconds": 600 }]));
    let mut command =
        stage.world.command(&stage.world.path(""), &[&["release"], &words[..]].concat());
    command
        .envs(stage.forge.variables())
        .envs(stage.forge.index_variables())
        .env("TEMPLATE_DISPATCH_TOKEN", "dispatcher-token");
    stage.forge.killed(command, at);
    let status = stage.beside_index(&["status", "--format", "json"]).exits(0).json();
    let images = &status["runs"][0]["stages"][9];
    assert_eq!(states(&status["runs"][0])[9], "images unchecked", "{images}");
    assert_eq!(images["what"], "1 repository was notified to go back to 0.1.6");
    let status = stage.beside_index(&["status"]).exits(0);
    assert_eq!(pasted(&status), [["back", "0.1.6"]], "{}", status.stderr);
    let yank = "\n  # members are being taken back from 0.1.7 to 0.1.6: withdraw (yank) 0.1.7 on the index";
    assert!(status.stderr.contains(yank), "{}", status.stderr);
    let refused = stage.beside_index(&["run", "--no-smoke"]).exits(2);
    for says in [
        "members are being taken back from 0.1.7 to 0.1.6, so nothing was done",
        "`release back 0.1.6`, started at 2026-11-22T12:00:00Z, was cut off",
    ] {
        assert!(refused.stderr.contains(says), "{says}: {}", refused.stderr);
    }
    let alone = stage.forge.run(&stage.world, &[]).exits(0);
    assert!(
        alone.stdout.contains("\n  shipshape release back 0.1.6 --dry-run\n"),
        "{}",
        alone.stdout
    );
    assert!(!alone.stdout.contains("0.1.7"), "{}", alone.stdout);
}

#[test]
fn what_is_running_is_not_proposed_to_be_run() {
    let begun = |words: &[&str]| {
        let stage = chain_of(GOOD, "", "0.1.7");
        stage.beside_index(&RUN).exits(3);
        stage.rewrite("workspace/plugins.py", "def load(): ...\n\n\ndef more(): ...\n", "More");
        if words[0] == "back" {
            stage.beside_index(&RUN).exits(0);
        }
        stage.forge.requests();
        stage
    };
    for words in [&["back", "0.1.6", "--yes"][..], &RUN] {
        let calm = begun(words);
        calm.beside_index(words).ends();
        let is_told =
            |it: &Value| it["route"].as_str().is_some_and(|it| it.ends_with("/dispatches"));
        let at = calm.forge.requests().iter().position(is_told).expect("a dispatch") + 2;
        let stage = begun(words);
        stage.forge.fail(&json!([{ "at": at, "kind": "slow", "seconds": 600 }]));
        let mut command =
            stage.world.command(&stage.world.path(""), &[&["release"], words].concat());
        command
            .envs(stage.forge.variables())
            .envs(stage.forge.index_variables())
            .env("TEMPLATE_DISPATCH_TOKEN", "dispatcher-token");
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
        let mut child = command.spawn().expect("the binary runs");
        while stage.forge.count() < at {
            assert!(child.try_wait().expect("a child").is_none(), "it is not over");
            crate::world::a_moment();
        }
        let process = format!("process {}", child.id());
        let status = stage.beside_index(&["status"]).exits(0);
        let json = stage.beside_index(&["status", "--format", "json"]).exits(0).json();
        let alone = stage.forge.run(&stage.world, &[]).exits(0).stdout;
        let words_of = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let refused = (words[0] == "back")
            .then(|| stage.beside_index(&["run", "--version", "0.1.7", "--no-smoke"]).exits(2));
        if words[0] == "back" {
            while_it_runs(&stage);
        }
        child.kill().expect("killed");
        child.wait().expect("ended");
        stage.forge.fail(&json!([]));
        assert!(!status.stderr.contains("shipshape release"), "{}", status.stderr);
        assert!(alone.contains("\n  shipshape release status\n"), "{alone}");
        assert!(!alone.contains("shipshape release run"), "{alone}");
        assert!(words_of(&alone).contains(&format!("is running ({process}")), "{alone}");
        let run = &json["runs"][0];
        match refused {
            Some(refused) => {
                let says = "members are being taken back from 0.1.7 to 0.1.6, so nothing was done";
                assert!(refused.stderr.contains(says), "{}", refused.stderr);
                assert!(refused.stderr.contains("is running: process"), "{}", refused.stderr);
                assert_eq!((&run["is_going_back"], &run["at_it"]), (&json!(true), &Value::Null));
            }
            None => {
                let says = format!(", is running: {process}");
                assert!(status.stdout.contains(&says), "{}", status.stdout);
                assert!(run["at_it"].as_str().is_some_and(|it| it.starts_with(&process)), "{run}");
            }
        }
    }
}

/// What other commands say while a `release back` to 0.1.6 runs.
fn while_it_runs(stage: &Stage) {
    let dry = stage.beside_index(&["back", "0.1.6", "--dry-run"]).exits(0);
    assert!(dry.stderr.contains(", is running: process "), "{}", dry.stderr);
    assert!(!dry.stderr.contains("shipshape release back"), "{}", dry.stderr);
    let words = ["run", "--version", "0.1.7", "--no-smoke", "--dry-run"];
    let dry = stage.beside_index(&words).exits(1);
    let says = "refused: members are being taken back from 0.1.7 to 0.1.6: `release back 0.1.6`";
    assert!(dry.stderr.contains(says), "{}", dry.stderr);
    let ran = stage.beside_index(&["cascade", "0.1.7"]).exits(2);
    assert!(ran.stderr.contains("members are being taken back from 0.1.7"), "{}", ran.stderr);
    let thaw = stage.beside_index(&["thaw"]).exits(0);
    let says = "WARNING: members are being taken back: `release back 0.1.6`";
    assert!(thaw.stderr.contains(says), "{}", thaw.stderr);
}

#[test]
fn members_do_not_go_back_while_another_process_follows_them_to_the_same_version() {
    let bad = Member { contains: "0.1.7", ..ALPHA };
    let stage = Stage::with(&[bad], &[("0.1.6", None), ("0.1.7", None)], "");
    // The journal of the fleet depends on the address of the forge, which differs while a request is held back.
    let state = ["--state", "state.db"];
    let words = [&["cascade", "0.1.6", "--force"][..], &state].concat();
    let dispatch = "POST /api/v3/repos/acme/t-alpha/dispatches";
    let ran = halted(&stage, dispatch, &words, &[], || {
        let back = [&["back", "0.1.6", "--yes"][..], &state].concat();
        let refused = stage.release(&back).exits(3);
        let says = "another `release cascade` follows members to 0.1.6, so nothing was done";
        for says in [says, "that process may be ended"] {
            assert!(refused.stderr.contains(says), "{says}: {}", refused.stderr);
        }
        let dry = stage.release(&[&back[..], &["--dry-run"]].concat()).exits(1);
        assert!(dry.stderr.contains(&format!("refused: {says}")), "{}", dry.stderr);
        assert!(stage.tags().is_empty(), "releases are frozen");
        let status = stage.release(&[&["status"][..], &state].concat()).exits(0);
        assert!(!status.stdout.contains("release back"), "{}", status.stdout);
    });
    ran.exits(0);
    assert_eq!(stage.runs("alpha").len(), 1);
}

#[test]
fn a_cascade_says_which_member_another_machine_took_back_while_it_followed_it() {
    let stage = Stage::with(&[ALPHA, BETA], &[("0.1.6", None), ("0.1.7", None)], "");
    let looks = "GET /api/v3/repos/acme/t-alpha/actions/runs/";
    let words = ["cascade", "0.1.7", "--waves", "1", "--first", "alpha"];
    let ran = halted(&stage, looks, &words, &[], || {
        stage.release(&["freeze", "--reason", "0.1.7 is bad"]).exits(0);
        let payload = json!({ "runtime_version": "0.1.6", "release_id": "0.1.6-9dd8ae24d39e2cb5" });
        let body = json!({ "event_type": "runtime-published", "client_payload": payload });
        stage.ask("ann", "POST", "/repos/acme/t-alpha/dispatches", body);
    });
    let ran = ran.exits(3);
    let taken_back = "it was notified of 0.1.6 since, so it was taken back";
    for says in [taken_back, "acme/t-beta   held", "releases are frozen", "0.1.7 is bad"] {
        assert!(ran.stdout.contains(says), "{says}: {}", ran.stdout);
    }
    assert_eq!(pasted(&ran), [["thaw"]], "{}", ran.stderr);
}

#[test]
fn a_member_that_was_notified_to_go_back_without_effect_is_not_back() {
    let deaf = Member { contains: "0.1.7", seed: "runs: []", ..BETA };
    let stage = Stage::with(&[ALPHA, deaf], &[("0.1.6", None), ("0.1.7", None)], "");
    let ran = stage.release(&["back", "0.1.6", "--yes", "--no-freeze"]).exits(3);
    assert!(!ran.stderr.contains("yank"), "{}", ran.stderr);
    let status = stage.release(&["status", "--format", "json"]).exits(0).json();
    let run = &status["runs"][0];
    assert_eq!(run["repositories_back"], json!({ "acme/t-alpha": "0.1.6" }));
    assert_eq!(run["to_withdraw"], Value::Null);
    let says =
        "1 repository was at 0.1.6; 1 repository was notified to go back to 0.1.6 without effect";
    assert_eq!(
        (&states(run)[9], &run["stages"][9]["what"]),
        (&"images failed".to_owned(), &json!(says))
    );
}
