use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::snapshot::{BlobId, EntryKind, ReadBlob, Unreadable};

struct Memory(BTreeMap<BlobId, Arc<[u8]>>);

impl ReadBlob for Memory {
    fn read(&self, id: BlobId) -> Result<Arc<[u8]>, Unreadable> {
        self.0.get(&id).cloned().ok_or_else(|| Unreadable::Absent("none".to_owned()))
    }
}

/// A folder of these paths; `@path=target` is a link.
fn folder(paths: &[&str]) -> Snapshot {
    let (mut entries, mut blobs) = (BTreeMap::new(), BTreeMap::new());
    for path in paths {
        let (kind, path, content) = match path.strip_prefix('@').and_then(|it| it.split_once('=')) {
            Some((path, target)) => (EntryKind::Link, path, target),
            None => (EntryKind::File, *path, "x = 1\n"),
        };
        let id = BlobId::of(content.as_bytes());
        blobs.insert(id, Arc::from(content.as_bytes()));
        entries.insert(RepoPath::new(path), Entry { kind, id });
    }
    Snapshot::new(None, entries, Arc::new(Memory(blobs)))
}

fn inventory(lists: &str, paths: &[&str]) -> Inventory {
    let yaml = format!("schema: 1\ndistribution: d\npackage: p\nmetadata: {{}}\n{lists}\n");
    let document = Description::parse(Path::new("package.yaml"), yaml.as_bytes()).expect("sound");
    Inventory::of(&document.description, &folder(paths))
}

fn drift(lists: &str, paths: &[&str]) -> Vec<(DriftKind, String)> {
    let drift = inventory(lists, paths).drift;
    drift.into_iter().map(|drift| (drift.kind, drift.path.to_string())).collect()
}

fn files(lists: &str, paths: &[&str]) -> Vec<String> {
    let inventory = inventory(lists, paths);
    assert_eq!(inventory.drift, []);
    inventory.files.into_iter().map(|planned| planned.path.to_string()).collect()
}

use DriftKind::*;

#[test]
fn all_that_is_listed_is_taken_and_all_that_is_excluded_is_not() {
    let lists = "modules: [a]\nsubpackages: [s]\nexclude: [tests, '*.sh']\ndata: [prompt.md]";
    let paths = [
        "__init__.py",
        "a.py",
        "a.pyi",
        "prompt.md",
        "py.typed",
        "run.sh",
        "package.yaml",
        "s/__init__.py",
        "s/b.py",
        "s/data.json",
        "s/t/c.py",
        "s/tests/x.py",
        "tests/x.py",
        "s/__pycache__/b.pyc",
        ".gitignore",
    ];
    let taken = [
        "__init__.py",
        "a.py",
        "a.pyi",
        "prompt.md",
        "py.typed",
        "s/__init__.py",
        "s/b.py",
        "s/data.json",
        "s/t/c.py",
    ];
    assert_eq!(files(lists, &paths), taken);
}

#[test]
fn both_sides_of_a_difference_are_told() {
    let paths = ["a.py", "b.py", "notes.txt", "s/x.py", "assets/logo.svg"];
    assert_eq!(
        drift("modules: [a, gone]\nsubpackages: [lost]", &paths),
        [
            (ModuleMissing, "gone.py".to_owned()),
            (SubpackageMissing, "lost".to_owned()),
            (ModuleUnlisted, "b.py".to_owned()),
            (StrayFile, "notes.txt".to_owned()),
            (StrayFolder, "assets".to_owned()),
            (SubpackageUnlisted, "s".to_owned()),
        ]
    );
    let listed = inventory("modules: [a, gone]", &["a.py"]).drift[0].listed.clone();
    assert_eq!(listed, Some(Listed { list: "modules", index: 1 }));
}

#[test]
fn what_is_listed_and_excluded_is_told_as_that() {
    assert_eq!(
        drift("modules: [a, b]\nsubpackages: [s]\nexclude: [a.py, s]", &["a.py", "b.py", "s/x.py"]),
        [(ListedAndExcluded, "a.py".to_owned()), (ListedAndExcluded, "s".to_owned())]
    );
}

#[test]
fn names_that_cannot_be_told_apart_are_refused() {
    assert_eq!(
        drift("subpackages: [s]", &["s/Utils.py", "s/utils.py"]),
        [(CaseCollision, "s/utils.py".to_owned())]
    );
    assert_eq!(
        drift("subpackages: [s]", &["s/A/x.py", "s/a/y.py"]),
        [(CaseCollision, "s/a".to_owned())]
    );
    assert_eq!(
        drift("subpackages: [s]", &["s/a.py", "s/a/x.py"]),
        [(ModuleAndFolder, "s/a.py".to_owned())]
    );
    assert_eq!(drift("subpackages: [s]", &["s/a.py", "s/a/x.txt"]), []);
}

