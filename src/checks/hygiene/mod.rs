//! What must not be left lying in a repository, whatever the file.

pub mod merge_conflict_marker;
pub mod secret;
pub mod secret_in_history;
mod text_files;
pub mod todo_marker;
