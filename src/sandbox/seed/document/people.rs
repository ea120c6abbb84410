//! Owners, tokens, and a GitHub App.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{ImageSeed, RunSeed};

/// The type of an owner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum OwnerType {
    /// A person.
    User,
    /// An organisation.
    #[default]
    Organization,
}

/// A user or an organisation.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OwnerSeed {
    /// The type. Default: an organisation.
    #[serde(default, rename = "type")]
    pub(crate) kind: OwnerType,
    /// The display name. Default: the login.
    #[serde(default)]
    pub(crate) name: Option<String>,
    /// Short names of an organisation's teams.
    #[serde(default)]
    pub(crate) teams: Vec<String>,
    /// Images in its container registry.
    #[serde(default)]
    pub(crate) packages: Vec<ImageSeed>,
    /// Outcomes of workflow runs in its repositories, unless a repository has its own.
    #[serde(default)]
    pub(crate) runs: Vec<RunSeed>,
}

/// A level of access.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum AccessSeed {
    /// Reading.
    Read,
    /// Reading and writing.
    Write,
    /// Everything.
    #[default]
    Admin,
}

/// The suffix of an App's name when it acts as a user.
pub(crate) const BOT: &str = "[bot]";

/// A token.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenSeed {
    /// Its name in the log.
    pub(crate) name: String,
    /// The value that a client sends. Default: derived from the name.
    #[serde(default)]
    pub(crate) value: Option<String>,
    /// Its user. Default: `octo`. `github-actions[bot]` has the token of a job, and another App the token of an
    /// installation, which needs `permissions`.
    #[serde(default)]
    pub(crate) user: Option<String>,
    /// Access of its user to the repositories.
    #[serde(default)]
    pub(crate) role: AccessSeed,
    /// Scopes of a classic token: `repo`, `workflow`, `read:org`, `read:packages`.
    #[serde(default)]
    pub(crate) scopes: Option<Vec<String>>,
    /// Permissions of a fine-grained token: `contents: write`.
    #[serde(default)]
    pub(crate) permissions: Option<BTreeMap<String, AccessSeed>>,
    /// The repositories of a fine-grained token: `owner/name` or `owner/*`. Default: all.
    #[serde(default)]
    pub(crate) repositories: Option<Vec<String>>,
    /// Seconds until it expires.
    #[serde(default)]
    pub(crate) expires_after: Option<f64>,
}

/// A GitHub App.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AppSeed {
    /// Its number.
    pub(crate) id: u64,
    /// Its name in URLs.
    pub(crate) slug: String,
    /// The owner that it is installed on.
    pub(crate) account: String,
    /// The number of the installation.
    pub(crate) installation: u64,
    /// Its permissions: `contents: write`.
    #[serde(default)]
    pub(crate) permissions: BTreeMap<String, AccessSeed>,
    /// The repositories that it may access. Default: all of the account.
    #[serde(default)]
    pub(crate) repositories: Option<Vec<String>>,
    /// Its public key, PEM of `-----BEGIN PUBLIC KEY-----` or `BEGIN RSA PUBLIC KEY`. Without it signatures are
    /// not checked.
    #[serde(default)]
    pub(crate) public_key: Option<String>,
}
