//! Turns of those who make the same folder: whoever looks at what stands there, and moves it, does so alone.
//!
//! The lock is on an empty file beside the folder, which the one who holds it removes when it is done. A process
//! that is killed leaves the file, without the lock; the next one takes it over.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// A turn, until it is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    path: PathBuf,
    /// Holds the lock.
    _file: File,
}

impl Turn {
    /// Waits until it is this process's turn at a folder.
    pub(super) fn take(parent: &Path, name: &str) -> Result<Self> {
        let path = parent.join(format!(".{name}.shipshape-lock"));
        let refused = |cause: io::Error| super::failed("cannot lock this folder", &path, &cause);
        loop {
            if let Ok(found) = path.symlink_metadata()
                && (!found.is_file() || found.len() > 0)
            {
                let error = Error::usage("this was not made by shipshape, which needs the name");
                return Err(error.in_file(&path).hint("move it elsewhere, and try again"));
            }
            let mut options = OpenOptions::new();
            let file =
                options.write(true).create(true).truncate(false).open(&path).map_err(refused)?;
            file.lock().map_err(refused)?;
            // Whoever had it before removed the file: then this lock is on nothing that others see.
            if is_at(&file, &path) {
                return Ok(Self { path, _file: file });
            }
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        // Before the lock goes with the file. One that stays, as it does where whoever waits has it open and
        // it cannot be told from a new one, is taken over.
        let _ = cfg!(unix) && fs::remove_file(&self.path).is_ok();
    }
}

/// Whether a file that was opened is still the one at a path.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let id = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
    match (file.metadata().map(id), path.symlink_metadata().map(id)) {
        (Ok(ours), Ok(theirs)) => ours == theirs,
        _ => false,
    }
}

/// The file is never removed there.
#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> bool {
    true
}
