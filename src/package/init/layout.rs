//! Finds the package in a folder that is not one itself, but a project around it.
//!
//! A folder that Python imports by its own name has an `__init__.py`. If it were listed as a subpackage, it would get
//! another name in the package that is built: `x.src.mypkg`.

use std::collections::BTreeSet;

use super::{About, Declared, INIT, Proposal, distribution};
use crate::snapshot::Snapshot;
use crate::source::Text;
use crate::source::python::{Imported, Module};
use crate::source::requirements::normalize;

/// The folder between a project and its packages.
const SRC: &str = "src";

/// What the program of a package imports that describes it in `setup.py`.
const SETUPS: [&str; 3] = ["setuptools", "distutils", "skbuild"];

/// The source below the folder that was named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Below {
    /// Its path in the named folder.
    pub folder: String,
    /// The modules and packages of the named folder that are not in it.
    pub left_out: Vec<String>,
}

/// The folder below the named one that is to be the source: the only package that it has, directly or in `src`; or
/// `src`, if that has modules. `None` if the named folder itself is the source. A project may have other things beside
/// its package, and tools and scripts beside its `src`, unless one of them is the project's own package or what a command
/// runs. A package of another name than the one that is asked for goes below that.
#[must_use]
pub fn package_below(named: &Snapshot, about: &About) -> Option<Below> {
    let import = about.package.as_deref();
    let is_meant = |folder: &str| import.is_none_or(|import| import == folder);
    let below = named.below(SRC);
    let is_src = match only_folder(named) {
        Some((folder, is_alone)) if is_package(named, &folder) => {
            let is_found = is_meant(&folder) && (is_alone || about.is_project);
            return is_found.then_some(Below { folder, left_out: Vec::new() });
        }
        Some((folder, _)) => folder == SRC,
        None => about.is_project && is_around_src(named, &below) && !has_own(named, about),
    };
    if !is_src || runs_outside(named, about) {
        return None;
    }
    let package = only_folder(&below).filter(|(folder, is_alone)| {
        (*is_alone || about.is_project) && is_package(&below, folder) && is_meant(folder)
    });
    let folder = package.map_or_else(|| SRC.to_owned(), |(package, _)| format!("{SRC}/{package}"));
    let (modules, folders) = beside_src(named);
    let modules = modules.into_iter().map(|module| format!("{module}.py"));
    Some(Below { folder, left_out: modules.chain(folders).collect() })
}

/// Whether a `setup.py` describes a package, and is not a module of that name.
#[must_use]
pub fn is_setup(text: &Text) -> bool {
    let names = |name: &str| name.split('.').next().is_some_and(|first| SETUPS.contains(&first));
    let Ok(module) = Module::parse(text) else { return false };
    module.imports.iter().any(|import| match &import.imported {
        Imported::Modules(modules) => modules.iter().any(|module| names(&module.name)),
        Imported::From { module, level, .. } => *level == 0 && names(module),
    })
}

/// Whether a folder that is no package has a `src` with modules that is none either.
fn is_around_src(named: &Snapshot, below: &Snapshot) -> bool {
    let sorted = sorted(below);
    let has_modules = !sorted.modules.is_empty() || !sorted.subpackages.is_empty();
    named.entry(INIT).is_none() && below.entry(INIT).is_none() && has_modules
}

/// Whether a module or package beside `src` has the name of the distribution, or the one that is asked for.
fn has_own(named: &Snapshot, about: &About) -> bool {
    let declared = about.declared.as_ref().and_then(|declared| declared.distribution.as_deref());
    let mut own = BTreeSet::from([normalize(&distribution(about))]);
    own.extend(declared.into_iter().chain(about.package.as_deref()).map(normalize));
    let (modules, folders) = beside_src(named);
    let packages = folders.into_iter().filter(|folder| is_package(named, folder));
    modules.into_iter().chain(packages).any(|name| own.contains(&normalize(&name)))
}

/// Whether a command or an entry point of a project is in a module or folder beside its `src`, or in `src.mypkg`, which is
/// found from the folder itself. What a table above says is of other folders, and what `src` has is found there.
fn runs_outside(named: &Snapshot, about: &About) -> bool {
    let (modules, folders) = beside_src(named);
    let outside = |module: &str| {
        let path = format!("{SRC}/{}", module.replace('.', "/"));
        let files = [format!("{path}.py"), format!("{path}/{INIT}")];
        let first = module.split('.').next().unwrap_or_default();
        let is_beside = |name: &String| name == first;
        files.iter().all(|file| named.entry(file).is_none())
            && (first == SRC || modules.iter().chain(&folders).any(is_beside))
    };
    let references = about.declared.iter().flat_map(Declared::references);
    about.is_project && references.map(|one| one.module).any(outside)
}

/// The modules, and the folders of modules, that are beside the `src` of a project.
fn beside_src(named: &Snapshot) -> (Vec<String>, Vec<String>) {
    let mut sorted = sorted(named);
    sorted.subpackages.retain(|folder| folder != SRC);
    (sorted.modules, sorted.subpackages)
}

fn sorted(source: &Snapshot) -> Proposal {
    let mut sorted = Proposal::default();
    sorted.sort_out(source);
    sorted
}

/// The only folder of modules, if there are no modules beside it, and whether nothing else is undecided.
fn only_folder(source: &Snapshot) -> Option<(String, bool)> {
    if source.entry(INIT).is_some() {
        return None;
    }
    let sorted = sorted(source);
    match sorted.subpackages.as_slice() {
        [folder] if sorted.modules.is_empty() => {
            Some((folder.clone(), sorted.undecided.is_empty()))
        }
        _ => None,
    }
}

fn is_package(source: &Snapshot, folder: &str) -> bool {
    source.entry(&format!("{folder}/{INIT}")).is_some()
}
