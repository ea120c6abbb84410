//! How one repository stands in a campaign: what the forge shows, put into a [`State`] and a reason.
//!
//! Pure. In: an [`Offer`] as the forge tells it, and what a look at the trees said of the branch's content. Out:
//! whose branch it is ([`Held`]) and how an open pull request stands ([`of_open`]). What is to be done about it is
//! for [`decide`](super::plan::decide()).

use super::compute::Computed;
use super::identity::{Mark, closers, givers};
use super::plan::{Decision, Kinds, Reason, ReasonKind, Wanted};
use super::state::State;
use crate::change::ChangeSet;
use crate::fleet::{Member, RepositoryName};
use crate::forge::ForgeError;
use crate::forge::calls::offers::{
    CheckState, Checks, CommitSeen, Mergeable, Offer, Person, PullSeen, PullStanding,
    ReviewDecision,
};
use crate::snapshot::Snapshot;

/// One repository of the fleet, as a campaign sees it.
#[derive(Debug)]
pub struct Standing<'f> {
    /// The repository, as fleet.yaml names it.
    pub repository: RepositoryName,
    /// Every member in it.
    pub members: Vec<&'f Member>,
    /// Whether the campaign's selection names it, whatever its verdict is.
    pub is_candidate: bool,
    /// What is wanted of it.
    pub wanted: Wanted,
    /// Its change, with paths from the root.
    pub changes: ChangeSet,
    /// What each of the members that are meant came to.
    pub parts: Vec<(&'f Member, Computed)>,
    /// Those of its members that the selection leaves out although something was found in them.
    pub left_out: Vec<&'f Member>,
    /// The waived findings without whose waivers the campaign would select it, each with its waiver.
    pub waived: Vec<String>,
    /// Its tree at the default branch.
    pub tree: Option<Snapshot>,
    /// What the forge shows of it.
    pub offer: Result<Offer, ForgeError>,
    /// Whose its branch is.
    pub held: Held,
    /// What is to be done, and why.
    pub decision: Decision,
}

/// Whose the branch of a campaign is in a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    /// There is none.
    Absent,
    /// It is there, and nothing of the campaign is on it yet: a run ended between branch and commit.
    Empty,
    /// It holds one commit, and the campaign made it.
    Ours {
        /// The commit.
        head: String,
        /// The commit that it is on top of.
        base: String,
        /// What the commit's change amounts to, see [`super::identity::change_digest`].
        change: String,
    },
    /// Somebody went on from the campaign's commit, or put another in its place.
    Edited {
        /// Who, as their commit says.
        by: String,
    },
    /// It is of somebody else.
    Foreign {
        /// Whose, for a person: "belongs to the campaign `fix-2`".
        why: String,
    },
}

impl Held {
    /// Whose the branch is.
    ///
    /// `planned` is the commit that the plan is bound to. `content` is what the trees of the head and of its parent
    /// amount to, when somebody compared them: a person may put another content under the words of the campaign.
    #[must_use]
    pub fn of(offer: &Offer, campaign: &str, planned: Option<&str>, content: Option<&str>) -> Self {
        let open = offer.open_pull();
        let commits: &[CommitSeen] = match (&offer.branch, open) {
            (Some(branch), _) => &branch.commits,
            (None, Some(pull)) => &pull.commits,
            (None, None) => return Self::Absent,
        };
        let Some(head) = commits.first() else { return Self::Empty };
        let marks: Vec<Option<Mark>> =
            commits.iter().map(|commit| Mark::of_message(&commit.message)).collect();
        let is_ours = |mark: &Mark| mark.campaign == campaign;
        let below = marks.iter().skip(1).flatten().any(is_ours);
        match marks.first().and_then(Option::as_ref) {
            Some(mark) if is_ours(mark) => {
                let one = open.is_none_or(|pull| pull.commit_count == 1);
                let [base] = head.parents.as_slice() else {
                    return Self::Edited { by: changer(head) };
                };
                // The base may have merged an earlier change of this campaign; it is no edit then.
                let merged_before =
                    offer.head.as_deref() == Some(base.as_str()) || planned == Some(base.as_str());
                // So may what came on top of it: a branch that is as its pull request left it is as the campaign left it.
                let is_as_it_ended = || {
                    ended_with(offer, campaign, &head.oid).is_some_and(|it| it.commit_count == 1)
                };
                if !one || (open.is_none() && below && !merged_before && !is_as_it_ended()) {
                    return Self::Edited { by: changer(head) };
                }
                if content.is_some_and(|content| content != mark.change) {
                    return Self::Edited { by: changer(head) };
                }
                Self::Ours {
                    head: head.oid.clone(),
                    base: base.clone(),
                    change: mark.change.clone(),
                }
            }
            Some(mark) => {
                Self::Foreign { why: format!("belongs to the campaign `{}`", mark.campaign) }
            }
            None if [offer.head.as_deref(), planned].contains(&Some(head.oid.as_str())) => {
                Self::Empty
            }
            None if below || open.is_some_and(|pull| says(pull, campaign)) => {
                Self::Edited { by: changer(head) }
            }
            None => Self::Foreign { why: "holds commits that no campaign made".to_owned() },
        }
    }
}

