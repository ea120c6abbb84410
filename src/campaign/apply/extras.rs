//! What goes with a pull request ([`Extra`]): its text, labels, reviewers, and auto-merge.
//!
//! If the forge shows an effect as done, the effect is recorded and not repeated. So the journal stays correct after a run
//! that died between an effect and its outcome, or that used another journal.

use super::effects::{Opened, Work, seen};
use super::{HowEnded, Outcome};
use crate::campaign::effect_kind::EffectKind;
use crate::campaign::failed::Failed;
use crate::campaign::file::Method;
use crate::campaign::held::{Held, other_base};
use crate::campaign::identity::{Mark, has_earlier_words, reworded};
use crate::campaign::plan::{Action, Extra, Proposed, missing};
use crate::campaign::recorder::{Step, in_one_line};
use crate::campaign::state::State;
use crate::campaign::state_of_open_pull::of_open;
use crate::error::Result;
use crate::forge::calls::branch_pulls::{PullSeen, PullStanding};
use crate::forge::calls::merging::{AutoMerge, Merge, MergeMethod};
use crate::journal::Settled;

/// What became of a pull request that is open now.
#[derive(Clone, Copy, Debug)]
pub(super) enum Became<'p> {
    /// This run opened it: the forge has shown nothing of it yet.
    Opened,
    /// This run opened it again, or opened one in its place.
    Reopened,
    /// This run brought it up to date.
    Updated(&'p PullSeen),
    /// It had exactly this change already.
    Stayed(&'p PullSeen),
}

impl<'p> Became<'p> {
    /// The pull request as the forge showed it, if it did.
    fn pull(self) -> Option<&'p PullSeen> {
        match self {
            Self::Opened | Self::Reopened => None,
            Self::Updated(pull) | Self::Stayed(pull) => Some(pull),
        }
    }

    /// What was done, in words; `None` where nothing was.
    fn done(self) -> Option<&'static str> {
        match self {
            Self::Opened => Some("opened"),
            Self::Reopened => Some("reopened"),
            Self::Updated(_) => Some("brought up to date"),
            Self::Stayed(_) => None,
        }
    }
}

