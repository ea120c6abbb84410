//! Releases from an older line: what they would lose, and whom they would take back.

use serde_json::{Value, json};

use super::chain::{GOOD, RUN, chain, chain_of, pasted};
use super::stage::{ALPHA, Member, Stage};

/// A branch that stays behind: 0.2.0 is released from the commit after it, and a fix is on the branch.
fn with_a_line() -> (Stage, String) {
    let stage = chain(GOOD);
    let at = json!({ "ref": "refs/heads/line", "sha": stage.head() });
    stage.ask("ann", "POST", "/repos/acme/core/git/refs", at);
    let later = stage.push("workspace/big.py", "BIG = 1\n", "Big feature");
    stage.tag_by_hand("runtime-v0.2.0", &later);
    stage.write_on("line", "workspace/fix.py", "FIX = 1\n", "Security fix");
    (stage, later)
}

#[test]
fn changes_of_the_last_release_that_a_commit_lacks_are_lost_only_with_force() {
    let (stage, later) = with_a_line();
    let tags = stage.tags();
    let lost = format!(
        "1 change of 0.2.0 ({}) or before would be lost: the commit is on another line",
        &later[..12]
    );
    let line = ["--commit", "line"];
    for (words, nothing) in [
        (&RUN[..], "nothing was done"),
        (&["run", "--dry-run"], "nothing was done"),
        (&["tag"], "nothing was tagged"),
        (&["tag", "--yes"], "nothing was tagged"),
        (&["tag", "--dry-run"], "nothing would be tagged"),
    ] {
        let ran = stage.beside_index(&[words, &line].concat()).exits(2);
        assert!(ran.stderr.contains(&format!("{lost}, so {nothing}")), "{}", ran.stderr);
        let hint = "a patch of an older line needs a --version below 0.2.0";
        assert!(ran.stderr.contains(hint), "{}", ran.stderr);
    }
    for words in [&["run", "--until", "tag"][..], &["tag"]] {
        let ran = stage.beside_index(&[words, &line, &["--force"]].concat()).exits(2);
        assert!(ran.stderr.contains("if 0.2.1 is intended: add --yes"), "{}", ran.stderr);
        assert!(ran.stderr.contains(&lost), "{}", ran.stderr);
    }
    assert_eq!(stage.tags(), tags);
    let insists = ["tag", "--commit", "line", "--force", "--yes"];
    let ran = stage.beside_index(&insists).exits(0);
    assert_eq!(ran.stdout, "runtime-v0.2.1\n");
    assert!(ran.stderr.contains(&format!("--force sets aside: {lost}")), "{}", ran.stderr);
    // Now the branch that is released from lacks the fix.
    stage.push("workspace/more.py", "MORE = 1\n", "More");
    let ran = stage.beside_index(&["tag"]).exits(2);
    // With the change that the line was made of.
    assert!(ran.stderr.contains("1 change of 0.2.1 ("), "{}", ran.stderr);
    let planned = stage.beside_index(&["plan", "--no-compat"]).exits(1);
    assert!(planned.stdout.contains("would be lost"), "{}", planned.stdout);
}

/// 2.0.0 is released and in the image, and the next commit is to be a patch of an older line.
fn two_lines() -> Stage {
    let stage = chain_of(GOOD, "", "2.0.0");
    stage.beside_index(&[&RUN[..], &["--version", "2.0.0", "--force"]].concat()).exits(0);
    stage.rewrite("workspace/plugins.py", "def load(): ...\n\n\ndef more(): ...\n", "Say more");
    stage
}

const PATCH: [&str; 5] = ["run", "--no-smoke", "--no-compat", "--version", "0.1.6"];

