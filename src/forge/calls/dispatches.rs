//! Telling repositories that something happened elsewhere, and the runs that follow from it.

use serde_json::{Value, json};

use super::actions::Run;
use super::{base, segment};
use crate::fleet::RepositoryName;
use crate::forge::governor::Cost;
use crate::forge::{Client, ForgeError};

impl Client {
    /// Tells a repository of an event. That it was taken says nothing of what runs.
    ///
    /// `heard` says whether an earlier telling of the same came through, when an answer was lost.
    ///
    /// # Errors
    /// When it may not, or nobody can say whether it was done.
    pub async fn dispatch(
        &self,
        repository: &RepositoryName,
        event: &str,
        payload: &Value,
        heard: impl AsyncFn() -> Result<bool, ForgeError>,
    ) -> Result<(), ForgeError> {
        let body = json!({ "event_type": event, "client_payload": payload });
        let path = format!("{}/dispatches", base(repository));
        let request = self.rest(http::Method::POST, &path, Some(&body), Cost::CREATION);
        let done = async || Ok(heard().await?.then_some(Value::Null));
        self.write::<Value, _>(repository, request, done).await.map(|_| ())
    }

    /// The newest runs that events from elsewhere have started, the newest first.
    ///
    /// # Errors
    /// When they cannot be asked for.
    pub async fn dispatched_runs(
        &self,
        repository: &RepositoryName,
        at_most: usize,
    ) -> Result<Vec<Run>, ForgeError> {
        let event = segment("repository_dispatch");
        let path = format!("{}/actions/runs?event={event}", base(repository));
        self.list(&path, Some("workflow_runs"), at_most).await
    }

    /// One run.
    ///
    /// # Errors
    /// When it is not there, or cannot be asked for.
    pub async fn run(&self, repository: &RepositoryName, id: u64) -> Result<Run, ForgeError> {
        self.get(&format!("{}/actions/runs/{id}", base(repository))).await
    }
}
