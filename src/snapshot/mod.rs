//! A repository's tree as it was seen: paths, kinds and blob ids, with file contents on demand.
//!
//! In: a folder, a git work tree, or a git directory at a ref (a forge, later). Out: a [`Snapshot`].
//! Nothing is checked out and nothing that a repository contains is run. Whether what was seen is
//! right is for `shape` and `checks` to say.

mod blob;
pub mod folder;
pub mod git;
pub mod history;
mod lfs;
mod link;
mod open;
mod path;
#[cfg(test)]
pub(crate) mod testing;

pub use blob::{Blob, BlobId, BlobStore, MAX_BLOB_BYTES, ReadBlob, Unreadable};
pub use lfs::is_lfs_pointer;
pub use link::{Astray, LinkTarget, link_target};
pub use open::{SourceKind, kind_of, open, work_tree_around};
pub use path::RepoPath;

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Bound;
use std::sync::Arc;

/// More files, links, submodules and folders than this are not listed: the rest is a [`Problem`].
///
/// Git lets a few hundred bytes of trees unfold into billions of paths, so a bound there must be.
pub const MAX_ENTRIES: usize = 200_000;

/// Folders nested deeper than this are not entered: each is a [`Problem`].
pub const MAX_DEPTH: usize = 100;

/// What stands at a path.
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
    /// What stands there.
    pub kind: EntryKind,
    /// Git's id of the content: the SHA-1 of `blob <length>\0<content>`; of a submodule its commit.
    pub id: BlobId,
}

/// A repository's tree at one moment. Cheap to clone.
#[derive(Clone)]
pub struct Snapshot {
    /// The full commit id, when the tree was read from a commit.
    pub commit: Option<String>,
    /// Every file, link and submodule, in byte order of their paths.
    pub entries: Arc<BTreeMap<RepoPath, Entry>>,
    /// What could not be read while the tree was listed, in words; empty when all is well.
    pub problems: Vec<Problem>,
    /// Whether it can be read only: the forge says that the repository is archived.
    pub is_archived: bool,
    /// Files that git wrote with other line ends than it keeps (`core.autocrlf`, `eol=crlf`), and that nobody changed
    /// since: the id of what is on disk, and that of what git has.
    pub checked_out: Arc<BTreeMap<BlobId, BlobId>>,
    reader: Arc<dyn ReadBlob>,
}

/// Something in the tree that could not be seen as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where; empty when it is about the tree as a whole.
    pub path: RepoPath,
    /// What is the matter, one line.
    pub message: String,
}

impl Problem {
    fn at(path: RepoPath, message: impl Into<String>) -> Self {
        Self { path, message: message.into() }
    }

    /// Where and what, in a sentence without its point.
    #[must_use]
    pub fn in_words(&self) -> String {
        let Self { path, message } = self;
        match path.as_str() {
            "" => format!("the repository {message}"),
            path => format!("`{path}` {message}"),
        }
    }
}

impl Snapshot {
    /// A snapshot of these entries, whose contents `reader` knows.
    #[must_use]
    pub fn new(
        commit: Option<String>,
        entries: BTreeMap<RepoPath, Entry>,
        reader: Arc<dyn ReadBlob>,
    ) -> Self {
        let (entries, problems) = (Arc::new(entries), Vec::new());
        Self { commit, entries, problems, is_archived: false, checked_out: Arc::default(), reader }
    }

    /// What git has of a content: the content itself, unless git wrote it with other line ends.
    #[must_use]
    pub fn as_kept(&self, id: BlobId) -> BlobId {
        self.checked_out.get(&id).copied().unwrap_or(id)
    }

    /// What stands at a path.
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
        // A problem of the whole tree (its path is empty) may hide files of this folder.
        let problems = self.problems.iter().filter_map(|problem| {
            let whole = problem.path.as_str().is_empty() || problem.path.as_str() == folder;
            let path = if whole { RepoPath::new("") } else { relative(&problem.path)? };
            Some(Problem { path, message: problem.message.clone() })
        });
        Self {
            commit: self.commit.clone(),
            entries: Arc::new(entries),
            problems: problems.collect(),
            is_archived: self.is_archived,
            checked_out: Arc::clone(&self.checked_out),
            reader: Arc::clone(&self.reader),
        }
    }

    /// The bytes of a blob of this snapshot.
    ///
    /// # Errors
    /// When the repository does not have them, or has more than are read.
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
