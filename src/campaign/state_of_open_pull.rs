//! The state of a campaign's open pull request, with the reason, as the forge shows it. Pure. What to do about it is decided
//! by [`decide`](super::plan::decide()).

use std::fmt;

use super::held::Held;
use super::plan::{Kinds, Reason, ReasonKind};
use super::state::State;
use crate::forge::calls::branch_pulls::{
    CheckState, Checks, Mergeable, Offer, PullSeen, ReviewDecision,
};

/// The sentence for an open pull request whose checks the token may not see. Waiting for them is useless.
pub const CHECKS_UNREADABLE: &str = "its checks cannot be read";

/// The sentence for one whose checks the forge did not show now, and may show later.
const UNREAD_THIS_TIME: &str = "its checks could not be read this time";

/// The sentence for one whose checks are running.
const RUNNING: &str = "checks are running";

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

/// Whether a pull request of the campaign is open with which something can be done. One from a branch that is not the
/// campaign's is not of it, and one that is out of reach makes no progress, so that nothing waits for it.
#[must_use]
pub fn counts_as_open(offer: &Offer, held: &Held) -> bool {
    is_open_within_reach(offer) && !matches!(held, Held::Foreign { .. })
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
        (CheckState::Pending, _) => (State::Checks, RUNNING.into()),
        // Checks that could not be read never count as green.
        (CheckState::Unknown, _) if pull.checks.are_forbidden() => {
            (State::Checks, Reason::of(ReasonKind::Unreadable, CHECKS_UNREADABLE))
        }
        (CheckState::Unknown, _) => (State::Checks, UNREAD_THIS_TIME.into()),
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

/// Why a pull request has not passed its checks, as waves that wait for green ones see it. Displays as a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unpassed<'n> {
    /// None has run.
    NoneRan,
    /// These have not run, which its base branch requires or the campaign names.
    NotRun(Vec<&'n str>),
    /// Some are running.
    Running,
    /// Some are red, and not on the base branch as well.
    Red,
    /// Some could not be read: the missing ones may be among them.
    Unread,
    /// Some may not be read by the token.
    Forbidden,
}

impl<'n> Unpassed<'n> {
    /// Why a pull request has not passed them, where the campaign names some; `None` if it has: there are some, each that its
    /// base branch requires or the campaign names is among them, and none is red but those that are red on the base branch as
    /// well.
    #[must_use]
    pub fn of(pull: &PullSeen, offer: &'n Offer, named: &'n [String]) -> Option<Self> {
        let unread = || match pull.checks.are_forbidden() {
            true => Self::Forbidden,
            false => Self::Unread,
        };
        match pull.checks.state {
            CheckState::None => return Some(Self::NoneRan),
            CheckState::Pending => return Some(Self::Running),
            CheckState::Unknown => return Some(unread()),
            CheckState::Red if of_open(pull, offer).0 != State::RedOnBase => {
                return Some(Self::Red);
            }
            CheckState::Green if pull.checks.unread.is_some() => return Some(unread()),
            CheckState::Green | CheckState::Red => {}
        }
        let mut names = pull.checks.missing(&offer.required_checks);
        for name in pull.checks.missing(named) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        match (names.is_empty(), pull.checks.unread.is_some()) {
            (true, _) => None,
            (false, true) => Some(unread()),
            (false, false) => Some(Self::NotRun(names)),
        }
    }

    /// Whether they could not be read, so that they may have run.
    #[must_use]
    pub fn is_unread(&self) -> bool {
        matches!(self, Self::Unread | Self::Forbidden)
    }

    /// Whether the reason of [`of_open`] says it as well. Those of drafts and of pull requests that wait for a review say
    /// nothing of checks.
    #[must_use]
    pub fn is_said_of(&self, pull: &PullSeen) -> bool {
        match self {
            Self::NotRun(_) => false,
            _ => !pull.draft && pull.review != ReviewDecision::Required,
        }
    }
}

impl fmt::Display for Unpassed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotRun(names) => {
                let (noun, verb) =
                    if names.len() == 1 { ("check", "has") } else { ("checks", "have") };
                return write!(f, "the {noun} `{}` {verb} not run", names.join("`, `"));
            }
            Self::NoneRan => "no checks ran",
            Self::Running => RUNNING,
            Self::Red => "checks are red",
            Self::Unread => UNREAD_THIS_TIME,
            Self::Forbidden => CHECKS_UNREADABLE,
        })
    }
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
            Unpassed::of(&pull, &offer, &named).is_none()
        };
        assert!(passed(CheckState::Green, &["ci"], &[], &[]));
        assert!(passed(CheckState::Green, &["ci", "lint"], &["ci"], &["lint"]));
        assert!(!passed(CheckState::Green, &["lint"], &[], &["ci"]));
        assert!(!passed(CheckState::Green, &["lint"], &["ci"], &[]));
        assert!(!passed(CheckState::None, &[], &[], &[]));
        assert!(!passed(CheckState::Pending, &["ci"], &[], &[]));
        assert!(!passed(CheckState::Red, &["ci"], &[], &[]));
    }

    #[test]
    fn what_has_not_run_is_named_once() {
        let [ci, docs] = ["ci", "docs"].map(str::to_owned);
        let offer = Offer { required_checks: vec![ci.clone()], ..Offer::default() };
        let said = |seen: Checks| {
            let pull = PullSeen { checks: seen, ..PullSeen::default() };
            Unpassed::of(&pull, &offer, &[ci.clone(), docs.clone()]).map(|why| why.to_string())
        };
        let green = |names: &[&str]| said(checks(CheckState::Green, names));
        assert_eq!(green(&["lint"]).as_deref(), Some("the checks `ci`, `docs` have not run"));
        assert_eq!(green(&["ci"]).as_deref(), Some("the check `docs` has not run"));
        assert_eq!(green(&["ci", "docs"]), None);
        // They may be among those that cannot be seen.
        let unread = said(checks(CheckState::Unknown, &["lint"]));
        assert_eq!(unread.as_deref(), Some(UNREAD_THIS_TIME));
    }
}
