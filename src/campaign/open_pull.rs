//! The state of a campaign's open pull request, with the reason, as the forge shows it. Pure. What to do about it is decided
//! by [`decide`](super::plan::decide()).

use super::plan::{Kinds, Reason, ReasonKind};
use super::state::State;
use crate::forge::calls::branch_pulls::{
    CheckState, Checks, Mergeable, Offer, PullSeen, ReviewDecision,
};

/// The sentence for an open pull request whose checks the token may not see. Waiting for them is useless.
pub const CHECKS_UNREADABLE: &str = "its checks cannot be read";

/// Whether the token may not see a repository, or the checks of its pull request. Waiting does not change that.
#[must_use]
pub fn is_unreadable(state: State, kinds: &Kinds) -> bool {
    state.may_be_unread() && kinds.contains(&ReasonKind::Unreadable)
}

/// Why nothing can be done with an open pull request, whatever its own state: the repository is called otherwise than in
/// fleet.yaml, so that nothing is sent to it, or it is archived. `None` if it is neither, or no pull request is open.
#[must_use]
pub fn of_out_of_reach(offer: &Offer) -> Option<Reason> {
    let number = offer.open_pull()?.number;
    let why = if offer.renamed_from.is_some() {
        format!(
            "it is called `{}` now, with #{number} open: correct its name in fleet.yaml to merge or close #{number}",
            offer.name
        )
    } else if offer.is_archived {
        format!("it is archived with #{number} open: unarchive it to merge or close #{number}")
    } else {
        return None;
    };
    Some(Reason::of(ReasonKind::OutOfReach, why))
}

/// Whether a pull request is open with which something can be done.
#[must_use]
pub fn is_open_within_reach(offer: &Offer) -> bool {
    offer.open_pull().is_some() && of_out_of_reach(offer).is_none()
}

/// The state of an open pull request of the campaign, with the reason.
#[must_use]
pub fn of_open(pull: &PullSeen, offer: &Offer) -> (State, Reason) {
    if pull.review == ReviewDecision::ChangesRequested {
        let who: Vec<&str> = pull
            .reviews
            .iter()
            .filter(|review| review.state == "CHANGES_REQUESTED")
            .filter_map(|review| review.by.as_deref())
            .collect();
        let by = if who.is_empty() { String::new() } else { format!(" by {}", who.join(", ")) };
        return (State::Blocked, format!("changes were requested{by}").into());
    }
    if pull.mergeable == Mergeable::Conflicting {
        return (State::Blocked, format!("it conflicts with `{}`", pull.base_branch).into());
    }
    let red = red(&pull.checks);
    if pull.checks.state == CheckState::Red {
        let on_base = self::red(&offer.checks);
        let names = red.join(", ");
        return if !red.is_empty() && red.iter().all(|name| on_base.contains(name)) {
            (State::RedOnBase, format!("red on `{}` as well: {names}", pull.base_branch).into())
        } else {
            let new: Vec<&str> =
                red.iter().copied().filter(|name| !on_base.contains(name)).collect();
            (State::Red, format!("red: {}", new.join(", ")).into())
        };
    }
    if pull.draft {
        return (State::Open, "it is a draft".into());
    }
    match (pull.checks.state, pull.review) {
        (CheckState::Pending, _) => (State::Checks, "checks are running".into()),
        // Checks that could not be read never count as green.
        (CheckState::Unknown, _) if pull.checks.are_forbidden() => {
            (State::Checks, Reason::of(ReasonKind::Unreadable, CHECKS_UNREADABLE))
        }
        (CheckState::Unknown, _) => {
            (State::Checks, "its checks could not be read this time".into())
        }
        // The forge takes a moment until the first check is there.
        (CheckState::None, _) if offer.checks.state != CheckState::None => {
            (State::Checks, "no check has started".into())
        }
        (CheckState::None, ReviewDecision::Approved) => {
            (State::Approved, Reason::of(ReasonKind::NoChecks, "approved; no checks ran"))
        }
        (_, ReviewDecision::Approved) => (State::Approved, "approved".into()),
        (_, ReviewDecision::Required) if is_approved_by_some(pull) => {
            (State::Open, unapproved(pull).into())
        }
        (_, ReviewDecision::Required) => (State::Open, "it waits for a review".into()),
        (CheckState::Green, _) => {
            (State::Open, format!("checks are green; {}", unapproved(pull)).into())
        }
        _ => (State::Open, format!("no checks ran; {}", unapproved(pull)).into()),
    }
}

/// Whether a pull request has passed its checks, as waves that wait for green ones see it: there are some, each that its base
/// branch requires or the campaign names is among them, and none is red but those that are red on the base branch as well.
#[must_use]
pub fn has_passed(pull: &PullSeen, offer: &Offer, named: &[String]) -> bool {
    let are_there = |names: &[String]| pull.checks.missing(names).is_empty();
    let is_passed = match pull.checks.state {
        CheckState::Green => pull.checks.unread.is_none(),
        CheckState::Red => of_open(pull, offer).0 == State::RedOnBase,
        CheckState::None | CheckState::Pending | CheckState::Unknown => false,
    };
    is_passed && are_there(&offer.required_checks) && are_there(named)
}

/// The sentence for a pull request that does not have all the approvals that it needs.
#[must_use]
pub fn unapproved(pull: &PullSeen) -> &'static str {
    match is_approved_by_some(pull) {
        true => "it needs another approval",
        false => "it is not approved yet",
    }
}

