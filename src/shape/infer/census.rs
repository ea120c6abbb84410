//! Which repositories have which content at which path.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::snapshot::{Blob, BlobId, EntryKind, RepoPath, is_lfs_pointer};

use super::Member;

/// Files larger than this are compared by their ids and not looked into: 1 MiB.
pub(super) const MAX_READ_BYTES: usize = 1 << 20;

/// One path in all repositories.
#[derive(Clone, Debug)]
pub(super) struct PathCensus {
    pub(super) path: RepoPath,
    /// Contents, the most frequent first.
    pub(super) groups: Vec<Group>,
    /// Indices of the repositories where it is a link or a submodule.
    pub(super) others: Vec<usize>,
    /// How many have it as an executable file.
    pub(super) executable: usize,
}

/// Repositories with the same content.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) id: BlobId,
    /// Indices, ascending.
    pub(super) members: Vec<usize>,
}

impl PathCensus {
    /// Indices of the repositories that have a file there, ascending.
    pub(super) fn holders(&self) -> Vec<usize> {
        let mut holders: Vec<usize> =
            self.groups.iter().flat_map(|group| group.members.iter().copied()).collect();
        holders.sort_unstable();
        holders
    }

    /// How many have a file there.
    pub(super) fn present(&self) -> usize {
        self.groups.iter().map(|group| group.members.len()).sum()
    }

    /// What is at the path, for each repository that has a readable file there. Equal contents are
    /// read once. What is too large or cannot be read is left out.
    pub(super) fn blobs(&self, members: &[Member]) -> Vec<(usize, Arc<Blob>)> {
        let mut blobs = Vec::new();
        for group in &self.groups {
            let Some(blob) = group.read(members) else { continue };
            blobs.extend(group.members.iter().map(|member| (*member, Arc::clone(&blob))));
        }
        blobs.sort_by_key(|(member, _)| *member);
        blobs
    }
}

impl Group {
    /// The content; `None` when it is too large, a pointer to elsewhere, or cannot be read.
    pub(super) fn read(&self, members: &[Member]) -> Option<Arc<Blob>> {
        let member = members.get(*self.members.first()?)?;
        let bytes = member.snapshot.read(self.id).ok()?;
        let readable = bytes.len() <= MAX_READ_BYTES && !is_lfs_pointer(&bytes);
        readable.then(|| Arc::new(Blob::new(self.id, bytes)))
    }

    /// Whether the `secret` rule would find something in the content.
    pub(super) fn holds_credential(&self, members: &[Member]) -> bool {
        self.read(members).is_some_and(|blob| !blob.documents.secrets().is_empty())
    }
}

/// Every path of every repository, in byte order.
pub(super) fn take(members: &[Member]) -> Vec<PathCensus> {
    #[derive(Default)]
    struct Counting {
        contents: BTreeMap<BlobId, Vec<usize>>,
        others: Vec<usize>,
        executable: usize,
    }
    let mut paths: BTreeMap<RepoPath, Counting> = BTreeMap::new();
    for (index, member) in members.iter().enumerate() {
        for (path, entry) in member.snapshot.entries.iter().filter(|(path, _)| path.is_sound()) {
            let counting = paths.entry(path.clone()).or_default();
            match entry.kind {
                EntryKind::Link | EntryKind::Submodule => counting.others.push(index),
                kind => {
                    counting.executable += usize::from(kind == EntryKind::Executable);
                    counting.contents.entry(entry.id).or_default().push(index);
                }
            }
        }
    }
    let census = |(path, counting): (RepoPath, Counting)| {
        let contents = counting.contents.into_iter();
        let mut groups: Vec<Group> = contents.map(|(id, members)| Group { id, members }).collect();
        // Ties go to the content of the repository that was named first, so that a run repeats.
        groups.sort_by_key(|group| (usize::MAX - group.members.len(), group.members.clone()));
        PathCensus { path, groups, others: counting.others, executable: counting.executable }
    };
    paths.into_iter().map(census).collect()
}
