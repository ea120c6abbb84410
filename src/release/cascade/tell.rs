//! One dispatch, once: looked up by its id, or by what came after it, before it is sent again.

use std::cell::Cell;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Job;
use super::items::Item;
use super::refusal::{Refusal, in_words, is_lasting, is_refusal, last_words};
use crate::edge::concurrent::together;
use crate::error::{Error, Result};
use crate::fleet::RepositoryName;
use crate::forge::calls::actions::Run;
use crate::forge::{Client, ForgeError};
use crate::journal::{Caution, EffectRecord, Settled, Standing};

/// The key of the payload that holds the id.
pub(super) const ID: &str = "release_id";

/// Repositories that are looked at at once.
const AT_ONCE: usize = 8;

/// Runs that are looked at: more than a repository has between two releases of anybody.
pub(super) const RUNS: usize = 100;

/// A run that was caused appears within so many looks, or it was not caused.
const LOOKS: u32 = 6;

/// Seconds between two of them.
const BETWEEN: u64 = 10;

/// What is there before a repository is told.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    /// Why it cannot hear.
    pub(super) deaf: Option<String>,
    /// What it is called now, where that is another name.
    pub(super) renamed: Option<String>,
    /// Its newest runs of events from elsewhere; `None` when they cannot be seen.
    runs: Option<Vec<Run>>,
}

impl Seen {
    /// The run that a dispatch has caused; `None` where there is none yet, or runs cannot be seen.
    pub(super) fn caused(&self, told: &Told, workflow: &str) -> Option<&Run> {
        caused(self.runs.as_ref()?, told, workflow)
    }

    /// Whether a run of it is not over.
    pub(super) fn is_building(&self) -> bool {
        self.runs.iter().flatten().any(|run| !run.is_over())
    }
}

/// What telling came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Told {
    /// The id.
    pub(super) id: String,
    /// The newest run before it, where runs could be seen.
    pub(super) after: Option<u64>,
    /// The run that it caused, when that is known.
    pub(super) run: Option<u64>,
    /// Whether it was followed, and no run began.
    #[serde(default)]
    pub(super) unheard: bool,
}

impl Told {
    /// One that is sent now.
    fn first(item: &Item, seen: &Seen) -> Self {
        let newest = |runs: &Vec<Run>| runs.iter().map(|run| run.id).max().unwrap_or_default();
        let after = seen.runs.as_ref().map(newest);
        Self { id: item.id.clone(), after, run: None, unheard: false }
    }

    /// Whether a run is called by the id: then it is the one that was caused, and no other.
    pub(super) fn names(&self, run: &Run) -> bool {
        run.display_title.contains(&self.id)
    }

    /// Whether a run is certainly the one that was caused.
    pub(super) fn is_of(&self, run: &Run) -> bool {
        self.run == Some(run.id) || self.names(run)
    }

    /// Whether nothing comes of it any more, so that the repository is told anew: nobody heard it; or, where it goes
    /// back from a later version, its run is over.
    fn is_spent(&self, seen: &Seen, workflow: &str, goes_back: bool) -> bool {
        let Some(runs) = &seen.runs else { return goes_back };
        match caused(runs, self, workflow) {
            Some(run) => goes_back && run.is_over(),
            // A run that is no longer among the newest was over long ago.
            None if goes_back && (self.run.is_some() || runs.len() >= RUNS) => true,
            None => {
                let came_after = |run: &Run| self.after.is_none_or(|after| run.id > after);
                self.unheard && self.after.is_some() && !runs.iter().any(came_after)
            }
        }
    }
}

/// What is known of a repository before it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Before {
    /// It was told, and something may still come of it.
    Told(Known),
    /// It was told, and nothing comes of it any more: it is told anew.
    Spent(Known),
    /// It was tried, and nobody knows yet whether that was heard.
    Tried {
        /// The key of its effect.
        key: String,
        /// What was to be sent.
        intent: Told,
        /// Whether the run that tried it died; else it saw that it failed.
        cut_off: bool,
    },
    /// Nothing is known of it.
    Untold,
}

/// A dispatch that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Known {
    key: String,
    /// What it came to.
    pub(super) told: Told,
    /// Whether the journal knows it; else its run does.
    is_kept: bool,
}

