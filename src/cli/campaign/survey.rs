//! Determines what a campaign wants in every repository, and what the forge shows there.
//!
//! `plan`, `apply`, `status` and others begin with this. It reads, computes and decides, but writes nothing.
//!
//! | file | what it owns |
//! |---|---|
//! | `judged` | what the campaign wants of each member |
//! | `others` | pull requests of other campaigns in the same repositories |
//! | `repaired` | what an open pull request repairs |
//! | `regressed` | why there is a difference again after a merge |

pub(super) mod judged;
pub(super) mod others;
mod regressed;
mod repaired;

use std::collections::HashMap;
use std::path::Path;

use judged::{Found, Judged, OpenPulls, open_pulls};
use others::Noted;

use crate::campaign::changes::{Nowhere, in_none_of};
use crate::campaign::commands::Commands;
use crate::campaign::compute::joined;
use crate::campaign::file::Campaign;
use crate::campaign::fit::{Asked, fits};
use crate::campaign::identity::change_digest;
use crate::campaign::look::{Sight, Spot, look};
use crate::campaign::plan::{Decision, Wanted, Wishes, decide};
use crate::campaign::selection;
use crate::campaign::surveyed::Surveyed;
use crate::checks::Finding;
use crate::cli::Context;
use crate::cli::shared::forge::Session;
use crate::cli::shared::{observing, targets};
use crate::drift::survey::Target;
use crate::error::Result;
use crate::fleet::manifest::ShapeRepository;
use crate::fleet::{Fleet, Member};
use crate::forge::calls::branch_pulls::{Offer, PullSeen, PullStanding};
use crate::severity::Severity;

/// The input of a survey.
#[derive(Clone, Copy)]
pub(super) struct Question<'a> {
    pub(super) campaign: &'a Campaign,
    pub(super) fleet: &'a Fleet,
    /// The list of targets from the command line, and its name in errors.
    pub(super) list: Option<(&'a Path, &'a [u8])>,
    pub(super) wishes: Wishes,
    /// How commands are run.
    pub(super) commands: &'a Commands,
}

/// Surveys every repository of the fleet, in the order of the manifest.
pub(super) fn survey<'f>(
    context: &Context,
    session: &Session,
    question: &Question<'f>,
    noted: &Noted,
) -> Result<Vec<Surveyed<'f>>> {
    let Question { campaign, fleet, list, wishes, .. } = *question;
    let candidates = context.all(selection::members(campaign, fleet, list))?;
    let targets = targets_of(context, session, fleet, &candidates)?;
    let judged = Judged::read(context, session, question, (&candidates, &targets))?;
    let mut commits = judged.commits();
    let asked: Vec<Spot> = Fleet::by_repository(&fleet.members)
        .into_iter()
        .map(|(name, _)| Spot { name: name.clone(), base: commits.remove(&name.key()) })
        .collect();
    let sights = session.run(look(session.client(), &campaign.says.name, &asked));
    let found = judged.computed(&open_pulls(asked.iter().map(|spot| &spot.name).zip(&sights)))?;
    let mut repositories = grouped(fleet, &candidates, found);
    // A token that can push nowhere is only for reading: another one will apply the plan.
    let may_push = sights.iter().flat_map(|sight| &sight.offer).any(|offer| offer.may_push);
    let wishes = Wishes { only_planned: wishes.only_planned || !may_push, ..wishes };
    let name = &campaign.says.name;
    // Each step starts from what the steps before it decided. The later ones ask the forge about a few repositories more.
    let of = Comparison { campaign: &campaign.says.name, again: wishes.again };
    fit(session, of, &mut repositories, sights.iter().map(Some));
    for (surveyed, sight) in repositories.iter_mut().zip(sights) {
        (surveyed.offer, surveyed.held) = (sight.offer, sight.held);
        surveyed.decision = at_first_sight(surveyed, question, wishes);
    }
    regressed::unless_taken_back(session, name, &mut repositories);
    regressed::after_merge(session, &mut repositories);
    for surveyed in &mut repositories {
        let Surveyed { wanted, offer: Ok(offer), held, decision, .. } = surveyed else { continue };
        *decision = decision.clone().with_left_branch(wanted, offer, held, name);
    }
    others::beside((context, noted), session, name, wishes, &mut repositories);
    Ok(repositories)
}

