//! A repository: its files, branches and pull requests.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{CheckSeed, RunSeed, SettingsSeed};

/// Who may see a repository.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum VisibilitySeed {
    /// Everybody.
    #[default]
    Public,
    /// Who is let in.
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
    /// A folder whose files are the first commit, or a git directory whose branches are taken over.
    #[serde(default)]
    pub(crate) from: Option<String>,
    /// Other branches with the files in which they differ from the default branch.
    #[serde(default)]
    pub(crate) branches: BTreeMap<String, BTreeMap<String, FileSeed>>,
    /// The default branch; `main` when it is not said.
    #[serde(default)]
    pub(crate) default_branch: Option<String>,
    /// What it is.
    #[serde(default)]
    pub(crate) description: Option<String>,
    /// Who may see it.
    #[serde(default)]
    pub(crate) visibility: VisibilitySeed,
    /// Whether it is read-only.
    #[serde(default)]
    pub(crate) archived: bool,
    /// Whether GitHub closed it.
    #[serde(default)]
    pub(crate) disabled: bool,
    /// Whether it is locked while it is migrated.
    #[serde(default)]
    pub(crate) locked: bool,
    /// Whether others are generated from it.
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
    /// Names that it had before, without the owner.
    #[serde(default)]
    pub(crate) renamed_from: Vec<String>,
    /// Labels.
    #[serde(default)]
    pub(crate) labels: Vec<LabelSeed>,
    /// Pull requests.
    #[serde(default)]
    pub(crate) pulls: Vec<PullSeed>,
    /// How runs of its workflows go; those of repositories that are generated from it go the same way.
    #[serde(default)]
    pub(crate) runs: Vec<RunSeed>,
    /// How checks of its commits go, beside the jobs of its runs; repositories that are generated from it
    /// have the same.
    #[serde(default)]
    pub(crate) checks: Vec<CheckSeed>,
    /// What its owners set up.
    #[serde(default)]
    pub(crate) settings: SettingsSeed,
}

/// A file: its text, or what else is to be said of it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum FileSeed {
    /// Its text.
    Text(String),
    /// Its content with its mode.
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
    /// Whether it may be executed.
    #[serde(default)]
    pub(crate) executable: bool,
    /// Where a symbolic link leads.
    #[serde(default)]
    pub(crate) link: Option<String>,
    /// Whether it is removed from what `from` or the default branch has.
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
    /// The branch that it is proposed to; the default branch when it is not said.
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
