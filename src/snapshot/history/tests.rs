use super::*;
use crate::snapshot::git::open;
use crate::snapshot::testing::TestRepository;

fn blob(content: &str) -> BlobId {
    BlobId::of(content.as_bytes())
}

fn of(repository: &TestRepository, path: &str, limit: usize) -> PathHistory {
    let directory = open(repository.path()).expect("a repository");
    of_path(&directory, "HEAD", &path.into(), limit).expect("a history")
}

fn blobs(history: &PathHistory) -> Vec<BlobId> {
    history.versions.iter().map(|version| version.blob).collect()
}

#[test]
fn versions_are_distinct_and_newest_first() {
    let mut repository = TestRepository::bare();
    let one = repository.commit(&[("f", "1"), ("g", "x")], &[]);
    let two = repository.commit(&[("f", "2"), ("g", "x")], &[one]);
    let still = repository.commit(&[("f", "2"), ("g", "y")], &[two]);
    let gone = repository.commit(&[("g", "y")], &[still]);
    let back = repository.commit(&[("f", "1"), ("g", "y")], &[gone]);
    repository.commit(&[("f", "3"), ("g", "y")], &[back]);
    let history = of(&repository, "f", 10);
    assert!(history.complete);
    assert_eq!(blobs(&history), [blob("3"), blob("1"), blob("2")]);
    assert_eq!(*history.versions[1].commit, back.to_string());
    assert_eq!(*history.versions[2].commit, two.to_string());
    assert_eq!(history.versions[2].time, 1_700_000_120);
    let cut = of(&repository, "f", 2);
    assert_eq!((cut.versions.len(), cut.complete), (2, false));
    assert_eq!(of(&repository, "absent", 2), PathHistory { versions: Vec::new(), complete: true });
}

#[test]
fn side_branches_count_and_a_merge_only_when_it_differs_from_each_parent() {
    let mut repository = TestRepository::bare();
    let base = repository.commit(&[("d/f", "1"), ("d/g", "1")], &[]);
    let left = repository.commit(&[("d/f", "2"), ("d/g", "1")], &[base]);
    let right = repository.commit(&[("d/f", "1"), ("d/g", "3")], &[base]);
    let merge = repository.commit(&[("d/f", "2"), ("d/g", "4")], &[left, right]);
    let f = of(&repository, "d/f", 10);
    assert_eq!(blobs(&f), [blob("2"), blob("1")]);
    assert_eq!(*f.versions[0].commit, left.to_string());
    let g = of(&repository, "d/g", 10);
    assert_eq!(blobs(&g), [blob("4"), blob("3"), blob("1")]);
    assert_eq!(*g.versions[0].commit, merge.to_string());
}

#[test]
fn a_folder_has_the_versions_of_all_its_paths() {
    let mut repository = TestRepository::bare();
    let one = repository.commit(&[("p/a", "1"), ("p/old", "o"), ("other", "z")], &[]);
    let two = repository.commit(&[("p/a", "2"), ("p/d/b", "1"), ("other", "y")], &[one]);
    repository.commit(&[("p/a", "2"), ("p/d/b", "1"), ("p/d/c", "1")], &[two]);
    let directory = open(repository.path()).expect("a repository");
    let history = of_folder(&directory, "trunk", "p/").expect("a history");
    assert!(history.complete);
    let counts: Vec<_> = history.paths.iter().map(|(path, it)| (path.as_str(), it.len())).collect();
    assert_eq!(counts, [("p/a", 2), ("p/d/b", 1), ("p/d/c", 1), ("p/old", 1)]);
    let whole = of_folder(&directory, "trunk", "").expect("a history");
    assert_eq!(whole.paths.len(), 5);
    for (path, versions) in &whole.paths {
        assert_eq!(&of(&repository, path.as_str(), 10).versions, versions, "{path}");
    }
}

#[test]
fn a_folder_that_once_was_a_file_keeps_both_histories() {
    let mut repository = TestRepository::bare();
    let one = repository.commit(&[("x", "file")], &[]);
    repository.commit(&[("x/y", "inner")], &[one]);
    assert_eq!(blobs(&of(&repository, "x", 10)), [blob("file")]);
    assert_eq!(blobs(&of(&repository, "x/y", 10)), [blob("inner")]);
}

