//! Which versions there are above the one to go back to, as the index, this machine and images show; refuses a version that
//! is none to go back to.

use pep440_rs::Version;

use super::Arguments;
use crate::cli::Context;
use crate::cli::release::ahead::recorded;
use crate::cli::release::{Target, cascade, listed, project};
use crate::edge::terminal::visible_line;
use crate::error::{Error, Kind, Result};
use crate::fleet::Fleet;
use crate::index::Availability;
use crate::journal::Journal;
use crate::package::version;
use crate::release::cascade::{Cascade, Row, WouldGoBack};
use crate::release::chain::{self, Record, Run};
use crate::release::later::{Later, Listed};
use crate::release::{ReleaseId, back};

/// The most versions that an error names.
const NAMED: usize = 5;

/// What is left to do without an index.
const ON_HOST: &str = "on this host alone, without an index: `shipshape images rollback --all`";

/// The versions above the one to go back to, and what is known of them.
pub(super) struct Above {
    /// The versions.
    pub(super) later: Later,
    listed: Listed,
    runs: Vec<Run>,
    /// What the images of all members contain; none if they were not read.
    of_all: Vec<Row>,
}

impl Above {
    /// Adds what images of the selected members contain, and says which versions the index does not list.
    pub(super) fn look(&mut self, context: &Context, release: ReleaseId<'_>, seen: &Cascade) {
        // Images of all members were read where only these say nothing of a later version.
        let is_narrower = self.of_all.len() > seen.repositories.len();
        let rows = if is_narrower { &self.of_all } else { &seen.repositories };
        self.later = Later::of(release, &self.listed, &self.runs, rows);
        if let Some(line) = self.later.unlisted().in_words() {
            context.terminal.note(&visible_line(&line));
        }
    }
}

/// The versions above this one, which members go back from. Refuses a version which is not offered, or above which nobody
/// knows one; a later one may be withdrawn, because it can still be in images.
pub(super) fn later(
    arguments: &Arguments,
    context: &Context,
    target: &Target,
    version: &Version,
) -> Result<Above> {
    let Target { fleet, subject } = target;
    let (name, release) = (&subject.distribution, subject.at(version));
    let project = project(context, &arguments.index, fleet);
    let project = project.map_err(|error| match error.kind() {
        Kind::Usage => error,
        _ => error.hint(ON_HOST),
    })?;
    let project = project.unwrap_or_default();
    let refused = match project.availability(version) {
        Availability::Offered(_) => None,
        Availability::Withdrawn(yanked) => {
            note_withdrawn(arguments, context, fleet, release)?;
            let refused = Error::usage(format!("{name} {version} was withdrawn from the index"));
            Some(refused.caused_by(yanked.in_words().escape_debug()))
        }
        Availability::Missing => {
            Some(Error::usage(format!("the index does not serve {name} {version}")))
        }
    };
    let (listed, wish) = (listed(&project), arguments.wish(version));
    let runs = recorded(&wish, context, target)?;
    let later = Later::of(release, &listed, &runs, &[]);
    let is_known = refused.is_none() && later.is_any_final();
    if is_known {
        return Ok(Above { later, listed, runs, of_all: Vec::new() });
    }
    let of_all = of_all(wish, context, target);
    if let Some(refused) = refused {
        // What cannot be read is no reason to say less of what was asked for.
        return Err(refused.hint(candidates(name, &listed, &runs, &of_all.unwrap_or_default())));
    }
    let of_all = of_all?;
    let later = Later::of(release, &listed, &runs, &of_all);
    if later.is_any_final() {
        return Ok(Above { later, listed, runs, of_all });
    }
    let refused =
        Error::usage(format!("{name} {version} is the newest version, and not one to go back to"));
    // Lower ones are not named if an image may contain a later one that the index hides.
    Err(match WouldGoBack::of(&of_all, version) {
        Some(unknown) => refused.caused_by(unknown.in_words()),
        None => refused.hint(candidates(name, &listed, &runs, &of_all)),
    })
}

/// What the images of all members contain, also where only some are selected.
fn of_all(wish: cascade::Wish, context: &Context, target: &Target) -> Result<Vec<Row>> {
    if target.fleet.manifest.images.is_none() {
        return Ok(Vec::new());
    }
    let wish = cascade::Wish { runtime: Vec::new(), ..wish };
    Ok(cascade::seen(&wish, context, target)?.repositories)
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
        } else {
            Record::change_went_back(&operation, |known| {
                let back = known?;
                back.as_on_index(&[], std::slice::from_ref(release.version)).or(Some(back))
            })?;
        }
    }
    Ok(())
}

/// The versions that members can go back to, newest first.
fn candidates(distribution: &str, listed: &Listed, runs: &[Run], rows: &[Row]) -> String {
    let found = listed.candidates(distribution, runs, rows);
    let names: Vec<String> = found.iter().take(NAMED).map(Version::to_string).collect();
    match (names.is_empty(), listed.offered.iter().min()) {
        (false, _) => format!("members can go back to {}", names.join(", ")),
        (true, None) => "the index serves no version".to_owned(),
        (true, Some(oldest)) => {
            format!("the index serves no version before {oldest}, and no later one is known")
        }
    }
}
