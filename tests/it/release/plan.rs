//! The next version and why, whom it would break, and what is in its way.

use serde_json::{Value, json};

use super::stage::{ALPHA, Member, Stage};

const GAMMA: Member = Member {
    slug: "gamma",
    adapter: "import os\\nfrom acme_runtime.plugins import gone\\n",
    seed: "",
    contains: "0.1.6",
};

fn lines(value: &Value) -> Vec<&str> {
    value.as_array().expect("a list").iter().filter_map(Value::as_str).collect()
}

#[test]
fn labels_of_what_was_merged_since_the_last_tag_say_the_version_and_the_plan_says_why() {
    let stage = Stage::new();
    stage.merge("workspace/one.py", "ONE = 1\n", &["release:minor"]);
    stage.merge("README.md2", "beside the source\n", &["release:major"]);
    stage.merge("workspace/two.py", "TWO = 2\n", &[]);
    stage.forge.requests();
    let ran = stage.release(&["plan", "--format", "json"]).exits(0);
    assert_eq!(stage.writes(), 0);
    let plan = ran.json();
    assert_eq!((&plan["verdict"], &plan["version"]), (&"release".into(), &"0.2.0".into()));
    assert_eq!((&plan["tag"], &plan["level"]), (&"runtime-v0.2.0".into(), &"minor".into()));
    assert_eq!(plan["last"]["version"], "0.1.5");
    assert_eq!(
        lines(&plan["why"]),
        [
            "minor: #1 has the label `release:minor`",
            "0.1.5 is the highest so far, known from tags and the index"
        ]
    );
    let subjects: Vec<&Value> =
        plan["changes"].as_array().expect("a list").iter().map(|it| &it["subject"]).collect();
    assert_eq!(subjects, ["Change workspace/two.py (#3)", "Change workspace/one.py (#1)"]);
    assert_eq!(plan["compat"][0]["member"], "alpha");
    assert_eq!(lines(&plan["blockers"]), Vec::<&str>::new());
    let human = stage.release(&["plan"]).exits(0);
    assert!(human.stdout.contains("acme-runtime 0.2.0 is next"), "{}", human.stdout);
    assert!(human.stdout.contains("It breaks no member: 1 member checked"), "{}", human.stdout);
    assert!(human.stderr.contains("\nNext:\n  shipshape release tag"), "{}", human.stderr);
    let markdown = stage.release(&["plan", "--format", "markdown"]).exits(0).stdout;
    assert!(markdown.starts_with("### `acme-runtime` 0.2.0\n"), "{markdown}");
}

#[test]
fn what_the_index_knows_counts_withdrawn_or_not_and_so_do_tags_that_were_never_published() {
    let versions = [("0.1.5", None), ("0.1.9", Some("it loses data"))];
    let stage = Stage::with(&[ALPHA], &versions, "");
    let first = stage.head();
    stage.tag_by_hand("runtime-v0.1.5", &first);
    stage.tag_by_hand("runtime-vnext", &first);
    stage.push("workspace/x.py", "X = 1\n", "Push it");
    let plan = stage.release(&["plan", "--no-compat", "--format", "json"]).exits(0).json();
    assert_eq!(plan["version"], "0.1.10");
    let why = lines(&plan["why"]).join("\n");
    assert!(why.contains("patch: no pull request contains it"), "{why}");
    assert!(why.contains("0.1.9 is the highest so far, known from the index"), "{why}");
    assert!(why.contains("`runtime-vnext` names no version"), "{why}");
    stage.tag_by_hand("runtime-v0.1.12rc1", &first);
    let plan = stage.release(&["plan", "--no-compat", "--format", "json"]).exits(0).json();
    assert_eq!(plan["version"], "0.1.12");
}

