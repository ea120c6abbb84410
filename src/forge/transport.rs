//! One HTTP exchange, within bounds on time and size.
//!
//! octocrab authenticates and sends through our own HTTP client, which honours proxies, follows no redirects and
//! retries nothing: how to react to redirects and failures is decided by the caller. Error messages contain nothing of
//! the request that could be secret.

use std::error::Error as _;
use std::time::Duration;

use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http_body_util::BodyExt as _;
use octocrab::Octocrab;

use super::{ForgeAddress, Token};
use crate::error::{Error, Result};

/// The version of GitHub's REST API that this client uses.
const API_VERSION: &str = "2022-11-28";
/// The timeout for connecting.
const CONNECT: Duration = Duration::from_secs(10);
/// The timeout between two chunks of an answer.
const SILENCE: Duration = Duration::from_secs(30);
/// The timeout for a whole answer.
const WHOLE: Duration = Duration::from_secs(120);
/// The most bytes of an answer that are read. Blobs of up to 100 MB, in base64, would exceed it; none that large are
/// fetched.
pub(super) const MAX_BYTES: usize = 128 << 20;

/// The same for a GraphQL answer, which is parsed into a tree that can take twelve times as much memory.
pub(super) const MAX_DOCUMENT_BYTES: usize = 32 << 20;

/// A request to send.
#[derive(Clone, Debug)]
pub(super) struct Sending<'a> {
    pub(super) method: http::Method,
    /// The path and query, from the root of the host.
    pub(super) path: &'a str,
    pub(super) body: Option<&'a str>,
    /// The ETag of the cached answer.
    pub(super) etag: Option<&'a str>,
    /// The most bytes of the answer to read.
    pub(super) at_most: usize,
}

/// An answer.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// The text of a header.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Lost {
    /// The request was never sent, so retrying is safe.
    NotSent(String),
    /// The request may have taken effect.
    Unanswered(String),
    /// The same, since the answer is larger than what is read of one.
    TooLarge(String),
}

/// An HTTP connection to a forge with fixed credentials.
#[derive(Clone)]
pub(super) struct Transport {
    octocrab: Octocrab,
}

impl std::fmt::Debug for Transport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transport").finish_non_exhaustive()
    }
}

/// The HTTP client that all credentials of a run share.
pub(super) fn http_client(address: &ForgeAddress) -> Result<reqwest::Client> {
    // Fails if another part of the process has already installed a provider, which is fine.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .connect_timeout(CONNECT)
        .read_timeout(SILENCE);
    if address.is_this_machine() {
        builder = builder.no_proxy();
    }
    builder.build().map_err(|error| {
        Error::failed("cannot prepare requests to the forge")
            .caused_by(error.without_url())
            .hint("are the certificates of this machine's authorities installed?")
    })
}

impl Transport {
    /// Creates a transport with or without a token. Requires a Tokio runtime.
    pub(super) fn new(
        http: &reqwest::Client,
        address: &ForgeAddress,
        token: Option<&str>,
    ) -> Result<Self> {
        let failed = |cause: String| {
            Error::failed(format!("cannot prepare requests to {address}")).caused_by(cause)
        };
        let mut builder = Octocrab::builder()
            .base_uri(address.origin())
            .map_err(|error| failed(error.to_string()))?
            .add_header(
                header::USER_AGENT,
                concat!("shipshape/", env!("CARGO_PKG_VERSION")).to_owned(),
            )
            .add_header(HeaderName::from_static("x-github-api-version"), API_VERSION.to_owned());
        if let Some(token) = token {
            builder = builder.personal_token(token.to_owned());
        }
        let octocrab =
            builder.build_with_reqwest(http.clone()).map_err(|error| failed(error.to_string()))?;
        Ok(Self { octocrab })
    }

    pub(super) fn of_token(
        http: &reqwest::Client,
        address: &ForgeAddress,
        token: &Token,
    ) -> Result<Self> {
        Self::new(http, address, Some(token.secret()))
    }

    /// Sends one request.
    pub(super) async fn exchange(
        &self,
        sending: &Sending<'_>,
    ) -> std::result::Result<Answer, Lost> {
        let unsent = |what: &str| Lost::NotSent(what.to_owned());
        let mut request = http::Request::builder()
            .method(sending.method.clone())
            .uri(sending.path)
            .header(header::ACCEPT, "application/vnd.github+json");
        if let Some(etag) = sending.etag.and_then(|etag| HeaderValue::from_str(etag).ok()) {
            request = request.header(header::IF_NONE_MATCH, etag);
        }
        let body = match sending.body {
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                body.to_owned()
            }
            None => String::new(),
        };
        let request = request.body(body).map_err(|_| unsent("its address is not valid"))?;
        let whole = async {
            let response = self.octocrab.execute(request).await.map_err(|error| lost(&error))?;
            let (parts, mut body) = response.into_parts();
            let mut bytes = Vec::new();
            while let Some(frame) = body.frame().await {
                let frame = frame.map_err(|error| lost(&error))?;
                let Ok(piece) = frame.into_data() else { continue };
                if bytes.len() + piece.len() > sending.at_most {
                    let most = sending.at_most;
                    return Err(Lost::TooLarge(format!("its answer has more than {most} bytes")));
                }
                bytes.extend_from_slice(&piece);
            }
            Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, body: bytes })
        };
        match tokio::time::timeout(WHOLE, whole).await {
            Ok(answer) => answer,
            Err(_) => Err(Lost::Unanswered("it did not answer in time".to_owned())),
        }
    }
}

/// Classifies a request without an answer; only a failed connection proves that it had no effect.
fn lost(error: &octocrab::Error) -> Lost {
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(inner) = inner.downcast_ref::<reqwest::Error>() {
            let what = chain(inner);
            return if inner.is_connect() { Lost::NotSent(what) } else { Lost::Unanswered(what) };
        }
        cause = inner.source();
    }
    Lost::Unanswered("its answer broke off".to_owned())
}

/// The innermost cause; the outer ones repeat the address and add little.
fn chain(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "it did not answer in time".to_owned();
    }
    let mut said = None;
    let mut cause = error.source();
    while let Some(inner) = cause {
        said = Some(inner.to_string());
        cause = inner.source();
    }
    said.unwrap_or_else(|| "the connection failed".to_owned())
}
