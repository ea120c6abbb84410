//! Later versions that the index does not list: a mirror that is behind, or a version that was deleted there.

use serde_json::{Value, json};

use super::chain::{GOOD, RUN, chain_of};
use super::stage::{ALPHA, Member, Stage};

const BAD: Member = Member { contains: "0.1.7", ..ALPHA };

const BETA: Member = Member { slug: "beta", ..ALPHA };

/// 0.1.6 is published, 0.1.7 is released to the only member, whose image contains it, and the index hides it.
fn hidden() -> Stage {
    let stage = chain_of(GOOD, "", "0.1.7");
    stage.beside_index(&[&RUN[..], &["--until", "wait"]].concat()).exits(0);
    stage.rewrite("workspace/plugins.py", "def load():\n    return 2\n", "Say more");
    let ran = stage.beside_index(&[&RUN[..], &["--until", "images"]].concat()).exits(0);
    assert_eq!(ran.json()["version"], "0.1.7");
    stage.forge.wish(&json!({ "delete": ["acme-runtime==0.1.7"] }));
    stage
}

const HIDDEN: &str = "but the index does not list it";

#[test]
fn no_member_goes_back_because_the_index_does_not_list_what_it_has() {
    let stage = hidden();
    let told = stage.runs("alpha").len();
    let run = [&RUN[..], &["--version", "0.1.6"]].concat();
    for elsewhere in [false, true] {
        if elsewhere {
            // Another machine remembers nothing; the tag makes it look into images.
            stage.world.remove_state();
        }
        for words in [&run[..], &["cascade", "0.1.6", "--watch"], &["cascade", "0.1.6", "--again"]]
        {
            let refused = stage.beside_index(words).exits(2);
            for says in [HIDDEN, "its list may be old, or the version was deleted", "--force"] {
                assert!(refused.stderr.contains(says), "{words:?}: {says}: {}", refused.stderr);
            }
        }
        let dry = stage.beside_index(&[&run[..], &["--dry-run"]].concat()).exits(1);
        assert!(dry.stderr.contains("refused: 0.1.7 "), "{}", dry.stderr);
    }
    assert_eq!(stage.runs("alpha").len(), told);
    // Who insists takes members back.
    let forced = stage.beside_index(&["cascade", "0.1.6", "--force"]).exits(0);
    assert!(
        forced.stderr.contains("set aside: 0.1.7 is in images of 1 repository"),
        "{}",
        forced.stderr
    );
    assert_eq!(stage.runs("alpha").len(), told + 1);
}

#[test]
fn a_version_that_members_are_ahead_of_is_not_proposed_to_be_continued() {
    let stage = chain_of(GOOD, "", "0.1.7");
    stage.beside_index(&[&RUN[..], &["--until", "wait"]].concat()).exits(0);
    stage.rewrite("workspace/plugins.py", "def load():\n    return 2\n", "Say more");
    // Another machine, which has records of its own.
    let elsewhere = ["--until", "images", "--state", "other.db"];
    stage.beside_index(&[&RUN[..], &elsewhere].concat()).exits(0);
    stage.forge.wish(&json!({ "delete": ["acme-runtime==0.1.7"] }));
    let goes_on = "release run --version 0.1.6";
    let status = stage.beside_index(&["status"]).exits(0);
    assert!(status.stderr.contains(goes_on), "{}", status.stderr);
    stage.beside_index(&[&RUN[..], &["--version", "0.1.6"]].concat()).exits(2);
    let status = stage.beside_index(&["status"]).exits(0);
    assert!(!status.stderr.contains(goes_on), "{}", status.stderr);
    let alone = stage.forge.run(&stage.world, &[]).exits(0);
    let says = alone.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(says.contains("members have a later version, which the index does not list"), "{says}");
    assert!(!says.contains(goes_on), "{says}");
}

#[test]
fn members_go_back_from_a_version_that_the_index_does_not_list() {
    let stage = hidden();
    let told = stage.runs("alpha").len();
    let back = ["back", "0.1.6", "--no-freeze"];
    let dry = stage.beside_index(&[&back[..], &["--dry-run"]].concat()).exits(0);
    assert!(dry.stderr.contains(HIDDEN), "{}", dry.stderr);
    // The image of the member stays at 0.1.7 in this test.
    let ran = stage.beside_index(&[&back[..], &["--yes"]].concat()).exits(3);
    assert!(ran.stderr.contains(HIDDEN), "{}", ran.stderr);
    assert!(!ran.stderr.contains("members can go back to"), "{}", ran.stderr);
    assert_eq!(stage.runs("alpha").len(), told + 1);
    let status = stage.beside_index(&["status", "0.1.7", "--format", "json"]).exits(0).json();
    assert_eq!(status["runs"][0]["went_back"], "0.1.6");
}

