//! A release: from files that were built to an index that serves them.
//!
//! In: a distribution, a version, and what is around it: the index, the fleet, the journal. Out: effects on the world,
//! each looked up before it is tried, so that a release may be killed anywhere and begun again.
//!
//! | room | what it owns |
//! |---|---|
//! | [`publish`] | the files of a version, kept; their upload; the wait until the index serves them |

pub mod publish;

use pep440_rs::Version;
use serde_json::{Value, json};

use crate::journal::OperationName;
use crate::source::requirements::normalize;

/// The operation of a release with its input: the same for every command that is about it, so that each goes on
/// where another was killed.
#[must_use]
pub fn operation(distribution: &str, version: &Version) -> (OperationName, Value) {
    let distribution = normalize(distribution);
    let name = OperationName::new("release", format!("{distribution}@{version}"));
    (name, json!({ "distribution": distribution, "version": version.to_string() }))
}
