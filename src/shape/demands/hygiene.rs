//! Demands on credentials, markers and forwarding scripts.

use schemars::JsonSchema;
use serde::Deserialize;

use super::fault::{self, Fault};
use crate::counted::counted;
use crate::source::yaml::Path;

/// Settings of the search for credentials.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Secrets {
    /// Documented examples that are not credentials, matched literally.
    pub examples: Vec<String>,
}

impl Secrets {
    /// An example that means nothing. `place` is where shape.yaml has them.
    pub(super) fn fault(&self, place: &Path) -> Option<Fault> {
        // Destructured so that a new field has to be considered here: which of its values would mean nothing?
        let Self { examples } = self;
        fault::of_words(examples, &place.clone().key("examples"))
    }

    /// Its lines in a listing of what a pack demands.
    #[must_use]
    pub fn in_words(&self) -> Vec<String> {
        // Destructured so that a new field has to be shown here.
        let Self { examples } = self;
        let count = (!examples.is_empty()).then(|| counted(examples.len(), "documented example"));
        count.map(|count| format!("secrets  {count} of credentials")).into_iter().collect()
    }
}

/// Default globs of files that may contain markers: workflows look for markers rather than leaving them.
#[must_use]
pub fn marker_exclusions() -> Vec<String> {
    [".github/**", ".gitea/**", ".shipshape/**"].map(str::to_owned).into()
}

/// A pair of scripts that must forward the same environment variables.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Forwarders {
    /// The script that installs.
    pub install: String,
    /// The script that starts.
    pub start: String,
}

impl Forwarders {
    /// Its line in a listing of what a pack demands.
    #[must_use]
    pub fn in_words(&self) -> String {
        let Self { install, start } = self;
        format!("{install}, {start}  forward the same variables")
    }
}
