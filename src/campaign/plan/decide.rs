//! Decides what to do with one repository, and why. Pure.

use super::super::closed_pull::Refusal;
use super::super::file::Unneeded;
use super::super::fit::Fit;
use super::super::held::{Held, ended_with, is_of_campaign};
use super::super::identity::takes_credential_out;
use super::super::leftovers::{Ending, leaves_branch};
use super::super::selection::Accepted;
use super::super::state::{Concern, State};
use super::super::state_of_open_pull::{of_open, of_out_of_reach};
use super::reason::{
    DISABLED, Found, MAY_NOT_PUSH, NO_LONGER_NEEDED, NO_LONGER_SELECTED, NOT_OF_IT, NOT_SELECTED,
    NOTHING, Reason, ReasonKind, in_few,
};
use super::{Action, Elsewhere, Since, left_branch};
use crate::forge::calls::branch_pulls::{Offer, PullSeen, PullStanding};
use crate::forge::calls::unmerged_pulls::UnmergedPull;
use crate::forge::{ForgeError, ForgeErrorKind};

/// What the campaign wants of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// This change, by its digest.
    Change(String),
    /// Nothing: it is as it should be.
    Nothing,
    /// Nothing, since it is not selected (any more).
    Unselected,
    /// A change that cannot or must not be made, and why.
    Refused(String),
    /// It could not be read or judged, and why.
    Unread(Reason),
}

/// What the user asked for in advance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// Whether the change is offered again where a person closed its pull request.
    pub reopen: bool,
    /// Whether the change is offered again where it was merged and the difference is back.
    pub again: bool,
    /// What to do with pull requests that are no longer needed.
    pub unneeded: Unneeded,
    /// Whether it is only planned: another person may apply it, with a token that has more permissions.
    pub only_planned: bool,
}

/// What to do with a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The action.
    pub action: Action,
    /// Its state before that.
    pub state: State,
    /// Why.
    pub reason: Reason,
    /// The number of its existing pull request.
    pub pull: Option<u64>,
}

impl Decision {
    fn new(action: Action, state: State, reason: impl Into<Reason>) -> Self {
        Self { action, state, reason: reason.into(), pull: None }
    }

    /// Nothing is to be done.
    #[must_use]
    pub fn nothing() -> Self {
        Self::leave(State::Skipped, Reason::of(ReasonKind::NotSelected, NOT_SELECTED))
    }

    /// The same for a repository that was selected by its findings, each given as rule and path.
    #[must_use]
    pub fn of_selected_by_findings(self, found: &[String]) -> Self {
        let found = Found::of(found);
        match (self.state, self.action) {
            (State::Done, Action::Leave) => {
                let reason = match found {
                    None => NOT_OF_IT.to_owned(),
                    Some(Found { shown, .. }) => format!("{NOT_OF_IT}: {shown}"),
                };
                Self { state: State::Left, reason: reason.into(), ..self }
            }
            // Its base was changed meanwhile: what the change was made for may still be there.
            _ => Self { reason: self.reason.although(found.as_ref()), ..self },
        }
    }

    /// The same where nothing changes, with what the campaign's changes left alone, and why: it is not as they want it.
    #[must_use]
    pub fn leaving(self, remarks: &[String]) -> Self {
        let Some(shown) = in_few(remarks).filter(|_| self.action == Action::Leave) else {
            return self;
        };
        match self.state {
            State::Done => Self { state: State::Left, reason: shown.into(), ..self },
            State::Left => Self { reason: self.reason.with(&shown), ..self },
            _ => self,
        }
    }

    /// The same, naming the accepted findings by which the campaign would select the repository.
    #[must_use]
    pub fn with_waived(self, waived: &[Accepted]) -> Self {
        Self { reason: self.reason.waived(waived), ..self }
    }

