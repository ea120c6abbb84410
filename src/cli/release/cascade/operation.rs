//! The journal's operation of a cascade: which members were notified of a version.

use super::Wish;
use crate::cli::Context;
use crate::cli::shared::journal;
use crate::error::Result;
use crate::fleet::Fleet;
use crate::journal::{EffectRecord, Journal, Operation, OperationName};
use crate::package::version;
use crate::release::ReleaseId;
use crate::release::cascade::KIND;
use crate::source::requirements::normalize;

/// The journal's effects of earlier cascades of a version on this machine.
pub(super) fn remembered(
    wish: &Wish,
    context: &Context,
    fleet: &Fleet,
    release: ReleaseId<'_>,
) -> Result<Vec<EffectRecord>> {
    let begun = match look(wish, context, fleet)? {
        Some(journal) => journal.unfinished(&recorded(&journal, release)?)?,
        None => None,
    };
    Ok(begun.map(|begun| begun.effects).unwrap_or_default())
}

/// The journal's effects of cascades of all earlier versions on this machine.
pub(super) fn of_earlier(
    wish: &Wish,
    context: &Context,
    fleet: &Fleet,
    release: ReleaseId<'_>,
) -> Result<Vec<EffectRecord>> {
    let Some(journal) = look(wish, context, fleet)? else { return Ok(Vec::new()) };
    let ours = operation(release);
    let mut effects = Vec::new();
    for name in journal.running(&ours.kind)? {
        let Some((distribution, text)) = name.key.split_once('@') else { continue };
        let is_earlier = version::read(text).is_ok_and(|version| version < *release.version);
        if is_earlier && normalize(distribution) == normalize(release.distribution) {
            effects.extend(journal.unfinished(&name)?.into_iter().flat_map(|it| it.effects));
        }
    }
    Ok(effects)
}

fn look(wish: &Wish, context: &Context, fleet: &Fleet) -> Result<Option<Journal>> {
    let forge = wish.forge.address(Some(fleet))?;
    Journal::look(&journal::file_at(wish.state.as_deref(), context, fleet, &forge)?)
}

/// The operation that records which members were notified of a version.
fn operation(release: ReleaseId<'_>) -> OperationName {
    let (distribution, version) = (normalize(release.distribution), release.version);
    OperationName::new(KIND, format!("{distribution}@{version}"))
}

/// [`operation`] as this journal spells it: it may have been recorded with another spelling of the distribution.
pub(super) fn recorded(journal: &Journal, release: ReleaseId<'_>) -> Result<OperationName> {
    let name = operation(release);
    let is_it = |known: &OperationName| {
        let split = known.key.split_once('@');
        split.is_some_and(|(known, version)| format!("{}@{version}", normalize(known)) == name.key)
    };
    Ok(journal.running(&name.kind)?.into_iter().find(is_it).unwrap_or(name))
}

/// The process that notifies members of a version, or follows those that it notified; `None` if there is none.
///
/// # Errors
/// When the journal cannot be read.
pub(in crate::cli::release) fn at_it(
    journal: &Journal,
    release: ReleaseId<'_>,
) -> Result<Option<String>> {
    journal.at_it(&recorded(journal, release)?)
}

/// Starts the operation, which is never finished: what it records is kept for as long as the journal.
pub(super) fn begin(journal: &Journal, name: &OperationName, now: &str) -> Result<Operation> {
    journal.begin(name, &serde_json::json!({ "cascade": name.key }), now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_found_under_another_spelling_of_the_distribution() {
        let place = tempfile::tempdir().expect("a folder");
        let journal = Journal::open(&place.path().join("journal.db")).expect("a journal");
        let version = "0.1.6".parse().expect("a version");
        let of = |version| ReleaseId { distribution: "acme-runtime", version };
        let known = || recorded(&journal, of(&version)).expect("read").key;
        assert_eq!(known(), "acme-runtime@0.1.6");
        let name = OperationName::new("release-cascade", "Acme_Runtime@0.1.6");
        drop(begin(&journal, &name, "2026-11-22T12:00:00Z").expect("begun"));
        assert_eq!(known(), "Acme_Runtime@0.1.6");
        let later = "0.1.7".parse().expect("a version");
        let later = recorded(&journal, of(&later));
        assert_eq!(later.expect("read").key, "acme-runtime@0.1.7");
    }
}
