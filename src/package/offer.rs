//! A distribution at one version, as those see it who import it: its symbols and what it requires.
//!
//! In: a wheel, a folder with package.yaml, or a folder of source that is to become a package. Out: an
//! [`Offer`]. A folder is read as its build would have it, imports moved, so that what is judged before
//! the merge is what is published behind it. Which templates an offer suits is for
//! `checks::compatibility` to say.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::str::FromStr as _;
use std::sync::Arc;

use pep440_rs::Version;
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

use super::description::Description;
use super::inventory::Inventory;
use super::symbols::{Place, SymbolTable, Unread};
use super::tree::PackageTree;
use crate::error::{Error, Result};
use crate::index::project::version_of;
use crate::snapshot::{self, RepoPath, Snapshot};
use crate::source::Text;
use crate::source::python::Module;
use crate::source::requirements::{Requirement, Requirements, normalize};

/// More files of a wheel than this are not read.
const MAX_FILES: usize = 50_000;

/// More bytes of a wheel, unpacked, than this are not read: 512 MiB.
const MAX_BYTES: u64 = 512 << 20;

/// A distribution at one version.
#[derive(Debug, Default)]
pub struct Offer {
    /// What reports call it: `acme-runtime 0.2.0`.
    pub label: String,
    /// Its name after PEP 503; empty when it is not known.
    pub distribution: String,
    /// Its version; none for a folder.
    pub version: Option<Version>,
    /// What can be imported of it.
    pub table: SymbolTable,
    /// What it requires, extras left aside; none when that is not known.
    pub requires: Option<Vec<Requirement>>,
    files: BTreeMap<RepoPath, Arc<[u8]>>,
}

impl Offer {
    /// What these files offer. Paths are relative to the folder that Python searches.
    fn of_files(label: String, files: BTreeMap<RepoPath, Arc<[u8]>>) -> Self {
        let modules: Vec<(&RepoPath, &Arc<[u8]>, bool)> = files
            .iter()
            .filter_map(|(path, bytes)| Some((path, bytes, Place::of(path)?.is_binary)))
            .collect();
        let read = modules.into_par_iter().map(|(path, bytes, is_binary)| {
            let module = || Module::parse(&Text::decode(bytes).ok()?).ok().map(Arc::new);
            let module = if is_binary { Err(Unread::Binary) } else { module().ok_or(Unread::Unparsable) };
            (path.clone(), module)
        });
        let (mut sound, mut unread) = (Vec::new(), Vec::new());
        for (path, module) in read.collect::<Vec<_>>() {
            match module {
                Ok(module) => sound.push((path, module)),
                Err(why) => unread.push((path, why)),
            }
        }
        Self { label, table: SymbolTable::of(sound, unread), files, ..Self::default() }
    }

    /// A wheel.
    ///
    /// # Errors
    /// When it cannot be read as one.
    pub fn of_wheel(wheel: &Path) -> Result<Self> {
        let failed = |why: &dyn std::fmt::Display| {
            Error::failed("cannot read the wheel").in_file(wheel).caused_by(why)
        };
        let name = wheel.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let stem = name.strip_suffix(".whl").and_then(|stem| stem.split_once('-'));
        let Some((distribution, _)) = stem else {
            return Err(Error::usage("this is no wheel")
                .in_file(wheel)
                .hint("a wheel's name ends in `.whl` and begins with name and version"));
        };
        let version = version_of(&name);
        let label = version.as_ref().map_or_else(
            || name.clone(),
            |version| format!("{} {version}", normalize(distribution)),
        );
        let files = unpacked(wheel).map_err(|why| failed(&why))?;
        let metadata = files.iter().find(|(path, _)| {
            let parts = path.as_str().split_once('/');
            parts.is_some_and(|(folder, file)| folder.ends_with(".dist-info") && file == "METADATA")
        });
        let requires = metadata.map(|(_, bytes)| requires(&String::from_utf8_lossy(bytes)));
        let distribution = normalize(distribution);
        Ok(Self { distribution, version, requires, ..Self::of_files(label, files) })
    }

    /// The package that a package.yaml describes.
    ///
    /// # Errors
    /// All that is wrong with the description, and files that cannot be read or rewritten.
    pub fn of_package(file: &Path) -> std::result::Result<Self, Vec<Error>> {
        let document = Description::load(file)?;
        let source = document.folder().join(&document.description.source);
        let snapshot = snapshot::open(&source, None).map_err(|error| vec![error])?;
        let description = document.description;
        let files = assembled(&description, &snapshot, &source)?;
        let metadata = &description.metadata;
        let mut lines = metadata.dependencies.join("\n");
        if let Some(listed) = &metadata.dependencies_from {
            let path = file.parent().unwrap_or(Path::new("")).join(listed);
            lines = std::fs::read_to_string(path).unwrap_or_default();
        }
        let requires = Requirements::parse(&Text::new(&lines)).requirements().cloned().collect();
        let label = format!("{} of {}", description.distribution, source.display());
        Ok(Self {
            distribution: normalize(&description.distribution),
            requires: Some(requires),
            ..Self::of_files(label, files)
        })
    }