    /// The same, unless only the baseline leaves out a repository where a person refused the change: it stays refused, and
    /// the campaign shows that for as long as it selects the member otherwise. A waiver is a decision of its own.
    #[must_use]
    pub fn unless_refused_before(self, offer: &Offer, campaign: &str, wishes: Wishes) -> Self {
        let is_only_accepted =
            self.reason.is(ReasonKind::NotSelected) && self.reason.is(ReasonKind::InBaseline);
        let newest = offer.pulls.iter().find(|pull| is_of_campaign(pull, campaign));
        let newest = newest.filter(|_| is_only_accepted && !wishes.reopen);
        let refused = newest.and_then(|pull| Some((pull, Refusal::of_pull(pull)?)));
        let Some((pull, refusal)) = refused else { return self };
        let why = format!("{}; {}", refusal.said_of(pull.number), self.reason);
        Self::leave(refusal.state(), Reason::of(ReasonKind::InBaseline, why)).of(pull)
    }

    /// It cannot be read. A disabled repository is left out; anything else has failed.
    #[must_use]
    pub fn unseen(why: &ForgeError) -> Self {
        match why.kind {
            ForgeErrorKind::Disabled => {
                Self::leave(State::Skipped, Reason::of(ReasonKind::OutOfReach, DISABLED))
            }
            _ => Self::failed(match why.out_of_sight() {
                Some(said) => Reason::of(ReasonKind::Unreadable, said),
                None => why.to_string().into(),
            }),
        }
    }

    /// Whether the repository is left out only because nothing can be offered to it.
    #[must_use]
    pub fn is_out_of_reach(&self) -> bool {
        self.reason.is(ReasonKind::OutOfReach)
    }

    fn failed(why: impl Into<Reason>) -> Self {
        Self::leave(State::Failed, why)
    }

    fn leave(state: State, reason: impl Into<Reason>) -> Self {
        Self::new(Action::Leave, state, reason)
    }

    /// Leaves the repository alone if an open pull request of another campaign already offers the same change, or a person
    /// declined it there.
    #[must_use]
    pub fn beside_others(
        self,
        change: &str,
        campaign: &str,
        wishes: Wishes,
        pulls: &[UnmergedPull],
    ) -> Self {
        if !self.action.opens_pull() {
            return self;
        }
        match Elsewhere::of(change, campaign, wishes, pulls) {
            Elsewhere::Free => self,
            Elsewhere::Overruled => {
                Self { reason: self.reason.also(ReasonKind::DeclinedElsewhere), ..self }
            }
            Elsewhere::LeftOut(why) => Self::leave(State::Skipped, why),
        }
    }

    /// Leaves the repository alone if the revert of this campaign was merged since, so that the difference is back, even where
    /// what is found there is accepted by now.
    #[must_use]
    pub fn unless_taken_back(self, inverse: &str, pulls: &[PullSeen]) -> Self {
        let is_since = |pull: &&PullSeen| {
            pull.state == PullStanding::Merged
                && is_of_campaign(pull, inverse)
                && self.pull.is_some_and(|merged| pull.number > merged)
        };
        let again = match self.state {
            State::Regressed => "; --again offers it again",
            State::Merged => "",
            _ => return self,
        };
        let Some(back) = pulls.iter().find(is_since) else { return self };
        let why = format!("it was reverted by #{} of `{inverse}`{again}", back.number);
        Self { pull: self.pull, ..Self::leave(State::Skipped, why) }
    }

    /// Treats the change as merged if the difference was seen in a tree that is older than what the forge shows: the tree
    /// may be from before the merge.
    #[must_use]
    pub fn unless_read_before(self, commit: Option<&str>, offer: &Offer) -> Self {
        let is_it = |pull: &&PullSeen| Some(pull.number) == self.pull;
        let is_older = self.state == State::Regressed && commit != offer.head.as_deref();
        offer.pulls.iter().find(is_it).filter(|_| is_older).map_or(self, Self::merged)
    }

    /// Its pull request was merged.
    #[must_use]
    pub fn merged(pull: &PullSeen) -> Self {
        // The file no longer shows that there was a credential.
        let revoke = match takes_credential_out(&pull.body) {
            true => "; the credential that it removed is in the history: is it revoked?",
            false => "",
        };
        Self::leave(State::Merged, format!("merged as #{}{revoke}", pull.number)).of(pull)
    }

    /// The same, for a repository that this token may not push to: another token has to apply the plan.
    fn for_another_token(self) -> Self {
        let why = Reason::of(ReasonKind::MayNotPush, MAY_NOT_PUSH);
        Self { reason: self.reason.beside(&why), ..self }
    }

