use super::*;
use crate::change::FileEdit;
use crate::change::compose::tests::snapshot;
use crate::snapshot::EntryKind;

fn diff(old: Option<(&[u8], EntryKind)>, edit: FileEdit) -> String {
    let path = edit.path().to_string();
    let files: Vec<_> = old.into_iter().map(|(bytes, kind)| (&*path, bytes, kind)).collect();
    let snapshot = snapshot(&files);
    let set = ChangeSet::compose(&snapshot, &[edit]).expect("no conflict");
    set.diff(&snapshot).into_iter().map(|diff| diff.text).collect()
}

fn write(path: &str, bytes: &[u8], mode: Mode) -> FileEdit {
    FileEdit::Write { path: path.into(), bytes: bytes.into(), mode }
}

#[test]
fn a_change_is_shown_with_three_lines_around_it() {
    let old = b"1\n2\n3\n4\n5\n6\n7\n8\n9\n";
    let new = b"1\n2\n3\n4\nfive\n6\n7\n8\n9\n";
    let expected = "diff --git a/f b/f\n--- a/f\n+++ b/f\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n";
    assert_eq!(diff(Some((old, EntryKind::File)), write("f", new, Mode::File)), expected);
}

#[test]
fn files_that_come_and_go_are_compared_with_nothing() {
    let expected =
        "diff --git a/f b/f\nnew file mode 100755\n--- /dev/null\n+++ b/f\n@@ -0,0 +1 @@\n+x\n";
    assert_eq!(diff(None, write("f", b"x\n", Mode::Executable)), expected);
    let expected = "diff --git a/f b/f\ndeleted file mode 120000\n--- a/f\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n\\ No newline at end of file\n";
    let delete = FileEdit::Delete { path: "f".into() };
    assert_eq!(diff(Some((b"x", EntryKind::Link)), delete), expected);
    let empty = diff(None, write("f", b"", Mode::File));
    assert_eq!(empty, "diff --git a/f b/f\nnew file mode 100644\n");
}

#[test]
fn two_contents_of_a_file_are_compared_as_a_change_of_it_would_be() {
    let shown = diff(Some((b"a\n", EntryKind::File)), write("f", b"b\n", Mode::File));
    assert_eq!(diff_of_file(&"f".into(), b"a\n", b"b\n"), shown);
}

#[test]
fn a_line_end_that_comes_or_goes_is_seen() {
    let shown = diff(Some((b"a\nb", EntryKind::File)), write("f", b"a\nb\n", Mode::File));
    assert!(
        shown.ends_with("@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n"),
        "{shown}"
    );
    let shown = diff(Some((b"a\r\n", EntryKind::File)), write("f", b"a\n", Mode::File));
    assert!(shown.ends_with("@@ -1 +1 @@\n-a\r\n+a\n"), "{shown}");
}

#[test]
fn modes_and_binary_files_have_a_note() {
    let expected = "diff --git a/f b/f\nold mode 100644\nnew mode 100755\n";
    assert_eq!(diff(Some((b"a", EntryKind::File)), write("f", b"a", Mode::Executable)), expected);
    let shown = diff(Some((b"a\0", EntryKind::File)), write("f", b"b", Mode::File));
    assert_eq!(shown, "diff --git a/f b/f\nBinary files a/f and b/f differ\n");
}

#[test]
fn a_path_cannot_forge_a_header() {
    let path = "a\n+++ b/forged\"\t\u{7}";
    let shown = diff(None, write(path, b"", Mode::File));
    assert_eq!(shown.lines().count(), 2);
    assert!(shown.starts_with("diff --git \"a/a\\n+++ b/forged\\\"\\t\\007\" "), "{shown}");
}
