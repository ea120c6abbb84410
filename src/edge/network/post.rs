//! POST requests, which are sent once and never retried automatically.
//!
//! Returns what was [`Heard`], whatever its status, or a [`Fault`]. A fault does not mean that nothing was done, since
//! the response may have been lost: callers have to check before sending again. Redirects are not followed, so that the
//! content goes only to the address that the user gave.

use std::time::Duration;

use reqwest::header;
use url::Url;

use super::address::{is_this_machine, shown};
use super::asking::{Authorization, Fault};
use super::transport::{Transport, chain, text_of};

/// A request with content.
pub(crate) struct Post<'a> {
    pub(crate) url: &'a Url,
    /// The media types that the response may have.
    pub(crate) accept: &'a str,
    pub(crate) content_type: &'a str,
    /// The authorization for the server.
    pub(crate) authorization: Option<&'a Authorization>,
    pub(crate) body: Vec<u8>,
    /// Maximum number of bytes to keep of the response; the rest is dropped.
    pub(crate) bound: usize,
}

/// A response.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    /// How long the server asks to wait.
    pub(crate) wait: Option<Duration>,
    /// The body, up to the bound.
    pub(crate) body: Vec<u8>,
}

impl Transport {
    /// Sends a request once.
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
                // Of a refusal, the status is what counts; its message is truncated then.
                Err(_) if heard.status >= 300 => break,
                Err(error) => return Err(Fault::Cut(chain(&error.without_url()))),
            }
        }
        heard.body.truncate(post.bound);
        Ok(heard)
    }
}
