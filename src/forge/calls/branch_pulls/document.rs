//! The GraphQL document that queries many repositories at once.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::OfferQuery;

/// Commits read per branch and pull request: enough to see whose they are and what they are based on.
const COMMITS: usize = 5;

/// Check contexts read per commit. The rollup state covers all of them, however many there are.
pub const MOST_CONTEXTS: usize = 50;

/// The fragments, which do not depend on the repository.
const FRAGMENTS: &str = "
fragment who on GitActor { name email user { login } }
fragment actor on Actor { __typename login }
fragment change on Commit { oid message author { ...who } committer { ...who } parents(first: 3) { nodes { oid } } }
fragment checks on StatusCheckRollup { state contexts(first: CONTEXTS) { nodes { __typename \
  ... on CheckRun { name status conclusion } ... on StatusContext { context state } } } }
fragment rules on Ref { refUpdateRule { requiredStatusCheckContexts requiredApprovingReviewCount } \
  rules(first: 30) { nodes { parameters { \
    ... on RequiredStatusChecksParameters { requiredStatusChecks { context } } \
    ... on PullRequestParameters { requiredApprovingReviewCount } } } } }
fragment repository on Repository { id nameWithOwner isArchived isDisabled isEmpty isPrivate viewerPermission \
  mergeCommitAllowed squashMergeAllowed rebaseMergeAllowed autoMergeAllowed deleteBranchOnMerge \
  defaultBranchRef { name ...rules target { oid ... on Commit { tree { oid } statusCheckRollup { ...checks } } } } }
fragment branch on Ref { target { oid ... on Commit { history(first: COMMITS) { nodes { ...change } } } } }
fragment pull on PullRequest { number id url state isDraft title body isCrossRepository createdAt mergedAt closedAt \
  author { ...actor } headRefName headRefOid baseRefName mergedBy { ...actor } \
  mergeCommit { oid parents(first: 1) { nodes { oid } } } \
  mergeable mergeStateStatus reviewDecision autoMergeRequest { enabledAt } \
  labels(first: 30) { nodes { name } } \
  latestOpinionatedReviews(first: 20, writersOnly: true) { nodes { state author { ...actor } } } \
  reviewRequests(first: 20) { nodes { requestedReviewer { __typename \
    ... on User { login } ... on Bot { login } ... on Mannequin { login } ... on Team { combinedSlug } } } } \
  timelineItems(itemTypes: [CLOSED_EVENT], last: 1) { nodes { ... on ClosedEvent { actor { ...actor } } } } \
  statusCheckRollup { ...checks } \
  commits(last: COMMITS) { totalCount nodes { commit { ...change } } } }
";

/// The document and its variables, reading at most `pulls` pull requests per repository.
pub(super) fn document(queries: &[OfferQuery], pulls: usize) -> (String, Value) {
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut declared, mut variables, mut fields) = (String::new(), Map::new(), String::new());
    for (number, query) in queries.iter().enumerate() {
        let known = names.len();
        let branch = *names.entry(&query.branch).or_insert(known);
        if branch == known {
            declared.push_str(&format!("$b{branch}: String! $q{branch}: String! "));
            variables.insert(format!("b{branch}"), query.branch.clone().into());
            // A full reference, since a bare name may also be a tag's.
            let full = format!("refs/heads/{}", query.branch);
            variables.insert(format!("q{branch}"), full.into());
        }
        // Names consist of letters, digits and `-_.`, so they are safe to inline.
        let (owner, name) = (json!(query.repository.owner), json!(query.repository.name));
        fields.push_str(&format!(
            " r{number}: repository(owner: {owner}, name: {name}) {{ ...repository \
             ref(qualifiedName: $q{branch}) {{ ...branch }} \
             pullRequests(headRefName: $b{branch}, first: {pulls}, \
             orderBy: {{ field: CREATED_AT, direction: DESC }}) {{ totalCount nodes {{ ...pull }} }} }}"
        ));
    }
    let fragments = FRAGMENTS
        .replace("COMMITS", &COMMITS.to_string())
        .replace("CONTEXTS", &MOST_CONTEXTS.to_string());
    let text = format!(
        "query offers({declared}) {{ rateLimit {{ cost }} viewer {{ login }}{fields} }}{fragments}"
    );
    (text, Value::Object(variables))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::RepositoryName;

    #[test]
    fn branches_are_variables_each_once_and_never_text() {
        let query = |name: &str, branch: &str| OfferQuery {
            repository: RepositoryName::new("acme", name),
            branch: branch.to_owned(),
        };
        let queries = [query("a", "fix"), query("b", "x\") { id } #"), query("c", "fix")];
        let (text, variables) = document(&queries, 5);
        assert!(!text.contains('#'), "{text}");
        assert_eq!(
            variables,
            json!({ "b0": "fix", "q0": "refs/heads/fix",
                    "b1": "x\") { id } #", "q1": "refs/heads/x\") { id } #" })
        );
        assert_eq!(text.matches("headRefName: $b0").count(), 2);
    }
}
