//! GET and HEAD requests: timeouts, limits, manual redirects, retries.
//!
//! An [`Ask`](super::Ask) results in an [`Answer`](super::Answer) with its body in a [`Sink`](super::Sink), or in a
//! [`Fault`](super::Fault) without secrets of the request.

use std::error::Error as _;
use std::fmt;
use std::sync::Arc;

use reqwest::Client;
use reqwest::header::{self, HeaderMap};
use url::Url;

use super::guard::{Guard, Resolver};
use super::limits::{Limits, Listener};
use crate::error::{Error, Result};

pub(crate) struct Transport {
    pub(super) client: Client,
    /// The client for this machine, which bypasses proxies.
    pub(super) direct: Client,
    pub(super) guard: Arc<Guard>,
    pub(super) limits: Limits,
    pub(super) listener: Listener,
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport").field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl Transport {
    /// Creates a transport for a server and those that it leads to. `what` names the server in messages; `listener` is
    /// notified of slow responses.
    pub(crate) fn new(
        server: &Url,
        what: &str,
        limits: Limits,
        listener: Listener,
    ) -> Result<Self> {
        // Another part of the process may have installed a provider already, which then is used.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let guard = Guard::of(server);
        let builder = || {
            Client::builder()
                .user_agent(concat!("shipshape/", env!("CARGO_PKG_VERSION")))
                .redirect(reqwest::redirect::Policy::none())
                .connect_timeout(limits.connect)
                .read_timeout(limits.silence)
                .dns_resolver(Arc::new(Resolver(Arc::clone(&guard))))
        };
        let built = |builder: reqwest::ClientBuilder| {
            builder.build().map_err(|error| {
                Error::failed(format!("cannot prepare requests to the {what}"))
                    .caused_by(chain(&error))
                    .hint("are the certificates of this machine's authorities installed?")
            })
        };
        let client = built(builder())?;
        let direct = built(builder().no_proxy())?;
        Ok(Self { client, direct, guard, limits, listener })
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }
}

pub(super) fn text_of(headers: &HeaderMap, name: &header::HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

/// Why sending failed: the innermost cause, and those around it that are informative.
pub(super) fn chain(error: &reqwest::Error) -> String {
    let mut said = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(inner) = cause {
        said.push(inner.to_string());
        cause = inner.source();
    }
    let last = said.len() - 1;
    let says_more = |(at, what): (usize, &String)| at == last || !is_frame(what);
    let kept = said.iter().enumerate().filter(|(at, what)| says_more((*at, what)));
    kept.map(|(_, what)| what.as_str()).collect::<Vec<_>>().join(": ")
}

/// Whether a message is one that the client's layers wrap around every cause.
fn is_frame(what: &str) -> bool {
    const FRAMES: [&str; 5] = [
        "error sending request",
        "client error (",
        "connection error",
        "tcp connect error",
        "error decoding response body",
    ];
    FRAMES.iter().any(|frame| what.starts_with(frame))
}
