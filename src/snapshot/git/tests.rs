use super::*;
use crate::error::Kind;
use crate::snapshot::testing::{RawEntry, TestRepository};
use crate::snapshot::{EntryKind, MAX_DEPTH, Problem};

fn read(repository: &TestRepository, reference: Option<&str>) -> Snapshot {
    open(repository.path()).expect("a repository").snapshot(reference).expect("a snapshot")
}

fn refused(repository: &TestRepository, reference: Option<&str>) -> Error {
    open(repository.path()).and_then(|it| it.snapshot(reference)).expect_err("an error")
}

fn paths(snapshot: &Snapshot) -> Vec<&str> {
    snapshot.entries.keys().map(|path| path.as_str()).collect()
}

fn problems(snapshot: &Snapshot) -> Vec<(&str, &str)> {
    snapshot.problems.iter().map(|it| (it.path.as_str(), it.message.as_str())).collect()
}

#[test]
fn a_bare_repository_is_read_at_its_head_whatever_the_branch_is_called() {
    let mut repository = TestRepository::bare();
    let id = repository.commit(&[("a", "1"), ("!d/run", "2"), ("@d/link", "../a")], &[]);
    let snapshot = read(&repository, None);
    assert_eq!(snapshot.commit, Some(id.to_string()));
    assert_eq!(paths(&snapshot), ["a", "d/link", "d/run"]);
    assert_eq!(snapshot.entry("d/run").map(|it| it.kind), Some(EntryKind::Executable));
    let link = snapshot.entry("d/link").expect("a link");
    assert_eq!(link.kind, EntryKind::Link);
    assert_eq!(&*snapshot.read(link.id).expect("readable"), b"../a");
    assert!(snapshot.problems.is_empty());
}

#[test]
fn single_paths_at_the_head_are_found_without_listing_it() {
    let mut repository = TestRepository::bare();
    assert!(open(repository.path()).and_then(|it| it.head()).is_err());
    repository.commit(&[("a", "1"), ("d/e/run", "2")], &[]);
    let head = open(repository.path()).and_then(|it| it.head()).expect("a commit");
    assert!(["a", "d", "d/e/run"].iter().all(|path| head.has(path)));
    assert!(["b", "d/run", "a/b", "", "../a"].iter().all(|path| !head.has(path)));
}

#[test]
fn references_are_found_by_every_name_that_git_knows() {
    let mut repository = TestRepository::bare();
    let old = repository.commit(&[("a", "old")], &[]);
    let new = repository.commit(&[("a", "new")], &[old]);
    repository.point("refs/heads/release/1.0", old);
    let commit = repository.git.find_object(old, None).expect("a commit");
    let who = git2::Signature::new("A", "a@example.org", &git2::Time::new(0, 0)).expect("a name");
    repository.git.tag("v1", &commit, &who, "one", false).expect("a tag");
    let tag = repository.git.refname_to_id("refs/tags/v1").expect("a tag");
    repository.point("refs/tags/again", tag);
    let directory = open(repository.path()).expect("a repository");
    let (old, new) = (old.to_string(), new.to_string());
    for name in [
        "release/1.0",
        "heads/release/1.0",
        "refs/heads/release/1.0",
        "v1",
        "again",
        &old,
        &old[..9],
    ] {
        assert_eq!(directory.resolve(Some(name)).as_ref(), Ok(&old), "{name}");
    }
    for name in ["trunk", "HEAD", &new] {
        assert_eq!(directory.resolve(Some(name)).as_ref(), Ok(&new), "{name}");
    }
    let mut tips = vec![old, new];
    tips.sort_unstable();
    assert_eq!(directory.tips(), tips);
}