#[test]
fn a_tag_alone_is_no_version_that_members_have() {
    let stage = chain_of(GOOD, "", "0.1.6");
    stage.beside_index(&[&RUN[..], &["--until", "wait"]].concat()).exits(0);
    // Reserved, and never published.
    let head = stage.head();
    stage.tag_by_hand("runtime-v0.1.7", &head);
    stage.beside_index(&[&RUN[..], &["--version", "0.1.6", "--until", "images"]].concat()).exits(0);
    assert_eq!(stage.runs("alpha").len(), 1);
}

#[test]
fn an_index_that_knows_nothing_of_what_was_published_here_leaves_a_plan_unchecked() {
    let stage = chain_of(GOOD, "", "0.1.6");
    stage.beside_index(&[&RUN[..], &["--until", "wait"]].concat()).exits(0);
    stage.rewrite("workspace/plugins.py", "def load():\n    return 2\n", "Say more");
    let elsewhere = format!("{}/_index/elsewhere/", stage.forge.url());
    let plan = ["plan", "--no-compat", "--index-url", &elsewhere];
    let ran = stage.beside_index(&plan).exits(3);
    let says = "not checked: which versions the index has: it has no acme-runtime, although 0.1.6 was released here at ";
    assert!(ran.stdout.contains(says), "{}", ran.stdout);
    assert!(!ran.stderr.contains("release tag"), "{}", ran.stderr);
    let ran = stage.beside_index(&plan[..2]).exits(0);
    assert!(ran.stderr.contains("release tag"), "{}", ran.stderr);
}

#[test]
fn what_was_published_before_is_not_proposed_to_be_published() {
    let stage = hidden();
    let planned = |says: &str| {
        let ran = stage.beside_index(&["plan", "--no-compat"]).exits(0);
        assert!(ran.stdout.contains(says), "{says}: {}", ran.stdout);
        ran.stderr.contains("release run")
    };
    assert!(!planned("it was released here at "));
    stage.beside_index(&["back", "0.1.6", "--yes", "--no-freeze"]).exits(3);
    assert!(!planned("members went back from it to 0.1.6"));
    // Another machine learns it from the index, when it tries.
    stage.world.remove_state();
    assert!(planned("the index does not have it yet"));
    let ran = stage.beside_index(&[&RUN[..], &["--version", "0.1.7"]].concat()).exits(3);
    assert!(ran.stderr.contains("was deleted there"), "{}", ran.stderr);
    assert!(!planned("the index had its files, and somebody deleted them there"));
    let status = stage.beside_index(&["status"]).exits(0);
    assert!(!status.stderr.contains("--version 0.1.7"), "{}", status.stderr);
    assert!(status.stderr.contains("once a fix is merged"), "{}", status.stderr);
}

#[test]
fn all_versions_that_members_left_are_recorded_and_named() {
    // The index does not list the newest.
    let newest = Member { slug: "gamma", contains: "0.1.8", ..ALPHA };
    let stage = Stage::with(&[BAD, newest], &[("0.1.6", None), ("0.1.7", None)], "");
    let ran = stage.release(&["back", "0.1.6", "--yes", "--no-freeze"]).exits(3);
    for says in [
        "0.1.8 is in images of 1 repository, but the index does not list it",
        "withdraw (yank) 0.1.7, 0.1.8 on the index",
        "\n  shipshape images rollback --all --from-version 0.1.8\n  shipshape images rollback --all --from-version 0.1.7\n",
    ] {
        assert!(ran.stderr.contains(says), "{says}: {}", ran.stderr);
    }
    let status = stage.release(&["status", "--format", "json"]).exits(0).json();
    let runs = status["runs"].as_array().expect("runs").iter();
    let left: Vec<_> = runs.map(|run| (&run["version"], &run["went_back"])).collect();
    let [newest, bad, to] = ["0.1.8", "0.1.7", "0.1.6"].map(Value::from);
    assert_eq!(left, [(&newest, &to), (&bad, &to)]);
}

#[test]
fn what_images_contain_says_where_members_can_go_back_to() {
    let stage = Stage::with(&[BAD, BETA], &[("0.1.6", None)], "");
    for version in ["0.1.5", "0.1.7"] {
        let ran = stage.release(&["back", version, "--yes"]).exits(2);
        assert!(ran.stderr.contains("members can go back to 0.1.6"), "{}", ran.stderr);
    }
    // That of another member says that there is a later version.
    let words = ["back", "0.1.6", "--yes", "--no-freeze", "--runtime", "beta"];
    let ran = stage.release(&words).exits(0);
    let says = "0.1.7 is in images of 1 repository, but the index does not list it";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
    let stage = Stage::with(&[BETA], &[("0.1.6", None)], "");
    let ran = stage.release(&["back", "0.1.5", "--yes"]).exits(2);
    let says = "the index serves no version before 0.1.6, and no later one is known";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
}
