//! The mirror: one commit and one tag a version, and what was changed there by hand.

use serde_json::{Value, json};

use super::chain::{GOOD, RUN, chain_with, states};
use super::stage::Stage;

const MIRROR: &str = "\x20 release: { mirror: { repository: mirror } }\n";

const JSON: [&str; 2] = ["--format", "json"];

/// A stage whose index serves 0.1.5.
fn stage() -> Stage {
    let stage = chain_with(GOOD, MIRROR);
    publish(&stage, "0.1.5");
    stage
}

/// Publishes a version that has its tag.
fn publish(stage: &Stage, version: &str) {
    let folder = format!("core-{version}");
    let url = stage.forge.url().replace("://", "://x-access-token:writer-token@");
    let cloned = std::process::Command::new("git")
        .args(["clone", "--quiet", "--branch", &format!("runtime-v{version}")])
        .arg(format!("{url}/acme/core"))
        .arg(stage.world.path(&folder))
        .output()
        .expect("git");
    assert!(cloned.status.success(), "{}", String::from_utf8_lossy(&cloned.stderr));
    let package = format!("{folder}/package.yaml");
    let words = ["publish", version, "--no-smoke", "--no-compat", "--package", &package];
    stage.beside_index(&words).exits(0);
    stage.forge.requests();
}

/// Runs a command beside the index until it has sent so many requests, and kills it.
fn killed(stage: &Stage, words: &[&str], at: usize) {
    stage.forge.fail(&json!([{ "at": at, "kind": "slow", "seconds": 600 }]));
    let mut command = stage.world.command(&stage.world.path(""), &[&["release"], words].concat());
    command.envs(stage.forge.variables()).envs(stage.forge.index_variables());
    stage.forge.killed(command, at);
}

fn mirror(stage: &Stage, more: &[&str], code: i32) -> Value {
    stage.beside_index(&[&["mirror"], more, &JSON].concat()).exits(code).json()
}

/// What the mirror's branch has: commits, the newest first.
fn commits(stage: &Stage) -> Vec<Value> {
    let found = stage.ask("ann", "GET", "/repos/acme/mirror/commits", Value::Null);
    found.as_array().expect("a list").clone()
}

fn head(stage: &Stage) -> String {
    let found = stage.ask("ann", "GET", "/repos/acme/mirror/git/ref/heads/main", Value::Null);
    found["object"]["sha"].as_str().expect("a commit").to_owned()
}

fn commit(stage: &Stage, sha: &str) -> Value {
    stage.ask("ann", "GET", &format!("/repos/acme/mirror/git/commits/{sha}"), Value::Null)
}

fn paths(stage: &Stage, tree: &str) -> Vec<String> {
    let path = format!("/repos/acme/mirror/git/trees/{tree}?recursive=1");
    let found = stage.ask("ann", "GET", &path, Value::Null);
    let entries = found["tree"].as_array().expect("a list").clone();
    let file = |entry: &Value| entry["type"] == "blob";
    let path = |entry: &Value| entry["path"].as_str().expect("a path").to_owned();
    entries.iter().filter(|entry| file(entry)).map(path).collect()
}

fn tags(stage: &Stage) -> Vec<String> {
    let path = "/repos/acme/mirror/git/matching-refs/tags/";
    let found = stage.ask("ann", "GET", path, Value::Null);
    let name = |it: &Value| it["ref"].as_str().expect("a name").replace("refs/tags/", "");
    found.as_array().expect("a list").iter().map(name).collect()
}

/// Somebody writes a file in the mirror.
fn edit(stage: &Stage, path: &str, text: &str) {
    use base64::Engine as _;
    let content = base64::prelude::BASE64_STANDARD.encode(text);
    let at = format!("/repos/acme/mirror/contents/{path}");
    stage.ask("ann", "PUT", &at, json!({ "message": "Fix it \u{1b}[31mhere", "content": content }));
}

