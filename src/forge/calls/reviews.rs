//! The files that a pull request changes, and its reviews.

use serde::Deserialize;

use super::base;
use crate::fleet::RepositoryName;
use crate::forge::{Client, ForgeError};

/// A review of a pull request.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Review {
    /// The reviewer; `None` once the account is deleted.
    pub user: Option<Reviewer>,
    /// `APPROVED`, `CHANGES_REQUESTED`, `COMMENTED`, `DISMISSED` or `PENDING`.
    pub state: String,
    /// The commit that was reviewed.
    #[serde(default)]
    pub commit_id: Option<String>,
    /// The reviewer's relation to the repository: `OWNER`, `MEMBER`, `COLLABORATOR`, …
    #[serde(default)]
    pub author_association: String,
}

/// An account that opens or reviews pull requests.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Reviewer {
    /// The login.
    pub login: String,
}

/// A file that a pull request changes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PullFile {
    /// The path.
    pub filename: String,
    /// The blob id of its new content, or of the old content if it is removed.
    #[serde(default)]
    pub sha: Option<String>,
    /// How it changes: `added`, `modified`, `removed`, `renamed`, …
    #[serde(default)]
    pub status: String,
}

impl Client {
    /// Lists the reviews of a pull request, oldest first.
    ///
    /// # Errors
    /// When it does not exist, or the request fails.
    pub async fn reviews(
        &self,
        repository: &RepositoryName,
        number: u64,
    ) -> Result<Vec<Review>, ForgeError> {
        self.list(&format!("{}/pulls/{number}/reviews", base(repository)), None, 1000).await
    }

    /// Lists the files that a pull request changes.
    ///
    /// # Errors
    /// When it does not exist, or the request fails.
    pub async fn pull_files(
        &self,
        repository: &RepositoryName,
        number: u64,
    ) -> Result<Vec<PullFile>, ForgeError> {
        self.list(&format!("{}/pulls/{number}/files", base(repository)), None, 3000).await
    }
}
