//! What no engine knows and is kept between runs, in a file beside the fleet's journal: what a tag led to
//! here before, which runtimes are held, and what a registry said last.
//!
//! In: a change. Out: the file, written whole under a lock, so that two runs lose nothing of each other. It holds no
//! secret. When it is lost, nothing that runs is: there is then nothing to roll back to by itself, and the next
//! look at the registry is a first one.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::edge::{private_files, whole_file};
use crate::error::{Error, Result};
use crate::registry::Reference;

/// The newest form of the file.
const VERSION: u32 = 1;

/// Digests that are remembered of an image, the newest.
const MOST_EARLIER: usize = 20;

/// What is kept of all images, by name and tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    version: u32,
    /// By `ghcr.io/acme/template-hermes:latest`.
    #[serde(default)]
    images: BTreeMap<String, KnownImage>,
}

impl Default for Known {
    fn default() -> Self {
        Self { version: VERSION, images: BTreeMap::new() }
    }
}

/// What is kept of one image.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KnownImage {
    /// That it is held where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold: Option<Hold>,
    /// What its tag led to here before, the oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<Earlier>,
    /// What the registry said last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seen: Option<Seen>,
}

/// That an image is held where it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Hold {
    /// Why, in somebody's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Since when, RFC 3339.
    pub since: String,
    /// The digest that it was brought back to, where a rollback holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back: Option<String>,
}

/// What a tag led to here before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Earlier {
    /// The digest.
    pub digest: String,
    /// Until when, RFC 3339.
    pub until: String,
    /// Whether a rollback led away from it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub left: bool,
}

/// What a registry said last of a tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// The digest that it led to.
    pub digest: String,
    /// The mark to ask with next time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// Whether it is not brought here yet, since that failed.
    #[serde(default)]
    pub due: bool,
}

impl Known {
    /// What is known of an image.
    #[must_use]
    pub fn image(&self, image: &Reference) -> KnownImage {
        self.images.get(&image.to_string()).cloned().unwrap_or_default()
    }

    /// The images that are held where they are, by name and tag.
    pub fn held(&self) -> impl Iterator<Item = (&str, &Hold)> {
        self.images.iter().filter_map(|(image, known)| Some((image.as_str(), known.hold.as_ref()?)))
    }

    /// What is known of an image, to be changed.
    pub fn entry(&mut self, image: &Reference) -> &mut KnownImage {
        self.images.entry(image.to_string()).or_default()
    }
}

impl KnownImage {
    /// Remembers what the tag leads to until now.
    pub fn remember(&mut self, digest: &str, until: &str) {
        if self.earlier.last().is_some_and(|last| last.digest == digest) {
            return;
        }
        self.add(Earlier { digest: digest.to_owned(), until: until.to_owned(), left: false });
    }

    /// Remembers what the tag led to until a rollback led away from it: no rollback leads there again, unless it is named.
    pub fn leave(&mut self, digest: &str, until: &str) {
        self.earlier.pop_if(|last| last.digest == digest);
        self.add(Earlier { digest: digest.to_owned(), until: until.to_owned(), left: true });
    }

    fn add(&mut self, earlier: Earlier) {
        self.earlier.push(earlier);
        let excess = self.earlier.len().saturating_sub(MOST_EARLIER);
        self.earlier.drain(..excess);
    }

    /// The newest digest that the tag led to before and does not lead to now, and that no rollback led away from.
    #[must_use]
    pub fn previous(&self, leads_to_now: impl Fn(&str) -> bool) -> Option<&str> {
        let mut earlier = self.newest_first().into_iter().filter(|it| !it.left);
        earlier.find(|it| !leads_to_now(&it.digest)).map(|it| it.digest.as_str())
    }

    /// What the tag led to before, each digest once, the newest first.
    #[must_use]
    pub fn newest_first(&self) -> Vec<&Earlier> {
        newest_first(&self.earlier)
    }
}

/// Digests that a tag led to, each once, the newest first.
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

/// That no other run changes what is known, for as long as this is kept.
#[derive(Debug)]
pub(super) struct Locked {
    _file: File,
}

/// The file. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Memory {
    file: PathBuf,
}

impl Memory {
    /// The memory that is kept in a file; nothing is read yet.
    #[must_use]
    pub fn new(file: PathBuf) -> Self {
        Self { file }
    }

    /// Where it is kept.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// What is known. Nothing, when there is no file.
    ///
    /// # Errors
    /// When the file cannot be read, or a newer shipshape wrote it.
    pub fn read(&self) -> Result<Known> {
        let Some(bytes) = whole_file::read(&self.file)? else { return Ok(Known::default()) };
        let known: Known = serde_json::from_slice(&bytes).map_err(|error| {
            Error::failed("what is remembered of images cannot be read")
                .in_file(&self.file)
                .caused_by(error)
                .hint("remove the file: digests to roll back to and holds are lost with it, and nothing else")
        })?;
        if known.version > VERSION {
            return Err(Error::usage(format!(
                "what is remembered of images is of version {}, and only {VERSION} is known",
                known.version
            ))
            .in_file(&self.file)
            .hint("a newer shipshape wrote it: update yours"));
        }
        Ok(known)
    }

    /// Changes what is known. What another run has written meanwhile stays.
    ///
    /// # Errors
    /// When the file cannot be read or written; it is then as it was.
    pub fn change<T>(&self, change: impl FnOnce(&mut Known) -> T) -> Result<T> {
        self.change_locked(change).map(|(changed, _)| changed)
    }

    /// The same, with the lock: as long as that is kept, no other run changes anything.
    fn change_locked<T>(&self, change: impl FnOnce(&mut Known) -> T) -> Result<(T, Locked)> {
        let lock = Locked { _file: self.lock()? };
        let mut known = self.read()?;
        let changed = change(&mut known);
        let mut text = serde_json::to_vec_pretty(&known)
            .map_err(|error| Error::failed("cannot write JSON").caused_by(error))?;
        text.push(b'\n');
        whole_file::replace(&self.file, &text)?;
        Ok((changed, lock))
    }

    /// The same away from the threads that wait for the network.
    pub(super) async fn change_apart<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Known) -> T + Send + 'static,
    ) -> Result<T> {
        self.change_and_keep(change).await.map(|(changed, _)| changed)
    }

    /// The same, with the lock: what follows from the change is done before another run changes anything.
    pub(super) async fn change_and_keep<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Known) -> T + Send + 'static,
    ) -> Result<(T, Locked)> {
        let memory = self.clone();
        let done = tokio::task::spawn_blocking(move || memory.change_locked(change)).await;
        done.unwrap_or_else(
            |error| Err(Error::failed("remembering was cut short").caused_by(error)),
        )
    }

    /// A lock for the moment of a change. It stays as a file: removing it would let two have it.
    fn lock(&self) -> Result<File> {
        let lock = lock_file(&self.file);
        let failed = |cause: &std::io::Error| {
            Error::failed("cannot lock what is remembered of images")
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
            // Some network file systems do not lock; a change is short all the same.
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
