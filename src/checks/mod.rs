//! What must hold of a repository: checks that judge it by the demands that its shape pack declares.
//!
//! A check knows a format (a Dockerfile, a Python module) but never a fleet. It reports findings with spans, and
//! fixes. Differences from the canonical files are for `drift` to report.
//!
//! Each file is one rule, in the folder of the format that it judges, and is named after the rule's id. A new check
//! is a new file there and two lines in that folder's `mod.rs`, which also holds what its rules share. See
//! docs/adding-a-check.md for a walkthrough.

mod acceptance;
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
pub mod listing;
pub mod path_rules;
mod presence;
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
#[cfg(test)]
mod tests;
pub mod unreadable_file;
pub mod workflow;

pub use crate::severity::Severity;
pub use acceptance::Acceptance;
pub use finding::{Finding, Fix, Location, Safety, Waived};
pub use fingerprint::Fingerprint;
pub use reach::{StillNamed, still_named};
pub use repository::{DocumentKind, Found, Repository};
pub use rule::Rule;

/// A check: one rule, and the code that decides it.
pub trait Check: Sync {
    /// The rule that the check decides.
    fn rule(&self) -> &'static Rule;

    /// Judges a repository. A check says nothing about files that are missing or cannot be read, since other rules
    /// report those.
    fn check(&self, repository: &Repository<'_>, findings: &mut Vec<Finding>);
}
