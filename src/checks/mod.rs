//! What must hold of a repository: engines that judge it by demands which the shape pack declares.
//!
//! In: a repository as it was seen, and the shape that is wanted of it. Out: findings with spans,
//! and fixes. A check knows a format (a Dockerfile, a Python module); it never knows a fleet.
//! What differs from the canonical files is for `drift` to say.
//!
//! One file is one rule: the file's name is the rule's id. A new check is a new file and one line
//! in `registry`.

pub mod finding;
pub mod fingerprint;
pub mod gitea_cross_repository;
pub mod merge_conflict_marker;
pub mod path_rules;
pub mod reach;
pub mod registry;
pub mod repository;
pub mod rule;
pub mod secret;
pub mod secret_in_history;
#[cfg(test)]
pub(crate) mod testing;
mod text_files;
pub mod todo_marker;
pub mod waiver_expired;
pub mod waiver_reopened;
pub mod waiver_unused;
mod workflow;
mod workflow_condition;
pub mod workflow_forwarding;
mod workflow_origin;
pub mod workflow_permissions;
pub mod workflow_publishes_untrusted;
pub mod workflow_receiver;
pub mod workflow_template_injection;
pub mod workflow_undeclared_input;
pub mod workflow_unknown_job;
pub mod workflow_unpinned;

pub use finding::{Finding, Fix, Location, Safety, Severity, Waived};
pub use fingerprint::Fingerprint;
pub use repository::{DocumentKind, Found, Repository};
pub use rule::Rule;

/// A check: one rule and the engine that decides it.
pub trait Check: Sync {
    /// The rule that it decides.
    fn rule(&self) -> &'static Rule;

    /// Judges a repository. A check is silent about files that are absent or cannot be read: other
    /// rules speak of those.
    fn check(&self, repository: &Repository<'_>, findings: &mut Vec<Finding>);
}
