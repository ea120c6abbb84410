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
    /// Its id in GraphQL.
    #[serde(default)]
    pub node_id: String,
    /// The page for people.
    #[serde(default)]
    pub html_url: String,
    /// Who opened it; nobody, once the account is gone.
    #[serde(default)]
    pub user: Option<Reviewer>,
    /// Whether it waits.
    pub state: PullStatus,
    /// Whether it is not ready yet.
    #[serde(default)]
    pub draft: bool,
    /// Its title.
    #[serde(default)]
    pub title: String,
    /// What it says.
    #[serde(default)]
    pub body: Option<String>,
    /// When it was merged, RFC 3339.
    #[serde(default)]
    pub merged_at: Option<String>,
    /// The branch that is offered.
    pub head: End,
    /// The branch that it is offered to.
    pub base: End,
    /// Its labels.
    #[serde(default)]
    pub labels: Vec<Label>,
}

/// Whether a pull request waits, as REST says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PullStatus {
    /// It waits.
    Open,
    /// It was closed; merged, where it says when.
    Closed,
}

/// One end of a pull request.
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
    /// What it says.
    pub name: String,
}

/// Which pull requests are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PullState {
    /// Those that wait.
    Open,
    /// Those too that were merged or closed.
    All,
}

/// A pull request to open.
#[derive(Clone, Copy, Debug)]
pub struct NewPull<'a> {
    /// The branch that it offers.
    pub branch: &'a str,
    /// The branch that it is to be merged into.
    pub onto: &'a str,
    /// Its title, one line.
    pub title: &'a str,
    /// Its text, in GitHub's Markdown.
    pub text: &'a str,
    /// Whether it asks nobody to look yet.
    pub draft: bool,
}

impl Client {
    /// The pull requests of a repository, the newest first; of one branch, when it is given.
    ///
    /// # Errors
    /// When they cannot be asked for.
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

    /// One pull request.
    ///
    /// # Errors
    /// When it is not there, or cannot be asked for.
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
    /// When there is one from that branch already, nothing between the two, or it may not.
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

    /// The open pull request from a branch to another, when there is one.
    ///
    /// # Errors
    /// When it cannot be asked for.
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
    /// When it may not.
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

    /// Opens a pull request that was closed without being merged.
    ///
    /// # Errors
    /// When its branch is gone, another is open from it (both invalid), or it may not.
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

    /// Closes a pull request without merging it, and gives it another text.
    ///
    /// # Errors
    /// When it may not.
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

    /// Gives a pull request another title and text.
    ///
    /// # Errors
    /// When it may not.
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

    /// Says that a draft is ready. REST has no way to.
    ///
    /// # Errors
    /// When it may not.
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

    /// Puts labels on a pull request or an issue; those that the repository lacks are made by the forge.
    ///
    /// # Errors
    /// When it may not.
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
        // Whether labels count as content the forge does not say; that they do not would be found out late.
        let request = self.rest(http::Method::POST, &path, Some(&body), Cost::CREATION);
        // A label that is there already stays there once.
        self.write::<serde_json::Value, _>(repository, request, async || Ok(None)).await.map(|_| ())
    }
}
