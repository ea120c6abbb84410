//! The format of a seed.
//!
//! | file | what it owns |
//! |---|---|
//! | `people` | owners, tokens, an App |
//! | `repository` | a repository's content and pull requests |
//! | `runs` | scripts for runs and checks, images |
//! | `settings` | settings of repositories |
//! | `limits` | limits that differ from GitHub's |
//! | `contradictions` | problems of a well-formed seed as a whole |

mod contradictions;
mod limits;
mod people;
mod repository;
mod runs;
mod settings;

pub(crate) use limits::{GenerateSeed, LimitsSeed};
pub(crate) use people::{AccessSeed, AppSeed, BOT, OwnerSeed, OwnerType, TokenSeed};
pub(crate) use repository::{FileSeed, PullSeed, RepositorySeed, VisibilitySeed};
pub(crate) use runs::{CheckSeed, EventSeed, ImageSeed, RunSeed};
pub(crate) use settings::{MethodSeed, SettingsSeed};

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::sandbox::index::IndexSeed;

/// The supported value of the `schema` key.
pub const SCHEMA: u32 = 1;

/// A seed: the initial content of the sandbox. All fields are optional.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Version of this format.
    #[serde(default = "current")]
    #[expect(dead_code, reason = "read by the reader of all our files")]
    schema: u32,
    /// Users and organisations by login. Those that only a repository or a token names are created too: the
    /// owner of a repository as an organisation, the user of a token as a user.
    #[serde(default)]
    pub(crate) owners: BTreeMap<String, OwnerSeed>,
    /// Tokens. Default: one named `default`, with all permissions.
    #[serde(default)]
    pub(crate) tokens: Vec<TokenSeed>,
    /// Repositories.
    #[serde(default)]
    pub(crate) repositories: Vec<RepositorySeed>,
    /// An installed GitHub App.
    #[serde(default)]
    pub(crate) app: Option<AppSeed>,
    /// When the content of a generated repository becomes available.
    #[serde(default)]
    pub(crate) generate: Option<GenerateSeed>,
    /// Limits that differ from GitHub's.
    #[serde(default)]
    pub(crate) limits: LimitsSeed,
    /// The package index beside the forge.
    #[serde(default)]
    pub(crate) index: IndexSeed,
}

fn current() -> u32 {
    SCHEMA
}
