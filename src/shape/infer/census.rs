//! Counts which repositories have which content at which path.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::snapshot::{Blob, BlobId, EntryKind, RepoPath, is_lfs_pointer};

use super::Member;
use super::demands::Files;

/// Larger files are only compared by id, not read: 1 MiB.
pub(super) const MAX_READ_BYTES: usize = 1 << 20;

/// One path across all repositories.
#[derive(Clone, Debug)]
pub(super) struct PathCensus {
    pub(super) path: RepoPath,
    /// The distinct contents, the most frequent first.
    pub(super) groups: Vec<Group>,
    /// Indices of the repositories in which it is a link or a submodule.
    pub(super) others: Vec<usize>,
    /// Number of repositories in which it is an executable file.
    pub(super) executable: usize,
    /// Indices of the repositories in which a filter or an encoding converts it.
    pub(super) converted: Vec<usize>,
}

/// Repositories with the same content.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) id: BlobId,
    /// Indices of the repositories, ascending.
    pub(super) members: Vec<usize>,
}

impl PathCensus {
    /// Returns the indices of the repositories that have a file there, ascending.
    pub(super) fn holders(&self) -> Vec<usize> {
        let mut holders: Vec<usize> =
            self.groups.iter().flat_map(|group| group.members.iter().copied()).collect();
        holders.sort_unstable();
        holders
    }

    /// Returns the number of repositories that have a file there.
    pub(super) fn present(&self) -> usize {
        self.groups.iter().map(|group| group.members.len()).sum()
    }

    /// Returns the content for each repository that has a file there, unless it is too large or unreadable. Equal
    /// contents are read once.
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

impl PathCensus {
    /// Returns the number of repositories of which git keeps something else than the content there. `blobs` are the
    /// contents that could be read.
    pub(super) fn unkept(&self, members: &[Member], blobs: &Files) -> usize {
        let is_read = |group: &&Group| blobs.iter().any(|(_, blob)| blob.id == group.id);
        let unread = self.groups.iter().filter(|group| !is_read(group));
        let pointers = unread.filter(|group| group.is_pointer(members));
        let mut unkept: BTreeSet<usize> = self.converted.iter().copied().collect();
        unkept.extend(pointers.flat_map(|group| group.members.iter().copied()));
        unkept.len()
    }
}

impl Group {
    /// Whether the content is a Git LFS pointer.
    fn is_pointer(&self, members: &[Member]) -> bool {
        let member = self.members.first().and_then(|index| members.get(*index));
        let bytes = member.and_then(|member| member.snapshot.read(self.id).ok());
        bytes.is_some_and(|bytes| is_lfs_pointer(&bytes))
    }

    /// Reads the content; `None` if it is too large, an LFS pointer, or unreadable.
    pub(super) fn read(&self, members: &[Member]) -> Option<Arc<Blob>> {
        let member = members.get(*self.members.first()?)?;
        let bytes = member.snapshot.read(self.id).ok()?;
        let readable = bytes.len() <= MAX_READ_BYTES && !is_lfs_pointer(&bytes);
        readable.then(|| Arc::new(Blob::new(self.id, bytes)))
    }

    /// Why a content that all have is not held.
    pub(super) fn unheld(&self, members: &[Member]) -> &'static str {
        let member = self.members.first().and_then(|index| members.get(*index));
        let bytes = member.and_then(|member| member.snapshot.read(self.id).ok());
        match bytes {
            Some(bytes) if bytes.len() > MAX_READ_BYTES => "too large to hold",
            _ => "not readable",
        }
    }

    /// Whether the `secret` rule would find something in the content.
    pub(super) fn holds_credential(&self, members: &[Member]) -> bool {
        self.read(members).is_some_and(|blob| !blob.documents.secrets().is_empty())
    }
}

/// Returns every path of every repository, in byte order.
pub(super) fn take(members: &[Member]) -> Vec<PathCensus> {
    #[derive(Default)]
    struct Counting {
        contents: BTreeMap<BlobId, Vec<usize>>,
        others: Vec<usize>,
        executable: usize,
        converted: Vec<usize>,
    }
    let mut paths: BTreeMap<RepoPath, Counting> = BTreeMap::new();
    for (index, member) in members.iter().enumerate() {
        let converted = member.snapshot.converted_by_programs();
        for (path, entry) in member.snapshot.entries.iter().filter(|(path, _)| path.is_sound()) {
            let counting = paths.entry(path.clone()).or_default();
            match entry.kind {
                EntryKind::Link | EntryKind::Submodule => counting.others.push(index),
                kind => {
                    counting.executable += usize::from(kind == EntryKind::Executable);
                    counting.converted.extend(converted.contains(path).then_some(index));
                    counting.contents.entry(entry.id).or_default().push(index);
                }
            }
        }
    }
    let census = |(path, mut counting): (RepoPath, Counting)| {
        let contents = std::mem::take(&mut counting.contents).into_iter();
        let mut groups: Vec<Group> = contents.map(|(id, members)| Group { id, members }).collect();
        // Ties go to the repository that was given first, so that runs are reproducible.
        groups.sort_by_key(|group| (usize::MAX - group.members.len(), group.members.clone()));
        let Counting { others, executable, converted, .. } = counting;
        PathCensus { path, groups, others, executable, converted }
    };
    paths.into_iter().map(census).collect()
}
