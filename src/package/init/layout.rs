//! Finds the package in a folder that is not one itself, but a project around it.
//!
//! A folder that Python imports by its own name has an `__init__.py`. If it were listed as a subpackage, it would get
//! another name in the package that is built: `x.src.mypkg`.

use super::{INIT, Proposal};
use crate::snapshot::Snapshot;

/// The folder between a project and its packages.
const SRC: &str = "src";

/// The folder below the named one that is to be the source: the only package that it has, directly or in `src`; or
/// `src`, if that has modules. `None` if the named folder itself is the source. A project of its own may have other
/// things beside its package, and tools and scripts beside its `src`. A package of another name than the one that is
/// asked for, in `import`, goes below that.
#[must_use]
pub fn package_below(named: &Snapshot, is_project: bool, import: Option<&str>) -> Option<String> {
    let is_meant = |folder: &str| import.is_none_or(|import| import == folder);
    let below = named.below(SRC);
    let is_src = match only_folder(named) {
        Some((folder, is_alone)) if is_package(named, &folder) => {
            return (is_meant(&folder) && (is_alone || is_project)).then_some(folder);
        }
        Some((folder, _)) => folder == SRC,
        None => {
            is_project
                && named.entry(INIT).is_none()
                && !is_package(named, SRC)
                && has_package(&below)
        }
    };
    if !is_src {
        return None;
    }
    let package = only_folder(&below).filter(|(folder, is_alone)| {
        (*is_alone || is_project) && is_package(&below, folder) && is_meant(folder)
    });
    Some(package.map_or_else(|| SRC.to_owned(), |(package, _)| format!("{SRC}/{package}")))
}

fn has_package(source: &Snapshot) -> bool {
    let mut sorted = Proposal::default();
    sorted.sort_out(source);
    sorted.subpackages.iter().any(|folder| is_package(source, folder))
}

/// The only folder of modules, if there are no modules beside it, and whether nothing else is undecided.
fn only_folder(source: &Snapshot) -> Option<(String, bool)> {
    if source.entry(INIT).is_some() {
        return None;
    }
    let mut sorted = Proposal::default();
    sorted.sort_out(source);
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
