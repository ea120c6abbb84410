//! Limits that differ from GitHub's.

use schemars::JsonSchema;
use serde::Deserialize;

/// When the content of a generated repository is there.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GenerateSeed {
    /// After the repository was read this many times.
    #[serde(default)]
    pub(crate) polls: Option<u32>,
    /// After this many seconds.
    #[serde(default)]
    pub(crate) seconds: Option<f64>,
}

/// Limits that are not GitHub's.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LimitsSeed {
    /// REST requests an hour.
    #[serde(default)]
    pub(crate) rest: Option<u64>,
    /// GraphQL points an hour.
    #[serde(default)]
    pub(crate) graphql: Option<u64>,
    /// Searches a minute.
    #[serde(default)]
    pub(crate) search: Option<u64>,
    /// Points of REST a minute: 1 for a read, 5 for a write.
    #[serde(default)]
    pub(crate) rest_points: Option<u64>,
    /// Points of GraphQL a minute.
    #[serde(default)]
    pub(crate) graphql_points: Option<u64>,
    /// Requests at a time.
    #[serde(default)]
    pub(crate) concurrent: Option<usize>,
    /// Requests a minute that make content.
    #[serde(default)]
    pub(crate) content_per_minute: Option<usize>,
    /// Requests an hour that make content.
    #[serde(default)]
    pub(crate) content_per_hour: Option<usize>,
    /// Pull requests a minute before they were submitted too quickly.
    #[serde(default)]
    pub(crate) pulls_per_minute: Option<usize>,
    /// Nodes of one GraphQL document.
    #[serde(default)]
    pub(crate) nodes: Option<u64>,
    /// What a refusal of a secondary limit says to wait, in seconds.
    #[serde(default)]
    pub(crate) retry_after: Option<u64>,
    /// Entries of a recursive listing before it is truncated.
    #[serde(default)]
    pub(crate) tree_entries: Option<usize>,
    /// Bytes of a blob before it is too large.
    #[serde(default)]
    pub(crate) blob_bytes: Option<usize>,
}
