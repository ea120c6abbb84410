//! Answers of several lines: lists and texts, which an empty line ends.

use super::{BACK, NOTHING, is_long, reply};
use crate::cli::new::given;
use crate::error::Result;
use crate::scaffold::interview::{Prompt, Reply};
use crate::shape::manifest::ValueForm;

/// How the lines of an answer are read.
pub(super) struct Reading<'a> {
    /// Reads the next line.
    pub(super) read: &'a mut dyn FnMut() -> Result<String>,
    /// Tells what is wrong with a line.
    pub(super) told: &'a dyn Fn(&str),
    /// Whether more was already there when a line came, as within a paste: an empty line does not end that.
    pub(super) waits: &'a dyn Fn() -> bool,
}

/// Whether more lines follow the first one of a list or a text.
fn goes_on(first: &str) -> bool {
    !matches!(first.trim(), "" | BACK | NOTHING)
}

/// Whether the first line names a file that contains the whole value.
fn is_file(first: &str, prompt: &Prompt<'_>) -> bool {
    prompt.variable.is_some() && given::file_of(first.trim()).is_some()
}

/// The file that the first line of a text names, if it does not exist and the line cannot be the text itself.
fn missing_file<'l>(line: &'l str, prompt: &Prompt<'_>) -> Option<&'l str> {
    let (name, variable) = prompt.variable.filter(|_| prompt.form == ValueForm::Text)?;
    let file = line.trim().strip_prefix('@').filter(|file| !file.starts_with('@'))?;
    (!given::accepts(name, variable, line.trim())).then_some(file)
}

/// Reads an answer, whose first line was read: the rest of a list or a text too.
pub(super) fn whole(first: String, prompt: &Prompt<'_>, reading: Reading<'_>) -> Result<Reply> {
    let is_one_line = !is_long(prompt.form) || is_file(&first, prompt);
    let begins = || goes_on(&first) || (first.trim().is_empty() && (reading.waits)());
    if is_one_line || !begins() {
        return Ok(reply(&first, prompt));
    }
    several(first, prompt, reading)
}

/// Reads the lines of a list or a text up to an empty one after which nothing waits. An invalid line is asked for again; the
/// others are kept.
fn several(first: String, prompt: &Prompt<'_>, reading: Reading<'_>) -> Result<Reply> {
    let Reading { read, told, waits } = reading;
    let (mut line, mut lines) = (first, Vec::new());
    loop {
        match (line.trim(), prompt.problem_of_line(&line)) {
            (BACK, _) if !lines.is_empty() => return Ok(Reply::BackFrom(lines.join("\n"))),
            (BACK, _) => return Ok(Reply::Back),
            ("", _) if !waits() => break,
            // A text may have empty lines in between.
            ("", _) if prompt.form == ValueForm::Text && !lines.is_empty() => lines.push(line),
            ("", _) => {}
            // A file replaces all lines, so it is accepted only as the first one.
            _ if lines.is_empty() && is_file(&line, prompt) => return Ok(reply(&line, prompt)),
            (_, None) if lines.is_empty() && missing_file(&line, prompt).is_some() => {
                let file = missing_file(&line, prompt).unwrap_or_default();
                told(&format!(
                    "! there is no file `{file}`; name one that exists, or write `@@` for a text that starts with an `@`"
                ));
                told("Type it again; an empty line ends the text");
            }
            (typed, Some(problem)) => {
                told(&match typed.strip_prefix('@').filter(|rest| !rest.starts_with('@')) {
                    Some(name) if !is_file(&line, prompt) => {
                        format!("! there is no file `{name}`; name one that exists")
                    }
                    Some(_) => {
                        "! `@FILE` replaces all lines, but some are entered already".to_owned()
                    }
                    None => format!("! {}; {}", problem.message, problem.hint),
                });
                told(&match &lines[..] {
                    [] => "Type it again; an empty line ends the list".to_owned(),
                    kept => {
                        format!("{} kept; type this one again, or an empty line to end", kept.len())
                    }
                });
            }
            // Lists are validated without surrounding blanks, and kept that way.
            (_, None) => lines.push(match prompt.form {
                ValueForm::Text => line,
                _ => line.trim().to_owned(),
            }),
        }
        line = read()?;
    }
    Ok(reply(&lines.join("\n"), prompt))
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::VecDeque;

    use super::*;

    /// The answer to a question of this form, where each line comes with whether more was there already.
    fn answered(form: ValueForm, lines: &[(&str, bool)]) -> (Reply, usize) {
        let prompt = Prompt {
            words: "?",
            label: "it",
            place: None,
            flag: String::new(),
            form,
            choices: &[],
            is_typed: false,
            default: Some("as before"),
            example: None,
            problem: None,
            variable: None,
        };
        let left: RefCell<VecDeque<(&str, bool)>> = RefCell::new(lines.iter().copied().collect());
        let last = RefCell::new(false);
        let mut read = || {
            let (line, waits) = left.borrow_mut().pop_front().expect("a line");
            last.replace(waits);
            Ok(line.to_owned())
        };
        let first = read().expect("the first line");
        let reading = Reading { read: &mut read, told: &|_| {}, waits: &|| *last.borrow() };
        let reply = whole(first, &prompt, reading).expect("answered");
        let count = left.borrow().len();
        (reply, count)
    }

    fn value(text: &str) -> Reply {
        Reply::Value(text.to_owned())
    }

    #[test]
    fn an_empty_line_ends_what_was_typed_and_not_a_paste() {
        let typed = [("You review.", false), ("", false), ("next", false)];
        assert_eq!(answered(ValueForm::Text, &typed), (value("You review."), 1));
        let pasted = [("You review.", true), ("", true), ("Ask.", true), ("Thanks.", false)];
        let pasted = [&pasted[..], &[("", false), ("next", false)]].concat();
        assert_eq!(answered(ValueForm::Text, &pasted), (value("You review.\n\nAsk.\nThanks."), 1));
        assert_eq!(answered(ValueForm::Lines, &pasted), (value("You review.\nAsk.\nThanks."), 1));
    }

    #[test]
    fn a_paste_may_begin_with_an_empty_line() {
        let pasted = [("", true), ("a", true), ("", false), ("next", false)];
        for form in [ValueForm::Text, ValueForm::Lines] {
            assert_eq!(answered(form, &pasted), (value("a"), 1));
            assert_eq!(answered(form, &[("", false), ("next", false)]), (Reply::Default, 1));
        }
    }
}
