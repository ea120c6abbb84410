//! Blob contents by id: in memory, on disk, or still to be fetched.
//!
//! Checks read from plain threads and cannot wait for the forge. A content that is not available is recorded as wanted
//! and reported as absent for now. When all checks have run, the wanted contents are fetched with few requests, and the
//! snapshots that wanted them are judged again.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use crate::forge::Client;
use crate::snapshot::{BlobId, MAX_BLOB_BYTES, ReadBlob, Unreadable};

/// The most bytes kept in memory when contents cannot be cached on disk.
const MAX_MEMORY: u64 = 256 << 20;

#[derive(Debug)]
pub(super) struct Blobs {
    client: Client,
    /// Contents that were supplied up front: those of the shape.
    known: HashMap<BlobId, Arc<[u8]>>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    sizes: HashMap<BlobId, u64>,
    /// Fetched contents that could not be cached on disk.
    held: HashMap<BlobId, Arc<[u8]>>,
    held_bytes: u64,
    /// Why contents cannot be read.
    refused: HashMap<BlobId, Unreadable>,
    /// Wanted contents, with the numbers of the snapshots that want them.
    wanted: BTreeMap<BlobId, Vec<usize>>,
}

impl Blobs {
    pub(super) fn new(client: Client, known: HashMap<BlobId, Arc<[u8]>>) -> Self {
        Self { client, known, state: Mutex::default() }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn learn_sizes(&self, sizes: HashMap<BlobId, u64>) {
        self.state().sizes.extend(sizes);
    }

    pub(super) fn size(&self, id: BlobId) -> u64 {
        self.state().sizes.get(&id).copied().unwrap_or_default()
    }

    /// Wanted contents, with the numbers of the snapshots that want them.
    pub(super) fn wanted(&self) -> BTreeMap<BlobId, Vec<usize>> {
        self.state().wanted.clone()
    }

    /// Records that a snapshot wants a content, unless it is available or cannot be read.
    pub(super) fn want(&self, id: BlobId, reader: usize) {
        if self.known.contains_key(&id) {
            return;
        }
        {
            let state = self.state();
            if state.held.contains_key(&id) || state.refused.contains_key(&id) {
                return;
            }
            if state.sizes.get(&id).is_some_and(|size| *size > MAX_BLOB_BYTES) {
                return;
            }
        }
        if !self.client.cache().has_blob(id) {
            self.state().wanted.entry(id).or_default().push(reader);
        }
    }

    pub(super) fn take_wanted(&self) -> BTreeMap<BlobId, Vec<usize>> {
        std::mem::take(&mut self.state().wanted)
    }

    /// Stores a fetched content.
    pub(super) fn put(&self, id: BlobId, bytes: Vec<u8>) {
        self.client.cache().keep_blob(id, &bytes);
        if self.client.cache().has_blob(id) {
            return;
        }
        let mut state = self.state();
        state.held_bytes += bytes.len() as u64;
        if state.held_bytes <= MAX_MEMORY {
            state.held.insert(id, bytes.into());
        } else {
            let why = "there is no cache folder, and the memory for such files is full";
            state.refused.insert(id, Unreadable::Refused(why.to_owned()));
        }
    }

    pub(super) fn refuse(&self, id: BlobId, why: Unreadable) {
        self.state().refused.insert(id, why);
    }

    fn read(&self, id: BlobId, reader: usize) -> Result<Arc<[u8]>, Unreadable> {
        if let Some(bytes) = self.known.get(&id) {
            return Ok(Arc::clone(bytes));
        }
        {
            let state = self.state();
            if let Some(bytes) = state.held.get(&id) {
                return Ok(Arc::clone(bytes));
            }
            if let Some(why) = state.refused.get(&id) {
                return Err(why.clone());
            }
            match state.sizes.get(&id) {
                Some(size) if *size > MAX_BLOB_BYTES => return Err(Unreadable::TooLarge(*size)),
                _ => {}
            }
        }
        if let Some(bytes) = self.client.cache().blob(id) {
            return Ok(bytes.into());
        }
        self.state().wanted.entry(id).or_default().push(reader);
        Err(Unreadable::Absent("it was not fetched from the forge".to_owned()))
    }
}

/// Reads blobs on behalf of one snapshot.
#[derive(Debug)]
pub(super) struct Reader {
    pub(super) blobs: Arc<Blobs>,
    pub(super) repository: usize,
}

impl ReadBlob for Reader {
    fn read(&self, id: BlobId) -> Result<Arc<[u8]>, Unreadable> {
        self.blobs.read(id, self.repository)
    }
}
