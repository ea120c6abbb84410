//! Demands on credentials, markers and forwarding scripts.

use schemars::JsonSchema;
use serde::Deserialize;

/// Settings of the search for credentials.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Secrets {
    /// Documented examples that are not credentials, matched literally.
    pub examples: Vec<String>,
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
