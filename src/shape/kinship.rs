//! Whether a repository is of the kind that a shape is about.
//!
//! A shape that nobody chose, the embedded one, is held against whatever somebody points at. What has
//! fewer than half of the paths that it wants is of another kind: to call each of them missing is true
//! and helps nobody.

use super::Pack;

/// How many of the paths that a shape wants are there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kinship {
    /// How many are there.
    pub present: usize,
    /// How many the shape wants: all but those that may be absent or must be.
    pub wanted: usize,
}

impl Kinship {
    /// How a tree stands to a shape; `has` says whether a path is there.
    #[must_use]
    pub fn of(pack: &Pack, has: &dyn Fn(&str) -> bool) -> Self {
        let rules = pack.manifest.paths.iter();
        let wanted = rules.filter(|rule| !rule.optional && rule.policy.is_wanted());
        wanted.fold(Self::default(), |so_far, rule| so_far.and(has(&rule.path)))
    }

    /// With one more wanted path.
    #[must_use]
    pub fn and(self, is_there: bool) -> Self {
        Self { present: self.present + usize::from(is_there), wanted: self.wanted + 1 }
    }

    /// Whether it is of another kind: it has fewer than half.
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
