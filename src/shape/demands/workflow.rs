//! Demands on workflows.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::fault::Fault;
use super::several;
use crate::source::typed::nearest;
use crate::source::workflow::EVENTS;
use crate::source::yaml::Path;

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

impl Demand {
    /// The files that an entry of `paths` must hold, each with its place below `place`, where shape.yaml has the demand.
    pub(in crate::shape) fn paths(&self, place: &Path) -> impl Iterator<Item = (&str, Path)> {
        // Destructured so that a new field has to be considered here: does it name a path?
        let Self { folders: _, receivers, publishes, pinned: _, permissions: _, interfaces: _ } =
            self;
        let in_list = |name: &str| {
            let list = place.clone().key(name);
            move |index: usize| list.clone().index(index).key("path")
        };
        let (receiver, publisher) = (in_list("receivers"), in_list("publishes"));
        let receivers = receivers.iter().enumerate();
        let receivers = receivers.map(move |(index, it)| (it.path.as_str(), receiver(index)));
        let publishes = publishes.iter().enumerate();
        receivers.chain(publishes.map(move |(index, it)| (it.path.as_str(), publisher(index))))
    }

    /// What no workflow could meet. `place` is where shape.yaml has the demand. Folders are compared with the paths of the
    /// pack, which are not known here.
    pub(super) fn fault(&self, place: &Path) -> Option<Fault> {
        // Destructured so that a new field has to be considered here: which of its values would mean nothing?
        let Self { folders: _, receivers, publishes, pinned: _, permissions: _, interfaces: _ } =
            self;
        let received = receivers.iter().enumerate().map(|(index, receiver)| {
            let place = place.clone().key("receivers").index(index).key("event");
            (receiver.event.as_str(), place)
        });
        let shunned = publishes.iter().enumerate().flat_map(|(index, publishes)| {
            let list = place.clone().key("publishes").index(index).key("never_on");
            let events = publishes.never_on.iter().enumerate();
            events.map(move |(index, event)| (event.as_str(), list.clone().index(index)))
        });
        let (event, place) = received.chain(shunned).find(|(event, _)| !EVENTS.contains(event))?;
        let hint = match nearest(event, EVENTS.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => {
                "use an event that workflows can name in `on`, such as `pull_request`".to_owned()
            }
        };
        Some(Fault::new(place, format!("`{event}` is not an event that starts workflows"), hint))
    }

    /// Its lines in a listing of what a pack demands.
    #[must_use]
    pub fn in_words(&self) -> Vec<String> {
        // Destructured so that a new field has to be shown here.
        let Self { folders, receivers, publishes, pinned, permissions, interfaces } = self;
        let mut lines = Vec::new();
        if folders.iter().ne(FOLDERS.iter()) {
            lines.push(match folders.is_empty() {
                true => "workflows  not searched for".to_owned(),
                false => format!("workflows  in {}", folders.join(", ")),
            });
        }
        lines.extend(receivers.iter().map(|it| {
            let event = it.event_type.as_deref().unwrap_or(&it.event);
            let forwards = it.forwards.as_ref().map(|it| format!(", forwards {}", it.payload));
            format!("{}  starts on {event}{}", it.path, forwards.unwrap_or_default())
        }));
        lines.extend(
            publishes
                .iter()
                .map(|it| format!("{}  publishes, never on {}", it.path, it.never_on.join(", "))),
        );
        lines.extend(pinned.iter().map(|Pinned { actions, reusable }| {
            format!(
                "workflows  pin actions to {}, reusable workflows to {}",
                actions.in_words(),
                reusable.in_words()
            )
        }));
        if *permissions {
            lines.push("workflows  declare the permissions of their token".to_owned());
        }
        lines.extend(interfaces.iter().map(|it| {
            let counts = several(&[(it.inputs.len(), "input"), (it.secrets.len(), "secret")]);
            let counts = if counts.is_empty() { "no inputs".to_owned() } else { counts.join(", ") };
            format!("{}  takes {counts}", it.uses)
        }));
        lines
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

impl Pin {
    fn in_words(self) -> &'static str {
        match self {
            Self::Any => "any ref",
            Self::Tag => "a tag or commit",
            Self::Commit => "a commit",
        }
    }
}
