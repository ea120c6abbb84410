//! The report of writing a version to the mirror.

use schemars::JsonSchema;
use serde::Serialize;

use super::Request;

/// Name and version of the document, see `schemas/release-mirror.schema.json`.
pub const SCHEMA: &str = "shipshape/release-mirror/1";

/// The result of mirroring a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Mirror {
    /// Name and version of this form.
    pub schema: &'static str,
    /// When the report was made, RFC 3339 in UTC.
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
    /// Its state.
    pub state: State,
    /// The commit in the mirror.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Its tree.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tree: Option<String>,
    /// Commits that were made there by hand since the last generated one, newest first.
    pub by_hand: Vec<HandCommit>,
    /// The paths that they changed.
    pub edits: Vec<Edit>,
}

/// The state of a mirror.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It would be written.
    Planned,
    /// It was written.
    Written,
    /// It already has the version.
    Already,
    /// It was changed by hand, and was not written.
    Refused,
}

/// A commit that was made by hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct HandCommit {
    /// The commit.
    pub commit: String,
    /// The first line of its message.
    pub subject: String,
}

/// A path that was changed by hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Edit {
    /// The path.
    pub path: String,
    /// How it was changed.
    pub how: How,
}

/// How a path was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum How {
    /// It was added.
    Added,
    /// Its content was changed.
    Changed,
    /// It was removed.
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
