//! Puts a plan together from the state of every repository. Pure.

use std::collections::{BTreeMap, HashSet};

use super::file::planned_files;
use super::waves::{Candidate, Counts};
use super::{
    Action, Cluster, Content, Decision, Item, Plan, Proposed, SCHEMA, Shown, Terms, Wanted,
    clusters, missing, waves,
};
use crate::campaign::compute::{credentials, worded};
use crate::campaign::file::{Campaign, Reviewers};
use crate::campaign::fit::Fit;
use crate::campaign::held::{Held, is_of_campaign};
use crate::campaign::identity::{branch, change_digest};
use crate::campaign::state::State;
use crate::campaign::state_of_open_pull::{counts_as_open, is_open_within_reach};
use crate::campaign::surveyed::Surveyed;
use crate::campaign::wording::Wording;
use crate::change::FileDiff;
use crate::error::Error;
use crate::fleet::{Member, RepositoryName};
use crate::forge::calls::branch_pulls::Offer;

/// By whose token a plan is made, when, and for which forge.
#[derive(Clone, Debug)]
pub struct Circumstances {
    /// When, RFC 3339 in UTC.
    pub made_at: String,
    /// The login of the token's user.
    pub made_by: String,
    /// The forge's address.
    pub forge: String,
    /// The digest of the waivers, the baseline and the shapes in folders, if the campaign depends on them.
    pub decisions_digest: Option<String>,
    /// The digest of the shapes in repositories, if there are some and the campaign depends on them.
    pub shapes_digest: Option<String>,
    /// Which of the selected repositories the plan covers.
    pub extent: Extent,
    /// Whether the campaign is in the file that it names.
    pub has_file: bool,
    /// What is worth knowing of the campaign as a whole.
    pub remarks: Vec<String>,
}

/// Which of the repositories that a campaign selects a plan covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// All of them.
    All,
    /// Those in which something was merged.
    Merged,
    /// Those that the command named, or what was merged in them.
    Named,
}

/// A plan and what is shown of it.
#[derive(Debug)]
pub struct Assembled {
    /// The plan.
    pub plan: Plan,
    /// Groups of equal differences among its items, the largest first.
    pub clusters: Vec<Cluster>,
    /// Members that the selection leaves out although they have findings.
    pub left_out: Vec<Member>,
    /// Repositories that are left out because nothing can be offered to them: empty, archived, renamed or disabled ones.
    pub out_of_reach: Vec<RepositoryName>,
    /// Repositories of the fleet that the selection leaves out before they are read, by their kinds for example. They are
    /// in no plan.
    pub unselected: Vec<Item>,
    /// Whether the token may push to at least one of them; a plan may be made with one that only reads.
    pub may_push: bool,
}

