//! Changes to the outcome of an effect that build upon what is recorded at that moment: nobody else can write in between.

use rusqlite::{OptionalExtension as _, Transaction, params};
use serde_json::Value;

use super::{OperationName, Store, put, renew};
use crate::error::Result;

impl Store {
    /// Replaces the outcome of an effect by what `change` makes of it. With `None` it stays.
    pub(in crate::journal) fn change(
        &mut self,
        operation: i64,
        key: &str,
        now: &str,
        change: impl FnOnce(Option<Value>) -> Result<Option<Value>>,
    ) -> Result<()> {
        let holder = self.holder.clone();
        self.write(|transaction| {
            renew(transaction, operation, &holder)?;
            changed(transaction, operation, (key, now), change)
        })?
    }

    /// Like [`Self::change`], of an operation that another run may hold. `false` if none of this name is unfinished.
    pub(in crate::journal) fn change_beside(
        &mut self,
        name: &OperationName,
        key: &str,
        now: &str,
        change: impl FnOnce(Option<Value>) -> Result<Option<Value>>,
    ) -> Result<bool> {
        self.write(|transaction| {
            let known = transaction
                .query_row(
                    "SELECT id FROM operations WHERE kind = ?1 AND key = ?2 AND state = 'running'",
                    params![name.kind, name.key],
                    |row| row.get::<_, i64>(0),
                )
                .optional()?;
            let Some(id) = known else { return Ok(Ok(false)) };
            Ok(changed(transaction, id, (key, now), change)?.map(|()| true))
        })?
    }
}

/// The inner error is that of `change`. An outcome that cannot be read counts as none.
fn changed(
    transaction: &Transaction<'_>,
    operation: i64,
    (key, now): (&str, &str),
    change: impl FnOnce(Option<Value>) -> Result<Option<Value>>,
) -> rusqlite::Result<Result<()>> {
    let known = transaction
        .query_row(
            "SELECT outcome FROM effects WHERE operation = ?1 AND key = ?2 AND state = 'done'",
            params![operation, key],
            |row| row.get::<_, Option<String>>(0),
        )
        .optional()?;
    let known = known.flatten().and_then(|text| serde_json::from_str(&text).ok());
    match change(known) {
        Ok(Some(outcome)) => put(transaction, operation, key, &outcome, now).map(Ok),
        Ok(None) => Ok(Ok(())),
        Err(error) => Ok(Err(error)),
    }
}
