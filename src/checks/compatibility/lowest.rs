//! The lowest version of a runtime that a template works with.

use pep440_rs::Version;

use super::Question;
use super::usage::{self, missing, missing_or_foreign};
use crate::checks::Repository;
use crate::package::interface::Offer;

/// The lowest available version from which on everything exists that a template uses and the runtime has; `None` if
/// the lowest one already does.
#[must_use]
pub fn lowest(repository: &Repository<'_>, question: &Question) -> Option<Version> {
    let runtime = &question.runtime;
    let newest = runtime.version.as_ref()?;
    let uses = usage::of(repository);
    let taken = uses.iter().filter(|used| {
        used.is_fatal()
            && runtime.table.owns(used.root())
            && missing(&runtime.table, used).is_none()
    });
    let taken: Vec<&usage::Use> = taken.collect();
    let older = question.versions(&runtime.distribution).iter();
    let older: Vec<(&Version, &Offer)> = older
        .filter_map(|offer| Some((offer.version.as_ref()?, offer)))
        .filter(|(version, _)| *version < newest)
        .collect();
    let lacks = |(_, offer): &(&Version, &Offer)| {
        let lacks = |used: &&usage::Use| missing_or_foreign(&offer.table, used).is_some();
        taken.iter().any(lacks)
    };
    let last = older.iter().rposition(lacks)?;
    Some(older.get(last + 1).map_or(newest, |(version, _)| version).clone())
}