#[test]
fn every_reachable_blob_comes_once_with_its_oldest_commit() {
    let mut repository = TestRepository::bare();
    let one = repository.commit(&[("a", "secret"), ("b", "same"), ("@l", "a")], &[]);
    let two = repository.commit(&[("b", "same"), ("c/d", "same"), ("c/e", "new")], &[one]);
    let side = repository.commit(&[("s", "side")], &[one]);
    repository.point("refs/heads/trunk", two);
    repository.point("refs/heads/side", side);
    let directory = open(repository.path()).expect("a repository");
    let from = directory.tips();
    let from: Vec<_> = from.iter().map(String::as_str).collect();
    let reached = all_blobs(&directory, &from).expect("blobs");
    assert!(reached.complete);
    let mut found: Vec<_> =
        reached.blobs.iter().map(|it| (it.blob, it.path.as_str(), it.commit.to_string())).collect();
    found.sort();
    let mut expected = vec![
        (blob("a"), "l", one.to_string()),
        (blob("new"), "c/e", two.to_string()),
        (blob("same"), "b", one.to_string()),
        (blob("secret"), "a", one.to_string()),
        (blob("side"), "s", side.to_string()),
    ];
    expected.sort();
    assert_eq!(found, expected);
    let trunk = all_blobs(&directory, &["trunk"]).expect("blobs");
    assert_eq!(trunk.blobs.len(), 4);
    assert_eq!(trunk.blobs[0].time, 1_700_000_060);
}

#[test]
fn a_history_that_is_cut_off_says_so() {
    let mut repository = TestRepository::bare();
    let one = repository.commit(&[("f", "1")], &[]);
    let two = repository.commit(&[("f", "2")], &[one]);
    repository.commit(&[("f", "3")], &[two]);
    std::fs::remove_file(repository.loose(one)).expect("removed");
    let history = of(&repository, "f", 10);
    assert_eq!(blobs(&history), [blob("3"), blob("2")]);
    assert!(!history.complete);
    let directory = open(repository.path()).expect("a repository");
    assert!(!all_blobs(&directory, &["trunk"]).expect("blobs").complete);
}

#[test]
fn a_shallow_clone_is_never_complete() {
    let mut repository = TestRepository::bare();
    let one = repository.commit(&[("f", "1")], &[]);
    assert!(of(&repository, "f", 10).complete);
    std::fs::write(repository.path().join("shallow"), format!("{one}\n")).expect("written");
    assert!(!of(&repository, "f", 10).complete);
}

#[test]
fn order_follows_ancestry_where_clocks_disagree() {
    let mut repository = TestRepository::bare();
    let one = repository.commit(&[("f", "1")], &[]);
    let two = repository.commit(&[("f", "2")], &[one]);
    repository.set_clock(1_000_000);
    repository.commit(&[("f", "3")], &[two]);
    assert_eq!(blobs(&of(&repository, "f", 10)), [blob("3"), blob("2"), blob("1")]);
}

#[test]
fn a_limit_on_commits_keeps_the_newest() {
    let mut repository = TestRepository::bare();
    let one = repository.commit(&[("f", "1")], &[]);
    let two = repository.commit(&[("f", "2")], &[one]);
    let found = walk::ancestry(&repository.git, &[two], 1).expect("commits");
    assert!(!found.complete);
    assert_eq!(found.commits.iter().map(|it| it.id).collect::<Vec<_>>(), [two]);
}

#[test]
fn a_merge_of_two_changes_is_one_of_each_folder_above_them() {
    let mut repository = TestRepository::bare();
    let base = repository.commit(&[("d/f", "1"), ("d/g", "1"), ("e/f", "1")], &[]);
    let left = repository.commit(&[("d/f", "2"), ("d/g", "1"), ("e/f", "1")], &[base]);
    let right = repository.commit(&[("d/f", "1"), ("d/g", "2"), ("e/f", "1")], &[base]);
    let merge = repository.commit(&[("d/f", "2"), ("d/g", "2"), ("e/f", "1")], &[left, right]);
    let directory = open(repository.path()).expect("a repository");
    let history = of_folder(&directory, "trunk", "").expect("a history");
    let merges: Vec<_> = history
        .merges
        .iter()
        .map(|(path, merges)| (path.as_str(), merges.len(), merges[0].commit.to_string()))
        .collect();
    let id = merge.to_string();
    assert_eq!(merges, [("", 1, id.clone()), ("d", 1, id)]);
    let [two, one] = history.versions("d/f") else { panic!("{history:?}") };
    assert!(two.place < one.place);
}

#[test]
fn a_moved_folder_is_followed_where_its_mark_stayed() {
    let mut repository = TestRepository::bare();
    let files = |folder: &str, mark: &str| {
        [(format!("{folder}mark"), mark.to_owned()), (format!("{folder}f"), "1".to_owned())]
    };
    let mut last: Vec<Oid> = Vec::new();
    for (folder, mark) in [("", "m"), ("a/", "m"), ("b/c/", "m"), ("d/", "m2")] {
        let files = files(folder, mark);
        let files: Vec<_> = files.iter().map(|(path, it)| (path.as_str(), it.as_str())).collect();
        last = vec![repository.commit(&files, &last)];
        let directory = open(repository.path()).expect("a repository");
        let history = of_folder(&directory, "trunk", "").expect("a history");
        let trees = Trees::of(&directory).expect("trees");
        let found = folders(&history, &trees, folder.trim_end_matches('/'), "mark");
        let expected: &[&str] = match folder {
            "" => &[""],
            "a/" => &["a", ""],
            "b/c/" => &["b/c", "a", ""],
            _ => &["d"],
        };
        assert_eq!(found, expected);
    }
}
