use super::*;
use crate::snapshot::{ReadBlob, Unreadable};
use crate::source::Span;

/// Contents of a tree that exists only here.
struct Memory(BTreeMap<BlobId, Arc<[u8]>>);

impl ReadBlob for Memory {
    fn read(&self, id: BlobId) -> Result<Arc<[u8]>, Unreadable> {
        self.0.get(&id).cloned().ok_or_else(|| Unreadable::Absent("test".to_owned()))
    }
}

pub(in crate::change) fn snapshot(files: &[(&str, &[u8], EntryKind)]) -> Snapshot {
    let entry = |(path, bytes, kind): &(&str, &[u8], EntryKind)| {
        (RepoPath::new(path), Entry { kind: *kind, id: BlobId::of(bytes) })
    };
    let blobs = files.iter().map(|(_, bytes, _)| (BlobId::of(bytes), Arc::from(*bytes))).collect();
    Snapshot::new(None, files.iter().map(entry).collect(), Arc::new(Memory(blobs)))
}

fn tree() -> Snapshot {
    snapshot(&[
        ("a", b"one\ntwo\nthree\n", EntryKind::File),
        ("d/run", b"#!/bin/sh\n", EntryKind::Executable),
        ("latin", b"caf\xe9\n", EntryKind::File),
        ("link", b"a", EntryKind::Link),
        ("sub", b"commit", EntryKind::Submodule),
    ])
}

fn replace(start: usize, end: usize, with: &str) -> TextEdit {
    TextEdit::replace(Span::new(start, end), with)
}

fn text(path: &str, edits: &[TextEdit]) -> FileEdit {
    FileEdit::text(path, edits.to_vec())
}

fn write(path: &str, content: &str) -> FileEdit {
    FileEdit::Write { path: path.into(), bytes: content.as_bytes().into(), mode: Mode::File }
}

fn delete(path: &str) -> FileEdit {
    FileEdit::Delete { path: path.into() }
}

fn compose(edits: &[FileEdit]) -> Result<ChangeSet, Conflict> {
    ChangeSet::compose(&tree(), edits)
}

fn written(set: &ChangeSet, path: &str) -> String {
    match set.changes.get(path) {
        Some(Change::Write { bytes, .. }) => String::from_utf8_lossy(bytes).into_owned(),
        other => panic!("{path}: {other:?}"),
    }
}

#[test]
fn edits_of_several_fixes_are_one_change_bound_to_its_base() {
    let same = replace(4, 7, "TWO");
    let set = compose(&[
        text("a", &[replace(8, 13, "THREE")]),
        text("a", &[same.clone(), replace(0, 0, "zero\n")]),
        text("a", &[same]),
        text("d/run", &[replace(2, 9, "/bin/bash")]),
    ])
    .expect("no conflict");
    assert_eq!(written(&set, "a"), "zero\none\nTWO\nTHREE\n");
    let Some(Change::Write { mode, base, .. }) = set.changes.get("d/run") else {
        panic!("a write")
    };
    assert_eq!((*mode, *base), (Mode::Executable, Some(BlobId::of(b"#!/bin/sh\n"))));
}

#[test]
fn insertions_at_one_place_keep_the_order_in_which_they_were_proposed() {
    let edits = [text("a", &[replace(14, 14, "z\n")]), text("a", &[replace(14, 14, "b\n")])];
    let set = compose(&edits).expect("no conflict");
    assert_eq!(written(&set, "a"), "one\ntwo\nthree\nz\nb\n");
}

#[test]
fn edits_that_overlap_conflict_and_both_are_named() {
    let (first, second) = (replace(0, 5, "x"), replace(4, 7, "y"));
    let conflict = compose(&[
        text("a", std::slice::from_ref(&second)),
        text("a", std::slice::from_ref(&first)),
    ]);
    assert_eq!(conflict, Err(Conflict::Overlap { path: "a".into(), first, second }));
    let same_span = compose(&[text("a", &[replace(0, 3, "x"), replace(0, 3, "y")])]);
    let message = same_span.expect_err("a conflict").to_string();
    assert!(message.contains("\"x\"") && message.contains("\"y\""), "{message}");
    assert!(compose(&[text("a", &[replace(0, 9, "x"), replace(4, 4, "y")])]).is_err());
}

