//! A folder that this tool creates, and replaces only if everything in it is its own.
//!
//! The folder is written beside its target under a temporary name, and moved into place when complete: readers see the
//! old folder or the new one. A run that fails removes what it wrote; one that is killed leaves a temporary folder,
//! which the next run removes once a lock shows that nobody uses it any more. A process that is killed between the two
//! renames that replace an old folder leaves it under its second temporary name; the next run puts it back. Runs that
//! write the same folder take turns at all of this, and the last one wins.
//!
//! A marker file in the folder lists what was written. Which other files may be removed is fixed by the program, as
//! [`Loose`], and never by the marker, which anyone may have written. If there are any other files, the folder is
//! refused. The same applies to a folder under the second temporary name.

mod lock;
mod marker;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use tempfile::TempDir;

use super::whole_file;
use crate::error::{Error, Result};
use lock::Turn;
use marker::{Marker, hash_of};

pub use marker::{Loose, MARKER};

/// A folder that is being written.
#[derive(Debug)]
pub struct Making {
    target: PathBuf,
    staging: TempDir,
    loose: Loose,
    /// The hash of the target's marker when this began.
    before: Option<String>,
    /// Locked, so that other runs know that the folder is in use.
    lock: File,
}

impl Making {
    /// Begins to write a folder, after checking that an existing one may be replaced.
    ///
    /// # Errors
    /// When the existing folder contains foreign files (usage), or the file system refuses.
    pub fn begin(target: &Path, loose: Loose) -> Result<Self> {
        let target = whole(target)?;
        let (parent, name) = split(&target)?;
        fs::create_dir_all(&parent)
            .map_err(|cause| failed("cannot create this folder", &parent, &cause))?;
        let _turn = Turn::take(&parent, &name)?;
        recover(&parent, &name, &target, &loose)?;
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
        let before = hash_of(&target.join(MARKER)).ok();
        Ok(Self { target, staging, loose, before, lock })
    }

    /// The folder to write into until it is complete.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.staging.path()
    }

    /// The path that the folder will have.
    #[must_use]
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Puts the folder into place. `files` are the hashes of all files that were written, by path. Returns warnings
    /// about the replaced folder, one line each.
    ///
    /// # Errors
    /// When the file system refuses; the old folder is then still there.
    pub fn finish(mut self, files: BTreeMap<String, String>) -> Result<Vec<String>> {
        let refused = |cause: io::Error| failed("cannot write this folder", &self.target, &cause);
        let text = Marker::of(files).text().map_err(refused)?;
        self.lock.write_all(&text).map_err(refused)?;
        let ours = hash_of(&self.staging.path().join(MARKER)).map_err(refused)?;
        let (parent, name) = split(&self.target)?;
        let old = parent.join(old_name(&name));
        let _turn = Turn::take(&parent, &name)?;
        // The folder may have changed while the new one was written.
        set_right(&old, &self.target, &self.loose)?;
        let mut notes = Vec::new();
        let now = hash_of(&self.target.join(MARKER)).ok();
        if now.as_ref().is_some_and(|now| *now != ours) && now != self.before {
            notes.push(format!(
                "another build wrote something else to {} in the meantime, which this build replaced: concurrent \
                 builds need separate folders",
                self.target.display()
            ));
        }
        let had_old = self.target.symlink_metadata().is_ok();
        if had_old {
            fs::rename(&self.target, &old).map_err(refused)?;
        }
        if let Err(cause) = fs::rename(self.staging.path(), &self.target) {
            if had_old {
                // If this fails too, the next run finds the folder by its name.
                let _ = fs::rename(&old, &self.target);
            }
            return Err(refused(cause));
        }
        self.staging.disable_cleanup(true);
        let left = if had_old { clear(&old).err() } else { None };
        notes.extend(left.map(|cause| {
            format!(
                "the previous folder is left at {}: {cause}; the next build tries again",
                old.display()
            )
        }));
        Ok(notes)
    }
}

impl Making {
    /// Puts the folder into place for a person who will work in it, without our marker.
    ///
    /// # Errors
    /// When the file system refuses. A run that is killed leaves no folder, or a complete one with the marker.
    pub fn give(self) -> Result<()> {
        let target = self.target.clone();
        let refused = |cause: io::Error| failed("cannot write this folder", &target, &cause);
        let mut files = BTreeMap::new();
        for path in files_below(self.staging.path()).map_err(refused)? {
            if path != MARKER {
                let hash = marker::hash_of(&self.staging.path().join(&path)).map_err(refused)?;
                files.insert(path, hash);
            }
        }
        self.finish(files)?;
        fs::remove_file(target.join(MARKER)).map_err(refused)
    }
}

