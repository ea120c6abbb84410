//! A release: from a merged commit to images that contain it.
//!
//! In: what fleet.yaml says of the runtime package, what the forge and the index show. Out: the next version and
//! why, a tag that reserves it, files that the index serves, and members that were told. The tag is the
//! reservation: of those who make it at once one wins, whatever machine they are on, so nothing else has to agree
//! before it. Each effect is looked up before it is tried, so that a release may be killed anywhere and begun again.
//!
//! | file | what it owns |
//! |---|---|
//! | [`stage`] | the stages of a release, their order, the steps that they are done in |
//! | [`subject`] | what is released, from where |
//! | [`announcement`] | how members hear of it |
//! | [`version`] | which version comes next |
//! | [`observed`] | what the forge shows: the commit, tags, what changed, the freeze |
//! | [`mod@decide`] | whether something is released, and as what |
//! | [`plan`] | all of it as one document |
//! | [`reserve`] | the tag, made once |
//! | [`publish`] | the files of a version, kept; their upload; the wait until the index serves them |
//! | [`freeze`] | the tag that stops releases |
//! | [`cascade`] | members that are told of a release, and followed until their images contain it |
//! | [`back`] | a way back to an earlier version that is not at its end |
//! | [`consumers`] | what really runs, and how far it is behind |
//! | [`mirror`] | the built package in a repository of its own |
//! | [`chain`] | all stages in their order, and how each stands |
//! | [`workflows`] | the workflows that call all of this |

pub mod announcement;
pub mod back;
pub mod cascade;
pub mod chain;
pub mod consumers;
pub mod decide;
pub mod freeze;
pub mod mirror;
pub mod observed;
pub mod plan;
pub mod publish;
pub mod reserve;
pub mod stage;
pub mod subject;
pub mod version;
pub mod workflows;

pub use announcement::Announcement;
pub use decide::{Chosen, Decision, Wish, decide};
pub use observed::{Change, Observed, Tagged, observe, tags};
pub use stage::{Stage, Step};
pub use subject::Subject;
