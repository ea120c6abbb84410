//! The table of a run, and of one that ended before it came to its table.

use pep440_rs::Version;

use super::Arguments;
use super::asked::THAW;
use super::rows::told;
use crate::cli::release::{Target, show_chain};
use crate::cli::shared::journal;
use crate::cli::shared::next::{self, Step as Useful};
use crate::cli::shared::options::Form;
use crate::cli::{Context, json_text};
use crate::error::{Error, Kind, Obstacle, Result};
use crate::journal::Journal;
use crate::package::version;
use crate::release::Stage;
use crate::release::chain::{RUN_SCHEMA, Record, Row, Run, RunDocument, State, operation, until};

/// The error that ends a run before its table. A program that reads the table is given it nevertheless, with what was done
/// so far, unless the run itself was wrong: the version, if it is known, and the stage that failed.
pub(super) fn so_far(
    arguments: &Arguments,
    context: &Context,
    target: &Target,
    (about, stage): (Option<&Version>, Stage),
    error: Error,
) -> Error {
    if arguments.format != Form::Json || error.kind() == Kind::Usage {
        return error;
    }
    let named = arguments.version.as_deref().and_then(|text| version::read(text).ok());
    let version = about.or(named.as_ref());
    let again = arguments.again(context, version.map(Version::to_string).as_deref());
    let (stage, next) = match error.obstacle() {
        // It is read before the tag that it stops.
        Some(Obstacle::Freeze) => (Stage::Tag.max(stage), THAW.to_owned()),
        _ => (stage, again),
    };
    let at = Some(context.clock.again().rfc3339());
    let row = Row { at, next: Some(next), ..Row::new(stage, State::Failed, told(&error)) };
    let shown = recorded(arguments, context, target, (version, row))
        .and_then(|run| show(arguments, context, run, None));
    match shown {
        Ok(()) => error,
        Err(unshown) => error.caused_by(unshown.in_one_line()),
    }
}

/// What is recorded of a version, with the row of the stage that failed; nothing else if none was decided on.
fn recorded(
    arguments: &Arguments,
    context: &Context,
    Target { fleet, subject }: &Target,
    (version, row): (Option<&Version>, Row),
) -> Result<Run> {
    let has_mirror = subject.release.mirror.is_some();
    let Some(version) = version else {
        let mut record = Record::default();
        record.set(row);
        return Ok(Run::of_no_version(&subject.distribution, &record, has_mirror));
    };
    let release = subject.at(version);
    let forge = arguments.forge.address(Some(fleet))?;
    let file = journal::file_at(arguments.state.as_deref(), context, fleet, &forge)?;
    let begun = match Journal::look(&file)? {
        Some(journal) => journal.unfinished(&operation(release).0)?,
        None => None,
    };
    let mut record = begun.as_ref().map(|it| Record::of_effects(&it.effects)).unwrap_or_default();
    record.set(row);
    record.options = until::with(record.options, arguments.until);
    Ok(Run::of(release, &record, has_mirror, begun.map(|begun| begun.begun_at)))
}

/// Shows the table, and what to do next: `next`, or else what the rows suggest.
pub(super) fn show(
    arguments: &Arguments,
    context: &Context,
    run: Run,
    next: Option<Vec<Useful>>,
) -> Result<()> {
    let next = next.unwrap_or_else(|| {
        // What was forced before any member was concerned takes none of them back.
        let context = match arguments.until < Stage::Cascade {
            true => &Context { given: context.given.without("force"), ..context.clone() },
            false => context,
        };
        show_chain::next(&run, context, arguments.state.as_deref())
    });
    let run = show_chain::for_programs(run, context);
    let document = RunDocument { schema: RUN_SCHEMA, generated_at: context.clock.rfc3339(), run };
    let text = match arguments.format {
        Form::Human => show_chain::human(&document.run, context.terminal.columns()),
        Form::Json => json_text(&document)?,
    };
    context.terminal.output_to(arguments.output.as_ref(), &text)?;
    if arguments.format == Form::Human && !next.is_empty() {
        next::note(context, next);
    }
    Ok(())
}
