//! Chooses how a path on disk is read.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::git::{self, Layout};
use super::{Snapshot, WorkTree, folder};
use crate::error::{Error, Result};

/// The kind of source at a path that the user gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// A git directory: a bare repository, the folder around it whose `.git` leads to it, or a `.git` folder itself.
    GitDirectory,
    /// The root of a git work tree, including linked ones and submodules.
    WorkTree,
    /// A folder below the root of a work tree.
    InWorkTree,
    /// A folder outside of any repository.
    Folder,
}

/// The kind of source at a path.
///
/// # Errors
/// When there is nothing, or a work tree without its repository or of a repository that names another folder as its work
/// tree (failed), or something other than a folder (usage).
pub fn kind_of(path: &Path) -> Result<SourceKind> {
    let metadata = path
        .metadata()
        .map_err(|cause| Error::failed("cannot read this folder").in_file(path).caused_by(cause))?;
    if !metadata.is_dir() {
        let error = Error::usage("this is a file; a repository is a folder").in_file(path);
        return Err(error.hint("give the folder that holds it"));
    }
    Ok(if let Some(layout) = Layout::of_work_tree(path) {
        located(path, &layout)?;
        SourceKind::WorkTree
    } else if Layout::without_work_tree(path).is_some() {
        SourceKind::GitDirectory
    } else if let Some(error) = lost_around(path) {
        return Err(error);
    } else if let Some((root, _)) = work_tree_around(path) {
        if let Some(layout) = Layout::of_work_tree(&root) {
            located(&root, &layout)?;
        }
        SourceKind::InWorkTree
    } else {
        SourceKind::Folder
    })
}

/// Reads the tree at a path: a git directory at a reference, by default `HEAD`; a work tree at a reference, by default
/// what is on disk, as git would keep it; a folder as it is on disk.
///
/// A folder below the root of a work tree can be read at a reference too, with paths relative to it.
///
/// # Errors
/// When it cannot be read at all, or a reference is given for a folder outside of any repository.
pub fn open(path: &Path, reference: Option<&str>) -> Result<Snapshot> {
    match (kind_of(path)?, reference) {
        (SourceKind::GitDirectory, _) | (SourceKind::WorkTree, Some(_)) => {
            git::open(path)?.snapshot(reference)
        }
        (_, None) => folder::read(path),
        (SourceKind::InWorkTree, Some(reference)) => {
            let Some((root, prefix)) = work_tree_around(path) else { return folder::read(path) };
            let snapshot = git::open(&root)?.snapshot(Some(reference))?;
            part(&snapshot, &prefix, path, reference)
        }
        (SourceKind::Folder, Some(reference)) => {
            let message = format!(
                "cannot read `{}` of a folder that is not a repository",
                reference.escape_debug()
            );
            Err(Error::usage(message)
                .in_file(path)
                .hint("leave the reference out to read what is on disk"))
        }
    }
}

/// Reads the tree at a reference like [`open`], as it would be checked out into the work tree that is at the path or
/// around it: with what its own files say of attributes. Nothing would be checked out of a git directory.
///
/// # Errors
/// As for [`open`].
pub fn to_check_out(path: &Path, reference: &str) -> Result<Snapshot> {
    let around = match kind_of(path)? {
        SourceKind::WorkTree | SourceKind::InWorkTree => work_tree_around(path),
        SourceKind::GitDirectory | SourceKind::Folder => None,
    };
    let Some((root, prefix)) = around else { return open(path, Some(reference)) };
    let mut snapshot = git::open(&root)?.snapshot(Some(reference))?;
    snapshot.work_tree = Some(Arc::new(WorkTree::of_a_checkout(&snapshot)));
    if prefix.as_os_str().is_empty() {
        return Ok(snapshot);
    }
    part(&snapshot, &prefix, path, reference)
}

/// The folder of a snapshot that is at this path on the disk.
fn part(snapshot: &Snapshot, prefix: &Path, path: &Path, reference: &str) -> Result<Snapshot> {
    let below = snapshot.below(&prefix.to_string_lossy());
    if below.entries.is_empty() && below.problems.is_empty() {
        let message =
            format!("the repository has no such folder at `{}`", reference.escape_debug());
        return Err(Error::failed(message).in_file(path));
    }
    Ok(below)
}

/// Reads a folder or a work tree as it is on disk, to the byte; a git directory at `HEAD`.
///
/// # Errors
/// When it cannot be read at all.
pub fn on_disk(path: &Path) -> Result<Snapshot> {
    match kind_of(path)? {
        SourceKind::GitDirectory => git::open(path)?.snapshot(None),
        SourceKind::WorkTree | SourceKind::InWorkTree | SourceKind::Folder => folder::on_disk(path),
    }
}

