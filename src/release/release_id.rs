//! One release: a distribution at a version. Everything that the journal, an index and a cascade keep of it is kept by
//! these two.

use std::fmt;

use pep440_rs::Version;

/// A distribution at a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReleaseId<'a> {
    /// The name of the distribution, spelled as in fleet.yaml or in a journal.
    pub distribution: &'a str,
    /// The version.
    pub version: &'a Version,
}

impl fmt::Display for ReleaseId<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.distribution, self.version)
    }
}
