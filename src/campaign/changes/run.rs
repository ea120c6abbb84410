//! The change `run`: takes what a command changes in a checkout.

use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::spec::Say;
use super::{Hindrance, Step, Surroundings};
use crate::snapshot::Snapshot;
use crate::source::typed;

/// Runs a command in a checkout of the repository and commits what it changed, including new files that are not
/// ignored. The command sees no token and, without `--trust`, no network. The repository is left out if the
/// command fails, times out, writes outside its checkout or damages `.git`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// The program and its arguments, run without a shell. Use `[sh, -c, "…"]` for one.
    pub command: Vec<String>,
    /// Timeout in minutes. Default: 10.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<NonZeroU32>,
}

impl Run {
    pub(super) fn check(&self, say: &mut Say<'_>) {
        if self.command.first().is_none_or(|program| program.trim().is_empty()) {
            say(&[typed::Step::from("command")], "no program is named".to_owned());
        }
    }

    pub(super) fn make(
        &self,
        surroundings: &Surroundings<'_>,
        tree: &Snapshot,
    ) -> Result<Step, Hindrance> {
        Ok(Step { changes: surroundings.run(self, tree)?, remarks: Vec::new() })
    }
}
