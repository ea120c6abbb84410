//! `shipshape man`: the manual pages.

use std::path::PathBuf;

use clap::Args;

use super::{Context, Exit};
use crate::error::{Error, Result};

/// Write the manual pages: one for shipshape and one for each command.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The folder to write them to, made when it does not exist.
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