#[test]
fn whom_a_patch_of_an_older_line_takes_back_is_listed_before_its_tag() {
    let stage = two_lines();
    for more in [&["--yes"][..], &["--dry-run"]] {
        let ran = stage.beside_index(&[&PATCH[..], more].concat()).exits(2);
        for says in [
            "2.0.0 is published; notifying members of 0.1.6 would take their images back",
            "0.1.6 is not above 2.0.0, the highest so far",
            "to publish it, and notify no member: --until wait --force",
            "`shipshape release cascade 0.1.6 --runtime MEMBER --force`",
        ] {
            assert!(ran.stderr.contains(says), "{says}: {}", ran.stderr);
        }
    }
    let aside = "--force sets aside: 1 repository would go back from 2.0.0 to 0.1.6\n";
    let dry = stage.beside_index(&[&PATCH[..], &["--force", "--dry-run"]].concat()).exits(0);
    assert!(dry.stderr.contains(aside), "{}", dry.stderr);
    let tags = stage.tags();
    let ran = stage.beside_index(&[&PATCH[..], &["--force"]].concat()).exits(2);
    let why = "1 repository would go back from 2.0.0 to 0.1.6\n";
    assert!(ran.stderr.contains(why), "{}", ran.stderr);
    assert_eq!(stage.tags(), tags);
    let forced = [&PATCH[..], &["--force", "--yes"]].concat();
    for _ in 0..2 {
        let ran = stage.beside_index(&forced).exits(3);
        let place = |text: &str| ran.stderr.find(text);
        assert!(place(aside) < place("notified acme/t-alpha"), "{}", ran.stderr);
        assert_eq!(ran.stderr.matches(aside).count(), 1, "{}", ran.stderr);
    }
}

#[test]
fn what_images_contain_is_not_taken_back_unasked_whatever_the_index_says_of_it() {
    let stage = two_lines();
    stage.beside_index(&[&PATCH[..], &["--force", "--yes", "--until", "wait"]].concat()).exits(0);
    stage.forge.wish(&json!({ "yank": { "acme-runtime==2.0.0": "loses the queue" } }));
    let told = stage.runs("alpha").len();
    let refused = stage.beside_index(&PATCH).exits(2);
    for says in [
        "1 repository would go back from 2.0.0 to 0.1.6, so nothing was done",
        "to take all members back on purpose: `shipshape release back 0.1.6`",
    ] {
        assert!(refused.stderr.contains(says), "{says}: {}", refused.stderr);
    }
    let dry = stage.beside_index(&[&PATCH[..], &["--dry-run"]].concat()).exits(1);
    let says = "refused: 1 repository would go back from 2.0.0 to 0.1.6\n";
    assert!(dry.stderr.contains(says), "{}", dry.stderr);
    assert_eq!(pasted(&dry), [["back", "0.1.6"]], "{}", dry.stderr);
    assert_eq!(stage.runs("alpha").len(), told);
    // Nobody is notified without the token, nor before that stage.
    stage.beside_index(&[&PATCH[..], &["--until", "wait"]].concat()).exits(0);
    stage.beside_index_with(&PATCH, "").exits(0);
    let ran = stage.beside_index(&[&PATCH[..], &["--force"]].concat()).exits(3);
    let aside = "--force sets aside: 1 repository would go back from 2.0.0 to 0.1.6\n";
    assert!(ran.stderr.contains(aside), "{}", ran.stderr);
    assert_eq!(stage.runs("alpha").len(), told + 1);
}

#[test]
fn no_tag_is_created_again_of_a_version_that_members_would_be_taken_back_to() {
    let stage = two_lines();
    stage.beside_index(&[&PATCH[..], &["--force", "--yes", "--until", "wait"]].concat()).exits(0);
    stage.forge.wish(&json!({ "yank": { "acme-runtime==2.0.0": "loses the queue" } }));
    let tag = "/repos/acme/core/git/refs/tags/runtime-v0.1.6";
    stage.ask("ann", "DELETE", tag, Value::Null);
    let (told, tags) = (stage.runs("alpha").len(), stage.tags());
    let refused = stage.beside_index(&[&PATCH[..], &["--yes"]].concat()).exits(2);
    for says in [
        "1 repository would go back from 2.0.0 to 0.1.6, so nothing was done",
        "to take all members back on purpose: `shipshape release back 0.1.6`",
    ] {
        assert!(refused.stderr.contains(says), "{says}: {}", refused.stderr);
    }
    assert!(!refused.stderr.contains("--force sets aside"), "{}", refused.stderr);
    assert_eq!((stage.runs("alpha").len(), stage.tags()), (told, tags));
}

