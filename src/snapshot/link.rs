//! Where a symbolic link leads, told from its text alone.

use super::{Entry, EntryKind, RepoPath, Snapshot, Unreadable};

/// Links that lead to links are followed so often, and no further.
const MAX_LINKS: usize = 8;

/// Where a symbolic link leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkTarget {
    /// A path of the same tree, which may or may not exist; empty for the root.
    Inside(RepoPath),
    /// Above the root of the tree.
    Outside,
    /// A place of whatever machine follows it.
    Absolute,
}

/// Where the link at `path` leads when it holds `target`.
///
/// Nothing is looked up: `a/../b` is `b` even where `a` is itself a link. A target that leaves the
/// tree and comes back (`../repository/file`) is [`LinkTarget::Outside`], for it depends on the name
/// of a folder that the repository does not have.
#[must_use]
pub fn link_target(path: &RepoPath, target: &str) -> LinkTarget {
    if target.starts_with('/') {
        return LinkTarget::Absolute;
    }
    let mut components: Vec<&str> = path.parent().split('/').filter(|it| !it.is_empty()).collect();
    for component in target.split('/') {
        match component {
            "" | "." => {}
            ".." => {
                if components.pop().is_none() {
                    return LinkTarget::Outside;
                }
            }
            name => components.push(name),
        }
    }
    LinkTarget::Inside(RepoPath::new(&components.join("/")))
}

/// Why a link leads to no file of its tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Astray {
    /// The link itself cannot be read.
    Unread(Unreadable),
    /// It leads out of the tree, to this.
    Outside(String),
    /// It leads to a path of the tree where no file is.
    NoFile(RepoPath),
    /// It leads in a circle, or through too many links.
    Circle,
}

impl Snapshot {
    /// The file that a link of the tree leads to, when that is in the tree too; of a file itself.
    ///
    /// # Errors
    /// When it leads nowhere, or to something that is no file.
    pub fn followed(&self, path: &RepoPath, entry: Entry) -> Result<Entry, Astray> {
        let (mut at, mut entry) = (path.clone(), entry);
        for _ in 0..=MAX_LINKS {
            match entry.kind {
                EntryKind::File | EntryKind::Executable => return Ok(entry),
                EntryKind::Submodule => return Err(Astray::NoFile(at)),
                EntryKind::Link => {}
            }
            let bytes = self.read(entry.id).map_err(Astray::Unread)?;
            let target = String::from_utf8_lossy(&bytes).into_owned();
            let LinkTarget::Inside(next) = link_target(&at, &target) else {
                return Err(Astray::Outside(target));
            };
            entry = self.entry(next.as_str()).ok_or_else(|| Astray::NoFile(next.clone()))?;
            at = next;
        }
        Err(Astray::Circle)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inside(path: &str) -> LinkTarget {
        LinkTarget::Inside(path.into())
    }

    #[test]
    fn targets_are_relative_to_the_folder_of_the_link() {
        assert_eq!(link_target(&"a/b/link".into(), "c"), inside("a/b/c"));
        assert_eq!(link_target(&"a/b/link".into(), "../../d//./e/"), inside("d/e"));
        assert_eq!(link_target(&"link".into(), "x"), inside("x"));
        assert_eq!(link_target(&"a/link".into(), ".."), inside(""));
    }

    #[test]
    fn a_target_that_leaves_the_tree_is_outside_even_when_it_returns() {
        assert_eq!(link_target(&"link".into(), ".."), LinkTarget::Outside);
        assert_eq!(link_target(&"a/link".into(), "../../repository/a"), LinkTarget::Outside);
        assert_eq!(link_target(&"a/link".into(), "/etc/passwd"), LinkTarget::Absolute);
    }
}
