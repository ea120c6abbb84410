//! Reads many repositories without cloning them: first their heads, then new trees, then the texts that checks want.
//!
//! Each repository and reference yields a [`Snapshot`] or an error. One document queries as many repositories as the
//! forge can handle, and fewer when it cannot. Trees and texts are identified by their ids, so what was seen before, in
//! any repository, is not requested again. A text is fetched only once a check wants it ([`Scan::fetch_wanted`]): a
//! file that equals the shape's is recognised by its id alone.

pub(super) mod batch;
mod blobs;
mod files;
mod heads;
mod texts;
mod trees;
mod waiting;

pub use heads::{Head, Place};

#[cfg(any(test, feature = "fuzzing"))]
pub(super) use {heads::fuzzed as fuzzed_head, trees::fuzzed as fuzzed_trees};

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use blobs::Blobs;
use trees::Listing;

use super::{Client, ForgeError, ForgeErrorKind};
use crate::fleet::RepositoryName;
use crate::snapshot::{BlobId, Entry, RepoPath, Snapshot};

/// A progress callback, called with the number of repositories that were just read.
pub type Step<'a> = &'a (dyn Fn(u64) + Sync);

/// Repositories of one forge, as read during one run.
#[derive(Debug)]
pub struct Scan {
    client: Client,
    blobs: Arc<Blobs>,
    /// The repository of each snapshot, by the snapshot's number.
    seen: Vec<RepositoryName>,
}

impl Scan {
    /// Creates a scan. `known` are contents that need not be fetched, mostly those of the shape.
    #[must_use]
    pub fn new(client: &Client, known: impl IntoIterator<Item = (BlobId, Arc<[u8]>)>) -> Self {
        let blobs = Arc::new(Blobs::new(client.clone(), known.into_iter().collect()));
        Self { client: client.clone(), blobs, seen: Vec::new() }
    }

    /// Reads the commits that repositories are at; on the default branch when no reference is given.
    pub async fn heads(&self, places: &[Place], step: Step<'_>) -> Vec<Result<Head, ForgeError>> {
        heads::read(&self.client, places, step).await
    }

    /// Reads the trees of repositories.
    pub async fn snapshots(
        &mut self,
        places: &[Place],
        step: Step<'_>,
    ) -> Vec<Result<Snapshot, ForgeError>> {
        let heads = heads::read(&self.client, places, &|_| {}).await;
        self.snapshots_at(heads, step).await
    }

    /// Reads the trees of commits, given by their full ids, in repositories that were seen just now. What a commit contains
    /// never changes, so one that was read before, in any run, takes no request. The snapshots do not say whether the
    /// repository is archived.
    pub async fn snapshots_of_commits(
        &mut self,
        places: &[Place],
    ) -> Vec<Result<Snapshot, ForgeError>> {
        let known: Vec<Option<Head>> =
            places.iter().map(|place| Head::known(&self.client, place)).collect();
        let new = places.iter().zip(&known).filter(|(_, known)| known.is_none());
        let new: Vec<Place> = new.map(|(place, _)| place.clone()).collect();
        let mut read = heads::read(&self.client, &new, &|_| {}).await.into_iter();
        let mut heads = Vec::with_capacity(places.len());
        for known in known {
            if let Some(head) = known {
                heads.push(Ok(head));
                continue;
            }
            // As many were read as are not known.
            let Some(head) = read.next() else { break };
            if let Ok(head) = &head {
                head.remember(&self.client);
            }
            heads.push(head);
        }
        self.snapshots_at(heads, &|_| {}).await
    }

