//! A distribution at one version, as its importers see it: its symbols and requirements.
//!
//! An [`Offer`] is read from a wheel, a folder with package.yaml, or a source folder that is to become a package. A
//! folder is read as its build would be, with imports rewritten, so that what is judged before a merge is what is
//! published afterwards. Which templates an offer suits is for `checks::compatibility` to decide.

use std::collections::BTreeMap;
use std::path::Path;
use std::str::FromStr as _;
use std::sync::Arc;

use pep440_rs::Version;

use super::description::Description;
use super::distribution::{self, FileName, Headers};
use super::inventory::Inventory;
use super::modules::Modules;
use super::project::{Place, Project};
use super::symbols::{self, SymbolTable};
use super::tree::PackageTree;
use crate::error::{Error, Result};
use crate::snapshot::{self, RepoPath, Snapshot};
use crate::source::Text;
use crate::source::requirements::{Requirement, Requirements, normalize};

/// A distribution at one version.
#[derive(Debug, Default)]
pub struct Offer {
    /// Its name in reports: `acme-runtime 0.2.0`.
    pub label: String,
    /// Its normalised name (PEP 503); empty if unknown.
    pub distribution: String,
    /// Its version; `None` for a folder.
    pub version: Option<Version>,
    /// What can be imported from it.
    pub table: SymbolTable,
    /// Its requirements without those of extras; `None` if unknown.
    pub requires: Option<Vec<Requirement>>,
    modules: Modules,
}

impl Offer {
    /// The offer of these files. Paths are relative to the folder that Python searches.
    fn of_files(label: String, files: &BTreeMap<RepoPath, Arc<[u8]>>) -> Self {
        let modules = Modules::read(files.iter().map(|(path, bytes)| (path.clone(), path, bytes)));
        Self { label, table: modules.symbols(), modules, ..Self::default() }
    }

    /// The offer of these texts, for tests.
    #[cfg(test)]
    pub(crate) fn of_texts(name: &str, texts: &[(&str, &str)]) -> Self {
        let file = |(path, text): &(&str, &str)| (RepoPath::new(path), Arc::from(text.as_bytes()));
        let files = texts.iter().map(file).collect();
        Self { distribution: normalize(name), ..Self::of_files(name.to_owned(), &files) }
    }

    /// Reads the offer of a wheel.
    ///
    /// # Errors
    /// When it is not a wheel, is unsafe, or cannot be read completely, so that nothing could be proven absent.
    pub fn of_wheel(wheel: &Path) -> Result<Self> {
        let read = distribution::open_safe(wheel)?;
        let Ok(FileName::Wheel(name)) = read.name() else {
            return Err(Error::usage("this is not a wheel").in_file(wheel).hint(
                "the file name of a wheel begins with the name and version and ends in `.whl`",
            ));
        };
        let unseen = read.withheld.iter().any(|path| symbols::Place::of(path).is_some());
        if read.incomplete || unseen {
            let error = Error::failed("not all of the wheel can be read").in_file(wheel);
            let problems = read.problems.iter().take(3);
            let error = problems.fold(error, |error, problem| error.caused_by(&problem.detail));
            return Err(
                error.hint("`shipshape package check` lists everything that is wrong with it")
            );
        }
        let modules = Modules::of(&read);
        let distribution = normalize(&name.distribution);
        let version = Version::from_str(&name.version).ok();
        let shown = version.as_ref().map_or(name.version.clone(), ToString::to_string);
        Ok(Self {
            label: format!("{distribution} {shown}"),
            distribution,
            version,
            requires: read.metadata.as_ref().map(|metadata| requires(&metadata.value)),
            table: modules.symbols(),
            modules,
        })
    }

    /// Reads the offer of the package that a package.yaml describes.
    ///
    /// # Errors
    /// Every problem of the description, and one for every file that cannot be read or rewritten.
    pub fn of_package(file: &Path) -> std::result::Result<Self, Vec<Error>> {
        let project = Project::load(Place { description: Some(file), ..Place::default() })?;
        let files = project.tree().assemble()?;
        let listed = Requirements::parse(&Text::new(&project.dependencies.join("\n")));
        let requires = listed.requirements().cloned().collect();
        let description = &project.document.description;
        let label = format!("{} of {}", description.distribution, project.folder.display());
        Ok(Self {
            distribution: normalize(&description.distribution),
            requires: Some(requires),
            ..Self::of_files(label, &files)
        })
    }

    /// Reads the offer of a source folder without a description that is to become this package; everything in it
    /// counts.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn of_source(folder: &Path, package: &str) -> std::result::Result<Self, Vec<Error>> {
        let mut snapshot = snapshot::open(folder, None).map_err(|error| vec![error])?;
        let is_inside =
            |snapshot: &Snapshot| snapshot.entry(&format!("{package}/__init__.py")).is_some();
        if !is_inside(&snapshot) && snapshot.entry(&format!("src/{package}/__init__.py")).is_some()
        {
            snapshot = snapshot.below("src");
        }
        let label = folder.display().to_string();
        let files = if is_inside(&snapshot) {
            contents(&snapshot)?
        } else {
            let roots =
                snapshot.entries.keys().filter_map(|path| {
                    let place = symbols::Place::of(path)?;
                    place.dotted.split('.').next().map(|root| {
                        (root.to_owned(), place.dotted.contains('.') || place.is_package)
                    })
                });
            let mut description = Description {
                package: package.to_owned(),
                source: ".".to_owned(),
                ..Description::default()
            };
            let roots: BTreeMap<String, bool> = roots.collect();
            for (root, is_package) in roots {
                let list = if is_package {
                    &mut description.subpackages
                } else {
                    &mut description.modules
                };
                list.push(root);
            }
            assembled(&description, &snapshot, folder)?
        };
        Ok(Self::of_files(label, &files))
    }

    /// The text of a module's file.
    #[must_use]
    pub fn text(&self, path: &RepoPath) -> Option<Text> {
        self.modules.files.get(path)?.text.clone()
    }

    /// Sets the version that a build is going to have.
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

fn contents(snapshot: &Snapshot) -> std::result::Result<BTreeMap<RepoPath, Arc<[u8]>>, Vec<Error>> {
    let mut files = BTreeMap::new();
    for (path, entry) in
        snapshot.entries.iter().filter(|(path, _)| symbols::Place::of(path).is_some())
    {
        let bytes = snapshot.read(entry.id).map_err(|why| {
            vec![
                Error::failed("cannot read a file of the package")
                    .in_file(path.as_str())
                    .caused_by(why),
            ]
        })?;
        files.insert(path.clone(), bytes);
    }
    Ok(files)
}

/// The `Requires-Dist` fields of a METADATA file, without those of extras.
fn requires(metadata: &Headers) -> Vec<Requirement> {
    let lines: Vec<&str> =
        metadata.all("Requires-Dist").map(|field| field.value.as_str()).collect();
    let parsed = Requirements::parse(&Text::new(&lines.join("\n")));
    let of_extra = |requirement: &&Requirement| {
        requirement.marker.as_ref().is_some_and(|(marker, _)| marker.contains("extra"))
    };
    parsed.requirements().filter(|requirement| !of_extra(requirement)).cloned().collect()
}

#[cfg(test)]
mod tests;
