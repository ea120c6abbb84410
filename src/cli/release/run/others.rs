//! Other versions whose release was started but is not on the index: a later commit may have come in between.

use pep440_rs::Version;

use super::Arguments;
use crate::cli::Context;
use crate::cli::release::Target;
use crate::cli::release::on_index::{self, Found};
use crate::cli::shared::given::Given;
use crate::cli::shared::journal;
use crate::edge::terminal::visible_line;
use crate::error::Result;
use crate::journal::Journal;
use crate::package::version;
use crate::release::Stage;
use crate::release::chain::{self, KIND, Record, Row, State, operation};
use crate::release::later::Listed;

/// The version of this run.
pub(super) struct Ours<'a> {
    pub(super) version: &'a Version,
    /// Whether it still has to be reserved.
    pub(super) is_new: bool,
    /// The newest final version that the index offers.
    pub(super) newest: Option<&'a Version>,
}

/// Lists versions that were started but are not published, before anything is asked or reserved.
///
/// # Errors
/// When the journal cannot be read.
pub(super) fn list(
    arguments: &Arguments,
    context: &Context,
    Target { fleet, subject }: &Target,
    ours: &Ours<'_>,
) -> Result<()> {
    let forge = arguments.forge.address(Some(fleet))?;
    let file = journal::file_at(arguments.state.as_deref(), context, fleet, &forge)?;
    let Some(journal) = Journal::look(&file)? else { return Ok(()) };
    let version = ours.version;
    let (own, _) = operation(subject.at(version));
    for name in journal.running(KIND)?.iter().filter(|name| name.key != own.key) {
        let Some(begun) = journal.unfinished(name)? else { continue };
        let record = Record::of_effects(&begun.effects);
        let Some((_, text)) = name.key.split_once('@') else { continue };
        let Ok(other) = version::read(text) else { continue };
        // A version that members went back from is on the index, whoever published it.
        if record.went_back.is_some() || chain::next(&record, None, Stage::Wait).is_none() {
            continue;
        }
        let by_the_index = ours.newest.filter(|newest| other < **newest);
        let by_this = (!ours.is_new && other < *version).then_some(version);
        // Nothing has to be done about it, now or in any later run.
        if let Some(later) = by_the_index.or(by_this) {
            let line = format!("{text} was started and is superseded by {later}");
            context.terminal.detail(&visible_line(&line));
            continue;
        }
        if is_closed(&record) {
            let line = format!("{text} was started, and its files are refused");
            context.terminal.detail(&visible_line(&line));
            continue;
        }
        let given = Given::default().before(&record.options);
        let command = given.carried_to(&format!("shipshape release run --version {text}"));
        let command = context.command(&command);
        let line = match (other < *version, arguments.yes) {
            (false, _) => format!("{text} was started too, and is not published: {command}"),
            (true, true) => {
                format!("{text} was started, and is not published; {version} supersedes it")
            }
            (true, false) => format!(
                "{text} was started, and is not published; {version} supersedes it. To finish {text} instead: {command}"
            ),
        };
        context.terminal.note(&visible_line(&line));
    }
    Ok(())
}

/// Records what the index was seen to have of versions. A run that only looks records nothing.
///
/// # Errors
/// When the journal cannot be read or written.
pub(super) fn revive(
    arguments: &Arguments,
    context: &Context,
    target: &Target,
    (known, withdrawn, listed): (&[Version], &[Version], &Listed),
) -> Result<()> {
    if arguments.only_looks() {
        return Ok(());
    }
    let forge = arguments.forge.address(Some(&target.fleet))?;
    let file = journal::file_at(arguments.state.as_deref(), context, &target.fleet, &forge)?;
    // Whatever is named here is what is released to.
    let found = Found { known, withdrawn, listed, is_usual: false };
    on_index::record(&file, context, target, &found)
}

/// The versions that are not continued: those withdrawn, and those that members went back from, as far as this machine
/// knows. Only a run of a named version asks for them.
///
/// # Errors
/// When the journal cannot be read.
pub(super) fn ended(
    arguments: &Arguments,
    context: &Context,
    Target { fleet, subject }: &Target,
    withdrawn: &[Version],
) -> Result<Vec<Version>> {
    let mut versions = withdrawn.to_vec();
    if arguments.version.is_none() {
        return Ok(versions);
    }
    let forge = arguments.forge.address(Some(fleet))?;
    let file = journal::file_at(arguments.state.as_deref(), context, fleet, &forge)?;
    let Some(journal) = Journal::look(&file)? else { return Ok(versions) };
    for name in journal.running(KIND)? {
        let Some(begun) = journal.unfinished(&name)? else { continue };
        let Some((_, text)) = name.key.split_once('@') else { continue };
        let Ok(version) = version::read(text) else { continue };
        let is_ours = operation(subject.at(&version)).0.key == name.key;
        if is_ours && Record::of_effects(&begun.effects).went_back.is_some() {
            versions.push(version);
        }
    }
    Ok(versions)
}

/// Whether a gate refused its files, or the index never accepts them, since it had them before or has others of their names: a
/// fix is the next version.
fn is_closed(record: &Record) -> bool {
    let goes_on = |next: &String| next.contains(" --version ");
    let rows = Stage::GATES.iter().filter_map(|gate| record.row(*gate));
    let mut failed = rows.filter(|row| row.state == State::Failed);
    failed.any(|row| row.next.as_ref().is_some_and(|next| !goes_on(next)))
        || record.row(Stage::Publish).is_some_and(Row::is_deleted)
        || record.is_taken()
}
