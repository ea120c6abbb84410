use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::*;
use crate::campaign::changes::testing::{on, said};
use crate::campaign::changes::{all, judged};
use crate::campaign::file::Campaign;
use crate::checks::testing::Case;
use crate::shape::embedded;
use crate::snapshot::{self, Snapshot};

/// A folder for each, with a repository before and after.
fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/campaigns")
}

fn campaign(ready: &ReadyMade) -> Campaign {
    let file = format!("{}.yaml", ready.name);
    Campaign::parse(Path::new(&file), ready.text.as_bytes())
        .unwrap_or_else(|problems| panic!("{file}: {problems:?}"))
}

fn files(tree: &Snapshot) -> BTreeMap<String, String> {
    let read = |entry: &snapshot::Entry| {
        let bytes = tree.read(entry.id).expect("readable");
        format!("{:?}\n{}", entry.kind, String::from_utf8_lossy(&bytes))
    };
    tree.entries.iter().map(|(path, entry)| (path.to_string(), read(entry))).collect()
}

fn repository(folder: &Path) -> Case {
    let tree = snapshot::open(folder, None).expect("a folder");
    let empty = Case::of_pack(&embedded::files());
    tree.entries.iter().fold(empty, |case, (path, entry)| {
        case.file(path.as_str(), tree.read(entry.id).expect("readable"))
    })
}

/// Makes its changes, judges what it leads to, and gives the files that result.
fn made_by(ready: &ReadyMade, case: &Case) -> (BTreeMap<String, String>, bool) {
    let campaign = campaign(ready);
    on(case, |surroundings, tree| {
        let outcome = all(&campaign.says.changes, surroundings, tree)
            .unwrap_or_else(|hindered| panic!("{}: {}", ready.name, said(&hindered.by)));
        if let Err(refusal) = judged(surroundings, tree, &outcome.after) {
            panic!("{}: {refusal}", ready.name);
        }
        (files(&outcome.after), outcome.changes.is_empty())
    })
}

#[test]
fn every_one_is_a_sound_campaign_of_its_name() {
    let all = every();
    assert_eq!(all.len(), FILES.files().count());
    assert!(!all.is_empty());
    for ready in all {
        let says = campaign(&ready).says;
        assert_eq!(says.name, ready.name);
        assert!(!says.select.is_everything(), "{} would ask about everybody", says.name);
        assert!(says.pull_request.body.is_some(), "{} does not say why", says.name);
        assert!(ready.summary().ends_with('.'), "{} does not say what it does", says.name);
    }
}

#[test]
fn every_one_leads_from_before_to_after_and_no_further() {
    for ready in every() {
        let folder = cases().join(ready.name);
        let (made, unchanged) = made_by(&ready, &repository(&folder.join("before")));
        assert!(!unchanged, "{} does nothing", ready.name);
        if std::env::var_os("SHIPSHAPE_BLESS").is_some() {
            bless(&folder.join("after"), &made);
        }
        let after = snapshot::open(&folder.join("after"), None).expect("a folder");
        let wanted = files(&after);
        let paths = |files: &BTreeMap<String, String>| files.keys().cloned().collect::<Vec<_>>();
        assert_eq!(paths(&made), paths(&wanted), "{}", ready.name);
        for (path, content) in &made {
            assert_eq!(Some(content), wanted.get(path), "{}: {path}", ready.name);
        }
        let (_, unchanged) = made_by(&ready, &repository(&folder.join("after")));
        assert!(unchanged, "{} is not done after once", ready.name);
    }
}

fn bless(folder: &Path, made: &BTreeMap<String, String>) {
    if folder.exists() {
        std::fs::remove_dir_all(folder).expect("removable");
    }
    for (path, content) in made {
        let file = folder.join(path);
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        let (_, content) = content.split_once('\n').expect("a kind");
        std::fs::write(file, content).expect("writable");
    }
}

