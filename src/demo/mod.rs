//! The fleet that `shipshape demo` shows: eight repositories, each with a drift that real fleets have.
//!
//! In: the embedded shape and a day. Out: a [`Demo`], every file and commit of the fleet as values, the
//! same for the same day. [`write()`] puts it on disk; judging and showing it is for `cli`. What is told of it once a
//! forge is there, manifest and seed, is in [`release`].

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

/// Folder of the fleet that holds its repositories.
pub const REPOSITORIES: &str = "repositories";

/// Folder of the fleet that holds its shape pack.
pub const SHAPE: &str = "shape";

/// Folder of the fleet that holds the source of the package its members run on.
pub const RUNTIME: &str = "runtime";

/// Folder of the fleet that holds the repository which releases come from.
pub const MONOREPO: &str = "monorepo";

/// The package's description in that folder, once what is wrong with `package.yaml` is mended.
pub const MENDED: &str = "mended.yaml";

/// What the name of each repository begins with; its slug follows.
pub const PREFIX: &str = "workspace-template-";

/// Slug of the repository with a finding that is waived.
pub const WAIVED: &str = "claude-code";

/// The rule whose finding that is.
pub const WAIVED_RULE: &str = "docker-base-image";

/// A fleet, before it is written.
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

/// A git repository, before it is written.
#[derive(Clone, Debug)]
pub struct Repository {
    /// Its folder, relative to the fleet's.
    pub folder: String,
    /// Its commits on `main`, oldest first; each holds all files that there are then.
    pub commits: Vec<Commit>,
    /// Its tags, each with the number of its commit, counted from 0.
    pub tags: Vec<(String, usize)>,
    /// What is on disk.
    pub state: State,
}

/// How a repository lies on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// With a work tree in which the last commit is checked out.
    WorkTree,
    /// Bare, and the object of its newest tree is no longer one: a disk or a copy lost it.
    Damaged,
}

/// A commit.
#[derive(Clone, Debug)]
pub struct Commit {
    /// Its message.
    pub message: String,
    /// When, in seconds since 1970. Fixed, so that commits have the same ids in every demo.
    pub time: i64,
    /// Every file, by path.
    pub files: PackFiles,
}

impl Demo {
    /// The fleet as it stands on a day.
    ///
    /// # Errors
    /// Never in a binary whose tests pass: they make it.
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

/// Adds a file, or replaces it.
fn put(files: &mut PackFiles, path: &str, text: &str) {
    let file = crate::shape::pack::PackFile { bytes: text.as_bytes().into(), executable: false };
    files.insert(path.to_owned(), file);
}

#[cfg(test)]
mod tests;
