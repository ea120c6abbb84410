//! Entries of a requirements file that allow others to substitute their own code.

use super::Entry;
use crate::source::Span;

/// What is wrong with an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Danger<'e> {
    /// `--extra-index-url`: pip takes the highest version from either index.
    SecondIndex,
    /// `--trusted-host`: the certificate of the host is not verified.
    TrustedHost,
    /// This URL is fetched unencrypted.
    OpenLine(&'e str),
    /// A version-control URL names this revision, which is not a full commit hash.
    MovingRevision(&'e str),
    /// A version-control URL names no revision.
    NoRevision,
}

/// Returns what is wrong with an entry, and its span.
#[must_use]
pub fn of(entry: &Entry) -> Option<(Danger<'_>, Span)> {
    match entry {
        Entry::Requirement(requirement) => {
            Some((from_url(requirement.url.as_ref()?)?, requirement.span))
        }
        Entry::Include(named)
        | Entry::Constraint(named)
        | Entry::Editable(named)
        | Entry::Location(named) => Some((from_url(&named.value)?, named.span)),
        Entry::Option(named) => {
            let mut words = named.value.split([' ', '\t', '=']).filter(|word| !word.is_empty());
            let danger = match words.next()? {
                "--extra-index-url" => Danger::SecondIndex,
                "--trusted-host" => Danger::TrustedHost,
                _ => from_url(words.next()?)?,
            };
            Some((danger, named.span))
        }
    }
}

fn from_url(url: &str) -> Option<Danger<'_>> {
    let (scheme, rest) = url.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    let transport = scheme.rsplit('+').next().unwrap_or_default();
    if matches!(transport, "http" | "git") && !is_this_machine(rest) {
        return Some(Danger::OpenLine(url));
    }
    let version_control =
        ["git+", "hg+", "svn+", "bzr+"].iter().any(|kind| scheme.starts_with(kind));
    let without_fragment = rest.split('#').next().unwrap_or_default();
    let path = without_fragment.split_once('/').map_or("", |(_, path)| path);
    let revision = path.rsplit_once('@').map(|(_, revision)| revision);
    let is_commit = |revision: &str| {
        matches!(revision.len(), 40 | 64) && revision.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    if !version_control || revision.is_some_and(|it| is_commit(it) || it.contains("${")) {
        return None;
    }
    Some(revision.map_or(Danger::NoRevision, Danger::MovingRevision))
}

fn is_this_machine(rest: &str) -> bool {
    let host = rest.split(['/', ':']).next().unwrap_or_default();
    matches!(host, "localhost" | "127.0.0.1")
}
