//! One GET: time-outs, bounds, redirects by hand, retries.
//!
//! In: an [`Ask`] and a [`Sink`]. Out: an [`Answer`] whose body is in the sink, or a [`Fault`]. Nothing
//! of a request that may be secret stands in a fault.

use std::error::Error as _;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use base64::Engine as _;
use reqwest::header::{self, HeaderMap, HeaderValue};
use reqwest::{Client, Method, Response};
use url::Url;

use super::address::{is_this_machine, shown};
use super::guard::{Guard, Resolver};
use crate::error::{Error, Result};

/// Registries say the digest of a manifest in this one (OCI distribution specification 1.1).
const DIGEST: header::HeaderName = header::HeaderName::from_static("docker-content-digest");

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
    fn is_passing(&self) -> bool {
        match self {
            // Who is not trusted now is not trusted in a second.
            Self::Unreachable(why) => !why.contains("certificate"),
            Self::Late | Self::Cut(_) => true,
            Self::Status { code, .. } => *code == 429 || *code >= 500,
            _ => false,
        }
    }
}

pub(crate) struct Transport {
    pub(super) client: Client,
    /// For this machine, which no proxy leads to.
    pub(super) direct: Client,
    pub(super) guard: Arc<Guard>,
    pub(super) limits: Limits,
    listener: Listener,
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport").field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl Transport {
    /// Requests to a server, and to those that it leads to. `what` is what a person calls it;
    /// `listener` is told when it takes long.
    pub(crate) fn new(
        server: &Url,
        what: &str,
        limits: Limits,
        listener: Listener,
    ) -> Result<Self> {
        // Another part of the process may have chosen a provider already: then that one serves.
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

    /// Asks, and asks again where the fault may pass; not for ever, and not in silence.
    pub(crate) async fn get(
        &self,
        ask: &Ask<'_>,
        sink: &mut dyn Sink,
    ) -> std::result::Result<Answer, Fault> {
        self.ask(&Method::GET, ask, sink).await
    }

    /// The same, for what is said of a thing and not the thing itself.
    pub(crate) async fn head(&self, ask: &Ask<'_>) -> std::result::Result<Answer, Fault> {
        self.ask(&Method::HEAD, ask, &mut Vec::new()).await
    }

    async fn ask(
        &self,
        method: &Method,
        ask: &Ask<'_>,
        sink: &mut dyn Sink,
    ) -> std::result::Result<Answer, Fault> {
        let Limits { total, patience, .. } = self.limits;
        // Who was told that it is asked again knows that it takes its time.
        let told = AtomicBool::new(false);
        let asked = tokio::time::timeout(total, self.insist(method, ask, sink, &told));
        tokio::pin!(asked);
        let ended = match tokio::time::timeout(patience, &mut asked).await {
            Ok(ended) => ended,
            Err(_) => {
                if !told.load(Ordering::Relaxed) {
                    self.listener.tell(&format!("waiting for {} …", shown(ask.url)));
                }
                asked.await
            }
        };
        ended.unwrap_or(Err(Fault::TooLate(total)))
    }

    async fn insist(
        &self,
        method: &Method,
        ask: &Ask<'_>,
        sink: &mut dyn Sink,
        told: &AtomicBool,
    ) -> std::result::Result<Answer, Fault> {
        let mut pause = self.limits.pause;
        let mut attempt = 1;
        loop {
            let once = tokio::time::timeout(self.limits.whole, self.once(method, ask, sink)).await;
            let fault = match once {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(fault)) => fault,
                Err(_) => Fault::Late,
            };
            if attempt >= self.limits.attempts || !fault.is_passing() {
                return Err(fault);
            }
            let asked = match &fault {
                Fault::Status { wait, .. } => *wait,
                _ => None,
            };
            if asked.is_some_and(|wait| wait > self.limits.longest_pause) {
                return Err(fault);
            }
            attempt += 1;
            let wait = asked.unwrap_or(pause);
            told.store(true, Ordering::Relaxed);
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

    async fn once(
        &self,
        method: &Method,
        ask: &Ask<'_>,
        sink: &mut dyn Sink,
    ) -> std::result::Result<Answer, Fault> {
        let mut url = ask.url.clone();
        for _ in 0..=self.limits.redirects {
            self.guard.permits(&url).map_err(|why| Fault::Refused(shown(&url), why))?;
            let response = self.send(method, ask, &url).await?;
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
                let challenge = text_of(response.headers(), &header::WWW_AUTHENTICATE);
                return Err(Fault::Status { code: status, wait, challenge });
            }
            let headers = response.headers();
            let answer = Answer {
                status,
                url,
                content_type: text_of(headers, &header::CONTENT_TYPE).unwrap_or_default(),
                etag: text_of(headers, &header::ETAG),
                modified: text_of(headers, &header::LAST_MODIFIED),
                digest: text_of(headers, &DIGEST),
            };
            if status == 200 && method == Method::GET {
                drain(response, ask.bound, sink).await?;
            }
            return Ok(answer);
        }
        Err(Fault::Redirects(self.limits.redirects))
    }

    async fn send(
        &self,
        method: &Method,
        ask: &Ask<'_>,
        url: &Url,
    ) -> std::result::Result<Response, Fault> {
        let client = if is_this_machine(url) { &self.direct } else { &self.client };
        let request = client.request(method.clone(), url.clone());
        let mut request = request.header(header::ACCEPT, ask.accept);
        if let Some(etag) = ask.etag {
            request = request.header(header::IF_NONE_MATCH, etag);
        }
        if let Some(modified) = ask.modified {
            request = request.header(header::IF_MODIFIED_SINCE, modified);
        }
        if let Some(known) = ask.authorization.filter(|known| known.server == url.origin()) {
            request = request.header(header::AUTHORIZATION, known.value.clone());
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

pub(super) fn text_of(headers: &HeaderMap, name: &header::HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

/// Why sending failed: the innermost cause, with those around it that say more than that sending failed.
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

/// What the layers of the client put around a cause, which tells nobody anything.
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
