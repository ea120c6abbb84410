//! What is recorded of a version that members were taken back from, and of members that were notified.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use serde_json::{Value, json};

use super::cascade::{member, stage};
use super::chain::{GOOD, RUN, chain, chain_of, states};
use super::races::halted;
use super::stage::{ALPHA, Member, Stage};
use crate::world::Ran;

/// 0.1.6 is released, and 0.1.7 is published without any member being notified of it.
fn only_published(more: &[&str]) -> Stage {
    let stage = chain_of(GOOD, "", "0.1.6");
    stage.beside_index(&[&RUN[..], more].concat()).exits(0);
    stage.rewrite("workspace/plugins.py", "def load(): ...\n\n\ndef more(): ...\n", "Say more");
    stage.beside_index(&[&RUN[..], &["--until", "wait"], more].concat()).exits(0);
    stage
}

fn went_back(stage: &Stage, more: &[&str]) -> Value {
    let words = ["status", "0.1.7", "--format", "json"];
    let status = stage.beside_index(&[&words[..], more].concat()).exits(0).json();
    status["runs"][0]["went_back"].clone()
}

#[test]
fn a_version_that_was_only_published_is_not_continued_after_members_went_back() {
    let stage = only_published(&[]);
    stage.beside_index(&["back", "0.1.6", "--yes", "--no-freeze"]).exits(0);
    assert_eq!(went_back(&stage, &[]), "0.1.6");
    let status = stage.beside_index(&["status"]).exits(0);
    assert!(status.stderr.contains("# members went back from 0.1.7 to 0.1.6"), "{}", status.stderr);
    assert!(!status.stderr.contains("--version 0.1.7"), "{}", status.stderr);
    let alone = stage.forge.run(&stage.world, &[]).exits(0);
    let says = alone.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(says.contains("members went back from acme-runtime 0.1.7 to 0.1.6"), "{says}");
    let refused = stage.beside_index(&["run", "--no-smoke"]).exits(2);
    let says = "members went back from 0.1.7 to 0.1.6, so nothing was done";
    assert!(refused.stderr.contains(says), "{}", refused.stderr);
    // Another version for the same commit: to continue the one that it has is not offered, and what is offered works.
    let words = ["run", "--no-smoke", "--yes", "--until", "wait", "--version", "0.1.8"];
    let refused = stage.beside_index(&words).exits(2);
    assert!(refused.stderr.contains("is released as 0.1.7 already"), "{}", refused.stderr);
    assert!(!refused.stderr.contains("--version 0.1.7"), "{}", refused.stderr);
    let says = "to release the same commit again as 0.1.8: --force";
    assert!(refused.stderr.contains(says), "{}", refused.stderr);
    stage.beside_index(&[&words[..], &["--force"]].concat()).exits(0);
    let back = stage.beside_index(&["back", "0.1.7", "--dry-run"]).exits(0);
    let says = "WARNING: members went back from 0.1.7 to 0.1.6\n";
    assert!(back.stderr.contains(says), "{}", back.stderr);
}

#[test]
fn no_tag_is_created_again_for_a_version_that_members_went_back_from_unless_that_is_forced() {
    for yanked in [json!({}), json!({ "acme-runtime==0.1.7": "a mistake" })] {
        let stage = only_published(&[]);
        stage.beside_index(&["back", "0.1.6", "--yes", "--no-freeze"]).exits(0);
        let tags = stage.tags();
        let tag = "/repos/acme/core/git/refs/tags/runtime-v0.1.7";
        stage.ask("ann", "DELETE", tag, Value::Null);
        stage.forge.wish(&json!({ "yank": yanked }));
        let is_offered = yanked == json!({});
        let words = ["run", "--yes", "--no-smoke", "--version", "0.1.7"];
        let refused = stage.beside_index(&words).exits(2);
        let says = "members went back from 0.1.7 to 0.1.6, so nothing was done";
        assert!(refused.stderr.contains(says), "{}", refused.stderr);
        assert!(!refused.stderr.contains("it is created again there"), "{}", refused.stderr);
        assert_eq!(refused.stderr.contains("again: --force"), is_offered, "{}", refused.stderr);
        assert_eq!(stage.tags().len(), tags.len() - 1, "{}", refused.stderr);
        let forced = [&words[..], &["--force", "--until", "cascade"]].concat();
        let forced = stage.beside_index(&forced);
        let aside = forced.stderr.matches("set aside: members went back from 0.1.7").count();
        assert_eq!(aside, usize::from(is_offered), "{}", forced.stderr);
        assert_eq!(stage.tags(), tags, "{}", forced.stderr);
    }
}

