//! The outcome of bringing images up to date, as values and as JSON.

use schemars::JsonSchema;
use serde::Serialize;

use super::engine::{EngineFault, EngineFaultKind};
use super::memory::Hold;
use crate::edge::engines;
use crate::error::Error;
use crate::registry::{Refusal, RefusalKind};

/// Name and version of the document; see `schemas/images-refresh.schema.json`.
pub const SCHEMA: &str = "shipshape/images-refresh/1";

/// What came of it, as a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Report {
    /// Name and version of this form.
    pub schema: &'static str,
    /// When, RFC 3339 in UTC.
    pub generated_at: String,
    /// The engine, and where it is.
    pub engine: String,
    /// What came of it.
    #[serde(flatten)]
    pub outcome: Outcome,
}

impl Report {
    /// Creates the document of an outcome.
    #[must_use]
    pub fn new(generated_at: String, engine: String, outcome: Outcome) -> Self {
        Self { schema: SCHEMA, generated_at, engine, outcome }
    }
}

/// What came of it. A runtime stands in one of `pulled`, `current` and `held`, or only in `failed`; one whose image
/// is here and whose container would not go stands in two.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Outcome {
    /// Whether nothing was done: what is said then is what would be.
    pub dry_run: bool,
    /// Images that were brought here.
    pub pulled: Vec<Pulled>,
    /// What could not be done, and why.
    pub failed: Vec<Failure>,
    /// Containers that were removed, so that the platform makes them again.
    pub recreated: Vec<Recreated>,
    /// Runtimes whose image was here already.
    pub current: Vec<Current>,
    /// Runtimes that are held, and were left alone.
    pub held: Vec<Held>,
    /// Containers that were made from another tag, or from a digest by name: nobody's tag moves them.
    pub pinned: Vec<Pinned>,
}

/// An image that was brought here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Pulled {
    /// Whose.
    pub runtime: String,
    /// Its name, with the tag that leads to it now.
    pub image: String,
    /// Its digest.
    pub digest: String,
    /// The digest that the tag led to here before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<String>,
    /// The version of the runtime package that its label says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// A runtime whose image was here already.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Current {
    /// Whose.
    pub runtime: String,
    /// The digest.
    pub digest: String,
}

/// A runtime that is held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Held {
    /// Which.
    pub runtime: String,
    /// Why, and since when.
    #[serde(flatten)]
    pub hold: Hold,
}

/// A container that was removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Recreated {
    /// Whose.
    pub runtime: String,
    /// Its name.
    pub container: String,
}

/// A container that no tag moves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Pinned {
    /// Whose.
    pub runtime: String,
    /// Its name.
    pub container: String,
    /// The image that it was asked to be made from.
    pub image: String,
}

/// At which step something failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Asking the registry what the tag leads to.
    LookUp,
    /// Asking the engine what is here.
    Inspect,
    /// Bringing the image here.
    Pull,
    /// Remembering what the tag led to.
    Remember,
    /// Letting the tag lead to the new image.
    Tag,
    /// Listing the containers.
    List,
    /// Removing a container.
    Remove,
    /// Waiting for the runtime that goes first, which failed.
    Canary,
}

/// Of what sort a failure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// There is no such image.
    Missing,
    /// Not logged in, or not with rights to see it.
    NotLoggedIn,
    /// The registry wants to be left alone for a while.
    RateLimited,
    /// The registry does not answer.
    RegistryUnreachable,
    /// The engine does not answer.
    EngineUnreachable,
    /// The registry sent something that is not what it names.
    Unsound,
    /// Its tag led elsewhere each time it was here.
    Moving,
    /// It was refused, in the words of `why`.
    Refused,
}

/// What could not be done, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Failure {
    /// For which runtime.
    pub runtime: String,
    /// At which step.
    pub stage: Stage,
    /// Of what sort.
    pub kind: FailureKind,
    /// The container that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
    /// Why, in one line.
    pub why: String,
    /// What to do next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Failure {
    /// Converts a registry's refusal into a failure.
    #[must_use]
    pub fn of_registry(runtime: &str, refusal: &Refusal) -> Self {
        let kind = match refusal.kind {
            RefusalKind::Absent => FailureKind::Missing,
            RefusalKind::Denied => FailureKind::NotLoggedIn,
            RefusalKind::Limited => FailureKind::RateLimited,
            RefusalKind::Unreachable => FailureKind::RegistryUnreachable,
            RefusalKind::Unsound | RefusalKind::Unread => FailureKind::Unsound,
        };
        let hint = match refusal.kind {
            RefusalKind::Denied => {
                // Only GitHub's registry is sent the first two.
                let variables = match refusal.image.starts_with("ghcr.io/") {
                    true => "GHCR_USER and GHCR_TOKEN",
                    false => "SHIPSHAPE_REGISTRY_USERNAME and SHIPSHAPE_REGISTRY_PASSWORD",
                };
                Some(format!(
                    "log in on this host: {}, or set {variables}",
                    engines::commands("login")
                ))
            }
            _ => Error::from(refusal.clone()).hints().first().cloned(),
        };
        let why = refusal.why.clone();
        let runtime = runtime.to_owned();
        Self { runtime, stage: Stage::LookUp, kind, container: None, why, hint }
    }

    /// Converts an engine's fault at a step into a failure.
    #[must_use]
    pub fn of_engine(runtime: &str, stage: Stage, fault: &EngineFault) -> Self {
        let inspect = engines::commands("inspect");
        let inspect = format!("see what holds it: {inspect} it, and run it again");
        let (kind, hint) = match fault.kind {
            EngineFaultKind::Unreachable => (
                FailureKind::EngineUnreachable,
                Some("once the engine answers, run it again: what is done stays done"),
            ),
            EngineFaultKind::Denied => (FailureKind::Refused, Some("you may not use this engine")),
            EngineFaultKind::Absent if stage == Stage::Pull => (
                FailureKind::Missing,
                Some("was it removed from the registry meanwhile? Run it again"),
            ),
            _ if stage == Stage::Remove => (FailureKind::Refused, Some(&*inspect)),
            _ if stage == Stage::Pull => (
                FailureKind::Refused,
                Some(
                    "is it in the registry, and does that answer? `shipshape images status` looks",
                ),
            ),
            _ => (FailureKind::Refused, None),
        };
        Self {
            runtime: runtime.to_owned(),
            stage,
            kind,
            container: None,
            why: fault.why.clone(),
            hint: hint.map(str::to_owned),
        }
    }

    /// Converts an error of the memory into a failure.
    #[must_use]
    pub fn of_memory(runtime: &str, error: &Error) -> Self {
        Self {
            runtime: runtime.to_owned(),
            stage: Stage::Remember,
            kind: FailureKind::Refused,
            container: None,
            why: error.to_string(),
            hint: error.hints().first().cloned(),
        }
    }

    /// Sets the container that the failure is about.
    #[must_use]
    pub fn about(mut self, container: &str) -> Self {
        self.container = Some(container.to_owned());
        self
    }
}

impl Outcome {
    /// Adds another outcome.
    pub fn add(&mut self, other: Self) {
        self.pulled.extend(other.pulled);
        self.failed.extend(other.failed);
        self.recreated.extend(other.recreated);
        self.current.extend(other.current);
        self.held.extend(other.held);
        self.pinned.extend(other.pinned);
    }

    /// Whether it changed anything, or would have in a dry run.
    #[must_use]
    pub fn has_changes(&self) -> bool {
        !self.pulled.is_empty() || !self.recreated.is_empty()
    }
}