#[test]
fn one_is_silent_where_there_is_nothing_to_do() {
    for ready in every() {
        let campaign = campaign(&ready);
        on(&Case::conformant(), |surroundings, tree| {
            let outcome =
                all(&campaign.says.changes, surroundings, tree).expect("nothing to hinder");
            assert!(outcome.changes.is_empty(), "{}: {:?}", ready.name, outcome.changes);
            assert_eq!(outcome.remarks, Vec::<String>::new(), "{}", ready.name);
        });
    }
}

#[test]
fn no_case_is_forgotten() {
    let folders = std::fs::read_dir(cases()).expect("the cases");
    let folders: BTreeSet<String> = folders
        .map(|it| it.expect("a folder").file_name().to_string_lossy().into_owned())
        .collect();
    let names: BTreeSet<String> = every().iter().map(|it| it.name.to_owned()).collect();
    assert_eq!(folders, names);
}

#[test]
fn every_one_is_listed_on_the_page() {
    let page = include_str!("../../../docs/campaigns.md");
    for ready in every() {
        let is_its = |line: &str| {
            line.strip_prefix(ready.name).is_some_and(|rest| rest.trim_start() == ready.summary())
        };
        assert!(page.lines().any(is_its), "{} is not in docs/campaigns.md", ready.name);
    }
}

#[test]
fn what_one_must_not_touch_is_left_and_told() {
    let hindered = |name: &str, case: &Case| {
        let campaign = campaign(&find(name).expect(name));
        on(case, |surroundings, tree| match all(&campaign.says.changes, surroundings, tree) {
            Err(hindered) => hindered.by.to_string(),
            Ok(outcome) => match judged(surroundings, tree, &outcome.after) {
                Err(refusal) => refusal.to_string(),
                Ok(_) if outcome.changes.is_empty() => "nothing to do".to_owned(),
                Ok(_) => "made".to_owned(),
            },
        })
    };
    let still_called = Case::conformant().file(".molecule-ci/check.py", "").file(
        ".github/workflows/own.yml",
        "jobs:\n  a:\n    steps:\n      - run: python .molecule-ci/check.py\n",
    );
    insta::assert_snapshot!(hindered("remove-vendored-validator", &still_called), @"`.molecule-ci/check.py` is still named by `.github/workflows/own.yml` (.github/workflows/own.yml)");
    let own_build = "on:\n  push:\njobs:\n  build:\n    steps:\n      - run: docker build .\n";
    let own_build = Case::conformant().file(".github/workflows/publish-image.yml", own_build);
    insta::assert_snapshot!(hindered("add-cascade-receiver", &own_build), @"the change would add a finding: `runtime_version` of `repository_dispatch` is not used: no called workflow or build gets `runtime_version` (workflow-forwarding)");
    let both = Case::conformant().replace(
        "config.yaml",
        "template_schema_version: 1\n",
        "template_schema_version: 1\nmodels: [{ id: x }]\n",
    );
    insta::assert_snapshot!(hindered("move-read-by-nobody-keys", &both), @"nothing to do");
}

#[test]
fn workflows_are_pinned_to_the_commit_that_the_shape_calls() {
    let text = find("pin-reusable-workflows").expect("there").text;
    let canon = include_str!("../../../templates/starter/files/.github/workflows/ci.yml");
    let called = canon.lines().find_map(|line| line.trim().strip_prefix("uses: "));
    let called = called.and_then(|called| called.split(' ').next()).expect("a call");
    assert!(text.contains(called), "{called}");
}

#[test]
fn a_copy_under_another_name_differs_in_that_alone() {
    for ready in every() {
        let copy = ready.called("another");
        let read = Campaign::parse(Path::new("c.yaml"), copy.as_bytes()).expect("a campaign");
        assert_eq!(read.says.name, "another");
        assert_eq!(copy.lines().count(), ready.text.lines().count());
    }
}
