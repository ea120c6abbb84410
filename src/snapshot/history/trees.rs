//! What was at a path in the commits of a history.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::rc::Rc;

use git2::{Oid, Repository};

use crate::error::Result;
use crate::snapshot::git::{GitDirectory, Node, blob_id, node_of};
use crate::snapshot::{BlobId, EntryKind};

/// The trees of the commits of a repository, read one path at a time.
pub struct Trees {
    objects: Rc<Repository>,
    /// The root tree of each commit that was asked for; `None` if it cannot be read.
    roots: RefCell<HashMap<Oid, Option<Oid>>>,
}

/// The id of a folder's tree: equal where all that is in two folders is the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FolderId(Oid);

impl fmt::Debug for Trees {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trees").field("objects", &self.objects.path()).finish_non_exhaustive()
    }
}

impl Trees {
    /// The trees of a repository.
    ///
    /// # Errors
    /// When its objects cannot be read.
    pub fn of(repository: &GitDirectory) -> Result<Self> {
        let objects = repository.objects().map_err(|cause| repository.failure("HEAD", &cause))?;
        Ok(Self { objects, roots: RefCell::default() })
    }

    /// Returns the file at a path in a commit; `None` if there is none, or it cannot be read.
    #[must_use]
    pub fn file(&self, commit: &str, path: &str) -> Option<BlobId> {
        match self.entry(commit, path)? {
            (Node::Leaf(EntryKind::Submodule) | Node::Folder, _) => None,
            (Node::Leaf(_), id) => blob_id(id),
        }
    }

    /// Returns the folder at a path in a commit, empty for the root; `None` if there is none, or it cannot be read.
    #[must_use]
    pub fn folder(&self, commit: &str, path: &str) -> Option<FolderId> {
        match self.entry(commit, path)? {
            (Node::Folder, id) => Some(FolderId(id)),
            (Node::Leaf(_), _) => None,
        }
    }

    /// Returns the parents of a commit that can be read.
    #[must_use]
    pub fn parents(&self, commit: &str) -> Vec<String> {
        let commit = Oid::from_str(commit).and_then(|id| self.objects.find_commit(id));
        let parents = commit.iter().flat_map(git2::Commit::parent_ids);
        parents
            .filter(|id| self.objects.find_commit(*id).is_ok())
            .map(|id| id.to_string())
            .collect()
    }

    fn entry(&self, commit: &str, path: &str) -> Option<(Node, Oid)> {
        let mut place = (Node::Folder, self.root(Oid::from_str(commit).ok()?)?);
        for name in path.split('/').filter(|name| !name.is_empty()) {
            let (Node::Folder, tree) = place else { return None };
            let tree = self.objects.find_tree(tree).ok()?;
            let entry = tree.get_name(name)?;
            place = (node_of(entry.filemode_raw())?, entry.id());
        }
        Some(place)
    }

    fn root(&self, commit: Oid) -> Option<Oid> {
        let read = || Some(self.objects.find_commit(commit).ok()?.tree_id());
        *self.roots.borrow_mut().entry(commit).or_insert_with(read)
    }
}
