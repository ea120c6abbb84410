//! `shipshape package`: makes a folder of modules into a package, and tests it before anybody installs it.
//!
//! One file per subcommand, with its `Arguments`, help with examples, and `run`.

mod build;
pub(super) mod check;
pub(super) mod compat;
mod init;
mod list;
pub(super) mod options;
pub(super) mod smoke;
pub(super) mod waivable;

use clap::{Args, Subcommand};

use super::{Context, Exit};
use crate::error::Result;

/// Build a Python package reproducibly from a folder of modules, and check it.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

// To add a subcommand: declare its module above, add a variant here in the order of use, and an arm in `run`.
#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Arguments),
    Build(build::Arguments),
    List(list::Arguments),
    Check(check::Arguments),
    Smoke(smoke::Arguments),
    Compat(Box<compat::Arguments>),
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    match &arguments.command {
        Command::Init(arguments) => init::run(arguments, context),
        Command::Build(arguments) => build::run(arguments, context),
        Command::List(arguments) => list::run(arguments, context),
        Command::Check(arguments) => check::run(arguments, context),
        Command::Smoke(arguments) => smoke::run(arguments, context),
        Command::Compat(arguments) => compat::run(arguments, context),
    }
}
