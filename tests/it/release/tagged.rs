//! A tag that somebody deletes or moves while its version is being released.

use serde_json::{Value, json};

use super::chain::{DESCRIPTION, GOOD, RUN, chain, chain_of, states};
use super::stage::Stage;

const TAG: &str = "runtime-v0.1.6";

/// A version that came as far as this, and a change that was merged since: the commit of the version, and the head.
fn begun(until: &str) -> (Stage, String, String) {
    let stage = chain(GOOD);
    let first = stage.head();
    stage.beside_index(&[&RUN[..], &["--until", until]].concat()).exits(0);
    stage.rewrite("workspace/plugins.py", "def load():\n    return 2\n", "Load more");
    let head = stage.head();
    (stage, first, head)
}

fn delete(stage: &Stage) {
    let path = format!("/repos/acme/core/git/refs/tags/{TAG}");
    stage.ask("ann", "DELETE", &path, Value::Null);
}

/// Somebody moves the tag.
fn put_at(stage: &Stage, commit: &str) {
    delete(stage);
    stage.tag_by_hand(TAG, commit);
}

/// Uploads get no answer.
fn index_is_down(stage: &Stage) {
    let fault =
        json!({ "route": "POST /_index/legacy/", "kind": "bad-gateway-before", "times": 100 });
    stage.forge.fail(&json!([fault]));
}

const NAMED: [&str; 6] = ["run", "--no-smoke", "--format", "json", "--version", "0.1.6"];

#[test]
fn a_tag_that_was_deleted_is_created_again_where_it_was() {
    for until in ["tag", "compat", "publish"] {
        let (stage, first, _) = begun(until);
        delete(&stage);
        let dry = stage.beside_index(&[&NAMED[..], &["--dry-run"]].concat()).exits(0);
        let run = dry.json();
        assert_eq!((&run["commit"], &run["tag"]), (&json!(first), &json!(TAG)), "{until}");
        assert_eq!(states(&run)[1], "tag waiting", "{until}");
        assert_eq!(stage.tags().len(), 1, "{until}");
        let ran = stage.beside_index(&NAMED).exits(0);
        assert_eq!(ran.json()["commit"], json!(first), "{until}");
        let says = format!("the tag `{TAG}` was at {} when this was recorded here", &first[..12]);
        assert!(ran.stderr.contains(&format!("{says}, and is gone")), "{}", ran.stderr);
        let what = ran.json()["stages"][1]["what"].to_string();
        assert!(what.contains(&first[..12]) && what.contains("created again"), "{what}");
        assert_eq!(stage.tags().len(), 2, "{until}");
    }
}

#[test]
fn the_head_is_not_released_under_the_number_of_a_tag_that_was_deleted_unless_it_is_named() {
    let (stage, _, head) = begun("tag");
    delete(&stage);
    let ran = stage.beside_index(&RUN).exits(3);
    assert!(ran.stderr.contains("and is gone, so nothing was done"), "{}", ran.stderr);
    assert!(ran.stderr.contains("`shipshape release run --version 0.1.6`"), "{}", ran.stderr);
    let plan = stage.beside_index(&["plan", "--no-compat"]).exits(1);
    assert!(plan.stdout.contains("WARNING: the tag `runtime-v0.1.6` was at"), "{}", plan.stdout);
    assert_eq!(stage.tags().len(), 1);
    let words = [&NAMED[..], &["--commit", &head]].concat();
    let run = stage.beside_index(&words).exits(0).json();
    assert_eq!(run["commit"], json!(head));
    let what = run["stages"][1]["what"].to_string();
    assert!(what.contains(&head[..12]), "{what}");
    // Once its files were sent, they are what the version is.
    let (stage, _, head) = begun("publish");
    delete(&stage);
    let words = [&NAMED[..], &["--commit", &head]].concat();
    let ran = stage.beside_index(&words).exits(3);
    assert!(ran.stderr.contains("files of 0.1.6 were sent to the index from"), "{}", ran.stderr);
}