/// Puts a plan together.
///
/// # Errors
/// When a template is invalid, and when `waves.first` names no selected member.
pub fn assemble(
    campaign: &Campaign,
    repositories: &[Surveyed<'_>],
    circumstances: Circumstances,
) -> Result<Assembled, Error> {
    let says = &campaign.says;
    let wording = Wording::compile(says).map_err(|error| error.in_file(&campaign.file))?;
    let candidates: Vec<&Surveyed<'_>> =
        repositories.iter().filter(|surveyed| surveyed.is_candidate).collect();
    let placed: Vec<Candidate<'_>> =
        candidates.iter().map(|surveyed| placed(surveyed, &says.name)).collect();
    let order = waves::assign(&says.waves, &placed, circumstances.extent != Extent::All)
        .map_err(|error| error.in_file(&campaign.file))?;
    let mut contents = BTreeMap::new();
    // A token that may push nowhere is used to plan only: another token applies the plan.
    let may_push = repositories.iter().flat_map(|it| &it.offer).any(|offer| offer.may_push);
    let terms = Terms::of(says);
    let planning = Planning { campaign, wording: &wording, terms: &terms, may_push };
    let last = order.iter().map(|(_, wave)| *wave).max().unwrap_or(1);
    let ordered: Vec<(&Surveyed<'_>, u32)> = order
        .into_iter()
        .filter_map(|(index, wave)| Some((*candidates.get(index)?, wave)))
        .collect();
    let started = ordered.iter().filter(|(surveyed, _)| surveyed.decision.pull.is_some());
    let started = started.map(|(_, wave)| *wave).max().unwrap_or(1);
    // Repositories that left the selection and have a pull request come last in the order.
    let left = repositories
        .iter()
        .filter(|surveyed| !surveyed.is_candidate && surveyed.decision.pull.is_some())
        .map(|surveyed| (surveyed, if holds_up(surveyed) { started } else { last }));
    let (mut items, diffs): (Vec<Item>, Vec<Option<Shown>>) = ordered
        .iter()
        .copied()
        .chain(left)
        .map(|(surveyed, wave)| planning.item(surveyed, wave, &mut contents))
        .unzip();
    let clusters = clusters(&diffs);
    for (number, cluster) in clusters.iter().enumerate() {
        for index in &cluster.members {
            if let Some(change) = items.get_mut(*index).and_then(|item| item.change.as_mut()) {
                change.cluster = number;
            }
        }
    }
    let plan = Plan {
        schema: SCHEMA.to_owned(),
        campaign: says.name.clone(),
        file: campaign.file.display().to_string(),
        has_no_file: !circumstances.has_file,
        file_digest: campaign.digest.clone(),
        decisions_digest: circumstances.decisions_digest,
        shapes_digest: circumstances.shapes_digest,
        made_at: circumstances.made_at,
        made_by: circumstances.made_by,
        forge: circumstances.forge,
        branch: branch(&says.name),
        is_limited: circumstances.extent == Extent::Named,
        remarks: circumstances.remarks,
        terms,
        items,
        contents,
        digest: String::new(),
    };
    let left_out = repositories.iter().flat_map(|surveyed| &surveyed.left_out);
    let left_out = left_out.map(|member| (*member).clone()).collect();
    let out_of_reach = candidates
        .iter()
        .filter(|surveyed| surveyed.decision.is_out_of_reach())
        .map(|surveyed| surveyed.repository.clone())
        .collect();
    let unselected = repositories.iter().filter(|surveyed| is_left_unread(surveyed));
    let unselected = unselected.map(|surveyed| bare(surveyed, last)).collect();
    Ok(Assembled { plan: plan.sealed(), clusters, left_out, out_of_reach, unselected, may_push })
}

/// What all items of a plan depend on.
struct Planning<'p> {
    campaign: &'p Campaign,
    wording: &'p Wording,
    terms: &'p Terms,
    /// Whether the token may push to at least one of the repositories.
    may_push: bool,
}

impl Planning<'_> {
    /// What is planned for one repository, with its difference if that is written. Adds the contents of its files.
    fn item(
        &self,
        surveyed: &Surveyed<'_>,
        wave: u32,
        contents: &mut BTreeMap<String, Content>,
    ) -> (Item, Option<Shown>) {
        let bare = self.with_checks(bare(surveyed, wave), surveyed);
        let writes_change = bare.action.writes_change();
        if !writes_change && !is_offered(surveyed) {
            return (bare, None);
        }
        let tree = surveyed.tree.as_ref();
        let made = tree.map_or_else(Vec::new, |tree| surveyed.changes.diff(tree));
        match proposed(self.campaign, self.wording, surveyed, &made) {
            Ok((change, offer)) => {
                let files = planned_files(&surveyed.changes, contents);
                let digest = change.digest.clone();
                let item = self.with_change(bare, Proposed { files, ..change }, offer);
                (item, writes_change.then_some(Shown { files: made, digest }))
            }
            // What is open already stays open.
            Err(_) if !writes_change => (bare, None),
            Err(why) => {
                let blocked = Item { action: Action::Leave, state: State::Blocked, ..bare };
                (blocked.because(&why.into()), None)
            }
        }
    }

    /// The item, of whose pull request checks may not have run that waves wait for.
    fn with_checks(&self, bare: Item, surveyed: &Surveyed<'_>) -> Item {
        let Ok(offer) = &surveyed.offer else { return bare };
        let why = missing::with_checks(bare.why(), bare.state, self.terms, offer);
        match bare.action {
            // The reason is posted with the pull request that it closes, so nothing is said there of checks.
            Action::Close => Item { kinds: why.kinds().clone(), ..bare },
            _ => bare.because(&why),
        }
    }

    /// The item with its change: what is open may lack something, and what is offered may come without something.
    fn with_change(&self, bare: Item, mut change: Proposed, offer: &Offer) -> Item {
        let is_without_push = self.may_push && !offer.may_push;
        change.remarks.extend(is_without_push.then(|| NO_PUSH.to_owned()));
        if bare.action.writes_change() {
            let why = missing::no_auto_merge(self.terms, offer);
            change.remarks.extend(why.map(str::to_owned));
            return Item { change: Some(change), ..bare };
        }
        let reason = missing::explained(bare.why(), self.terms, offer);
        let missing = missing::missing(self.terms, &change, offer, offer.open_pull());
        let action = if missing.is_empty() { bare.action } else { Action::Complete };
        Item { action, missing, change: Some(change), ..bare }.because(&reason)
    }
}

