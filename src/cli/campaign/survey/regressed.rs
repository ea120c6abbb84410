//! Why there is a difference again after the campaign was merged.

use std::collections::HashMap;

use crate::campaign::file::inverse_name;
use crate::campaign::identity::branch;
use crate::campaign::plan::{Since, Trees};
use crate::campaign::state::State;
use crate::campaign::surveyed::Surveyed;
use crate::cli::shared::forge::Session;
use crate::forge::calls::branch_pulls::{OfferQuery, PullSeen};
use crate::forge::scan::{Place, Scan};

/// The repositories that are regressed.
fn regressed<'s, 'f>(repositories: &'s mut [Surveyed<'f>]) -> Vec<&'s mut Surveyed<'f>> {
    let is_back = |surveyed: &&mut Surveyed<'_>| surveyed.decision.state == State::Regressed;
    repositories.iter_mut().filter(is_back).collect()
}

/// Checks whether a regressed repository is one where the campaign itself was reverted, which is not a regression. If
/// the forge cannot say, it remains one.
pub(super) fn unless_taken_back(
    session: &Session,
    campaign: &str,
    repositories: &mut [Surveyed<'_>],
) {
    let inverse = inverse_name(campaign);
    let mut back = regressed(repositories);
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
