//! Names of images: `ghcr.io/acme/template-hermes:latest`.

use std::fmt;

use url::Url;

use crate::error::{Error, Result};
use crate::source::dockerfile::ImageReference;

/// The public registry's name in images, and the host that serves it.
const DOCKER: (&str, &str) = ("docker.io", "registry-1.docker.io");

/// The name of an image.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    registry: String,
    repository: String,
    version: Version,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Version {
    Tag(String),
    Digest(String),
}

impl Reference {
    /// Parses a name with a tag or a digest; the default is `latest`.
    ///
    /// # Errors
    /// When no registry could have an image of this name.
    pub fn parse(text: &str) -> Result<Self> {
        let wrong = |why: &str| {
            Error::usage(format!("`{}` is not an image: {why}", text.escape_debug()))
                .hint("write it as `ghcr.io/acme/template-hermes:latest`")
        };
        let read = ImageReference::parse(text);
        let (registry, repository) =
            read.repository.split_once('/').ok_or_else(|| wrong("it names no repository"))?;
        if registry.is_empty() || !registry.chars().all(is_of_host) {
            return Err(wrong("its registry is not a host"));
        }
        if repository.len() > 255 || !repository.split('/').all(is_component) {
            return Err(wrong("names are lowercase letters and digits with single separators"));
        }
        let version = match (read.digest, read.tag) {
            (Some(digest), _) if is_digest(&digest) => Version::Digest(digest),
            (Some(_), _) => return Err(wrong("its digest is not `sha256:` and 64 hex digits")),
            (None, Some(tag)) if is_tag(&tag) => Version::Tag(tag),
            _ => return Err(wrong("its tag is not valid")),
        };
        Ok(Self { registry: registry.to_owned(), repository: repository.to_owned(), version })
    }

    /// The registry's host, and its port if given.
    #[must_use]
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// The image's name within its registry.
    #[must_use]
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// The name without a tag or a digest: `ghcr.io/acme/template-hermes`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}/{}", self.registry, self.repository)
    }

    /// Whether another image has the same name, regardless of its tag or digest.
    #[must_use]
    pub fn is_kin(&self, other: &Self) -> bool {
        (&self.registry, &self.repository) == (&other.registry, &other.repository)
    }

    /// The image of the same name with this digest; unchanged if it is not a valid digest.
    #[must_use]
    pub fn at(&self, digest: &str) -> Self {
        let version = if is_digest(digest) {
            Version::Digest(digest.to_owned())
        } else {
            self.version.clone()
        };
        Self { version, ..self.clone() }
    }

    /// The digest; `None` for a tag.
    #[must_use]
    pub fn digest(&self) -> Option<&str> {
        match &self.version {
            Version::Digest(digest) => Some(digest),
            Version::Tag(_) => None,
        }
    }

    /// The tag or the digest.
    #[must_use]
    pub fn version(&self) -> &str {
        match &self.version {
            Version::Tag(text) | Version::Digest(text) => text,
        }
    }

    /// The registry's URL. Plain http is only for this machine.
    pub(super) fn server(&self) -> Result<Url> {
        let host = if self.registry == DOCKER.0 { DOCKER.1 } else { &self.registry };
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        let is_here = matches!(name, "localhost" | "127.0.0.1" | "[::1]");
        let scheme = if is_here { "http" } else { "https" };
        Url::parse(&format!("{scheme}://{host}/")).map_err(|error| {
            Error::usage(format!("`{}` is not a registry", host.escape_debug())).caused_by(error)
        })
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let separator = if self.digest().is_some() { '@' } else { ':' };
        write!(f, "{}/{}{separator}{}", self.registry, self.repository, self.version())
    }
}

fn is_of_host(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']')
}

/// Whether a part of a name is valid: `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`.
fn is_component(part: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let separators = part.split(plain).filter(|separator| !separator.is_empty());
    part.starts_with(plain)
        && part.ends_with(plain)
        && separators.into_iter().all(|separator| {
            matches!(separator, "." | "_" | "__") || separator.bytes().all(|byte| byte == b'-')
        })
}

fn is_tag(tag: &str) -> bool {
    let permitted = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    tag.len() <= 128
        && tag.chars().all(permitted)
        && tag.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
}

/// Whether a text is a digest of the supported algorithm, SHA-256.
#[must_use]
pub fn is_digest(text: &str) -> bool {
    let digits = text.strip_prefix("sha256:");
    digits.is_some_and(|digits| {
        digits.len() == 64
            && digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_docker_reads_them() {
        let server = |text: &str| {
            let reference = Reference::parse(text).expect("an image");
            format!("{reference} {}", reference.server().expect("a server"))
        };
        assert_eq!(server("ghcr.io/acme/x"), "ghcr.io/acme/x:latest https://ghcr.io/");
        assert_eq!(
            server("python:3.11-slim"),
            "docker.io/library/python:3.11-slim https://registry-1.docker.io/"
        );
        assert_eq!(
            server("localhost:5000/a__b/c.d"),
            "localhost:5000/a__b/c.d:latest http://localhost:5000/"
        );
        let digest = format!("ghcr.io/a/b@sha256:{}", "0".repeat(64));
        assert_eq!(server(&digest), format!("{digest} https://ghcr.io/"));
    }

    #[test]
    fn what_no_registry_has_is_refused() {
        for text in [
            "",
            "ghcr.io/",
            "ghcr.io/Acme/x",
            "ghcr.io/a/../b",
            "ghcr.io/a//b",
            "ghcr.io/a._b",
            "ghcr.io/a/b:",
            "ghcr.io/a/b:-x",
            "ghcr.io/a/b@sha256:00",
            "ghcr.io/a b",
            "ghcr.io/a/b?x",
        ] {
            assert!(Reference::parse(text).is_err(), "{text}");
        }
    }
}
