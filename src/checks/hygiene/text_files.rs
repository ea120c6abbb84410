//! The files of a repository, for checks that read all of them.

use std::sync::Arc;

use crate::checks::{Found, Repository};
use crate::snapshot::{Blob, Entry, EntryKind, RepoPath, Unreadable};

/// Every regular file that can be read, in path order. Links are left out, since their targets are elsewhere in the
/// tree.
pub(in crate::checks) fn files<'a>(
    repository: &'a Repository<'_>,
) -> impl Iterator<Item = (&'a RepoPath, Arc<Blob>)> {
    let entries = repository.snapshot.entries.iter();
    entries.filter(|(_, entry)| is_regular(entry)).filter_map(|(path, _)| {
        match repository.find(path.as_str()) {
            Found::File(blob) => Some((path, blob)),
            Found::Nothing | Found::Unusable(_) => None,
        }
    })
}

/// Regular files whose content is not available, and why. Git LFS pointers are left out, because what they stand for
/// is not part of the repository (nor is a file that git would turn into one), and so are large binary files, because they would not be searched anyway.
pub(in crate::checks) fn unreadable<'a>(
    repository: &'a Repository<'_>,
) -> impl Iterator<Item = (&'a RepoPath, Unreadable)> {
    let entries = repository.snapshot.entries.iter();
    entries.filter(|(_, entry)| is_regular(entry)).filter_map(|(path, entry)| {
        match repository.find(path.as_str()) {
            Found::Unusable(_) => match repository.snapshot.read(entry.id).err()? {
                Unreadable::LargeBinary(_) => None,
                Unreadable::Converted(word) if word == "filter=lfs" => None,
                unreadable => Some((path, unreadable)),
            },
            Found::File(_) | Found::Nothing => None,
        }
    })
}

fn is_regular(entry: &Entry) -> bool {
    matches!(entry.kind, EntryKind::File | EntryKind::Executable)
}
