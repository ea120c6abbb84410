//! What must not be left lying in a repository, whatever the file.

pub mod merge_conflict_marker;
pub mod secret;
pub mod secret_in_history;
mod text_files;
pub mod todo_marker;

use super::{Check, Rule};

/// The checks of this room, in the order in which they run: a new one is a `pub mod` above, and a line here.
pub(super) const CHECKS: &[&dyn Check] =
    &[&todo_marker::TodoMarker, &secret::SecretInFile, &merge_conflict_marker::MergeConflictMarker];

/// What looks at histories is asked for by itself, and so is no check of a tree.
pub(super) const OF_HISTORIES: &[&Rule] = &[&secret_in_history::RULE];
