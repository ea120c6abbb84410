//! What `release cascade` does stands in the table of the version, whichever command notified members last.

use serde_json::{Value, json};

use super::cascade::{JSON, member, rows, stage};
use super::chain::{GOOD, RUN, chain, chain_of, pasted, states};
use super::stage::ALPHA;

#[test]
fn a_cascade_after_one_that_was_skipped_is_in_the_table() {
    let stage = chain(GOOD);
    stage.beside_index_with(&RUN, "").exits(0);
    stage.beside_index(&["cascade", "0.1.6", "--watch"]).exits(0);
    let status = stage.beside_index(&["status", "--format", "json"]).exits(0).json();
    assert_eq!(states(&status["runs"][0])[8..10], ["cascade done", "images done"], "{status}");
    let status = stage.beside_index(&["status"]).exits(0);
    assert!(!status.stderr.contains("Next:"), "{}", status.stderr);
    assert!(status.stdout.contains("1 repository notified"), "{}", status.stdout);
}

#[test]
fn what_was_notified_and_not_followed_is_to_be_looked_at() {
    let stage = chain(GOOD);
    stage.beside_index_with(&RUN, "").exits(0);
    stage.beside_index(&["cascade", "0.1.6"]).exits(0);
    let status = stage.beside_index(&["status"]).exits(0);
    assert!(status.stdout.contains("images contain was not checked"), "{}", status.stdout);
    let next = &pasted(&status)[0];
    assert_eq!(next[..4], ["run", "--version", "0.1.6", "--no-smoke"], "{}", status.stderr);
    let words: Vec<&str> = next.iter().map(String::as_str).collect();
    stage.beside_index(&words).exits(0);
    let status = stage.beside_index(&["status", "--format", "json"]).exits(0).json();
    assert_eq!(states(&status["runs"][0])[8..10], ["cascade done", "images done"], "{status}");
}

#[test]
fn members_are_not_proposed_to_be_notified_of_an_overtaken_version() {
    let stage = chain(GOOD);
    stage.beside_index_with(&RUN, "").exits(0);
    stage.rewrite("workspace/plugins.py", "def load(): ...\n\n\ndef more(): ...\n", "Say more");
    stage.beside_index(&[&RUN[..], &["--until", "wait"]].concat()).exits(0);
    let status = stage.beside_index(&["status", "0.1.6"]).exits(0);
    assert!(status.stdout.contains("cascade    skipped"), "{}", status.stdout);
    assert!(!status.stderr.contains("Next:"), "{}", status.stderr);
}

#[test]
fn that_members_went_back_comes_before_that_it_is_withdrawn() {
    let stage = chain_of(GOOD, "", "0.1.6");
    stage.beside_index(&RUN).exits(0);
    stage.rewrite("workspace/plugins.py", "def load(): ...\n\n\ndef more(): ...\n", "Say more");
    stage.beside_index(&[&RUN[..], &["--until", "cascade"]].concat()).exits(0);
    stage.beside_index(&["back", "0.1.6", "--yes", "--no-freeze"]).exits(0);
    stage.forge.wish(&json!({ "yank": { "acme-runtime==0.1.7": "loses the queue" } }));
    let table = || {
        let status = stage.beside_index(&["status", "0.1.7", "--format", "json"]).exits(0).json();
        status["runs"][0]["stages"].clone()
    };
    let before: Value = table();
    for token in ["dispatcher-token", ""] {
        let ran = stage.beside_index_with(&["run", "--version", "0.1.7", "--no-smoke"], token);
        let ran = ran.exits(2);
        assert!(ran.stderr.contains("members went back from 0.1.7 to 0.1.6"), "{}", ran.stderr);
        assert!(!ran.stderr.contains("--force"), "{}", ran.stderr);
        assert_eq!(table(), before);
    }
}

#[test]
fn that_it_is_withdrawn_comes_before_the_missing_token() {
    let stage = chain_of(GOOD, "", "0.1.6");
    stage.beside_index(&[&RUN[..], &["--until", "wait"]].concat()).exits(0);
    stage.forge.wish(&json!({ "yank": { "acme-runtime==0.1.6": "loses the queue" } }));
    for words in [&["run", "--version", "0.1.6", "--no-smoke"][..], &["cascade", "0.1.6"]] {
        let ran = stage.beside_index_with(words, "").exits(3);
        assert!(ran.stderr.contains("0.1.6 was withdrawn"), "{}", ran.stderr);
        assert!(!ran.stderr.contains("picks it up with its next build"), "{}", ran.stderr);
    }
}

