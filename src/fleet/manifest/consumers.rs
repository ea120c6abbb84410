//! `consumers`: sources that say which image is really running.

use schemars::JsonSchema;
use serde::Deserialize;

/// A source that reports which digest of a member's image is running: a file, a URL or a command.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Consumer {
    /// Its name in reports.
    pub name: String,
    /// The slug of the member whose image runs there.
    pub runtime: String,
    /// A JSON or YAML file, relative to fleet.yaml.
    pub file: Option<String>,
    /// A URL that returns JSON. Plain http is allowed only for this machine.
    pub url: Option<String>,
    /// A program and its arguments. It prints the digest, or JSON.
    pub command: Option<Vec<String>>,
    /// Dotted path to the digest, `images.main.digest`. Without it, the whole text is the digest.
    pub key: Option<String>,
}
