//! `shipshape man`: the manual pages.

use std::path::PathBuf;

use clap::Args;

use super::{Context, Exit};
use crate::error::{Error, Result};

/// Write the manual pages: one for shipshape and one for each command.
///
/// `man` finds pages in a folder `man1` of its search path (`manpath`): `~/.local/share/man/man1` where `~/.local/bin` is in
/// PATH, or `/usr/local/share/man/man1`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape man ~/.local/share/man/man1
  man shipshape")]
pub(crate) struct Arguments {
    /// The folder to write them to. Created if it does not exist.
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let failed = |error: std::io::Error| {
        Error::failed("cannot write the manual pages").in_file(&arguments.folder).caused_by(error)
    };
    std::fs::create_dir_all(&arguments.folder).map_err(failed)?;
    clap_mangen::generate_to(super::tree(), &arguments.folder).map_err(failed)?;
    context.terminal.note(&format!("wrote the manual pages to {}", arguments.folder.display()));
    Ok(Exit::Clean)
}
