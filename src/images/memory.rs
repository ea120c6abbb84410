//! State that no engine keeps, saved between runs: earlier digests of a tag, held runtimes, and the registry's last
//! answers.
//!
//! It is kept in a file next to the fleet's journal, replaced as a whole under a lock, so that concurrent runs do not
//! lose each other's changes. It contains no secrets. Losing it does not affect anything that runs: there is just
//! nothing to roll back to by default, and the next look at the registry is like the first.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::edge::{private_files, whole_file};
use crate::error::{Error, Result};
use crate::registry::Reference;

/// The current version of the file.
const VERSION: u32 = 1;

/// Maximum number of earlier digests to remember per image; the newest ones.
const MOST_EARLIER: usize = 20;

/// What is known of all images, by name and tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    version: u32,
    /// By name and tag, such as `ghcr.io/acme/template-hermes:latest`.
    #[serde(default)]
    images: BTreeMap<String, KnownImage>,
}

impl Default for Known {
    fn default() -> Self {
        Self { version: VERSION, images: BTreeMap::new() }
    }
}

/// What is known of one image.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KnownImage {
    /// The hold, if it is held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold: Option<Hold>,
    /// The earlier digests of its tag here, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<Earlier>,
    /// The registry's last answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seen: Option<Seen>,
}

/// A hold: the image is not refreshed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Hold {
    /// The reason that was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When the hold began, RFC 3339.
    pub since: String,
    /// The digest that a rollback went back to, if a rollback holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back: Option<String>,
}

/// An earlier digest of a tag on this host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Earlier {
    /// The digest.
    pub digest: String,
    /// When it was replaced, RFC 3339.
    pub until: String,
    /// Whether a rollback replaced it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub left: bool,
}

/// A registry's last answer about a tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// The digest of the tag.
    pub digest: String,
    /// The ETag for the next request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// Whether it still has to be brought here, for example after a failure.
    #[serde(default)]
    pub due: bool,
}

impl Known {
    /// Returns what is known of an image.
    #[must_use]
    pub fn image(&self, image: &Reference) -> KnownImage {
        self.images.get(&image.to_string()).cloned().unwrap_or_default()
    }

    /// Returns the held images, by name and tag.
    pub fn held(&self) -> impl Iterator<Item = (&str, &Hold)> {
        self.images.iter().filter_map(|(image, known)| Some((image.as_str(), known.hold.as_ref()?)))
    }

    /// Returns what is known of an image, for changing it.
    pub fn entry(&mut self, image: &Reference) -> &mut KnownImage {
        self.images.entry(image.to_string()).or_default()
    }
}

impl KnownImage {
    /// Remembers the digest of the tag until now.
    pub fn remember(&mut self, digest: &str, until: &str) {
        if self.earlier.last().is_some_and(|last| last.digest == digest) {
            return;
        }
        self.add(Earlier { digest: digest.to_owned(), until: until.to_owned(), left: false });
    }

    /// Remembers the digest of the tag until now as one that was rolled back: no rollback returns to it unless asked
    /// to.
    pub fn leave(&mut self, digest: &str, until: &str) {
        self.earlier.pop_if(|last| last.digest == digest);
        self.add(Earlier { digest: digest.to_owned(), until: until.to_owned(), left: true });
    }

    fn add(&mut self, earlier: Earlier) {
        self.earlier.push(earlier);
        let excess = self.earlier.len().saturating_sub(MOST_EARLIER);
        self.earlier.drain(..excess);
    }

    /// Returns the newest earlier digest that is not the current one and was not rolled back.
    #[must_use]
    pub fn previous(&self, leads_to_now: impl Fn(&str) -> bool) -> Option<&str> {
        let mut earlier = self.newest_first().into_iter().filter(|it| !it.left);
        earlier.find(|it| !leads_to_now(&it.digest)).map(|it| it.digest.as_str())
    }

    /// Returns the earlier digests, without duplicates, newest first.
    #[must_use]
    pub fn newest_first(&self) -> Vec<&Earlier> {
        newest_first(&self.earlier)
    }
}

/// Returns digests without duplicates, newest first.
#[must_use]
pub fn newest_first(earlier: &[Earlier]) -> Vec<&Earlier> {
    let mut found: Vec<&Earlier> = Vec::new();
    for it in earlier.iter().rev() {
        if found.iter().all(|known| known.digest != it.digest) {
            found.push(it);
        }
    }
    found
}

/// A guard that keeps other runs from changing what is known.
#[derive(Debug)]
pub(super) struct Locked {
    _file: File,
}

/// The memory file. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Memory {
    file: PathBuf,
}

impl Memory {
    /// Creates a memory with this file, without reading it.
    #[must_use]
    pub fn new(file: PathBuf) -> Self {
        Self { file }
    }

    /// Returns the file.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Reads what is known; nothing if there is no file.
    ///
    /// # Errors
    /// When the file cannot be read, or was written by a newer shipshape.
    pub fn read(&self) -> Result<Known> {
        let Some(bytes) = whole_file::read(&self.file)? else { return Ok(Known::default()) };
        let known: Known = serde_json::from_slice(&bytes).map_err(|error| {
            Error::failed("the image state file cannot be read")
                .in_file(&self.file)
                .caused_by(error)
                .hint("remove the file: only holds and the digests to roll back to are lost")
        })?;
        if known.version > VERSION {
            return Err(Error::usage(format!(
                "the image state file has version {}, and only {VERSION} is supported",
                known.version
            ))
            .in_file(&self.file)
            .hint("a newer version of shipshape wrote it: update shipshape"));
        }
        Ok(known)
    }

