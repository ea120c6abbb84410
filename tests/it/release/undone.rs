//! A `release back` that is run once more, for whichever members: it leaves nothing that was released since.

use serde_json::{Value, json};

use super::chain::{GOOD, RUN, chain_of, pasted};
use super::stage::{ALPHA, Member, Stage};

const VERSIONS: [(&str, Option<&str>); 2] = [("0.1.6", None), ("0.1.7", None)];

const BACK: [&str; 4] = ["back", "0.1.6", "--yes", "--no-freeze"];

const SINCE: &str =
    "members were to go back to 0.1.6 before, and 0.1.8 was released since, so nothing was done";

/// 0.1.6 and 0.1.7 are published, and the image of the only member contains 0.1.6.
fn published() -> Stage {
    let stage = chain_of(GOOD, "", "0.1.6");
    stage.beside_index(&RUN).exits(0);
    publishes(&stage, "def load():\n    return 2\n", "0.1.7");
    stage
}

fn publishes(stage: &Stage, text: &str, version: &str) {
    stage.rewrite("workspace/plugins.py", text, "Say more");
    let ran = stage.beside_index(&[&RUN[..], &["--until", "wait"]].concat()).exits(0);
    assert_eq!(ran.json()["version"], version);
}

#[test]
fn members_that_did_not_go_back_do_not_leave_what_was_released_since_either() {
    let beta = Member { slug: "beta", contains: "0.1.8", ..ALPHA };
    let stage = Stage::with(&[ALPHA, beta], &VERSIONS, "");
    stage.release(&[&BACK[..], &["--runtime", "alpha"]].concat()).exits(0);
    let rest = [&BACK[..], &["--runtime", "beta"]].concat();
    let refused = stage.release(&rest).exits(2);
    for says in [
        SINCE,
        "1 repository would go back from 0.1.8 to 0.1.6",
        "to take members back from 0.1.8 as well: --from 0.1.8",
    ] {
        assert!(refused.stderr.contains(says), "{says}: {}", refused.stderr);
    }
    let looks = ["back", "0.1.6", "--no-freeze", "--runtime", "beta", "--dry-run"];
    let looked = stage.release(&looks).exits(1);
    assert!(looked.stderr.contains("WARNING: members were to go back"), "{}", looked.stderr);
    assert!(!looked.stderr.contains("Next:"), "{}", looked.stderr);
    assert_eq!(stage.runs("beta").len(), 0);
    stage.release(&[&rest[..], &["--from", "0.1.8"]].concat()).exits(3);
    assert_eq!(stage.runs("beta").len(), 1);
}

#[test]
fn members_that_are_left_with_a_bad_version_are_not_once_they_were_seen_with_another() {
    let beta = Member { slug: "beta", contains: "0.1.8", ..ALPHA };
    let stage = Stage::with(&[ALPHA, beta], &VERSIONS, "");
    // Its build is under way when it goes back.
    stage.release(&["cascade", "0.1.7", "--runtime", "alpha"]).exits(0);
    stage.release(&[&BACK[..], &["--runtime", "alpha"]].concat()).exits(0);
    let says = "1 of 2 repositories may still contain 0.1.7";
    let status = || stage.release(&["status"]).exits(0).stderr;
    assert!(status().contains(says), "{}", status());
    stage.release(&[&BACK[..], &["--runtime", "beta"]].concat()).exits(2);
    assert!(!status().contains(says), "{}", status());
    assert!(status().contains("withdraw (yank) 0.1.7 on the index"), "{}", status());
}

