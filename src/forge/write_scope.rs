//! The repositories that a run may write to: only those that the manifest or the command line names.

use std::collections::BTreeSet;

use super::error::{ForgeError, ForgeErrorKind};
use crate::fleet::RepositoryName;

/// The set of repositories that may be written to.
#[derive(Clone, Debug, Default)]
pub struct WriteScope {
    read_only: bool,
    permitted: BTreeSet<String>,
}

impl WriteScope {
    /// Permits nothing: the initial state of every command.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Permits nothing, even if repositories are added later (`--read-only`).
    #[must_use]
    pub fn read_only() -> Self {
        Self { read_only: true, permitted: BTreeSet::new() }
    }

    /// Permits a repository.
    #[must_use]
    pub fn to(mut self, repository: &RepositoryName) -> Self {
        self.permitted.insert(key(repository));
        self
    }

    /// Permits several repositories.
    #[must_use]
    pub fn to_all<'a>(self, repositories: impl IntoIterator<Item = &'a RepositoryName>) -> Self {
        repositories.into_iter().fold(self, Self::to)
    }

    /// Refuses a write to a repository that is not permitted.
    ///
    /// # Errors
    /// When the write is not permitted; nothing has been sent then.
    pub fn check(&self, repository: &RepositoryName, request: &str) -> Result<(), ForgeError> {
        let refused = |why: &str, hint: &str| {
            Err(ForgeError::new(ForgeErrorKind::Forbidden, request, why).hint(hint))
        };
        if self.read_only {
            return refused(
                "this run is read-only, and nothing was sent",
                "`--read-only` or SHIPSHAPE_READ_ONLY is set: run it again without that option and with that variable unset",
            );
        }
        if !self.permitted.contains(&key(repository)) {
            return refused(
                &format!(
                    "neither fleet.yaml nor the command names `{repository}`; nothing was sent"
                ),
                "name the repository in fleet.yaml, or on the command line",
            );
        }
        Ok(())
    }
}

/// Forges do not distinguish upper and lower case in names.
fn key(repository: &RepositoryName) -> String {
    repository.to_string().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_named_may_be_written_to() {
        let api = RepositoryName::new("acme", "api");
        let other = RepositoryName::new("acme", "other");
        let writes = WriteScope::none().to(&api);
        assert_eq!(writes.check(&RepositoryName::new("Acme", "API"), "PUT /x"), Ok(()));
        let error = writes.check(&other, "PUT /x").expect_err("not named");
        assert_eq!(error.kind, ForgeErrorKind::Forbidden);
        assert!(WriteScope::none().check(&api, "PUT /x").is_err());
        assert!(WriteScope::read_only().to(&api).check(&api, "PUT /x").is_err());
    }
}