#[test]
fn a_forge_without_an_answer_is_not_asked_for_every_member() {
    let stage = stage(&[ALPHA, member("beta", "0.1.5"), member("delta", "0.1.5")]);
    stage.forge.fail(&json!([
        { "route": "POST /repos/{owner}/{repo}/dispatches", "kind": "bad-gateway-before", "times": 99 }
    ]));
    let ran = stage.release(&[&["cascade", "0.1.6"][..], &JSON].concat()).exits(3);
    let states: Vec<String> = rows(&ran.json()).into_iter().map(|(_, state)| state).collect();
    assert_eq!(states, ["failed", "failed", "held"]);
    let says = "the other members were not tried: the forge did not answer for the members before";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
    stage.forge.fail(&json!([]));
    stage.release(&["cascade", "0.1.6"]).exits(0);
    assert_eq!((stage.runs("alpha").len(), stage.runs("delta").len()), (1, 1));
}

#[test]
fn a_limit_that_lasts_is_waited_for_once_and_not_for_every_member() {
    let stage = stage(&[ALPHA, member("beta", "0.1.5"), member("delta", "0.1.5")]);
    stage.forge.fail(&json!([{
        "route": "POST /repos/{owner}/{repo}/dispatches", "kind": "secondary-429", "seconds": 60, "times": 99,
    }]));
    let ran = stage.release(&[&["cascade", "0.1.6"][..], &JSON].concat()).exits(3);
    let document = ran.json();
    let states: Vec<String> = rows(&document).into_iter().map(|(_, state)| state).collect();
    assert_eq!(states, ["failed", "held", "held"]);
    let why = document["repositories"][2]["reason"].as_str().expect("a reason");
    let says =
        "not asked: the forge keeps saying that requests come too soon; the limit lasts until ";
    assert!(why.starts_with(says), "{why}");
    let refused = stage.forge.requests().iter().filter(|it| it["fault"] == "secondary-429").count();
    assert_eq!(refused, 7, "{}", ran.stderr);
    stage.forge.fail(&json!([]));
    stage.release(&["cascade", "0.1.6"]).exits(0);
    assert_eq!((stage.runs("alpha").len(), stage.runs("delta").len()), (1, 1));
}

#[test]
fn without_a_command_the_next_step_of_a_withdrawn_version_is_that_of_the_status() {
    let stage = chain_of(GOOD, "", "0.1.6");
    stage.beside_index(&[&RUN[..], &["--until", "wait"]].concat()).exits(0);
    stage.forge.wish(&json!({ "yank": { "acme-runtime==0.1.6": "loses the queue" } }));
    let run = ["run", "--version", "0.1.6", "--no-smoke"];
    stage.beside_index(&run).exits(3);
    let status = stage.beside_index(&["status"]).exits(0);
    assert_eq!(pasted(&status), [["run"]], "{}", status.stderr);
    let alone = stage.forge.run(&stage.world, &[]).exits(0);
    assert!(alone.stdout.contains("\n  shipshape release run\n"), "{}", alone.stdout);
    assert!(!alone.stdout.contains("--version 0.1.6"), "{}", alone.stdout);
    let dry = stage.beside_index(&[&run[..], &["--dry-run"]].concat()).exits(1);
    assert!(!dry.stdout.contains("notify every member"), "{}", dry.stdout);
    assert!(dry.stdout.contains("it was withdrawn, so no member is notified"), "{}", dry.stdout);
}

#[test]
fn a_consumer_that_is_a_command_is_proposed_to_be_asked_with_trust() {
    let stage = chain(GOOD);
    stage.world.replace("fleet.yaml", "file: pins.json, key: alpha", "command: [/bin/echo, 0.1.6]");
    stage.beside_index(&RUN).exits(3);
    let status = stage.beside_index(&["status"]).exits(0);
    let words = ["run", "--version", "0.1.6", "--no-smoke", "--trust"];
    assert_eq!(pasted(&status), [words], "{}", status.stderr);
    let why = "  # runs the commands that fleet.yaml names for consumers\n";
    assert!(status.stderr.contains(why), "{}", status.stderr);
    stage.beside_index(&words).exits(0);
    let status = stage.beside_index(&["status"]).exits(0);
    assert!(!status.stderr.contains("Next:"), "{}", status.stderr);
}
