//! The state of one stage.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::release::Stage;

/// How a stage stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It is done.
    Done,
    /// There is nothing to be done, or nothing to do it with.
    Skipped,
    /// It is still to come, or waits for somebody.
    Waiting,
    /// It was tried, and did not succeed.
    Failed,
    /// Nobody could look, or nobody wanted to.
    Unchecked,
}

impl State {
    /// Its name in documents.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Skipped => "skipped",
            Self::Waiting => "waiting",
            Self::Failed => "failed",
            Self::Unchecked => "unchecked",
        }
    }
}

/// A line of the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Row {
    /// Which stage.
    pub stage: Stage,
    /// How it stands.
    pub state: State,
    /// Since when, RFC 3339 in UTC; absent for what is still to come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// What was done, or why not; one line.
    pub what: String,
    /// The command that is useful next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// Other commands that are useful next.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
}

impl Row {
    /// A row without a time.
    #[must_use]
    pub fn new(stage: Stage, state: State, what: impl Into<String>) -> Self {
        Self { stage, state, at: None, what: what.into(), next: None, also: Vec::new() }
    }

    /// Whether the stage is finished and need not run again.
    pub(super) fn is_settled(&self) -> bool {
        match self.state {
            // What runs may change at any time.
            State::Done => self.stage != Stage::Consumers,
            State::Unchecked => self.stage.is_optional(),
            State::Skipped | State::Waiting | State::Failed => false,
        }
    }
}
