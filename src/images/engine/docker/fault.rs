//! Converts the library's errors.

use std::error::Error as _;

use bollard::errors::Error;

use crate::images::engine::{EngineFault, EngineFaultKind};
use crate::source::secrets::SentSecrets;

/// An error without what was sent as a credential: an engine passes on what a registry answers, which may repeat it.
pub(super) fn masked(mut error: Error, sent: &SentSecrets) -> Error {
    match &mut error {
        Error::DockerResponseServerError { message, .. } | Error::JsonDataError { message, .. } => {
            *message = sent.masked(message);
        }
        Error::DockerStreamError { error } => *error = sent.masked(error),
        _ => {}
    }
    error
}

impl From<Error> for EngineFault {
    fn from(error: Error) -> Self {
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
                let why = format!("its answer could not be parsed: {message}");
                Self::new(EngineFaultKind::Unclear, &why)
            }
            _ => Self::of_connection(&error),
        }
    }
}

impl EngineFault {
    /// Reports the innermost error, since the outer ones only wrap it.
    fn of_connection(error: &Error) -> Self {
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
