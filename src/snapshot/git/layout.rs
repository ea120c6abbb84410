//! The layout of a repository on disk.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Maximum size of one of git's small files (`.git`, `commondir`, a loose reference), in bytes.
const POINTER_BYTES: u64 = 8 << 10;

/// The folders of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    /// Contains `HEAD` and whatever belongs to one work tree.
    pub(crate) git_dir: PathBuf,
    /// Contains objects, references and configuration; differs from `git_dir` only for linked work trees.
    pub(crate) common_dir: PathBuf,
}

impl Layout {
    /// The repository with this git directory: a bare one, or a `.git` folder.
    pub(crate) fn of_git_directory(path: &Path) -> Option<Self> {
        if !path.join("HEAD").symlink_metadata().is_ok_and(|head| !head.is_dir()) {
            return None;
        }
        let common_dir = match read_pointer(&path.join("commondir")) {
            Some(common) => path.join(common.trim_end()),
            None => path.to_owned(),
        };
        let complete = common_dir.join("objects").is_dir() && common_dir.join("refs").is_dir();
        complete.then(|| Self { git_dir: path.to_owned(), common_dir })
    }

    /// The repository whose work tree has this root, by its `.git` folder or by the `.git` file of a linked work tree
    /// or a submodule.
    pub(crate) fn of_work_tree(root: &Path) -> Option<Self> {
        let dot_git = root.join(".git");
        if dot_git.is_dir() {
            return Self::of_git_directory(&dot_git);
        }
        let pointer = read_pointer(&dot_git)?;
        let target = pointer.strip_prefix("gitdir:")?.trim();
        Self::of_git_directory(&root.join(target))
    }

    /// The repository at a path that is its git directory or the root of its work tree.
    pub(crate) fn at(path: &Path) -> Option<Self> {
        Self::of_work_tree(path).or_else(|| Self::of_git_directory(path))
    }
}

/// The text of one of git's small files; `None` if it is missing, not a regular file, too large or not UTF-8.
pub(super) fn read_pointer(path: &Path) -> Option<String> {
    // Opening a FIFO would block forever.
    if !path.metadata().ok()?.is_file() {
        return None;
    }
    let mut text = String::new();
    let mut file = fs::File::open(path).ok()?.take(POINTER_BYTES + 1);
    file.read_to_string(&mut text).ok()?;
    (text.len() as u64 <= POINTER_BYTES).then_some(text)
}
