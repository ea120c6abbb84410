//! What must hold of a repository: engines that judge it by demands which the shape pack declares.
//!
//! In: a repository as it was seen, and the shape that is wanted of it. Out: findings with spans,
//! and fixes. A check knows a format (a Dockerfile, a Python module); it never knows a fleet.
//! What differs from the canonical files is for `drift` to say.

pub mod finding;
pub mod fingerprint;
pub mod rule;
pub mod waiver_expired;
pub mod waiver_reopened;
pub mod waiver_unused;

pub use finding::{Finding, Fix, Location, Safety, Severity, Waived};
pub use fingerprint::Fingerprint;
pub use rule::Rule;
