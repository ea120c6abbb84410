//! A repository's settings on the forge, compared with what its workflows need and its fleet expects.
//!
//! A part of the [`Settings`] that the token may not read is [`Seen::Unreadable`]: no rule guesses at it, and one
//! finding reports it as unchecked. Settings are read by `forge`.
//!
//! | file | contents |
//! |---|---|
//! | `check_names` | the names under which jobs report, including called workflows and matrices |
//! | `matrix` | the jobs that a matrix expands to |
//! | `needs` | secrets and variables that workflows read |
//! | every other | one rule |

pub mod action_not_allowed;
pub mod actions_disabled;
mod check_names;
pub mod default_branch_differs;
pub mod default_branch_unprotected;
mod matrix;
mod needs;
pub mod required_check_absent;
pub mod settings_unreadable;
pub mod visibility_differs;
pub mod workflow_secret_missing;
pub mod workflow_token_default;
pub mod workflow_variable_missing;

#[cfg(test)]
pub(super) mod testing;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::workflow::Located;
use super::{Finding, Repository, Rule};
use crate::source::workflow::{Uses, Workflow};

/// The rules of this folder, each with the function that decides it, in the order in which they run. A new one needs
/// a `pub mod` above and a line here.
const CHECKS: &[(&Rule, Engine)] = &[
    (&settings_unreadable::RULE, settings_unreadable::check),
    (&required_check_absent::RULE, required_check_absent::check),
    (&workflow_secret_missing::RULE, workflow_secret_missing::check),
    (&workflow_variable_missing::RULE, workflow_variable_missing::check),
    (&actions_disabled::RULE, actions_disabled::check),
    (&action_not_allowed::RULE, action_not_allowed::check),
    (&workflow_token_default::RULE, workflow_token_default::check),
    (&default_branch_differs::RULE, default_branch_differs::check),
    (&default_branch_unprotected::RULE, default_branch_unprotected::check),
    (&visibility_differs::RULE, visibility_differs::check),
];

type Engine = fn(&Subject<'_>, &mut Vec<Finding>);

/// Every rule of this folder.
pub(super) fn rules() -> impl Iterator<Item = &'static Rule> {
    CHECKS.iter().map(|(rule, _)| *rule)
}

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

/// Finds the workflow that a job calls in another repository; `None` when it cannot be read.
pub type Called<'a> = &'a dyn Fn(&Uses) -> Option<Arc<Workflow>>;

/// One repository whose settings are judged.
struct Subject<'a> {
    /// Its workflows, in the folder where the forge looks for them.
    workflows: Vec<Located<'a>>,
    settings: &'a Settings,
    expected: &'a Expected,
    /// The owner on the forge.
    owner: &'a str,
    called: Called<'a>,
}

/// Judges the settings of a repository. `owner` is its owner on the forge.
#[must_use]
pub fn judge(
    repository: &Repository<'_>,
    owner: &str,
    settings: &Settings,
    expected: &Expected,
    called: Called<'_>,
) -> Vec<Finding> {
    let workflows = workflows_of(repository);
    let subject = Subject { workflows, settings, expected, owner, called };
    let mut findings = Vec::new();
    for (_, check) in CHECKS {
        check(&subject, &mut findings);
    }
    findings
}

/// The folder in which the forge looks for workflows, whatever the shape demands.
const FOLDER: &str = ".github/workflows";

fn workflows_of<'a>(repository: &'a Repository<'_>) -> Vec<Located<'a>> {
    let is_workflow = |path: &str| path.ends_with(".yml") || path.ends_with(".yaml");
    repository
        .paths_below(FOLDER)
        .filter(|path| path.parent() == FOLDER && is_workflow(path.as_str()))
        .filter_map(|path| Some(Located { path, workflow: repository.workflow(path.as_str())? }))
        .collect()
}