    fn of(mut self, pull: &PullSeen) -> Self {
        self.pull = Some(pull.number);
        self
    }
}

/// Decides about one repository.
#[must_use]
pub fn decide(
    wanted: &Wanted,
    offer: &Offer,
    (held, fit): (&Held, &Fit),
    campaign: &str,
    wishes: Wishes,
) -> Decision {
    if let Some(pull) = offer.open_pull() {
        // Neither merged nor closed there, whatever its checks and reviews say.
        if let Some(why) = of_out_of_reach(offer) {
            return Decision::leave(State::Skipped, why).of(pull);
        }
        return of_open_pull(wanted, offer, (held, fit), pull, wishes).of(pull);
    }
    if let Some(pull) = Ending::Closed.of(offer, campaign)
        && matches!(wanted, Wanted::Nothing | Wanted::Unselected)
        && leaves_branch(pull, offer, held)
    {
        let why = "it was closed, and its branch is still there";
        return Decision::new(Action::Close, State::Done, why).of(pull);
    }
    let newest = offer.pulls.iter().find(|pull| is_of_campaign(pull, campaign));
    // A repository that the forge has disabled cannot be read, and need not be.
    if matches!(wanted, Wanted::Unread(_) | Wanted::Refused(_))
        && let Some(why) = hindrance(offer)
    {
        return why;
    }
    match wanted {
        Wanted::Unread(why) => return Decision::leave(State::Failed, why.clone()),
        Wanted::Refused(why) => return of_refused(newest, why, wishes),
        // A repository that is selected by its findings leaves the selection once the change is merged.
        Wanted::Nothing | Wanted::Unselected => {
            let is_merged = |pull: &&PullSeen| pull.state == PullStanding::Merged;
            let merged = match wanted {
                Wanted::Nothing => offer.pulls.iter().find(is_merged),
                _ => newest.filter(is_merged),
            };
            return match merged {
                Some(pull) => Decision::merged(pull),
                None if *wanted == Wanted::Nothing => Decision::leave(State::Done, NOTHING),
                None => Decision::nothing(),
            };
        }
        Wanted::Change(_) => {}
    }
    if let Some(why) = hindrance(offer) {
        return why;
    }
    if !offer.may_push && !wishes.only_planned {
        return Decision::failed(Reason::of(ReasonKind::MayNotPush, MAY_NOT_PUSH));
    }
    if let Some(pull) = newest
        && let Some(decision) = of_closed_pull(pull, wanted, wishes)
    {
        return decision.of(pull);
    }
    let decision = of_branch(offer, held, campaign);
    match offer.may_push || !decision.action.opens_pull() {
        true => decision,
        false => decision.for_another_token(),
    }
}

/// The decision where no pull request is open: it depends on the branch.
fn of_branch(offer: &Offer, held: &Held, campaign: &str) -> Decision {
    let newest = offer.pulls.iter().find(|pull| is_of_campaign(pull, campaign));
    match held {
        Held::Absent => Decision::new(Action::Open, State::Planned, left_branch::needed(newest)),
        Held::Empty => Decision::new(
            Action::Finish,
            State::Planned,
            "an earlier run created its branch, but did not put the change on it",
        ),
        Held::Ours { head, .. } => {
            let why = match ended_with(offer, campaign, head) {
                Some(pull) => left_branch::left_by(pull),
                None => "an earlier run put the change on its branch, but opened no pull request"
                    .to_owned(),
            };
            Decision::new(Action::Finish, State::Planned, why)
        }
        Held::Edited { why } => {
            let why =
                newest.map_or_else(|| why.clone(), |it| left_branch::in_the_way(it, why, campaign));
            Decision::leave(State::Edited, why)
        }
        Held::Foreign { why } => Decision::leave(State::Blocked, Reason::of_taken_branch(why)),
    }
}

/// Why nothing can be offered to a repository at all.
#[must_use]
pub fn hindrance(offer: &Offer) -> Option<Decision> {
    let skipped =
        |why: &str| Some(Decision::leave(State::Skipped, Reason::of(ReasonKind::OutOfReach, why)));
    if offer.renamed_from.is_some() {
        let now = format!("it is called `{}` now: correct its name in fleet.yaml", offer.name);
        skipped(&now)
    } else if offer.is_archived {
        skipped("it is archived: unarchive it, or set `retired` in fleet.yaml")
    } else if offer.is_disabled {
        skipped(DISABLED)
    } else if offer.is_empty {
        skipped("it is empty")
    } else {
        None
    }
}

