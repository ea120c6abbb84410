//! A version that was released since members went back, here or on another machine: whoever takes them back once more, or
//! continues a way back that was finished elsewhere, would undo that release. Which one counts is decided in
//! [`crate::release::undone`]; here it is said, refused and recorded.

use std::collections::BTreeSet;
use std::path::Path;

use pep440_rs::Version;

use super::Arguments;
use super::confirm::contents;
use crate::cli::counted;
use crate::cli::shared::releases;
use crate::error::{Error, Result};
use crate::fleet::Fleet;
use crate::journal::Journal;
use crate::package::version;
use crate::release::ReleaseId;
use crate::release::back::{self, Back};
use crate::release::cascade::{Cascade, WouldGoBack};
use crate::release::chain::{self, Record, operation};
use crate::release::later::Later;
use crate::release::undone::{self, Undone, Whereabouts};
use crate::source::requirements::normalize;

/// What a run goes on with.
pub(super) struct GoesOn {
    /// The later versions that were known when the way back was started, or are known now if it is a new one.
    pub(super) knew: Vec<String>,
    /// What was released since, which the question is to name.
    pub(super) since: Option<Undone>,
    /// The newest version that members leave; `None` if they leave all later ones.
    pub(super) up_to: Option<Version>,
}

/// Refuses to undo a release that nobody was asked about. A way back that was finished or overtaken elsewhere is not
/// proposed to be continued any more, nor one for members that have another version by now.
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
    let ground = Ground { fleet, release, later, seen };
    let Found { open, overtaken, is_stale } = ground.found(arguments, journal.as_ref())?;
    if is_stale {
        back::note_overtaken(&Journal::open(file)?, release, now)?;
    }
    if let Some(overtaken) = overtaken.as_ref() {
        // Where no member is to go back, the only thing to be done would be to record that they left it.
        let is_idle = seen.repositories.iter().all(|row| row.state.is_left_alone());
        if overtaken.is_refused(arguments) || !can_ask || is_idle {
            if journal.is_some() {
                note_later(&Journal::open(file)?, release, seen, now)?;
            }
            return Err(overtaken.refused());
        }
    }
    let since = overtaken.map(|overtaken| overtaken.undone);
    let up_to = arguments.from.clone().or_else(|| since.as_ref().map(|it| it.up_to.clone()));
    // One for more members stays as it is.
    let continues = |begun: &&Back| {
        let is_open = !begun.is_overtaken && !is_stale && !begun.knew.is_empty();
        is_open && !begun.is_wider_than(&arguments.runtime)
    };
    let knew = match open.as_ref().filter(continues).filter(|_| up_to.is_none()) {
        Some(begun) => begun.knew.clone(),
        None => {
            let before = open.map(|begun| begun.knew).unwrap_or_default();
            ground.known(up_to.as_ref(), before)
        }
    };
    Ok(GoesOn { knew, since, up_to })
}

/// Records of the versions from which members went back to this one which repositories were seen to contain only later ones:
/// they are not left with those.
fn note_later(journal: &Journal, release: ReleaseId<'_>, seen: &Cascade, now: &str) -> Result<()> {
    let of = format!("{}@", normalize(release.distribution));
    for name in journal.running(chain::KIND)? {
        let ours = name.key.strip_prefix(&of).and_then(|text| version::read(text).ok());
        let Some(ours) = ours.filter(|ours| ours > release.version) else { continue };
        let (name, input) = operation(ReleaseId { version: &ours, ..release });
        // A process that is running the chain reports the state of its images itself.
        let Some(operation) = journal.begin_if_free(&name, &input, now)? else { continue };
        Record::change_went_back(&operation, |known| {
            let back = known?;
            back.with_later(&ours, &seen.repositories).or(Some(back))
        })?;
    }
    Ok(())
}

/// Refuses a `--from` that nobody knows, such as a mistyped one: nothing would be later than that.
///
/// # Errors
/// When that is so.
pub(super) fn from_is_known(arguments: &Arguments, later: &Later, seen: &Cascade) -> Result<()> {
    let is_there = |from: &Version| {
        let mut rows = seen.repositories.iter();
        rows.any(|row| row.brings.contains(from) || undone::contained(row).any(|it| it == *from))
    };
    let is_unknown = |from: &&Version| !later.contains(from) && !is_there(from);
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
    /// The versions above it.
    pub(super) later: &'a Later,
    /// The selected members.
    pub(super) seen: &'a Cascade,
}

