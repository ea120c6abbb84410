//! Repositories in memory, for the tests of checks.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use super::repository::Identity;
use super::{Finding, Repository, catalogue};
use crate::shape::pack::{Pack, PackFile, PackFiles};
use crate::shape::{Variables, embedded};
use crate::snapshot::{
    BlobId, BlobStore, Entry, EntryKind, ReadBlob, RepoPath, Snapshot, Unreadable,
};

/// A repository to be judged. By default, the embedded shape rendered for the slug `acme-agent`, about which no check
/// reports anything.
#[derive(Clone)]
pub(crate) struct Case {
    pack: Arc<Pack>,
    identity: Identity,
    files: BTreeMap<String, (EntryKind, Vec<u8>)>,
}

struct Memory(BTreeMap<BlobId, Arc<[u8]>>);

impl ReadBlob for Memory {
    fn read(&self, id: BlobId) -> Result<Arc<[u8]>, Unreadable> {
        self.0.get(&id).cloned().ok_or_else(|| Unreadable::Absent("in a test".to_owned()))
    }
}

impl Case {
    /// The embedded shape, rendered.
    pub(crate) fn conformant() -> Self {
        static CONFORMANT: LazyLock<Case> = LazyLock::new(Case::rendered);
        CONFORMANT.clone()
    }

    fn rendered() -> Self {
        let mut case = Self::of_pack(&embedded::files());
        let pack = Arc::clone(&case.pack);
        let (values, _) = Variables::resolve(
            &pack.manifest.variables,
            pack.templates(),
            &crate::shape::variables::Given {
                slug: &case.identity.slug,
                repository: &case.identity.name,
                owner: "",
                forge_owner: "",
                fleet: &BTreeMap::new(),
            },
            |_| crate::shape::variables::Extracted::Nothing,
        )
        .expect("the defaults render");
        for (path, canon) in pack.render(&values).expect("the embedded pack renders") {
            let kind = if canon.executable { EntryKind::Executable } else { EntryKind::File };
            case.files.insert(path, (kind, canon.bytes.to_vec()));
        }
        case
    }

    /// An empty repository judged by a pack with these demands: the text of `demands:` and every other key of
    /// shape.yaml except `schema`, `name` and `paths`.
    pub(crate) fn with_shape(shape: &str) -> Self {
        let manifest = format!("schema: 1\nname: test\npaths: {}\n{shape}", demanded(shape));
        let file = PackFile { bytes: manifest.into_bytes().into(), executable: false };
        Self::of_pack(&PackFiles::from([("shape.yaml".to_owned(), file)]))
    }

    /// An empty repository judged by this pack.
    pub(crate) fn of_pack(files: &PackFiles) -> Self {
        let lineage = crate::shape::lineage::Lineage::default();
        let pack = Arc::new(Pack::load(files, "test", lineage).expect("a sound pack"));
        let identity = Identity {
            name: "workspace-template-acme-agent".to_owned(),
            slug: "acme-agent".to_owned(),
            ..Identity::default()
        };
        Self { pack, identity, files: BTreeMap::new() }
    }

    /// Adds or replaces a file.
    pub(crate) fn file(mut self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.files.insert(path.to_owned(), (EntryKind::File, content.as_ref().to_vec()));
        self
    }

    /// Replaces a text that must occur exactly once in a file.
    pub(crate) fn replace(mut self, path: &str, from: &str, to: &str) -> Self {
        let (_, bytes) =
            self.files.get_mut(path).unwrap_or_else(|| panic!("no {path} in the case"));
        let text = String::from_utf8(bytes.clone()).expect("UTF-8");
        assert_eq!(text.matches(from).count(), 1, "`{from}` must be in {path} once:\n{text}");
        *bytes = text.replace(from, to).into_bytes();
        self
    }

    /// Adds or replaces an executable file.
    pub(crate) fn program(mut self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.files.insert(path.to_owned(), (EntryKind::Executable, content.as_ref().to_vec()));
        self
    }

    /// Adds a symbolic link.
    pub(crate) fn link(mut self, path: &str, target: &str) -> Self {
        self.files.insert(path.to_owned(), (EntryKind::Link, target.as_bytes().to_vec()));
        self
    }

    /// Removes a file.
    pub(crate) fn without(mut self, path: &str) -> Self {
        self.files.remove(path);
        self
    }

    /// Sets the profile of the repository.
    pub(crate) fn profile(mut self, name: &str) -> Self {
        self.identity.profile = Some(name.to_owned());
        self
    }

