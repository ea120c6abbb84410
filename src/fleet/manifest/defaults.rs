//! `defaults`: what holds for every member of which neither its kind nor its entry says otherwise.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Kind, Manifest};

/// Defaults of all kinds.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Defaults {
    /// Owner of the members: a team or a person.
    pub owner: Option<String>,
}

impl Manifest {
    /// Gives each kind what it leaves to the fleet, so that whoever reads a kind need not know that there are defaults.
    pub(in crate::fleet) fn fill_kinds(&mut self) {
        let Defaults { owner } = &self.defaults;
        for Kind { owner: of_kind, .. } in self.kinds.values_mut() {
            if of_kind.is_none() {
                of_kind.clone_from(owner);
            }
        }
    }
}