    /// Changes what is known, preserving what other runs have written.
    ///
    /// # Errors
    /// When the file cannot be read or written; it stays unchanged.
    pub fn change<T>(&self, change: impl FnOnce(&mut Known) -> T) -> Result<T> {
        self.change_locked(change).map(|(changed, _)| changed)
    }

    /// Like [`Self::change`], and returns the lock, which keeps other runs from changing anything.
    fn change_locked<T>(&self, change: impl FnOnce(&mut Known) -> T) -> Result<(T, Locked)> {
        let lock = Locked { _file: self.lock()? };
        let mut known = self.read()?;
        let changed = change(&mut known);
        let mut text = serde_json::to_vec_pretty(&known)
            .map_err(|error| Error::failed("cannot write JSON").caused_by(error))?;
        text.push(b'\n');
        whole_file::replace_private(&self.file, &text)?;
        Ok((changed, lock))
    }

    /// Like [`Self::change`], but does not block the async threads.
    pub(super) async fn change_apart<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Known) -> T + Send + 'static,
    ) -> Result<T> {
        self.change_and_keep(change).await.map(|(changed, _)| changed)
    }

    /// Like [`Self::change_apart`], and returns the lock, so that the caller can act on the change before other runs.
    pub(super) async fn change_and_keep<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Known) -> T + Send + 'static,
    ) -> Result<(T, Locked)> {
        let memory = self.clone();
        let done = tokio::task::spawn_blocking(move || memory.change_locked(change)).await;
        done.unwrap_or_else(|error| {
            Err(Error::failed("writing the image state was interrupted").caused_by(error))
        })
    }

    /// Locks the file for a change. The lock file is never removed, which would let two runs lock it.
    fn lock(&self) -> Result<File> {
        let lock = lock_file(&self.file);
        let failed = |cause: &std::io::Error| {
            Error::failed("cannot lock the image state file")
                .in_file(&lock)
                .caused_by(cause)
                .hint("name another file with --state FILE")
        };
        if let Some(folder) = self.file.parent().filter(|it| !it.as_os_str().is_empty()) {
            private_files::folder(folder).map_err(|cause| failed(&cause))?;
        }
        let file =
            private_files::open(&lock, File::options().create(true).truncate(false).write(true));
        let file = file.map_err(|cause| failed(&cause))?;
        match file.lock() {
            // Some network file systems do not support locks; changes are short anyway.
            Ok(()) => Ok(file),
            Err(cause) if cause.kind() == std::io::ErrorKind::Unsupported => Ok(file),
            Err(cause) => Err(failed(&cause)),
        }
    }
}

fn lock_file(file: &Path) -> PathBuf {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    file.with_file_name(format!("{name}.lock"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image() -> Reference {
        Reference::parse("ghcr.io/acme/x:latest").expect("an image")
    }

    #[test]
    fn two_runs_lose_nothing_of_each_other() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("state/images.json");
        std::thread::scope(|scope| {
            for worker in 0..4 {
                let memory = Memory::new(file.clone());
                scope.spawn(move || {
                    for round in 0..5 {
                        let digest = format!("{worker}-{round}");
                        let told =
                            memory.change(|known| known.entry(&image()).remember(&digest, "now"));
                        told.expect("written");
                    }
                });
            }
        });
        let known = Memory::new(file.clone()).read().expect("readable").image(&image());
        assert_eq!(known.earlier.len(), 20);
        assert_eq!(private_files::openness(&file), None);
        std::fs::write(&file, "{\"version\": 2}").expect("written");
        assert!(Memory::new(file.clone()).change(|_| ()).is_err());
        std::fs::write(&file, "no JSON").expect("written");
        let error = Memory::new(file.clone()).read().expect_err("damaged");
        assert!(error.place().is_some() && !error.hints().is_empty(), "{error}");
        assert_eq!(std::fs::read_to_string(&file).expect("there"), "no JSON");
    }

    #[test]
    fn what_follows_from_a_change_is_done_before_the_next_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let memory = Memory::new(folder.path().join("images.json"));
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let kept = runtime.block_on(memory.change_and_keep(|_| ())).expect("changed");
        let lock = File::open(lock_file(memory.file())).expect("a lock");
        assert!(matches!(lock.try_lock(), Err(std::fs::TryLockError::WouldBlock)));
        drop(kept);
        assert!(lock.try_lock().is_ok());
    }

    #[test]
    fn the_previous_digest_is_not_the_one_that_is_here() {
        let mut known = KnownImage::default();
        assert_eq!(known.previous(|_| false), None);
        for digest in ["a", "b", "b", "c"] {
            known.remember(digest, "then");
        }
        assert_eq!(known.earlier.len(), 3);
        assert_eq!(known.previous(|it| it == "d"), Some("c"));
        // Remembered, and killed before the tag moved.
        assert_eq!(known.previous(|it| it == "c"), Some("b"));
        for number in 0..30 {
            known.remember(&number.to_string(), "then");
        }
        assert_eq!((known.earlier.len(), known.previous(|_| false)), (20, Some("29")));
        // What a rollback led away from is not gone back to.
        known.leave("30", "then");
        assert_eq!(known.previous(|it| it == "29"), Some("28"));
        known.remember("31", "then");
        known.remember("30", "then");
        assert_eq!(known.previous(|_| false), Some("30"), "a refresh led to it again");
    }
}
