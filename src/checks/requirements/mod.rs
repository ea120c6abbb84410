//! Requirements files, with everything that they include.
//!
//! Reading one yields the file and those that it names with `-r` or `-c`, each once, as far as they are in the
//! repository and can be read.

pub mod requirements_conflict;
pub mod requirements_include_missing;
pub mod requirements_missing;
pub mod requirements_unbounded;
pub mod requirements_unsafe;

use std::collections::VecDeque;
use std::sync::Arc;

use super::{Check, Location, Repository};
use crate::snapshot::{LinkTarget, RepoPath, link_target};
use crate::source::requirements::{Entry, Named, Requirements, normalize};
use crate::source::{Span, Text};

/// The checks of this folder, in the order in which they run. A new one needs a `pub mod` above and a line here.
pub(super) const CHECKS: &[&dyn Check] = &[
    &requirements_missing::RequirementsMissing,
    &requirements_include_missing::RequirementsIncludeMissing,
    &requirements_conflict::RequirementsConflict,
    &requirements_unbounded::RequirementsUnbounded,
    &requirements_unsafe::RequirementsUnsafe,
];

/// How many files of one set are followed.
const MAX_FILES: usize = 64;

/// One file of a set.
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: Text,
    pub(crate) read: Arc<Requirements>,
    /// Whether its entries are installed, rather than only constrained (`-c`).
    pub(crate) installs: bool,
}

/// Where an include points.
pub(crate) enum Included {
    /// Into the repository.
    Path(String),
    /// Out of it.
    Outside,
    /// To a URL, or to a value of an environment variable.
    Elsewhere,
}

impl File {
    /// The files that this one names, and whether their entries are installed.
    pub(super) fn includes(&self) -> impl Iterator<Item = (&Named, bool, Included)> {
        self.read.entries.iter().filter_map(|entry| {
            let (named, installs) = match entry {
                Entry::Include(named) => (named, self.installs),
                Entry::Constraint(named) => (named, false),
                _ => return None,
            };
            Some((named, installs, included(&self.path, &named.value)))
        })
    }

    pub(super) fn location(&self, span: Span) -> Location {
        Location::span(self.path.as_str(), &self.text, span)
    }
}

fn included(path: &str, value: &str) -> Included {
    if value.contains("://") || value.contains("${") {
        return Included::Elsewhere;
    }
    match link_target(&RepoPath::new(path), value) {
        LinkTarget::Inside(path) => Included::Path(path.as_str().to_owned()),
        LinkTarget::Outside | LinkTarget::Absolute => Included::Outside,
    }
}

/// A requirements file and those that it includes, in order of first mention.
pub(crate) fn read(repository: &Repository<'_>, path: &str) -> Vec<File> {
    let mut files: Vec<File> = Vec::new();
    let mut waiting = VecDeque::from([(path.to_owned(), true)]);
    while let Some((path, installs)) = waiting.pop_front() {
        if files.len() >= MAX_FILES || files.iter().any(|file| file.path == path) {
            continue;
        }
        let (Some(text), Some(read)) = (repository.text(&path), repository.requirements(&path))
        else {
            continue;
        };
        let file = File { path, text, read, installs };
        waiting.extend(file.includes().filter_map(|(_, installs, included)| match included {
            Included::Path(path) => Some((path, installs)),
            Included::Outside | Included::Elsewhere => None,
        }));
        files.push(file);
    }
    files
}

/// The paths of a requirements file and of every file it names, including those that cannot be read.
pub(super) fn paths(repository: &Repository<'_>, path: &str) -> Vec<String> {
    let mut paths = vec![path.to_owned()];
    for file in read(repository, path) {
        paths.extend(file.includes().filter_map(|(_, _, included)| match included {
            Included::Path(path) => Some(path),
            Included::Outside | Included::Elsewhere => None,
        }));
    }
    paths
}

/// Every file of every demanded set, each once.
pub(super) fn all(repository: &Repository<'_>) -> Vec<File> {
    let mut all: Vec<File> = Vec::new();
    for demand in &repository.pack.manifest.demands.requirements {
        for file in read(repository, &demand.path) {
            if !all.iter().any(|known| known.path == file.path) {
                all.push(file);
            }
        }
    }
    all
}

/// Whether two names mean the same distribution, normalised as in PEP 503.
pub(super) fn same_distribution(one: &str, other: &str) -> bool {
    normalize(one) == normalize(other)
}
