//! The state of one stage.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::release::Stage;

/// The state of a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It is done.
    Done,
    /// There is nothing to do, or nothing to do it with.
    Skipped,
    /// It has not started, or is waiting.
    Waiting,
    /// It was tried and failed.
    Failed,
    /// It could not be checked, or the check was turned off.
    Unchecked,
    /// Members went back to an earlier version.
    Back,
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
            Self::Back => "back",
        }
    }
}

/// Why a stage failed, where that decides what is proposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Hindrance {
    /// Only members are left that somebody took back since. No command continues the stage; what it says names the one that
    /// takes them forward again.
    TakenBack,
    /// Members cannot be notified until something is changed there.
    OutOfReach,
    /// A gate could not check everything. Nothing is known to be wrong.
    Undecided,
    /// Members have a later version, which the index does not list. No command continues the stage.
    MembersAhead,
    /// The index had its files, and somebody deleted them there: it never accepts them again.
    Deleted,
    /// The index has other files of its names, which are never replaced.
    NamesTaken,
}

/// One stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Row {
    /// The stage.
    pub stage: Stage,
    /// Its state.
    pub state: State,
    /// Since when it has this state, RFC 3339 in UTC. Absent if it has not started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// What was done, or why not, in one line.
    pub what: String,
    /// The suggested next command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// Other suggested commands.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
    /// Why it failed. Absent if it did not, or for any other reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hindrance: Option<Hindrance>,
}

impl Row {
    /// A row without a time.
    #[must_use]
    pub fn new(stage: Stage, state: State, what: impl Into<String>) -> Self {
        Self {
            stage,
            state,
            at: None,
            what: what.into(),
            next: None,
            also: Vec::new(),
            hindrance: None,
        }
    }

    /// Whether only members are left that somebody took back since.
    #[must_use]
    pub fn is_taken_back(&self) -> bool {
        self.hindrance == Some(Hindrance::TakenBack)
    }

    /// Whether members have a later version, which the index does not list.
    #[must_use]
    pub fn is_behind_members(&self) -> bool {
        self.hindrance == Some(Hindrance::MembersAhead)
    }

    /// Whether the index had its files, and somebody deleted them there.
    #[must_use]
    pub fn is_deleted(&self) -> bool {
        self.hindrance == Some(Hindrance::Deleted)
    }

    /// Whether the index has other files of its names.
    #[must_use]
    pub fn is_taken(&self) -> bool {
        self.hindrance == Some(Hindrance::NamesTaken)
    }

    /// Whether the stage is finished and need not run again.
    pub(super) fn is_settled(&self) -> bool {
        match self.state {
            // What runs may change at any time.
            State::Done => self.stage != Stage::Consumers,
            State::Unchecked => self.stage.is_optional(),
            State::Skipped | State::Waiting | State::Failed | State::Back => false,
        }
    }
}
