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
    /// A pull request is new or has new commits.
    PullRequest,
    /// A dispatch.
    RepositoryDispatch,
}

/// How a run of a workflow goes.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RunSeed {
    /// The workflow's file: `ci.yml`.
    pub(crate) workflow: String,
    /// What starts it.
    #[serde(default)]
    pub(crate) on: EventSeed,
    /// The type of the dispatch that starts it; any when it is not said.
    #[serde(default)]
    pub(crate) event_type: Option<String>,
    /// How many runs go like this, before the next script of the workflow and event counts.
    #[serde(default)]
    pub(crate) times: Option<u32>,
    /// How it ends: `success`, `failure`, …
    #[serde(default)]
    pub(crate) conclusion: Option<String>,
    /// Seconds from its start to its end; 0 when it is not said.
    #[serde(default)]
    pub(crate) seconds: f64,
    /// All its statuses, when `seconds` and `conclusion` say too little.
    #[serde(default)]
    pub(crate) statuses: Vec<StatusSeed>,
    /// Names of its jobs.
    #[serde(default)]
    pub(crate) jobs: Vec<String>,
    /// How a rerun of its failed jobs ends; `success` when it is not said.
    #[serde(default)]
    pub(crate) rerun: Option<String>,
    /// An image that is there once it has succeeded.
    #[serde(default)]
    pub(crate) publishes: Option<ImageSeed>,
    /// Whether it has run before the sandbox began.
    #[serde(default)]
    pub(crate) happened: bool,
}

/// How a check goes that every new head of a branch gets.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CheckSeed {
    /// Its name.
    pub(crate) name: String,
    /// How it ends: `success`, `failure`, …; `never` for one that does not end. `success` when it is not said.
    #[serde(default)]
    pub(crate) conclusion: Option<String>,
    /// How it ends on the default branch; `success` when it is not said.
    #[serde(default)]
    pub(crate) base: Option<String>,
    /// Seconds from when the commit is there to its end; 0 when it is not said. What the default branch has
    /// at first has ended.
    #[serde(default)]
    pub(crate) seconds: f64,
    /// Whether it is a status of the commit (`success`, `failure`, `error`), and no check of an App.
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
    /// How it ended, when it is completed.
    #[serde(default)]
    pub(crate) conclusion: Option<String>,
}

/// An image.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImageSeed {
    /// The package's name, without the owner; `{repository}` stands for the repository that publishes it.
    pub(crate) name: String,
    /// Its tags; `latest` when none is said.
    #[serde(default)]
    pub(crate) tags: Vec<String>,
    /// Whether everybody may pull it: a new package is private.
    #[serde(default)]
    pub(crate) public: bool,
    /// Its labels.
    #[serde(default)]
    pub(crate) labels: BTreeMap<String, String>,
    /// What it has installed. A run that cannot install it fails.
    #[serde(default)]
    pub(crate) installs: Option<InstallsSeed>,
}

/// A distribution of the sandbox's package index, in the version that the run's dispatch names; else in the newest.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InstallsSeed {
    /// Its name on the index.
    pub(crate) distribution: String,
    /// The key of the dispatch's payload that names the version; without it the newest is installed, whatever the payload
    /// says.
    #[serde(default)]
    pub(crate) payload: Option<String>,
    /// The label of the image that says the version.
    #[serde(default)]
    pub(crate) label: Option<String>,
}
