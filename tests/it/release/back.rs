//! `release back`: every member goes back to an earlier version, and the command can do nothing else.

use serde_json::{Value, json};

use super::chain::pasted;
use super::races::halted;
use super::stage::{ALPHA, Member, Stage};
use crate::rehearsal::Asked;

const BAD: Member = Member { contains: "0.1.7", ..ALPHA };
const BACK: Member = Member { slug: "beta", ..ALPHA };

/// 0.1.6 and 0.1.7 are out; alpha has the later one, beta the earlier.
fn two_out() -> Stage {
    let stage = Stage::with(&[BAD, BACK], &[("0.1.6", None), ("0.1.7", None)], "");
    stage.forge.requests();
    stage
}

#[test]
fn members_go_back_and_releases_are_frozen_meanwhile() {
    let stage = two_out();
    let dry = stage.release(&["back", "0.1.6", "--waves", "1", "--dry-run"]).exits(0);
    assert!(dry.stdout.contains("acme/t-alpha  planned  0.1.7"), "{}", dry.stdout);
    assert!(dry.stdout.contains("acme/t-beta   current  0.1.6"), "{}", dry.stdout);
    assert_eq!(pasted(&dry), [["back", "0.1.6", "--waves", "1"]], "{}", dry.stderr);
    let would = "Releases would be frozen, with the reason: members went back to 0.1.6\n";
    assert!(dry.stderr.contains(would), "{}", dry.stderr);
    // Where nobody can be asked it has to be said.
    let ran = stage.release(&["back", "0.1.6"]).exits(2);
    let says = "1 repository would go back to 0.1.6, and there is no terminal to ask on";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
    assert_eq!((stage.tags().len(), stage.runs("alpha").len()), (0, 0));
    let words = ["back", "0.1.6", "--yes", "--reason", "0.1.7 loses the queue"];
    let ran = stage.release(&words).exits(3);
    assert!(ran.stderr.contains("images contain now: 0.1.6 (1), 0.1.7 (1)"), "{}", ran.stderr);
    assert!(ran.stderr.contains("releases are frozen: `runtime-freeze`"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("set aside"), "{}", ran.stderr);
    assert!(ran.stdout.contains("contains 0.1.7, and not 0.1.6"), "{}", ran.stdout);
    assert!(ran.stderr.contains("\n  # withdraw (yank) 0.1.7 on the index"), "{}", ran.stderr);
    let next = pasted(&ran);
    assert_eq!(next[0][..2], ["back", "0.1.6"], "{}", ran.stderr);
    assert_eq!(next[1], ["thaw"], "{}", ran.stderr);
    assert!(
        ran.stderr.contains("\n  shipshape images rollback --all --from-version 0.1.7\n"),
        "{}",
        ran.stderr
    );
    assert_eq!((stage.runs("alpha").len(), stage.runs("beta").len()), (1, 0));
    let frozen = stage.release(&["tag"]).exits(3);
    assert!(frozen.stderr.contains("0.1.7 loses the queue"), "{}", frozen.stderr);
    // Once more: what is frozen stays so, and who is not back is told anew.
    let again = stage.release(&["back", "0.1.6", "--yes"]).exits(3);
    assert!(again.stderr.contains("releases were frozen already"), "{}", again.stderr);
    assert!(again.stderr.contains("this reason was not added"), "{}", again.stderr);
    assert_eq!((stage.runs("alpha").len(), stage.runs("beta").len()), (2, 0));
    assert_eq!(stage.tags(), ["runtime-freeze"]);
}

#[test]
fn a_freeze_that_somebody_lifted_meanwhile_is_not_to_be_lifted_again() {
    let stage = two_out();
    let dispatch = "POST /api/v3/repos/acme/t-alpha/dispatches";
    let ran = halted(&stage, dispatch, &["back", "0.1.6", "--yes"], &[], || {
        stage.release(&["thaw"]).exits(0);
    });
    let ran = ran.exits(3);
    assert!(!ran.stderr.contains("release thaw"), "{}", ran.stderr);
    let says = "WARNING: releases are no longer frozen: the freeze was lifted meanwhile\n";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
}

#[test]
fn where_all_are_back_it_ends_clean_and_freezes_only_when_wanted() {
    let stage = Stage::with(&[BACK], &[("0.1.6", None), ("0.1.7", Some("bad"))], "");
    let ran = stage.release(&["back", "0.1.6", "--yes", "--no-freeze"]).exits(0);
    assert!(ran.stdout.contains("acme/t-beta  current  0.1.6"), "{}", ran.stdout);
    // The later one is withdrawn already, and nothing is frozen.
    assert!(!ran.stderr.contains("yank") && !ran.stderr.contains("thaw"), "{}", ran.stderr);
    // What was on a host before may be the later one.
    assert!(ran.stderr.contains("\n  shipshape images refresh\n"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("images rollback"), "{}", ran.stderr);
    assert_eq!(stage.tags().len(), 0);
}

#[test]
fn only_a_version_that_is_served_and_has_a_later_one_is_gone_back_to() {
    let versions = [("0.1.4", Some("it leaks")), ("0.1.5", None), ("0.1.6", None), ("0.1.7", None)];
    let stage = Stage::with(&[BAD], &versions, "");
    stage.writes();
    for (version, says) in [
        ("0.1.66", "the index does not serve acme-runtime 0.1.66"),
        ("0.1.4", "acme-runtime 0.1.4 was withdrawn from the index"),
        ("0.1.7", "acme-runtime 0.1.7 is the newest version, and not one to go back to"),
    ] {
        let ran = stage.release(&["back", version, "--yes"]).exits(2);
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
        assert!(ran.stderr.contains("members can go back to 0.1.6, 0.1.5"), "{}", ran.stderr);
    }
    let ran =
        stage.release(&["back", "0.1.6", "--yes", "--waves", "1", "--first", "alhpa"]).exits(2);
    assert!(ran.stderr.contains("the members are alpha"), "{}", ran.stderr);
    // Without the token no member could be told, which is no success here.
    let bare = [("TEMPLATE_DISPATCH_TOKEN", "")];
    let ran = stage.release_with(&["back", "0.1.6", "--yes"], &bare).exits(2);
    assert!(ran.stderr.contains("TEMPLATE_DISPATCH_TOKEN is not set"), "{}", ran.stderr);
    assert_eq!(stage.writes(), 0);
}

#[test]
fn killed_and_asked_again_it_goes_on() {
    let calm = two_out();
    calm.release(&["back", "0.1.6", "--yes"]).exits(3);
    let requests = calm.forge.count();
    for at in (1..=requests).step_by(5) {
        let stage = two_out();
        stage.forge.fail(&json!([{ "at": at, "kind": "slow", "seconds": 600 }]));
        let arguments = ["release", "back", "0.1.6", "--yes"];
        let mut command = stage.world.command(&stage.world.path(""), &arguments);
        command.envs(stage.forge.variables()).env("TEMPLATE_DISPATCH_TOKEN", "dispatcher-token");
        stage.forge.killed(command, at);
        stage.forge.fail(&json!([]));
        stage.release(&["back", "0.1.6", "--yes"]).exits(3);
        assert_eq!(stage.tags(), ["runtime-freeze"], "killed at {at}");
        // One that was told, and whose run is over by then without the version, is told anew.
        let alpha = stage.runs("alpha").len();
        assert!((1..=2).contains(&alpha), "killed at {at}: told {alpha} times");
        assert_eq!(stage.runs("beta").len(), 0, "killed at {at}");
    }
}

#[test]
fn a_token_that_can_notify_no_member_is_found_before_anything_is_frozen() {
    let stage = two_out();
    for (token, why) in [
        ("no-token-of-theirs", "the forge does not accept TEMPLATE_DISPATCH_TOKEN: it has expired"),
        ("looks-token", "it may only read `acme/t-alpha`"),
    ] {
        let words = ["back", "0.1.6", "--yes"];
        let ran = stage.release_with(&words, &[("TEMPLATE_DISPATCH_TOKEN", token)]).exits(3);
        assert!(ran.stderr.contains(why), "{}", ran.stderr);
        assert!(ran.stderr.contains("so nothing was done"), "{}", ran.stderr);
        assert_eq!(stage.tags().len(), 0);
    }
    assert_eq!(stage.writes(), 0);
    // Nothing was begun, so nothing is to be continued.
    let ran = stage.release(&["status"]).exits(0);
    assert!(ran.stderr.contains("no run is recorded here"), "{}", ran.stderr);
}

#[test]
fn a_way_back_that_was_cut_off_is_remembered_and_continued() {
    let words = ["back", "0.1.6", "--yes", "--waves", "1", "--runtime", "alpha", "beta"];
    let calm = two_out();
    calm.release(&words).exits(3);
    let is_told = |it: &Value| it["route"].as_str().is_some_and(|it| it.ends_with("/dispatches"));
    let at = calm.forge.requests().iter().position(is_told).expect("a dispatch") + 2;
    let stage = two_out();
    stage.forge.fail(&json!([{ "at": at, "kind": "slow", "seconds": 600 }]));
    let arguments = [&["release"], &words[..]].concat();
    let mut command = stage.world.command(&stage.world.path(""), &arguments);
    command.envs(stage.forge.variables()).env("TEMPLATE_DISPATCH_TOKEN", "dispatcher-token");
    stage.forge.killed(command, at);
    assert_eq!(stage.runs("alpha").len(), 1);
    let goes_on = "shipshape release back 0.1.6 --runtime alpha beta --waves 1";
    let cut_off = "`release back 0.1.6`, started at 2026-11-22T12:00:00Z, was cut off\n";
    let status = stage.release(&["status"]).exits(0);
    assert!(status.stdout.starts_with(cut_off), "{}", status.stdout);
    // No run published 0.1.7 here, but members go back from it.
    let published =
        "\nacme-runtime 0.1.7\n\nSTAGE    STATE      WHEN                  WHAT\npublish  done ";
    assert!(status.stdout.contains(published), "{}", status.stdout);
    // One of the two is only meant to go back: whoever continues takes it there.
    assert!(!status.stderr.contains("may still contain 0.1.7"), "{}", status.stderr);
    assert!(status.stderr.contains(&format!("\n  {goes_on}\n")), "{}", status.stderr);
    let json = stage.release(&["status", "--format", "json"]).exits(0).json();
    assert_eq!((&json["back"]["version"], &json["back"]["ended"]), (&json!("0.1.6"), &Value::Null));
    let dry = stage.release(&["back", "0.1.6", "--dry-run"]).exits(0);
    assert!(dry.stdout.contains("acme/t-alpha  dispatched  0.1.7"), "{}", dry.stdout);
    let told = "acme/t-alpha: the version was dispatched already, and the run is under way\n";
    assert!(dry.stdout.contains(told), "{}", dry.stdout);
    assert!(dry.stderr.contains(cut_off), "{}", dry.stderr);
    assert_eq!(pasted(&dry), [goes_on.split(' ').skip(2).collect::<Vec<_>>()], "{}", dry.stderr);
    let frozen = "Releases are frozen already by ";
    assert!(dry.stderr.contains(frozen), "{}", dry.stderr);
    let alone = stage.forge.run(&stage.world, &[]).exits(0);
    assert!(alone.stdout.contains(&format!("\n  {goes_on} --dry-run\n")), "{}", alone.stdout);
    let says: Vec<&str> = alone.stdout.split_whitespace().collect();
    let shows = "was cut off; this shows which members it would take back";
    assert!(says.join(" ").contains(shows), "{}", alone.stdout);
    // What ended without all members being back is remembered as that.
    stage.release(&["back", "0.1.6", "--yes"]).exits(3);
    let status = stage.release(&["status"]).exits(0);
    assert!(status.stdout.contains(" ended with 1 of 2 repositories back\n"), "{}", status.stdout);
    // One that is about some members does not end one that is about all.
    let some = stage.release(&["back", "0.1.6", "--yes", "--runtime", "beta"]).exits(0);
    assert_eq!(pasted(&some)[0], ["back", "0.1.6"], "{}", some.stderr);
    let status = stage.release(&["status"]).exits(0);
    assert!(status.stdout.contains(" ended with 1 of 2 repositories back\n"), "{}", status.stdout);
}

#[test]
fn one_that_takes_all_members_back_that_it_is_about_is_over() {
    let stage = two_out();
    stage.release(&["back", "0.1.6", "--yes", "--runtime", "alpha"]).exits(3);
    stage.release(&["back", "0.1.6", "--yes", "--runtime", "beta"]).exits(0);
    let status = stage.release(&["status"]).exits(0);
    assert!(!status.stdout.contains("release back"), "{}", status.stdout);
}

#[test]
fn that_it_checks_whether_a_member_was_notified_is_said_before_it_waits() {
    let begun = || {
        let deaf = Member { seed: "runs: []", ..BAD };
        let stage = Stage::with(&[deaf], &[("0.1.6", None), ("0.1.7", None)], "");
        stage.forge.requests();
        stage
    };
    let words = ["back", "0.1.6", "--yes"];
    let calm = begun();
    calm.release(&words).exits(3);
    let is_told = |it: &Value| it["route"].as_str().is_some_and(|it| it.ends_with("/dispatches"));
    let at = calm.forge.requests().iter().position(is_told).expect("a dispatch") + 1;
    let stage = begun();
    stage.forge.fail(&json!([{ "at": at, "kind": "slow", "seconds": 600 }]));
    let mut command =
        stage.world.command(&stage.world.path(""), &[&["release"], &words[..]].concat());
    command.envs(stage.forge.variables()).env("TEMPLATE_DISPATCH_TOKEN", "dispatcher-token");
    stage.forge.killed(command, at);
    let ran = stage.release(&words).exits(3);
    let says = "acme/t-alpha: an earlier run was cut off while it notified this member; checking for up to 50 s whether it did\n";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
}

#[test]
fn interrupted_it_says_how_it_is_continued() {
    use std::io::Read as _;
    let words = ["back", "0.1.6", "--yes", "--waves", "1"];
    let calm = two_out();
    calm.release(&words).exits(3);
    let is_told = |it: &Value| it["route"].as_str().is_some_and(|it| it.ends_with("/dispatches"));
    let at = calm.forge.requests().iter().position(is_told).expect("a dispatch") + 2;
    let stage = two_out();
    stage.forge.fail(&json!([{ "at": at, "kind": "slow", "seconds": 600 }]));
    let mut command =
        stage.world.command(&stage.world.path(""), &[&["release"], &words[..]].concat());
    command.envs(stage.forge.variables()).env("TEMPLATE_DISPATCH_TOKEN", "dispatcher-token");
    command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::piped());
    let mut child = command.spawn().expect("the binary runs");
    while stage.forge.count() < at {
        assert!(child.try_wait().expect("a child").is_none(), "it is not over");
        crate::world::a_moment();
    }
    let process = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(process, rustix::process::Signal::INT).expect("interrupted");
    let ended = child.wait().expect("ended");
    let mut said = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut said).expect("text");
    stage.forge.fail(&json!([]));
    assert_eq!(ended.code(), Some(130), "{said}");
    assert!(said.contains("Interrupted; what was done is kept.\n"), "{said}");
    assert!(said.contains("\n  shipshape release back 0.1.6 --waves 1\n"), "{said}");
}

