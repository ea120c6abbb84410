//! Limits on the time and size of requests, and the listener that is notified of slow ones.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Limits on time and size.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// For making a connection.
    pub connect: Duration,
    /// Between two parts of a response.
    pub silence: Duration,
    /// For one whole response.
    pub whole: Duration,
    /// For one request, with all attempts and pauses.
    pub total: Duration,
    /// After this time, the listener is notified that a response is slow.
    pub patience: Duration,
    /// Maximum size of a decompressed page, in bytes.
    pub page_bytes: u64,
    /// Maximum size of a file, in bytes.
    pub file_bytes: u64,
    /// Maximum number of redirects to follow.
    pub redirects: usize,
    /// Maximum number of attempts for one request.
    pub attempts: u32,
    /// The pause before the second attempt; it doubles after each.
    pub pause: Duration,
    /// The longest pause that a server can ask for; beyond it, the request fails.
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

/// Is notified, one line each, of slow responses: requests print nothing themselves.
#[derive(Clone)]
pub struct Listener(Arc<dyn Fn(&str) + Send + Sync>);

impl Listener {
    /// Creates a listener that calls this function.
    pub fn new(told: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self(Arc::new(told))
    }

    pub(super) fn tell(&self, line: &str) {
        (self.0)(line);
    }
}

/// Ignores notifications.
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
