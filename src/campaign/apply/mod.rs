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

use super::effect_kind::EffectKind;
use super::look::{Sight, again, look};
use super::plan::{Item, Plan, Reason, gate, is_unselected};
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
    pub reason: Reason,
    /// Its pull request: number and page.
    pub pull: Option<(u64, String)>,
    /// Whether a pull request of the campaign is open there, whatever the word is.
    pub is_open: bool,
    /// What this run did about it.
    pub ended: HowEnded,
    /// What did not work beside it: labels, reviewers.
    pub left: Vec<String>,
    /// What of its pull request the token could not see.
    pub unread: Vec<String>,
}

/// How a run ended for one repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HowEnded {
    /// Nothing was done to it, and nothing is to be said of that.
    AsItWas,
    /// The run did something to it.
    Acted,
    /// Its base branch moved after the plan was made: nothing was done.
    Moved,
    /// It only waits for others, as it should.
    Waits,
    /// The run tried what had to be done, and that did not work: `--failed` tries it again.
    Refused,
    /// The run was stopped before what was left to do of it was begun.
    Stopped,
}

impl Outcome {
    fn new(state: State, reason: impl Into<Reason>) -> Self {
        let reason = reason.into();
        Self {
            state,
            reason,
            pull: None,
            is_open: false,
            ended: HowEnded::AsItWas,
            left: Vec::new(),
            unread: Vec::new(),
        }
    }
}

impl Outcome {
    /// Whether this run did something to it.
    #[must_use]
    pub fn is_acted_on(&self) -> bool {
        self.ended == HowEnded::Acted
    }

    /// Whether its base branch moved after the plan was made.
    #[must_use]
    pub fn is_moved(&self) -> bool {
        self.ended == HowEnded::Moved
    }

    /// Whether it only waits for others, as it should.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.ended == HowEnded::Waits
    }

    /// Whether the run ended before what was to be done with it was.
    #[must_use]
    pub fn is_cut_short(&self) -> bool {
        self.ended == HowEnded::Stopped || self.state.is_held_back() && !self.is_waiting()
    }

    /// Whether the campaign does not select it.
    #[must_use]
    pub fn is_unselected(&self) -> bool {
        is_unselected(self.state, self.reason.kinds())
    }

    /// Whether this run did something to it that left its pull request open.
    fn is_opened(&self) -> bool {
        self.is_acted_on() && self.state.is_open()
    }

    /// How it counts for those that wait: the checks of what was opened just now have yet to be seen.
    fn for_others(&self) -> gate::Seen {
        let is_new = self.is_acted_on() && self.state == State::Open;
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

/// One repository of a plan, when it is its turn.
struct Turn<'a> {
    item: &'a Item,
    sight: Sight,
    /// What is left to do; nothing where it is not tried.
    todo: Option<Todo>,
    /// Whether this run would open it and does not try: it keeps nothing waiting, which would wait in vain.
    is_left_aside: bool,
    outcome: Outcome,
}

/// Does what the plan says, as far as it may now. The outcomes are in the order of the plan's items.
///
/// # Errors
/// When the journal or the log cannot be written: nothing is done that nobody would remember.
pub async fn apply(job: &Job<'_>) -> Result<Vec<Outcome>> {
    let plan = job.plan;
    let asked: Vec<_> = plan.items.iter().map(asked_of).collect();
    let sights = look(job.recorder.client, &plan.campaign, &asked).await;
    let mut turns: Vec<Turn<'_>> =
        plan.items.iter().zip(sights).map(|(item, sight)| Turn::of(job, item, sight)).collect();
    let mut stopped: Option<Stopped> = None;
    for index in 0..turns.len() {
        (job.step)();
        let Some(todo) = turns.get_mut(index).and_then(|turn| turn.todo.take()) else { continue };
        stopped = stopped.or_else(|| Stopped::now(job));
        let held = match stopped {
            None if todo.opens() => held(job, &turns, index),
            _ => None,
        };
        let Some(turn) = turns.get_mut(index) else { continue };
        if let Some(stopped) = &stopped {
            turn.outcome.ended = HowEnded::Stopped;
            // What is open stays open, whatever might have been missing of it.
            if todo.opens() {
                turn.pause(stopped.reason());
            }
            continue;
        }
        if let Some(why) = held {
            turn.outcome.ended = HowEnded::Waits;
            turn.pause(why);
            continue;
        }
        let todo = turn.looked_again(job, todo).await;
        // A forge that cannot be reached now is not asked again for every repository that is left.
        if let Err(error) = &turn.sight.offer
            && error.is_of_the_run()
        {
            stopped = Stopped::now(job).or_else(|| Some(Stopped::Forge(error.to_string())));
        }
        let Some(todo) = todo else { continue };
        if let Some(why) = turn.act(job, &todo).await? {
            stopped = Some(why);
        } else if todo.opens() && turn.outcome.is_opened() {
            job.opened.set(job.opened.get().saturating_add(1));
        }
    }
    Ok(turns.into_iter().map(|turn| turn.outcome).collect())
}

