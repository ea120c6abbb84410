//! Image references, normalized.

/// An image reference with the defaults that Docker fills in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ImageReference {
    /// The repository, such as `docker.io/library/python`.
    pub repository: String,
    /// The tag; `latest` if neither tag nor digest is given.
    pub tag: Option<String>,
    /// The digest, such as `sha256:…`.
    pub digest: Option<String>,
}

impl ImageReference {
    /// Parses a reference as `docker pull` does (`distribution/reference`, familiar names).
    #[must_use]
    pub fn parse(reference: &str) -> Self {
        let (name, digest) = match reference.split_once('@') {
            Some((name, digest)) => (name, Some(digest.to_owned())),
            None => (reference, None),
        };
        let last_slash = name.rfind('/').map_or(0, |at| at + 1);
        let colon =
            name.get(last_slash..).and_then(|last| last.find(':')).map(|at| last_slash + at);
        let (name, tag) = match colon {
            Some(at) => {
                let tag = name.get(at + 1..).unwrap_or_default().to_owned();
                (name.get(..at).unwrap_or_default(), Some(tag))
            }
            None => (name, None),
        };
        let tag = tag.or_else(|| digest.is_none().then(|| "latest".to_owned()));
        let (domain, path) = match name.split_once('/') {
            Some((domain, path)) if is_domain(domain) => (domain, path),
            _ => ("docker.io", name),
        };
        let domain = match domain {
            "index.docker.io" | "registry-1.docker.io" => "docker.io",
            domain => domain,
        };
        let official = domain == "docker.io" && !path.contains('/');
        let library = if official { "library/" } else { "" };
        Self { repository: format!("{domain}/{library}{path}"), tag, digest }
    }

    /// Whether it names one content for good, by a whole digest.
    #[must_use]
    pub fn is_fixed(&self) -> bool {
        let digest = self.digest.as_deref().and_then(|digest| digest.split_once(':'));
        digest.is_some_and(|(algorithm, digits)| {
            let length = match algorithm {
                "sha256" => 64,
                "sha512" => 128,
                _ => return false,
            };
            digits.len() == length && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
        })
    }

    /// Whether `self` satisfies `wanted`: same repository and tag. Tag and digest are only compared
    /// if `wanted` has them.
    #[must_use]
    pub fn is(&self, wanted: &Self) -> bool {
        self.repository == wanted.repository
            && (wanted.tag.is_none() || self.tag == wanted.tag)
            && (wanted.digest.is_none() || self.digest == wanted.digest)
    }
}

fn is_domain(first: &str) -> bool {
    first == "localhost"
        || first.contains(['.', ':'])
        || first.chars().any(|c| c.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(reference: &str, wanted: &str) -> bool {
        ImageReference::parse(reference).is(&ImageReference::parse(wanted))
    }

    #[test]
    fn spellings_of_one_image() {
        for same in [
            "python:3.11-slim",
            "library/python:3.11-slim",
            "docker.io/python:3.11-slim",
            "docker.io/library/python:3.11-slim",
            "index.docker.io/library/python:3.11-slim",
            "python:3.11-slim@sha256:abc",
        ] {
            assert!(is(same, "python:3.11-slim"), "{same}");
        }
    }

    #[test]
    fn other_images() {
        for other in [
            "python:3.11-slim-bookworm",
            "python:3.11",
            "python",
            "python@sha256:abc",
            "ghcr.io/library/python:3.11-slim",
            "acme/python:3.11-slim",
            "localhost:5000/python:3.11-slim",
        ] {
            assert!(!is(other, "python:3.11-slim"), "{other}");
        }
        assert!(!is("python:3.11-slim", "python:3.11-slim@sha256:abc"));
        assert!(is("python", "python:latest"));
    }

    #[test]
    fn only_a_whole_digest_fixes_an_image() {
        let fixed = |reference: &str| ImageReference::parse(reference).is_fixed();
        let digits = "c".repeat(64);
        assert!(fixed(&format!("python@sha256:{digits}")));
        assert!(fixed(&format!("localhost:5000/python:3.11@sha512:{digits}{digits}")));
        for loose in [
            "python",
            "python:3.11",
            "python@sha256:c",
            &format!("python@md5:{digits}"),
            &format!("python@sha256:x{}", &digits[1..]),
        ] {
            assert!(!fixed(loose), "{loose}");
        }
    }
}
