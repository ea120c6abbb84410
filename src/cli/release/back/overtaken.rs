//! A version that was released since members went back, here or on another machine: whoever takes them back once more, or
//! continues a way back that was finished elsewhere, would undo that release.

use std::path::Path;

use pep440_rs::Version;

use super::Arguments;
use super::confirm::contents;
use crate::cli::shared::releases;
use crate::error::{Error, Result};
use crate::fleet::Fleet;
use crate::journal::Journal;
use crate::release::ReleaseId;
use crate::release::back::{self, Back};
use crate::release::cascade::{Cascade, Row, WouldGoBack};
use crate::release::chain::Run;
use crate::release::later::Later;
use crate::source::requirements::normalize;

/// The unfinished way back that a run continues, also if it was found to be overtaken. One for more members stays as it is.
///
/// # Errors
/// When the journal cannot be read.
pub(super) fn continued_by(
    arguments: &Arguments,
    journal: &Journal,
    release: ReleaseId<'_>,
) -> Result<Option<Back>> {
    let version = release.version.to_string();
    Ok(back::last(journal, release.distribution)?.filter(|begun| {
        let is_wider = begun.is_wider_than(&arguments.runtime);
        begun.at_it.is_none() && begun.version == version && !is_wider
    }))
}

/// What a run goes on with.
pub(super) struct GoesOn {
    /// The later versions that the index knew when the way back was started, or knows now if it is a new one.
    pub(super) knew: Vec<String>,
    /// The version that was released since, which the question is to name.
    pub(super) since: Option<Version>,
}

/// Refuses to undo a release that nobody was asked about. A way back that was finished or overtaken elsewhere is not
/// proposed to be continued any more.
///
/// # Errors
/// When that is so, or the journal cannot be read or written.
pub(super) fn goes_on(
    arguments: &Arguments,
    file: &Path,
    (fleet, release): (&Fleet, ReleaseId<'_>),
    (seen, later): (&Cascade, &Later),
    (can_ask, now): (bool, &str),
) -> Result<GoesOn> {
    from_is_known(arguments, later, seen)?;
    let journal = Journal::look(file)?;
    let begun = match &journal {
        Some(journal) => continued_by(arguments, journal, release)?,
        None => None,
    };
    let ground = Ground { fleet, release, begun: begun.as_ref(), released: &later.released() };
    let Some(overtaken) = Overtaken::of(arguments, journal.as_ref(), &ground, seen)? else {
        let knew = begun.filter(|begun| !begun.is_overtaken).map(|begun| begun.knew);
        let knew = knew.filter(|knew| !knew.is_empty() && arguments.from.is_none());
        return Ok(GoesOn { knew: knew.unwrap_or_else(|| later.names()), since: None });
    };
    if overtaken.is_unfinished {
        back::note_overtaken(&Journal::open(file)?, release, now)?;
    }
    match overtaken.is_refused(arguments) || !can_ask {
        true => Err(overtaken.refused()),
        false => Ok(GoesOn { knew: later.names(), since: Some(overtaken.by) }),
    }
}

/// Refuses a `--from` that nobody knows, such as a mistyped one: nothing would be later than that.
///
/// # Errors
/// When that is so.
pub(super) fn from_is_known(arguments: &Arguments, later: &Later, seen: &Cascade) -> Result<()> {
    let is_in_images = |from: &Version| {
        seen.repositories.iter().flat_map(versions).any(|contained| contained == *from)
    };
    let is_unknown = |from: &&Version| !later.contains(from) && !is_in_images(from);
    match arguments.from.as_ref().filter(is_unknown) {
        None => Ok(()),
        Some(from) => Err(Error::usage(format!("no {from} is known that members can leave"))
            .caused_by(format!("images contain {}", contents(seen)))
            .hint("--from names the newest version that members leave")),
    }
}

/// What is known before members go back.
pub(super) struct Ground<'a> {
    pub(super) fleet: &'a Fleet,
    /// The version to go back to.
    pub(super) release: ReleaseId<'a>,
    /// The unfinished way back that is continued.
    pub(super) begun: Option<&'a Back>,
    /// The later versions that may have been released since.
    pub(super) released: &'a [Version],
}

/// That images contain a version that was released since.
pub(super) struct Overtaken {
    by: Version,
    what: String,
    how_many: Option<String>,
    /// Whether a way back would be continued that is not known to be overtaken yet.
    is_unfinished: bool,
}