#[test]
fn a_tag_that_was_moved_is_named_as_the_cause_and_the_version_goes_on_once_it_is_put_back() {
    let (stage, first, head) = begun("compat");
    index_is_down(&stage);
    stage.beside_index(&NAMED).exits(3);
    stage.forge.fail(&json!([]));
    put_at(&stage, &head);
    let (was, is) = (&first[..12], &head[..12]);
    let says =
        format!("the tag `{TAG}` was at {was} when this was recorded here, and is at {is} now");
    let back = format!("git push --force origin {first}:refs/tags/{TAG}");
    for words in [&NAMED[..], &RUN[..]] {
        for more in [&["--dry-run"][..], &[]] {
            let ran = stage.beside_index(&[words, more].concat()).exits(3);
            assert!(ran.stderr.contains(&says) && ran.stderr.contains(&back), "{}", ran.stderr);
            assert!(!ran.stderr.contains("--commit"), "{}", ran.stderr);
        }
    }
    let plan = stage.beside_index(&["plan", "--no-compat"]).exits(1);
    assert!(plan.stdout.contains(&says) && plan.stdout.contains(&back), "{}", plan.stdout);
    assert!(!plan.stdout.contains("is there already"), "{}", plan.stdout);
    put_at(&stage, &first);
    let run = stage.beside_index(&NAMED).exits(0).json();
    assert_eq!(run["commit"], json!(first));
}

#[test]
fn the_new_place_of_a_tag_is_accepted_where_nothing_was_sent_and_its_commit_is_named() {
    let (stage, _, head) = begun("compat");
    put_at(&stage, &head);
    let ran = stage.beside_index(&NAMED).exits(3);
    let accept = format!("--version 0.1.6 --commit {head}");
    assert!(ran.stderr.contains(&accept), "{}", ran.stderr);
    let words = [&NAMED[..], &["--commit", &head]].concat();
    let run = stage.beside_index(&[&words[..], &["--until", "tag"]].concat()).exits(0).json();
    assert_eq!(run["commit"], json!(head));
    assert_eq!(states(&run)[1..4], ["tag done", "build waiting", "check waiting"]);
    let status = stage.beside_index(&["status", "--format", "json"]).exits(0).json();
    assert_eq!(states(&status["runs"][0])[1..4], ["tag done", "build waiting", "check waiting"]);
    let run = stage.beside_index(&NAMED).exits(0).json();
    assert_eq!(run["commit"], json!(head));
}

#[test]
fn a_machine_without_a_record_believes_the_tag() {
    let (stage, _, head) = begun("compat");
    put_at(&stage, &head);
    stage.world.remove_state();
    let run = stage.beside_index(&NAMED).exits(0).json();
    assert_eq!(run["commit"], json!(head));
}

#[test]
fn after_the_upload_no_other_commit_counts_as_released() {
    let (stage, _, head) = begun("wait");
    put_at(&stage, &head);
    stage.rewrite("workspace/plugins.py", "def load():\n    return 3\n", "Load most");
    let ran = stage.beside_index(&RUN).exits(3);
    assert!(ran.stderr.contains("to put it back: git push --force"), "{}", ran.stderr);
    assert_eq!(stage.tags().len(), 2);
}

