//! Carries out a plan, one repository after the other.
//!
//! Given a plan, a client and the journal's operation, returns the state of each repository afterwards ([`Outcome`]).
//! The plan is compared with what the forge shows now, so that a plan which was already applied, by any run, is not applied
//! again. A repository that fails does not stop the others; a limit that would take longer than the run may wait stops
//! all, and the next run continues.
//!
//! | file | what it owns |
//! |---|---|
//! | `extras` | what goes with a pull request: labels, reviewers and the like |
//! | `effects` | what is done to one repository, each step through the journal |
//! | `others` | the very same change in other campaigns, since the plan was made |
//! | `todo` | what is left to do of an item, given what the forge shows. Pure |

mod effects;
mod extras;
mod others;
mod todo;

pub use todo::{Base, Todo, now};

use std::cell::Cell;
use std::path::Path;

use super::look::{Sight, Spot, again, look};
use super::plan::{Item, Plan, Reason, gate, is_unselected};
use super::recorder::{Recorder, Tried};
use super::state::State;
use crate::error::Result;
use crate::forge::calls::branch_pulls::Offer;

/// A plan that is applied.
pub struct Job<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The campaign's file, for commands that look at the journal only.
    pub file: &'a Path,
    /// Carries out and records the effects.
    pub recorder: Recorder<'a>,
    /// Called after each repository.
    pub step: &'a dyn Fn(),
    /// Whether only repositories that failed the last time are tried.
    pub only_failed: bool,
    /// Whether the plan is to revert a campaign.
    pub is_revert: bool,
    /// How many pull requests the run has opened in all of its rounds.
    pub opened: &'a Cell<u32>,
    /// Why the campaign may not act now, if so; asked before each repository.
    pub shut: &'a dyn Fn() -> Option<String>,
}

impl std::fmt::Debug for Job<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Job").field("campaign", &self.plan.campaign).finish_non_exhaustive()
    }
}

/// The state of a repository after a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The state.
    pub state: State,
    /// Why.
    pub reason: Reason,
    /// The number of its pull request.
    pub pull: Option<u64>,
    /// Whether a pull request of the campaign is open there, whatever the state.
    pub is_open: bool,
    /// What this run did about it.
    pub ended: HowEnded,
    /// What failed besides: labels, reviewers.
    pub left: Vec<String>,
    /// What else is worth knowing. It often holds for many repositories, so it is not part of the reason.
    pub remark: Option<&'static str>,
    /// Parts of its pull request that the token could not read.
    pub unread: Vec<String>,
}

/// How a run ended for one repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HowEnded {
    /// Nothing was done, and nothing had to be.
    AsItWas,
    /// The run did something to it.
    Acted,
    /// The run added only what its pull request lacked: nothing that is checked has changed.
    Completed,
    /// Its base branch moved after the plan was made: nothing was done.
    Moved,
    /// It waits for others.
    Waits,
    /// It was not offered because enough others failed: it waits for a person to look at those.
    Halted,
    /// The run tried what had to be done and failed: `--failed` tries it again.
    Refused,
    /// The run was stopped before it started what was left to do.
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
            remark: None,
            unread: Vec::new(),
        }
    }
}

impl Outcome {
    /// Whether this run did something to it.
    #[must_use]
    pub fn is_acted_on(&self) -> bool {
        matches!(self.ended, HowEnded::Acted | HowEnded::Completed)
    }

    /// Whether its base branch moved after the plan was made.
    #[must_use]
    pub fn is_moved(&self) -> bool {
        self.ended == HowEnded::Moved
    }

