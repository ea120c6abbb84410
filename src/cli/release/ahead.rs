//! What is ahead of a version before members are notified of it: the images that contain a later one, and the later ones
//! that the index does not list.

use pep440_rs::Version;

use super::{Target, cascade};
use crate::cli::Context;
use crate::cli::shared::journal;
use crate::cli::shared::releases::Remembered;
use crate::error::{Error, Result};
use crate::journal::Journal;
use crate::release::Unlisted;
use crate::release::cascade::WouldGoBack;
use crate::release::chain::Run;
use crate::release::unlisted::WHY;
use crate::release::version::is_final_above;

/// The version that members are to be notified of, and others.
pub(super) struct Versions<'a> {
    pub(super) version: &'a Version,
    /// The versions that the index lists, also withdrawn ones.
    pub(super) listed: &'a [Version],
    /// The versions that have a tag.
    pub(super) tagged: &'a [Version],
}

/// What is ahead of a version.
#[derive(Default)]
pub(super) struct Ahead {
    /// Which members would go back; `None` if none would, or images were not read.
    pub(super) back: Option<WouldGoBack>,
    /// The later versions that the index does not list.
    pub(super) unlisted: Unlisted,
}

impl Ahead {
    /// Looks for it. Images are read only if one may contain a later version: the index lists one, be it withdrawn, one was
    /// published from here, or one has a tag, though that may never have been published.
    ///
    /// # Errors
    /// When the journal cannot be read, or a forge that has to say which images there are.
    pub(super) fn of(
        wish: &cascade::Wish,
        context: &Context,
        target: &Target,
        versions: &Versions<'_>,
    ) -> Result<Self> {
        let Versions { version, listed, tagged } = *versions;
        let release = target.subject.at(version);
        let runs = recorded(wish, context, target)?;
        // That members left it, and the index does not list it any more, is as it should be.
        let matters = || runs.iter().filter(|run| !run.is_over());
        let unlisted = Unlisted::of(release, listed, matters(), &[]);
        let is_later = |known: &Version| is_final_above(known, version);
        let may_be_later = !unlisted.is_empty() || listed.iter().chain(tagged).any(is_later);
        let fleet = &target.fleet;
        let has_images = fleet.manifest.images.is_some() && fleet.active().next().is_some();
        if !may_be_later || !has_images {
            return Ok(Self { back: None, unlisted });
        }
        let rows = cascade::seen(wish, context, target)?.repositories;
        let unlisted = Unlisted::of(release, listed, matters(), &rows);
        Ok(Self { back: WouldGoBack::of(&rows, version), unlisted })
    }

    /// What is in the way of notifying members: that some would certainly go back, or that the index does not list a later
    /// version. Each in one line.
    pub(super) fn objections(&self) -> Vec<String> {
        let back = self.back.as_ref().filter(|back| back.is_certain());
        back.map(WouldGoBack::in_words).into_iter().chain(self.unlisted.in_words()).collect()
    }

    /// The refusal to notify members; `None` if nothing is in the way.
    pub(super) fn refused(&self) -> Option<Error> {
        let back = self.back.as_ref().filter(|back| back.is_certain());
        let unlisted = self.unlisted.what();
        let error = match (back.map(WouldGoBack::in_words), unlisted) {
            (None, None) => return None,
            (Some(back), None) => Error::usage(format!("{back}, so nothing was done")),
            (Some(back), Some(unlisted)) => {
                Error::usage(format!("{back}, so nothing was done")).caused_by(unlisted)
            }
            (None, Some(unlisted)) => Error::usage(format!("{unlisted}, so nothing was done")),
        };
        Some(match self.unlisted.newest() {
            None => error,
            Some(newest) => error
                .caused_by(WHY)
                .hint(format!("where its list is old, wait until it has {newest}")),
        })
    }
}

/// What this machine recorded of releases.
///
/// # Errors
/// When the journal cannot be read.
pub(super) fn recorded(
    wish: &cascade::Wish,
    context: &Context,
    Target { fleet, .. }: &Target,
) -> Result<Vec<Run>> {
    let forge = wish.forge.address(Some(fleet))?;
    let file = journal::file_at(wish.state.as_deref(), context, fleet, &forge)?;
    match Journal::look(&file)? {
        Some(journal) => Ok(Remembered::of(&journal, fleet)?.runs),
        None => Ok(Vec::new()),
    }
}