impl Ground<'_> {
    /// What was released since members went back to this version.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub(super) fn found(&self, arguments: &Arguments, journal: Option<&Journal>) -> Result<Found> {
        let Ground { fleet, release, later, seen } = *self;
        let to = release.version;
        let (mut open, mut runs) = (None, Vec::new());
        if let Some(journal) = journal {
            open = back::last(journal, release.distribution)?
                .filter(|begun| begun.at_it.is_none() && begun.version == to.to_string());
            runs = releases::remembered(journal, fleet)?;
        }
        let distribution = normalize(release.distribution);
        runs.retain(|run| run.distribution == distribution);
        let rows = &seen.repositories;
        let from = arguments.from.as_ref();
        let ground = undone::Ground { to, runs: &runs, open: open.as_ref(), later, rows, from };
        let is_overtaken = ground.is_overtaken();
        let overtaken = ground.undone().map(|undone| Overtaken {
            what: what(&undone, open.as_ref(), (to, from)),
            how_many: how_many(&undone, to, seen),
            to: to.clone(),
            undone,
        });
        let is_stale = is_overtaken || overtaken.as_ref().is_some_and(Overtaken::is_unfinished);
        Ok(Found { open, overtaken, is_stale })
    }

    /// The versions that are known if members leave those up to this one, with those that were known before.
    fn known(&self, up_to: Option<&Version>, before: Vec<String>) -> Vec<String> {
        let Ground { release, later, seen, .. } = *self;
        let brought = seen.repositories.iter().flat_map(|row| &row.brings);
        let brought = brought.filter(|it| *it > release.version && !later.contains(it));
        let now = later.names().into_iter().chain(brought.map(Version::to_string));
        let is_left = |text: &String| {
            up_to.is_none_or(|up_to| version::read(text).is_ok_and(|it| it <= *up_to))
        };
        let all: BTreeSet<String> = now.filter(is_left).chain(before).collect();
        all.into_iter().collect()
    }
}

/// What was released since members went back to a version.
pub(super) struct Found {
    /// The last way back to that version whose record is open and that no process is running.
    pub(super) open: Option<Back>,
    /// The release that this run would undo.
    pub(super) overtaken: Option<Overtaken>,
    /// Whether that way back was finished or overtaken elsewhere, so that nobody is to continue it.
    pub(super) is_stale: bool,
}

/// What a run would undo, in words.
fn what(undone: &Undone, open: Option<&Back>, (to, from): (&Version, Option<&Version>)) -> String {
    let Undone { by, at, is_since, is_unfinished, .. } = undone;
    match (open.filter(|_| *is_unfinished && *is_since), from) {
        (Some(begun), _) => format!(
            "{}, and was finished or overtaken elsewhere: {by} was released since",
            begun.in_words()
        ),
        (None, None) => {
            format!("members were to go back to {to} before, and {by} was released since")
        }
        (None, Some(from)) => {
            let found = match at {
                Whereabouts::Images => format!("images contain {by}"),
                Whereabouts::UnderWay(_) => format!("runs under way bring {by}"),
                Whereabouts::Released => format!("{by} was released since"),
            };
            format!("{found}, which is later than {from}")
        }
    }
}

/// How many members it would concern, in words.
fn how_many(undone: &Undone, to: &Version, seen: &Cascade) -> String {
    let would = || WouldGoBack::of(&seen.repositories, to).map(|would| would.in_words());
    match undone.at {
        Whereabouts::Images => would().unwrap_or_default(),
        Whereabouts::UnderWay(count) => {
            format!("runs under way bring it to {}", counted(count, "repository"))
        }
        Whereabouts::Released => "no image is known to contain it".to_owned(),
    }
}

/// That members would leave a version that was released since.
pub(super) struct Overtaken {
    undone: Undone,
    what: String,
    how_many: String,
    /// The version to go back to.
    to: Version,
}

impl Overtaken {
    /// Whether it is refused wherever it is run: nobody is asked, or what was asked for is not so.
    pub(super) fn is_refused(&self, arguments: &Arguments) -> bool {
        self.is_unfinished() || arguments.yes || arguments.from.is_some()
    }

    /// Whether another run would only note that a way back was overtaken.
    pub(super) fn is_unfinished(&self) -> bool {
        self.undone.is_unfinished
    }

    /// In one line.
    pub(super) fn in_words(&self) -> String {
        match self.undone.at {
            // Which members would go back is said of all versions at once.
            Whereabouts::Images => self.what.clone(),
            _ => format!("{}: {}", self.what, self.how_many),
        }
    }

    /// How members are taken back from that version as well, or without touching it.
    pub(super) fn hint(&self) -> String {
        let Undone { by, at, up_to, .. } = &self.undone;
        let hint = format!("to take members back from {by} as well: --from {by}");
        match *at == Whereabouts::Released && *up_to != self.to {
            true => format!("to leave that as it is: --from {up_to}; {hint}"),
            false => hint,
        }
    }

    fn refused(&self) -> Error {
        Error::usage(format!("{}, so nothing was done", self.what))
            .caused_by(self.how_many.as_str())
            .hint(self.hint())
    }
}
