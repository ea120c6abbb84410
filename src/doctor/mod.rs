//! Examines which parts of the environment work, and how to fix those that do not.
//!
//! From the environment, a client of the forge, and the fleet, compiles a [`Checkup`] of [`Examined`] items. Each says
//! what it is needed for, so that nothing unneeded is reported as broken. Examining changes nothing, and no secret is
//! repeated: of a token, only its kind and where it was found are shown.

pub mod forge;
pub mod index;
pub mod machine;
pub mod permissions;

use schemars::JsonSchema;
use serde::Serialize;

use crate::fleet::Fleet;

/// Name and version of the document, see `schemas/doctor.schema.json`.
pub const SCHEMA: &str = "shipshape/doctor/1";

/// The result of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It works.
    Works,
    /// It is missing, and some commands need it.
    Missing,
    /// It works in part.
    Limited,
    /// It is required and does not work.
    Fails,
}

/// The features that a fleet uses; the environment is not examined for others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uses {
    /// Whether its members have images.
    pub images: bool,
    /// Whether its members run on a package that is built and released.
    pub package: bool,
}

impl Uses {
    /// Everything that a fleet can use.
    pub const ALL: Self = Self { images: true, package: true };

    /// The features that a fleet uses; everything if there is no fleet.
    #[must_use]
    pub fn of(fleet: Option<&Fleet>) -> Self {
        let (images, package) = fleet.map_or((true, true), |fleet| {
            (fleet.manifest.images.is_some(), fleet.manifest.runtime_package.is_some())
        });
        Self { images, package }
    }

    /// The features that a fleet does not use, for display.
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

/// A group of checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Group {
    /// The manifest.
    Fleet,
    /// The forge, and the permissions of the token.
    Forge,
    /// The package index of the runtime package.
    Index,
    /// Programs on this machine.
    Programs,
    /// Folders that are written to.
    Folders,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Examined {
    /// The group of the check.
    pub group: Group,
    /// What was checked.
    pub name: String,
    /// The result.
    pub state: State,
    /// What was found, in one line.
    pub found: String,
    /// What it is needed for, in one line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needed_for: Option<String>,
    /// How to fix it, in one line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Examined {
    /// Creates an item.
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

    /// Sets what it is needed for.
    #[must_use]
    pub fn needed_for(mut self, what: impl Into<String>) -> Self {
        self.needed_for = Some(what.into());
        self
    }

    /// Sets what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// The results of all checks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Checkup {
    /// Name and version of this form.
    pub schema: &'static str,
    /// When the checks ran, RFC 3339 in UTC.
    pub generated_at: String,
    /// The checks, by group.
    pub examined: Vec<Examined>,
}

impl Checkup {
    /// Creates a checkup of these items.
    #[must_use]
    pub fn new(generated_at: String, examined: Vec<Examined>) -> Self {
        Self { schema: SCHEMA, generated_at, examined }
    }

    /// The number of items in this state.
    #[must_use]
    pub fn count(&self, state: State) -> usize {
        self.examined.iter().filter(|it| it.state == state).count()
    }
}
