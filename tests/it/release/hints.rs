//! What a release says is next: lines that can be pasted, with the options that the run was given.

use serde_json::json;

use super::chain::{GOOD, RUN, chain, pasted};
use super::stage::{ALPHA, Stage};

#[test]
fn a_next_step_is_pasted_and_passes_the_same_gates() {
    let stage = chain(GOOD);
    let plan = ["plan", "--version", "0.2.0", "--fleet", "fleet.yaml"];
    let next = pasted(&stage.beside_index(&plan).exits(0));
    let words: Vec<&str> = next[0].iter().map(String::as_str).collect();
    assert_eq!(stage.beside_index(&words).exits(0).stdout, "runtime-v0.2.0\n");
    let run =
        ["run", "--no-smoke", "--version", "0.2.0", "--until", "build", "--fleet", "fleet.yaml"];
    let next = pasted(&stage.beside_index(&run).exits(0));
    assert_eq!(next.len(), 1, "{next:?}");
    let words: Vec<&str> = next[0].iter().map(String::as_str).collect();
    let ran = stage.beside_index(&words).exits(3);
    assert!(ran.stdout.contains("\nsmoke      unchecked "), "{}", ran.stdout);
    assert_eq!(stage.published().len(), 2, "{}{}", ran.stdout, ran.stderr);
}

#[test]
fn the_next_step_has_the_options_of_the_run_whoever_says_it() {
    let stage = chain(GOOD);
    let first = ["run", "--no-smoke", "--waves", "1", "--first"];
    // Who goes first is known before a version is reserved.
    let ran = stage.beside_index(&[&first[..], &["alhpa"]].concat()).exits(2);
    assert!(ran.stderr.contains("`alhpa` is to go first, but is not a member"), "{}", ran.stderr);
    assert!(ran.stderr.contains("the members are alpha"), "{}", ran.stderr);
    // So is that a wave has nothing to wait for.
    let words = ["run", "--no-smoke", "--waves", "1", "--until", "cascade"];
    let ran = stage.beside_index(&words).exits(2);
    assert!(ran.stderr.contains("--waves waits for images"), "{}", ran.stderr);
    assert_eq!(stage.tags(), ["runtime-v0.1.5"]);
    let dry = [&first[..], &["alpha", "--version", "0.2.0", "--until", "build", "--dry-run"]];
    let ran = stage.beside_index(&dry.concat()).exits(0);
    let next = "  shipshape release run --until build --version 0.2.0 --no-smoke --waves 1 --first alpha\n";
    assert!(ran.stderr.ends_with(next), "{}", ran.stderr);
    stage.beside_index(&[&first[..], &["alpha", "--until", "tag", "--yes"]].concat()).exits(0);
    // A dry run of it proposes the same waves.
    let ran = stage.beside_index(&["run", "--version", "0.1.6", "--dry-run"]).exits(0);
    let next = "  shipshape release run --version 0.1.6 --waves 1 --first alpha\n";
    assert!(ran.stderr.ends_with(next), "{}", ran.stderr);
    let next = "  shipshape release run --version 0.1.6 --no-smoke --waves 1 --first alpha\n";
    let ran = stage.beside_index(&["status"]).exits(0);
    assert!(ran.stderr.ends_with(next), "{}", ran.stderr);
    // So does `shipshape` alone, which runs nothing.
    let ran = stage.forge.run(&stage.world, &[]).exits(0);
    assert!(ran.stdout.contains(next), "{}", ran.stdout);
}

#[test]
fn a_run_that_only_publishes_is_continued_as_such_until_that_is_done() {
    let stage = chain(GOOD);
    let route = "POST /_index/legacy/";
    let down = json!([{ "route": route, "kind": "bad-gateway-before", "times": 1000 }]);
    stage.forge.fail(&down);
    let said = |ran: String| {
        let status = stage.beside_index(&["status"]).exits(0).stderr;
        let alone = stage.forge.run(&stage.world, &[]).exits(0).stdout;
        [ran, status, alone]
    };
    let publish = ["run", "--no-smoke", "--yes", "--until", "wait"];
    let next = "shipshape release run --version 0.1.6 --no-smoke --until wait";
    for said in said(stage.beside_index(&publish).exits(3).stderr) {
        assert!(said.contains(&format!("\n  {next}\n")), "{said}");
    }
    let status = stage.beside_index(&["status", "--format", "json"]).exits(0).json();
    assert_eq!(status["runs"][0]["stages"][6]["next"], next);
    stage.forge.fail(&json!([]));
    for said in said(stage.beside_index(&publish).exits(0).stderr) {
        let next = "\n  shipshape release run --version 0.1.6 --no-smoke\n";
        assert!(said.contains(next), "{said}");
    }
    assert!(stage.runs("alpha").is_empty());
}

#[test]
fn options_that_hold_a_credential_are_neither_kept_nor_shown() {
    let stage = chain(GOOD);
    let index = "http://ann:s3cret@localhost:1/simple/";
    let words = ["run", "--no-smoke", "--until", "tag", "--index-url", index, "--version", "0.1.6"];
    let head = stage.head();
    stage.tag_by_hand("runtime-v0.1.6", &head);
    stage.beside_index(&words).ends();
    let status = stage.beside_index(&["status"]).exits(0);
    let alone = stage.forge.run(&stage.world, &[]).exits(0);
    for shown in [&status.stdout, &status.stderr, &alone.stdout] {
        assert!(!shown.contains("s3cret"), "{shown}");
    }
    assert!(status.stderr.contains(" --no-smoke"), "{}", status.stderr);
}

