//! The GraphQL document that queries many repositories at once, of the fragments in `answer`.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::OfferQuery;
use super::answer::FRAGMENTS;

/// Commits read per branch and pull request: enough to see whose they are and what they are based on.
const COMMITS: usize = 5;

/// Check contexts read per commit. The rollup state covers all of them, however many there are.
pub const MOST_CONTEXTS: usize = 50;

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
        .concat()
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
