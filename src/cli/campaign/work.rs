//! Carrying out a plan: one or, with `--watch`, several looks.
//!
//! The journal's operation is held only during a look, so other runs can work on the campaign in between. With
//! `--watch`, approved and green pull requests are merged as well, by the rules of `campaign merge`.

mod again;
mod merges;
mod onward;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::time::Duration;

use super::apply::{How, Means};
use super::conditions::{self, Hours, Kept};
use super::is_of_revert;
use super::show::{self, Room};
use crate::campaign::apply::{Job, Outcome, apply};
use crate::campaign::audit::Audit;
use crate::campaign::memory::Memory;
use crate::campaign::notes;
use crate::campaign::plan::{Item, Plan};
use crate::campaign::recorder::{Announce, Heard, Now, Recorder};
use crate::campaign::state::{Lead, State};
use crate::campaign::state_of_open_pull::is_unreadable;
use crate::cli::shared::forge::Session;
use crate::cli::shared::next;
use crate::cli::{Context, Exit};
use crate::edge::interrupt::Interrupt;
use crate::edge::terminal::visible_line;
use crate::error::Result;
use crate::fleet::Fleet;
use crate::journal::{Journal, Operation, OperationName};

/// A plan that is being carried out.
pub(super) struct Work<'a> {
    pub(super) how: &'a How,
    pub(super) context: &'a Context,
    pub(super) session: &'a Session,
    pub(super) fleet: &'a Fleet,
    pub(super) plan: &'a Plan,
    pub(super) means: &'a Means<'a>,
    pub(super) journal: Journal,
    pub(super) audit: Audit,
    /// The windows in which it may act.
    pub(super) hours: Hours<'a>,
    /// How many pull requests it has opened in total.
    pub(super) opened: Cell<u32>,
    /// Why the forge refused to merge what seemed ready, by repository and commit, to not ask again.
    pub(super) refused: RefCell<BTreeMap<(String, String), String>>,
    /// Approved repositories that are not merged until another command is run: no check ever runs (`merge --without-checks`),
    /// or the pull request has to be renewed (`apply` of the campaign).
    pub(super) left_approved: RefCell<HashSet<String>>,
    /// The plan without what the fleet's owners have accepted since, with the digest of their decisions.
    pub(super) decided: RefCell<Option<(String, Plan)>>,
    /// Whether it was said that the shapes in repositories cannot be read.
    pub(super) told_of_shapes: Cell<bool>,
}

/// The result of a look.
enum Seen {
    /// Everything that may be done now was done.
    Looked(Box<Looked>),
    /// Nothing may be done now, for this reason.
    Waits(String),
}

/// The clock and the output for progress messages.
struct Voice<'a> {
    now: Now<'a>,
    told: Announce<'a>,
}

struct Looked {
    plan: Plan,
    outcomes: Vec<Outcome>,
    /// Additional messages.
    beside: Vec<String>,
}