#[test]
fn a_token_that_can_notify_no_member_is_found_before_a_version_is_reserved() {
    let stage = chain(GOOD);
    for (token, why) in [
        (
            "no-token-of-theirs",
            "TEMPLATE_DISPATCH_TOKEN cannot notify members, so nothing was done",
        ),
        ("reader-token", "it may only read `acme/t-alpha`"),
    ] {
        let ran = stage.beside_index_with(&RUN, token).exits(3);
        assert!(ran.stderr.contains(why), "{}", ran.stderr);
        assert_eq!(stage.tags(), ["runtime-v0.1.5"]);
    }
    // What is reserved is not uploaded with it; what ends before members are told does not need it.
    let until = [&RUN[..], &["--until", "tag"]].concat();
    stage.beside_index_with(&until, "reader-token").exits(0);
    stage.beside_index_with(&RUN, "reader-token").exits(3);
    assert!(stage.published().is_empty());
    let until = [&RUN[..], &["--until", "wait"]].concat();
    stage.beside_index_with(&until, "reader-token").exits(0);
    assert_eq!(stage.published().len(), 2);
}

#[test]
fn a_freeze_keeps_what_was_done_and_its_next_step_is_to_thaw() {
    let stage = chain(GOOD);
    stage.beside_index(&[&RUN[..], &["--until", "cascade"]].concat()).exits(0);
    stage.beside_index(&["freeze", "--reason", "look first"]).exits(0);
    let run = ["run", "--no-smoke", "--fleet", "fleet.yaml"];
    let ran = stage.beside_index(&run).exits(3);
    assert!(ran.stdout.contains("\ncascade    done "), "{}", ran.stdout);
    assert!(ran.stdout.contains("\nimages     failed "), "{}", ran.stdout);
    let next = pasted(&ran);
    assert_eq!(next[0][0], "thaw", "{}", ran.stderr);
    let why = "  # when the reason of the freeze is gone\n";
    assert!(ran.stderr.contains(why), "{}", ran.stderr);
    let bad = "# if 0.1.6 itself is bad, members go back to an earlier one: shipshape release back VERSION";
    assert!(ran.stderr.contains(bad), "{}", ran.stderr);
    // Seen once more it says of the time before one step, and only where it was another.
    let ran = stage.beside_index(&run).exits(3);
    assert!(!ran.stdout.contains("; before: "), "{}", ran.stdout);
    // Programs are given the command that can be run here, too.
    let json = ["status", "--fleet", "fleet.yaml", "--format", "json"];
    let status = stage.beside_index(&json).exits(0).json();
    let next = &status["runs"][0]["stages"][9]["next"];
    assert_eq!(next, "shipshape release thaw --fleet fleet.yaml");
    // Who only looks hears of the freeze as well.
    let ran = stage.beside_index(&[&run[..], &["--dry-run"]].concat()).exits(1);
    assert!(ran.stderr.contains("releases are frozen by "), "{}", ran.stderr);
    assert_eq!(pasted(&ran)[0][0], "thaw", "{}", ran.stderr);
}

#[test]
fn a_freeze_turns_nothing_that_is_done_into_a_failure() {
    let stage = chain(GOOD);
    stage.beside_index(&RUN).ends();
    stage.rewrite("workspace/plugins.py", "def load(): ...\n\n\ndef more(): ...\n", "Say more");
    stage.beside_index(&[&RUN[..], &["--until", "wait"]].concat()).exits(0);
    // Members may have taken up the later version, so the earlier one is announced again.
    stage.forge.wish(&json!({ "yank": { "acme-runtime==0.1.7": "loses the queue" } }));
    stage.beside_index(&["freeze", "--reason", "look first"]).exits(0);
    let said = || {
        let status = stage.beside_index(&["status", "0.1.6", "--format", "json"]).exits(0).json();
        status["runs"][0]["stages"].clone()
    };
    let before = said();
    let told = stage.runs("alpha").len();
    let run = ["run", "--version", "0.1.6", "--no-smoke"];
    for more in [&[][..], &["--from", "cascade"]] {
        let ran = stage.beside_index(&[&run[..], more].concat()).exits(3);
        assert!(ran.stderr.contains("releases are frozen, so no"), "{more:?}: {}", ran.stderr);
        assert!(!ran.stdout.contains(" failed "), "{more:?}: {}", ran.stdout);
        assert_eq!(said(), before, "{more:?}");
    }
    assert_eq!(stage.runs("alpha").len(), told);
}

#[test]
fn who_notifies_members_despite_a_freeze_is_reminded_of_it_once() {
    let stage = Stage::with(&[ALPHA], &[("0.1.5", None), ("0.1.6", None)], "");
    stage.release(&["freeze", "--reason", "look first"]).exits(0);
    let ran = stage.release(&["cascade", "0.1.6", "--force"]).exits(0);
    let thaw = "\n  # releases are still frozen: when the reason of the freeze is gone\n  shipshape release thaw\n";
    assert_eq!(ran.stderr.matches(thaw).count(), 1, "{}", ran.stderr);
    let dry = stage.release(&["cascade", "0.1.6", "--force", "--dry-run"]).exits(0);
    assert!(!dry.stderr.contains("release thaw"), "{}", dry.stderr);
}
