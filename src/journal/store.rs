//! The stored form of operations and effects.
//!
//! Each write is one transaction. Writes wait for each other; a reader never waits for a writer.

mod change;

use std::path::PathBuf;

use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};
use serde_json::Value;
use sha2::Digest as _;

use super::file::failed;
use super::lease::{Asked, Held, LEASE_SECONDS, ask, is_held, seconds};
use super::{EffectRecord, EffectState, OperationName, Unfinished};
use crate::error::{Error, Result};

/// The result of beginning an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Began {
    /// It is new.
    Now { id: i64 },
    /// It was begun before, with the same input.
    Before { id: i64 },
    /// It was begun before with another input, and an effect was tried.
    Otherwise { since: String },
}

/// An open journal.
#[derive(Debug)]
pub(super) struct Store {
    /// As it was named.
    pub(super) file: PathBuf,
    /// Where it is, and its locks beside it: by whatever link it is opened, they are the same.
    pub(super) locks: PathBuf,
    pub(super) connection: Connection,
    pub(super) holder: String,
    /// How many more writes a test lets through.
    #[cfg(test)]
    pub(super) life: Option<super::tests::Life>,
}

impl Store {
    /// Takes hold of an operation.
    pub(super) fn take(&mut self, name: &OperationName) -> Result<Held> {
        self.ask_for(name)?
    }

    /// Like [`Self::take`], but the inner error says which other run holds the operation.
    pub(super) fn ask_for(
        &mut self,
        name: &OperationName,
    ) -> Result<std::result::Result<Held, Error>> {
        let lock = self.lock_file(name);
        let asked = ask(&lock).map_err(|cause| failed("cannot lock the journal", &lock, &cause))?;
        let lease = self.write(|transaction| {
            transaction
                .query_row(
                    "SELECT holder || ', since ' || held_since, holder, lease_until FROM operations
                     WHERE kind = ?1 AND key = ?2 AND state = 'running'",
                    params![name.kind, name.key],
                    |row| {
                        let (told, holder): (String, String) = (row.get(0)?, row.get(1)?);
                        Ok((told, holder, row.get::<_, i64>(2)?))
                    },
                )
                .optional()
        })?;
        let others = |holder: &str| {
            Error::failed(format!(
                "another run is working on `{} {}`: {holder}",
                name.kind, name.key
            ))
        };
        Ok(match (asked, lease) {
            (Asked::Ours(held), _) => Ok(held),
            (Asked::Others, lease) => {
                let holder =
                    lease.map_or_else(|| "it has just started".to_owned(), |lease| lease.0);
                Err(others(&holder).hint("wait until it has ended, and run this again"))
            }
            (Asked::Untold(_), Some((told, holder, until)))
                if holder != self.holder && until > seconds() =>
            {
                let left = until - seconds();
                Err(others(&told).hint(format!(
                    "if it has died, its lease expires in {left} seconds: this file system cannot tell"
                )))
            }
            (Asked::Untold(held), _) => Ok(held),
        })
    }

    /// The lock file of an operation, beside the journal. The name is a hash, since keys may contain any characters.
    fn lock_file(&self, name: &OperationName) -> PathBuf {
        let hash = sha2::Sha256::digest(format!("{}\0{}", name.kind, name.key));
        let hash: String = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let file = self.locks.file_name().unwrap_or_default().to_string_lossy();
        self.locks.with_file_name(format!("{file}.{hash}.lock"))
    }

