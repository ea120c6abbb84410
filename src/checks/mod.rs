//! What must hold of a repository: engines that judge it by demands which the shape pack declares.
//!
//! In: a repository as it was seen, and the shape that is wanted of it. Out: findings with spans,
//! and fixes. A check knows a format (a Dockerfile, a Python module); it never knows a fleet.
//! What differs from the canonical files is for `drift` to say.
//!
//! One file is one rule, in the room of the format that it judges: the file's name is the rule's id. A
//! new check is a new file there and two lines in that room's `mod.rs`, which also holds what its rules share.
//! docs/adding-a-check.md walks through one.

pub mod catalogue;
pub mod compatibility;
mod demanded;
pub mod distribution;
pub mod dockerfile;
pub mod document;
pub mod finding;
pub mod fingerprint;
pub mod fleet;
pub mod hygiene;
pub mod path_rules;
mod pytest;
pub mod python;
pub mod reach;
pub mod repository;
pub mod requirements;
pub mod rule;
pub mod settings;
mod shown;
pub mod smoke;
pub mod syntax_error;
#[cfg(test)]
pub(crate) mod testing;
pub mod unreadable_file;
pub mod workflow;

pub use crate::severity::Severity;
pub use finding::{Finding, Fix, Location, Safety, Waived};
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
