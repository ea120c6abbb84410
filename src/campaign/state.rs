//! The states of a repository in a campaign, and what follows from each.
//!
//! Whatever depends on the state alone is in one table, in `meaning`: a new state does not compile without a row of it, and
//! what asks for one state by name elsewhere is about that one alone. [`decide`](super::plan::decide()) determines the state of a repository.

mod meaning;

use std::fmt;

use meaning::{Phase, Trait};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The state of a repository in a campaign.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The change is planned: nothing is on the forge yet.
    Planned,
    /// Its pull request is open.
    Open,
    /// Its pull request is open, and checks are running.
    Checks,
    /// Checks of its pull request failed.
    Red,
    /// Checks of its pull request failed, and the same checks fail on the base branch.
    RedOnBase,
    /// Its pull request is approved and its checks passed.
    Approved,
    /// A person changed the pull request's branch, so it is left to them.
    Edited,
    /// A person closed the pull request without merging it.
    Declined,
    /// `campaign close` closed its pull request. It is offered again only on request.
    GivenUp,
    /// The change was merged, and the difference is back.
    Regressed,
    /// The change was merged.
    Merged,
    /// There is nothing to change.
    Done,
    /// The finding that the campaign selects it by remains, because none of the campaign's changes fixes it; or its
    /// changes left something alone, and changed nothing else.
    Left,
    /// A person has to resolve what prevents the change.
    Blocked,
    /// It is left out.
    Skipped,
    /// The change was tried and failed.
    Failed,
    /// It is waiting for its wave, for the campaign's limits, or for the forge's limits.
    Paused,
}

/// What a state means for the campaign as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Concern {
    /// Nothing is wrong.
    None,
    /// Something is wrong that a person has to look at.
    Wrong,
    /// The state of the repository is not known.
    Unknown,
}

/// How a state is rendered in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As intended.
    Good,
    /// In progress.
    Moving,
    /// Contrary to what is intended.
    Bad,
    /// None of these.
    Aside,
}

/// What moves a repository on from a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lead {
    /// Retrying what failed.
    Retry,
    /// Merging its pull request.
    Merge,
    /// Offering the change.
    Offer,
    /// A person who looks at its pull request and decides.
    Look,
    /// Looking at its findings, which are outside this campaign.
    Judge,
    /// Waiting.
    Wait,
    /// Nothing.
    Nothing,
}

impl State {
    /// All states in the order of lists: what needs a person first, what is over last.
    pub const ALL: [Self; 17] = [
        Self::Failed,
        Self::Red,
        Self::Blocked,
        Self::Regressed,
        Self::Declined,
        Self::Edited,
        Self::Approved,
        Self::Open,
        Self::RedOnBase,
        Self::Checks,
        Self::Planned,
        Self::Paused,
        Self::Left,
        Self::GivenUp,
        Self::Merged,
        Self::Done,
        Self::Skipped,
    ];

    fn has(self, property: Trait) -> bool {
        self.meaning().traits.contains(&property)
    }

    /// The word for it in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.meaning().word
    }

    /// All states as help lists them, in order: `red, blocked, regressed (merged, and there is a difference again)`.
    #[must_use]
    pub fn in_help() -> String {
        let named = Self::ALL.map(|state| match state.meaning().about {
            "" => state.as_str().to_owned(),
            about => format!("{state} ({about})"),
        });
        named.join(", ")
    }

    /// Its position in a list, from 0.
    #[must_use]
    pub fn order(self) -> usize {
        Self::ALL.iter().position(|state| *state == self).unwrap_or(Self::ALL.len())
    }

    /// Whether its pull request is open.
    #[must_use]
    pub fn is_open(self) -> bool {
        self.meaning().phase == Phase::Open
    }

    /// Whether nothing more happens without a person.
    #[must_use]
    pub fn is_settled(self) -> bool {
        self.meaning().phase == Phase::Over
    }

    /// Whether nothing more happens by itself: it is settled, or somebody took it over.
    #[must_use]
    pub fn is_left_to_people(self) -> bool {
        self.is_settled() || self.is_taken_over()
    }

    /// Whether its pull request now belongs to somebody else, so nothing is written to it.
    #[must_use]
    pub fn is_taken_over(self) -> bool {
        self.has(Trait::TakenOver)
    }

    /// Whether it waits for something other than a person, and continues once that happens.
    #[must_use]
    pub fn is_held_back(self) -> bool {
        self.has(Trait::HeldBack)
    }

    /// Whether its open pull request makes no progress until somebody fixes the change or gives it up, while later
    /// waves wait. Messages about such repositories call them red.
    #[must_use]
    pub fn is_stuck(self) -> bool {
        self.has(Trait::Stuck)
    }

    /// Whether it counts towards `stop_at_failures`.
    #[must_use]
    pub fn is_failure(self) -> bool {
        self.has(Trait::Failure)
    }

    /// Whether its open pull request does not hold up waves that advance once checks are green.
    #[must_use]
    pub fn is_green(self) -> bool {
        self.has(Trait::Green)
    }

    /// Whether its pull request may be merged, given the required checks and reviews.
    #[must_use]
    pub fn may_be_merged(self) -> bool {
        self.has(Trait::MayBeMerged)
    }

    /// Whether its pull request may be merged although no check has started, given a person who says so.
    #[must_use]
    pub fn may_be_merged_unchecked(self) -> bool {
        self.has(Trait::MayBeMergedUnchecked)
    }

    /// Whether nothing could be done or found out.
    #[must_use]
    pub fn is_hindered(self) -> bool {
        self.has(Trait::Hindered)
    }

    /// Whether it is as the campaign wants it.
    #[must_use]
    pub fn is_done(self) -> bool {
        self.has(Trait::Done)
    }

    /// Whether the campaign wants nothing of it, so that it has no place in a wave, even while a pull request is open.
    #[must_use]
    pub fn is_out_of_waves(self) -> bool {
        self.has(Trait::OutOfWaves)
    }

    /// Whether the cause may be that the token may not read it, or the checks of its pull request. The kind of its reason
    /// says whether it is.
    #[must_use]
    pub fn may_be_unread(self) -> bool {
        self.has(Trait::MayBeUnread)
    }

    /// Whether all that is in the way may be that the token may not push to it. The kind of its reason says whether it is.
    #[must_use]
    pub fn may_lack_push(self) -> bool {
        self.has(Trait::MayLackPush)
    }

    /// What moves it on.
    #[must_use]
    pub fn lead(self) -> Lead {
        self.meaning().lead
    }

    /// What it means for the campaign as a whole.
    #[must_use]
    pub fn concern(self) -> Concern {
        self.meaning().concern
    }

    /// How it is rendered in a list.
    #[must_use]
    pub fn tone(self) -> Tone {
        self.meaning().tone
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_is_listed_and_is_a_row_of_the_page() {
        let schema = schemars::schema_for!(State).to_value();
        let known = schema["oneOf"].as_array().expect("one for each state").len();
        assert_eq!(State::ALL.len(), known);
        let page = include_str!("../../docs/campaigns.md");
        for state in State::ALL {
            let row = format!("\n| {state} | ");
            assert!(page.contains(&row), "{state} is no row of docs/campaigns.md");
        }
    }
}
