//! Which files of a repository something reaches.

use std::collections::BTreeSet;

use super::Repository;

/// Paths that a COPY, an import, a script or a test reaches.
#[must_use]
pub fn reached(_repository: &Repository<'_>) -> BTreeSet<String> {
    BTreeSet::new()
}