impl Known {
    async fn keep(&self, job: &Job<'_>) -> Result<()> {
        match self.is_kept {
            true => Ok(()),
            false => job.operation.found(&self.key, &self.told).await,
        }
    }
}

/// What is known of a repository before it is told, by this machine's memory and by its runs: another machine may have
/// told it.
pub(super) fn before(
    item: &Item,
    effects: &[EffectRecord],
    seen: &Seen,
    workflow: &str,
    goes_back: bool,
) -> Before {
    let known = |key: String, told: Told, is_kept: bool| {
        let is_spent = told.is_spent(seen, workflow, goes_back);
        let known = Known { key, told, is_kept };
        if is_spent { Before::Spent(known) } else { Before::Told(known) }
    };
    // Of several dispatches the last one counts.
    let effect = effects.iter().rfind(|effect| item.is_of(&effect.key));
    let done = effect.and_then(|effect| Told::deserialize(effect.standing.outcome()?).ok());
    if let (Some(effect), Some(told)) = (effect, done) {
        return known(effect.key.clone(), told, true);
    }
    // Of a try that was cut off, what was there before it counts.
    let tried = effect.and_then(|effect| Told::deserialize(&effect.intent).ok());
    let intent = tried.unwrap_or_else(|| Told::first(item, seen));
    let key = effect.map_or_else(|| item.key(), |effect| effect.key.clone());
    let named = seen.runs.iter().flatten().find(|run| intent.names(run)).map(|run| run.id);
    match (named, effect) {
        (Some(id), _) => known(key, Told { run: Some(id), ..intent }, false),
        (None, Some(effect)) => {
            let cut_off = effect.standing == Standing::Intended;
            Before::Tried { key, intent, cut_off }
        }
        (None, None) => Before::Untold,
    }
}

/// Looks at repositories: whether each can hear, and what ran there.
pub(super) async fn look(
    client: &Client,
    names: Vec<RepositoryName>,
) -> Vec<std::result::Result<Seen, Refusal>> {
    let asked = together(AT_ONCE, names, |name| {
        let client = client.clone();
        async move { look_at(&client, &name).await }
    });
    let cut_off = || Err(Refusal::passing("it was not looked at"));
    asked.await.into_iter().map(|seen| seen.unwrap_or_else(cut_off)).collect()
}

async fn look_at(client: &Client, name: &RepositoryName) -> std::result::Result<Seen, Refusal> {
    let repository = client.repository(name).await.map_err(|error| Refusal::of(&error))?;
    let deaf = if repository.archived {
        Some("it is archived: unarchive it, or set `retired` in fleet.yaml".to_owned())
    } else if repository.disabled {
        Some("the forge has shut it".to_owned())
    } else {
        None
    };
    let renamed = (!repository.name().same(name)).then_some(repository.full_name);
    if deaf.is_some() {
        return Ok(Seen { deaf, renamed, runs: None });
    }
    // Without them nobody can say later what was caused: only a token that may not see runs does without.
    let runs = match client.dispatched_runs(name, RUNS).await {
        Ok(runs) => Some(runs),
        Err(error) if is_refusal(&error) => None,
        Err(error) => return Err(Refusal::of(&error)),
    };
    Ok(Seen { deaf, renamed, runs })
}

/// The run that a dispatch has caused: the one that is called by its id; else, of those of the workflow that came
/// after it and are called by no id, the first.
pub(super) fn caused<'r>(runs: &'r [Run], told: &Told, workflow: &str) -> Option<&'r Run> {
    if let Some(known) = told.run {
        return runs.iter().find(|run| run.id == known);
    }
    if let Some(named) = runs.iter().find(|run| told.names(run)) {
        return Some(named);
    }
    let after = told.after?;
    let file = |run: &Run| run.path.rsplit('/').next() == Some(workflow);
    // A run that is called by an id of another dispatch was caused by that.
    runs.iter()
        .filter(|run| run.id > after && file(run) && !names_an_id(run))
        .min_by_key(|run| run.id)
}

