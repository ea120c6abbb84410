//! What works here, what does not, and what to do about it.
//!
//! In: the environment, a client of the forge, the fleet. Out: a [`Checkup`], one [`Examined`] thing a line. What a
//! thing is needed for stands with it, so that what nobody wants is not called broken. Nothing is changed by
//! looking, and nothing secret is repeated: of a token is told where it was found and of what kind it is.

pub mod forge;
pub mod machine;
pub mod permissions;

use schemars::JsonSchema;
use serde::Serialize;

use crate::fleet::Fleet;

/// Name and version of the document, see `schemas/doctor.schema.json`.
pub const SCHEMA: &str = "shipshape/doctor/1";

/// How a thing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It works.
    Works,
    /// It is not there, and some commands want it.
    Missing,
    /// It works in part.
    Limited,
    /// It is wanted and does not work.
    Fails,
}

/// What of the product a fleet uses: what it does without is not looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uses {
    /// Whether its members have images.
    pub images: bool,
    /// Whether they run on a package that is built and released.
    pub package: bool,
}

impl Uses {
    /// What a fleet uses; without one, nothing is known, and all is looked for.
    #[must_use]
    pub fn of(fleet: Option<&Fleet>) -> Self {
        let (images, package) = fleet.map_or((true, true), |fleet| {
            (fleet.manifest.images.is_some(), fleet.manifest.runtime_package.is_some())
        });
        Self { images, package }
    }

    /// What a fleet does without, in words.
    #[must_use]
    pub fn without(self) -> Option<&'static str> {
        match (self.images, self.package) {
            (true, true) => None,
            (false, true) => Some("no `images`"),
            (true, false) => Some("no `runtime_package`"),
            (false, false) => Some("no `images` and no `runtime_package`"),
        }
    }
}

/// What a thing belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Group {
    /// The manifest.
    Fleet,
    /// The forge, and what the token may do there.
    Forge,
    /// Programs on this machine.
    Programs,
    /// Folders that are written to.
    Folders,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Examined {
    /// What it belongs to.
    pub group: Group,
    /// What it is.
    pub name: String,
    /// How it stands.
    pub state: State,
    /// What was found: one line.
    pub found: String,
    /// What it is needed for: one line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needed_for: Option<String>,
    /// What to do about it: one line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Examined {
    /// A thing, as it was found.
    #[must_use]
    pub fn new(
        group: Group,
        name: impl Into<String>,
        state: State,
        found: impl Into<String>,
    ) -> Self {
        let (name, found) = (name.into(), found.into());
        Self { group, name, state, found, needed_for: None, hint: None }
    }

    /// Says what it is needed for.
    #[must_use]
    pub fn needed_for(mut self, what: impl Into<String>) -> Self {
        self.needed_for = Some(what.into());
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// Everything that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Checkup {
    /// Name and version of this form.
    pub schema: &'static str,
    /// When, RFC 3339 in UTC.
    pub generated_at: String,
    /// The things, group by group.
    pub examined: Vec<Examined>,
}

impl Checkup {
    /// A checkup of these things.
    #[must_use]
    pub fn new(generated_at: String, examined: Vec<Examined>) -> Self {
        Self { schema: SCHEMA, generated_at, examined }
    }

    /// How many things stand so.
    #[must_use]
    pub fn count(&self, state: State) -> usize {
        self.examined.iter().filter(|it| it.state == state).count()
    }
}
