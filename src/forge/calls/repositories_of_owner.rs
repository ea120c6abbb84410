//! Lists every repository of an owner, or those that a search finds: a hundred per document, fewer if that is too much
//! for the forge. An incomplete page is an error, since a repository missing from it would be taken for deleted.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::fleet::RepositoryName;
use crate::forge::{Client, ForgeError, ForgeErrorKind};

/// The most results that a search returns (docs.github.com, "REST API endpoints for search": 1,000 results).
pub const MAX_FOUND: usize = 1000;

/// Repositories per document: the initial number, and the smallest one that is tried.
const PAGE: u32 = 100;
const LEAST: u32 = 10;

/// A repository, as a listing returns it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub name: RepositoryName,
    /// The one-line description.
    pub description: String,
    /// Whether it is archived, and so read-only.
    pub is_archived: bool,
    /// Whether the forge has disabled it.
    pub is_disabled: bool,
    /// Whether it is a fork.
    pub is_fork: bool,
    /// Whether it has no commits.
    pub is_empty: bool,
    /// Whether it is a template repository.
    pub is_template: bool,
    /// Whether it is private.
    pub is_private: bool,
    /// Its topics.
    pub topics: Vec<String>,
    /// When it was last pushed to (RFC 3339).
    pub pushed_at: Option<String>,
    /// The default branch.
    pub default_branch: Option<String>,
}

