//! What is released, and from where: the runtime package of a fleet, whose source is on the forge.

use pep440_rs::Version;

use super::ReleaseId;
use crate::error::{Error, Result};
use crate::fleet::manifest::{Release, RuntimePackage};
use crate::fleet::{Fleet, RepositoryName};

/// What is released.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The name of the distribution.
    pub distribution: String,
    /// The repository of its source.
    pub repository: RepositoryName,
    /// The folder of the source in that repository.
    pub path: String,
    /// The release settings of fleet.yaml.
    pub release: Release,
}

impl Subject {
    /// Returns what a fleet releases.
    ///
    /// # Errors
    /// When the fleet has no runtime package, or fleet.yaml does not say which repository its source is in.
    pub fn of(fleet: &Fleet) -> Result<Self> {
        let package = package(fleet)?;
        let written = package.source.as_ref();
        let repository = written.and_then(|source| source.repository.as_deref());
        let found = written.zip(
            repository.and_then(|name| RepositoryName::parse(name, &fleet.manifest.forge.owner)),
        );
        let Some((source, repository)) = found else {
            let path = ["runtime_package".into()];
            return Err(fleet
                .key_problem(&path, "the repository of the runtime's source is not known")
                .hint("add `source: { repository: NAME, path: FOLDER }`"));
        };
        Ok(Self {
            distribution: package.distribution.clone(),
            repository,
            path: source.path.trim_end_matches('/').to_owned(),
            release: package.release.clone(),
        })
    }

    /// One release of it.
    #[must_use]
    pub fn at<'a>(&'a self, version: &'a Version) -> ReleaseId<'a> {
        ReleaseId { distribution: &self.distribution, version }
    }
}

/// Returns the runtime package of a fleet.
///
/// # Errors
/// When the fleet has none.
pub fn package(fleet: &Fleet) -> Result<&RuntimePackage> {
    fleet.manifest.runtime_package.as_ref().ok_or_else(|| {
        Error::usage("the fleet has no runtime package to release")
            .in_file(&fleet.file)
            .hint("describe it: `runtime_package: { distribution, import, source }`")
    })
}
