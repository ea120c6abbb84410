//! Where a symbolic link leads, told from its text alone.

use super::RepoPath;

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
