//! What a baseline and waivers put away: what they cover, what they never do, and that a trend and reports say so.

use crate::world::{Ran, World};

const FLEET: &str = "schema: 1
name: acme
forge: { owner: acme }
kinds: { t: { prefix: t-, shape: { folder: shape } } }
members:
- { slug: one, owner: '@ann' }
- { slug: two, owner: '@ann' }
- { slug: three, owner: '@bob' }
history: history.jsonl
baseline: baseline.json
";

const ALL: [&str; 5] = ["drift", "--local", "t-one", "t-two", "t-three"];

/// An invented key; in two parts, so that this file holds none.
const KEY: &str = concat!("AKIA", "QYLPMN5HFIQR7XYA");

/// Three members: one has no README, one another text, and one is as it should be.
fn fleet() -> World {
    let world = World::new();
    world.write_readme_shape().write("fleet.yaml", FLEET);
    world.write("t-one/notes", "x\n");
    world.write("t-two/README.md", "another\nthing\n");
    world.write("t-three/README.md", "hello\n");
    world
}

#[track_caller]
fn drift(world: &World, more: &[&str]) -> Ran {
    world.run(&[&ALL[..], more].concat())
}

fn waive(world: &World, repository: &str, rule: &str) -> Ran {
    world.run(&["waive", repository, "--rule", rule, "--reason", "later", "--owner", "@me"])
}

#[test]
fn what_writes_a_baseline_refuses_what_it_would_not_do() {
    let world = fleet();
    for more in [
        &["--record"][..],
        &["--output", "bl.txt"],
        &["--also", "json=bl.json"],
        &["--format", "json"],
        &["--fail-on", "error"],
        &["--comment=acme/t-one#1"],
    ] {
        let ran = drift(&world, &[&["--write-baseline"], more].concat()).exits(2);
        assert!(ran.stderr.contains("cannot be used with"), "{more:?}: {}", ran.stderr);
        assert!(!world.path("baseline.json").exists(), "{more:?}");
    }
}

#[test]
fn a_run_that_read_nothing_leaves_the_baseline_as_it_is() {
    let world = fleet();
    let unread = || {
        let ran = drift(&world, &["--ref", "nosuch", "--write-baseline"]).exits(3);
        assert!(ran.stderr.contains("no repository could be read"), "{}", ran.stderr);
        assert!(!ran.stderr.contains("wrote"), "{}", ran.stderr);
    };
    unread();
    assert!(!world.path("baseline.json").exists());
    drift(&world, &["--write-baseline"]).exits(0);
    let before = world.read("baseline.json");
    unread();
    assert_eq!(world.read("baseline.json"), before);
}

#[test]
fn a_finding_that_is_waived_too_has_not_gone_from_the_baseline() {
    let world = fleet();
    drift(&world, &["--write-baseline"]).exits(0);
    waive(&world, "t-two", "path-diverged").exits(0);
    let ran = drift(&world, &[]).exits(0);
    assert!(ran.stdout.contains("(1 waived, 1 in the baseline)"), "{}", ran.stdout);
    assert!(!ran.stderr.contains("gone"), "{}", ran.stderr);
    // Nor has what cannot be read.
    std::fs::remove_dir_all(world.path("t-one")).expect("removed");
    let ran = drift(&world, &[]).exits(3);
    assert!(!ran.stderr.contains("gone"), "{}", ran.stderr);
    world.write("t-one/README.md", "hello\n");
    let ran = drift(&world, &[]).exits(0);
    let said = "1 finding of the baseline is gone; `shipshape drift --write-baseline` removes what is gone";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    // The run that removes it does not ask for that.
    let ran = drift(&world, &["--write-baseline"]).exits(0);
    assert!(!ran.stderr.contains("gone"), "{}", ran.stderr);
}

#[test]
fn no_baseline_hides_a_credential() {
    let world = fleet();
    world.write("t-three/config.env", format!("AWS_ACCESS_KEY_ID={KEY}\n"));
    let ran = drift(&world, &["--write-baseline"]).exits(0);
    assert!(ran.stderr.contains("wrote 2 findings of 2 repositories"), "{}", ran.stderr);
    let said = "the baseline leaves out 1 finding about a credential: revoke what was leaked";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    let ran = drift(&world, &[]).exits(1);
    assert!(ran.stdout.contains("secret") && !ran.stdout.contains(KEY), "{}", ran.stdout);
    let ran = waive(&world, "t-three", "secret").exits(0);
    assert!(ran.stderr.contains("a waiver does not revoke a credential"), "{}", ran.stderr);
}