/// The root of the nearest work tree around a folder, and the folder's path in it (empty for the root).
#[must_use]
pub fn work_tree_around(path: &Path) -> Option<(PathBuf, PathBuf)> {
    let path = path.canonicalize().ok()?;
    let root = marked_around(&path)?;
    Layout::of_work_tree(root)?;
    Some((root.to_owned(), path.strip_prefix(root).ok()?.to_owned()))
}

/// The nearest folder with a `.git`.
fn marked_around(path: &Path) -> Option<&Path> {
    path.ancestors().find(|folder| folder.join(".git").symlink_metadata().is_ok())
}

/// Refuses a folder whose repository has its work tree elsewhere: to git, the files here are not those of the repository,
/// and a repair of them would not be one of it.
fn located(root: &Path, layout: &Layout) -> Result<()> {
    let Some(named) = layout.elsewhere(root) else { return Ok(()) };
    let error = Error::failed(format!(
        "the work tree of this repository is `{}` (`core.worktree` in its configuration), not this folder",
        named.escape_debug()
    ));
    let error = error.in_file(root);
    Err(error.hint(
        "name that folder, or run `git config --unset core.worktree` if the repository's files are here",
    ))
}

/// The error for a folder in a work tree whose repository was moved or removed. As a plain folder it would be judged
/// without a word about what git tracks and ignores in it, and nothing of it could be recovered.
fn lost_around(path: &Path) -> Option<Error> {
    let path = path.canonicalize().ok()?;
    let root = marked_around(&path)?;
    let target = Layout::lost(root)?;
    let missing =
        format!("no git repository is at `{}`, which this file names", target.escape_debug());
    let file = root.join(".git");
    Some(match target.contains("/worktrees/") {
        // Reports show the sentence without hints.
        true => Error::failed(format!(
            "{missing}: in the repository that was moved, `git worktree repair FOLDER`, with this folder as FOLDER, corrects it"
        ))
        .in_file(file),
        false => Error::failed(missing)
            .in_file(file)
            .hint("move the git directory back, or clone the repository again"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;
    use crate::snapshot::testing::TestRepository;

    #[test]
    fn what_stands_at_a_path_decides_how_it_is_read() {
        let mut repository = TestRepository::with_work_tree();
        repository.commit(&[("committed", "1"), ("d/inner", "2")], &[]);
        std::fs::create_dir(repository.path().join("d")).expect("a folder");
        std::fs::write(repository.path().join("d/loose"), "3").expect("written");
        let root = repository.path();
        let paths = |path: &Path, reference| -> Vec<String> {
            let snapshot = open(path, reference).expect("a snapshot");
            snapshot.entries.keys().map(ToString::to_string).collect()
        };
        assert_eq!(kind_of(root), Ok(SourceKind::WorkTree));
        assert_eq!(paths(root, None), ["d/loose"]);
        assert_eq!(paths(root, Some("HEAD")), ["committed", "d/inner"]);
        let inner = root.join("d");
        assert_eq!(kind_of(&inner), Ok(SourceKind::InWorkTree));
        assert_eq!(paths(&inner, None), ["loose"]);
        assert_eq!(paths(&inner, Some("trunk")), ["inner"]);
        let git = root.join(".git");
        assert_eq!(kind_of(&git), Ok(SourceKind::GitDirectory));
        assert_eq!(paths(&git, None), ["committed", "d/inner"]);
        std::fs::create_dir(root.join("new")).expect("a folder");
        assert!(open(&root.join("new"), Some("trunk")).is_err());
    }

    #[test]
    fn a_plain_folder_has_no_references() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        assert_eq!(kind_of(folder.path()), Ok(SourceKind::Folder));
        assert!(open(folder.path(), None).is_ok());
        let error = open(folder.path(), Some("main")).expect_err("no repository");
        assert_eq!(error.kind(), Kind::Usage);
    }

    #[test]
    fn a_part_of_a_snapshot_takes_its_own_problems_along() {
        let mut repository = TestRepository::bare();
        let missing = repository.tree(&[("x", "1")]);
        repository.commit(&[("d/a", "1"), ("d/m/x", "1"), ("d-e", "2"), ("f/b", "3")], &[]);
        std::fs::remove_file(repository.loose(missing)).expect("removed");
        let snapshot = open(repository.path(), None).expect("a snapshot");
        let part = snapshot.below("d/");
        assert_eq!(part.entries.keys().map(|it| it.as_str()).collect::<Vec<_>>(), ["a"]);
        assert_eq!(part.problems[0].path.as_str(), "m");
        assert!(snapshot.below("f").problems.is_empty());
    }
}
