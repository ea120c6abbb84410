//! The report of a publication, as programs read it.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Origin, State};
use crate::release::{Stage, Step};

/// Name and version of the report.
pub const SCHEMA: &str = "shipshape/release-publish/1";

/// One run of `release publish`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Document {
    /// Name and version of this format: `shipshape/release-publish/1`.
    pub schema: &'static str,
    /// When the run started, RFC 3339 in UTC.
    pub generated_at: String,
    /// The distribution.
    pub distribution: String,
    /// The normalised version.
    pub version: String,
    /// The simple API of the index.
    pub index: String,
    /// The upload API of the index.
    pub upload: String,
    /// Whether this was a dry run.
    pub dry_run: bool,
    /// What the files were built from. Absent if there are none.
    pub origin: Option<Origin>,
    /// The stages, in order: build, check, smoke, compat, publish, wait.
    pub stages: Vec<StageReport>,
    /// The files.
    pub files: Vec<Published>,
    /// Suggested next commands, most useful first.
    pub next: Vec<String>,
}

/// One stage.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct StageReport {
    /// The stage.
    pub name: Stage,
    /// How it ended.
    pub outcome: Outcome,
    /// A remark in one line, or empty.
    pub detail: String,
    /// Findings of a gate.
    pub findings: Vec<Told>,
    /// Whether a gate failed only because it could not check everything.
    #[serde(skip)]
    pub is_undecided: bool,
    /// Whether the index has other files of the same names, so that these can never be published.
    #[serde(skip)]
    pub is_taken: bool,
}

/// How a stage ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It succeeded.
    Done,
    /// It was skipped on request.
    Unchecked,
    /// It would be done: this was a dry run.
    Planned,
    /// It failed.
    Failed,
    /// An earlier stage ended the run.
    NotReached,
}

impl Outcome {
    /// The outcome for people.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Unchecked => "unchecked",
            Self::Planned => "planned",
            Self::Failed => "failed",
            Self::NotReached => "not reached",
        }
    }
}

/// A finding of a gate, in short form.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Told {
    /// The distribution or member that it is about.
    pub of: String,
    /// The rule.
    pub rule: String,
    /// Its severity.
    pub severity: String,
    /// The message.
    pub message: String,
    /// The file, with the line if there is one.
    pub place: Option<String>,
}

/// A file and its state.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Published {
    /// Its name.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its SHA-256 in hexadecimal digits.
    pub sha256: String,
    /// Its state.
    pub state: State,
    /// Number of attestations uploaded with it.
    pub attestations: usize,
}

impl StageReport {
    /// A stage without findings.
    #[must_use]
    pub fn new(name: Stage, outcome: Outcome, detail: impl Into<String>) -> Self {
        Self {
            name,
            outcome,
            detail: detail.into(),
            findings: Vec::new(),
            is_undecided: false,
            is_taken: false,
        }
    }
}

impl Document {
    /// Adds the stages that were not reached, and sorts all of them.
    pub fn complete(&mut self) {
        for name in Step::Publish.stages() {
            if !self.stages.iter().any(|stage| stage.name == *name) {
                self.stages.push(StageReport::new(*name, Outcome::NotReached, ""));
            }
        }
        self.stages.sort_by_key(|stage| stage.name);
    }
}
