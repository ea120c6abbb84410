//! How a token stands: its scopes, and the repositories of an owner that it sees.

use super::repositories::Repository;
use super::segment;
use crate::forge::{Client, ForgeError};

/// More repositories of one owner than this are not listed.
const MOST_REPOSITORIES: usize = 20_000;

impl Client {
    /// The scopes of a classic token; `None` for every other kind, whose permissions the forge does not tell.
    ///
    /// # Errors
    /// When it cannot be asked for.
    pub async fn scopes(&self) -> Result<Option<Vec<String>>, ForgeError> {
        // This one costs nothing.
        let scopes = self.header("/rate_limit", "x-oauth-scopes").await?;
        Ok(scopes.map(|scopes| {
            let scopes = scopes.split(',').map(|scope| scope.trim().to_owned());
            scopes.filter(|scope| !scope.is_empty()).collect()
        }))
    }

    /// Every repository of an organisation or a user that the token sees.
    ///
    /// # Errors
    /// When there is no such owner, or it cannot be asked for.
    pub async fn repositories_of(&self, owner: &str) -> Result<Vec<Repository>, ForgeError> {
        let found = self.owner(owner).await?;
        let kind = if found.is_organization() { "orgs" } else { "users" };
        let path = format!("/{kind}/{}/repos?type=all&sort=full_name", segment(owner));
        self.list(&path, None, MOST_REPOSITORIES).await
    }

    /// Whether a read below a repository is permitted: why not, when it is not.
    ///
    /// # Errors
    /// When the forge did not answer at all.
    pub async fn may_read(
        &self,
        repository: &crate::fleet::RepositoryName,
        what: &str,
    ) -> Result<Option<ForgeError>, ForgeError> {
        use crate::forge::ForgeErrorKind::{Archived, Forbidden, NotFound};
        let path = format!("{}/{what}", super::base(repository));
        match self.get::<serde_json::Value>(&path).await {
            Ok(_) => Ok(None),
            Err(error) if matches!(error.kind, Forbidden | NotFound | Archived) => Ok(Some(error)),
            Err(error) => Err(error),
        }
    }
}
