//! The contents that paths have had in a history, and the blobs that it reaches.
//!
//! From a repository and a commit, reads the versions of paths, newest first, or every reachable blob once. What a
//! version means is for `shape` to decide. A truncated history (a shallow clone, a missing object, a limit) is marked
//! as not complete.

mod moves;
mod trees;
mod walk;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use git2::{Oid, Repository};

use super::git::{GitDirectory, Node, blob_id, node_of};
use super::{BlobId, EntryKind, MAX_DEPTH, MAX_ENTRIES, RepoPath};
use crate::error::Result;
pub use moves::{folders, inside};
pub use trees::{FolderId, Trees};
use walk::{Ancestry, Commit, ancestry};

/// Maximum number of commits to walk; the newest are kept.
pub const MAX_COMMITS: usize = 100_000;

/// Maximum number of tree entries to examine in one history.
const MAX_STEPS: usize = 50 * MAX_ENTRIES;

/// A content that a path has had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The content.
    pub blob: BlobId,
    /// A commit that introduced it: none of its parents has this content at the path.
    pub commit: Arc<str>,
    /// The time of that commit, in seconds since 1970. Clocks differ, and a rebase gives many commits the same time:
    /// `place` says which of two versions is newer.
    pub time: i64,
    /// The place of that commit in the history, newest first: a commit precedes its parents.
    pub place: usize,
}

/// A merge in which a folder is as in none of its parents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merge {
    /// The merge.
    pub commit: Arc<str>,
    /// Its place in the history, as that of a [`Version`].
    pub place: usize,
}

/// The contents that one path has had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathHistory {
    /// Each content once, newest first. A content that was restored is listed at its newest occurrence.
    pub versions: Vec<Version>,
    /// Whether these are all: `false` for a shallow clone or beyond a limit.
    pub complete: bool,
}

/// The contents that the paths of a folder have had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderHistory {
    /// The versions of each path that was ever below the folder, newest first. A content that was restored is listed
    /// again; see [`distinct`]. Paths are relative to the repository.
    pub paths: BTreeMap<RepoPath, Vec<Version>>,
    /// The merges of each folder, newest first: a file of one parent beside a file of another may be new together,
    /// though neither is a new version. Paths are relative to the repository.
    pub merges: BTreeMap<RepoPath, Vec<Merge>>,
    /// Whether these are all.
    pub complete: bool,
}

impl FolderHistory {
    /// The versions of a path, newest first.
    #[must_use]
    pub fn versions(&self, path: &str) -> &[Version] {
        self.paths.get(path).map_or(&[], Vec::as_slice)
    }
}

/// A blob that a history reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReachableBlob {
    /// The blob.
    pub blob: BlobId,
    /// One of its paths.
    pub path: RepoPath,
    /// The oldest commit that contains it.
    pub commit: Arc<str>,
    /// The time of that commit, in seconds since 1970.
    pub time: i64,
}

/// Every blob of a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReachableBlobs {
    /// Each blob once, oldest commit first.
    pub blobs: Vec<ReachableBlob>,
    /// Whether these are all.
    pub complete: bool,
}

/// The versions of a file, from all ancestors of `commit` (a branch, tag or id), at most `limit`.
///
/// Renames are not followed. A merge adds a version only if its content differs from that in each parent.
///
/// # Errors
/// When the commit does not exist or cannot be read.
pub fn of_path(
    repository: &GitDirectory,
    commit: &str,
    path: &RepoPath,
    limit: usize,
) -> Result<PathHistory> {
    let mut history = versions(repository, commit, path.as_str(), Scope::File)?;
    let mut versions = distinct(history.paths.remove(path.as_str()).unwrap_or_default());
    let complete = history.complete && versions.len() <= limit;
    versions.truncate(limit);
    Ok(PathHistory { versions, complete })
}

/// The versions of every file that was ever below a folder (empty for the root), from all ancestors of `commit`, in one
/// walk.
///
/// # Errors
/// When the commit does not exist or cannot be read.
pub fn of_folder(repository: &GitDirectory, commit: &str, folder: &str) -> Result<FolderHistory> {
    versions(repository, commit, folder.trim_matches('/'), Scope::Folder)
}