/// Whether at least one reviewer approves of it.
fn is_approved_by_some(pull: &PullSeen) -> bool {
    pull.reviews.iter().any(|review| review.state == "APPROVED")
}

/// Names of checks that failed.
fn red(checks: &Checks) -> Vec<&str> {
    let failed = checks.contexts.iter().filter(|check| check.state == CheckState::Red);
    failed.map(|check| check.name.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forge::calls::branch_pulls::{CheckSeen, ReviewSeen};

    fn checks(state: CheckState, names: &[&str]) -> Checks {
        let seen = |name: &&str| CheckSeen { name: (*name).to_owned(), state, required: false };
        Checks { state, contexts: names.iter().map(seen).collect(), unread: None }
    }

    fn stands(change: impl Fn(&mut PullSeen, &mut Offer)) -> (State, String) {
        let mut offer = Offer::default();
        let mut pull = PullSeen { base_branch: "main".to_owned(), ..PullSeen::default() };
        change(&mut pull, &mut offer);
        let (state, reason) = of_open(&pull, &offer);
        (state, reason.to_string())
    }

    #[test]
    fn an_open_pull_request_stands_by_what_is_worst() {
        let red = || checks(CheckState::Red, &["ci"]);
        let said = |change: fn(&mut PullSeen, &mut Offer)| stands(change);
        let wanted = said(|pull, _| {
            pull.review = ReviewDecision::ChangesRequested;
            pull.mergeable = Mergeable::Conflicting;
            let [by, state] = ["bob", "CHANGES_REQUESTED"].map(str::to_owned);
            pull.reviews = vec![ReviewSeen { by: Some(by), state }];
        });
        assert_eq!(wanted, (State::Blocked, "changes were requested by bob".to_owned()));
        assert_eq!(said(|pull, _| pull.mergeable = Mergeable::Conflicting).0, State::Blocked);
        assert_eq!(stands(|pull, _| pull.checks = red()), (State::Red, "red: ci".to_owned()));
        let on_base = stands(|pull, offer| (pull.checks, offer.checks) = (red(), red()));
        assert_eq!(on_base, (State::RedOnBase, "red on `main` as well: ci".to_owned()));
        let one_more = stands(|pull, offer| {
            (pull.checks, offer.checks) = (checks(CheckState::Red, &["ci", "lint"]), red());
        });
        assert_eq!(one_more, (State::Red, "red: lint".to_owned()));
        // Which ones are red is not known: then nobody says that the base is to blame.
        let untold = stands(|pull, offer| {
            (pull.checks, offer.checks) = (checks(CheckState::Red, &[]), red());
        });
        assert_eq!(untold.0, State::Red);
    }

    #[test]
    fn a_missing_approval_is_told_from_one_that_is_not_enough() {
        let said = |review, reviews: &[(&str, &str)]| {
            stands(|pull, _| {
                let seen = |(by, state): &(&str, &str)| ReviewSeen {
                    by: Some((*by).to_owned()),
                    state: (*state).to_owned(),
                };
                pull.checks = checks(CheckState::Green, &["ci"]);
                (pull.review, pull.reviews) = (review, reviews.iter().map(seen).collect());
            })
            .1
        };
        assert_eq!(said(ReviewDecision::None, &[]), "checks are green; it is not approved yet");
        assert_eq!(said(ReviewDecision::Required, &[]), "it waits for a review");
        let one = [("ann", "APPROVED")];
        assert_eq!(said(ReviewDecision::Required, &one), "it needs another approval");
        assert_eq!(said(ReviewDecision::Approved, &one), "approved");
    }

    #[test]
    fn what_could_not_be_checked_is_never_green() {
        let approved = |state, base| {
            stands(move |pull, offer| {
                pull.review = ReviewDecision::Approved;
                (pull.checks, offer.checks) = (checks(state, &[]), checks(base, &[]));
            })
            .0
        };
        assert_eq!(approved(CheckState::Green, CheckState::Green), State::Approved);
        assert_eq!(approved(CheckState::Pending, CheckState::Green), State::Checks);
        assert_eq!(approved(CheckState::Unknown, CheckState::Green), State::Checks);
        assert_eq!(approved(CheckState::None, CheckState::Green), State::Checks);
        assert_eq!(approved(CheckState::None, CheckState::None), State::Approved);
        let unchecked = stands(|pull, _| {
            (pull.review, pull.checks) = (ReviewDecision::Approved, checks(CheckState::None, &[]));
        });
        assert_eq!(unchecked.1, "approved; no checks ran");
        assert_eq!(stands(|pull, _| pull.draft = true), (State::Open, "it is a draft".to_owned()));
    }

    #[test]
    fn only_checks_that_ran_are_passed() {
        let passed = |state, names: &[&str], required: &[&str], named: &[&str]| {
            let texts = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
            let pull = PullSeen { checks: checks(state, names), ..PullSeen::default() };
            let offer = Offer { required_checks: texts(required), ..Offer::default() };
            let named: Vec<String> = texts(named);
            has_passed(&pull, &offer, &named)
        };
        assert!(passed(CheckState::Green, &["ci"], &[], &[]));
        assert!(passed(CheckState::Green, &["ci", "lint"], &["ci"], &["lint"]));
        assert!(!passed(CheckState::Green, &["lint"], &[], &["ci"]));
        assert!(!passed(CheckState::Green, &["lint"], &["ci"], &[]));
        assert!(!passed(CheckState::None, &[], &[], &[]));
        assert!(!passed(CheckState::Pending, &["ci"], &[], &[]));
        assert!(!passed(CheckState::Red, &["ci"], &[], &[]));
    }
}
