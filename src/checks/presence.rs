//! What is at a path of a repository, through links in any part of the path.

use std::ops::Bound;

use super::Repository;
use crate::snapshot::{BlobId, EntryKind, LinkTarget, RepoPath, link_target};

/// How many links are followed for one path.
const MAX_LINKS: usize = 8;

/// What is at a path.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::checks) enum Presence {
    /// A file, with its path after resolving links.
    File(String),
    /// A folder, with its path after resolving links; empty for the whole repository.
    Folder(String),
    /// Nothing.
    Nothing,
    /// Unknown, and why.
    Unknown(String),
}

impl Repository<'_> {
    /// What is at a path without `.`, `..` and empty components.
    pub(in crate::checks) fn presence(&self, path: &str) -> Presence {
        let mut path = path.to_owned();
        'links: for _ in 0..MAX_LINKS {
            if path.is_empty() {
                return Presence::Folder(path);
            }
            let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
            for end in ends {
                let (prefix, rest) = path.split_at(end);
                let Some(entry) = self.snapshot.entry(prefix) else { continue };
                match entry.kind {
                    EntryKind::Submodule => {
                        return Presence::Unknown(format!("`{prefix}` is a submodule"));
                    }
                    EntryKind::Link => match self.target_inside(prefix, entry.id) {
                        Some(target) => {
                            // A target that is the root is empty.
                            path = format!("{target}{rest}").trim_start_matches('/').to_owned();
                            continue 'links;
                        }
                        None => {
                            let why = format!("`{prefix}` is a symbolic link to another place");
                            return Presence::Unknown(why);
                        }
                    },
                    EntryKind::File | EntryKind::Executable if rest.is_empty() => {
                        return Presence::File(path);
                    }
                    EntryKind::File | EntryKind::Executable => return Presence::Nothing,
                }
            }
            return if self.has_below(&path) { Presence::Folder(path) } else { Presence::Nothing };
        }
        Presence::Unknown(format!("`{path}` is behind too many symbolic links"))
    }

    fn target_inside(&self, link: &str, id: BlobId) -> Option<RepoPath> {
        let bytes = self.snapshot.read(id).ok()?;
        match link_target(&RepoPath::new(link), &String::from_utf8_lossy(&bytes)) {
            LinkTarget::Inside(target) => Some(target),
            LinkTarget::Outside | LinkTarget::Absolute => None,
        }
    }

    fn has_below(&self, folder: &str) -> bool {
        let prefix = format!("{folder}/");
        let range = (Bound::Included(prefix.as_str()), Bound::Unbounded);
        let next = self.snapshot.entries.range::<str, _>(range).next();
        next.is_some_and(|(path, _)| path.as_str().starts_with(&prefix))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::testing::Case;

    #[test]
    fn links_are_followed_wherever_they_are_in_the_path() {
        let case = Case::with_shape("")
            .file("src/deep/a.py", "")
            .link("lib", "src")
            .link("src/up", "..")
            .link("out", "/etc");
        case.judged(|repository| {
            let at = |path: &str| repository.presence(path);
            assert_eq!(at("lib/deep"), Presence::Folder("src/deep".into()));
            assert_eq!(at("lib/up/src/deep/a.py"), Presence::File("src/deep/a.py".into()));
            assert_eq!(at("lib/up"), Presence::Folder(String::new()));
            assert_eq!(at("lib/dee"), Presence::Nothing);
            let outside = "`out` is a symbolic link to another place";
            assert_eq!(at("out/passwd"), Presence::Unknown(outside.into()));
        });
    }
}
