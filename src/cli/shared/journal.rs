//! The journal of a fleet, for commands that change more than one thing.

use std::path::{Path, PathBuf};

use crate::cli::Context;
use crate::cli::shared::forge::Session;
use crate::error::{Error, Result};
use crate::fleet::Fleet;
use crate::forge::ForgeAddress;
use crate::journal::Journal;
use crate::journal::place::{FleetIdentity, state_file};

/// Opens the journal in a file that was named, or in that of the fleet.
pub(in crate::cli) fn open(
    named: Option<&Path>,
    context: &Context,
    fleet: &Fleet,
    session: &Session,
) -> Result<Journal> {
    Journal::open(&file(named, context, fleet, session)?)
}

/// The file: the one that was named, or that of the fleet in the folder for state.
pub(in crate::cli) fn file(
    named: Option<&Path>,
    context: &Context,
    fleet: &Fleet,
    session: &Session,
) -> Result<PathBuf> {
    file_at(named, context, fleet, session.client().address())
}

/// The same, where no forge is asked.
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
    // One fleet, wherever its manifest was cloned to, when that has a home of its own.
    let identity = match &fleet.manifest.home {
        Some(_) => FleetIdentity::Owner { forge: &forge, owner: &fleet.manifest.forge.owner },
        None => FleetIdentity::Manifest { file: &fleet.file, forge: &forge },
    };
    Ok(state_file(&folder, &fleet.manifest.name, identity))
}

/// The folder of all that must outlive a run.
pub(in crate::cli) fn state_folder(context: &Context) -> Result<PathBuf> {
    context.environment.state_folder().ok_or_else(|| {
        Error::usage(
            "nothing says where to remember what was begun: neither XDG_STATE_HOME nor HOME is set",
        )
        .hint("name a file: --state FILE")
    })
}
