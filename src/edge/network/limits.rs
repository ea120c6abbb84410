//! How long a server is waited for and how much it may send, and who is told that it takes long.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

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

    pub(super) fn tell(&self, line: &str) {
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