/// Which pull requests are compared.
#[derive(Clone, Copy)]
pub(super) struct Comparison<'a> {
    /// The campaign that offers them.
    pub(super) campaign: &'a str,
    /// Whether what was reverted is wanted all the same.
    pub(super) again: bool,
}

/// Compares the open pull request of each repository with what is wanted there, given what the forge showed of it.
pub(super) fn fit<'s>(
    session: &Session,
    of: Comparison<'_>,
    repositories: &mut [Surveyed<'_>],
    sights: impl Iterator<Item = Option<&'s Sight>>,
) {
    let sights: Vec<Option<&Sight>> = sights.collect();
    let asked: Vec<Option<Asked<'_>>> = repositories
        .iter()
        .zip(&sights)
        .map(|(it, sight)| Asked::of((*sight)?, &it.wanted, &it.changes, it.tree.as_ref()))
        .collect();
    let offers: Vec<Option<&Offer>> =
        sights.iter().map(|sight| sight.and_then(|sight| sight.offer.as_ref().ok())).collect();
    let fits = session.run(fits(session.client(), &asked));
    for (surveyed, fit) in repositories.iter_mut().zip(fits) {
        surveyed.note_fit(fit);
    }
    if !of.again {
        regressed::unless_rest_was_reverted(session, of.campaign, repositories, &offers);
    }
}

/// The decision by what one look at the forge shows, adjusted by what was read of the tree.
fn at_first_sight(surveyed: &Surveyed<'_>, question: &Question<'_>, wishes: Wishes) -> Decision {
    let Question { campaign, list, .. } = *question;
    let Ok(offer) = &surveyed.offer else { return unreadable(surveyed) };
    // A list limits what is looked at; a repository that is not on it has not left the campaign.
    if list.is_some() && !surveyed.is_candidate {
        return Decision::nothing();
    }
    let commit = surveyed.tree.as_ref().and_then(|tree| tree.commit.as_deref());
    let held = (&surveyed.held, &surveyed.fit);
    let decision = decide(&surveyed.wanted, offer, held, &campaign.says.name, wishes)
        .unless_read_before(commit, offer)
        .with_waived(&surveyed.waived)
        .unless_refused_before(offer, &campaign.says.name, wishes);
    let decision = match campaign.says.select.is_by_findings() {
        true => decision.of_selected_by_findings(&found_in(surveyed)),
        false => decision,
    };
    match surveyed.wanted {
        Wanted::Nothing => decision.leaving(&remarks_of(surveyed)),
        _ => decision,
    }
}

/// What is wanted of these members today, by repository, while these pull requests are open.
pub(super) fn wanted_of<'f>(
    context: &Context,
    session: &Session,
    question: &Question<'f>,
    members: &[&'f Member],
    open: &OpenPulls<'_>,
) -> Result<Vec<Surveyed<'f>>> {
    let fleet = question.fleet;
    let targets = targets_of(context, session, fleet, members)?;
    let judged = Judged::read(context, session, question, (members, &targets))?;
    Ok(grouped(fleet, members, judged.computed(open)?))
}

/// The members as targets, with their shapes.
fn targets_of(
    context: &Context,
    session: &Session,
    fleet: &Fleet,
    members: &[&Member],
) -> Result<Vec<Target>> {
    let owner = &fleet.manifest.forge.owner;
    let remote = |shape: &ShapeRepository| observing::remote_pack(session, owner, shape);
    targets::of_members(context, fleet, members, &targets::Named::default(), &remote)
}

/// The findings in a repository that are reported, each as rule and path.
fn found_in(surveyed: &Surveyed<'_>) -> Vec<String> {
    let findings = surveyed.parts.iter().flat_map(|(_, computed)| &computed.findings);
    let told = findings.filter(|finding| is_told(finding));
    let mut found: Vec<String> = Vec::new();
    for finding in told {
        let path = finding.path().map(|path| format!(" {path}")).unwrap_or_default();
        let said = format!("{}{path}", finding.rule.id);
        if !found.contains(&said) {
            found.push(said);
        }
    }
    found
}

