//! Looking up versions on the package index.

use pep440_rs::Version;

use crate::cli::Context;
use crate::error::{Error, Result};
use crate::index::{Availability, File, Index, Project};
use crate::package::version;

/// The word for the newest version.
pub(super) const LATEST: &str = "latest";

/// A version that the index offers.
pub(super) struct Found {
    pub(super) index: Index,
    pub(super) project: Project,
    pub(super) version: Version,
}

impl Found {
    /// The digests of its files, in pip's notation.
    pub(super) fn hashes(&self) -> Vec<String> {
        let Availability::Offered(files) = self.project.availability(&self.version) else {
            return Vec::new();
        };
        let digest =
            |file: &&File| file.hashes.get("sha256").map(|digest| format!("sha256:{digest}"));
        let mut hashes: Vec<String> = files.iter().filter_map(digest).collect();
        hashes.sort();
        hashes.dedup();
        hashes
    }
}

/// Looks up a version.
pub(super) fn find(
    context: &Context,
    index: Index,
    distribution: &str,
    (wanted, unfinished_too): (&str, bool),
) -> Result<Found> {
    // Reject an invalid version before any request.
    let named = if wanted == LATEST { None } else { Some(version::read(wanted)?) };
    let project = index.project(distribution)?;
    let newest = project.latest(unfinished_too);
    let Some(version) = named.or_else(|| newest.clone()) else {
        let nothing = format!("the package index offers no final version of {distribution}");
        let withdrawn = withdrawn(&project);
        let error = Error::failed(nothing);
        let error = match project.latest(true) {
            Some(_) => error.hint("a pre-release is taken with --pre"),
            None => error.hint(RELEASE),
        };
        return Err(match withdrawn.is_empty() {
            true => error,
            false => error.caused_by(format!("withdrawn: {}", withdrawn.join(", "))),
        });
    };
    let offered = match project.availability(&version) {
        Availability::Offered(files) => files,
        Availability::Withdrawn(yanked) => {
            let why = if yanked.reason.is_empty() { "no reason is given" } else { &yanked.reason };
            let error = Error::failed(format!("{distribution} {version} was withdrawn"));
            let error = error.caused_by(why);
            return Err(match &newest {
                Some(_) => hinted(error, newest.as_ref()),
                None => error.hint(format!("{ALL_WITHDRAWN}; {RELEASE}")),
            });
        }
        Availability::Missing => {
            let error = Error::failed(format!("the package index has no {distribution} {version}"));
            return Err(hinted(error, newest.as_ref()));
        }
    };
    let mut python: Vec<&str> =
        offered.iter().filter_map(|file| file.requires_python.as_deref()).collect();
    python.dedup();
    let needs = match python.first() {
        Some(python) => format!(", which needs Python {python}"),
        None => String::new(),
    };
    context.terminal.note(&format!("{distribution} {version} is on the index{needs}"));
    Ok(Found { index, project, version })
}

/// In this case nothing can be pinned.
const ALL_WITHDRAWN: &str = "the index has no final version that was not withdrawn";

/// The hint for an index that offers nothing.
const RELEASE: &str = "release one: `shipshape release plan`";

/// The final versions that were withdrawn, newest first, each with the reason.
pub(super) fn withdrawn(project: &Project) -> Vec<String> {
    let releases = project.releases();
    let of = |version: &Version| match project.availability(version) {
        Availability::Withdrawn(yanked) if yanked.reason.is_empty() => Some(version.to_string()),
        Availability::Withdrawn(yanked) => Some(format!("{version} ({})", yanked.reason)),
        Availability::Offered(_) | Availability::Missing => None,
    };
    releases.keys().rev().filter(|version| !version.any_prerelease()).filter_map(of).collect()
}

fn hinted(error: Error, newest: Option<&Version>) -> Error {
    match newest {
        Some(newest) => error.hint(format!("the newest is {newest}: `shipshape pin {newest}`")),
        None => error.hint("a new version can take some minutes to appear"),
    }
}