/// Whether the selection leaves out a repository before it is read. Retired members are not left out by a campaign.
fn is_left_unread(surveyed: &Surveyed<'_>) -> bool {
    !surveyed.is_candidate
        && surveyed.decision.pull.is_none()
        && surveyed.members.iter().any(|member| member.retired.is_none())
}

/// A repository as waves count it. One that the campaign neither changes nor has offered a change does not count.
fn placed<'m>(surveyed: &'m Surveyed<'_>, campaign: &str) -> Candidate<'m> {
    let Decision { action, pull, .. } = &surveyed.decision;
    // One that was closed as no longer needed keeps its place, so that no other moves to an earlier wave.
    let was_offered = || {
        let mut pulls = surveyed.offer.iter().flat_map(|offer| &offer.pulls);
        pulls.any(|pull| is_of_campaign(pull, campaign))
    };
    let counts = match *action != Action::Leave || pull.is_some() || was_offered() {
        true => Counts::Yes,
        false => Counts::No,
    };
    Candidate { members: &surveyed.members, counts }
}

/// Whether later waves wait for a repository that left the selection: its pull request is open, and can be merged or
/// closed. It was opened in a wave that has started.
fn holds_up(surveyed: &Surveyed<'_>) -> bool {
    surveyed.decision.action == Action::Leave && surveyed.decision.state.is_open()
}

/// The remark about a repository that the token of the plan may not push to, while it may to others.
const NO_PUSH: &str = "The token of this plan may not push to this repository";

/// What is planned for one repository, without its change.
fn bare(surveyed: &Surveyed<'_>, wave: u32) -> Item {
    Item {
        repository: surveyed.repository.to_string(),
        members: surveyed.members.iter().map(|member| member.slug.clone()).collect(),
        owner: surveyed.members.first().and_then(|member| member.owner.clone()),
        wave,
        action: surveyed.decision.action,
        state: surveyed.decision.state,
        reason: surveyed.decision.reason.to_string(),
        kinds: surveyed.decision.reason.kinds().clone(),
        pull: surveyed.decision.pull.or_else(|| newest(surveyed)),
        has_open_pull: Some(
            surveyed.offer.as_ref().is_ok_and(|offer| counts_as_open(offer, &surveyed.held)),
        ),
        page: page(surveyed),
        unread: surveyed.offer.as_ref().map(Offer::unread_of_pull).unwrap_or_default(),
        missing: Vec::new(),
        judged_at: judged_at(surveyed),
        change: None,
    }
}

/// The commit on which a repository was judged whose pull request is closed because of what was found there. Nothing has to
/// be found in one that the campaign does not even read.
fn judged_at(surveyed: &Surveyed<'_>) -> Option<String> {
    let offer = surveyed.offer.as_ref().ok()?;
    let is_closed = surveyed.decision.action == Action::Close && offer.open_pull().is_some();
    let read = surveyed.tree.as_ref().and_then(|tree| tree.commit.clone());
    read.or_else(|| offer.head.clone()).filter(|_| is_closed && surveyed.is_candidate)
}

/// Whether the very change is open already: what goes with it may be missing.
fn is_offered(surveyed: &Surveyed<'_>) -> bool {
    let state = surveyed.decision.state;
    matches!(surveyed.wanted, Wanted::Change(_))
        && matches!(surveyed.held, Held::Ours { .. })
        && surveyed.offer.as_ref().is_ok_and(is_open_within_reach)
        && !state.is_taken_over()
}

fn page(surveyed: &Surveyed<'_>) -> Option<String> {
    let number = surveyed.decision.pull.or_else(|| newest(surveyed))?;
    let mut pulls = surveyed.offer.as_ref().ok()?.pulls.iter();
    pulls.find(|pull| pull.number == number).map(|pull| pull.url.clone())
}

