//! `forge` and `home`: where the repositories and the manifest are kept.

use schemars::JsonSchema;
use serde::Deserialize;

/// Where the repositories live.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Forge {
    /// Which program it runs.
    #[serde(default)]
    pub kind: ForgeKind,
    /// Its address, `https://…`, unless it is github.com.
    pub url: Option<String>,
    /// The organisation or user that owns the repositories, unless a member names another.
    pub owner: String,
}

/// Which program a forge runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ForgeKind {
    /// GitHub or GitHub Enterprise Server.
    #[default]
    Github,
    /// Gitea or Forgejo.
    Gitea,
}

/// Where on the forge a manifest is kept.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Home {
    /// The repository, `name` or `owner/name`.
    pub repository: String,
    /// The file in it.
    #[serde(default = "manifest_file")]
    pub path: String,
}

fn manifest_file() -> String {
    "fleet.yaml".to_owned()
}
