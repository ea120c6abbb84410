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
    /// When the run began, RFC 3339 in UTC.
    pub generated_at: String,
    /// The distribution.
    pub distribution: String,
    /// The version, in its one spelling.
    pub version: String,
    /// The simple API of the index.
    pub index: String,
    /// Where files are uploaded to.
    pub upload: String,
    /// Whether nothing was to be changed.
    pub dry_run: bool,
    /// What the files were made of; absent when there are none.
    pub origin: Option<Origin>,
    /// The stages in their order: build, check, smoke, compat, publish, wait.
    pub stages: Vec<StageReport>,
    /// The files.
    pub files: Vec<Published>,
    /// The commands that are most useful next.
    pub next: Vec<String>,
}

/// One stage.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct StageReport {
    /// Which.
    pub name: Stage,
    /// How it ended.
    pub outcome: Outcome,
    /// One line about it; empty when there is nothing to say.
    pub detail: String,
    /// What a gate found.
    pub findings: Vec<Told>,
}

/// How a stage ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// As it should.
    Done,
    /// Nobody looked: it was left out, by wish.
    Unchecked,
    /// It would be done: nothing was to be changed.
    Planned,
    /// It did not.
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

/// A finding of a gate, in short.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Told {
    /// What it is about: a distribution or a member.
    pub of: String,
    /// The rule.
    pub rule: String,
    /// How bad it is.
    pub severity: String,
    /// What was found.
    pub message: String,
    /// The file, and the line where it has one.
    pub place: Option<String>,
}

/// A file with what became of it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Published {
    /// Its name.
    pub name: String,
    /// How many bytes it has.
    pub size: u64,
    /// Its SHA-256 in hexadecimal digits.
    pub sha256: String,
    /// What became of it.
    pub state: State,
    /// How many attestations went with it.
    pub attestations: usize,
}

impl StageReport {
    /// A stage without findings.
    #[must_use]
    pub fn new(name: Stage, outcome: Outcome, detail: impl Into<String>) -> Self {
        Self { name, outcome, detail: detail.into(), findings: Vec::new() }
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
