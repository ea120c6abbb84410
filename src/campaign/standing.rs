//! The state of one repository in a campaign: what the forge shows, as a [`State`] and a reason.
//!
//! Pure. Given an [`Offer`] as the forge shows it and the digest of the branch's content, determines whose branch it is
//! ([`Held`]) and the state of an open pull request ([`of_open`]). What to do about it is decided by
//! [`decide`](super::plan::decide()).

use super::compute::Computed;
use super::identity::{Mark, closers, givers};
use super::plan::{Decision, Kinds, Reason, ReasonKind, Wanted};
use super::state::State;
use crate::change::ChangeSet;
use crate::fleet::{Member, RepositoryName};
use crate::forge::ForgeError;
use crate::forge::calls::branch_pulls::{
    CheckState, Checks, CommitSeen, Mergeable, Offer, Person, PullSeen, PullStanding,
    ReviewDecision,
};
use crate::snapshot::Snapshot;

/// One repository of the fleet, as a campaign sees it.
#[derive(Debug)]
pub struct Surveyed<'f> {
    /// The repository, as fleet.yaml names it.
    pub repository: RepositoryName,
    /// Every member in it.
    pub members: Vec<&'f Member>,
    /// Whether the campaign's selection includes it, whatever its verdict.
    pub is_candidate: bool,
    /// What is wanted of it.
    pub wanted: Wanted,
    /// Its change, with paths from the root.
    pub changes: ChangeSet,
    /// The result for each selected member.
    pub parts: Vec<(&'f Member, Computed)>,
    /// The members in it that the selection leaves out although they have findings.
    pub left_out: Vec<&'f Member>,
    /// The waived findings without whose waivers the campaign would select it, each with its waiver.
    pub waived: Vec<String>,
    /// Its tree at the default branch.
    pub tree: Option<Snapshot>,
    /// What the forge shows of it.
    pub offer: Result<Offer, ForgeError>,
    /// Whose branch it is.
    pub held: Held,
    /// What is to be done, and why.
    pub decision: Decision,
}

/// Who owns the branch of a campaign in a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    /// There is no branch.
    Absent,
    /// The branch exists without a commit of the campaign: a run ended between creating the branch and the commit.
    Empty,
    /// It holds one commit, and the campaign made it.
    Ours {
        /// The commit.
        head: String,
        /// The commit that it is on top of.
        base: String,
        /// The digest of the commit's change, see [`super::identity::change_digest`].
        change: String,
    },
    /// A person changed what the campaign offers: its commit was replaced, commits were added, or the base branch of its
    /// pull request was changed.
    Edited {
        /// What was changed, for a person: "ann changed its branch".
        why: String,
    },
    /// It belongs to another campaign or a person.
    Foreign {
        /// Whose, for a person: "belongs to the campaign `fix-2`".
        why: String,
    },
}

impl Held {
    /// Determines who owns the branch. Every command decides by this alone whether a pull request is a person's.
    ///
    /// `planned` is the commit that the plan is bound to. `content` is the digest of the difference between the trees of
    /// the head and its parent, if they were compared: a person may commit other content with the campaign's message.
    #[must_use]
    pub fn of(offer: &Offer, campaign: &str, planned: Option<&str>, content: Option<&str>) -> Self {
        let held = Self::of_branch(offer, campaign, planned, content);
        match (offer.open_pull().and_then(|pull| other_base(pull, offer)), &held) {
            (None, _) | (_, Self::Foreign { .. }) => held,
            // Commits of the other base branch may seem to be on the pull request's.
            (Some(base), _) => {
                Self::Edited { why: format!("its base branch was changed to `{base}`") }
            }
        }
    }

    /// The same by the commits on the branch.
    fn of_branch(
        offer: &Offer,
        campaign: &str,
        planned: Option<&str>,
        content: Option<&str>,
    ) -> Self {
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
                    return Self::Edited { why: changed(head) };
                };
                // The base may contain an earlier merged change of this campaign, which is not an edit.
                let merged_before =
                    offer.head.as_deref() == Some(base.as_str()) || planned == Some(base.as_str());
                // A branch that is unchanged since its pull request ended is as the campaign left it.
                let is_as_it_ended = || {
                    ended_with(offer, campaign, &head.oid).is_some_and(|it| it.commit_count == 1)
                };
                if !one || (open.is_none() && below && !merged_before && !is_as_it_ended()) {
                    return Self::Edited { why: changed(head) };
                }
                if content.is_some_and(|content| content != mark.change) {
                    return Self::Edited { why: changed(head) };
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
                Self::Edited { why: changed(head) }
            }
            None => Self::Foreign { why: "holds commits that no campaign made".to_owned() },
        }
    }
}

/// Whether a pull request has the mark of this campaign.
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

/// Whether the campaign itself closed a pull request, and no person has reopened and closed it since: the login in its mark
/// is the one that closed it.
#[must_use]
pub fn is_closed_by_campaign(pull: &PullSeen) -> bool {
    let by = pull.closed_by.as_deref();
    pull.state == PullStanding::Closed
        && by.is_some_and(|by| closers(&pull.body).any(|login| login.eq_ignore_ascii_case(by)))
}

/// A person's refusal of a pull request: it was closed without being merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    who: String,
    /// The reason, possibly empty, if `campaign close` gave it up.
    given_up: Option<String>,
}

impl Refusal {
    /// The refusal of a closed pull request; `None` if its campaign closed it as no longer needed.
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

    /// The state of a repository whose pull request was refused.
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

/// The base branch of a pull request if it is not the default branch: a person changed it.
pub(in crate::campaign) fn other_base<'p>(pull: &'p PullSeen, offer: &Offer) -> Option<&'p str> {
    let default = offer.default_branch.as_deref()?;
    let base = pull.base_branch.as_str();
    (!base.is_empty() && base != default).then_some(base)
}

/// The sentence for a changed branch, with who committed last. An amended commit keeps its author, so this is the
/// committer; if that is the forge itself, as for commits made in its web interface, it is the author.
fn changed(commit: &CommitSeen) -> String {
    let shown = |person: &Person| person.login.clone().unwrap_or_else(|| person.name.clone());
    let committer = shown(&commit.committer);
    let who = match FORGES_OWN.contains(&committer.as_str()) {
        true => shown(&commit.author),
        false => committer,
    };
    format!("{who} changed its branch")
}

/// The committer of commits made in GitHub's web interface, by login and by name; empty if none is shown.
const FORGES_OWN: [&str; 3] = ["web-flow", "GitHub", ""];

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
mod tests;
