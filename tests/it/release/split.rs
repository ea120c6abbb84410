//! Members at different versions: what is recorded of a way back is kept for each member.

use serde_json::{Value, json};

use super::chain::{GOOD, RUN, chain, chain_of, pasted, states};
use super::stage::{ALPHA, Member, Stage};
use crate::world::Ran;

const BETA: Member = Member { slug: "beta", ..ALPHA };

const GAMMA: Member = Member { slug: "gamma", ..ALPHA };

/// No command of theirs takes members to a version.
fn proposes_nothing_of(version: &str, rans: &[Ran]) {
    for ran in rans {
        let said = format!("{}{}", ran.stdout, ran.stderr);
        for command in ["run --version", "cascade"] {
            let command = format!("shipshape release {command} {version}");
            assert!(!said.contains(&command), "{said}");
        }
        let mut proposed = said.lines().filter(|line| line.starts_with("  shipshape "));
        assert!(proposed.all(|line| !line.contains("--force")), "{said}");
    }
}

#[test]
fn a_member_that_goes_forward_again_goes_alone() {
    let stage = Stage::with(&[ALPHA, BETA], &[("0.1.6", None), ("0.1.7", None)], "");
    stage.release(&["back", "0.1.6", "--yes", "--no-freeze"]).exits(0);
    let run = || {
        let status = stage.release(&["status", "0.1.7", "--format", "json"]).exits(0).json();
        status["runs"][0].clone()
    };
    let both = json!({ "acme/t-alpha": "0.1.6", "acme/t-beta": "0.1.6" });
    assert_eq!(run()["repositories_back"], both);
    assert_eq!(states(&run())[8..10], ["cascade back", "images back"]);
    assert_eq!(run()["stages"][9]["what"], "2 repositories were at 0.1.6");
    let canary = ["cascade", "0.1.7", "--force", "--runtime"];
    let ran = stage.release(&[&canary[..], &["alpha"]].concat()).exits(0);
    let aside = "set aside: members went back from 0.1.7 to 0.1.6: 2 repositories were at 0.1.6\n";
    assert!(ran.stderr.contains(aside), "{}", ran.stderr);
    assert_eq!(run()["repositories_back"], json!({ "acme/t-beta": "0.1.6" }));
    let what = "1 repository was notified of it again; 1 repository was at 0.1.6";
    assert_eq!(run()["stages"][9]["what"], what);
    assert_eq!(states(&run())[9], "images back");
    let status = stage.release(&["status"]).exits(0);
    assert!(status.stderr.contains("# members went back from 0.1.7"), "{}", status.stderr);
    proposes_nothing_of("0.1.7", &[status, stage.forge.run(&stage.world, &[]).exits(0)]);
    // The other one is still where somebody put it.
    for more in [&[][..], &["--runtime", "beta"]] {
        let ran = stage.release(&[&["cascade", "0.1.7"], more].concat()).exits(2);
        assert!(ran.stderr.contains(what), "{}", ran.stderr);
    }
    assert_eq!(stage.runs("beta").len(), 0);
    stage.release(&[&canary[..], &["beta"]].concat()).exits(0);
    assert_eq!((&run()["went_back"], &run()["repositories_back"]), (&Value::Null, &Value::Null));
    stage.release(&["cascade", "0.1.7"]).exits(0);
}

#[test]
fn that_members_went_back_from_a_later_version_ends_nothing_of_its_precedence() {
    let stage = chain(GOOD);
    stage.beside_index(&[&RUN[..], &["--version", "2.0.0", "--force"]].concat()).ends();
    stage.rewrite("workspace/plugins.py", "def load(): ...\n\n\ndef more(): ...\n", "Say more");
    let patch = ["--version", "0.1.6", "--force", "--no-compat", "--until", "wait"];
    stage.beside_index(&[&RUN[..], &patch].concat()).exits(0);
    let looks = || {
        let alone = stage.forge.run(&stage.world, &[]).exits(0);
        [stage.beside_index(&["status"]).exits(0), alone]
    };
    proposes_nothing_of("0.1.6", &looks());
    let back = ["back", "0.1.6", "--runtime", "alpha", "--yes", "--no-freeze"];
    stage.beside_index(&back).exits(0);
    proposes_nothing_of("0.1.6", &looks());
    let words = ["run", "--version", "0.1.6", "--no-smoke", "--until", "wait"];
    let again = stage.beside_index(&[&words[..], &["--force"]].concat()).exits(0);
    assert!(!again.stderr.contains("Next:"), "{}", again.stderr);
    // Once the later version is withdrawn, a run records that, and the earlier one can be continued.
    stage.forge.wish(&json!({ "yank": { "acme-runtime==2.0.0": "loses the queue" } }));
    stage.beside_index(&words).exits(0);
    let status = stage.beside_index(&["status"]).exits(0);
    assert!(status.stderr.contains("release run --version 0.1.6"), "{}", status.stderr);
    assert!(!status.stderr.contains("--force"), "{}", status.stderr);
}