#[test]
fn a_rehearsal_proposes_itself_beside_an_unfinished_way_back_for_others() {
    let late = Member { contains: "0.1.7", ..BACK };
    let stage = Stage::with(&[BAD, late], &[("0.1.6", None), ("0.1.7", None)], "");
    let unfinished = ["back", "0.1.6", "--runtime", "alpha"];
    stage.release(&[&unfinished[..], &["--yes"]].concat()).exits(3);
    let dry = |words: &[&str]| {
        let dry = stage.release(&[words, &["--dry-run"]].concat()).exits(0);
        pasted(&dry).into_iter().map(|words| words.join(" ")).collect::<Vec<_>>()
    };
    assert_eq!(dry(&["back", "0.1.6"]), ["back 0.1.6"], "it takes alpha back as well");
    let others = ["back", "0.1.6", "--runtime", "beta"];
    assert_eq!(dry(&others), [others.join(" "), unfinished.join(" ")]);
    // The same member by another name.
    assert_eq!(dry(&["back", "0.1.6", "--runtime", "acme/t-alpha"]), [unfinished.join(" ")]);
    // What is typed goes before what is recorded.
    let paced = [&unfinished[..], &["--patience", "5"]].concat();
    assert_eq!(dry(&paced), ["back 0.1.6 --patience 5 --runtime alpha"]);
}

