//! What is asked for and what comes back, apart from how: an [`Ask`], an [`Answer`] or a [`Fault`], and the [`Sink`]
//! that a body goes into. Nothing of a request that may be secret stands in a fault.

use std::io;
use std::time::Duration;

use base64::Engine as _;
use reqwest::header::HeaderValue;
use url::Url;

/// What is asked for.
pub(crate) struct Ask<'a> {
    pub(crate) url: &'a Url,
    pub(crate) accept: &'a str,
    /// What the server wants to see.
    pub(crate) authorization: Option<&'a Authorization>,
    /// The marks of what is at hand already.
    pub(crate) etag: Option<&'a str>,
    pub(crate) modified: Option<&'a str>,
    pub(crate) bound: u64,
}

/// What one server wants to see of whoever asks; no other is shown it. Its debug output holds no secret.
#[derive(Debug)]
pub(crate) struct Authorization {
    pub(super) server: url::Origin,
    pub(super) value: HeaderValue,
}

impl Authorization {
    /// A name and a password for the server of an address.
    pub(crate) fn basic(server: &Url, username: &str, password: &str) -> Self {
        let encoded =
            base64::engine::general_purpose::STANDARD.encode(format!("{username}:{password}"));
        // Base64 has no character that a header may not hold.
        let value = HeaderValue::from_str(&format!("Basic {encoded}"));
        Self::of(server, value.unwrap_or(HeaderValue::from_static("Basic")))
    }

    /// A token for the server of an address; `None` when it holds what no header may.
    pub(crate) fn bearer(server: &Url, token: &str) -> Option<Self> {
        let value = HeaderValue::from_str(&format!("Bearer {token}")).ok()?;
        Some(Self::of(server, value))
    }

    fn of(server: &Url, mut value: HeaderValue) -> Self {
        value.set_sensitive(true);
        Self { server: server.origin(), value }
    }
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Where it came from in the end.
    pub(crate) url: Url,
    pub(crate) content_type: String,
    pub(crate) etag: Option<String>,
    pub(crate) modified: Option<String>,
    /// The digest of what was asked for (`Docker-Content-Digest`), as registries say it.
    pub(crate) digest: Option<String>,
}

/// Where a body goes; it begins anew when an attempt is repeated.
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

/// Why nothing came back.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error("`{0}` {1}")]
    Refused(String, String),
    #[error("it redirects more than {0} times")]
    Redirects(usize),
    #[error("it redirects to nowhere")]
    Nowhere,
    #[error("{0}")]
    Unreachable(String),
    #[error("it did not answer in time")]
    Late,
    #[error("it was waited for {} seconds, and no longer", .0.as_secs())]
    TooLate(Duration),
    #[error("the answer broke off: {0}")]
    Cut(String),
    #[error("the answer has more than {0} bytes")]
    TooLarge(u64),
    #[error("it answered {code}")]
    Status {
        code: u16,
        /// How long it asks to wait.
        wait: Option<Duration>,
        /// What it wants to see (`WWW-Authenticate`).
        challenge: Option<String>,
    },
    #[error("what it sent cannot be kept: {0}")]
    Unwritable(io::Error),
}

impl Fault {
    pub(super) fn is_passing(&self) -> bool {
        match self {
            // Who is not trusted now is not trusted in a second.
            Self::Unreachable(why) => !why.contains("certificate"),
            Self::Late | Self::Cut(_) => true,
            Self::Status { code, .. } => *code == 429 || *code >= 500,
            _ => false,
        }
    }
}