/// Leaves each content once, at its newest occurrence.
#[must_use]
pub fn distinct(mut versions: Vec<Version>) -> Vec<Version> {
    let mut seen = HashSet::new();
    versions.retain(|version| seen.insert(version.blob));
    versions
}

/// Every blob that `from` (branches, tags or ids; see [`GitDirectory::tips`]) reaches, in one walk.
///
/// # Errors
/// When one of them does not exist or cannot be read.
pub fn all_blobs(repository: &GitDirectory, from: &[&str]) -> Result<ReachableBlobs> {
    let (objects, ancestry) = walk_from(repository, from)?;
    let mut collector = Collector { complete: ancestry.complete, ..Collector::default() };
    for commit in ancestry.commits.iter().rev() {
        collector.add(&objects, commit);
    }
    Ok(ReachableBlobs { blobs: collector.blobs, complete: collector.complete })
}

fn walk_from(
    repository: &GitDirectory,
    from: &[&str],
) -> Result<(std::rc::Rc<Repository>, Ancestry)> {
    let name = from.first().copied().unwrap_or("HEAD");
    let failure = |cause: git2::Error| repository.failure(name, &cause);
    let ids = from
        .iter()
        .map(|name| {
            let id = repository.resolve(Some(name))?;
            Oid::from_str(&id).map_err(failure)
        })
        .collect::<Result<Vec<_>>>()?;
    let objects = repository.objects().map_err(failure)?;
    let mut ancestry = ancestry(&objects, &ids, MAX_COMMITS).map_err(failure)?;
    ancestry.complete &= !repository.is_shallow();
    Ok((objects, ancestry))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    File,
    Folder,
}

fn versions(
    repository: &GitDirectory,
    commit: &str,
    path: &str,
    scope: Scope,
) -> Result<FolderHistory> {
    let (objects, ancestry) = walk_from(repository, &[commit])?;
    let mut collector = Versions {
        objects: &objects,
        paths: BTreeMap::new(),
        merges: BTreeMap::new(),
        complete: ancestry.complete,
        steps: 0,
        places: BTreeMap::new(),
    };
    for (place, commit) in ancestry.commits.iter().enumerate() {
        let at = At { commit, name: commit.id.to_string().into(), place };
        collector.add(&at, path, scope);
    }
    let Versions { paths, merges, complete, .. } = collector;
    Ok(FolderHistory { paths, merges, complete })
}

/// A commit and its place in the history.
struct At<'a> {
    commit: &'a Commit,
    name: Arc<str>,
    place: usize,
}

/// A tree in a commit, with the trees at the same path in its parents.
struct Compared {
    tree: Oid,
    parents: Vec<Oid>,
    path: Vec<u8>,
    depth: usize,
}

struct Versions<'a> {
    objects: &'a Repository,
    paths: BTreeMap<RepoPath, Vec<Version>>,
    merges: BTreeMap<RepoPath, Vec<Merge>>,
    complete: bool,
    steps: usize,
    /// The entry at the path in question, by root tree: most commits share theirs with a child or a parent.
    places: BTreeMap<Oid, Option<(Node, Oid)>>,
}

