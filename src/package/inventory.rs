//! Compares the list with the folder: what the package includes, and where the two differ.
//!
//! From a [`Description`] and a [`Snapshot`] of its source folder, lists every file that the package includes and every
//! [`Drift`]: something in the folder that is neither listed nor excluded, something in the list that is missing, or a
//! file that cannot be packed. Pure: the build refuses drift, `package check` reports it, and `package init --update`
//! fixes what can be fixed. Contents are not examined.

mod collect;
mod conclude;
mod patterns;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use super::Description;
use crate::snapshot::{Entry, RepoPath, Snapshot};
use crate::source::typed::Step;

/// The list of modules, which the build generates; a source folder must not have a file of this name.
pub const MODULES_FILE: &str = "_runtime_modules.json";

/// The marker of PEP 561.
pub const TYPED_FILE: &str = "py.typed";

/// What is never part of a package, even if it is listed.
const ALWAYS_OUT: [&str; 11] = [
    "__pycache__",
    "*.pyc",
    "*.pyo",
    ".git",
    ".gitignore",
    ".gitattributes",
    ".gitkeep",
    ".DS_Store",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
];

/// What the package includes, and where the list and the folder differ.
#[derive(Debug, Default)]
pub struct Inventory {
    /// The files, in byte order of their paths.
    pub files: Vec<Planned>,
    /// The differences, first those in the order of the list.
    pub drift: Vec<Drift>,
}

/// A file that the package includes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// Its path in the source folder and in the package.
    pub path: RepoPath,
    /// The entry; for a link, that of its target.
    pub entry: Entry,
    /// Whether it is Python, so that its imports are rewritten.
    pub is_python: bool,
}

/// A difference between the list and the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drift {
    /// Its kind.
    pub kind: DriftKind,
    /// The path in the source folder.
    pub path: RepoPath,
    /// The item of the description, if the difference concerns one.
    pub listed: Option<Listed>,
    /// The description, in one line.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

/// An item of one of the description's lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// `modules` or `subpackages`.
    pub list: &'static str,
    /// The index in the list.
    pub index: usize,
}

impl Listed {
    /// Its path in the description.
    #[must_use]
    pub fn steps(&self) -> [Step; 2] {
        [self.list.into(), self.index.into()]
    }
}

/// The kind of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DriftKind {
    /// A module in the folder that is not listed.
    ModuleUnlisted,
    /// A listed module that is missing.
    ModuleMissing,
    /// A folder of modules that is not listed.
    SubpackageUnlisted,
    /// A listed subpackage that is missing.
    SubpackageMissing,
    /// Another file.
    StrayFile,
    /// Another folder.
    StrayFolder,
    /// Both listed and excluded.
    ListedAndExcluded,
    /// Two paths that differ only in case.
    CaseCollision,
    /// A module and a folder of modules with the same name.
    ModuleAndFolder,
    /// A module's file name that Python cannot import.
    NotImportable,
    /// A link that leads out of the folder, or not to a file.
    Link,
    /// A submodule.
    Submodule,
    /// A compiled file, which would make the wheel platform-specific.
    Compiled,
    /// A file whose name is reserved for one that the build generates.
    Reserved,
    /// Something that could not be read.
    Unread,
    /// The folder contains nothing to package.
    Empty,
}

impl DriftKind {
    /// Whether the list can be fixed from the folder.
    #[must_use]
    pub fn is_repairable(self) -> bool {
        matches!(
            self,
            Self::ModuleUnlisted
                | Self::ModuleMissing
                | Self::SubpackageUnlisted
                | Self::SubpackageMissing
        )
    }
}

impl Inventory {
    /// Compares a list with a folder.
    #[must_use]
    pub fn of(description: &Description, source: &Snapshot) -> Self {
        let mut collector = collect::Collector::new(description, source);
        collector.entries();
        collector.conclude()
    }

    /// Files that are included with a folder, and look like what an editor or a tool left there: backups, hidden files.
    pub fn leftovers(&self) -> impl Iterator<Item = &RepoPath> {
        self.files.iter().map(|file| &file.path).filter(|path| is_leftover(path))
    }
}

fn is_leftover(path: &RepoPath) -> bool {
    let is_hidden = path.as_str().split('/').any(|part| part.starts_with('.'));
    is_hidden || [".bak", ".orig", ".rej", "~"].iter().any(|ending| path.as_str().ends_with(ending))
}

/// Whether the description excludes a path of the source folder.
#[must_use]
pub fn leaves_out(description: &Description, path: &str) -> bool {
    patterns::Patterns::of(description.exclude.iter().map(String::as_str)).meet(path)
}

/// Paths of the description's own files, relative to the source folder: they are known and not included.
fn own_files(description: &Description) -> BTreeSet<String> {
    let metadata = &description.metadata;
    let files = [super::description::FILE, description.waivers.as_str()].into_iter();
    let files = files
        .chain(metadata.readme.as_deref())
        .chain(metadata.dependencies_from.as_deref())
        .chain(metadata.license_files.iter().map(String::as_str));
    let source = description.source.trim_end_matches('/');
    let inside = |file: &str| match source {
        "." => Some(file.to_owned()),
        source => Some(file.strip_prefix(source)?.strip_prefix('/')?.to_owned()),
    };
    files.filter_map(inside).collect()
}
