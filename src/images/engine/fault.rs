//! Why an engine did not do what it was asked.

use std::fmt;
use std::time::Duration;

use crate::edge::terminal::visible_line;

/// Characters of an engine's words that are repeated.
const MOST_WORDS: usize = 400;

/// Of what sort a fault is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EngineFaultKind {
    /// There is no such thing.
    Absent,
    /// It may not be used.
    Denied,
    /// It cannot be reached, or has gone in the middle.
    Unreachable,
    /// It will not, or cannot.
    Refused,
    /// What it answered is not understood.
    Unclear,
}

/// Why an engine did not do what it was asked. Its words are one line, and obey no terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineFault {
    /// Of what sort.
    pub kind: EngineFaultKind,
    /// Why.
    pub why: String,
}

impl EngineFault {
    pub(super) fn new(kind: EngineFaultKind, why: &str) -> Self {
        let why: String = why.trim().chars().take(MOST_WORDS).collect();
        Self { kind, why: visible_line(&why) }
    }

    pub(super) fn silent(waited: Duration) -> Self {
        let why = format!("it said nothing for {} seconds", waited.as_secs());
        Self::new(EngineFaultKind::Unreachable, &why)
    }
}

impl fmt::Display for EngineFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}
