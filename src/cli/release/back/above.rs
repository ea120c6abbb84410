//! The versions above the one to go back to, which members leave.

use pep440_rs::Version;

use super::Arguments;
use crate::cli::Context;
use crate::cli::release::ahead::recorded;
use crate::cli::release::{Target, cascade, project};
use crate::edge::terminal::visible_line;
use crate::error::{Error, Result};
use crate::fleet::Fleet;
use crate::index::{Availability, Project};
use crate::journal::Journal;
use crate::package::version;
use crate::release::cascade::{Cascade, WouldGoBack};
use crate::release::chain::{self, Record};
use crate::release::version::is_final_above;
use crate::release::{ReleaseId, Unlisted, back};

/// The most versions that an error names.
const NAMED: usize = 5;

/// The versions above the one to go back to.
#[derive(Default)]
pub(super) struct Above {
    /// Those that the index offers.
    pub(super) offered: Vec<Version>,
    /// Those that it has withdrawn.
    pub(super) withdrawn: Vec<Version>,
    /// Those that it does not list, although they were published.
    pub(super) unlisted: Unlisted,
}

impl Above {
    /// Adds the versions that the index does not list, as this machine recorded and images show, and says so. Where the index
    /// lists a later one, members go back from all, and what is recorded here of others is found there.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub(super) fn look(
        &mut self,
        wish: &cascade::Wish,
        context: &Context,
        target: &Target,
        seen: &Cascade,
    ) -> Result<()> {
        let version = version::read(&wish.version)?;
        let mut known = self.offered.iter().chain(&self.withdrawn);
        if known.any(|known| is_final_above(known, &version)) {
            return Ok(());
        }
        let listed = [self.offered.as_slice(), &self.withdrawn].concat();
        let runs = recorded(wish, context, target)?;
        let release = target.subject.at(&version);
        self.unlisted = Unlisted::of(release, &listed, &runs, &seen.repositories);
        if let Some(line) = self.unlisted.in_words() {
            context.terminal.note(&visible_line(&line));
        }
        Ok(())
    }

    /// Whether a version is one of them.
    pub(super) fn contains(&self, version: &Version) -> bool {
        let listed = self.offered.iter().chain(&self.withdrawn);
        listed.chain(&self.unlisted.versions()).any(|known| known == version)
    }

    /// Those that may have been released since: the index offers them, or does not list them.
    pub(super) fn released(&self) -> Vec<Version> {
        [self.offered.as_slice(), &self.unlisted.versions()].concat()
    }

    /// The newest of them that is listed.
    pub(super) fn newest(&self) -> Option<&Version> {
        self.offered.iter().chain(&self.withdrawn).max()
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.released().iter().chain(&self.withdrawn).map(Version::to_string).collect()
    }
}

/// The versions above this one that the index knows, which members go back from. Refuses a version which is not offered, or
/// above which none is known at all; a later one may be withdrawn, because it can still be in images.
pub(super) fn later(
    arguments: &Arguments,
    context: &Context,
    target: &Target,
    version: &Version,
) -> Result<Above> {
    let Target { fleet, subject } = target;
    let name = &subject.distribution;
    let project = project(context, &arguments.index, fleet)?.unwrap_or_default();
    let releases = project.releases();
    let is_offered =
        |known: &&Version| matches!(project.availability(known), Availability::Offered(_));
    let refused = match project.availability(version) {
        Availability::Offered(_) => {
            let above = releases.keys().filter(|known| *known > version).cloned();
            let (offered, withdrawn) = above.partition(|known| is_offered(&known));
            let above = Above { offered, withdrawn, ..Above::default() };
            if releases.keys().any(|known| is_final_above(known, version)) {
                return Ok(above);
            }
            return unlisted(arguments, context, target, (version, above, &project));
        }
        Availability::Withdrawn(yanked) => {
            note_withdrawn(arguments, context, fleet, subject.at(version))?;
            Error::usage(format!("{name} {version} was withdrawn from the index"))
                .caused_by(yanked.in_words().escape_debug())
        }
        Availability::Missing => Error::usage(format!("the index does not serve {name} {version}")),
    };
    Err(refused.hint(candidates(&project)))
}

/// Refuses the newest version that the index lists, unless a later one was published from here or is in an image. Lower ones
/// are not named if an image may contain a later one that the index hides.
fn unlisted(
    arguments: &Arguments,
    context: &Context,
    target: &Target,
    (version, above, project): (&Version, Above, &Project),
) -> Result<Above> {
    let (wish, release) = (arguments.wish(version), target.subject.at(version));
    let runs = recorded(&wish, context, target)?;
    let listed: Vec<Version> = project.releases().into_keys().collect();
    if !Unlisted::of(release, &listed, &runs, &[]).is_empty() {
        return Ok(above);
    }
    let has_images = target.fleet.manifest.images.is_some();
    let rows = match has_images {
        true => cascade::seen(&wish, context, target)?.repositories,
        false => Vec::new(),
    };
    if !Unlisted::of(release, &listed, &runs, &rows).is_empty() {
        return Ok(above);
    }
    let name = release.distribution;
    let refused =
        Error::usage(format!("{name} {version} is the newest version, and not one to go back to"));
    Err(match WouldGoBack::of(&rows, version) {
        Some(unknown) => refused.caused_by(unknown.in_words()),
        None => refused.hint(candidates(project)),
    })
}

/// Records that a version is withdrawn, so that no command proposes to go back to it: in its own chain, and in those of the
/// versions from which members went to it, since one that was published by other means has no chain. A run that only looks
/// records nothing.
fn note_withdrawn(
    arguments: &Arguments,
    context: &Context,
    fleet: &Fleet,
    release: ReleaseId<'_>,
) -> Result<()> {
    let file = arguments.journal_file(context, fleet)?;
    if arguments.only_looks() || Journal::look(&file)?.is_none() {
        return Ok(());
    }
    let (journal, now) = (Journal::open(&file)?, context.clock.rfc3339());
    back::withdrawn(&journal, release, &now)?;
    for name in journal.running(chain::KIND)? {
        let Some((_, text)) = name.key.split_once('@') else {
            continue;
        };
        let Ok(version) = version::read(text) else {
            continue;
        };
        let (ours, input) = chain::operation(ReleaseId { version: &version, ..release });
        if ours.key != name.key || version < *release.version {
            continue;
        }
        // While a process is running the chain, this stays unrecorded: the next run reads it from the index again.
        let Some(operation) = journal.begin_if_free(&name, &input, &now)? else {
            continue;
        };
        if version == *release.version {
            Record::keep_withdrawn(&operation, true)?;
        } else if let Some(back) = Record::of_effects(&operation.effects()?).went_back
            && let Some(back) = back.as_on_index(&[], std::slice::from_ref(release.version))
        {
            Record::keep_went_back(&operation, Some(&back))?;
        }
    }
    Ok(())
}

/// The versions that members can go back to, newest first.
fn candidates(project: &Project) -> String {
    let releases = project.releases();
    let newest = releases.keys().rev().find(|known| !known.any_prerelease());
    let is_offered =
        |known: &&Version| matches!(project.availability(known), Availability::Offered(_));
    let is_older = |known: &&Version| newest.is_some_and(|newest| *known < newest);
    let older = releases.keys().rev().filter(is_older).filter(is_offered);
    let names: Vec<String> = older.take(NAMED).map(Version::to_string).collect();
    match names.is_empty() {
        true => "the index serves no earlier version".to_owned(),
        false => format!("members can go back to {}", names.join(", ")),
    }
}