#[test]
fn packed_references_and_a_detached_head_are_read() {
    let mut repository = TestRepository::bare();
    let id = repository.commit(&[("a", "1")], &[]);
    let other = repository.commit(&[("a", "2")], &[id]);
    let packed = format!(
        "# pack-refs with: peeled fully-peeled sorted \n{id} refs/heads/packed\n{id} refs/tags/t\n^{id}\n"
    );
    std::fs::write(repository.path().join("packed-refs"), packed).expect("written");
    repository.git.set_head_detached(other).expect("detached");
    let directory = open(repository.path()).expect("a repository");
    assert_eq!(directory.resolve(Some("packed")), Ok(id.to_string()));
    assert_eq!(directory.resolve(Some("t")), Ok(id.to_string()));
    assert_eq!(directory.resolve(None), Ok(other.to_string()));
}

#[test]
fn what_is_missing_is_named_with_what_is_there_instead() {
    let empty = TestRepository::bare();
    let error = refused(&empty, None);
    assert_eq!(error.message(), "the repository has no commits yet");
    assert_eq!(error.kind(), Kind::Failed);

    let mut repository = TestRepository::bare();
    let id = repository.commit(&[("a", "1")], &[]);
    let error = refused(&repository, Some("main"));
    assert_eq!(error.message(), "there is no branch, tag or commit `main`");
    assert_eq!(error.hints(), ["its only branch is `trunk`"]);
    let too_far = refused(&repository, Some("trunk~9"));
    assert_eq!(too_far.message(), "there is no branch, tag or commit `trunk~9`");
    assert!(refused(&repository, Some("trunk^{/x}")).message().contains("`git rev-parse`"));
    assert!(refused(&repository, Some(&"0".repeat(40))).to_string().contains("0000"));
    assert!(refused(&repository, Some("../../etc/passwd")).message().contains("no branch"));

    let tree = repository.git.find_commit(id).expect("a commit").tree_id().to_string();
    assert!(refused(&repository, Some(&tree)).message().contains("is a tree"));

    repository.git.set_head("refs/heads/gone").expect("unborn");
    let error = refused(&repository, None);
    assert_eq!(error.message(), "HEAD points to `refs/heads/gone`, which does not exist");
    assert_eq!(error.hints(), ["give one of its branches with `--ref`: `trunk`"]);
}

#[test]
fn a_damaged_or_endless_reference_is_an_error() {
    let mut repository = TestRepository::bare();
    repository.commit(&[("a", "1")], &[]);
    let heads = repository.path().join("refs/heads");
    std::fs::write(heads.join("bad"), "not an id\n").expect("written");
    std::fs::write(heads.join("loop"), "ref: refs/heads/loop\n").expect("written");
    assert!(refused(&repository, Some("bad")).message().contains("damaged"));
    assert!(refused(&repository, Some("loop")).message().contains("never ends"));
}

#[test]
fn hostile_names_modes_and_duplicates_are_problems_and_the_rest_is_read() {
    let mut repository = TestRepository::bare();
    let blob = repository.blob(b"x");
    let inner = repository.tree(&[("f", "x")]);
    let file = |name| RawEntry { mode: "100644", name, id: blob };
    let tree = repository.raw_tree(&[
        file(b".."),
        RawEntry { mode: "40000", name: b".GIT", id: inner },
        file(b"a/b"),
        RawEntry { mode: "100664", name: b"old", id: blob },
        RawEntry { mode: "160000", name: b"sub", id: blob },
        file(b"twice"),
        RawEntry { mode: "40000", name: b"twice", id: inner },
        RawEntry { mode: "150000", name: b"what", id: blob },
        file(b"\xff"),
        file(b"\\xff"),
    ]);
    let commit = repository.commit_tree(tree, &[]);
    let snapshot = read(&repository, Some(&commit.to_string()));
    assert_eq!(paths(&snapshot), ["\\xff", "old", "sub", "twice"]);
    assert_eq!(snapshot.entry("sub").map(|it| it.kind), Some(EntryKind::Submodule));
    let places: Vec<_> = snapshot.problems.iter().map(|it| it.path.as_str()).collect();
    assert_eq!(places, ["..", ".GIT", "\\xff", "a/b", "twice", "what"]);
}

