//! What is recorded of releases on this machine, and whom a release concerns.

use std::collections::{BTreeMap, BTreeSet};

use pep440_rs::Version;

use crate::error::Result;
use crate::fleet::{Fleet, Member};
use crate::journal::{Journal, OperationName};
use crate::package::version;
use crate::release::ReleaseId;
use crate::release::back::{self, Back};
use crate::release::cascade;
use crate::release::chain::{KIND, Record, Run};

/// What is recorded of releases.
#[derive(Default)]
pub(in crate::cli) struct Remembered {
    /// The unfinished way back, if there is one.
    pub(in crate::cli) back: Option<Back>,
    /// The runs, newest first, each with what is to become of its version.
    pub(in crate::cli) runs: Vec<Run>,
}

impl Remembered {
    /// Reads it from a journal.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub(in crate::cli) fn of(journal: &Journal, fleet: &Fleet) -> Result<Self> {
        let (all, members) = (remembered(journal, fleet)?, members(fleet));
        let back = way_back(journal, fleet)?;
        let runs = all.iter().map(|run| run.clone().among(&all, &members, back.as_ref()));
        Ok(Self { runs: runs.collect(), back })
    }
}

/// The unfinished way back that is recorded on this machine.
///
/// # Errors
/// When the journal cannot be read.
pub(in crate::cli) fn way_back(journal: &Journal, fleet: &Fleet) -> Result<Option<Back>> {
    let Some(package) = &fleet.manifest.runtime_package else { return Ok(None) };
    back::begun(journal, &package.distribution)
}

/// All runs that are remembered, newest first.
///
/// # Errors
/// When the journal cannot be read.
pub(in crate::cli) fn remembered(journal: &Journal, fleet: &Fleet) -> Result<Vec<Run>> {
    let package = fleet.manifest.runtime_package.as_ref();
    let has_mirror = package.is_some_and(|package| package.release.mirror.is_some());
    let mut runs = Vec::new();
    for name in journal.running(KIND)? {
        let Some(begun) = journal.unfinished(&name)? else { continue };
        let Some((distribution, text)) = name.key.split_once('@') else { continue };
        let Ok(version) = version::read(text) else { continue };
        let at_it = journal.at_it(&name)?;
        // It was cut off before it recorded anything: not even whether it was of a release or of a way back.
        if begun.effects.is_empty() && at_it.is_none() {
            continue;
        }
        let release = ReleaseId { distribution, version: &version };
        let record = Record::of_effects(&begun.effects);
        let run = Run::of(release, &record, has_mirror, Some(begun.begun_at));
        let told = OperationName::new(cascade::KIND, name.key.clone());
        let told = journal.unfinished(&told)?.map(|told| told.effects).unwrap_or_default();
        runs.push(Run { at_it, unheard: cascade::unheard(&told), ..run });
    }
    Ok(runs)
}

/// The newest final version of each distribution that was published, as recorded here, and not withdrawn. One that members
/// went back from counts too: while the index offers it, notifying members of an earlier one is refused.
pub(in crate::cli) fn newest_offered(runs: &[Run]) -> BTreeMap<String, Version> {
    let mut newest: BTreeMap<String, Version> = BTreeMap::new();
    for run in runs.iter().filter(|run| run.is_offered()) {
        let Some(version) = run.version.as_deref().and_then(|text| version::read(text).ok()) else {
            continue;
        };
        let known = newest.entry(run.distribution.clone()).or_insert_with(|| version.clone());
        if version > *known {
            *known = version;
        }
    }
    newest
}

/// The repositories of the members that are notified of releases, in lower case.
pub(in crate::cli) fn members(fleet: &Fleet) -> BTreeSet<String> {
    let has_one_kind = fleet.manifest.images.as_ref().is_some_and(|images| images.of.is_some());
    let is_notified = |member: &&Member| !has_one_kind || fleet.image(member).is_some();
    let members = fleet.active().filter(is_notified);
    members.map(|member| member.repository.key()).collect()
}
