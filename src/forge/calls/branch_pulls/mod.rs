//! The pull requests that many repositories have from one branch each, and their state.
//!
//! Given repositories with a branch each, reports for every one the branch, its pull requests with their reviews and
//! checks, and whether a pull request could be opened at all. One document queries as many repositories as the forge
//! can handle. Optional parts that the token may not see (checks, rules) are reported as unread and never assumed to be
//! good; a missing required part is an error in place of the [`Offer`].

mod answer;
mod document;
mod reading;
mod seen;
#[cfg(test)]
mod tests;

use std::ops::Range;

use serde_json::Value;

pub(super) use answer::Actor;
pub use document::MOST_CONTEXTS;
#[cfg(any(test, feature = "fuzzing"))]
pub(in crate::forge) use reading::fuzzed;
pub(super) use reading::login;
pub use seen::{
    BranchSeen, CheckSeen, CheckState, Checks, CommitSeen, MergeMethods, Mergeable, Offer,
    OfferQuery, Person, PullSeen, PullStanding, ReviewDecision, ReviewSeen,
};

use crate::forge::scan::batch::in_batches;
use crate::forge::{Client, Data, ForgeError, ForgeErrorKind, GraphqlError};

/// The most pull requests of one branch that are reported.
pub const MOST_PULLS: usize = 5;

/// Repositories per document: each costs about 0.64 points and 810 nodes.
const AT_ONCE: usize = 25;

/// GitHub's largest page.
const PAGE: usize = 100;

/// The name of this document in errors.
const NAME: &str = "GraphQL pull requests";

impl Client {
    /// Queries the offers of some branches, in the order of the queries.
    pub async fn offers(&self, queries: &[OfferQuery]) -> Vec<Result<Offer, ForgeError>> {
        let asking = async |range: Range<usize>| {
            self.offered(queries.get(range).unwrap_or_default(), MOST_PULLS).await
        };
        let found = in_batches(self, queries.len(), AT_ONCE, asking, |_| ()).await;
        let mut offers = Vec::with_capacity(found.len());
        for (found, query) in found.into_iter().zip(queries) {
            offers.push(match found {
                // Forks may open any number of pull requests from a branch of the same name.
                Ok((_, true)) => self.offered_among_many(query).await,
                Ok((offer, false)) => Ok(offer),
                Err(error) => Err(error),
            });
        }
        offers
    }

    async fn offered_among_many(&self, query: &OfferQuery) -> Result<Offer, ForgeError> {
        let asking = async |_| self.offered(std::slice::from_ref(query), PAGE).await;
        let mut found = in_batches(self, 1, 1, asking, |_| ()).await;
        let missing = || ForgeError::new(ForgeErrorKind::Unintelligible, NAME, "it is empty");
        found.pop().ok_or_else(missing)?.map(|(offer, _)| offer)
    }

    async fn offered(
        &self,
        queries: &[OfferQuery],
        pulls: usize,
    ) -> Result<Vec<Result<(Offer, bool), ForgeError>>, ForgeError> {
        let (text, variables) = document::document(queries, pulls);
        let data = self.query_once("pull requests", &text, &variables).await?;
        let too_much = data.errors.iter().find(|error| error.is_too_much());
        if let Some(error) = too_much.or(data.errors.first().filter(|_| data.data.is_null())) {
            return Err(error.failure(NAME));
        }
        let viewer = data.data.pointer("/viewer/login").and_then(Value::as_str).unwrap_or_default();
        let found = queries.iter().enumerate().map(|(number, query)| {
            let (offer, crowded) = read(&data, &format!("r{number}"), query, viewer)?;
            if offer.renamed_from.is_some() {
                self.renamed(&query.repository, &offer.name);
            }
            Ok((offer, crowded))
        });
        Ok(found.collect())
    }
}

/// Reads one repository of an answer.
fn read(
    data: &Data,
    alias: &str,
    query: &OfferQuery,
    viewer: &str,
) -> Result<(Offer, bool), ForgeError> {
    let request = format!("{NAME} of {}", query.repository);
    let unintelligible =
        |said: String| ForgeError::new(ForgeErrorKind::Unintelligible, &request, said);
    let value = match data.data.get(alias) {
        Some(value) if !value.is_null() => value,
        _ => data.field(alias, &request)?,
    };
    let answer: answer::Repository = serde_json::from_value(value.clone())
        .map_err(|error| unintelligible(format!("its answer cannot be understood: {error}")))?;
    let (mut offer, crowded) = reading::offer(answer, query, viewer)
        .ok_or_else(|| unintelligible("it answers with an invalid name".to_owned()))?;
    let errors = data.errors.iter().filter(|error| error.root() == Some(alias));
    for error in errors {
        doubt(&mut offer, error, &request)?;
    }
    Ok((offer, crowded))
}

/// Records what an error left unread. Fails if a required part is missing.
fn doubt(offer: &mut Offer, error: &GraphqlError, request: &str) -> Result<(), ForgeError> {
    let steps: Vec<&str> = error.path.iter().filter_map(Value::as_str).collect();
    let Some(part @ ("statusCheckRollup" | "refUpdateRule" | "rules")) = steps
        .iter()
        .copied()
        .find(|step| matches!(*step, "statusCheckRollup" | "refUpdateRule" | "rules"))
    else {
        // GraphQL answers a disabled repository's own fields, and errors for its content.
        return if offer.is_disabled { Ok(()) } else { Err(error.failure(request)) };
    };
    let of_pulls = steps.contains(&"pullRequests");
    let failure = error.failure(request);
    // The forge's rollup then counts only the checks that the token may see. Once nodes of other repositories' pull
    // requests are dropped, the index in an error's path no longer identifies a pull request, so all are marked.
    let unknown = |checks: &mut Checks| {
        if checks.state != CheckState::Red {
            checks.state = CheckState::Unknown;
        }
        checks.unread = Some(failure.clone());
    };
    if part == "statusCheckRollup" && of_pulls {
        offer.pulls.iter_mut().for_each(|pull| unknown(&mut pull.checks));
    } else if part == "statusCheckRollup" {
        unknown(&mut offer.checks);
    }
    let what = match (part, of_pulls) {
        ("statusCheckRollup", true) => "checks of pull requests",
        ("statusCheckRollup", false) => "checks of the default branch",
        _ => "what the default branch requires",
    };
    let line = format!("{what}: {}", failure.of_permission().unwrap_or(failure.said));
    if !offer.unread.contains(&line) {
        offer.unread.push(line);
    }
    Ok(())
}
