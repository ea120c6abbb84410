//! Suggested next commands, in one format that can be pasted.

use std::path::Path;

use crate::cli::shared::campaigns_by_name;
use crate::cli::shared::context::Context;
use crate::edge::terminal::visible_line;
use crate::fleet::Fleet;
use crate::forge::ForgeAddress;
use crate::guide::{Suggestion, Word};
pub(in crate::cli) use crate::source::shell::quoted;

/// A suggestion: a command or an action in words, with its purpose if that is not obvious.
#[derive(Clone)]
pub(in crate::cli) struct Step {
    pub(in crate::cli) what: String,
    why: Option<String>,
}

impl Step {
    /// A suggestion with its purpose, which is printed above it as a shell comment.
    pub(in crate::cli) fn because(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self { what: what.into(), why: Some(why.into()) }
    }
}

impl From<String> for Step {
    fn from(what: String) -> Self {
        Self { what, why: None }
    }
}

impl From<&String> for Step {
    fn from(what: &String) -> Self {
        what.clone().into()
    }
}

/// The suggestions below a heading, after an empty line; empty when there are none.
pub(in crate::cli) fn below<T: Into<Step>>(
    head: &str,
    steps: impl IntoIterator<Item = T>,
) -> String {
    let mut text = String::new();
    for step in steps {
        let Step { what, why } = step.into();
        if let Some(why) = why {
            text.push_str(&format!("  # {}\n", visible_line(&why)));
        }
        text.push_str(&format!("  {}\n", visible_line(&what)));
    }
    if text.is_empty() { text } else { format!("\n{}\n{text}", visible_line(head)) }
}

/// The suggestions at the end of a report.
pub(in crate::cli) fn text<T: Into<Step>>(steps: impl IntoIterator<Item = T>) -> String {
    below("Next:", steps)
}

/// Prints suggestions as a note, since the report may be for a machine. Commands get this run's `--fleet` option.
pub(in crate::cli) fn note<T: Into<Step>>(context: &Context, steps: impl IntoIterator<Item = T>) {
    let text = text(steps.into_iter().map(|step| {
        let Step { what, why } = step.into();
        Step { what: command(context, what), why }
    }));
    if !text.is_empty() {
        context.terminal.note(text.trim_end_matches('\n'));
    }
}

/// A suggested command with this run's `--fleet` option, if it is one of shipshape's.
pub(in crate::cli) fn command(context: &Context, what: String) -> String {
    match what.strip_prefix("shipshape ") {
        Some(rest) => context.command(rest),
        None => what,
    }
}

/// [`note`], where the commands also get this run's `--forge` and `--state` options, if they have them.
pub(in crate::cli) fn note_at_same_place<T: Into<Step>>(
    context: &Context,
    steps: impl IntoIterator<Item = T>,
) {
    let place = context.given.of_place();
    let there = |step: T| {
        let step: Step = step.into();
        Step { what: place.carried_to(&step.what), ..step }
    };
    note(context, steps.into_iter().map(there));
}

/// A command that a sentence of a campaign names, with this run's `--forge`, `--state` and `--fleet` options.
pub(in crate::cli) fn at_same_place(context: &Context, command: &str) -> String {
    context.command(&context.given.of_place().carried_to(command))
}

/// Quotes a path so that no command takes it for an option.
pub(in crate::cli) fn quoted_path(path: &str) -> String {
    quoted(&unlike_an_option(path))
}

/// Quotes a path on this machine likewise. A name that is not UTF-8 is written with octal escapes, since replacing its
/// bytes would change it.
pub(in crate::cli) fn quoted_place(path: &Path) -> String {
    use std::os::unix::ffi::OsStrExt as _;

    let Some(text) = path.to_str() else {
        let bytes = path.as_os_str().as_bytes();
        let start = if bytes.starts_with(b"-") { "./" } else { "" };
        let spelled = bytes.iter().map(|byte| match byte {
            b'\'' | b'\\' => format!(r"\{}", char::from(*byte)),
            b' '..=b'~' => char::from(*byte).to_string(),
            byte => format!(r"\{byte:03o}"),
        });
        return format!("$'{start}{}'", spelled.collect::<String>());
    };
    quoted_path(text)
}

/// A path that does not begin like an option: otherwise a folder's name could change what a pasted command does.
pub(in crate::cli) fn unlike_an_option(path: &str) -> String {
    if path.starts_with('-') { format!("./{path}") } else { path.to_owned() }
}

/// The command that applies safe repairs to a whole fleet: it continues the ready-made campaign, as `shipshape` alone
/// suggests it, or creates it. One that is about some members, and has ended for them, leaves the others to another.
pub(in crate::cli) fn repairs(context: &Context, fleet: &Fleet, address: &ForgeAddress) -> String {
    const NAME: &str = "safe-repairs";
    for name in campaigns_by_name::numbered(NAME) {
        let Some(begun) = campaigns_by_name::continued(context, fleet, address, &name) else {
            break;
        };
        match &begun.next {
            Some(suggestion) => return line_of(suggestion),
            // Its table names what is needed again.
            None if !begun.is_of_some => {
                return format!("shipshape campaign status {}", quoted_path(&begun.file));
            }
            None => {}
        }
    }
    // Do not overwrite a file that belongs to another campaign or cannot be read.
    let is_free = |file: &String| !Path::new(file).exists();
    if is_free(&"campaign.yaml".to_owned()) {
        return format!("shipshape campaign init {NAME}");
    }
    let mut files = campaigns_by_name::numbered(NAME).map(|name| format!("{name}.yaml"));
    let free = files.find(is_free).unwrap_or_default();
    format!("shipshape campaign init {NAME} --output {free}")
}

/// A suggested command as a POSIX shell takes it.
pub(in crate::cli) fn line_of(suggestion: &Suggestion) -> String {
    let word = |word: &Word| match word {
        Word::Plain(text) => quoted(text),
        Word::Several(words) => words.clone(),
        // A bare star could match names that begin like options.
        Word::AllIn(folder) => format!("{}/*", quoted_path(folder)),
    };
    let words = suggestion.command.iter().map(word);
    std::iter::once("shipshape".to_owned()).chain(words).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_is_an_option() {
        assert_eq!(quoted_path("--force"), "./--force");
        assert_eq!(quoted_path("-x y"), "'./-x y'");
        assert_eq!(quoted_path("repos/--force"), "repos/--force");
        assert_eq!(quoted_path("/a b"), "'/a b'");
    }

    #[test]
    fn a_name_that_is_not_utf8_is_spelled_by_its_bytes() {
        use std::os::unix::ffi::OsStrExt as _;

        let place = |bytes| quoted_place(Path::new(std::ffi::OsStr::from_bytes(bytes)));
        assert_eq!(place(b"./rep\xe9"), r"$'./rep\351'");
        assert_eq!(place(b"-it's\xe9 \x1b"), r"$'./-it\'s\351 \033'");
        assert_eq!(place("é".as_bytes()), "'é'");
    }
}