#[test]
fn an_earlier_version_is_not_proposed_to_go_on_with_the_one_that_members_went_back_from() {
    let stage = only_published(&[]);
    stage.beside_index(&["back", "0.1.6", "--yes", "--no-freeze"]).exits(0);
    let refused = stage.beside_index(&[&RUN[..], &["--version", "0.1.6"]].concat()).exits(2);
    let says = "members went back from 0.1.7: withdraw (yank) 0.1.7 on the index";
    assert!(refused.stderr.contains(says), "{}", refused.stderr);
    assert!(!refused.stderr.contains("--version 0.1.7"), "{}", refused.stderr);
}

#[test]
fn members_did_not_go_back_from_a_version_that_none_had() {
    let stage = only_published(&[]);
    // The image of the only member contains 0.1.6.
    stage.beside_index(&["cascade", "0.1.6", "--force", "--runtime", "alpha"]).exits(0);
    assert_eq!(went_back(&stage, &[]), Value::Null);
    let status = stage.beside_index(&["status"]).exits(0);
    assert!(status.stderr.contains("release run --version 0.1.7"), "{}", status.stderr);
}

#[test]
fn a_cascade_beside_a_way_back_does_not_overwrite_that_members_went_back() {
    // The journal of the fleet depends on the address of the forge, which differs while a request is held back.
    let state = ["--state", "state.db"];
    let stage = only_published(&state);
    let index = stage.forge.index_variables();
    let dispatch = "POST /api/v3/repos/acme/t-alpha/dispatches";
    let words = [&["cascade", "0.1.7", "--watch"][..], &state].concat();
    let ran = halted(&stage, dispatch, &words, &index, || {
        let words = [&["back", "0.1.6", "--yes", "--no-freeze"][..], &state].concat();
        stage.beside_index(&words).exits(0);
    });
    let ran = ran.exits(3);
    // Once of each version.
    assert_eq!(stage.runs("alpha").len(), 2);
    let says = "WARNING: meanwhile members went back from 0.1.7 to 0.1.6";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
    assert_eq!(went_back(&stage, &state), "0.1.6");
}

#[test]
fn a_run_beside_a_way_back_does_not_overwrite_that_members_went_back_either() {
    let state = ["--state", "state.db"];
    let stage = only_published(&state);
    let index = stage.forge.index_variables();
    let dispatch = "POST /api/v3/repos/acme/t-alpha/dispatches";
    let words = [&["run", "--yes", "--no-smoke", "--version", "0.1.7"][..], &state].concat();
    let ran = halted(&stage, dispatch, &words, &index, || {
        let words = [&["back", "0.1.6", "--yes", "--no-freeze"][..], &state].concat();
        stage.beside_index(&words).exits(0);
        assert_eq!(went_back(&stage, &state), "0.1.6");
    });
    let ran = ran.exits(3);
    let says = "WARNING: meanwhile members went back from 0.1.7 to 0.1.6";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
    assert_eq!(went_back(&stage, &state), "0.1.6");
    let status = stage.beside_index(&[&["status"][..], &state].concat()).exits(0);
    assert!(!status.stderr.contains("--version 0.1.7"), "{}", status.stderr);
    let again = stage.beside_index(&words).exits(2);
    let says = "members went back from 0.1.7 to 0.1.6, so nothing was done";
    assert!(again.stderr.contains(says), "{}", again.stderr);
}

