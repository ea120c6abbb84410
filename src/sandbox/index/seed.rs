//! The part of a seed about the index; the same document changes it later.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// The package index. Everything may be left out; what is left out stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct IndexSeed {
    /// For how many reads of its page a new file stays unseen.
    pub(crate) lag: Option<u32>,
    /// Tokens that may upload. Without any there is one, `index`.
    pub(crate) tokens: Option<Vec<KeySeed>>,
    /// Whether it speaks of Trusted Publishing: `on`, `off` (403), `absent` (404), or `issuer-off`.
    pub(crate) trusted_publishing: Option<TrustSeed>,
    /// Who may publish what by Trusted Publishing.
    pub(crate) publishers: Option<Vec<PublisherSeed>>,
    /// How many seconds a minted token lasts; 900 when it is not said.
    pub(crate) token_seconds: Option<f64>,
    /// The job that asks who it is.
    pub(crate) job: Option<JobSeed>,
    /// Uploads that are refused although they are sound.
    pub(crate) refuse: Vec<RefuseSeed>,
    /// Versions to withdraw, `project==version`, with a reason.
    pub(crate) yank: BTreeMap<String, String>,
    /// Versions whose withdrawal is taken back.
    pub(crate) unyank: Vec<String>,
    /// Versions to delete: their file names are never taken again.
    pub(crate) delete: Vec<String>,
}

/// A token of the index.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeySeed {
    /// What the state calls it.
    pub(crate) name: String,
    /// What a client sends; made from the name when it is not said.
    #[serde(default)]
    pub(crate) value: Option<String>,
    /// What it may upload; everything when it is not said.
    #[serde(default)]
    pub(crate) projects: Option<Vec<String>>,
}

/// Whether an index speaks of Trusted Publishing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum TrustSeed {
    /// It does.
    #[default]
    On,
    /// It is switched off.
    Off,
    /// It does not know it.
    Absent,
    /// It does not take identities of this CI for the moment.
    IssuerOff,
}

/// Who may publish a project.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PublisherSeed {
    /// The project.
    pub(crate) project: String,
    /// The repository, `owner/name`.
    pub(crate) repository: String,
    /// The workflow's file name.
    pub(crate) workflow: String,
    /// The environment, when it asks for one.
    #[serde(default)]
    pub(crate) environment: Option<String>,
    /// Whether it waits for the project to be made.
    #[serde(default)]
    pub(crate) pending: bool,
}

/// A job as its proof of identity has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct JobSeed {
    /// The repository, `owner/name`; `acme/platform` when it is not said.
    pub(crate) repository: Option<String>,
    /// The workflow's file name; `publish.yml` when it is not said.
    pub(crate) workflow: Option<String>,
    /// The reusable workflow that the job stands in: `owner/name/.github/workflows/x.yml@ref`.
    pub(crate) called: Option<String>,
    /// The environment that it runs in.
    pub(crate) environment: Option<String>,
    /// The event that started it; `push` when it is not said.
    pub(crate) event: Option<String>,
    /// Who issues the proof; GitHub Actions when it is not said.
    pub(crate) issuer: Option<String>,
    /// What is wrong with the proof.
    pub(crate) flaw: Option<FlawSeed>,
}

/// What may be wrong with a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum FlawSeed {
    /// It has run out already.
    Expired,
    /// It counts only in some minutes.
    Early,
    /// It is no JSON web token.
    Malformed,
    /// Its signature is another's.
    Forged,
    /// It was used already: the first one that is given.
    Used,
    /// Asking for it is refused.
    Withheld,
}

/// Uploads that are refused.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefuseSeed {
    /// What the file's name ends in.
    pub(crate) file: String,
    /// The status; 400 when it is not said.
    #[serde(default)]
    pub(crate) status: Option<u16>,
    /// The words.
    pub(crate) words: String,
    /// How often; once when it is not said.
    #[serde(default)]
    pub(crate) times: Option<u32>,
}