impl Work<'_> {
    /// Carries out the plan, with further looks if `--watch` is given.
    pub(super) fn through(&self) -> Result<Exit> {
        let terminal = self.context.terminal.clone();
        let told = move || {
            terminal
                .note("Stopping once what is in flight is finished. Ctrl-C again exits at once.");
        };
        let interrupt = self.session.run(async { Interrupt::listening(told) });
        self.session.client().stop_waits_by(interrupt.clone());
        let (mut last, mut said): (Option<Box<Looked>>, String) = Default::default();
        loop {
            let seen = match self.hours.check() {
                Ok(()) => self.look(&interrupt, last.is_some())?,
                // The time of the next opening is left out, because it would differ at each look.
                Err(_) if self.how.watch => {
                    Seen::Waits("outside the campaign's windows".to_owned())
                }
                Err(paused) => {
                    return Err(paused.hint("run it again then, or add --watch to wait"));
                }
            };
            let text = match seen {
                Seen::Waits(why) => format!("{why}\n"),
                Seen::Looked(looked) => {
                    let goes_on = self.how.watch && !interrupt.is_asked();
                    let through = self.is_through(&looked);
                    if !goes_on || through {
                        self.show(&looked)?;
                        let is_open = |it: &Outcome| it.state.lead() != Lead::Nothing;
                        if goes_on && looked.outcomes.iter().any(is_open) {
                            let why = "The watch has ended: the rest needs a person.";
                            self.context.terminal.note(why);
                        }
                        let cut = self.how.watch && interrupt.is_asked() && !through;
                        return Ok(if cut { Exit::Unchecked } else { ending(&looked.outcomes) });
                    }
                    let Looked { plan, outcomes, beside } = &*looked;
                    let text = show::at_a_look(Room::of(self.context), plan, outcomes, beside);
                    last = Some(looked);
                    text
                }
            };
            if text != said {
                let now = self.context.clock.again().rfc3339();
                let time = now.get(11..16).unwrap_or_default();
                self.context.terminal.note(&format!("{time} UTC  {}", text.trim_end()));
                said = text;
            }
            let pause = Duration::from_secs(self.how.every.max(1));
            let time = self.session.client().time();
            self.session.run(async {
                tokio::select! {
                    () = time.sleep(pause) => {}
                    () = interrupt.asked() => {}
                }
            });
            if interrupt.is_asked() {
                if let Some(looked) = &last {
                    self.show(looked)?;
                }
                return Ok(Exit::Unchecked);
            }
        }
    }

    /// Does what may be done now. If another run is working on the campaign, the first look fails, and later ones wait.
    fn look(&self, interrupt: &Interrupt, is_later: bool) -> Result<Seen> {
        let name = OperationName::new("campaign", &self.plan.campaign);
        let input = serde_json::json!({ "campaign": self.plan.campaign });
        let now = self.context.clock.again().rfc3339();
        let operation = if is_later {
            match self.journal.begin_if_free(&name, &input, &now)? {
                Some(operation) => operation,
                None => {
                    let why = "another run of this campaign is active: the next check comes later";
                    return Ok(Seen::Waits(why.to_owned()));
                }
            }
        } else {
            self.journal.begin(&name, &input, &now)?
        };
        self.is_still_meant()?;
        // Later, another plan may be there, which this run must not replace.
        if !is_later {
            self.means.keep(self.context, self.plan)?;
            notes::begin(&operation, self.plan)?;
        }
        // Whatever prevented a merge may be gone by now.
        self.refused.borrow_mut().clear();
        self.left_approved.borrow_mut().clear();
        let (mut plan, mut outcomes) = self.settled(&operation, interrupt)?;
        let mut beside = Vec::new();
        while self.how.watch && !interrupt.is_asked() {
            beside.clear();
            if !self.merges((&plan, &outcomes), &operation, interrupt, &mut beside)? {
                break;
            }
            (plan, outcomes) = self.settled(&operation, interrupt)?;
        }
        notes::end(&operation, self.plan, &outcomes)?;
        Ok(Seen::Looked(Box::new(Looked { plan, outcomes, beside })))
    }

    /// Fails if the campaign was changed and planned again meanwhile: this run must not undo that.
    fn is_still_meant(&self) -> Result<()> {
        if self.means.as_planned {
            return Ok(());
        }
        let kept = self.kept().unwrap_or(Path::new(&self.plan.file));
        conditions::check_unchanged(self.context, self.plan, kept, &self.means.only)
    }

    /// The file that contains the plan, if there is one.
    fn kept(&self) -> Option<&Path> {
        match self.means.kept {
            Kept::In(file, _) => Some(file),
            Kept::Nowhere(_) => None,
        }
    }

    /// Whether nothing more will happen unless a person does more than approve.
    fn is_through(&self, looked: &Looked) -> bool {
        let Looked { plan, outcomes, .. } = looked;
        if outcomes.iter().any(Outcome::is_cut_short) && self.hours.shut().is_some() {
            return false;
        }
        let left_approved = self.left_approved.borrow();
        let still = |(item, it): (&Item, &Outcome)| {
            it.state.is_left_to_people()
                // Not worth waiting for: the token could not see it happen.
                || is_unreadable(it.state, it.reason.kinds())
                || it.state.is_open() && item.change.is_none()
                || it.is_cut_short()
                || self.how.failed && it.state == State::Planned
                || it.state == State::Approved && left_approved.contains(&item.repository)
        };
        let all = || plan.items.iter().zip(outcomes);
        // A repository waiting for others that need a person would wait forever.
        all().all(still)
            || !outcomes.iter().any(Outcome::is_acted_on)
                && all().all(|(item, it)| {
                    it.state.is_held_back() || !it.state.is_taken_over() && still((item, it))
                })
    }

    /// The recorder for one round.
    fn recorder<'d>(
        &'d self,
        plan: &'d Plan,
        operation: &'d Operation,
        memory: &'d Memory,
        interrupt: &'d Interrupt,
        Voice { now, told }: Voice<'d>,
    ) -> Recorder<'d> {
        Recorder {
            campaign: &plan.campaign,
            plan: Some(&plan.digest),
            client: self.session.client(),
            operation,
            memory,
            audit: &self.audit,
            now,
            told,
            interrupt,
            heard: Heard::default(),
        }
    }

    fn now(&self) -> impl Fn() -> String + '_ {
        move || self.context.clock.again().rfc3339()
    }

    fn told(&self) -> impl Fn(&str) + '_ {
        move |line: &str| self.context.terminal.note(&visible_line(line))
    }

    fn round(
        &self,
        plan: &Plan,
        operation: &Operation,
        interrupt: &Interrupt,
    ) -> Result<Vec<Outcome>> {
        let bar = self.context.terminal.progress(plan.items.len(), "applying");
        let now = self.now();
        let told = |line: &str| {
            bar.suspend(|| self.context.terminal.note(&visible_line(line)));
        };
        let step = || bar.inc(1);
        let memory = Memory::of(operation)?;
        let recorder =
            self.recorder(plan, operation, &memory, interrupt, Voice { now: &now, told: &told });
        let (opened, shut) = (&self.opened, || self.hours.shut());
        let only_failed = self.how.failed;
        let file = self.campaign_file();
        let file = &std::path::absolute(&file).unwrap_or(file);
        let is_revert = is_of_revert(self.plan);
        let job =
            Job { plan, file, recorder, step: &step, only_failed, is_revert, opened, shut: &shut };
        let outcomes = self.session.run(apply(&job));
        bar.finish_and_clear();
        outcomes
    }

    fn show(&self, looked: &Looked) -> Result<()> {
        let Looked { plan, outcomes, beside } = looked;
        self.context.terminal.output(&show::outcomes(Room::of(self.context), plan, outcomes))?;
        for line in beside {
            self.context.terminal.note(&visible_line(line));
        }
        next::note_at_same_place(self.context, self.next(outcomes));
        Ok(())
    }
}

/// The exit code: a failure, a blocked repository, an early end or a stop by failures is never clean, but waiting for a wave
/// is.
fn ending(outcomes: &[Outcome]) -> Exit {
    let wrong = |outcome: &Outcome| {
        outcome.state.is_hindered()
            || !outcome.left.is_empty()
            || !outcome.unread.is_empty()
            || outcome.is_moved()
            || outcome.is_cut_short()
            || outcome.is_halted()
    };
    if outcomes.iter().any(wrong) { Exit::Unchecked } else { Exit::Clean }
}
