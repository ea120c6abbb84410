//! Renaming a symbol of a Python package.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::paths;
use super::spec::Say;
use super::{Ground, Hindrance, Step};
use crate::snapshot::Snapshot;
use crate::source::python::is_identifier;
use crate::source::typed;

/// Renames a symbol of a Python package wherever it is imported or used: at the top, in functions, behind
/// `try`, through aliases. Names that hide it are told apart; texts that speak of it are left alone and reported.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RenameSymbol {
    /// Its dotted name: `package.module.Name`, or a module's own.
    pub from: String,
    /// Its new dotted name.
    pub to: String,
    /// Globs over the modules' paths; every `*.py` when none is given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<String>,
}

impl RenameSymbol {
    pub(super) fn check(&self, say: &mut Say<'_>) {
        for (key, name) in [("from", &self.from), ("to", &self.to)] {
            if !(name.contains('.') && name.split('.').all(is_identifier)) {
                say(&[typed::Step::from(key)], format!("`{name}` is no dotted Python name"));
            }
        }
        paths::check_globs("paths", &self.paths, say);
    }

    pub(super) fn make(&self, _ground: &Ground<'_>, _tree: &Snapshot) -> Result<Step, Hindrance> {
        Err(Hindrance::new("renaming a symbol is not there yet"))
    }
}