impl Work<'_> {
    /// Determines the state of a pull request after what became of it, and adds what goes with it.
    pub(super) async fn completed(
        &self,
        change: &Proposed,
        opened: &Opened,
        became: Became<'_>,
    ) -> Result<Outcome, Failed> {
        let (state, reason) = match became {
            Became::Stayed(pull) => {
                let (state, reason) = of_open(pull, self.offer);
                let terms = &self.job.plan.terms;
                (state, missing::with_checks(reason, state, terms, self.offer))
            }
            _ => (State::Open, became.done().unwrap_or_default().into()),
        };
        let mut outcome = Outcome::new(state, reason);
        outcome.pull = Some(opened.number);
        outcome.is_open = true;
        if let Some(done) = became.done() {
            outcome.ended = HowEnded::Acted;
            (self.job.recorder.told)(&format!("{}: {done} {}", self.item.repository, opened.url));
        }
        let mut set = Vec::new();
        if let Became::Stayed(pull) = became
            && self.settle(change, pull).await?
        {
            outcome.completed();
            set.push(Extra::of_words(change, pull).as_str());
        }
        let added = self.extras(change, opened, became.pull(), (&mut outcome, &mut set)).await;
        // What was set is told even if what comes after it fails.
        if became.done().is_none() && !set.is_empty() {
            let set = set.join(", ");
            (self.job.recorder.told)(&format!(
                "{}: set {set} {}",
                self.item.repository, opened.url
            ));
        }
        added.map(|()| outcome)
    }

    /// Records what the forge shows as done to a pull request, and sets the title and text if an earlier run did not, or
    /// wrote others by an earlier campaign.yaml. Returns whether it set them.
    async fn settle(&self, change: &Proposed, pull: &PullSeen) -> Result<bool, Failed> {
        self.remember(change, pull).await?;
        // A run died after the new commit, before it set the title and text.
        let mark = Mark::of_text(&pull.body);
        let is_cut_off = mark.is_some_and(|mark| !change.is_given_by(&mark.change));
        // A plan does not undo what a newer one worded.
        let is_planned = self.item.missing.iter().copied().any(Extra::is_of_words);
        if is_cut_off || is_planned && has_earlier_words(change, pull) {
            return match self.is_ours() && self.may_act() {
                true => self.reword(change, pull).await,
                false => Ok(false),
            };
        }
        let repository = self.item.repository.as_str();
        let words =
            EffectKind::Words.key(repository, format_args!("{} #{}", change.digest, pull.number));
        for (key, done) in self.job.recorder.memory.like(repository, &words) {
            if !done {
                self.job.recorder.seen((repository, key), pull.number, &true).await?;
            }
        }
        Ok(false)
    }

    /// Adds what goes with a pull request, and to `set` what it added. Auto-merge comes first, since labels and reviewers may
    /// have to wait for the pace.
    async fn extras(
        &self,
        change: &Proposed,
        opened: &Opened,
        pull: Option<&PullSeen>,
        (outcome, set): (&mut Outcome, &mut Vec<&'static str>),
    ) -> Result<(), Failed> {
        if self.merges_itself(change, opened, pull, outcome).await? {
            set.push(Extra::AutoMerge.as_str());
        }
        if self.labelled(opened, pull, outcome).await? {
            set.push(Extra::Labels.as_str());
        }
        if self.reviewed(change, opened, pull, outcome).await? {
            set.push(Extra::Reviewers.as_str());
        }
        Ok(())
    }

    /// Whether the plan shows that something is done here.
    fn may_act(&self) -> bool {
        self.item.action != Action::Leave
    }

    fn is_ours(&self) -> bool {
        matches!(self.held, Held::Ours { .. })
    }

    /// Records that the pull request exists with this change.
    async fn remember(&self, change: &Proposed, pull: &PullSeen) -> Result<(), Failed> {
        let made = matches!(self.held, Held::Ours { change: made, .. } if *made == change.digest);
        if !made {
            return Ok(());
        }
        let (memory, repository) = (self.job.recorder.memory, &self.item.repository);
        let mut known = memory.like(
            repository,
            &EffectKind::Update.key(repository, format_args!("{} ", change.digest)),
        );
        // An update away from exactly this commit has not happened, whenever it was tried.
        let old = format!(" from {}", pull.head);
        known.retain(|(key, _)| !key.contains(&old));
        let first = self.key_before(EffectKind::Open, &change.digest, pull.number);
        if known.is_empty() {
            known.push((&first, memory.is_done(repository, &first)));
        }
        let reopened = EffectKind::Reopen.key(repository, format_args!("#{} ", pull.number));
        known.extend(memory.like(repository, &reopened));
        for (key, done) in known {
            if !done {
                self.job.recorder.seen((repository, key), pull.number, &seen(pull)).await?;
            }
        }
        Ok(())
    }

    /// Sets the title and text of a pull request to those of its change. What a person wrote stays, with the new marks.
    pub(super) async fn reword(&self, change: &Proposed, pull: &PullSeen) -> Result<bool, Failed> {
        let Some((title, body)) = reworded(change, pull) else { return Ok(false) };
        let repository = &self.item.repository;
        let key =
            EffectKind::Words.key(repository, format_args!("{} #{}", change.digest, pull.number));
        let key = self.job.recorder.memory.anew(repository, key);
        let act = async || {
            let client = self.job.recorder.client;
            client.retitle_pull(&self.name, pull.number, &title, &body).await?;
            Ok(true)
        };
        let none = async || Ok(None);
        let step = Step::new(repository, &key);
        self.job.recorder.effect(&step, |_| pull.number, none, act).await?;
        Ok(true)
    }

    async fn labelled(
        &self,
        opened: &Opened,
        pull: Option<&PullSeen>,
        outcome: &mut Outcome,
    ) -> Result<bool, Failed> {
        let wanted = &self.job.plan.terms.labels;
        if wanted.is_empty() {
            return Ok(false);
        }
        let which = format!("#{} {}", opened.number, wanted.join(","));
        let missing = missing::labels(&self.job.plan.terms, pull);
        let act = async || {
            let client = self.job.recorder.client;
            client.add_labels(&self.name, opened.number, &missing).await?;
            Ok(true)
        };
        let effect = ExtraEffect {
            what: Extra::Labels,
            kind: EffectKind::Labels,
            which: &which,
            number: opened.number,
        };
        Ok(self.extra(effect, missing.is_empty(), act, outcome).await? == Some(true))
    }

    async fn reviewed(
        &self,
        change: &Proposed,
        opened: &Opened,
        pull: Option<&PullSeen>,
        outcome: &mut Outcome,
    ) -> Result<bool, Failed> {
        if change.reviewers.is_empty() && change.team_reviewers.is_empty() {
            return Ok(false);
        }
        let is_asked = !self.lacks(change, pull, Extra::Reviewers);
        let (users, teams) = (&change.reviewers, &change.team_reviewers);
        let act = async || {
            let client = self.job.recorder.client;
            client.request_reviewers(&self.name, opened.number, users, teams).await?;
            Ok(true)
        };
        let which = format!("#{}", opened.number);
        let effect = ExtraEffect {
            what: Extra::Reviewers,
            kind: EffectKind::Reviewers,
            which: &which,
            number: opened.number,
        };
        Ok(self.extra(effect, is_asked, act, outcome).await? == Some(true))
    }

    async fn merges_itself(
        &self,
        change: &Proposed,
        opened: &Opened,
        pull: Option<&PullSeen>,
        outcome: &mut Outcome,
    ) -> Result<bool, Failed> {
        let Some(method) = self.job.plan.terms.auto_merge else { return Ok(false) };
        let is_on = pull.is_some_and(|pull| pull.auto_merge);
        if !is_on && let Some(why) = missing::no_auto_merge(&self.job.plan.terms, self.offer) {
            outcome.remark = Some(why);
            return Ok(false);
        }
        if !is_on && !self.lacks(change, pull, Extra::AutoMerge) {
            return Ok(false);
        }
        let act = async || {
            let (method, head) = (method_of(method), opened.commit.as_str());
            let merge = Merge { method, head, title: None, message: None };
            let client = self.job.recorder.client;
            let enabled = client.enable_auto_merge(&self.name, &opened.id, &merge).await?;
            if enabled == AutoMerge::NotNeeded {
                self.job.recorder.declined(NOTHING_REQUIRED);
            }
            // What could be merged at once may have to wait later.
            Ok(enabled == AutoMerge::Enabled)
        };
        let which = format!("#{}", opened.number);
        let effect = ExtraEffect {
            what: Extra::AutoMerge,
            kind: EffectKind::AutoMerge,
            which: &which,
            number: opened.number,
        };
        let settled = self.extra(effect, is_on, act, outcome).await?;
        if settled == Some(false) {
            outcome.remark = Some(NOTHING_REQUIRED);
        }
        Ok(settled == Some(true))
    }

    fn lacks(&self, change: &Proposed, pull: Option<&PullSeen>, extra: Extra) -> bool {
        missing::missing(&self.job.plan.terms, change, self.offer, pull).contains(&extra)
    }

    /// Does something that goes with a pull request, unless it is done or the plan does not show it. A failure is
    /// reported, and tried again in the next run. `act` returns whether the forge has it now, and so does this if it acted.
    ///
    /// One plan does it once. What a person removes afterwards stays removed, until a newer plan lists it as missing.
    async fn extra(
        &self,
        ExtraEffect { what, kind, which, number }: ExtraEffect<'_>,
        is_there: bool,
        act: impl AsyncFnOnce() -> Result<bool, Failed>,
        outcome: &mut Outcome,
    ) -> Result<Option<bool>, Failed> {
        let (repository, memory) = (&self.item.repository, self.job.recorder.memory);
        let key = kind.key(repository, which);
        let of_plans = kind.key(repository, format_args!("{which} by "));
        let own = || format!("{of_plans}{}", self.job.plan.digest);
        let mut known = memory.like(repository, &key);
        known.retain(|(it, _)| *it == key || it.starts_with(&of_plans));
        let mut open = known.iter().filter(|(_, done)| !done).map(|(it, _)| *it);
        if is_there {
            if known.is_empty() {
                self.job.recorder.seen((repository, &own()), number, &true).await?;
            }
            for key in open {
                self.job.recorder.seen((repository, key), number, &true).await?;
            }
            return Ok(None);
        }
        if !self.may_act() {
            return Ok(None);
        }
        // An effect that was started is finished under the key by which it was started.
        let key = open.next().map_or_else(|| memory.unless_held(repository, own()), str::to_owned);
        let none = async || Ok(None);
        let step = Step::new(repository, &key);
        match self.job.recorder.effect(&step, |_| number, none, act).await {
            Ok(Settled::Now(has_it)) => {
                if has_it {
                    outcome.completed();
                }
                Ok(Some(has_it))
            }
            Ok(_) => Ok(None),
            Err(Failed::Forge(refusal)) if !refusal.is_of_the_run() => {
                outcome.left.push(format!("{}: {}", what.as_str(), in_one_line(&refusal)));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// The closed pull request that offers a commit: it is reopened instead of opening another.
    pub(super) fn reopenable(&self, head: &str) -> Option<&PullSeen> {
        let newest = self.offer.pulls.first()?;
        // If a person changed its base branch, it would be merged elsewhere.
        let is_onto_default = other_base(newest, self.offer).is_none();
        let is_it = newest.state == PullStanding::Closed && newest.head == head && is_onto_default;
        is_it.then_some(newest)
    }
}

/// The sentence for a pull request for which the forge does not enable auto-merge.
const NOTHING_REQUIRED: &str = "auto-merge is not enabled where nothing that is required is missing: `campaign merge` \
                                merges the pull request";

/// The effect that brings about something that goes with a pull request.
struct ExtraEffect<'k> {
    what: Extra,
    kind: EffectKind,
    /// What identifies it, after the repository: the pull request, and what else distinguishes it from others.
    which: &'k str,
    number: u64,
}

fn method_of(method: Method) -> MergeMethod {
    match method {
        Method::Merge => MergeMethod::Merge,
        Method::Squash => MergeMethod::Squash,
        Method::Rebase => MergeMethod::Rebase,
    }
}