    /// Reads the trees of repositories whose heads were already read.
    pub async fn snapshots_at(
        &mut self,
        heads: Vec<Result<Head, ForgeError>>,
        step: Step<'_>,
    ) -> Vec<Result<Snapshot, ForgeError>> {
        let heads: Vec<Result<Head, ForgeError>> =
            heads.into_iter().map(|head| head.and_then(readable)).collect();
        let wanted: BTreeMap<String, RepositoryName> = heads
            .iter()
            .flatten()
            .filter_map(|head| Some((head.tree.clone()?, head.name.clone())))
            .collect();
        let mut uses: HashMap<&str, u64> = HashMap::new();
        for head in heads.iter().flatten() {
            *uses.entry(head.tree.as_deref().unwrap_or_default()).or_default() += 1;
        }
        let told = |tree: &str| step(uses.get(tree).copied().unwrap_or(1));
        let listings = trees::read(&self.client, &wanted, &told).await;
        let mut sizes: HashMap<BlobId, u64> = HashMap::new();
        for listing in listings.values().flatten() {
            sizes.extend(listing.entries.iter().map(|entry| (entry.id, entry.size)));
        }
        self.blobs.learn_sizes(sizes);
        heads
            .into_iter()
            .map(|head| {
                let head = head?;
                let tree = head.tree.as_deref().unwrap_or_default();
                match listings.get(tree) {
                    Some(Ok(listing)) => Ok(self.snapshot(&head, listing)),
                    Some(Err(error)) => Err(error.clone()),
                    None => Err(ForgeError::new(
                        ForgeErrorKind::Unintelligible,
                        format!("GraphQL trees of {}", head.name),
                        "the forge names a tree that it does not have",
                    )),
                }
            })
            .collect()
    }

    fn snapshot(&mut self, head: &Head, listing: &Listing) -> Snapshot {
        let number = self.seen.len();
        self.seen.push(head.name.clone());
        let entries: BTreeMap<RepoPath, Entry> = listing
            .entries
            .iter()
            .map(|entry| (RepoPath::new(&entry.path), Entry { kind: entry.kind, id: entry.id }))
            .collect();
        let reader = blobs::Reader { blobs: Arc::clone(&self.blobs), repository: number };
        let mut snapshot = Snapshot::new(Some(head.commit.clone()), entries, Arc::new(reader));
        snapshot.problems.extend(listing.problems.iter().cloned());
        snapshot.is_archived = head.is_archived;
        snapshot
    }

    /// Reads single files of default branches; `None` for one that does not exist.
    pub async fn files(
        &self,
        wanted: &[(RepositoryName, String)],
    ) -> Vec<Result<Option<Vec<u8>>, ForgeError>> {
        files::read(&self.client, wanted).await
    }

    /// Wanted texts that are not available yet, with the numbers of the snapshots that want them. Snapshots are
    /// numbered in the order in which they were created.
    #[must_use]
    pub fn wanted(&self) -> BTreeMap<BlobId, Vec<usize>> {
        self.blobs.wanted()
    }

    /// Records a text as wanted before a check asks for it.
    pub fn want(&self, id: BlobId, number: usize) {
        self.blobs.want(id, number);
    }

    /// Fetches the wanted texts. Returns the numbers of the snapshots that wanted them, which have to be judged again.
    /// Empty when nothing was wanted.
    pub async fn fetch_wanted(&mut self) -> BTreeSet<usize> {
        let wanted = self.blobs.take_wanted();
        if wanted.is_empty() {
            self.client.cache().make_room();
            return BTreeSet::new();
        }
        let asked: BTreeSet<usize> = wanted.values().flatten().copied().collect();
        let places: Vec<(BlobId, RepositoryName, u64)> = wanted
            .iter()
            .filter_map(|(id, by)| {
                let name = self.seen.get(*by.first()?)?;
                Some((*id, name.clone(), self.blobs.size(*id)))
            })
            .collect();
        texts::fetch(&self.client, &self.blobs, &places).await;
        asked
    }
}

/// Turns a head that shows that its repository cannot be read into an error.
fn readable(head: Head) -> Result<Head, ForgeError> {
    if head.is_disabled {
        let said = "the forge has disabled this repository";
        let hint = "its owners can ask the forge why; until then set `retired` in fleet.yaml";
        return Err(ForgeError::of_answer(ForgeErrorKind::Disabled, said).hint(hint));
    }
    if head.tree.is_none() {
        // Part of the message rather than a hint, since reports on many repositories omit hints.
        let said = "the repository is empty: push a first commit, set `retired` in fleet.yaml, or remove it from there";
        return Err(ForgeError::of_answer(ForgeErrorKind::Conflict, said));
    }
    Ok(head)
}
