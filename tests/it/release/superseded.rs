//! A release that a later one has superseded, which another machine published.

use serde_json::{Value, json};

use super::chain::{GOOD, RUN, chain, chain_of, pasted};
use crate::world::Ran;

#[test]
fn where_another_machine_published_a_later_version_that_one_is_proposed_instead() {
    let stage = chain(GOOD);
    stage.beside_index(&[&RUN[..], &["--until", "tag"]].concat()).exits(0);
    let plan = stage.beside_index(&["plan", "--no-compat"]).exits(0);
    // With the options of the run that has begun.
    let next = ["run", "--version", "0.1.6", "--no-smoke"];
    assert_eq!(pasted(&plan), [next], "{}", plan.stderr);
    stage.rewrite("workspace/plugins.py", "def load(): ...\n\n\ndef more(): ...\n", "Say more");
    // The other machine has records of its own.
    let other = [&RUN[..], &["--until", "wait", "--state", "other.db"]].concat();
    assert_eq!(stage.beside_index(&other).exits(0).json()["version"], "0.1.7");
    let proposes = |ran: &Ran| {
        assert!(ran.stderr.contains("release run --version 0.1.7"), "{}", ran.stderr);
        assert!(!ran.stderr.contains("release run --version 0.1.6"), "{}", ran.stderr);
    };
    let mine = [&RUN[..], &["--version", "0.1.6", "--no-compat"]].concat();
    stage.beside_index(&[&mine[..], &["--dry-run"]].concat()).exits(2);
    let status = stage.beside_index(&["status"]).exits(0);
    assert!(status.stderr.contains("--version 0.1.6"), "a dry run records: {}", status.stderr);
    proposes(&stage.beside_index(&mine).exits(2));
    let status = stage.beside_index(&["status"]).exits(0);
    proposes(&status);
    assert!(status.stderr.contains("0.1.7 is published and supersedes 0.1.6"));
    let human = ["run", "--no-smoke", "--no-compat", "--version", "0.1.6", "--until", "wait"];
    let published = stage.beside_index(&human).exits(0);
    proposes(&published);
    // What let 0.1.6 through is not proposed for another version.
    assert!(!published.stderr.contains("--no-compat"), "{}", published.stderr);
    let refused = stage.beside_index(&mine).exits(2);
    assert!(!refused.stderr.contains("--until wait"), "{}", refused.stderr);
    let run = &stage.beside_index(&["status", "--format", "json"]).exits(0).json()["runs"][0];
    assert_eq!((&run["version"], &run["superseded"]), (&json!("0.1.6"), &json!("0.1.7")));
    assert_eq!(run["stages"][8]["next"], Value::Null);
}

#[test]
fn a_later_version_that_members_went_back_from_supersedes_nothing() {
    let stage = chain_of(GOOD, "", "0.1.6");
    stage.beside_index(&RUN).exits(0);
    // Another machine publishes, and this one knows nothing of it.
    let elsewhere = [&RUN[..], &["--until", "wait", "--state", "other.db"]].concat();
    let publishes = |text: &str, version: &str| {
        stage.rewrite("workspace/plugins.py", text, "Say more");
        assert_eq!(stage.beside_index(&elsewhere).exits(0).json()["version"], version);
    };
    publishes("def load(): ...\n\n\ndef more(): ...\n", "0.1.7");
    let mine = [&RUN[..], &["--version", "0.1.6"]].concat();
    let superseded = || {
        let status = stage.beside_index(&["status", "0.1.6", "--format", "json"]).exits(0).json();
        status["runs"][0]["superseded"].clone()
    };
    stage.beside_index(&mine).exits(2);
    assert_eq!(superseded(), "0.1.7");
    stage.beside_index(&["back", "0.1.6", "--yes", "--no-freeze"]).exits(0);
    // The index is all that this machine knows of 0.1.7.
    let status = stage.beside_index(&["status", "0.1.7", "--format", "json"]).exits(0).json();
    assert_eq!(status["runs"][0]["went_back"], "0.1.6", "{status:#}");
    let again = stage.beside_index(&[&RUN[..], &["--version", "0.1.7"]].concat()).exits(2);
    assert!(again.stderr.contains("members went back from 0.1.7 to 0.1.6"), "{}", again.stderr);
    let proposes = |ran: &Ran| ran.stderr.contains("run --version 0.1.7");
    for is_refused_again in [false, true] {
        if is_refused_again {
            let refused = stage.beside_index(&mine).exits(2);
            let says = "members went back from 0.1.7: withdraw (yank) 0.1.7 on the index";
            assert!(refused.stderr.contains(says), "{}", refused.stderr);
            assert!(!proposes(&refused), "{}", refused.stderr);
        }
        assert_eq!(superseded(), Value::Null);
        let status = stage.beside_index(&["status", "0.1.6"]).exits(0);
        assert!(!proposes(&status), "{}", status.stderr);
        let alone = stage.forge.run(&stage.world, &[]).exits(0);
        assert!(!alone.stdout.contains("--version 0.1.7"), "{}", alone.stdout);
    }
    publishes("def load(): ...\n\n\ndef less(): ...\n", "0.1.8");
    let refused = stage.beside_index(&mine).exits(2);
    assert!(refused.stderr.contains("run --version 0.1.8"), "{}", refused.stderr);
    assert_eq!(superseded(), "0.1.8");
}

