//! What the index was seen to have, recorded for the commands that ask no server.

use std::path::Path;

use pep440_rs::Version;
use serde_json::Value;

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
    /// Whether it is the usual index: a version whose last run named one may be on another, and is left as it is.
    pub(super) is_usual: bool,
}

/// What is to be recorded of one version.
struct News {
    /// The operation of its chain, with its input.
    chain: (OperationName, Value),
    /// Whether a withdrawn version supersedes it no more.
    is_revived: bool,
    /// Whether it is withdrawn.
    is_withdrawn: Option<bool>,
}

/// Records which versions the index has withdrawn or offers again, also of those to which members went back, and that the
/// withdrawn ones supersede none any more. Versions that are still superseded by another are so again when they are run. Where
/// there is no news, nothing is written.
///
/// # Errors
/// When the journal cannot be read or written.
pub(super) fn record(
    file: &Path,
    context: &Context,
    target: &Target,
    found: &Found<'_>,
) -> Result<()> {
    let news = match Journal::look(file)? {
        Some(journal) => news(&journal, target, found)?,
        None => return Ok(()),
    };
    if news.is_empty() {
        return Ok(());
    }
    let journal = Journal::open(file)?;
    for News { chain: (name, input), is_revived, is_withdrawn } in news {
        // A process that is running the chain has read the index itself, or the next run records it.
        let now = context.clock.rfc3339();
        let Some(operation) = journal.begin_if_free(&name, &input, &now)? else { continue };
        if is_revived {
            Record::keep_superseded(&operation, None)?;
        }
        if let Some(is_withdrawn) = is_withdrawn {
            Record::keep_withdrawn(&operation, is_withdrawn)?;
        }
        Record::change_went_back(&operation, |went_back| {
            let back = went_back?;
            back.as_on_index(found.known, found.withdrawn).or(Some(back))
        })?;
    }
    Ok(())
}

/// The versions of which something else is recorded than the index has.
fn news(
    journal: &Journal,
    Target { fleet, subject }: &Target,
    found: &Found<'_>,
) -> Result<Vec<News>> {
    let Found { known, withdrawn, listed, is_usual } = *found;
    let runs = Remembered::of(journal, fleet)?.runs;
    let is_off =
        |text: &String| version::read(text).is_ok_and(|version| withdrawn.contains(&version));
    let mut news = Vec::new();
    for name in journal.running(KIND)? {
        let Some(begun) = journal.unfinished(&name)? else { continue };
        let Some((_, text)) = name.key.split_once('@') else { continue };
        let Ok(version) = version::read(text) else { continue };
        let chain = operation(subject.at(&version));
        let record = Record::of_effects(&begun.effects);
        let names_index = record.options.iter().any(|option| option.starts_with("--index-url "));
        if chain.0.key != name.key || (is_usual && names_index) {
            continue;
        }
        let is_revived = record.superseded.as_ref().is_some_and(is_off);
        // One that is to be withdrawn may have been deleted instead, and one that was withdrawn since.
        let is_deleted = is_given_up(&runs, &chain.0) && listed.is_gone(&version);
        let stays = record.is_withdrawn && !known.contains(&version);
        let is_gone = is_deleted || stays || withdrawn.contains(&version);
        let is_withdrawn = (record.is_withdrawn != is_gone).then_some(is_gone);
        let as_on_index =
            |record: &Record| record.went_back.as_ref()?.as_on_index(known, withdrawn);
        if is_revived || is_withdrawn.is_some() || as_on_index(&record).is_some() {
            news.push(News { chain, is_revived, is_withdrawn });
        }
    }
    Ok(news)
}

/// Whether the version of a chain is given up, as is concluded from all that is recorded.
fn is_given_up(runs: &[Run], ours: &OperationName) -> bool {
    let is_it = |run: &&Run| {
        let version = run.version.as_deref().unwrap_or_default();
        format!("{}@{version}", run.distribution) == ours.key
    };
    runs.iter().find(is_it).is_some_and(|run| run.is_given_up)
}
