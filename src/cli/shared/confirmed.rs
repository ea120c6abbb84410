//! Asking a yes-or-no question.

use std::io::{self, BufRead as _};

use crate::cli::Context;
use crate::edge::terminal::{lines_of, visible_line};
use crate::error::{Error, Result};

/// Asks until the answer is yes or no; an empty line means no. Reads whole lines, so that no input is left to the
/// shell.
///
/// The caller has checked that somebody can answer ([`can_ask`](crate::edge::terminal::Terminal::can_ask)).
pub(in crate::cli) fn confirmed(context: &Context, question: &str) -> Result<bool> {
    let question = format!("{} [y/N]", visible_line(question));
    let question = match context.terminal.columns() {
        Some(columns) => lines_of(&question, columns).join("\n"),
        None => question,
    };
    let mut words = format!("{question} ");
    loop {
        context.terminal.prompt(&words);
        let mut line = String::new();
        let read = io::stdin().lock().read_line(&mut line);
        match read.map_err(|error| Error::failed("cannot read the answer").caused_by(error))? {
            0 => {
                context.terminal.note("");
                return Err(Error::usage("the question was not answered")
                    .hint("answer `yes`, or add --yes"));
            }
            _ => match line.trim().to_lowercase().as_str() {
                "y" | "yes" => return Ok(true),
                "" | "n" | "no" => return Ok(false),
                _ => words = "Say `yes` or `no`: ".to_owned(),
            },
        }
    }
}
