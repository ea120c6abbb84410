//! The report of writing a version to the mirror.

use schemars::JsonSchema;
use serde::Serialize;

use super::Request;

/// Name and version of the document, see `schemas/release-mirror.schema.json`.
pub const SCHEMA: &str = "shipshape/release-mirror/1";

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Mirror {
    /// Name and version of this form.
    pub schema: &'static str,
    /// When, RFC 3339 in UTC.
    pub generated_at: String,
    /// The distribution.
    pub distribution: String,
    /// The version.
    pub version: String,
    /// The commit of the source.
    pub source: String,
    /// The mirror.
    pub repository: String,
    /// The tag there.
    pub tag: String,
    /// How it stands.
    pub state: State,
    /// The commit in the mirror.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Its tree.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tree: Option<String>,
    /// Commits that were made there by hand since the last one of ours, the newest first.
    pub by_hand: Vec<HandCommit>,
    /// What they changed.
    pub edits: Vec<Edit>,
}

/// How a mirror stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It would be written.
    Planned,
    /// It was written.
    Written,
    /// It shows the version already.
    Already,
    /// It was changed by hand, and is left as it is.
    Refused,
}

/// A commit that was made by hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct HandCommit {
    /// The commit.
    pub commit: String,
    /// The first line of what it says.
    pub subject: String,
}

/// A path that was changed by hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Edit {
    /// The path.
    pub path: String,
    /// What became of it.
    pub how: How,
}

/// What became of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum How {
    /// It is new.
    Added,
    /// It holds something else.
    Changed,
    /// It is gone.
    Removed,
}

impl How {
    /// Its name in documents.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Removed => "removed",
        }
    }
}

impl Mirror {
    /// The report before anything was done.
    #[must_use]
    pub(super) fn new(request: &Request<'_>, tag: &str, now: String) -> Self {
        Self {
            schema: SCHEMA,
            generated_at: now,
            distribution: request.subject.distribution.clone(),
            version: request.version.to_string(),
            source: request.commit.to_owned(),
            repository: request.mirror.to_string(),
            tag: tag.to_owned(),
            state: State::Planned,
            commit: None,
            tree: None,
            by_hand: Vec::new(),
            edits: Vec::new(),
        }
    }
}
