//! Any finished distribution: a wheel, an sdist, or the tree that a build would pack.
//!
//! A file, its bytes, or files in memory are read into a [`Distribution`]: its files, the documents that describe it
//! (METADATA, WHEEL, RECORD, entry_points.txt) with spans, and every oddity as a [`Problem`] for rules to report. Only
//! what is not an archive at all is an error.
//!
//! Nothing is unpacked to disk or run, and everything is bounded by the constants below. The zip structure is parsed
//! here and not by a library, since a library hides what two readers would see differently, which is what has to be
//! found. What a problem means for an index is for `checks::distribution` to decide.

mod entry_points;
mod file_name;
mod folder;
mod headers;
mod problem;
mod record;
mod tarball;
mod zipfile;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

pub use entry_points::{EntryPoint, EntryPoints, Group, ObjectReference};
pub use file_name::{FileName, FileNameError, SdistName, WheelName};
pub use folder::{in_folder, wheels_in_folder};
pub use headers::{Field, Headers};
pub use problem::{Problem, ProblemKind};
pub use record::{Record, Row};

use crate::edge::whole_file;
use crate::error::{Error, Result};
use crate::snapshot::RepoPath;
use crate::source::Text;
use crate::source::requirements::normalize;

/// Maximum size of an archive, in bytes; an index accepts 100 MiB by default.
pub const MAX_ARCHIVE_BYTES: u64 = 512 << 20;

/// Maximum number of entries to read.
pub const MAX_ENTRIES: usize = 100_000;

/// Maximum size of all files of an archive when expanded, in bytes.
pub const MAX_EXPANDED_BYTES: u64 = 1 << 30;

/// Maximum size of an sdist when expanded, in bytes.
pub const MAX_SDIST_BYTES: u64 = 256 << 20;

/// Maximum compression ratio of files that expand beyond [`MAX_DENSE_BYTES`].
pub const MAX_RATIO: u64 = 200;

/// Maximum length of a safe path in bytes: with the installation folder, systems allow some 4,096 bytes.
pub const MAX_PATH_BYTES: usize = 2_048;

/// Maximum number of components in a safe path: installers create folders recursively.
pub const MAX_PATH_PARTS: usize = 200;

/// The size up to which a file may have any compression ratio.
pub const MAX_DENSE_BYTES: u64 = 16 << 20;

/// The kind of a distribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A zip file (PEP 427).
    Wheel,
    /// A `.tar.gz` file (PEP 625).
    Sdist,
    /// What a build would pack, without an archive.
    Tree,
}

/// A parsed document of a distribution, with its text.
#[derive(Clone, Debug)]
pub struct Document<T> {
    /// Its path in the distribution.
    pub path: RepoPath,
    /// Its text.
    pub text: Text,
    /// The parsed value.
    pub value: T,
}

/// A distribution.
#[derive(Clone, Debug)]
pub struct Distribution {
    /// Its kind.
    pub kind: Kind,
    /// The archive's file name, without folders.
    pub file_name: String,
    /// The size of the archive; `None` for a tree.
    pub archive_bytes: Option<u64>,
    /// Its files by path in the archive.
    pub files: BTreeMap<RepoPath, Arc<[u8]>>,
    /// Paths in the archive that were not read; each has a problem.
    pub withheld: BTreeSet<RepoPath>,
    /// Whether files may have been missed entirely, so that the absence of one proves nothing.
    pub incomplete: bool,
    /// Every oddity of the archive.
    pub problems: Vec<Problem>,
    /// The top-level `*.dist-info` folders of a wheel, in order.
    pub dist_infos: Vec<String>,
    /// The folder with its metadata: `*.dist-info`, or the root of an sdist.
    pub info: Option<String>,
    /// METADATA or PKG-INFO.
    pub metadata: Option<Document<Headers>>,
    /// WHEEL.
    pub wheel: Option<Document<Headers>>,
    /// RECORD.
    pub record: Option<Document<Record>>,
    /// entry_points.txt.
    pub entry_points: Option<Document<EntryPoints>>,
}

/// Opens a wheel whose files are certain to be those that an installer finds.
///
/// # Errors
/// Those of [`open`], and when the archive is unsafe ([`ProblemKind::is_unsafe`]).
pub fn open_safe(path: &Path) -> Result<Distribution> {
    const TOLD: usize = 3;
    let read = open(path)?;
    let found: Vec<&Problem> =
        read.problems.iter().filter(|problem| problem.kind.is_unsafe()).collect();
    if found.is_empty() {
        return Ok(read);
    }
    let error = Error::failed(
        "how an installer would treat this archive is not known, so do not install it",
    );
    let error = found
        .iter()
        .take(TOLD)
        .fold(error.in_file(path), |error, problem| error.caused_by(problem.in_words()));
    Err(error.hint("`shipshape package check` lists everything that is wrong with it"))
}

