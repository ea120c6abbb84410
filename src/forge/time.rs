//! The clock that the client waits on: this machine's, or the sandbox's.
//!
//! Rehearsing a thousand pull requests would take an hour of waiting in real time. In the sandbox's virtual time a wait
//! costs nothing: each client reports how long it wants to sleep, and the sandbox advances its clock once all clients
//! sleep. Only a forge on this machine may set the time.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The clock of a client.
#[derive(Clone, Debug)]
pub enum Time {
    /// This machine's clock.
    Real,
    /// The sandbox's clock.
    Sandbox(SandboxClock),
}

impl Time {
    /// The current time in seconds since 1970.
    #[must_use]
    pub fn now(&self) -> f64 {
        match self {
            Self::Real => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH);
                since.unwrap_or_default().as_secs_f64()
            }
            Self::Sandbox(clock) => clock.now(),
        }
    }

    /// Waits for a duration.
    pub async fn sleep(&self, duration: Duration) {
        match self {
            Self::Real => tokio::time::sleep(duration).await,
            Self::Sandbox(clock) => clock.sleep(duration).await,
        }
    }
}

/// A client's view of a sandbox's clock.
#[derive(Clone)]
pub struct SandboxClock {
    http: reqwest::Client,
    /// `http://127.0.0.1:PORT/_sandbox/clock/sleep`.
    sleeping: String,
    client: String,
    known: Arc<Mutex<Known>>,
}

/// How many clients of this process use a sandbox's clock.
static CLIENTS: AtomicU64 = AtomicU64::new(0);

/// The last time that the sandbox reported, and when it did.
#[derive(Clone, Copy, Debug)]
struct Known {
    said: f64,
    at: Instant,
}

impl std::fmt::Debug for SandboxClock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SandboxClock").field("sleeping", &self.sleeping).finish_non_exhaustive()
    }
}

impl SandboxClock {
    /// Connects to the clock of the sandbox at an address.
    ///
    /// # Errors
    /// When the sandbox is not on this machine, or does not answer like one.
    pub async fn of(address: &super::ForgeAddress) -> crate::Result<Self> {
        let fault = |what: &str| {
            crate::Error::failed(format!("cannot use the clock of the sandbox at {address}"))
                .caused_by(what)
                .hint("start `shipshape sandbox`, or unset SHIPSHAPE_FORGE_CLOCK")
        };
        if !address.is_this_machine() {
            return Err(fault("it is not on this machine"));
        }
        let base = format!("{}/_sandbox/clock", address.origin());
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .no_proxy()
            .build()
            .map_err(|error| fault(&error.to_string()))?;
        let response = http.get(&base).send().await;
        let text = match response {
            Ok(response) => response.text().await.unwrap_or_default(),
            Err(error) => return Err(fault(&error.without_url().to_string())),
        };
        let said = now_in(&text).ok_or_else(|| fault("it does not report the time"))?;
        // Two clients of one process may be created at the same sandbox time.
        let number = CLIENTS.fetch_add(1, Ordering::Relaxed);
        let client = format!("{}-{number}-{said}", std::process::id());
        let known = Arc::new(Mutex::new(Known { said, at: Instant::now() }));
        Ok(Self { http, sleeping: format!("{base}/sleep"), client, known })
    }

    fn now(&self) -> f64 {
        let known = *self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.said + known.at.elapsed().as_secs_f64()
    }

    async fn sleep(&self, duration: Duration) {
        let wish = serde_json::json!({ "client": self.client, "seconds": duration.as_secs_f64() });
        let sent = self
            .http
            .post(&self.sleeping)
            .header("content-type", "application/json")
            .body(wish.to_string())
            .send()
            .await;
        let said = match sent {
            Ok(response) => response.text().await.ok().as_deref().and_then(now_in),
            Err(_) => None,
        };
        let said = woken_at(said, self.now(), duration);
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) =
            Known { said, at: Instant::now() };
    }
}

/// The time after a sleep, by what the sandbox said. It stands still while nobody sleeps, and clients count the seconds that
/// they really took; for them, time does not go back. If the sandbox is gone, the next request fails and says so; no error
/// is needed here.
fn woken_at(said: Option<f64>, now: f64, slept: Duration) -> f64 {
    said.map_or_else(|| now + slept.as_secs_f64(), |said| said.max(now))
}

fn now_in(text: &str) -> Option<f64> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    value.get("now")?.as_f64().filter(|now| now.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_does_not_go_back() {
        let two = Duration::from_secs(2);
        // Reading the index took six seconds, and the sandbox's clock stood still meanwhile.
        assert!((woken_at(Some(1002.0), 1006.0, two) - 1006.0).abs() < 1e-9);
        assert!((woken_at(Some(1060.0), 1006.0, two) - 1060.0).abs() < 1e-9);
        assert!((woken_at(None, 1006.0, two) - 1008.0).abs() < 1e-9);
    }
}
