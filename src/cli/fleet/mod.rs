//! `shipshape fleet`: the fleet as a whole, apart from the shape of its members.

mod discover;
mod holders;
mod list;
mod registrations;
mod retire;
mod status;

use clap::{Args, Subcommand};
use unicode_width::UnicodeWidthStr as _;

use super::{Context, Exit};
use crate::error::{Error, Result};
use crate::fleet::Fleet;

/// Look at the fleet as a whole, and keep the lists of its members in step.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Discover(discover::Arguments),
    List(list::Arguments),
    Status(status::Arguments),
    Registrations(registrations::Arguments),
    Retire(retire::Arguments),
}

/// A form of what is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Text for a terminal.
    #[default]
    Human,
    /// One JSON document.
    Json,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    match &arguments.command {
        Command::Discover(arguments) => discover::run(arguments, context),
        Command::List(arguments) => list::run(arguments, context),
        Command::Status(arguments) => status::run(arguments, context),
        Command::Registrations(arguments) => registrations::run(arguments, context),
        Command::Retire(arguments) => retire::run(arguments, context),
    }
}

/// The fleet that these commands are about.
fn fleet(context: &Context) -> Result<Fleet> {
    context.fleet(None)?.ok_or_else(|| {
        Error::usage("there is no fleet.yaml here or in a folder above")
            .hint("name it with --fleet FILE, or make one: `shipshape init repos/*`")
    })
}

/// Rows with their columns in line, two blanks apart. What comes from elsewhere is made visible before.
fn table<R: AsRef<[String]>>(rows: &[R]) -> String {
    let columns = rows.iter().map(|row| row.as_ref().len()).max().unwrap_or_default();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.as_ref().get(column));
        cells.map(|cell| cell.width()).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.as_ref().iter().zip(&widths) {
            line.push_str(cell);
            line.push_str(&" ".repeat(width.saturating_sub(cell.width()) + 2));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
