//! The recorded state of an effect, and the step that follows from it. Pure.

use serde_json::Value;

/// What the journal knows about an effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EffectState {
    /// Nothing: the effect was never tried.
    Unknown,
    /// It was tried, and the result is unknown.
    Intended,
    /// It was tried, and failed for this reason. It may have happened nonetheless: a response may have been lost.
    Failed(String),
    /// It was done.
    Done(Value),
}

impl EffectState {
    /// The outcome, if the effect was done.
    #[must_use]
    pub fn outcome(&self) -> Option<&Value> {
        match self {
            Self::Done(outcome) => Some(outcome),
            Self::Unknown | Self::Intended | Self::Failed(_) => None,
        }
    }
}

/// When to look before acting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caution {
    /// Only if an earlier try left no outcome.
    WhenInDoubt,
    /// Before the first try as well, since the effect may be older than the journal.
    Always,
}

/// The next step for an effect without an outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Look up whether it happened; act if it did not.
    LookUp,
    /// Act.
    Act,
}

pub(super) fn next(state: &EffectState, caution: Caution) -> Next {
    match (state, caution) {
        (EffectState::Unknown, Caution::WhenInDoubt) => Next::Act,
        _ => Next::LookUp,
    }
}
