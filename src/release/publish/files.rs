//! The files of a version, kept in the fleet's state folder by distribution and version.
//!
//! They are created atomically: written to a folder beside, which is then renamed. From then on a release uploads
//! exactly these bytes, whatever happens to the source; each time they are read, their hashes are compared with the
//! recorded ones. Files that a gate refused before anything was uploaded are discarded, since they belong to no
//! release. So are files made from anything but the commit that is released.

use std::path::{Path, PathBuf};

use pep440_rs::Version;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::digest::hexadecimal;
use crate::edge::whole_file;
use crate::error::{Error, Result};
use crate::index::upload::is_attestation;
use crate::package::distribution::{self, MAX_ARCHIVE_BYTES};
use crate::source::requirements::normalize;

/// The file that lists them with their hashes.
const LIST: &str = "files.json";

/// The origin of a version's files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Origin {
    /// What they were built from, for readers: a folder, a reference.
    pub source: String,
    /// The commit that they were built from, if one was requested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// When they were built, RFC 3339 in UTC.
    pub at: String,
}

/// A kept file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptFile {
    /// Its name.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its SHA-256 in hexadecimal digits.
    pub sha256: String,
}

#[derive(Serialize, Deserialize)]
struct List {
    origin: Origin,
    files: Vec<KeptFile>,
}

/// The kept files of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    folder: PathBuf,
    /// What they were made from.
    pub origin: Origin,
    /// The distributions, wheels first.
    pub files: Vec<KeptFile>,
    /// Whether an earlier run made them.
    pub before: bool,
}

impl Kept {
    /// The folder for the files of a version, beside the journal.
    #[must_use]
    pub fn place(journal: &Path, distribution: &str, version: &Version) -> PathBuf {
        let beside = journal.parent().unwrap_or(Path::new("."));
        beside.join("releases").join(normalize(distribution)).join(version.to_string())
    }

    /// The files that an earlier run kept in a folder; `None` if there are none.
    ///
    /// # Errors
    /// When they cannot be read, or have changed.
    pub fn open(folder: &Path) -> Result<Option<Self>> {
        let list = folder.join(LIST);
        let Some(bytes) = whole_file::read(&list)? else { return Ok(None) };
        let List { origin, files } = serde_json::from_slice(&bytes).map_err(|error| {
            Error::failed("the list of a release's files cannot be read")
                .in_file(&list)
                .caused_by(error)
        })?;
        for file in &files {
            let path = folder.join(&file.name);
            let changed = |why: &str| {
                Error::failed("a file that is kept for this release is not what it was")
                    .in_file(&path)
                    .caused_by(why)
                    .hint("files of a release are never built again; put it back from where it was copied, or publish \
                           the next version")
                    .hint(format!("where nothing of this version was uploaded yet: remove {}", folder.display()))
            };
            match sha256(&path)? {
                Some((found, _)) if found == file.sha256 => {}
                Some((found, _)) => {
                    return Err(changed(&format!(
                        "its sha256 is {found}, and was {}",
                        file.sha256
                    )));
                }
                None => return Err(changed("it is gone")),
            }
        }
        Ok(Some(Self { folder: folder.to_owned(), origin, files, before: true }))
    }

    /// Keeps the distributions in the folder `made`, with the attestations beside them.
    ///
    /// # Errors
    /// When there are no distributions, or they cannot be copied. Nothing is kept in that case.
    pub fn keep(folder: &Path, made: &Path, origin: Origin) -> Result<Self> {
        let unwritable = |error: std::io::Error| {
            Error::failed("cannot keep the files of this release").in_file(folder).caused_by(error)
        };
        let above = folder.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(above).map_err(unwritable)?;
        let version = folder.file_name().unwrap_or_default().to_string_lossy();
        let prefix = format!(".making-{version}-");
        remove_left(above, &prefix);
        let beside = tempfile::Builder::new().prefix(&prefix).tempdir_in(above);
        let beside = beside.map_err(unwritable)?;
        let mut files = Vec::new();
        for path in distribution::in_folder(made)? {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            copy(&path, &beside.path().join(&name)).map_err(unwritable)?;
            let Some((sha256, size)) = sha256(&beside.path().join(&name))? else { continue };
            files.push(KeptFile { name, size, sha256 });
        }
        if files.is_empty() {
            return Err(Error::usage("this folder has no wheel and no sdist").in_file(made));
        }
        for entry in std::fs::read_dir(made).map_err(unwritable)? {
            let entry = entry.map_err(unwritable)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if files.iter().any(|file| is_attestation(&name, &file.name)) {
                copy(&entry.path(), &beside.path().join(&name)).map_err(unwritable)?;
            }
        }
        // Wheels first: installers prefer them.
        files.sort_by_key(|file| (!file.name.ends_with(".whl"), file.name.clone()));
        let list = List { origin, files };
        let text = serde_json::to_string_pretty(&list)
            .map_err(|error| Error::failed("cannot write JSON").caused_by(error))?;
        std::fs::write(beside.path().join(LIST), text).map_err(unwritable)?;
        sync(beside.path()).map_err(unwritable)?;
        // Left behind by a run that was killed while discarding files.
        if folder.exists() {
            std::fs::remove_dir_all(folder).map_err(unwritable)?;
        }
        let made = beside.keep();
        std::fs::rename(&made, folder).map_err(|error| {
            // A folder left behind does no harm, and the first error matters more.
            let _ = std::fs::remove_dir_all(&made);
            unwritable(error)
        })?;
        let List { origin, files } = list;
        Ok(Self { folder: folder.to_owned(), origin, files, before: false })
    }

