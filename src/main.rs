//! Parse, run, exit code.

use std::process::ExitCode;

use shipshape::cli::{Cli, Context, exit_code};
use shipshape::edge::terminal::{Color, Terminal};

fn main() -> ExitCode {
    let (cli, given) = Cli::read();
    let context = match Context::new(cli.global(), |name| std::env::var(name).ok()) {
        Ok(context) => Context { given, ..context },
        Err(error) => {
            Terminal::new(Color::Auto, false, 0, None).error(&error);
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
