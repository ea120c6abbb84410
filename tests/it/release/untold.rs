//! A member that cannot be told: it is named, and keeps nobody waiting.

use super::cascade::{JSON, member, row, rows, stage};
use super::chain::{GOOD, RUN, chain};
use super::stage::{ALPHA, Member, Stage};

#[test]
fn one_that_cannot_be_told_holds_no_wave_and_a_dry_run_says_so() {
    const OLD: Member = Member { seed: "archived: true, runs: []", ..member("old", "0.1.5") };
    let stage = stage(&[ALPHA, OLD, member("delta", "0.1.6")]);
    let words = ["cascade", "0.1.6", "--waves", "2", "--first", "alpha", "old"];
    let dry = stage.release(&[&words[..], &JSON, &["--dry-run"]].concat()).exits(0).json();
    assert_eq!(row(&dry, "old")["state"], "failed");
    assert!(row(&dry, "old")["reason"].to_string().contains("it is archived"), "{dry}");
    let ran = stage.release(&[&words[..], &JSON].concat()).exits(3);
    let states: Vec<String> = rows(&ran.json()).into_iter().map(|(_, state)| state).collect();
    assert_eq!(states, ["contained", "failed", "contained"]);
    // Where nobody went before, the others are not told.
    stage.world.remove_state();
    let words = ["cascade", "0.1.6", "--again", "--waves", "1", "--first", "old"];
    let ran = stage.release(&[&words[..], &JSON].concat()).exits(3).json();
    let why = row(&ran, "alpha")["reason"].to_string();
    assert!(why.contains("no member of the waves before it could be notified"), "{why}");
    assert_eq!((stage.runs("alpha").len(), stage.runs("delta").len()), (1, 1));
}

#[test]
fn a_version_that_the_index_does_not_serve_is_refused_without_the_token_too() {
    let stage = stage(&[ALPHA]);
    for token in ["dispatcher-token", ""] {
        let variables = [("TEMPLATE_DISPATCH_TOKEN", token)];
        let ran = stage.release_with(&["cascade", "9.9.9"], &variables).exits(3);
        let says = "does not serve acme-runtime 9.9.9, so no member is notified";
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
        assert!(!ran.stderr.contains("WARNING"), "{}", ran.stderr);
    }
    let ran = stage.release_with(&["cascade", "0.1.6"], &[("TEMPLATE_DISPATCH_TOKEN", "")]);
    assert!(ran.exits(0).stderr.contains("each picks it up with its next build"));
}

#[test]
fn without_the_token_an_older_version_comes_with_no_build() {
    let stage = Stage::with(&[ALPHA], &[("0.1.5", None), ("0.1.6", None)], "");
    let words = ["cascade", "0.1.5", "--runtime", "alpha", "--force"];
    let ran = stage.release_with(&words, &[("TEMPLATE_DISPATCH_TOKEN", "")]).exits(3);
    let says = "their next builds take 0.1.6, the newest version that the index offers";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
    assert!(!ran.stderr.contains("with its next build"), "{}", ran.stderr);
}

#[test]
fn a_release_that_notified_nobody_for_want_of_the_token_is_proposed() {
    let stage = chain(GOOD);
    stage.beside_index_with(&RUN, "").exits(0);
    let alone = || stage.forge.run(&stage.world, &[]).exits(0).stdout;
    let said = alone();
    assert!(said.contains("\n  shipshape release cascade 0.1.6 --watch\n"), "{said}");
    let why = "notified no member, since TEMPLATE_DISPATCH_TOKEN was not set";
    assert!(said.split_whitespace().collect::<Vec<_>>().join(" ").contains(why), "{said}");
    stage.beside_index(&["cascade", "0.1.6", "--watch"]).exits(0);
    let said = alone();
    assert!(!said.contains("release cascade"), "{said}");
}

#[test]
fn a_dry_run_says_what_it_knows_of_the_tokens() {
    let stage = chain(GOOD);
    let dry = [&RUN[..], &["--dry-run"]].concat();
    let unchecked = "unchecked: whether the index accepts the credentials for the upload\n";
    let ran = stage.beside_index(&dry).exits(0);
    assert!(ran.stderr.contains(unchecked), "{}", ran.stderr);
    assert!(!ran.stderr.contains("TEMPLATE_DISPATCH_TOKEN"), "{}", ran.stderr);
    let ran = stage.beside_index_with(&dry, "").exits(0);
    let says = "TEMPLATE_DISPATCH_TOKEN is not set: no member would be notified\n";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
    let ran = stage.beside_index_with(&dry, "reader-token").exits(3);
    let says = "refused: TEMPLATE_DISPATCH_TOKEN cannot notify any member";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
    // As the run itself would end.
    stage.beside_index_with(&RUN, "reader-token").exits(3);
    let mut index = stage.forge.index_variables();
    index.retain(|(name, _)| *name != "SHIPSHAPE_UPLOAD_PASSWORD");
    let index: Vec<(&str, &str)> =
        index.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let ran = stage.release_with(&dry, &index).exits(3);
    let says = "the upload would fail: no credentials for uploading";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
    // A run that publishes nothing asks for no password.
    let ran = stage.beside_index(&[&dry[..], &["--until", "tag"]].concat()).exits(0);
    assert!(!ran.stderr.contains("upload"), "{}", ran.stderr);
}
