//! Versions and files of a distribution, whichever API told them.

use std::collections::BTreeMap;
use std::str::FromStr as _;

use pep440_rs::Version;
use url::Url;

/// A distribution as an index lists it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Project {
    /// Its name as the index spells it.
    pub name: String,
    /// Its versions, those without files too, where the index tells them (PEP 700).
    pub versions: Vec<Version>,
    /// Its files in the order of the index.
    pub files: Vec<File>,
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its name.
    pub file_name: String,
    /// Where it is.
    pub url: Url,
    /// Digests by the names of their algorithms, in lower case.
    pub hashes: BTreeMap<String, String>,
    /// How many bytes it has.
    pub size: Option<u64>,
    /// The versions of Python that it is for, as written.
    pub requires_python: Option<String>,
    /// Whether it was withdrawn.
    pub yanked: Option<Yanked>,
    /// When it was uploaded, as the index writes it.
    pub uploaded: Option<String>,
    /// The metadata file that the index offers beside it (PEP 658), with its sha256 when that is told.
    pub metadata: Option<Option<String>>,
}

/// A file was withdrawn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Yanked {
    /// Why; empty when nobody said.
    pub reason: String,
}

/// What kind of file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileKind {
    /// A wheel.
    Wheel,
    /// A source distribution.
    Sdist,
}

impl File {
    /// What kind of file it is, by its name.
    #[must_use]
    pub fn kind(&self) -> Option<FileKind> {
        let name = self.file_name.as_str();
        if name.ends_with(".whl") {
            return Some(FileKind::Wheel);
        }
        sdist_stem(name).map(|_| FileKind::Sdist)
    }

    /// The version in its name.
    #[must_use]
    pub fn version(&self) -> Option<Version> {
        version_of(&self.file_name)
    }

    /// Where the metadata file is (PEP 658).
    #[must_use]
    pub fn metadata_url(&self) -> Url {
        let mut url = self.url.clone();
        url.set_path(&format!("{}.metadata", self.url.path()));
        url
    }
}

/// The version in a wheel's or sdist's name.
#[must_use]
pub fn version_of(file_name: &str) -> Option<Version> {
    let written = match file_name.strip_suffix(".whl") {
        Some(stem) => stem.split('-').nth(1)?,
        None => sdist_stem(file_name)?.rsplit_once('-')?.1,
    };
    Version::from_str(written).ok()
}

fn sdist_stem(file_name: &str) -> Option<&str> {
    [".tar.gz", ".zip", ".tar.bz2"].iter().find_map(|end| file_name.strip_suffix(end))
}

impl Project {
    /// Files by version, the lowest first. Files whose names hold no version are left out.
    #[must_use]
    pub fn releases(&self) -> BTreeMap<Version, Vec<&File>> {
        let mut releases: BTreeMap<Version, Vec<&File>> =
            self.versions.iter().map(|version| (version.clone(), Vec::new())).collect();
        for file in &self.files {
            if let Some(version) = file.version() {
                releases.entry(version).or_default().push(file);
            }
        }
        releases
    }

    /// The wheel of a version; one that is for every platform before another.
    #[must_use]
    pub fn wheel(&self, version: &Version) -> Option<&File> {
        let wheels = self.files.iter().filter(|file| {
            file.kind() == Some(FileKind::Wheel) && file.version().as_ref() == Some(version)
        });
        wheels.min_by_key(|file| !file.file_name.ends_with("-none-any.whl"))
    }
}
