//! Demands on requirements files, and files that hold nothing but a version.

use schemars::JsonSchema;
use serde::Deserialize;

use super::fault::{self, Fault};
use crate::source::yaml::Path;

/// Requirements on one requirements file.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Demand {
    /// Path of the file. Files that it includes count as part of it.
    pub path: String,
    /// The distribution that it must list, in any PEP 503 spelling, unless the Dockerfile installs it.
    pub distribution: String,
}

impl Demand {
    /// What no file could meet. `place` is where shape.yaml has the demand.
    pub(super) fn fault(&self, place: &Path) -> Option<Fault> {
        // Destructured so that a new field has to be considered here: which of its values would mean nothing?
        let Self { path: _, distribution } = self;
        fault::of_distribution(distribution, place.clone().key("distribution"))
    }

    /// Its line in a listing of what a pack demands.
    #[must_use]
    pub fn in_words(&self) -> String {
        let Self { path, distribution } = self;
        format!("{path}  requires {distribution}")
    }
}

/// A file that contains just the wanted version of a distribution. It may be missing.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VersionFile {
    /// Path of the file. It has the version on a line of its own; `#` starts a comment.
    pub path: String,
    /// The distribution, in any PEP 503 spelling.
    pub distribution: String,
}

impl VersionFile {
    /// What no file could meet. `place` is where shape.yaml has the demand.
    pub(super) fn fault(&self, place: &Path) -> Option<Fault> {
        // Destructured so that a new field has to be considered here: which of its values would mean nothing?
        let Self { path: _, distribution } = self;
        fault::of_distribution(distribution, place.clone().key("distribution"))
    }

    /// Its line in a listing of what a pack demands.
    #[must_use]
    pub fn in_words(&self) -> String {
        let Self { path, distribution } = self;
        format!("{path}  contains the version of {distribution}")
    }
}
