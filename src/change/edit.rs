//! One edit of one file.

use std::sync::Arc;

use super::Mode;
use crate::snapshot::RepoPath;
use crate::source::TextEdit;

/// An edit of one file, as proposed by a fix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileEdit {
    /// Replaces parts of a text; all other bytes stay as they are.
    Text {
        /// The file.
        path: RepoPath,
        /// The replacements.
        edits: Vec<TextEdit>,
    },
    /// Creates a file or replaces all of it.
    Write {
        /// The file.
        path: RepoPath,
        /// Its new content.
        bytes: Arc<[u8]>,
        /// Its new mode.
        mode: Mode,
    },
    /// Removes a file.
    Delete {
        /// The file.
        path: RepoPath,
    },
}

impl FileEdit {
    /// Replaces parts of a text.
    #[must_use]
    pub fn text(path: impl Into<RepoPath>, edits: Vec<TextEdit>) -> Self {
        Self::Text { path: path.into(), edits }
    }

    /// The file that is edited.
    #[must_use]
    pub fn path(&self) -> &RepoPath {
        match self {
            Self::Text { path, .. } | Self::Write { path, .. } | Self::Delete { path } => path,
        }
    }
}