/// 0.1.6 is published, a change was merged since, and the consumer is asked at an address, after all members.
fn asked_at_an_address() -> (Stage, TcpListener) {
    let stage = chain_of(GOOD, "", "0.1.7");
    stage.beside_index(&[&RUN[..], &["--until", "wait"]].concat()).exits(0);
    stage.rewrite("workspace/plugins.py", "def load(): ...\n\n\ndef more(): ...\n", "Say more");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("url: 'http://{}/'", listener.local_addr().expect("an address"));
    stage.world.replace("fleet.yaml", "file: pins.json, key: alpha", &url);
    (stage, listener)
}

/// Runs this of 0.1.7. Members go back to 0.1.6 while the consumer is asked.
fn back_meanwhile(stage: &Stage, listener: &TcpListener, words: &[&str]) -> Ran {
    let ran = std::thread::scope(|scope| {
        scope.spawn(|| {
            let (mut asked, _) = listener.accept().expect("a question");
            stage.beside_index(&["back", "0.1.6", "--yes", "--no-freeze"]).exits(3);
            let mut question = [0; 4096];
            let _ = asked.read(&mut question).expect("a question");
            let answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\n0.1.7";
            asked.write_all(answer.as_bytes()).expect("it listens");
        });
        stage.beside_index(words).exits(3)
    });
    let says = "WARNING: meanwhile members went back from 0.1.7 to 0.1.6";
    assert_eq!(ran.stderr.matches(says).count(), 1, "{}", ran.stderr);
    ran
}

#[test]
fn who_goes_back_after_a_run_has_followed_all_members_is_not_said_to_have_the_version() {
    let (stage, listener) = asked_at_an_address();
    let ran = back_meanwhile(&stage, &listener, &RUN);
    assert_eq!(went_back(&stage, &[]), "0.1.6");
    for run in [ran.json(), stage.beside_index(&["status", "--format", "json"]).exits(0).json()] {
        let run = if run["runs"].is_array() { &run["runs"][0] } else { &run };
        let states = states(run);
        assert!(!states.contains(&"images done".to_owned()), "{states:?}");
    }
}

#[test]
fn after_a_way_back_it_is_not_said_how_to_look_at_images_again() {
    let (stage, listener) = asked_at_an_address();
    stage.beside_index(&[&RUN[..], &["--until", "images"]].concat()).exits(0);
    let words = [&RUN[..], &["--version", "0.1.7"]].concat();
    let ran = back_meanwhile(&stage, &listener, &words);
    assert!(!ran.stderr.contains("not looked at again"), "{}", ran.stderr);
}

#[test]
fn a_dispatch_that_was_refused_is_recorded_with_its_reason() {
    let stage = chain(GOOD);
    stage.forge.fail(&json!([
        { "route": "POST /repos/{owner}/{repo}/dispatches", "kind": "bad-gateway-before", "times": 99 }
    ]));
    let ran = stage.beside_index(&RUN).exits(3);
    let says = "(`POST /repos/acme/t-alpha/dispatches`)";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
    let status = stage.beside_index(&["status", "--format", "json"]).exits(0).json();
    let what = status["runs"][0]["stages"][8]["what"].as_str().expect("a text");
    let begins = "0 of 1 repository notified; acme/t-alpha was not notified: ";
    assert!(what.starts_with(begins) && what.len() > begins.len(), "{what}");
}

#[test]
fn another_spelling_of_the_distribution_notifies_no_member_again() {
    let stage = stage(&[ALPHA, member("beta", "0.1.5")]);
    let text = stage.world.read("fleet.yaml");
    let other = text.replace("distribution: acme-runtime", "distribution: Acme_Runtime");
    assert_ne!(other, text);
    stage.world.write("fleet.yaml", other);
    stage.release(&["cascade", "0.1.6"]).exits(0);
    stage.world.write("fleet.yaml", text).remove_state();
    let ran = stage.release(&["cascade", "0.1.6"]).exits(0);
    assert!(ran.stderr.contains("acme/t-alpha was notified already"), "{}", ran.stderr);
    assert_eq!((stage.runs("alpha").len(), stage.runs("beta").len()), (1, 1));
}

