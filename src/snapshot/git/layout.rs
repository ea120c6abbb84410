//! The layout of a repository on disk.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::config;

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
        Self::of_dot_git(root).filter(|layout| !layout.is_bare())
    }

    /// The bare repository with this git directory, or that `.git` in this folder is or leads to. The latter is how its
    /// work trees come to be in one folder with it (`git clone --bare URL .bare`): that folder is not a work tree.
    pub(crate) fn without_work_tree(path: &Path) -> Option<Self> {
        let beside = || Self::of_dot_git(path).filter(Self::is_bare);
        Self::of_git_directory(path).or_else(beside)
    }

    /// The repository at a path that is its git directory or the folder of its `.git`.
    pub(crate) fn at(path: &Path) -> Option<Self> {
        Self::of_work_tree(path).or_else(|| Self::without_work_tree(path))
    }

    /// Where the `.git` file in a folder leads to, if there is no repository.
    pub(crate) fn lost(root: &Path) -> Option<String> {
        let target = git_file(root)?;
        Self::of_git_directory(&root.join(&target)).is_none().then_some(target)
    }

    fn of_dot_git(root: &Path) -> Option<Self> {
        let dot_git = root.join(".git");
        if dot_git.is_dir() {
            return Self::of_git_directory(&dot_git);
        }
        Self::of_git_directory(&root.join(git_file(root)?))
    }

    /// Whether git refuses a work tree here (`core.bare`). A linked work tree of a bare repository has one all the same.
    fn is_bare(&self) -> bool {
        let mut is_bare = false;
        self.each_of_core(|key, value| {
            if key == "bare" {
                is_bare = config::is_on(value);
            }
        });
        is_bare
    }

    /// Where git takes the work tree of this repository to be instead of at a root, as it is written in `core.worktree`.
    /// Submodules have that setting too, and it names their root.
    pub(crate) fn elsewhere(&self, root: &Path) -> Option<String> {
        let mut written = None;
        self.each_of_core(|key, value| {
            if key == "worktree" {
                written = Some(value.to_owned());
            }
        });
        let written = written?;
        let named = self.git_dir.join(&written).canonicalize().ok();
        let is_here = named.is_some() && named == root.canonicalize().ok();
        (!is_here).then_some(written)
    }

    /// Calls `set` with the keys of `core` that are about the main work tree. Git heeds them in no linked one.
    fn each_of_core(&self, mut set: impl FnMut(&str, &str)) {
        if self.git_dir == self.common_dir {
            // With `extensions.worktreeConfig`, the settings move to the second one.
            for name in ["config", "config.worktree"] {
                config::each_of_core(&self.common_dir.join(name), &mut set);
            }
        }
    }
}

/// Where a `.git` file leads to.
fn git_file(root: &Path) -> Option<String> {
    let pointer = read_pointer(&root.join(".git"))?;
    Some(pointer.strip_prefix("gitdir:")?.trim().to_owned())
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