#[test]
fn what_a_run_under_way_brings_is_not_undone_before_images_contain_it() {
    let stage = Stage::with(&[ALPHA], &VERSIONS, "");
    stage.release(&BACK).exits(0);
    let told = stage.runs("alpha").len();
    let payload = json!({ "runtime_version": "0.1.8", "release_id": "0.1.8-9dd8ae24d39e2cb5" });
    let body = json!({ "event_type": "runtime-published", "client_payload": payload });
    stage.ask("ann", "POST", "/repos/acme/t-alpha/dispatches", body);
    let looked = stage.release(&["back", "0.1.6", "--no-freeze", "--dry-run"]).exits(1);
    let says = "acme/t-alpha: a run is under way there that brings 0.1.8\n";
    assert!(looked.stdout.contains(says), "{}", looked.stdout);
    let refused = stage.release(&BACK).exits(2);
    for says in [SINCE, "runs under way bring it to 1 repository"] {
        assert!(refused.stderr.contains(says), "{says}: {}", refused.stderr);
    }
    let refused = stage.release(&[&BACK[..], &["--from", "0.1.7"]].concat()).exits(2);
    let says = "runs under way bring 0.1.8, which is later than 0.1.7, so nothing was done";
    assert!(refused.stderr.contains(says), "{}", refused.stderr);
    assert_eq!(stage.runs("alpha").len(), told + 1);
}

/// Nothing is recorded on this machine; the runs of the member say what another one did.
#[test]
fn what_another_machine_released_since_it_took_members_back_is_not_undone() {
    let alpha = Member { contains: "0.1.8", ..ALPHA };
    let stage = Stage::with(&[alpha], &VERSIONS, "");
    let notified = |version: &str| {
        let id = format!("{version}-9dd8ae24d39e2cb5");
        let payload = json!({ "runtime_version": version, "release_id": id });
        let body = json!({ "event_type": "runtime-published", "client_payload": payload });
        stage.ask("ann", "POST", "/repos/acme/t-alpha/dispatches", body);
    };
    for version in ["0.1.6", "0.1.7", "0.1.6", "0.1.8"] {
        notified(version);
    }
    let refused = stage.release(&BACK).exits(2);
    for says in [SINCE, "--from 0.1.8"] {
        assert!(refused.stderr.contains(says), "{says}: {}", refused.stderr);
    }
    assert_eq!(stage.runs("alpha").len(), 4);
    stage.release(&[&BACK[..], &["--from", "0.1.8"]].concat()).exits(3);
    assert_eq!(stage.runs("alpha").len(), 5);
}

#[test]
fn nothing_is_recorded_of_a_fix_that_no_member_left() {
    let stage = published();
    stage.beside_index(&BACK).exits(0);
    publishes(&stage, "def load():\n    return 3\n", "0.1.8");
    let refused = stage.beside_index(&BACK).exits(2);
    let as_it_is = "to leave that as it is: --from 0.1.7; to take members back from 0.1.8 as well";
    for says in [SINCE, "no image is known to contain it", as_it_is] {
        assert!(refused.stderr.contains(says), "{says}: {}", refused.stderr);
    }
    let looked = stage.beside_index(&[&BACK[..], &["--dry-run"]].concat()).exits(1);
    assert!(looked.stderr.contains("refused: members were to go back"), "{}", looked.stderr);
    stage.beside_index(&[&BACK[..], &["--from", "0.1.7"]].concat()).exits(0);
    let status = stage.beside_index(&["status", "0.1.8", "--format", "json"]).exits(0).json();
    assert_eq!(status["runs"][0]["went_back"], Value::Null, "{status:#}");
    let status = stage.beside_index(&["status"]).exits(0);
    assert!(!status.stderr.contains("0.1.7, 0.1.8"), "{}", status.stderr);
    // It is taken to members without further ado.
    stage.beside_index(&["cascade", "0.1.8", "--dry-run"]).exits(0);
}

#[test]
fn that_the_index_has_withdrawn_what_members_left_is_recorded() {
    let stage = published();
    stage.beside_index(&BACK).exits(0);
    let yank = "withdraw (yank) 0.1.7";
    let status = || stage.beside_index(&["status"]).exits(0).stderr;
    assert!(status().contains(yank), "{}", status());
    stage.forge.wish(&json!({ "yank": { "acme-runtime==0.1.7": "loses the queue" } }));
    let again = stage.beside_index(&BACK).exits(0);
    assert!(!again.stderr.contains(yank), "{}", again.stderr);
    assert!(!status().contains(yank), "{}", status());
}