#[test]
fn a_rehearsal_that_freezes_nothing_leaves_out_the_reason_of_an_unfinished_way_back() {
    let stage = Stage::with(&[BAD], &[("0.1.6", None), ("0.1.7", None)], "");
    stage.release(&["back", "0.1.6", "--yes", "--reason", "bad"]).exits(3);
    let dry = stage.release(&["back", "0.1.6", "--no-freeze", "--dry-run"]).exits(0);
    assert_eq!(pasted(&dry), [["back", "0.1.6", "--no-freeze"]], "{}", dry.stderr);
}

#[test]
fn a_member_with_an_earlier_version_is_left_alone() {
    let early = Member { contains: "0.1.5", ..BACK };
    let versions = [("0.1.5", None), ("0.1.6", None), ("0.1.7", None)];
    let stage = Stage::with(&[BAD, early], &versions, "");
    let why = "its image contains an earlier version: it is left alone";
    let dry = stage.release(&["back", "0.1.6", "--dry-run"]).exits(0);
    assert!(dry.stdout.contains("acme/t-beta   earlier  0.1.5"), "{}", dry.stdout);
    assert!(dry.stdout.contains(why), "{}", dry.stdout);
    let ran = stage.release(&["back", "0.1.6", "--yes"]).exits(3);
    assert!(ran.stdout.contains(why), "{}", ran.stdout);
    assert_eq!((stage.runs("alpha").len(), stage.runs("beta").len()), (1, 0));
}

