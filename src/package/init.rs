//! Creates a first description from a folder, or updates a description to match its folder.
//!
//! Returns the text of a `package.yaml` as a value. What a folder alone does not reveal is left out, or put into the
//! text as a comment.

mod classify;
mod layout;
pub mod project_table;
mod render;
#[cfg(test)]
mod tests;
mod told;
mod update;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value as Json;

use super::build::is_artefacts;
use super::dependencies;
use super::name::{in_file_names, is_distribution, is_importable, shadows_standard_library};
use crate::snapshot::{EntryKind, RepoPath, Snapshot};
use crate::source::python::Module;
use crate::source::requirements::{Requirements, normalize};
use crate::source::{Text, python};
use classify::{Belongs, belongs};

pub use layout::{Below, is_setup, package_below};
pub use project_table::Declared;
pub use update::{Update, update};

/// The place and names of a new description. Paths are relative to the description.
#[derive(Clone, Debug)]
pub struct About {
    /// The name of the repository or folder, from which missing names are derived.
    pub name: String,
    /// The distribution's name, if given.
    pub distribution: Option<String>,
    /// The package's name, if given.
    pub package: Option<String>,
    /// The source folder, relative to the description; `.` for its own folder.
    pub source: String,
    /// The folder that was named, if the source folder is the package that was found below it ([`package_below`]).
    pub named: Option<String>,
    /// The modules and packages that are left out because they are beside the package that was found.
    pub left_out: Vec<String>,
    /// What the nearest `[project]` table declares.
    pub declared: Option<Declared>,
    /// Whether the folder that was named is that of a project, or its `src`: one with a `[project]` table, or one that is
    /// described otherwise.
    pub is_project: bool,
    /// The names of files beside the description.
    pub beside: BTreeSet<String>,
    /// The requirements file that is used if the source folder has none.
    pub requirements: Option<RequirementsFile>,
}

/// A requirements file in the folder that was named, or around it.
#[derive(Clone, Debug)]
pub struct RequirementsFile {
    /// Its path, relative to the description.
    pub path: String,
    /// Its content.
    pub content: Vec<u8>,
    /// Whether it is in the folder that was named, or in the one whose `src` was named.
    pub is_own: bool,
}

/// A proposed description of a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proposal {
    pub(self) distribution: String,
    pub(self) package: String,
    pub(self) source: String,
    /// Modules to include.
    pub modules: Vec<String>,
    /// Folders of modules to include.
    pub subpackages: Vec<String>,
    /// Patterns of files to exclude.
    pub exclude: Vec<String>,
    /// Files and folders that a person has to decide about, with the reason.
    pub undecided: BTreeMap<String, &'static str>,
    pub(self) readme: Option<String>,
    pub(self) license_files: Vec<String>,
    pub(self) dependencies_from: Option<String>,
    /// A requirements file whose dependencies a build would refuse, with the reason.
    pub refused_requirements: Option<(String, String)>,
    /// A requirements file that is there, while the `[project]` table says what the dependencies are.
    pub(self) left_requirements: Option<String>,
    pub(self) script: Option<(String, String)>,
    pub(self) declared: Option<Declared>,
    /// The folder that was named, if the package was found below it.
    pub(self) named: Option<String>,
    /// What is beside the package that was found.
    pub(self) left_out: Vec<String>,
    /// The dependencies of a build, as far as they can be taken.
    pub(self) dependencies: Vec<String>,
    /// The name that Python imports the source folder by, if that is a package.
    pub(self) own_name: Option<String>,
    /// Whether the name that Python imports was given.
    pub(self) is_named: bool,
    /// Whether it is of a project.
    pub(self) is_project: bool,
}

/// What makes a folder a package.
const INIT: &str = "__init__.py";

/// The folder that `init` proposes to build into.
pub const BUILT: &str = "build";

/// The file that dependencies are read from.
pub const REQUIREMENTS: &str = "requirements.txt";

const ONE_NAME: &str = "has the same name as the folder, which Python imports instead: rename one of them, or exclude this one";

