//! The tree of a repository on the forge, as it will be judged.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::change::{Change, ChangeSet};
use crate::error::Result;
use crate::fleet::RepositoryName;
use crate::forge::Client;
use crate::snapshot::{
    BlobId, Entry, EntryKind, Problem, ReadBlob, RepoPath, Snapshot, Unreadable,
};

/// Maximum number and size in bytes of files to download.
const MOST_READ: usize = 300;
const LARGEST_READ: u64 = 1 << 20;

/// Returns the tree of a repository at a commit, with the paths selected by `keeps`. Contents that `known` writes are
/// not downloaded.
///
/// # Errors
/// When the tree cannot be read.
pub async fn seen_as(
    client: &Client,
    repository: &RepositoryName,
    commit: &str,
    known: &ChangeSet,
    keeps: &dyn Fn(&str) -> bool,
) -> Result<Snapshot> {
    let tree = client.tree(repository, &client.commit(repository, commit).await?.tree.sha).await?;
    let mut entries = BTreeMap::new();
    let mut texts: HashMap<BlobId, Arc<[u8]>> = HashMap::new();
    let mut problems = Vec::new();
    for change in known.changes.values() {
        if let Change::Write { bytes, .. } = change {
            texts.insert(BlobId::of(bytes), Arc::clone(bytes));
        }
    }
    let kept = tree.tree.iter().filter(|entry| entry.kind != "tree" && keeps(&entry.path));
    for entry in kept {
        let Some(id) = BlobId::parse(&entry.sha) else { continue };
        let kind = match entry.mode.as_str() {
            "100755" => EntryKind::Executable,
            "120000" => EntryKind::Link,
            "160000" => EntryKind::Submodule,
            _ => EntryKind::File,
        };
        let path = RepoPath::new(&entry.path);
        entries.insert(path.clone(), Entry { kind, id });
        if kind == EntryKind::Submodule || texts.contains_key(&id) {
            continue;
        }
        if texts.len() > MOST_READ || entry.size.unwrap_or(0) > LARGEST_READ {
            let message = "is one of too many files, or too large, to be read before it is created";
            problems.push(Problem::at(path, message));
            continue;
        }
        texts.insert(id, client.blob(repository, &entry.sha).await?.into());
    }
    if tree.truncated {
        let message = "has more files than the forge lists".to_owned();
        problems.push(Problem::at(RepoPath::new(""), message));
    }
    let mut snapshot = Snapshot::new(Some(commit.to_owned()), entries, Arc::new(Read(texts)));
    snapshot.problems = problems;
    Ok(snapshot)
}

struct Read(HashMap<BlobId, Arc<[u8]>>);

impl ReadBlob for Read {
    fn read(&self, id: BlobId) -> Result<Arc<[u8]>, Unreadable> {
        self.0.get(&id).cloned().ok_or_else(|| Unreadable::Absent(id.to_string()))
    }
}
