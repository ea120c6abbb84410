//! `consumers`: sources that say which image is really running.

use schemars::JsonSchema;
use serde::Deserialize;

/// A place that says which digest of a member's image really runs: a file, an address or a command.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Consumer {
    /// What reports call it.
    pub name: String,
    /// The member whose image runs there, by its slug.
    pub runtime: String,
    /// A file of JSON or YAML, relative to fleet.yaml.
    pub file: Option<String>,
    /// An address that answers JSON; plain http is for this machine only.
    pub url: Option<String>,
    /// A program with its arguments that prints the digest, or JSON.
    pub command: Option<Vec<String>>,
    /// Where in it the digest stands, keys with dots between them; without it the text is the digest.
    pub key: Option<String>,
}