#[test]
fn all_versions_are_to_be_withdrawn_that_builds_would_take() {
    let bad = Member { contains: "0.1.7", ..ALPHA };
    let versions = [("0.1.5", None), ("0.1.6", None), ("0.1.7", None)];
    let stage = Stage::with(&[bad, BETA], &versions, "");
    let back = stage.release(&["back", "0.1.5", "--yes", "--no-freeze"]).exits(3);
    let says = "withdraw (yank) 0.1.6, 0.1.7 on the index";
    assert!(back.stderr.contains(says), "{}", back.stderr);
    for words in [&["status"][..], &["status", "0.1.6"]] {
        let status = stage.release(words).exits(0);
        assert!(status.stderr.contains(says), "{}", status.stderr);
    }
}

/// What `shipshape` alone says, in one line.
fn alone(stage: &Stage) -> String {
    let ran = stage.forge.run(&stage.world, &[]).exits(0);
    ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn members_that_come_back_to_a_version_that_one_left_are_not_notified_of_it_again() {
    let bad = Member { contains: "0.1.7", ..BETA };
    let versions = [("0.1.5", None), ("0.1.6", None), ("0.1.7", None)];
    let stage = Stage::with(&[Member { contains: "0.1.5", ..ALPHA }, bad], &versions, "");
    let back = ["--yes", "--no-freeze"];
    stage.release(&[&["back", "0.1.5", "--runtime", "alpha"], &back[..]].concat()).exits(0);
    // beta comes from 0.1.7, and its image stays as it is.
    stage.release(&[&["back", "0.1.6"], &back[..]].concat()).exits(3);
    let refused = stage.release(&["cascade", "0.1.6"]).exits(2);
    assert!(!refused.stderr.contains("notified of it again"), "{}", refused.stderr);
}

#[test]
fn without_a_command_all_versions_to_withdraw_are_listed_too() {
    let versions = [("0.1.6", None), ("0.1.7", None), ("0.1.8", None)];
    let stage = Stage::with(&[ALPHA, BETA], &versions, "");
    stage.release(&["back", "0.1.6", "--yes", "--no-freeze"]).exits(0);
    let says = "withdraw (yank) 0.1.7, 0.1.8 on the index";
    let said = alone(&stage);
    assert!(said.contains(says), "{said}");
    let status = stage.release(&["status"]).exits(0);
    assert!(status.stderr.contains(says), "{}", status.stderr);
}

#[test]
fn an_earlier_version_in_some_members_says_nothing_against_the_later_one() {
    let members = ["alpha", "beta"].map(|slug| Member { slug, contains: "0.1.7", ..ALPHA });
    let stage = Stage::with(&members, &[("0.1.6", None), ("0.1.7", None)], "");
    let refused = stage.release(&["cascade", "0.1.6", "--runtime", "alpha"]).exits(2);
    let hint = "`shipshape release cascade 0.1.6 --runtime alpha --force`";
    assert!(refused.stderr.contains(hint), "{}", refused.stderr);
    let takes = |slug| stage.release(&["cascade", "0.1.6", "--force", "--runtime", slug]).exits(0);
    takes("alpha");
    let status = stage.release(&["status", "0.1.7", "--format", "json"]).exits(0).json();
    let run = &status["runs"][0];
    assert_eq!((&run["went_back"], &run["to_withdraw"]), (&json!("0.1.6"), &Value::Null));
    let yank = "withdraw (yank)";
    let status = stage.release(&["status"]).exits(0);
    let says = "# some members are at 0.1.6 on purpose; to take one forward again: shipshape release cascade 0.1.7 --runtime MEMBER --force";
    assert!(status.stderr.contains(says), "{}", status.stderr);
    assert!(!status.stderr.contains(yank), "{}", status.stderr);
    let said = alone(&stage);
    assert!(!said.contains(yank) && !said.contains("0.1.7"), "{said}");
    // Once no member has it any more, builds should not take it up either.
    takes("beta");
    let status = stage.release(&["status"]).exits(0);
    assert!(status.stderr.contains("withdraw (yank) 0.1.7 on the index"), "{}", status.stderr);
    let said = alone(&stage);
    assert!(said.contains("withdraw (yank) 0.1.7 on the index"), "{said}");
}

#[test]
fn after_a_patch_of_an_older_line_nothing_is_proposed_where_members_have_the_newer_version() {
    let stage = chain_of(GOOD, "", "2.0.0");
    stage.beside_index(&[&RUN[..], &["--version", "2.0.0", "--force"]].concat()).exits(0);
    stage.rewrite("workspace/plugins.py", "def load(): ...\n\n\ndef more(): ...\n", "Say more");
    let patch = ["run", "--no-smoke", "--no-compat", "--version", "0.1.6"];
    let wait = ["--force", "--yes", "--until", "wait"];
    let published = stage.beside_index(&[&patch[..], &wait].concat()).exits(0);
    assert!(!published.stderr.contains("2.0.0: shipshape"), "{}", published.stderr);
    assert!(!published.stderr.contains("run --version 2.0.0"), "{}", published.stderr);
    let refused = stage.beside_index(&patch).exits(2);
    assert!(!refused.stderr.contains("is released instead"), "{}", refused.stderr);
    let hint = "`shipshape release cascade 0.1.6 --runtime MEMBER --force`";
    assert!(refused.stderr.contains(hint), "{}", refused.stderr);
}

#[test]
fn a_version_that_is_withdrawn_is_not_to_be_withdrawn() {
    let stage = chain_of(GOOD, "", "0.1.6");
    stage.beside_index(&RUN).exits(0);
    stage.rewrite("workspace/plugins.py", "def load(): ...\n\n\ndef more(): ...\n", "Say more");
    stage.beside_index(&[&RUN[..], &["--until", "cascade"]].concat()).exits(0);
    stage.beside_index(&["back", "0.1.6", "--yes", "--no-freeze"]).exits(0);
    let yank = "withdraw (yank)";
    assert!(stage.beside_index(&["status"]).exits(0).stderr.contains(yank));
    stage.forge.wish(&json!({ "yank": { "acme-runtime==0.1.7": "loses the queue" } }));
    let words = ["run", "--version", "0.1.7", "--no-smoke"];
    let dry = stage.beside_index(&[&words[..], &["--dry-run"]].concat()).exits(1);
    assert!(!dry.stderr.contains(yank), "{}", dry.stderr);
    // No member is notified of it, not even with --force.
    let refused = stage.beside_index(&["cascade", "0.1.7"]).exits(2);
    assert!(refused.stderr.contains("members went back from 0.1.7"), "{}", refused.stderr);
    assert!(!refused.stderr.contains("--force"), "{}", refused.stderr);
    // A dry run records nothing.
    assert!(stage.beside_index(&["status"]).exits(0).stderr.contains(yank));
    let ran = stage.beside_index(&[&words[..], &["--force"]].concat()).exits(3);
    assert!(ran.stderr.contains("was withdrawn, so no member is notified"), "{}", ran.stderr);
    assert!(!ran.stderr.contains(yank), "{}", ran.stderr);
    let status = stage.beside_index(&["status"]).exits(0);
    assert!(!status.stderr.contains(yank), "{}", status.stderr);
    assert_eq!(pasted(&status).last().expect("one"), &["run"], "{}", status.stderr);
}

#[test]
fn where_the_index_says_nothing_of_a_version_no_build_is_said_to_pick_it_up() {
    let none = Stage::with(&[ALPHA], &[], "");
    let some = Stage::with(&[ALPHA], &[("0.1.6", None)], "");
    let words = ["cascade", "0.1.6"];
    let nowhere = ["--index-url", "http://127.0.0.1:9/simple/"];
    for (stage, more) in [(&none, &[][..]), (&some, &nowhere)] {
        let bare = [("TEMPLATE_DISPATCH_TOKEN", "")];
        let ran = stage.release_with(&[&words[..], more].concat(), &bare).exits(3);
        assert!(!ran.stderr.contains("picks it up"), "{}", ran.stderr);
        assert_eq!(ran.stdout, "");
    }
}

#[test]
fn a_row_counts_all_members_whichever_command_moved_them() {
    let versions = [("0.1.5", None), ("0.1.6", None), ("0.1.7", None)];
    let stage = Stage::with(&[ALPHA, BETA, GAMMA], &versions, "");
    let row = || {
        let status = stage.release(&["status", "0.1.7", "--format", "json"]).exits(0).json();
        let images = &status["runs"][0]["stages"][9];
        (images["state"].clone(), images["what"].clone())
    };
    let back = ["--yes", "--no-freeze"];
    stage.release(&[&["back", "0.1.6"], &back[..]].concat()).exits(0);
    let all = (json!("back"), json!("3 repositories were at 0.1.6"));
    assert_eq!(row(), all);
    // A canary goes forward, and back again.
    let canary = ["cascade", "0.1.7", "--force", "--watch", "--runtime"];
    stage.release(&[&canary[..], &["alpha"]].concat()).exits(3);
    let what = "0 of 3 repositories contain it, not alpha; 2 repositories were at 0.1.6";
    assert_eq!(row(), (json!("failed"), json!(what)));
    stage.release(&[&["back", "0.1.6", "--runtime", "alpha"], &back[..]].concat()).exits(0);
    assert_eq!(row(), all);
    // One of them goes further back, to a version that its image does not contain yet.
    stage.release(&[&["back", "0.1.5", "--runtime", "beta"], &back[..]].concat()).exits(3);
    let what = "1 repository was notified to go back to 0.1.5; 2 repositories were at 0.1.6";
    assert_eq!(row(), (json!("unchecked"), json!(what)));
    // An index that cannot be named says nothing of whether the version is withdrawn.
    let nowhere = ["cascade", "0.1.7", "--index-url", "nowhere"];
    let refused = stage.release(&nowhere).exits(2);
    assert!(refused.stderr.contains("0.1.7 again: --force"), "{}", refused.stderr);
}
