//! The folder that a package is made from, as far as its modules go.

use std::collections::BTreeSet;

use crate::package::symbols::Place;
use crate::snapshot::RepoPath;

/// The modules of a workspace by their bare dotted names.
#[derive(Clone, Debug, Default)]
pub struct Workspace {
    modules: BTreeSet<String>,
}

impl Workspace {
    /// The workspace that has these files; paths are relative to it.
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

    /// Whether it has a module, by its bare dotted name.
    #[must_use]
    pub fn has(&self, dotted: &str) -> bool {
        self.modules.contains(dotted)
    }
}
