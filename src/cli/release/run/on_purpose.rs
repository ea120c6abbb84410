//! Members that were taken to an earlier version on purpose: a release takes them forward, too, and says so first.

use pep440_rs::Version;

use super::Arguments;
use crate::cli::Context;
use crate::cli::release::Target;
use crate::cli::shared::{journal, releases};
use crate::edge::terminal::visible_line;
use crate::error::Result;
use crate::fleet::Fleet;
use crate::journal::Journal;
use crate::package::version;
use crate::release::Stage;
use crate::release::chain::{Returned, Row, Run, State};
use crate::source::requirements::normalize;

/// Lists them before anything is asked or reserved.
///
/// # Errors
/// When the journal cannot be read.
pub(super) fn list(
    arguments: &Arguments,
    context: &Context,
    Target { fleet, subject }: &Target,
    ours: &Version,
) -> Result<()> {
    if arguments.until < Stage::Cascade {
        return Ok(());
    }
    let forge = arguments.forge.address(Some(fleet))?;
    let file = journal::file_at(arguments.state.as_deref(), context, fleet, &forge)?;
    let Some(journal) = Journal::look(&file)? else { return Ok(()) };
    let mut runs = releases::remembered(&journal, fleet)?;
    let distribution = normalize(&subject.distribution);
    runs.retain(|run| run.distribution == distribution);
    for (name, to) in chosen(&runs, ours) {
        let name = slug(fleet, name);
        let line = format!("{name} is at {to} on purpose, and goes forward to {ours} too");
        context.terminal.note(&visible_line(&line));
    }
    Ok(())
}

/// The repositories that are at an earlier version on purpose, and that version: as the newest version below this one says
/// of which members were notified, or which they left.
fn chosen<'a>(runs: &'a [Run], ours: &Version) -> Vec<(&'a str, &'a str)> {
    let is_told =
        |row: &Row| row.stage == Stage::Cascade && row.state != State::Skipped && row.at.is_some();
    let says = |run: &&Run| run.returned.is_some() || run.stages.iter().any(is_told);
    let of = |run: &'a Run| Some((version::read(run.version.as_deref()?).ok()?, run));
    let known = runs.iter().filter(says).filter_map(of).filter(|(version, _)| version < ours);
    let newest = known.max_by(|(one, _), (other, _)| one.cmp(other));
    let returned = newest.and_then(|(_, run)| run.returned.as_ref());
    returned.into_iter().flat_map(Returned::chosen).collect()
}

/// The name of the member whose repository this is, in lower case.
fn slug<'a>(fleet: &'a Fleet, repository: &'a str) -> &'a str {
    let member = fleet.members.iter().find(|member| member.repository.key() == repository);
    member.map_or(repository, |member| member.slug.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::ReleaseId;
    use crate::release::cascade::Row as Member;
    use crate::release::chain::{Progress, Purpose, Record, WayBack};

    #[test]
    fn only_members_for_which_an_earlier_version_was_chosen_are_listed() {
        let [earlier, later, ours] =
            ["0.1.6", "0.1.7", "0.1.8"].map(|text| text.parse::<Version>().expect("a version"));
        let told = |version: &Version, purpose: Option<Purpose>| {
            let row = Member {
                repository: "acme/t-a".to_owned(),
                id: Some("0.1.6-0".to_owned()),
                ..Member::default()
            };
            let mut record = Record::default();
            let at = Some("2026-11-22T12:00:00Z".to_owned());
            record.set(Row { at, ..Row::new(Stage::Cascade, State::Done, "") });
            record.went_back = purpose.map(|purpose| {
                let way =
                    WayBack { from: version, to: &earlier, purpose, progress: Progress::Over };
                Returned::with(None, std::slice::from_ref(&row), way)
            });
            Run::of(ReleaseId { distribution: "acme-runtime", version }, &record, false, None)
        };
        let of = |purpose| told(&later, purpose);
        assert_eq!(chosen(&[of(Some(Purpose::Choose))], &ours), [("acme/t-a", "0.1.6")]);
        assert!(chosen(&[of(Some(Purpose::Leave))], &ours).is_empty());
        assert!(
            chosen(&[of(Some(Purpose::Choose))], &later).is_empty(),
            "it is that version's own"
        );
        // All were notified of a later one since.
        let next = "0.1.9".parse::<Version>().expect("a version");
        let runs = [of(Some(Purpose::Choose)), told(&ours, None)];
        assert!(chosen(&runs, &next).is_empty());
    }
}