impl Versions<'_> {
    fn add(&mut self, at: &At<'_>, path: &str, scope: Scope) {
        let commit = at.commit;
        let here = self.place(commit.tree, path);
        let before: Vec<_> =
            commit.parent_trees.iter().filter_map(|tree| self.place(*tree, path)).collect();
        let Some((node, id)) = here else { return };
        if before.iter().any(|(_, other)| *other == id) {
            return;
        }
        match (scope, node) {
            (Scope::File, Node::Leaf(kind)) => self.bring(at, path.as_bytes(), kind, id),
            (Scope::Folder, Node::Folder) => {
                let parents = before
                    .iter()
                    .filter(|(node, _)| *node == Node::Folder)
                    .map(|(_, id)| *id)
                    .collect();
                self.compare(at, Compared { tree: id, parents, path: path.into(), depth: 0 });
            }
            _ => {}
        }
    }

    /// The entry at a path below a root tree.
    fn place(&mut self, root: Oid, path: &str) -> Option<(Node, Oid)> {
        if let Some(known) = self.places.get(&root) {
            return *known;
        }
        let mut place = Some((Node::Folder, root));
        for name in path.split('/').filter(|name| !name.is_empty()) {
            place = place.filter(|(node, _)| *node == Node::Folder).and_then(|(_, tree)| {
                let Ok(tree) = self.objects.find_tree(tree) else {
                    self.complete = false;
                    return None;
                };
                let entry = tree.get_name(name)?;
                Some((node_of(entry.filemode_raw())?, entry.id()))
            });
        }
        self.places.insert(root, place);
        place
    }

    /// Records every file below a tree that differs from the one at its path in each parent. Subtrees that a parent
    /// has too are not read.
    fn compare(&mut self, at: &At<'_>, top: Compared) {
        let mut pending = vec![top];
        while let Some(Compared { tree, parents, path, depth }) = pending.pop() {
            let Ok(tree) = self.objects.find_tree(tree) else {
                self.complete = false;
                continue;
            };
            if at.commit.parent_trees.len() > 1 {
                let merge = Merge { commit: Arc::clone(&at.name), place: at.place };
                self.merges.entry(RepoPath::from_bytes(&path)).or_default().push(merge);
            }
            let found = parents.iter().map(|parent| self.objects.find_tree(*parent));
            let others: Vec<_> = found.filter_map(Result::ok).collect();
            self.complete &= others.len() == parents.len();
            for entry in &tree {
                self.steps += 1;
                if self.steps > MAX_STEPS || depth > MAX_DEPTH {
                    self.complete = false;
                    return;
                }
                let before: Vec<_> = others
                    .iter()
                    .filter_map(|tree| tree.get_name_bytes(entry.name_bytes()))
                    .collect();
                if before.iter().any(|other| other.id() == entry.id()) {
                    continue;
                }
                let path = joined(&path, entry.name_bytes());
                match node_of(entry.filemode_raw()) {
                    Some(Node::Folder) => {
                        let parents = before
                            .iter()
                            .filter(|other| node_of(other.filemode_raw()) == Some(Node::Folder))
                            .map(git2::TreeEntry::id)
                            .collect();
                        pending.push(Compared {
                            tree: entry.id(),
                            parents,
                            path,
                            depth: depth + 1,
                        });
                    }
                    Some(Node::Leaf(kind)) => self.bring(at, &path, kind, entry.id()),
                    None => {}
                }
            }
        }
    }

    fn bring(&mut self, at: &At<'_>, path: &[u8], kind: EntryKind, id: Oid) {
        let Some(blob) = blob_id(id).filter(|_| kind != EntryKind::Submodule) else { return };
        let (commit, time, place) = (Arc::clone(&at.name), at.commit.time, at.place);
        let version = Version { blob, commit, time, place };
        self.paths.entry(RepoPath::from_bytes(path)).or_default().push(version);
    }
}

#[derive(Default)]
struct Collector {
    blobs: Vec<ReachableBlob>,
    seen: HashSet<Oid>,
    steps: usize,
    complete: bool,
}

impl Collector {
    fn add(&mut self, objects: &Repository, commit: &Commit) {
        let Commit { time, .. } = commit;
        if !self.seen.insert(commit.tree) {
            return;
        }
        let name: Arc<str> = commit.id.to_string().into();
        let mut pending = vec![(commit.tree, Vec::new())];
        while let Some((tree, path)) = pending.pop() {
            let Ok(tree) = objects.find_tree(tree) else {
                self.complete = false;
                continue;
            };
            for entry in &tree {
                self.steps += 1;
                if self.steps > MAX_STEPS {
                    self.complete = false;
                    return;
                }
                if !self.seen.insert(entry.id()) {
                    continue;
                }
                let path = joined(&path, entry.name_bytes());
                match (node_of(entry.filemode_raw()), blob_id(entry.id())) {
                    (Some(Node::Folder), _) => pending.push((entry.id(), path)),
                    (Some(Node::Leaf(kind)), Some(blob)) if kind != EntryKind::Submodule => {
                        let path = RepoPath::from_bytes(&path);
                        let name = Arc::clone(&name);
                        self.blobs.push(ReachableBlob { blob, path, commit: name, time: *time });
                    }
                    _ => {}
                }
            }
        }
    }
}

fn joined(folder: &[u8], name: &[u8]) -> Vec<u8> {
    if folder.is_empty() { name.to_owned() } else { [folder, b"/", name].concat() }
}

#[cfg(test)]
mod tests;