#[test]
fn a_distribution_that_was_never_released_gets_its_first_version() {
    let stage = Stage::with(&[ALPHA], &[], "");
    stage.world.replace("fleet.yaml", "distribution: acme-runtime", "distribution: acme-other");
    let plan = stage.release(&["plan", "--no-compat", "--format", "json"]).exits(0).json();
    assert_eq!(plan["version"], "0.1.0");
    assert!(lines(&plan["why"]).contains(&"the index has no acme-other"), "{plan}");
}

#[test]
fn whom_it_breaks_stands_in_its_way() {
    let stage = Stage::with(&[ALPHA, GAMMA], &[("0.1.5", None)], "");
    let ran = stage.release(&["plan"]).exits(1);
    assert!(ran.stdout.contains("It breaks 1 of 2 members"), "{}", ran.stdout);
    assert!(ran.stdout.contains("gamma: adapter.py:2:"), "{}", ran.stdout);
    // As the source stands in a folder here, before it is pushed.
    stage.world.write("work/plugins.py", "def load(): ...\ndef gone(): ...\n");
    stage.world.write("work/__init__.py", "");
    stage.release(&["plan", "--source", "work"]).exits(0);
    let ran = stage.release(&["plan", "--no-compat"]).exits(0);
    assert!(ran.stdout.contains("not checked: no check was requested"), "{}", ran.stdout);
}

#[test]
fn labels_that_cannot_be_seen_stop_it() {
    let stage = Stage::new();
    stage.merge("workspace/one.py", "ONE = 1\n", &["release:major"]);
    let blind = [("GH_ENTERPRISE_TOKEN", "unlabelled-token")];
    for command in ["plan", "tag"] {
        let ran = stage.release_with(&[command], &blind).exits(3);
        assert_eq!(ran.stdout, "", "{command}");
        assert!(ran.stderr.contains("GraphQL history of acme/core"), "{}", ran.stderr);
    }
    assert_eq!(stage.tags(), ["runtime-v0.1.5"]);
}

#[test]
fn an_index_that_does_not_answer_stops_it() {
    let stage = Stage::new();
    stage.push("workspace/x.py", "X = 1\n", "Push it");
    let nowhere = ["--index-url", "http://127.0.0.1:9/simple/"];
    let ran = stage.release(&[&["tag"], nowhere.as_slice()].concat()).exits(3);
    assert!(ran.stderr.contains("nothing was decided"), "{}", ran.stderr);
    assert_eq!(stage.tags(), ["runtime-v0.1.5"]);
}

#[test]
fn a_commit_may_say_that_it_is_not_to_be_released() {
    let stage = Stage::new();
    stage.push("workspace/x.py", "X = 1\n", "Only words\n\n[no-release]");
    let plan = stage.release(&["plan", "--format", "json"]).exits(0).json();
    assert_eq!(plan["verdict"], "skipped");
    let ran = stage.release(&["tag"]).exits(0);
    assert_eq!(ran.stdout, "");
    assert!(ran.stderr.contains("the commit's message says `[no-release]`"), "{}", ran.stderr);
    assert_eq!(stage.release(&["tag", "--force", "--dry-run"]).exits(0).stdout, "runtime-v0.1.6\n");
    // The next one brings both.
    stage.push("workspace/y.py", "Y = 1\n", "More");
    let plan = stage.release(&["plan", "--no-compat", "--format", "json"]).exits(0).json();
    assert_eq!(plan["version"], "0.1.6");
    assert_eq!(plan["changes"].as_array().expect("a list").len(), 2);
}

