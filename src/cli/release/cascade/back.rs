//! Records that members went back to a version, or were asked to, in the chains of later versions. A version that was
//! published by other means has no chain, and gets one that says only that.

use std::cell::RefCell;
use std::cmp::min;
use std::collections::{BTreeMap, BTreeSet};

use pep440_rs::Version;

use super::operation::recorded;
use crate::error::Result;
use crate::journal::Journal;
use crate::package::version;
use crate::release::back::Opened;
use crate::release::cascade::{self, Aim};
use crate::release::chain::{
    KIND, Progress, Purpose, Record, Returned, Row, State, WayBack, operation,
};
use crate::release::undone::is_left;
use crate::release::{ReleaseId, Stage};

/// What a cascade does that may take members back.
pub(super) struct TakenBack<'a> {
    pub(super) journal: &'a Journal,
    pub(super) release: ReleaseId<'a>,
    pub(super) aim: Aim,
    /// The later versions that are known, in their order.
    pub(super) later: &'a [Version],
    /// Those of them that the index does not list.
    pub(super) unlisted: &'a [Version],
    /// The newest version that members leave; `None` if they leave all later ones.
    pub(super) from: Option<&'a Version>,
    /// The versions that a way back knows, also those of which nothing is recorded themselves.
    pub(super) knew: &'a [String],
    /// What the command was told of the index, which one that takes others back needs too.
    pub(super) options: &'a [String],
    pub(super) now: &'a str,
    /// What was recorded last while it ran.
    pub(super) noted: RefCell<Option<Found>>,
    /// Which members had gone back before it, for each later version.
    pub(super) before: RefCell<BTreeMap<Version, Option<Returned>>>,
}

/// What the rows of a cascade show of members that were taken back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    /// Whether an image proves that a member is at the version.
    is_at_it: bool,
    /// Whether this run notified a member that is not seen to be at it.
    is_told: bool,
    /// Whether members were taken back, and not only brought to this version: that is what the command is for, or a later
    /// version was in an image.
    is_certain: bool,
}

impl TakenBack<'_> {
    /// Records, while the cascade runs, what would be lost if it were cut off. The exact numbers are recorded at the end:
    /// written for every member and every later version, they would take longer than the dispatches.
    ///
    /// # Errors
    /// When the journal cannot be read or written.
    pub(super) fn note(&self, rows: &[cascade::Row]) -> Result<()> {
        let found = self.found(rows);
        if found.is_none() || *self.noted.borrow() == found {
            return Ok(());
        }
        remember(self, found, (rows, Progress::UnderWay))?;
        self.noted.replace(found);
        Ok(())
    }

    /// Records what the cascade did.
    ///
    /// # Errors
    /// When the journal cannot be read or written.
    pub(super) fn end(&self, rows: &[cascade::Row]) -> Result<()> {
        remember(self, self.found(rows), (rows, Progress::Over))?;
        remember_earlier(self, rows)
    }

    /// The versions that are known and of which nothing is recorded themselves: candidates, and those that runs bring.
    fn besides(&self) -> BTreeSet<String> {
        let is_recorded =
            |text: &String| version::read(text).is_ok_and(|it| self.later.contains(&it));
        self.knew.iter().filter(|text| !is_recorded(text)).cloned().collect()
    }

    /// `None` if no member is at the version and this run notified none.
    fn found(&self, rows: &[cascade::Row]) -> Option<Found> {
        let version = self.release.version;
        let is_at_it = |row: &cascade::Row| row.contains(version);
        let found = Found {
            is_at_it: rows.iter().any(is_at_it),
            is_told: rows.iter().any(|row| row.is_told_now && !is_at_it(row)),
            is_certain: self.aim.only_back
                || rows.iter().any(|row| row.had_later_than(version).is_some()),
        };
        (found.is_at_it || found.is_told).then_some(found)
    }
}