    /// Whether it only waits for others.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        matches!(self.ended, HowEnded::Waits | HowEnded::Halted)
    }

    /// Whether it waits because enough others failed.
    #[must_use]
    pub fn is_halted(&self) -> bool {
        self.ended == HowEnded::Halted
    }

    /// Whether the run ended before everything was done.
    #[must_use]
    pub fn is_cut_short(&self) -> bool {
        self.ended == HowEnded::Stopped || self.state.is_held_back() && !self.is_waiting()
    }

    /// Whether the campaign does not select it.
    #[must_use]
    pub fn is_unselected(&self) -> bool {
        is_unselected(self.state, self.reason.kinds())
    }

    /// Notes that its pull request got what it lacked.
    fn completed(&mut self) {
        if self.ended == HowEnded::AsItWas {
            self.ended = HowEnded::Completed;
        }
    }

    /// Whether this run did something to it that left its pull request open.
    fn is_opened(&self) -> bool {
        self.is_acted_on() && self.state.is_open()
    }

    /// How it counts for repositories that wait in this run. The checks of what was opened just now are not known yet, and where a
    /// title or labels were set, there may be some that begin by that.
    #[must_use]
    pub fn for_others(&self) -> gate::Seen {
        self.counted(self.is_acted_on())
    }

    /// How it counts for them in a run after this one.
    #[must_use]
    pub fn for_later(&self) -> gate::Seen {
        self.counted(self.ended == HowEnded::Acted)
    }

    fn counted(&self, is_changed: bool) -> gate::Seen {
        let is_new = is_changed && self.state == State::Open;
        let state = if is_new { State::Checks } else { self.state };
        let checked = gate::Checked::of(self.reason.kinds());
        gate::Seen { checked, ..gate::Seen::new(state, self.is_open) }
    }
}

/// What ends a run for all repositories.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Stopped {
    /// The user asked for it.
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
    /// What is left to do; `None` if it is not tried.
    todo: Option<Todo>,
    /// Whether this run does not try to open it, so that nothing should wait for it.
    is_left_aside: bool,
    outcome: Outcome,
}

/// Carries out the plan as far as is allowed now. The outcomes are in the order of the plan's items.
///
/// # Errors
/// When the journal or the log cannot be written: nothing is done without a record.
pub async fn apply(job: &Job<'_>) -> Result<Vec<Outcome>> {
    let plan = job.plan;
    let asked: Vec<Spot> = plan.items.iter().map(Spot::of).collect();
    let sights = look(job.recorder.client, &plan.campaign, &asked).await;
    let mut turns: Vec<Turn<'_>> =
        plan.items.iter().zip(sights).map(|(item, sight)| Turn::of(job, item, sight)).collect();
    let mut others = others::Others::default();
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
            // What is open keeps its state, whatever it lacks.
            if todo.opens() {
                turn.pause(stopped.reason());
            }
            continue;
        }
        if let Some((ended, why)) = held {
            turn.outcome.ended = ended;
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
        let why_left = match todo.opens() && !todo.is_moved() {
            true => others.why_left(job, &turns, index).await,
            false => Ok(None),
        };
        let Some(turn) = turns.get_mut(index) else { continue };
        match why_left {
            Ok(None) => {}
            Ok(Some(why)) => {
                turn.leave_out(why);
                continue;
            }
            Err(error) => {
                let why = Stopped::now(job).unwrap_or_else(|| Stopped::Forge(error.to_string()));
                turn.outcome.ended = HowEnded::Stopped;
                turn.pause(why.reason());
                stopped = Some(why);
                continue;
            }
        }
        if let Some(why) = turn.act(job, &todo).await? {
            stopped = Some(why);
        } else if todo.opens() && turn.outcome.is_opened() {
            job.opened.set(job.opened.get().saturating_add(1));
        }
    }
    Ok(turns.into_iter().map(|turn| turn.outcome).collect())
}

/// How and why a repository has to wait for others; `None` if it may start.
fn held(job: &Job<'_>, turns: &[Turn<'_>], index: usize) -> Option<(HowEnded, String)> {
    let seen: Vec<gate::Seen> = turns.iter().map(Turn::for_others).collect();
    let Plan { terms, items, .. } = job.plan;
    let halted = gate::halt(terms, &seen).map(|why| (HowEnded::Halted, why));
    halted.or_else(|| {
        let why = gate::wait(terms, items, &seen, index, job.opened.get())?;
        Some((HowEnded::Waits, why))
    })
}

impl Stopped {
    /// What stops the run now, if anything.
    fn now(job: &Job<'_>) -> Option<Self> {
        match job.recorder.interrupt.is_asked() {
            true => Some(Self::Asked),
            false => (job.shut)().map(Self::Shut),
        }
    }