#[test]
fn versions_of_somebodys_choice_are_new_above_and_near() {
    let stage = Stage::new();
    stage.push("workspace/x.py", "X = 1\n", "Push it");
    let plan = |version: &str, code: i32| {
        let ran = stage.release(&["plan", "--no-compat", "--version", version]).exits(code);
        format!("{}{}", ran.stdout, ran.stderr)
    };
    assert!(plan("0.1.6.dev1", 0).contains("acme-runtime 0.1.6.dev1 is next"));
    assert!(plan("v0.2.0-rc1", 0).contains("acme-runtime 0.2.0rc1 is next"));
    assert!(plan("0.1.60", 2).contains("0.1.60 is an implausible leap from 0.1.5"));
    assert!(plan("0.1.4", 2).contains("0.1.4 is known already, from the index"));
    assert!(plan("0.1.6+mine", 2).contains("no index accepts one"));
    assert!(plan("next", 2).contains("`next` is not a version"));
    let ran = stage.release(&["plan", "--no-compat", "--version", "0.1.60", "--force"]).exits(0);
    assert!(ran.stdout.contains("0.1.60 is next"), "{}", ran.stdout);
}

#[test]
fn a_fleet_that_releases_nothing_says_what_is_missing() {
    let stage = Stage::new();
    let source = "  source: { repository: core, path: workspace }\n";
    stage.world.replace("fleet.yaml", source, "");
    let ran = stage.release(&["plan"]).exits(2);
    assert!(
        ran.stderr.contains("the repository of the runtime's source is not known"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("fleet.yaml:7:1"), "{}", ran.stderr);
    stage.world.replace(
        "fleet.yaml",
        "distribution: acme-runtime",
        "distribution: acme-runtime\n  source: { repository: core, path: nowhere }",
    );
    stage.push("docs.md", "words\n", "Only words");
    let ran = stage.release(&["plan"]).exits(2);
    assert!(ran.stderr.contains("no commit ever touched"), "{}", ran.stderr);
}

#[test]
fn a_member_that_is_archived_is_not_counted_among_those_that_would_hear_of_it() {
    let old = Member { slug: "old", seed: "archived: true, runs: []", ..ALPHA };
    let stage = Stage::with(&[ALPHA, old], &[("0.1.5", None)], "");
    let plan = stage.release(&["plan"]).exits(0).stdout;
    let says = "`runtime-published` to acme/t-alpha; old is archived and cannot be notified";
    assert!(plan.contains(says), "{plan}");
}

#[test]
fn a_commit_of_an_older_line_is_not_said_to_be_on_the_branch_and_what_it_lacks_is_reported() {
    let stage = Stage::new();
    let at = json!({ "ref": "refs/heads/line", "sha": stage.head() });
    stage.ask("ann", "POST", "/repos/acme/core/git/refs", at);
    let later = stage.push("workspace/big.py", "BIG = 1\n", "Big feature");
    stage.tag_by_hand("runtime-v0.2.0", &later);
    stage.write_on("line", "workspace/fix.py", "FIX = 1\n", "Security fix");
    let plan = |more: &[&str]| {
        stage.release(&[&["plan", "--no-compat", "--commit", "line"], more].concat())
    };
    let ran = plan(&[]).exits(1);
    assert!(!ran.stderr.contains("release tag"), "{}", ran.stderr);
    let head = ran.stdout.lines().next().unwrap_or_default();
    assert!(head.ends_with(" of acme/core"), "{head}");
    let lost = format!("WARNING: 1 change of 0.2.0 ({}) or before would be lost", &later[..12]);
    assert!(ran.stdout.contains(&lost), "{}", ran.stdout);
    let hint = "a patch of an older line needs a --version below 0.2.0";
    assert!(ran.stdout.contains(hint), "{}", ran.stdout);
    let patch = plan(&["--version", "0.1.6", "--force"]).exits(0);
    assert!(!patch.stdout.contains("would be lost"), "{}", patch.stdout);
    let insists = plan(&["--force"]).exits(0);
    assert!(insists.stdout.contains("--force sets aside: 1 change of 0.2.0"), "{}", insists.stdout);
    stage.push("workspace/more.py", "MORE = 1\n", "More");
    let ran = stage.release(&["plan", "--no-compat"]).exits(0);
    assert!(ran.stdout.contains(" of acme/core, main\n"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("WARNING"), "{}", ran.stdout);
}
