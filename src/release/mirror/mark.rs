//! What our commits say of themselves, in trailers. Pure.

use std::str::FromStr as _;

use pep440_rs::Version;

use super::Request;
use crate::forge::calls::git::Commit;
use crate::release::subject::Subject;

const RELEASE: &str = "Shipshape-Release: ";
const SOURCE: &str = "Shipshape-Source: ";
const TREE: &str = "Shipshape-Tree: ";

/// What a commit shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// The distribution and its version.
    pub(super) release: String,
    /// The repository of the source, and the commit.
    pub(super) source: String,
}

impl Mark {
    /// That of a version.
    pub(super) fn of(subject: &Subject, version: &Version, commit: &str) -> Self {
        Self {
            release: format!("{} {version}", subject.distribution),
            source: format!("{}@{commit}", subject.repository),
        }
    }

    /// That of a commit; `None` for one that is not ours: it has no trailers, or another tree than they name.
    pub(super) fn read(commit: &Commit) -> Option<Self> {
        let last = commit.message.trim_end().rsplit("\n\n").next()?;
        let value = |name: &str| last.lines().find_map(|line| line.strip_prefix(name));
        let (release, source, tree) = (value(RELEASE)?, value(SOURCE)?, value(TREE)?);
        (tree == commit.tree.sha)
            .then(|| Self { release: release.to_owned(), source: source.to_owned() })
    }

    /// Whether both are of one version and one commit.
    pub(super) fn is_of(&self, other: &Self) -> bool {
        self.release == other.release && self.source.eq_ignore_ascii_case(&other.source)
    }

    /// Whether this one is of a later version of the same distribution.
    pub(super) fn is_later_than(&self, other: &Self) -> bool {
        let read = |mark: &Self| {
            let (name, version) = mark.release.split_once(' ')?;
            Some((name.to_owned(), Version::from_str(version).ok()?))
        };
        matches!((read(self), read(other)), (Some((ours, one)), Some((theirs, other))) if ours == theirs && one > other)
    }

    /// The message of its commit.
    pub(super) fn message(&self, request: &Request<'_>, tree: &str) -> String {
        format!(
            "{}\n\nGenerated: built from {} at {}. Change it there: what is changed here is lost.\n\n\
             {RELEASE}{}\n{SOURCE}{}\n{TREE}{tree}\n",
            self.release, request.subject.repository, request.commit, self.release, self.source
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forge::calls::git::Object;

    fn commit(message: &str, tree: &str) -> Commit {
        let object = |sha: &str| Object { sha: sha.to_owned() };
        Commit {
            sha: "c".to_owned(),
            message: message.to_owned(),
            tree: object(tree),
            parents: Vec::new(),
        }
    }

    fn message(version: &str, tree: &str) -> String {
        format!("x\n\nGenerated\n\n{RELEASE}acme {version}\n{SOURCE}acme/core@c\n{TREE}{tree}\n")
    }

    #[test]
    fn a_commit_is_ours_only_with_the_tree_that_it_names() {
        let mark = Mark::read(&commit(&message("0.1.6", "t"), "t")).expect("ours");
        assert_eq!(mark.release, "acme 0.1.6");
        assert_eq!(Mark::read(&commit(&message("0.1.6", "t"), "edited")), None);
        assert_eq!(Mark::read(&commit("Fix it by hand", "t")), None);
        // Trailers stand at the end.
        let quoted = format!("{}\nand more\n\nSaid-By: me\n", message("0.1.6", "t"));
        assert_eq!(Mark::read(&commit(&quoted, "t")), None);
    }

    #[test]
    fn versions_are_compared_as_versions() {
        let mark = |version: &str| Mark::read(&commit(&message(version, "t"), "t")).expect("ours");
        assert!(mark("0.1.10").is_later_than(&mark("0.1.9")));
        assert!(!mark("0.1.9").is_later_than(&mark("0.1.9")));
        assert!(mark("0.1.9").is_of(&mark("0.1.9")));
    }
}
