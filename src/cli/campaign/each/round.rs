//! Going through the repositories: each is looked at, judged and worked on in its turn.

use super::run::{LeftBranch, Run};
use super::{Candidate, Refusal, Verdict};
use crate::campaign::audit::Audit;
use crate::campaign::effect_kind::EffectKind;
use crate::campaign::failed::Failed;
use crate::campaign::held::is_of_campaign;
use crate::campaign::leftovers::{Ended, Ending, leaves_branch, tidy};
use crate::campaign::look::{Sight, Spot, again};
use crate::campaign::memory::Memory;
use crate::campaign::recorder::{Announce, Heard, Now, Recorder, Tried};
use crate::campaign::state_of_open_pull::of_out_of_reach;
use crate::cli::Exit;
use crate::cli::campaign::conditions::Hours;
use crate::cli::shared::forge::Session;
use crate::edge::interrupt::Interrupt;
use crate::error::Result;
use crate::forge::calls::branch_pulls::PullStanding;
use crate::journal::Operation;

/// What the turns of all repositories share.
pub(super) struct Round<'r> {
    pub(super) campaign: &'r str,
    pub(super) session: &'r Session,
    /// The operation in the journal; `None` in a dry run.
    pub(super) operation: Option<&'r Operation>,
    pub(super) memory: &'r Memory,
    pub(super) audit: &'r Audit,
    pub(super) hours: Hours<'r>,
    pub(super) interrupt: &'r Interrupt,
    /// Whether members were named: then each of them is reported.
    pub(super) names_members: bool,
    pub(super) now: Now<'r>,
    pub(super) told: Announce<'r>,
}

impl Round<'_> {
    /// The turn of one repository. `left` is why the campaign no longer wants its pull request, if so.
    pub(super) fn turn<W>(
        &self,
        run: &mut Run<'_>,
        (spot, sight): (&Spot, &Sight),
        left: Option<&Refusal>,
        judge: &impl Fn(&Candidate<'_>) -> Verdict<W>,
        work: &impl AsyncFn(&Recorder<'_>, &Candidate<'_>, &W) -> Result<Ended, Failed>,
    ) -> Result<()> {
        if run.stopped.is_none() && self.operation.is_some() {
            run.stopped = self.hours.shut();
        }
        let newer = self.looked_again(run, spot, sight);
        let sight = newer.as_ref().unwrap_or(sight);
        let repository = spot.name.to_string();
        let offer = match &sight.offer {
            Ok(offer) => offer,
            Err(error) => {
                run.unseen(repository, error);
                return Ok(());
            }
        };
        let candidate = Candidate { repository, offer, sight };
        let Some(pull) = offer.open_pull() else { return self.without_pull(run, &candidate) };
        let title = format!("{} #{}", candidate.repository, pull.number);
        if let Some(why) = of_out_of_reach(offer) {
            run.out_of_reach(title, &why.to_string());
            return Ok(());
        }
        let wish = match judge(&candidate).unless_left(left) {
            Verdict::Do(wish) => wish,
            Verdict::Refuse(refusal) => {
                run.judged(title, &refusal);
                run.left_over.extend(refusal.is_left_over.then(|| spot.name.key()));
                return Ok(());
            }
        };
        if run.stopped.is_none() && self.interrupt.is_asked() {
            run.stopped = Some("stopped by Ctrl-C".to_owned());
        }
        match (self.operation, run.stopped.clone()) {
            (None, _) => run.would(title),
            (_, Some(why)) => {
                run.cut += usize::from(self.interrupt.is_asked());
                run.refuse(title, &why, Exit::Unchecked);
            }
            (Some(operation), None) => {
                let recorder = self.recorder(operation);
                let by = (candidate.repository.as_str(), offer.viewer.as_str());
                let work = work(&recorder, &candidate, &wish);
                let tried = self.session.run(recorder.tried(run.verb.name, by, work))?;
                let is_cut = matches!(tried, Tried::Stops(_)) && self.interrupt.is_asked();
                run.cut += usize::from(is_cut);
                run.note(&spot.name, title, &tried);
            }
        }
        Ok(())
    }

    /// A newer look at an open pull request: in a slow run, people may have changed something since the first look.
    fn looked_again(&self, run: &Run<'_>, spot: &Spot, sight: &Sight) -> Option<Sight> {
        let is_open = sight.offer.as_ref().is_ok_and(|offer| offer.open_pull().is_some());
        if !is_open || run.stopped.is_some() || self.operation.is_none() {
            return None;
        }
        self.session.run(again(self.session.client(), self.campaign, spot, sight))
    }

    /// Without an open pull request, what a run that died has left behind is cleaned up.
    fn without_pull(&self, run: &mut Run<'_>, candidate: &Candidate<'_>) -> Result<()> {
        let Candidate { repository, offer, sight } = candidate;
        self.note_closed(run, candidate)?;
        let ended = run.verb.ending.of(offer, self.campaign).filter(|_| run.stopped.is_none());
        if let Some(pull) = ended {
            let branch = match self.operation {
                Some(operation) => {
                    let recorder = self.recorder(operation);
                    let by = (repository.as_str(), offer.viewer.as_str());
                    let work = tidy(&recorder, repository, offer, &sight.held, pull);
                    LeftBranch::of(&self.session.run(recorder.tried("tidy", by, work))?)
                }
                None if leaves_branch(pull, offer, &sight.held) => LeftBranch::WouldBeRemoved,
                None => LeftBranch::None,
            };
            if run.left(&format!("{repository} #{}", pull.number), branch) {
                return Ok(());
            }
        }
        if self.names_members {
            run.over(repository.clone(), offer, self.campaign);
        }
        Ok(())
    }

    /// Notes, for commands that do not ask the forge, that a person closed a pull request there: whoever closes it here too leaves
    /// it at that.
    fn note_closed(&self, run: &Run<'_>, candidate: &Candidate<'_>) -> Result<()> {
        let Candidate { repository, offer, .. } = candidate;
        let newest = offer.pulls.iter().find(|pull| is_of_campaign(pull, self.campaign));
        let closed = newest.filter(|pull| pull.state == PullStanding::Closed);
        let (Some(operation), Some(pull)) = (self.operation, closed) else { return Ok(()) };
        let key = EffectKind::Close.key(repository, format_args!("#{}", pull.number));
        // What a run that died closed itself, is recorded as that.
        let is_own = self.memory.like(repository, &key).iter().any(|(_, is_done)| !is_done);
        let is_followed = self.memory.leaves_open(repository) && !is_own;
        match run.verb.ending == Ending::Closed && is_followed {
            true => operation.found_now(&format!("{key} on the forge"), &true),
            false => Ok(()),
        }
    }

    /// A recorder for one repository.
    fn recorder<'o>(&'o self, operation: &'o Operation) -> Recorder<'o> {
        Recorder {
            campaign: self.campaign,
            plan: None,
            client: self.session.client(),
            operation,
            memory: self.memory,
            audit: self.audit,
            now: self.now,
            told: self.told,
            interrupt: self.interrupt,
            heard: Heard::default(),
        }
    }
}