#[test]
fn a_repair_of_what_the_baseline_covers_is_made_only_when_asked() {
    let world = fleet();
    drift(&world, &["--write-baseline"]).exits(0);
    let ran = world.run(&["fix", "t-one"]).exits(0);
    let said = "t-one: 1 finding in the baseline is not repaired: the same command with `--include-baseline` repairs it";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    assert!(!world.path("t-one/README.md").exists());
    let ran = world.run(&["fix", "t-one", "--include-baseline", "--diff"]).exits(0);
    assert!(!ran.stderr.contains("gone"), "nothing is: {}", ran.stderr);
    let ran = world.run(&["fix", "t-one", "--include-baseline"]).exits(0);
    assert!(!ran.stderr.contains("in the baseline"), "{}", ran.stderr);
    assert_eq!(world.read("t-one/README.md"), "hello\n");
    // A waiver is another matter.
    waive(&world, "t-two", "path-diverged").exits(0);
    let ran = world.run(&["fix", "t-two", "--include-baseline", "--unsafe-fixes"]).exits(0);
    assert!(ran.stderr.contains("0 files"), "{}", ran.stderr);
}

#[test]
fn no_report_names_a_person_for_what_is_in_the_baseline() {
    let world = fleet();
    drift(&world, &["--write-baseline"]).exits(0);
    for format in ["markdown", "junit", "html", "human"] {
        let ran = drift(&world, &["--format", format, "-v"]).exits(0);
        assert!(!ran.stdout.to_lowercase().contains("waived by"), "{format}: {}", ran.stdout);
        assert!(ran.stdout.to_lowercase().contains("in the baseline"), "{format}: {}", ran.stdout);
    }
    let ran = drift(&world, &["--format", "sarif"]).exits(0);
    assert_eq!(ran.json()["runs"][0]["results"].as_array().map(Vec::len), Some(0));
}

#[test]
fn the_trend_says_what_was_put_away() {
    let world = fleet();
    drift(&world, &["--record"]).exits(1);
    drift(&world, &["--write-baseline"]).exits(0);
    waive(&world, "t-two", "path-diverged").exits(0);
    let ran = drift(&world, &["--record", "--also", "html=d.html"]).exits(0);
    let put_away = "0 on 2026-11-22 (1 waived, 1 in the baseline)";
    assert!(ran.stdout.contains(put_away), "{}", ran.stdout);
    let page = world.read("d.html");
    assert!(page.contains("0 findings (1 waived, 1 in the baseline)"), "{page}");
    let history = world.read("history.jsonl");
    let last: serde_json::Value =
        serde_json::from_str(history.lines().last().expect("a line")).expect("JSON");
    assert_eq!((&last["waived"], &last["baseline"]), (&1.into(), &1.into()), "{history}");
}

#[test]
fn what_could_not_be_checked_is_not_offered_a_setting_that_does_nothing() {
    let world = fleet();
    world.write("t-two/README.md", b"version https://git-lfs.github.com/spec/v1\noid sha256:0000000000000000000000000000000000000000000000000000000000000000\nsize 1\n");
    let ran = waive(&world, "t-two", "path-unchecked").exits(2);
    let hint = "hint: make it checkable; a rule that is off in fleet.yaml still reports it";
    assert!(ran.stderr.contains(hint), "{}", ran.stderr);
    // In the table by owner, what is not known is not nothing.
    let ran = drift(&world, &["--format", "markdown"]).exits(3);
    let head = "| Owner | Repositories | automatically | after a review | by hand | not known yet | By hand in |";
    assert!(ran.stdout.contains(head), "{}", ran.stdout);
    assert!(ran.stdout.contains("| @&#8203;ann | 2 | 1 | 0 | 0 | 1 |  |"), "{}", ran.stdout);
    std::fs::remove_dir_all(world.path("t-three")).expect("removed");
    let ran = drift(&world, &["--format", "markdown"]).exits(3);
    assert!(ran.stdout.contains("| could not be read | By hand in |"), "{}", ran.stdout);
}

#[test]
fn a_campaign_of_repairs_is_proposed_where_there_are_some() {
    let world = fleet();
    let proposed = || {
        let token = [("GITHUB_TOKEN", "t")];
        let ran = world.run_in(&world.path(""), &[], &token).exits(0);
        ran.stdout.contains("campaign init safe-repairs")
    };
    drift(&world, &["--record"]).exits(1);
    assert!(proposed(), "a missing file is added unseen");
    world.write("t-one/README.md", "hello\n");
    drift(&world, &["--record"]).exits(1);
    assert!(!proposed(), "what is left needs a review");
}

/// One row for each severity, and all numbers: an error is not one of fifteen repositories that warn.
#[test]
fn each_severity_of_a_rule_has_a_row() {
    let world = fleet();
    world.write("shape/files/main", "x\n").write("t-two/main", "x\n").write("t-three/main", "x\n");
    world.replace(
        "shape/shape.yaml",
        "extras",
        "  - { path: main, policy: exact }\n  - { path: set.yaml, policy: contract }\n\
         demands:\n  documents:\n    - { path: set.yaml, keys: { name: { required: true } } }\nextras",
    );
    for repository in ["t-two", "t-three"] {
        world.write(&format!("{repository}/set.yaml"), "name: x\n");
    }
    let ran = drift(&world, &[]).exits(1);
    for row in ["error    path-missing   by hand", "warning  path-missing   automatically"] {
        assert!(ran.stdout.contains(row), "{row}: {}", ran.stdout);
    }
}
