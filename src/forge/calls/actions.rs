//! Workflow runs.

use serde::Deserialize;

use super::{base, segment};
use crate::fleet::RepositoryName;
use crate::forge::governor::Cost;
use crate::forge::{Client, ForgeError};

/// One run of a workflow.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Run {
    /// Its number.
    pub id: u64,
    /// The workflow's name.
    #[serde(default)]
    pub name: Option<String>,
    /// Its title: the workflow's `run-name`, else the event or the commit.
    #[serde(default)]
    pub display_title: String,
    /// The event that started it: `push`, `repository_dispatch`, ….
    #[serde(default)]
    pub event: String,
    /// `queued`, `in_progress`, `completed`, ….
    #[serde(default)]
    pub status: Option<String>,
    /// `success`, `failure`, …, once it is completed.
    #[serde(default)]
    pub conclusion: Option<String>,
    /// The commit that it ran on.
    #[serde(default)]
    pub head_sha: String,
    /// The branch that it ran on.
    #[serde(default)]
    pub head_branch: Option<String>,
    /// The path of the workflow file.
    #[serde(default)]
    pub path: String,
    /// The address of its web page.
    #[serde(default)]
    pub html_url: String,
    /// When it was created (RFC 3339).
    #[serde(default)]
    pub created_at: String,
}

impl Run {
    /// Whether it has completed.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.status.as_deref() == Some("completed")
    }

    /// The workflow's name, or else its file.
    #[must_use]
    pub fn workflow(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.path)
    }

    /// Its conclusion; before it has one, its status.
    #[must_use]
    pub fn state(&self) -> &str {
        self.conclusion.as_deref().or(self.status.as_deref()).unwrap_or("unknown")
    }

    /// Whether it completed unsuccessfully, so that running it again may help.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        let failed = ["failure", "timed_out", "startup_failure", "cancelled"];
        self.conclusion.as_deref().is_some_and(|conclusion| failed.contains(&conclusion))
    }
}

/// Which runs to list: the newest that match, up to a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Runs<'a> {
    /// Only runs of this branch.
    pub branch: Option<&'a str>,
    /// Only runs of this commit.
    pub commit: Option<&'a str>,
    /// Only runs that this event started.
    pub event: Option<&'a str>,
    /// The maximum number of runs.
    pub at_most: usize,
}

impl Runs<'_> {
    /// The newest runs, unfiltered.
    #[must_use]
    pub fn newest(at_most: usize) -> Self {
        Self { branch: None, commit: None, event: None, at_most }
    }
}

impl Client {
    /// Lists the newest runs of a repository.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn runs(
        &self,
        repository: &RepositoryName,
        wanted: &Runs<'_>,
    ) -> Result<Vec<Run>, ForgeError> {
        let mut path = format!("{}/actions/runs", base(repository));
        let mut sign = '?';
        let asked =
            [("branch", wanted.branch), ("head_sha", wanted.commit), ("event", wanted.event)];
        for (name, value) in asked {
            if let Some(value) = value {
                path.push_str(&format!("{sign}{name}={}", segment(value)));
                sign = '&';
            }
        }
        self.list(&path, Some("workflow_runs"), wanted.at_most).await
    }

    /// Runs the failed jobs of a run again.
    ///
    /// # Errors
    /// When the token lacks the permission, or the run has not completed.
    pub async fn rerun_failed(
        &self,
        repository: &RepositoryName,
        run: u64,
    ) -> Result<(), ForgeError> {
        let path = format!("{}/actions/runs/{run}/rerun-failed-jobs", base(repository));
        let request = self.rest(http::Method::POST, &path, None, Cost::WRITE);
        let again = async || {
            let found: Run = self.get(&format!("{}/actions/runs/{run}", base(repository))).await?;
            Ok((!found.is_over()).then_some(serde_json::Value::Null))
        };
        self.write::<serde_json::Value, _>(repository, request, again).await.map(|_| ())
    }
}
