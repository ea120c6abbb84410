//! Credentials for an index: a user name and a password, sent to its own server only.

use std::fmt;

use url::Url;

use super::address::{PASSWORD_VARIABLE, USERNAME_VARIABLE};
use crate::edge::environment::NamedBy;
use crate::edge::network::Authorization;
use crate::error::{Error, Result};
use crate::source::secrets::SentSecrets;

/// A user name and a password; for a token the user name is `__token__`.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    username: String,
    password: String,
}

impl Credentials {
    /// Reads credentials from the environment; `None` if there is no password.
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let password = variable(PASSWORD_VARIABLE).filter(|password| !password.is_empty())?;
        let username = variable(USERNAME_VARIABLE).filter(|username| !username.is_empty());
        let username = username.unwrap_or_else(|| "__token__".to_owned());
        Some(Self { username, password })
    }

    /// Like [`Self::of`], but refuses a server that only a discovered manifest names: it could be anyone's. `variable`
    /// is the one that could name the server instead.
    ///
    /// # Errors
    /// When there are credentials and the server must not see them.
    pub fn shown_to(
        (server, named, variable): (&str, NamedBy, &str),
        read: impl Fn(&str) -> Option<String>,
    ) -> Result<Option<Self>> {
        match Self::of(read) {
            Some(_) if named == NamedBy::FoundManifest => {
                let what = format!("the value of {PASSWORD_VARIABLE}");
                let how = format!("set {variable} to {server}");
                Err(not_shown(&what, server, &how))
            }
            found => Ok(found),
        }
    }

    /// Credentials for a token.
    #[must_use]
    pub fn token(token: &str) -> Self {
        Self::new("__token__", token)
    }

    /// Credentials with a user name and a password.
    #[must_use]
    pub fn new(username: &str, password: &str) -> Self {
        Self { username: username.to_owned(), password: password.to_owned() }
    }

    /// The authorization for the server of an address, and no other.
    pub(super) fn for_origin(&self, server: &Url) -> Authorization {
        Authorization::basic(server, &self.username, &self.password)
    }

    /// What must not be shown where the server repeats it.
    pub(super) fn sent(&self) -> SentSecrets {
        SentSecrets::of_basic(&self.username, &self.password)
    }
}

/// The error for a secret that is not sent to a server, with hints for the case that the server is the user's own.
#[must_use]
pub fn not_shown(what: &str, server: &str, how_to_name_it: &str) -> Error {
    Error::usage(format!("{what} is not sent to {server}"))
        .caused_by("only a fleet.yaml that was found by search names this server, and anyone may have written it")
        .hint(format!("if the server is yours, name it: {how_to_name_it}"))
        .hint("or name the manifest with --fleet or SHIPSHAPE_FLEET")
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials")
    }
}
