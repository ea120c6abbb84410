//! A folder that this tool makes, and replaces only when all in it is its own.
//!
//! What is made is written into a folder beside it under a temporary name, and moved into place when it is
//! whole: readers see the old folder or the new one. A run that fails removes what it wrote; one that is killed
//! leaves a temporary folder that the next run removes, knowing by a lock that nobody works in it any more.
//! Between the two renames that replace an old folder a killed process can leave it under its second
//! temporary name; the next run puts it back.
//!
//! A marker file in the folder says what was made. Whatever else is found there is somebody's, and the folder
//! is refused.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::Digest as _;
use tempfile::TempDir;

use crate::error::{Error, Result};

/// The name of the marker.
pub const MARKER: &str = ".shipshape-made.json";

const SCHEMA: &str = "shipshape/made/1";

/// More is not read of a marker: 64 MiB.
const MAX_MARKER_BYTES: u64 = 64 << 20;

#[derive(Debug, Default, Serialize, Deserialize)]
struct Marker {
    schema: String,
    /// Hashes by path.
    files: BTreeMap<String, String>,
    /// Beginnings of paths whose files any build may have replaced.
    loose: Vec<String>,
}

/// A folder in the making.
#[derive(Debug)]
pub struct Making {
    target: PathBuf,
    staging: TempDir,
    /// Held, so that others know that somebody works here.
    lock: File,
}

impl Making {
    /// Begins to make a folder, after making sure that what stands there may be replaced.
    ///
    /// # Errors
    /// When something foreign stands there (usage), or the file system refuses.
    pub fn begin(target: &Path) -> Result<Self> {
        let target = whole(target)?;
        let (parent, name) = split(&target)?;
        fs::create_dir_all(&parent)
            .map_err(|cause| failed("cannot make this folder", &parent, &cause))?;
        recover(&parent, &name, &target);
        check(&target)?;
        let refused = |cause: io::Error| failed("cannot write into this folder", &parent, &cause);
        let mut builder = tempfile::Builder::new();
        let prefix = staging_prefix(&name);
        builder.prefix(&prefix);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            builder.permissions(fs::Permissions::from_mode(0o777));
        }
        let staging = builder.tempdir_in(&parent).map_err(refused)?;
        let lock = File::create(staging.path().join(MARKER)).map_err(refused)?;
        lock.lock().map_err(refused)?;
        Ok(Self { target, staging, lock })
    }

    /// Where to write until it is whole.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.staging.path()
    }

    /// Where it will stand.
    #[must_use]
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Puts the folder into place. `files` are the hashes of all that was written, by path.
    ///
    /// # Errors
    /// When the file system refuses; what stood there still does.
    pub fn finish(mut self, files: BTreeMap<String, String>, loose: Vec<String>) -> Result<()> {
        let marker = Marker { schema: SCHEMA.to_owned(), files, loose };
        let refused = |cause: io::Error| failed("cannot write this folder", &self.target, &cause);
        let text = serde_json::to_vec(&marker).map_err(io::Error::other).map_err(refused)?;
        self.lock.write_all(&text).map_err(refused)?;
        let (parent, name) = split(&self.target)?;
        let old = parent.join(old_name(&name));
        // Making a folder may take its time: look again for what came meanwhile.
        check(&self.target)?;
        let had_old = self.target.symlink_metadata().is_ok();
        if had_old {
            fs::rename(&self.target, &old).map_err(refused)?;
        }
        if let Err(cause) = fs::rename(self.staging.path(), &self.target) {
            if had_old {
                // If this fails too, the next run finds it by its name.
                let _ = fs::rename(&old, &self.target);
            }
            return Err(refused(cause));
        }
        self.staging.disable_cleanup(true);
        if had_old {
            fs::remove_dir_all(&old)
                .map_err(|cause| failed("cannot remove the old folder", &old, &cause))?;
        }
        Ok(())
    }
}

fn failed(message: &str, path: &Path, cause: &io::Error) -> Error {
    Error::failed(message).in_file(path).caused_by(cause)
}

/// The path without links and dots, as far as it exists.
fn whole(target: &Path) -> Result<PathBuf> {
    let absolute =
        std::path::absolute(target).map_err(|cause| failed("this is no path", target, &cause))?;
    if let Ok(known) = absolute.canonicalize() {
        return Ok(known);
    }
    let known = absolute.parent().and_then(|parent| parent.canonicalize().ok());
    match (known, absolute.file_name()) {
        (Some(parent), Some(name)) => Ok(parent.join(name)),
        _ => Ok(absolute),
    }
}

