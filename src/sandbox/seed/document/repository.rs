//! A repository: its files, branches and pull requests.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{CheckSeed, RunSeed, SettingsSeed};

/// Who can see a repository.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum VisibilitySeed {
    /// Everybody.
    #[default]
    Public,
    /// Those who were given access.
    Private,
    /// The enterprise.
    Internal,
}

/// A repository.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RepositorySeed {
    /// `owner/name`.
    pub(crate) name: String,
    /// Files by path; they become the first commit, or one on top of `from`.
    #[serde(default)]
    pub(crate) files: BTreeMap<String, FileSeed>,
    /// A folder whose files become the first commit, or a git directory whose branches are imported.
    #[serde(default)]
    pub(crate) from: Option<String>,
    /// Other branches, with the files that differ from the default branch.
    #[serde(default)]
    pub(crate) branches: BTreeMap<String, BTreeMap<String, FileSeed>>,
    /// The default branch. Default: `main`.
    #[serde(default)]
    pub(crate) default_branch: Option<String>,
    /// The description.
    #[serde(default)]
    pub(crate) description: Option<String>,
    /// Who can see it.
    #[serde(default)]
    pub(crate) visibility: VisibilitySeed,
    /// Whether it is read-only.
    #[serde(default)]
    pub(crate) archived: bool,
    /// Whether GitHub disabled it.
    #[serde(default)]
    pub(crate) disabled: bool,
    /// Whether it is locked while it is migrated.
    #[serde(default)]
    pub(crate) locked: bool,
    /// Whether it is a template for others.
    #[serde(default)]
    pub(crate) template: bool,
    /// Whether it is a fork.
    #[serde(default)]
    pub(crate) fork: bool,
    /// Topics.
    #[serde(default)]
    pub(crate) topics: Vec<String>,
    /// Whether it has no commit.
    #[serde(default)]
    pub(crate) empty: bool,
    /// Former names, without the owner.
    #[serde(default)]
    pub(crate) renamed_from: Vec<String>,
    /// Labels.
    #[serde(default)]
    pub(crate) labels: Vec<LabelSeed>,
    /// Pull requests.
    #[serde(default)]
    pub(crate) pulls: Vec<PullSeed>,
    /// Outcomes of its workflow runs. Repositories that are generated from it have the same.
    #[serde(default)]
    pub(crate) runs: Vec<RunSeed>,
    /// Outcomes of checks of its commits, in addition to the jobs of its runs. Repositories that are generated
    /// from it have the same.
    #[serde(default)]
    pub(crate) checks: Vec<CheckSeed>,
    /// Its settings.
    #[serde(default)]
    pub(crate) settings: SettingsSeed,
}

/// A file: its text, or a mapping with its content and mode.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum FileSeed {
    /// Its text.
    Text(String),
    /// Its content and mode.
    Full(FullFileSeed),
}

/// A file in full.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FullFileSeed {
    /// Its text.
    #[serde(default)]
    pub(crate) text: Option<String>,
    /// Its bytes in Base64.
    #[serde(default)]
    pub(crate) base64: Option<String>,
    /// Whether it is executable.
    #[serde(default)]
    pub(crate) executable: bool,
    /// The target of a symbolic link.
    #[serde(default)]
    pub(crate) link: Option<String>,
    /// Whether to remove it from the content of `from` or the default branch.
    #[serde(default)]
    pub(crate) removed: bool,
}

/// A label.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LabelSeed {
    /// Its name.
    pub(crate) name: String,
    /// Six hexadecimal digits.
    #[serde(default)]
    pub(crate) color: Option<String>,
    /// What it is for.
    #[serde(default)]
    pub(crate) description: Option<String>,
}

/// A pull request.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PullSeed {
    /// Its title.
    pub(crate) title: String,
    /// Its text.
    #[serde(default)]
    pub(crate) body: Option<String>,
    /// The branch that it proposes.
    pub(crate) head: String,
    /// The target branch. Default: the default branch.
    #[serde(default)]
    pub(crate) base: Option<String>,
    /// Whether it is a draft.
    #[serde(default)]
    pub(crate) draft: bool,
    /// Whether it is closed.
    #[serde(default)]
    pub(crate) closed: bool,
    /// Labels of the repository.
    #[serde(default)]
    pub(crate) labels: Vec<String>,
}
