//! Carries out effects on the forge, each through the journal and into the audit log. Everything that changes something
//! uses it.

use std::cell::{Cell, RefCell};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::audit::{Audit, CUT_OFF, DONE, Entry, FOUND, SCHEMA};
use super::effect_kind::EffectKind;
use super::failed::Failed;
use super::memory::Memory;
use crate::edge::interrupt::Interrupt;
use crate::error::{Error, Result};
use crate::forge::{Client, ForgeError, ForgeErrorKind};
use crate::journal::{Caution, Operation, Settled};

/// Carries out effects of one campaign, and records them.
pub struct Recorder<'a> {
    /// The campaign's name.
    pub campaign: &'a str,
    /// The digest of the plan that is applied, where one is.
    pub plan: Option<&'a str>,
    /// The forge.
    pub client: &'a Client,
    /// The operation in the journal.
    pub operation: &'a Operation,
    /// What the journal knew when this run began.
    pub memory: &'a Memory,
    /// The audit log.
    pub audit: &'a Audit,
    /// The clock, for the log.
    pub now: Now<'a>,
    /// Reports each thing that was done.
    pub told: Announce<'a>,
    /// Whether the user wants it to stop.
    pub interrupt: &'a Interrupt,
    /// Facts about the current effect.
    pub heard: Heard,
}

/// Facts about the current effect, for the log.
#[derive(Debug, Default)]
pub struct Heard {
    /// Whether another run had already done it.
    found: Cell<bool>,
    /// Why the forge did not do it, where that is an answer and no error.
    declined: Cell<Option<&'static str>>,
    /// The login of the token's user.
    by: RefCell<String>,
}

/// One step of the work on a repository: an effect in the journal.
#[derive(Clone, Debug)]
pub struct Step<'k> {
    /// The repository.
    pub repository: &'k str,
    /// The effect's key, which begins with its kind.
    pub key: &'k str,
    /// What is intended.
    pub intent: Value,
    /// When to look up the effect before acting.
    pub caution: Caution,
}

impl<'k> Step<'k> {
    /// A step that is looked up only if an earlier attempt left no outcome.
    #[must_use]
    pub fn new(repository: &'k str, key: &'k str) -> Self {
        Self {
            repository,
            key,
            intent: Value::Object(serde_json::Map::new()),
            caution: Caution::WhenInDoubt,
        }
    }

    /// Sets the intent.
    #[must_use]
    pub fn intending(self, intent: Value) -> Self {
        Self { intent, ..self }
    }
}

impl std::fmt::Debug for Recorder<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recorder").field("campaign", &self.campaign).finish_non_exhaustive()
    }
}

/// The result of an attempt.
#[derive(Debug)]
pub enum Tried<T> {
    /// It succeeded.
    Done(T),
    /// It failed for this repository.
    Failed {
        /// Why, in one line.
        why: String,
        /// The kind of failure.
        kind: ForgeErrorKind,
    },
    /// Nothing else in this run would succeed either, for this reason.
    Stops(String),
}

/// Returns the time, RFC 3339 in UTC.
pub type Now<'a> = &'a dyn Fn() -> String;

/// Reports a thing that was done.
pub type Announce<'a> = &'a dyn Fn(&str);