/// Records for later versions that images no longer contain them, and for this version that they do not supersede it;
/// their tables would otherwise still say so.
fn remember(
    taken_back: &TakenBack<'_>,
    found: Option<Found>,
    (members, progress): (&[cascade::Row], Progress),
) -> Result<()> {
    let TakenBack { journal, release, aim, later: known, unlisted, from, options, now, .. } =
        *taken_back;
    let version = release.version;
    let Some(newest) = known.last() else { return Ok(()) };
    let newest = from.map_or(newest, |from| min(newest, from));
    let Some(Found { is_certain, .. }) = found else { return Ok(()) };
    let mut is_back = is_certain;
    let mut versions = started(journal, release)?;
    versions.extend(known.iter().cloned());
    let told = told_last(journal, release, &versions)?;
    let last = known.iter().rfind(|it| from.is_none_or(|from| *it <= from));
    for later in &versions {
        let (name, input) = operation(ReleaseId { version: later, ..release });
        let begun = journal.unfinished(&name)?;
        let effects = begun.as_ref().map(|begun| begun.effects.as_slice());
        let record = Record::of_effects(effects.unwrap_or_default());
        if !is_left(later, from, (record.went_back.as_ref(), members)) {
            continue;
        }
        // A version that was only published, here or elsewhere, may be in the images of members that were built since.
        let is_published = record.is_settled(Stage::Publish) || known.contains(later);
        let may_be_in_images = is_published && is_certain;
        if record.row(Stage::Cascade).is_none() && !may_be_in_images {
            continue;
        }
        let mut rows = as_notified(members, later, &told);
        // Where no later version was seen, who did not have this one went forward, unless it went back from this one before. Who
        // was not notified yet was not looked at.
        let was_back = |row: &cascade::Row| {
            let name = row.repository.to_ascii_lowercase();
            let known = record.went_back.as_ref().map(|back| &back.repositories);
            known.is_some_and(|known| known.is_empty() || known.contains_key(&name))
        };
        let may_leave = |row: &cascade::Row| row.id.is_some() && row.had(later) != Some(false);
        rows.retain(|row| is_certain || may_leave(row) || was_back(row));
        if rows.is_empty() && !is_certain {
            continue;
        }
        let operation = journal.begin_if_free(&name, &input, now)?;
        let mut befores = taken_back.before.borrow_mut();
        let before = befores.entry(later.clone()).or_insert_with(|| record.went_back.clone());
        let purpose = if aim.only_back { Purpose::Leave } else { Purpose::Choose };
        let way = WayBack { from: later, to: version, purpose, progress };
        let mut back = Returned::with(before.clone(), &rows, way);
        back.options = options.to_vec();
        if last == Some(later) {
            back.know_besides(taken_back.besides());
        }
        is_back = true;
        // A process that is running the chain reports its stages itself, and leaves who went back meanwhile.
        let Some(operation) = operation else {
            Record::add_way_back(journal, ReleaseId { version: later, ..release }, &back, now)?;
            continue;
        };
        let mut rows = back.stages(record.is_settled(Stage::Cascade), now);
        // What a release from here recorded of an unfinished upload stays.
        let is_listed = known.contains(later) && !unlisted.contains(later);
        if record.row(Stage::Publish).is_none() && is_listed {
            let at = Some(now.to_owned());
            rows.push(Row { at, ..Row::new(Stage::Publish, State::Done, "on the index") });
        }
        Record::keep_way_back(&operation, &back, &rows)?;
    }
    match is_back {
        true => supersede_no_more(taken_back, newest, members),
        false => Ok(()),
    }
}

/// The newest of these versions that each repository was notified of from here, by its name in lower case.
fn told_last(
    journal: &Journal,
    release: ReleaseId<'_>,
    versions: &BTreeSet<Version>,
) -> Result<BTreeMap<String, Version>> {
    let mut told = BTreeMap::new();
    for version in versions {
        let name = recorded(journal, ReleaseId { version, ..release })?;
        let effects = journal.unfinished(&name)?.map(|begun| begun.effects).unwrap_or_default();
        for effect in effects.iter().filter(|effect| effect.state.outcome().is_some()) {
            let repository = cascade::recipient(&effect.key);
            told.extend(repository.map(|it| (it.to_ascii_lowercase(), version.clone())));
        }
    }
    Ok(told)
}

/// The rows, where it is not known whether a member had a version whose build was under way: it was notified of that one
/// last, and had to be notified to go back, although its image was at an earlier one still.
fn as_notified(
    rows: &[cascade::Row],
    later: &Version,
    told: &BTreeMap<String, Version>,
) -> Vec<cascade::Row> {
    let is_under_way = |row: &cascade::Row| {
        row.is_told_now && told.get(&row.repository.to_ascii_lowercase()) == Some(later)
    };
    let rows = rows.iter().cloned();
    let unknown = rows.map(|row| match is_under_way(&row) && row.had(later) == Some(false) {
        true => cascade::Row { images_before: Vec::new(), ..row },
        false => row,
    });
    unknown.collect()
}

