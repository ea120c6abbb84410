//! One GET: time-outs, bounds, redirects by hand, retries.
//!
//! In: an [`Ask`] and a [`Sink`]. Out: an [`Answer`] whose body is in the sink, or a [`Fault`].

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use reqwest::{Method, Response, header};
use url::Url;

use super::address::{is_this_machine, shown};
use super::asking::{Answer, Ask, Fault, Sink};
use super::limits::Limits;
use super::proxy::with_proxy;
use super::transport::{Transport, chain, text_of};

/// Registries say the digest of a manifest in this one (OCI distribution specification 1.1).
const DIGEST: header::HeaderName = header::HeaderName::from_static("docker-content-digest");

impl Transport {
    /// Asks, and asks again where the fault may pass; not for ever, and not in silence.
    pub(crate) async fn get(&self, ask: &Ask<'_>, sink: &mut dyn Sink) -> Result<Answer, Fault> {
        self.ask(&Method::GET, ask, sink).await
    }

    /// The same, for what is said of a thing and not the thing itself.
    pub(crate) async fn head(&self, ask: &Ask<'_>) -> Result<Answer, Fault> {
        self.ask(&Method::HEAD, ask, &mut Vec::new()).await
    }

    async fn ask(
        &self,
        method: &Method,
        ask: &Ask<'_>,
        sink: &mut dyn Sink,
    ) -> Result<Answer, Fault> {
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
    ) -> Result<Answer, Fault> {
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
                "{}: {fault}; retrying in {:.1} s (attempt {attempt} of {})",
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
    ) -> Result<Answer, Fault> {
        let mut url = ask.url.clone();
        let unrepeated = |text: String| match ask.authorization {
            Some(known) => known.sent.masked(&text),
            None => text,
        };
        let refused = |url: &Url, why: String| Fault::Refused(unrepeated(shown(url)), why);
        for _ in 0..=self.limits.redirects {
            self.guard.permits(&url).map_err(|why| refused(&url, why))?;
            let response = self.send(method, ask, &url).await?;
            let status = response.status().as_u16();
            if matches!(status, 301 | 302 | 303 | 307 | 308) {
                let next = text_of(response.headers(), &header::LOCATION);
                let next = next.and_then(|next| url.join(&next).ok()).ok_or(Fault::Nowhere)?;
                if next.scheme() != url.scheme() {
                    let why =
                        "has a different scheme from the address that redirects to it".to_owned();
                    return Err(refused(&next, why));
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

    async fn send(&self, method: &Method, ask: &Ask<'_>, url: &Url) -> Result<Response, Fault> {
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

async fn drain(mut response: Response, bound: u64, sink: &mut dyn Sink) -> Result<(), Fault> {
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
