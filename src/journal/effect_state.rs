//! What the journal knows of an effect, and what is to be done next. Pure.

use serde_json::Value;

/// What the journal knows of an effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing: it was never tried.
    Unknown,
    /// It was tried, and nobody knows what came of it.
    Intended,
    /// It was tried, and what tried it gave this reason for giving up. Whether it happened all the same is
    /// not certain: an answer may have been lost.
    Failed(String),
    /// It was done.
    Done(Value),
}

impl Standing {
    /// The outcome of an effect that was done.
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
    /// Only when an earlier try left no outcome.
    WhenInDoubt,
    /// Before the first try as well: the journal may be new and the effect old.
    Always,
}

/// What is to be done about an effect without an outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// See whether it happened; act if it did not.
    LookUp,
    /// Act.
    Act,
}

pub(super) fn next(standing: &Standing, caution: Caution) -> Next {
    match (standing, caution) {
        (Standing::Unknown, Caution::WhenInDoubt) => Next::Act,
        _ => Next::LookUp,
    }
}
