//! A tree as git keeps it, whatever line ends it wrote to the disk.

use std::collections::HashMap;
use std::sync::Arc;

use super::folder::with_line_feeds;
use super::{BlobId, Entry, EntryKind, ReadBlob, RepoPath, Snapshot, Unreadable};

impl Snapshot {
    /// This tree as git keeps it: a file that git wrote with other line ends than it has (see
    /// [`checked_out`](Self::checked_out)) has the id and the content that git has.
    ///
    /// What is compared across repositories, or copied from one into others, is read so: otherwise it would depend on how
    /// a clone was checked out.
    #[must_use]
    pub fn kept(&self) -> Self {
        if self.checked_out.is_empty() {
            return self.clone();
        }
        let kept = |path: &RepoPath, entry: &Entry| match entry.kind {
            EntryKind::File | EntryKind::Executable => {
                Entry { id: self.as_kept(path.as_str(), entry.id), ..*entry }
            }
            EntryKind::Link | EntryKind::Submodule => *entry,
        };
        let entries = self.entries.iter().map(|(path, entry)| (path.clone(), kept(path, entry)));
        let on_disk = self.checked_out.values().map(|it| (it.kept, it.on_disk)).collect();
        let reader = Arc::new(Kept { on_disk, below: self.clone() });
        let mut snapshot = Self::new(self.commit.clone(), entries.collect(), reader);
        snapshot.problems.clone_from(&self.problems);
        snapshot.is_archived = self.is_archived;
        snapshot.left_out = Arc::clone(&self.left_out);
        snapshot
    }
}

struct Kept {
    /// By the id of what git keeps, the id of what is on disk.
    on_disk: HashMap<BlobId, BlobId>,
    below: Snapshot,
}

impl ReadBlob for Kept {
    fn read(&self, id: BlobId) -> Result<Arc<[u8]>, Unreadable> {
        match self.on_disk.get(&id) {
            Some(on_disk) => Ok(with_line_feeds(&self.below.read(*on_disk)?).into()),
            None => self.below.read(id),
        }
    }
}
