//! What everything needs that changes something: the forge, the journal, the log, and who is told.

use std::cell::Cell;

use serde::Serialize;

use super::audit::{Audit, Entry, SCHEMA};
use super::memory::Memory;
use crate::edge::interrupt::Interrupt;
use crate::error::{Error, Result};
use crate::forge::{Client, ForgeError, ForgeErrorKind};
use crate::journal::Operation;

/// A campaign at work.
pub struct Desk<'a> {
    /// The campaign's name.
    pub campaign: &'a str,
    /// The digest of the plan that is applied; empty for what is done without one.
    pub plan: &'a str,
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
    /// Why the forge refused what was done last.
    refused: Cell<Option<ForgeErrorKind>>,
}

impl std::fmt::Debug for Desk<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk").field("campaign", &self.campaign).finish_non_exhaustive()
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

impl<'a> Desk<'a> {
    /// A desk.
    #[must_use]
    pub fn new(
        (campaign, plan): (&'a str, &'a str),
        client: &'a Client,
        (operation, memory, audit): (&'a Operation, &'a Memory, &'a Audit),
        (now, told): (Now<'a>, Told<'a>),
        interrupt: &'a Interrupt,
    ) -> Self {
        let refused = Cell::new(None);
        Self { campaign, plan, client, operation, memory, audit, now, told, interrupt, refused }
    }

    /// Remembers why the forge refused.
    ///
    /// # Errors
    /// The refusal.
    pub fn noted<T>(&self, result: std::result::Result<T, ForgeError>) -> Result<T> {
        result.map_err(|error| {
            self.refused.set(Some(error.kind));
            error.into()
        })
    }

    /// An error of this repository's own.
    #[must_use]
    pub fn gone(&self, what: &str) -> Error {
        self.refused.set(Some(ForgeErrorKind::NotFound));
        Error::failed(what.to_owned())
    }

    /// Whether the forge refused what was tried last, for a reason that is this repository's own. Asking forgets it.
    #[must_use]
    pub fn was_refused_here(&self) -> bool {
        let here = self.refused.get().is_some_and(|kind| !is_of_the_run(kind));
        if here {
            self.refused.set(None);
        }
        here
    }

    /// Writes down what the forge shows done, when the journal does not know it.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub async fn seen(&self, repository: &str, key: &str, outcome: &impl Serialize) -> Result<()> {
        if self.memory.is_done(repository, key) {
            return Ok(());
        }
        self.operation.found(key, outcome).await
    }

    /// Does something to one repository and enters it in the log. `done` says whether something was done at all, and
    /// to which pull request.
    ///
    /// # Errors
    /// When the journal or the log cannot be written.
    pub async fn tried<T>(
        &self,
        action: &str,
        (repository, by): (&str, &str),
        done: impl Fn(&T) -> (bool, Option<u64>),
        work: impl Future<Output = Result<T>>,
    ) -> Result<Tried<T>> {
        self.refused.set(None);
        let tried = match work.await {
            Ok(done) => Tried::Done(done),
            // What cannot be remembered is not done.
            Err(error) if self.refused.get().is_none() => {
                return Err(error);
            }
            Err(error) => {
                let why = one_line(&error);
                if self.refused.get().is_some_and(is_of_the_run) {
                    Tried::Stops(why)
                } else {
                    Tried::Failed(why)
                }
            }
        };
        let (number, outcome) = match &tried {
            Tried::Done(it) => match done(it) {
                (true, number) => (number, "done"),
                (false, _) => return Ok(tried),
            },
            Tried::Failed(why) | Tried::Stops(why) => (None, why.as_str()),
        };
        self.audit.append(&Entry {
            schema: SCHEMA,
            at: (self.now)(),
            by,
            campaign: self.campaign,
            plan: self.plan,
            action,
            repository,
            pull: number,
            outcome,
        })?;
        Ok(tried)
    }
}

fn is_of_the_run(kind: ForgeErrorKind) -> bool {
    matches!(
        kind,
        ForgeErrorKind::Unreachable | ForgeErrorKind::Unauthorized | ForgeErrorKind::Limited
    )
}

/// An error in one line, with its innermost cause.
#[must_use]
pub fn one_line(error: &Error) -> String {
    let mut text = error.message().to_owned();
    if let Some(cause) = error.causes().last() {
        text = format!("{text}: {cause}");
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
