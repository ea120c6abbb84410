//! Scripts for runs and checks, and the images that runs publish.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// What starts a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EventSeed {
    /// A branch moved.
    #[default]
    Push,
    /// A pull request was opened or has new commits.
    PullRequest,
    /// A dispatch.
    RepositoryDispatch,
}

/// The outcome of a workflow run.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RunSeed {
    /// The workflow's file: `ci.yml`.
    pub(crate) workflow: String,
    /// What starts it.
    #[serde(default)]
    pub(crate) on: EventSeed,
    /// The type of the dispatch that starts it. Default: any.
    #[serde(default)]
    pub(crate) event_type: Option<String>,
    /// How many runs have this outcome, before the next entry for the workflow and event applies.
    #[serde(default)]
    pub(crate) times: Option<u32>,
    /// How it ends: `success`, `failure`, …
    #[serde(default)]
    pub(crate) conclusion: Option<String>,
    /// Duration in seconds. Default: 0.
    #[serde(default)]
    pub(crate) seconds: f64,
    /// All its statuses, if `seconds` and `conclusion` are not enough.
    #[serde(default)]
    pub(crate) statuses: Vec<StatusSeed>,
    /// Names of its jobs.
    #[serde(default)]
    pub(crate) jobs: Vec<String>,
    /// How a rerun of its failed jobs ends. Default: `success`.
    #[serde(default)]
    pub(crate) rerun: Option<String>,
    /// An image that it publishes when it succeeds.
    #[serde(default)]
    pub(crate) publishes: Option<ImageSeed>,
    /// Whether it ran before the sandbox started.
    #[serde(default)]
    pub(crate) happened: bool,
}

/// A check that runs for every new head of a branch.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CheckSeed {
    /// Its name.
    pub(crate) name: String,
    /// How it ends: `success`, `failure`, …, or `never` if it does not end. Default: `success`.
    #[serde(default)]
    pub(crate) conclusion: Option<String>,
    /// How it ends on the default branch. Default: `success`.
    #[serde(default)]
    pub(crate) base: Option<String>,
    /// Seconds from the commit to its end. Default: 0. Checks of the initial default branch have ended.
    #[serde(default)]
    pub(crate) seconds: f64,
    /// Whether it is a status of the commit (`success`, `failure`, `error`) instead of a check of an App.
    #[serde(default)]
    pub(crate) status: bool,
}

/// A status of a run.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StatusSeed {
    /// Seconds after the start.
    #[serde(default)]
    pub(crate) after: f64,
    /// `queued`, `in_progress`, `completed`, …
    pub(crate) status: String,
    /// How it ended, if it is completed.
    #[serde(default)]
    pub(crate) conclusion: Option<String>,
}

/// An image.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImageSeed {
    /// Name of the package, without the owner. `{repository}` is replaced by the repository that publishes it.
    pub(crate) name: String,
    /// Its tags. Default: `latest`.
    #[serde(default)]
    pub(crate) tags: Vec<String>,
    /// Whether it is public. New packages are private.
    #[serde(default)]
    pub(crate) public: bool,
    /// Its labels.
    #[serde(default)]
    pub(crate) labels: BTreeMap<String, String>,
    /// The distribution installed in it. A run that cannot install it fails.
    #[serde(default)]
    pub(crate) installs: Option<InstallsSeed>,
}

/// A distribution on the sandbox's package index, in the version that the run's dispatch names, otherwise the
/// newest.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InstallsSeed {
    /// Its name on the index.
    pub(crate) distribution: String,
    /// The key of the version in the dispatch's payload. Without it the newest version is installed, whatever
    /// the payload contains.
    #[serde(default)]
    pub(crate) payload: Option<String>,
    /// The label of the image that holds the version.
    #[serde(default)]
    pub(crate) label: Option<String>,
}
