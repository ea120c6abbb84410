//! Pull requests and labels.

use serde::Deserialize;
use serde_json::json;

use super::reviews::Reviewer;
use super::{base, segment};
use crate::fleet::RepositoryName;
use crate::forge::governor::{Budget, Cost};
use crate::forge::{Client, ForgeError};

/// A pull request.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PullRequest {
    /// Its number.
    pub number: u64,
    /// Its GraphQL id.
    #[serde(default)]
    pub node_id: String,
    /// The address of its web page.
    #[serde(default)]
    pub html_url: String,
    /// Who opened it; `None` once the account is deleted.
    #[serde(default)]
    pub user: Option<Reviewer>,
    /// Whether it is open.
    pub state: PullStatus,
    /// Whether it is a draft.
    #[serde(default)]
    pub draft: bool,
    /// Its title.
    #[serde(default)]
    pub title: String,
    /// The description, in Markdown.
    #[serde(default)]
    pub body: Option<String>,
    /// When it was merged (RFC 3339).
    #[serde(default)]
    pub merged_at: Option<String>,
    /// The head branch.
    pub head: End,
    /// The base branch.
    pub base: End,
    /// Its labels.
    #[serde(default)]
    pub labels: Vec<Label>,
}

/// The state of a pull request, as REST reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PullStatus {
    /// It is open.
    Open,
    /// It was closed, or merged if `merged_at` is set.
    Closed,
}

/// The head or base of a pull request.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct End {
    /// The branch.
    #[serde(rename = "ref")]
    pub branch: String,
    /// The commit that it is at.
    pub sha: String,
}

/// A label.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Label {
    /// The name.
    pub name: String,
}

/// Which pull requests to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PullState {
    /// Only open ones.
    Open,
    /// Also merged and closed ones.
    All,
}

/// A pull request to open.
#[derive(Clone, Copy, Debug)]
pub struct NewPull<'a> {
    /// The head branch.
    pub branch: &'a str,
    /// The base branch.
    pub onto: &'a str,
    /// The title, one line.
    pub title: &'a str,
    /// The description, in Markdown.
    pub text: &'a str,
    /// Whether to open it as a draft.
    pub draft: bool,
}

