//! Demands on requirements files, and files that hold nothing but a version.

use schemars::JsonSchema;
use serde::Deserialize;

/// Requirements on one requirements file.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Demand {
    /// Path of the file. Files that it includes count as part of it.
    pub path: String,
    /// The distribution that it must list, in any PEP 503 spelling, unless the Dockerfile installs it.
    pub distribution: String,
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
