//! Patterns of paths as a pack writes them, ready to match: `*` stays within one folder.

use globset::{Glob, GlobSet, GlobSetBuilder};

use crate::error::{Error, Result};
use crate::shape::manifest::Profile;

/// A profile with its globs ready.
#[derive(Clone, Debug)]
pub struct ProfileGlobs {
    /// The profile as written.
    pub profile: Profile,
    permits: GlobSet,
    without: GlobSet,
}

impl ProfileGlobs {
    /// Makes the globs of a profile of a pack that was loaded.
    pub(super) fn of(profile: Profile) -> Self {
        // Both sets were built once while the pack was loaded, so they build.
        let set = |globs: &[String]| glob_set(globs, "").unwrap_or_else(|_| GlobSet::empty());
        Self { permits: set(&profile.permits), without: set(&profile.without), profile }
    }

    /// Whether the globs of a profile are globs.
    ///
    /// # Errors
    /// When one is not; `place` is where the profile stands.
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
        .map_err(|error| Error::usage("the globs are too many").in_file(place).caused_by(error))
}

/// Whether a path of a pack stands for many.
pub(super) fn is_glob(path: &str) -> bool {
    path.contains(['*', '?', '[', '{'])
}
