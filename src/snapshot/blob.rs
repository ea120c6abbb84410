//! File contents by git blob id, read once and parsed once for the whole fleet.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use crate::source::Documents;

/// Git's SHA-1 id of an object.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobId([u8; 20]);

impl BlobId {
    /// Creates an id from its twenty bytes.
    #[must_use]
    pub fn from_raw(raw: [u8; 20]) -> Self {
        Self(raw)
    }

    /// The id that git gives to a file with this content.
    #[must_use]
    pub fn of(content: &[u8]) -> Self {
        let mut hasher = sha1_smol::Sha1::new();
        hasher.update(format!("blob {}\0", content.len()).as_bytes());
        hasher.update(content);
        Self(hasher.digest().bytes())
    }

    /// Parses forty hexadecimal digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        // `from_str_radix` would accept a sign.
        if text.len() != 40 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let mut raw = [0; 20];
        for (index, byte) in raw.iter_mut().enumerate() {
            *byte = u8::from_str_radix(text.get(index * 2..index * 2 + 2)?, 16).ok()?;
        }
        Some(Self(raw))
    }

    /// The twenty bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 20] {
        &self.0
    }
}

impl fmt::Display for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BlobId({self})")
    }
}

impl serde::Serialize for BlobId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Why a blob's content is not available.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// The repository lists it but does not have it: a partial or shallow clone, or damage.
    #[error("is not in the repository's object database ({0})")]
    Absent(String),
    /// It exceeds [`MAX_BLOB_BYTES`].
    #[error("has {0} bytes, more than the limit of {MAX_BLOB_BYTES}")]
    TooLarge(u64),
    /// It exceeds [`MAX_BLOB_BYTES`], and its first bytes show that it is binary.
    #[error("is binary and has {0} bytes, more than the limit of {MAX_BLOB_BYTES}")]
    LargeBinary(u64),
    /// The operating system returned an error.
    #[error("cannot be read: {0}")]
    Refused(String),
    /// Git converts it by this attribute, in a way that only git can carry out, and the file is not the one in its index.
    #[error(
        "has `{0}`, and its size or time is not the one in git's index, so only git can say what it keeps of it"
    )]
    Converted(String),
}

/// Blobs larger than this are never read into memory: 64 MiB.
pub const MAX_BLOB_BYTES: u64 = 64 << 20;

/// The number of leading bytes that decide whether a file is binary, as in git.
pub(super) const FIRST_BYTES: u64 = 8_000;

/// Why a file of this size is not read, given its first bytes.
pub(super) fn too_large(size: u64, first: &[u8]) -> Unreadable {
    if first.contains(&0) { Unreadable::LargeBinary(size) } else { Unreadable::TooLarge(size) }
}

/// The source of a snapshot's contents.
pub trait ReadBlob: Send + Sync {
    /// The content of a blob.
    ///
    /// # Errors
    /// When it is absent, too large or cannot be read.
    fn read(&self, id: BlobId) -> Result<Arc<[u8]>, Unreadable>;
}

/// A file's content with everything that was parsed from it.
#[derive(Debug)]
pub struct Blob {
    /// Git's id of the content.
    pub id: BlobId,
    /// The content, parsed on demand and once.
    pub documents: Documents,
}

impl Blob {
    /// Creates a blob with this content.
    #[must_use]
    pub fn new(id: BlobId, bytes: Arc<[u8]>) -> Self {
        Self { id, documents: Documents::new(bytes) }
    }
}

/// A store of the blobs that several repositories of a run share, so that each is read and parsed once.
///
/// The shared ids are known from the trees alone, before any blob is read ([`BlobStore::sharing`]). All other blobs are
/// dropped together with their repository, which bounds a run's memory to a few repositories.
#[derive(Debug, Default)]
pub struct BlobStore {
    shared: Arc<HashMap<BlobId, Mutex<Option<Arc<Blob>>>>>,
    /// The blobs that are not shared, if one repository is examined several times.
    own: Option<Mutex<HashMap<BlobId, Arc<Blob>>>>,
}

impl BlobStore {
    /// Creates a store that keeps every id that occurs more than once.
    pub fn sharing(ids: impl IntoIterator<Item = BlobId>) -> Self {
        let mut counts: HashMap<BlobId, u32> = HashMap::new();
        for id in ids {
            *counts.entry(id).or_default() += 1;
        }
        let shared = counts
            .into_iter()
            .filter(|(_, count)| *count > 1)
            .map(|(id, _)| (id, Mutex::new(None)))
            .collect();
        Self { shared: Arc::new(shared), own: None }
    }

    /// This store for a repository that is examined several times, as it is and as a change would leave it: it keeps
    /// blobs that are not shared as well.
    #[must_use]
    pub fn for_one(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), own: Some(Mutex::default()) }
    }

    /// Returns the blob, reading it with `read` if it is not kept yet.
    ///
    /// # Errors
    /// The error of `read`.
    pub fn get(
        &self,
        id: BlobId,
        read: impl FnOnce() -> Result<Arc<[u8]>, Unreadable>,
    ) -> Result<Arc<Blob>, Unreadable> {
        let Some(slot) = self.shared.get(&id) else { return self.get_own(id, read) };
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(blob) = &*slot {
            return Ok(Arc::clone(blob));
        }
        let blob = Arc::new(Blob::new(id, read()?));
        *slot = Some(Arc::clone(&blob));
        Ok(blob)
    }

    fn get_own(
        &self,
        id: BlobId,
        read: impl FnOnce() -> Result<Arc<[u8]>, Unreadable>,
    ) -> Result<Arc<Blob>, Unreadable> {
        let Some(own) = &self.own else { return Ok(Arc::new(Blob::new(id, read()?))) };
        let mut own = own.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(blob) = own.get(&id) {
            return Ok(Arc::clone(blob));
        }
        let blob = Arc::new(Blob::new(id, read()?));
        own.insert(id, Arc::clone(&blob));
        Ok(blob)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_those_of_git() {
        // `printf 'hello\n' | git hash-object --stdin`
        let id = BlobId::of(b"hello\n");
        assert_eq!(id.to_string(), "ce013625030ba8dba906f756967f9e9ca394464a");
        assert_eq!(BlobId::parse(&id.to_string()), Some(id));
        assert_eq!(BlobId::parse("ce01"), None);
        assert_eq!(BlobId::parse(&"+a".repeat(20)), None, "a sign is no digit");
    }

    #[test]
    fn only_shared_blobs_are_kept() {
        let shared = BlobId::of(b"shared");
        let single = BlobId::of(b"single");
        let store = BlobStore::sharing([shared, single, shared]);
        let read = |content: &'static [u8]| move || Ok(Arc::from(content));
        let first = store.get(shared, read(b"shared")).expect("readable");
        let again = store.get(shared, || panic!("read twice")).expect("kept");
        assert!(Arc::ptr_eq(&first, &again));
        assert!(store.get(single, || Err(Unreadable::TooLarge(1))).is_err());
    }

    #[test]
    fn of_a_repository_that_is_looked_at_twice_all_are_kept() {
        let single = BlobId::of(b"single");
        let fleet = BlobStore::default();
        let store = fleet.for_one();
        assert!(store.get(single, || Err(Unreadable::TooLarge(1))).is_err(), "and tried again");
        let first = store.get(single, || Ok(Arc::from(&b"single"[..]))).expect("readable");
        let again = store.get(single, || panic!("read twice")).expect("kept");
        assert!(Arc::ptr_eq(&first, &again));
        assert!(fleet.get(single, || Err(Unreadable::TooLarge(1))).is_err(), "not by the fleet's");
    }
}
