//! Reads: retried until they are answered, a few at a time.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Client, Request, Sent};
use crate::forge::error::{ForgeError, ForgeErrorKind};
use crate::forge::governor::{Budget, Cost};
use crate::forge::graphql::Data;

impl Client {
    /// Requests a path and parses the answer.
    ///
    /// # Errors
    /// When it does not exist, may not be read, or cannot be parsed.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ForgeError> {
        let request = self.rest(http::Method::GET, path, None, Cost::READ);
        let body = self.read(&request).await?;
        self.parsed(&request, &body)
    }

    /// Like [`Client::get`], but `None` when it does not exist or may not be read.
    ///
    /// # Errors
    /// When the request fails or the answer cannot be parsed.
    pub async fn find<T: DeserializeOwned>(&self, path: &str) -> Result<Option<T>, ForgeError> {
        match self.get(path).await {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A header of the answer, if present: some facts are only reported in headers.
    ///
    /// # Errors
    /// As for [`Client::get`].
    pub(in crate::forge) async fn header(
        &self,
        path: &str,
        name: &str,
    ) -> Result<Option<String>, ForgeError> {
        let request = self.rest(http::Method::GET, path, None, Cost::READ);
        match self.send(&request, None).await? {
            Sent::Answer(answer) => Ok(answer.header(name).map(str::to_owned)),
            Sent::Unchanged => Ok(None),
            Sent::Doubtful(error) => Err(error),
        }
    }

    /// Reads the entries of a paginated listing, at most `at_most`. `key` names the list in answers that wrap it; pages
    /// are addressed by number.
    ///
    /// # Errors
    /// As for [`Client::get`].
    pub async fn list<T: DeserializeOwned>(
        &self,
        path: &str,
        key: Option<&str>,
        at_most: usize,
    ) -> Result<Vec<T>, ForgeError> {
        // 100 is the forge's largest page. Use a smaller one where less is wanted, since entries can be large.
        let size = at_most.clamp(1, 100);
        let sign = if path.contains('?') { '&' } else { '?' };
        let mut found = Vec::new();
        for page in 1.. {
            let path = format!("{path}{sign}per_page={size}&page={page}");
            let mut value: Value = self.get(&path).await?;
            let list = match key {
                Some(key) => value.get_mut(key).map(Value::take).unwrap_or_default(),
                None => value,
            };
            let request = self.rest(http::Method::GET, &path, None, Cost::READ);
            let entries: Vec<T> = serde_json::from_value(list)
                .map_err(|error| self.unread(&request.label, &error))?;
            let count = entries.len();
            found.extend(entries);
            if count < size || found.len() >= at_most {
                break;
            }
        }
        found.truncate(at_most);
        Ok(found)
    }

    /// Sends a read-only GraphQL document. Returns the data and errors of the answer.
    ///
    /// # Errors
    /// When the document is a mutation, which is never sent, or there is no answer.
    pub async fn query(
        &self,
        name: &str,
        text: &str,
        variables: &Value,
    ) -> Result<Data, ForgeError> {
        let request =
            self.document(name, text, variables, Cost { budget: Budget::Graphql, ..Cost::READ });
        let body = self.read(&request).await?;
        self.data(&request.label, &body)
    }

    /// Like [`Client::query`], but without retries when the forge is in trouble: for documents that the caller can
    /// split, and asks for again itself (`scan::batch`).
    ///
    /// # Errors
    /// As for [`Client::query`].
    pub(in crate::forge) async fn query_once(
        &self,
        name: &str,
        text: &str,
        variables: &Value,
    ) -> Result<Data, ForgeError> {
        let cost = Cost { budget: Budget::Graphql, ..Cost::READ };
        let mut request = self.document(name, text, variables, cost);
        request.attempts = Some(1);
        let body = self.read(&request).await?;
        self.data(&request.label, &body)
    }

    /// Waits before a read is sent again that was not answered.
    pub(in crate::forge) async fn pause_unanswered(&self, label: &str, attempt: u32) {
        self.pause(label, attempt, "the forge did not answer").await;
    }

    /// Sends a read until it is answered. Returns the body.
    async fn read(&self, request: &Request) -> Result<Vec<u8>, ForgeError> {
        // As a read, a mutation would pass by the permitted repositories and `--read-only`, and be repeated blindly.
        if request.is_mutation {
            return Err(ForgeError::new(
                ForgeErrorKind::Forbidden,
                &request.label,
                "a mutation is a write and cannot be sent as a query; nothing was sent",
            ));
        }
        let _seat = self.0.reads.acquire().await.map_err(|_| {
            ForgeError::new(ForgeErrorKind::Unavailable, &request.label, "the run is ending")
        })?;
        let kept = if request.is_document { None } else { self.0.cache.answer(&request.path) };
        let attempts = request.attempts.unwrap_or_else(|| self.limits().attempts).max(1);
        let mut last = None;
        for attempt in 0..attempts {
            match self.send(request, kept.as_ref()).await? {
                Sent::Answer(answer) => {
                    let is_kept = !request.is_document && !self.sent_secrets().are_in(&answer.body);
                    if let Some(etag) = answer.header("etag").filter(|_| is_kept) {
                        self.0.cache.keep_answer(&request.path, etag, &answer.body);
                    }
                    return Ok(answer.body);
                }
                Sent::Unchanged => {
                    if let Some(kept) = kept {
                        return Ok(kept.body);
                    }
                }
                // The next answer would be as large.
                Sent::Doubtful(error) if error.is_too_much => return Err(error),
                Sent::Doubtful(error) => last = Some(error),
            }
            if attempt + 1 < attempts {
                self.pause_unanswered(&request.label, attempt).await;
            }
        }
        Err(last.unwrap_or_else(|| {
            ForgeError::new(
                ForgeErrorKind::Unintelligible,
                &request.label,
                "it answered that nothing changed, but nothing was cached",
            )
        }))
    }

    pub(super) fn parsed<T: DeserializeOwned>(
        &self,
        request: &Request,
        body: &[u8],
    ) -> Result<T, ForgeError> {
        serde_json::from_slice(body).map_err(|error| self.unread(&request.label, &error))
    }

    /// Parses the answer to a document.
    pub(super) fn data(&self, label: &str, body: &[u8]) -> Result<Data, ForgeError> {
        let data = Data::read(body).map_err(|error| self.unread(label, &error))?;
        Ok(data.masked(&self.sent_secrets()))
    }

    /// The failure to parse an answer; the parser's message may quote it.
    fn unread(&self, label: &str, error: &serde_json::Error) -> ForgeError {
        let said = format!("its answer cannot be understood: {error}");
        ForgeError::new(ForgeErrorKind::Unintelligible, label, self.sent_secrets().masked(&said))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use serde_json::json;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;
    use crate::forge::ForgeAddress;
    use crate::forge::client::Options;
    use crate::forge::credential::Credential;
    use crate::forge::transport::MAX_DOCUMENT_BYTES;

    #[tokio::test]
    async fn an_answer_that_is_too_large_is_not_asked_for_again() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let asked = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::Relaxed);
                let _ = stream.read(&mut [0; 4096]).await;
                let length = MAX_DOCUMENT_BYTES + 1;
                let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n");
                let _ = stream.write_all(head.as_bytes()).await;
                // Until the client hangs up.
                while stream.write_all(&[b' '; 65_536]).await.is_ok() {}
            }
        });
        let address = ForgeAddress::parse(&address).expect("an address");
        let client = Client::new(Options::new(address, Credential::Anonymous)).expect("a client");
        let error = client.query("files", "{ viewer { login } }", &json!({})).await;
        let error = error.expect_err("too large");
        assert!(error.is_too_much && error.said.contains("has more than"), "{error:?}");
        assert!(error.hint.is_some_and(|hint| hint.contains("asking again does not help")));
        assert_eq!(asked.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn a_mutation_is_never_sent_as_a_query() {
        // Nothing listens there: a request that is sent fails in another way.
        let address = ForgeAddress::parse("http://127.0.0.1:1").expect("an address");
        let client = Client::new(Options::new(address, Credential::Anonymous)).expect("a client");
        let text = "mutation remove($input: UpdateRefsInput!) { updateRefs(input: $input) { x } }";
        let errors = [
            client.query("remove", text, &json!({})).await.expect_err("refused"),
            client.query_once("remove", text, &json!({})).await.expect_err("refused"),
        ];
        for error in errors {
            assert_eq!(error.kind, ForgeErrorKind::Forbidden);
            assert!(error.said.contains("cannot be sent as a query"), "{error:?}");
        }
    }
}
