//! A dispatch to a repository, and which runs are certainly of it. Pure.

use serde::{Deserialize, Serialize};

use crate::forge::calls::actions::Run;

/// Seconds that a run may take to appear after its dispatch.
pub(super) const APPEARS: u64 = 180;

/// A dispatch, as the journal records it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Dispatch {
    /// The id in its payload.
    pub(super) id: String,
    /// The newest run before it, if runs could be read.
    pub(super) after: Option<u64>,
    /// The run that it caused, if known.
    pub(super) run: Option<u64>,
    /// Whether it was followed and no run started.
    #[serde(default)]
    pub(super) unheard: bool,
    /// When it was sent, in seconds since 1970; `None` if an earlier version of this program, or another machine, sent
    /// it.
    #[serde(default)]
    pub(super) at: Option<u64>,
}

impl Dispatch {
    /// Whether it was sent after another one to the same repository. The runs before each show that, even within a second;
    /// without them, the time does.
    pub(super) fn is_after(&self, other: &Self) -> bool {
        match (self.after, other.after) {
            (Some(one), Some(other)) if one != other => one > other,
            _ => self.at.zip(other.at).is_some_and(|(one, other)| one > other),
        }
    }

    /// Whether the title of a run contains the id, which proves that this dispatch caused it.
    pub(super) fn names(&self, run: &Run) -> bool {
        run.display_title.contains(&self.id)
    }

    /// Whether this dispatch certainly caused a run.
    pub(super) fn is_of(&self, run: &Run) -> bool {
        self.run == Some(run.id) || self.names(run)
    }

    /// Whether its run had the time to appear.
    pub(super) fn is_past(&self, now: u64) -> bool {
        self.at.is_none_or(|at| now.saturating_sub(at) >= APPEARS)
    }
}
