//! A cascade that is continued: what was recorded counts, and nothing is waited for twice.

use base64::Engine as _;
use serde_json::{Value, json};

use super::chain::{GOOD, RUN, chain, chain_of, pasted, states};
use super::stage::Stage;

/// Somebody says how the runs of a member's workflow are called, and when there are some.
fn workflow(stage: &Stage, text: &str) {
    let path = "/repos/acme/t-alpha/contents/.github/workflows/publish-image.yml";
    let sha = stage.ask("ann", "GET", path, Value::Null)["sha"].clone();
    let content = base64::prelude::BASE64_STANDARD.encode(text);
    stage.ask("ann", "PUT", path, json!({ "message": "x", "content": content, "sha": sha }));
}

const NAMELESS: &str = "name: publish-image\non: [repository_dispatch]\n";

#[test]
fn a_member_without_a_run_is_notified_again_by_the_same_run_of_the_chain() {
    let stage = chain_of(GOOD, "", "0.1.5");
    workflow(&stage, "name: publish-image\non: [push]\n");
    let words = ["run", "--version", "0.1.6", "--no-smoke", "--patience", "1"];
    let ran = stage.beside_index(&words).exits(3);
    let says =
        "0 of 1 repository contain it; alpha could not be seen: no run appeared within 1 min";
    assert!(ran.stdout.contains(says), "{}", ran.stdout);
    assert!(stage.runs("alpha").is_empty());
    workflow(&stage, NAMELESS);
    let ran = stage.beside_index(&words).exits(3);
    assert!(ran.stderr.contains("notified acme/t-alpha\n"), "{}", ran.stderr);
    assert_eq!(stage.runs("alpha").len(), 1);
}

#[test]
fn a_member_whose_image_contains_it_by_now_is_not_followed_again() {
    let stage = chain_of(GOOD, "", "0.1.6");
    workflow(&stage, NAMELESS);
    let counts = "it counts in ";
    let ran = stage.beside_index(&RUN).exits(0);
    assert!(ran.stderr.contains(counts), "{}", ran.stderr);
    let ran = stage.beside_index(&["cascade", "0.1.6", "--watch"]).exits(0);
    assert!(ran.stderr.contains("was notified already"), "{}", ran.stderr);
    assert!(!ran.stderr.contains(counts) && !ran.stderr.contains("following"), "{}", ran.stderr);
    assert!(ran.stdout.contains("contained  0.1.6"), "{}", ran.stdout);
}

#[test]
fn a_guessed_run_counts_three_minutes_after_its_dispatch_whatever_the_patience_is() {
    let stage = chain_of(GOOD, "", "0.1.5");
    workflow(&stage, NAMELESS);
    stage.beside_index(&[&RUN[..], &["--until", "wait"]].concat()).exits(0);
    let words = ["cascade", "0.1.6", "--watch", "--patience", "2"];
    let ran = stage.beside_index(&words).exits(3);
    let says =
        "its run is over, but does not show the id of the dispatch: it counts 3 min after that";
    assert!(ran.stdout.contains(says), "{}", ran.stdout);
    assert!(ran.stdout.contains("unchecked"), "{}", ran.stdout);
    let counts = |text: &str| {
        let (_, rest) = text.split_once("it counts in ")?;
        rest.split(' ').next()?.parse::<u64>().ok()
    };
    let first = counts(&ran.stderr).expect("seconds");
    assert!((61..=90).contains(&first), "{}", ran.stderr);
    // It is waited for until then, and not for another three minutes.
    let ran = stage.beside_index(&words).exits(3);
    assert!(counts(&ran.stderr).is_none_or(|left| left <= 60), "{}", ran.stderr);
    assert!(ran.stdout.contains("contains 0.1.5, and not 0.1.6"), "{}", ran.stdout);
    assert_eq!(stage.runs("alpha").len(), 1);
}

