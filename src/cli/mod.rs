//! The command line: the clap tree, and one thin file or folder per command.
//!
//! A command turns its arguments into a request, calls an operation, and shows the result. What commands share is in
//! [`shared`].

mod campaign;
mod completions;
mod demo;
mod doctor;
mod drift;
mod explain;
mod fix;
mod fleet;
mod here;
mod images;
mod init;
mod man;
mod migrate;
mod new;
mod package;
mod pin;
mod release;
mod sandbox;
mod schema;
mod serve;
mod shape;
mod shared;
mod starter;
mod validate;
mod waive;
mod waivers;

pub use shared::context::{Context, Exit, exit_code};
pub use shared::given::Given;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::counted::counted;
use crate::error::{Error, Result};
use crate::source::typed::nearest;
use shared::options::GlobalOptions;

/// Keeps a fleet of template repositories in one canonical shape.
#[derive(Debug, Parser)]
#[command(
    name = "shipshape",
    version,
    max_term_width = 100,
    after_help = AFTER_HELP
)]
pub struct Cli {
    #[command(flatten)]
    global: GlobalOptions,

    /// Without a command, shipshape suggests what to do next.
    #[command(subcommand)]
    command: Option<Command>,
}

/// Option names with which users try to pass a token. There is no such option.
const TOKEN_OPTIONS: [&str; 5] =
    ["--token", "--gh-token", "--github-token", "--auth-token", "--access-token"];

