//! What is said of a branch that is still there although its pull request has ended, and where it is gone. Pure.

use super::super::closed_pull::is_closed_by_campaign;
use super::super::held::Held;
use super::super::identity::branch;
use super::reason::{Reason, ReasonKind};
use super::{Action, Decision, Wanted};
use crate::forge::calls::branch_pulls::{Offer, PullSeen, PullStanding};

/// Why a pull request is opened where there is no branch, after the newest one of the campaign if there was one.
pub(super) fn needed(newest: Option<&PullSeen>) -> Reason {
    let why = Reason::from("needs the change");
    match newest.is_some_and(is_closed_by_campaign) {
        true => why.also(ReasonKind::NeededAgain),
        false => why,
    }
}

/// Why the branch of an ended pull request still exists: forges keep branches unless a request deletes them.
pub(super) fn left_by(pull: &PullSeen) -> String {
    let number = pull.number;
    match pull.state {
        PullStanding::Merged => format!("#{number} was merged, and its branch is still there"),
        PullStanding::Closed | PullStanding::Open => {
            format!("#{number} was closed, and its branch is still there")
        }
    }
}

/// Why nothing is offered again where a person changed the branch of an ended pull request, and what to do: the campaign
/// neither writes to such a branch nor deletes it, so that no option helps.
pub(super) fn in_the_way(pull: &PullSeen, why: &str, campaign: &str) -> String {
    let branch = branch(campaign);
    format!(
        "{why}: {}; delete the branch `{branch}` to have the change offered again",
        left_by(pull)
    )
}

impl Decision {
    /// The same where an ended pull request is why nothing is offered, with what else is in the way: asking for the change
    /// once more is of no use while the branch has what a person put there.
    #[must_use]
    pub fn with_left_branch(
        self,
        wanted: &Wanted,
        offer: &Offer,
        held: &Held,
        campaign: &str,
    ) -> Self {
        let is_ended = self.pull.is_some() && offer.open_pull().is_none();
        let is_left = self.action == Action::Leave && !self.state.is_done();
        if !is_ended || !is_left || !matches!(wanted, Wanted::Change(_)) {
            return self;
        }
        let why = match held {
            Held::Edited { why } => why.clone(),
            Held::Foreign { why } => format!("its branch {why}"),
            Held::Absent | Held::Empty | Held::Ours { .. } => return self,
        };
        let branch = branch(campaign);
        let why = format!("{why}: delete the branch `{branch}` before it is offered again");
        Self { reason: self.reason.with(&why), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::campaign::state::State;

    #[test]
    fn who_is_in_the_way_is_named_with_the_way_out() {
        let pull = PullSeen { number: 3, state: PullStanding::Merged, ..PullSeen::default() };
        let said = "ann changed its branch: #3 was merged, and its branch is still there; delete the branch \
                    `shipshape/fix` to have the change offered again";
        assert_eq!(in_the_way(&pull, "ann changed its branch", "fix"), said);
    }

    #[test]
    fn whoever_may_ask_for_it_again_knows_of_the_branch_before() {
        let edited = Held::Edited { why: "ann changed its branch".to_owned() };
        let said = |held: &Held, state| {
            let reason = "ann closed #3".into();
            let decision = Decision { action: Action::Leave, state, reason, pull: Some(3) };
            let wanted = Wanted::Change("1".to_owned());
            decision.with_left_branch(&wanted, &Offer::default(), held, "fix").reason.to_string()
        };
        let both = "ann closed #3; ann changed its branch: delete the branch `shipshape/fix` before it is offered again";
        assert_eq!(said(&edited, State::Declined), both);
        assert_eq!(said(&Held::Absent, State::Declined), "ann closed #3");
        let foreign = Held::Foreign { why: "holds commits that no campaign made".to_owned() };
        let way = "; its branch holds commits that no campaign made: delete the branch `shipshape/fix` before it is offered again";
        assert!(said(&foreign, State::Declined).ends_with(way));
        assert_eq!(said(&edited, State::Merged), "ann closed #3");
    }
}
