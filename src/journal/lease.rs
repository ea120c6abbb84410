//! Allows one run at a time for each operation.
//!
//! A file lock says at once whether another process is working on an operation, and disappears with that process
//! however it ends. Some network file systems do not support locks; there the lease in the journal counts until it
//! expires.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::edge::{private_files, random};

/// How long a lease lasts after its holder's last write, in seconds.
pub(super) const LEASE_SECONDS: i64 = 600;

/// How often to try a lock that is taken, and the pause in between: a look ([`is_held`]) holds the lock only for an
/// instant.
const TRIES: u32 = 4;
const BETWEEN: Duration = Duration::from_millis(25);

/// Names this process. Since the first process of every container has id 1, the name includes the host and a random
/// word.
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

/// Proof that this process holds an operation. Dropping it releases the operation.
#[derive(Debug)]
pub(super) struct Held {
    /// Kept open, since the lock lasts as long as the file is open.
    _lock: Option<File>,
}

/// The result of trying the lock.
#[derive(Debug)]
pub(super) enum Asked {
    /// This process has it.
    Ours(Held),
    /// Another process has it.
    Others,
    /// The file system does not support locks, so only the lease says.
    Untold(Held),
}

/// Tries the lock in a file, which is created if missing and never removed: removal would let two processes hold it.
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

/// Whether another process holds the lock in a file; `None` if the file system does not support locks. Creates nothing.
pub(super) fn is_held(file: &Path) -> Option<bool> {
    let Ok(lock) = File::open(file) else { return Some(false) };
    match lock.try_lock_shared() {
        Ok(()) => Some(false),
        Err(TryLockError::WouldBlock) => Some(true),
        Err(TryLockError::Error(_)) => None,
    }
}

/// Opens a file that only its owner can read, creating it if it is missing.
pub(super) fn private(file: &Path) -> io::Result<File> {
    private_files::open(file, File::options().read(true).write(true).create(true).truncate(false))
}

/// Seconds since 1970 by the system's clock: leases concern other processes, so a fixed clock does not apply.
pub(super) fn seconds() -> i64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(elapsed.as_secs()).unwrap_or(i64::MAX)
}