#[test]
fn names_that_no_list_can_hold_beside_another_are_told_as_that() {
    let told = |lists: &str, paths: &[&str]| {
        let drift = inventory(lists, paths).drift.into_iter();
        drift.map(|drift| (drift.kind, drift.message)).collect::<Vec<_>>()
    };
    let twins =
        "`m.py` and the folder `m` have the same name; Python imports the folder".to_owned();
    let unlisted = "the folder `m` contains modules but is not in the list".to_owned();
    assert_eq!(
        told("", &["m.py", "m.pyi", "m/x.py"]),
        [
            (ModuleAndFolder, twins.clone()),
            (ModuleAndFolder, twins.clone()),
            (SubpackageUnlisted, unlisted)
        ]
    );
    assert_eq!(told("modules: [m]", &["m.py", "m/x.py"]), [(ModuleAndFolder, twins.clone())]);
    assert_eq!(told("subpackages: [m]", &["m.py", "m/x.py"]), [(ModuleAndFolder, twins)]);
    let case = "`Foo.py` and `foo.py` differ only in case, and are one file on many systems";
    let found = told("", &["Foo.py", "Foo.pyi", "foo.py"]);
    assert_eq!(found[2], (CaseCollision, case.to_owned()), "{found:?}");
    assert_eq!((found[0].0, found[1].0), (ModuleUnlisted, ModuleUnlisted));
    // One that was renamed is no twin of what it was.
    assert_eq!(
        drift("modules: [Foo]", &["foo.py"]),
        [(ModuleMissing, "Foo.py".to_owned()), (ModuleUnlisted, "foo.py".to_owned())]
    );
}

#[test]
fn what_could_not_be_read_is_named() {
    let mut source = folder(&["a.py"]);
    let message = "is a socket, a device or a FIFO, which a repository cannot hold".to_owned();
    source.problems.push(crate::snapshot::Problem::at(RepoPath::new("pipe"), message));
    let description = Description { modules: vec!["a".to_owned()], ..Description::default() };
    let drift = Inventory::of(&description, &source).drift;
    assert!(drift[0].message.starts_with("`pipe` is a socket"), "{drift:?}");
}

#[test]
fn a_link_counts_as_the_file_that_it_leads_to() {
    assert_eq!(files("modules: [a, b]", &["a.py", "@b.py=a.py"]), ["a.py", "b.py"]);
    for target in ["../x.py", "/etc/passwd", "nowhere.py", "b.py"] {
        let link = format!("@b.py={target}");
        assert_eq!(
            drift("modules: [a, b]", &["a.py", &link]),
            [(Link, "b.py".to_owned())],
            "{target}"
        );
        assert_eq!(drift("modules: [a]", &["a.py", &link]), [(Link, "b.py".to_owned())]);
    }
    let unlisted = [(ModuleUnlisted, "b.py".to_owned())];
    assert_eq!(drift("modules: [a]", &["a.py", "@b.py=a.py"]), unlisted);
}

#[test]
fn what_cannot_be_packed_is_told() {
    assert_eq!(drift("", &["my-script.py"]), [(NotImportable, "my-script.py".to_owned())]);
    assert_eq!(
        drift("subpackages: [s]", &["s/a.py", "s/x-y.py"]),
        [(NotImportable, "s/x-y.py".to_owned())]
    );
    assert_eq!(
        drift("subpackages: [s]", &["s/a.py", "s/fast.so"]),
        [(Compiled, "s/fast.so".to_owned())]
    );
    assert_eq!(
        drift("modules: [a]\ndata: [_runtime_modules.json]", &["a.py", "_runtime_modules.json"]),
        [(Reserved, "_runtime_modules.json".to_owned())]
    );
    assert_eq!(drift("", &[]), [(Empty, ".".to_owned())]);
    assert_eq!(drift("modules: [a]", &[]), [(Empty, ".".to_owned())]);
    assert_eq!(drift("exclude: ['*.py']", &["a.py"]), [(Empty, ".".to_owned())]);
}

#[test]
fn a_folder_of_data_is_taken_when_a_pattern_names_it() {
    assert_eq!(
        files("modules: [a]\ndata: [assets]", &["a.py", "assets/x/y.txt"]),
        ["a.py", "assets/x/y.txt"]
    );
}

#[test]
fn what_was_left_in_a_folder_is_included_and_known() {
    let paths = ["a.py", "s/x.py", "s/x.py~", "s/.cache/y", "s/data.json"];
    let inventory = inventory("modules: [a]\nsubpackages: [s]", &paths);
    let left: Vec<&str> = inventory.leftovers().map(RepoPath::as_str).collect();
    assert_eq!(left, ["s/.cache/y", "s/x.py~"]);
}
