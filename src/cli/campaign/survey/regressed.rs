//! Why there is a difference again after the campaign was merged.

use std::collections::HashMap;

use crate::campaign::file::inverse_name;
use crate::campaign::fit::Fit;
use crate::campaign::held::is_of_campaign;
use crate::campaign::identity::branch;
use crate::campaign::plan::{Since, Trees, Wanted};
use crate::campaign::state::State;
use crate::campaign::surveyed::Surveyed;
use crate::cli::shared::forge::Session;
use crate::forge::calls::branch_pulls::{Offer, OfferQuery, PullSeen, PullStanding};
use crate::forge::scan::{Place, Scan};

/// The repositories that are regressed.
fn regressed<'s, 'f>(repositories: &'s mut [Surveyed<'f>]) -> Vec<&'s mut Surveyed<'f>> {
    let is_back = |surveyed: &&mut Surveyed<'_>| surveyed.decision.state == State::Regressed;
    repositories.iter_mut().filter(is_back).collect()
}

/// The repositories where the campaign itself may have been reverted: those that are regressed, and those that are merged and
/// would be, if what is found there were not accepted.
fn maybe_reverted<'s, 'f>(repositories: &'s mut [Surveyed<'f>]) -> Vec<&'s mut Surveyed<'f>> {
    let may_be = |surveyed: &&mut Surveyed<'_>| match surveyed.decision.state {
        State::Regressed => true,
        State::Merged => !surveyed.waived.is_empty(),
        _ => false,
    };
    repositories.iter_mut().filter(may_be).collect()
}

/// Checks whether a regressed repository is one where the campaign itself was reverted, which is not a regression, and one
/// that was merged is so no more. If the forge cannot say, each remains what it is.
pub(super) fn unless_taken_back(
    session: &Session,
    campaign: &str,
    repositories: &mut [Surveyed<'_>],
) {
    let inverse = inverse_name(campaign);
    let mut back = maybe_reverted(repositories);
    let query = |surveyed: &&mut Surveyed<'_>| OfferQuery {
        repository: surveyed.repository.clone(),
        branch: branch(&inverse),
    };
    let queries: Vec<OfferQuery> = back.iter().map(query).collect();
    if queries.is_empty() {
        return;
    }
    let offers = session.run(session.client().offers(&queries));
    for (surveyed, offer) in back.iter_mut().zip(offers) {
        if let Ok(offer) = offer {
            let decision = surveyed.decision.clone();
            surveyed.decision = decision.unless_taken_back(&inverse, &offer.pulls);
        }
    }
}

/// Takes a pull request that offers a part of the change as wanted where the campaign was reverted before it was opened: the
/// rest is offered only on request.
pub(super) fn unless_rest_was_reverted(
    session: &Session,
    campaign: &str,
    repositories: &mut [Surveyed<'_>],
    offers: &[Option<&Offer>],
) {
    let inverse = inverse_name(campaign);
    let mut parts: Vec<(&mut Surveyed<'_>, &Offer, u64)> = Vec::new();
    for (surveyed, offer) in repositories.iter_mut().zip(offers) {
        let Some(offer) = offer.filter(|_| matches!(surveyed.fit, Fit::Part(_))) else { continue };
        let has_merged = offer.pulls.iter().any(|pull| pull.state == PullStanding::Merged);
        if let Some(open) = offer.open_pull().filter(|_| has_merged) {
            parts.push((surveyed, offer, open.number));
        }
    }
    let query = |(_, offer, _): &(&mut Surveyed<'_>, &Offer, u64)| OfferQuery {
        repository: offer.name.clone(),
        branch: branch(&inverse),
    };
    let queries: Vec<OfferQuery> = parts.iter().map(query).collect();
    if queries.is_empty() {
        return;
    }
    let merged = |pulls: &[PullSeen], of: &str, before: u64| {
        let is_it = |pull: &&PullSeen| {
            pull.state == PullStanding::Merged && is_of_campaign(pull, of) && pull.number < before
        };
        pulls.iter().filter(is_it).map(|pull| pull.number).max()
    };
    let found = session.run(session.client().offers(&queries));
    for ((surveyed, offer, open), found) in parts.into_iter().zip(found) {
        let found = match found {
            Ok(found) => found,
            // Whether people took the rest back is not known, so nothing is added to what is offered.
            Err(error) => {
                surveyed.wanted =
                    Wanted::Unread(format!("its revert cannot be read: {error}").into());
                continue;
            }
        };
        let reverted = merged(&found.pulls, &inverse, open);
        // What was merged again since is no part of it.
        if reverted.is_some() && reverted > merged(&offer.pulls, campaign, open) {
            surveyed.fit = Fit::AsWanted;
        }
    }
}

/// Compares what was merged with what was there before and what is there now, where another change than the merged one is
/// wanted: a person may have changed a part of it, or the campaign was changed.
pub(super) fn after_merge(session: &Session, repositories: &mut [Surveyed<'_>]) {
    let mut meant = Vec::new();
    let (mut merged, mut before) = (Vec::new(), Vec::new());
    for surveyed in regressed(repositories) {
        let Ok(offer) = &surveyed.offer else { continue };
        let is_it = |number: u64| Some(number) == surveyed.decision.pull;
        let Some(pull) = offer.pulls.iter().find(|pull| is_it(pull.number)) else { continue };
        let (true, Some(commit)) = (surveyed.wanted.is_another(pull), &pull.merge_commit) else {
            continue;
        };
        let place =
            |commit: &String| Place { name: offer.name.clone(), reference: Some(commit.clone()) };
        merged.push(place(commit));
        before.extend(base(pull).map(|commit| (meant.len(), place(commit))));
        meant.push(surveyed);
    }
    if merged.is_empty() {
        return;
    }
    let (of, before): (Vec<usize>, Vec<Place>) = before.into_iter().unzip();
    let read = |places: &[Place]| {
        session.run(Scan::new(session.client(), []).snapshots_of_commits(places))
    };
    let before: HashMap<usize, _> = of.into_iter().zip(read(&before)).collect();
    for (index, (surveyed, merged)) in meant.into_iter().zip(read(&merged)).enumerate() {
        let (Ok(merged), Some(now)) = (merged, &surveyed.tree) else { continue };
        let before = before.get(&index).and_then(|tree| tree.as_ref().ok());
        let since = Since::of(&surveyed.changes, Trees { before, merged: &merged, now });
        surveyed.decision = surveyed.decision.clone().after_merge(since);
    }
}

/// The commit that the change of a pull request was made on, if the change is a single commit.
fn base(pull: &PullSeen) -> Option<&String> {
    match (pull.commits.as_slice(), pull.commit_count) {
        ([commit], 1) => commit.parents.first(),
        _ => None,
    }
}
