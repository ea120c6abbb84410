//! The journal of effects: what a run set out to do to the world, and what came of it.
//!
//! An *operation* (creating a repository, a campaign, a release) is a list of *effects*. An effect's intent is written
//! before it is tried, and its outcome afterwards. A run that dies in between leaves an intent without an outcome; the
//! next run then looks up whether the effect happened before it tries again. So an operation can be killed at any point
//! and resumed, and each effect happens once.
//!
//! Each fleet has one SQLite file, readable only by its owner ([`place`]). What an effect is and how to look it up is
//! the operation's business; where the journal and the world disagree, the world is right. Intents and outcomes must
//! not contain secrets.

mod effect_state;
mod file;
mod lease;
pub mod place;
mod store;

pub use effect_state::{Caution, EffectRecord, EffectState};

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::Digest as _;

use crate::error::{Error, Result};
use effect_state::{Next, next};
use lease::Held;
use store::{Began, Store};

/// The name of an operation: its kind (`new`) and what it is about (`acme/workspace-template-gemini-cli`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperationName {
    /// What is done.
    pub kind: String,
    /// What it is done to.
    pub key: String,
}

impl OperationName {
    /// The operation of this kind and key.
    #[must_use]
    pub fn new(kind: impl Into<String>, key: impl Into<String>) -> Self {
        Self { kind: kind.into(), key: key.into() }
    }
}

/// An operation that was begun and has not ended.
#[derive(Clone, Debug)]
pub struct Unfinished {
    /// The input that it was begun with.
    pub input: Value,
    /// When it was begun.
    pub begun_at: String,
    /// Its effects so far, in order.
    pub effects: Vec<EffectRecord>,
}

/// The journal of one fleet. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Journal {
    store: Arc<Mutex<Store>>,
}

impl Journal {
    /// Opens the journal in a file, creating the file if it is missing.
    ///
    /// # Errors
    /// When it cannot be opened, or was written by a newer shipshape.
    pub fn open(file: &Path) -> Result<Self> {
        Ok(Self { store: Arc::new(Mutex::new(Store::open(file)?)) })
    }

    /// Opens the journal in a file for reading: creates nothing and waits for no other run. `None` if the file is
    /// missing.
    ///
    /// # Errors
    /// When it cannot be read, or was written by a newer shipshape.
    pub fn look(file: &Path) -> Result<Option<Self>> {
        let store = Store::look(file)?;
        Ok(store.map(|store| Self { store: Arc::new(Mutex::new(store)) }))
    }

    /// The unfinished operation of this name, if there is one.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn unfinished(&self, name: &OperationName) -> Result<Option<Unfinished>> {
        self.with(|store| store.unfinished(name))
    }

    /// The unfinished operations of a kind, most recently begun first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn running(&self, kind: &str) -> Result<Vec<OperationName>> {
        self.with(|store| store.running(kind))
    }

    /// Describes the run that is working on an operation of this name; `None` if there is none.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn at_it(&self, name: &OperationName) -> Result<Option<String>> {
        self.with(|store| store.at_it(name))
    }

    /// Begins an operation, or resumes the unfinished one of this name. No other run can begin it while the returned
    /// [`Operation`] is held.
    ///
    /// # Errors
    /// When another run is working on it, or it was begun with another input and an effect was tried.
    pub fn begin(&self, name: &OperationName, input: &Value, now: &str) -> Result<Operation> {
        let digest = digest(input);
        let began = self.with(|store| {
            let held = store.take(name)?;
            Ok((held, store.begin(name, &digest, input, now)?))
        })?;
        self.begun(name, began, now)
    }

    /// Like [`Self::begin`], but returns `None` if another run is working on the operation.
    ///
    /// # Errors
    /// When it was begun with another input and an effect was tried, or the file cannot be written.
    pub fn begin_if_free(
        &self,
        name: &OperationName,
        input: &Value,
        now: &str,
    ) -> Result<Option<Operation>> {
        let digest = digest(input);
        let began = self.with(|store| match store.ask_for(name)? {
            Ok(held) => Ok(Some((held, store.begin(name, &digest, input, now)?))),
            Err(_) => Ok(None),
        })?;
        began.map(|began| self.begun(name, began, now)).transpose()
    }

    fn begun(
        &self,
        name: &OperationName,
        (held, began): (Held, Began),
        now: &str,
    ) -> Result<Operation> {
        match began {
            Began::Now { id } => Ok(self.operation(id, held, false, now)),
            Began::Before { id } => Ok(self.operation(id, held, true, now)),
            Began::Otherwise { since } => Err(Error::usage(format!(
                "`{} {}` was started at {since} with other answers, and is not finished",
                name.kind, name.key
            ))
            .hint("run it again without answers to finish it as it was started")
            .hint("or give it up with --start-over; what it has created so far stays")),
        }
    }

    /// Records what `change` makes of the outcome of one effect of an unfinished operation, whoever holds it: that run changes
    /// this effect only with [`Operation::change_now`]. `false` if there is no such operation.
    ///
    /// # Errors
    /// The error of `change`, and when the file cannot be written.
    pub fn change_beside(
        &self,
        name: &OperationName,
        key: &str,
        now: &str,
        change: impl FnOnce(Option<Value>) -> Result<Option<Value>>,
    ) -> Result<bool> {
        self.with(|store| store.change_beside(name, key, now, change))
    }

    /// Abandons an unfinished operation: the next one of this name starts afresh.
    ///
    /// # Errors
    /// When another run is working on it, or the file cannot be written.
    pub fn abandon(&self, name: &OperationName, now: &str) -> Result<()> {
        self.with(|store| {
            let _held = store.take(name)?;
            store.abandon(name, now)
        })
    }

    fn operation(&self, id: i64, held: Held, resumed: bool, now: &str) -> Operation {
        Operation { journal: self.clone(), id, held, resumed, now: now.to_owned() }
    }

    fn with<T>(&self, work: impl FnOnce(&mut Store) -> Result<T>) -> Result<T> {
        // A panic between two statements leaves no partial transaction: SQLite rolls it back.
        work(&mut self.store.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Like [`Self::with`], but on a thread that may block.
    async fn apart<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Store) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let journal = self.clone();
        let done = tokio::task::spawn_blocking(move || journal.with(work)).await;
        done.unwrap_or_else(|error| {
            Err(Error::failed("writing the journal was interrupted").caused_by(error))
        })
    }
}

