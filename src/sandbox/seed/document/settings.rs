//! Settings of a repository.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// Settings of a repository.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SettingsSeed {
    /// Names of checks that branch protection requires, by branch.
    #[serde(default)]
    pub(crate) required_checks: BTreeMap<String, Vec<String>>,
    /// Names of checks that a ruleset requires, by branch.
    #[serde(default)]
    pub(crate) ruleset_checks: BTreeMap<String, Vec<String>>,
    /// Names of secrets.
    #[serde(default)]
    pub(crate) secrets: Vec<String>,
    /// Names of the organisation's secrets that it may use.
    #[serde(default)]
    pub(crate) organization_secrets: Vec<String>,
    /// Variables with their values.
    #[serde(default)]
    pub(crate) variables: BTreeMap<String, String>,
    /// The organisation's variables that it may use, with their values.
    #[serde(default)]
    pub(crate) organization_variables: BTreeMap<String, String>,
    /// Whether workflows run. Default: true.
    #[serde(default)]
    pub(crate) actions_enabled: Option<bool>,
    /// Which actions workflows may use: `all`, `local_only` or `selected`.
    #[serde(default)]
    pub(crate) allowed_actions: Option<String>,
    /// The selected actions, if `allowed_actions` is `selected`.
    #[serde(default)]
    pub(crate) selected_actions: SelectedActionsSeed,
    /// Default permissions of workflows: `read` or `write`.
    #[serde(default)]
    pub(crate) workflow_permissions: Option<String>,
    /// Whether workflows may approve pull requests.
    #[serde(default)]
    pub(crate) can_approve_pull_requests: bool,
    /// Whether auto-merge is allowed.
    #[serde(default)]
    pub(crate) allow_auto_merge: bool,
    /// Allowed merge methods: `merge`, `squash`, `rebase`. Default: all.
    #[serde(default)]
    pub(crate) merge_methods: Option<Vec<MethodSeed>>,
    /// Whether a branch is deleted once it is merged.
    #[serde(default)]
    pub(crate) delete_branch_on_merge: bool,
    /// How many approvals branch protection requires, by branch.
    #[serde(default)]
    pub(crate) required_approvals: BTreeMap<String, u64>,
    /// How many approvals a ruleset requires, by branch.
    #[serde(default)]
    pub(crate) ruleset_approvals: BTreeMap<String, u64>,
    /// Whether a push dismisses approvals.
    #[serde(default)]
    pub(crate) dismiss_stale_reviews: bool,
    /// Whether a branch must be up to date with its base before it is merged.
    #[serde(default)]
    pub(crate) strict_checks: bool,
    /// Branches that a ruleset does not allow to be created. `*` matches any text.
    #[serde(default)]
    pub(crate) restricted_branches: Vec<String>,
    /// Users whose review may be requested. Default: every user.
    #[serde(default)]
    pub(crate) collaborators: Option<Vec<String>>,
    /// Seconds for which the mergeability of a pull request is unknown after its head or base moved. GitHub
    /// computes it in the background.
    #[serde(default)]
    pub(crate) mergeable_after: f64,
}

/// A merge method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum MethodSeed {
    /// With a merge commit.
    Merge,
    /// As one commit.
    Squash,
    /// By rebasing its commits onto the base.
    Rebase,
}

/// Selected actions.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SelectedActionsSeed {
    /// Whether actions of GitHub are allowed.
    #[serde(default)]
    pub(crate) github_owned: bool,
    /// Whether actions of verified creators are allowed.
    #[serde(default)]
    pub(crate) verified: bool,
    /// Patterns of other actions: `acme/*`, `acme/lint@v1`.
    #[serde(default)]
    pub(crate) patterns: Vec<String>,
}
