//! A token's scopes, and whether it permits a read.

use crate::forge::{Client, ForgeError};

impl Client {
    /// The scopes of a classic token; `None` for every other kind, whose permissions the forge does not reveal.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn scopes(&self) -> Result<Option<Vec<String>>, ForgeError> {
        // This request is free.
        let scopes = self.header("/rate_limit", "x-oauth-scopes").await?;
        Ok(scopes.map(|scopes| {
            let scopes = scopes.split(',').map(|scope| scope.trim().to_owned());
            scopes.filter(|scope| !scope.is_empty()).collect()
        }))
    }

    /// Tries a read below a repository. Returns the refusal if it is not permitted.
    ///
    /// # Errors
    /// When the forge did not answer at all.
    pub async fn may_read(
        &self,
        repository: &crate::fleet::RepositoryName,
        what: &str,
    ) -> Result<Option<ForgeError>, ForgeError> {
        let path = format!("{}/{what}", super::base(repository));
        match self.get::<serde_json::Value>(&path).await {
            Ok(_) => Ok(None),
            Err(error) if error.kind.may_lack_permission() => Ok(Some(error)),
            Err(error) => Err(error),
        }
    }
}
