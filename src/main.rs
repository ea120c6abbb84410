//! The `shipshape` binary: parses the command line, runs the command and sets the exit code.

use std::process::ExitCode;

use shipshape::cli::{Cli, Context, exit_code};
use shipshape::edge::terminal::{Color, Terminal};

fn main() -> ExitCode {
    shipshape::edge::isolation::close_to_others();
    let (cli, given) = match Cli::of_arguments() {
        Ok(read) => read,
        Err(error) => {
            Terminal::new(Color::Auto, false, 0, None).error(&error);
            return exit_code(&error);
        }
    };
    let context = match Context::new(cli.global(), |name| std::env::var(name).ok()) {
        Ok(context) => Context { given, ..context },
        Err(error) => {
            let in_job = std::env::var("GITHUB_ACTIONS").ok();
            let terminal = Terminal::new(Color::Auto, false, 0, None);
            terminal.in_job_of_github(in_job.as_deref()).error(&error);
            return exit_code(&error);
        }
    };
    match cli.run(&context) {
        Ok(exit) => exit.into(),
        Err(error) => {
            context.terminal.error(&error);
            exit_code(&error)
        }
    }
}
