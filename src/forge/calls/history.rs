//! The history of a path: its commits, the pull requests that they came from, and the labels of those.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::fleet::RepositoryName;
use crate::forge::{Client, ForgeError, ForgeErrorKind};

/// Commits per document: with more of them, GitHub times out because of the nested fields.
const PAGE: usize = 50;

/// The commit that a name resolves to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Its id.
    pub sha: String,
    /// The message.
    pub message: String,
    /// The default branch of the repository.
    pub default_branch: String,
}

/// One commit of a history.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Past {
    /// Its id.
    pub oid: String,
    /// The message.
    #[serde(default)]
    pub message: String,
    /// When it was committed (RFC 3339).
    #[serde(default)]
    pub committed_date: String,
    /// The pull requests that it belongs to.
    #[serde(skip)]
    pub pulls: Vec<Brought>,
}

/// A pull request that contains a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brought {
    /// Its number.
    pub number: u64,
    /// Whether it was merged.
    pub merged: bool,
    /// Its base branch.
    pub base: String,
    /// Its labels.
    pub labels: Vec<String>,
}

const NAMED: &str = "query named($owner: String!, $name: String!, $commit: String!) { \
    repository(owner: $owner, name: $name) { defaultBranchRef { name } \
    object(expression: $commit) { __typename oid ... on Commit { message } \
    ... on Tag { target { __typename oid ... on Commit { message } } } } } }";

const HISTORY: &str = "query history($owner: String!, $name: String!, $commit: String!, $path: String!, \
    $first: Int!, $after: String) { repository(owner: $owner, name: $name) { \
    object(expression: $commit) { ... on Commit { history(path: $path, first: $first, after: $after) { \
    pageInfo { hasNextPage endCursor } nodes { oid message committedDate \
    associatedPullRequests(first: 5) { nodes { number merged baseRefName \
    labels(first: 50) { nodes { name } } } } } } } } } }";

const HISTORY_ALONE: &str = "query history($owner: String!, $name: String!, $commit: String!, $path: String!, \
    $first: Int!, $after: String) { repository(owner: $owner, name: $name) { \
    object(expression: $commit) { ... on Commit { history(path: $path, first: $first, after: $after) { \
    pageInfo { hasNextPage endCursor } nodes { oid } } } } } }";

fn unintelligible(request: &str, why: impl std::fmt::Display) -> ForgeError {
    let said = format!("its answer cannot be understood: {why}");
    ForgeError::new(ForgeErrorKind::Unintelligible, request, said)
}

impl Client {
    /// Resolves a branch, tag or commit id; `None` when it does not exist. Without a name, resolves the head of the
    /// default branch.
    ///
    /// # Errors
    /// When the request fails, or the repository does not exist.
    pub async fn named(
        &self,
        repository: &RepositoryName,
        name: Option<&str>,
    ) -> Result<Option<Named>, ForgeError> {
        let request = format!("GraphQL commit of {repository}");
        let variables = json!({
            "owner": repository.owner, "name": repository.name, "commit": name.unwrap_or("HEAD"),
        });
        let data = self.query("named", NAMED, &variables).await?.whole(&request)?;
        let found = data.get("repository").filter(|found| !found.is_null()).ok_or_else(|| {
            ForgeError::new(ForgeErrorKind::NotFound, &request, "there is no such repository")
        })?;
        let text = |at: &Value, key: &str| at.get(key).and_then(Value::as_str).map(str::to_owned);
        let default_branch =
            found.pointer("/defaultBranchRef/name").and_then(Value::as_str).unwrap_or_default();
        let Some(mut object) = found.get("object").filter(|object| !object.is_null()) else {
            return Ok(None);
        };
        if let Some(target) = object.get("target").filter(|target| !target.is_null()) {
            object = target;
        }
        if text(object, "__typename").as_deref() != Some("Commit") {
            return Ok(None);
        }
        let sha = text(object, "oid").ok_or_else(|| unintelligible(&request, "it has no id"))?;
        let message = text(object, "message").unwrap_or_default();
        Ok(Some(Named { sha, message, default_branch: default_branch.to_owned() }))
    }

