//! Why something that was tried on a repository did not come about: what the forge refused, or an error of our own.

use std::fmt;

use crate::error::Error;
use crate::forge::{ForgeError, ForgeErrorKind};
use crate::journal::Undone;

/// Why something did not come about.
#[derive(Debug)]
pub enum Failed {
    /// The forge refused it, or what it shows would have it refused.
    Forge(ForgeError),
    /// It could not be worked out or remembered: what cannot be remembered is not done.
    Own(Error),
}

impl Failed {
    /// Something of the repository is not there any more.
    #[must_use]
    pub fn gone(what: &str) -> Self {
        Self::Forge(ForgeError::of_answer(ForgeErrorKind::NotFound, what))
    }

    /// The forge would refuse it to this token.
    #[must_use]
    pub fn forbidden(why: &str) -> Self {
        Self::Forge(ForgeError::of_answer(ForgeErrorKind::Forbidden, why))
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Forge(refusal) => refusal.fmt(f),
            Self::Own(error) => error.fmt(f),
        }
    }
}

impl Undone for Failed {
    fn is_cut_off(&self) -> bool {
        // What stops the whole run, such as a limit, says nothing of the repository at which it was met.
        matches!(self, Self::Forge(refusal) if refusal.is_of_the_run())
    }
}

impl From<ForgeError> for Failed {
    fn from(refusal: ForgeError) -> Self {
        Self::Forge(refusal)
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Own(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_forge_refused_is_told_from_an_error_of_our_own() {
        let of = |failed: Failed| match failed {
            Failed::Forge(refusal) => Some((refusal.kind, refusal.is_of_the_run())),
            Failed::Own(_) => None,
        };
        let gone = || Failed::gone("its pull request is gone");
        assert_eq!(gone().to_string(), "its pull request is gone");
        assert_eq!(of(gone()), Some((ForgeErrorKind::NotFound, false)));
        assert_eq!(of(Failed::forbidden("no")), Some((ForgeErrorKind::Forbidden, false)));
        let limited = || Failed::from(ForgeError::new(ForgeErrorKind::Limited, "GET /x", "later"));
        assert_eq!(of(limited()), Some((ForgeErrorKind::Limited, true)));
        assert_eq!(of(Error::failed("the log cannot be written").into()), None);
        let stopped = ForgeError::of_answer(ForgeErrorKind::Interrupted, "stopped by Ctrl-C");
        assert!(Failed::from(stopped).is_cut_off() && limited().is_cut_off());
        assert!(!gone().is_cut_off());
    }
}
