//! The result of edits: bytes, modes, deletions, and the blobs they were computed from.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::snapshot::{BlobId, RepoPath};

/// The mode of a file in git.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// 100644.
    File,
    /// 100755.
    Executable,
    /// 120000: the content is the link's target.
    Link,
}

/// The change to one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The path is written.
    Write {
        /// The content.
        bytes: Arc<[u8]>,
        /// The mode.
        mode: Mode,
        /// The blob it was computed from; `None` when the path did not exist.
        base: Option<BlobId>,
    },
    /// The path is removed.
    Delete {
        /// The removed blob.
        base: BlobId,
    },
}

/// Changes to a tree, one for each path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeSet {
    /// The change to each path.
    pub changes: BTreeMap<RepoPath, Change>,
}

impl ChangeSet {
    /// Whether nothing would change.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}
