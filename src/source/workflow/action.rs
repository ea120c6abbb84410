//! The targets of `uses`.

use super::Spanned;
use crate::source::dockerfile::ImageReference;
use crate::source::text::Span;

/// A parsed `uses`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uses {
    /// The text as written.
    pub written: Spanned,
    /// What it refers to.
    pub target: UsesTarget,
}

/// The target of a `uses`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UsesTarget {
    /// `owner/repository/path@revision`.
    Repository {
        /// The owner of the repository.
        owner: String,
        /// The name of the repository.
        repository: String,
        /// The path of the action or workflow in it; empty for the root.
        path: String,
        /// The version; `None` if it is missing in the file.
        revision: Option<Revision>,
    },
    /// `./path`, in the repository of the workflow.
    Local(String),
    /// `docker://image`.
    Image(String),
    /// Anything else: a full URL (which Gitea accepts), or an expression.
    Other(String),
}

/// A version of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revision {
    /// A full commit id of 40 hexadecimal digits, which cannot be moved.
    Commit(String),
    /// A tag or a branch; only the repository knows which.
    Name(String),
}

impl Uses {
    /// Parses a reference. This never fails.
    #[must_use]
    pub fn parse(written: &str, span: Span) -> Self {
        let target = target_of(written.trim());
        Self { written: Spanned { text: written.to_owned(), span }, target }
    }

    /// Whether it refers to this path of this repository, at any revision. Like forges, it ignores
    /// the case of owners and repositories.
    #[must_use]
    pub fn is(&self, wanted_owner: &str, wanted_repository: &str, wanted_path: &str) -> bool {
        matches!(&self.target, UsesTarget::Repository { owner, repository, path, .. }
            if owner.eq_ignore_ascii_case(wanted_owner)
                && repository.eq_ignore_ascii_case(wanted_repository)
                && path == wanted_path)
    }
}

impl UsesTarget {
    /// Whether it names one content for good: by a whole commit id, or the whole digest of an image.
    #[must_use]
    pub fn is_fixed(&self) -> bool {
        match self {
            Self::Repository { revision, .. } => matches!(revision, Some(Revision::Commit(_))),
            Self::Image(image) => ImageReference::parse(image).is_fixed(),
            Self::Local(_) | Self::Other(_) => false,
        }
    }
}

fn target_of(written: &str) -> UsesTarget {
    if let Some(image) = written.strip_prefix("docker://") {
        return UsesTarget::Image(image.to_owned());
    }
    if written.starts_with("./") {
        return UsesTarget::Local(written.to_owned());
    }
    let other = || UsesTarget::Other(written.to_owned());
    if written.contains("://") || written.contains("${{") || written.contains(char::is_whitespace) {
        return other();
    }
    let (place, revision) = match written.split_once('@') {
        Some((place, revision)) => (place, Some(revision)),
        None => (written, None),
    };
    let mut parts = place.splitn(3, '/');
    let (Some(owner), Some(repository)) = (parts.next(), parts.next()) else { return other() };
    if owner.is_empty() || repository.is_empty() {
        return other();
    }
    UsesTarget::Repository {
        owner: owner.to_owned(),
        repository: repository.to_owned(),
        path: parts.next().unwrap_or_default().to_owned(),
        revision: revision.filter(|revision| !revision.is_empty()).map(revision_of),
    }
}

fn revision_of(revision: &str) -> Revision {
    let is_commit = revision.len() == 40 && revision.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_commit {
        Revision::Commit(revision.to_owned())
    } else {
        Revision::Name(revision.to_owned())
    }
}
