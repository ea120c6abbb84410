//! Bringing paths back to the shape.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::paths;
use super::spec::Say;
use super::{Ground, Hindrance, Step};
use crate::shape::PathVerdict;
use crate::snapshot::Snapshot;

/// Brings paths back to the shape: what is stale is replaced, what is missing added, what is forbidden
/// removed, and what was edited since a canon is merged with today's, line by line. A merge with conflicts is
/// reported and never committed. What a waiver covers is left alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Restore {
    /// Globs over paths; every path of the shape when none is given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<String>,
    /// How paths stand that are brought back; by default all but `diverged`.
    #[serde(default = "usual", skip_serializing_if = "is_usual")]
    pub verdicts: Vec<Restorable>,
}

/// How a path stands that can be brought back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Restorable {
    /// Equals an earlier canon, and is replaced.
    Stale,
    /// Is not there, and is added.
    Missing,
    /// Must not be there, and is removed.
    Forbidden,
    /// Was edited since a canon, and is merged with today's.
    Modified,
    /// Never was canon, and is replaced: what is in it is lost.
    Diverged,
}

fn usual() -> Vec<Restorable> {
    use Restorable::{Forbidden, Missing, Modified, Stale};
    vec![Stale, Missing, Forbidden, Modified]
}

fn is_usual(verdicts: &[Restorable]) -> bool {
    verdicts == usual()
}

impl Restorable {
    fn of(verdict: PathVerdict) -> Option<Self> {
        Some(match verdict {
            PathVerdict::Stale => Self::Stale,
            PathVerdict::Missing => Self::Missing,
            PathVerdict::Forbidden => Self::Forbidden,
            PathVerdict::Modified => Self::Modified,
            PathVerdict::Diverged => Self::Diverged,
            PathVerdict::Conformant
            | PathVerdict::Extra
            | PathVerdict::Waived
            | PathVerdict::Unchecked => return None,
        })
    }
}

impl Default for Restore {
    fn default() -> Self {
        Self { paths: Vec::new(), verdicts: usual() }
    }
}

impl Restore {
    pub(super) fn check(&self, say: &mut Say<'_>) {
        paths::check_globs("paths", &self.paths, say);
    }

    pub(super) fn make(&self, ground: &Ground<'_>, tree: &Snapshot) -> Result<Step, Hindrance> {
        let _ = (ground, tree, Restorable::of);
        Err(Hindrance::new("restoring is not there yet"))
    }
}