    /// The tree as a snapshot.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let mut entries = BTreeMap::new();
        let mut contents = BTreeMap::new();
        for (path, (kind, bytes)) in &self.files {
            let id = BlobId::of(bytes);
            entries.insert(RepoPath::new(path), Entry { kind: *kind, id });
            contents.insert(id, Arc::from(bytes.as_slice()));
        }
        Snapshot::new(None, entries, Arc::new(Memory(contents)))
    }

    /// Passes the repository to a test.
    pub(crate) fn judged<T>(&self, test: impl FnOnce(&Repository<'_>) -> T) -> T {
        let (snapshot, pack) = (self.snapshot(), &self.pack);
        let profile = pack.profile(self.identity.profile.as_deref()).expect("a known profile");
        let store = BlobStore::default();
        test(&Repository::new(&self.identity, &snapshot, pack, &profile, &store))
    }

    /// Findings of one rule.
    pub(crate) fn findings(&self, rule: &str) -> Vec<Finding> {
        let check = catalogue::checks().find(|check| check.rule().id == rule);
        let check = check.unwrap_or_else(|| panic!("no check `{rule}` in the registry"));
        let mut findings = Vec::new();
        self.judged(|repository| check.check(repository, &mut findings));
        findings
    }

    /// Findings of one rule as a reader sees them: `path:line:column: message`, one per line.
    pub(crate) fn said(&self, rule: &str) -> String {
        let lines = self.findings(rule).into_iter().map(|finding| {
            let place = finding.location.map_or_else(String::new, |location| {
                let position = location.region.map(|region| format!(":{}", region.start));
                format!("{}{}: ", location.path, position.unwrap_or_default())
            });
            let unchecked = if finding.unchecked { " (unchecked)" } else { "" };
            format!("{place}{}{unchecked}\n", finding.message)
        });
        lines.collect()
    }

    /// The content of a file after the fixes of one rule, which must leave nothing to fix.
    pub(crate) fn fixed(mut self, rule: &str, path: &str) -> String {
        let edits: Vec<_> = self
            .findings(rule)
            .into_iter()
            .filter_map(|finding| finding.fix)
            .flat_map(|fix| fix.edits)
            .collect();
        assert!(!edits.is_empty(), "`{rule}` offers no fix");
        let changes = crate::change::ChangeSet::compose(&self.snapshot(), &edits)
            .unwrap_or_else(|conflict| panic!("the fixes of `{rule}` conflict: {conflict}"));
        for (path, change) in changes.changes {
            match change {
                crate::change::Change::Write { bytes, mode, .. } => {
                    let kind = match mode {
                        crate::change::Mode::File => EntryKind::File,
                        crate::change::Mode::Executable => EntryKind::Executable,
                        crate::change::Mode::Link => EntryKind::Link,
                    };
                    self.files.insert(path.as_str().to_owned(), (kind, bytes.to_vec()));
                }
                crate::change::Change::Delete { .. } => {
                    self.files.remove(path.as_str());
                }
            }
        }
        let again = self.findings(rule).into_iter().filter(|finding| finding.fix.is_some()).count();
        assert_eq!(again, 0, "the fix of `{rule}` leaves something to fix");
        self.files
            .get(path)
            .map(|(_, bytes)| String::from_utf8_lossy(bytes).into_owned())
            .unwrap_or_default()
    }
}

#[test]
fn the_embedded_shape_renders_to_a_repository_that_stands_to_it() {
    let case = Case::conformant();
    let settings = crate::drift::Settings::default();
    let judgement = case.judged(|repository| crate::drift::judge::judge(repository, &settings));
    let said: Vec<&str> =
        judgement.findings.iter().map(|finding| finding.message.as_str()).collect();
    assert_eq!(said, Vec::<&str>::new());
    assert!(
        judgement.paths.iter().all(|path| path.verdict == crate::shape::PathVerdict::Conformant)
    );
}

/// The `paths` of a pack with these demands: every file that they mention is optional.
fn demanded(shape: &str) -> String {
    let shape: serde_json::Value = serde_yaml::from_str(shape).unwrap_or_default();
    let mut files = std::collections::BTreeSet::new();
    collect(&shape["demands"], &mut files);
    let entries = files.iter().map(|path| {
        serde_json::json!({ "path": path, "policy": "contract", "optional": true }).to_string()
    });
    format!("[{}]", entries.collect::<Vec<_>>().join(", "))
}

fn collect(value: &serde_json::Value, files: &mut std::collections::BTreeSet<String>) {
    use serde_json::Value;
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                match value {
                    Value::String(path) if ["path", "install", "start"].contains(&key.as_str()) => {
                        files.insert(path.clone());
                    }
                    value => collect(value, files),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, files)),
        _ => {}
    }
}
