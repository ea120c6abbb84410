//! The list against the folder: what goes into the package, and where the two differ.
//!
//! In: a [`Description`] and a [`Snapshot`] of its source folder. Out: every file that the package takes, and
//! every [`Drift`]: the folder has something that is neither listed nor excluded, the list has something that
//! is not there, or a file cannot be packed. Pure: the build refuses what is told here, `package check` reports
//! it, `package init --update` repairs what can be repaired. Contents are not looked at.

mod collect;
mod conclude;
mod patterns;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use super::Description;
use crate::snapshot::{Entry, RepoPath, Snapshot};
use crate::source::typed::Step;

/// Files that the build makes; a source folder must not have its own, but for `py.typed`.
pub const MODULES_FILE: &str = "_runtime_modules.json";

/// The marker of PEP 561.
pub const TYPED_FILE: &str = "py.typed";

/// What is never part of a package, whatever the list says.
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

/// What the package takes, and where list and folder differ.
#[derive(Debug, Default)]
pub struct Inventory {
    /// The files, in byte order of their paths.
    pub files: Vec<Planned>,
    /// Where list and folder differ, the list's order first.
    pub drift: Vec<Drift>,
}

/// A file that the package takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// Its path in the source folder, which is its path in the package.
    pub path: RepoPath,
    /// What stands there; for a link, what it leads to.
    pub entry: Entry,
    /// Whether it is Python, whose imports are rewritten.
    pub is_python: bool,
}

/// A difference between list and folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drift {
    /// What kind of difference.
    pub kind: DriftKind,
    /// The path in the source folder that it is about.
    pub path: RepoPath,
    /// Where the description says otherwise, when it is about a value there.
    pub listed: Option<Listed>,
    /// What is the matter, one line.
    pub message: String,
    /// What to do.
    pub help: String,
}

/// An item of one of the description's lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// `modules` or `subpackages`.
    pub list: &'static str,
    /// Which, from 0.
    pub index: usize,
}

impl Listed {
    /// Its place in the description.
    #[must_use]
    pub fn steps(&self) -> [Step; 2] {
        [self.list.into(), self.index.into()]
    }
}

/// Kinds of difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DriftKind {
    /// A module of the folder that no list has.
    ModuleUnlisted,
    /// A listed module that is not there.
    ModuleMissing,
    /// A folder of modules that no list has.
    SubpackageUnlisted,
    /// A listed subpackage that is not there.
    SubpackageMissing,
    /// Another file.
    StrayFile,
    /// Another folder.
    StrayFolder,
    /// Listed, and excluded.
    ListedAndExcluded,
    /// Two paths that differ by case only.
    CaseCollision,
    /// A module and a folder of modules of one name.
    ModuleAndFolder,
    /// A module's file name that Python cannot import.
    NotImportable,
    /// A link that leads out of the folder, or to no file.
    Link,
    /// A submodule.
    Submodule,
    /// A compiled file, which makes a wheel one of a platform.
    Compiled,
    /// A file of a name that the build makes itself.
    Reserved,
    /// Something that could not be read.
    Unread,
    /// Nothing at all is there.
    Empty,
}

impl DriftKind {
    /// Whether the list can be repaired from the folder.
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
}

/// Whether a path of the source folder is left out by the description.
#[must_use]
pub fn leaves_out(description: &Description, path: &str) -> bool {
    patterns::Patterns::of(description.exclude.iter().map(String::as_str)).meet(path)
}

/// Paths of the description's own files, relative to the source folder: they are known, and stay out.
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