const NAME_OF_PACKAGE: &str = "has the name of the package: rename it, or exclude it";

const NAME_OF_DEPENDENCY: &str = "has the name of a dependency, which modules of the package would not import any more: rename it, or exclude it";

const BY_CASE_ONLY: &str =
    "differs from another one only in case: rename one of them, or exclude this one";

/// Proposes a description for a folder.
#[must_use]
pub fn propose(source: &Snapshot, about: &About) -> Proposal {
    let mut proposal = Proposal {
        source: about.source.clone(),
        named: about.named.clone(),
        left_out: about.left_out.clone(),
        declared: about.declared.clone(),
        is_named: about.package.is_some(),
        is_project: about.is_project,
        ..Proposal::default()
    };
    if source.entry(INIT).is_some() {
        let name = about.source.rsplit('/').next().filter(|name| *name != ".");
        proposal.own_name = Some(name.unwrap_or(&about.name).to_owned());
    }
    proposal.sort_out(source);
    proposal.name(about);
    proposal.leave_out_builds(source);
    let beside = |name: &str| about.beside.contains(name);
    proposal.readme = ["README.md", "README.rst", "README.txt"]
        .into_iter()
        .find(|it| beside(it))
        .map(str::to_owned);
    let license = |name: &&String| {
        let upper = name.to_uppercase();
        ["LICENSE", "LICENCE", "COPYING", "NOTICE"].iter().any(|known| upper.starts_with(known))
    };
    proposal.license_files = about.beside.iter().filter(license).cloned().collect();
    proposal.depend(source, about);
    if proposal.declared.is_none() {
        proposal.script = script(source, &proposal);
    }
    proposal
}

impl Proposal {
    /// Whether the source folder has something for a package.
    #[must_use]
    pub fn has_modules(&self) -> bool {
        self.own_name.is_some() || !self.modules.is_empty() || !self.subpackages.is_empty()
    }

    /// Classifies each top-level file and folder: included, excluded, or undecided.
    fn sort_out(&mut self, source: &Snapshot) {
        let mut folders: BTreeMap<&str, bool> = BTreeMap::new();
        let mut exclude = BTreeSet::new();
        for (path, entry) in source.entries.iter() {
            let name = path.as_str();
            if let Some((folder, _)) = name.split_once('/') {
                *folders.entry(folder).or_default() |= name.ends_with(".py");
                continue;
            }
            match belongs(name, false, true) {
                Belongs::Nowhere => {}
                Belongs::Out(pattern) => drop(exclude.insert(pattern)),
                Belongs::In if entry.kind == EntryKind::Submodule => {
                    self.undecided.insert(name.to_owned(), "a submodule, whose files are not here");
                }
                Belongs::In if source.followed(path, *entry).is_err() => {
                    let why = "a link that does not point to a file of the folder: add the file, or exclude the link";
                    self.undecided.insert(name.to_owned(), why);
                }
                Belongs::In => self.take(name.trim_end_matches(".py"), false),
                Belongs::Undecided(why) => drop(self.undecided.insert(name.to_owned(), why)),
            }
        }
        let within_package = source.entry(INIT).is_some();
        for (folder, has_modules) in folders {
            // What a package has by such a name is a part of it, unlike what lies beside modules; tests are for neither.
            let is_part = within_package
                && !matches!(folder, "tests" | "test")
                && is_importable(folder)
                && source.entry(&format!("{folder}/{INIT}")).is_some();
            match belongs(folder, true, has_modules) {
                Belongs::Out(_) if is_part => self.take(folder, true),
                Belongs::Nowhere => {}
                Belongs::Out(pattern) => drop(exclude.insert(pattern)),
                Belongs::In => self.take(folder, true),
                Belongs::Undecided(why) => drop(self.undecided.insert(folder.to_owned(), why)),
            }
        }
        self.set_twins_apart();
        // Tests may be anywhere, and should not be installed.
        exclude.insert("tests".to_owned());
        self.exclude = exclude.into_iter().collect();
    }

