//! `shipshape release`: from a merged commit to an index that serves it.
//!
//! One file is one subcommand: its `Arguments`, its help with examples, and a `run`.

mod gates;
mod publish;

use clap::{Args, Subcommand};

use super::{Context, Exit};
use crate::error::Result;

/// Release a version of the runtime: each step once, whatever is killed or lost on the way.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

// A new subcommand: its `mod` above, its variant here in the order of the story, its arm in `run`.
#[derive(Debug, Subcommand)]
enum Command {
    Publish(Box<publish::Arguments>),
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    match &arguments.command {
        Command::Publish(arguments) => publish::run(arguments, context),
    }
}