/// Whether a pull request says that it is of a campaign.
#[must_use]
pub fn says(pull: &PullSeen, campaign: &str) -> bool {
    Mark::of_text(&pull.body).is_some_and(|mark| mark.campaign == campaign)
}

/// The campaign's pull request that ended with this commit on its branch.
#[must_use]
pub fn ended_with<'o>(offer: &'o Offer, campaign: &str, head: &str) -> Option<&'o PullSeen> {
    let is_over = |pull: &&PullSeen| pull.state != PullStanding::Open && says(pull, campaign);
    offer.pulls.iter().filter(is_over).find(|pull| pull.head == head)
}

/// Whether the campaign itself closed a pull request, and nobody has closed it since: who it says closed it is who did.
#[must_use]
pub fn is_closed_by_campaign(pull: &PullSeen) -> bool {
    let by = pull.closed_by.as_deref();
    pull.state == PullStanding::Closed
        && by.is_some_and(|by| closers(&pull.body).any(|login| login.eq_ignore_ascii_case(by)))
}

/// How a person said no to a pull request that was closed without being merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    who: String,
    /// Why, perhaps an empty text, where its campaign's own command gave it up.
    given_up: Option<String>,
}

impl Refusal {
    /// What a closed pull request says, and who closed it; `None` where its campaign did, since nobody needed it.
    #[must_use]
    pub fn of(body: &str, closed_by: Option<&str>) -> Option<Self> {
        let is_who = |login: &str| closed_by.is_some_and(|by| login.eq_ignore_ascii_case(by));
        if let Some((login, why)) = givers(body).find(|(login, _)| is_who(login)) {
            return Some(Self { who: login.to_owned(), given_up: Some(why.to_owned()) });
        }
        if closers(body).any(is_who) {
            return None;
        }
        Some(Self { who: closed_by.unwrap_or("somebody").to_owned(), given_up: None })
    }

    /// How a repository stands whose pull request ended so.
    #[must_use]
    pub fn state(&self) -> State {
        if self.given_up.is_some() { State::GivenUp } else { State::Declined }
    }

    /// In words: `ann closed #1`, `ann gave up #1: it waits`.
    #[must_use]
    pub fn said_of(&self, number: u64) -> String {
        let who = &self.who;
        match self.given_up.as_deref() {
            None => format!("{who} closed #{number}"),
            Some("") => format!("{who} gave up #{number}"),
            Some(why) => format!("{who} gave up #{number}: {why}"),
        }
    }
}

/// Whether somebody leads an open pull request to another branch than the default one.
#[must_use]
pub fn is_led_elsewhere(pull: &PullSeen, offer: &Offer) -> bool {
    let default = offer.default_branch.as_deref();
    default.is_some_and(|default| !pull.base_branch.is_empty() && pull.base_branch != default)
}

/// Who put a commit where it is. An amended commit keeps its author, so its committer says who; where that is the forge
/// itself, as for commits that were made on its pages, the author does.
fn changer(commit: &CommitSeen) -> String {
    let shown = |person: &Person| person.login.clone().unwrap_or_else(|| person.name.clone());
    let committer = shown(&commit.committer);
    match FORGES_OWN.contains(&committer.as_str()) {
        true => shown(&commit.author),
        false => committer,
    }
}

/// The committer of commits that are made through GitHub, by login and by name; an empty text where none is shown.
const FORGES_OWN: [&str; 3] = ["web-flow", "GitHub", ""];

/// Why nothing is known of an open pull request whose checks the token may not see: to wait for them is of no use.
pub const CHECKS_UNREADABLE: &str = "its checks cannot be read";

/// Whether a repository, or the checks of its pull request, may not be seen by the token: no waiting changes that.
#[must_use]
pub fn is_unreadable(state: State, kinds: &Kinds) -> bool {
    matches!(state, State::Checks | State::Failed) && kinds.contains(&ReasonKind::Unreadable)
}

/// How an open pull request stands that is the campaign's own, and why.
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
        return (State::Open, "a draft".into());
    }
    match (pull.checks.state, pull.review) {
        (CheckState::Pending, _) => (State::Checks, "checks are running".into()),
        // What could not be checked is never green.
        (CheckState::Unknown, _) if pull.checks.are_forbidden() => {
            (State::Checks, Reason::of(ReasonKind::Unreadable, CHECKS_UNREADABLE))
        }
        (CheckState::Unknown, _) => {
            (State::Checks, "its checks could not be read this time".into())
        }
        // The forge takes a moment until the first check is there.
        (CheckState::None, _) if offer.checks.state != CheckState::None => {
            (State::Checks, "no check has begun".into())
        }
        (CheckState::None, ReviewDecision::Approved) => {
            (State::Approved, "approved; no checks ran".into())
        }
        (_, ReviewDecision::Approved) => (State::Approved, "approved".into()),
        (_, ReviewDecision::Required) => (State::Open, "waits for a review".into()),
        (CheckState::Green, _) => (State::Open, "checks are green, nobody has approved it".into()),
        _ => (State::Open, "no checks ran, nobody has approved it".into()),
    }
}

/// Names of checks that failed.
fn red(checks: &Checks) -> Vec<&str> {
    let failed = checks.contexts.iter().filter(|check| check.state == CheckState::Red);
    failed.map(|check| check.name.as_str()).collect()
}

#[cfg(test)]
mod tests;
