//! What files must pass before they are published, once.

use serde_json::{Value, json};

use super::{Stage, stages};

#[test]
fn a_gate_that_stays_closed_uploads_nothing_and_lets_the_source_be_mended() {
    let stage = Stage::new();
    stage.world.write("workspace/main.py", "from client import GONE\n\nprint(GONE)\n");
    let report = stage.json(&[], 1);
    assert_eq!(stages(&report)[..3], ["build done", "check failed", "smoke not-reached"]);
    let told = report["stages"][1]["findings"].to_string();
    assert!(told.contains("GONE") && told.contains("acme_runtime/main.py:1"), "{told}");
    assert_eq!(stage.uploads(), 0);
    stage.world.write("workspace/main.py", "from client import NAME\n\nprint(NAME)\n");
    assert_eq!(stages(&stage.json(&[], 0))[1], "check done");
}

#[test]
fn a_version_that_would_break_a_template_is_not_published() {
    let stage = Stage::new();
    stage
        .world
        .write(
            "pack/shape.yaml",
            "schema: 1\nname: acme\npaths: []\ndemands:\n  python: { package: acme_runtime }\n",
        )
        .write("template/adapter.py", "from acme_runtime.client import GONE\n\nprint(GONE)\n");
    let arguments =
        ["release", "publish", "0.1.6", "--no-smoke", "--local", "template", "--shape", "pack"];
    let ran = stage.run_with(&arguments, &stage.variables()).exits(1);
    assert!(
        ran.stdout.contains("compat   failed") && ran.stdout.contains("GONE"),
        "{}",
        ran.stdout
    );
    assert_eq!(stage.uploads(), 0);
    stage
        .world
        .write("template/adapter.py", "from acme_runtime.client import NAME\n\nprint(NAME)\n");
    let ran = stage.run_with(&arguments, &stage.variables()).exits(0);
    assert!(ran.stdout.contains("compat   done"), "{}", ran.stdout);
    // Nobody said which templates it has to suit.
    let ran =
        stage.run_with(&["release", "publish", "0.1.7", "--no-smoke"], &stage.variables()).exits(2);
    assert!(ran.stderr.contains("--no-compat"), "{}", ran.stderr);
}

#[test]
fn a_gate_that_the_files_have_passed_is_not_passed_again_unless_more_is_asked() {
    let stage = Stage::new();
    let pack = "schema: 1\nname: acme\npaths: []\ndemands:\n  python: { package: acme_runtime }\n";
    let adapter = "from acme_runtime.client import NAME\n\nprint(NAME)\n";
    stage.world.write("pack/shape.yaml", pack).write("template/adapter.py", adapter);
    let run = |more: &[&str], code: i32| {
        let words =
            ["release", "publish", "0.1.6", "--no-smoke", "--local", "template", "--shape", "pack"];
        let words = [&words[..], &["--format", "json"], more].concat();
        stage.run_with(&words, &stage.variables()).exits(code).json()
    };
    let detail = |report: &Value, at: usize| {
        report["stages"][at]["detail"].as_str().expect("a detail").to_owned()
    };
    stage.forge.fail(
        &json!([{ "route": "POST /_index/legacy/", "kind": "bad-gateway-before", "times": 50 }]),
    );
    let first = run(&[], 3);
    assert_eq!(
        stages(&first)[1..5],
        ["check done", "smoke unchecked", "compat done", "publish failed"]
    );
    assert_eq!(detail(&first, 3), "1 template");
    // What it passed with these bytes stands, with its time; templates are asked again, since they change meanwhile.
    let again = run(&[], 3);
    assert_eq!(stages(&again), stages(&first));
    assert!(detail(&again, 1).starts_with("2 files, at "), "{}", detail(&again, 1));
    assert_eq!(detail(&again, 3), "1 template");
    stage.world.write("template/adapter.py", adapter.replace("NAME", "GONE"));
    for more in [&[][..], &["--dry-run"]] {
        assert_eq!(stages(&run(more, 1))[3], "compat failed", "{more:?}");
    }
    // Who asks for more is not given an earlier answer.
    let strict = run(&["--fail-on", "warning"], 1);
    assert_eq!(detail(&strict, 1), "2 files");
    assert_eq!(stages(&strict)[3], "compat failed");
    // The gate has closed since, so that one who leaves it out is not shown that it was passed.
    let without = ["release", "publish", "0.1.6", "--no-smoke", "--no-compat", "--format", "json"];
    let report = stage.run_with(&without, &stage.variables()).exits(3).json();
    assert_eq!(stages(&report)[3], "compat unchecked");
    stage.world.write("template/adapter.py", adapter);
    stage.forge.fail(&json!([]));
    assert_eq!(stages(&run(&[], 0))[3..], ["compat done", "publish done", "wait done"]);
}
