//! Effects on the forge, each through the journal and into the log: what everything uses that changes something.

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
    /// What remembers.
    pub operation: &'a Operation,
    /// What that knew when this run began.
    pub memory: &'a Memory,
    /// The log of what was done.
    pub audit: &'a Audit,
    /// When, for the log.
    pub now: Now<'a>,
    /// Told of each thing that was done.
    pub told: Told<'a>,
    /// Whether somebody wants it to stop.
    pub interrupt: &'a Interrupt,
    /// What it has heard.
    pub heard: Heard,
}

/// What is known of what is done now, for the log.
#[derive(Debug, Default)]
pub struct Heard {
    /// Whether what was to be done turned out to be another run's.
    found: Cell<bool>,
    /// Whose token is at work, as it knows them.
    by: RefCell<String>,
}

/// One step of what is done to a repository: an effect of the journal.
#[derive(Clone, Debug)]
pub struct Step<'k> {
    /// The repository.
    pub repository: &'k str,
    /// The effect's key, which begins with what is done.
    pub key: &'k str,
    /// What is intended.
    pub intent: Value,
    /// When to look before acting.
    pub caution: Caution,
}

impl<'k> Step<'k> {
    /// A step that is looked up only when an earlier try left no outcome.
    #[must_use]
    pub fn new(repository: &'k str, key: &'k str) -> Self {
        Self {
            repository,
            key,
            intent: Value::Object(serde_json::Map::new()),
            caution: Caution::WhenInDoubt,
        }
    }

    /// The same, with what is intended.
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

/// Something that was tried.
#[derive(Debug)]
pub enum Tried<T> {
    /// It was done.
    Done(T),
    /// It did not work here, for this reason.
    Failed(String),
    /// Nothing would work any more in this run, for this reason.
    Stops(String),
}

/// What time it is, RFC 3339 in UTC.
pub type Now<'a> = &'a dyn Fn() -> String;

/// Who is told of each thing that was done.
pub type Told<'a> = &'a dyn Fn(&str);

impl Recorder<'_> {
    /// Remembers of the effect that is brought about now that another run did it: the log must not say that this one did.
    pub fn found(&self) {
        self.heard.found.set(true);
    }

    /// Writes down what the forge shows done to a pull request, when the journal does not know it. What this journal
    /// had begun is entered in the log as well: the run that did it died before it could.
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

    /// Brings about one effect, once, through the journal. The log has it before the journal knows it done: who dies
    /// in between leaves an effect without an outcome, and the next run enters what it finds. `pull` says of an
    /// outcome which pull request it is about.
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
        debug_assert!(EffectKind::of_key(key).is_some(), "`{key}` is no key of an effect");
        self.heard.found.set(false);
        let entered = |outcome: &O, word: &str| {
            let word = if self.heard.found.take() { FOUND } else { word };
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

    /// Does something to one repository; why it did not work is entered in the log. What it does goes through
    /// [`Self::effect`].
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
        // Nobody refused anything: there is nothing to log.
        if refusal.kind == ForgeErrorKind::Interrupted {
            return Ok(Tried::Stops(in_one_line(&refusal)));
        }
        let why = self.refused(action, repository, &refusal)?;
        Ok(if refusal.is_of_the_run() { Tried::Stops(why) } else { Tried::Failed(why) })
    }

    /// Enters in the log that the forge refused something; why, in one line.
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

/// What the log calls what a key is of.
fn action_of(key: &str) -> &'static str {
    EffectKind::of_key(key).map_or("", |(kind, _)| kind.as_str())
}

/// Why the forge refused something, as a list of many says it.
#[must_use]
pub fn in_one_line(refusal: &ForgeError) -> String {
    Error::from(refusal.clone()).in_one_line()
}