#[test]
fn without_the_token_what_is_recorded_stays_and_images_are_only_checked() {
    let stage = chain_of(GOOD, "", "0.1.5");
    stage.beside_index(&RUN).exits(3);
    let words = [&RUN[..], &["--version", "0.1.6"]].concat();
    let recorded = || {
        let status = stage.beside_index(&["status", "--format", "json"]).exits(0).json();
        states(&status["runs"][0])[8..10].to_vec()
    };
    assert_eq!(recorded(), ["cascade done", "images failed"]);
    let ran = stage.beside_index_with(&words, "").exits(3);
    assert_eq!(states(&ran.json())[8..10], ["cascade done", "images failed"], "{}", ran.stdout);
    let says =
        "TEMPLATE_DISPATCH_TOKEN is not set, so no member is notified: images are only checked";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
    assert_eq!(ran.json()["stages"][9]["what"], "0 of 1 repository contain it, not alpha");
    assert_eq!(recorded(), ["cascade done", "images failed"]);
    let dry = stage.beside_index_with(&[&words[..], &["--dry-run"]].concat(), "").exits(0).json();
    assert_eq!(states(&dry)[8..10], ["cascade done", "images waiting"]);
    // Gates and uploads are asked of nobody again.
    assert_eq!(stage.runs("alpha").len(), 1);
    let again = [&words[..], &["--from", "cascade"]].concat();
    let ran = stage.beside_index_with(&again, "").exits(3);
    assert_eq!(states(&ran.json())[8..10], ["cascade done", "images failed"], "{}", ran.stdout);
}

#[test]
fn without_the_token_a_build_that_is_under_way_has_not_failed() {
    let stage = chain_of(GOOD, "", "0.1.5");
    stage.beside_index(&[&RUN[..], &["--until", "cascade"]].concat()).exits(0);
    let words = [&RUN[..], &["--version", "0.1.6"]].concat();
    let ran = stage.beside_index_with(&words, "").exits(3);
    assert_eq!(states(&ran.json())[8..10], ["cascade done", "images unchecked"], "{}", ran.stdout);
    let what = "0 of 1 repository contain it; alpha could not be seen: its run is not over yet";
    assert_eq!(ran.json()["stages"][9]["what"], what);
    assert!(!ran.stderr.contains("--again"), "{}", ran.stderr);
    // `shipshape` alone proposes what `release status` does.
    let status = stage.beside_index(&["status"]).exits(0);
    assert_eq!(pasted(&status), [["run", "--version", "0.1.6", "--no-smoke"]], "{}", status.stderr);
    let alone = stage.forge.run(&stage.world, &[]).exits(0).stdout;
    assert!(alone.contains("\n  shipshape release run --version 0.1.6 --no-smoke\n"), "{alone}");
    let says = alone.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(says.contains("could not check its stage `images`"), "{alone}");
}

#[test]
fn without_the_token_the_suggested_commands_have_the_options_of_the_run() {
    let stage = chain_of(GOOD, "", "0.1.5");
    let words = [&RUN[..], &["--version", "0.1.6", "--state", "state.db"]].concat();
    stage.beside_index(&words).exits(3);
    let ran = stage.beside_index_with(&words, "").exits(3);
    let next = ran.json()["stages"][9]["next"].to_string();
    assert!(next.contains(" --again ") && next.contains(" --state state.db"), "{next}");
    let human = ["run", "--no-smoke", "--version", "0.1.6", "--state", "state.db"];
    let ran = stage.beside_index_with(&human, "").exits(3);
    let says = "  # with TEMPLATE_DISPATCH_TOKEN set";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
    let ran = stage.beside_index(&human).exits(3);
    assert!(!ran.stderr.contains(says), "{}", ran.stderr);
}

#[test]
fn a_run_that_only_checks_images_keeps_the_command_of_the_cascade_that_failed() {
    let stage = chain_of(GOOD, "", "0.1.5");
    stage.beside_index(&[&RUN[..], &["--until", "wait"]].concat()).exits(0);
    let words = ["run", "--version", "0.1.6", "--no-smoke"];
    let paced = [&words[..], &["--waves", "1", "--first", "alpha"]].concat();
    stage.beside_index_with(&paced, "reader-token").exits(3);
    stage.beside_index_with(&words, "").exits(3);
    let status = stage.beside_index(&["status"]).exits(0);
    assert!(status.stdout.contains("\ncascade    failed"), "{}", status.stdout);
    assert_eq!(pasted(&status), std::slice::from_ref(&paced), "{}", status.stderr);
    let alone = stage.forge.run(&stage.world, &[]).exits(0).stdout;
    assert!(alone.contains(&format!("\n  shipshape release {}\n", paced.join(" "))), "{alone}");
}

#[test]
fn after_the_first_publication_a_consumer_with_an_unknown_version_is_unchecked() {
    let stage = chain(GOOD);
    stage.world.write("pins.json", "{\"alpha\": \"9.9.9\"}");
    let run = stage.beside_index(&RUN).exits(3).json();
    assert_eq!(states(&run)[10], "consumers unchecked", "{run}");
    assert_eq!(run["consumers"][0]["why"], "the index does not know 9.9.9");
}
