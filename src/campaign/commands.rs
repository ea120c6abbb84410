//! Commands of a campaign: their environment, and what their result means for a repository.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::time::Duration;

use super::changes::{Hindrance, Run};
use crate::change::ChangeSet;
use crate::edge::checkout::{self, Failure, Task};
use crate::snapshot::Snapshot;

/// The default time limit of a command, in minutes.
const MINUTES: u32 = 10;

/// The environment of commands, and whether they may use the network.
#[derive(Clone, Debug, Default)]
pub struct Commands {
    environment: BTreeMap<OsString, OsString>,
    trusted: bool,
}

impl Commands {
    /// Commands whose environment contains only `PATH` and fixed settings, without network access.
    #[must_use]
    pub fn confined(path: Option<&str>) -> Self {
        let words =
            [("LANG", "C.UTF-8"), ("GIT_TERMINAL_PROMPT", "0"), ("GIT_CONFIG_NOSYSTEM", "1")];
        let mut environment: BTreeMap<OsString, OsString> =
            words.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        if let Some(path) = path {
            environment.insert("PATH".into(), path.into());
        }
        Self { environment, trusted: false }
    }

    /// Allows or denies network access. Tokens are never passed on.
    #[must_use]
    pub fn trusted(mut self, trusted: bool) -> Self {
        self.trusted = trusted;
        self
    }

    /// Runs a command in a checkout of a tree, and returns what it changed.
    ///
    /// # Errors
    /// Why it has no result, with the last lines of its output.
    pub fn run(&self, run: &Run, tree: &Snapshot) -> Result<ChangeSet, Hindrance> {
        let minutes = run.minutes.map_or(MINUTES, std::num::NonZeroU32::get);
        let task = Task {
            command: &run.command,
            environment: &self.environment,
            time_limit: Duration::from_secs(u64::from(minutes) * 60),
            trusted: self.trusted,
        };
        checkout::changed_by(&task, tree).map_err(|Failure { why, tail, hint }| {
            let mut hindrance = Hindrance::new(why);
            if !tail.is_empty() {
                hindrance = hindrance.detail(&tail.join("\n"));
            }
            match hint {
                Some(hint) => hindrance.hint(hint),
                None => hindrance,
            }
        })
    }
}
