//! The settings of a repository that rules judge, and what a fleet expects of them. `forge::settings` reads them.
//!
//! A new part is a field of [`Settings`] with [`Seen`], a line in `settings_unreadable`, and in `forge::settings` its
//! reading.

use std::collections::BTreeSet;

/// A part of the settings, if it could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen<T> {
    /// The part.
    Known(T),
    /// Why it could not be read: `the token lacks administration: read`.
    Unreadable(String),
}

impl<T> Seen<T> {
    /// The part, if it could be read.
    #[must_use]
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(part) => Some(part),
            Self::Unreadable(_) => None,
        }
    }
}

/// The settings of one repository, as far as they could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The default branch, which pull requests are opened against.
    pub default_branch: Seen<String>,
    /// `public`, `private` or `internal`.
    pub visibility: Seen<String>,
    /// Whether rules or protection prevent direct pushes to the default branch.
    pub protected: Seen<bool>,
    /// The checks that must pass before anything is merged into the default branch.
    pub required_checks: Seen<Vec<RequiredCheck>>,
    /// Names of the secrets that its workflows receive, including the organisation's.
    pub secrets: Seen<BTreeSet<String>>,
    /// Names of the variables that its workflows receive, including the organisation's.
    pub variables: Seen<BTreeSet<String>>,
    /// What Actions may run.
    pub actions: Seen<Actions>,
    /// Whether a workflow that does not declare permissions gets a token with write access.
    pub token_writes: Seen<bool>,
}

/// A check that must pass before anything is merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequiredCheck {
    /// Its name.
    pub name: String,
    /// The id of the application that must report it; `None` if any may.
    pub application: Option<u64>,
}

/// The id of the application that reports for GitHub Actions on github.com.
pub const ACTIONS_APPLICATION: u64 = 15_368;

/// What Actions may run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actions {
    /// Nothing.
    Disabled,
    /// Everything.
    All,
    /// Only what belongs to the repository's owner.
    OfOwner,
    /// What belongs to the owner, and what is selected.
    Selected(Seen<Selection>),
}

/// The actions and reusable workflows that are selected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Those of `actions` and `github`.
    pub of_github: bool,
    /// Those of any verified creator.
    pub of_verified: bool,
    /// Patterns: `docker/*`, `acme/deploy@v2`, `!acme/old@*`.
    pub patterns: Vec<String>,
}

/// What a fleet expects of the settings; anything it leaves out is not judged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    /// The default branch.
    pub default_branch: Option<String>,
    /// The visibility of the repository.
    pub visibility: Option<String>,
}
