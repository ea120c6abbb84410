//! The words for how a repository stands in a campaign, and what follows from each.
//!
//! Whatever depends on the state alone is said here, in matches without a rest: a state that is added has to answer each of
//! them, and nothing elsewhere lists states. Which state a repository is in, [`decide`](super::plan::decide()) says.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a repository stands in a campaign.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It will be done: nothing is on the forge yet.
    Planned,
    /// Its pull request is open.
    Open,
    /// Its pull request is open, and checks are running.
    Checks,
    /// Checks of its pull request are red.
    Red,
    /// Checks of its pull request are red, and the same ones are red on the base branch as well.
    RedOnBase,
    /// Its pull request is approved and its checks are green.
    Approved,
    /// Somebody else changed the pull request's branch: it is theirs now.
    Edited,
    /// Somebody closed the pull request without merging it.
    Declined,
    /// It was merged, and what it changed is back.
    Regressed,
    /// It was merged.
    Merged,
    /// There is nothing to change.
    Done,
    /// Something stands in the way that a person has to take away.
    Blocked,
    /// It is left out.
    Skipped,
    /// It was tried and did not work.
    Failed,
    /// It waits: for its wave, for the brake, for the forge's limits.
    Paused,
}

/// What a state means for whoever asks how a campaign stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Concern {
    /// Nothing is wrong.
    None,
    /// Something is wrong that a person has to look at.
    Wrong,
    /// It is not known how it stands.
    Unknown,
}

/// How a state looks in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As it should be.
    Good,
    /// On its way.
    Moving,
    /// Against what is wanted.
    Bad,
    /// Neither.
    Aside,
}

impl State {
    /// As it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Open => "open",
            Self::Checks => "checks",
            Self::Red => "red",
            Self::RedOnBase => "red on base",
            Self::Approved => "approved",
            Self::Edited => "edited",
            Self::Declined => "declined",
            Self::Regressed => "regressed",
            Self::Merged => "merged",
            Self::Done => "done",
            Self::Blocked => "blocked",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
            Self::Paused => "paused",
        }
    }

    /// Where it stands in a list, from 0: what wants a person first, what is over last.
    #[must_use]
    pub fn order(self) -> usize {
        match self {
            Self::Failed => 0,
            Self::Red => 1,
            Self::Blocked => 2,
            Self::Regressed => 3,
            Self::Declined => 4,
            Self::Edited => 5,
            Self::Approved => 6,
            Self::Open => 7,
            Self::RedOnBase => 8,
            Self::Checks => 9,
            Self::Planned => 10,
            Self::Paused => 11,
            Self::Merged => 12,
            Self::Done => 13,
            Self::Skipped => 14,
        }
    }

    /// Whether its pull request is open.
    #[must_use]
    pub fn is_open(self) -> bool {
        match self {
            Self::Open
            | Self::Checks
            | Self::Red
            | Self::RedOnBase
            | Self::Approved
            | Self::Edited => true,
            Self::Planned
            | Self::Declined
            | Self::Regressed
            | Self::Merged
            | Self::Done
            | Self::Blocked
            | Self::Skipped
            | Self::Failed
            | Self::Paused => false,
        }
    }

    /// Whether nothing more is to come of it without a person.
    #[must_use]
    pub fn is_settled(self) -> bool {
        match self {
            Self::Merged
            | Self::Done
            | Self::Declined
            | Self::Regressed
            | Self::Skipped
            | Self::Blocked
            | Self::Failed => true,
            Self::Planned
            | Self::Open
            | Self::Checks
            | Self::Red
            | Self::RedOnBase
            | Self::Approved
            | Self::Edited
            | Self::Paused => false,
        }
    }

    /// Whether it counts against a campaign that stops at so many failures.
    #[must_use]
    pub fn is_failure(self) -> bool {
        match self {
            Self::Red | Self::Declined | Self::Failed => true,
            Self::Planned
            | Self::Open
            | Self::Checks
            | Self::RedOnBase
            | Self::Approved
            | Self::Edited
            | Self::Regressed
            | Self::Merged
            | Self::Done
            | Self::Blocked
            | Self::Skipped
            | Self::Paused => false,
        }
    }

    /// Whether an open pull request keeps no wave waiting that goes on once checks are green. Red on the base as well is no
    /// fault of the change.
    #[must_use]
    pub fn is_green(self) -> bool {
        match self {
            Self::Approved | Self::Open | Self::RedOnBase => true,
            Self::Planned
            | Self::Checks
            | Self::Red
            | Self::Edited
            | Self::Declined
            | Self::Regressed
            | Self::Merged
            | Self::Done
            | Self::Blocked
            | Self::Skipped
            | Self::Failed
            | Self::Paused => false,
        }
    }

    /// Whether nothing could be done, or nothing be known.
    #[must_use]
    pub fn is_hindered(self) -> bool {
        match self {
            Self::Failed | Self::Blocked => true,
            Self::Planned
            | Self::Open
            | Self::Checks
            | Self::Red
            | Self::RedOnBase
            | Self::Approved
            | Self::Edited
            | Self::Declined
            | Self::Regressed
            | Self::Merged
            | Self::Done
            | Self::Skipped
            | Self::Paused => false,
        }
    }

    /// What it means for whoever asks how the campaign stands.
    #[must_use]
    pub fn concern(self) -> Concern {
        match self {
            Self::Failed => Concern::Unknown,
            Self::Red | Self::Blocked | Self::Declined | Self::Regressed => Concern::Wrong,
            Self::Planned
            | Self::Open
            | Self::Checks
            | Self::RedOnBase
            | Self::Approved
            | Self::Edited
            | Self::Merged
            | Self::Done
            | Self::Skipped
            | Self::Paused => Concern::None,
        }
    }

    /// How it looks in a list.
    #[must_use]
    pub fn tone(self) -> Tone {
        match self {
            Self::Merged | Self::Done | Self::Approved => Tone::Good,
            Self::Open | Self::Checks | Self::Planned | Self::Edited => Tone::Moving,
            Self::Red | Self::Failed | Self::Blocked | Self::Regressed => Tone::Bad,
            Self::RedOnBase | Self::Declined | Self::Skipped | Self::Paused => Tone::Aside,
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
