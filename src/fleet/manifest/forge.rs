//! `forge` and `home`: where the repositories and the manifest are kept.

use schemars::JsonSchema;
use serde::Deserialize;

/// The forge that hosts the repositories.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Forge {
    /// The software of the forge.
    #[serde(default)]
    pub kind: ForgeKind,
    /// Base URL, `https://…`. Default: github.com.
    pub url: Option<String>,
    /// The organisation or user that owns the repositories. A member may name another.
    pub owner: String,
}

/// The software of a forge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ForgeKind {
    /// GitHub or GitHub Enterprise Server.
    #[default]
    Github,
    /// Gitea or Forgejo.
    Gitea,
}

/// The place of a manifest on the forge.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Home {
    /// The repository, `name` or `owner/name`.
    pub repository: String,
    /// The path of the file in the repository.
    #[serde(default = "manifest_file")]
    pub path: String,
}

fn manifest_file() -> String {
    "fleet.yaml".to_owned()
}
