//! What a `uses` refers to.

use super::Spanned;
use crate::source::text::Span;

/// A parsed `uses`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uses {
    /// As written.
    pub written: Spanned,
    /// What it refers to.
    pub target: UsesTarget,
}

/// What a `uses` refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UsesTarget {
    /// `owner/repository/path@revision`.
    Repository {
        /// Owner of the repository.
        owner: String,
        /// Name of the repository.
        repository: String,
        /// Path of the action or workflow in it; empty for its root.
        path: String,
        /// Which version of it; absent where the file forgot it.
        revision: Option<Revision>,
    },
    /// `./path`, in the repository that the workflow stands in.
    Local(String),
    /// `docker://image`.
    Image(String),
    /// Something else: a whole URL (Gitea takes one), or an expression.
    Other(String),
}

/// The version of a repository that is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revision {
    /// A whole commit id, which nobody can move: 40 hexadecimal digits.
    Commit(String),
    /// A tag or a branch; only the repository knows which.
    Name(String),
}

impl Uses {
    /// Reads a reference. Everything has a reading.
    #[must_use]
    pub fn parse(written: &str, span: Span) -> Self {
        let target = target_of(written.trim());
        Self { written: Spanned { text: written.to_owned(), span }, target }
    }

    /// Whether it is this path of this repository, at whatever revision. Forges compare owners and
    /// repositories without case.
    #[must_use]
    pub fn is(&self, wanted_owner: &str, wanted_repository: &str, wanted_path: &str) -> bool {
        matches!(&self.target, UsesTarget::Repository { owner, repository, path, .. }
            if owner.eq_ignore_ascii_case(wanted_owner)
                && repository.eq_ignore_ascii_case(wanted_repository)
                && path == wanted_path)
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
