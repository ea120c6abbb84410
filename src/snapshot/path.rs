//! Paths inside a repository: `/`-separated, relative, as git stores them.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

/// A path inside a repository. Cheap to clone.
///
/// Git paths are bytes. To keep those that are not UTF-8 distinct and printable, each invalid byte is written as
/// `\xNN`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct RepoPath(Arc<str>);

impl RepoPath {
    /// Creates a path from text.
    #[must_use]
    pub fn new(path: &str) -> Self {
        Self(path.into())
    }

    /// Creates a path from what a person typed: `./a//b/` is `a/b`. A text that is no path in a repository, such as `/a`,
    /// stays as it is.
    #[must_use]
    pub fn typed(text: &str) -> Self {
        let parts: Vec<&str> = text.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
        match parts.is_empty() || text.starts_with('/') {
            true => Self::new(text),
            false => Self(parts.join("/").into()),
        }
    }

    /// Creates a path from the bytes that git stores.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let mut path = String::with_capacity(bytes.len());
        for chunk in bytes.utf8_chunks() {
            path.push_str(chunk.valid());
            for byte in chunk.invalid() {
                path.push_str(&format!("\\x{byte:02x}"));
            }
        }
        Self(path.into())
    }

    /// The path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last component.
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// Whether a file can be written to this path in a repository: no component is empty, `.`, `..` or `.git` in any
    /// case, and none contains a NUL.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.0.split('/').all(|component| is_sound_name(component.as_bytes()))
    }

    /// Whether it may represent a name that is not UTF-8, which cannot be written or removed by this path. True as well
    /// for a name that literally contains `\xNN` of a byte beyond ASCII.
    #[must_use]
    pub fn may_stand_for_bytes(&self) -> bool {
        self.0.split("\\x").skip(1).any(|rest| {
            let byte = rest.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
            byte.is_some_and(|byte| !byte.is_ascii())
        })
    }

    /// The path's folder; empty at the root.
    #[must_use]
    pub fn parent(&self) -> &str {
        self.0.rsplit_once('/').map_or("", |(parent, _)| parent)
    }
}

/// Whether a folder in a repository can contain this name. `git fsck` refuses the same names.
pub(super) fn is_sound_name(name: &[u8]) -> bool {
    !matches!(name, b"" | b"." | b"..")
        && !name.eq_ignore_ascii_case(b".git")
        && !name.iter().any(|byte| matches!(byte, b'/' | 0))
}

impl Borrow<str> for RepoPath {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl From<&str> for RepoPath {
    fn from(path: &str) -> Self {
        Self::new(path)
    }
}

impl fmt::Display for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_leave_the_tree_or_reach_into_git_are_not_sound() {
        for path in ["a", "a/b", ".github/x", ".gitignore", "a/..b", "git", "é"] {
            assert!(RepoPath::new(path).is_sound(), "{path}");
        }
        for path in
            ["", "/a", "a/", "a//b", "../a", "a/../b", "./a", ".git/config", "a/.GIT", "a\0b"]
        {
            let path = path.replace("\\0", "\0");
            assert!(!RepoPath::new(&path).is_sound(), "{path:?}");
        }
    }

    #[test]
    fn a_path_is_the_same_however_it_is_typed() {
        for typed in ["a/b", "./a/b", "a//b", "a/./b/", ".//a/b"] {
            assert_eq!(RepoPath::typed(typed).as_str(), "a/b", "{typed}");
        }
        for other in ["", ".", "./", "/a", "../a", "a/../b", ".github"] {
            assert_eq!(RepoPath::typed(other).as_str(), other);
        }
    }

    #[test]
    fn bytes_that_are_not_utf8_stay_distinct() {
        assert_eq!(RepoPath::from_bytes(b"a\xff").as_str(), "a\\xff");
        assert_ne!(RepoPath::from_bytes(b"\xfe"), RepoPath::from_bytes(b"\xff"));
        assert!(RepoPath::from_bytes(b"a/\xe9.bak").may_stand_for_bytes());
        for plain in ["é.bak", "a\\x", "a\\x41", "a\\xé"] {
            assert!(!RepoPath::new(plain).may_stand_for_bytes(), "{plain}");
        }
    }
}
