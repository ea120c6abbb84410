//! Settings of a repository.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// What the owners of a repository set up.
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
    /// Whether workflows run; they do when it is not said.
    #[serde(default)]
    pub(crate) actions_enabled: Option<bool>,
    /// Which actions workflows may use: `all`, `local_only` or `selected`.
    #[serde(default)]
    pub(crate) allowed_actions: Option<String>,
    /// Which actions are selected, when `allowed_actions` is `selected`.
    #[serde(default)]
    pub(crate) selected_actions: SelectedActionsSeed,
    /// What workflows may do by default: `read` or `write`.
    #[serde(default)]
    pub(crate) workflow_permissions: Option<String>,
    /// Whether workflows may approve pull requests.
    #[serde(default)]
    pub(crate) can_approve_pull_requests: bool,
    /// Whether pull requests may be merged as soon as they can be.
    #[serde(default)]
    pub(crate) allow_auto_merge: bool,
    /// How pull requests may be merged: `merge`, `squash`, `rebase`; all when it is not said.
    #[serde(default)]
    pub(crate) merge_methods: Option<Vec<MethodSeed>>,
    /// Whether a branch goes once it is merged.
    #[serde(default)]
    pub(crate) delete_branch_on_merge: bool,
    /// How many approvals branch protection requires, by branch.
    #[serde(default)]
    pub(crate) required_approvals: BTreeMap<String, u64>,
    /// How many approvals a ruleset requires, by branch.
    #[serde(default)]
    pub(crate) ruleset_approvals: BTreeMap<String, u64>,
    /// Whether a push takes approvals back.
    #[serde(default)]
    pub(crate) dismiss_stale_reviews: bool,
    /// Whether what is merged must be up to date with its base.
    #[serde(default)]
    pub(crate) strict_checks: bool,
    /// Branches that a ruleset lets nobody make; `*` stands for any text.
    #[serde(default)]
    pub(crate) restricted_branches: Vec<String>,
    /// Users who may be asked for a review; every user when it is not said.
    #[serde(default)]
    pub(crate) collaborators: Option<Vec<String>>,
    /// Seconds for which nobody knows whether a pull request can be merged, after its head or its base
    /// moved: GitHub looks when it has time.
    #[serde(default)]
    pub(crate) mergeable_after: f64,
}

/// How a pull request may be merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum MethodSeed {
    /// By a merge commit.
    Merge,
    /// By one commit that holds it all.
    Squash,
    /// By its commits on top of the base.
    Rebase,
}

/// Actions that are selected.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SelectedActionsSeed {
    /// Whether those of GitHub may be used.
    #[serde(default)]
    pub(crate) github_owned: bool,
    /// Whether those of verified creators may be used.
    #[serde(default)]
    pub(crate) verified: bool,
    /// Others: `acme/*`, `acme/lint@v1`.
    #[serde(default)]
    pub(crate) patterns: Vec<String>,
}