#[test]
fn a_later_version_that_is_withdrawn_supersedes_nothing_any_more() {
    let stage = chain(GOOD);
    stage.beside_index(&[&RUN[..], &["--until", "tag"]].concat()).exits(0);
    stage.rewrite("workspace/plugins.py", "def load(): ...\n\n\ndef more(): ...\n", "Say more");
    let other = [&RUN[..], &["--until", "wait", "--state", "other.db"]].concat();
    assert_eq!(stage.beside_index(&other).exits(0).json()["version"], "0.1.7");
    let mine = [&RUN[..], &["--version", "0.1.6", "--no-compat"]].concat();
    stage.beside_index(&mine).exits(2);
    let superseded = || {
        let status = stage.beside_index(&["status", "0.1.6", "--format", "json"]).exits(0).json();
        status["runs"][0]["superseded"].clone()
    };
    assert_eq!(superseded(), "0.1.7");
    stage.forge.wish(&json!({ "yank": { "acme-runtime==0.1.7": "loses the queue" } }));
    // A look says what the index offers now, and records nothing.
    let looked = stage.beside_index(&[&mine[..], &["--dry-run"]].concat()).exits(0).json();
    assert_eq!((&looked["superseded"], superseded()), (&Value::Null, json!("0.1.7")));
    // Any run that reads the index records it.
    stage.beside_index(&[&RUN[..], &["--no-compat"]].concat()).ends();
    assert_eq!(superseded(), Value::Null);
    let status = stage.beside_index(&["status", "0.1.6"]).exits(0);
    assert!(status.stderr.contains("--version 0.1.6"), "{}", status.stderr);
}

#[test]
fn a_patch_of_an_older_line_is_only_published_and_proposed_until_it_is() {
    let stage = chain(GOOD);
    stage.beside_index(&[&RUN[..], &["--version", "2.0.0", "--force"]].concat()).ends();
    stage.rewrite("workspace/plugins.py", "def load(): ...\n\n\ndef more(): ...\n", "Say more");
    let patch = ["--version", "0.1.6", "--force", "--no-compat"];
    stage.beside_index(&[&RUN[..], &patch, &["--until", "tag"]].concat()).exits(0);
    let wanted = "release run --version 0.1.6 --until wait";
    let status = stage.beside_index(&["status"]).exits(0);
    let why = "# publishes 0.1.6, and notifies no member, since 2.0.0 is newer\n  shipshape ";
    assert!(status.stderr.contains(&format!("{why}{wanted}")), "{}", status.stderr);
    let alone = stage.forge.run(&stage.world, &[]).exits(0);
    assert!(alone.stdout.contains(wanted), "{}", alone.stdout);
    let words = ["run", "--version", "0.1.6", "--until", "wait", "--no-smoke", "--no-compat"];
    stage.beside_index(&words).exits(0);
    assert_eq!(stage.runs("alpha").len(), 1, "only of 2.0.0");
    let status = stage.beside_index(&["status"]).exits(0);
    assert!(!status.stderr.contains("0.1.6"), "{}", status.stderr);
    let alone = stage.forge.run(&stage.world, &[]).exits(0);
    assert!(!alone.stdout.contains("0.1.6"), "{}", alone.stdout);
}