    /// Excludes the folder that the next command builds into, if it is in the source folder and nothing else has its name.
    fn leave_out_builds(&mut self, source: &Snapshot) {
        let is_used = |path: &RepoPath| path.as_str().split('/').any(|part| part == BUILT);
        if self.source == "." && !source.entries.keys().any(is_used) {
            self.exclude.push(BUILT.to_owned());
            self.exclude.sort();
        }
    }

    /// Leaves files whose names collide with another's undecided, since no list can contain both.
    fn set_twins_apart(&mut self) {
        let mut known: BTreeSet<String> =
            self.subpackages.iter().map(|name| name.to_lowercase()).collect();
        let subpackages = self.subpackages.clone();
        let undecided = &mut self.undecided;
        let mut seen = BTreeSet::new();
        self.subpackages.retain(|name| {
            let is_first = seen.insert(name.to_lowercase());
            if !is_first {
                undecided.insert(name.clone(), BY_CASE_ONLY);
            }
            is_first
        });
        self.modules.retain(|name| {
            let is_first = known.insert(name.to_lowercase());
            if !is_first {
                let is_folder = subpackages.contains(name);
                let why = if is_folder { ONE_NAME } else { BY_CASE_ONLY };
                undecided.insert(format!("{name}.py"), why);
            }
            is_first
        });
    }

    /// Finds the dependencies, and leaves modules undecided that would hide one of them.
    fn depend(&mut self, source: &Snapshot, about: &About) {
        let has_file = source.entry(REQUIREMENTS).is_some()
            || about.requirements.as_ref().is_some_and(|file| file.is_own);
        self.dependencies = match self.declared.as_ref() {
            Some(declared) if !declared.leaves_dependencies(has_file) => {
                let listed = declared.metadata.get("dependencies").and_then(Json::as_array);
                let listed = listed.into_iter().flatten().filter_map(Json::as_str);
                let listed: Vec<String> = listed.map(str::to_owned).collect();
                self.left_requirements = requirements(source, about);
                dependencies::of_list(&listed)
            }
            _ => self.take_requirements(source, about),
        };
        if self.own_name.is_some() {
            self.set_apart();
        }
    }

    /// The dependencies of the requirements file in the folder or around it, if a build can read it.
    fn take_requirements(&mut self, source: &Snapshot, about: &About) -> Vec<String> {
        let Some(path) = requirements(source, about) else { return Vec::new() };
        let bytes = match source.entry(REQUIREMENTS) {
            Some(entry) => {
                let file = source.followed(&RepoPath::new(REQUIREMENTS), entry).ok();
                file.and_then(|file| source.read(file.id).ok()).map(|it| it.to_vec())
            }
            None => about.requirements.as_ref().map(|file| file.content.clone()),
        };
        let text = bytes.and_then(|bytes| Text::decode(&bytes).ok());
        let why = match text.map(|text| dependencies::of_file(Path::new(&path), &text)) {
            Some(Ok(read)) => {
                self.dependencies_from = Some(path);
                return read;
            }
            Some(Err(errors)) => errors.first().map(ToString::to_string).unwrap_or_default(),
            None => "it cannot be read as text".to_owned(),
        };
        self.refused_requirements = Some((path, why));
        Vec::new()
    }

    fn take(&mut self, name: &str, folder: bool) {
        if shadows_standard_library(name) {
            self.undecided
                .insert(name.to_owned(), "it shadows a module of the standard library: rename it");
        } else if !is_importable(name) {
            self.undecided.insert(name.to_owned(), "Python cannot import it by this name");
        } else if folder {
            self.subpackages.push(name.to_owned());
        } else {
            self.modules.push(name.to_owned());
        }
    }

    fn name(&mut self, about: &About) {
        self.distribution = distribution(about);
        self.package = match (&about.package, &self.own_name) {
            (Some(given), _) => given.clone(),
            (None, Some(own)) if can_be_package(own) => own.clone(),
            (None, _) => self.derived(),
        };
    }

