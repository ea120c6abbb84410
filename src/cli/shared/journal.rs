//! A fleet's journal, for commands that make several changes.

use std::path::{Path, PathBuf};

use crate::cli::Context;
use crate::cli::shared::forge::Session;
use crate::error::{Error, Result};
use crate::fleet::Fleet;
use crate::forge::ForgeAddress;
use crate::journal::Journal;
use crate::journal::place::{FleetIdentity, state_file};

/// Opens the journal in the named file, or in the fleet's default file.
pub(in crate::cli) fn open(
    named: Option<&Path>,
    context: &Context,
    fleet: &Fleet,
    session: &Session,
) -> Result<Journal> {
    Journal::open(&file(named, context, fleet, session)?)
}

/// The named file, or the fleet's file in the state folder.
pub(in crate::cli) fn file(
    named: Option<&Path>,
    context: &Context,
    fleet: &Fleet,
    session: &Session,
) -> Result<PathBuf> {
    file_at(named, context, fleet, session.client().address())
}

/// Like [`file()`], without a session.
pub(in crate::cli) fn file_at(
    named: Option<&Path>,
    context: &Context,
    fleet: &Fleet,
    forge: &ForgeAddress,
) -> Result<PathBuf> {
    if let Some(file) = named {
        return Ok(file.to_owned());
    }
    let folder = state_folder(context)?;
    let forge = forge.to_string();
    // A fleet with a home is identified by its owner, so that all clones of its manifest share a journal.
    let identity = match &fleet.manifest.home {
        Some(_) => FleetIdentity::Owner { forge: &forge, owner: &fleet.manifest.forge.owner },
        None => FleetIdentity::Manifest { file: &fleet.file, forge: &forge },
    };
    Ok(state_file(&folder, &fleet.manifest.name, identity))
}

/// The folder for state that outlives a run.
pub(in crate::cli) fn state_folder(context: &Context) -> Result<PathBuf> {
    context.environment.state_folder().ok_or_else(|| {
        Error::usage("there is no place to record progress: neither XDG_STATE_HOME nor HOME is set")
            .hint("name a file: --state FILE")
    })
}