#[test]
fn a_member_with_an_earlier_version_that_is_building_is_told() {
    let early = Member { contains: "0.1.5", ..BACK };
    let versions = [("0.1.5", None), ("0.1.6", None), ("0.1.7", None)];
    let stage = Stage::with(&[BAD, early], &versions, "");
    // What it builds may be the later version.
    stage.release(&["cascade", "0.1.7"]).exits(0);
    stage.release(&["back", "0.1.6", "--yes"]).exits(3);
    assert_eq!((stage.runs("alpha").len(), stage.runs("beta").len()), (2, 2));
}

#[test]
fn a_freeze_that_cannot_be_set_leaves_an_open_way_back_open() {
    let no_tags = json!([
        { "route": "POST /repos/{owner}/{repo}/git/tags", "kind": "bad-gateway-before", "times": 50 }
    ]);
    let words = ["back", "0.1.6", "--yes"];
    let stage = two_out();
    stage.forge.fail(&no_tags);
    stage.release(&words).exits(3);
    assert_eq!(stage.runs("alpha").len(), 0);
    // Nothing was done, so nothing is to be continued.
    let status = stage.release(&["status"]).exits(0);
    assert!(status.stderr.contains("no run is recorded here"), "{}", status.stderr);
    stage.forge.fail(&json!([]));
    stage.release(&words).exits(3);
    stage.release(&["thaw"]).exits(0);
    stage.forge.fail(&no_tags);
    stage.release(&words).exits(3);
    let status = stage.release(&["status"]).exits(0);
    assert!(status.stdout.contains("`release back 0.1.6`, started at "), "{}", status.stdout);
    assert_eq!(pasted(&status)[0][..2], ["back", "0.1.6"], "{}", status.stderr);
}

