//! The trailers of our commits. Pure.

use std::str::FromStr as _;

use pep440_rs::Version;

use super::Request;
use super::tree::README;
use crate::forge::calls::git::Commit;
use crate::release::subject::Subject;
use crate::snapshot::BlobId;

const RELEASE: &str = "Shipshape-Release: ";
const SOURCE: &str = "Shipshape-Source: ";
const TREE: &str = "Shipshape-Tree: ";

/// The subject of the first commit of a mirror, which shows no version yet.
const BEGIN: &str = "Begin the mirror";

/// The message of the first commit of an empty mirror, which contains only the readme.
pub(super) fn beginning(request: &Request<'_>, readme: &[u8]) -> String {
    let tree = tree_of_readme(readme);
    format!(
        "{BEGIN}\n\nGenerated from {}. Change it there: what is changed here is lost.\n\n{TREE}{tree}\n",
        request.subject.repository
    )
}

/// Whether a commit is such a first commit, unchanged.
pub(super) fn is_beginning(commit: &Commit) -> bool {
    let last = commit.message.trim_end().rsplit("\n\n").next().unwrap_or_default();
    let tree = last.lines().find_map(|line| line.strip_prefix(TREE));
    commit.parents.is_empty()
        && commit.message.starts_with(BEGIN)
        && tree == Some(commit.tree.sha.as_str())
}

/// The id that git gives to a tree with only this readme.
fn tree_of_readme(text: &[u8]) -> String {
    let mut entry = format!("100644 {README}\0").into_bytes();
    entry.extend_from_slice(BlobId::of(text).as_bytes());
    let mut hasher = sha1_smol::Sha1::new();
    hasher.update(format!("tree {}\0", entry.len()).as_bytes());
    hasher.update(&entry);
    hasher.digest().to_string()
}

/// What a commit of ours shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// The distribution and its version.
    pub(super) release: String,
    /// The repository and the commit of the source.
    pub(super) source: String,
}

impl Mark {
    /// The mark of a version.
    pub(super) fn of(subject: &Subject, version: &Version, commit: &str) -> Self {
        Self {
            release: format!("{} {version}", subject.distribution),
            source: format!("{}@{commit}", subject.repository),
        }
    }

    /// Reads the mark of a commit; `None` if it is not ours: a trailer is missing, or names another tree.
    pub(super) fn read(commit: &Commit) -> Option<Self> {
        let last = commit.message.trim_end().rsplit("\n\n").next()?;
        let value = |name: &str| last.lines().find_map(|line| line.strip_prefix(name));
        let (release, source, tree) = (value(RELEASE)?, value(SOURCE)?, value(TREE)?);
        (tree == commit.tree.sha)
            .then(|| Self { release: release.to_owned(), source: source.to_owned() })
    }

    /// Whether both show the same version from the same commit.
    pub(super) fn is_of(&self, other: &Self) -> bool {
        self.release == other.release && self.source.eq_ignore_ascii_case(&other.source)
    }

    /// Whether this one shows a later version of the same distribution.
    pub(super) fn is_later_than(&self, other: &Self) -> bool {
        let read = |mark: &Self| {
            let (name, version) = mark.release.split_once(' ')?;
            Some((name.to_owned(), Version::from_str(version).ok()?))
        };
        matches!((read(self), read(other)), (Some((ours, one)), Some((theirs, other))) if ours == theirs && one > other)
    }

    /// The message of the commit that carries this mark.
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
    fn a_beginning_is_known_by_its_tree() {
        // `git hash-object` and `git mktree` say so of a readme that holds "x\n".
        let tree = tree_of_readme(b"x\n");
        assert_eq!(tree, "3942cedfea53e999bd13d0a27a905957c5e62b1a");
        let message = format!("{BEGIN}\n\nGenerated\n\n{TREE}{tree}\n");
        assert!(is_beginning(&commit(&message, &tree)));
        assert!(!is_beginning(&commit(&message, "edited")));
        let behind =
            Commit { parents: vec![Object { sha: "p".to_owned() }], ..commit(&message, &tree) };
        assert!(!is_beginning(&behind));
        assert_eq!(Mark::read(&commit(&message, &tree)), None);
    }

    #[test]
    fn versions_are_compared_as_versions() {
        let mark = |version: &str| Mark::read(&commit(&message(version, "t"), "t")).expect("ours");
        assert!(mark("0.1.10").is_later_than(&mark("0.1.9")));
        assert!(!mark("0.1.9").is_later_than(&mark("0.1.9")));
        assert!(mark("0.1.9").is_of(&mark("0.1.9")));
    }
}
