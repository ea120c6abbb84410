//! What an index wants to see: a name and a password, for its own server and no other.

use std::fmt;

use url::Url;

use super::address::{PASSWORD_VARIABLE, USERNAME_VARIABLE};
use crate::edge::environment::NamedBy;
use crate::edge::network::Authorization;
use crate::error::{Error, Result};

/// A name and a password; a token's name is `__token__`.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    username: String,
    password: String,
}

impl Credentials {
    /// What the environment holds of them; none without a password.
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let password = variable(PASSWORD_VARIABLE).filter(|password| !password.is_empty())?;
        let username = variable(USERNAME_VARIABLE).filter(|username| !username.is_empty());
        let username = username.unwrap_or_else(|| "__token__".to_owned());
        Some(Self { username, password })
    }

    /// The same for a server that only a manifest which was come upon may have named: nothing is shown to that.
    /// `variable` is what would name the server.
    ///
    /// # Errors
    /// When it would be shown.
    pub fn shown_to(
        (server, named, variable): (&str, NamedBy, &str),
        read: impl Fn(&str) -> Option<String>,
    ) -> Result<Option<Self>> {
        match Self::of(read) {
            Some(_) if named == NamedBy::FoundManifest => {
                let what = format!("what {PASSWORD_VARIABLE} holds");
                let how = format!("set {variable} to {server}");
                Err(not_shown(&what, server, &how))
            }
            found => Ok(found),
        }
    }

    /// A token, as an index takes it.
    #[must_use]
    pub fn token(token: &str) -> Self {
        Self::new("__token__", token)
    }

    /// A name and a password.
    #[must_use]
    pub fn new(username: &str, password: &str) -> Self {
        Self { username: username.to_owned(), password: password.to_owned() }
    }

    /// For the server of an address, and no other.
    pub(super) fn for_origin(&self, server: &Url) -> Authorization {
        Authorization::basic(server, &self.username, &self.password)
    }

    /// What nobody may see.
    pub(super) fn secret(&self) -> &str {
        &self.password
    }
}

/// That a secret stays here, and what to do when the server is the user's.
#[must_use]
pub fn not_shown(what: &str, server: &str, how_to_name_it: &str) -> Error {
    Error::usage(format!("{what} is not shown to {server}"))
        .caused_by("only a fleet.yaml that was come upon names this server, and anybody may have written it")
        .hint(format!("if it is yours, name it: {how_to_name_it}"))
        .hint("or name the manifest, by --fleet or SHIPSHAPE_FLEET")
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials")
    }
}