const AFTER_HELP: &str = "\
Start here:
  shipshape demo                      try everything with a fleet of eight; no account needed
  shipshape validate                  check the repository in this folder
  shipshape init repos/*              write fleet.yaml from existing repositories
  shipshape drift --local repos/*     check many, and see where they differ
  shipshape new gemini-cli --local x  create a new repository step by step
  shipshape explain docker-base-image what a rule requires, and why; without a rule, lists all

Exit codes: 0 clean; 1 findings at or above --fail-on; 2 the command line or an input file is invalid;
3 something could not be checked or done. What could not be checked is never green.";

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Arguments),
    New(new::Arguments),
    Init(init::Arguments),
    Doctor(doctor::Arguments),
    Validate(validate::Arguments),
    Fix(fix::Arguments),
    Migrate(migrate::Arguments),
    Drift(drift::Arguments),
    Waive(waive::Arguments),
    Waivers(waivers::Arguments),
    #[command(visible_alias = "rules")]
    Explain(explain::Arguments),
    Shape(shape::Arguments),
    Starter(starter::Arguments),
    Campaign(campaign::Arguments),
    Pin(pin::Arguments),
    Fleet(fleet::Arguments),
    Package(package::Arguments),
    Release(release::Arguments),
    Images(images::Arguments),
    Serve(serve::Arguments),
    Sandbox(sandbox::Arguments),
    Schema(schema::Arguments),
    Completions(completions::Arguments),
    Man(man::Arguments),
}

impl Cli {
    /// Parses the command line. If it is invalid, prints clap's message and ends the process.
    ///
    /// # Errors
    /// When a token is given as an option; clap would suggest how to pass it anyway.
    pub fn of_arguments() -> Result<(Self, Given)> {
        let read = tree().try_get_matches().and_then(|mut matches| {
            let given = Given::of(&matches);
            let cli = Self::from_arg_matches_mut(&mut matches);
            cli.map(|cli| (cli, given)).map_err(|error| error.format(&mut tree()))
        });
        read.or_else(|error| {
            let unknown = error.get(ContextKind::InvalidArg).map(ToString::to_string);
            match unknown.filter(|option| TOKEN_OPTIONS.contains(&option.as_str())) {
                Some(option) => Err(Error::usage(format!(
                    "there is no `{option}`: a token is never given as an argument, which others on this machine can \
                     see and your shell records"
                ))
                .hint("put it into GH_TOKEN (for a forge other than GitHub's: GH_ENTERPRISE_TOKEN), or use `gh auth login`")
                .hint("this token is now exposed: revoke it and create a new one")),
                None => shown(&advised(error)),
            }
        })
    }

    /// The options that all commands share.
    #[must_use]
    pub fn global(&self) -> &GlobalOptions {
        &self.global
    }

    /// Runs the command.
    ///
    /// # Errors
    /// Whatever made the command fail; see [`crate::error`].
    pub fn run(self, context: &Context) -> Result<Exit> {
        let Some(command) = self.command else { return here::run(context) };
        match command {
            Command::Demo(arguments) => demo::run(&arguments, context),
            Command::Init(arguments) => init::run(&arguments, context),
            Command::Doctor(arguments) => doctor::run(&arguments, context),
            Command::Fleet(arguments) => fleet::run(&arguments, context),
            Command::New(arguments) => new::run(&arguments, context),
            Command::Validate(arguments) => validate::run(&arguments, context),
            Command::Fix(arguments) => fix::run(&arguments, context),
            Command::Migrate(arguments) => migrate::run(&arguments, context),
            Command::Shape(arguments) => shape::run(&arguments, context),
            Command::Starter(arguments) => starter::run(&arguments, context),
            Command::Campaign(arguments) => campaign::run(&arguments, context),
            Command::Pin(arguments) => pin::run(&arguments, context),
            Command::Package(arguments) => package::run(&arguments, context),
            Command::Release(arguments) => release::run(&arguments, context),
            Command::Images(arguments) => images::run(&arguments, context),
            Command::Serve(arguments) => serve::run(&arguments, context),
            Command::Sandbox(arguments) => sandbox::run(&arguments, context),
            Command::Drift(arguments) => drift::run(&arguments, context),
            Command::Waive(arguments) => waive::run(&arguments, context),
            Command::Waivers(arguments) => waivers::run(&arguments, context),
            Command::Explain(arguments) => explain::run(&arguments, context),
            Command::Schema(arguments) => schema::run(&arguments, context),
            Command::Completions(arguments) => completions::run(&arguments, context),
            Command::Man(arguments) => man::run(&arguments, context),
        }
    }
}

/// Prints clap's message and ends the process. Failing to write help is an error, as for any other output.
fn shown<T>(words: &clap::Error) -> Result<T> {
    match words.print() {
        Err(cause) if !words.use_stderr() && cause.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Error::failed("cannot write to standard output").caused_by(cause))
        }
        _ => std::process::exit(words.exit_code()),
    }
}

/// Improves clap's suggestions. In particular, drops the one to pass an unknown option as a value, which is never what was
/// meant here.
fn advised(mut error: clap::Error) -> clap::Error {
    if error.kind() == ErrorKind::InvalidSubcommand
        && error.get(ContextKind::SuggestedSubcommand).is_none()
    {
        let called = error.get(ContextKind::InvalidSubcommand).map(ToString::to_string);
        let words = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned());
        let above = deepest(words.take_while(|word| called.as_ref() != Some(word)));
        let known = above.get_subcommands().map(clap::Command::get_name);
        // Swapped letters are one typo, but clap counts them as two.
        if let Some(meant) = called.as_ref().and_then(|called| nearest(called, known)) {
            let meant = ContextValue::Strings(vec![meant.to_owned()]);
            error.insert(ContextKind::SuggestedSubcommand, meant);
        }
        return error;
    }
    // The usage would list options set by environment variables as required.
    if matches!(error.kind(), ErrorKind::ArgumentConflict | ErrorKind::MissingRequiredArgument) {
        error.remove(ContextKind::Usage);
    }
    if error.kind() != ErrorKind::UnknownArgument {
        return error;
    }
    error.remove(ContextKind::Suggested);
    let is_json = error.get(ContextKind::InvalidArg).is_some_and(|it| it.to_string() == "--json");
    let words = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned());
    let command = deepest(words);
    let unknown = error.get(ContextKind::InvalidArg).map(ToString::to_string).unwrap_or_default();
    let tip = match command.get_name() {
        "demo" if !unknown.starts_with('-') => Some("a folder is named with `--into FOLDER`"),
        "doctor" if std::env::args_os().any(|word| word == "--permissions") => {
            Some("a command with options goes in quotes: `--permissions \"validate --comment\"`")
        }
        _ => None,
    };
    if let Some(tip) = tip {
        let tip = ContextValue::StyledStrs(vec![StyledStr::from(tip)]);
        error.insert(ContextKind::Suggested, tip);
        return error;
    }
    let has_format = command.get_arguments().any(|it| it.get_long() == Some("format"));
    if is_json && has_format {
        let tip = StyledStr::from("it is `--format json`");
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip]));
    }
    error
}

/// The command that these words of a command line call.
fn deepest(words: impl Iterator<Item = String>) -> clap::Command {
    let mut command = tree();
    for word in words {
        if let Some(called) = command.find_subcommand(&word) {
            command = called.clone();
        }
    }
    command
}

/// A value as an indented JSON document with a final newline, and without invisible characters.
fn json_text(value: &impl serde::Serialize) -> Result<String> {
    let mut text = Vec::new();
    let failed =
        |error: &dyn std::fmt::Display| Error::failed("cannot write JSON").caused_by(error);
    crate::report::json::write_value(value, &mut text).map_err(|error| failed(&error))?;
    String::from_utf8(text).map_err(|error| failed(&error))
}

/// The complete clap command, for completions, man pages and the reference.
#[must_use]
pub fn tree() -> clap::Command {
    Cli::command()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_holds_no_invisible_characters() {
        let text = json_text(&["a\u{202e}b", "\u{9b}31m"]).expect("JSON");
        assert_eq!(text, "[\n  \"a\\u202eb\",\n  \"\\u009b31m\"\n]\n");
    }

    /// The arguments of a command and of those below it that help would show with their value in the environment, which
    /// may hold a password.
    fn telling(command: &clap::Command) -> Vec<String> {
        let told = command.get_arguments();
        let told = told.filter(|it| it.get_env().is_some() && !it.is_hide_env_values_set());
        let told = told.map(|it| format!("{} --{}", command.get_name(), it.get_id()));
        told.chain(command.get_subcommands().flat_map(telling)).collect()
    }

    #[test]
    fn no_help_shows_a_value_of_the_environment() {
        assert_eq!(telling(&Cli::command()), Vec::<String>::new());
    }
}