#[test]
fn a_version_is_shown_once_and_the_next_behind_it() {
    let stage = stage();
    let refused = mirror(&stage, &["0.1.5"], 1);
    assert_eq!(
        (&refused["state"], &refused["edits"][0]["path"]),
        (&json!("refused"), &json!("README.md"))
    );
    let planned = mirror(&stage, &["0.1.5", "--overwrite", "--dry-run"], 0);
    assert_eq!(planned["state"], "planned");
    assert_eq!(stage.writes(), 0);
    let before = head(&stage);
    let written = mirror(&stage, &["0.1.5", "--overwrite"], 0);
    assert_eq!(written["state"], "written");
    let shown = commit(&stage, &head(&stage));
    assert_eq!(shown["parents"][0]["sha"], before.as_str());
    let message = shown["message"].as_str().expect("a message");
    let tree = shown["tree"]["sha"].as_str().expect("a tree");
    assert!(
        message.starts_with("acme-runtime 0.1.5\n\nGenerated: built from acme/core at "),
        "{message}"
    );
    assert!(message.trim_end().ends_with(&format!("Shipshape-Tree: {tree}")), "{message}");
    assert_eq!(written["tree"], tree);
    let shown = paths(&stage, tree);
    for path in ["README.md", "LICENSE", "pyproject.toml", "acme_runtime/plugins.py"] {
        assert!(shown.iter().any(|it| it == path), "{path}: {shown:?}");
    }
    assert!(!shown.iter().any(|it| it.starts_with("workspace/")), "{shown:?}");
    assert_eq!(tags(&stage), ["runtime-v0.1.5"]);
    stage.writes();
    assert_eq!(mirror(&stage, &["0.1.5"], 0)["state"], "already");
    assert_eq!(stage.writes(), 0);
    stage.beside_index(&["tag"]).exits(0);
    publish(&stage, "0.1.6");
    assert_eq!(mirror(&stage, &["0.1.6"], 0)["state"], "written");
    assert_eq!((commits(&stage).len(), tags(&stage).len()), (3, 2));
    let ran = stage.beside_index(&["mirror", "0.1.9"]).exits(3);
    assert!(ran.stderr.contains("has no tag `runtime-v0.1.9`"), "{}", ran.stderr);
}

#[test]
fn a_version_that_the_index_does_not_serve_is_not_mirrored() {
    let stage = stage();
    stage.beside_index(&["tag"]).exits(0);
    stage.writes();
    let ran = stage.beside_index(&["mirror", "0.1.6", "--overwrite"]).exits(2);
    let says = "the index does not serve acme-runtime 0.1.6, so it is not mirrored";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
    assert!(ran.stderr.contains("`shipshape release publish 0.1.6`"), "{}", ran.stderr);
    stage.beside_index(&["mirror", "0.1.6", "--dry-run"]).exits(2);
    stage.forge.wish(&json!({ "yank": { "acme-runtime==0.1.5": "loses the queue" } }));
    let ran = stage.beside_index(&["mirror", "0.1.5", "--overwrite"]).exits(2);
    let says = "acme-runtime 0.1.5 was withdrawn from the index, so it is not mirrored";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
    assert!(ran.stderr.contains("loses the queue"), "{}", ran.stderr);
    assert!(tags(&stage).is_empty());
    // An index that does not answer says nothing.
    stage
        .forge
        .fail(&json!([{ "route": "GET /_index/simple/{project}/", "kind": "bad-gateway-before", "times": 50 }]));
    stage.beside_index(&["mirror", "0.1.6"]).exits(3);
}

#[test]
fn a_run_leaves_a_version_out_of_the_mirror_that_was_withdrawn_meanwhile() {
    let stage = chain_with(GOOD, MIRROR);
    stage.beside_index(&[&RUN[..], &["--until", "wait"]].concat()).exits(0);
    stage.forge.wish(&json!({ "yank": { "acme-runtime==0.1.6": "loses the queue" } }));
    let more = ["--version", "0.1.6", "--until", "mirror"];
    let run = stage.beside_index(&[&RUN[..], &more].concat()).exits(0).json();
    assert!(states(&run).contains(&"mirror skipped".to_owned()), "{:?}", states(&run));
    assert!(tags(&stage).is_empty());
    // A dry run shows the mirror as the run does, then and when the version is served again.
    let foreseen = || {
        let more = ["--version", "0.1.6", "--until", "mirror", "--dry-run"];
        let run = stage.beside_index(&[&RUN[..], &more].concat()).exits(0).json();
        let rows = run["stages"].as_array().expect("rows").clone();
        let mut rows = rows.into_iter().filter(|row| row["stage"] == "mirror");
        let row = rows.next().expect("a row of the mirror");
        (row["state"].clone(), row["what"].clone())
    };
    let withdrawn = "the version was withdrawn from the index";
    assert_eq!(foreseen(), (json!("skipped"), json!(withdrawn)));
    stage.forge.wish(&json!({ "unyank": ["acme-runtime==0.1.6"] }));
    assert_eq!(foreseen().0, json!("waiting"));
    let more = ["--version", "0.1.6", "--until", "mirror"];
    // The mirror is looked at then, and what was made there by hand is not overwritten.
    let run = stage.beside_index(&[&RUN[..], &more].concat()).exits(1).json();
    assert!(states(&run).contains(&"mirror failed".to_owned()), "{:?}", states(&run));
}

