//! What git tracks and ignores around a folder on disk.

use std::collections::BTreeMap;
use std::fs;
use std::ops::Bound;
use std::path::Path;

use super::MAX_IGNORE_BYTES;
use crate::snapshot::git::{Layout, blob_id};
use crate::snapshot::open::work_tree_around;
use crate::snapshot::{BlobId, RepoPath};

/// An index larger than this is not read: 256 MiB, some two million files.
const MAX_INDEX_BYTES: u64 = 256 << 20;

const SUBMODULE: u32 = 0o160_000;

/// What the index has of a path.
#[derive(Clone, Copy)]
struct Recorded {
    /// The blob; the commit of a submodule.
    id: Option<BlobId>,
    is_submodule: bool,
    /// How many bytes git wrote to the disk, or found there when it took the file up.
    size: u32,
}

/// The index and the ignore rules of the work tree around a folder. Paths are relative to the folder.
///
/// The rules are those of the tree's `.gitignore` files and of `.git/info/exclude`. Here the latter take precedence,
/// the opposite of git. The repository's and the user's configuration is not read, so `core.excludesFile` counts only
/// at its default location. Another difference from git is libgit2's: a negated name without a wildcard (`!keep.log`)
/// does not override a pattern of a `.gitignore` in a parent folder, so an untracked file of that name is left out.
pub(super) struct Tracked {
    rules: git2::Repository,
    /// The folder's path in the work tree with a trailing slash; empty at its root.
    prefix: String,
    /// Tracked paths of the work tree.
    index: BTreeMap<RepoPath, Recorded>,
    /// Why the index could not be read.
    pub(super) problem: Option<String>,
}

impl Tracked {
    /// Reads the work tree around a folder; `None` if there is none, or it ignores the folder.
    pub(super) fn around(folder: &Path) -> Option<Self> {
        let (root, prefix) = work_tree_around(folder)?;
        let layout = Layout::of_work_tree(&root)?;
        let rules = git2::Repository::from_odb(git2::Odb::new().ok()?).ok()?;
        rules.set_config(&git2::Config::new().ok()?).ok()?;
        rules.set_workdir(&root, false).ok()?;
        let exclude = layout.common_dir.join("info/exclude");
        // Reading a pipe would block forever.
        let is_small = |found: fs::Metadata| found.is_file() && found.len() <= MAX_IGNORE_BYTES;
        if exclude.metadata().is_ok_and(is_small)
            && let Ok(exclude) = fs::read_to_string(exclude)
        {
            rules.add_ignore_rule(&exclude).ok()?;
        }
        let mut prefix = prefix.to_str()?.to_owned();
        if !prefix.is_empty() {
            prefix.push('/');
        }
        let (index, problem) = match read_index(&layout.git_dir.join("index")) {
            Ok(index) => (index, None),
            Err(problem) => (BTreeMap::new(), Some(problem)),
        };
        let tracked = Self { rules, prefix, index, problem };
        let is_ignored = !tracked.prefix.is_empty() && tracked.ignores("");
        (!is_ignored || tracked.has_below("")).then_some(tracked)
    }

    /// Whether a path is ignored; a folder's path ends in a slash. Does not consider the folders above it.
    pub(super) fn ignores(&self, path: &str) -> bool {
        self.rules.is_path_ignored(format!("{}{path}", self.prefix)).unwrap_or(false)
    }

    /// Whether a file is tracked.
    pub(super) fn has(&self, path: &str) -> bool {
        self.index.contains_key(format!("{}{path}", self.prefix).as_str())
    }

    /// Whether anything below a folder is tracked.
    pub(super) fn has_below(&self, folder: &str) -> bool {
        let start = if folder.is_empty() {
            self.prefix.clone()
        } else {
            format!("{}{folder}/", self.prefix)
        };
        let range = (Bound::Included(start.as_str()), Bound::Unbounded);
        let next = self.index.range::<str, _>(range).next();
        next.is_some_and(|(path, _)| path.as_str().starts_with(&start))
    }

    /// The commit of a submodule in the index.
    pub(super) fn submodule(&self, path: &str) -> Option<BlobId> {
        self.recorded(path).filter(|it| it.is_submodule)?.id
    }

    /// The blob of a file that git left with so many bytes on the disk. Other line ends than the blob's are then git's own
    /// doing; whoever changes them changes the size.
    pub(super) fn left_with(&self, path: &str, size: u64) -> Option<BlobId> {
        let is_as_left = |it: &Recorded| !it.is_submodule && u64::from(it.size) == size;
        self.recorded(path).filter(is_as_left)?.id
    }

    fn recorded(&self, path: &str) -> Option<Recorded> {
        self.index.get(format!("{}{path}", self.prefix).as_str()).copied()
    }
}

fn read_index(path: &Path) -> Result<BTreeMap<RepoPath, Recorded>, String> {
    let words = |cause: &str| {
        format!(
            "has an index of git that cannot be read, so files that are tracked and ignored are left out: {cause}"
        )
    };
    // A repository without an index tracks nothing yet.
    let Ok(metadata) = path.metadata() else { return Ok(BTreeMap::new()) };
    if !metadata.is_file() || metadata.len() > MAX_INDEX_BYTES {
        return Err(words("it is no regular file of a reasonable size"));
    }
    let index = git2::Index::open(path).map_err(|error| words(error.message()))?;
    let recorded = |entry: &git2::IndexEntry| Recorded {
        id: blob_id(entry.id),
        is_submodule: entry.mode == SUBMODULE,
        size: entry.file_size,
    };
    Ok(index.iter().map(|entry| (RepoPath::from_bytes(&entry.path), recorded(&entry))).collect())
}