#[test]
fn what_members_left_is_to_be_withdrawn_also_once_a_fix_is_released() {
    let stage = published();
    stage.beside_index(&BACK).exits(0);
    let yank = "withdraw (yank) 0.1.7 on the index, unless that is done";
    let fix = |text: &str| {
        stage.rewrite("workspace/plugins.py", text, "Say more");
        stage.beside_index(&[&RUN[..], &["--until", "wait"]].concat()).exits(0).stderr
    };
    let says = || {
        let status = stage.beside_index(&["status"]).exits(0).stderr;
        let alone = stage.forge.run(&stage.world, &[]).exits(0).stdout;
        let alone = alone.split_whitespace().collect::<Vec<_>>().join(" ");
        [status.contains(yank), alone.contains(yank)]
    };
    assert!(fix("def load():\n    return 3\n").contains(yank));
    assert_eq!(says(), [true; 2]);
    stage.forge.wish(&json!({ "yank": { "acme-runtime==0.1.7": "loses the queue" } }));
    assert!(!fix("def load():\n    return 4\n").contains(yank));
    assert_eq!(says(), [false; 2]);
}

#[test]
fn a_look_at_the_members_that_are_left_says_that_none_has_the_version_and_what_records_it() {
    let beta = Member { slug: "beta", ..ALPHA };
    let stage = Stage::with(&[ALPHA, beta], &VERSIONS, "");
    let fleet = stage.world.read("fleet.yaml");
    let url = fleet.split("simple: '").nth(1).and_then(|rest| rest.split('\'').next());
    let url = url.expect("the address of the index");
    stage.release(&["cascade", "0.1.7", "--runtime", "alpha"]).exits(0);
    let words = [&BACK[..], &["--runtime", "alpha", "--index-url", url]].concat();
    let back = stage.release(&words).exits(0);
    // The index is the same for the others.
    let command =
        format!("back 0.1.6 --runtime acme/t-beta --from 0.1.7 --index-url {url} --dry-run\n");
    let status = stage.release(&["status"]).exits(0);
    let alone = stage.forge.run(&stage.world, &[]).exits(0);
    for said in [&back.stderr, &status.stderr, &alone.stdout] {
        assert!(said.contains(&command), "{said}");
    }
    let looks: Vec<&str> = command.split_whitespace().collect();
    let looked = stage.release(&looks).exits(0);
    let none = "Nothing was done: no image contains a later version.\n";
    for says in [none, "\n  # withdraw (yank) 0.1.7 on the index"] {
        assert!(looked.stderr.contains(says), "{says}: {}", looked.stderr);
    }
    let records = pasted(&looked).pop().expect("a command");
    assert_eq!(records[..3], ["back", "0.1.6", "--no-freeze"], "{}", looked.stderr);
    let records: Vec<&str> = records.iter().map(String::as_str).chain(["--yes"]).collect();
    stage.release(&records).exits(0);
    let status = stage.release(&["status"]).exits(0).stderr;
    assert!(!status.contains("may still contain"), "{status}");
    assert!(status.contains("withdraw (yank) 0.1.7 on the index"), "{status}");
}

#[test]
fn who_goes_forward_to_an_earlier_version_does_not_go_back_from_a_later_one() {
    let stage = chain_of(GOOD, "", "0.1.5");
    stage.beside_index(&[&RUN[..], &["--until", "wait"]].concat()).exits(0);
    stage.rewrite("workspace/plugins.py", "def load():\n    return 2\n", "Say more");
    stage.forge.fail(&json!([
        { "route": "POST /repos/{owner}/{repo}/dispatches", "kind": "bad-gateway-before", "times": 99 }
    ]));
    let ran = stage.beside_index(&RUN).exits(3);
    assert_eq!(ran.json()["version"], "0.1.7");
    stage.forge.fail(&json!([]));
    stage.beside_index(&["cascade", "0.1.6", "--runtime", "alpha", "--force"]).exits(0);
    let status = stage.beside_index(&["status", "0.1.7", "--format", "json"]).exits(0).json();
    assert_eq!(status["runs"][0]["went_back"], Value::Null, "{status:#}");
}

#[test]
fn without_an_index_members_of_this_host_can_still_go_back() {
    let stage = Stage::with(&[ALPHA], &VERSIONS, "");
    let nowhere = ["--index-url", "http://127.0.0.1:9/simple/"];
    let ran = stage.release(&[&BACK[..], &nowhere].concat()).exits(3);
    let says = "on this host alone, without an index: `shipshape images rollback --all`";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
}
