//! The journal's file: a versioned SQLite database that only its owner can read.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::lease;
use super::store::Store;
use crate::edge::{private_files, whole_file};
use crate::error::{Error, Result};

/// How long a process waits for another's write.
const BUSY: Duration = Duration::from_secs(20);

/// The statements that migrate each version of the file to the next.
const MIGRATIONS: &[&str] = &[
    "
    CREATE TABLE operations (
        id INTEGER PRIMARY KEY,
        kind TEXT NOT NULL,
        key TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('running', 'finished', 'abandoned')),
        digest TEXT NOT NULL,
        input TEXT NOT NULL,
        begun_at TEXT NOT NULL,
        ended_at TEXT,
        holder TEXT NOT NULL,
        lease_until INTEGER NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX one_running ON operations (kind, key) WHERE state = 'running';
    CREATE TABLE effects (
        operation INTEGER NOT NULL REFERENCES operations (id),
        key TEXT NOT NULL,
        position INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('intended', 'failed', 'done')),
        intent TEXT NOT NULL,
        outcome TEXT,
        reason TEXT,
        tries INTEGER NOT NULL,
        changed_at TEXT NOT NULL,
        PRIMARY KEY (operation, key)
    ) STRICT;
",
    "
    ALTER TABLE operations ADD COLUMN held_since TEXT NOT NULL DEFAULT '';
",
];

/// Shows a file of version 1 as one of version 2 to who only looks: the migration would write.
const AS_OF_2: &str =
    "CREATE TEMP VIEW operations AS SELECT *, '' AS held_since FROM main.operations";

impl Store {
    pub(super) fn open(file: &Path) -> Result<Self> {
        let refused =
            |cause: &dyn std::fmt::Display| failed("cannot open the journal", file, cause);
        if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            private_files::folder(folder).map_err(|cause| refused(&cause))?;
        }
        // SQLite gives its auxiliary files the permissions of this one.
        lease::private(file).map_err(|cause| refused(&cause))?;
        let real = whole_file::followed(file).map_err(|cause| refused(&cause))?;
        let connection = Connection::open(&real).map_err(|cause| refused(&cause))?;
        let mut store = Self {
            file: file.to_owned(),
            locks: real,
            connection,
            holder: lease::holder().to_owned(),
            #[cfg(test)]
            life: None,
        };
        store.prepare()?;
        Ok(store)
    }

    /// Opens a file for reading only; `None` if it is missing.
    pub(super) fn look(file: &Path) -> Result<Option<Self>> {
        if !file.is_file() {
            return Ok(None);
        }
        let refused = |cause: rusqlite::Error| failed("cannot read the journal", file, &cause);
        // SQLite keeps its other files beside the file itself, and not beside a link to it.
        let real = whole_file::followed(file)
            .map_err(|cause| failed("cannot read the journal", file, &cause))?;
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut log = real.clone().into_os_string();
        log.push("-wal");
        let connection = if Path::new(&log).exists() {
            Connection::open_with_flags(&real, flags)
        } else {
            // Nobody has it open: all is in the one file, and SQLite need not make others to read it.
            Connection::open_with_flags(unchanging(&real), flags | OpenFlags::SQLITE_OPEN_URI)
        };
        let connection = connection.map_err(refused)?;
        let version: u32 = connection
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .map_err(refused)?;
        check_version(version as usize, file)?;
        match version {
            0 => return Ok(None),
            1 => connection.execute_batch(AS_OF_2).map_err(refused)?,
            _ => {}
        }
        Ok(Some(Self {
            file: file.to_owned(),
            locks: real,
            connection,
            holder: String::new(),
            #[cfg(test)]
            life: None,
        }))
    }

    fn prepare(&mut self) -> Result<()> {
        let file = self.file.clone();
        let refused = |cause: rusqlite::Error| failed("cannot read the journal", &file, &cause);
        self.connection.busy_timeout(BUSY).map_err(refused)?;
        let set = |name: &str, value: &str| self.connection.pragma_update(None, name, value);
        set("journal_mode", "wal").and_then(|()| set("foreign_keys", "on")).map_err(refused)?;
        // An intent lost in a power cut would be acted on twice.
        set("synchronous", "full").map_err(refused)?;
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(refused)?;
        let version: usize = transaction
            .pragma_query_value(None, "user_version", |row| row.get::<_, u32>(0))
            .map(|version| version as usize)
            .map_err(refused)?;
        for statements in check_version(version, &file)? {
            transaction.execute_batch(statements).map_err(refused)?;
        }
        let newest = u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX);
        transaction.pragma_update(None, "user_version", newest).map_err(refused)?;
        transaction.commit().map_err(refused)
    }
}

/// The URI of a file that does not change while it is read (sqlite.org/uri.html).
fn unchanging(file: &Path) -> String {
    let mut address = "file:".to_owned();
    for byte in file.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'_' | b'-' => {
                address.push(char::from(*byte));
            }
            other => address.push_str(&format!("%{other:02X}")),
        }
    }
    address + "?immutable=1"
}

/// The migrations from a version to the newest one.
fn check_version(version: usize, file: &Path) -> Result<&'static [&'static str]> {
    MIGRATIONS.get(version..).ok_or_else(|| {
        let newest = MIGRATIONS.len();
        Error::usage(format!("the journal has version {version}, and only {newest} is supported"))
            .in_file(file)
            .hint("a newer version of shipshape wrote it: update shipshape")
    })
}

pub(super) fn failed(message: &str, file: &Path, cause: &dyn std::fmt::Display) -> Error {
    Error::failed(message).in_file(file).caused_by(cause).hint(
        "give another file with `--state FILE`; its contents are looked up on the forge again",
    )
}
