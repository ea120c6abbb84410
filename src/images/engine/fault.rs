//! Why an engine did not do what it was asked.

use std::error::Error as _;
use std::fmt;
use std::time::Duration;

use crate::edge::terminal::visible_line;

/// Characters of an engine's words that are repeated.
const MOST_WORDS: usize = 400;

/// Of what sort a fault is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EngineFaultKind {
    /// There is no such thing.
    Absent,
    /// It may not be used.
    Denied,
    /// It cannot be reached, or has gone in the middle.
    Unreachable,
    /// It will not, or cannot.
    Refused,
    /// What it answered is not understood.
    Unclear,
}

/// Why an engine did not do what it was asked. Its words are one line, and obey no terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineFault {
    /// Of what sort.
    pub kind: EngineFaultKind,
    /// Why.
    pub why: String,
}

impl EngineFault {
    pub(super) fn new(kind: EngineFaultKind, why: &str) -> Self {
        let why: String = why.trim().chars().take(MOST_WORDS).collect();
        Self { kind, why: visible_line(&why) }
    }

    pub(super) fn silent(waited: Duration) -> Self {
        let why = format!("it said nothing for {} seconds", waited.as_secs());
        Self::new(EngineFaultKind::Unreachable, &why)
    }
}

impl fmt::Display for EngineFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

impl From<bollard::errors::Error> for EngineFault {
    fn from(error: bollard::errors::Error) -> Self {
        use bollard::errors::Error;
        match &error {
            Error::DockerResponseServerError { status_code, message } => {
                let kind = match status_code {
                    404 => EngineFaultKind::Absent,
                    401 | 403 => EngineFaultKind::Denied,
                    _ => EngineFaultKind::Refused,
                };
                Self::new(kind, &format!("it answered {status_code}: {message}"))
            }
            Error::DockerStreamError { error } => Self::new(EngineFaultKind::Refused, error),
            Error::SocketNotFoundError(_) => {
                Self::new(EngineFaultKind::Unreachable, "there is no such socket")
            }
            Error::RequestTimeoutError => {
                Self::new(EngineFaultKind::Unreachable, "it did not answer in time")
            }
            Error::JsonDataError { message, .. } => {
                let why = format!("what it answered is not understood: {message}");
                Self::new(EngineFaultKind::Unclear, &why)
            }
            _ => Self::of_connection(&error),
        }
    }
}

impl EngineFault {
    /// The innermost cause says what the outer ones only frame.
    fn of_connection(error: &bollard::errors::Error) -> Self {
        let (mut innermost, mut cause) = (error.to_string(), error.source());
        let mut kind = EngineFaultKind::Unreachable;
        while let Some(inner) = cause {
            innermost = inner.to_string();
            let io = inner.downcast_ref::<std::io::Error>();
            if io.is_some_and(|io| io.kind() == std::io::ErrorKind::PermissionDenied) {
                kind = EngineFaultKind::Denied;
            }
            cause = inner.source();
        }
        Self::new(kind, &innermost)
    }
}
