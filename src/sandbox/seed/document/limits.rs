//! Limits that differ from GitHub's.

use schemars::JsonSchema;
use serde::Deserialize;

/// When the content of a generated repository becomes available.
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

/// Limits that differ from GitHub's.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LimitsSeed {
    /// REST requests per hour.
    #[serde(default)]
    pub(crate) rest: Option<u64>,
    /// GraphQL points per hour.
    #[serde(default)]
    pub(crate) graphql: Option<u64>,
    /// Searches per minute.
    #[serde(default)]
    pub(crate) search: Option<u64>,
    /// REST points per minute: 1 for a read, 5 for a write.
    #[serde(default)]
    pub(crate) rest_points: Option<u64>,
    /// GraphQL points per minute.
    #[serde(default)]
    pub(crate) graphql_points: Option<u64>,
    /// Concurrent requests.
    #[serde(default)]
    pub(crate) concurrent: Option<usize>,
    /// Requests per minute that create content.
    #[serde(default)]
    pub(crate) content_per_minute: Option<usize>,
    /// Requests per hour that create content.
    #[serde(default)]
    pub(crate) content_per_hour: Option<usize>,
    /// Pull requests per minute; more are refused as submitted too quickly.
    #[serde(default)]
    pub(crate) pulls_per_minute: Option<usize>,
    /// Nodes in one GraphQL document.
    #[serde(default)]
    pub(crate) nodes: Option<u64>,
    /// The waiting time in a refusal by a secondary limit, in seconds.
    #[serde(default)]
    pub(crate) retry_after: Option<u64>,
    /// Entries of a recursive listing before it is truncated.
    #[serde(default)]
    pub(crate) tree_entries: Option<usize>,
    /// Bytes of a blob before it is too large.
    #[serde(default)]
    pub(crate) blob_bytes: Option<usize>,
}
