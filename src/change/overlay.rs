//! The tree that results from a change set, so that it can be judged before anything is written.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::compose::mode_of;
use super::{Change, ChangeSet, Mode};
use crate::error::{self, Error};
use crate::snapshot::{BlobId, Entry, EntryKind, ReadBlob, Snapshot, Unreadable};

/// New contents on top of a snapshot's.
struct Overlay {
    written: HashMap<BlobId, Arc<[u8]>>,
    below: Snapshot,
}

impl ReadBlob for Overlay {
    fn read(&self, id: BlobId) -> Result<Arc<[u8]>, Unreadable> {
        match self.written.get(&id) {
            Some(bytes) => Ok(Arc::clone(bytes)),
            None => self.below.read(id),
        }
    }
}

impl ChangeSet {
    /// Returns the resulting tree, in memory. It belongs to no commit and keeps the snapshot's problems.
    ///
    /// Bases are not compared: pass the snapshot that the set was composed from.
    #[must_use]
    pub fn apply_to(&self, snapshot: &Snapshot) -> Snapshot {
        let mut entries = BTreeMap::clone(&snapshot.entries);
        let mut written = HashMap::new();
        for (path, change) in &self.changes {
            match change {
                Change::Delete { .. } => {
                    entries.remove(path.as_str());
                }
                Change::Write { bytes, mode, .. } => {
                    let id = BlobId::of(bytes);
                    let kind = match mode {
                        Mode::File => EntryKind::File,
                        Mode::Executable => EntryKind::Executable,
                        Mode::Link => EntryKind::Link,
                    };
                    entries.insert(path.clone(), Entry { kind, id });
                    written.insert(id, Arc::clone(bytes));
                }
            }
        }
        let mut result =
            Snapshot::new(None, entries, Arc::new(Overlay { written, below: snapshot.clone() }));
        result.problems.clone_from(&snapshot.problems);
        result.checked_out = Arc::clone(&snapshot.checked_out);
        result.left_out = Arc::clone(&snapshot.left_out);
        result
    }

    /// Returns these changes for the folder that a tree was read from: a file that a sparse checkout leaves out of it is
    /// new there.
    ///
    /// # Errors
    /// When such a file is to be removed: the folder does not have it.
    pub fn on_disk(mut self, tree: &Snapshot) -> error::Result<Self> {
        for path in tree.left_out.iter() {
            match self.changes.get_mut(path.as_str()) {
                None => {}
                Some(Change::Write { base, .. }) => *base = None,
                Some(Change::Delete { .. }) => {
                    return Err(Error::failed("a sparse checkout leaves this file out of the work tree, so it cannot be removed there")
                        .in_file(path.as_str())
                        .hint("`git sparse-checkout disable` writes all files to the work tree"));
                }
            }
        }
        Ok(self)
    }

    /// Returns the changes that turn one tree into another. Submodules, and paths whose new content cannot be read, are
    /// left unchanged.
    #[must_use]
    pub fn between(before: &Snapshot, after: &Snapshot) -> Self {
        let mut changes = Self::default();
        for (path, entry) in before.entries.iter() {
            if after.entry(path.as_str()).is_none() && mode_of(entry.kind).is_some() {
                changes.changes.insert(path.clone(), Change::Delete { base: entry.id });
            }
        }
        for (path, entry) in after.entries.iter() {
            let old = before.entry(path.as_str());
            if old == Some(*entry) {
                continue;
            }
            if let (Some(mode), Ok(bytes)) = (mode_of(entry.kind), after.read(entry.id)) {
                let base = old.map(|entry| entry.id);
                changes.changes.insert(path.clone(), Change::Write { bytes, mode, base });
            }
        }
        changes
    }
}