/// What the campaign's changes left alone in a repository, and why, each once.
fn remarks_of(surveyed: &Surveyed<'_>) -> Vec<String> {
    let mut remarks: Vec<String> = Vec::new();
    for remark in surveyed.parts.iter().flat_map(|(_, computed)| &computed.remarks) {
        if !remarks.contains(remark) {
            remarks.push(remark.clone());
        }
    }
    remarks
}

/// Whether a finding is at warning or above, or unchecked, and not waived.
fn is_told(finding: &Finding) -> bool {
    finding.waived.is_none() && (finding.severity >= Severity::Warning || finding.unchecked)
}

/// What is said of the places that the campaign's changes name, and that none of the repositories has that were read. Where it
/// merged something, it may have taken them away itself. Some named members need not have what others have.
pub(super) fn nowhere(question: &Question<'_>, repositories: &[Surveyed<'_>]) -> Vec<String> {
    let is_merged = |pull: &PullSeen| pull.state == PullStanding::Merged;
    let mut pulls = repositories.iter().flat_map(|it| &it.offer).flat_map(|offer| &offer.pulls);
    if pulls.any(is_merged) {
        return Vec::new();
    }
    let is_read = |it: &&Surveyed<'_>| {
        let is_meant = !matches!(it.wanted, Wanted::Unselected | Wanted::Unread(_));
        is_meant && !it.decision.is_out_of_reach()
    };
    let read: Vec<&Surveyed<'_>> = repositories.iter().filter(is_read).collect();
    let is_changed = |it: &&Surveyed<'_>| matches!(it.wanted, Wanted::Change(_));
    if question.list.is_some() && read.iter().any(is_changed) {
        return Vec::new();
    }
    let parts = read.iter().flat_map(|surveyed| &surveyed.parts);
    let places: Vec<&[Nowhere]> = parts.map(|(_, computed)| computed.nowhere.as_slice()).collect();
    in_none_of(
        &places,
        &match read.len() {
            1 => "the one selected repository that was read".to_owned(),
            many => format!("any of the {many} selected repositories that were read"),
        },
    )
}

/// One entry for each repository of the fleet, including retired ones, which may have a pull request to close.
fn grouped<'f>(
    fleet: &'f Fleet,
    candidates: &[&'f Member],
    found: Vec<Found>,
) -> Vec<Surveyed<'f>> {
    let mut repositories: Vec<Surveyed<'f>> = Fleet::by_repository(&fleet.members)
        .into_iter()
        .map(|(repository, members)| Surveyed::unseen(repository.clone(), members))
        .collect();
    let places: HashMap<String, usize> =
        repositories.iter().enumerate().map(|(place, it)| (it.repository.key(), place)).collect();
    for (member, found) in candidates.iter().zip(found) {
        let place = places.get(&member.repository.key());
        let Some(surveyed) = place.and_then(|place| repositories.get_mut(*place)) else { continue };
        surveyed.is_candidate = true;
        surveyed.tree = surveyed.tree.take().or(found.tree);
        let changes = joined(member.path.as_deref(), &found.computed).changes;
        surveyed.changes.changes.extend(changes);
        surveyed.wanted =
            worse(std::mem::replace(&mut surveyed.wanted, Wanted::Nothing), found.wanted);
        surveyed.parts.push((*member, found.computed));
        surveyed.left_out.extend(found.is_left_out.then_some(*member));
        surveyed.waived.extend(found.waived);
    }
    for surveyed in &mut repositories {
        if matches!(surveyed.wanted, Wanted::Change(_)) {
            surveyed.wanted = Wanted::Change(change_digest(&surveyed.changes));
        }
    }
    repositories
}

/// What is wanted of a repository with several members: an obstacle for one blocks all.
fn worse(one: Wanted, other: Wanted) -> Wanted {
    let weight = |wanted: &Wanted| match wanted {
        Wanted::Unselected => 0,
        Wanted::Nothing => 1,
        Wanted::Change(_) => 2,
        Wanted::Refused(_) => 3,
        Wanted::Unread(_) => 4,
    };
    if weight(&other) > weight(&one) { other } else { one }
}

/// The decision for a repository that the forge does not show.
fn unreadable(surveyed: &Surveyed<'_>) -> Decision {
    match &surveyed.offer {
        Err(why) if surveyed.is_candidate => Decision::unseen(why),
        _ => Decision::nothing(),
    }
}
