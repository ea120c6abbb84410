//! Why there is a difference again after the campaign was merged.

use crate::campaign::file::inverse_name;
use crate::campaign::identity::branch;
use crate::campaign::plan::Since;
use crate::campaign::standing::Standing;
use crate::campaign::state::State;
use crate::cli::shared::forge::Session;
use crate::forge::calls::branch_pulls::OfferQuery;
use crate::forge::scan::{Place, Scan};

/// Finds out why repositories are regressed, as far as the forge can say.
pub(super) fn explained(session: &Session, campaign: &str, standings: &mut [Standing<'_>]) {
    unless_taken_back(session, campaign, standings);
    since_merged(session, standings);
}

/// The repositories that are regressed.
fn regressed<'s, 'f>(standings: &'s mut [Standing<'f>]) -> Vec<&'s mut Standing<'f>> {
    let is_back = |standing: &&mut Standing<'_>| standing.decision.state == State::Regressed;
    standings.iter_mut().filter(is_back).collect()
}

/// Checks whether a regressed repository is one where the campaign itself was reverted, which is not a regression. If
/// the forge cannot say, it remains one.
fn unless_taken_back(session: &Session, campaign: &str, standings: &mut [Standing<'_>]) {
    let inverse = inverse_name(campaign);
    let mut back = regressed(standings);
    let query = |standing: &&mut Standing<'_>| OfferQuery {
        repository: standing.repository.clone(),
        branch: branch(&inverse),
    };
    let queries: Vec<OfferQuery> = back.iter().map(query).collect();
    if queries.is_empty() {
        return;
    }
    let offers = session.run(session.client().offers(&queries));
    for (standing, offer) in back.iter_mut().zip(offers) {
        if let Ok(offer) = offer {
            let decision = standing.decision.clone();
            standing.decision = decision.unless_taken_back(&inverse, &offer.pulls);
        }
    }
}

/// Compares what was merged with what is there now, where another change than the merged one is wanted: a person may
/// have changed a part of it back, or the campaign was changed.
fn since_merged(session: &Session, standings: &mut [Standing<'_>]) {
    let mut meant = Vec::new();
    let mut places = Vec::new();
    for standing in regressed(standings) {
        let Ok(offer) = &standing.offer else { continue };
        let is_it = |number: u64| Some(number) == standing.decision.pull;
        let Some(pull) = offer.pulls.iter().find(|pull| is_it(pull.number)) else { continue };
        let (true, Some(commit)) = (standing.wanted.is_another(pull), &pull.merge_commit) else {
            continue;
        };
        places.push(Place { name: offer.name.clone(), reference: Some(commit.clone()) });
        meant.push(standing);
    }
    if places.is_empty() {
        return;
    }
    let merged = session.run(Scan::new(session.client(), []).snapshots(&places, &|_| {}));
    for (standing, merged) in meant.into_iter().zip(merged) {
        let (Ok(merged), Some(now)) = (merged, &standing.tree) else { continue };
        let since = Since::of(&standing.changes, &merged, now);
        standing.decision = standing.decision.clone().after_merge(since);
    }
}