    fn reason(&self) -> String {
        match self {
            Self::Asked => "stopped by Ctrl-C: run the command again to continue".to_owned(),
            Self::Shut(why) => why.clone(),
            Self::Forge(why) => format!("stopped: {why}; run the command again later to continue"),
        }
    }
}

/// What is left to do after a look at a repository, and its state.
fn seen(job: &Job<'_>, item: &Item, sight: &Sight) -> (Option<Todo>, Outcome) {
    let (todo, mut outcome) = now(job.plan, item, sight);
    outcome.unread = sight.offer.as_ref().map(Offer::unread_of_pull).unwrap_or_default();
    // A pull request that cannot be seen is taken to be as this campaign left it.
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

    /// How it counts for repositories that wait.
    fn for_others(&self) -> gate::Seen {
        match self.is_left_aside {
            true => gate::Seen::new(State::Skipped, self.outcome.is_open),
            false => self.outcome.for_others(),
        }
    }

    fn pause(&mut self, why: impl Into<Reason>) {
        self.outcome.state = State::Paused;
        self.outcome.reason = why.into();
    }

    /// Leaves the repository out for this reason.
    fn leave_out(&mut self, why: impl Into<Reason>) {
        self.outcome.state = State::Skipped;
        // One that this campaign merged before is not what the reason is about.
        if !self.outcome.is_open {
            self.outcome.pull = None;
        }
        self.outcome.reason = why.into();
    }

    /// What is left to do after a newer look, if it acts on something that people may have changed since.
    async fn looked_again(&mut self, job: &Job<'_>, todo: Todo) -> Option<Todo> {
        if !todo.is_of_what_is_there() {
            return Some(todo);
        }
        let (client, campaign) = (job.recorder.client, &job.plan.campaign);
        let newer = again(client, campaign, &Spot::of(self.item), &self.sight).await;
        let Some(newer) = newer else { return Some(todo) };
        let (todo, outcome) = seen(job, self.item, &newer);
        self.sight = newer;
        match &todo {
            Some(_) => self.outcome.unread = outcome.unread,
            None => self.outcome = outcome,
        }
        todo
    }

    /// Notes a pull request that an attempt has opened although the rest of it was not done. Returns whether there is one.
    fn opened(&mut self, made: &effects::Made) -> bool {
        let Some(pull) = made.pull() else { return false };
        self.outcome.pull = Some(pull);
        self.outcome.is_open = true;
        true
    }

    /// Does one thing, and returns why the run has to stop, if so.
    async fn act(&mut self, job: &Job<'_>, todo: &Todo) -> Result<Option<Stopped>> {
        let item = self.item;
        if todo.is_moved() {
            self.outcome.ended = HowEnded::Moved;
            let again = "its base branch moved after the plan was made: plan again";
            // What conflicts keeps its state, so that nothing waits for it.
            if self.outcome.state.is_hindered() {
                self.outcome.reason = format!("{}; {again}", self.outcome.reason).into();
            } else {
                self.pause(again);
            }
            return Ok(None);
        }
        let by = self.sight.offer.as_ref().map_or("", |offer| &offer.viewer);
        let made = effects::Made::default();
        let work = effects::of(job, item, todo, &self.sight, &made);
        let tried = job.recorder.tried(todo.name(), (&item.repository, by), work).await?;
        match tried {
            Tried::Done(done) => {
                let unread = std::mem::take(&mut self.outcome.unread);
                self.outcome = Outcome { unread, ..done };
                Ok(None)
            }
            Tried::Failed { why, .. } => {
                self.opened(&made);
                self.outcome.state = State::Failed;
                self.outcome.reason = why.into();
                self.outcome.ended = HowEnded::Refused;
                Ok(None)
            }
            Tried::Stops(why) => {
                let (stopped, why) = match job.recorder.interrupt.is_asked() {
                    true => (Stopped::Asked, Stopped::Asked.reason()),
                    false => (Stopped::Forge(why.clone()), why),
                };
                match self.opened(&made) {
                    // It is open, whatever it lacks.
                    true => {
                        self.outcome.state = State::Open;
                        self.outcome.reason = format!("opened; {why}").into();
                        self.outcome.ended = HowEnded::Stopped;
                    }
                    false => self.pause(why),
                }
                Ok(Some(stopped))
            }
        }
    }
}