fn of_open_pull(
    wanted: &Wanted,
    offer: &Offer,
    (held, fit): (&Held, &Fit),
    pull: &PullSeen,
    wishes: Wishes,
) -> Decision {
    let (base, fit) = match held {
        Held::Edited { why } => return Decision::leave(State::Edited, why.as_str()),
        Held::Foreign { why } => {
            return Decision::leave(State::Blocked, Reason::of_taken_branch(why));
        }
        Held::Absent | Held::Empty => (None, &Fit::EarlierForm),
        Held::Ours { base, .. } => (Some(base), fit),
    };
    let (state, reason) = of_open(pull, offer);
    let closes = wishes.unneeded == Unneeded::Close;
    let unwanted = |kind, said: &str| {
        let why = Reason::of(kind, said);
        match closes {
            true => Decision::new(Action::Close, state, why),
            false => Decision::leave(state, why.beside(&reason)),
        }
    };
    match wanted {
        Wanted::Unselected => unwanted(ReasonKind::NoLongerSelected, NO_LONGER_SELECTED),
        Wanted::Nothing => unwanted(ReasonKind::NoLongerNeeded, NO_LONGER_NEEDED),
        Wanted::Refused(why) => Decision::leave(State::Blocked, why.as_str()),
        Wanted::Unread(why) => Decision::leave(State::Failed, why.clone()),
        Wanted::Change(_) if hindrance(offer).is_some() => Decision::leave(state, reason),
        // Everything that is merged moves the base: only a change that no longer fits is made again.
        Wanted::Change(_)
            if *fit != Fit::EarlierForm && base != offer.head.as_ref() && conflicts(pull) =>
        {
            Decision::new(Action::Update, state, "the base moved, and the change conflicts with it")
        }
        Wanted::Change(_) => match fit.why_renewed() {
            Some(why) => {
                let why = Reason::of(ReasonKind::EarlierForm, why);
                // What is wrong with it now is what the newer form has to mend.
                let is_wrong = state.concern() == Concern::Wrong;
                let why = if is_wrong { why.beside(&reason) } else { why };
                Decision::new(Action::Update, state, why)
            }
            None => Decision::leave(state, reason),
        },
    }
}

fn conflicts(pull: &PullSeen) -> bool {
    pull.mergeable == crate::forge::calls::branch_pulls::Mergeable::Conflicting
}

/// The decision about a change that cannot or must not be made. What a person declined stays so, whatever is in its way today.
fn of_refused(newest: Option<&PullSeen>, why: &str, wishes: Wishes) -> Decision {
    let newest = newest.filter(|_| !wishes.reopen);
    let Some((pull, refusal)) = newest.and_then(|pull| Some((pull, Refusal::of_pull(pull)?)))
    else {
        return Decision::leave(State::Blocked, why);
    };
    let why = format!("{}; today it is blocked: {why}", refusal.said_of(pull.number));
    Decision::leave(refusal.state(), Reason::of(ReasonKind::BlockedToday, why)).of(pull)
}

/// What an ended pull request means while the difference is there.
fn of_closed_pull(pull: &PullSeen, wanted: &Wanted, wishes: Wishes) -> Option<Decision> {
    let number = pull.number;
    match pull.state {
        PullStanding::Open => None,
        PullStanding::Merged if wishes.again => None,
        PullStanding::Merged => {
            let why = match wanted.is_another(pull) {
                true => Since::Changed.said_of(number),
                false => format!("it was merged as #{number}, and the difference is back"),
            };
            Some(Decision::leave(State::Regressed, why))
        }
        PullStanding::Closed if wishes.reopen => None,
        // A change that was no longer needed may be needed again.
        PullStanding::Closed => {
            let refusal = Refusal::of_pull(pull)?;
            Some(Decision::leave(refusal.state(), refusal.said_of(number)))
        }
    }
}

#[cfg(test)]
mod tests;