/// Whether a run is called by some id of ours: a version, a hyphen, and 16 digits.
fn names_an_id(run: &Run) -> bool {
    run.display_title.split(|c: char| c.is_whitespace() || "()[],:".contains(c)).any(|word| {
        word.rsplit_once('-').is_some_and(|(version, digits)| {
            digits.len() == 16
                && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
                && version.starts_with(|c: char| c.is_ascii_digit())
        })
    })
}

/// Remembers that nobody heard a dispatch: the next run sends another.
///
/// # Errors
/// When the journal cannot be read or written.
pub(super) async fn unheard(job: &Job<'_>, item: &Item, told: &Told) -> Result<()> {
    let is_it = |effect: &EffectRecord| {
        let known = effect.standing.outcome().and_then(|known| Told::deserialize(known).ok());
        item.is_of(&effect.key) && known.is_some_and(|known| known.id == told.id)
    };
    match job.operation.effects()?.into_iter().rfind(is_it) {
        Some(effect) => {
            let told = Told { unheard: true, ..told.clone() };
            job.operation.found(&effect.key, &told).await
        }
        None => Ok(()),
    }
}

/// Tells one repository, unless it was told. Whether it was told now, and what that came to. Where it goes back from
/// a later version, what it was told does not count once that is over.
///
/// # Errors
/// When the journal cannot be read or written; the inner one says why the repository was not told.
pub(super) async fn tell(
    job: &Job<'_>,
    item: &Item,
    seen: &Seen,
    goes_back: bool,
) -> Result<std::result::Result<(bool, Told), Refusal>> {
    let workflow = job.announcement.workflow.as_str();
    let (key, intent, cut_off) =
        match before(item, &job.operation.effects()?, seen, workflow, goes_back) {
            Before::Told(known) => {
                known.keep(job).await?;
                return Ok(Ok((false, known.told)));
            }
            Before::Spent(known) => {
                known.keep(job).await?;
                let anew = item.anew((job.distribution, job.version), job.anew);
                (anew.key(), Told::first(&anew, seen), false)
            }
            Before::Tried { key, intent, cut_off } => (key, intent, cut_off),
            Before::Untold => (item.key(), Told::first(item, seen), false),
        };
    let heard = async || -> std::result::Result<Option<Told>, ForgeError> {
        let runs = job.client.dispatched_runs(&item.repository, RUNS).await?;
        let found = caused(&runs, &intent, workflow);
        // One that is not called by the id is a guess: that one came is all that is known.
        let run = found.filter(|run| intent.names(run)).map(|run| run.id);
        Ok(found.map(|_| Told { run, ..intent.clone() }))
    };
    // One that failed was told so, and looked for by the client itself; one that was cut off may appear late.
    let looks = if cut_off { LOOKS } else { 1 };
    let look_up = async || -> Result<Option<Told>> {
        if intent.after.is_none() && cut_off {
            return Err(Error::failed("nobody can say whether it was told")
                .caused_by("an earlier try was cut off, and the token may not see runs")
                .hint("permit `actions: read`; or tell it in any case: --again"));
        }
        for look in 0..looks {
            if look == 1 {
                let (who, most) = (&item.repository, u64::from(looks - look) * BETWEEN);
                (job.told)(&format!(
                    "{who}: an earlier run was cut off while it notified this member; checking for up to {most} s whether it did"
                ));
            }
            if look > 0 {
                job.client.time().sleep(Duration::from_secs(BETWEEN)).await;
            }
            if intent.after.is_some()
                && let Some(told) = heard().await?
            {
                return Ok(Some(told));
            }
        }
        Ok(None)
    };
    let payload = payload(job, &intent.id);
    let lasts = Cell::new(false);
    let act = async || -> Result<Told> {
        let again = async || Ok(intent.after.is_some() && heard().await?.is_some());
        let sent = job.client.dispatch(&item.repository, &job.announcement.event, &payload, again);
        sent.await.map_err(|error| {
            let words = in_words(&error);
            lasts.set(is_lasting(&error));
            Error::from(error).caused_by(words)
        })?;
        Ok(intent.clone())
    };
    // What is wrong with the member is told of it; what is wrong with the journal ends the run.
    let is_of_member = Cell::new(false);
    let noted = |error: Error| {
        is_of_member.set(true);
        error
    };
    let look_up = async || look_up().await.map_err(noted);
    let act = async || act().await.map_err(noted);
    let done = job.operation.effect(&key, &intent, Caution::WhenInDoubt, look_up, act).await;
    Ok(match done {
        Ok(Settled::Now(told)) => Ok((true, told)),
        Ok(settled) => Ok((false, settled.outcome())),
        Err(error) if !is_of_member.get() => return Err(error),
        Err(error) => Err(Refusal { why: last_words(&error), lasts: lasts.get() }),
    })
}

