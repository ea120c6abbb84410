//! The release of the runtime package: from a merged commit to images which contain it.
//!
//! The tag is the reservation: when several runs create it at once, exactly one wins, whatever machine they are on, so
//! no other lock is needed. Every effect is looked up before it is tried, so a release may be killed at any point and
//! started again.
//!
//! | module | contents |
//! |---|---|
//! | [`stage`] | the stages of a release, their order, and the steps that group them |
//! | [`subject`] | what is released, and from which repository |
//! | [`release_id`] | one release: a distribution at a version |
//! | [`announcement`] | the event that notifies members |
//! | [`version`] | the next version |
//! | [`observed`] | what the forge shows: the commit, the tags, the changes, the freeze |
//! | [`mod@decide`] | whether to release, and as which version |
//! | [`plan`] | the release plan as a document |
//! | [`reserve`] | creating the tag, exactly once |
//! | [`publish`] | the kept files of a version, their upload, and the wait until the index serves them |
//! | [`freeze`] | the tag that stops releases |
//! | [`cascade`] | notifying members, and following them until their images contain the release |
//! | [`back`] | unfinished runs of `release back` |
//! | [`unlisted`] | later versions that the index does not list |
//! | [`later`] | all versions above one, and who knows each |
//! | [`tagged`] | where a tag was when a run recorded it, and where it is |
//! | [`undone`] | which release a way back would undo unasked |
//! | [`consumers`] | what actually runs, and how far it is behind |
//! | [`mirror`] | the built package in a repository of its own |
//! | [`chain`] | the state of every stage |
//! | [`workflows`] | the workflows that run all of this |

pub mod announcement;
pub mod back;
pub mod cascade;
pub mod chain;
pub mod consumers;
pub mod decide;
pub mod freeze;
pub mod later;
pub mod mirror;
pub mod observed;
pub mod plan;
pub mod publish;
pub mod release_id;
pub mod reserve;
pub mod stage;
pub mod subject;
pub mod tagged;
pub mod undone;
pub mod unlisted;
pub mod version;
pub mod workflows;

pub use announcement::Announcement;
pub use decide::{Chosen, Decision, Wish, decide};
pub use observed::{Change, Observed, Tagged, observe, tags};
pub use release_id::ReleaseId;
pub use stage::{Stage, Step};
pub use subject::Subject;
pub use unlisted::Unlisted;
