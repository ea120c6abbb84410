//! The address of an index.
//!
//! An address must not contain secrets: it ends up in process lists, logs and error messages. Plain http is only for
//! this machine.

use url::Url;

use crate::edge::network::{refused, shown};
use crate::error::{Error, Result};
use crate::source::requirements::normalize;

/// The environment variable with the user name; a token needs none.
pub const USERNAME_VARIABLE: &str = "SHIPSHAPE_INDEX_USERNAME";
/// The password or token that goes with [`USERNAME_VARIABLE`].
pub const PASSWORD_VARIABLE: &str = "SHIPSHAPE_INDEX_PASSWORD";

/// Parses an address. `what` names it in errors, and `variables` say where credentials belong.
pub(super) fn read(
    text: &str,
    what: &str,
    example: &str,
    [username, password]: [&str; 2],
) -> Result<Url> {
    let wrong = |why: &str| Error::usage(format!("{what} {why}"));
    let url = Url::parse(text.trim())
        .map_err(|error| wrong("cannot be read").caused_by(error).hint(example))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("contains credentials, which others can see")
            .hint(format!("remove them, and put them in {username} and {password}")));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("has a part after `?` or `#`").hint(example));
    }
    if let Some(why) = refused(&url) {
        return Err(wrong(why).caused_by(shown(&url)).hint(example));
    }
    Ok(url)
}

/// The address of a simple index; its path ends in `/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexAddress(Url);

impl IndexAddress {
    /// Parses an address.
    ///
    /// # Errors
    /// When it is not an address, contains credentials, or is plain http to another machine. The error does not repeat
    /// what may be a secret.
    pub fn parse(text: &str) -> Result<Self> {
        let example = "write it as `https://packages.example/simple/`";
        let variables = [USERNAME_VARIABLE, PASSWORD_VARIABLE];
        let mut url = read(text, "the address of the package index", example, variables)?;
        if !url.path().ends_with('/') {
            url.set_path(&format!("{}/", url.path()));
        }
        Ok(Self(url))
    }

    /// The page of a distribution.
    #[must_use]
    pub fn project(&self, name: &str) -> Url {
        let mut url = self.0.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push(&normalize(name)).push("");
        }
        url
    }

    /// The page of a distribution in the older JSON API, which is beside `simple/`.
    #[must_use]
    pub fn legacy(&self, name: &str) -> Url {
        let mut url = self.0.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().pop().extend(["pypi", &normalize(name), "json"]);
        }
        url
    }

    /// The URL.
    pub(super) fn url(&self) -> &Url {
        &self.0
    }

    /// The origin of its server.
    #[must_use]
    pub fn origin(&self) -> url::Origin {
        self.0.origin()
    }

    /// Whether it is on the server of the default index.
    #[must_use]
    pub fn is_everybodys(&self) -> bool {
        Url::parse(super::DEFAULT_INDEX).is_ok_and(|url| url.origin() == self.origin())
    }

    /// The address for display.
    #[must_use]
    pub fn shown(&self) -> String {
        shown(&self.0)
    }

    /// The full address, for an installer; it contains no credentials.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_end_in_a_slash_and_names_are_normalized() {
        let address = IndexAddress::parse("https://packages.example/simple").expect("sound");
        assert_eq!(address.as_str(), "https://packages.example/simple/");
        let page = address.project("Acme_Workspace.Runtime");
        assert_eq!(page.as_str(), "https://packages.example/simple/acme-workspace-runtime/");
        let legacy = address.legacy("Acme");
        assert_eq!(legacy.as_str(), "https://packages.example/pypi/acme/json");
        let root = IndexAddress::parse("http://127.0.0.1:8080").expect("sound");
        assert_eq!(root.project("../x").as_str(), "http://127.0.0.1:8080/-%2Fx/");
    }

    #[test]
    fn secrets_are_refused_and_not_repeated() {
        for text in ["https://me:hunter2@packages.example/", "https://hunter2@packages.example/"] {
            let error = IndexAddress::parse(text).expect_err("credentials");
            assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
            assert!(error.hints().iter().any(|hint| hint.contains(PASSWORD_VARIABLE)));
        }
        let url = Url::parse("https://a:b@packages.example/x?token=c#d").expect("a URL");
        assert_eq!(shown(&url), "https://packages.example/x");
    }

    #[test]
    fn plain_http_is_for_this_machine_only() {
        for fine in
            ["https://a.example/", "http://localhost:1/", "http://127.0.0.9/", "http://[::1]/"]
        {
            assert!(IndexAddress::parse(fine).is_ok(), "{fine}");
        }
        for wrong in
            ["http://a.example/", "ftp://a.example/", "file:///x", "http://127.0.0.1.example/", "x"]
        {
            assert!(IndexAddress::parse(wrong).is_err(), "{wrong}");
        }
    }
}