#[test]
fn an_index_that_has_other_files_is_not_tried_again_and_the_next_version_is_proposed() {
    // Somebody published another commit under that number: of that, this machine knows nothing.
    let (stage, _, head) = begun("wait");
    stage.world.remove_state();
    put_at(&stage, &head);
    let ran = stage.beside_index(&["run", "--no-smoke", "--version", "0.1.6"]).exits(3);
    assert!(ran.stderr.contains("the index has another file called"), "{}", ran.stderr);
    let next =
        "  # releases the next version: the index never replaces a file\n  shipshape release run\n";
    assert!(ran.stderr.contains(next), "{}", ran.stderr);
    assert!(!ran.stderr.contains("release run --version 0.1.6"), "{}", ran.stderr);
    let status = stage.beside_index(&["status"]).exits(0);
    assert!(status.stderr.contains("\n  shipshape release run\n"), "{}", status.stderr);
    let alone = stage.forge.run(&stage.world, &[]).exits(0).stdout;
    assert!(alone.contains("\n  shipshape release run"), "{alone}");
    assert!(!alone.contains("release run --version 0.1.6"), "{alone}");
    let says = alone.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(says.contains("the index never replaces a file") && !says.contains("a fix"), "{says}");
    // Its files were seen by no gate.
    let told = stage.beside_index(&["cascade", "0.1.6"]).exits(2);
    assert!(told.stderr.contains("0.1.6 was not published from here"), "{}", told.stderr);
    assert!(stage.runs("alpha").is_empty());
    stage.beside_index(&["cascade", "0.1.6", "--force"]).exits(0);
    assert_eq!(stage.runs("alpha").len(), 1);
    let dry = stage.beside_index(&[&NAMED[..], &["--dry-run"]].concat()).exits(1);
    assert!(dry.stderr.contains("refused, unless the index has changed"), "{}", dry.stderr);
    let plan = stage.beside_index(&["plan", "--no-compat"]).exits(0);
    assert!(plan.stdout.contains("acme-runtime 0.1.7 is next"), "{}", plan.stdout);
    let tag = stage.beside_index(&["tag", "--dry-run"]).exits(0);
    assert_eq!(tag.stdout, "runtime-v0.1.7\n");
    // No number is chosen where the index cannot be read, although the commit has a tag.
    let nowhere =
        ["--index-url", "http://127.0.0.1:9/simple/", "--upload-url", "http://127.0.0.1:9/upload/"];
    let tags = stage.tags();
    let ran = stage.beside_index(&[&RUN[..], &nowhere].concat()).exits(3);
    assert!(ran.stderr.contains("nothing was decided"), "{}", ran.stderr);
    assert_eq!(stage.tags(), tags);
    let named = ["run", "--no-smoke", "--version", "0.1.7", "--dry-run"];
    stage.beside_index(&named).exits(0);
    let run = stage.beside_index(&[&RUN[..], &["--until", "wait"]].concat()).exits(0).json();
    assert_eq!((&run["version"], &run["commit"]), (&json!("0.1.7"), &json!(head)));
    // Below a version that is published, it is not proposed to be published either.
    let status = stage.beside_index(&["status", "0.1.6"]).exits(0);
    assert!(!status.stderr.contains("--version 0.1.6"), "{}", status.stderr);
    let alone = stage.forge.run(&stage.world, &[]).exits(0).stdout;
    assert!(!alone.contains("--version 0.1.6"), "{alone}");
    let refused = stage.beside_index(&NAMED).exits(2);
    let next = "what is merged is released as the next version: `shipshape release run";
    assert!(refused.stderr.contains(next), "{}", refused.stderr);
    for never in ["--until wait", "release back 0.1.6", "cascade 0.1.6"] {
        assert!(!refused.stderr.contains(never), "{never}: {}", refused.stderr);
    }
}

#[test]
fn a_plan_and_a_tag_see_in_the_named_state_file_that_a_version_is_taken() {
    let (stage, _, head) = begun("wait");
    stage.world.remove_state();
    put_at(&stage, &head);
    let state = ["--state", "other.db"];
    stage.beside_index(&[&NAMED[..], &state].concat()).exits(3);
    let with = |words: &[&str]| stage.beside_index(&[words, &state].concat()).exits(0);
    assert_eq!(with(&["tag", "--dry-run"]).stdout, "runtime-v0.1.7\n");
    let plan = with(&["plan", "--no-compat"]);
    assert!(plan.stdout.contains("acme-runtime 0.1.7 is next"), "{}", plan.stdout);
    assert!(plan.stderr.contains("shipshape release tag --commit "), "{}", plan.stderr);
    assert!(plan.stderr.contains(" --state other.db"), "{}", plan.stderr);
    // Nothing of it is recorded where runs record by default.
    let tag = stage.beside_index(&["tag", "--dry-run"]).exits(0);
    assert_eq!(tag.stdout, format!("{TAG}\n"));
}

