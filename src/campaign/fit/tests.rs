use super::*;
use crate::snapshot::ReadBlob;

struct Nothing;

impl ReadBlob for Nothing {
    fn read(&self, id: BlobId) -> Result<Arc<[u8]>, Unreadable> {
        Err(Unreadable::Absent(id.to_string()))
    }
}

fn writes(files: &[(&str, &str)]) -> ChangeSet {
    let write = |(path, text): &(&str, &str)| {
        let bytes: Arc<[u8]> = text.as_bytes().into();
        (RepoPath::new(path), Change::Write { bytes, mode: Mode::File, base: None })
    };
    ChangeSet { changes: files.iter().map(write).collect() }
}

fn tree(files: &[(&str, &str)]) -> Snapshot {
    let empty = Snapshot::new(None, BTreeMap::new(), Arc::new(Nothing));
    writes(files).apply_to(&empty)
}

type Files<'f> = &'f [(&'f str, &'f str)];

/// What is found of a pull request that makes `after` of `before`, on a base where `wanted` is to be written.
fn fit([before, after, base]: [Files<'_>; 3], wanted: Files<'_>) -> Fit {
    let [before, after, base] = [before, after, base].map(tree);
    let (repository, offered) =
        (RepositoryName::new("acme", "api"), Offered::between(&before, &after));
    let wanted = writes(wanted);
    let asked = Asked { repository: &repository, offered: &offered, base: &base, wanted: &wanted };
    match asked.by_trees() {
        ByTrees::Decided(fit) => fit,
        ByTrees::Depends(texts) => {
            by_texts(&texts, [&before, &after, &base]).expect("all are read")
        }
    }
}

fn changed(path: &str) -> Fit {
    Fit::BaseChanged(RepoPath::new(path))
}

const WAS: &str = "1\n2\n3\n4\n5\n";
const BECOMES: &str = "1\ntwo\n3\n4\n5\n";

#[test]
fn another_line_of_the_base_makes_no_other_change_of_it() {
    let sides: [Files<'_>; 3] = [&[("a", WAS)], &[("a", BECOMES)], &[("a", "1\n2\n3\n4\n5\n6\n")]];
    assert_eq!(fit(sides, &[("a", "1\ntwo\n3\n4\n5\n6\n")]), Fit::AsWanted);
    // The whole file is wanted as it was then: the merge would keep the line.
    assert_eq!(fit(sides, &[("a", BECOMES)]), changed("a"));
}

#[test]
fn a_campaign_that_changed_is_told_from_a_base_that_changed() {
    let base: Files<'_> = &[("a", "1\n2\n3\n4\n5\n6\n")];
    let sides: [Files<'_>; 3] = [&[("a", WAS)], &[("a", BECOMES)], base];
    assert_eq!(fit(sides, &[("a", "1\nzwei\n3\n4\n5\n6\n")]), Fit::EarlierForm);
    assert_eq!(fit(sides, &[("a", "1\ntwo\n3\nfour\n5\n6\n")]), Fit::EarlierForm);
    // The same change, applied to what the base added.
    let base: Files<'_> = &[("a", "1\n2\n3\n4\n5\n2\n")];
    let sides: [Files<'_>; 3] = [&[("a", WAS)], &[("a", BECOMES)], base];
    assert_eq!(fit(sides, &[("a", "1\ntwo\n3\n4\n5\ntwo\n")]), changed("a"));
    // The base has what was offered, and the campaign wants another thing by now.
    let sides: [Files<'_>; 3] = [&[("a", WAS)], &[("a", BECOMES)], &[("a", BECOMES)]];
    assert_eq!(fit(sides, &[("a", "1\nzwei\n3\n4\n5\n")]), Fit::EarlierForm);
    // Nothing is wanted there any more: the base may have it in another form.
    assert_eq!(fit([&[("a", WAS)], &[("a", BECOMES)], &[("a", "1\ndeux\n")]], &[]), changed("a"));
}

#[test]
fn another_file_of_the_base_changes_nothing() {
    let base: Files<'_> = &[("a", WAS), ("b", "x\n")];
    let sides: [Files<'_>; 3] = [&[("a", WAS)], &[("a", BECOMES)], base];
    assert_eq!(fit(sides, &[("a", BECOMES)]), Fit::AsWanted);
    assert_eq!(fit(sides, &[("a", "1\nzwei\n3\n4\n5\n")]), Fit::EarlierForm);
    let part = Fit::Part(RepoPath::new("b"));
    assert_eq!(fit(sides, &[("a", BECOMES), ("b", "y\n")]), part);
}

#[test]
fn what_the_base_has_by_now_is_not_wanted_and_not_in_the_way() {
    let after: Files<'_> = &[("a", BECOMES), ("b", "new\n")];
    let sides: [Files<'_>; 3] = [&[("a", WAS)], after, &[("a", BECOMES)]];
    assert_eq!(fit(sides, &[("b", "new\n")]), Fit::AsWanted);
    // A part that is not wanted today is offered all the same.
    assert_eq!(fit([&[("a", WAS)], after, &[("a", WAS)]], &[("b", "new\n")]), Fit::EarlierForm);
}

#[test]
fn what_only_a_person_can_merge_is_never_as_wanted() {
    let near: [Files<'_>; 3] = [&[("a", WAS)], &[("a", BECOMES)], &[("a", "1\n2\nthree\n4\n5\n")]];
    assert_eq!(fit(near, &[("a", "1\ntwo\nthree\n4\n5\n")]), changed("a"));
    let gone: [Files<'_>; 3] = [&[("a", WAS)], &[("a", BECOMES)], &[]];
    assert_eq!(fit(gone, &[("a", BECOMES)]), changed("a"));
    let both: [Files<'_>; 3] = [&[], &[("a", "x\n")], &[("a", "y\n")]];
    assert_eq!(fit(both, &[("a", "x\n")]), changed("a"));
}

#[test]
fn the_digest_of_a_commit_is_that_of_its_change() {
    let (before, after) = (tree(&[("a", WAS), ("gone", "x\n")]), tree(&[("a", BECOMES)]));
    let mut change = writes(&[("a", BECOMES)]);
    let base = BlobId::of(b"x\n");
    change.changes.insert(RepoPath::new("gone"), Change::Delete { base });
    let digest = crate::campaign::identity::change_digest(&change);
    assert_eq!(Offered::between(&before, &after).digest(), digest);
}

/// A text that cannot be read decides nothing, so that nothing is written for it.
#[test]
fn a_text_that_cannot_be_read_is_no_difference() {
    let files: [Files<'_>; 3] = [&[("a", WAS)], &[("a", BECOMES)], &[("a", "1\n2\n3\n4\n5\n6\n")]];
    let [before, after, base] = files.map(tree);
    let (repository, offered) =
        (RepositoryName::new("acme", "api"), Offered::between(&before, &after));
    let wanted = writes(&[("a", "1\ntwo\n3\n4\n5\n6\n")]);
    let asked = Asked { repository: &repository, offered: &offered, base: &base, wanted: &wanted };
    let ByTrees::Depends(texts) = asked.by_trees() else { panic!("both changed it") };
    let without = Snapshot::new(None, BTreeMap::new(), Arc::new(Nothing));
    let read = by_texts(&texts, [&before, &after, &without]);
    assert!(read.as_ref().is_err_and(|why| why.starts_with("`a`: ")), "{read:?}");
}

#[test]
fn the_trees_around_a_commit_have_only_its_files_otherwise() {
    let before = tree(&[("m/a", "1\n"), ("m/b", "1\n"), ("z", "1\n")]);
    let after = tree(&[("m/a", "2\n"), ("m/c", "2\n"), ("z", "2\n")]);
    let offered = Offered::between(&before, &after);
    // The base has changed since.
    let base = tree(&[("m/a", "3\n"), ("m/b", "1\n"), ("m/d", "3\n"), ("z", "1\n")]);
    let [was, becomes] = offered.around(&base.below("m"), Some("m"));
    assert_eq!(was.entries, tree(&[("a", "1\n"), ("b", "1\n"), ("d", "3\n")]).entries);
    assert_eq!(becomes.entries, tree(&[("a", "2\n"), ("c", "2\n"), ("d", "3\n")]).entries);
    let [_, whole] = offered.around(&base, None);
    assert_eq!(whole.entry("z"), after.entry("z"));
}