#[test]
fn a_mirror_without_a_commit_is_begun_wherever_a_run_is_killed() {
    let blank = || {
        let stage = chain_with(GOOD, &MIRROR.replace("repository: mirror", "repository: blank"));
        publish(&stage, "0.1.5");
        stage
    };
    let messages = |stage: &Stage| -> Vec<String> {
        let found = stage.ask("ann", "GET", "/repos/acme/blank/commits", Value::Null);
        let first = |it: &Value| {
            let text = it["commit"]["message"].as_str().expect("a message");
            text.lines().next().unwrap_or_default().to_owned()
        };
        found.as_array().expect("a list").iter().map(first).collect()
    };
    let calm = blank();
    assert_eq!(mirror(&calm, &["0.1.5", "--dry-run"], 0)["state"], "planned");
    assert_eq!(calm.writes(), 0);
    let written = mirror(&calm, &["0.1.5"], 0);
    let requests = calm.forge.count();
    assert_eq!(written["state"], "written");
    assert_eq!(messages(&calm), ["acme-runtime 0.1.5", "Begin the mirror"]);
    assert_eq!(mirror(&calm, &["0.1.5"], 0)["state"], "already");
    for at in (1..=requests).step_by(4) {
        let stage = blank();
        let words = ["mirror", "0.1.5"];
        killed(&stage, &words, at);
        stage.beside_index(&words).exits(0);
        assert_eq!(messages(&stage), ["acme-runtime 0.1.5", "Begin the mirror"], "killed at {at}");
    }
}

#[test]
fn an_earlier_version_is_not_shown_over_what_was_changed_behind_a_later_one() {
    let stage = stage();
    stage.beside_index(&["tag"]).exits(0);
    publish(&stage, "0.1.6");
    mirror(&stage, &["0.1.6", "--overwrite"], 0);
    edit(&stage, "acme_runtime/extra.py", "EXTRA = 1\n");
    let ran = stage.beside_index(&["mirror", "0.1.5", "--overwrite"]).exits(3);
    assert!(ran.stderr.contains("shows acme-runtime 0.1.6 already"), "{}", ran.stderr);
}

#[test]
fn a_run_of_an_earlier_version_leaves_the_mirror_of_a_later_one_alone() {
    let stage = chain_with(GOOD, MIRROR);
    let run = [&RUN[..], &["--no-compat", "--until", "mirror"]].concat();
    // What was in the mirror before was made by hand.
    stage.beside_index(&run).exits(1);
    mirror(&stage, &["0.1.6", "--overwrite"], 0);
    let run = stage.beside_index(&[&run[..], &["--version", "0.1.5"]].concat()).exits(0).json();
    let rows = run["stages"].as_array().expect("stages");
    let row = rows.iter().find(|row| row["stage"] == "mirror").expect("the mirror");
    assert_eq!((&row["state"], &row["next"]), (&json!("skipped"), &Value::Null));
    assert_eq!(row["what"], "the mirror shows acme-runtime 0.1.6, a later version");
}

