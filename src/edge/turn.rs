//! Turns at a file that several runs read, change and replace, so that none loses what another has just written.
//!
//! The lock is on the file's folder: the file itself is replaced, and a file for the lock would be litter among the
//! user's. It ends with the process that holds it. Where folders cannot be locked (some network file systems, systems
//! other than Unix), there is no waiting. Turns are short: nothing is judged and no forge is asked during one, and no run
//! has two at once.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use super::whole_file;
use crate::error::{Error, Result};

/// How long to wait for another run's turn to end.
const WAIT: Duration = Duration::from_secs(10);
const BETWEEN: Duration = Duration::from_millis(10);

/// This run's turn at a file, until it is dropped.
#[derive(Debug)]
pub struct Turn {
    file: PathBuf,
    _lock: Option<File>,
}

impl Turn {
    /// Waits for a turn at a file, which need not exist.
    ///
    /// # Errors
    /// When other runs keep it for longer than a few seconds.
    pub fn at(file: &Path) -> Result<Self> {
        Self::within(file, WAIT)
    }

    fn within(file: &Path, wait: Duration) -> Result<Self> {
        let turn = |lock| Self { file: file.to_owned(), _lock: lock };
        // Writing the file says what is wrong with its folder.
        let Some(folder) = opened_folder(file) else { return Ok(turn(None)) };
        let begun = Instant::now();
        loop {
            match folder.try_lock() {
                Ok(()) => return Ok(turn(Some(folder))),
                Err(TryLockError::Error(_)) => return Ok(turn(None)),
                Err(TryLockError::WouldBlock) if begun.elapsed() < wait => thread::sleep(BETWEEN),
                Err(TryLockError::WouldBlock) => {
                    return Err(Error::failed("another run is changing a file in this folder")
                        .in_file(file)
                        .hint("run the command again when the other run has ended"));
                }
            }
        }
    }

    /// Reads the file; `None` if it does not exist.
    ///
    /// # Errors
    /// Those of [`whole_file::read`].
    pub fn read(&self) -> Result<Option<Vec<u8>>> {
        whole_file::read(&self.file)
    }

    /// Replaces the file and ends the turn.
    ///
    /// # Errors
    /// Those of [`whole_file::replace`].
    pub fn replace(self, bytes: &[u8]) -> Result<()> {
        whole_file::replace(&self.file, bytes)
    }
}

/// The folder of a file, behind links: two names of one file are in one folder.
fn opened_folder(file: &Path) -> Option<File> {
    File::open(whole_file::followed(file).ok()?.parent()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_another_turn_wrote_is_lost() {
        let folder = tempfile::tempdir().expect("a folder");
        let (file, link) = (folder.path().join("list"), folder.path().join("sub/link"));
        std::fs::create_dir(folder.path().join("sub")).expect("made");
        std::os::unix::fs::symlink("../list", &link).expect("a link");
        std::thread::scope(|scope| {
            for number in 0..8 {
                let name = if number % 2 == 0 { &file } else { &link };
                scope.spawn(move || {
                    for _ in 0..5 {
                        let turn = Turn::at(name).expect("a turn");
                        let mut bytes = turn.read().expect("readable").unwrap_or_default();
                        bytes.push(b'x');
                        turn.replace(&bytes).expect("writable");
                    }
                });
            }
        });
        assert_eq!(whole_file::read(&file).expect("readable").map(|it| it.len()), Some(40));
        let files = std::fs::read_dir(folder.path()).expect("readable").count();
        assert_eq!(files, 2, "nothing but the list and the folder");
    }

    #[test]
    fn a_turn_that_does_not_end_is_not_waited_for_long() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("list");
        let turn = Turn::at(&file).expect("a turn");
        let error = Turn::within(&file, Duration::from_millis(30)).expect_err("taken");
        assert!(error.to_string().contains("another run") && error.place().is_some(), "{error}");
        drop(turn);
        Turn::within(&file, Duration::ZERO).expect("free");
        Turn::at(Path::new("/nowhere/at/all/list")).expect("left to writing it");
    }
}
