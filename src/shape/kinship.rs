//! Determines whether a repository is of the kind that a shape describes.
//!
//! The default shape, the embedded one, is compared with any repository that a user points at. If fewer than half of
//! the paths it wants exist, the repository is of another kind, and reporting each path as missing would help nobody.

use super::Pack;
use super::manifest::Manifest;

/// How many of the paths wanted by a shape exist.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kinship {
    /// Number of paths that exist.
    pub present: usize,
    /// Number of paths that the shape wants: all that are neither optional nor forbidden.
    pub wanted: usize,
}

impl Kinship {
    /// Counts the wanted paths that a tree has; `has` says whether a path exists.
    #[must_use]
    pub fn of(pack: &Pack, has: &dyn Fn(&str) -> bool) -> Self {
        Self::by(Self::wanted(&pack.manifest), has)
    }

    /// Counts those of some wanted paths that a tree has.
    #[must_use]
    pub fn by<'p>(wanted: impl Iterator<Item = &'p str>, has: &dyn Fn(&str) -> bool) -> Self {
        wanted.fold(Self::default(), |so_far, path| so_far.and(has(path)))
    }

    /// The paths that a shape wants: all that are neither optional nor forbidden.
    pub fn wanted(manifest: &Manifest) -> impl Iterator<Item = &str> {
        let rules = manifest.paths.iter();
        rules.filter(|rule| !rule.optional && rule.policy.is_wanted()).map(|rule| &*rule.path)
    }

    /// Adds another wanted path.
    #[must_use]
    pub fn and(self, is_there: bool) -> Self {
        Self { present: self.present + usize::from(is_there), wanted: self.wanted + 1 }
    }

    /// Whether the repository is of another kind: fewer than half of the wanted paths exist.
    #[must_use]
    pub fn is_stranger(self) -> bool {
        self.present * 2 < self.wanted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::embedded;

    #[test]
    fn a_stranger_has_fewer_than_half_of_the_paths() {
        let pack = embedded::load().expect("the embedded pack");
        let all = Kinship::of(&pack, &|_| true);
        assert!(all.wanted > 4 && all.present == all.wanted && !all.is_stranger());
        let few = Kinship::of(&pack, &|path| path == "README.md" || path == ".gitignore");
        assert_eq!((few.present, few.wanted), (2, all.wanted));
        assert!(few.is_stranger());
        assert!(!Kinship { present: 2, wanted: 4 }.is_stranger());
        // A shape that wants nothing has no strangers.
        assert!(!Kinship::default().is_stranger());
    }
}
