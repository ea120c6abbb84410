//! The verdict of a repository as a whole.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The verdict on a repository.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum RepositoryVerdict {
    /// Everything required was found.
    Conformant,
    /// It works, but differs from the shape.
    Drifted,
    /// Something could not be checked. This never counts as conformant.
    Unchecked,
    /// An error keeps it from working, or makes it harm others.
    Broken,
}

impl RepositoryVerdict {
    /// All verdicts, best first.
    pub const ALL: [Self; 4] = [Self::Conformant, Self::Drifted, Self::Unchecked, Self::Broken];

    /// The name of the verdict in every format.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Conformant => "conformant",
            Self::Drifted => "drifted",
            Self::Unchecked => "unchecked",
            Self::Broken => "broken",
        }
    }
}
