//! A chain that is killed, or finds what another run has left: everything happens once, and only what is committed.

use serde_json::{Value, json};

use super::chain::{DESCRIPTION, GOOD, RUN, THROUGH, chain, states};
use super::stage::Stage;

/// A stage whose run dies while the answer to this request, counted from 1, is held back: what it asked for is done.
fn killed_at(at: usize) -> Stage {
    let stage = chain(GOOD);
    stage.forge.fail(&json!([{ "at": at, "kind": "slow", "seconds": 600 }]));
    let arguments = [&["release"], &RUN[..]].concat();
    let mut command = stage.world.command(&stage.world.path(""), &arguments);
    command
        .envs(stage.forge.variables())
        .envs(stage.forge.index_variables())
        .env("TEMPLATE_DISPATCH_TOKEN", "dispatcher-token");
    stage.forge.killed(command, at);
    stage
}

#[test]
fn killed_at_any_request_and_run_again_everything_happens_once() {
    let calm = chain(GOOD);
    calm.beside_index(&RUN).exits(0);
    let (wanted, requests) = (calm.published(), calm.forge.count());
    assert!(requests > 20, "{requests}");
    let step = if std::env::var_os("SHIPSHAPE_EVERY_REQUEST").is_some() { 1 } else { 9 };
    for at in (1..=requests).step_by(step) {
        let stage = killed_at(at);
        let run = stage.beside_index(&RUN).exits(0).json();
        assert_eq!(states(&run), THROUGH, "killed at request {at}");
        assert_eq!(stage.published(), wanted, "killed at request {at}");
        assert_eq!(stage.tags(), ["runtime-v0.1.5", "runtime-v0.1.6"], "killed at request {at}");
        assert_eq!(stage.runs("alpha").len(), 1, "killed at request {at}");
    }
}

#[test]
fn a_run_that_is_killed_in_the_upload_has_its_gates_behind_it() {
    let calm = chain(GOOD);
    calm.beside_index(&RUN).exits(0);
    let is_upload = |it: &Value| it["route"] == "POST /_index/legacy/";
    let before = calm.forge.requests().iter().position(is_upload).expect("an upload");
    let stage = killed_at(before + 1);
    let status = stage.beside_index(&["status", "--format", "json"]).exits(0).json();
    let known = states(&status["runs"][0]);
    assert_eq!(
        known[2..7],
        ["build done", "check done", "smoke waiting", "compat done", "publish waiting"]
    );
    // What an earlier run saw of the index holds no longer.
    let begun = &status["runs"][0]["stages"][6]["what"];
    assert_eq!(begun, "begun: the index may have some of the files");
    stage.forge.requests();
    let run = stage.beside_index(&RUN).exits(0).json();
    assert_eq!(states(&run), THROUGH);
    let what = |at: usize| run["stages"][at]["what"].as_str().expect("a text").to_owned();
    assert!(what(3).starts_with("2 files, at "), "{}", what(3));
    assert!(what(5).starts_with("1 template, at "), "{}", what(5));
    // Done once more, the table loses nothing.
    let again = stage.beside_index(&[&RUN[..], &["--from", "publish"]].concat()).exits(0).json();
    assert_eq!(states(&again), THROUGH);
}

#[test]
fn what_is_not_committed_is_not_released_whatever_an_earlier_run_has_kept() {
    let calm = chain(GOOD);
    calm.beside_index(&RUN).exits(0);
    let by_hand = |upload: bool| {
        let stage = chain(GOOD);
        stage
            .world
            .write("package.yaml", DESCRIPTION)
            .write("README.md", "core")
            .write("LICENSE", "MIT")
            .write("workspace/main.py", "print('not committed')\n")
            .write("workspace/plugins.py", "def load(): ...\n");
        let words = ["publish", "0.1.6", "--no-smoke", "--no-compat", "--force"];
        let down =
            json!([{ "route": "POST /_index/legacy/", "kind": "bad-gateway-before", "times": 50 }]);
        match upload {
            true => {
                stage.forge.fail(&down);
                stage.beside_index(&words).exits(3);
                stage.forge.fail(&json!([]));
            }
            false => {
                let until = stage.forge.index_variables();
                let until: Vec<(&str, &str)> = until
                    .iter()
                    .filter(|(name, _)| !name.contains("PASSWORD"))
                    .map(|(name, value)| (*name, value.as_str()))
                    .collect();
                let words = [&["release"], &words[..]].concat();
                let ran = stage.forge.run_with(&stage.world, &words, &until).exits(3);
                assert!(ran.stderr.contains("no credentials for uploading"), "{}", ran.stderr);
            }
        }
        for file in ["package.yaml", "workspace/main.py", "workspace/plugins.py"] {
            stage.world.remove(file);
        }
        stage
    };
    let kept = by_hand(false);
    let ran = kept.beside_index(&RUN).exits(0);
    assert!(
        ran.stderr.contains("that an earlier run kept are replaced by those of "),
        "{}",
        ran.stderr
    );
    assert_eq!(kept.published(), calm.published());
    // Once it may be on the index there is no other file of its name.
    let begun = by_hand(true);
    let ran = begun.beside_index(&RUN).exits(3);
    assert!(
        ran.stderr.contains("what an earlier run started to upload is not of this commit"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("publish the next version"), "{}", ran.stderr);
    assert!(begun.published().is_empty());
}

#[test]
fn a_description_that_was_named_is_not_replaced_by_the_one_on_the_forge() {
    let stage = chain(GOOD);
    stage.world.write("mine/package.yaml", DESCRIPTION);
    for named in ["mine/package.yaml", "nowhere/package.yaml"] {
        let ran = stage.beside_index(&[&RUN[..], &["--package", named]].concat());
        assert_ne!(ran.code, 0, "{}", ran.stdout);
        assert!(ran.stderr.contains("leave `--package` out"), "{}", ran.stderr);
        assert!(stage.published().is_empty(), "{named}");
    }
}