/// Why a repository has to wait for others; `None` when it may begin.
fn held(job: &Job<'_>, turns: &[Turn<'_>], index: usize) -> Option<String> {
    let seen: Vec<gate::Seen> = turns.iter().map(Turn::for_others).collect();
    gate::hold(&job.plan.terms, &job.plan.items, &seen, index, job.opened.get())
}

/// What is asked of a repository, and the commit that its plan is bound to.
fn asked_of(item: &Item) -> (RepositoryName, Option<String>) {
    (item.name(), item.change.as_ref().map(|change| change.base.clone()))
}

impl Stopped {
    /// What stops a run now, where something does.
    fn now(job: &Job<'_>) -> Option<Self> {
        match job.recorder.interrupt.is_asked() {
            true => Some(Self::Asked),
            false => (job.shut)().map(Self::Shut),
        }
    }

    fn reason(&self) -> String {
        match self {
            Self::Asked => "stopped by Ctrl-C: run it again to go on".to_owned(),
            Self::Shut(why) => why.clone(),
            Self::Forge(why) => format!("stopped: {why}; run it again later to go on"),
        }
    }
}

/// Writes down that the plan can do nothing here any more: where nobody asks the forge, that is how it is known.
async fn remember_moved(job: &Job<'_>, item: &Item) -> Result<()> {
    let (recorder, repository) = (&job.recorder, &item.repository);
    let key = EffectKind::moved(repository, &job.plan.digest);
    match recorder.memory.is_done(repository, &key) {
        true => Ok(()),
        false => recorder.operation.found(&key, &true).await,
    }
}

/// What is left to do after a look at a repository, and how it stands.
fn seen(job: &Job<'_>, item: &Item, sight: &Sight) -> (Option<Todo>, Outcome) {
    let (todo, mut outcome) = now(job.plan, item, sight);
    outcome.unread = sight.offer.as_ref().map(Offer::unread_of_pull).unwrap_or_default();
    // A pull request that cannot be seen is taken to be as it was left.
    outcome.is_open |= sight.offer.is_err() && job.recorder.memory.leaves_open(&item.repository);
    (todo, outcome)
}

impl<'a> Turn<'a> {
    fn of(job: &Job<'_>, item: &'a Item, sight: Sight) -> Self {
        let memory = job.recorder.memory;
        let (todo, outcome) = seen(job, item, &sight);
        let is_wanted = !job.only_failed || memory.failed(&item.repository);
        let is_left_aside = !is_wanted && todo.as_ref().is_some_and(Todo::opens);
        let todo = todo.filter(|_| is_wanted);
        Self { item, sight, todo, is_left_aside, outcome }
    }

    /// How it counts for those that wait.
    fn for_others(&self) -> gate::Seen {
        match self.is_left_aside {
            true => gate::Seen { state: State::Skipped, is_open: self.outcome.is_open },
            false => self.outcome.for_others(),
        }
    }

    fn pause(&mut self, why: impl Into<Reason>) {
        self.outcome.state = State::Paused;
        self.outcome.reason = why.into();
    }

    /// What is left to do after a newer look, where what is done would be done to something that people may have gone on
    /// with.
    async fn looked_again(&mut self, job: &Job<'_>, todo: Todo) -> Option<Todo> {
        if !todo.is_of_what_is_there() {
            return Some(todo);
        }
        let (client, campaign) = (job.recorder.client, &job.plan.campaign);
        let newer = again(client, campaign, &asked_of(self.item), &self.sight).await;
        let Some(newer) = newer else { return Some(todo) };
        let (todo, outcome) = seen(job, self.item, &newer);
        self.sight = newer;
        match &todo {
            Some(_) => self.outcome.unread = outcome.unread,
            None => self.outcome = outcome,
        }
        todo
    }

    /// Does one thing; why everything has to stop, when it has to.
    async fn act(&mut self, job: &Job<'_>, todo: &Todo) -> Result<Option<Stopped>> {
        let item = self.item;
        if todo.is_moved() {
            self.outcome.ended = HowEnded::Moved;
            remember_moved(job, item).await?;
            let again = "its base moved after the plan: plan again";
            // What conflicts keeps nobody waiting, whoever moved the base.
            match self.outcome.state {
                State::Blocked => {
                    self.outcome.reason = format!("{}; {again}", self.outcome.reason).into();
                }
                _ => self.pause(again),
            }
            return Ok(None);
        }
        let by = self.sight.offer.as_ref().map_or("", |offer| &offer.viewer);
        let work = effects::of(job, item, todo, &self.sight);
        let tried = job.recorder.tried(todo.name(), (&item.repository, by), work).await?;
        match tried {
            Tried::Done(done) => {
                let unread = std::mem::take(&mut self.outcome.unread);
                self.outcome = Outcome { unread, ..done };
                Ok(None)
            }
            Tried::Failed(why) => {
                self.outcome.state = State::Failed;
                self.outcome.reason = why.into();
                self.outcome.ended = HowEnded::Refused;
                Ok(None)
            }
            Tried::Stops(_) if job.recorder.interrupt.is_asked() => {
                self.pause(Stopped::Asked.reason());
                Ok(Some(Stopped::Asked))
            }
            Tried::Stops(why) => {
                self.pause(why.clone());
                Ok(Some(Stopped::Forge(why)))
            }
        }
    }
}
