//! Demands on workflows.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// Folders in which forges look for workflows.
pub const FOLDERS: [&str; 3] = [".github/workflows", ".gitea/workflows", ".forgejo/workflows"];

/// What the workflows of a repository must be like.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Demand {
    /// Where workflows live: by default where forges look for them, for what is wrong in a workflow is wrong under any
    /// shape. An empty list turns that off.
    pub folders: Vec<String>,
    /// Workflows that must start on an event from elsewhere and hand its payload on.
    pub receivers: Vec<Receiver>,
    /// Workflows that publish, and what must never start them.
    pub publishes: Vec<Publishes>,
    /// How references to other repositories are pinned.
    pub pinned: Option<Pinned>,
    /// Whether the token's permissions must be written down.
    pub permissions: bool,
    /// What reusable workflows of other repositories take. Calls of those that are not listed are not
    /// checked: a checkout has the caller only.
    pub interfaces: Vec<Interface>,
}

impl Default for Demand {
    fn default() -> Self {
        Self {
            folders: FOLDERS.map(str::to_owned).to_vec(),
            receivers: Vec::new(),
            publishes: Vec::new(),
            pinned: None,
            permissions: false,
            interfaces: Vec::new(),
        }
    }
}

/// What a reusable workflow of another repository takes.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Interface {
    /// The workflow, `owner/repository/path`, at whatever revision.
    pub uses: String,
    /// Its inputs, by name.
    #[serde(default)]
    pub inputs: BTreeMap<String, Input>,
    /// Its secrets, by name.
    #[serde(default)]
    pub secrets: BTreeMap<String, Secret>,
}

/// An input of a reusable workflow.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Input {
    /// Whether callers must give it.
    pub required: bool,
    /// What it takes: `string`, `boolean` or `number`. For readers; values are not compared with it.
    #[serde(rename = "type")]
    pub kind: Option<String>,
}

/// A secret of a reusable workflow.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Secret {
    /// Whether callers must give it.
    pub required: bool,
}

/// A workflow that must start on an event from elsewhere.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Receiver {
    /// The workflow's file.
    pub path: String,
    /// The event, as GitHub names it.
    pub event: String,
    /// The type of the event.
    #[serde(rename = "type")]
    pub event_type: Option<String>,
    /// What of the payload must be handed on.
    pub forwards: Option<Forwards>,
}

/// What of an event's payload must be handed on.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Forwards {
    /// The key of `client_payload`.
    pub payload: String,
    /// The input of the called workflow, or the build argument, that takes it.
    pub input: String,
}

/// A workflow that publishes.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Publishes {
    /// The workflow's file.
    pub path: String,
    /// Events that must not start it.
    pub never_on: Vec<String>,
}

/// How references to other repositories are pinned.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pinned {
    /// Actions of others.
    pub actions: Pin,
    /// Reusable workflows.
    pub reusable: Pin,
}

/// How firmly a reference is pinned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Pin {
    /// Any ref.
    Any,
    /// A tag or a commit: not a branch such as `main`.
    Tag,
    /// A full commit id.
    Commit,
}
