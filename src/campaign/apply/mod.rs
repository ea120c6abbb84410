//! A plan, made true: one repository after the other, each once.
//!
//! In: a plan, a client, the operation of the journal that remembers. Out: how each repository stands afterwards
//! ([`Outcome`]). What the plan says is held against what the forge shows now, so that a plan which was applied
//! already, by whomever, is not applied again. One repository that fails stops no other; a limit that would take
//! longer than the run may wait stops all, and they go on where they are in the next run.
//!
//! | file | what it owns |
//! |---|---|
//! | `extras` | what goes with a pull request: labels, reviewers and the like |
//! | `effects` | what is done to one repository, each step through the journal |
//! | `todo` | what is left to do of an item, given what the forge shows. Pure |

mod effects;
mod extras;
mod todo;

pub use todo::{Base, Todo, now};

use std::cell::Cell;
use std::collections::HashSet;

use super::effect_kind::EffectKind;
use super::look::{Sight, again, look};
use super::plan::{Item, Plan, gate};
use super::recorder::{Recorder, Tried};
use super::state::State;
use crate::error::Result;
use crate::fleet::RepositoryName;
use crate::forge::calls::offers::Offer;

/// A plan that is applied.
pub struct Job<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// What it is done with.
    pub recorder: Recorder<'a>,
    /// Told how many repositories are through.
    pub step: &'a dyn Fn(),
    /// Whether only those are tried that failed the last time.
    pub only_failed: bool,
    /// How many pull requests the run has opened, over all of its looks.
    pub opened: &'a Cell<u32>,
    /// Why the campaign may not act now, where it may not: asked before each repository.
    pub shut: &'a dyn Fn() -> Option<String>,
}

impl std::fmt::Debug for Job<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Job").field("campaign", &self.plan.campaign).finish_non_exhaustive()
    }
}

/// How a repository stands after a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The word.
    pub state: State,
    /// Why.
    pub reason: String,
    /// Its pull request: number and page.
    pub pull: Option<(u64, String)>,
    /// Whether a pull request of the campaign is open there, whatever the word is.
    pub is_open: bool,
    /// Whether this run did something to it.
    pub acted: bool,
    /// What did not work beside it: labels, reviewers.
    pub left: Vec<String>,
    /// What of its pull request the token could not see.
    pub unread: Vec<String>,
    /// Whether its base branch moved after the plan was made.
    pub moved: bool,
    /// Whether it only waits for others, as it should.
    pub waits: bool,
    /// Whether this run tried what had to be done, and that did not work: `--failed` tries it again.
    pub refused: bool,
    /// Whether the run was stopped before what was left to do of it was begun. How it stands is not touched by that.
    pub stopped: bool,
}

impl Outcome {
    fn new(state: State, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self {
            state,
            reason,
            pull: None,
            is_open: false,
            acted: false,
            left: Vec::new(),
            unread: Vec::new(),
            moved: false,
            waits: false,
            refused: false,
            stopped: false,
        }
    }
}

impl Outcome {
    /// Whether this run did something to it that left its pull request open.
    fn is_opened(&self) -> bool {
        self.acted && self.state.is_open()
    }

    /// How it counts for those that wait: the checks of what was opened just now have yet to be seen.
    fn for_others(&self) -> gate::Seen {
        let is_new = self.acted && self.state == State::Open;
        let state = if is_new { State::Checks } else { self.state };
        gate::Seen { state, is_open: self.is_open }
    }
}

/// What ends a run for all repositories.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Stopped {
    /// Somebody asked.
    Asked,
    /// The last of the campaign's windows has closed.
    Shut(String),
    /// The forge, for this reason.
    Forge(String),
}

