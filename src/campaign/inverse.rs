//! A change taken back: what was merged, undone on top of whatever came after it. Pure.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::change::merge::three_way;
use crate::change::{Change, ChangeSet, Mode};
use crate::snapshot::{Entry, EntryKind, RepoPath, Snapshot};

/// What takes a change back that led from one tree to another, on a third that came after.
///
/// A file that was not touched since gets its old content back; in a text that was, only the lines of the change are
/// undone. What was taken back already is left.
///
/// # Errors
/// The first path where that cannot be done, and why.
pub fn inverse(
    (before, after): (&Snapshot, &Snapshot),
    now: &Snapshot,
) -> Result<ChangeSet, String> {
    let paths: BTreeSet<&RepoPath> = before
        .entries
        .keys()
        .chain(after.entries.keys())
        .filter(|path| before.entry(path.as_str()) != after.entry(path.as_str()))
        .collect();
    let mut inverse = ChangeSet::default();
    for path in paths {
        let at = path.as_str();
        let (was, became, is) = (before.entry(at), after.entry(at), now.entry(at));
        if is == was {
            continue;
        }
        let change = if is == became {
            restored(path, before, was, is)?
        } else {
            undone(path, (before, was), (after, became), (now, is))?
        };
        inverse.changes.extend(change.map(|change| (path.clone(), change)));
    }
    Ok(inverse)
}

/// The old content, or nothing where nothing was.
fn restored(
    path: &RepoPath,
    before: &Snapshot,
    was: Option<Entry>,
    is: Option<Entry>,
) -> Result<Option<Change>, String> {
    let base = is.map(|entry| entry.id);
    match was {
        None => Ok(base.map(|base| Change::Delete { base })),
        Some(entry) => {
            let mode = mode(entry.kind).ok_or_else(|| format!("`{path}` was a submodule"))?;
            let bytes = read(before, path, entry)?;
            Ok(Some(Change::Write { bytes, mode, base }))
        }
    }
}

/// Only the lines of the change, taken back in a text that went on.
fn undone(
    path: &RepoPath,
    (before, was): (&Snapshot, Option<Entry>),
    (after, became): (&Snapshot, Option<Entry>),
    (now, is): (&Snapshot, Option<Entry>),
) -> Result<Option<Change>, String> {
    let (Some(was), Some(became), Some(is)) = (was, became, is) else {
        return Err(format!("`{path}` was changed after it was merged"));
    };
    let text = |tree: &Snapshot, entry: Entry| -> Result<String, String> {
        let bytes = read(tree, path, entry)?;
        String::from_utf8(bytes.to_vec()).map_err(|_| format!("`{path}` is no text"))
    };
    let (old, merged, current) = (text(before, was)?, text(after, became)?, text(now, is)?);
    let result = three_way(&merged, &current, &old);
    if !result.is_clean() {
        return Err(format!(
            "the lines of the change in `{path}` were changed after it was merged"
        ));
    }
    let mode = mode(is.kind).ok_or_else(|| format!("`{path}` is a submodule"))?;
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

    fn text(tree: &Snapshot, path: &str) -> Option<String> {
        let bytes = tree.read(tree.entry(path)?.id).expect("readable");
        Some(String::from_utf8(bytes.to_vec()).expect("text"))
    }

    const BEFORE: &[(&str, &str)] = &[("a", "1\n2\n3\n4\n5\n"), ("gone", "x\n")];
    const AFTER: &[(&str, &str)] = &[("a", "1\ntwo\n3\n4\n5\n"), ("new", "y\n")];

    #[test]
    fn what_nobody_touched_since_is_as_it_was() {
        let (before, after) = (tree(BEFORE), tree(AFTER));
        let back = inverse((&before, &after), &after).expect("an inverse").apply_to(&after);
        assert_eq!(back.entries, before.entries);
    }

    #[test]
    fn what_went_on_keeps_going_on() {
        let (before, after) = (tree(BEFORE), tree(AFTER));
        let now = tree(&[("a", "1\ntwo\n3\n4\nfive\n"), ("new", "y\n")]);
        let back = inverse((&before, &after), &now).expect("an inverse").apply_to(&now);
        assert_eq!(text(&back, "a").as_deref(), Some("1\n2\n3\n4\nfive\n"));
        assert!(inverse((&before, &after), &before).expect("an inverse").is_empty());
    }

    #[test]
    fn what_was_changed_again_is_left_to_a_person() {
        let (before, after) = (tree(BEFORE), tree(AFTER));
        let now = tree(&[("a", "1\nTWO\n3\n4\n5\n"), ("new", "y\n")]);
        assert!(inverse((&before, &after), &now).is_err());
        let now = tree(&[("a", "1\ntwo\n3\n4\n5\n"), ("new", "z\n")]);
        assert!(inverse((&before, &after), &now).expect_err("a reason").contains("`new`"));
    }
}
