//! `shipshape fleet`: the fleet as a whole, apart from the shape of its members.

mod discover;
mod holders;
mod list;
mod registrations;
mod retire;
pub(super) mod status;

use clap::{Args, Subcommand};

use super::{Context, Exit};
use crate::error::Result;

/// Inspect the fleet as a whole, and keep the lists of its members in sync.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(list::Arguments),
    Discover(discover::Arguments),
    Status(status::Arguments),
    Registrations(registrations::Arguments),
    Retire(retire::Arguments),
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    match &arguments.command {
        Command::List(arguments) => list::run(arguments, context),
        Command::Discover(arguments) => discover::run(arguments, context),
        Command::Status(arguments) => status::run(arguments, context),
        Command::Registrations(arguments) => registrations::run(arguments, context),
        Command::Retire(arguments) => retire::run(arguments, context),
    }
}
