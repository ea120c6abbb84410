//! Versions and files of a distribution, independent of the API.

use std::collections::BTreeMap;
use std::str::FromStr as _;

use pep440_rs::Version;
use url::Url;

/// A distribution as an index lists it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Project {
    /// Its name as the index spells it.
    pub name: String,
    /// Its versions, including those without files, if the index lists them (PEP 700).
    pub versions: Vec<Version>,
    /// Its files, in the index's order.
    pub files: Vec<File>,
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its name.
    pub file_name: String,
    /// The file's address.
    pub url: Url,
    /// Digests by algorithm name, in lower case.
    pub hashes: BTreeMap<String, String>,
    /// Its size in bytes.
    pub size: Option<u64>,
    /// The supported versions of Python, as written.
    pub requires_python: Option<String>,
    /// Whether and why it was yanked.
    pub yanked: Option<Yanked>,
    /// When it was uploaded, as the index writes it.
    pub uploaded: Option<String>,
    /// Whether the index offers a metadata file beside it (PEP 658), with its sha256 if given.
    pub metadata: Option<Option<String>>,
}

/// Says that a file was yanked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Yanked {
    /// The reason; empty if none was given.
    pub reason: String,
}

impl Yanked {
    /// The reason for display, even if there is none.
    #[must_use]
    pub fn in_words(&self) -> &str {
        if self.reason.is_empty() { "no reason is given" } else { &self.reason }
    }
}

/// The kind of a distribution file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileKind {
    /// A wheel.
    Wheel,
    /// A source distribution.
    Sdist,
}

impl File {
    /// The kind of file, by its name.
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

    /// The address of its metadata file (PEP 658).
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
    /// Files by version, lowest first. Files without a version in their names are left out.
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

    /// The wheel of a version, preferably one for every platform.
    #[must_use]
    pub fn wheel(&self, version: &Version) -> Option<&File> {
        let wheels = self.files.iter().filter(|file| {
            file.kind() == Some(FileKind::Wheel) && file.version().as_ref() == Some(version)
        });
        wheels.min_by_key(|file| !file.file_name.ends_with("-none-any.whl"))
    }
}

/// The state of a version on an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Availability<'p> {
    /// The index does not have it, or has no file of it.
    Missing,
    /// All of its files were yanked.
    Withdrawn(&'p Yanked),
    /// It can be installed from these files.
    Offered(Vec<&'p File>),
}

impl Project {
    /// The state of a version.
    #[must_use]
    pub fn availability(&self, version: &Version) -> Availability<'_> {
        let files: Vec<&File> =
            self.files.iter().filter(|file| file.version().as_ref() == Some(version)).collect();
        let offered: Vec<&File> =
            files.iter().copied().filter(|file| file.yanked.is_none()).collect();
        match (offered.is_empty(), files.iter().find_map(|file| file.yanked.as_ref())) {
            (false, _) => Availability::Offered(offered),
            (true, Some(yanked)) => Availability::Withdrawn(yanked),
            (true, None) => Availability::Missing,
        }
    }

    /// The newest version that can be installed; pre-releases count only if `unfinished_too`.
    #[must_use]
    pub fn latest(&self, unfinished_too: bool) -> Option<Version> {
        let offered =
            |version: &Version| matches!(self.availability(version), Availability::Offered(_));
        let releases = self.releases();
        let mut newest = releases.keys().rev().filter(|version| offered(version));
        match unfinished_too {
            true => newest.next().cloned(),
            false => newest.find(|version| !version.any_prerelease()).cloned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(files: &[(&str, bool)]) -> Project {
        let file = |(name, yanked): &(&str, bool)| File {
            file_name: (*name).to_owned(),
            url: Url::parse("http://localhost/x").expect("an address"),
            hashes: BTreeMap::new(),
            size: None,
            requires_python: None,
            yanked: yanked.then(|| Yanked { reason: "broken".to_owned() }),
            uploaded: None,
            metadata: None,
        };
        Project { files: files.iter().map(file).collect(), ..Project::default() }
    }

    #[test]
    fn the_latest_is_final_and_not_withdrawn() {
        let project = project(&[
            ("x-1.9.0-py3-none-any.whl", false),
            ("x-1.10.0-py3-none-any.whl", false),
            ("x-1.10.0.tar.gz", true),
            ("x-1.11.0-py3-none-any.whl", true),
            ("x-2.0rc1-py3-none-any.whl", false),
        ]);
        let said = |version: Option<Version>| version.map(|version| version.to_string());
        assert_eq!(said(project.latest(false)).as_deref(), Some("1.10.0"));
        assert_eq!(said(project.latest(true)).as_deref(), Some("2.0rc1"));
        let availability =
            |text: &str| project.availability(&Version::from_str(text).expect("a version"));
        assert!(matches!(availability("1.10"), Availability::Offered(files) if files.len() == 1));
        assert!(
            matches!(availability("1.11.0"), Availability::Withdrawn(why) if why.reason == "broken")
        );
        assert_eq!(availability("1.12.0"), Availability::Missing);
        assert_eq!(self::project(&[("x-2.0rc1.tar.gz", false)]).latest(false), None);
    }
}