    /// A name for the package that is none of its modules'.
    fn derived(&self) -> String {
        let mut package = in_file_names(&self.distribution);
        if package.starts_with(|c: char| c.is_ascii_digit()) {
            package.insert(0, '_');
        }
        let taken = self.modules.contains(&package) || self.subpackages.contains(&package);
        if taken || !can_be_package(&package) {
            package.push_str("_package");
        }
        package
    }

    /// Leaves modules and folders undecided whose names would hide another module from the package.
    fn set_apart(&mut self) {
        let (package, dependencies) = (&self.package, &self.dependencies);
        let undecided = &mut self.undecided;
        let mut retain = |list: &mut Vec<String>, ending: &str| {
            list.retain(|name| match why_apart(name, package, dependencies) {
                Some(why) => {
                    undecided.insert(format!("{name}{ending}"), why);
                    false
                }
                None => true,
            });
        };
        retain(&mut self.modules, ".py");
        retain(&mut self.subpackages, "");
    }
}

/// Why a module or folder cannot be part of a package: modules beside it would import it instead of another one. Python
/// tells names apart by case, and installs distributions by names of any spelling.
fn why_apart(name: &str, package: &str, dependencies: &[String]) -> Option<&'static str> {
    if name == package {
        return Some(NAME_OF_PACKAGE);
    }
    is_dependency(name, dependencies).then_some(NAME_OF_DEPENDENCY)
}

/// Whether a module has the name of one of these dependencies.
fn is_dependency(name: &str, dependencies: &[String]) -> bool {
    let name = normalize(name);
    dependencies.iter().any(|dependency| {
        let read = Requirements::parse(&Text::new(dependency));
        read.requirements().any(|one| one.normalized == name)
    })
}

/// The distribution's name: the given one, that of the project, or one that is made from the folder's name.
fn distribution(about: &About) -> String {
    let declared = about.declared.as_ref().and_then(|declared| declared.distribution.clone());
    about.distribution.clone().or(declared).unwrap_or_else(|| {
        let name = about.name.to_lowercase();
        let parts = name.split(|c: char| !c.is_ascii_alphanumeric());
        let made = parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-");
        if is_distribution(&made) { made } else { "package".to_owned() }
    })
}

/// Whether a package can have a name, whatever its modules are.
fn can_be_package(name: &str) -> bool {
    is_importable(name) && !shadows_standard_library(name) && !is_artefacts(name)
}

/// The path of the requirements file that is in the folder or around it.
fn requirements(source: &Snapshot, about: &About) -> Option<String> {
    match (source.entry(REQUIREMENTS), about.source.as_str()) {
        (Some(_), ".") => Some(REQUIREMENTS.to_owned()),
        (Some(_), folder) => Some(format!("{folder}/{REQUIREMENTS}")),
        (None, _) => about.requirements.as_ref().map(|file| file.path.clone()),
    }
}

/// A command, if the folder leaves no doubt: `main.py` or `__main__.py` defines `main` without parameters, and calls it
/// when run as the program.
fn script(source: &Snapshot, proposal: &Proposal) -> Option<(String, String)> {
    let named = |name: &&str| proposal.modules.iter().any(|module| module == name);
    let module = ["__main__", "main"].into_iter().find(named)?;
    let entry = source.entry(RepoPath::new(&format!("{module}.py")).as_str())?;
    let text = Text::decode(&source.read(entry.id).ok()?).ok()?;
    let read = Module::parse(&text).ok()?;
    let mut mains = read.functions.iter().filter(|function| function.name == "main");
    let main = mains.next().filter(|_| mains.next().is_none())?;
    let callable = !main.parameters.iter().any(python::Parameter::is_required);
    let runs = text.as_str().contains("__name__") && text.as_str().contains("main()");
    (callable && !main.is_async && runs)
        .then(|| (proposal.distribution.clone(), format!("{}.{module}:main", proposal.package)))
}
