//! Where a fleet's journal is, for the commands that write to the forge.

use std::path::{Path, PathBuf};

use super::Context;
use super::forge::Session;
use crate::error::{Error, Result};
use crate::fleet::Fleet;
use crate::journal::place::{FleetIdentity, state_file};

/// The journal's file: the one that was named, or the fleet's own in the user's folder for state.
pub(super) fn file(
    given: Option<&Path>,
    context: &Context,
    fleet: &Fleet,
    session: &Session,
) -> Result<PathBuf> {
    if let Some(file) = given {
        return Ok(file.to_owned());
    }
    let folder = context.environment.state_folder().ok_or_else(|| {
        Error::usage(
            "nothing says where to remember what was begun: neither XDG_STATE_HOME nor HOME is set",
        )
        .hint("name a file: --state FILE")
    })?;
    let forge = session.client().address().to_string();
    // One fleet, wherever its manifest was cloned to, when that has a home of its own.
    let identity = match &fleet.manifest.home {
        Some(_) => FleetIdentity::Owner { forge: &forge, owner: &fleet.manifest.forge.owner },
        None => FleetIdentity::Manifest(&fleet.file),
    };
    Ok(state_file(&folder, &fleet.manifest.name, identity))
}
