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
mod demanded;
pub mod docker_base_image;
pub mod docker_cache_key;
pub mod docker_copy_missing;
pub mod docker_entrypoint;
pub mod docker_environment;
pub mod docker_label;
pub mod docker_runtime_install;
pub mod docker_user;
mod dockerfile;
mod document;
pub mod document_default;
pub mod document_deprecated_key;
pub mod document_duplicate_key;
pub mod document_key;
pub mod document_missing_file;
pub mod document_scalar_trap;
pub mod document_unknown_key;
pub mod document_unread_key;
pub mod document_version;
pub mod finding;
pub mod fingerprint;
pub mod gitea_cross_repository;
mod image_files;
pub mod import_time_failure;
mod installation;
pub mod merge_conflict_marker;
pub mod path_rules;
pub mod python_too_new;
pub mod reach;
pub mod registration_duplicate;
pub mod registration_missing;
pub mod registration_spelling;
pub mod registration_unexpected;
pub mod registration_unreadable;
pub mod registration_value;
pub mod registry;
pub mod repository;
mod requirements;
pub mod requirements_conflict;
pub mod requirements_include_missing;
pub mod requirements_missing;
pub mod requirements_unbounded;
pub mod requirements_unsafe;
pub mod rule;
pub mod script_forwarders;
pub mod script_mode;
pub mod secret;
pub mod secret_in_history;
pub mod syntax_error;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
pub(crate) mod testing;
mod text_files;
pub mod todo_marker;
pub mod unreadable_file;
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
