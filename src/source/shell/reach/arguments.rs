//! The arguments of scripts and functions: what `"$@"`, `$1` and `$0` stand for.

use std::collections::VecDeque;

use super::Walk;
use crate::source::shell::own_file::OwnFile;
use crate::source::shell::{Command, Word};
use crate::source::spliced::Spliced;
use crate::source::text::Span;

/// How many alternative argument lists a script may have, from conditional `set --`.
pub(super) const MAX_POSSIBILITIES: usize = 4;

/// The values of `$0` and `$@`. A conditional `set --` leaves more than one possibility.
#[derive(Clone, Default)]
pub(super) struct Frame {
    pub(super) name: Option<String>,
    pub(super) own: OwnFile,
    /// Whether its script is read by the shell of another: `return` ends it.
    pub(super) is_sourced: bool,
    pub(super) arguments: Vec<VecDeque<Word>>,
}

impl Frame {
    /// The frame of a function that is called in it, still without arguments.
    pub(super) fn of_function(&self) -> Self {
        let (name, own) = (self.name.clone(), self.own.clone());
        Self { name, own, is_sourced: false, arguments: Vec::new() }
    }
}

pub(super) fn literal(text: &str) -> Word {
    let text = Spliced::new(text, 0);
    Word { span: Span::default(), text, dynamic: false, quoted: true }
}

impl Walk<'_> {
    /// Handles `set -- a b`, which replaces `$@`; in a branch it may.
    pub(super) fn reset_arguments(&mut self, command: &Command, frame: &mut Frame) {
        let Some(at) = command.words.iter().position(|word| word.as_str() == "--") else { return };
        let words = command.words.get(at + 1..).unwrap_or_default();
        let replaced = self.substituted(words, frame, 0).into();
        if !command.conditional {
            frame.arguments.clear();
        } else if frame.arguments.is_empty() {
            frame.arguments.push(VecDeque::new());
        }
        if frame.arguments.len() < MAX_POSSIBILITIES {
            frame.arguments.push(replaced);
        }
    }

    /// Substitutes an argument list for `"$@"`, `$*`, `$0`, `$1` … where they are whole words.
    pub(super) fn substituted(&mut self, words: &[Word], frame: &Frame, index: usize) -> Vec<Word> {
        let arguments = frame.arguments.get(index);
        let mut output = Vec::with_capacity(words.len());
        for word in words {
            if !word.dynamic {
                output.push(word.clone());
                continue;
            }
            let inner = word.as_str().strip_prefix('$').unwrap_or_default();
            let braced = inner.strip_prefix('{').and_then(|it| it.strip_suffix('}'));
            let inner = braced.unwrap_or(inner);
            match (inner, inner.parse::<usize>(), &frame.name) {
                ("@" | "*", _, _) => {
                    let all = arguments.into_iter().flatten();
                    output.extend(all.take_while(|passed| self.can_pass(passed)).cloned());
                }
                ("0", _, Some(name)) => output.push(literal(name)),
                (_, Ok(number), _) if number > 0 => {
                    let passed = arguments.and_then(|list| list.get(number - 1)).unwrap_or(word);
                    if self.can_pass(passed) {
                        output.push(passed.clone());
                    }
                }
                _ => {
                    let own = frame.own.expanded(word.as_str());
                    output.push(own.map_or_else(|| word.clone(), |path| literal(&path)));
                }
            }
        }
        output
    }

    /// Whether there is room for another copy of a word.
    pub(super) fn can_pass(&mut self, word: &Word) -> bool {
        let bytes = size_of::<Word>() + word.as_str().len();
        let left = self.passable.checked_sub(bytes);
        if left.is_none() {
            self.unknown.get_or_insert_with(|| "it passes on too many arguments".to_owned());
        }
        self.passable = left.unwrap_or(0);
        left.is_some()
    }
}
