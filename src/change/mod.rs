//! Edits that are not made yet: fixes and restorations, as bytes.
//!
//! In: a snapshot and the edits that somebody proposes. Out: a [`ChangeSet`] with the bytes, modes
//! and deletions that would result, each bound to the blob it was computed from; the tree it leads to,
//! to be judged again; and its diff, to be looked at. Writing one into a folder is `edge`'s work, and
//! proposing one on a forge is for campaigns.

mod compose;
mod diff;
mod edit;
mod lines;
pub mod merge;
mod overlay;
mod set;

pub use compose::Conflict;
pub use diff::{FileDiff, diff_of_file};
pub use edit::FileEdit;
pub use lines::line_edits;
pub use set::{Change, ChangeSet, Mode};
