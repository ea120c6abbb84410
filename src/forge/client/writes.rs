//! Writes: one at a time, and never repeated before the result of a lost one has been looked up.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Client, Request, Sent};
use crate::fleet::RepositoryName;
use crate::forge::error::{ForgeError, ForgeErrorKind};
use crate::forge::graphql::Data;

impl Client {
    /// Writes to a repository. Checks that this is permitted, sends the request, and looks up the result if the answer
    /// was lost.
    ///
    /// `look_up` returns the result if the write has already taken effect, else `None`.
    ///
    /// # Errors
    /// When the write is not permitted, is refused, or its outcome remains unknown.
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
            self.pause(&request.label, attempt, "the forge did not say whether it was done").await;
            if let Some(done) = look_up().await? {
                return Ok(done);
            }
        }
        Err(last.unwrap_or_else(|| {
            ForgeError::new(ForgeErrorKind::Unavailable, &request.label, "it did not answer")
        }))
    }

    /// Sends a GraphQL mutation for a repository. Returns the data and errors of the answer.
    ///
    /// `look_up` is as for [`Client::write`], returning the data that the mutation would have returned.
    ///
    /// # Errors
    /// As for [`Client::write`].
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
        self.data(&label, &body)
    }
}
