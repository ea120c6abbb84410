use std::fs;

use super::*;
use crate::error::Kind;
use crate::snapshot::testing::TestRepository;
use crate::snapshot::{MAX_BLOB_BYTES, ReadBlob as _, Unreadable};

fn write(root: &Path, files: &[(&str, &str)]) {
    for (path, content) in files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, content).expect("written");
    }
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write(folder.path(), files);
    folder
}

fn paths(snapshot: &Snapshot) -> Vec<&str> {
    snapshot.entries.keys().map(|path| path.as_str()).collect()
}

fn places(snapshot: &Snapshot) -> Vec<&str> {
    snapshot.problems.iter().map(|problem| problem.path.as_str()).collect()
}

fn track(repository: &TestRepository, paths: &[&str]) {
    let mut index = repository.git.index().expect("an index");
    for path in paths {
        index.add_path(Path::new(path)).expect("added");
    }
    index.write().expect("written");
}

#[test]
fn a_plain_folder_has_the_ids_that_git_gives() {
    let folder = folder(&[("a", "hello\n"), ("d/e/f", ""), (".gitignore", "a\n")]);
    let snapshot = read(folder.path()).expect("a snapshot");
    assert_eq!(paths(&snapshot), [".gitignore", "a", "d/e/f"]);
    let entry = snapshot.entry("a").expect("an entry");
    assert_eq!(entry.id.to_string(), "ce013625030ba8dba906f756967f9e9ca394464a");
    assert_eq!(snapshot.read(entry.id).as_deref(), Ok(&b"hello\n"[..]));
    assert_eq!(snapshot.commit, None);
    assert!(snapshot.problems.is_empty());
}

#[test]
fn git_itself_is_left_out_as_a_folder_and_as_a_file() {
    let folder = folder(&[("a", "1"), (".git", "no pointer")]);
    assert_eq!(paths(&read(folder.path()).expect("a snapshot")), ["a"]);
    let repository = TestRepository::with_work_tree();
    write(repository.path(), &[("a", "1")]);
    assert_eq!(paths(&read(repository.path()).expect("a snapshot")), ["a"]);
    let lost = self::folder(&[("a", "1"), (".git", "gitdir: nowhere")]);
    let error = read(lost.path()).expect_err("no repository");
    assert!(error.message().contains("is at `nowhere`"), "{error}");
}

#[test]
fn untracked_files_count_and_ignored_ones_do_not_unless_they_are_tracked() {
    let repository = TestRepository::with_work_tree();
    write(
        repository.path(),
        &[
            (".gitignore", "*.log\nbuild/\nkept/\n"),
            ("new", ""),
            ("a.log", ""),
            ("tracked.log", ""),
            ("build/x", ""),
            ("kept/in", ""),
            ("kept/out", ""),
            ("d/.gitignore", "!b.*\nonly\n"),
            ("d/b.log", ""),
            ("d/only", ""),
            ("only", ""),
            ("excluded", ""),
        ],
    );
    fs::write(repository.git.path().join("info/exclude"), "excluded\n").expect("written");
    track(&repository, &["tracked.log", "kept/in"]);
    let snapshot = read(repository.path()).expect("a snapshot");
    let expected =
        [".gitignore", "d/.gitignore", "d/b.log", "kept/in", "new", "only", "tracked.log"];
    assert_eq!(paths(&snapshot), expected);
    assert_eq!(
        paths(&read(&repository.path().join("d")).expect("a snapshot")),
        [".gitignore", "b.log"]
    );
}

#[test]
fn a_folder_that_the_work_tree_around_it_ignores_is_a_plain_one() {
    let repository = TestRepository::with_work_tree();
    write(
        repository.path(),
        &[(".gitignore", "build/\n*.log\n"), ("build/a", ""), ("build/a.log", "")],
    );
    let snapshot = read(&repository.path().join("build")).expect("a snapshot");
    assert_eq!(paths(&snapshot), ["a", "a.log"]);
}

#[test]
fn a_repository_inside_is_a_submodule_at_its_head() {
    let mut inner = TestRepository::with_work_tree();
    let head = inner.commit(&[("x", "1")], &[]);
    let outer = folder(&[("a", "")]);
    fs::rename(inner.path(), outer.path().join("inner")).expect("moved");
    write(outer.path(), &[("broken/.git", ""), ("broken/x", "")]);
    let snapshot = read(outer.path()).expect("a snapshot");
    assert_eq!(paths(&snapshot), ["a", "inner"]);
    let entry = snapshot.entry("inner").expect("an entry");
    assert_eq!((entry.kind, entry.id.to_string()), (EntryKind::Submodule, head.to_string()));
    assert_eq!(places(&snapshot), ["broken"]);
}

#[test]
fn a_damaged_index_is_a_problem() {
    let repository = TestRepository::with_work_tree();
    write(repository.path(), &[("a", "")]);
    fs::write(repository.git.path().join("index"), "no index").expect("written");
    let snapshot = read(repository.path()).expect("a snapshot");
    assert_eq!(paths(&snapshot), ["a"]);
    assert!(snapshot.problems[0].message.contains("index"));
}

