//! The types of a request: an [`Ask`], an [`Answer`] or a [`Fault`], and the [`Sink`] for a body. A fault contains no
//! secrets of the request.

use std::io;
use std::time::Duration;

use base64::Engine as _;
use reqwest::header::HeaderValue;
use url::Url;

use crate::source::secrets::SentSecrets;

/// A request.
pub(crate) struct Ask<'a> {
    pub(crate) url: &'a Url,
    pub(crate) accept: &'a str,
    /// The authorization for the server.
    pub(crate) authorization: Option<&'a Authorization>,
    /// The validators of a cached response.
    pub(crate) etag: Option<&'a str>,
    pub(crate) modified: Option<&'a str>,
    pub(crate) bound: u64,
}

/// The authorization for one server, never sent to another. Its debug output contains no secret.
#[derive(Debug)]
pub(crate) struct Authorization {
    pub(super) server: url::Origin,
    pub(super) value: HeaderValue,
    /// The password or token, to mask in what a server answers.
    pub(super) sent: SentSecrets,
}

impl Authorization {
    /// A user name and a password for the server of an address.
    pub(crate) fn basic(server: &Url, username: &str, password: &str) -> Self {
        let encoded =
            base64::engine::general_purpose::STANDARD.encode(format!("{username}:{password}"));
        // Base64 contains no character that is invalid in a header.
        let value = HeaderValue::from_str(&format!("Basic {encoded}"));
        let value = value.unwrap_or(HeaderValue::from_static("Basic"));
        Self::of(server, value, SentSecrets::of_basic(username, password))
    }

    /// A token for the server of an address; `None` if it is invalid in a header.
    pub(crate) fn bearer(server: &Url, token: &str) -> Option<Self> {
        let value = HeaderValue::from_str(&format!("Bearer {token}")).ok()?;
        Some(Self::of(server, value, SentSecrets::of(token)))
    }

    fn of(server: &Url, mut value: HeaderValue, sent: SentSecrets) -> Self {
        value.set_sensitive(true);
        Self { server: server.origin(), value, sent }
    }
}

/// A response.
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The final URL, after redirects.
    pub(crate) url: Url,
    pub(crate) content_type: String,
    pub(crate) etag: Option<String>,
    pub(crate) modified: Option<String>,
    /// The digest of the manifest, as sent by registries (`Docker-Content-Digest`).
    pub(crate) digest: Option<String>,
}

/// The destination of a body; `begin` is called again when an attempt is repeated.
pub(crate) trait Sink: Send {
    fn begin(&mut self) -> io::Result<()>;
    fn take(&mut self, bytes: &[u8]) -> io::Result<()>;
}

impl Sink for Vec<u8> {
    fn begin(&mut self) -> io::Result<()> {
        self.clear();
        Ok(())
    }

    fn take(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.extend_from_slice(bytes);
        Ok(())
    }
}

/// Why a request failed. Where it quotes the server, which may repeat what it was sent, the authorization of the request
/// is masked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error("`{0}` {1}")]
    Refused(String, String),
    #[error("it redirects more than {0} times")]
    Redirects(usize),
    #[error("it redirects without an address")]
    Nowhere,
    #[error("{0}")]
    Unreachable(String),
    #[error("it did not answer in time")]
    Late,
    #[error("it did not answer within {} seconds", .0.as_secs())]
    TooLate(Duration),
    #[error("the answer broke off: {0}")]
    Cut(String),
    #[error("the answer has more than {0} bytes")]
    TooLarge(u64),
    #[error("it answered {code}")]
    Status {
        code: u16,
        /// How long the server asks to wait.
        wait: Option<Duration>,
        /// The server's challenge (`WWW-Authenticate`).
        challenge: Option<String>,
    },
    #[error("its answer cannot be stored: {0}")]
    Unwritable(io::Error),
}

impl Fault {
    pub(super) fn is_passing(&self) -> bool {
        match self {
            // A certificate that is not trusted now will not be a second later.
            Self::Unreachable(why) => !why.contains("certificate"),
            Self::Late | Self::Cut(_) => true,
            Self::Status { code, .. } => *code == 429 || *code >= 500,
            _ => false,
        }
    }
}
