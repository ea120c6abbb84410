//! Gates of a version that is not uploaded: they are asked again, with the question that the run was given.

use base64::Engine as _;
use serde_json::{Value, json};

use super::chain::{GOOD, RUN, chain, pasted, states};
use super::stage::Stage;

/// Somebody changes a file of the one member.
fn write(stage: &Stage, path: &str, text: &str) {
    let at = format!("/repos/acme/t-alpha/contents/{path}");
    let sha = stage.ask("ann", "GET", &at, Value::Null)["sha"].clone();
    let content = base64::prelude::BASE64_STANDARD.encode(text);
    let body = json!({ "message": "x", "content": content, "sha": sha });
    stage.ask("ann", "PUT", &at, body);
}

#[test]
fn a_member_that_breaks_meanwhile_keeps_the_version_from_being_uploaded() {
    let stage = chain(GOOD);
    let until = |stage_of: &str, more: &[&str]| {
        stage.beside_index(&[&RUN[..], &["--until", stage_of], more].concat())
    };
    let passed = until("compat", &[]).exits(0).json();
    assert_eq!(states(&passed)[3..6], ["check done", "smoke unchecked", "compat done"]);
    write(&stage, "adapter.py", "from acme_runtime.plugins import gone\n\nprint(gone)\n");
    // Who only looks sees that it would be asked again.
    let dry = until("publish", &["--dry-run"]).exits(0).json();
    assert_eq!(states(&dry)[5], "compat waiting");
    for (last, more) in [("compat", &[][..]), ("compat", &["--from", "compat"]), ("publish", &[])] {
        let ran = until(last, more).exits(1);
        let ran = ran.json();
        assert_eq!(states(&ran)[5], "compat failed", "{last} {more:?}");
        let build = ran["stages"][2]["what"].as_str().expect("a text");
        assert!(build.ends_with("; deleted, since they were refused"), "{build}");
    }
    assert!(stage.published().is_empty());
    write(&stage, "adapter.py", GOOD);
    // What the files alone decide is not decided again, unless that is asked for.
    for (more, is_again) in [(&[][..], true), (&[], false), (&["--from", "check"], true)] {
        let run = until("compat", more).exits(0).json();
        let check = run["stages"][3]["what"].as_str().expect("a text");
        assert_eq!(check == "2 files", is_again, "{more:?}: {check}");
        let build = run["stages"][2]["what"].as_str().expect("a text");
        assert!(!build.contains("deleted"), "{build}");
    }
    let run = until("wait", &[]).exits(0).json();
    assert_eq!(states(&run)[5..8], ["compat done", "publish done", "wait done"]);
    // A gate of what is uploaded is not asked again.
    write(&stage, "adapter.py", "from acme_runtime.plugins import gone\n\nprint(gone)\n");
    let run = until("wait", &["--from", "compat"]).exits(0).json();
    assert_eq!(states(&run)[5..8], ["compat done", "publish done", "wait done"]);
}

#[test]
fn a_warning_is_named_and_closes_the_gate_for_those_who_say_so() {
    let stage = chain(GOOD);
    write(&stage, "requirements.txt", "acme-runtime==0.1.5\n");
    let plan = stage.beside_index(&["plan"]).exits(0);
    assert!(
        plan.stdout.contains("It breaks no member: 1 member checked; 1 warning\n"),
        "{}",
        plan.stdout
    );
    let named = "  alpha: warning: requirements.txt:1";
    assert!(plan.stdout.contains(named), "{}", plan.stdout);
    assert!(plan.stdout.contains(" (pin-excludes-runtime)\n"), "{}", plan.stdout);
    let markdown = stage.beside_index(&["plan", "--format", "markdown"]).exits(0).stdout;
    assert!(markdown.contains("\n- `alpha: warning: requirements.txt:1"), "{markdown}");
    let json = stage.beside_index(&["plan", "--format", "json"]).exits(0).json();
    assert_eq!(json["compat"][0]["breaks"], json!([]));
    assert!(
        json["compat"][0]["warnings"][0].to_string().contains("pin-excludes-runtime"),
        "{json}"
    );
    let words = ["run", "--yes", "--no-smoke", "--until", "compat"];
    let ran = stage.beside_index(&words).exits(0);
    let line = "compat: warning pin-excludes-runtime t-alpha requirements.txt:1: ";
    assert!(ran.stderr.contains(line), "{}", ran.stderr);
    assert!(
        ran.stdout.contains("1 template, 1 warning; t-alpha requirements.txt:1: "),
        "{}",
        ran.stdout
    );
    // What is remembered of another question is no answer to this one.
    let strict = [&words[..], &["--fail-on", "warning"]].concat();
    let ran = stage.beside_index(&strict).exits(1);
    assert!(ran.stdout.contains("\ncompat     failed "), "{}", ran.stdout);
    // It stops where this one was to, while that is not reached.
    let of_gates = ["--fail-on", "warning", "--until", "compat"];
    let next = [&["run", "--version", "0.1.6", "--no-smoke"][..], &of_gates].concat();
    assert_eq!(pasted(&ran)[0], next, "{}", ran.stderr);
    let status = stage.beside_index(&["status"]).exits(0);
    assert_eq!(pasted(&status)[0], next, "{}", status.stderr);
    stage.beside_index(&next).exits(1);
    assert!(stage.published().is_empty());
}

#[test]
fn a_new_version_is_not_reserved_without_being_asked_for() {
    let stage = chain(GOOD);
    let ran = stage.beside_index(&["run", "--no-smoke"]).exits(2);
    assert!(
        ran.stderr.contains("acme-runtime 0.1.6 is next, and there is no terminal to ask on"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("--yes, or --version 0.1.6"), "{}", ran.stderr);
    assert_eq!(stage.tags(), ["runtime-v0.1.5"]);
    stage.beside_index(&["run", "--no-smoke", "--until", "tag", "--version", "0.1.6"]).exits(0);
    // What has its tag goes on without a word.
    stage.beside_index(&["run", "--no-smoke", "--until", "build"]).exits(0);
    let ran = stage.beside_index(&["run", "--until", "cascade", "--from", "images"]).exits(2);
    assert!(ran.stderr.contains("--from images comes after --until cascade"), "{}", ran.stderr);
    // What would be overtaken is said before it is.
    stage.rewrite("workspace/plugins.py", "def load(): ...\n\n\ndef more(): ...\n", "Say more");
    for (more, code) in [(&[][..], 2), (&["--dry-run"], 0)] {
        let ran = stage.beside_index(&[&["run", "--no-smoke"], more].concat()).exits(code);
        let says = "0.1.6 was started, and is not published; 0.1.7 supersedes it. To finish 0.1.6 instead: \
                    shipshape release run --version 0.1.6 --no-smoke\n";
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
    }
    stage.beside_index(&["status", "--last", "0"]).exits(2);
}
