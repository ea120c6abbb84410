//! One POST: sent once, and never again by itself.
//!
//! In: a [`Post`]. Out: what was [`Heard`], whatever its status, or a [`Fault`]. A fault does not say that
//! nothing was done: the answer may have been lost, so whoever asked looks first before it is sent again.
//! A redirect is not followed: what is sent goes where a person said, and nowhere else.

use std::time::Duration;

use reqwest::header;
use url::Url;

use super::address::{is_this_machine, shown};
use super::asking::{Authorization, Fault};
use super::transport::{Transport, chain, text_of};

/// What is sent.
pub(crate) struct Post<'a> {
    pub(crate) url: &'a Url,
    /// The media types that the answer may have.
    pub(crate) accept: &'a str,
    pub(crate) content_type: &'a str,
    /// What the server wants to see.
    pub(crate) authorization: Option<&'a Authorization>,
    pub(crate) body: Vec<u8>,
    /// Bytes of the answer that are read; what follows is left.
    pub(crate) bound: usize,
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    /// How long it asks to wait.
    pub(crate) wait: Option<Duration>,
    /// The answer, as far as it was read.
    pub(crate) body: Vec<u8>,
}

impl Transport {
    /// Sends it once.
    pub(crate) async fn post(&self, post: Post<'_>) -> Result<Heard, Fault> {
        self.guard.permits(post.url).map_err(|why| Fault::Refused(shown(post.url), why))?;
        let sent = tokio::time::timeout(self.limits.whole, self.post_once(post)).await;
        sent.unwrap_or(Err(Fault::Late))
    }

    async fn post_once(&self, post: Post<'_>) -> Result<Heard, Fault> {
        let client = if is_this_machine(post.url) { &self.direct } else { &self.client };
        let mut request = client
            .post(post.url.clone())
            .header(header::ACCEPT, post.accept)
            .header(header::CONTENT_TYPE, post.content_type);
        if let Some(known) = post.authorization.filter(|known| known.server == post.url.origin()) {
            request = request.header(header::AUTHORIZATION, known.value.clone());
        }
        let mut response = request.body(post.body).send().await.map_err(|error| {
            let error = error.without_url();
            if error.is_timeout() { Fault::Late } else { Fault::Unreachable(chain(&error)) }
        })?;
        let headers = response.headers();
        let wait = text_of(headers, &header::RETRY_AFTER);
        let mut heard = Heard {
            status: response.status().as_u16(),
            content_type: text_of(headers, &header::CONTENT_TYPE).unwrap_or_default(),
            wait: wait.and_then(|wait| wait.trim().parse().ok()).map(Duration::from_secs),
            body: Vec::new(),
        };
        while heard.body.len() < post.bound {
            match response.chunk().await {
                Ok(Some(piece)) => heard.body.extend_from_slice(&piece),
                Ok(None) => break,
                // The status is what counts; of a refusal the words are then cut short.
                Err(_) if heard.status >= 300 => break,
                Err(error) => return Err(Fault::Cut(chain(&error.without_url()))),
            }
        }
        heard.body.truncate(post.bound);
        Ok(heard)
    }
}