#[test]
fn a_tree_that_unfolds_without_end_is_cut_off() {
    let repository = TestRepository::bare();
    let mut tree = repository.tree(&[("f", "x")]);
    for _ in 0..10 {
        let names: Vec<_> = (0..10).map(|number| format!("d{number}")).collect();
        let entries: Vec<_> = names
            .iter()
            .map(|name| RawEntry { mode: "40000", name: name.as_bytes(), id: tree })
            .collect();
        tree = repository.raw_tree(&entries);
    }
    let (entries, problems) = tree::list(&repository.git, tree, 1_000).expect("a listing");
    assert!((1..1_000).contains(&entries.len()), "{}", entries.len());
    let message = "has more than 1000 paths; the rest was not read";
    assert_eq!(problems, [Problem::at("".into(), message)]);
}

#[test]
fn a_tree_of_folders_in_folders_is_cut_off() {
    let mut repository = TestRepository::bare();
    let mut tree = repository.tree(&[("f", "x")]);
    for _ in 0..MAX_DEPTH + 50 {
        tree = repository.raw_tree(&[RawEntry { mode: "40000", name: b"d", id: tree }]);
    }
    let commit = repository.commit_tree(tree, &[]);
    let snapshot = read(&repository, Some(&commit.to_string()));
    assert!(snapshot.entries.is_empty());
    let deepest = vec!["d"; MAX_DEPTH + 1].join("/");
    assert_eq!(
        problems(&snapshot),
        [(&*deepest, "is more than 100 folders deep and was not read")]
    );
}

#[test]
fn missing_and_damaged_blobs_are_unreadable_each_in_its_way() {
    let mut repository = TestRepository::bare();
    repository.commit(&[("damaged", "1"), ("missing", "2"), ("sound", "3")], &[]);
    let object = |content: &[u8]| {
        repository.loose(Oid::hash_object(ObjectType::Blob, content).expect("an id"))
    };
    std::fs::remove_file(object(b"2")).expect("removed");
    std::fs::remove_file(object(b"1")).expect("removed");
    std::fs::copy(object(b"3"), object(b"1")).expect("copied");
    let snapshot = read(&repository, None);
    let content = |path| snapshot.read(snapshot.entry(path).expect("an entry").id);
    assert!(matches!(content("missing"), Err(Unreadable::Absent(_))));
    assert!(matches!(content("damaged"), Err(Unreadable::Refused(_))));
    assert_eq!(content("sound").as_deref(), Ok(&b"3"[..]));
}

#[test]
fn a_missing_folder_is_a_problem_and_a_missing_root_an_error() {
    let mut repository = TestRepository::bare();
    let commit = repository.commit(&[("a", "1"), ("d/b", "2")], &[]);
    let root = repository.git.find_commit(commit).expect("a commit").tree_id();
    let folder = repository.tree(&[("b", "2")]);
    std::fs::remove_file(repository.loose(folder)).expect("removed");
    let snapshot = read(&repository, None);
    assert_eq!(paths(&snapshot), ["a"]);
    assert_eq!(snapshot.problems[0].path.as_str(), "d");
    std::fs::remove_file(repository.loose(root)).expect("removed");
    // Another thread has nothing of this repository in memory yet.
    let directory = open(repository.path()).expect("a repository");
    let elsewhere = std::thread::spawn(move || directory.snapshot(None));
    let error = elsewhere.join().expect("no panic").expect_err("an error");
    assert_eq!(error.kind(), Kind::Failed);
}

#[test]
fn a_partial_clone_and_a_configuration_that_is_no_configuration_are_read() {
    let mut repository = TestRepository::bare();
    repository.commit(&[("a", "1")], &[]);
    let config = repository.path().join("config");
    for text in [
        "[core]\nrepositoryformatversion = 1\n[extensions]\npartialclone = origin\nobjectformat = sha1\n",
        "][ nonsense",
    ] {
        std::fs::write(&config, text).expect("written");
        assert_eq!(paths(&read(&repository, None)), ["a"]);
    }
}