const FIELDS: &str = "fragment listed on Repository { nameWithOwner description isArchived isDisabled isFork isEmpty \
    isTemplate isPrivate pushedAt defaultBranchRef { name } \
    repositoryTopics(first: 20) { nodes { topic { name } } } }";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    page_info: PageInfo,
    #[serde(default)]
    nodes: Vec<Option<Node>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageInfo {
    has_next_page: bool,
    end_cursor: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Node {
    name_with_owner: String,
    description: Option<String>,
    is_archived: bool,
    is_disabled: bool,
    is_fork: bool,
    is_empty: bool,
    is_template: bool,
    is_private: bool,
    pushed_at: Option<String>,
    default_branch_ref: Option<Branch>,
    repository_topics: Option<Topics>,
}

#[derive(Debug, Default, Deserialize)]
struct Branch {
    name: String,
}

#[derive(Debug, Default, Deserialize)]
struct Topics {
    nodes: Vec<Topic>,
}

#[derive(Debug, Deserialize)]
struct Topic {
    topic: Branch,
}

impl Node {
    fn listed(self) -> Option<Listed> {
        Some(Listed {
            name: RepositoryName::parse(&self.name_with_owner, "")?,
            description: self.description.unwrap_or_default(),
            is_archived: self.is_archived,
            is_disabled: self.is_disabled,
            is_fork: self.is_fork,
            is_empty: self.is_empty,
            is_template: self.is_template,
            is_private: self.is_private,
            topics: self
                .repository_topics
                .map(|topics| topics.nodes.into_iter().map(|node| node.topic.name).collect())
                .unwrap_or_default(),
            pushed_at: self.pushed_at,
            default_branch: self.default_branch_ref.map(|branch| branch.name),
        })
    }
}

/// What the fuzz target asserts: the name of every listed repository parses.
#[cfg(any(test, feature = "fuzzing"))]
pub(in crate::forge) fn fuzzed(value: &Value) {
    let Ok(page) = serde_json::from_value::<Page>(value.clone()) else { return };
    for listed in page.nodes.into_iter().flatten().filter_map(Node::listed) {
        assert_eq!(RepositoryName::parse(&listed.name.to_string(), ""), Some(listed.name));
    }
}

impl Client {
    /// Lists every repository of an organisation or user that the token may see, by name.
    ///
    /// # Errors
    /// When the owner does not exist, or the request fails.
    pub async fn repositories_of(
        &self,
        owner: &str,
        step: &(dyn Fn(u64) + Sync),
    ) -> Result<Vec<Listed>, ForgeError> {
        let text = format!(
            "query repositories($owner: String!, $first: Int!, $after: String) {{ rateLimit {{ cost }} \
             repositoryOwner(login: $owner) {{ repositories(first: $first, after: $after, \
             ownerAffiliations: [OWNER], orderBy: {{ field: NAME, direction: ASC }}) {{ \
             pageInfo {{ hasNextPage endCursor }} nodes {{ ...listed }} }} }} }} {FIELDS}"
        );
        let request = format!("GraphQL repositories of {owner}");
        self.pages(&text, &json!({ "owner": owner }), "repositories", step, |data| {
            let found = data.get("repositoryOwner").filter(|owner| !owner.is_null());
            let found = found.ok_or_else(|| {
                let said = format!("there is no organisation or user `{owner}`");
                ForgeError::new(ForgeErrorKind::NotFound, &request, said)
                    .hint("correct `forge.owner` in fleet.yaml, or the name that was given")
            })?;
            Ok(found.get("repositories").cloned().unwrap_or_default())
        })
        .await
    }

    /// Lists an owner's repositories that match a search, at most [`MAX_FOUND`].
    ///
    /// # Errors
    /// When the forge rejects the search, or the request fails.
    pub async fn search_repositories(
        &self,
        owner: &str,
        words: &str,
        step: &(dyn Fn(u64) + Sync),
    ) -> Result<Vec<Listed>, ForgeError> {
        let text = format!(
            "query search($query: String!, $first: Int!, $after: String) {{ rateLimit {{ cost }} \
             search(type: REPOSITORY, query: $query, first: $first, after: $after) {{ \
             pageInfo {{ hasNextPage endCursor }} nodes {{ ...listed }} }} }} {FIELDS}"
        );
        // Archived repositories and forks are included; callers tell them apart.
        let query = format!("user:{owner} fork:true {words}");
        self.pages(&text, &json!({ "query": query }), "search", step, |data| {
            Ok(data.get("search").cloned().unwrap_or_default())
        })
        .await
    }

    async fn pages(
        &self,
        text: &str,
        variables: &Value,
        name: &str,
        step: &(dyn Fn(u64) + Sync),
        page_in: impl Fn(&Value) -> Result<Value, ForgeError>,
    ) -> Result<Vec<Listed>, ForgeError> {
        let request = format!("GraphQL {name}");
        let mut listed = Vec::new();
        let mut after = Value::Null;
        let mut size = PAGE;
        loop {
            let mut variables = variables.clone();
            variables["after"] = after.clone();
            variables["first"] = size.into();
            let may_shrink = size > LEAST;
            let answer = if may_shrink {
                self.query_once(name, text, &variables).await
            } else {
                self.query(name, text, &variables).await
            };
            let data = match answer {
                Ok(data) if may_shrink && data.is_too_much() => {
                    size = (size / 2).max(LEAST);
                    continue;
                }
                Err(error) if may_shrink && error.kind == ForgeErrorKind::Unavailable => {
                    size = (size / 2).max(LEAST);
                    continue;
                }
                data => data?,
            };
            let found = match (page_in(&data.data), data.errors.first()) {
                (found, None) => found?,
                (Err(error), Some(said)) if said.kind.as_deref() == Some("NOT_FOUND") => {
                    return Err(error);
                }
                // An error about a field that the token may not read leaves the repository itself in the page.
                (Ok(found), Some(_)) if is_whole(&found) && !data.is_too_much() => found,
                (_, Some(error)) => return Err(error.failure(&request)),
            };
            let page: Page = serde_json::from_value(found).map_err(|error| {
                let said = format!("its answer cannot be understood: {error}");
                ForgeError::new(ForgeErrorKind::Unintelligible, &request, said)
            })?;
            step(page.nodes.len() as u64);
            listed.extend(page.nodes.into_iter().flatten().filter_map(Node::listed));
            match page.page_info.end_cursor {
                Some(cursor) if page.page_info.has_next_page => after = cursor.into(),
                _ => return Ok(listed),
            }
        }
    }
}

/// Whether no repository is missing from a page.
fn is_whole(page: &Value) -> bool {
    let nodes = page.get("nodes").and_then(Value::as_array);
    nodes.is_some_and(|nodes| !nodes.iter().any(Value::is_null))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_lacks_one_is_not_whole() {
        assert!(is_whole(&json!({ "nodes": [{ "defaultBranchRef": null }] })));
        assert!(is_whole(&json!({ "nodes": [] })));
        assert!(!is_whole(&json!({ "nodes": [{}, null] })));
        assert!(!is_whole(&Value::Null));
    }
}
