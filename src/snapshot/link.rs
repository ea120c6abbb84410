//! Resolves symbolic links by their text.

use super::{Entry, EntryKind, RepoPath, Snapshot, Unreadable};

/// The longest chain of links that is followed.
const MAX_LINKS: usize = 8;

/// The target of a symbolic link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkTarget {
    /// A path in the same tree, which may or may not exist; empty for the root.
    Inside(RepoPath),
    /// A path above the root of the tree.
    Outside,
    /// An absolute path, which depends on the machine.
    Absolute,
}

/// Resolves the target of the link at `path`.
///
/// Nothing is looked up: `a/../b` is `b` even if `a` is itself a link. A target that leaves the tree and comes back
/// (`../repository/file`) is [`LinkTarget::Outside`], since it depends on the name of the repository's folder.
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

/// Why a link does not lead to a file in its tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Astray {
    /// The link itself cannot be read.
    Unread(Unreadable),
    /// It leads out of the tree, to this target.
    Outside(String),
    /// It leads to this path in the tree, where there is no file.
    NoFile(RepoPath),
    /// It leads in a circle, or through too many links.
    Circle,
}

impl Snapshot {
    /// Follows a link to a file in the tree; a file is returned as it is.
    ///
    /// # Errors
    /// When it does not lead to a file in the tree.
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
