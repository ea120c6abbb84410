//! What a repository's owners set up: protection, rules, secrets, variables, what Actions may run.

use serde::Deserialize;

use super::{base, segments};
use crate::fleet::RepositoryName;
use crate::forge::{Client, ForgeError};

/// More secrets, variables or rules than this are not read.
const MOST: usize = 1_000;

/// The protection of a branch, as far as it matters here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Protection {
    /// Checks without which nothing is merged.
    pub required_status_checks: Option<RequiredChecks>,
}

/// Checks without which nothing is merged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct RequiredChecks {
    /// With whoever must report them.
    pub checks: Vec<Check>,
    /// The same by name alone; what older servers have.
    pub contexts: Vec<String>,
}

/// One check.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Check {
    /// Its name.
    pub context: String,
    /// The application that must report it. Branch protection knows `-1` for anybody.
    #[serde(alias = "integration_id")]
    pub app_id: Option<i64>,
}

/// One rule that holds for a branch, whichever ruleset it is of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct BranchRule {
    /// What it is about: `pull_request`, `required_status_checks`, ….
    #[serde(rename = "type")]
    pub kind: String,
    /// More of it.
    pub parameters: Option<RuleParameters>,
}

/// The part of a rule that is read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct RuleParameters {
    /// Of `required_status_checks`.
    pub required_status_checks: Vec<Check>,
}

/// What Actions may run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ActionsPermissions {
    /// Whether they run at all.
    pub enabled: bool,
    /// `all`, `local_only` or `selected`.
    pub allowed_actions: Option<String>,
}

/// Actions that are selected.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct SelectedActions {
    /// Those of GitHub.
    pub github_owned_allowed: bool,
    /// Those of verified creators.
    pub verified_allowed: bool,
    /// Patterns.
    pub patterns_allowed: Vec<String>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

impl Client {
    /// The protection of a branch.
    ///
    /// # Errors
    /// When it has none (not found, `Branch not protected`), or the token may not see it.
    pub async fn branch_protection(
        &self,
        repository: &RepositoryName,
        branch: &str,
    ) -> Result<Protection, ForgeError> {
        self.get(&format!("{}/branches/{}/protection", base(repository), segments(branch))).await
    }

    /// The rules that hold for a branch.
    ///
    /// # Errors
    /// When they cannot be asked for.
    pub async fn branch_rules(
        &self,
        repository: &RepositoryName,
        branch: &str,
    ) -> Result<Vec<BranchRule>, ForgeError> {
        let path = format!("{}/rules/branches/{}", base(repository), segments(branch));
        self.list(&path, None, MOST).await
    }

    /// The names of a repository's secrets, and of those that its organisation lends it.
    ///
    /// # Errors
    /// When the token may not see them.
    pub async fn secret_names(
        &self,
        repository: &RepositoryName,
    ) -> Result<Vec<String>, ForgeError> {
        let mut names = self.names(repository, "actions/secrets", "secrets").await?;
        names.extend(self.lent(repository, "actions/organization-secrets", "secrets").await?);
        Ok(names)
    }

    /// The names of a repository's variables, and of those that its organisation lends it.
    ///
    /// # Errors
    /// When the token may not see them.
    pub async fn variable_names(
        &self,
        repository: &RepositoryName,
    ) -> Result<Vec<String>, ForgeError> {
        let mut names = self.names(repository, "actions/variables", "variables").await?;
        names.extend(self.lent(repository, "actions/organization-variables", "variables").await?);
        Ok(names)
    }

    /// Names of what an organisation lends. Asked for once the repository's own could be read, which takes
    /// the same permission: what is not found then is a repository that no organisation owns.
    async fn lent(
        &self,
        repository: &RepositoryName,
        what: &str,
        key: &str,
    ) -> Result<Vec<String>, ForgeError> {
        match self.names(repository, what, key).await {
            Err(error) if error.is_not_found() => Ok(Vec::new()),
            names => names,
        }
    }

    async fn names(
        &self,
        repository: &RepositoryName,
        what: &str,
        key: &str,
    ) -> Result<Vec<String>, ForgeError> {
        let path = format!("{}/{what}", base(repository));
        let found: Vec<Named> = self.list(&path, Some(key), MOST).await?;
        Ok(found.into_iter().map(|named| named.name).collect())
    }

    /// What Actions may run in a repository.
    ///
    /// # Errors
    /// When the token may not see it.
    pub async fn actions_permissions(
        &self,
        repository: &RepositoryName,
    ) -> Result<ActionsPermissions, ForgeError> {
        self.get(&format!("{}/actions/permissions", base(repository))).await
    }

    /// Actions that are selected, where only some may run.
    ///
    /// # Errors
    /// When the token may not see it, or all may run.
    pub async fn selected_actions(
        &self,
        repository: &RepositoryName,
    ) -> Result<SelectedActions, ForgeError> {
        self.get(&format!("{}/actions/permissions/selected-actions", base(repository))).await
    }

    /// Whether a workflow that says nothing of permissions gets a token that may write.
    ///
    /// # Errors
    /// When the token may not see it.
    pub async fn workflow_token_writes(
        &self,
        repository: &RepositoryName,
    ) -> Result<bool, ForgeError> {
        #[derive(Deserialize)]
        struct Answer {
            default_workflow_permissions: String,
        }
        let path = format!("{}/actions/permissions/workflow", base(repository));
        let answer: Answer = self.get(&path).await?;
        Ok(answer.default_workflow_permissions == "write")
    }
}