#[test]
fn a_dispatch_whose_id_has_the_spelling_of_the_fleet_is_not_sent_again() {
    let stage = stage(&[ALPHA]);
    let text = stage.world.read("fleet.yaml");
    let text = text.replace("distribution: acme-runtime", "distribution: Acme_Runtime");
    stage.world.write("fleet.yaml", text);
    let payload = json!({ "runtime_version": "0.1.6", "release_id": "0.1.6-9dd8ae24d39e2cb5" });
    let before = json!({ "event_type": "runtime-published", "client_payload": payload });
    stage.ask("ann", "POST", "/repos/acme/t-alpha/dispatches", before);
    let ran = stage.release(&["cascade", "0.1.6"]).exits(0);
    assert!(ran.stderr.contains("acme/t-alpha was notified already"), "{}", ran.stderr);
    assert_eq!(stage.runs("alpha").len(), 1);
}

#[test]
fn the_owner_is_named_where_the_name_of_a_repository_is_the_slug_of_another_member() {
    let stage = stage(&[ALPHA]);
    let text = stage.world.read("fleet.yaml");
    let two = "members: [{ slug: alpha }, { slug: other, repository: alpha }]";
    stage.world.write("fleet.yaml", text.replace("members: [alpha]", two));
    let first =
        |name: &'static str| ["cascade", "0.1.6", "--dry-run", "--waves", "1", "--first", name];
    let ran = stage.release(&first("alpha")).exits(2);
    let says = "name the repository: `t-alpha`, `acme/alpha`";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
    for name in ["t-alpha", "acme/alpha"] {
        let ran = stage.release(&first(name));
        assert!(!ran.stderr.contains("several members"), "{}", ran.stderr);
    }
}

#[test]
fn a_name_of_several_members_does_not_say_which_goes_first() {
    let stage = stage(&[ALPHA]);
    let text = stage.world.read("fleet.yaml");
    let two = text
        .replace("kinds: { t: ", "kinds: { u: { prefix: u-, shape: { folder: shape } }, t: ")
        .replace(
            "members: [alpha]",
            "members: [{ slug: alpha, kind: t }, { slug: alpha, kind: u }]",
        );
    stage.world.write("fleet.yaml", &two);
    for words in [
        &["cascade", "0.1.6", "--waves", "1", "--first", "alpha"][..],
        &["run", "--yes", "--waves", "1", "--first", "alpha"],
    ] {
        let ran = stage.release(words).exits(2);
        let says = "`alpha` is to go first, and several members are called that";
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
        assert!(ran.stderr.contains("name the repository: `t-alpha`, `u-alpha`"), "{}", ran.stderr);
    }
    let pins = "consumers: [{ name: production, runtime: alpha, file: pins.json }]\n";
    stage.world.write("fleet.yaml", format!("{two}{pins}"));
    let ran = stage.release(&["consumers"]).exits(2);
    assert!(ran.stderr.contains("several members are called `alpha`"), "{}", ran.stderr);
    assert!(ran.stderr.contains("name the repository: `t-alpha`, `u-alpha`"), "{}", ran.stderr);
    // Only one of them builds an image.
    let of = two.replace("images: { ", "images: { of: t, ");
    stage.world.write("fleet.yaml", format!("{of}{pins}")).write("pins.json", "\"0.1.6\"");
    stage.release(&["consumers"]).exits(0);
    stage.release(&["cascade", "0.1.6", "--waves", "1", "--first", "alpha", "--dry-run"]).exits(0);
}

#[test]
fn what_was_started_here_is_continued_after_members_went_back_from_an_earlier_version() {
    // 0.1.7 was published by other means.
    let stage = only_published(&["--state", "other.db"]);
    stage.rewrite("workspace/plugins.py", "def load(): ...\n\n\ndef most(): ...\n", "Say most");
    stage.beside_index(&[&RUN[..], &["--until", "check"]].concat()).exits(0);
    stage.beside_index(&["back", "0.1.6", "--yes", "--no-freeze"]).exits(0);
    let status = stage.beside_index(&["status", "--format", "json"]).exits(0).json();
    let runs: Vec<&Value> =
        status["runs"].as_array().expect("runs").iter().map(|run| &run["version"]).collect();
    assert!(runs.contains(&&json!("0.1.7")) && runs.contains(&&json!("0.1.8")), "{runs:?}");
    let alone = stage.forge.run(&stage.world, &[]).exits(0);
    assert!(alone.stdout.contains("release run --version 0.1.8"), "{}", alone.stdout);
}

