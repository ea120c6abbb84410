//! A repository's tree as it was read: paths, kinds and blob ids, with file contents on demand.
//!
//! A [`Snapshot`] is read here from a folder, a git work tree, or a git directory at a ref; `forge` reads others.
//! Nothing is checked out, and nothing in the repository is run. Whether the tree is right is for `shape` and `checks`
//! to judge.

mod attributes;
mod blob;
pub mod folder;
pub mod git;
pub mod history;
mod kept;
mod lfs;
mod link;
mod open;
mod path;
#[cfg(test)]
pub(crate) mod testing;

pub use attributes::{Conversion, LineEnds};
pub use blob::{Blob, BlobId, BlobStore, MAX_BLOB_BYTES, ReadBlob, Unreadable};
pub use folder::is_ignored;
pub(crate) use kept::{Reconverted, has_returns};
pub use kept::{WorkTree, with_line_feeds};
pub use lfs::is_lfs_pointer;
pub use link::{Astray, LinkTarget, link_target};
pub use open::{SourceKind, kind_of, on_disk, open, to_check_out, work_tree_around};
pub use path::RepoPath;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Bound;
use std::sync::Arc;

/// Maximum number of files, links, submodules and folders to list: the rest is a [`Problem`].
///
/// A few hundred bytes of git trees can unfold into billions of paths, so there has to be a limit.
pub const MAX_ENTRIES: usize = 200_000;

/// Folders nested deeper than this are not entered: each is a [`Problem`].
pub const MAX_DEPTH: usize = 100;

/// The kind of entry at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EntryKind {
    /// A regular file, git mode 100644.
    File,
    /// A regular file with its executable bit set, git mode 100755.
    Executable,
    /// A symbolic link, git mode 120000. It is never followed: its blob is the target's text.
    Link,
    /// A submodule, git mode 160000. Its content belongs to another repository and is not read.
    Submodule,
}

/// One path of a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Entry {
    /// The kind.
    pub kind: EntryKind,
    /// Git's id of the content, the SHA-1 of `blob <length>\0<content>`; for a submodule, its commit.
    pub id: BlobId,
}

/// A repository's tree at one moment. Cheap to clone.
#[derive(Clone)]
pub struct Snapshot {
    /// The full commit id, if the tree was read from a commit.
    pub commit: Option<String>,
    /// Every file, link and submodule, in byte order of their paths.
    pub entries: Arc<BTreeMap<RepoPath, Entry>>,
    /// What could not be read while the tree was listed.
    pub problems: Vec<Problem>,
    /// Whether the repository is read-only because the forge has it archived.
    pub is_archived: bool,
    /// How the disk differs from these entries, if they are those of a work tree as git keeps it.
    pub work_tree: Option<Arc<WorkTree>>,
    /// Paths that git has and leaves out of the work tree (a sparse checkout).
    pub left_out: Arc<BTreeSet<RepoPath>>,
    reader: Arc<dyn ReadBlob>,
}

/// A part of the tree that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The path; empty if the problem concerns the whole tree.
    pub path: RepoPath,
    /// What is wrong, in one line.
    pub message: String,
    /// What to do about it, if that is known.
    pub help: Option<String>,
}

impl Problem {
    /// A problem without special help.
    pub fn at(path: RepoPath, message: impl Into<String>) -> Self {
        Self { path, message: message.into(), help: None }
    }

    /// Where and what, in a sentence without its point.
    #[must_use]
    pub fn in_words(&self) -> String {
        let Self { path, message, .. } = self;
        match path.as_str() {
            "" => format!("the repository {message}"),
            path => format!("`{path}` {message}"),
        }
    }
}

impl Snapshot {
    /// Creates a snapshot of these entries; `reader` provides their contents.
    #[must_use]
    pub fn new(
        commit: Option<String>,
        entries: BTreeMap<RepoPath, Entry>,
        reader: Arc<dyn ReadBlob>,
    ) -> Self {
        Self {
            commit,
            entries: Arc::new(entries),
            problems: Vec::new(),
            is_archived: false,
            work_tree: None,
            left_out: Arc::default(),
            reader,
        }
    }

    /// The entry at a path.
    #[must_use]
    pub fn entry(&self, path: &str) -> Option<Entry> {
        self.entries.get(path).copied()
    }

    /// Whether a path that is not among the entries may be there all the same: it, or a folder that it lies in, could not
    /// be seen, and a problem says so.
    #[must_use]
    pub fn may_hide(&self, path: &str) -> bool {
        self.problems.iter().any(|problem| {
            let rest = path.strip_prefix(problem.path.as_str());
            // The empty path is the whole tree.
            rest.is_some_and(|rest| {
                problem.path.as_str().is_empty() || rest.is_empty() || rest.starts_with('/')
            })
        })
    }

    /// What lies below a folder, with paths relative to it; the empty prefix is the whole tree.
    #[must_use]
    pub fn below(&self, folder: &str) -> Self {
        let folder = folder.trim_matches('/');
        if folder.is_empty() {
            return self.clone();
        }
        let prefix = format!("{folder}/");
        let relative = |path: &RepoPath| path.as_str().strip_prefix(&prefix).map(RepoPath::new);
        let entries = self
            .entries
            .range::<str, _>((Bound::Included(prefix.as_str()), Bound::Unbounded))
            .map_while(|(path, entry)| Some((relative(path)?, *entry)))
            .collect();
        // A problem of the whole tree (with an empty path) may concern files of this folder.
        let problems = self.problems.iter().filter_map(|problem| {
            let whole = problem.path.as_str().is_empty() || problem.path.as_str() == folder;
            let path = if whole { RepoPath::new("") } else { relative(&problem.path)? };
            Some(Problem { path, ..problem.clone() })
        });
        let work_tree = self.work_tree.as_ref().map(|tree| Arc::new(tree.below(folder, relative)));
        Self {
            commit: self.commit.clone(),
            entries: Arc::new(entries),
            problems: problems.collect(),
            is_archived: self.is_archived,
            work_tree,
            left_out: Arc::new(self.left_out.iter().filter_map(relative).collect()),
            reader: Arc::clone(&self.reader),
        }
    }

    /// The bytes of a blob of this snapshot.
    ///
    /// # Errors
    /// When the repository does not have them, or they exceed [`MAX_BLOB_BYTES`].
    pub fn read(&self, id: BlobId) -> Result<Arc<[u8]>, Unreadable> {
        self.reader.read(id)
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot")
            .field("commit", &self.commit)
            .field("entries", &self.entries.len())
            .finish_non_exhaustive()
    }
}
