//! Decides what is left to do for an item of a plan, given what the forge shows now. Pure.

use jiff::Timestamp;

use super::Outcome;
use crate::campaign::file::Unneeded;
use crate::campaign::fit::Fit;
use crate::campaign::held::Held;
use crate::campaign::leftovers::Ending;
use crate::campaign::look::Sight;
use crate::campaign::plan::decide::{Decision, Wishes, decide, hindrance};
use crate::campaign::plan::missing::with_checks;
use crate::campaign::plan::reason::{
    BRANCH_IS_FREE, NO_LONGER_NEEDED, NO_LONGER_SELECTED, NOT_PLANNED, NOT_REACHED,
};
use crate::campaign::plan::{Action, Item, Plan, Proposed, Reason, ReasonKind, Wanted};
use crate::campaign::state::State;
use crate::campaign::state_of_open_pull::{counts_as_open, of_open, of_out_of_reach};
use crate::forge::calls::branch_pulls::{Offer, PullSeen, PullStanding};

/// What is done to one repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Todo {
    /// Create branch, commit and pull request.
    Open(Base),
    /// The branch exists: create what is missing.
    Finish(Base),
    /// Put the change on top of the newest base on the branch.
    Update(Base),
    /// Close the pull request, for this reason.
    Close(String, Base),
    /// The campaign closed the pull request: remove its branch if it is left.
    Tidy,
    /// The pull request exists: add missing labels, reviewers and the like.
    Complete,
}

/// Where the base branch of a change is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    /// At the commit that the plan was made from.
    AsPlanned,
    /// It moved after the plan was made.
    Moved,
}

impl Base {
    /// Where it is according to what the forge shows.
    #[must_use]
    pub fn of(change: &Proposed, offer: &Offer) -> Self {
        let is_as_planned = offer.head.as_deref() == Some(change.base.as_str())
            && offer.default_branch.as_deref() == Some(change.base_branch.as_str());
        if is_as_planned { Self::AsPlanned } else { Self::Moved }
    }

    /// Where it is for an item whose pull request is closed: what was found there need not be so on another commit.
    fn of_judged(item: &Item, offer: &Offer) -> Self {
        match &item.judged_at {
            Some(commit) if offer.head.as_ref() != Some(commit) => Self::Moved,
            _ => Self::AsPlanned,
        }
    }
}

impl Todo {
    /// Its name in the log.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Open(_) => "open",
            Self::Finish(_) => "finish",
            Self::Update(_) => "update",
            Self::Close(..) => "close",
            Self::Tidy => "tidy",
            Self::Complete => "complete",
        }
    }

    /// Whether it opens a pull request.
    #[must_use]
    pub fn opens(&self) -> bool {
        matches!(self, Self::Open(_) | Self::Finish(_))
    }

    /// Whether it acts on something that exists on the forge.
    #[must_use]
    pub fn is_of_what_is_there(&self) -> bool {
        !matches!(self, Self::Open(_))
    }

    /// Whether the base moved after the plan was made.
    #[must_use]
    pub fn is_moved(&self) -> bool {
        matches!(
            self,
            Self::Open(Base::Moved)
                | Self::Finish(Base::Moved)
                | Self::Update(Base::Moved)
                | Self::Close(_, Base::Moved)
        )
    }
}

/// What is left to do, and the state of the repository before that.
#[must_use]
pub fn now(plan: &Plan, item: &Item, sight: &Sight) -> (Option<Todo>, Outcome) {
    let (todo, mut outcome) = seen(plan, item, sight);
    if let Ok(offer) = &sight.offer {
        outcome.reason = with_checks(outcome.reason, outcome.state, &plan.terms, offer);
    }
    outcome.is_open = match &sight.offer {
        Ok(offer) => counts_as_open(offer, &sight.held),
        // What cannot be seen is taken to be as planned.
        Err(_) => item.is_open(),
    };
    (todo, outcome)
}

fn seen(plan: &Plan, item: &Item, sight: &Sight) -> (Option<Todo>, Outcome) {
    let offer = match &sight.offer {
        Ok(offer) => offer,
        // What stops the whole run is not a failure of this repository.
        Err(error) if error.is_of_the_run() => {
            return (None, Outcome::new(State::Paused, error.to_string()));
        }
        Err(error) => {
            let Decision { state, reason, .. } = Decision::unseen(error);
            return (None, Outcome::new(state, reason));
        }
    };
    if let Some(why) = of_out_of_reach(offer) {
        let mut outcome = Outcome::new(State::Skipped, why);
        outcome.pull = offer.open_pull().map(|pull| pull.number);
        return (None, outcome);
    }
    match (item.action, &item.change) {
        (
            Action::Open | Action::Finish | Action::Update | Action::Complete | Action::Leave,
            Some(change),
        ) => of_change(plan, item, change, offer, &sight.held),
        (Action::Close, _) => of_close(plan, item, offer, &sight.held),
        _ => (None, of_nothing(plan, item, offer, &sight.held)),
    }
}

