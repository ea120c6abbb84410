//! What a tree would become: bytes, modes, deletions, and the blobs they were computed from.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::snapshot::{BlobId, RepoPath};

/// The mode of a file, as git knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// 100644.
    File,
    /// 100755.
    Executable,
    /// 120000: the content is the link's target.
    Link,
}

/// What becomes of one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The path holds this afterwards.
    Write {
        /// The content.
        bytes: Arc<[u8]>,
        /// The mode.
        mode: Mode,
        /// The blob it was computed from; `None` when the path did not exist.
        base: Option<BlobId>,
    },
    /// The path is gone afterwards.
    Delete {
        /// The blob that is removed.
        base: BlobId,
    },
}

/// Changes to a tree, one for each path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeSet {
    /// What becomes of each path.
    pub changes: BTreeMap<RepoPath, Change>,
}

impl ChangeSet {
    /// Whether nothing would change.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}
