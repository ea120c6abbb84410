//! The current time, or the one that is set for reproducible runs.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::error::{Error, Result};

/// The environment variable that fixes the clock to an RFC 3339 time, for reproducible reports.
pub const NOW_VARIABLE: &str = "SHIPSHAPE_NOW";

/// The time of a run. It is read once, so that a run is consistent with itself.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    now: Timestamp,
    is_fixed: bool,
}

impl Clock {
    /// Reads the system's clock, or parses the time that [`NOW_VARIABLE`] sets.
    ///
    /// # Errors
    /// When that variable is not an RFC 3339 time.
    pub fn new(fixed: Option<&str>) -> Result<Self> {
        let now = match fixed {
            None => Timestamp::now(),
            Some(text) => text.parse().map_err(|error| {
                Error::usage(format!("{NOW_VARIABLE} is not a time: `{text}`"))
                    .caused_by(error)
                    .hint("write it like 2026-11-22T12:00:00Z")
            })?,
        };
        Ok(Self { now, is_fixed: fixed.is_some() })
    }

    /// Reads the clock again, for long-running processes; a fixed clock stays the same.
    #[must_use]
    pub fn again(&self) -> Self {
        if self.is_fixed { *self } else { Self { now: Timestamp::now(), ..*self } }
    }

    /// The time in UTC, to the second, in RFC 3339.
    #[must_use]
    pub fn rfc3339(&self) -> String {
        self.now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }

    /// The time in seconds since 1970.
    #[must_use]
    pub fn seconds(&self) -> i64 {
        self.now.as_second()
    }

    /// The day in UTC, with which expiry dates are compared.
    #[must_use]
    pub fn today(&self) -> Date {
        self.now.to_zoned(jiff::tz::TimeZone::UTC).date()
    }
}