fn payload(job: &Job<'_>, id: &str) -> Value {
    json!({ (job.announcement.payload.as_str()): job.version.to_string(), ID: id })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(id: u64, title: &str, path: &str) -> Run {
        serde_json::from_value(json!({ "id": id, "display_title": title, "path": path }))
            .expect("a run")
    }

    const PATH: &str = ".github/workflows/publish-image.yml";

    fn told(after: Option<u64>) -> Told {
        Told { id: "0.1.6-0123456789abcdef".to_owned(), after, run: None, unheard: false }
    }

    fn found(runs: &[Run], told: &Told) -> Option<u64> {
        caused(runs, told, "publish-image.yml").map(|run| run.id)
    }

    #[test]
    fn a_run_that_is_called_by_the_id_is_the_one() {
        let runs = [
            run(9, "runtime-published", PATH),
            run(8, "runtime 0.1.6 (0.1.6-0123456789abcdef)", PATH),
        ];
        assert_eq!(found(&runs, &told(Some(5))), Some(8));
        assert_eq!(found(&runs, &told(None)), Some(8));
    }

    #[test]
    fn without_ids_it_is_the_first_of_the_workflow_that_came_after() {
        let runs = [
            run(9, "runtime-published", PATH),
            run(8, "runtime-published", PATH),
            run(7, "runtime-published", ".github/workflows/other.yml"),
            run(5, "runtime-published", PATH),
        ];
        assert_eq!(found(&runs, &told(Some(5))), Some(8));
        assert_eq!(found(&runs, &told(Some(9))), None);
        assert_eq!(found(&runs, &told(None)), None);
        let of_others = [run(9, "runtime (0.1.5-fedcba9876543210)", PATH)];
        assert_eq!(found(&of_others, &told(Some(5))), None);
    }

    #[test]
    fn who_is_told_anew_was_not_heard_or_goes_back() {
        let over = |id: u64| -> Run {
            let title = format!("0.1.6-{}", "0123456789abcdef");
            let run = json!({ "id": id, "display_title": title, "path": PATH, "status": "completed", "conclusion": "success" });
            serde_json::from_value(run).expect("a run")
        };
        let seen = |runs: Vec<Run>| Seen { runs: Some(runs), ..Seen::default() };
        let spent = |told: &Told, seen: &Seen, goes_back: bool| {
            told.is_spent(seen, "publish-image.yml", goes_back)
        };
        let known = told(Some(5));
        assert!(spent(&known, &seen(vec![over(8)]), true));
        assert!(!spent(&known, &seen(vec![over(8)]), false), "its run may be looked at");
        let running = run(8, "0.1.6-0123456789abcdef", PATH);
        assert!(!spent(&known, &seen(vec![running.clone()]), true), "it is being built");
        assert!(!spent(&known, &seen(Vec::new()), true), "its run may still appear");
        let unheard = Told { unheard: true, ..known };
        assert!(spent(&unheard, &seen(vec![run(5, "before it", PATH)]), false));
        assert!(!spent(&unheard, &seen(vec![running]), false), "it was heard late");
        let other = run(8, "something else", ".github/workflows/other.yml");
        assert!(!spent(&unheard, &seen(vec![other]), false), "something heard it");
    }

    #[test]
    fn a_guess_gives_way_to_the_run_that_is_called_by_the_id() {
        let told = told(Some(5));
        // Somebody sent the event by hand at the same moment.
        let by_hand = run(6, "runtime-published", PATH);
        assert_eq!(found(std::slice::from_ref(&by_hand), &told), Some(6));
        assert!(!told.is_of(&by_hand));
        let ours = run(7, "0.1.6-0123456789abcdef", PATH);
        assert!(told.is_of(&ours));
        assert_eq!(found(&[ours, by_hand], &told), Some(7));
    }
}
