//! Lists trees: three levels per document, and deeper levels in further documents.
//!
//! Trees are identified by their ids, so one that was listed in an earlier run, or that two repositories share, is not
//! requested again. A tree that is too large for a document is listed through REST, which returns up to 100,000
//! entries; if there are more, that is reported as a problem.

use std::collections::{BTreeMap, HashMap};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::batch::{Batch, Next, Round, at_once, is_silence, may_shrink, of_others};
use super::waiting::Waiting;
use crate::fleet::RepositoryName;
use crate::forge::{Client, ForgeError, ForgeErrorKind};
use crate::snapshot::{BlobId, EntryKind, MAX_DEPTH, MAX_ENTRIES, Problem, RepoPath};

/// Trees per document.
const MOST: usize = 50;

/// The cache name of listings, including a format version.
const KIND: &str = "trees-v1";

/// All files below a tree.
#[derive(Clone, Debug, Default)]
pub(super) struct Listing {
    pub(super) entries: Vec<Listed>,
    pub(super) problems: Vec<Problem>,
}

/// One file.
#[derive(Clone, Debug)]
pub(super) struct Listed {
    pub(super) path: String,
    pub(super) kind: EntryKind,
    pub(super) id: BlobId,
    pub(super) size: u64,
}

/// The cached form: path, mode, id and size of each file.
#[derive(Serialize, Deserialize)]
struct Kept(Vec<(String, u32, String, u64)>);

/// An entry in GraphQL's schema.
#[derive(Debug, Deserialize)]
struct Entry {
    name: String,
    /// Git's file mode as an integer: `0o100644` is 33188.
    mode: u32,
    oid: String,
    #[serde(default)]
    size: u64,
    #[serde(default)]
    object: Option<Inner>,
}

#[derive(Debug, Default, Deserialize)]
struct Inner {
    #[serde(default)]
    entries: Option<Vec<Entry>>,
}

/// A directory whose entries still have to be requested.
#[derive(Clone, Debug)]
struct Open {
    /// The id of the root tree that it belongs to.
    root: String,
    repository: RepositoryName,
    /// Its path from the root with a trailing slash; empty for the root itself.
    prefix: String,
    oid: String,
}

/// Lists trees by their ids.
pub(super) async fn read(
    client: &Client,
    wanted: &BTreeMap<String, RepositoryName>,
    told: &(dyn Fn(&str) + Sync),
) -> HashMap<String, Result<Listing, ForgeError>> {
    let mut listings: HashMap<String, Result<Listing, ForgeError>> = HashMap::new();
    let mut open = Vec::new();
    let at_hand: Vec<Option<Listing>> = wanted
        .par_iter()
        .map(|(root, _)| client.cache().fact(KIND, root).and_then(|bytes| kept(&bytes)))
        .collect();
    for ((root, repository), listing) in wanted.iter().zip(at_hand) {
        if let Some(listing) = listing {
            told(root);
            listings.insert(root.clone(), Ok(listing));
        } else {
            listings.insert(root.clone(), Ok(Listing::default()));
            open.push(Open {
                root: root.clone(),
                repository: repository.clone(),
                prefix: String::new(),
                oid: root.clone(),
            });
        }
    }
    let asked: Vec<String> = open.iter().map(|open| open.root.clone()).collect();
    let mut batch = Batch::new(MOST);
    let mut open = Waiting::new(open);
    while !open.is_empty() {
        let chunks = open.round(&batch, |_| batch.size());
        let asking = async |chunk: Vec<Open>| {
            let answer = ask(client, &chunk).await;
            (chunk, answer)
        };
        let mut round = Round::new();
        // What ends everything: an error such as an invalid token applies to all remaining trees as well.
        let mut ended = None;
        for (chunk, answer) in at_once(chunks, asking).await {
            match answer {
                Ok(answers) => {
                    round.heard();
                    batch.went_well();
                    for (folder, answer) in chunk.iter().zip(answers) {
                        if folder.prefix.is_empty() {
                            told(&folder.root);
                        }
                        enter(&mut listings, &folder.root, answer, |listing, entries| {
                            open.add(take(listing, folder, entries));
                        });
                    }
                }
                Err(error) if may_shrink(&error) => {
                    round.lost(&mut batch, chunk.len(), chunk, error);
                }
                Err(error) if error.is_of_the_run() => {
                    open.put_back(chunk);
                    ended = Some(error);
                }
                Err(error) => {
                    round.heard();
                    refuse(&mut listings, &chunk, &error);
                }
            }
        }
        match round.ends_with(&mut batch, &mut open) {
            Next::Alone(some, _) if ended.is_none() => {
                let singles = std::iter::from_fn(|| open.one()).flatten().take(some);
                ended = singly(client, &mut batch, singles, &mut listings, told).await;
            }
            Next::Nothing(error) => ended = ended.or(Some(error)),
            Next::Alone(..) | Next::Round => {}
        }
        if let Some(error) = ended {
            let error = of_others(error, "/repos/{owner}/{repo}/git/trees/{tree_sha}");
            open.into_chunks().for_each(|chunk| refuse(&mut listings, &chunk, &error));
            break;
        }
    }
    for root in asked {
        if let Some(Ok(listing)) = listings.get(&root)
            && listing.problems.is_empty()
            && let Some(bytes) = keep(listing)
        {
            client.cache().keep_fact(KIND, &root, &bytes);
        }
    }
    listings
}

