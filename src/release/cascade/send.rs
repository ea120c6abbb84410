//! Sends one dispatch exactly once: before it is sent again, the run that it may have caused is looked for.

use std::fmt;
use std::time::Duration;

use serde_json::{Value, json};

use super::Job;
use super::before::{Before, before};
use super::dispatch::Dispatch;
use super::items::Item;
use super::refusal::{Refusal, last_words};
use super::seen::{RUNS, Seen, caused};
use crate::error::Error;
use crate::forge::ForgeError;
use crate::journal::{Caution, Settled, Undone};

/// The payload key that holds the id.
pub(super) const ID: &str = "release_id";

/// How often to look for a run before concluding that there was no dispatch.
const LOOKS: u32 = 6;

/// Seconds between two looks.
const BETWEEN: u64 = 10;

/// A dispatch that arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sent {
    /// This run sent it.
    Now(Dispatch),
    /// An earlier run, or another machine, sent it.
    Before(Dispatch),
}

/// Why a dispatch was not sent.
#[derive(Debug)]
pub(super) enum Unsent {
    /// The journal cannot be read or written, which ends the cascade.
    Journal(Error),
    /// This repository was not notified; the others may be.
    Member {
        /// Why.
        refusal: Refusal,
        /// The same as the journal records it.
        recorded: String,
    },
}

impl Unsent {
    /// An error of the search for an earlier dispatch.
    fn unseen(error: &Error) -> Self {
        Self::Member { refusal: Refusal::passing(last_words(error)), recorded: error.to_string() }
    }

    /// The forge's refusal of a dispatch.
    fn refused(error: ForgeError) -> Self {
        let refusal = Refusal::of(&error);
        let error = Error::from(error).caused_by(refusal.why.clone());
        let why = last_words(&error);
        Self::Member { refusal: Refusal { why, ..refusal }, recorded: error.to_string() }
    }
}

/// An error of anything but the member is one of the journal.
impl From<Error> for Unsent {
    fn from(error: Error) -> Self {
        Self::Journal(error)
    }
}

impl Undone for Unsent {}

impl From<Refusal> for Unsent {
    fn from(refusal: Refusal) -> Self {
        Self::Member { recorded: refusal.why.clone(), refusal }
    }
}

impl fmt::Display for Unsent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Journal(error) => error.fmt(f),
            Self::Member { recorded, .. } => f.write_str(recorded),
        }
    }
}

/// Notifies one repository, unless it already was. With `goes_back`, an earlier dispatch whose run is over does not
/// count.
///
/// # Errors
/// When the journal cannot be read or written, or the repository was not notified.
pub(super) async fn send(
    job: &Job<'_>,
    item: &Item,
    seen: &Seen,
    goes_back: bool,
) -> Result<Sent, Unsent> {
    let workflow = job.announcement.workflow.as_str();
    let (key, intent, cut_off) =
        match before(item, &job.operation.effects()?, seen, workflow, goes_back) {
            Before::Notified(known) => {
                known.keep(job).await?;
                return Ok(Sent::Before(known.dispatch));
            }
            Before::Spent(known) => {
                known.keep(job).await?;
                let anew = item.anew(job.release, job.anew);
                (anew.key(), sent_now(job, seen.first_dispatch(&anew.id)), false)
            }
            Before::Tried { key, intent, cut_off } => (key, intent, cut_off),
            Before::Unnotified => (item.key(), sent_now(job, seen.first_dispatch(&item.id)), false),
        };
    let attempt = Attempt { job, item, intent: &intent, cut_off };
    let look_up = async || attempt.look_up().await.map_err(|error| Unsent::unseen(&error));
    let act = async || attempt.act().await.map_err(Unsent::refused);
    let caution = Caution::WhenInDoubt;
    Ok(match job.operation.try_effect(&key, &intent, caution, look_up, act).await? {
        Settled::Now(dispatch) => Sent::Now(dispatch),
        settled => Sent::Before(settled.outcome()),
    })
}

/// A dispatch with the time at which it is sent, which is now.
fn sent_now(job: &Job<'_>, dispatch: Dispatch) -> Dispatch {
    Dispatch { at: Some(job.client.time().now() as u64), ..dispatch }
}

/// One attempt to notify a repository.
struct Attempt<'a> {
    job: &'a Job<'a>,
    item: &'a Item,
    /// What is to be sent.
    intent: &'a Dispatch,
    /// Whether an earlier run died while it sent the same.
    cut_off: bool,
}

impl Attempt<'_> {
    /// The dispatch with the run that it caused, if any did.
    async fn heard(&self) -> Result<Option<Dispatch>, ForgeError> {
        let runs = self.job.client.dispatched_runs(&self.item.repository, RUNS).await?;
        let found = caused(&runs, self.intent, &self.job.announcement.workflow);
        // A run without the id is a guess: all that is known is that some run came.
        let run = found.filter(|run| self.intent.names(run)).map(|run| run.id);
        Ok(found.map(|_| Dispatch { run, ..self.intent.clone() }))
    }

    /// Looks for what an earlier attempt caused.
    async fn look_up(&self) -> Result<Option<Dispatch>, Error> {
        let Self { job, item, intent, cut_off } = *self;
        if intent.after.is_none() && cut_off {
            return Err(Error::failed("whether it was notified is not known")
                .caused_by("an earlier attempt was cut off, and the token may not see runs")
                .hint("permit `actions: read`; or notify it in any case: --again"));
        }
        // The client itself looks for a dispatch that failed; one that was cut off may appear late.
        let looks = if cut_off { LOOKS } else { 1 };
        for look in 0..looks {
            if look == 1 {
                let (who, most) = (&item.repository, u64::from(looks - look) * BETWEEN);
                (job.say)(&format!(
                    "{who}: an earlier run was cut off while it notified this member; checking for up to {most} s whether it did"
                ));
            }
            if look > 0 {
                job.client.time().sleep(Duration::from_secs(BETWEEN)).await;
            }
            if intent.after.is_some()
                && let Some(heard) = self.heard().await?
            {
                return Ok(Some(heard));
            }
        }
        Ok(None)
    }

    /// Sends the dispatch.
    async fn act(&self) -> Result<Dispatch, ForgeError> {
        let Self { job, item, intent, .. } = *self;
        let payload = payload(job, &intent.id);
        let again = async || Ok(intent.after.is_some() && self.heard().await?.is_some());
        job.client.dispatch(&item.repository, &job.announcement.event, &payload, again).await?;
        Ok(sent_now(job, intent.clone()))
    }
}

fn payload(job: &Job<'_>, id: &str) -> Value {
    json!({ (job.announcement.payload.as_str()): job.release.version.to_string(), ID: id })
}
