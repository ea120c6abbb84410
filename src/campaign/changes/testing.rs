//! Changes made on repositories in memory, for the tests of every kind.

use std::sync::Arc;

use super::{ChangeSpec, Hindrance, Outcome, Surroundings, all, judged, step};
use crate::change::{Change, ChangeSet, Mode};
use crate::checks::testing::Case;
use crate::drift::Settings;
use crate::drift::judge::{judge, settle};
use crate::drift::model::RepositoryReport;
use crate::drift::{Judgement, RepositoryVerdict};
use crate::error::Error;
use crate::shape::pack::{PackFile, PackFiles};
use crate::snapshot::{BlobId, BlobStore, Snapshot};

/// Reads a change as campaign.yaml writes it.
pub(super) fn spec(yaml: &str) -> ChangeSpec {
    let deserializer = serde_yaml::Deserializer::from_str(yaml);
    let spec: ChangeSpec =
        serde_yaml::with::singleton_map_recursive::deserialize(deserializer).expect(yaml);
    assert_eq!(spec.problems(), [], "{yaml}");
    spec
}

/// Hands the surroundings of a case to a test. Beside campaign.yaml stand the files of `FILES`.
pub(in crate::campaign) fn on<T>(
    case: &Case,
    test: impl FnOnce(&Surroundings<'_>, &Snapshot) -> T,
) -> T {
    case.judged(|repository| {
        let judge = |tree: &Snapshot| {
            let store = BlobStore::default();
            let repository = crate::checks::Repository::new(
                repository.identity,
                tree,
                repository.pack,
                repository.profile,
                &store,
            );
            settled(judge(&repository, &Settings::default()))
        };
        let files = |name: &str| {
            let known = FILES.iter().find(|(known, _)| *known == name);
            let bytes = known.map(|(_, text)| Arc::from(text.as_bytes()));
            bytes.ok_or_else(|| Error::usage("no such file").in_file(name))
        };
        let store = BlobStore::default();
        let held = (repository.pack, repository.profile);
        let surroundings = Surroundings::new(repository.identity, held, &store, &judge, &files);
        test(&surroundings, repository.snapshot)
    })
}

/// What stands beside campaign.yaml.
const FILES: &[(&str, &str)] = &[
    ("owners", "* @acme\n"),
    ("notes.md.tera", "# {{ display_name }} ({{ slug }})\n"),
    ("broken.tera", "{{ nothing }}\n"),
];

fn settled(judgement: Judgement) -> Judgement {
    let mut report = RepositoryReport {
        is_archived: false,
        name: String::new(),
        origin: String::new(),
        commit: None,
        tree: None,
        profile: None,
        owner: None,
        shape: String::new(),
        verdict: RepositoryVerdict::Unchecked,
        error: None,
        paths: judgement.paths,
        findings: judgement.findings,
    };
    settle(&mut report);
    Judgement { paths: report.paths, findings: report.findings }
}

/// Makes one change and says what becomes of each path, and the remarks. Made again on its own result it
/// must do nothing.
pub(super) fn told(case: &Case, yaml: &str) -> String {
    on(case, |surroundings, tree| {
        let made = match step(&spec(yaml), surroundings, tree) {
            Ok(made) => made,
            Err(hindrance) => return said(&hindrance),
        };
        let again = step(&spec(yaml), surroundings, &made.changes.apply_to(tree));
        assert!(
            again.as_ref().is_ok_and(|again| again.changes.is_empty()),
            "a second time something is left to do: {again:?}"
        );
        written(&made.changes)
            + &made.remarks.iter().map(|it| format!("({it})\n")).collect::<String>()
    })
}

/// Makes changes one after the other, and judges the tree that they lead to.
pub(super) fn judged_end(case: &Case, changes: &[&str]) -> Result<Outcome, String> {
    let specs: Vec<ChangeSpec> = changes.iter().map(|yaml| spec(yaml)).collect();
    on(case, |surroundings, tree| {
        let outcome =
            all(&specs, surroundings, tree).map_err(|hindered| hindered.by.to_string())?;
        judged(surroundings, tree, &outcome.after).map_err(|refusal| refusal.to_string())?;
        Ok(outcome)
    })
}

/// A hindrance as a person reads it.
pub(in crate::campaign) fn said(hindrance: &Hindrance) -> String {
    let lines = [hindrance.hint.as_ref(), hindrance.detail.as_ref()];
    let lines = lines.into_iter().flatten().map(|line| format!("  {}\n", line.trim_end()));
    format!("hindered: {hindrance}\n{}", lines.collect::<String>())
}

/// What becomes of each path: its mode, its name and its lines.
pub(super) fn written(changes: &ChangeSet) -> String {
    let mut told = String::new();
    for (path, change) in &changes.changes {
        match change {
            Change::Delete { .. } => told.push_str(&format!("- {path}\n")),
            Change::Write { bytes, mode, .. } => {
                let mark = match mode {
                    Mode::File => "=",
                    Mode::Executable => "*",
                    Mode::Link => "@",
                };
                told.push_str(&format!("{mark} {path}\n"));
                let text = String::from_utf8_lossy(bytes).replace('\r', "\\r");
                told.extend(text.lines().map(|line| format!("  {line}\n").replace("  \n", "\n")));
            }
        }
    }
    told
}

/// A pack whose log knows earlier contents of its paths.
pub(super) fn pack(shape: &str, files: &[(&str, &str)], earlier: &[(&str, &str)]) -> Case {
    let of = |content: &str| PackFile { bytes: content.as_bytes().into(), executable: false };
    let mut pack = PackFiles::from([("shape.yaml".to_owned(), of(shape))]);
    for (path, content) in files {
        pack.insert(format!("files/{path}"), of(content));
    }
    let mut log = String::new();
    for (path, content) in earlier {
        let id = BlobId::of(content.as_bytes());
        pack.insert(format!("lineage/{id}"), of(content));
        log.push_str(&format!(
            "{{\"path\":\"{path}\",\"content\":\"{id}\",\"label\":\"before\"}}\n"
        ));
    }
    pack.insert("lineage/log.jsonl".to_owned(), of(&log));
    Case::of_pack(&pack)
}