#[test]
fn a_dry_run_speaks_of_no_later_version_that_is_withdrawn_and_in_no_image() {
    let stage = chain_of(GOOD, "", "0.1.6");
    stage.beside_index(&RUN).exits(0);
    stage.rewrite("workspace/plugins.py", "def load(): ...\n\n\ndef more(): ...\n", "Say more");
    stage.beside_index(&[&RUN[..], &["--until", "wait"]].concat()).exits(0);
    stage.forge.wish(&json!({ "yank": { "acme-runtime==0.1.7": "loses the queue" } }));
    for words in [&["run", "--version", "0.1.6", "--no-smoke"][..], &["cascade", "0.1.6"]] {
        let dry = stage.beside_index(&[words, &["--dry-run"]].concat()).exits(0);
        let said = format!("{}{}", dry.stdout, dry.stderr);
        assert!(!said.contains("0.1.7"), "{said}");
    }
}

#[test]
fn programs_are_given_no_command_that_people_are_not() {
    let stage = two_lines();
    stage.beside_index(&[&PATCH[..], &["--force", "--yes", "--until", "wait"]].concat()).exits(0);
    let words = ["cascade", "0.1.6", "--runtime", "alpha", "--force", "--watch"];
    stage.beside_index(&words).exits(3);
    let status = stage.beside_index(&["status", "0.1.6"]).exits(0);
    assert!(!status.stderr.contains("Next:"), "{}", status.stderr);
    let run = &stage.beside_index(&["status", "--format", "json"]).exits(0).json()["runs"][0];
    assert_eq!(run["version"], "0.1.6");
    for row in run["stages"].as_array().expect("stages") {
        assert_eq!((&row["next"], &row["also"]), (&Value::Null, &Value::Null), "{row:#}");
    }
}

#[test]
fn a_patch_for_one_member_is_not_continued_where_the_version_after_the_newest_is_only_reserved() {
    let stage = two_lines();
    let reserves = ["--version", "2.1.0", "--until", "tag"];
    stage.beside_index(&[&RUN[..], &reserves].concat()).exits(0);
    stage.beside_index(&[&PATCH[..], &["--force", "--yes", "--until", "wait"]].concat()).exits(0);
    stage.beside_index(&["cascade", "0.1.6", "--runtime", "alpha", "--force"]).exits(0);
    let status = stage.beside_index(&["status"]).exits(0);
    assert!(!status.stderr.contains("--version 0.1.6"), "{}", status.stderr);
    let alone = stage.forge.run(&stage.world, &[]).exits(0);
    assert!(alone.stdout.contains("release run --version 2.1.0"), "{}", alone.stdout);
    // Members are notified of 2.0.0, so that run would be refused.
    assert!(!alone.stdout.contains("--version 0.1.6"), "{}", alone.stdout);
}

const BETA: Member = Member { slug: "beta", contains: "0.1.7", ..ALPHA };

#[test]
fn another_machine_sees_on_the_forge_that_a_member_was_taken_back() {
    let stage = Stage::with(&[ALPHA, BETA], &[("0.1.6", None), ("0.1.7", None)], "");
    stage.release(&["cascade", "0.1.7"]).exits(0);
    stage.release(&["cascade", "0.1.6", "--runtime", "alpha", "--force", "--watch"]).exits(0);
    assert_eq!(stage.runs("alpha").len(), 2);
    let other = ["--state", "other.db"];
    let since = "it was notified of 0.1.6 since, so it was taken back; to take it forward again: \
                 `shipshape release cascade 0.1.7 --runtime alpha --force`";
    let ran = stage.release(&[&["cascade", "0.1.7", "--watch"], &other[..]].concat()).exits(3);
    assert!(ran.stdout.contains(since), "{}", ran.stdout);
    assert!(ran.stderr.contains(since), "{}", ran.stderr);
    assert!(!ran.stderr.contains("--again"), "{}", ran.stderr);
    // Without a look at its image, nothing says that it has the version.
    let ran = stage.release(&[&["cascade", "0.1.7"], &other[..]].concat()).exits(3);
    assert!(ran.stdout.contains(since), "{}", ran.stdout);
    let dry = ["cascade", "0.1.7", "--runtime", "alpha", "--dry-run"];
    let dry = stage.release(&[&dry[..], &other].concat()).exits(0);
    assert!(!dry.stderr.contains("--again notifies"), "{}", dry.stderr);
    for (more, code) in [(&[][..], 3), (&["--dry-run"], 0)] {
        let again = ["cascade", "0.1.7", "--again", "--runtime", "alpha"];
        let ran = stage.release(&[&again[..], &other, more].concat()).exits(code);
        assert!(ran.stdout.contains(since), "{}", ran.stdout);
    }
    assert_eq!(stage.runs("alpha").len(), 2);
    let forward = ["cascade", "0.1.7", "--runtime", "alpha", "--force"];
    stage.release(&[&forward[..], &other].concat()).exits(0);
    assert_eq!(stage.runs("alpha").len(), 3);
    // From then on, it is notified.
    let ran = stage.release(&[&["cascade", "0.1.7"], &other[..]].concat()).exits(0);
    assert!(!ran.stdout.contains("since"), "{}", ran.stdout);
    assert_eq!(stage.runs("alpha").len(), 3);
}