/// The newest pull request that the plan knows of. What a person does to a later one happened after the plan.
fn newest(surveyed: &Surveyed<'_>) -> Option<u64> {
    let pulls = surveyed.offer.as_ref().ok()?.pulls.iter();
    pulls.map(|pull| pull.number).max()
}

/// The change of one repository, whose files are added by the caller, and what the forge shows of it.
fn proposed<'s>(
    campaign: &Campaign,
    wording: &Wording,
    surveyed: &'s Surveyed<'_>,
    diff: &[FileDiff],
) -> Result<(Proposed, &'s Offer), String> {
    let offer = surveyed.offer.as_ref().map_err(ToString::to_string)?;
    let base = surveyed.tree.as_ref().and_then(|tree| tree.commit.clone());
    let (Some(base_branch), Some(base)) = (offer.default_branch.clone(), base) else {
        return Err("it has no commit to start from".to_owned());
    };
    let name = surveyed.repository.to_string();
    let worded = worded(campaign, wording, &name, &surveyed.parts, (&surveyed.changes, diff))?;
    let owner = surveyed.members.first().and_then(|member| member.owner.as_deref());
    let (reviewers, team_reviewers) =
        reviewers(&campaign.says.pull_request.reviewers, owner, &offer.viewer);
    let mut known = HashSet::new();
    let remarks = surveyed.parts.iter().flat_map(|(_, part)| part.remarks.iter().cloned());
    // The repository is named, because each credential has to be revoked. The capital sorts this before other remarks.
    let revoke = credentials(&surveyed.parts).into_iter().map(|path| {
        format!("Revoke the credential of `{path}` in {name}: taken out, it stays in the history")
    });
    let proposed = Proposed {
        base_branch,
        base,
        digest: change_digest(&surveyed.changes),
        offered_as: None,
        replaces: None,
        files: Vec::new(),
        title: worded.title,
        body: worded.body,
        commit: worded.commit,
        reviewers,
        team_reviewers,
        remarks: revoke.chain(remarks).filter(|remark| known.insert(remark.clone())).collect(),
        cluster: 0,
    };
    Ok((beside_open_pull(proposed, surveyed), offer))
}

/// A change with what the open pull request of its repository has to do with it, where the digests alone do not show that:
/// see [`Proposed::offered_as`] and [`Proposed::replaces`].
fn beside_open_pull(change: Proposed, surveyed: &Surveyed<'_>) -> Proposed {
    let is_open = surveyed.offer.as_ref().is_ok_and(|offer| offer.open_pull().is_some());
    match &surveyed.held {
        Held::Ours { head, change: offered, .. } if is_open => {
            match (surveyed.fit == Fit::AsWanted, *offered == change.digest) {
                (true, false) => Proposed { offered_as: Some(offered.clone()), ..change },
                (false, true) => Proposed { replaces: Some(head.clone()), ..change },
                (true, true) | (false, false) => change,
            }
        }
        _ => change,
    }
}

/// The persons and teams whose review is requested. The author is never among them.
fn reviewers(wanted: &Reviewers, owner: Option<&str>, author: &str) -> (Vec<String>, Vec<String>) {
    let (mut users, mut teams) = (wanted.users.clone(), wanted.teams.clone());
    if wanted.owner
        && let Some(owner) = owner
    {
        let owner = owner.trim_start_matches('@');
        match owner.rsplit_once('/') {
            Some((_, team)) => teams.push(team.to_owned()),
            None => users.push(owner.to_owned()),
        }
    }
    users.retain(|user| !user.eq_ignore_ascii_case(author));
    for list in [&mut users, &mut teams] {
        list.sort();
        list.dedup();
    }
    (users, teams)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owners_are_persons_or_teams_and_the_author_does_not_review() {
        let wanted = Reviewers { owner: true, users: vec!["ann".to_owned()], teams: Vec::new() };
        let asked = |owner| reviewers(&wanted, owner, "ANN");
        assert_eq!(asked(Some("@acme/agents")), (vec![], vec!["agents".to_owned()]));
        assert_eq!(asked(Some("@bob")), (vec!["bob".to_owned()], vec![]));
        assert_eq!(asked(None), (vec![], vec![]));
    }
}
