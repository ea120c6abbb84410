//! A cache folder: private to its owner, bounded, and safe for concurrent processes.
//!
//! Entries are written under a temporary name and moved into place, so that readers see a whole entry or none. The
//! oldest entries make room for new ones. A cache that cannot be used slows a run down but never fails it. The meaning
//! and freshness of entries is for their owners to judge.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::private_files;

/// An entry used more recently than this may be in use by another process, and is kept.
const IN_USE: Duration = Duration::from_secs(600);

/// How many folders deep entries can be.
const DEPTH: usize = 4;

/// A cache.
#[derive(Clone, Debug)]
pub struct CacheFolder {
    folder: PathBuf,
    max_bytes: u64,
}

impl CacheFolder {
    /// Creates a cache in a folder, limited to `max_bytes` for all entries together.
    #[must_use]
    pub fn new(folder: PathBuf, max_bytes: u64) -> Self {
        Self { folder, max_bytes }
    }

    /// The path of an entry, whether or not it exists.
    #[must_use]
    pub fn place(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.folder.join(relative)
    }

    /// Reads an entry and marks it as used now.
    #[must_use]
    pub fn read(&self, relative: impl AsRef<Path>) -> Option<Vec<u8>> {
        let path = self.place(relative);
        let mut file = File::open(&path).ok()?;
        let metadata = file.metadata().ok()?;
        let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default());
        file.read_to_end(&mut bytes).ok()?;
        // Only marks that are about to expire are renewed, since a run may read thousands of entries.
        let is_fresh = |used: SystemTime| used.elapsed().is_ok_and(|age| age < IN_USE / 2);
        if !metadata.modified().is_ok_and(is_fresh) {
            touch(&path);
        }
        Some(bytes)
    }

    /// Writes an entry.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep(&self, relative: impl AsRef<Path>, bytes: &[u8]) -> io::Result<()> {
        let file = self.place(relative);
        let mut temporary = self.temporary(&file)?;
        temporary.write_all(bytes)?;
        temporary.persist(&file).map_err(|error| error.error)?;
        Ok(())
    }

    /// Creates a temporary file for an entry that will be moved to `file`.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn temporary(&self, file: &Path) -> io::Result<tempfile::NamedTempFile> {
        let folder = file.parent().unwrap_or(&self.folder);
        private_files::folder(folder)?;
        tempfile::NamedTempFile::new_in(folder)
    }

    /// Removes the oldest entries until the rest fits.
    pub fn make_room(&self) {
        let mut entries = Vec::new();
        list(&self.folder, DEPTH, &mut entries);
        let mut total: u64 = entries.iter().map(|(_, _, bytes)| bytes).sum();
        if total <= self.max_bytes {
            return;
        }
        entries.sort();
        for (used, file, bytes) in entries {
            let is_recent = used.elapsed().is_ok_and(|age| age < IN_USE);
            if total <= self.max_bytes || is_recent {
                return;
            }
            if fs::remove_file(&file).is_ok() {
                total = total.saturating_sub(bytes);
            }
        }
    }
}

/// Marks a file as used now.
pub fn touch(file: &Path) {
    if let Ok(file) = File::options().append(true).open(file) {
        // A failure affects only which entry is removed first.
        let _ = file.set_modified(SystemTime::now());
    }
}

fn list(folder: &Path, depth: usize, entries: &mut Vec<(SystemTime, PathBuf, u64)>) {
    let Ok(listing) = fs::read_dir(folder) else { return };
    for entry in listing.flatten() {
        let Ok(metadata) = entry.metadata() else { continue };
        if metadata.is_dir() && depth > 0 {
            list(&entry.path(), depth - 1, entries);
        } else if metadata.is_file() {
            let used = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            entries.push((used, entry.path(), metadata.len()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_come_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = CacheFolder::new(folder.path().join("c"), 100);
        assert_eq!(cache.read("a/b"), None);
        cache.keep("a/b", b"bytes").expect("kept");
        assert_eq!(cache.read("a/b").as_deref(), Some(&b"bytes"[..]));
    }

    #[test]
    #[cfg(unix)]
    fn others_cannot_look() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a folder");
        let cache = CacheFolder::new(folder.path().join("c"), 100);
        cache.keep("a/b", b"bytes").expect("kept");
        let mode = |path: PathBuf| path.metadata().expect("there").permissions().mode() & 0o777;
        assert_eq!(mode(cache.place("a/b")), 0o600);
        assert_eq!(mode(cache.place("a")), 0o700);
        assert_eq!(mode(cache.place("")), 0o700);
    }

    #[test]
    fn the_oldest_make_room() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = CacheFolder::new(folder.path().to_owned(), 25);
        for (age, name) in [(3, "oldest"), (2, "older"), (1, "old"), (0, "in-use")] {
            cache.keep(name, b"0123456789").expect("kept");
            let file = File::options().append(true).open(cache.place(name)).expect("there");
            let used = SystemTime::now() - Duration::from_secs(3600 * age);
            file.set_modified(used).expect("writable");
        }
        cache.make_room();
        let left = ["oldest", "older", "old", "in-use"].map(|name| cache.place(name).exists());
        assert_eq!(left, [false, false, true, true]);
    }
}