    /// The run that is working on an operation: `process 26797 on build-7 (3f9c1a), since …`. The lock decides; the
    /// lease counts only where the file system does not support locks.
    pub(super) fn at_it(&mut self, name: &OperationName) -> Result<Option<String>> {
        let lease = self
            .connection
            .query_row(
                "SELECT holder || ', since ' || held_since, lease_until FROM operations
                 WHERE kind = ?1 AND key = ?2 AND state = 'running'",
                params![name.kind, name.key],
                |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)),
            )
            .optional()
            .map_err(|cause| failed("cannot read the journal", &self.file, &cause))?;
        let is_alive = |(_, until): &(String, i64)| {
            is_held(&self.lock_file(name)).unwrap_or_else(|| *until > seconds())
        };
        Ok(lease.filter(is_alive).map(|(told, _)| told))
    }

    pub(super) fn begin(
        &mut self,
        name: &OperationName,
        digest: &str,
        input: &Value,
        now: &str,
    ) -> Result<Began> {
        let (holder, until) = (self.holder.clone(), seconds() + LEASE_SECONDS);
        self.write(|transaction| {
            let known = transaction
                .query_row(
                    "SELECT id, digest, begun_at,
                            EXISTS (SELECT 1 FROM effects WHERE operation = operations.id)
                     FROM operations WHERE kind = ?1 AND key = ?2 AND state = 'running'",
                    params![name.kind, name.key],
                    |row| {
                        let (id, digest): (i64, String) = (row.get(0)?, row.get(1)?);
                        Ok((id, digest, row.get::<_, String>(2)?, row.get::<_, bool>(3)?))
                    },
                )
                .optional()?;
            match known {
                Some((_, other, since, true)) if other != digest => {
                    return Ok(Began::Otherwise { since });
                }
                Some((id, same, _, tried)) if tried || same == digest => {
                    transaction.execute(
                        "UPDATE operations SET holder = ?2, lease_until = ?3, held_since = ?4 WHERE id = ?1",
                        params![id, holder, until, now],
                    )?;
                    return Ok(Began::Before { id });
                }
                // No effect was tried, so nothing is lost.
                Some((id, ..)) => end(transaction, id, "abandoned", now)?,
                None => {}
            }
            transaction.execute(
                "INSERT INTO operations (kind, key, state, digest, input, begun_at, holder, lease_until, held_since)
                 VALUES (?1, ?2, 'running', ?3, ?4, ?5, ?6, ?7, ?5)",
                params![name.kind, name.key, digest, input.to_string(), now, holder, until],
            )?;
            Ok(Began::Now { id: transaction.last_insert_rowid() })
        })
    }

    pub(super) fn unfinished(&mut self, name: &OperationName) -> Result<Option<Unfinished>> {
        let known = self
            .connection
            .query_row(
                "SELECT id, input, begun_at FROM operations
                 WHERE kind = ?1 AND key = ?2 AND state = 'running'",
                params![name.kind, name.key],
                |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get(2)?)),
            )
            .optional()
            .map_err(|cause| failed("cannot read the journal", &self.file, &cause))?;
        let Some((id, input, begun_at)) = known else { return Ok(None) };
        let input = self.parsed(&input)?;
        Ok(Some(Unfinished { input, begun_at, effects: self.effects(id)? }))
    }

    /// The unfinished operations of a kind, newest first.
    pub(super) fn running(&mut self, kind: &str) -> Result<Vec<OperationName>> {
        let refused = |cause| failed("cannot read the journal", &self.file, &cause);
        let mut statement = self
            .connection
            .prepare(
                "SELECT key FROM operations WHERE kind = ?1 AND state = 'running' ORDER BY id DESC",
            )
            .map_err(refused)?;
        let keys = statement
            .query_map(params![kind], |row| row.get::<_, String>(0))
            .and_then(Iterator::collect::<rusqlite::Result<Vec<_>>>)
            .map_err(refused)?;
        Ok(keys.into_iter().map(|key| OperationName::new(kind, key)).collect())
    }

    pub(super) fn effects(&self, operation: i64) -> Result<Vec<EffectRecord>> {
        let refused = |cause| failed("cannot read the journal", &self.file, &cause);
        let mut statement = self
            .connection
            .prepare(
                "SELECT key, intent, state, outcome, reason, tries FROM effects
                 WHERE operation = ?1 ORDER BY position",
            )
            .map_err(refused)?;
        let rows = statement
            .query_map(params![operation], |row| {
                let (key, intent): (String, String) = (row.get(0)?, row.get(1)?);
                Ok((key, intent, Written::of(row, 2)?, row.get::<_, u32>(5)?))
            })
            .and_then(Iterator::collect::<rusqlite::Result<Vec<_>>>)
            .map_err(refused)?;
        let record = |(key, intent, written, tries): (String, String, Written, u32)| {
            let reason = written.reason.clone();
            let (intent, state) = (self.parsed(&intent)?, self.state_of(written)?);
            let failed_before = reason.filter(|_| state == EffectState::Intended);
            Ok(EffectRecord { key, intent, state, tries, failed_before })
        };
        rows.into_iter().map(record).collect()
    }

    pub(super) fn state(&mut self, operation: i64, key: &str) -> Result<EffectState> {
        let written = self
            .connection
            .query_row(
                "SELECT state, outcome, reason FROM effects WHERE operation = ?1 AND key = ?2",
                params![operation, key],
                |row| Written::of(row, 0),
            )
            .optional()
            .map_err(|cause| failed("cannot read the journal", &self.file, &cause))?;
        written.map_or(Ok(EffectState::Unknown), |written| self.state_of(written))
    }

    pub(super) fn intend(
        &mut self,
        operation: i64,
        key: &str,
        intent: &Value,
        now: &str,
    ) -> Result<()> {
        let holder = self.holder.clone();
        self.write(|transaction| {
            renew(transaction, operation, &holder)?;
            // The reason stays until the new try has a result: one that is cut off does not take it back.
            transaction.execute(
                "INSERT INTO effects (operation, key, position, state, intent, tries, changed_at)
                 VALUES (?1, ?2, (SELECT count(*) FROM effects WHERE operation = ?1), 'intended', ?3, 1, ?4)
                 ON CONFLICT (operation, key) DO UPDATE SET
                    state = 'intended', intent = ?3, outcome = NULL,
                    tries = tries + 1, changed_at = ?4",
                params![operation, key, intent.to_string(), now],
            )?;
            Ok(())
        })
    }

    pub(super) fn settle(
        &mut self,
        operation: i64,
        key: &str,
        outcome: &Value,
        now: &str,
    ) -> Result<()> {
        let holder = self.holder.clone();
        self.write(|transaction| {
            // What was done is recorded even if another run has taken the operation over meanwhile.
            match renew(transaction, operation, &holder) {
                Ok(()) | Err(rusqlite::Error::QueryReturnedNoRows) => {}
                Err(error) => return Err(error),
            }
            transaction.execute(
                "UPDATE effects SET state = 'done', outcome = ?3, reason = NULL, changed_at = ?4
                 WHERE operation = ?1 AND key = ?2",
                params![operation, key, outcome.to_string(), now],
            )?;
            Ok(())
        })
    }

    /// Records effects that were found done, whether or not they were intended here: all of them or, if it is cut off, none.
    pub(super) fn found(
        &mut self,
        operation: i64,
        effects: &[(String, Value)],
        now: &str,
    ) -> Result<()> {
        let holder = self.holder.clone();
        self.write(|transaction| {
            renew(transaction, operation, &holder)?;
            for (key, outcome) in effects {
                put(transaction, operation, key, outcome, now)?;
            }
            Ok(())
        })
    }

    pub(super) fn fail(&mut self, operation: i64, key: &str, why: &str, now: &str) -> Result<()> {
        self.write(|transaction| {
            transaction.execute(
                "UPDATE effects SET state = 'failed', reason = ?3, changed_at = ?4
                 WHERE operation = ?1 AND key = ?2 AND state = 'intended'",
                params![operation, key, why, now],
            )?;
            Ok(())
        })
    }

    pub(super) fn retract(&mut self, operation: i64, key: &str) -> Result<()> {
        self.write(|transaction| {
            // An earlier try may have had the effect, whatever is known of this one.
            transaction.execute(
                "DELETE FROM effects
                 WHERE operation = ?1 AND key = ?2 AND state <> 'done' AND tries = 1",
                params![operation, key],
            )?;
            Ok(())
        })
    }

    pub(super) fn finish(&mut self, operation: i64, now: &str) -> Result<()> {
        self.write(|transaction| end(transaction, operation, "finished", now))
    }

    pub(super) fn abandon(&mut self, name: &OperationName, now: &str) -> Result<()> {
        self.write(|transaction| {
            transaction.execute(
                "UPDATE operations SET state = 'abandoned', ended_at = ?3
                 WHERE kind = ?1 AND key = ?2 AND state = 'running'",
                params![name.kind, name.key, now],
            )?;
            Ok(())
        })
    }

    fn write<T>(
        &mut self,
        work: impl FnOnce(&rusqlite::Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T> {
        #[cfg(test)]
        if let Some(life) = &self.life {
            life.spend()?;
        }
        let file = self.file.clone();
        let refused = |cause: rusqlite::Error| match cause {
            rusqlite::Error::QueryReturnedNoRows => {
                Error::failed("another run has taken over this operation").in_file(&file)
            }
            cause => failed("cannot write the journal", &file, &cause),
        };
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(refused)?;
        let value = work(&transaction).map_err(refused)?;
        transaction.commit().map_err(refused)?;
        Ok(value)
    }

    fn parsed(&self, text: &str) -> Result<Value> {
        serde_json::from_str(text)
            .map_err(|cause| failed("the journal is damaged", &self.file, &cause))
    }

    fn state_of(&self, written: Written) -> Result<EffectState> {
        Ok(match (written.state.as_str(), written.outcome) {
            ("done", Some(outcome)) => EffectState::Done(self.parsed(&outcome)?),
            ("failed", _) => EffectState::Failed(written.reason.unwrap_or_default()),
            _ => EffectState::Intended,
        })
    }
}

/// The state of an effect, as stored.
struct Written {
    state: String,
    outcome: Option<String>,
    reason: Option<String>,
}

impl Written {
    fn of(row: &rusqlite::Row<'_>, first: usize) -> rusqlite::Result<Self> {
        Ok(Self {
            state: row.get(first)?,
            outcome: row.get(first + 1)?,
            reason: row.get(first + 2)?,
        })
    }
}

/// Extends the lease from now; fails with `QueryReturnedNoRows` if another run has taken the operation over.
fn renew(
    transaction: &rusqlite::Transaction<'_>,
    operation: i64,
    holder: &str,
) -> rusqlite::Result<()> {
    let ours = transaction.execute(
        "UPDATE operations SET lease_until = ?3 WHERE id = ?1 AND holder = ?2 AND state = 'running'",
        params![operation, holder, seconds() + LEASE_SECONDS],
    )?;
    if ours == 0 { Err(rusqlite::Error::QueryReturnedNoRows) } else { Ok(()) }
}

/// Records an effect as done.
fn put(
    transaction: &rusqlite::Transaction<'_>,
    operation: i64,
    key: &str,
    outcome: &Value,
    now: &str,
) -> rusqlite::Result<()> {
    transaction.execute(
        "INSERT INTO effects (operation, key, position, state, intent, outcome, tries, changed_at)
         VALUES (?1, ?2, (SELECT count(*) FROM effects WHERE operation = ?1), 'done', '{}', ?3, 0, ?4)
         ON CONFLICT (operation, key) DO UPDATE SET
            state = 'done', outcome = ?3, reason = NULL, changed_at = ?4",
        params![operation, key, outcome.to_string(), now],
    )?;
    Ok(())
}

fn end(
    transaction: &rusqlite::Transaction<'_>,
    operation: i64,
    state: &str,
    now: &str,
) -> rusqlite::Result<()> {
    transaction.execute(
        "UPDATE operations SET state = ?2, ended_at = ?3 WHERE id = ?1",
        params![operation, state, now],
    )?;
    Ok(())
}
