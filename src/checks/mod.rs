//! What must hold of a repository: engines that judge it by demands which the shape pack declares.
//!
//! In: a repository as it was seen, and the shape that is wanted of it. Out: findings with spans,
//! and fixes. A check knows a format (a Dockerfile, a Python module); it never knows a fleet.
//! What differs from the canonical files is for `drift` to say.
//!
//! One file is one rule: the file's name is the rule's id. A new check is a new file and one line
//! in `registry`.

pub mod adapter;
pub mod adapter_base;
pub mod adapter_class;
pub mod adapter_methods;
pub mod adapter_name;
pub mod adapter_signatures;
pub mod adapter_values;
pub mod bare_runtime_import;
mod build_context;
pub mod docker_base_image;
pub mod docker_runtime_install;
pub mod docker_user;
mod dockerfile;
pub mod finding;
pub mod fingerprint;
mod image_files;
pub mod import_time_failure;
mod installation;
pub mod path_rules;
pub mod python_too_new;
pub mod reach;
pub mod registry;
pub mod repository;
pub mod rule;
#[cfg(test)]
pub(crate) mod testing;
pub mod waiver_expired;
pub mod waiver_reopened;
pub mod waiver_unused;

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
