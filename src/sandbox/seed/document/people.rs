//! Owners, tokens, and a GitHub App.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{ImageSeed, RunSeed};

/// What an owner is.
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
    /// What it is; an organisation when it is not said.
    #[serde(default, rename = "type")]
    pub(crate) kind: OwnerType,
    /// The name people read; the login when it is not said.
    #[serde(default)]
    pub(crate) name: Option<String>,
    /// Short names of an organisation's teams.
    #[serde(default)]
    pub(crate) teams: Vec<String>,
    /// Images in its container registry.
    #[serde(default)]
    pub(crate) packages: Vec<ImageSeed>,
    /// How runs of workflows go in its repositories, where a repository says nothing of its own.
    #[serde(default)]
    pub(crate) runs: Vec<RunSeed>,
}

/// How far a permission goes.
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
    /// What the log calls it.
    pub(crate) name: String,
    /// What a client sends; made from the name when it is not said.
    #[serde(default)]
    pub(crate) value: Option<String>,
    /// Whose it is; `octo` when it is not said. `github-actions[bot]` has the token of a job, or another App that of an
    /// installation: it needs `permissions`.
    #[serde(default)]
    pub(crate) user: Option<String>,
    /// What its user may do in the repositories.
    #[serde(default)]
    pub(crate) role: AccessSeed,
    /// Scopes of a classic token: `repo`, `workflow`, `read:org`, `read:packages`.
    #[serde(default)]
    pub(crate) scopes: Option<Vec<String>>,
    /// Permissions of a fine-grained token: `contents: write`.
    #[serde(default)]
    pub(crate) permissions: Option<BTreeMap<String, AccessSeed>>,
    /// The repositories of a fine-grained token: `owner/name` or `owner/*`; all when it is not said.
    #[serde(default)]
    pub(crate) repositories: Option<Vec<String>>,
    /// Seconds after which it ends.
    #[serde(default)]
    pub(crate) expires_after: Option<f64>,
}

/// A GitHub App.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AppSeed {
    /// Its number.
    pub(crate) id: u64,
    /// Its name in addresses.
    pub(crate) slug: String,
    /// The owner that it is installed on.
    pub(crate) account: String,
    /// The number of the installation.
    pub(crate) installation: u64,
    /// What it may do: `contents: write`.
    #[serde(default)]
    pub(crate) permissions: BTreeMap<String, AccessSeed>,
    /// Where it may do so; everywhere in the account when it is not said.
    #[serde(default)]
    pub(crate) repositories: Option<Vec<String>>,
    /// The public half of its key, PEM of `-----BEGIN PUBLIC KEY-----` or `BEGIN RSA PUBLIC KEY`;
    /// without it no signature is checked.
    #[serde(default)]
    pub(crate) public_key: Option<String>,
}