#[test]
fn where_only_members_are_left_that_another_machine_took_back_no_run_is_proposed() {
    let stage = chain_of(GOOD, "", "0.1.6");
    stage.beside_index(&RUN).exits(0);
    stage.rewrite("workspace/plugins.py", "def load(): ...\n\n\ndef more(): ...\n", "Say more");
    stage.beside_index(&[&RUN[..], &["--until", "cascade"]].concat()).exits(0);
    stage.beside_index(&["back", "0.1.6", "--yes", "--no-freeze"]).exits(0);
    stage.world.remove_state();
    let run = ["run", "--version", "0.1.7", "--no-smoke"];
    let proposes_no_run = || {
        let status = stage.beside_index(&["status"]).exits(0);
        let forward = "`shipshape release cascade 0.1.7 --runtime alpha --force`";
        assert!(status.stdout.contains(forward), "{}", status.stdout);
        for command in ["release run", "release thaw"] {
            assert!(!status.stderr.contains(command), "{}", status.stderr);
        }
        let alone = stage.forge.run(&stage.world, &[]).exits(0);
        let shows = "\n  shipshape release status 0.1.7\n";
        assert!(alone.stdout.contains(shows), "{}", alone.stdout);
        for command in ["release run", "release thaw"] {
            assert!(!alone.stdout.contains(command), "{}", alone.stdout);
        }
    };
    stage.beside_index(&run).exits(3);
    proposes_no_run();
    // A freeze that comes and goes changes nothing for them.
    stage.beside_index(&["freeze", "--reason", "wait"]).exits(0);
    stage.beside_index(&run).exits(3);
    proposes_no_run();
    stage.beside_index(&["thaw"]).exits(0);
    proposes_no_run();
    // Without the token, their images are only read.
    stage.beside_index_with(&run, "").exits(3);
    proposes_no_run();
}

#[test]
fn what_would_take_members_back_is_not_said_to_take_them_forward() {
    let alpha = Member { contains: "0.1.7", ..ALPHA };
    let versions = [("0.1.5", None), ("0.1.6", None), ("0.1.7", None)];
    let stage = Stage::with(&[alpha, BETA], &versions, "");
    let refused = stage.release(&["cascade", "0.1.6", "--runtime", "alpha,beta"]).exits(2);
    let named = "`shipshape release cascade 0.1.6 --runtime alpha beta --force`";
    assert!(refused.stderr.contains(named), "{}", refused.stderr);
    stage.release(&["cascade", "0.1.5", "--runtime", "alpha", "--force"]).exits(0);
    let refused = stage.release(&["cascade", "0.1.6", "--runtime", "beta"]).exits(2);
    for says in [
        "members went back from 0.1.6 to 0.1.5, so nothing was done",
        "0.1.7 is published; notifying members of 0.1.6 would take their images back",
        "`shipshape release back 0.1.6 --runtime beta`",
        "to take only beta to it: `shipshape release cascade 0.1.6 --runtime beta --force`",
    ] {
        assert!(refused.stderr.contains(says), "{says}: {}", refused.stderr);
    }
    assert!(!refused.stderr.contains("forward"), "{}", refused.stderr);
}