fn of_change(
    plan: &Plan,
    item: &Item,
    change: &Proposed,
    offer: &Offer,
    held: &Held,
) -> (Option<Todo>, Outcome) {
    let wanted = Wanted::Change(change.digest.clone());
    // The plan takes into account what was closed and merged before it, but not what was closed or merged later.
    let known = match item.action {
        // It was open then, so closing or merging it came later as well. What is left alone has a change only if its
        // pull request was open.
        Action::Update | Action::Complete | Action::Leave => {
            item.pull.unwrap_or(0).saturating_sub(1)
        }
        _ => item.pull.unwrap_or(0),
    };
    let since = |pull: &PullSeen| pull.number > known;
    let wishes = Wishes {
        reopen: !offer.pulls.iter().any(|pull| pull.state == PullStanding::Closed && since(pull)),
        again: !offer.pulls.iter().any(|pull| pull.state == PullStanding::Merged && since(pull)),
        unneeded: Unneeded::Leave,
        // That the token may not push is detected when it would push, so that it is recorded as a failure and tried again.
        only_planned: true,
    };
    let fit = change.fit(held);
    let mut decision = decide(&wanted, offer, (held, &fit), &plan.campaign, wishes);
    // What was merged since is this very change; only a new look at the tree could show that the difference is back.
    let merged = |pull: &&PullSeen| pull.state == PullStanding::Merged && since(pull);
    if decision.state == State::Regressed
        && let Some(pull) = offer.pulls.iter().find(merged)
    {
        decision = Decision::merged(pull);
    }
    let base = Base::of(change, offer);
    // One that is blocked, by a review for example, is open all the same.
    let is_offered = offer.open_pull().is_some() && matches!(held, Held::Ours { .. });
    let todo = match decision.action {
        // What the plan leaves alone stays so, whatever happened meanwhile.
        action
            if action.writes_change()
                && matches!(item.action, Action::Leave | Action::Complete) =>
        {
            None
        }
        Action::Open => Some(Todo::Open(base)),
        Action::Finish => Some(Todo::Finish(base)),
        Action::Update => Some(Todo::Update(base)),
        Action::Close => None,
        Action::Complete | Action::Leave => is_offered.then_some(Todo::Complete),
    };
    let todo = todo.filter(|_| !decision.state.is_taken_over());
    let mut outcome = Outcome::new(decision.state, decision.reason);
    outcome.pull = decision.pull;
    (todo, outcome)
}

fn of_close(plan: &Plan, item: &Item, offer: &Offer, held: &Held) -> (Option<Todo>, Outcome) {
    let wishes = Wishes { unneeded: Unneeded::Close, ..Wishes::default() };
    let decision = decide(&Wanted::Nothing, offer, (held, &Fit::AsWanted), &plan.campaign, wishes);
    let todo = match offer.open_pull() {
        Some(_) => (decision.action == Action::Close)
            .then(|| Todo::Close(why_closed(item), Base::of_judged(item, offer))),
        None => Ending::Closed.of(offer, &plan.campaign).map(|_| Todo::Tidy),
    };
    let mut outcome = Outcome::new(decision.state, decision.reason);
    outcome.pull = decision.pull;
    (todo, outcome)
}

/// The reason that a closed pull request gets. Waivers are the fleet's own: their words are not posted.
fn why_closed(item: &Item) -> String {
    match item.is(ReasonKind::Waived) {
        true => NO_LONGER_SELECTED.to_owned(),
        false => item.reason.clone(),
    }
}

/// The state of a repository that the plan leaves alone.
fn of_nothing(plan: &Plan, item: &Item, offer: &Offer, held: &Held) -> Outcome {
    let (state, reason): (State, Reason) = match (offer.open_pull(), held) {
        (Some(_), Held::Edited { why }) => (State::Edited, why.as_str().into()),
        (Some(pull), Held::Ours { .. }) => {
            let (state, reason) = of_open(pull, offer);
            // What the plan leaves out stays as it is; the reason is added.
            let why = match item.state {
                State::Skipped if item.is(ReasonKind::OutOfReach) => Some(not_reached()),
                State::Skipped => Some(item.why()),
                _ if item.is(ReasonKind::NoLongerSelected) => {
                    Some(Reason::of(ReasonKind::NoLongerSelected, NO_LONGER_SELECTED))
                }
                _ if item.is(ReasonKind::NoLongerNeeded) => {
                    Some(Reason::of(ReasonKind::NoLongerNeeded, NO_LONGER_NEEDED))
                }
                _ => None,
            };
            (state, why.map_or_else(|| reason.clone(), |why| why.beside(&reason)))
        }
        _ => {
            let newest = offer.pulls.first();
            let merged = newest.filter(|pull| pull.state == PullStanding::Merged);
            // What was merged before the plan, the plan has judged: it may have been reverted.
            let is_judged = |pull: &PullSeen| {
                // What was out of reach may have been open then.
                let is_since = item.is(ReasonKind::OutOfReach) && is_merged_since(pull, plan);
                let is_known = item.pull == Some(pull.number);
                // What is in the way was found with the merged change on the base.
                let was_ended = item.has_open_pull == Some(false);
                item.state == State::Regressed
                    || item.state == State::Skipped && is_known && !is_since
                    || item.state.is_hindered() && is_known && was_ended
            };
            match (merged, of_ended(plan, item, offer, held)) {
                (Some(pull), _) if !is_judged(pull) => {
                    (State::Merged, format!("merged as #{}", pull.number).into())
                }
                (_, Some(Decision { state, reason, .. })) => (state, reason),
                // It can be read today.
                _ if item.is_unread() => {
                    (item.state, Reason::of(ReasonKind::NotPlanned, NOT_PLANNED))
                }
                // Whoever had its branch has deleted it, or left it to the campaign.
                _ if item.is(ReasonKind::BranchTaken) && is_free(held) => match hindrance(offer) {
                    Some(Decision { state, reason, .. }) => (state, reason),
                    None => (item.state, Reason::of(ReasonKind::NotPlanned, BRANCH_IS_FREE)),
                },
                // What was in the way may be gone, or something else may be.
                _ if item.is(ReasonKind::OutOfReach) => match hindrance(offer) {
                    Some(Decision { state, reason, .. }) => (state, reason),
                    None => (item.state, not_reached()),
                },
                _ => (item.state, item.why()),
            }
        }
    };
    let mut outcome = Outcome::new(state, reason);
    outcome.pull = offer.pulls.first().map(|pull| pull.number);
    outcome
}

