//! Folders that hold data or generated files rather than a shape: each repository has its own, and what two
//! of them happen to share there says nothing about the others.

use std::collections::{BTreeMap, BTreeSet};

use super::census::PathCensus;
use super::{kind, nearly_all};

/// A folder with fewer distinct paths than this is small enough to be looked at path by path.
const FEWEST: usize = 12;

/// Folders, each with a slash at its end.
#[derive(Clone, Debug, Default)]
pub(super) struct Collections(BTreeSet<String>);

impl Collections {
    /// Whether a path lies in one.
    pub(super) fn hold(&self, path: &str) -> bool {
        folders(path).any(|folder| self.0.contains(folder))
    }
}

/// Finds them: folders of many paths, of which fewer than a quarter are in nearly all repositories.
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

/// The folders that a path lies in, from the outermost.
fn folders(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').filter_map(move |(at, _)| path.get(..=at))
}

/// What a forge acts on is looked at path by path, however much of it there is.
fn is_of_the_forge(folder: &str) -> bool {
    kind::WORKFLOW_FOLDERS
        .iter()
        .any(|known| known.starts_with(folder) || folder.starts_with(known))
}
