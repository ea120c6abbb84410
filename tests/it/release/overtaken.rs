//! A `release back` that was cut off on one machine, and finished and overtaken by another.

use serde_json::json;

use super::chain::{GOOD, RUN, chain_of, pasted};
use super::stage::{LABEL, Stage};

const BACK: [&str; 4] = ["back", "0.1.6", "--yes", "--no-freeze"];

const DRY: [&str; 4] = ["back", "0.1.6", "--no-freeze", "--dry-run"];

/// This machine began to take the only member back from 0.1.7 to 0.1.6, and another one has released 0.1.8 since.
fn overtaken() -> Stage {
    let stage = chain_of(GOOD, "", "0.1.8");
    // The other machine has records of its own.
    let elsewhere = [&RUN[..], &["--until", "wait", "--state", "other.db"]].concat();
    let publishes = |text: &str, version: &str| {
        stage.rewrite("workspace/plugins.py", text, "Say more");
        assert_eq!(stage.beside_index(&elsewhere).exits(0).json()["version"], version);
    };
    publishes("def load():\n    return 2\n", "0.1.6");
    publishes("def load():\n    return 3\n", "0.1.7");
    // The image contains 0.1.8 from the start, which nobody sees at first.
    let fleet = stage.world.read("fleet.yaml");
    let unread = fleet.replace(LABEL, "org.acme.other");
    assert_ne!(unread, fleet);
    stage.world.write("fleet.yaml", unread);
    stage.beside_index(&BACK).exits(3);
    stage.beside_index(&DRY).exits(0);
    stage.world.write("fleet.yaml", fleet);
    publishes("def load():\n    return 4\n", "0.1.8");
    stage
}

#[test]
fn a_way_back_is_not_continued_past_a_version_that_was_released_since() {
    let (stage, back, dry) = (overtaken(), BACK, DRY);
    let told = stage.runs("alpha").len();
    let says = "was finished or overtaken elsewhere: 0.1.8 was released since";
    let looked = stage.beside_index(&dry).exits(1);
    for says in [says, "1 repository would go back from 0.1.8 to 0.1.6\n"] {
        assert!(looked.stderr.contains(says), "{says}: {}", looked.stderr);
    }
    assert_eq!(pasted(&looked), [["back", "0.1.6", "--no-freeze"]], "{}", looked.stderr);
    let refused = stage.beside_index(&back).exits(2);
    assert!(refused.stderr.contains(says), "{}", refused.stderr);
    assert_eq!(stage.runs("alpha").len(), told);
    let status = stage.beside_index(&["status"]).exits(0);
    assert!(!status.stdout.contains("`release back 0.1.6`, started"), "{}", status.stdout);
    // A script that goes on with it does not undo that release either.
    let refused = stage.beside_index(&back).exits(2);
    for says in [
        "members were to go back to 0.1.6 before, and 0.1.8 was released since, so nothing was done",
        "to take members back from 0.1.8 as well: --from 0.1.8",
    ] {
        assert!(refused.stderr.contains(says), "{says}: {}", refused.stderr);
    }
    let looked = stage.beside_index(&dry).exits(1);
    assert!(looked.stderr.contains("WARNING: members were to go back"), "{}", looked.stderr);
    let looked = stage.beside_index(&[&back[..], &["--dry-run"]].concat()).exits(1);
    assert!(looked.stderr.contains("refused: members were to go back"), "{}", looked.stderr);
    let further = [&back[..], &["--from", "0.1.7"]].concat();
    let refused = stage.beside_index(&further).exits(2);
    let says = "images contain 0.1.8, which is later than 0.1.7, so nothing was done";
    assert!(refused.stderr.contains(says), "{}", refused.stderr);
    assert_eq!(stage.runs("alpha").len(), told);
    // Who names that version takes members back from there as well.
    stage.beside_index(&[&back[..], &["--from", "0.1.8"]].concat()).exits(3);
    assert_eq!(stage.runs("alpha").len(), told + 1);
}

