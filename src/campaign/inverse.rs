//! Reverting: undoes a merged change on top of whatever came after it. Pure.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::change::merge::three_way;
use crate::change::{Change, ChangeSet, Mode};
use crate::snapshot::{BlobId, Entry, EntryKind, RepoPath, Snapshot};
use crate::source::secrets::{PRIVATE_KEY, Secret, secrets_in};

/// The start of the line that ends a private key.
const KEY_END: &[u8] = b"-----END ";

/// A merged change: the trees before and after it.
#[derive(Clone, Copy, Debug)]
pub struct Merged<'t> {
    /// The tree that the change was made on.
    pub before: &'t Snapshot,
    /// The tree that it resulted in.
    pub after: &'t Snapshot,
    /// The number of its pull request.
    pub pull: u64,
}

/// Computes what reverts changes, newest first, on a tree that came after all of them.
///
/// A file that was not touched since gets its old content back; in a text that was, only the lines of the change are
/// undone. What was already reverted is left alone. Every blob that this needs is requested at once.
///
/// # Errors
/// The first path where this is impossible, and why.
pub fn inverse(merged: &[Merged<'_>], now: &Snapshot) -> Result<ChangeSet, String> {
    merged.iter().for_each(|one| ask(*one, now));
    let mut tree = now.clone();
    for (newer, one) in merged.iter().enumerate() {
        let newer = merged.get(..newer).unwrap_or_default();
        tree = of_one(*one, newer, &tree)?.apply_to(&tree);
    }
    // What somebody already reverted comes out unchanged.
    let mut back = ChangeSet::between(now, &tree);
    // `between` ignores submodules; they can be deleted, but not written.
    for (path, entry) in now.entries.iter() {
        if entry.kind == EntryKind::Submodule && tree.entry(path.as_str()).is_none() {
            back.changes.insert(path.clone(), Change::Delete { base: entry.id });
        }
    }
    Ok(back)
}

/// A file to which a change would bring back a credential, with the kind of that credential. Ignores credentials that
/// one of the changed files contains now, and the documented `examples`.
#[must_use]
pub fn returned_credential(
    changes: &ChangeSet,
    now: &Snapshot,
    examples: &[String],
) -> Option<(RepoPath, &'static str)> {
    let here: Vec<Arc<[u8]>> = changes
        .changes
        .keys()
        .filter_map(|path| now.read(now.entry(path.as_str())?.id).ok())
        .collect();
    let known: BTreeSet<&[u8]> =
        here.iter().flat_map(|bytes| credentials(bytes, &[])).map(|it| it.0).collect();
    changes.changes.iter().find_map(|(path, change)| {
        let Change::Write { bytes, .. } = change else { return None };
        let mut new = credentials(bytes, examples).filter(|(said, _)| !known.contains(said));
        new.next().map(|(_, kind)| (path.clone(), kind))
    })
}

/// The credentials in a file with their kinds, without the documented examples, like the rule `secret` finds them.
fn credentials<'b>(
    bytes: &'b [u8],
    examples: &[String],
) -> impl Iterator<Item = (&'b [u8], &'static str)> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let is_example = |secret: &Secret| {
        let said = text.get(secret.span.start..secret.span.end).unwrap_or_default();
        examples.iter().any(|example| example.as_bytes() == said)
    };
    let mut found = secrets_in(bytes);
    found.retain(|secret| !is_example(secret));
    found.into_iter().map(move |secret| {
        let rest = text.get(secret.span.start..).unwrap_or_default();
        // The span of a private key is only its first line, which many keys share.
        let end = rest.windows(KEY_END.len()).position(|it| it == KEY_END);
        let is_key = secret.kind == PRIVATE_KEY;
        let length = end.filter(|_| is_key).unwrap_or(secret.span.len());
        (rest.get(..length).unwrap_or_default(), secret.kind)
    })
}

