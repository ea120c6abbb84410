//! `shipshape explain`: a rule's own documentation.

use clap::Args;

use super::{Context, Exit};
use crate::checks::catalogue;
use crate::cli::shared::known_words::{KnownWords, rules};
use crate::edge::terminal::lines_of;
use crate::error::Result;

/// Explain a rule: what it requires and why, with an example that fails and one that passes.
#[derive(Debug, Args)]
#[command(after_help = "Example: shipshape explain SHP102")]
pub(crate) struct Arguments {
    /// The rule's id or code. Without one, all rules are listed.
    #[arg(hide_possible_values = true, value_parser = KnownWords(rules))]
    rule: Option<String>,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let Some(name) = &arguments.rule else {
        let lines = catalogue::rules().map(|rule| {
            format!(
                "{}  {:<8} {:<28} {}\n",
                rule.code,
                rule.severity.to_string(),
                rule.id,
                rule.summary
            )
        });
        context.terminal.output(&lines.collect::<String>())?;
        return Ok(Exit::Clean);
    };
    let rule = catalogue::known(name)?;
    let text = catalogue::documentation(rule);
    // Wrap for people only; programs get one line per paragraph.
    let shown = context.terminal.shows_output();
    let text = if shown { wrapped(&text, context.terminal.width()) } else { text };
    context.terminal.output(&text)?;
    Ok(Exit::Clean)
}

/// Wraps the paragraphs of a text between words, except in code fences.
fn wrapped(text: &str, width: usize) -> String {
    let mut wrapped = String::with_capacity(text.len() + 64);
    let mut in_fence = false;
    for line in text.lines() {
        let is_fence = line.starts_with("```");
        in_fence ^= is_fence;
        if in_fence || is_fence {
            wrapped.push_str(line);
            wrapped.push('\n');
            continue;
        }
        for line in lines_of(line, width) {
            wrapped.push_str(&line);
            wrapped.push('\n');
        }
    }
    wrapped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_are_broken_between_words_and_examples_are_not() {
        let text = "# A title\n\none two three four\n\n```text\none two three four\n```\n";
        assert_eq!(
            wrapped(text, 9),
            "# A title\n\none two\nthree\nfour\n\n```text\none two three four\n```\n"
        );
    }
}