#[test]
fn a_version_that_the_index_does_not_list_is_not_undone_either() {
    let stage = overtaken();
    stage.forge.wish(&json!({ "delete": ["acme-runtime==0.1.8"] }));
    let told = stage.runs("alpha").len();
    let hidden = "0.1.8 is in images of 1 repository, but the index does not list it: its list may be old, or the version \
                  was deleted\n";
    let since = "was finished or overtaken elsewhere: 0.1.8 was released since";
    for (words, code) in [(DRY, 1), (BACK, 2)] {
        let refused = stage.beside_index(&words).exits(code);
        for says in [hidden, since, "--from 0.1.8"] {
            assert!(refused.stderr.contains(says), "{says}: {}", refused.stderr);
        }
    }
    for (from, says) in [
        ("0.1.7", "images contain 0.1.8, which is later than 0.1.7, so nothing was done"),
        ("0.1.9", "no 0.1.9 is known that members can leave\ncaused by: images contain 0.1.8 (1)"),
    ] {
        let words = [&BACK[..], &["--from", from, "--runtime", "alpha"]].concat();
        let refused = stage.beside_index(&words).exits(2);
        assert!(refused.stderr.contains(says), "{says}: {}", refused.stderr);
    }
    assert_eq!(stage.runs("alpha").len(), told);
}

#[test]
fn a_run_says_that_it_does_not_look_at_images_again() {
    let stage = chain_of(GOOD, "", "0.1.6");
    let says = "and not looked at again; to look: shipshape release run --version 0.1.6";
    let first = stage.beside_index(&RUN).exits(0);
    assert!(!first.stderr.contains(says), "{}", first.stderr);
    let again = [&RUN[..], &["--version", "0.1.6"]].concat();
    let ran = stage.beside_index(&again).exits(0);
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
    let ran = stage.beside_index(&[&again[..], &["--from", "cascade"]].concat()).exits(0);
    assert!(!ran.stderr.contains(says), "{}", ran.stderr);
}

#[test]
fn a_release_says_whom_it_takes_forward_from_an_earlier_version_on_purpose() {
    let stage = chain_of(GOOD, "", "0.1.7");
    stage.beside_index(&RUN).exits(3);
    stage.rewrite("workspace/plugins.py", "def load():\n    return 2\n", "Say more");
    stage.beside_index(&RUN).exits(0);
    let words = ["cascade", "0.1.6", "--runtime", "alpha", "--force"];
    stage.beside_index(&words).exits(0);
    stage.rewrite("workspace/plugins.py", "def load():\n    return 3\n", "Say most");
    let ran = stage.beside_index(&[&RUN[..], &["--dry-run"]].concat()).exits(0);
    let says = "alpha is at 0.1.6 on purpose, and goes forward to 0.1.8 too\n";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
}

#[test]
fn a_dry_run_looks_at_the_token() {
    let stage = chain_of(GOOD, "", "0.1.7");
    let elsewhere = [&RUN[..], &["--until", "wait", "--state", "other.db"]].concat();
    stage.beside_index(&elsewhere).exits(0);
    stage.rewrite("workspace/plugins.py", "def load():\n    return 3\n", "Say more");
    stage.beside_index(&elsewhere).exits(0);
    let dry = ["back", "0.1.6", "--dry-run"];
    for (token, exit, says) in [
        ("dispatcher-token", 0, "Nothing was done."),
        ("", 1, "refused: TEMPLATE_DISPATCH_TOKEN is not set, so no member can be notified"),
        ("no-token-of-theirs", 3, "refused: TEMPLATE_DISPATCH_TOKEN cannot notify members"),
    ] {
        let ran = stage.beside_index_with(&dry, token).exits(exit);
        assert!(ran.stderr.contains(says), "{says}: {}", ran.stderr);
    }
}
