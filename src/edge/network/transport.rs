//! GET and HEAD requests: timeouts, limits, manual redirects, retries.
//!
//! An [`Ask`] results in an [`Answer`] with its body in a [`Sink`], or in a [`Fault`] without secrets of the request.

use std::error::Error as _;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use reqwest::header::{self, HeaderMap};
use reqwest::{Client, Method, Response};
use url::Url;

use super::address::{is_this_machine, shown};
use super::asking::{Answer, Ask, Fault, Sink};
use super::guard::{Guard, Resolver};
use super::limits::{Limits, Listener};
use super::proxy::with_proxy;
use crate::error::{Error, Result};

/// The header in which registries send a manifest's digest (OCI distribution specification 1.1).
const DIGEST: header::HeaderName = header::HeaderName::from_static("docker-content-digest");

pub(crate) struct Transport {
    pub(super) client: Client,
    /// The client for this machine, which bypasses proxies.
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

    /// Sends a GET request, retrying transient faults within limits, and notifying the listener.
    pub(crate) async fn get(
        &self,
        ask: &Ask<'_>,
        sink: &mut dyn Sink,
    ) -> std::result::Result<Answer, Fault> {
        self.ask(&Method::GET, ask, sink).await
    }

    /// Like [`Self::get`], for the headers alone.
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
        // A notified retry already says that the response is slow.
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
            if error.is_timeout() {
                Fault::Late
            } else {
                Fault::Unreachable(with_proxy(chain(&error), url))
            }
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
