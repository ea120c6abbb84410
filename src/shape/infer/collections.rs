//! Detects folders of data or generated files, which each repository has its own of: what some happen to share there
//! does not make a shape.

use std::collections::{BTreeMap, BTreeSet};

use super::census::PathCensus;
use super::{kind, nearly_all};

/// Minimum number of distinct paths; folders with fewer are examined path by path.
const FEWEST: usize = 12;

/// The folders, each with a trailing slash.
#[derive(Clone, Debug, Default)]
pub(super) struct Collections(BTreeSet<String>);

impl Collections {
    /// Whether a path is in one of the folders.
    pub(super) fn hold(&self, path: &str) -> bool {
        folders(path).any(|folder| self.0.contains(folder))
    }
}

/// Finds folders with many paths, of which fewer than a quarter are in nearly all repositories.
pub(super) fn find(census: &[PathCensus], count: usize) -> Collections {
    let mut counted: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for path in census {
        let shared = usize::from(nearly_all(path.present(), count));
        for folder in folders(path.path.as_str()).filter(|folder| !is_of_the_forge(folder)) {
            let (paths, common) = counted.entry(folder).or_default();
            *paths += 1;
            *common += shared;
        }
    }
    let found =
        counted.into_iter().filter(|(_, (paths, common))| *paths >= FEWEST && common * 4 < *paths);
    Collections(found.map(|(folder, _)| folder.to_owned()).collect())
}

/// The folders that contain a path, outermost first.
fn folders(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').filter_map(move |(at, _)| path.get(..=at))
}

/// Whether a folder contains workflows, or is within such a folder: those are always examined path by path.
fn is_of_the_forge(folder: &str) -> bool {
    kind::WORKFLOW_FOLDERS
        .iter()
        .any(|known| known.starts_with(folder) || folder.starts_with(known))
}