/// The paths that a change touched.
fn paths(merged: Merged<'_>) -> BTreeSet<&RepoPath> {
    let Merged { before, after, .. } = merged;
    let all = before.entries.keys().chain(after.entries.keys());
    all.filter(|path| before.entry(path.as_str()) != after.entry(path.as_str())).collect()
}

/// Reads what an inverse needs, so that missing contents can be fetched together before the next attempt.
fn ask(merged: Merged<'_>, now: &Snapshot) {
    for path in paths(merged) {
        for tree in [merged.before, merged.after, now] {
            if let Some(entry) =
                tree.entry(path.as_str()).filter(|it| it.kind != EntryKind::Submodule)
            {
                // Whatever needs the content reports the error.
                let _ = tree.read(entry.id);
            }
        }
    }
}

/// What reverts one change; `newer` are those that were reverted before it, newest first.
fn of_one(merged: Merged<'_>, newer: &[Merged<'_>], now: &Snapshot) -> Result<ChangeSet, String> {
    let Merged { before, after, .. } = merged;
    let mut inverse = ChangeSet::default();
    let places = OnceCell::new();
    for path in paths(merged) {
        let [was, became, is] = [before, after, now].map(|tree| There::of(tree, path));
        if is.entry == was.entry {
            if let Some(how) = moved_on(path, merged, now, &places) {
                let since = changed_since(path, merged, newer);
                return Err(format!("{how} {since}: revert it by hand"));
            }
            continue;
        }
        let change = if is.entry == became.entry {
            restored(path, was, is)?
        } else {
            let since = || changed_since(path, merged, newer);
            undone(path, &since, [was, became, is])?
        };
        inverse.changes.extend(change.map(|change| (path.clone(), change)));
    }
    Ok(inverse)
}

/// The paths of a tree by what they hold, in byte order.
type Places<'t> = BTreeMap<BlobId, Vec<&'t RepoPath>>;

fn places(tree: &Snapshot) -> Places<'_> {
    let mut places = Places::new();
    for (path, entry) in tree.entries.iter() {
        places.entry(entry.id).or_default().push(path);
    }
    places
}

/// What somebody did with a file that a change added, if it is not simply removed. Moved to another place, it would stay there.
/// Where the change itself had moved it, what it was moved from would come back, which the removal does not ask for.
/// `looked_up` are the places of today's tree and of the one before, once a file needs them.
fn moved_on<'t>(
    path: &RepoPath,
    merged: Merged<'t>,
    now: &'t Snapshot,
    looked_up: &OnceCell<[Places<'t>; 2]>,
) -> Option<String> {
    let Merged { before, after, .. } = merged;
    let at = path.as_str();
    let is_gone = before.entry(at).is_none() && now.entry(at).is_none();
    // Empty files are alike wherever they are.
    let is_told_apart = |entry: &Entry| entry.id != BlobId::of(b"");
    let added = after.entry(at).filter(|entry| is_gone && is_told_apart(entry))?;
    let [here, formerly] = looked_up.get_or_init(|| [now, before].map(places));
    let of_it = |places: &Places<'t>| places.get(&added.id).cloned().unwrap_or_default();
    let is_new = |other: &&RepoPath| {
        let is = now.entry(other.as_str());
        ![before, after].iter().any(|tree| tree.entry(other.as_str()) == is)
    };
    if let Some(to) = of_it(here).into_iter().find(is_new) {
        return Some(format!("`{path}` was moved to `{to}`"));
    }
    let is_source =
        |other: &&RepoPath| [after, now].iter().all(|tree| tree.entry(other.as_str()).is_none());
    let from = of_it(formerly).into_iter().find(is_source)?;
    Some(format!("`{path}`, which was `{from}` before, was removed"))
}

/// When somebody else changed a path after a change, in words: either before a newer change of the campaign was merged,
/// which today's tree does not show, or after the last one.
fn changed_since(path: &RepoPath, merged: Merged<'_>, newer: &[Merged<'_>]) -> String {
    let at = path.as_str();
    let mut last = merged;
    for next in newer.iter().rev() {
        if last.after.entry(at) != next.before.entry(at) {
            return format!("between #{} and #{}", last.pull, next.pull);
        }
        last = *next;
    }
    format!("after #{} was merged", last.pull)
}