impl Overtaken {
    /// `None` if no image contains a version that was released since, and that is not known to be bad itself; with `--from`,
    /// if none contains a later version than that.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub(super) fn of(
        arguments: &Arguments,
        journal: Option<&Journal>,
        ground: &Ground<'_>,
        seen: &Cascade,
    ) -> Result<Option<Self>> {
        let Ground { fleet, release, begun, released } = *ground;
        let mut runs = match journal {
            Some(journal) => releases::remembered(journal, fleet)?,
            None => Vec::new(),
        };
        let distribution = normalize(release.distribution);
        runs.retain(|run| run.distribution == distribution);
        let versions: Vec<Version> = seen.repositories.iter().flat_map(versions).collect();
        let is_bad =
            |version: &Version| runs.iter().any(|run| run.is_given_up && is_of(run, version));
        let is_good = |version: &Version| released.contains(version) && !is_bad(version);
        let good: Vec<Version> = versions.into_iter().filter(is_good).collect();
        let to = release.version;
        let begun = begun.filter(|begun| !begun.knew.is_empty());
        let by = match (&arguments.from, begun) {
            (Some(from), _) => good.iter().filter(|version| *version > from).max().cloned(),
            (None, Some(begun)) => begun.overtaken_by(&good).cloned(),
            (None, None) => released_since(&runs, to, &seen.repositories, &good),
        };
        let Some(by) = by else { return Ok(None) };
        let unfinished = begun.filter(|it| !it.is_overtaken && it.overtaken_by(&good).is_some());
        let what = match (unfinished, &arguments.from) {
            (Some(begun), _) => format!(
                "{}, and was finished or overtaken elsewhere: {by} was released since",
                begun.in_words()
            ),
            (None, Some(from)) => format!("images contain {by}, which is later than {from}"),
            (None, None) => {
                format!("members were to go back to {to} before, and {by} was released since")
            }
        };
        let would = WouldGoBack::of(&seen.repositories, to);
        Ok(Some(Self {
            how_many: would.map(|would| would.in_words()),
            is_unfinished: unfinished.is_some(),
            what,
            by,
        }))
    }

    /// Whether it is refused wherever it is run: nobody is asked, or what was asked for is not so.
    pub(super) fn is_refused(&self, arguments: &Arguments) -> bool {
        self.is_unfinished || arguments.yes || arguments.from.is_some()
    }

    /// Whether another run would only note that a way back was overtaken.
    pub(super) fn is_unfinished(&self) -> bool {
        self.is_unfinished
    }

    /// In one line.
    pub(super) fn in_words(&self) -> &str {
        &self.what
    }

    /// How members are taken back from that version as well.
    pub(super) fn hint(&self) -> String {
        format!("to take members back from {0} as well: --from {0}", self.by)
    }

    fn refused(self) -> Error {
        let hint = self.hint();
        let error = Error::usage(format!("{}, so nothing was done", self.what));
        self.how_many.into_iter().fold(error, Error::caused_by).hint(hint)
    }
}

/// The versions in the images of a repository.
fn versions(row: &Row) -> impl Iterator<Item = Version> {
    row.images.iter().filter_map(|image| image.version.as_ref()?.parse().ok())
}

fn is_of(run: &Run, version: &Version) -> bool {
    run.version.as_ref().and_then(|text| text.parse().ok()).as_ref() == Some(version)
}

/// The newest of these versions that an image contains whose repository had gone back to `to`, although nobody went back
/// from that version: it was released since.
fn released_since(runs: &[Run], to: &Version, rows: &[Row], good: &[Version]) -> Option<Version> {
    let has_gone = |row: &&Row| {
        let name = row.repository.to_ascii_lowercase();
        let mut left = runs.iter().filter_map(|run| run.returned.as_ref());
        left.any(|returned| returned.has_gone(&name, to))
    };
    let is_left =
        |version: &Version| runs.iter().any(|run| is_of(run, version) && run.returned.is_some());
    let found = rows.iter().filter(has_gone).flat_map(versions);
    found.filter(|it| it > to && good.contains(it) && !is_left(it)).max()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::cascade::ImageSeen;
    use crate::release::chain::{Progress, Purpose, Record, Returned, WayBack};

    fn read(text: &str) -> Version {
        text.parse().expect("a version")
    }

    fn row(repository: &str, version: &str) -> Row {
        let image = ImageSeen {
            name: "x".to_owned(),
            digest: None,
            version: Some(version.to_owned()),
            unread: None,
        };
        let id = Some("0.1.6-0".to_owned());
        Row { repository: repository.to_owned(), images: vec![image], id, ..Row::default() }
    }

    /// A version that one member left for 0.1.6.
    fn left(version: &str, purpose: Purpose) -> Run {
        let (from, to) = (read(version), read("0.1.6"));
        let way = WayBack { from: &from, to: &to, purpose, progress: Progress::Over };
        let mut record = Record::default();
        record.went_back = Some(Returned::with(None, &[row("acme/a", version)], way));
        Run::of(ReleaseId { distribution: "acme-runtime", version: &from }, &record, false, None)
    }

    #[test]
    fn what_a_member_contains_that_had_gone_back_was_released_since() {
        let good = ["0.1.6", "0.1.7", "0.1.8"].map(read);
        let since = |runs: &[Run], row: Row| {
            released_since(runs, &read("0.1.6"), &[row], &good).map(|by| by.to_string())
        };
        let night = [left("0.1.7", Purpose::Leave)];
        assert_eq!(since(&[], row("acme/a", "0.1.7")), None, "the first night");
        assert_eq!(since(&night, row("acme/a", "0.1.7")), None, "its image is not built yet");
        assert_eq!(since(&night, row("acme/a", "0.1.6")), None, "it is back");
        assert_eq!(since(&night, row("Acme/A", "0.1.8")).as_deref(), Some("0.1.8"));
        assert_eq!(since(&night, row("acme/b", "0.1.8")), None, "it never went back");
        assert_eq!(since(&night, row("acme/a", "0.1.9")), None, "the index does not offer it");
        let purpose = [left("0.1.7", Purpose::Choose)];
        assert_eq!(since(&purpose, row("acme/a", "0.1.8")), None, "it was there on purpose");
        let again = [left("0.1.8", Purpose::Leave), left("0.1.7", Purpose::Leave)];
        assert_eq!(since(&again, row("acme/a", "0.1.8")), None, "it leaves that one, too");
    }
}