fn split(target: &Path) -> Result<(PathBuf, String)> {
    match (target.parent(), target.file_name()) {
        (Some(parent), Some(name)) => Ok((parent.to_owned(), name.to_string_lossy().into_owned())),
        _ => Err(Error::usage("this folder cannot be made anew")
            .in_file(target)
            .hint("name one in it")),
    }
}

fn staging_prefix(name: &str) -> String {
    format!(".{name}.shipshape-new-")
}

fn old_name(name: &str) -> String {
    format!(".{name}.shipshape-old")
}

/// Clears away what killed runs left. What cannot be cleared is left for the next one.
fn recover(parent: &Path, name: &str, target: &Path) {
    let old = parent.join(old_name(name));
    if old.is_dir() {
        let _ = if target.symlink_metadata().is_err() {
            fs::rename(&old, target)
        } else {
            fs::remove_dir_all(&old)
        };
    }
    let prefix = staging_prefix(name);
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        if !entry.file_name().to_string_lossy().starts_with(&prefix) {
            continue;
        }
        // One without a marker was just begun, by a run that lives or one that died at once.
        let marker = File::open(entry.path().join(MARKER));
        if marker.is_ok_and(|marker| marker.try_lock().is_ok()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Refuses a target that holds anything that was not made here.
fn check(target: &Path) -> Result<()> {
    let metadata = match target.symlink_metadata() {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(cause) => return Err(failed("cannot look at this folder", target, &cause)),
        Ok(metadata) => metadata,
    };
    let hint = "name another folder; this one is left as it is";
    if !metadata.is_dir() {
        return Err(Error::usage("this is a file, and a folder is to be made")
            .in_file(target)
            .hint(hint));
    }
    if std::env::current_dir()
        .and_then(|here| here.canonicalize())
        .is_ok_and(|here| here.starts_with(target))
    {
        let message = "the current folder lies in it, and would be replaced under your feet";
        return Err(Error::usage(message)
            .in_file(target)
            .hint("name a new folder, such as `--out build`"));
    }
    let found = files_below(target)
        .map_err(|cause| failed("cannot look at this folder", target, &cause))?;
    if found.is_empty() {
        return Ok(());
    }
    let Some(marker) = read_marker(&target.join(MARKER)) else {
        let message = "the folder is not empty, and was not made by shipshape";
        return Err(Error::usage(message).in_file(target).hint(hint));
    };
    let foreign = found.par_iter().find_map_first(|path| marker.foreign(target, path));
    match foreign {
        None => Ok(()),
        Some(why) => Err(Error::usage(why.message).in_file(target.join(why.path)).hint(hint)),
    }
}

struct Foreign {
    path: String,
    message: &'static str,
}

impl Marker {
    fn foreign(&self, target: &Path, path: &str) -> Option<Foreign> {
        let derived = path.contains("__pycache__/");
        if path == MARKER
            || derived
            || self.loose.iter().any(|prefix| path.starts_with(prefix.as_str()))
        {
            return None;
        }
        let message = match self.files.get(path) {
            None => "the folder holds a file that shipshape did not make",
            Some(hash) => match hash_of(&target.join(path)) {
                Ok(known) if known == *hash => return None,
                _ => "a file of the folder has been changed since it was made",
            },
        };
        Some(Foreign { path: path.to_owned(), message })
    }
}

fn read_marker(path: &Path) -> Option<Marker> {
    let file =
        File::open(path).ok().filter(|_| path.symlink_metadata().is_ok_and(|it| it.is_file()))?;
    let mut text = String::new();
    file.take(MAX_MARKER_BYTES).read_to_string(&mut text).ok()?;
    let marker: Marker = serde_json::from_str(&text).ok()?;
    (marker.schema == SCHEMA).then_some(marker)
}

fn hash_of(path: &Path) -> io::Result<String> {
    if !path.symlink_metadata()?.is_file() {
        return Err(io::Error::other("is no file"));
    }
    let mut hasher = sha2::Sha256::new();
    let mut file = File::open(path)?;
    let mut buffer = vec![0; 64 << 10];
    loop {
        let read = file.read(&mut buffer)?;
        match buffer.get(..read) {
            Some(chunk) if !chunk.is_empty() => hasher.update(chunk),
            _ => break,
        }
    }
    Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Everything below a folder that is no folder, by relative path.
fn files_below(root: &Path) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    let mut waiting = vec![(root.to_owned(), String::new())];
    while let Some((folder, prefix)) = waiting.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                waiting.push((entry.path(), format!("{path}/")));
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests;
