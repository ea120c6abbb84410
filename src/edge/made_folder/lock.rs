//! Turns for processes that write the same folder, so that only one at a time examines and moves it.
//!
//! The lock is on an empty file beside the folder, which its holder removes when done. A killed process leaves the
//! unlocked file, and the next one takes it over.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::edge::owner::is_foreign;
use crate::error::{Error, Result};

/// How long to wait for another's turn. Folders are written in seconds.
const PATIENCE: Duration = Duration::from_secs(120);
/// The interval between attempts.
const GLANCE: Duration = Duration::from_millis(10);

/// A turn, held until it is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    path: PathBuf,
    /// Holds the lock.
    _file: File,
}

impl Turn {
    /// Waits for this process's turn at a folder.
    pub(super) fn take(parent: &Path, name: &str) -> Result<Self> {
        let path = parent.join(format!(".{name}.shipshape-lock"));
        let refused = |cause: io::Error| super::failed("cannot lock this folder", &path, &cause);
        let folder = parent.metadata().map_err(refused)?;
        let begun = Instant::now();
        loop {
            if let Ok(found) = path.symlink_metadata() {
                refuse_strange(&found, &folder, &path)?;
            }
            let mut options = OpenOptions::new();
            options.write(true).create(true).truncate(false);
            #[cfg(unix)]
            {
                use std::os::unix::fs::OpenOptionsExt as _;
                // A link or a pipe that has replaced the file since is not opened, and does not block.
                let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
                options.custom_flags(i32::try_from(flags.bits()).unwrap_or_default());
            }
            let file = options.open(&path).map_err(refused)?;
            refuse_strange(&file.metadata().map_err(refused)?, &folder, &path)?;
            match file.try_lock() {
                // The previous holder may have removed the file: then this lock is on a file that others cannot see.
                Ok(()) if is_at(&file, &path) => return Ok(Self { path, _file: file }),
                Ok(()) => {}
                Err(TryLockError::WouldBlock) if begun.elapsed() < PATIENCE => {
                    std::thread::sleep(GLANCE);
                }
                Err(TryLockError::WouldBlock) => {
                    let error =
                        Error::failed("another run has been using this folder for too long");
                    let waited = format!("waited for {} s", PATIENCE.as_secs());
                    return Err(error.in_file(&path).caused_by(waited));
                }
                Err(TryLockError::Error(cause)) => return Err(refused(cause)),
            }
        }
    }
}

/// Refuses a file that is not a lock of ours: it has content, or another user owns it and could lock it forever.
fn refuse_strange(found: &fs::Metadata, folder: &fs::Metadata, path: &Path) -> Result<()> {
    let error = if !found.is_file() || found.len() > 0 {
        Error::usage("this was not created by shipshape, which needs the name")
    } else if is_foreign(found, folder) {
        Error::usage("another user of this machine uses this name, which shipshape needs")
    } else {
        return Ok(());
    };
    Err(error.in_file(path).hint("move it elsewhere, and try again"))
}

impl Drop for Turn {
    fn drop(&mut self) {
        // Removed before the lock is released with the file. A file that stays is taken over. Windows cannot tell the
        // file of a waiting process from a new one, so there it always stays.
        let _ = cfg!(unix) && fs::remove_file(&self.path).is_ok();
    }
}

/// Whether an open file is still the one at a path.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let id = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
    match (file.metadata().map(id), path.symlink_metadata().map(id)) {
        (Ok(ours), Ok(theirs)) => ours == theirs,
        _ => false,
    }
}

/// The file is never removed on these systems.
#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> bool {
    true
}
