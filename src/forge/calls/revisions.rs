//! Resolving a tag or branch to its commit.

use serde::Deserialize;

use super::{base, segments};
use crate::fleet::RepositoryName;
use crate::forge::{Client, ForgeError, ForgeErrorKind};

/// What a tag or branch name resolves to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedCommit {
    /// The commit.
    pub commit: String,
    /// Whether the name is a tag rather than a branch.
    pub is_tag: bool,
}

impl Client {
    /// Resolves a tag, else the branch of that name; `None` when neither exists.
    ///
    /// # Errors
    /// When the request fails.
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

    /// Resolves a reference. Annotated tags are followed to their commits.
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
