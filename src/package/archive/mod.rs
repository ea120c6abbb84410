//! Reproducible archives.
//!
//! Members are added in order to a zip, a tar.gz, a folder or a listing, all behind the trait [`ArchiveWriter`], so
//! that a listing cannot differ from a build. The contents and names of members are decided elsewhere.
//!
//! For reproducibility, archives have: the given order; the same time for all members; modes 0644 and 0755; no owners,
//! extra fields, comments or data descriptors; deflate level 6 by one implementation, in parts that do not depend on
//! the number of threads.

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

/// The time of members if SOURCE_DATE_EPOCH is not set: 1980-01-01, the earliest in a zip.
pub const EPOCH: u64 = 315_532_800;

/// The latest time in a zip: 2107-12-31 23:59:58.
const LAST: u64 = 4_354_819_198;

/// Rounds a time to what every archive can represent: even seconds, within a zip's range.
#[must_use]
pub fn clamped(epoch: u64) -> u64 {
    epoch.clamp(EPOCH, LAST) & !1
}

/// A file to be added to an archive.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its path, with `/`, relative to the archive's root.
    pub path: String,
    /// Whether its mode is 0755 instead of 0644.
    pub executable: bool,
    /// Its content.
    pub bytes: Arc<[u8]>,
    /// The content's SHA-256.
    pub sha256: [u8; 32],
}

impl Member {
    /// Creates a member that is not executable.
    #[must_use]
    pub fn new(path: impl Into<String>, bytes: impl Into<Arc<[u8]>>) -> Self {
        let bytes = bytes.into();
        let sha256 = sha2::Sha256::digest(&bytes).into();
        Self { path: path.into(), executable: false, bytes, sha256 }
    }

    /// Its permission bits.
    fn mode(&self) -> u32 {
        if self.executable { 0o755 } else { 0o644 }
    }
}

/// A destination for members, in order.
pub trait ArchiveWriter: Send {
    /// Writes members. Compression uses all threads; the bytes depend neither on their number nor on how members are
    /// grouped into calls.
    ///
    /// # Errors
    /// When the file system refuses, or the format cannot represent a member.
    fn add(&mut self, members: &[Member]) -> io::Result<()>;

    /// Writes the end and returns the size and hash of the file; `None` if the archive is not a single file.
    ///
    /// # Errors
    /// When the file system refuses.
    fn finish(&mut self) -> io::Result<Option<Sum>>;
}
