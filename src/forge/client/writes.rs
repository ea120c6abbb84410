//! Writes: one at a time, and looked up before one whose answer was lost is sent again.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Client, Request, Sent};
use crate::fleet::RepositoryName;
use crate::forge::error::{ForgeError, ForgeErrorKind};
use crate::forge::graphql::Data;

impl Client {
    /// Writes to a repository: checks that it may, sends it, and looks it up when the answer was lost.
    ///
    /// `look_up` says what is there if the write was done already, and `None` if it was not.
    ///
    /// # Errors
    /// When it may not be written, is refused, or nobody can say whether it was done.
    pub(in crate::forge) async fn write<T, L>(
        &self,
        repository: &RepositoryName,
        request: Request,
        look_up: L,
    ) -> Result<T, ForgeError>
    where
        T: DeserializeOwned,
        L: AsyncFn() -> Result<Option<T>, ForgeError>,
    {
        self.0.writes.check(repository, &request.label)?;
        let _turn = self.0.writing.lock().await;
        let attempts = self.limits().attempts.max(1);
        let mut last = None;
        for attempt in 0..attempts {
            match self.send(&request, None).await? {
                Sent::Answer(answer) => {
                    let empty = answer.body.iter().all(u8::is_ascii_whitespace);
                    let body: &[u8] = if empty { b"null" } else { &answer.body };
                    return self.parsed(&request, body);
                }
                Sent::Unchanged => {}
                Sent::Doubtful(error) => last = Some(error),
            }
            self.pause(attempt, "the forge did not say whether it was done").await;
            if let Some(done) = look_up().await? {
                return Ok(done);
            }
        }
        Err(last.unwrap_or_else(|| {
            ForgeError::new(ForgeErrorKind::Unavailable, &request.label, "it did not answer")
        }))
    }

    /// Sends a document that changes a repository: fields at the root that could be had, and errors.
    ///
    /// `look_up` as of [`Client::write`], with what the document would have answered.
    ///
    /// # Errors
    /// As of [`Client::write`].
    pub(in crate::forge) async fn mutate<L>(
        &self,
        repository: &RepositoryName,
        request: Request,
        look_up: L,
    ) -> Result<Data, ForgeError>
    where
        L: AsyncFn() -> Result<Option<Value>, ForgeError>,
    {
        let label = request.label.clone();
        let whole = async || Ok(look_up().await?.map(|data| serde_json::json!({ "data": data })));
        let answer: Value = self.write(repository, request, whole).await?;
        let body = serde_json::to_vec(&answer).unwrap_or_default();
        Data::read(&body, &label)
    }
}
