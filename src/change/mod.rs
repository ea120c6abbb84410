//! Edits that are not applied yet: fixes and restorations, as bytes.
//!
//! From a snapshot and proposed edits, [`ChangeSet::compose`] computes the resulting bytes, modes and deletions, each
//! bound to the blob that it was computed from. A change set can be applied in memory, to judge the resulting tree, and
//! rendered as a diff. `edge` writes one into a folder, and campaigns propose one on a forge.

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
pub(crate) use lines::{differences, lines};
pub use overlay::Unsettled;
pub use set::{Change, ChangeSet, Mode};
