//! Many repositories read without a clone: heads first, then the trees that are new, then the texts that
//! somebody asks for.
//!
//! In: names and references. Out: a [`Snapshot`] for each, or why there is none. A document asks for as
//! many repositories as the forge can stand and halves when it cannot. Trees and texts go by their
//! ids, so what was seen before, in whichever repository, is never asked for again; and a text is fetched only
//! once a check wants it ([`Scan::fetch_wanted`]): what equals the shape is known from its id alone.

pub(super) mod batch;
mod blobs;
mod files;
mod heads;
mod texts;
mod trees;

pub use heads::{Head, Place};

#[cfg(any(test, fuzzing))]
pub(super) use {heads::fuzzed as fuzzed_head, trees::fuzzed as fuzzed_trees};

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use blobs::Blobs;
use trees::Listing;

use super::{Client, ForgeError, ForgeErrorKind};
use crate::fleet::RepositoryName;
use crate::snapshot::{BlobId, Entry, RepoPath, Snapshot};

/// Told how many more repositories were read.
pub type Step<'a> = &'a (dyn Fn(u64) + Sync);

/// Repositories of one forge, as they are read in one run.
#[derive(Debug)]
pub struct Scan {
    client: Client,
    blobs: Arc<Blobs>,
    /// Where each snapshot came from, by its number.
    seen: Vec<RepositoryName>,
}

impl Scan {
    /// A scan. `known` are contents that are at hand: those of the shape, mostly.
    #[must_use]
    pub fn new(client: &Client, known: impl IntoIterator<Item = (BlobId, Arc<[u8]>)>) -> Self {
        let blobs = Arc::new(Blobs::new(client.clone(), known.into_iter().collect()));
        Self { client: client.clone(), blobs, seen: Vec::new() }
    }

    /// Where the branches of repositories stand; the default branch when no reference is given.
    pub async fn heads(&self, places: &[Place], step: Step<'_>) -> Vec<Result<Head, ForgeError>> {
        heads::read(&self.client, places, step).await
    }

    /// The trees of repositories.
    pub async fn snapshots(
        &mut self,
        places: &[Place],
        step: Step<'_>,
    ) -> Vec<Result<Snapshot, ForgeError>> {
        let heads = heads::read(&self.client, places, &|_| {}).await;
        self.snapshots_at(heads, step).await
    }

    /// The trees of repositories whose heads were read.
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

    /// Single files of default branches; `None` for one that is not there.
    pub async fn files(
        &self,
        wanted: &[(RepositoryName, String)],
    ) -> Vec<Result<Option<Vec<u8>>, ForgeError>> {
        files::read(&self.client, wanted).await
    }

    /// Every text that was asked for and not at hand, with the numbers of the snapshots that asked, by the order in
    /// which they were made.
    #[must_use]
    pub fn wanted(&self) -> BTreeMap<BlobId, Vec<usize>> {
        self.blobs.wanted()
    }

    /// Asks for a text before a check does.
    pub fn want(&self, id: BlobId, number: usize) {
        self.blobs.want(id, number);
    }

    /// Fetches every text that was asked for and not at hand. Which snapshots asked, by the order in
    /// which they were made: these are to be judged again. Empty when nothing was wanted, or nothing more
    /// can be had.
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

/// Why a repository cannot be read, when its head says so.
fn readable(head: Head) -> Result<Head, ForgeError> {
    if head.is_disabled {
        let said = "the forge has shut this repository";
        let hint = "its owners can ask the forge why; until then set `retired` in fleet.yaml";
        return Err(ForgeError::of_answer(ForgeErrorKind::Disabled, said).hint(hint));
    }
    if head.tree.is_none() {
        // Not a hint: reports of many repositories show none.
        let said = "the repository is empty: push a first commit, set `retired` in fleet.yaml, or remove it from there";
        return Err(ForgeError::of_answer(ForgeErrorKind::Conflict, said));
    }
    Ok(head)
}
