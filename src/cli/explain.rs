//! `shipshape explain`: a rule's own documentation.

use clap::Args;

use super::{Context, Exit, json_text};
use crate::checks::listing::Listing;
use crate::checks::{Rule, catalogue};
use crate::cli::shared::known_words::{KnownWords, rules};
use crate::cli::shared::options::Form;
use crate::edge::terminal::lines_of;
use crate::error::Result;

/// Explain a rule: what it requires and why, with an example that fails and one that passes.
///
/// Without a rule, all are listed; with a word, those with it in their id, or else in their summary.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape explain SHP102           one rule, by code or id
  shipshape explain docker           the rules with this word in their id, or else in their summary
  shipshape explain --format json    all rules, with their documentation")]
pub(crate) struct Arguments {
    /// The rule's id or code, the start of one, or a word about it. Without it, all rules are listed.
    #[arg(hide_possible_values = true, value_parser = KnownWords(rules))]
    rule: Option<String>,

    /// The output format.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Form,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let meant = meant(arguments.rule.as_deref())?;
    if arguments.format == Form::Json {
        context.terminal.output(&json_text(&Listing::of(&meant))?)?;
        return Ok(Exit::Clean);
    }
    let [rule] = meant.as_slice() else {
        let lines = meant.iter().map(|rule| {
            let severity = rule.severity.to_string();
            format!("{}  {severity:<8} {:<28} {}\n", rule.code, rule.id, rule.summary)
        });
        context.terminal.output(&lines.collect::<String>())?;
        return Ok(Exit::Clean);
    };
    let text = catalogue::documentation(rule);
    // Wrap for people only; programs get one line per paragraph.
    let shown = context.terminal.shows_output();
    let text = if shown { wrapped(&text, context.terminal.width()) } else { text };
    context.terminal.output(&text)?;
    Ok(Exit::Clean)
}

/// The rules that are meant by a name or a word; all without.
fn meant(word: Option<&str>) -> Result<Vec<&'static Rule>> {
    let Some(word) = word else { return Ok(catalogue::rules().collect()) };
    let about = match catalogue::find(word) {
        Some(rule) => vec![rule],
        None if word.is_empty() => Vec::new(),
        None => catalogue::about(word),
    };
    match about.is_empty() {
        true => catalogue::known(word).map(|rule| vec![rule]),
        false => Ok(about),
    }
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