#[test]
fn formats_that_are_not_read_are_refused_by_name() {
    let repository = TestRepository::bare();
    let config = "[core]\nrepositoryformatversion = 1\n[extensions]\nobjectFormat = sha256\n";
    std::fs::write(repository.path().join("config"), config).expect("written");
    assert!(refused(&repository, None).message().contains("`sha256`"));
    std::fs::create_dir(repository.path().join("reftable")).expect("made");
    assert!(refused(&repository, None).message().contains("reftable"));
}

#[test]
fn objects_are_found_through_alternates() {
    let mut source = TestRepository::bare();
    let id = source.commit(&[("a", "1")], &[]);
    let borrower = TestRepository::bare();
    let objects = source.path().join("objects");
    let alternates = borrower.path().join("objects/info/alternates");
    std::fs::create_dir_all(alternates.parent().expect("a parent")).expect("made");
    std::fs::write(alternates, format!("{}\n", objects.display())).expect("written");
    let snapshot = read(&borrower, Some(&id.to_string()));
    let entry = snapshot.entry("a").expect("an entry");
    assert_eq!(snapshot.read(entry.id).as_deref(), Ok(&b"1"[..]));
}

#[test]
fn a_linked_work_tree_has_its_own_head() {
    let mut repository = TestRepository::with_work_tree();
    let id = repository.commit(&[("a", "1")], &[]);
    let place = tempfile::tempdir().expect("a temporary folder");
    let linked = place.path().join("linked");
    repository.git.worktree("linked", &linked, None).expect("a linked work tree");
    let trunk = repository.commit(&[("a", "2")], &[id]);
    let directory = open(&linked).expect("a repository");
    assert_eq!(directory.resolve(None), Ok(id.to_string()));
    assert_eq!(directory.resolve(Some("trunk")), Ok(trunk.to_string()));
}

/// A loose object that says how large it is and has no content: one uncompressed block of zlib.
fn write_header(path: &Path, header: &str) {
    let length = u16::try_from(header.len()).expect("short");
    let mut bytes = vec![0x78, 0x01, 0x01];
    bytes.extend(length.to_le_bytes());
    bytes.extend((!length).to_le_bytes());
    bytes.extend(header.as_bytes());
    std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
    std::fs::write(path, bytes).expect("written");
}

#[test]
fn large_files_are_listed_and_their_size_is_seen_without_reading_them() {
    let mut repository = TestRepository::bare();
    let size = MAX_BLOB_BYTES + 1;
    let blob = Oid::from_str(&"ab".repeat(20)).expect("an id");
    write_header(&repository.loose(blob), &format!("blob {size}\0"));
    let tree = repository.raw_tree(&[RawEntry { mode: "100644", name: b"large", id: blob }]);
    let commit = repository.commit_tree(tree, &[]);
    let snapshot = read(&repository, Some(&commit.to_string()));
    let entry = snapshot.entry("large").expect("an entry");
    assert_eq!(snapshot.read(entry.id), Err(Unreadable::TooLarge(size)));
}

#[test]
fn threads_read_at_once_and_few_repositories_stay_open() {
    let repositories: Vec<_> = (0..6)
        .map(|number| {
            let mut repository = TestRepository::bare();
            repository.commit(&[("a", &number.to_string())], &[]);
            repository
        })
        .collect();
    let snapshots: Vec<_> = repositories.iter().map(|it| read(it, None)).collect();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                for (number, snapshot) in snapshots.iter().enumerate() {
                    let entry = snapshot.entry("a").expect("an entry");
                    let content = snapshot.read(entry.id).expect("readable");
                    assert_eq!(&*content, number.to_string().as_bytes());
                }
                OPEN.with_borrow(|open| assert_eq!(open.len(), OPEN_PER_THREAD));
            });
        }
    });
}

#[test]
fn what_is_no_repository_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    assert!(open(folder.path()).expect_err("none").message().contains("not a git repository"));
    std::fs::write(folder.path().join(".git"), "gitdir: nowhere\n").expect("written");
    assert!(open(folder.path()).is_err());
}
