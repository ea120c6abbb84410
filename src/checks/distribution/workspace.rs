//! The modules of the folder that a package is built from.

use std::collections::BTreeSet;

use crate::package::symbols::Place;
use crate::snapshot::RepoPath;

/// The modules of a workspace, by their bare dotted names.
#[derive(Clone, Debug, Default)]
pub struct Workspace {
    modules: BTreeSet<String>,
}

impl Workspace {
    /// Creates a workspace from its files, whose paths are relative to it.
    #[must_use]
    pub fn of<'p>(paths: impl IntoIterator<Item = &'p RepoPath>) -> Self {
        let mut modules = BTreeSet::new();
        for place in paths.into_iter().filter_map(Place::of) {
            let mut dotted = place.dotted.as_str();
            while modules.insert(dotted.to_owned()) {
                match dotted.rsplit_once('.') {
                    Some((parent, _)) => dotted = parent,
                    None => break,
                }
            }
        }
        Self { modules }
    }

    /// Whether it has a module of this bare dotted name.
    #[must_use]
    pub fn has(&self, dotted: &str) -> bool {
        self.modules.contains(dotted)
    }
}