    /// Whether every attestation that `other` has of the same files is kept here, too.
    ///
    /// # Errors
    /// When a folder cannot be read.
    pub fn has_attestations_of(&self, other: &Self) -> Result<bool> {
        let unreadable = |error: std::io::Error| {
            Error::failed("cannot read the files of this release")
                .in_file(&other.folder)
                .caused_by(error)
        };
        for entry in std::fs::read_dir(&other.folder).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let is_one = other.files.iter().any(|file| is_attestation(&name, &file.name));
            if is_one && sha256(&path)? != sha256(&self.folder.join(&*name))? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Removes them. The list goes first, because without it nothing counts as kept.
    ///
    /// # Errors
    /// When they cannot be removed.
    pub fn discard(&self) -> Result<()> {
        let removed = std::fs::remove_file(self.folder.join(LIST))
            .and_then(|()| std::fs::remove_dir_all(&self.folder));
        removed.map_err(|error| {
            Error::failed("cannot remove the files that were refused")
                .in_file(&self.folder)
                .caused_by(error)
        })
    }

    /// The folder that contains them.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The path of a file.
    #[must_use]
    pub fn path(&self, file: &KeptFile) -> PathBuf {
        self.folder.join(&file.name)
    }

    /// The paths of all files.
    #[must_use]
    pub fn paths(&self) -> Vec<PathBuf> {
        self.files.iter().map(|file| self.path(file)).collect()
    }

    /// The wheel for any platform, or else the first wheel.
    #[must_use]
    pub fn wheel(&self) -> Option<PathBuf> {
        let wheels = || self.files.iter().filter(|file| file.name.ends_with(".whl"));
        let any = wheels().find(|file| file.name.ends_with("-none-any.whl"));
        any.or_else(|| wheels().next()).map(|file| self.path(file))
    }
}

/// Removes what runs left behind that were killed while keeping files of this version. The journal lets only one run at
/// a time keep them.
fn remove_left(folder: &Path, prefix: &str) {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries.filter(|it| it.file_name().to_string_lossy().starts_with(prefix)) {
        // A folder left behind does no harm.
        let _ = std::fs::remove_dir_all(entry.path());
    }
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    let mut source = whole_file::open(from)?;
    let mut target = std::fs::File::create(to)?;
    std::io::copy(&mut source, &mut target)?;
    Ok(())
}

/// Flushes what was written to the disk before the folder gets its final name.
fn sync(folder: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        std::fs::File::open(entry?.path())?.sync_all()?;
    }
    Ok(())
}

/// The SHA-256 and the size in bytes of a file; `None` if there is none.
fn sha256(path: &Path) -> Result<Option<(String, u64)>> {
    let bytes = whole_file::read_up_to(path, MAX_ARCHIVE_BYTES)?;
    Ok(bytes.map(|bytes| (hexadecimal(&Sha256::digest(&bytes)), bytes.len() as u64)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin() -> Origin {
        let at = "2026-11-22T12:00:00Z".to_owned();
        Origin { source: "workspace".to_owned(), at, ..Origin::default() }
    }

    #[test]
    fn files_are_kept_with_their_attestations_and_read_again() {
        let world = tempfile::tempdir().expect("a folder");
        let made = world.path().join("dist");
        std::fs::create_dir(&made).expect("a folder");
        for (name, text) in [
            ("acme-1.0.tar.gz", "sdist"),
            ("acme-1.0-py3-none-any.whl", "wheel"),
            ("acme-1.0.tar.gz.publish.attestation", "{}"),
            ("other.txt", "x"),
        ] {
            std::fs::write(made.join(name), text).expect("writable");
        }
        let left = world.path().join("releases/acme/.making-1.0-x");
        std::fs::create_dir_all(&left).expect("a folder");
        let version = "1.0".parse().expect("a version");
        let folder = Kept::place(&world.path().join("state.db"), "Acme", &version);
        assert_eq!(Kept::open(&folder), Ok(None));
        let kept = Kept::keep(&folder, &made, origin()).expect("kept");
        let names: Vec<&str> = kept.files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["acme-1.0-py3-none-any.whl", "acme-1.0.tar.gz"]);
        assert!(folder.join("acme-1.0.tar.gz.publish.attestation").is_file());
        assert!(!left.exists(), "what a killed run left is gone");
        assert!(!folder.join("other.txt").exists());
        std::fs::remove_dir_all(&made).expect("removable");
        let again = Kept::open(&folder).expect("readable").expect("kept");
        assert_eq!((again.files.clone(), again.before), (kept.files, true));

        std::fs::write(folder.join("acme-1.0.tar.gz"), "other").expect("writable");
        let error = Kept::open(&folder).expect_err("changed");
        assert!(error.message().contains("not what it was"), "{error}");
        again.discard().expect("removable");
        assert_eq!(Kept::open(&folder), Ok(None));
    }
}
