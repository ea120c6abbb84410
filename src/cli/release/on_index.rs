//! What the index was seen to have, recorded for the commands that ask no server.

use std::path::Path;

use pep440_rs::Version;

use super::Target;
use crate::cli::Context;
use crate::cli::shared::releases::Remembered;
use crate::error::Result;
use crate::journal::{Journal, OperationName};
use crate::package::version;
use crate::release::chain::{KIND, Record, Run, operation};
use crate::release::later::Listed;

/// What an index was seen to have.
pub(super) struct Found<'a> {
    /// The versions that it knows.
    pub(super) known: &'a [Version],
    /// Those of them that it has withdrawn.
    pub(super) withdrawn: &'a [Version],
    /// Which of them builds can take.
    pub(super) listed: &'a Listed,
}

/// Records which versions the index has withdrawn or offers again, also of those to which members went back, and that the
/// withdrawn ones supersede none any more. Versions that are still superseded by another are so again when they are run.
///
/// # Errors
/// When the journal cannot be read or written.
pub(super) fn record(
    file: &Path,
    context: &Context,
    Target { fleet, subject }: &Target,
    found: &Found<'_>,
) -> Result<()> {
    let Found { known, withdrawn, listed } = *found;
    if Journal::look(file)?.is_none() {
        return Ok(());
    }
    let journal = Journal::open(file)?;
    let runs = Remembered::of(&journal, fleet)?.runs;
    let is_withdrawn =
        |text: &String| version::read(text).is_ok_and(|version| withdrawn.contains(&version));
    for name in journal.running(KIND)? {
        let Some(begun) = journal.unfinished(&name)? else { continue };
        let Some((_, text)) = name.key.split_once('@') else { continue };
        let Ok(version) = version::read(text) else { continue };
        let (ours, input) = operation(subject.at(&version));
        let record = Record::of_effects(&begun.effects);
        let is_revived = record.superseded.as_ref().is_some_and(is_withdrawn);
        // One that is to be withdrawn may have been deleted instead, and one that was withdrawn since.
        let is_deleted = is_given_up(&runs, &ours) && listed.is_gone(&version);
        let stays = record.is_withdrawn && !known.contains(&version);
        let is_gone = is_deleted || stays || withdrawn.contains(&version);
        let is_news = record.is_withdrawn != is_gone;
        let as_on_index =
            |record: &Record| record.went_back.as_ref()?.as_on_index(known, withdrawn);
        let is_changed = is_revived || is_news || as_on_index(&record).is_some();
        if ours.key != name.key || !is_changed {
            continue;
        }
        // A process that is running the chain has read the index itself, or the next run records it.
        let now = context.clock.rfc3339();
        let Some(operation) = journal.begin_if_free(&name, &input, &now)? else { continue };
        if is_revived {
            Record::keep_superseded(&operation, None)?;
        }
        if is_news {
            Record::keep_withdrawn(&operation, !record.is_withdrawn)?;
        }
        Record::change_went_back(&operation, |went_back| {
            let back = went_back?;
            back.as_on_index(known, withdrawn).or(Some(back))
        })?;
    }
    Ok(())
}

/// Whether the version of a chain is given up, as is concluded from all that is recorded.
fn is_given_up(runs: &[Run], ours: &OperationName) -> bool {
    let is_it = |run: &&Run| {
        let version = run.version.as_deref().unwrap_or_default();
        format!("{}@{version}", run.distribution) == ours.key
    };
    runs.iter().find(is_it).is_some_and(|run| run.is_given_up)
}
