//! Archives, the same to the byte on every machine.
//!
//! In: members in their order, some at a time. Out: a zip, a tar.gz, a folder or a listing, each behind the
//! one trait [`ArchiveWriter`], so that what is listed cannot differ from what is built. What goes into an
//! archive and under which name is decided by others.
//!
//! Reproducible means: the given order; one time for all members; modes 0644 and 0755; no owners, no extra
//! fields, no comments, no data descriptors; deflate level 6 by one implementation, in parts that do not
//! depend on the number of threads.

pub mod deflate;
pub mod folder;
pub mod listing;
pub mod output;
pub mod tar_gz;
pub mod zip;

#[cfg(test)]
mod tests;

use std::io;
use std::sync::Arc;

use sha2::Digest as _;

pub use folder::FolderWriter;
pub use listing::{Listed, ListingWriter};
pub use output::{Output, Sum};
pub use tar_gz::TarGzWriter;
pub use zip::ZipWriter;

/// The time of members when SOURCE_DATE_EPOCH says none: 1980-01-01, the first that a zip can have.
pub const EPOCH: u64 = 315_532_800;

/// The last second that a zip can have: 2107-12-31 23:59:58.
const LAST: u64 = 4_354_819_198;

/// A time as every archive can hold it: even seconds, within a zip's range.
#[must_use]
pub fn clamped(epoch: u64) -> u64 {
    epoch.clamp(EPOCH, LAST) & !1
}

/// A file on its way into an archive.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its path, with `/`, relative to the root of what is archived.
    pub path: String,
    /// Mode 0755 instead of 0644.
    pub executable: bool,
    /// Its content.
    pub bytes: Arc<[u8]>,
    /// The content's SHA-256.
    pub sha256: [u8; 32],
}

impl Member {
    /// A member of this content.
    #[must_use]
    pub fn new(path: impl Into<String>, bytes: impl Into<Arc<[u8]>>) -> Self {
        let bytes = bytes.into();
        let sha256 = sha2::Sha256::digest(&bytes).into();
        Self { path: path.into(), executable: false, bytes, sha256 }
    }

    /// The git-like mode of a regular file.
    fn mode(&self) -> u32 {
        if self.executable { 0o755 } else { 0o644 }
    }
}

/// Somewhere that members go, in order.
pub trait ArchiveWriter: Send {
    /// Writes members. Compression runs on all threads; the bytes do not depend on how many there are,
    /// nor on how members are grouped into calls.
    ///
    /// # Errors
    /// What the file system says, and a member that the format cannot hold.
    fn add(&mut self, members: &[Member]) -> io::Result<()>;

    /// Writes what comes last, and says how much was written in all; nothing where there is no one file.
    ///
    /// # Errors
    /// What the file system says.
    fn finish(&mut self) -> io::Result<Option<Sum>>;
}
