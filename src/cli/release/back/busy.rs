//! Another process that notifies members of the version to go back to, or follows those that it notified: only one can. It is
//! looked for before anything is frozen or recorded.

use std::path::Path;

use crate::cli::release::cascade;
use crate::error::{Error, Result};
use crate::journal::Journal;
use crate::release::chain;
use crate::release::{ReleaseId, back};

/// Refuses to begin while there is one.
///
/// # Errors
/// When that is so, or the journal cannot be read.
pub(super) fn must_be_free(file: &Path, release: ReleaseId<'_>) -> Result<()> {
    match Journal::look(file)? {
        None => Ok(()),
        Some(journal) => refused(&journal, release)?.map_or(Ok(()), Err),
    }
}

/// The refusal; `None` if there is none.
///
/// # Errors
/// When the journal cannot be read.
pub(super) fn refused(journal: &Journal, release: ReleaseId<'_>) -> Result<Option<Error>> {
    let Some(process) = cascade::at_it(journal, release)? else { return Ok(None) };
    let version = release.version;
    let is_it = |back: back::Back| back.version == version.to_string() && back.at_it.is_some();
    let is_back = back::last(journal, release.distribution)?.is_some_and(is_it);
    let is_run = journal.at_it(&chain::operation(release).0)?.is_some();
    let (command, follows) = match (is_back, is_run) {
        (true, _) => ("release back", format!("takes members back to {version}")),
        (false, true) => ("release run", format!("follows members to {version}")),
        (false, false) => ("release cascade", format!("follows members to {version}")),
    };
    Ok(Some(
        Error::failed(format!("another `{command}` {follows}, so nothing was done"))
            .caused_by(process)
            .hint(
                "that process may be ended: what it did is recorded, and the same command continues it",
            )
            .hint("then run this again"),
    ))
}