impl Client {
    /// Lists the pull requests of a repository, newest first, optionally only those of one branch.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn pulls(
        &self,
        repository: &RepositoryName,
        branch: Option<&str>,
        state: PullState,
    ) -> Result<Vec<PullRequest>, ForgeError> {
        let state = match state {
            PullState::Open => "open",
            PullState::All => "all",
        };
        let mut path = format!("{}/pulls?state={state}", base(repository));
        if let Some(branch) = branch {
            path.push_str(&format!("&head={}:{}", segment(&repository.owner), segment(branch)));
        }
        self.list(&path, None, 1000).await
    }

    /// Reads one pull request.
    ///
    /// # Errors
    /// When it does not exist, or the request fails.
    pub async fn pull(
        &self,
        repository: &RepositoryName,
        number: u64,
    ) -> Result<PullRequest, ForgeError> {
        self.get(&format!("{}/pulls/{number}", base(repository))).await
    }

    /// Opens a pull request from a branch of the same repository.
    ///
    /// # Errors
    /// When one is already open from that branch, the branches do not differ, or the token lacks the permission.
    pub async fn create_pull(
        &self,
        repository: &RepositoryName,
        new: NewPull<'_>,
    ) -> Result<PullRequest, ForgeError> {
        let NewPull { branch, onto, title, text, draft } = new;
        let body =
            json!({ "title": title, "body": text, "head": branch, "base": onto, "draft": draft });
        let path = format!("{}/pulls", base(repository));
        let cost = Cost { notifies: true, ..Cost::CREATION };
        let request = self.rest(http::Method::POST, &path, Some(&body), cost);
        self.write(repository, request, async || self.open_pull(repository, branch, onto).await)
            .await
    }

    /// The open pull request from one branch to another, if there is one.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn open_pull(
        &self,
        repository: &RepositoryName,
        branch: &str,
        onto: &str,
    ) -> Result<Option<PullRequest>, ForgeError> {
        let open = self.pulls(repository, Some(branch), PullState::Open).await?;
        Ok(open.into_iter().find(|pull| pull.head.branch == branch && pull.base.branch == onto))
    }

    /// Closes a pull request without merging it.
    ///
    /// # Errors
    /// When the token lacks the permission.
    pub async fn close_pull(
        &self,
        repository: &RepositoryName,
        number: u64,
    ) -> Result<PullRequest, ForgeError> {
        self.change_pull(repository, number, json!({ "state": "closed" }), |pull| {
            pull.state == PullStatus::Closed
        })
        .await
    }

    /// Reopens a pull request that was closed without being merged.
    ///
    /// # Errors
    /// When its branch is gone or another pull request is open from it (both invalid), or the token lacks the
    /// permission.
    pub async fn reopen_pull(
        &self,
        repository: &RepositoryName,
        number: u64,
    ) -> Result<PullRequest, ForgeError> {
        self.change_pull(repository, number, json!({ "state": "open" }), |pull| {
            pull.state == PullStatus::Open
        })
        .await
    }

    /// Closes a pull request without merging it, and replaces its description.
    ///
    /// # Errors
    /// When the token lacks the permission.
    pub async fn close_pull_saying(
        &self,
        repository: &RepositoryName,
        number: u64,
        text: &str,
    ) -> Result<PullRequest, ForgeError> {
        let body = json!({ "state": "closed", "body": text });
        self.change_pull(repository, number, body, |pull| {
            pull.state == PullStatus::Closed && pull.body.as_deref() == Some(text)
        })
        .await
    }

    /// Replaces the title and description of a pull request.
    ///
    /// # Errors
    /// When the token lacks the permission.
    pub async fn retitle_pull(
        &self,
        repository: &RepositoryName,
        number: u64,
        title: &str,
        text: &str,
    ) -> Result<PullRequest, ForgeError> {
        let body = json!({ "title": title, "body": text });
        self.change_pull(repository, number, body, |pull| {
            pull.title == title && pull.body.as_deref() == Some(text)
        })
        .await
    }

    async fn change_pull(
        &self,
        repository: &RepositoryName,
        number: u64,
        body: serde_json::Value,
        holds: impl Fn(&PullRequest) -> bool,
    ) -> Result<PullRequest, ForgeError> {
        let path = format!("{}/pulls/{number}", base(repository));
        let request = self.rest(http::Method::PATCH, &path, Some(&body), Cost::WRITE);
        self.write(repository, request, async || {
            let found = self.pull(repository, number).await?;
            Ok(holds(&found).then_some(found))
        })
        .await
    }

    /// Marks a draft as ready for review, which REST cannot do.
    ///
    /// # Errors
    /// When the token lacks the permission.
    pub async fn ready_pull(
        &self,
        repository: &RepositoryName,
        pull: &PullRequest,
    ) -> Result<(), ForgeError> {
        const READY: &str = "mutation ready($id: ID!) { \
            markPullRequestReadyForReview(input: {pullRequestId: $id}) { pullRequest { isDraft } } }";
        let cost = Cost { budget: Budget::Graphql, notifies: true, ..Cost::WRITE };
        let request = self.document("ready", READY, &json!({ "id": pull.node_id }), cost);
        let ready = async || {
            let found = self.pull(repository, pull.number).await?;
            Ok((!found.draft).then(|| json!({ "markPullRequestReadyForReview": {} })))
        };
        self.mutate(repository, request, ready).await?.whole("GraphQL ready").map(|_| ())
    }

    /// Adds labels to a pull request or an issue; the forge creates those that the repository lacks.
    ///
    /// # Errors
    /// When the token lacks the permission.
    pub async fn add_labels(
        &self,
        repository: &RepositoryName,
        number: u64,
        labels: &[String],
    ) -> Result<(), ForgeError> {
        if labels.is_empty() {
            return Ok(());
        }
        let path = format!("{}/issues/{number}/labels", base(repository));
        let body = json!({ "labels": labels });
        // The forge does not document whether labels count as content creation; assume so, to be on the safe side.
        let request = self.rest(http::Method::POST, &path, Some(&body), Cost::CREATION);
        // Safe to send twice: adding a label again has no effect.
        self.write::<serde_json::Value, _>(repository, request, async || Ok(None)).await.map(|_| ())
    }
}