#[test]
fn a_later_version_that_goes_forward_ends_a_way_back() {
    let stage = two_out();
    stage.release(&["back", "0.1.6", "--yes"]).exits(3);
    let says_back = || stage.release(&["status"]).exits(0).stdout.contains("release back 0.1.6");
    // A look notifies no member.
    let forward = ["cascade", "0.1.7", "--again", "--force"];
    stage.release(&[&forward[..], &["--dry-run"]].concat()).exits(0);
    assert!(says_back());
    stage.release(&forward).exits(0);
    assert!(!says_back());
    let alone = stage.forge.run(&stage.world, &[]).exits(0);
    assert!(!alone.stdout.contains("release back"), "{}", alone.stdout);
}

#[test]
fn a_way_back_is_not_proposed_for_members_that_cannot_be_notified() {
    let old = Member { slug: "old", contains: "0.1.7", seed: "archived: true, runs: []", ..ALPHA };
    let stage = Stage::with(&[BACK, old], &[("0.1.6", None), ("0.1.7", None)], "");
    let ran = stage.release(&["back", "0.1.6", "--yes", "--no-freeze"]).exits(3);
    assert!(!ran.stderr.contains("release back"), "{}", ran.stderr);
    let status = stage.release(&["status"]).exits(0);
    let says = " ended with 1 of 2 repositories back; 1 cannot be notified\n";
    assert!(status.stdout.contains(says), "{}", status.stdout);
    assert!(!status.stderr.contains("release back"), "{}", status.stderr);
    let json = stage.release(&["status", "--format", "json"]).exits(0).json();
    assert_eq!(json["back"]["ended"]["unreachable"], 1, "{json}");
    let alone = stage.forge.run(&stage.world, &[]).exits(0);
    assert!(!alone.stdout.contains("release back"), "{}", alone.stdout);
}

