//! What must hold of a repository: engines that judge it by demands which the shape pack declares.
//!
//! In: a repository as it was seen, and the shape that is wanted of it. Out: findings with spans,
//! and fixes. A check knows a format (a Dockerfile, a Python module); it never knows a fleet.
//! What differs from the canonical files is for `drift` to say.
//!
//! One file is one rule: the file's name is the rule's id. A new check is a new file and one line
//! in `registry`.

mod build_context;
pub mod docker_base_image;
pub mod docker_cache_key;
pub mod docker_copy_missing;
pub mod docker_entrypoint;
pub mod docker_environment;
pub mod docker_label;
pub mod docker_runtime_install;
pub mod docker_user;
mod dockerfile;
pub mod finding;
mod image_files;
mod installation;
pub mod path_rules;
pub mod reach;
pub mod registry;
pub mod repository;
pub mod rule;
pub mod script_forwarders;
pub mod script_mode;
#[cfg(test)]
pub(crate) mod testing;

pub use finding::{Finding, Fix, Location, Safety, Severity, Waived};
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
