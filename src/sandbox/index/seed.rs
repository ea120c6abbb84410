//! The part of a seed about the index; the same document changes it later.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// The package index. All fields are optional; those that are missing do not change it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct IndexSeed {
    /// How many reads of its page do not show a new file yet.
    pub(crate) lag: Option<u32>,
    /// Tokens that may upload. Default: one named `index`.
    pub(crate) tokens: Option<Vec<KeySeed>>,
    /// Whether it supports Trusted Publishing: `on`, `off` (403), `absent` (404), or `issuer-off`.
    pub(crate) trusted_publishing: Option<TrustSeed>,
    /// Publishers that Trusted Publishing accepts.
    pub(crate) publishers: Option<Vec<PublisherSeed>>,
    /// Lifetime of a minted token in seconds. Default: 900.
    pub(crate) token_seconds: Option<f64>,
    /// The job whose identity is asked for.
    pub(crate) job: Option<JobSeed>,
    /// Valid uploads that are refused.
    pub(crate) refuse: Vec<RefuseSeed>,
    /// Versions to yank, `project==version`, each with the reason.
    pub(crate) yank: BTreeMap<String, String>,
    /// Versions to unyank.
    pub(crate) unyank: Vec<String>,
    /// Versions to delete. Their file names can never be used again.
    pub(crate) delete: Vec<String>,
}

/// A token of the index.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeySeed {
    /// Its name in the sandbox's state.
    pub(crate) name: String,
    /// The value that a client sends. Default: derived from the name.
    #[serde(default)]
    pub(crate) value: Option<String>,
    /// Projects that it may upload. Default: all.
    #[serde(default)]
    pub(crate) projects: Option<Vec<String>>,
}

/// Whether an index supports Trusted Publishing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum TrustSeed {
    /// Supported.
    #[default]
    On,
    /// Disabled.
    Off,
    /// Not implemented.
    Absent,
    /// Identities of this CI are currently not accepted.
    IssuerOff,
}

/// A publisher of a project.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PublisherSeed {
    /// The project.
    pub(crate) project: String,
    /// The repository, `owner/name`.
    pub(crate) repository: String,
    /// The workflow's file name.
    pub(crate) workflow: String,
    /// The environment, if the publisher requires one.
    #[serde(default)]
    pub(crate) environment: Option<String>,
    /// Whether it is pending until the project is created.
    #[serde(default)]
    pub(crate) pending: bool,
}

/// A job, as described by its identity token.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct JobSeed {
    /// The repository, `owner/name`. Default: `acme/platform`.
    pub(crate) repository: Option<String>,
    /// File name of the workflow. Default: `publish.yml`.
    pub(crate) workflow: Option<String>,
    /// The reusable workflow that contains the job: `owner/name/.github/workflows/x.yml@ref`.
    pub(crate) called: Option<String>,
    /// The environment that it runs in.
    pub(crate) environment: Option<String>,
    /// The event that started it. Default: `push`.
    pub(crate) event: Option<String>,
    /// The issuer of the identity token. Default: GitHub Actions.
    pub(crate) issuer: Option<String>,
    /// What is wrong with the identity token.
    pub(crate) flaw: Option<FlawSeed>,
}

/// A defect of an identity token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum FlawSeed {
    /// It has expired.
    Expired,
    /// It is not valid yet.
    Early,
    /// It is not a JSON web token.
    Malformed,
    /// Its signature is forged.
    Forged,
    /// It was used already: the first one that was issued.
    Used,
    /// The request for it is refused.
    Withheld,
}

/// Uploads that are refused.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefuseSeed {
    /// Suffix of the file name.
    pub(crate) file: String,
    /// The HTTP status. Default: 400.
    #[serde(default)]
    pub(crate) status: Option<u16>,
    /// The error message.
    pub(crate) words: String,
    /// How often. Default: once.
    #[serde(default)]
    pub(crate) times: Option<u32>,
}
