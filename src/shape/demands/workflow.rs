//! Demands on workflows.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// Folders in which forges look for workflows.
pub const FOLDERS: [&str; 3] = [".github/workflows", ".gitea/workflows", ".forgejo/workflows"];

/// Requirements on the workflows of a repository.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Demand {
    /// Folders of workflows. Default: where forges look for them, because some mistakes are wrong in any shape.
    /// An empty list disables this.
    pub folders: Vec<String>,
    /// Workflows that must start on an event from another repository and forward its payload.
    pub receivers: Vec<Receiver>,
    /// Workflows that publish, with events that must never start them.
    pub publishes: Vec<Publishes>,
    /// How references to other repositories must be pinned.
    pub pinned: Option<Pinned>,
    /// Whether the token's permissions must be declared.
    pub permissions: bool,
    /// Inputs and secrets of reusable workflows in other repositories. Calls of workflows that are not listed
    /// are not checked, because a checkout has only the caller.
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

/// Inputs and secrets of a reusable workflow in another repository.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Interface {
    /// The workflow, `owner/repository/path`, at any revision.
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
    /// Whether callers must provide it.
    pub required: bool,
    /// Its type: `string`, `boolean` or `number`. For readers only; values are not checked against it.
    #[serde(rename = "type")]
    pub kind: Option<String>,
}

/// A secret of a reusable workflow.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Secret {
    /// Whether callers must provide it.
    pub required: bool,
}

/// A workflow that must start on an event from another repository.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Receiver {
    /// Path of the workflow.
    pub path: String,
    /// The event, by its name on GitHub.
    pub event: String,
    /// The type of the event.
    #[serde(rename = "type")]
    pub event_type: Option<String>,
    /// The part of the payload that must be forwarded.
    pub forwards: Option<Forwards>,
}

/// The part of an event's payload that must be forwarded.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Forwards {
    /// The key in `client_payload`.
    pub payload: String,
    /// The input of the called workflow, or the build argument, that receives it.
    pub input: String,
}

/// A workflow that publishes.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Publishes {
    /// Path of the workflow.
    pub path: String,
    /// Events that must not start it.
    pub never_on: Vec<String>,
}

/// How references to other repositories must be pinned.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pinned {
    /// Actions of other repositories: `any`, `tag` or `commit`.
    pub actions: Pin,
    /// Reusable workflows of other repositories: `any`, `tag` or `commit`.
    pub reusable: Pin,
}

/// How strictly a reference is pinned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Pin {
    /// Any ref.
    Any,
    /// A tag or a commit, not a branch such as `main`.
    Tag,
    /// A full commit id.
    Commit,
}
