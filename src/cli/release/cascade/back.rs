//! Records that members went back to a version, or were asked to, in the chains of later versions. A version that was
//! published by other means has no chain, and gets one that says only that.

use std::collections::BTreeSet;

use pep440_rs::Version;

use crate::cli::counted;
use crate::error::Result;
use crate::journal::Journal;
use crate::package::version;
use crate::release::cascade::{self, Aim};
use crate::release::chain::{KIND, Record, Row, State, operation};
use crate::release::{ReleaseId, Stage};

/// What a cascade did that may have taken members back.
pub(super) struct TakenBack<'a> {
    pub(super) rows: &'a [cascade::Row],
    pub(super) aim: Aim,
    /// The later versions that the index knows, in their order.
    pub(super) later: &'a [Version],
}

impl TakenBack<'_> {
    /// Whether members were taken back, and not only brought to this version: that is what the command is for, or a later
    /// version was in an image.
    fn is_certain(&self) -> bool {
        self.aim.only_back || self.rows.iter().any(|row| row.had_later)
    }
}

/// Records for later versions that images no longer contain them, and for this version that they do not supersede it;
/// their tables would otherwise still say so.
///
/// # Errors
/// When the journal cannot be read or written.
pub(super) fn remember(
    journal: &Journal,
    release: ReleaseId<'_>,
    taken_back: &TakenBack<'_>,
    now: &str,
) -> Result<()> {
    let version = release.version;
    let Some(newest) = taken_back.later.last() else { return Ok(()) };
    let Some(what) = what(taken_back.rows, version) else { return Ok(()) };
    let is_certain = taken_back.is_certain();
    let mut is_back = is_certain;
    for later in started(journal, release)?.union(&taken_back.later.iter().cloned().collect()) {
        let (name, input) = operation(ReleaseId { version: later, ..release });
        let begun = journal.unfinished(&name)?;
        let effects = begun.as_ref().map(|begun| begun.effects.as_slice());
        let record = Record::of_effects(effects.unwrap_or_default());
        // A version that was only published, here or elsewhere, may be in the images of members that were built since.
        let is_published = record.is_settled(Stage::Publish) || taken_back.later.contains(later);
        let may_be_in_images = is_published && is_certain;
        if record.row(Stage::Cascade).is_none() && !may_be_in_images {
            continue;
        }
        // A process that is running the chain reports the state of its images itself.
        let Some(operation) = journal.begin_if_free(&name, &input, now)? else { continue };
        // No command suggests notifying members of it again: nobody here knows why they went back.
        let at = Some(now.to_owned());
        let said = |stage, state, what: &str| Row {
            at: at.clone(),
            ..Row::new(stage, state, what.to_owned())
        };
        let mut rows = vec![said(Stage::Images, State::Unchecked, &what)];
        // A cascade that a freeze had stopped would suggest continuing.
        if !record.is_settled(Stage::Cascade) {
            rows.push(said(Stage::Cascade, State::Unchecked, &what));
        }
        if !record.is_settled(Stage::Publish) && taken_back.later.contains(later) {
            rows.push(said(Stage::Publish, State::Done, "on the index"));
        }
        Record::keep_went_back(&operation, Some(&version.to_string()))?;
        Record::keep(&operation, &rows)?;
        is_back = true;
    }
    match is_back {
        true => supersede_no_more(journal, release, newest, now),
        false => Ok(()),
    }
}

/// The later versions whose release was started here.
fn started(journal: &Journal, release: ReleaseId<'_>) -> Result<BTreeSet<Version>> {
    let mut versions = BTreeSet::new();
    for name in journal.running(KIND)? {
        let Some((_, text)) = name.key.split_once('@') else { continue };
        let Ok(version) = version::read(text) else { continue };
        let (ours, _) = operation(ReleaseId { version: &version, ..release });
        if version > *release.version && ours.key == name.key {
            versions.insert(version);
        }
    }
    Ok(versions)
}

/// Records for a version whose release was started here that members went back to it, so that the later one does not
/// supersede it.
fn supersede_no_more(
    journal: &Journal,
    release: ReleaseId<'_>,
    later: &Version,
    now: &str,
) -> Result<()> {
    let (name, input) = operation(release);
    if journal.unfinished(&name)?.is_none() {
        return Ok(());
    }
    // A process that is running the chain records this itself.
    let Some(operation) = journal.begin_if_free(&name, &input, now)? else { return Ok(()) };
    Record::keep_taken_back_from(&operation, later)?;
    Record::keep_superseded(&operation, None)
}

/// Ends the ways back to earlier versions if this run notified a member: continuing one would undo that.
///
/// # Errors
/// When the journal cannot be read or written.
pub(super) fn overtake(
    journal: &Journal,
    release: ReleaseId<'_>,
    rows: &[cascade::Row],
    now: &str,
) -> Result<()> {
    match rows.iter().any(|row| row.is_told_now) {
        true => crate::release::back::overtake(journal, release, now),
        false => Ok(()),
    }
}

/// How many repositories are at the version, as proven by their images, and how many others this run asked to go back;
/// `None` if there are none. Some may have been at it all along, so nothing is said of how they got there.
fn what(rows: &[cascade::Row], version: &Version) -> Option<String> {
    let (at_it, others): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.contains(version));
    let told = others.iter().filter(|row| row.is_told_now).count();
    let are = |count: usize| if count == 1 { "is" } else { "are" };
    let were = |count: usize| if count == 1 { "was" } else { "were" };
    Some(match (at_it.len(), told) {
        (0, 0) => return None,
        (0, told) => format!(
            "{} {} notified to go back to {version}",
            counted(told, "repository"),
            were(told)
        ),
        (at_it, 0) => format!("{} {} at {version}", counted(at_it, "repository"), are(at_it)),
        (at_it, told) => format!(
            "{} {} at {version}, and {told} {} notified to go back to it",
            counted(at_it, "repository"),
            are(at_it),
            were(told)
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::cascade::ImageSeen;

    #[test]
    fn only_what_an_image_proves_is_at_the_version_and_what_was_told_before_counts_for_nothing() {
        let version = "0.1.1".parse().expect("a version");
        let row = |seen: Option<&str>, is_told_now: bool| cascade::Row {
            images: vec![ImageSeen {
                name: "x".to_owned(),
                digest: None,
                version: seen.map(str::to_owned),
                unread: None,
            }],
            id: Some("0.1.1-0".to_owned()),
            is_told_now,
            ..cascade::Row::default()
        };
        let (back, told, before) =
            (row(Some("0.1.1"), false), row(Some("0.1.2"), true), row(None, false));
        let says = |rows: &[cascade::Row]| what(rows, &version);
        assert_eq!(says(std::slice::from_ref(&before)), None);
        assert_eq!(
            says(&[told.clone(), before.clone()]).as_deref(),
            Some("1 repository was notified to go back to 0.1.1")
        );
        assert_eq!(says(&[back.clone(), before]).as_deref(), Some("1 repository is at 0.1.1"));
        assert_eq!(
            says(&[back.clone(), back, told]).as_deref(),
            Some("2 repositories are at 0.1.1, and 1 was notified to go back to it")
        );
    }
}
