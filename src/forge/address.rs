//! The address of a forge.
//!
//! github.com serves its API from a separate host, and so does each tenant of ghe.com. GitHub Enterprise Server and the
//! sandbox serve REST below `/api/v3` and GraphQL at `/api/graphql` of their own address (docs.github.com, "Getting
//! started with the REST API", enterprise-server and enterprise-cloud editions).

use std::fmt;

use url::{Host, Url};

use crate::error::{Error, Result};

/// The forge that is used when none is named.
const PUBLIC: &str = "https://github.com/";
/// The API host of github.com.
const PUBLIC_API: &str = "https://api.github.com/";

/// The address of a forge, without an API path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForgeAddress {
    web: Url,
}

impl ForgeAddress {
    /// github.com.
    ///
    /// # Errors
    /// None: the address is a constant.
    pub fn public() -> Result<Self> {
        Self::parse(PUBLIC)
    }

    /// Parses an address as a user writes it: `https://github.acme.example`.
    ///
    /// # Errors
    /// When it is not a valid address, contains credentials, or is plain http to another machine. The message does not
    /// repeat the address, which may contain a secret.
    pub fn parse(text: &str) -> Result<Self> {
        let wrong = |what: &str| {
            Error::usage(format!("the address of the forge {what}"))
                .hint("write it as `https://github.acme.example`; leave it out for github.com")
        };
        let mut web =
            Url::parse(text.trim()).map_err(|cause| wrong("cannot be read").caused_by(cause))?;
        if !web.username().is_empty() || web.password().is_some() {
            return Err(wrong("contains credentials, which others can see")
                .hint("leave them out, and put a token in GH_TOKEN or GH_ENTERPRISE_TOKEN"));
        }
        if web.query().is_some() || web.fragment().is_some() {
            return Err(wrong("has a part after `?` or `#`"));
        }
        match web.scheme() {
            _ if web.host().is_none() => return Err(wrong("names no host")),
            "https" => {}
            "http" if is_this_machine(&web) => {}
            "http" => return Err(wrong("is plain http, which is for this machine only")),
            _ => return Err(wrong("is neither https nor http")),
        }
        if matches!(web.host_str(), Some("api.github.com" | "www.github.com")) {
            return Self::parse(PUBLIC);
        }
        if let Some(tenant) = web.host_str().and_then(|host| host.strip_prefix("api."))
            && is_tenant(tenant)
        {
            let tenant = tenant.to_owned();
            web.set_host(Some(&tenant))
                .map_err(|cause| wrong("cannot be read").caused_by(cause))?;
        }
        let path = web.path().trim_end_matches('/').to_owned();
        for known in ["/api/v3", "/api/graphql"] {
            if let Some(before) = path.strip_suffix(known) {
                web.set_path(before);
            }
        }
        if !web.path().ends_with('/') {
            web.set_path(&format!("{}/", web.path()));
        }
        Ok(Self { web })
    }

    /// Whether it is github.com.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.web.as_str() == PUBLIC
    }

    /// Whether GitHub itself hosts it: github.com, or a tenant of ghe.com.
    #[must_use]
    pub fn is_of_github(&self) -> bool {
        self.is_public() || self.web.host_str().is_some_and(is_tenant)
    }

    /// Whether it is on this machine.
    #[must_use]
    pub fn is_this_machine(&self) -> bool {
        is_this_machine(&self.web)
    }

    /// The host, with the port if one is given: what `gh` calls the hostname.
    #[must_use]
    pub fn host(&self) -> String {
        let host = self.web.host_str().unwrap_or_default();
        self.web.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// The root of the web pages: `https://github.com/`.
    #[must_use]
    pub fn web(&self) -> &Url {
        &self.web
    }

    /// The web page of a repository.
    #[must_use]
    pub fn page(&self, repository: &crate::fleet::RepositoryName) -> String {
        format!("{}{}/{}", self.web, repository.owner, repository.name)
    }

    /// The scheme, host and port of the API.
    pub(super) fn origin(&self) -> String {
        let url = if self.is_public() {
            PUBLIC_API.to_owned()
        } else if self.is_of_github() {
            self.web.as_str().replacen("://", "://api.", 1)
        } else {
            self.web.to_string()
        };
        Url::parse(&url).map_or(url, |url| url.origin().ascii_serialization())
    }

    /// The prefix of every REST path: empty, or `/api/v3`.
    pub(super) fn rest_prefix(&self) -> String {
        if self.is_of_github() { String::new() } else { format!("{}api/v3", self.web.path()) }
    }

    /// The path of the GraphQL endpoint.
    pub(super) fn graphql_path(&self) -> String {
        if self.is_of_github() {
            "/graphql".to_owned()
        } else {
            format!("{}api/graphql", self.web.path())
        }
    }
}

impl fmt::Display for ForgeAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.web.as_str().trim_end_matches('/'))
    }
}

/// Whether a host is a tenant of GitHub Enterprise Cloud: `acme.ghe.com`.
fn is_tenant(host: &str) -> bool {
    let tenant = host.strip_suffix(".ghe.com");
    tenant.is_some_and(|tenant| !tenant.is_empty() && !tenant.contains('.'))
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(number)) => number.is_loopback(),
        Some(Host::Ipv6(number)) => number.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> ForgeAddress {
        ForgeAddress::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn the_public_forge_has_a_host_for_its_api() {
        for text in ["https://github.com", "https://github.com/", "https://api.github.com"] {
            let address = parse(text);
            assert!(address.is_public(), "{text}");
            assert_eq!(address.origin(), "https://api.github.com");
            assert_eq!(address.rest_prefix(), "");
            assert_eq!(address.graphql_path(), "/graphql");
        }
    }

    #[test]
    fn a_companys_part_of_the_cloud_has_one_too() {
        for text in ["https://acme.ghe.com", "https://api.acme.ghe.com/"] {
            let address = parse(text);
            assert_eq!(address.to_string(), "https://acme.ghe.com");
            assert!(address.is_of_github() && !address.is_public(), "{text}");
            assert_eq!(address.origin(), "https://api.acme.ghe.com");
            assert_eq!(
                (address.rest_prefix(), address.graphql_path()),
                (String::new(), "/graphql".to_owned())
            );
        }
        assert!(!parse("https://ghe.com").is_of_github());
        assert!(!parse("https://ghe.com.acme.example").is_of_github());
    }

    #[test]
    fn others_serve_it_below_their_own_address() {
        for text in ["https://git.acme.example", "https://git.acme.example/api/v3/"] {
            let address = parse(text);
            assert_eq!(address.to_string(), "https://git.acme.example");
            assert_eq!(address.rest_prefix(), "/api/v3");
            assert_eq!(address.graphql_path(), "/api/graphql");
        }
        let sandbox = parse("http://127.0.0.1:8080");
        assert_eq!(sandbox.host(), "127.0.0.1:8080");
        assert!(sandbox.is_this_machine());
    }

    #[test]
    fn addresses_that_would_leak_are_refused() {
        for text in [
            "http://git.acme.example",
            "https://user:hunter2@git.acme.example",
            "https://git.acme.example/?token=hunter2",
            "ftp://git.acme.example",
            "git.acme.example",
            "",
        ] {
            let error = ForgeAddress::parse(text).expect_err(text);
            assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        }
    }
}
