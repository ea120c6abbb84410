//! `shipshape shape`: creating, inspecting and changing a pack.

mod accept;
mod demands;
mod files;
mod history;
mod init;
mod promote;
mod proposal;
mod show;

use clap::{Args, Subcommand};

use super::{Context, Exit};
use crate::error::Result;

/// Create a shape pack, inspect it, and change it as the fleet changes.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Arguments),
    Show(show::Arguments),
    History(history::Arguments),
    Promote(promote::Arguments),
    Accept(accept::Arguments),
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    match &arguments.command {
        Command::Init(arguments) => init::run(arguments, context),
        Command::Show(arguments) => show::run(arguments, context),
        Command::History(arguments) => history::run(arguments, context),
        Command::Promote(arguments) => promote::run(arguments, context),
        Command::Accept(arguments) => accept::run(arguments, context),
    }
}

/// Selects a pack.
#[derive(Debug, Args)]
struct PackOptions {
    /// The folder of the pack, instead of the fleet's or the embedded one.
    #[arg(long, alias = "shape", value_name = "FOLDER", help_heading = "Subject")]
    pack: Option<std::path::PathBuf>,

    /// The kind in fleet.yaml whose pack to use, if there are several.
    #[arg(long, value_name = "NAME", help_heading = "Subject")]
    kind: Option<String>,
}
