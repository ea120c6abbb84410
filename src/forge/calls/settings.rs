//! Repository settings: branch protection, rules, secrets, variables, and what Actions may run.

use serde::Deserialize;

use super::{base, segments};
use crate::fleet::RepositoryName;
use crate::forge::{Client, ForgeError};

/// The most secrets, variables or rules that are read.
const MOST: usize = 1_000;

/// The part of a branch's protection that is used here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Protection {
    /// The required checks.
    pub required_status_checks: Option<RequiredChecks>,
}

/// The checks that are required before merging.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct RequiredChecks {
    /// The checks, with the application that must report each.
    pub checks: Vec<Check>,
    /// The same checks by name only, as older servers return them.
    pub contexts: Vec<String>,
}

/// One check.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Check {
    /// Its name.
    pub context: String,
    /// The application that must report it. Branch protection uses `-1` for any application.
    #[serde(alias = "integration_id")]
    pub app_id: Option<i64>,
}

/// A rule that applies to a branch, from any ruleset.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct BranchRule {
    /// Its type: `pull_request`, `required_status_checks`, ….
    #[serde(rename = "type")]
    pub kind: String,
    /// Its parameters.
    pub parameters: Option<RuleParameters>,
}

/// The parameters of a rule that are used here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct RuleParameters {
    /// The checks of a `required_status_checks` rule.
    pub required_status_checks: Vec<Check>,
}

/// Which actions may run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ActionsPermissions {
    /// Whether Actions is enabled at all.
    pub enabled: bool,
    /// `all`, `local_only` or `selected`.
    pub allowed_actions: Option<String>,
}

/// The allowed actions where only selected ones may run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct SelectedActions {
    /// Whether GitHub's own actions are allowed.
    pub github_owned_allowed: bool,
    /// Whether actions of verified creators are allowed.
    pub verified_allowed: bool,
    /// Patterns of further allowed actions.
    pub patterns_allowed: Vec<String>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

impl Client {
    /// Reads the protection of a branch.
    ///
    /// # Errors
    /// When it has none (not found, `Branch not protected`), or the token may not read it.
    pub async fn branch_protection(
        &self,
        repository: &RepositoryName,
        branch: &str,
    ) -> Result<Protection, ForgeError> {
        self.get(&format!("{}/branches/{}/protection", base(repository), segments(branch))).await
    }

    /// Lists the rules that apply to a branch.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn branch_rules(
        &self,
        repository: &RepositoryName,
        branch: &str,
    ) -> Result<Vec<BranchRule>, ForgeError> {
        let path = format!("{}/rules/branches/{}", base(repository), segments(branch));
        self.list(&path, None, MOST).await
    }

    /// The names of a repository's secrets, including the organisation secrets available to it.
    ///
    /// # Errors
    /// When the token may not read them.
    pub async fn secret_names(
        &self,
        repository: &RepositoryName,
    ) -> Result<Vec<String>, ForgeError> {
        let base = base(repository);
        let mut names = self.names(&format!("{base}/actions/secrets"), "secrets").await?;
        let lent = format!("{base}/actions/organization-secrets");
        names.extend(self.lent(&lent, "secrets").await?);
        Ok(names)
    }

    /// The names of a repository's variables, including the organisation variables available to it.
    ///
    /// # Errors
    /// When the token may not read them.
    pub async fn variable_names(
        &self,
        repository: &RepositoryName,
    ) -> Result<Vec<String>, ForgeError> {
        let base = base(repository);
        let mut names = self.names(&format!("{base}/actions/variables"), "variables").await?;
        let lent = format!("{base}/actions/organization-variables");
        names.extend(self.lent(&lent, "variables").await?);
        Ok(names)
    }

    /// The names of organisation secrets or variables. Called after the repository's own were read, which takes the
    /// same permission; "not found" therefore means that no organisation owns the repository.
    async fn lent(&self, path: &str, key: &str) -> Result<Vec<String>, ForgeError> {
        match self.names(path, key).await {
            Err(error) if error.is_not_found() => Ok(Vec::new()),
            names => names,
        }
    }

    /// The names in a list, which is under a key of the answer.
    async fn names(&self, path: &str, key: &str) -> Result<Vec<String>, ForgeError> {
        let found: Vec<Named> = self.list(path, Some(key), MOST).await?;
        Ok(found.into_iter().map(|named| named.name).collect())
    }

    /// Reads which actions may run in a repository.
    ///
    /// # Errors
    /// When the token may not read it.
    pub async fn actions_permissions(
        &self,
        repository: &RepositoryName,
    ) -> Result<ActionsPermissions, ForgeError> {
        self.get(&format!("{}/actions/permissions", base(repository))).await
    }

    /// Reads which actions are allowed, where only selected ones may run.
    ///
    /// # Errors
    /// When the token may not read it, or all actions may run.
    pub async fn selected_actions(
        &self,
        repository: &RepositoryName,
    ) -> Result<SelectedActions, ForgeError> {
        self.get(&format!("{}/actions/permissions/selected-actions", base(repository))).await
    }

    /// Whether workflows that declare no permissions get a token that may write.
    ///
    /// # Errors
    /// When the token may not read it.
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