    /// The commits that changed a path, starting at a commit, newest first; at most `at_most`.
    ///
    /// # Errors
    /// When any part cannot be read: a commit's pull requests and their labels matter as much as the commit.
    pub async fn history(
        &self,
        repository: &RepositoryName,
        commit: &str,
        path: &str,
        at_most: usize,
    ) -> Result<Vec<Past>, ForgeError> {
        let nodes = self.past(repository, commit, path, at_most, HISTORY).await?;
        let request = format!("GraphQL history of {repository}");
        nodes.iter().map(|node| past(node, &request)).collect()
    }

    /// The ids of the same commits, without their pull requests.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn history_ids(
        &self,
        repository: &RepositoryName,
        commit: &str,
        path: &str,
        at_most: usize,
    ) -> Result<Vec<String>, ForgeError> {
        let nodes = self.past(repository, commit, path, at_most, HISTORY_ALONE).await?;
        let oid = |node: &Value| node.get("oid").and_then(Value::as_str).map(str::to_owned);
        Ok(nodes.iter().filter_map(oid).collect())
    }

    async fn past(
        &self,
        repository: &RepositoryName,
        commit: &str,
        path: &str,
        at_most: usize,
        document: &str,
    ) -> Result<Vec<Value>, ForgeError> {
        let request = format!("GraphQL history of {repository}");
        let (mut found, mut after) = (Vec::new(), None::<String>);
        while found.len() < at_most {
            let variables = json!({
                "owner": repository.owner, "name": repository.name, "commit": commit, "path": path,
                "first": PAGE.min(at_most - found.len()), "after": after,
            });
            let mut data = self.query("history", document, &variables).await?.whole(&request)?;
            let history = data.pointer_mut("/repository/object/history").map(Value::take);
            let mut history = history.filter(|history| !history.is_null()).ok_or_else(|| {
                ForgeError::new(ForgeErrorKind::NotFound, &request, "there is no such commit")
            })?;
            match history.get_mut("nodes").map(Value::take) {
                Some(Value::Array(nodes)) => found.extend(nodes),
                _ => return Err(unintelligible(&request, "it has no commits")),
            }
            let more = history.pointer("/pageInfo/hasNextPage").and_then(Value::as_bool);
            let cursor = history.pointer("/pageInfo/endCursor").and_then(Value::as_str);
            match (more, cursor) {
                (Some(true), Some(cursor)) => after = Some(cursor.to_owned()),
                _ => break,
            }
        }
        Ok(found)
    }
}

/// Reads a commit with its pull requests. Missing parts are an error, since unseen labels would otherwise silently
/// count as none.
fn past(node: &Value, request: &str) -> Result<Past, ForgeError> {
    let missing = |what: &str| unintelligible(request, format!("a commit is without its {what}"));
    let pulls = node.pointer("/associatedPullRequests/nodes").and_then(Value::as_array);
    let pulls = pulls.ok_or_else(|| missing("pull requests"))?;
    let brought = |pull: &Value| -> Result<Brought, ForgeError> {
        let labels = pull.pointer("/labels/nodes").and_then(Value::as_array);
        let labels = labels.ok_or_else(|| missing("pull request's labels"))?;
        let name = |label: &Value| label.get("name").and_then(Value::as_str).map(str::to_owned);
        Ok(Brought {
            number: pull.get("number").and_then(Value::as_u64).ok_or_else(|| missing("number"))?,
            merged: pull.get("merged").and_then(Value::as_bool).unwrap_or_default(),
            base: pull.get("baseRefName").and_then(Value::as_str).unwrap_or_default().to_owned(),
            labels: labels.iter().filter_map(name).collect(),
        })
    };
    let pulls = pulls.iter().map(brought).collect::<Result<Vec<_>, _>>()?;
    let past = Past::deserialize(node).map_err(|error| unintelligible(request, error))?;
    Ok(Past { pulls, ..past })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_that_were_not_seen_are_an_error() {
        let with = |labels: Value| {
            json!({ "oid": "a", "message": "m", "committedDate": "d", "associatedPullRequests": {
                "nodes": [{ "number": 3, "merged": true, "baseRefName": "main", "labels": labels }],
            } })
        };
        let seen =
            past(&with(json!({ "nodes": [{ "name": "release:minor" }] })), "x").expect("read");
        assert_eq!(seen.pulls[0].labels, ["release:minor"]);
        assert!(past(&with(Value::Null), "x").is_err());
        assert!(past(&json!({ "oid": "a", "associatedPullRequests": null }), "x").is_err());
    }
}