#[test]
fn a_run_warns_of_a_way_back_that_notified_nobody_yet() {
    let stage = chain_of(GOOD, "", "0.1.7");
    stage.beside_index(&RUN).ends();
    stage.rewrite("workspace/plugins.py", "def load(): ...\n\n\ndef more(): ...\n", "Say more");
    let run = [&RUN[..], &["--version", "0.1.7"]].concat();
    stage.beside_index(&RUN).exits(0);
    let calm = stage.beside_index(&run).exits(0);
    assert!(!calm.stderr.contains("WARNING"), "{}", calm.stderr);
    let dispatch = "POST /repos/{owner}/{repo}/dispatches";
    let fault = json!([{ "route": dispatch, "kind": "bad-gateway-before", "times": 100 }]);
    stage.forge.fail(&fault);
    let back = stage.beside_index(&["back", "0.1.6", "--yes"]).exits(3);
    // The status of the answer is said once.
    assert!(!back.stderr.contains("it answered 502"), "{}", back.stderr);
    stage.forge.fail(&json!([]));
    for more in [&[][..], &["--dry-run"]] {
        let ran = stage.beside_index(&[&run[..], more].concat()).exits(0);
        let says = "WARNING: members are being taken back: `release back 0.1.6`, started at ";
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
        let ends =
            "ended with 0 of 1 repositories back; `shipshape release back 0.1.6` continues it";
        assert!(ran.stderr.contains(ends), "{}", ran.stderr);
    }
}

#[test]
fn a_version_that_an_open_way_back_leaves_is_not_proposed_to_be_continued() {
    let stage = chain_of(GOOD, "", "0.1.7");
    stage.beside_index(&RUN).ends();
    stage.rewrite("workspace/plugins.py", "def load(): ...\n\n\ndef more(): ...\n", "Say more");
    stage.beside_index(&[&RUN[..], &["--until", "cascade"]].concat()).exits(0);
    let proposes = || {
        let status = stage.beside_index(&["status"]).exits(0).stderr;
        let alone = stage.forge.run(&stage.world, &[]).exits(0).stdout;
        [status, alone].map(|said| said.contains("run --version 0.1.7"))
    };
    assert_eq!(proposes(), [true, true]);
    // It notified nobody, so that nothing is recorded of 0.1.7.
    let dispatch = "POST /repos/{owner}/{repo}/dispatches";
    let fault = json!([{ "route": dispatch, "kind": "bad-gateway-before", "times": 100 }]);
    stage.forge.fail(&fault);
    stage.beside_index(&["back", "0.1.6", "--yes", "--no-freeze"]).exits(3);
    assert_eq!(proposes(), [false, false]);
}

#[test]
fn members_that_went_back_are_notified_again_when_they_go_forward() {
    let bad = Member { contains: "0.1.7", ..ALPHA };
    let stage = Stage::with(&[bad], &[("0.1.6", None), ("0.1.7", None)], "");
    stage.release(&["cascade", "0.1.7", "--watch"]).exits(0);
    stage.release(&["back", "0.1.6", "--yes", "--no-freeze"]).exits(3);
    assert_eq!(stage.runs("alpha").len(), 2);
    let forward = ["cascade", "0.1.7", "--watch", "--force"];
    let dry = stage.release(&[&forward[..], &["--dry-run"]].concat()).exits(0);
    assert!(dry.stdout.contains("it would be dispatched again"), "{}", dry.stdout);
    // The run of 0.1.7 is over, and was before the one that took the member back.
    let ran = stage.release(&forward).exits(0);
    assert!(ran.stderr.contains("notified acme/t-alpha"), "{}", ran.stderr);
    assert_eq!(stage.runs("alpha").len(), 3);
    // From then on, it is notified.
    let ran = stage.release(&["cascade", "0.1.7", "--watch"]).exits(0);
    assert!(ran.stderr.contains("acme/t-alpha was notified already"), "{}", ran.stderr);
    assert_eq!(stage.runs("alpha").len(), 3);
}
