//! One GET: time-outs, bounds, redirects by hand, retries.
//!
//! In: an [`Ask`] and a [`Sink`]. Out: an [`Answer`] whose body is in the sink, or a [`Fault`]. Nothing
//! of a request that may be secret stands in a fault.

use std::error::Error as _;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{self, HeaderMap};
use reqwest::{Client, Response};
use url::Url;

use super::address::{IndexAddress, is_this_machine, shown};
use super::client::Credentials;
use super::guard::{Guard, Resolver};
use crate::error::{Error, Result};

/// How long and how much.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// To make a connection.
    pub connect: Duration,
    /// Between two pieces of an answer.
    pub silence: Duration,
    /// For one whole answer.
    pub whole: Duration,
    /// For one thing that is asked for, all attempts and pauses together.
    pub total: Duration,
    /// After this long it is said that an answer takes its time.
    pub patience: Duration,
    /// Bytes of a page, unpacked.
    pub page_bytes: u64,
    /// Bytes of a file.
    pub file_bytes: u64,
    /// Redirects that are followed.
    pub redirects: usize,
    /// How often one thing is asked for.
    pub attempts: u32,
    /// Before the second attempt; it doubles.
    pub pause: Duration,
    /// A server that asks for a longer pause is not waited for.
    pub longest_pause: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            silence: Duration::from_secs(30),
            whole: Duration::from_secs(300),
            total: Duration::from_secs(300),
            patience: Duration::from_secs(3),
            page_bytes: 64 << 20,
            file_bytes: 512 << 20,
            redirects: 5,
            attempts: 4,
            pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(60),
        }
    }
}

/// Who is told, a line each, that an answer takes its time: requests say nothing themselves.
#[derive(Clone)]
pub struct Listener(Arc<dyn Fn(&str) + Send + Sync>);

impl Listener {
    /// Whoever does this with a line.
    pub fn new(told: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self(Arc::new(told))
    }

    fn tell(&self, line: &str) {
        (self.0)(line);
    }
}

/// Nobody.
impl Default for Listener {
    fn default() -> Self {
        Self::new(|_| {})
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listener")
    }
}

/// What is asked for.
pub(super) struct Ask<'a> {
    pub(super) url: &'a Url,
    pub(super) accept: &'a str,
    /// The marks of what is at hand already.
    pub(super) etag: Option<&'a str>,
    pub(super) modified: Option<&'a str>,
    pub(super) bound: u64,
}

/// What came back.
pub(super) struct Answer {
    pub(super) status: u16,
    /// Where it came from in the end.
    pub(super) url: Url,
    pub(super) content_type: String,
    pub(super) etag: Option<String>,
    pub(super) modified: Option<String>,
}

/// Where a body goes; it begins anew when an attempt is repeated.
pub(super) trait Sink {
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
pub(super) enum Fault {
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
    #[error("it answered {0}")]
    Status(u16, Option<Duration>),
    #[error("what it sent cannot be kept: {0}")]
    Unwritable(io::Error),
}

impl Fault {
    fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::Late | Self::Cut(_) => true,
            Self::Status(status, _) => *status == 429 || *status >= 500,
            _ => false,
        }
    }
}

pub(super) struct Transport {
    client: Client,
    /// For this machine, which no proxy leads to.
    direct: Client,
    guard: Arc<Guard>,
    home: IndexAddress,
    credentials: Option<Credentials>,
    limits: Limits,
    listener: Listener,
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport").field("home", &self.home).finish_non_exhaustive()
    }
}

