//! A repository's settings on the forge, compared with what its workflows need and its fleet expects.
//!
//! A part of the [`Settings`] that the token may not read is [`Seen::Unreadable`]: no rule guesses at it, and one
//! finding reports it as unchecked. Settings are read by `forge`.
//!
//! | file | contents |
//! |---|---|
//! | `check_names` | the names under which jobs report, including called workflows and matrices |
//! | `matrix` | the jobs that a matrix expands to |
//! | `model` | the settings that are judged, and what a fleet expects of them |
//! | `needs` | secrets and variables that workflows read |
//! | every other | one rule |

pub mod action_not_allowed;
pub mod actions_disabled;
mod check_names;
pub mod default_branch_differs;
pub mod default_branch_unprotected;
mod matrix;
mod model;
mod needs;
pub mod required_check_absent;
pub mod settings_unreadable;
pub mod visibility_differs;
pub mod workflow_secret_missing;
pub mod workflow_token_default;
pub mod workflow_variable_missing;

#[cfg(test)]
pub(super) mod testing;

use std::sync::Arc;

pub use model::{ACTIONS_APPLICATION, Actions, Expected, RequiredCheck, Seen, Selection, Settings};

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
