//! Which commit a tag or a branch is at.

use serde::Deserialize;

use super::{base, segments};
use crate::fleet::RepositoryName;
use crate::forge::{Client, ForgeError, ForgeErrorKind};

/// What a name of a repository stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedCommit {
    /// The commit.
    pub commit: String,
    /// Whether the name is a tag's, and not a branch's.
    pub is_tag: bool,
}

impl Client {
    /// The commit that a tag is at, else the branch of that name; `None` when there is neither.
    ///
    /// # Errors
    /// When it cannot be asked for.
    pub async fn named_commit(
        &self,
        repository: &RepositoryName,
        name: &str,
    ) -> Result<Option<NamedCommit>, ForgeError> {
        for (kind, is_tag) in [("tags", true), ("heads", false)] {
            if let Some(commit) = self.commit_at(repository, &format!("{kind}/{name}")).await? {
                return Ok(Some(NamedCommit { commit, is_tag }));
            }
        }
        Ok(None)
    }

    /// Tags with a message of their own are followed to their commits.
    async fn commit_at(
        &self,
        repository: &RepositoryName,
        reference: &str,
    ) -> Result<Option<String>, ForgeError> {
        #[derive(Deserialize)]
        struct Answer {
            sha: String,
        }
        let path = format!("{}/commits/{}", base(repository), segments(reference));
        match self.find::<Answer>(&path).await {
            Ok(found) => Ok(found.map(|answer| answer.sha)),
            // "No commit found for SHA: tags/v1", "Git Repository is empty."
            Err(error)
                if matches!(error.kind, ForgeErrorKind::Invalid | ForgeErrorKind::Conflict) =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}