/// Lists directories one by one through REST, which also waits for a forge that does not answer: until one of them is not
/// answered. Takes no more of them than it lists, and returns what ends the whole, if anything does.
async fn singly(
    client: &Client,
    batch: &mut Batch,
    singles: impl Iterator<Item = Open>,
    listings: &mut HashMap<String, Result<Listing, ForgeError>>,
    told: &(dyn Fn(&str) + Sync),
) -> Option<ForgeError> {
    for folder in singles {
        let whole = by_rest(client, &folder).await;
        let failed = whole.as_ref().err().cloned();
        if folder.prefix.is_empty() {
            told(&folder.root);
        }
        enter(listings, &folder.root, whole, |listing, more| {
            listing.entries.extend(more.entries);
            listing.problems.extend(more.problems);
        });
        match failed {
            Some(error) if error.is_of_the_run() => return Some(error),
            Some(error) if is_silence(&error) => break,
            _ => batch.answered(),
        }
    }
    None
}

/// Enters what was read of a tree, or why it could not be.
fn enter<T>(
    listings: &mut HashMap<String, Result<Listing, ForgeError>>,
    root: &str,
    read: Result<T, ForgeError>,
    add: impl FnOnce(&mut Listing, T),
) {
    let Some(listing) = listings.get_mut(root) else { return };
    match (listing.as_mut(), read) {
        (Ok(listing), Ok(read)) => add(listing, read),
        (Ok(_), Err(error)) => *listing = Err(error),
        // The first error is of a request about this tree; one that follows may be of others.
        (Err(_), _) => {}
    }
}

/// Enters for directories why they could not be listed.
fn refuse(
    listings: &mut HashMap<String, Result<Listing, ForgeError>>,
    folders: &[Open],
    error: &ForgeError,
) {
    for folder in folders {
        enter(listings, &folder.root, Err(error.clone()), |_, ()| {});
    }
}

async fn ask(
    client: &Client,
    folders: &[Open],
) -> Result<Vec<Result<Vec<Entry>, ForgeError>>, ForgeError> {
    const ENTRY: &str = "name mode oid size";
    let mut fields = String::new();
    for (number, folder) in folders.iter().enumerate() {
        let RepositoryName { owner, name } = &folder.repository;
        let (owner, name, oid) = (json!(owner), json!(name), json!(folder.oid));
        fields.push_str(&format!(
            " r{number}: repository(owner: {owner}, name: {name}) {{ object(oid: {oid}) {{ ...top }} }}"
        ));
    }
    let text = format!(
        "query trees {{ rateLimit {{ cost }}{fields} }} \
         fragment top on Tree {{ entries {{ {ENTRY} object {{ ...middle }} }} }} \
         fragment middle on Tree {{ entries {{ {ENTRY} object {{ ...leaf }} }} }} \
         fragment leaf on Tree {{ entries {{ {ENTRY} }} }}"
    );
    let data = client.query_once("trees", &text, &json!({})).await?;
    if let Some(error) = data.errors.iter().find(|error| error.is_too_much()) {
        return Err(error.failure("GraphQL trees"));
    }
    let mut answers = Vec::with_capacity(folders.len());
    for (number, folder) in folders.iter().enumerate() {
        let request = format!("GraphQL trees of {}", folder.repository);
        answers.push(data.field(&format!("r{number}"), &request).and_then(|value: &Value| {
            let inner = value.get("object").cloned().unwrap_or_default();
            let inner: Option<Inner> = serde_json::from_value(inner).map_err(|error| {
                let said = format!("its answer cannot be understood: {error}");
                ForgeError::new(ForgeErrorKind::Unintelligible, &request, said)
            })?;
            inner.and_then(|inner| inner.entries).ok_or_else(|| {
                let said = "the forge names a tree that it does not have";
                ForgeError::new(ForgeErrorKind::NotFound, &request, said)
            })
        }));
    }
    Ok(answers)
}