#[cfg(unix)]
#[test]
fn links_are_entries_and_never_followed() {
    use std::os::unix::fs::symlink;
    let folder = folder(&[("d/a", "")]);
    for (target, name) in
        [("d", "folder"), ("/etc/passwd", "away"), ("nowhere", "broken"), (".", "d/self")]
    {
        symlink(target, folder.path().join(name)).expect("a link");
    }
    let snapshot = read(folder.path()).expect("a snapshot");
    assert_eq!(paths(&snapshot), ["away", "broken", "d/a", "d/self", "folder"]);
    let entry = snapshot.entry("away").expect("an entry");
    assert_eq!(entry, Entry { kind: EntryKind::Link, id: BlobId::of(b"/etc/passwd") });
    assert_eq!(snapshot.read(entry.id).as_deref(), Ok(&b"/etc/passwd"[..]));
    assert!(snapshot.problems.is_empty());
}

#[cfg(unix)]
#[test]
fn modes_and_names_are_those_of_the_disk() {
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::PermissionsExt as _;
    let folder = folder(&[("run", "")]);
    fs::set_permissions(folder.path().join("run"), fs::Permissions::from_mode(0o755)).expect("set");
    let odd = std::ffi::OsStr::from_bytes(b"odd\xff");
    if fs::write(folder.path().join(odd), "x").is_err() {
        return; // Some file systems take UTF-8 names only.
    }
    let snapshot = read(folder.path()).expect("a snapshot");
    assert_eq!(paths(&snapshot), ["odd\\xff", "run"]);
    assert_eq!(snapshot.entry("run").map(|it| it.kind), Some(EntryKind::Executable));
    let entry = snapshot.entry("odd\\xff").expect("an entry");
    assert_eq!(snapshot.read(entry.id).as_deref(), Ok(&b"x"[..]));
}

#[cfg(unix)]
#[test]
fn sockets_are_problems_and_do_not_hang() {
    let repository = TestRepository::with_work_tree();
    write(repository.path(), &[("a", ""), ("a.log", "")]);
    let bind = |name: &str| std::os::unix::net::UnixListener::bind(repository.path().join(name));
    let _sockets = [bind("socket").expect("a socket"), bind(".gitignore").expect("a socket")];
    let snapshot = read(repository.path()).expect("a snapshot");
    assert_eq!(paths(&snapshot), ["a", "a.log"]);
    assert_eq!(places(&snapshot), [".gitignore", ".gitignore", "socket"]);
}

#[test]
fn folders_too_deep_and_files_too_large_are_problems() {
    let deep = vec!["d"; MAX_DEPTH + 1].join("/");
    let folder = folder(&[(&format!("{deep}/f"), ""), ("large", ""), ("a", "")]);
    let file = fs::OpenOptions::new().write(true).open(folder.path().join("large"));
    file.expect("opened").set_len(MAX_HASHED_BYTES + 1).expect("sparse");
    let snapshot = read(folder.path()).expect("a snapshot");
    assert_eq!(paths(&snapshot), ["a"]);
    assert_eq!(places(&snapshot), [deep.as_str(), "large"]);
}

#[test]
fn content_too_large_for_memory_is_not_read() {
    let folder = folder(&[("large", "")]);
    let path = folder.path().join("large");
    let file = fs::OpenOptions::new().write(true).open(&path).expect("opened");
    file.set_len(MAX_BLOB_BYTES + 1).expect("sparse");
    let id = BlobId::of(b"whatever it was when it was listed");
    let contents = Contents { origins: [(id, Origin::File(path.clone()))].into(), stored: None };
    assert_eq!(contents.read(id), Err(Unreadable::LargeBinary(MAX_BLOB_BYTES + 1)));
    fs::write(&path, "text\n".repeat(2_000)).expect("written");
    let file = fs::OpenOptions::new().write(true).open(&path).expect("opened");
    file.set_len(MAX_BLOB_BYTES + 1).expect("sparse");
    assert_eq!(contents.read(id), Err(Unreadable::TooLarge(MAX_BLOB_BYTES + 1)));
}

#[test]
fn content_that_changed_since_is_refused() {
    let folder = folder(&[("a", "1"), ("b", "2")]);
    let snapshot = read(folder.path()).expect("a snapshot");
    fs::write(folder.path().join("a"), "changed").expect("written");
    fs::remove_file(folder.path().join("b")).expect("removed");
    for path in ["a", "b"] {
        let id = snapshot.entry(path).expect("an entry").id;
        assert!(matches!(snapshot.read(id), Err(Unreadable::Refused(_))), "{path}");
    }
    assert!(matches!(snapshot.read(BlobId::of(b"other")), Err(Unreadable::Absent(_))));
}

#[test]
fn a_file_is_a_usage_error_and_nothing_at_all_a_failure() {
    let folder = folder(&[("a", "")]);
    assert_eq!(read(&folder.path().join("a")).expect_err("a file").kind(), Kind::Usage);
    assert_eq!(read(&folder.path().join("b")).expect_err("nothing").kind(), Kind::Failed);
}