/// Opens a wheel or an sdist.
///
/// # Errors
/// When the file cannot be read, is too large, has neither's name, or is not an archive.
pub fn open(path: &Path) -> Result<Distribution> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let refused = |cause: std::io::Error| {
        Error::failed("cannot read this distribution").in_file(path).caused_by(cause)
    };
    let mut bytes = Vec::new();
    let file = whole_file::open(path).map_err(refused)?;
    file.take(MAX_ARCHIVE_BYTES + 1).read_to_end(&mut bytes).map_err(refused)?;
    of_bytes(&name, &bytes).map_err(|error| error.in_file(path))
}

/// Reads a wheel or an sdist from its name and bytes.
///
/// # Errors
/// When there are too many bytes, the name is neither's, or they are not an archive.
pub fn of_bytes(file_name: &str, bytes: &[u8]) -> Result<Distribution> {
    if bytes.len() as u64 > MAX_ARCHIVE_BYTES {
        let message = format!("this file has more than {MAX_ARCHIVE_BYTES} bytes, the limit");
        return Err(Error::failed(message));
    }
    let (kind, contents) = if file_name.to_ascii_lowercase().ends_with(".whl") {
        (Kind::Wheel, zipfile::read(bytes)?)
    } else if file_name.to_ascii_lowercase().ends_with(".tar.gz") {
        (Kind::Sdist, tarball::read(bytes)?)
    } else {
        return Err(Error::usage(format!("`{file_name}` is neither a wheel nor an sdist"))
            .hint("a wheel's name ends in `.whl`, an sdist's in `.tar.gz`"));
    };
    let mut distribution = Distribution::empty(kind, file_name);
    distribution.archive_bytes = Some(bytes.len() as u64);
    let Contents { files, withheld, problems, incomplete } = contents;
    distribution.incomplete = incomplete;
    distribution.files = files;
    distribution.withheld = withheld;
    distribution.problems = problems;
    distribution.read_documents();
    Ok(distribution)
}

/// The content of an archive.
#[derive(Debug, Default)]
struct Contents {
    files: BTreeMap<RepoPath, Arc<[u8]>>,
    withheld: BTreeSet<RepoPath>,
    problems: Vec<Problem>,
    /// Whether entries may have been missed entirely.
    incomplete: bool,
}

impl Contents {
    fn problem(&mut self, kind: ProblemKind, path: Option<&RepoPath>, detail: impl Into<String>) {
        self.problems.push(Problem { kind, path: path.cloned(), detail: detail.into() });
    }

    /// Records an entry that is not read, with the reason.
    fn withhold(&mut self, kind: ProblemKind, path: &RepoPath, detail: impl Into<String>) {
        self.problem(kind, Some(path), detail);
        self.withheld.insert(path.clone());
    }
}

impl Distribution {
    fn empty(kind: Kind, file_name: &str) -> Self {
        Self {
            kind,
            file_name: file_name.to_owned(),
            archive_bytes: None,
            files: BTreeMap::new(),
            withheld: BTreeSet::new(),
            incomplete: false,
            problems: Vec::new(),
            dist_infos: Vec::new(),
            info: None,
            metadata: None,
            wheel: None,
            record: None,
            entry_points: None,
        }
    }

    /// The tree that a build would pack: files by path below the site folder, and the texts of METADATA and, if there
    /// is one, entry_points.txt, which are put into `NAME.dist-info/`.
    #[must_use]
    pub fn of_tree(
        name: &str,
        files: impl IntoIterator<Item = (RepoPath, Arc<[u8]>)>,
        metadata: &str,
        entry_points: Option<&str>,
    ) -> Self {
        let mut tree = Self::empty(Kind::Tree, name);
        tree.files = files.into_iter().collect();
        let info = format!("{name}.dist-info");
        let documents = [("METADATA", Some(metadata)), ("entry_points.txt", entry_points)];
        for (file, text) in documents {
            if let Some(text) = text {
                tree.files.insert(RepoPath::new(&format!("{info}/{file}")), text.as_bytes().into());
            }
        }
        tree.read_documents();
        tree
    }

    /// The bytes of a file.
    #[must_use]
    pub fn file(&self, path: &str) -> Option<&Arc<[u8]>> {
        self.files.get(path)
    }

    /// The path of a file in the metadata folder, such as `METADATA` or `PKG-INFO`.
    #[must_use]
    pub fn info_path(&self, file: &str) -> Option<RepoPath> {
        self.info.as_ref().map(|info| RepoPath::new(&format!("{info}/{file}")))
    }