/// Does what the plan says, as far as it may now. The outcomes are in the order of the plan's items.
///
/// # Errors
/// When the journal or the log cannot be written: nothing is done that nobody would remember.
pub async fn apply(job: &Job<'_>) -> Result<Vec<Outcome>> {
    let plan = job.plan;
    let asked: Vec<_> = plan.items.iter().map(asked_of).collect();
    let sights = look(job.recorder.client, &plan.campaign, &asked).await;
    let mut todos = Vec::with_capacity(plan.items.len());
    // What this run would open and does not try keeps nothing waiting: it would be waited for in vain.
    let mut left_aside = HashSet::new();
    let mut outcomes: Vec<Outcome> = Vec::with_capacity(plan.items.len());
    for (item, sight) in plan.items.iter().zip(&sights) {
        let (todo, mut outcome) = now(plan, item, sight);
        outcome.unread = sight.offer.as_ref().map(Offer::unread_of_pull).unwrap_or_default();
        // What cannot be seen is as it was left.
        outcome.is_open |=
            sight.offer.is_err() && job.recorder.memory.leaves_open(&item.repository);
        let wanted = !job.only_failed || job.recorder.memory.failed(&item.repository);
        if !wanted && todo.as_ref().is_some_and(Todo::opens) {
            left_aside.insert(outcomes.len());
        }
        todos.push(todo.filter(|_| wanted));
        outcomes.push(outcome);
    }
    let mut stopped: Option<Stopped> = None;
    let indices = 0..plan.items.len();
    for (index, (todo, sight)) in indices.zip(todos.into_iter().zip(&sights)) {
        (job.step)();
        let Some(todo) = todo else { continue };
        if stopped.is_none() {
            stopped = match job.recorder.interrupt.is_asked() {
                true => Some(Stopped::Asked),
                false => (job.shut)().map(Stopped::Shut),
            };
        }
        if let Some(stopped) = &stopped {
            // What is open stays open, whatever might have been missing of it.
            match outcomes.get_mut(index) {
                Some(outcome) if !todo.opens() => outcome.stopped = true,
                _ => wait(&mut outcomes, index, stopped.reason()),
            }
            continue;
        }
        if todo.opens() {
            let seen = |(index, outcome): (usize, &Outcome)| match left_aside.contains(&index) {
                true => gate::Seen { state: State::Skipped, is_open: outcome.is_open },
                false => outcome.for_others(),
            };
            let seen: Vec<gate::Seen> = outcomes.iter().enumerate().map(seen).collect();
            if let Some(why) = gate::hold(&plan.terms, &plan.items, &seen, index, job.opened.get())
            {
                wait(&mut outcomes, index, why);
                outcomes.iter_mut().skip(index).take(1).for_each(|outcome| outcome.waits = true);
                continue;
            }
        }
        let newer = newer(job, index, &todo, sight).await;
        let (todo, sight) = match (&newer, plan.items.get(index)) {
            (Some(sight), Some(item)) => match now(plan, item, sight) {
                (Some(todo), _) => (todo, sight),
                (None, outcome) => {
                    outcomes.iter_mut().skip(index).take(1).for_each(|it| *it = outcome.clone());
                    continue;
                }
            },
            _ => (todo, sight),
        };
        if let Some(why) = act(job, index, &todo, sight, &mut outcomes).await? {
            stopped = Some(Stopped::Forge(why));
        } else if todo.opens() && outcomes.get(index).is_some_and(Outcome::is_opened) {
            job.opened.set(job.opened.get().saturating_add(1));
        }
    }
    Ok(outcomes)
}

/// What is asked of a repository, and the commit that its plan is bound to.
fn asked_of(item: &Item) -> (RepositoryName, Option<String>) {
    (item.name(), item.change.as_ref().map(|change| change.base.clone()))
}

/// A newer look, where what is done would be done to something that people may have gone on with.
async fn newer(job: &Job<'_>, index: usize, todo: &Todo, sight: &Sight) -> Option<Sight> {
    let item = job.plan.items.get(index).filter(|_| todo.is_of_what_is_there())?;
    again(job.recorder.client, &job.plan.campaign, &asked_of(item), sight).await
}

impl Stopped {
    fn reason(&self) -> String {
        match self {
            Self::Asked => "stopped by Ctrl-C: run it again to go on".to_owned(),
            Self::Shut(why) => why.clone(),
            Self::Forge(why) => format!("stopped: {why}; run it again later to go on"),
        }
    }
}

fn wait(outcomes: &mut [Outcome], index: usize, why: String) {
    if let Some(outcome) = outcomes.get_mut(index) {
        outcome.state = State::Paused;
        outcome.reason = why;
    }
}

/// WriteScope down that the plan can do nothing here any more: where nobody asks the forge, that is how it is known.
async fn remember_moved(job: &Job<'_>, item: &Item) -> Result<()> {
    let (recorder, repository) = (&job.recorder, &item.repository);
    let key = EffectKind::moved(repository, &job.plan.digest);
    match recorder.memory.is_done(repository, &key) {
        true => Ok(()),
        false => recorder.operation.found(&key, &true).await,
    }
}

/// Does one thing; why everything has to stop, when it has to.
async fn act(
    job: &Job<'_>,
    index: usize,
    todo: &Todo,
    sight: &Sight,
    outcomes: &mut [Outcome],
) -> Result<Option<String>> {
    let (Some(item), Some(outcome)) = (job.plan.items.get(index), outcomes.get_mut(index)) else {
        return Ok(None);
    };
    if todo.is_moved() {
        outcome.moved = true;
        remember_moved(job, item).await?;
        let again = "its base moved after the plan: plan again";
        // What conflicts keeps nobody waiting, whoever moved the base.
        if outcome.state == State::Blocked {
            outcome.reason = format!("{}; {again}", outcome.reason);
        } else {
            outcome.state = State::Paused;
            again.clone_into(&mut outcome.reason);
        }
        return Ok(None);
    }
    let by = sight.offer.as_ref().map_or("", |offer| &offer.viewer);
    let work = effects::of(job, item, todo, sight);
    match job.recorder.tried(todo.name(), (&item.repository, by), work).await? {
        Tried::Done(done) => {
            *outcome = Outcome { unread: std::mem::take(&mut outcome.unread), ..done };
            Ok(None)
        }
        Tried::Failed(why) => {
            outcome.state = State::Failed;
            outcome.reason = why;
            outcome.refused = true;
            Ok(None)
        }
        Tried::Stops(why) => {
            outcome.state = State::Paused;
            outcome.reason.clone_from(&why);
            Ok(Some(why))
        }
    }
}