impl Transport {
    pub(super) fn new(
        home: &IndexAddress,
        credentials: Option<Credentials>,
        limits: Limits,
        listener: Listener,
    ) -> Result<Self> {
        // Another part of the process may have chosen a provider already: then that one serves.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let guard = Guard::of(home);
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
                Error::failed("cannot prepare requests to the package index")
                    .caused_by(chain(&error))
                    .hint("are the certificates of this machine's authorities installed?")
            })
        };
        let client = built(builder())?;
        let direct = built(builder().no_proxy())?;
        let home = home.clone();
        Ok(Self { client, direct, guard, home, credentials, limits, listener })
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Asks, and asks again where the fault may pass; not for ever, and not in silence.
    pub(super) async fn get(
        &self,
        ask: &Ask<'_>,
        sink: &mut dyn Sink,
    ) -> std::result::Result<Answer, Fault> {
        let Limits { total, patience, .. } = self.limits;
        let asked = tokio::time::timeout(total, self.insist(ask, sink));
        tokio::pin!(asked);
        let ended = match tokio::time::timeout(patience, &mut asked).await {
            Ok(ended) => ended,
            Err(_) => {
                self.listener.tell(&format!("waiting for {} …", shown(ask.url)));
                asked.await
            }
        };
        ended.unwrap_or(Err(Fault::TooLate(total)))
    }

    async fn insist(
        &self,
        ask: &Ask<'_>,
        sink: &mut dyn Sink,
    ) -> std::result::Result<Answer, Fault> {
        let mut pause = self.limits.pause;
        let mut attempt = 1;
        loop {
            let once = tokio::time::timeout(self.limits.whole, self.once(ask, sink)).await;
            let fault = match once {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(fault)) => fault,
                Err(_) => Fault::Late,
            };
            if attempt >= self.limits.attempts || !fault.is_passing() {
                return Err(fault);
            }
            let asked = match &fault {
                Fault::Status(_, wait) => *wait,
                _ => None,
            };
            if asked.is_some_and(|wait| wait > self.limits.longest_pause) {
                return Err(fault);
            }
            attempt += 1;
            let wait = asked.unwrap_or(pause);
            self.listener.tell(&format!(
                "{}: {fault}; it is asked again in {:.1} s (attempt {attempt} of {})",
                shown(ask.url),
                wait.as_secs_f32(),
                self.limits.attempts
            ));
            tokio::time::sleep(wait).await;
            pause *= 2;
        }
    }

    async fn once(&self, ask: &Ask<'_>, sink: &mut dyn Sink) -> std::result::Result<Answer, Fault> {
        let mut url = ask.url.clone();
        for _ in 0..=self.limits.redirects {
            self.guard.permits(&url).map_err(|why| Fault::Refused(shown(&url), why))?;
            let response = self.send(ask, &url).await?;
            let status = response.status().as_u16();
            if matches!(status, 301 | 302 | 303 | 307 | 308) {
                let next = text_of(response.headers(), &header::LOCATION);
                let next = next.and_then(|next| url.join(&next).ok()).ok_or(Fault::Nowhere)?;
                if next.scheme() != url.scheme() {
                    let why = "is of another scheme than what redirects to it".to_owned();
                    return Err(Fault::Refused(shown(&next), why));
                }
                url = next;
                continue;
            }
            if status != 200 && status != 304 {
                let wait = text_of(response.headers(), &header::RETRY_AFTER);
                let wait = wait.and_then(|wait| wait.trim().parse().ok()).map(Duration::from_secs);
                return Err(Fault::Status(status, wait));
            }
            let headers = response.headers();
            let answer = Answer {
                status,
                url,
                content_type: text_of(headers, &header::CONTENT_TYPE).unwrap_or_default(),
                etag: text_of(headers, &header::ETAG),
                modified: text_of(headers, &header::LAST_MODIFIED),
            };
            if status == 200 {
                drain(response, ask.bound, sink).await?;
            }
            return Ok(answer);
        }
        Err(Fault::Redirects(self.limits.redirects))
    }

    async fn send(&self, ask: &Ask<'_>, url: &Url) -> std::result::Result<Response, Fault> {
        let client = if is_this_machine(url) { &self.direct } else { &self.client };
        let mut request = client.get(url.clone()).header(header::ACCEPT, ask.accept);
        if let Some(etag) = ask.etag {
            request = request.header(header::IF_NONE_MATCH, etag);
        }
        if let Some(modified) = ask.modified {
            request = request.header(header::IF_MODIFIED_SINCE, modified);
        }
        if let Some(known) = self.credentials.as_ref().filter(|_| self.home.is_home_of(url)) {
            request = request.basic_auth(known.username(), Some(known.password()));
        }
        request.send().await.map_err(|error| {
            let error = error.without_url();
            if error.is_timeout() { Fault::Late } else { Fault::Unreachable(chain(&error)) }
        })
    }
}

async fn drain(
    mut response: Response,
    bound: u64,
    sink: &mut dyn Sink,
) -> std::result::Result<(), Fault> {
    if response.content_length().is_some_and(|length| length > bound) {
        return Err(Fault::TooLarge(bound));
    }
    sink.begin().map_err(Fault::Unwritable)?;
    let mut taken: u64 = 0;
    loop {
        let piece = response.chunk().await.map_err(|error| {
            let error = error.without_url();
            if error.is_timeout() { Fault::Late } else { Fault::Cut(chain(&error)) }
        })?;
        let Some(piece) = piece else { return Ok(()) };
        taken += piece.len() as u64;
        if taken > bound {
            return Err(Fault::TooLarge(bound));
        }
        sink.take(&piece).map_err(Fault::Unwritable)?;
    }
}

fn text_of(headers: &HeaderMap, name: &header::HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

/// An error with its causes: the outermost says only that sending failed.
fn chain(error: &reqwest::Error) -> String {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        said.push_str(": ");
        said.push_str(&inner.to_string());
        cause = inner.source();
    }
    said
}
