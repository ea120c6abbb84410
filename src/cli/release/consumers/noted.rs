//! The chain of the released version, which shows what consumers said last, whichever command asked them.

use pep440_rs::Version;

use crate::cli::Context;
use crate::cli::release::run::{is_newer_answer, of_consumers};
use crate::cli::shared::forge::ForgeOptions;
use crate::cli::shared::given::Given;
use crate::cli::shared::journal;
use crate::error::Result;
use crate::fleet::Fleet;
use crate::journal::Journal;
use crate::release::ReleaseId;
use crate::release::chain::{self, Record, Row as StageRow};
use crate::release::consumers::Row;

/// Records what consumers said, if a run of the version is remembered that has asked them.
///
/// # Errors
/// When the journal cannot be read or written.
pub(super) fn note(
    context: &Context,
    fleet: &Fleet,
    forge: &ForgeOptions,
    (version, consumers): (&Version, &[Row]),
) -> Result<()> {
    let Some(package) = &fleet.manifest.runtime_package else { return Ok(()) };
    let file = journal::file_at(None, context, fleet, &forge.address(Some(fleet))?)?;
    let release = ReleaseId { distribution: &package.distribution, version };
    let (name, input) = chain::operation(release);
    let begun = match Journal::look(&file)? {
        Some(journal) => journal.unfinished(&name)?,
        None => None,
    };
    let known = begun.map(|begun| Record::of_effects(&begun.effects));
    if known.is_none_or(|known| !is_newer_answer(&known, consumers)) {
        return Ok(());
    }
    let now = context.clock.again().rfc3339();
    // A process that is running the chain asks them itself.
    let journal = Journal::open(&file)?;
    let Some(operation) = journal.begin_if_free(&name, &input, &now)? else { return Ok(()) };
    let known = Record::of_effects(&operation.effects()?);
    let again = format!("shipshape release run --version {version}");
    let again = Given::default().before(&known.options).carried_to(&again);
    let row = of_consumers(consumers, &known, &again);
    Record::keep_consumers(&operation, consumers)?;
    Record::keep(&operation, &[StageRow { at: Some(now), ..row }])
}
