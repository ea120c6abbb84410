//! What a pull request changes, and what reviewers made of it.

use serde::Deserialize;

use super::base;
use crate::fleet::RepositoryName;
use crate::forge::{Client, ForgeError};

/// A review of a pull request.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Review {
    /// Whose; nobody, once the account is gone.
    pub user: Option<Reviewer>,
    /// `APPROVED`, `CHANGES_REQUESTED`, `COMMENTED`, `DISMISSED` or `PENDING`.
    pub state: String,
    /// The commit that was looked at.
    #[serde(default)]
    pub commit_id: Option<String>,
    /// What the reviewer is to the repository: `OWNER`, `MEMBER`, `COLLABORATOR`, …
    #[serde(default)]
    pub author_association: String,
}

/// Who reviewed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Reviewer {
    /// The account.
    pub login: String,
}

/// A file that a pull request changes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PullFile {
    /// The path.
    pub filename: String,
    /// The blob id of its new content.
    #[serde(default)]
    pub sha: Option<String>,
}

impl Client {
    /// The reviews of a pull request, oldest first.
    ///
    /// # Errors
    /// When it is not there, or cannot be asked for.
    pub async fn reviews(
        &self,
        repository: &RepositoryName,
        number: u64,
    ) -> Result<Vec<Review>, ForgeError> {
        self.list(&format!("{}/pulls/{number}/reviews", base(repository)), None, 1000).await
    }

    /// The files that a pull request changes.
    ///
    /// # Errors
    /// When it is not there, or cannot be asked for.
    pub async fn pull_files(
        &self,
        repository: &RepositoryName,
        number: u64,
    ) -> Result<Vec<PullFile>, ForgeError> {
        self.list(&format!("{}/pulls/{number}/files", base(repository)), None, 3000).await
    }
}