/// Why an effect was not brought about.
pub trait Undone: From<Error> + fmt::Display {
    /// Whether the run was stopped at it: then it has not failed, and it goes on there.
    fn is_cut_off(&self) -> bool {
        false
    }
}

impl Undone for Error {}

/// An operation in progress. Dropping it lets another run resume it.
#[derive(Debug)]
pub struct Operation {
    journal: Journal,
    id: i64,
    held: Held,
    resumed: bool,
    now: String,
}

/// When an effect was done, with its outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled<O> {
    /// It was done by this call.
    Now(O),
    /// A look-up found it done, although the journal had no outcome.
    Found(O),
    /// An earlier run did it.
    Before(O),
}

impl<O> Settled<O> {
    /// The outcome.
    pub fn outcome(self) -> O {
        match self {
            Self::Now(outcome) | Self::Found(outcome) | Self::Before(outcome) => outcome,
        }
    }

    /// Whether it was done by this call.
    pub fn is_new(&self) -> bool {
        matches!(self, Self::Now(_))
    }
}

impl Operation {
    /// Whether an earlier run began this operation.
    #[must_use]
    pub fn is_resumed(&self) -> bool {
        self.resumed
    }

    /// The effects so far, in order.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn effects(&self) -> Result<Vec<EffectRecord>> {
        self.journal.with(|store| store.effects(self.id))
    }

    /// Brings about one effect, once.
    ///
    /// `look_up` returns the outcome if the effect has happened already. It is called if an earlier try left no
    /// outcome, and under [`Caution::Always`] before the first try as well. `act` is called only if the effect has not
    /// happened.
    ///
    /// # Errors
    /// The errors of `look_up` and `act`, and when the journal cannot be read or written. The intent stays, so that the
    /// next run looks first.
    pub async fn effect<O>(
        &self,
        key: &str,
        intent: &impl Serialize,
        caution: Caution,
        look_up: impl AsyncFnOnce() -> Result<Option<O>>,
        act: impl AsyncFnOnce() -> Result<O>,
    ) -> Result<Settled<O>>
    where
        O: Serialize + DeserializeOwned,
    {
        self.try_effect(key, intent, caution, look_up, act).await
    }

    /// Like [`Self::effect`], for callers with an error type of their own.
    ///
    /// # Errors
    /// As for [`Self::effect`].
    pub async fn try_effect<O, E>(
        &self,
        key: &str,
        intent: &impl Serialize,
        caution: Caution,
        look_up: impl AsyncFnOnce() -> Result<Option<O>, E>,
        act: impl AsyncFnOnce() -> Result<O, E>,
    ) -> Result<Settled<O>, E>
    where
        O: Serialize + DeserializeOwned,
        E: Undone,
    {
        let state = {
            let (id, key) = (self.id, key.to_owned());
            self.journal.apart(move |store| store.state(id, &key)).await?
        };
        // An outcome that cannot be read, as one of an older shipshape, counts as none.
        let known = state.outcome().and_then(|value| O::deserialize(value).ok());
        if let Some(outcome) = known {
            return Ok(Settled::Before(outcome));
        }
        let step = next(&state, caution);
        self.intend(key, json(intent)?).await?;
        if step == Next::LookUp
            && let Some(outcome) = look_up().await?
        {
            self.settle(key, json(&outcome)?).await?;
            return Ok(Settled::Found(outcome));
        }
        match act().await {
            Ok(outcome) => {
                self.settle(key, json(&outcome)?).await?;
                Ok(Settled::Now(outcome))
            }
            Err(error) if error.is_cut_off() => Err(error),
            Err(error) => {
                let (id, key, why, now) =
                    (self.id, key.to_owned(), error.to_string(), self.now.clone());
                // The error that stopped the effect matters more than a failure to record it.
                let _ = self.journal.apart(move |store| store.fail(id, &key, &why, &now)).await;
                Err(error)
            }
        }
    }

    /// Records an effect that was found done: by a run that died before recording it, or by one with another journal.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub async fn found(&self, key: &str, outcome: &impl Serialize) -> Result<()> {
        let (id, now, effect) = (self.id, self.now.clone(), (key.to_owned(), json(outcome)?));
        self.journal.apart(move |store| store.found(id, &[effect], &now)).await
    }

    /// Like [`Self::found`], but blocking.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn found_now(&self, key: &str, outcome: &impl Serialize) -> Result<()> {
        self.found_together(&[(key.to_owned(), json(outcome)?)])
    }

    /// Like [`Self::found_now`], for effects that say something only together: all of them are recorded or, if it is cut
    /// off, none.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn found_together(&self, effects: &[(String, Value)]) -> Result<()> {
        self.journal.with(|store| store.found(self.id, effects, &self.now))
    }

    /// Records what `change` makes of the outcome of an effect, in one write: nobody else can write in between, also not with
    /// [`Journal::change_beside`]. With `None` it stays.
    ///
    /// # Errors
    /// The error of `change`, and when the file cannot be written.
    pub fn change_now(
        &self,
        key: &str,
        change: impl FnOnce(Option<Value>) -> Result<Option<Value>>,
    ) -> Result<()> {
        self.journal.with(|store| store.change(self.id, key, &self.now, change))
    }

    /// Removes the intent of an effect that certainly did not happen, because the world refused it. An intent that was
    /// tried before stays: the earlier try may have had the effect.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn retract(&self, key: &str) -> Result<()> {
        self.journal.with(|store| store.retract(self.id, key))
    }

    /// Finishes the operation: the next one of its name starts afresh.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn finish(self) -> Result<()> {
        self.journal.with(|store| store.finish(self.id, &self.now))?;
        drop(self.held);
        Ok(())
    }

    async fn intend(&self, key: &str, intent: Value) -> Result<()> {
        let (id, key, now) = (self.id, key.to_owned(), self.now.clone());
        self.journal.apart(move |store| store.intend(id, &key, &intent, &now)).await
    }

    async fn settle(&self, key: &str, outcome: Value) -> Result<()> {
        let (id, key, now) = (self.id, key.to_owned(), self.now.clone());
        self.journal.apart(move |store| store.settle(id, &key, &outcome, &now)).await
    }
}

/// A value as the journal stores it.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn json(value: &impl Serialize) -> Result<Value> {
    serde_json::to_value(value)
        .map_err(|error| Error::failed("the journal cannot store this").caused_by(error))
}

/// A digest of an input that does not depend on the order of its keys.
fn digest(input: &Value) -> String {
    fn sorted(value: &Value) -> Value {
        match value {
            Value::Object(map) => {
                let mut keys: Vec<&String> = map.keys().collect();
                keys.sort();
                keys.into_iter().map(|key| (key.clone(), sorted(&map[key]))).collect()
            }
            Value::Array(items) => items.iter().map(sorted).collect(),
            plain => plain.clone(),
        }
    }
    let hash = sha2::Sha256::digest(sorted(input).to_string());
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
