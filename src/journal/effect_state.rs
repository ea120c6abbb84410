//! What is recorded of an effect, and the step that follows from its state. Pure.

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

/// An effect as recorded in the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EffectRecord {
    /// Identifies the effect within its operation.
    pub key: String,
    /// What was meant to happen.
    pub intent: Value,
    /// Its state.
    pub state: EffectState,
    /// How many times it was tried; 0 if it was only found done.
    pub tries: u32,
    /// Why an earlier try failed, if the result of the last one is unknown.
    pub failed_before: Option<String>,
}

impl EffectRecord {
    /// Why it failed when a try last came to a result; `None` if none has failed, or it was done since.
    #[must_use]
    pub fn why_failed(&self) -> Option<&str> {
        match &self.state {
            EffectState::Failed(why) => Some(why),
            EffectState::Intended => self.failed_before.as_deref(),
            EffectState::Unknown | EffectState::Done(_) => None,
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
