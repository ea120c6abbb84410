//! Commands of a campaign: what they may see, and what their end means for the repository.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::time::Duration;

use super::changes::{Hindrance, Run};
use crate::change::ChangeSet;
use crate::edge::checkout::{self, Failure, Task};
use crate::snapshot::Snapshot;

/// How long a command may take that does not say.
const MINUTES: u32 = 10;

/// What commands may see and reach.
#[derive(Clone, Debug, Default)]
pub struct Commands {
    environment: BTreeMap<OsString, OsString>,
    trusted: bool,
}

impl Commands {
    /// Commands that see nothing but where programs are, and reach no network.
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

    /// Commands that may reach the network. They see no token either.
    #[must_use]
    pub fn trusted(mut self, trusted: bool) -> Self {
        self.trusted = trusted;
        self
    }

    /// Runs a command in a checkout of a tree: what it changed.
    ///
    /// # Errors
    /// Why it has no result, with the last lines that it wrote.
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
