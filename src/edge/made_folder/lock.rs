//! Turns of those who make the same folder: whoever looks at what stands there, and moves it, does so alone.
//!
//! The lock is on an empty file beside the folder, which the one who holds it removes when it is done. A process
//! that is killed leaves the file, without the lock; the next one takes it over.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::edge::owner::is_foreign;
use crate::error::{Error, Result};

/// How long another's turn may take. Folders are made in seconds.
const PATIENCE: Duration = Duration::from_secs(120);
/// How often is looked whether it has ended.
const GLANCE: Duration = Duration::from_millis(10);

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
                // A link or a pipe that has come to stand there since is not opened, and not waited for.
                let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
                options.custom_flags(i32::try_from(flags.bits()).unwrap_or_default());
            }
            let file = options.open(&path).map_err(refused)?;
            refuse_strange(&file.metadata().map_err(refused)?, &folder, &path)?;
            match file.try_lock() {
                // Whoever had it before removed the file: then this lock is on nothing that others see.
                Ok(()) if is_at(&file, &path) => return Ok(Self { path, _file: file }),
                Ok(()) => {}
                Err(TryLockError::WouldBlock) if begun.elapsed() < PATIENCE => {
                    std::thread::sleep(GLANCE);
                }
                Err(TryLockError::WouldBlock) => {
                    let error = Error::failed("another run has been at this folder for too long");
                    let waited = format!("it was waited for {} s", PATIENCE.as_secs());
                    return Err(error.in_file(&path).caused_by(waited));
                }
                Err(TryLockError::Error(cause)) => return Err(refused(cause)),
            }
        }
    }
}

/// Refuses what is no lock of ours: it holds something, or somebody else made it, who could hold it for ever.
fn refuse_strange(found: &fs::Metadata, folder: &fs::Metadata, path: &Path) -> Result<()> {
    let error = if !found.is_file() || found.len() > 0 {
        Error::usage("this was not made by shipshape, which needs the name")
    } else if is_foreign(found, folder) {
        Error::usage("another user of this machine has this name, which shipshape needs")
    } else {
        return Ok(());
    };
    Err(error.in_file(path).hint("move it elsewhere, and try again"))
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
