//! What time it is, or what a test says it is.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::error::{Error, Result};

/// Environment variable that fixes the clock, RFC 3339: for reports that must be the same twice.
pub const NOW_VARIABLE: &str = "SHIPSHAPE_NOW";

/// The moment a run takes place. It is read once, so that a run cannot disagree with itself.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    now: Timestamp,
    is_fixed: bool,
}

impl Clock {
    /// The system's clock, or the moment that [`NOW_VARIABLE`] names.
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

    /// The clock read again, for what goes on for days; one that is fixed stays where it is.
    #[must_use]
    pub fn again(&self) -> Self {
        if self.is_fixed { *self } else { Self { now: Timestamp::now(), ..*self } }
    }

    /// The moment, to the second, RFC 3339 in UTC.
    #[must_use]
    pub fn rfc3339(&self) -> String {
        self.now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }

    /// The moment, in seconds since 1970.
    #[must_use]
    pub fn seconds(&self) -> i64 {
        self.now.as_second()
    }

    /// The day in UTC: what expiry dates are compared with.
    #[must_use]
    pub fn today(&self) -> Date {
        self.now.to_zoned(jiff::tz::TimeZone::UTC).date()
    }
}