#[test]
fn contradictions_conflict_and_repetitions_do_not() {
    let edit = text("a", &[replace(0, 3, "x")]);
    assert!(compose(&[write("a", "new"), edit.clone()]).is_err());
    assert!(compose(&[delete("a"), edit]).is_err());
    assert!(compose(&[delete("a"), write("a", "new")]).is_err());
    let conflict = compose(&[write("a", "new"), write("a", "other")]).expect_err("a conflict");
    assert_eq!(
        conflict.to_string(),
        "one change wants to write a, another to write something else to it"
    );
    let said = compose(&[delete("a"), write("a", "new")]).expect_err("a conflict").to_string();
    assert_eq!(said, "one change wants to remove a, another to write it");
    let twice = compose(&[write("a", "new"), write("a", "new"), delete("link"), delete("link")]);
    assert_eq!(twice.expect("no conflict").changes.len(), 2);
}

#[test]
fn what_changes_nothing_leaves_no_trace() {
    let set = compose(&[
        write("a", "one\ntwo\nthree\n"),
        text("d/run", &[replace(0, 2, "#!"), replace(1, 1, "")]),
        delete("absent"),
    ]);
    assert!(set.expect("no conflict").is_empty());
    let mode_only = FileEdit::Write {
        path: "a".into(),
        bytes: b"one\ntwo\nthree\n"[..].into(),
        mode: Mode::Executable,
    };
    assert_eq!(compose(&[mode_only]).expect("no conflict").changes.len(), 1);
}

#[test]
fn what_cannot_be_edited_is_said_with_its_reason() {
    let edit =
        |path| compose(&[text(path, &[replace(0, 1, "x")])]).expect_err("a conflict").to_string();
    assert_eq!(edit("absent"), "absent does not exist, so it cannot be edited");
    assert_eq!(edit("latin"), "latin is not UTF-8 (line 1, byte offset 3)");
    assert_eq!(edit("link"), "link is a link, not a text file");
    assert!(edit("sub").contains("is a submodule"));
    assert!(compose(&[delete("sub")]).is_err());
    let outside = compose(&[text("a", &[replace(99, 100, "x")])]);
    assert!(matches!(outside, Err(Conflict::Misplaced { .. })));
    for path in ["../x", ".git/config", "/x", ""] {
        assert!(matches!(compose(&[write(path, "x")]), Err(Conflict::Impossible { .. })), "{path}");
    }
}

#[test]
fn a_file_cannot_stand_where_a_folder_is_nor_the_other_way() {
    let refused =
        |edits: &[FileEdit]| matches!(compose(edits), Err(Conflict::FileAndFolder { .. }));
    assert!(refused(&[write("a/b/c", "x")]));
    assert!(refused(&[write("d", "x")]));
    assert!(refused(&[write("n", "x"), write("n/m", "x")]));
    assert!(!refused(&[delete("a"), write("a/b", "x")]));
    assert!(!refused(&[delete("d/run"), write("d", "x")]));
}

#[test]
fn the_tree_that_results_can_be_read_and_changed_again() {
    let before = tree();
    let edits = [text("a", &[replace(0, 3, "ONE")]), delete("latin"), write("d/new", "new")];
    let set = ChangeSet::compose(&before, &edits).expect("no conflict");
    let after = set.apply_to(&before);
    let paths: Vec<_> = after.entries.keys().map(RepoPath::as_str).collect();
    assert_eq!(paths, ["a", "d/new", "d/run", "link", "sub"]);
    let content = |path| after.read(after.entry(path).expect("an entry").id).expect("readable");
    assert_eq!(&*content("a"), b"ONE\ntwo\nthree\n");
    assert_eq!(&*content("d/run"), b"#!/bin/sh\n");
    assert!(before.entry("latin").is_some());
    let again = ChangeSet::compose(&after, &edits[1..]).expect("no conflict");
    assert!(again.is_empty());
}
