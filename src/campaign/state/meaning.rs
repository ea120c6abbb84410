//! What follows from each state: one row for each.

use super::{Concern, Lead, State, Tone};

/// How far a repository has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// There is no open pull request yet.
    Before,
    /// Its pull request is open.
    Open,
    /// Nothing more happens without a person.
    Over,
}

/// What follows from a state.
#[derive(Clone, Copy, Debug)]
pub(super) struct Meaning {
    pub(super) word: &'static str,
    /// What help adds to the word; empty if the word is enough.
    pub(super) about: &'static str,
    pub(super) phase: Phase,
    pub(super) tone: Tone,
    pub(super) concern: Concern,
    pub(super) lead: Lead,
    pub(super) traits: &'static [Trait],
}

/// A property that only some states have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trait {
    Failure,
    Green,
    Hindered,
    Done,
    TakenOver,
    HeldBack,
    Stuck,
    MayBeMerged,
    MayBeMergedUnchecked,
    OutOfWaves,
    MayBeUnread,
    MayLackPush,
}

impl State {
    /// The row of each state.
    #[expect(clippy::too_many_lines, reason = "a table, with a row for each state")]
    pub(super) fn meaning(self) -> Meaning {
        match self {
            Self::Failed => Meaning {
                word: "failed",
                about: "it could not be read, or `apply` could not change it",
                phase: Phase::Over,
                tone: Tone::Bad,
                concern: Concern::Unknown,
                lead: Lead::Retry,
                traits: &[Trait::Failure, Trait::Hindered, Trait::MayBeUnread, Trait::MayLackPush],
            },
            Self::Red => Meaning {
                word: "red",
                about: "",
                phase: Phase::Open,
                tone: Tone::Bad,
                concern: Concern::Wrong,
                lead: Lead::Look,
                traits: &[Trait::Failure, Trait::Stuck],
            },
            Self::Blocked => Meaning {
                word: "blocked",
                about: "",
                phase: Phase::Over,
                tone: Tone::Bad,
                concern: Concern::Wrong,
                lead: Lead::Look,
                traits: &[Trait::Hindered],
            },
            Self::Regressed => Meaning {
                word: "regressed",
                about: "merged, and there is a difference again",
                phase: Phase::Over,
                tone: Tone::Bad,
                concern: Concern::Wrong,
                lead: Lead::Look,
                traits: &[],
            },
            Self::Declined => Meaning {
                word: "declined",
                about: "",
                phase: Phase::Over,
                tone: Tone::Aside,
                concern: Concern::Wrong,
                lead: Lead::Look,
                traits: &[Trait::Failure],
            },
            Self::Edited => Meaning {
                word: "edited",
                about: "the branch was changed outside the campaign",
                phase: Phase::Open,
                tone: Tone::Moving,
                concern: Concern::None,
                lead: Lead::Look,
                traits: &[Trait::TakenOver],
            },
            Self::Approved => Meaning {
                word: "approved",
                about: "",
                phase: Phase::Open,
                tone: Tone::Good,
                concern: Concern::None,
                lead: Lead::Merge,
                traits: &[Trait::Green, Trait::MayBeMerged, Trait::MayBeMergedUnchecked],
            },
            Self::Open => Meaning {
                word: "open",
                about: "",
                phase: Phase::Open,
                tone: Tone::Moving,
                concern: Concern::None,
                lead: Lead::Look,
                traits: &[Trait::Green, Trait::MayBeMerged, Trait::MayBeMergedUnchecked],
            },
            // What is also red on the base is not the change's fault.
            Self::RedOnBase => Meaning {
                word: "red on base",
                about: "the same checks are red on the base branch",
                phase: Phase::Open,
                tone: Tone::Aside,
                concern: Concern::None,
                lead: Lead::Look,
                traits: &[Trait::Green, Trait::MayBeMerged, Trait::MayBeMergedUnchecked],
            },
            Self::Checks => Meaning {
                word: "checks",
                about: "running",
                phase: Phase::Open,
                tone: Tone::Moving,
                concern: Concern::None,
                lead: Lead::Wait,
                traits: &[Trait::MayBeMergedUnchecked, Trait::MayBeUnread],
            },
            Self::Planned => Meaning {
                word: "planned",
                about: "",
                phase: Phase::Before,
                tone: Tone::Moving,
                concern: Concern::None,
                lead: Lead::Offer,
                traits: &[Trait::MayLackPush],
            },
            Self::Paused => Meaning {
                word: "paused",
                about: "it waits for its wave or a limit",
                phase: Phase::Before,
                tone: Tone::Aside,
                concern: Concern::None,
                lead: Lead::Offer,
                traits: &[Trait::HeldBack],
            },
            // The campaign never covered these findings, so others have to fix them.
            Self::Left => Meaning {
                word: "left",
                about: "it has findings that this campaign does not change, or leaves alone",
                phase: Phase::Over,
                tone: Tone::Aside,
                concern: Concern::None,
                lead: Lead::Judge,
                traits: &[Trait::OutOfWaves],
            },
            Self::GivenUp => Meaning {
                word: "given up",
                about: "`close` closed it",
                phase: Phase::Over,
                tone: Tone::Aside,
                concern: Concern::None,
                lead: Lead::Nothing,
                traits: &[],
            },
            Self::Merged => Meaning {
                word: "merged",
                about: "",
                phase: Phase::Over,
                tone: Tone::Good,
                concern: Concern::None,
                lead: Lead::Nothing,
                traits: &[Trait::Done],
            },
            Self::Done => Meaning {
                word: "done",
                about: "nothing to change",
                phase: Phase::Over,
                tone: Tone::Good,
                concern: Concern::None,
                lead: Lead::Nothing,
                traits: &[Trait::Done, Trait::OutOfWaves],
            },
            Self::Skipped => Meaning {
                word: "skipped",
                about: "",
                phase: Phase::Over,
                tone: Tone::Aside,
                concern: Concern::None,
                lead: Lead::Nothing,
                traits: &[Trait::OutOfWaves],
            },
        }
    }
}
