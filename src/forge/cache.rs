//! The on-disk cache: answers with their ETags, and blobs by their ids.
//!
//! An unchanged answer does not count against the forge's hourly limit, and a blob never changes. Answers are kept per
//! token, since one token may see what another may not. A blob is shared, since its id has to be known to read it, and
//! it is verified against that id. Entries that cannot be verified are kept per host: one forge could lie about the
//! trees of another.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::digest::hexadecimal;
use crate::edge::cache_folder::CacheFolder;
use crate::snapshot::BlobId;

/// The maximum size of the cache in bytes.
const MAX_BYTES: u64 = 1 << 30;

/// A cached answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) etag: String,
    pub(super) body: Vec<u8>,
}

/// The first line of a cached answer.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    etag: String,
    digest: String,
}

/// The cache of one forge and one token.
#[derive(Clone, Debug)]
pub(super) struct Cache {
    folder: Option<CacheFolder>,
    host: String,
    identity: String,
    /// Whether something was added since old entries were last evicted.
    grew: Arc<AtomicBool>,
}

impl Cache {
    pub(super) fn new(folder: Option<&Path>, host: &str, identity: &str) -> Self {
        let folder = folder.map(|folder| CacheFolder::new(folder.join("forge-v1"), MAX_BYTES));
        Self {
            folder,
            host: host.to_owned(),
            identity: format!("{host} {identity}"),
            grew: Arc::default(),
        }
    }

    fn keep(&self, file: PathBuf, bytes: &[u8]) {
        if let Some(folder) = &self.folder {
            let _ = folder.keep(file, bytes);
            self.grew.store(true, Ordering::Relaxed);
        }
    }

    /// The cached answer for a path, which may be out of date.
    pub(super) fn answer(&self, path: &str) -> Option<Kept> {
        let bytes = self.folder.as_ref()?.read(self.answer_file(path))?;
        let split = bytes.iter().position(|byte| *byte == b'\n')?;
        let (head, body) = bytes.split_at(split);
        let head: Head = serde_json::from_slice(head).ok()?;
        let body = body.get(1..)?.to_vec();
        (hexadecimal(&Sha256::digest(&body)) == head.digest)
            .then_some(Kept { etag: head.etag, body })
    }

    /// Stores an answer. Failing to store it is not an error: it is requested again the next time.
    pub(super) fn keep_answer(&self, path: &str, etag: &str, body: &[u8]) {
        let head = Head { etag: etag.to_owned(), digest: hexadecimal(&Sha256::digest(body)) };
        let Ok(mut bytes) = serde_json::to_vec(&head) else { return };
        bytes.push(b'\n');
        bytes.extend_from_slice(body);
        self.keep(self.answer_file(path), &bytes);
    }

    /// A cached blob; a damaged one counts as absent.
    pub(super) fn blob(&self, id: BlobId) -> Option<Vec<u8>> {
        let bytes = self.folder.as_ref()?.read(blob_file(id))?;
        (BlobId::of(&bytes) == id).then_some(bytes)
    }

    /// Whether a blob is cached, without reading it.
    pub(super) fn has_blob(&self, id: BlobId) -> bool {
        self.folder.as_ref().is_some_and(|folder| folder.place(blob_file(id)).is_file())
    }

    /// Stores a blob.
    pub(super) fn keep_blob(&self, id: BlobId, bytes: &[u8]) {
        self.keep(blob_file(id), bytes);
    }

    /// A cached fact under a name of our own, such as the trees of a commit: immutable, as reported by this host.
    pub(super) fn fact(&self, kind: &str, name: &str) -> Option<Vec<u8>> {
        self.folder.as_ref()?.read(self.fact_file(kind, name))
    }

    /// Stores such a fact.
    pub(super) fn keep_fact(&self, kind: &str, name: &str, bytes: &[u8]) {
        self.keep(self.fact_file(kind, name), bytes);
    }

    /// Evicts the oldest entries until the rest fits, if something was added.
    pub(super) fn make_room(&self) {
        if let Some(folder) = &self.folder
            && self.grew.swap(false, Ordering::Relaxed)
        {
            folder.make_room();
        }
    }

    fn answer_file(&self, path: &str) -> PathBuf {
        let key = format!("{} {path}", self.identity);
        Path::new("answers").join(hexadecimal(&Sha256::digest(key.as_bytes())))
    }

    fn fact_file(&self, kind: &str, name: &str) -> PathBuf {
        let key = format!("{} {name}", self.host);
        let digest = hexadecimal(&Sha256::digest(key.as_bytes()));
        let (folder, file) = digest.split_at(2);
        Path::new(kind).join(folder).join(file)
    }
}

fn blob_file(id: BlobId) -> PathBuf {
    let id = id.to_string();
    let (folder, file) = id.split_at(2);
    Path::new("blobs").join(folder).join(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_each_tokens_own_and_blobs_are_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let one = Cache::new(Some(folder.path()), "h", "one");
        let other = Cache::new(Some(folder.path()), "h", "other");
        one.keep_answer("/repos/a/b", "\"e\"", b"body\nof it");
        let kept = Kept { etag: "\"e\"".to_owned(), body: b"body\nof it".to_vec() };
        assert_eq!(one.answer("/repos/a/b"), Some(kept));
        assert_eq!(other.answer("/repos/a/b"), None);
        let id = BlobId::of(b"x");
        one.keep_blob(id, b"x");
        assert_eq!(other.blob(id).as_deref(), Some(&b"x"[..]));
    }

    #[test]
    fn what_proves_nothing_is_known_of_its_own_host_only() {
        let folder = tempfile::tempdir().expect("a folder");
        let one = Cache::new(Some(folder.path()), "h", "one");
        one.keep_fact("trees", "id", b"listing");
        let of_another_token = Cache::new(Some(folder.path()), "h", "other");
        assert_eq!(of_another_token.fact("trees", "id").as_deref(), Some(&b"listing"[..]));
        let of_another_host = Cache::new(Some(folder.path()), "other", "one");
        assert_eq!(of_another_host.fact("trees", "id"), None);
    }

    #[test]
    fn what_is_damaged_counts_as_absent() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = Cache::new(Some(folder.path()), "h", "one");
        let id = BlobId::of(b"x");
        cache.keep_blob(id, b"y");
        assert_eq!(cache.blob(id), None);
        cache.keep_answer("/p", "\"e\"", b"whole");
        let file = folder.path().join("forge-v1").join(cache.answer_file("/p"));
        let bytes = std::fs::read(&file).expect("there");
        std::fs::write(&file, bytes.get(..bytes.len() - 1).expect("shorter")).expect("written");
        assert_eq!(cache.answer("/p"), None);
    }
}
