//! `shipshape new`: the wizard for a new repository.

mod asker;
mod begun;
mod committed;
mod document;
mod ending;
mod forge;
mod found;
mod given;
mod local;
mod plan;
mod prepare;
mod preview;
mod refusal;
mod register;
mod repeated;
mod show;
mod unfinished;
mod within;

use std::path::PathBuf;

use clap::Args;

use super::{Context, Exit};
use crate::cli::shared::forge::ForgeOptions;
use crate::cli::shared::interruption::LastWords;
use crate::cli::shared::options::{self, Form};
use crate::error::Result;
use crate::scaffold::AnswersFile;

/// How many seconds to wait for the first runs and the first image by default.
const WAIT: u64 = 900;

/// The answers, which are of no use to a command that only concerns runs on record. A test holds them against the options.
const ANSWERS: [&str; 7] =
    ["answers", "set", "profile", "owner", "visibility", "description", "aliases"];

/// What else does not go with `--forget`.
const NOT_FORGOTTEN: [&str; 11] = [
    "local",
    "defaults",
    "ask",
    "yes",
    "anyway",
    "diff",
    "shape",
    "start_over",
    "unfinished",
    "wait",
    "format",
];

/// What else does not go with `--unfinished`.
const NOT_LISTED: [&str; 11] = [
    "local",
    "defaults",
    "ask",
    "yes",
    "anyway",
    "diff",
    "shape",
    "start_over",
    "dry_run",
    "wait",
    "format",
];

/// Create a new repository of the fleet, with a wizard that asks only what it cannot derive.
///
/// It renders the shape with the answers, shows the resulting tree and how many of its lines differ from the
/// starter, checks it with every rule, and only then creates the repository. Every question has an option here
/// and a key in the file of --answers. The equivalent command without questions is shown; it also continues an
/// interrupted run, which --unfinished lists and --forget gives up. In the wizard, `<` (in a menu, Esc) goes back one
/// question; later answers that were not typed are derived again.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape new gemini-cli                                on the forge: repository, pull requests, fleet.yaml
  shipshape new gemini-cli --local gemini-cli             asks, shows, and creates the folder
  shipshape new gemini-cli --local gemini-cli --defaults  asks nothing
  shipshape new billing-api --kind service --defaults     of one of several kinds
  shipshape new --answers gemini.yaml --local gemini-cli --git --register
  shipshape new gemini-cli --local x --defaults --dry-run --set model=google:gemini-2.5-pro
  shipshape new gemini-cli --defaults --format json       for programs; `shipshape schema new` describes it
  shipshape new --unfinished                              runs that stopped halfway

A file of answers, which `shipshape schema answers` describes:
  slug: gemini-cli
  variables:
    model: google:gemini-2.5-pro
    models: [\"google:gemini-2.5-flash\", \"openai:gpt-4.1 OPENAI_API_KEY\"]
    command: gemini --model {model}")]
pub(crate) struct Arguments {
    /// Create only this local folder, new or empty, and nothing on the forge.
    #[arg(long, value_name = "DIR")]
    local: Option<PathBuf>,

    /// Make the folder a git repository with one commit.
    #[arg(long, requires = "local")]
    git: bool,

    /// Add the member to fleet.yaml and to the other lists of members beside it.
    #[arg(long, requires = "local")]
    register: bool,

    /// A file of answers, or `-` for standard input; `shipshape schema answers` prints its format.
    #[arg(long, value_name = "FILE", help_heading = "Answers")]
    answers: Option<PathBuf>,

    /// A variable of the shape; may be given several times. `@FILE` reads the value from a file, `@@` starts a
    /// value with an `@`.
    #[arg(long, value_name = "NAME=VALUE", value_parser = options::assignment, help_heading = "Answers")]
    set: Vec<(String, String)>,

    /// Use derived values, and ask nothing.
    #[arg(long, conflicts_with = "ask")]
    defaults: bool,

    /// Ask on standard input line by line, even if it is not a terminal.
    #[arg(long)]
    ask: bool,

    /// Do not ask for confirmation. With --defaults nothing is asked anyway.
    #[arg(long, short)]
    yes: bool,

    /// Create it even if rules find errors in it. Nothing is ever created with a credential in it, or with a file of the
    /// shape that does not parse.
    #[arg(long)]
    anyway: bool,

    /// Only show what would be created.
    #[arg(long)]
    dry_run: bool,

    /// Show every line that differs from the shape with its placeholders, not only their number.
    #[arg(long)]
    diff: bool,

    /// The output format. `json` describes what was created, or would be; nothing is asked then.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT", conflicts_with_all = ["ask", "diff"])]
    format: Form,

    /// A folder with a shape pack, instead of the fleet's or the embedded one.
    #[arg(long, value_name = "FOLDER")]
    shape: Option<PathBuf>,

    /// How long to wait for the first workflow runs and the first image, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = WAIT, conflicts_with = "local")]
    wait: u64,

    /// Forget an unfinished earlier run under this name, and start over. What it created stays.
    #[arg(long, conflicts_with_all = ["local", "dry_run"])]
    start_over: bool,

    /// List the runs that were started here and have not finished: what each created, where it stopped, and the
    /// command that continues it. With NAME, only its run.
    #[arg(long, conflicts_with_all = ANSWERS, conflicts_with_all = NOT_LISTED)]
    unfinished: bool,

    /// Forget the unfinished run under NAME. What it created stays, and is listed.
    #[arg(long, requires = "slug", conflicts_with_all = ANSWERS, conflicts_with_all = NOT_FORGOTTEN)]
    forget: bool,

    /// The file that records unfinished work (default: one per fleet).
    #[arg(long, value_name = "FILE", conflicts_with = "local")]
    state: Option<PathBuf>,

    // After the others: its heading would be theirs too.
    #[command(flatten)]
    said: AnswersFile,

    #[command(flatten)]
    forge: ForgeOptions,
}

impl Arguments {
    /// Why a question cannot be asked, where none can.
    fn unasked(&self) -> &'static str {
        match self.format {
            Form::Human => "there is no terminal to ask on",
            Form::Json => "`--format json` asks nothing",
        }
    }
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    if arguments.unfinished {
        return unfinished::list(arguments, context);
    }
    if arguments.forget {
        return unfinished::forget(arguments, context);
    }
    let last_words = LastWords::listening("Nothing was created.");
    match &arguments.local {
        Some(folder) => local::run(arguments, context, folder, &last_words),
        None => forge::run(arguments, context, &last_words),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers that name a run on record: its name, its repository, and the kind that gives both.
    const NAMES_OF_RUNS: [&str; 3] = ["slug", "kind", "repository"];

    /// Options of the command itself that give answers.
    const OF_THE_COMMAND: [&str; 2] = ["answers", "set"];

    #[test]
    fn every_answer_is_listed_or_names_a_run() {
        let answers = AnswersFile::augment_args(clap::Command::new("answers"));
        let mut options: Vec<&str> =
            answers.get_arguments().map(|it| it.get_id().as_str()).collect();
        options.extend(OF_THE_COMMAND);
        let mut listed = [&ANSWERS[..], &NAMES_OF_RUNS].concat();
        for ids in [&mut options, &mut listed] {
            ids.sort_unstable();
        }
        assert_eq!(options, listed);
    }
}
