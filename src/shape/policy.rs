//! How a path is held to the shape, and how it can stand.

use serde::Serialize;

/// How a path is held to the shape.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Policy {
    /// The same blob.
    Exact,
    /// The canonical file rendered with the repository's variables.
    Templated,
    /// Managed keys or lines; the rest is free.
    Structured,
    /// What a Dockerfile means, not its text.
    Facts,
    /// Checks only.
    Contract,
    /// Must exist, then is free.
    Seeded,
    /// Must not exist.
    Forbidden,
}

/// How a path stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PathVerdict {
    /// As wanted.
    Conformant,
    /// Equal to an earlier canon: safe to replace.
    Stale,
    /// Edited since a canon: a three-way merge.
    Modified,
    /// Never was canon.
    Diverged,
    /// Wanted and not there.
    Missing,
    /// There and not permitted.
    Forbidden,
    /// There, unknown to the shape, and reached by nothing.
    Extra,
    /// Differs, and a waiver says why.
    Waived,
    /// Could not be checked.
    Unchecked,
}

impl PathVerdict {
    /// Whether a repository with such a path has drifted.
    #[must_use]
    pub fn is_drift(self) -> bool {
        matches!(
            self,
            Self::Stale | Self::Modified | Self::Diverged | Self::Missing | Self::Forbidden
        )
    }
}
