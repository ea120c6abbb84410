//! `images`: the container images of the members, and what is made of them.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::fleet::Pattern;

/// The container images of the members.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Images {
    /// The registry's host, `ghcr.io`.
    pub registry: String,
    /// An image's whole name without a tag, `ghcr.io/acme/workspace-template-{slug}`.
    pub name: Pattern,
    /// The tag that members move with every build.
    #[serde(default = "latest")]
    pub tag: String,
    /// The label of an image that says which version of the runtime package is in it; the one that the shape
    /// demands, when absent.
    pub version_label: Option<String>,
    /// The containers that are made from the images.
    #[serde(default)]
    pub containers: Containers,
}

fn latest() -> String {
    "latest".to_owned()
}

/// The containers that a platform makes from the members' images.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Containers {
    /// What their names begin with.
    pub prefix: String,
}

impl Default for Containers {
    fn default() -> Self {
        Self { prefix: "ws-".to_owned() }
    }
}
