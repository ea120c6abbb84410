//! Writes a [`Demo`] to disk: files, and git repositories created through libgit2, so that no `git` program is needed.

use std::fs;
use std::io;
use std::path::Path;

use git2::{Index, IndexEntry, IndexTime, Oid, RepositoryInitOptions, Signature, Time};

use crate::error::{Error, Result};
use crate::shape::pack::{PackFile, PackFiles};

use super::{Commit, Demo, Repository, State};

/// The author of every commit.
const AUTHOR: (&str, &str) = ("Demo", "demo@example.com");

/// Writes a fleet into an empty folder.
///
/// # Errors
/// When a file or a repository cannot be written; what was written before it stays.
pub fn write(demo: &Demo, folder: &Path) -> Result<()> {
    write_files(&demo.files, folder)?;
    for repository in [&demo.shape, &demo.monorepo].into_iter().chain(&demo.repositories) {
        let place = folder.join(&repository.folder);
        write_repository(repository, &place)?;
    }
    Ok(())
}

fn write_files(files: &PackFiles, folder: &Path) -> Result<()> {
    for (path, file) in files {
        let place = folder.join(path);
        write_file(file, &place).map_err(|error| {
            Error::failed("cannot write a file of the demo").in_file(&place).caused_by(error)
        })?;
    }
    Ok(())
}

fn write_file(file: &PackFile, place: &Path) -> io::Result<()> {
    if let Some(parent) = place.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(place, &file.bytes)?;
    #[cfg(unix)]
    if file.executable {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(place, fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}

fn write_repository(repository: &Repository, place: &Path) -> Result<()> {
    let tree = commit_all(repository, place).map_err(|error| {
        Error::failed("cannot create a repository of the demo")
            .in_file(place)
            .caused_by(error.message())
    })?;
    match (repository.state, repository.commits.last()) {
        (State::WorkTree, Some(last)) => write_files(&last.files, place),
        (State::Damaged, _) => damage(place, tree).map_err(|error| {
            Error::failed("cannot introduce drift into a demo repository")
                .in_file(place)
                .caused_by(error)
        }),
        (State::WorkTree, None) => Ok(()),
    }
}

/// Creates the repository with its commits, and returns the last one's tree.
fn commit_all(repository: &Repository, place: &Path) -> Result<Oid, git2::Error> {
    let mut options = RepositoryInitOptions::new();
    // Otherwise templates and the branch name would depend on the user's configuration.
    options.initial_head("main").external_template(false);
    options.bare(repository.state == State::Damaged).mkpath(true);
    let git = git2::Repository::init_opts(place, &options)?;
    let mut parent: Option<Oid> = None;
    let mut last = Oid::ZERO_SHA1;
    for (number, commit) in repository.commits.iter().enumerate() {
        last = write_tree(&git, &commit.files)?;
        let tree = git.find_tree(last)?;
        let who = signature(commit)?;
        let parents = parent.map(|id| git.find_commit(id)).transpose()?;
        let parents: Vec<&git2::Commit<'_>> = parents.iter().collect();
        let made = git.commit(Some("HEAD"), &who, &who, &commit.message, &tree, &parents)?;
        for (tag, _) in repository.tags.iter().filter(|(_, tagged)| *tagged == number) {
            git.tag_lightweight(tag, git.find_commit(made)?.as_object(), false)?;
        }
        parent = Some(made);
    }
    if repository.state == State::WorkTree {
        let mut index = git.index()?;
        index.read_tree(&git.find_tree(last)?)?;
        index.write()?;
    }
    Ok(last)
}

fn signature(commit: &Commit) -> Result<Signature<'static>, git2::Error> {
    let (name, address) = AUTHOR;
    Signature::new(name, address, &Time::new(commit.time, 0))
}

/// Writes blobs unchanged: `git add` would apply the conversions of the user's configuration.
fn write_tree(git: &git2::Repository, files: &PackFiles) -> Result<Oid, git2::Error> {
    let mut index = Index::new()?;
    for (path, file) in files {
        index.add(&IndexEntry {
            ctime: IndexTime::new(0, 0),
            mtime: IndexTime::new(0, 0),
            dev: 0,
            ino: 0,
            mode: if file.executable { 0o100_755 } else { 0o100_644 },
            uid: 0,
            gid: 0,
            file_size: 0,
            id: git.blob(&file.bytes)?,
            flags: 0,
            flags_extended: 0,
            path: path.as_bytes().to_owned(),
        })?;
    }
    index.write_tree_to(git)
}

/// Overwrites an object with invalid bytes.
fn damage(git_directory: &Path, object: Oid) -> io::Result<()> {
    let id = object.to_string();
    let (folder, name) = id.split_at(2);
    let file = git_directory.join("objects").join(folder).join(name);
    // Object files are read-only, so the file is replaced.
    fs::remove_file(&file)?;
    fs::write(file, b"no object any more")
}
