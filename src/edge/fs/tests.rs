use super::*;
use crate::change::FileEdit;
use crate::snapshot::{self, EntryKind, Snapshot};

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (path, content) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, content).expect("written");
    }
    folder
}

fn see(folder: &tempfile::TempDir) -> Snapshot {
    snapshot::folder::read(folder.path()).expect("a snapshot")
}

fn write(path: &str, content: &str, mode: Mode) -> FileEdit {
    FileEdit::Write { path: path.into(), bytes: content.as_bytes().into(), mode }
}

fn delete(path: &str) -> FileEdit {
    FileEdit::Delete { path: path.into() }
}

fn compose(folder: &tempfile::TempDir, edits: &[FileEdit]) -> ChangeSet {
    ChangeSet::compose(&see(folder), edits).expect("no conflict")
}

/// Every path on disk, folders with a slash, temporary files included.
fn on_disk(folder: &tempfile::TempDir) -> Vec<String> {
    let mut found = Vec::new();
    let mut pending = vec![folder.path().to_owned()];
    while let Some(current) = pending.pop() {
        for entry in fs::read_dir(current).expect("listed").flatten() {
            let path = entry.path();
            let name = path.strip_prefix(folder.path()).expect("inside").display().to_string();
            if entry.file_type().expect("a type").is_dir() {
                found.push(format!("{name}/"));
                pending.push(path);
            } else {
                found.push(name);
            }
        }
    }
    found.sort();
    found
}

#[test]
fn what_is_written_is_what_the_change_set_promised() {
    let folder =
        folder(&[("a", "1"), ("gone/deep/b", "2"), ("stays/c", "3"), ("stays/d", "4"), ("x", "5")]);
    let edits = [
        write("a", "changed", Mode::File),
        delete("gone/deep/b"),
        delete("stays/c"),
        write("new/deep/run", "#!/bin/sh\n", Mode::Executable),
        write("x", "5", Mode::Executable),
        write("link", "a", Mode::Link),
    ];
    let changes = compose(&folder, &edits);
    let promised = changes.apply_to(&see(&folder));
    write_change_set(folder.path(), &changes).expect("written");
    assert_eq!(see(&folder).entries, promised.entries);
    let expected = ["a", "link", "new/", "new/deep/", "new/deep/run", "stays/", "stays/d", "x"];
    assert_eq!(on_disk(&folder), expected);
}

#[test]
fn a_folder_can_take_the_place_of_a_file() {
    let folder = folder(&[("a", "1")]);
    let changes = compose(&folder, &[delete("a"), write("a/b", "2", Mode::File)]);
    write_change_set(folder.path(), &changes).expect("written");
    assert_eq!(on_disk(&folder), ["a/", "a/b"]);
}

#[test]
fn nothing_is_written_when_one_base_is_no_longer_there() {
    let other = "changed by someone else";
    type Disturb = fn(&Path);
    let cases: [(&str, Disturb); 3] = [
        ("has changed since", |root| {
            fs::write(root.join("b"), "changed by someone else").expect("written")
        }),
        ("no longer exists", |root| fs::remove_file(root.join("b")).expect("removed")),
        ("already exists", |root| {
            fs::write(root.join("c"), "changed by someone else").expect("written")
        }),
    ];
    for (message, disturb) in cases {
        let folder = folder(&[("a", "1"), ("b", "1")]);
        let edits =
            [write("a", "2", Mode::File), write("b", "2", Mode::File), write("c", "2", Mode::File)];
        let changes = compose(&folder, &edits);
        disturb(folder.path());
        let before = on_disk(&folder);
        let error = write_change_set(folder.path(), &changes).expect_err("refused");
        assert!(error.message().contains(message), "{error}");
        assert!(error.place().is_some());
        assert_eq!(on_disk(&folder), before);
        assert_eq!(fs::read(folder.path().join("a")).expect("readable"), b"1");
        let c = fs::read_to_string(folder.path().join("c"));
        assert!(c.map_or(true, |content| content == other));
    }
}

#[test]
fn paths_that_leave_the_folder_are_refused() {
    let folder = folder(&[("inner/a", "1")]);
    for path in ["../escaped", "/tmp/escaped", ".git/hooks/pre-commit", "a/../../b", ""] {
        let change = Change::Write { bytes: b"x"[..].into(), mode: Mode::File, base: None };
        let changes = ChangeSet { changes: [(path.into(), change)].into() };
        let error = write_change_set(&folder.path().join("inner"), &changes).expect_err("refused");
        assert!(error.message().contains("may not leave"), "{path}: {error}");
    }
    assert_eq!(on_disk(&folder), ["inner/", "inner/a"]);
}

