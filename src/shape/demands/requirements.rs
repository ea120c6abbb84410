//! What a requirements file must list.

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
