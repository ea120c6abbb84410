//! One run at a time for each operation.
//!
//! A lock on a file says at once whether another process is at it, and goes with that process however it
//! ends. Some network file systems do not lock; there the lease that is written in the journal counts until
//! it runs out.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::edge::{private_files, random};

/// How long a lease lasts after the last thing that its holder wrote, in seconds.
pub(super) const LEASE_SECONDS: i64 = 600;

/// How often a lock that is taken is asked for, and how long is waited in between: a look ([`is_held`]) has it for an instant.
const TRIES: u32 = 4;
const BETWEEN: Duration = Duration::from_millis(25);

/// The first process of every container is process 1, so the host and a word that is this process's own tell them apart.
pub(super) fn holder() -> &'static str {
    static HOLDER: OnceLock<String> = OnceLock::new();
    HOLDER.get_or_init(|| {
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let host = match host.trim() {
            "" => String::new(),
            host => format!(" on {host}"),
        };
        let word = random::word().unwrap_or_default();
        let word = word.get(..6).map(|word| format!(" ({word})")).unwrap_or_default();
        format!("process {}{host}{word}", std::process::id())
    })
}

/// That an operation is ours. Dropping it gives the operation free.
#[derive(Debug)]
pub(super) struct Held {
    /// Kept open: the lock lasts as long.
    _lock: Option<File>,
}

/// What came of asking for the lock.
#[derive(Debug)]
pub(super) enum Asked {
    /// It is ours.
    Ours(Held),
    /// Another process has it.
    Others,
    /// This file system does not lock, so only the lease can tell.
    Untold(Held),
}

/// Asks for the lock in a file, which is made and left there: removing it would let two have it.
pub(super) fn ask(file: &Path) -> io::Result<Asked> {
    let lock = private(file)?;
    let mut asked = lock.try_lock();
    for _ in 1..TRIES {
        if !matches!(asked, Err(TryLockError::WouldBlock)) {
            break;
        }
        thread::sleep(BETWEEN);
        asked = lock.try_lock();
    }
    Ok(match asked {
        Ok(()) => Asked::Ours(Held { _lock: Some(lock) }),
        Err(TryLockError::WouldBlock) => Asked::Others,
        Err(TryLockError::Error(_)) => Asked::Untold(Held { _lock: None }),
    })
}

/// Whether another process has the lock in a file; `None` where this file system does not lock. Nothing is made or kept.
pub(super) fn is_held(file: &Path) -> Option<bool> {
    let Ok(lock) = File::open(file) else { return Some(false) };
    match lock.try_lock_shared() {
        Ok(()) => Some(false),
        Err(TryLockError::WouldBlock) => Some(true),
        Err(TryLockError::Error(_)) => None,
    }
}

/// Opens a file that only its owner can read, and makes it when there is none.
pub(super) fn private(file: &Path) -> io::Result<File> {
    private_files::open(file, File::options().read(true).write(true).create(true).truncate(false))
}

/// Seconds since 1970 by the system's clock: a lease is about processes, so a fixed clock does not count.
pub(super) fn seconds() -> i64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(elapsed.as_secs()).unwrap_or(i64::MAX)
}