#[cfg(unix)]
#[test]
fn links_are_replaced_and_never_written_through() {
    let outside = folder(&[("target", "outside")]);
    let folder = folder(&[]);
    let link = |name: &str, target: &Path| {
        std::os::unix::fs::symlink(target, folder.path().join(name)).expect("a link");
    };
    link("file", &outside.path().join("target"));
    link("folder", outside.path());
    let changes = compose(&folder, &[write("file", "new", Mode::File)]);
    write_change_set(folder.path(), &changes).expect("written");
    assert_eq!(see(&folder).entry("file").map(|it| it.kind), Some(EntryKind::File));
    let change = Change::Write { bytes: b"x"[..].into(), mode: Mode::File, base: None };
    let changes = ChangeSet { changes: [("folder/a".into(), change)].into() };
    let error = write_change_set(folder.path(), &changes).expect_err("refused");
    assert!(error.message().contains("a link"), "{error}");
    assert_eq!(on_disk(&outside), ["target"]);
    assert_eq!(fs::read(outside.path().join("target")).expect("readable"), b"outside");
}

#[cfg(unix)]
#[test]
fn permissions_survive_but_for_the_executable_bits() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = folder(&[("a", "1"), ("b", "1")]);
    let path = |name: &str| folder.path().join(name);
    fs::set_permissions(path("a"), Permissions::from_mode(0o640)).expect("set");
    fs::set_permissions(path("b"), Permissions::from_mode(0o750)).expect("set");
    let edits = [
        write("a", "2", Mode::Executable),
        write("b", "2", Mode::File),
        write("c", "3", Mode::File),
    ];
    write_change_set(folder.path(), &compose(&folder, &edits)).expect("written");
    let mode = |name| path(name).metadata().expect("a file").permissions().mode() & 0o777;
    assert_eq!((mode("a"), mode("b")), (0o750, 0o640));
    assert_eq!(mode("c") & 0o600, 0o600);
    assert_eq!(mode("c") & 0o111, 0);
}

#[test]
fn what_was_done_before_a_failure_is_undone() {
    let folder = folder(&[("a", "1"), ("d/b", "2")]);
    let edits = [write("a", "2", Mode::File), delete("d/b"), write("n/x", "3", Mode::File)];
    let changes = compose(&folder, &edits);
    let before = see(&folder).entries;
    let root = folder.path().canonicalize().expect("a path");
    let mut steps: Vec<_> = changes
        .changes
        .iter()
        .map(|(path, change)| check(&root, &changes, path, change).expect("possible"))
        .collect();
    let mut done = Done::default();
    let held = Root::open(root.clone()).expect("a folder");
    stage(&held, &mut steps, &mut done).expect("staged");
    // Another program makes the file at the last moment.
    fs::write(root.join("n/x"), "theirs").expect("written");
    let error = commit(&held, steps, &mut done).expect_err("in the way");
    let error = done.undo(&held, error);
    assert_eq!(error.place().map(|place| place.file.clone()), Some(root.join("n/x")));
    assert_eq!(error.causes().len(), 1, "{error}");
    fs::remove_dir_all(root.join("n")).expect("removed");
    assert_eq!(see(&folder).entries, before);
    assert_eq!(on_disk(&folder), ["a", "d/", "d/b"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_is_exchanged_for_a_link_leads_nothing_outside() {
    use std::sync::atomic::{AtomicBool, Ordering};
    let outside = folder(&[("kept", "theirs")]);
    let folder = folder(&[("d/e/a", "0")]);
    let (real, bait) = (folder.path().join("d/e"), folder.path().join("bait"));
    std::os::unix::fs::symlink(outside.path(), &bait).expect("a link");
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let here = rustix::fs::CWD;
            while !is_over.load(Ordering::SeqCst) {
                let exchange = rustix::fs::RenameFlags::EXCHANGE;
                let _ = rustix::fs::renameat_with(here, &real, here, &bait, exchange);
            }
        });
        for round in 0..400 {
            let change = Change::Write { bytes: b"x"[..].into(), mode: Mode::File, base: None };
            let changes = [(format!("d/e/{round}").as_str().into(), change)].into();
            // Whether it is done or refused is a matter of the moment.
            let _ = write_change_set(folder.path(), &ChangeSet { changes });
        }
        is_over.store(true, Ordering::SeqCst);
    });
    assert_eq!(on_disk(&outside), ["kept"]);
}

#[test]
fn a_root_that_is_not_there_is_an_error_with_its_path() {
    let folder = folder(&[("a", "")]);
    for name in ["a", "b"] {
        let error = write_change_set(&folder.path().join(name), &ChangeSet::default());
        assert!(error.expect_err("refused").place().is_some());
    }
}
