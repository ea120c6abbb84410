//! Merging pull requests, at once or when their requirements are met, and only at the commit that was reviewed.

use serde::Deserialize;
use serde_json::{Value, json};

use super::base;
use crate::fleet::RepositoryName;
use crate::forge::error::ForgeErrorKind;
use crate::forge::governor::{Budget, Cost};
use crate::forge::{Client, ForgeError};

/// A merge method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MergeMethod {
    /// By a merge commit.
    Merge,
    /// By squashing it into one commit.
    Squash,
    /// By rebasing its commits onto the base.
    Rebase,
}

impl MergeMethod {
    /// The name that REST uses.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Merge => "merge",
            Self::Squash => "squash",
            Self::Rebase => "rebase",
        }
    }
}

/// What to merge, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Merge<'a> {
    /// The merge method.
    pub method: MergeMethod,
    /// The commit that the pull request's head must be at.
    pub head: &'a str,
    /// The subject of the commit; the forge's default when `None`. Ignored for a rebase.
    pub title: Option<&'a str>,
    /// The body of the commit; likewise.
    pub message: Option<&'a str>,
}

/// The result of enabling auto-merge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AutoMerge {
    /// The pull request merges itself once all requirements are met.
    Enabled,
    /// Nothing that is required is lacking, so the forge enables nothing: it has to be merged directly instead.
    NotNeeded,
}

#[derive(Deserialize)]
struct Merged {
    #[serde(default)]
    sha: String,
}

/// The fields of a pull request that say whether it was merged.
#[derive(Deserialize)]
struct Fate {
    #[serde(default)]
    merged_at: Option<String>,
    #[serde(default)]
    merge_commit_sha: Option<String>,
}

impl Client {
    /// Merges a pull request. Returns the resulting commit on its base.
    ///
    /// # Errors
    /// When its head is not at the given commit, or its base has just moved (conflict); when it is a draft, conflicts
    /// with its base, lacks a review or a check, or the method is not allowed (blocked); when the token lacks the
    /// permission.
    pub async fn merge_pull(
        &self,
        repository: &RepositoryName,
        number: u64,
        merge: &Merge<'_>,
    ) -> Result<String, ForgeError> {
        let mut body = json!({ "sha": merge.head, "merge_method": merge.method.name() });
        if let Some(fields) = body.as_object_mut()
            && merge.method != MergeMethod::Rebase
        {
            for (name, text) in [("commit_title", merge.title), ("commit_message", merge.message)] {
                if let Some(text) = text {
                    fields.insert(name.to_owned(), text.into());
                }
            }
        }
        let path = format!("{}/pulls/{number}", base(repository));
        // GitHub counts a merge as content creation, since it notifies people.
        let cost = Cost { notifies: true, ..Cost::CREATION };
        let request = self.rest(http::Method::PUT, &format!("{path}/merge"), Some(&body), cost);
        let done = async || {
            let found: Fate = self.get(&path).await?;
            let sha = found.merged_at.and(found.merge_commit_sha);
            Ok(sha.map(|sha| Merged { sha }))
        };
        match self.write(repository, request, done).await {
            Ok(merged) => Ok(merged.sha),
            // "Base branch was modified. Review and try the merge again."
            Err(error) if error.said.contains("was modified") => {
                Err(ForgeError { kind: ForgeErrorKind::Conflict, ..error }
                    .hint("check it again, and merge what it contains then"))
            }
            Err(error) => Err(error),
        }
    }

    /// Makes a pull request merge itself once all requirements are met. `pull` is its GraphQL id.
    ///
    /// # Errors
    /// When its head is not at the given commit (conflict); when the repository does not allow auto-merge, or the token
    /// lacks the permission.
    pub async fn enable_auto_merge(
        &self,
        repository: &RepositoryName,
        pull: &str,
        merge: &Merge<'_>,
    ) -> Result<AutoMerge, ForgeError> {
        const ENABLE: &str = "mutation enable($input: EnablePullRequestAutoMergeInput!) { \
            enablePullRequestAutoMerge(input: $input) { pullRequest { autoMergeRequest { enabledAt } } } }";
        let mut input = json!({
            "pullRequestId": pull,
            "mergeMethod": merge.method.name().to_uppercase(),
            "expectedHeadOid": merge.head,
        });
        if let Some(fields) = input.as_object_mut()
            && merge.method != MergeMethod::Rebase
        {
            for (name, text) in [("commitHeadline", merge.title), ("commitBody", merge.message)] {
                if let Some(text) = text {
                    fields.insert(name.to_owned(), text.into());
                }
            }
        }
        let cost = Cost { budget: Budget::Graphql, ..Cost::WRITE };
        let request = self.document("enable", ENABLE, &json!({ "input": input }), cost);
        let done = async || {
            let waits = self.waits_to_merge(pull).await?;
            Ok((waits.enabled || waits.merged).then(|| json!({ "enablePullRequestAutoMerge": {} })))
        };
        let answer = self.mutate(repository, request, done).await?;
        let Err(error) = answer.whole("GraphQL enable") else { return Ok(AutoMerge::Enabled) };
        // "Pull request Pull request is in clean status"
        // Likewise "in unstable status" where checks that are not required are running or red.
        if ["clean status", "unstable status"].iter().any(|it| error.said.contains(it)) {
            return Ok(AutoMerge::NotNeeded);
        }
        let waits = self.waits_to_merge(pull).await?;
        if waits.enabled {
            return Ok(AutoMerge::Enabled);
        }
        if waits.head != merge.head {
            let error = ForgeError { kind: ForgeErrorKind::Conflict, ..error };
            return Err(error.hint("its head moved meanwhile: check it again"));
        }
        Err(error)
    }

    /// Disables auto-merge again. Succeeds if it was not enabled.
    ///
    /// # Errors
    /// When the token lacks the permission.
    pub async fn disable_auto_merge(
        &self,
        repository: &RepositoryName,
        pull: &str,
    ) -> Result<(), ForgeError> {
        const DISABLE: &str = "mutation disable($input: DisablePullRequestAutoMergeInput!) { \
            disablePullRequestAutoMerge(input: $input) { pullRequest { autoMergeRequest { enabledAt } } } }";
        let input = json!({ "input": { "pullRequestId": pull } });
        let cost = Cost { budget: Budget::Graphql, ..Cost::WRITE };
        let request = self.document("disable", DISABLE, &input, cost);
        let done = async || {
            let waits = self.waits_to_merge(pull).await?;
            Ok((!waits.enabled).then(|| json!({ "disablePullRequestAutoMerge": {} })))
        };
        let answer = self.mutate(repository, request, done).await?;
        let Err(error) = answer.whole("GraphQL disable") else { return Ok(()) };
        if self.waits_to_merge(pull).await?.enabled { Err(error) } else { Ok(()) }
    }

    async fn waits_to_merge(&self, pull: &str) -> Result<Waits, ForgeError> {
        const LOOK: &str = "query waits($id: ID!) { node(id: $id) { ... on PullRequest { \
            state headRefOid autoMergeRequest { enabledAt } } } }";
        let found = self.query("waits", LOOK, &json!({ "id": pull })).await?;
        let found = found.field("node", "GraphQL waits")?;
        let text = |name: &str| found.get(name).and_then(Value::as_str).unwrap_or_default();
        Ok(Waits {
            enabled: found.get("autoMergeRequest").is_some_and(|request| !request.is_null()),
            merged: text("state") == "MERGED",
            head: text("headRefOid").to_owned(),
        })
    }
}

/// The auto-merge state of a pull request.
struct Waits {
    enabled: bool,
    merged: bool,
    head: String,
}
