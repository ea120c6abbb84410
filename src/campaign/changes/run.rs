//! The change `run`: takes what a command changes in a checkout.

use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::spec::Say;
use super::{Ground, Hindrance, Step};
use crate::snapshot::Snapshot;
use crate::source::typed;

/// Runs a command in a checkout of the repository and takes what it changed: new files too, ignored ones not. It
/// sees no token and, unless it is trusted by `--trust`, no network. When it fails, takes too long, leaves its
/// checkout or damages `.git`, the repository does not take the change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// The program and its arguments. No shell is involved; `[sh, -c, "…"]` asks for one.
    pub command: Vec<String>,
    /// It is killed after so many minutes; ten by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<NonZeroU32>,
}

impl Run {
    pub(super) fn check(&self, say: &mut Say<'_>) {
        if self.command.first().is_none_or(|program| program.trim().is_empty()) {
            say(&[typed::Step::from("command")], "no program is named".to_owned());
        }
    }

    pub(super) fn make(&self, ground: &Ground<'_>, tree: &Snapshot) -> Result<Step, Hindrance> {
        Ok(Step { changes: ground.run(self, tree)?, remarks: Vec::new() })
    }
}
