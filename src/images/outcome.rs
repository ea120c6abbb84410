//! The outcome of bringing images up to date, as values and as JSON.

use schemars::JsonSchema;
use serde::Serialize;

use super::engine::{EngineFault, EngineFaultKind};
use super::memory::Hold;
use crate::edge::docker_engines;
use crate::error::Error;
use crate::registry::{Refusal, RefusalKind};

/// Name and version of the document; see `schemas/images-refresh.schema.json`.
pub const SCHEMA: &str = "shipshape/images-refresh/1";

/// The result of a refresh or rollback.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Report {
    /// Name and version of this form.
    pub schema: &'static str,
    /// When the report was made, RFC 3339 in UTC.
    pub generated_at: String,
    /// The container engine and its address.
    pub engine: String,
    /// The outcome.
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

/// The outcome. A runtime is in one of `pulled`, `current` and `held`, or only in `failed`. It is in two lists
/// if its image is here but a container could not be removed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Outcome {
    /// Whether this was a dry run: the report shows what would be done.
    pub dry_run: bool,
    /// Images that were pulled.
    pub pulled: Vec<Pulled>,
    /// What failed, with the reason.
    pub failed: Vec<Failure>,
    /// Containers that were removed, so that the platform creates them again.
    pub recreated: Vec<Recreated>,
    /// Runtimes whose image was here already.
    pub current: Vec<Current>,
    /// Runtimes that are held and were not changed.
    pub held: Vec<Held>,
    /// Containers that were created from another tag or from a digest, which no moving tag affects.
    pub pinned: Vec<Pinned>,
}

/// An image that was pulled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Pulled {
    /// The runtime.
    pub runtime: String,
    /// Its name, with its tag.
    pub image: String,
    /// Its digest.
    pub digest: String,
    /// The previous digest of the tag on this host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<String>,
    /// The version of the runtime package in its label.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// A runtime whose image was here already.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Current {
    /// The runtime.
    pub runtime: String,
    /// The digest.
    pub digest: String,
}

/// A runtime that is held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Held {
    /// The runtime.
    pub runtime: String,
    /// The hold, with its reason and start.
    #[serde(flatten)]
    pub hold: Hold,
}

/// A container that was removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Recreated {
    /// The runtime.
    pub runtime: String,
    /// Its name.
    pub container: String,
}

/// A container that no moving tag affects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Pinned {
    /// The runtime.
    pub runtime: String,
    /// Its name.
    pub container: String,
    /// The image that it was created from, as requested.
    pub image: String,
}

/// A step that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Looking up the tag in the registry.
    LookUp,
    /// Inspecting the local image.
    Inspect,
    /// Pulling the image.
    Pull,
    /// Recording the previous digest of the tag.
    Remember,
    /// Moving the tag to the new image.
    Tag,
    /// Listing the containers.
    List,
    /// Removing a container.
    Remove,
    /// Waiting for the canary, which failed.
    Canary,
}

/// A kind of failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// There is no such image.
    Missing,
    /// Not logged in, or without permission to read the image.
    NotLoggedIn,
    /// The registry's rate limit was reached.
    RateLimited,
    /// The registry does not answer.
    RegistryUnreachable,
    /// The engine does not answer.
    EngineUnreachable,
    /// The registry sent content that does not match its digest.
    Unsound,
    /// Its tag moved during every attempt.
    Moving,
    /// It was refused; `why` has the details.
    Refused,
}

/// What failed, with the reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Failure {
    /// The runtime.
    pub runtime: String,
    /// The step.
    pub stage: Stage,
    /// The kind of failure.
    pub kind: FailureKind,
    /// The container that it concerns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
    /// The reason, in one line.
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
                    docker_engines::commands("login")
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
        let inspect = docker_engines::commands("inspect");
        let inspect = format!("see what uses it: {inspect} it, and run the command again");
        let (kind, hint) = match fault.kind {
            EngineFaultKind::Unreachable => (
                FailureKind::EngineUnreachable,
                Some("run the command again when the engine answers: what is done stays done"),
            ),
            EngineFaultKind::Denied => {
                (FailureKind::Refused, Some("you are not allowed to use this engine"))
            }
            EngineFaultKind::Absent if stage == Stage::Pull => (
                FailureKind::Missing,
                Some("was it removed from the registry in the meantime? Run the command again"),
            ),
            _ if stage == Stage::Remove => (FailureKind::Refused, Some(&*inspect)),
            _ if stage == Stage::Pull => (
                FailureKind::Refused,
                Some(
                    "is it in the registry, and does the registry answer? `shipshape images status` checks",
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
