//! Which versions members are left with, or have left, once they were taken back.

use pep440_rs::Version;

use crate::cli::shared::releases;
use crate::error::Result;
use crate::fleet::Fleet;
use crate::journal::Journal;
use crate::package::version;
use crate::release::cascade::Row;
use crate::release::chain::{self, Progress, Purpose, Record, Returned, Run, WayBack};
use crate::release::later::Later;
use crate::release::undone::is_left;
use crate::release::{ReleaseId, back};
use crate::source::requirements::normalize;

/// The newest version that members went back from, as recorded, and as it would be recorded of these rows of members that are
/// left alone, where members leave the versions up to this one. One that nobody knows to be published was never uploaded, so that
/// no member has it and nothing is to be withdrawn.
pub(super) fn left(
    journal: &Journal,
    (fleet, release): (&Fleet, ReleaseId<'_>),
    later: &Later,
    (seen, up_to): (&[Row], Option<&Version>),
) -> Result<Option<Run>> {
    let mut runs = releases::remembered(journal, fleet)?;
    let read = |run: &Run| version::read(run.version.as_deref()?).ok();
    let is_known = |version: Version| version <= *release.version || later.contains(&version);
    let distribution = normalize(release.distribution);
    runs.retain(|run| run.distribution == distribution && read(run).is_some_and(is_known));
    for run in &mut runs {
        let is_gone = read(run).is_some_and(|version| later.is_gone(&version));
        run.is_withdrawn = run.is_withdrawn || is_gone;
        if let (Some(from), Some(returned)) = (read(run), run.returned.take()) {
            run.returned = Some(as_seen(returned, (&from, release.version), (seen, up_to)));
        }
    }
    let is_left = |run: &&Run| run.went_back.is_some() && read(run) > Some(release.version.clone());
    let back = back::begun(journal, release.distribution)?;
    let members = releases::members(fleet);
    let newest = runs.iter().filter(is_left).max_by_key(|run| read(run));
    Ok(newest.map(|run| run.clone().among(&runs, &members, back.as_ref())))
}

/// Which members went back from a version, with those that are left alone since their images need no other one.
fn as_seen(
    returned: Returned,
    (from, to): (&Version, &Version),
    (seen, up_to): (&[Row], Option<&Version>),
) -> Returned {
    if seen.is_empty() || from <= to {
        return returned;
    }
    // They were not notified, so their images were the same before.
    let before = |row: &Row| Row { images_before: row.images.clone(), ..row.clone() };
    let rows: Vec<Row> = seen.iter().map(before).collect();
    let way = WayBack { from, to, purpose: Purpose::Leave, progress: Progress::Over };
    // A run that notifies nobody records that members went there only if one is there.
    let is_any_there = rows.iter().any(|row| row.contains(to));
    let returned = match is_any_there && is_left(from, up_to, (Some(&returned), &rows)) {
        true => Returned::with(Some(returned), &rows, way),
        false => returned,
    };
    returned.with_earlier(&rows).unwrap_or(returned)
}

/// Records which versions the index has withdrawn, so that no command proposes that once more.
pub(super) fn note_withdrawals(
    journal: &Journal,
    (fleet, release): (&Fleet, ReleaseId<'_>),
    later: &Later,
    now: &str,
) -> Result<()> {
    let distribution = normalize(release.distribution);
    for run in releases::remembered(journal, fleet)? {
        let version = run.version.as_deref().and_then(|text| version::read(text).ok());
        let is_news = |version: &Version| !run.is_withdrawn && later.is_withdrawn(version);
        let Some(version) = version.filter(is_news).filter(|_| run.distribution == distribution)
        else {
            continue;
        };
        let (name, input) = chain::operation(ReleaseId { version: &version, ..release });
        // A process that is running the chain reads that itself.
        if let Some(operation) = journal.begin_if_free(&name, &input, now)? {
            Record::keep_withdrawn(&operation, true)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::cascade::{ImageSeen, State};

    #[test]
    fn a_look_finds_nothing_to_record_where_all_went_further_back() {
        let [from, to, further] =
            ["0.1.7", "0.1.6", "0.1.5"].map(|text| text.parse::<Version>().expect("a version"));
        let row = |name: &str, version: &Version, state: State| {
            let version = Some(version.to_string());
            let image = ImageSeen { name: "x".to_owned(), digest: None, version, unread: None };
            Row { repository: name.to_owned(), images: vec![image], state, ..Row::default() }
        };
        let (purpose, progress) = (Purpose::Leave, Progress::Over);
        let way = WayBack { from: &from, to: &further, purpose, progress };
        let back = Returned::with(None, &[row("acme/a", &further, State::Contained)], way);
        let seen = |rows: &[Row]| as_seen(back.clone(), (&from, &to), (rows, None));
        let earlier = row("acme/a", &further, State::Earlier);
        assert_eq!(seen(std::slice::from_ref(&earlier)), back);
        // One that is there is recorded by a run that notifies nobody, too.
        assert_ne!(seen(&[earlier, row("acme/b", &to, State::Current)]), back);
    }
}