#[test]
fn what_was_changed_by_hand_is_told_with_its_paths_and_not_written_over() {
    let stage = stage();
    mirror(&stage, &["0.1.5", "--overwrite"], 0);
    edit(&stage, "acme_runtime/extra.py", "EXTRA = 1\n");
    let by_hand = head(&stage);
    stage.beside_index(&["tag"]).exits(0);
    publish(&stage, "0.1.6");
    let refused = mirror(&stage, &["0.1.6"], 1);
    assert_eq!(refused["edits"], json!([{ "path": "acme_runtime/extra.py", "how": "added" }]));
    assert_eq!(refused["by_hand"].as_array().map(Vec::len), Some(1));
    let ran = stage.beside_index(&["mirror", "0.1.6"]).exits(1);
    assert!(ran.stdout.contains("added    acme_runtime/extra.py"), "{}", ran.stdout);
    assert!(!ran.stdout.contains('\u{1b}'), "{}", ran.stdout);
    assert_eq!((stage.writes(), head(&stage)), (0, by_hand.clone()));
    // The chain says so, and goes on without it.
    let run = stage.beside_index(&RUN).exits(1).json();
    assert!(states(&run).contains(&"mirror failed".to_owned()), "{:?}", states(&run));
    assert!(states(&run).contains(&"images done".to_owned()), "{:?}", states(&run));
    assert_eq!(head(&stage), by_hand);
    let ran = stage.beside_index(&["mirror", "0.1.6", "--fleet", "fleet.yaml"]).exits(1);
    let next = "\n  # carry over what is worth keeping first\n  shipshape release mirror 0.1.6 --overwrite --fleet fleet.yaml\n";
    assert!(format!("{}\n", ran.stderr.trim_end()).contains(next), "{}", ran.stderr);
    // The table of the release shows what the mirror shows, whichever command wrote it.
    mirror(&stage, &["0.1.6", "--overwrite"], 0);
    let status = stage.beside_index(&["status", "--format", "json"]).exits(0).json();
    assert!(states(&status["runs"][0]).contains(&"mirror done".to_owned()), "{status}");
    let shown = commit(&stage, &head(&stage));
    assert_eq!(shown["parents"][0]["sha"], by_hand.as_str(), "what was there stays in the history");
    let tree = shown["tree"]["sha"].as_str().expect("a tree");
    assert!(!paths(&stage, tree).contains(&"acme_runtime/extra.py".to_owned()));
    let run = stage.beside_index(&RUN).exits(0).json();
    assert!(states(&run).contains(&"mirror done".to_owned()), "{:?}", states(&run));
}

#[test]
fn killed_at_any_request_and_run_again_it_is_shown_once() {
    let calm = stage();
    let words = ["mirror", "0.1.5", "--overwrite"];
    calm.forge.requests();
    calm.beside_index(&words).exits(0);
    let requests = calm.forge.count();
    let wanted = commit(&calm, &head(&calm))["tree"].clone();
    for at in (1..=requests).step_by(3) {
        let stage = stage();
        killed(&stage, &words, at);
        stage.beside_index(&words).exits(0);
        assert_eq!(commit(&stage, &head(&stage))["tree"]["sha"], wanted["sha"], "killed at {at}");
        assert_eq!(commits(&stage).len(), 2, "killed at request {at}");
        assert_eq!(tags(&stage), ["runtime-v0.1.5"], "killed at request {at}");
    }
}

#[test]
fn a_token_that_may_only_read_shows_nothing() {
    let stage = stage();
    let index = stage.forge.index_variables();
    let run_as = |token: &str| {
        let variables = index.iter().map(|(name, value)| (*name, value.as_str()));
        let variables: Vec<(&str, &str)> =
            variables.chain([("GH_ENTERPRISE_TOKEN", token)]).collect();
        let words = ["release", "mirror", "0.1.5", "--overwrite"];
        stage.forge.run_with(&stage.world, &words, &variables)
    };
    let ran = run_as("reader-token").exits(3);
    assert!(ran.stderr.contains("acme/mirror"), "{}", ran.stderr);
    assert!(tags(&stage).is_empty());
    // What the table of permissions says is enough.
    run_as("dispatcher-token").exits(0);
}

#[test]
fn a_dry_run_records_nothing_in_the_table() {
    let stage = stage();
    stage.beside_index(&RUN).exits(1);
    let recorded = || {
        let status = stage.beside_index(&["status", "--format", "json"]).exits(0).json();
        let stages = status["runs"][0]["stages"].as_array().expect("stages").clone();
        stages.into_iter().find(|row| row["stage"] == "mirror").expect("a mirror")
    };
    let before = recorded();
    assert!(before["what"].to_string().contains("in 1 path"), "{before}");
    edit(&stage, "MORE.md", "more");
    for more in ["--dry-run", "--read-only"] {
        mirror(&stage, &["0.1.6", more], 1);
        assert_eq!(recorded(), before, "{more}");
    }
    mirror(&stage, &["0.1.6"], 1);
    assert_ne!(recorded(), before);
}