impl Recorder<'_> {
    /// Records that another run brought about the current effect, so that the log does not attribute it to this one.
    pub fn found(&self) {
        self.heard.found.set(true);
    }

    /// Records that the forge declined the current effect, so that the log gives the reason as its outcome.
    pub fn declined(&self, why: &'static str) {
        self.heard.declined.set(Some(why));
    }

    /// Records an effect that the forge shows and the journal does not know. If the journal has its intent, it is
    /// entered in the log as well: the run that did it died before it could.
    ///
    /// # Errors
    /// When the journal or the log cannot be written.
    pub async fn seen(
        &self,
        (repository, key): (&str, &str),
        pull: u64,
        outcome: &impl Serialize,
    ) -> Result<()> {
        if self.memory.is_done(repository, key) {
            return Ok(());
        }
        if self.memory.is_begun(repository, key) {
            self.enter(action_of(key), repository, Some(pull), CUT_OFF)?;
        }
        self.operation.found(key, outcome).await
    }

    /// Brings about one effect, once, through the journal. It is entered in the log before the journal records its
    /// outcome: a run that dies in between leaves an effect without an outcome, and the next run enters what it finds. `pull`
    /// returns the pull request of an outcome.
    ///
    /// # Errors
    /// When the forge refuses, or the journal or the log cannot be written.
    pub async fn effect<O: Serialize + DeserializeOwned>(
        &self,
        step: &Step<'_>,
        pull: impl Fn(&O) -> u64,
        look_up: impl AsyncFnOnce() -> Result<Option<O>, Failed>,
        act: impl AsyncFnOnce() -> Result<O, Failed>,
    ) -> Result<Settled<O>, Failed> {
        let Step { repository, key, intent, caution } = step;
        debug_assert!(EffectKind::of_key(key).is_some(), "`{key}` is not a key of an effect");
        self.heard.found.set(false);
        self.heard.declined.set(None);
        let entered = |outcome: &O, word: &str| {
            let word = if self.heard.found.take() { FOUND } else { word };
            let word = self.heard.declined.take().unwrap_or(word);
            self.enter(action_of(key), repository, Some(pull(outcome)), word)
        };
        let look_up = async || {
            let found = look_up().await?;
            if let Some(found) = found.as_ref().filter(|_| self.memory.is_begun(repository, key)) {
                entered(found, CUT_OFF)?;
            }
            Ok(found)
        };
        let act = async || {
            let done = act().await?;
            entered(&done, DONE)?;
            Ok(done)
        };
        self.operation.try_effect(key, intent, *caution, look_up, act).await
    }

    /// Does something to one repository, by way of [`Self::effect`], and enters a refusal in the log.
    ///
    /// # Errors
    /// When the journal or the log cannot be written.
    pub async fn tried<T>(
        &self,
        action: &str,
        (repository, by): (&str, &str),
        work: impl Future<Output = Result<T, Failed>>,
    ) -> Result<Tried<T>> {
        by.clone_into(&mut self.heard.by.borrow_mut());
        let refusal = match work.await {
            Ok(done) => return Ok(Tried::Done(done)),
            Err(Failed::Own(error)) => return Err(error),
            Err(Failed::Forge(refusal)) => refusal,
        };
        // The user interrupted it: there is no refusal to log.
        if refusal.kind == ForgeErrorKind::Interrupted {
            return Ok(Tried::Stops(in_one_line(&refusal)));
        }
        let why = self.refused(action, repository, &refusal)?;
        Ok(match refusal.is_of_the_run() {
            true => Tried::Stops(why),
            false => Tried::Failed { why, kind: refusal.kind },
        })
    }

    /// Enters a refusal of the forge in the log, and returns the reason in one line.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub fn refused(&self, action: &str, repository: &str, refusal: &ForgeError) -> Result<String> {
        let why = in_one_line(refusal);
        self.enter(action, repository, None, &why)?;
        Ok(why)
    }

    fn enter(
        &self,
        action: &str,
        repository: &str,
        pull: Option<u64>,
        outcome: &str,
    ) -> Result<()> {
        self.audit.append(&Entry {
            schema: SCHEMA,
            at: (self.now)(),
            by: &self.heard.by.borrow(),
            campaign: self.campaign,
            plan: self.plan.unwrap_or_default(),
            action,
            repository,
            pull,
            outcome,
        })
    }
}

/// The name in the log for the kind of a key.
fn action_of(key: &str) -> &'static str {
    EffectKind::of_key(key).map_or("", |(kind, _)| kind.as_str())
}

/// The reason for a refusal in one line, for lists.
#[must_use]
pub fn in_one_line(refusal: &ForgeError) -> String {
    Error::from(refusal.clone()).in_one_line()
}
