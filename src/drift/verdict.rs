//! The verdict of a repository as a whole.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a repository stands.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum RepositoryVerdict {
    /// All that was wanted was found.
    Conformant,
    /// It works, and differs from what is wanted.
    Drifted,
    /// Something could not be checked. Never green.
    Unchecked,
    /// An error stops it from working, or makes it harm others.
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
