//! The fleet that `shipshape demo` shows: eight repositories, each with a drift that is common in real fleets.
//!
//! From the embedded shape and a date, generates a [`Demo`], with every file and commit as values, identical for the
//! same date. [`write()`] puts it on disk; judging and showing it is for `cli`. The manifest and the seed for a forge
//! are in [`release`].

mod beside;
mod monorepo;
pub mod release;
mod repositories;
mod runtime;
mod shape;
mod write;

pub use beside::waiver;
pub use write::write;

use crate::error::{Error, Result};
use crate::fleet::Date;
use crate::shape::embedded;
use crate::shape::pack::PackFiles;

/// The folder of the fleet's repositories.
pub const REPOSITORIES: &str = "repositories";

/// The folder of the fleet's shape pack.
pub const SHAPE: &str = "shape";

/// The folder with the source of the package that members run on.
pub const RUNTIME: &str = "runtime";

/// The folder of the repository that releases are made from.
pub const MONOREPO: &str = "monorepo";

/// The package's description in the runtime folder, with the mistakes of `package.yaml` fixed.
pub const MENDED: &str = "mended.yaml";

/// The prefix of each repository's name, before its slug.
pub const PREFIX: &str = "workspace-template-";

/// The slug of the repository with a waived finding.
pub const WAIVED: &str = "claude-code";

/// The rule of that finding.
pub const WAIVED_RULE: &str = "docker-base-image";

/// A fleet that has not been written yet.
#[derive(Clone, Debug)]
pub struct Demo {
    /// Files beside the repositories, by path: fleet.yaml, the history, the registrations.
    pub files: PackFiles,
    /// The repository of the shape pack.
    pub shape: Repository,
    /// The members.
    pub repositories: Vec<Repository>,
    /// The repository that the package is released from.
    pub monorepo: Repository,
}

/// A git repository that has not been written yet.
#[derive(Clone, Debug)]
pub struct Repository {
    /// Its folder, relative to the fleet's.
    pub folder: String,
    /// Its commits on `main`, oldest first; each contains all files of its tree.
    pub commits: Vec<Commit>,
    /// Its tags, each with the index of its commit.
    pub tags: Vec<(String, usize)>,
    /// Its state on disk.
    pub state: State,
}

/// The state of a repository on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// With a work tree in which the last commit is checked out.
    WorkTree,
    /// Bare, with its newest tree object corrupted, as after a disk failure.
    Damaged,
}

/// A commit.
#[derive(Clone, Debug)]
pub struct Commit {
    /// Its message.
    pub message: String,
    /// Its time in seconds since 1970, fixed so that commits have the same ids in every demo.
    pub time: i64,
    /// Every file, by path.
    pub files: PackFiles,
}

impl Demo {
    /// Generates the fleet for a date.
    ///
    /// # Errors
    /// Never in a binary whose tests pass: they generate it.
    pub fn new(today: Date) -> Result<Self> {
        let pack = embedded::load()?;
        let shape = shape::repository(&embedded::files());
        let repositories = repositories::all(&pack, &shape::EARLIER)?;
        let history = beside::history(today)
            .map_err(|error| Error::failed("cannot write the demo's history").caused_by(error))?;
        let mut files = beside::files(&history);
        runtime::add(&mut files);
        Ok(Self { files, shape, repositories, monorepo: monorepo::repository() })
    }
}

/// Adds or replaces a file.
fn put(files: &mut PackFiles, path: &str, text: &str) {
    let file = crate::shape::pack::PackFile { bytes: text.as_bytes().into(), executable: false };
    files.insert(path.to_owned(), file);
}

#[cfg(test)]
mod tests;
