//! Faults of an engine.

use std::fmt;
use std::time::Duration;

use crate::edge::terminal::visible_line;

/// Maximum number of characters of an engine's message to show.
const MOST_WORDS: usize = 400;

/// The kinds of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EngineFaultKind {
    /// The object does not exist.
    Absent,
    /// Permission was denied.
    Denied,
    /// The engine cannot be reached, or the connection broke.
    Unreachable,
    /// The engine refused or failed.
    Refused,
    /// The answer cannot be understood.
    Unclear,
}

/// A fault of an engine. Its message is a single line without terminal escapes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineFault {
    /// The kind.
    pub kind: EngineFaultKind,
    /// The message.
    pub why: String,
}

impl EngineFault {
    pub(super) fn new(kind: EngineFaultKind, why: &str) -> Self {
        let why: String = why.trim().chars().take(MOST_WORDS).collect();
        Self { kind, why: visible_line(&why) }
    }

    pub(super) fn silent(waited: Duration) -> Self {
        let why = format!("it sent nothing for {} seconds", waited.as_secs());
        Self::new(EngineFaultKind::Unreachable, &why)
    }
}

impl fmt::Display for EngineFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}
