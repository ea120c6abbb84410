//! Glob patterns of a pack, compiled: `*` does not cross `/`.

use globset::{Glob, GlobSet, GlobSetBuilder};

use crate::error::{Error, Result};
use crate::shape::Policy;
use crate::shape::manifest::{PathRule, Profile};

/// A profile with its globs compiled.
#[derive(Clone, Debug)]
pub struct ProfileGlobs {
    /// The profile as written.
    pub profile: Profile,
    permits: GlobSet,
    without: GlobSet,
}

impl ProfileGlobs {
    /// Compiles the globs of a profile of a loaded pack.
    pub(super) fn of(profile: Profile) -> Self {
        // Loading the pack has already compiled both sets successfully.
        let set = |globs: &[String]| glob_set(globs, "").unwrap_or_else(|_| GlobSet::empty());
        Self { permits: set(&profile.permits), without: set(&profile.without), profile }
    }

    /// Checks the globs of a profile.
    ///
    /// # Errors
    /// When one is invalid; `place` is the file with the profile.
    pub(super) fn check(profile: &Profile, place: &str) -> Result<()> {
        glob_set(&profile.permits, place)?;
        glob_set(&profile.without, place)?;
        Ok(())
    }

    /// Whether the profile permits a path that the shape forbids or does not know.
    #[must_use]
    pub fn permits(&self, path: &str) -> bool {
        self.permits.is_match(path)
    }

    /// Returns how a path of the shape is held by the profile.
    #[must_use]
    pub fn policy_of(&self, rule: &PathRule) -> Policy {
        self.profile.policies.get(&rule.path).copied().unwrap_or(rule.policy)
    }

    /// Whether the profile leaves out a rule, by its id or its code.
    #[must_use]
    pub fn leaves_out(&self, id: &str, code: &str) -> bool {
        self.profile.without_rules.iter().any(|rule| rule == id || rule == code)
    }

    /// Whether the profile does without a path of the shape.
    #[must_use]
    pub fn does_without(&self, path: &str) -> bool {
        self.without.is_match(path)
    }
}

pub(super) fn glob(pattern: &str, place: &str) -> Result<Glob> {
    globset::GlobBuilder::new(pattern).literal_separator(true).build().map_err(|error| {
        Error::usage(format!("`{pattern}` is not a glob")).in_file(place).caused_by(error)
    })
}

pub(super) fn glob_set(patterns: &[String], place: &str) -> Result<GlobSet> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        set.add(glob(pattern, place)?);
    }
    set.build()
        .map_err(|error| Error::usage("there are too many globs").in_file(place).caused_by(error))
}

/// Whether a path in a pack is a glob.
pub(super) fn is_glob(path: &str) -> bool {
    path.contains(['*', '?', '[', '{'])
}