/// Adds the entries of a directory to a listing. Returns the subdirectories too deep to be included in the answer.
fn take(listing: &mut Listing, folder: &Open, entries: Vec<Entry>) -> Vec<Open> {
    let mut deeper = Vec::new();
    let mut stack = vec![(folder.prefix.clone(), entries)];
    while let Some((prefix, entries)) = stack.pop() {
        for entry in entries {
            let path = format!("{prefix}{}", entry.name);
            if listing.entries.len() + deeper.len() >= MAX_ENTRIES {
                too_many(listing);
                return Vec::new();
            }
            match (EntryMode::of(entry.mode), BlobId::parse(&entry.oid)) {
                (EntryMode::Tree, Some(_)) => match entry.object.and_then(|inner| inner.entries) {
                    Some(inner) => stack.push((format!("{path}/"), inner)),
                    None if path.split('/').count() > MAX_DEPTH => {
                        let message = format!("is more than {MAX_DEPTH} folders deep");
                        listing.problems.push(problem(&path, message));
                    }
                    None => deeper.push(Open {
                        prefix: format!("{path}/"),
                        oid: entry.oid,
                        ..folder.clone()
                    }),
                },
                (EntryMode::Leaf(kind), Some(id)) => {
                    listing.entries.push(Listed { path, kind, id, size: entry.size });
                }
                (_, None) => {
                    listing.problems.push(problem(&path, "has an invalid id".to_owned()));
                }
                (EntryMode::Unknown, _) => {
                    let message = format!("has the mode {:o}, which git does not have", entry.mode);
                    listing.problems.push(problem(&path, message));
                }
            }
        }
    }
    deeper
}

/// What the fuzz target asserts: all entries are below their directory.
#[cfg(any(test, feature = "fuzzing"))]
pub(in crate::forge) fn fuzzed(value: &Value) {
    let Ok(inner) = serde_json::from_value::<Inner>(value.clone()) else { return };
    let (prefix, repository) = ("a/b/".to_owned(), RepositoryName::new("acme", "api"));
    let open = Open { root: "r".to_owned(), repository, prefix, oid: "o".to_owned() };
    let mut listing = Listing::default();
    let deeper = take(&mut listing, &open, inner.entries.unwrap_or_default());
    let paths = listing.entries.iter().map(|entry| &entry.path);
    assert!(paths.chain(deeper.iter().map(|open| &open.prefix)).all(|it| it.starts_with("a/b/")));
}

/// Lists a whole tree through REST.
async fn by_rest(client: &Client, folder: &Open) -> Result<Listing, ForgeError> {
    let tree = client.tree(&folder.repository, &folder.oid).await?;
    let mut listing = Listing::default();
    if tree.truncated {
        let message = "has more than the forge lists, so some of its files are not seen; judge a clone: `shipshape \
                       drift --local DIR`";
        listing.problems.push(problem(folder.prefix.trim_end_matches('/'), message.to_owned()));
    }
    for entry in tree.tree {
        let path = format!("{}{}", folder.prefix, entry.path);
        if listing.entries.len() >= MAX_ENTRIES {
            too_many(&mut listing);
            break;
        }
        let mode = u32::from_str_radix(&entry.mode, 8).unwrap_or_default();
        match (EntryMode::of(mode), BlobId::parse(&entry.sha)) {
            (EntryMode::Tree, _) => {}
            (EntryMode::Leaf(kind), Some(id)) => {
                let size = entry.size.unwrap_or_default();
                listing.entries.push(Listed { path, kind, id, size });
            }
            _ => listing
                .problems
                .push(problem(&path, "is of a kind that git does not have".to_owned())),
        }
    }
    Ok(listing)
}

fn too_many(listing: &mut Listing) {
    let message = format!("has more than {MAX_ENTRIES} files, of which the rest is not read");
    listing.problems.push(problem("", message));
}

fn problem(path: &str, message: String) -> Problem {
    Problem::at(RepoPath::new(path), message)
}

/// The kind of a tree entry.
enum EntryMode {
    Tree,
    Leaf(EntryKind),
    Unknown,
}

impl EntryMode {
    fn of(mode: u32) -> Self {
        match mode {
            0o040_000 => Self::Tree,
            0o100_755 => Self::Leaf(EntryKind::Executable),
            // 100664 was written by old versions of git and means the same as 100644.
            0o100_644 | 0o100_664 => Self::Leaf(EntryKind::File),
            0o120_000 => Self::Leaf(EntryKind::Link),
            0o160_000 => Self::Leaf(EntryKind::Submodule),
            _ => Self::Unknown,
        }
    }
}

fn mode_of(kind: EntryKind) -> u32 {
    match kind {
        EntryKind::File => 0o100_644,
        EntryKind::Executable => 0o100_755,
        EntryKind::Link => 0o120_000,
        EntryKind::Submodule => 0o160_000,
    }
}

fn keep(listing: &Listing) -> Option<Vec<u8>> {
    let entries = listing.entries.iter();
    let kept = entries
        .map(|entry| (entry.path.clone(), mode_of(entry.kind), entry.id.to_string(), entry.size));
    serde_json::to_vec(&Kept(kept.collect())).ok()
}

/// Parses a cached listing; `None` when it is damaged.
fn kept(bytes: &[u8]) -> Option<Listing> {
    let Kept(entries) = serde_json::from_slice(bytes).ok()?;
    let mut listing = Listing::default();
    for (path, mode, id, size) in entries {
        let EntryMode::Leaf(kind) = EntryMode::of(mode) else { return None };
        listing.entries.push(Listed { path, kind, id: BlobId::parse(&id)?, size });
    }
    Some(listing)
}

#[cfg(test)]
mod tests;
