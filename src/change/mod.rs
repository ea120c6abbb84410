//! Edits that are not made yet: fixes, migrations and restorations, as bytes.
//!
//! In: a snapshot and the edits that somebody proposes. Out: a [`ChangeSet`] with the bytes, modes
//! and deletions that would result, each bound to the blob it was computed from. Writing one into a
//! folder is `edge`'s work, and proposing one on a forge is for campaigns.

mod edit;
mod set;

pub use edit::FileEdit;
pub use set::{Change, ChangeSet, Mode};