/// Somebody says when a member's workflow runs.
fn listens(stage: &Stage, slug: &str, on: &str) {
    use base64::Engine as _;
    let path = format!("/repos/acme/t-{slug}/contents/.github/workflows/publish-image.yml");
    let sha = stage.ask("ann", "GET", &path, Value::Null)["sha"].clone();
    let name = "${{ github.event.client_payload.release_id }}";
    let text = format!("name: x\nrun-name: '{name}'\non: {on}\n");
    let content = base64::prelude::BASE64_STANDARD.encode(text);
    stage.ask("ann", "PUT", &path, json!({ "message": "x", "content": content, "sha": sha }));
}

/// So many seconds pass on the forge.
fn pass(stage: &Stage, seconds: u64) {
    let body = json!({ "client": "nobody", "seconds": seconds }).to_string().into_bytes();
    let asked = Asked { method: "POST", path: "/_sandbox/clock/sleep", body, headers: &[] };
    stage.forge.ask("", &asked).is(200);
}

#[test]
fn a_dispatch_of_long_ago_without_a_run_does_not_count_as_notified() {
    let stage = Stage::with(&[BAD], &[("0.1.6", None), ("0.1.7", None)], "");
    listens(&stage, "alpha", "[push]");
    // It was notified of the version when its workflow did not listen, and nobody followed that.
    stage.release(&["cascade", "0.1.6", "--force"]).exits(0);
    listens(&stage, "alpha", "[repository_dispatch]");
    stage.release(&["cascade", "0.1.7", "--watch", "--force"]).exits(0);
    pass(&stage, 180);
    assert_eq!(stage.runs("alpha").len(), 1);
    let dry = stage.release(&["back", "0.1.6", "--dry-run"]).exits(0);
    let says =
        "the version was dispatched before, and no run appeared: it would be dispatched again";
    assert!(dry.stdout.contains(says), "{}", dry.stdout);
    let words = ["back", "0.1.6", "--yes", "--patience", "5"];
    let ran = stage.release(&words).exits(3);
    assert!(ran.stderr.contains("notified acme/t-alpha\n"), "{}", ran.stderr);
    assert_eq!(stage.runs("alpha").len(), 2, "{}", ran.stderr);
}

#[test]
fn a_dispatch_whose_run_did_not_appear_within_the_patience_is_sent_again() {
    let stage = Stage::with(&[BAD], &[("0.1.6", None), ("0.1.7", None)], "");
    listens(&stage, "alpha", "[push]");
    let words = ["back", "0.1.6", "--yes", "--patience", "1"];
    let ran = stage.release(&words).exits(3);
    let says = "no run appeared within 1 min: the next run notifies it again";
    assert!(ran.stdout.contains(says), "{}", ran.stdout);
    assert_eq!(pasted(&ran)[0][..2], ["back", "0.1.6"], "{}", ran.stderr);
    listens(&stage, "alpha", "[repository_dispatch]");
    let ran = stage.release(&words).exits(3);
    assert!(ran.stderr.contains("notified acme/t-alpha\n"), "{}", ran.stderr);
    assert_eq!(stage.runs("alpha").len(), 1, "{}", ran.stderr);
}

#[test]
fn a_run_that_another_machine_caused_under_another_id_is_followed_and_none_is_started_beside_it() {
    let stage = Stage::with(&[BAD], &[("0.1.6", None), ("0.1.7", None)], "");
    let told = || stage.runs("alpha").len();
    // The first id of the version is that of a run which is over.
    stage.release(&["cascade", "0.1.6", "--force"]).exits(0);
    pass(&stage, 300);
    stage.release(&["cascade", "0.1.6", "--force", "--again"]).exits(0);
    assert_eq!(told(), 2);
    let elsewhere = ["back", "0.1.6", "--no-freeze", "--state", "other.db"];
    let dry = stage.release(&[&elsewhere[..], &["--dry-run"]].concat()).exits(0);
    let says = "acme/t-alpha: the version was dispatched already, and the run is under way\n";
    assert!(dry.stdout.contains(says), "{}", dry.stdout);
    let yes = [&elsewhere[..], &["--yes"]].concat();
    let ran = stage.release(&yes).exits(3);
    assert!(ran.stderr.contains("acme/t-alpha was notified already\n"), "{}", ran.stderr);
    assert_eq!(told(), 2, "{}", ran.stderr);
    // It is over by then, and the image is as it was.
    stage.release(&yes).exits(3);
    assert_eq!(told(), 3);
}