    /// A folder of modules that is to become this package, without a description: all of it counts.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn of_source(folder: &Path, package: &str) -> std::result::Result<Self, Vec<Error>> {
        let mut snapshot = snapshot::open(folder, None).map_err(|error| vec![error])?;
        let is_inside = |snapshot: &Snapshot| snapshot.entry(&format!("{package}/__init__.py")).is_some();
        if !is_inside(&snapshot) && snapshot.entry(&format!("src/{package}/__init__.py")).is_some() {
            snapshot = snapshot.below("src");
        }
        let label = folder.display().to_string();
        let files = if is_inside(&snapshot) {
            contents(&snapshot)?
        } else {
            let roots = snapshot.entries.keys().filter_map(|path| {
                let place = Place::of(path)?;
                place.dotted.split('.').next().map(|root| (root.to_owned(), place.dotted.contains('.') || place.is_package))
            });
            let mut description = Description {
                package: package.to_owned(),
                source: ".".to_owned(),
                ..Description::default()
            };
            let roots: BTreeMap<String, bool> = roots.collect();
            for (root, is_package) in roots {
                let list = if is_package { &mut description.subpackages } else { &mut description.modules };
                list.push(root);
            }
            assembled(&description, &snapshot, folder)?
        };
        Ok(Self::of_files(label, files))
    }

    /// The text of a module's file.
    #[must_use]
    pub fn text(&self, path: &RepoPath) -> Option<Text> {
        Text::decode(self.files.get(path)?).ok()
    }

    /// Gives it a version: that which a build is about to have.
    #[must_use]
    pub fn at_version(mut self, version: Version) -> Self {
        let name = if self.distribution.is_empty() { &self.label } else { &self.distribution };
        self.label = format!("{name} {version}");
        self.version = Some(version);
        self
    }
}

fn assembled(
    description: &Description,
    snapshot: &Snapshot,
    folder: &Path,
) -> std::result::Result<BTreeMap<RepoPath, Arc<[u8]>>, Vec<Error>> {
    let inventory = Inventory::of(description, snapshot);
    PackageTree::of(description, &inventory, snapshot, folder.to_owned()).assemble()
}

fn contents(
    snapshot: &Snapshot,
) -> std::result::Result<BTreeMap<RepoPath, Arc<[u8]>>, Vec<Error>> {
    let mut files = BTreeMap::new();
    for (path, entry) in snapshot.entries.iter().filter(|(path, _)| Place::of(path).is_some()) {
        let bytes = snapshot.read(entry.id).map_err(|why| {
            vec![Error::failed("cannot read a file of the package").in_file(path.as_str()).caused_by(why)]
        })?;
        files.insert(path.clone(), bytes);
    }
    Ok(files)
}

/// `Requires-Dist` of a METADATA file, without those of extras.
fn requires(metadata: &str) -> Vec<Requirement> {
    let headers = metadata.lines().take_while(|line| !line.is_empty());
    let values = headers.filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("Requires-Dist").then(|| value.trim().to_owned())
    });
    let lines: Vec<String> = values.collect();
    let parsed = Requirements::parse(&Text::new(&lines.join("\n")));
    parsed
        .requirements()
        .filter(|requirement| {
            !requirement.marker.as_ref().is_some_and(|(marker, _)| marker.contains("extra"))
        })
        .cloned()
        .collect()
}

/// The files of a wheel that matter here: modules, and what stands in `.dist-info`.
fn unpacked(wheel: &Path) -> std::result::Result<BTreeMap<RepoPath, Arc<[u8]>>, String> {
    let file = File::open(wheel).map_err(|error| error.to_string())?;
    let mut archive = zip::ZipArchive::new(file).map_err(|error| error.to_string())?;
    if archive.len() > MAX_FILES {
        return Err(format!("it has {} files, more than the {MAX_FILES} that are read", archive.len()));
    }
    let mut files = BTreeMap::new();
    let mut left = MAX_BYTES;
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(|error| error.to_string())?;
        let path = RepoPath::new(&entry.name().map_err(|error| error.to_string())?);
        let place = Place::of(&path);
        let is_metadata = path.as_str().contains(".dist-info/");
        if !is_metadata && place.is_none() {
            continue;
        }
        let mut bytes = Vec::new();
        // Of what is compiled, only that it is there matters.
        if place.is_none_or(|place| !place.is_binary) {
            entry.take(left + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
        }
        left = left.checked_sub(bytes.len() as u64).ok_or_else(|| {
            format!("it has more than {MAX_BYTES} bytes, unpacked")
        })?;
        files.insert(path, bytes.into());
    }
    Ok(files)
}

/// Reads a version that a user named.
///
/// # Errors
/// When it is none.
pub fn version(text: &str) -> Result<Version> {
    Version::from_str(text).map_err(|error| {
        Error::usage(format!("`{}` is no version", text.escape_debug())).caused_by(error)
    })
}
