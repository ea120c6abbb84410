//! Demands on requirements files, and files that hold nothing but a version.

use schemars::JsonSchema;
use serde::Deserialize;

/// What one requirements file must list.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Demand {
    /// The file; files it includes count as part of it.
    pub path: String,
    /// The distribution that it must list, in any PEP 503 spelling, unless the Dockerfile installs it.
    pub distribution: String,
}

/// A file that says which version of a distribution is wanted, and nothing else. It need not be there.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VersionFile {
    /// The file: a version in a line of its own, `#` begins a comment.
    pub path: String,
    /// The distribution that it is about, in any PEP 503 spelling.
    pub distribution: String,
}
