//! `shipshape new`: the wizard for a new repository.

mod asker;
mod begun;
mod ending;
mod forge;
mod local;
mod plan;
mod prepare;
mod register;
mod said;
mod show;

use std::path::PathBuf;

use clap::Args;

use super::{Context, Exit};
use crate::cli::shared::forge::ForgeOptions;
use crate::cli::shared::interruption::LastWords;
use crate::cli::shared::options;
use crate::error::Result;
use crate::scaffold::AnswersFile;

/// How many seconds to wait for the first runs and the first image by default.
const WAIT: u64 = 900;

/// Make a new repository of the fleet: a wizard that asks only what it cannot derive.
///
/// It renders the shape with the answers, shows the resulting tree and how many lines of it differ from the starter,
/// judges it by every rule, and only then makes it. Every question has an option here and a key in the file of
/// --answers; the command that makes the same without a question is shown, and also goes on with what was cut off. In the
/// wizard, `<` goes back one question: later answers that were not typed are derived again.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape new gemini-cli                                on the forge: repository, pull requests, fleet.yaml
  shipshape new gemini-cli --local gemini-cli             asks, shows, and makes the folder
  shipshape new gemini-cli --local gemini-cli --defaults  asks nothing
  shipshape new billing-api --kind service --defaults     of one kind among several
  shipshape new --answers gemini.yaml --local gemini-cli --git --register
  shipshape new gemini-cli --local x --defaults --dry-run --set model=google:gemini-2.5-pro

A file of answers, which `shipshape schema answers` describes:
  slug: gemini-cli
  variables:
    model: google:gemini-2.5-pro
    models: [\"google:gemini-2.5-flash\", \"openai:gpt-4.1 OPENAI_API_KEY\"]
    command: gemini --model {model}")]
pub(crate) struct Arguments {
    #[command(flatten)]
    said: AnswersFile,

    /// Make only this folder, a new or an empty one, and nothing on the forge.
    #[arg(long, value_name = "DIR")]
    local: Option<PathBuf>,

    /// Make the folder a git repository with everything in one commit.
    #[arg(long, requires = "local")]
    git: bool,

    /// Add the member to fleet.yaml and to the lists that lie beside it.
    #[arg(long, requires = "local")]
    register: bool,

    /// A file of answers, or `-` for standard input; `shipshape schema answers` prints what it may hold.
    #[arg(long, value_name = "FILE", help_heading = "Answers")]
    answers: Option<PathBuf>,

    /// A variable of the shape; may be given again. `@FILE` takes the file's text, `@@` begins a value with an `@`.
    #[arg(long, value_name = "NAME=VALUE", value_parser = options::assignment, help_heading = "Answers")]
    set: Vec<(String, String)>,

    /// Take what is derived, and ask nothing.
    #[arg(long, conflicts_with = "ask")]
    defaults: bool,

    /// Ask on standard input line by line, even where it is no terminal.
    #[arg(long)]
    ask: bool,

    /// Make it without asking whether it is right; with --defaults nothing is asked anyway.
    #[arg(long, short)]
    yes: bool,

    /// Show what would be made, and make nothing.
    #[arg(long)]
    dry_run: bool,

    /// Show every line that differs from the starter, and not only how many do.
    #[arg(long)]
    diff: bool,

    /// A folder with a shape pack, instead of the fleet's or the embedded one.
    #[arg(long, value_name = "FOLDER")]
    shape: Option<PathBuf>,

    /// How long the first workflow runs and the first image are waited for, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = WAIT, conflicts_with = "local")]
    wait: u64,

    /// Give up what an earlier run began under this name, and start over; what it made stays.
    #[arg(long, conflicts_with_all = ["local", "dry_run"])]
    start_over: bool,

    /// The file that remembers what was begun; by default one for each fleet.
    #[arg(long, value_name = "FILE", conflicts_with = "local")]
    state: Option<PathBuf>,

    #[command(flatten)]
    forge: ForgeOptions,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let last_words = LastWords::listening("Nothing was made.");
    match &arguments.local {
        Some(folder) => local::run(arguments, context, folder, &last_words),
        None => forge::run(arguments, context, &last_words),
    }
}