/// What is at a path of a tree.
#[derive(Clone, Copy)]
struct There<'t> {
    tree: &'t Snapshot,
    entry: Option<Entry>,
}

impl<'t> There<'t> {
    fn of(tree: &'t Snapshot, path: &RepoPath) -> Self {
        Self { tree, entry: tree.entry(path.as_str()) }
    }
}

/// Restores the old content, or deletes the file if there was none.
fn restored(path: &RepoPath, was: There<'_>, is: There<'_>) -> Result<Option<Change>, String> {
    let base = is.entry.map(|entry| entry.id);
    match was.entry {
        None => Ok(base.map(|base| Change::Delete { base })),
        Some(entry) => {
            let mode = mode(entry.kind).ok_or_else(|| format!("`{path}` was a submodule"))?;
            let bytes = read(was.tree, path, entry)?;
            Ok(Some(Change::Write { bytes, mode, base }))
        }
    }
}

/// Undoes only the lines of the change, in a text that was edited since: before the change, after it, and now.
fn undone(
    path: &RepoPath,
    since: &dyn Fn() -> String,
    [before, after, now]: [There<'_>; 3],
) -> Result<Option<Change>, String> {
    let (Some(was), Some(became), Some(is)) = (before.entry, after.entry, now.entry) else {
        return Err(format!("`{path}` was changed {}: revert it by hand", since()));
    };
    let text = |tree: &Snapshot, entry: Entry| -> Result<String, String> {
        let bytes = read(tree, path, entry)?;
        String::from_utf8(bytes.to_vec()).map_err(|_| format!("`{path}` is not a text file"))
    };
    let [old, merged, current] =
        [text(before.tree, was)?, text(after.tree, became)?, text(now.tree, is)?];
    let result = three_way(&merged, &current, &old);
    if !result.is_clean() {
        return Err(format!(
            "the lines of the change in `{path}`, or lines next to them, were changed {}: revert it by hand",
            since()
        ));
    }
    // A mode is reverted like a line: unless somebody changed it since.
    let kind = if is.kind == became.kind { was.kind } else { is.kind };
    if (kind == EntryKind::Link) != (is.kind == EntryKind::Link) {
        return Err(format!("`{path}` was changed {}: revert it by hand", since()));
    }
    let mode = mode(kind).ok_or_else(|| format!("`{path}` is a submodule"))?;
    let bytes: Arc<[u8]> = result.text.into_bytes().into();
    Ok(Some(Change::Write { bytes, mode, base: Some(is.id) }))
}

fn read(tree: &Snapshot, path: &RepoPath, entry: Entry) -> Result<Arc<[u8]>, String> {
    tree.read(entry.id).map_err(|error| format!("`{path}`: {error}"))
}

fn mode(kind: EntryKind) -> Option<Mode> {
    match kind {
        EntryKind::File => Some(Mode::File),
        EntryKind::Executable => Some(Mode::Executable),
        EntryKind::Link => Some(Mode::Link),
        EntryKind::Submodule => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)]) -> Snapshot {
        let mut set = ChangeSet::default();
        for (path, text) in files {
            let bytes: Arc<[u8]> = text.as_bytes().into();
            let change = Change::Write { bytes, mode: Mode::File, base: None };
            set.changes.insert(RepoPath::new(path), change);
        }
        let empty = Snapshot::new(None, std::collections::BTreeMap::new(), Arc::new(Nothing));
        set.apply_to(&empty)
    }

    struct Nothing;

    impl crate::snapshot::ReadBlob for Nothing {
        fn read(
            &self,
            id: crate::snapshot::BlobId,
        ) -> Result<Arc<[u8]>, crate::snapshot::Unreadable> {
            Err(crate::snapshot::Unreadable::Absent(id.to_string()))
        }
    }

    fn taken_back(
        (before, after): (&Snapshot, &Snapshot),
        now: &Snapshot,
    ) -> Result<ChangeSet, String> {
        inverse(&[Merged { before, after, pull: 1 }], now)
    }

    fn text(tree: &Snapshot, path: &str) -> Option<String> {
        let bytes = tree.read(tree.entry(path)?.id).expect("readable");
        Some(String::from_utf8(bytes.to_vec()).expect("text"))
    }

    const BEFORE: &[(&str, &str)] = &[("a", "1\n2\n3\n4\n5\n"), ("gone", "x\n")];
    const AFTER: &[(&str, &str)] = &[("a", "1\ntwo\n3\n4\n5\n"), ("new", "y\n")];

    #[test]
    fn what_nobody_touched_since_is_as_it_was() {
        let (before, after) = (tree(BEFORE), tree(AFTER));
        let back = taken_back((&before, &after), &after).expect("an inverse").apply_to(&after);
        assert_eq!(back.entries, before.entries);
    }

    #[test]
    fn what_went_on_keeps_going_on() {
        let (before, after) = (tree(BEFORE), tree(AFTER));
        let now = tree(&[("a", "1\ntwo\n3\n4\nfive\n"), ("new", "y\n")]);
        let back = taken_back((&before, &after), &now).expect("an inverse").apply_to(&now);
        assert_eq!(text(&back, "a").as_deref(), Some("1\n2\n3\n4\nfive\n"));
        assert!(taken_back((&before, &after), &before).expect("an inverse").is_empty());
    }

    #[test]
    fn what_a_person_took_back_already_is_no_change() {
        let (before, after) =
            (tree(&[("a", "1\n2\n3\n4\n5\n")]), tree(&[("a", "1\ntwo\n3\n4\n5\n")]));
        let now = tree(&[("a", "1\n2\n3\n4\nfive\n")]);
        assert!(taken_back((&before, &after), &now).expect("an inverse").is_empty());
    }

    #[test]
    fn a_mode_is_taken_back_where_only_the_text_went_on() {
        let script = |text: &str, mode| {
            let change = Change::Write { bytes: text.as_bytes().into(), mode, base: None };
            let changes = [(RepoPath::new("run"), change)].into();
            ChangeSet { changes }.apply_to(&tree(&[]))
        };
        let (was, became) = (script("1\n2\n", Mode::File), script("1\n2\n", Mode::Executable));
        let now = script("1\n2\n3\n", Mode::Executable);
        let back = taken_back((&was, &became), &now).expect("an inverse").apply_to(&now);
        assert_eq!(back.entry("run").map(|it| it.kind), Some(EntryKind::File));
        assert_eq!(text(&back, "run").as_deref(), Some("1\n2\n3\n"));
        // Somebody has set it otherwise since: that is theirs.
        let (was, became) = (script("1\n", Mode::Executable), script("one\n", Mode::Executable));
        let now = script("one\n", Mode::File);
        let back = taken_back((&was, &became), &now).expect("an inverse").apply_to(&now);
        assert_eq!(back.entry("run").map(|it| it.kind), Some(EntryKind::File));
        assert_eq!(text(&back, "run").as_deref(), Some("1\n"));
    }

    #[test]
    fn what_was_changed_again_is_left_to_a_person() {
        let (before, after) = (tree(BEFORE), tree(AFTER));
        let now = tree(&[("a", "1\nTWO\n3\n4\n5\n"), ("new", "y\n")]);
        assert!(taken_back((&before, &after), &now).is_err());
        let now = tree(&[("a", "1\ntwo\n3\n4\n5\n"), ("new", "z\n")]);
        assert!(taken_back((&before, &after), &now).expect_err("a reason").contains("`new`"));
    }

    #[test]
    fn what_was_added_and_moved_on_is_left_to_a_person() {
        let (before, after) = (tree(&[("a", "1\n")]), tree(&[("a", "1\n"), ("new", "x\n")]));
        let why = |now: &[(&str, &str)]| taken_back((&before, &after), &tree(now));
        let moved = why(&[("a", "1\n"), ("q/f", "x\n")]).expect_err("a reason");
        assert_eq!(moved, "`new` was moved to `q/f` after #1 was merged: revert it by hand");
        // Of what was only added and is removed, nothing is left.
        assert!(why(&[("a", "1\n"), ("q/f", "y\n")]).expect("an inverse").is_empty());
    }

    #[test]
    fn what_was_moved_comes_back_only_from_where_it_was_moved_to() {
        let (before, after) = (tree(&[("old", "x\n")]), tree(&[("new", "x\n")]));
        let back = |now: &[(&str, &str)]| taken_back((&before, &after), &tree(now));
        let moved = back(&[("lib/new", "x\n")]).expect_err("a reason");
        assert_eq!(moved, "`new` was moved to `lib/new` after #1 was merged: revert it by hand");
        let removed = back(&[("b", "2\n")]).expect_err("a reason");
        let wanted =
            "`new`, which was `old` before, was removed after #1 was merged: revert it by hand";
        assert_eq!(removed, wanted);
        // Somebody took it back.
        assert!(back(&[("old", "x\n")]).expect("an inverse").is_empty());
        let now = tree(&[("new", "x\n")]);
        let tree = taken_back((&before, &after), &now).expect("an inverse").apply_to(&now);
        assert_eq!(tree.entries, before.entries);
    }

    #[test]
    fn several_merged_changes_are_taken_back_together() {
        let old = tree(&[("a", "1\n"), ("b", "1\n")]);
        let first = tree(&[("a", "2\n"), ("b", "2\n")]);
        // Somebody took half of it back, and the campaign was merged once more.
        let half = tree(&[("a", "1\n"), ("b", "2\n")]);
        let merged = [
            Merged { before: &half, after: &first, pull: 2 },
            Merged { before: &old, after: &first, pull: 1 },
        ];
        let back = inverse(&merged, &first).expect("an inverse").apply_to(&first);
        assert_eq!(back.entries, old.entries);
    }

    #[test]
    fn a_change_between_two_merges_is_told_as_such() {
        let (none, noted, mine) = (tree(&[]), tree(&[("n", "noted\n")]), tree(&[("n", "mine\n")]));
        let merged = [
            Merged { before: &mine, after: &noted, pull: 3 },
            Merged { before: &none, after: &noted, pull: 1 },
        ];
        let why = inverse(&merged, &noted).expect_err("a reason");
        assert_eq!(why, "`n` was changed between #1 and #3: revert it by hand");
        // What nobody changed in between was changed later.
        let merged = [
            Merged { before: &noted, after: &noted, pull: 3 },
            Merged { before: &none, after: &noted, pull: 1 },
        ];
        let why = inverse(&merged, &mine).expect_err("a reason");
        assert_eq!(why, "`n` was changed after #3 was merged: revert it by hand");
    }

    #[test]
    fn a_credential_that_would_return_is_told() {
        let key = ["np", "m_q8ZrT2mWv5KxPb7NcLd3HsYf9GjQeU4aRi6Z"].concat();
        let held = format!("KEY={key}\n");
        let with = tree(&[(".env", held.as_str())]);
        let without = tree(&[]);
        let back = taken_back((&with, &without), &without).expect("an inverse");
        let found = returned_credential(&back, &without, &[]);
        assert_eq!(found, Some((RepoPath::new(".env"), "npm token")));
        assert_eq!(returned_credential(&back, &without, &[key]), None, "a documented example");
        // What moves back with its file is there today as well.
        let moved = tree(&[("moved.env", held.as_str())]);
        let back = taken_back((&with, &moved), &moved).expect("an inverse");
        assert_eq!(returned_credential(&back, &moved, &[]), None);
    }
}
