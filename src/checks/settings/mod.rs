//! A repository's settings on the forge, against what its workflows need and its fleet expects.
//!
//! In: a repository, its [`Settings`] as they were seen, and what is [`Expected`] of them. Out: findings. A
//! part that the token may not read is [`Seen::Unreadable`]: no rule guesses at it, and one finding says that
//! it is unchecked. Reading settings is for `forge`.
//!
//! | file | what it owns |
//! |---|---|
//! | `check_names` | the names under which jobs report, called workflows and matrices included |
//! | `matrix` | the jobs that a matrix amounts to |
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
mod testing;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::workflow::Located;
use super::{Finding, Repository, Rule};
use crate::source::workflow::{Uses, Workflow};

/// The rules of this room, each with what decides it, in the order in which they do: a new one is a `pub mod` above, and a
/// line here.
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

/// Every rule of this room.
pub(super) fn rules() -> impl Iterator<Item = &'static Rule> {
    CHECKS.iter().map(|(rule, _)| *rule)
}

/// A part of the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen<T> {
    /// As it is.
    Known(T),
    /// Why it could not be read: `the token lacks administration: read`.
    Unreadable(String),
}

impl<T> Seen<T> {
    /// The part, where it could be read.
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
    /// The branch that is shown, and that pull requests are made against.
    pub default_branch: Seen<String>,
    /// `public`, `private` or `internal`.
    pub visibility: Seen<String>,
    /// Whether rules or protection keep the default branch from being pushed to.
    pub protected: Seen<bool>,
    /// The checks without which nothing is merged into the default branch.
    pub required_checks: Seen<Vec<RequiredCheck>>,
    /// Names of the secrets that its workflows get, the organisation's included.
    pub secrets: Seen<BTreeSet<String>>,
    /// Names of the variables that its workflows get, the organisation's included.
    pub variables: Seen<BTreeSet<String>>,
    /// What Actions may run.
    pub actions: Seen<Actions>,
    /// Whether a workflow that says nothing of permissions gets a token that may write.
    pub token_writes: Seen<bool>,
}

/// A check without which nothing is merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequiredCheck {
    /// Its name.
    pub name: String,
    /// The application that must report it; anybody may where there is none.
    pub application: Option<u64>,
}

/// The application that reports for GitHub Actions on github.com.
pub const ACTIONS_APPLICATION: u64 = 15_368;

/// What Actions may run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actions {
    /// Nothing.
    Disabled,
    /// Everything.
    All,
    /// What belongs to the repository's owner.
    OfOwner,
    /// That, and what is selected.
    Selected(Seen<Selection>),
}

/// Actions and reusable workflows that are selected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Those of `actions` and `github`.
    pub of_github: bool,
    /// Those of verified creators, whoever they are.
    pub of_verified: bool,
    /// Patterns: `docker/*`, `acme/deploy@v2`, `!acme/old@*`.
    pub patterns: Vec<String>,
}

/// What a fleet expects of the settings; what it does not say is not judged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    /// The default branch.
    pub default_branch: Option<String>,
    /// Who can see the repository.
    pub visibility: Option<String>,
}

/// Finds the workflow that a job calls in another repository; `None` when it cannot be read.
pub type Called<'a> = &'a dyn Fn(&Uses) -> Option<Arc<Workflow>>;

/// One repository whose settings are judged.
struct Subject<'a> {
    /// Its workflows, as the forge would find them.
    workflows: Vec<Located<'a>>,
    settings: &'a Settings,
    expected: &'a Expected,
    /// The owner on the forge.
    owner: &'a str,
    called: Called<'a>,
}

/// Judges the settings of a repository. `owner` is whose it is on the forge.
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

/// The folder in which the forge looks for workflows, whatever the shape demands of them.
const FOLDER: &str = ".github/workflows";

fn workflows_of<'a>(repository: &'a Repository<'_>) -> Vec<Located<'a>> {
    let is_workflow = |path: &str| path.ends_with(".yml") || path.ends_with(".yaml");
    repository
        .paths_below(FOLDER)
        .filter(|path| path.parent() == FOLDER && is_workflow(path.as_str()))
        .filter_map(|path| Some(Located { path, workflow: repository.workflow(path.as_str())? }))
        .collect()
}