/// Records, for later versions that members went back from, which were left alone with an earlier one: they do not have
/// those versions.
fn remember_earlier(taken_back: &TakenBack<'_>, rows: &[cascade::Row]) -> Result<()> {
    let TakenBack { journal, release, now, .. } = *taken_back;
    for later in started(journal, release)? {
        let (name, input) = operation(ReleaseId { version: &later, ..release });
        // A process that is running the chain reports the state of its images itself.
        let Some(operation) = journal.begin_if_free(&name, &input, now)? else { continue };
        Record::change_went_back(&operation, |known| {
            let back = known?;
            back.with_earlier(rows).or(Some(back))
        })?;
    }
    Ok(())
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
/// supersede it. Members that had gone back from this version have it again.
fn supersede_no_more(
    taken_back: &TakenBack<'_>,
    later: &Version,
    members: &[cascade::Row],
) -> Result<()> {
    let TakenBack { journal, release, aim, now, .. } = *taken_back;
    let (name, input) = operation(release);
    if journal.unfinished(&name)?.is_none() {
        return Ok(());
    }
    // A process that is running the chain records this itself.
    let Some(operation) = journal.begin_if_free(&name, &input, now)? else { return Ok(()) };
    Record::keep_taken_back_from(&operation, later)?;
    Record::keep_superseded(&operation, None)?;
    // Of a cascade or a run of this version, its own chain records that.
    match aim.only_back {
        true => Record::change_went_back(&operation, |known| known?.without_brought_back(members)),
        false => Ok(()),
    }
}

/// Ends the ways back to earlier versions that were open before this run, if it notified a member: continuing one would undo
/// that.
///
/// # Errors
/// When the journal cannot be read or written.
pub(super) fn overtake(
    journal: &Journal,
    before: &[Opened],
    rows: &[cascade::Row],
    now: &str,
) -> Result<()> {
    match rows.iter().any(|row| row.is_told_now) {
        true => crate::release::back::overtake(journal, before, now),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(version: &Version) -> ReleaseId<'_> {
        ReleaseId { distribution: "acme-runtime", version }
    }

    #[test]
    fn a_failed_upload_stays_on_record_and_only_the_end_has_numbers() {
        const NOW: &str = "2026-11-22T12:00:00Z";
        let place = tempfile::tempdir().expect("a folder");
        let journal = Journal::open(&place.path().join("journal.db")).expect("a journal");
        let [version, failed, elsewhere] =
            ["0.1.1", "0.1.2", "0.1.3"].map(|text| text.parse::<Version>().expect("a version"));
        let upload = Row::new(Stage::Publish, State::Failed, "1 of 2 files is uploaded");
        let (name, input) = operation(of(&failed));
        let chain = journal.begin(&name, &input, NOW).expect("begun");
        Record::keep(&chain, std::slice::from_ref(&upload)).expect("kept");
        drop(chain);
        let aim = Aim { only_back: true, ..Aim::default() };
        let later = [failed.clone(), elsewhere.clone()];
        let taken_back = TakenBack {
            journal: &journal,
            release: of(&version),
            aim,
            later: &later,
            unlisted: &[],
            from: None,
            knew: &[],
            options: &[],
            now: NOW,
            noted: RefCell::default(),
            before: RefCell::default(),
        };
        let row_of = |name: &str, is_told_now: bool| cascade::Row {
            repository: name.to_owned(),
            is_told_now,
            id: is_told_now.then(|| "0.1.1-0".to_owned()),
            ..cascade::Row::default()
        };
        let told = |count: usize| {
            let rows = ["acme/a", "acme/b", "acme/c"].into_iter().enumerate();
            rows.map(|(place, name)| row_of(name, place < count)).collect::<Vec<_>>()
        };
        let row = |version: &Version, stage: Stage| {
            let (name, _) = operation(of(version));
            let begun = journal.unfinished(&name).expect("read").expect("a chain");
            Record::of_effects(&begun.effects).row(stage).cloned().expect("a row")
        };
        for count in [1, 2] {
            taken_back.note(&told(count)).expect("noted");
            let what = "at least one repository was notified to go back to 0.1.1";
            assert_eq!(row(&elsewhere, Stage::Images).what, what);
        }
        taken_back.end(&told(2)).expect("recorded");
        let what = "2 repositories were notified to go back to 0.1.1";
        assert_eq!(row(&failed, Stage::Images).what, what);
        assert_eq!(row(&failed, Stage::Publish), upload);
        assert_eq!(row(&elsewhere, Stage::Publish).state, State::Done);
    }

    #[test]
    fn nothing_is_recorded_of_a_version_above_that_which_members_leave() {
        const NOW: &str = "2026-11-22T12:00:00Z";
        let place = tempfile::tempdir().expect("a folder");
        let journal = Journal::open(&place.path().join("journal.db")).expect("a journal");
        let [version, bad, fix] =
            ["0.1.1", "0.1.2", "0.1.3"].map(|text| text.parse::<Version>().expect("a version"));
        let taken_back = TakenBack {
            journal: &journal,
            release: of(&version),
            aim: Aim { only_back: true, ..Aim::default() },
            later: &[bad.clone(), fix.clone()],
            unlisted: &[],
            from: Some(&bad),
            knew: &["0.1.2".to_owned(), "0.1.2rc1".to_owned()],
            options: &[],
            now: NOW,
            noted: RefCell::default(),
            before: RefCell::default(),
        };
        let told = cascade::Row {
            repository: "acme/a".to_owned(),
            is_told_now: true,
            id: Some("0.1.1-0".to_owned()),
            ..cascade::Row::default()
        };
        taken_back.end(&[told]).expect("recorded");
        let of_version = |version: &Version| {
            let begun = journal.unfinished(&operation(of(version)).0).expect("read")?;
            Record::of_effects(&begun.effects).went_back
        };
        let left = of_version(&bad).expect("it was left");
        assert_eq!(left.known_besides(&version).collect::<Vec<_>>(), ["0.1.2rc1"]);
        assert_eq!(of_version(&fix), None);
    }
}