#[test]
fn without_a_version_a_tag_is_created_again_at_its_commit_unless_the_index_lists_the_version() {
    let stage = chain(GOOD);
    index_is_down(&stage);
    stage.beside_index(&RUN).exits(3);
    stage.forge.fail(&json!([]));
    delete(&stage);
    let run = stage.beside_index(&[&RUN[..], &["--until", "wait"]].concat()).exits(0).json();
    assert_eq!((&run["version"], &run["commit"]), (&json!("0.1.6"), &json!(stage.head())));
    let what = run["stages"][1]["what"].to_string();
    assert!(what.contains("created again"), "{what}");
    delete(&stage);
    let tags = stage.tags();
    let ran = stage.beside_index(&RUN).exits(3);
    assert!(ran.stderr.contains("and is gone, so nothing was done"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("it is created again there"), "{}", ran.stderr);
    assert_eq!(stage.tags(), tags);
}

#[test]
fn no_tag_is_created_again_for_a_version_that_a_later_one_has_overtaken() {
    let (stage, _, _) = begun("wait");
    let run = stage.beside_index(&[&RUN[..], &["--until", "wait"]].concat()).exits(0).json();
    assert_eq!(run["version"], "0.1.7");
    delete(&stage);
    let tags = stage.tags();
    for more in [&["--dry-run"][..], &[]] {
        let refused = stage.beside_index(&[&NAMED[..], more].concat()).exits(2);
        let says = "0.1.7 is published; notifying members of 0.1.6 would take their images back";
        assert!(refused.stderr.contains(says), "{}", refused.stderr);
        assert!(!refused.stderr.contains("it is created again there"), "{}", refused.stderr);
    }
    assert_eq!(stage.tags(), tags);
}

#[test]
fn nobody_would_go_back_to_a_withdrawn_version_whose_tag_is_created_again() {
    let stage = chain_of(GOOD, "", "0.1.7");
    let publish = [&RUN[..], &["--until", "wait"]].concat();
    stage.beside_index(&publish).exits(0);
    stage.rewrite("workspace/plugins.py", "def load():\n    return 2\n", "Load more");
    stage.beside_index(&publish).exits(0);
    let yank =
        json!({ "acme-runtime==0.1.6": "a mistake", "acme-runtime==0.1.7": "another mistake" });
    stage.forge.wish(&json!({ "yank": yank }));
    delete(&stage);
    let ran = stage.beside_index(&NAMED);
    assert!(!ran.stderr.contains("would go back"), "{}", ran.stderr);
    assert!(stage.tags().iter().any(|tag| tag == TAG), "{}", ran.stderr);
    assert!(stage.runs("alpha").is_empty());
}

/// The sources on this machine.
fn write(stage: &Stage, plugins: &str) {
    write_in(stage, "", plugins);
}

/// The sources in a folder, which ends in a slash.
fn write_in(stage: &Stage, folder: &str, plugins: &str) {
    stage
        .world
        .write(&format!("{folder}package.yaml"), DESCRIPTION)
        .write(&format!("{folder}README.md"), "core")
        .write(&format!("{folder}LICENSE"), "MIT")
        .write(&format!("{folder}workspace/main.py"), "import plugins\n\nprint(plugins.load)\n")
        .write(&format!("{folder}workspace/plugins.py"), plugins);
}

#[test]
fn what_was_sent_without_a_run_is_what_the_version_is_too() {
    let (stage, _, head) = begun("tag");
    write(&stage, "def load(): ...\n");
    let publish = ["publish", "0.1.6", "--no-smoke", "--no-compat", "--force"];
    stage.beside_index(&publish).exits(0);
    delete(&stage);
    let words = [&NAMED[..], &["--commit", &head]].concat();
    let ran = stage.beside_index(&words).exits(3);
    assert!(ran.stderr.contains("files of 0.1.6 were sent to the index from"), "{}", ran.stderr);
}

#[test]
fn files_of_a_source_that_was_named_are_built_again_for_another_commit() {
    let stage = chain(GOOD);
    let source = ["--source", "workspace", "--until", "compat"];
    write(&stage, "def load(): ...\n");
    stage.beside_index(&[&RUN[..], &source].concat()).exits(0);
    let built = |run: &Value| run["stages"][2]["what"].to_string();
    stage.rewrite("workspace/plugins.py", "def load():\n    return 2\n", "Load more");
    write(&stage, "def load():\n    return 2\n");
    delete(&stage);
    let head = stage.head();
    let words = [&NAMED[..], &source, &["--commit", &head]].concat();
    let run = stage.beside_index(&words).exits(0).json();
    assert_eq!(run["commit"], json!(head));
    assert!(!built(&run).contains("kept since"), "{}", built(&run));
}

#[test]
fn files_of_a_reference_that_could_not_be_read_at_first_are_built_again_for_another_commit() {
    let stage = chain(GOOD);
    let commit = |plugins: &str| {
        write_in(&stage, "core/", plugins);
        stage.world.commit("core");
    };
    let package = ["--package", "core/package.yaml"];
    commit("def load(): ...\n");
    let kept = ["--ref", "main", "--until", "compat"];
    stage.beside_index(&[&RUN[..], &package, &kept].concat()).exits(0);
    let more = "def load():\n    return 2\n";
    stage.rewrite("workspace/plugins.py", more, "Load more");
    delete(&stage);
    let head = stage.head();
    let named = [&NAMED[..], &package, &["--commit", &head]].concat();
    // It is fetched only then.
    let ran = stage.beside_index(&[&named[..], &["--ref", "later"]].concat()).exits(3);
    assert!(ran.stderr.contains("there is no branch, tag or commit `later`"), "{}", ran.stderr);
    commit(more);
    let run = stage.beside_index(&[&named[..], &["--ref", "main"]].concat()).exits(0).json();
    let what = run["stages"][2]["what"].to_string();
    assert!(what.contains("files from") && !what.contains("kept since"), "{what}");
}
