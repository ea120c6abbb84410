//! Repository dispatch events, and the runs that they start.

use serde_json::{Value, json};

use super::actions::Run;
use super::{base, segment};
use crate::fleet::RepositoryName;
use crate::forge::governor::Cost;
use crate::forge::{Client, ForgeError};

impl Client {
    /// Sends a repository an event. Success means that the event was accepted, not that anything runs.
    ///
    /// `heard` reports, if the answer was lost, whether an earlier attempt arrived.
    ///
    /// # Errors
    /// When the token lacks the permission, or it is unknown whether the event arrived.
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

    /// The newest runs that dispatch events started, newest first.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn dispatched_runs(
        &self,
        repository: &RepositoryName,
        at_most: usize,
    ) -> Result<Vec<Run>, ForgeError> {
        let event = segment("repository_dispatch");
        let path = format!("{}/actions/runs?event={event}", base(repository));
        self.list(&path, Some("workflow_runs"), at_most).await
    }

    /// One workflow run.
    ///
    /// # Errors
    /// When it does not exist, or the request fails.
    pub async fn run(&self, repository: &RepositoryName, id: u64) -> Result<Run, ForgeError> {
        self.get(&format!("{}/actions/runs/{id}", base(repository))).await
    }
}
