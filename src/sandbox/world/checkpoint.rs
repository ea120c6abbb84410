//! Snapshots of a world before a seed, so that a seed that cannot be applied leaves nothing behind.

use std::collections::BTreeMap;

use super::{App, Due, Owner, RepositoryId, Token, World};
use crate::sandbox::limits::Numbers;

/// Everything that a seed may add to. It does not change existing repositories.
#[derive(Debug)]
pub(in crate::sandbox) struct Checkpoint {
    owners: BTreeMap<String, Owner>,
    tokens: Vec<Token>,
    app: Option<App>,
    names: BTreeMap<String, RepositoryId>,
    earlier_names: BTreeMap<String, RepositoryId>,
    limits: (Numbers, Option<usize>, Option<usize>),
    population: Due,
    last_id: u64,
}

impl World {
    pub(in crate::sandbox) fn checkpoint(&self) -> Checkpoint {
        let limits = &self.limits;
        Checkpoint {
            owners: self.owners.clone(),
            tokens: self.tokens.clone(),
            app: self.app.clone(),
            names: self.names.clone(),
            earlier_names: self.earlier_names.clone(),
            limits: (limits.numbers.clone(), limits.max_tree_entries, limits.max_blob),
            population: self.population,
            last_id: self.last_id,
        }
    }

    /// Restores the checkpoint; repositories created since are removed.
    pub(in crate::sandbox) fn restore(&mut self, checkpoint: Checkpoint) {
        let last = checkpoint.last_id;
        for (_, repository) in self.repositories.extract_if(last + 1.., |_, _| true) {
            // Leftovers do no harm: the next repository has another number in its name.
            let _ = std::fs::remove_dir_all(&repository.git);
        }
        self.owners = checkpoint.owners;
        self.tokens = checkpoint.tokens;
        self.app = checkpoint.app;
        self.names = checkpoint.names;
        self.earlier_names = checkpoint.earlier_names;
        let limits = &mut self.limits;
        (limits.numbers, limits.max_tree_entries, limits.max_blob) = checkpoint.limits;
        self.population = checkpoint.population;
    }
}
