//! The tree that results from a change set, so that it can be judged before anything is written.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::compose::mode_of;
use super::{Change, ChangeSet, Mode};
use crate::error::{self, Error};
use crate::snapshot::{
    BlobId, Entry, EntryKind, ReadBlob, Reconverted, RepoPath, Snapshot, Unreadable, WorkTree,
    has_returns,
};

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

/// Files that git would see as edited for their line ends alone, under other attributes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unsettled {
    /// Those that git has with CRLF and would now store with LF.
    pub stored: Vec<RepoPath>,
    /// Those that are on disk with CRLF, which git would now store.
    pub on_disk: Vec<RepoPath>,
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
        result.work_tree = snapshot.work_tree.as_ref().map(|tree| self.followed_by(tree));
        result.left_out = Arc::clone(&snapshot.left_out);
        result
    }

    /// Whether these changes say anything of attributes: then git may keep other files otherwise.
    #[must_use]
    pub fn changes_attributes(&self) -> bool {
        let is_one = |path: &RepoPath| path.as_str().rsplit('/').next() == Some(".gitattributes");
        self.changes.keys().any(is_one)
    }

    /// The work tree, with what these changes say of attributes.
    fn followed_by(&self, tree: &Arc<WorkTree>) -> Arc<WorkTree> {
        let mut tree = Arc::clone(tree);
        for (path, change) in &self.changes {
            if path.as_str().rsplit('/').next() == Some(".gitattributes") {
                let content = match change {
                    Change::Write { bytes, .. } => Some(&bytes[..]),
                    Change::Delete { .. } => None,
                };
                Arc::make_mut(&mut tree).follow(path, content);
            }
        }
        tree
    }

    /// Returns these changes for the folder that a tree was read from, where git has files with other line ends than it
    /// keeps: they are written as git would check them out. A file that a sparse checkout leaves out is new there.
    ///
    /// Only files of these changes are written. Others that a `.gitattributes` among them converts otherwise stay as they are
    /// on disk, as they do when git checks one out; [`ChangeSet::unsettled`] has those that git would then see as edited.
    ///
    /// # Errors
    /// When such a file is to be removed: the folder does not have it.
    pub fn on_disk(mut self, tree: &Snapshot) -> error::Result<Self> {
        let left_out = |path: &RepoPath| tree.left_out.contains(path);
        // Attributes that these changes bring count for the files beside them.
        let work_tree = tree.work_tree.as_ref().map(|it| (it, self.followed_by(it)));
        for (path, change) in &mut self.changes {
            match change {
                Change::Write { base, bytes, mode } => {
                    *base = base.filter(|_| !left_out(path));
                    let Some((before, after)) = &work_tree else { continue };
                    let is_anew = base.is_none() || before.converts_otherwise(after, path.as_str());
                    if *mode != Mode::Link && is_anew {
                        *bytes = after.checked_out(path.as_str(), bytes);
                    } else if *mode != Mode::Link {
                        *bytes = after.rewritten(path.as_str(), bytes);
                    }
                    *base = base.map(|kept| after.id_on_disk(path.as_str(), kept));
                }
                Change::Delete { .. } if left_out(path) => {
                    return Err(Error::failed(
                        "a sparse checkout leaves this file out of the work tree, so it cannot \
                                              be removed there",
                    )
                    .in_file(path.as_str())
                    .hint("`git sparse-checkout disable` writes all files to the work tree"));
                }
                Change::Delete { base } => {
                    if let Some((_, work_tree)) = &work_tree {
                        *base = work_tree.id_on_disk(path.as_str(), *base);
                    }
                }
            }
        }
        Ok(self)
    }

    /// The files that these changes leave alone and that git would see as edited all the same, once it reads them again,
    /// for the line ends that a `.gitattributes` among these changes asks for. `is_committed` says which contents git has:
    /// others are edited anyway.
    #[must_use]
    pub fn unsettled(
        &self,
        tree: &Snapshot,
        is_committed: impl Fn(&RepoPath, BlobId) -> bool,
    ) -> Unsettled {
        let mut unsettled = Unsettled::default();
        let Some(before) = &tree.work_tree else { return unsettled };
        let after = self.followed_by(before);
        if Arc::ptr_eq(before, &after) {
            return unsettled;
        }
        let others = tree.entries.iter().filter(|(path, entry)| {
            matches!(entry.kind, EntryKind::File | EntryKind::Executable)
                && !self.changes.contains_key(path.as_str())
                && !tree.left_out.contains(path.as_str())
                && is_committed(path, entry.id)
        });
        for (path, entry) in others {
            match before.reconverted(&after, path.as_str()) {
                Some(Reconverted::Stored)
                    if tree.read(entry.id).is_ok_and(|it| has_returns(&it)) =>
                {
                    unsettled.stored.push(path.clone());
                }
                Some(Reconverted::LeftWithReturns) => unsettled.on_disk.push(path.clone()),
                Some(Reconverted::Stored) | None => {}
            }
        }
        unsettled
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