fn failed(message: &str, path: &Path, cause: &io::Error) -> Error {
    Error::failed(message).in_file(path).caused_by(cause).hint(
        "the previous content is unchanged; make sure that the parent folder is writable, and try again",
    )
}

/// The absolute path without links and dots, as far as it exists.
fn whole(target: &Path) -> Result<PathBuf> {
    let absolute = std::path::absolute(target)
        .map_err(|cause| failed("this is not a path", target, &cause))?;
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
        _ => Err(Error::usage("this folder cannot be replaced")
            .in_file(target)
            .hint("give a folder inside it")),
    }
}

fn staging_prefix(name: &str) -> String {
    format!(".{name}.shipshape-new-")
}

fn old_name(name: &str) -> String {
    format!(".{name}.shipshape-old")
}

/// Removes what killed runs left behind, and refuses foreign files. The caller has to hold the [`Turn`].
fn recover(parent: &Path, name: &str, target: &Path, loose: &Loose) -> Result<()> {
    set_right(&parent.join(old_name(name)), target, loose)?;
    let prefix = staging_prefix(name);
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        if !entry.file_name().to_string_lossy().starts_with(&prefix) {
            continue;
        }
        let marker = entry.path().join(MARKER);
        // What cannot be removed does no harm and is left for the next run.
        let _ = match whole_file::open(&marker) {
            Ok(marker) if marker.try_lock().is_ok() => fs::remove_dir_all(entry.path()),
            Ok(_) => Ok(()),
            // Killed before it wrote its marker; a folder that contains anything stays.
            Err(_) => fs::remove_dir(entry.path()),
        };
    }
    Ok(())
}

/// Resolves a folder under the second temporary name: moves it back if the target is missing, or else removes it. Both
/// are checked before either is touched.
fn set_right(old: &Path, target: &Path, loose: &Loose) -> Result<()> {
    if old.symlink_metadata().is_err() {
        return check(target, loose, OTHER_FOLDER);
    }
    check(old, loose, "a build needs this name temporarily: move what is there elsewhere")?;
    check(target, loose, OTHER_FOLDER)?;
    if target.symlink_metadata().is_err() {
        return fs::rename(old, target)
            .map_err(|cause| failed("cannot put the old folder back", old, &cause));
    }
    clear(old).map_err(|cause| failed("cannot remove the folder of an earlier run", old, &cause))
}

/// Removes a folder of ours, its marker last, so that a partially removed folder is still recognised.
fn clear(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else if entry.file_name() != MARKER {
            fs::remove_file(entry.path())?;
        }
    }
    fs::remove_dir_all(folder)
}

const OTHER_FOLDER: &str = "give another folder; this one is left as it is";

/// Refuses a folder that contains foreign files.
fn check(target: &Path, loose: &Loose, hint: &str) -> Result<()> {
    let metadata = match target.symlink_metadata() {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(cause) => return Err(failed("cannot inspect this folder", target, &cause)),
        Ok(metadata) => metadata,
    };
    if !metadata.is_dir() {
        return Err(Error::usage("this is a file, but a folder is to be created")
            .in_file(target)
            .hint(hint));
    }
    if std::env::current_dir()
        .and_then(|here| here.canonicalize())
        .is_ok_and(|here| here.starts_with(target))
    {
        let message = "the current folder is inside it and would be replaced";
        return Err(Error::usage(message)
            .in_file(target)
            .hint("give a new folder, such as `--out build`"));
    }
    let found = files_below(target)
        .map_err(|cause| failed("cannot inspect this folder", target, &cause))?;
    if found.is_empty() {
        return Ok(());
    }
    let Some(marker) = Marker::read(&target.join(MARKER)) else {
        let message = "the folder is not empty, and was not created by shipshape";
        return Err(Error::usage(message).in_file(target).hint(hint));
    };
    let foreign = found.par_iter().find_map_first(|path| {
        let message = marker.foreign(target, path, loose)?;
        Some((path, message))
    });
    match foreign {
        None => Ok(()),
        Some((path, message)) => Err(Error::usage(message).in_file(target.join(path)).hint(hint)),
    }
}

/// The relative paths of everything below a folder except folders.
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