    /// The first field with this name in the metadata.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.metadata.as_ref()?.value.one(name)
    }

    /// The parsed file name.
    ///
    /// # Errors
    /// When it does not follow PEP 427 or PEP 625.
    pub fn name(&self) -> Result<FileName, FileNameError> {
        FileName::parse(self.kind, &self.file_name)
    }

    /// Files by their installed path below the folder that Python searches: the contents of `*.data/purelib` and
    /// `platlib` move there. Empty for an sdist, which has to be built first.
    pub fn site_files(&self) -> impl Iterator<Item = (RepoPath, &RepoPath, &Arc<[u8]>)> {
        let wanted = self.kind != Kind::Sdist;
        self.files
            .iter()
            .filter(move |_| wanted)
            .filter_map(|(path, bytes)| Some((site_path(path)?, path, bytes)))
    }

    fn read_documents(&mut self) {
        let top: BTreeSet<&str> = self
            .files
            .keys()
            .chain(&self.withheld)
            .filter_map(|path| path.as_str().split_once('/').map(|(top, _)| top))
            .collect();
        let dist_infos = top.iter().filter(|top| top.ends_with(".dist-info"));
        self.dist_infos = dist_infos.map(|top| (*top).to_owned()).collect();
        self.info = match self.kind {
            Kind::Wheel | Kind::Tree => self.own_dist_info(),
            Kind::Sdist => {
                let wanted = self.file_name.trim_end_matches(".tar.gz");
                let root = top.get(wanted).or_else(|| top.first());
                root.map(|root| (*root).to_owned())
            }
        };
        let metadata = if self.kind == Kind::Sdist { "PKG-INFO" } else { "METADATA" };
        self.metadata = self.document(metadata, Headers::parse);
        if self.kind == Kind::Sdist {
            return;
        }
        self.wheel = self.document("WHEEL", Headers::parse);
        self.record = self.document("RECORD", Record::parse);
        self.entry_points = self.document("entry_points.txt", EntryPoints::parse);
    }

    /// The `*.dist-info` that matches the file name, or else the first.
    fn own_dist_info(&self) -> Option<String> {
        let name = self.name().ok().map(|name| normalize(name.distribution()));
        let is_own = |info: &&String| {
            let stem = info.trim_end_matches(".dist-info");
            let stem = stem.rsplit_once('-').map_or(stem, |(name, _)| name);
            Some(normalize(stem)) == name
        };
        self.dist_infos.iter().find(is_own).or_else(|| self.dist_infos.first()).cloned()
    }

    fn document<T>(&mut self, file: &str, parse: impl Fn(&Text) -> T) -> Option<Document<T>> {
        let path = self.info_path(file)?;
        let bytes = Arc::clone(self.files.get(&path)?);
        match std::str::from_utf8(&bytes) {
            Ok(content) => {
                let text = Text::new(content);
                let value = parse(&text);
                Some(Document { path, text, value })
            }
            Err(error) => {
                let detail = format!("is not UTF-8 from byte {}", error.valid_up_to());
                self.problems.push(Problem {
                    kind: ProblemKind::Undecodable,
                    path: Some(path),
                    detail,
                });
                None
            }
        }
    }
}

/// Why a path must not be written to disk; `None` if it may be.
fn unsafe_path(path: &str) -> Option<String> {
    let path = path.strip_suffix('/').unwrap_or(path);
    let drive = path.as_bytes().get(1) == Some(&b':');
    let reason = if path.is_empty() {
        "has no name"
    } else if path.starts_with('/') || drive {
        "has an absolute path"
    } else if path.split('/').any(|part| part == "..") {
        "leaves its folder"
    } else if path.split('/').any(|part| matches!(part, "" | ".")) {
        "has an empty part or a `.` in its path"
    } else if path.contains('\\') {
        "has a backslash in its path, which separates folders on some systems"
    } else if path.chars().any(char::is_control) {
        "has a control character in its path"
    } else if path.len() > MAX_PATH_BYTES || path.split('/').count() > MAX_PATH_PARTS {
        "has a path that is longer or deeper than installers and file systems accept"
    } else {
        return None;
    };
    Some(reason.to_owned())
}

/// The installed path of a wheel's file, if that is below the folder that Python searches.
pub(super) fn site_path(path: &RepoPath) -> Option<RepoPath> {
    let Some((top, rest)) = path.as_str().split_once('/') else { return Some(path.clone()) };
    if top.ends_with(".dist-info") {
        return None;
    }
    if !top.ends_with(".data") {
        return Some(path.clone());
    }
    let (scheme, rest) = rest.split_once('/')?;
    matches!(scheme, "purelib" | "platlib").then(|| RepoPath::new(rest))
}
