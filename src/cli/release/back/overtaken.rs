//! An unfinished way back that was finished or overtaken elsewhere: images contain a version that was released since, and
//! whoever continues it would undo that release.

use std::path::Path;

use pep440_rs::Version;

use super::{Above, Arguments};
use crate::cli::shared::releases;
use crate::error::{Error, Result};
use crate::fleet::Fleet;
use crate::journal::Journal;
use crate::release::ReleaseId;
use crate::release::back::{self, Back};
use crate::release::cascade::{Cascade, ImageSeen, WouldGoBack};

/// The unfinished way back that a run continues. One for more members stays as it is.
///
/// # Errors
/// When the journal cannot be read.
pub(super) fn continued_by(
    arguments: &Arguments,
    journal: &Journal,
    release: ReleaseId<'_>,
) -> Result<Option<Back>> {
    let version = release.version.to_string();
    Ok(back::begun(journal, release.distribution)?.filter(|begun| {
        let is_wider = begun.is_wider_than(&arguments.runtime);
        begun.at_it.is_none() && begun.version == version && !is_wider
    }))
}

/// Refuses to continue a way back that was finished or overtaken elsewhere, and closes its record. Returns the later
/// versions that the index knew when it was started, or knows now if this one is new.
///
/// # Errors
/// When that is so, or the journal cannot be read or written.
pub(super) fn goes_on(
    arguments: &Arguments,
    file: &Path,
    (fleet, release): (&Fleet, ReleaseId<'_>),
    (seen, above): (&Cascade, &Above),
    now: &str,
) -> Result<Vec<String>> {
    let Some(journal) = Journal::look(file)? else { return Ok(above.names()) };
    let Some(begun) = continued_by(arguments, &journal, release)? else { return Ok(above.names()) };
    if let Some(overtaken) = Overtaken::of(&journal, fleet, &begun, (seen, &above.offered))? {
        back::close(&Journal::open(file)?, release, now)?;
        return Err(overtaken.refused());
    }
    Ok(if begun.knew.is_empty() { above.names() } else { begun.knew })
}

/// That a way back was finished or overtaken elsewhere.
pub(super) struct Overtaken {
    what: String,
    how_many: Option<String>,
}

impl Overtaken {
    /// `None` if no image contains a version that was released since, and that is not known to be bad itself. `offered` are
    /// the later versions that the index offers.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub(super) fn of(
        journal: &Journal,
        fleet: &Fleet,
        begun: &Back,
        (seen, offered): (&Cascade, &[Version]),
    ) -> Result<Option<Self>> {
        let runs = releases::remembered(journal, fleet)?;
        let is_bad = |version: &Version| {
            let name = version.to_string();
            runs.iter().any(|run| run.is_given_up && run.version.as_ref() == Some(&name))
        };
        let images = seen.repositories.iter().flat_map(|row| &row.images);
        let version = |image: &ImageSeen| image.version.as_ref()?.parse::<Version>().ok();
        let mut versions: Vec<Version> = images.filter_map(version).collect();
        versions.retain(|version| offered.contains(version) && !is_bad(version));
        let Some(by) = begun.overtaken_by(&versions) else { return Ok(None) };
        let to = begun.version.parse::<Version>().ok();
        let would = to.and_then(|to| WouldGoBack::of(&seen.repositories, &to));
        Ok(Some(Self {
            what: format!(
                "{}, and was finished or overtaken elsewhere: {by} was released since",
                begun.in_words()
            ),
            how_many: would.map(|would| would.in_words()),
        }))
    }

    /// In one line.
    pub(super) fn in_words(&self) -> &str {
        &self.what
    }

    /// The refusal to continue it, once its record is closed.
    pub(super) fn refused(self) -> Error {
        let error = Error::usage(format!("{}, so nothing was done", self.what));
        self.how_many.into_iter().fold(error, Error::caused_by).hint(
            "it is not proposed any more; to take members back from there as well, run this again",
        )
    }
}
