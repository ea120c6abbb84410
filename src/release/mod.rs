//! A release: from a merged commit to images that contain it.
//!
//! In: what fleet.yaml says of the runtime package, what the forge and the index show. Out: the next version and
//! why, a tag that reserves it, files that the index serves, and members that were told. The tag is the
//! reservation: of those who make it at once one wins, whatever machine they are on, so nothing else has to agree
//! before it. Each effect is looked up before it is tried, so that a release may be killed anywhere and begun again.
//!
//! | file | what it owns |
//! |---|---|
//! | [`subject`] | what is released, from where |
//! | [`version`] | which version comes next |
//! | [`observed`] | what the forge shows: the commit, tags, what changed, the freeze |
//! | [`decide`] | whether something is released, and as what |
//! | [`plan`] | all of it as one document |
//! | [`reserve`] | the tag, made once |
//! | [`freeze`] | the tag that stops releases |
//! | [`publish`] | the files of a version, kept; their upload; the wait until the index serves them |
//! | [`cascade`] | members that are told of a release, and followed until their images contain it |

// pub mod cascade;
pub mod decide;
pub mod freeze;
pub mod observed;
pub mod plan;
pub mod publish;
pub mod reserve;
pub mod subject;
pub mod version;

use pep440_rs::Version;
use serde_json::{Value, json};

use crate::journal::OperationName;
use crate::source::requirements::normalize;

pub use decide::{Chosen, Decision, Wish, decide};
pub use observed::{Change, Observed, Tagged, observe};
pub use subject::Subject;

/// The operation of a release with its input: the same for every command that is about it, so that each goes on
/// where another was killed.
#[must_use]
pub fn operation(distribution: &str, version: &Version) -> (OperationName, Value) {
    let distribution = normalize(distribution);
    let name = OperationName::new("release", format!("{distribution}@{version}"));
    (name, json!({ "distribution": distribution, "version": version.to_string() }))
}
