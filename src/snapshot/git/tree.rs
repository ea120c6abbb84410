//! Lists a commit's tree, however deep, wide or badly named.

use std::collections::{BTreeMap, HashSet};

use git2::{Oid, Repository};

use crate::snapshot::path::is_sound_name;
use crate::snapshot::{BlobId, Entry, EntryKind, MAX_DEPTH, Problem, RepoPath};

/// The kind of an entry in a tree object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::snapshot) enum Node {
    Folder,
    Leaf(EntryKind),
}

/// The kind of entry for a git mode; `None` for a mode that git does not write.
///
/// Old versions of git wrote `100664` and the like, so, as in git, only the kind and the owner's executable bit count.
pub(in crate::snapshot) fn node_of(mode: i32) -> Option<Node> {
    match mode & 0o170_000 {
        0o040_000 => Some(Node::Folder),
        0o100_000 if mode & 0o100 != 0 => Some(Node::Leaf(EntryKind::Executable)),
        0o100_000 => Some(Node::Leaf(EntryKind::File)),
        0o120_000 => Some(Node::Leaf(EntryKind::Link)),
        0o160_000 => Some(Node::Leaf(EntryKind::Submodule)),
        _ => None,
    }
}

/// Converts the id of a blob.
pub(in crate::snapshot) fn blob_id(id: Oid) -> Option<BlobId> {
    id.as_bytes().try_into().ok().map(BlobId::from_raw)
}

struct Listing {
    entries: BTreeMap<RepoPath, Entry>,
    problems: Vec<Problem>,
    /// How many more entries may be listed.
    room: usize,
}

/// A folder that has yet to be listed.
struct Pending {
    tree: Oid,
    path: Vec<u8>,
    depth: usize,
}

/// Lists every path below a tree, and what could not be listed; `limit` bounds paths and folders together.
///
/// # Errors
/// When the tree itself cannot be read; an unreadable subtree is a problem.
pub(super) fn list(
    objects: &Repository,
    root: Oid,
    limit: usize,
) -> Result<(BTreeMap<RepoPath, Entry>, Vec<Problem>), git2::Error> {
    objects.find_tree(root)?;
    let mut listing = Listing { entries: BTreeMap::new(), problems: Vec::new(), room: limit };
    let mut pending = vec![Pending { tree: root, path: Vec::new(), depth: 0 }];
    while let Some(folder) = pending.pop() {
        if !listing.add_folder(objects, &folder, &mut pending) {
            let message = format!("has more than {limit} paths; the rest was not read");
            listing.problems.push(Problem::at(RepoPath::new(""), message));
            break;
        }
    }
    listing.problems.sort_by(|one, other| one.path.cmp(&other.path));
    Ok((listing.entries, listing.problems))
}

impl Listing {
    /// Returns `false` once the limit is reached.
    fn add_folder(
        &mut self,
        objects: &Repository,
        folder: &Pending,
        pending: &mut Vec<Pending>,
    ) -> bool {
        let tree = match objects.find_tree(folder.tree) {
            Ok(tree) => tree,
            Err(error) => {
                let message = format!("cannot be read: {}", error.message());
                self.problems.push(Problem::at(RepoPath::from_bytes(&folder.path), message));
                return true;
            }
        };
        let mut names = HashSet::with_capacity(tree.len());
        for entry in &tree {
            if self.room == 0 {
                return false;
            }
            self.room -= 1;
            let name = entry.name_bytes();
            let mut path = folder.path.clone();
            if !path.is_empty() {
                path.push(b'/');
            }
            path.extend_from_slice(name);
            if !is_sound_name(name) {
                self.problem(&path, "has a name that a file of a repository cannot have");
            } else if !names.insert(name.to_owned()) {
                self.problem(&path, "is in its folder twice; the first was read");
            } else {
                self.add(&path, entry.id(), entry.filemode_raw(), folder.depth, pending);
            }
        }
        true
    }

    fn add(&mut self, path: &[u8], id: Oid, mode: i32, depth: usize, pending: &mut Vec<Pending>) {
        match node_of(mode) {
            Some(Node::Folder) if depth < MAX_DEPTH => {
                pending.push(Pending { tree: id, path: path.to_owned(), depth: depth + 1 });
            }
            Some(Node::Folder) => {
                self.problem(
                    path,
                    &format!("is more than {MAX_DEPTH} folders deep and was not read"),
                );
            }
            Some(Node::Leaf(kind)) => {
                let Some(id) = blob_id(id) else { return };
                // Escaping bytes that are not UTF-8 can make two names equal.
                let path_text = RepoPath::from_bytes(path);
                if self.entries.contains_key(path_text.as_str()) {
                    self.problem(path, "has a name that cannot be distinguished from another");
                } else {
                    self.entries.insert(path_text, Entry { kind, id });
                }
            }
            None => self.problem(path, &format!("has the mode {mode:o}, which git does not use")),
        }
    }

    fn problem(&mut self, path: &[u8], message: &str) {
        self.problems.push(Problem::at(RepoPath::from_bytes(path), message));
    }
}