/// Whether nobody else has the branch of the campaign.
fn is_free(held: &Held) -> bool {
    matches!(held, Held::Absent | Held::Empty | Held::Ours { .. })
}

/// What is decided today about a repository whose pull request was open when the plan left it alone, and was closed since.
fn of_ended(plan: &Plan, item: &Item, offer: &Offer, held: &Held) -> Option<Decision> {
    // One with a conflict or a requested change is blocked, and these are only said of an open one there.
    let is_unwanted = item.is(ReasonKind::NoLongerSelected) || item.is(ReasonKind::NoLongerNeeded);
    let was_open = item.state.is_open() || item.state.is_hindered() && is_unwanted;
    if offer.open_pull().is_some() || !was_open {
        return None;
    }
    let wanted = if item.is(ReasonKind::NoLongerSelected) {
        Wanted::Unselected
    } else if item.is(ReasonKind::NoLongerNeeded) {
        Wanted::Nothing
    } else {
        // Which change it is makes no difference: only who closed the pull request does.
        Wanted::Change(String::new())
    };
    let wishes = Wishes { only_planned: true, ..Wishes::default() };
    let decision = decide(&wanted, offer, (held, &Fit::AsWanted), &plan.campaign, wishes);
    // What would be offered again waits for the next plan.
    (!decision.action.writes_change()).then_some(decision)
}

/// Whether a pull request was merged after a plan was made, by the clocks of both.
fn is_merged_since(pull: &PullSeen, plan: &Plan) -> bool {
    let at = |text: &str| text.parse::<Timestamp>().ok();
    let merged = pull.merged_at.as_deref().and_then(at);
    merged.zip(at(&plan.made_at)).is_some_and(|(merged, made)| merged > made)
}

/// The reason for a repository that can be offered the change today, and could not when the plan was made.
fn not_reached() -> Reason {
    Reason::of(ReasonKind::NotPlanned, NOT_REACHED)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::campaign::file::CampaignFile;
    use crate::campaign::plan::Terms;

    #[test]
    fn a_branch_that_was_in_the_way_is_only_said_to_be_free_where_the_change_can_be_offered() {
        let says: CampaignFile = serde_yaml::from_str(
            "{ schema: 1, name: fix, changes: [], pull_request: { title: Fix } }",
        )
        .expect("a campaign");
        let taken = "its branch belongs to the campaign `other`";
        let plan: Plan = serde_json::from_value(json!({
            "schema": "", "campaign": "fix", "file": "campaign.yaml", "file_digest": "", "made_at": "", "made_by": "robot",
            "forge": "", "branch": "shipshape/fix", "terms": Terms::of(&says), "contents": {}, "digest": "",
            "items": [{
                "repository": "acme/a", "members": [], "owner": null, "wave": 1, "action": "leave", "state": "blocked",
                "reason": taken, "kinds": ["branch_taken"], "pull": null, "page": null, "change": null,
            }],
        }))
        .expect("a plan");
        let said = |offer: &Offer, held: &Held| {
            let outcome = of_nothing(&plan, plan.items.first().expect("one"), offer, held);
            outcome.reason.to_string()
        };
        let why = || "ann changed its branch".to_owned();
        let [head, base, change] = ["1", "0", "d"].map(str::to_owned);
        let free = [Held::Absent, Held::Empty, Held::Ours { head, base, change }];
        let archived = Offer { is_archived: true, ..Offer::default() };
        for held in free {
            assert_eq!(said(&Offer::default(), &held), BRANCH_IS_FREE);
            let said = said(&archived, &held);
            assert!(said.starts_with("it is archived"), "{said}");
        }
        for held in [Held::Edited { why: why() }, Held::Foreign { why: why() }] {
            assert_eq!(said(&Offer::default(), &held), taken);
        }
    }
}
