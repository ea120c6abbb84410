//! A first description out of a folder, and a description brought up to date with its folder.
//!
//! In: a snapshot of the source folder, or a description and its drift. Out: the text of a `package.yaml`, as a
//! value; writing it is for others. What cannot be told from a folder alone is left out of the text, or
//! stands in it as a comment.

mod classify;
mod render;
#[cfg(test)]
mod tests;
mod update;

use std::collections::{BTreeMap, BTreeSet};

use super::build::is_artefacts;
use super::name::{is_distribution, is_identifier, shadows_standard_library};
use crate::snapshot::{EntryKind, RepoPath, Snapshot};
use crate::source::python::Module;
use crate::source::{Text, python};
use classify::{Belongs, belongs};

pub use update::{Update, update};

/// Where a description is to be written, relative to what it is about.
#[derive(Clone, Debug)]
pub struct About {
    /// The name of the repository or folder, which names are made of when none is given.
    pub name: String,
    /// The distribution's name, when it was given.
    pub distribution: Option<String>,
    /// The package's name, when it was given.
    pub package: Option<String>,
    /// The source folder, relative to the description; `.` for its own folder.
    pub source: String,
    /// Files beside the description, by name.
    pub beside: BTreeSet<String>,
}

/// What a folder seems to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proposal {
    pub(self) distribution: String,
    pub(self) package: String,
    pub(self) source: String,
    /// Modules that go in.
    pub modules: Vec<String>,
    /// Folders of modules that go in.
    pub subpackages: Vec<String>,
    /// Patterns of what stays out.
    pub exclude: Vec<String>,
    /// Files and folders that somebody has to decide about, and why.
    pub undecided: BTreeMap<String, &'static str>,
    pub(self) readme: Option<String>,
    pub(self) license_files: Vec<String>,
    pub(self) dependencies_from: Option<String>,
    pub(self) script: Option<(String, String)>,
}

/// Proposes a description for a folder.
#[must_use]
pub fn propose(source: &Snapshot, about: &About) -> Proposal {
    let mut proposal = Proposal { source: about.source.clone(), ..Proposal::default() };
    proposal.sort_out(source);
    proposal.name(about);
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
    let requirements = "requirements.txt";
    proposal.dependencies_from = match about.source.as_str() {
        _ if source.entry(requirements).is_none() => {
            beside(requirements).then(|| requirements.to_owned())
        }
        "." => Some(requirements.to_owned()),
        folder => Some(format!("{folder}/{requirements}")),
    };
    proposal.script = script(source, &proposal);
    proposal
}

impl Proposal {
    /// Each top-level file and folder: in, out, or for somebody to decide.
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
                Belongs::In => self.take(name.trim_end_matches(".py"), false),
                Belongs::Undecided(why) => drop(self.undecided.insert(name.to_owned(), why)),
            }
        }
        for (folder, has_modules) in folders {
            match belongs(folder, true, has_modules) {
                Belongs::Nowhere => {}
                Belongs::Out(pattern) => drop(exclude.insert(pattern)),
                Belongs::In => self.take(folder, true),
                Belongs::Undecided(why) => drop(self.undecided.insert(folder.to_owned(), why)),
            }
        }
        // Tests lie anywhere, and nobody wants them installed.
        exclude.insert("tests".to_owned());
        self.exclude = exclude.into_iter().collect();
    }

    fn take(&mut self, name: &str, folder: bool) {
        if shadows_standard_library(name) {
            self.undecided
                .insert(name.to_owned(), "it shadows a module of the standard library: rename it");
        } else if !is_identifier(name) {
            self.undecided.insert(name.to_owned(), "Python cannot import it by this name");
        } else if folder {
            self.subpackages.push(name.to_owned());
        } else {
            self.modules.push(name.to_owned());
        }
    }

    fn name(&mut self, about: &About) {
        let made: String = about
            .name
            .to_lowercase()
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
            .collect();
        let made = made.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-");
        let made = if is_distribution(&made) { made } else { "package".to_owned() };
        self.distribution = about.distribution.clone().unwrap_or(made);
        self.package = about.package.clone().unwrap_or_else(|| {
            let mut package = super::name::in_file_names(&self.distribution);
            if package.starts_with(|c: char| c.is_ascii_digit()) {
                package.insert(0, '_');
            }
            let taken = self.modules.contains(&package)
                || self.subpackages.contains(&package)
                || is_artefacts(&package);
            if taken || shadows_standard_library(&package) || !is_identifier(&package) {
                package.push_str("_package");
            }
            package
        });
    }
}

/// A command, when the folder leaves no doubt: `main.py` or `__main__.py` that defines `main` without
/// parameters, and runs it when it is the program.
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
