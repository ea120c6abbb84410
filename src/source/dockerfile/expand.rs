//! Expands `$X`, `${X:-d}` and quotes like `BuildKit`'s `shell` lexer.

use super::{Known, Mention, Value};
use crate::source::spliced::Spliced;

/// The nesting depth of `${X:-${Y:-…}}` that is followed; anything deeper counts as unresolved.
const MAX_DEPTH: usize = 16;
/// The most bytes of a value, since `ENV A=$A$A` doubles it on each line.
const MAX_VALUE_BYTES: usize = 16 * 1024;

/// What is known about a variable where it is mentioned.
pub(super) enum Lookup {
    /// It has this value.
    Is(String, Known),
    /// It is declared without a value, so defaults apply.
    Unset(Known),
    /// Something outside the file may set it.
    Unknown,
}

struct Expander<'e> {
    source: &'e Spliced,
    escape: char,
    lookup: &'e dyn Fn(&str) -> Lookup,
    mentions: Vec<Mention>,
    unresolved: Vec<String>,
}

/// Substitutes variables and removes quotes.
pub(super) fn expand(source: &Spliced, escape: char, lookup: &dyn Fn(&str) -> Lookup) -> Value {
    let mut expander =
        Expander { source, escape, lookup, mentions: Vec::new(), unresolved: Vec::new() };
    let mut output = String::new();
    expander.range(0, source.as_str().len(), 0, &mut output);
    if output.len() > MAX_VALUE_BYTES {
        expander.unresolved.push("a value that is too long".to_owned());
    }
    Value {
        raw: source.as_str().to_owned(),
        span: source.whole_span(),
        text: expander.unresolved.is_empty().then_some(output),
        mentions: expander.mentions,
        unresolved: expander.unresolved,
    }
}

impl Expander<'_> {
    fn char_at(&self, at: usize, end: usize) -> Option<char> {
        self.source.as_str().get(at..end)?.chars().next()
    }

    fn range(&mut self, start: usize, end: usize, depth: usize, output: &mut String) {
        let mut at = start;
        let mut quote: Option<char> = None;
        while let Some(character) = self.char_at(at, end) {
            let next = at + character.len_utf8();
            match (quote, character) {
                (Some('\''), '\'') | (Some('"'), '"') => {
                    quote = None;
                    at = next;
                }
                (Some('\''), _) => {
                    output.push(character);
                    at = next;
                }
                (None, '\'' | '"') => {
                    quote = Some(character);
                    at = next;
                }
                (_, '$') => at = self.dollar(at, end, depth, output),
                (_, character) if character == self.escape => {
                    at = next;
                    let Some(escaped) = self.char_at(at, end) else { continue };
                    let kept = quote.is_some()
                        && escaped != '"'
                        && escaped != '$'
                        && escaped != self.escape;
                    if kept {
                        output.push(character);
                    }
                    output.push(escaped);
                    at += escaped.len_utf8();
                }
                _ => {
                    output.push(character);
                    at = next;
                }
            }
            if output.len() > MAX_VALUE_BYTES {
                return;
            }
        }
    }

    /// Reads an expansion and returns the offset of its end.
    fn dollar(&mut self, at: usize, end: usize, depth: usize, output: &mut String) -> usize {
        let content = self.source.as_str();
        let rest = content.get(at + 1..end).unwrap_or_default();
        let Some(inner) = rest.strip_prefix('{') else {
            let length = name_length(rest);
            if length == 0 {
                output.push('$');
                return at + 1;
            }
            let stop = at + 1 + length;
            let name = rest.get(..length).unwrap_or_default();
            self.plain(name, at, stop, output);
            return stop;
        };
        let Some(close) = closing_brace(inner, self.escape) else {
            self.unresolved.push("an unclosed ${".to_owned());
            return end;
        };
        let stop = at + 2 + close + 1;
        let length = name_length(inner);
        let name = inner.get(..length).unwrap_or_default().to_owned();
        let tail = inner.get(length..close).unwrap_or_default();
        if name.is_empty() {
            self.unresolved.push(content.get(at..stop).unwrap_or_default().to_owned());
            return stop;
        }
        if tail.is_empty() {
            self.plain(&name, at, stop, output);
            return stop;
        }
        let empty_counts = tail.starts_with(':');
        let operator = tail.trim_start_matches(':').chars().next().unwrap_or(' ');
        let word_start = at + 2 + length + usize::from(empty_counts) + 1;
        let word_end = stop - 1;
        let found = (self.lookup)(&name);
        self.mention(&name, at, stop, &found);
        let set = match &found {
            Lookup::Is(value, _) => Some(!(empty_counts && value.is_empty())),
            Lookup::Unset(_) => Some(false),
            Lookup::Unknown => None,
        };
        match (operator, set, found) {
            ('-' | '?', Some(true), Lookup::Is(value, _)) => output.push_str(&value),
            ('-', Some(false), _) | ('+', Some(true), _) if depth < MAX_DEPTH => {
                self.range(word_start, word_end, depth + 1, output);
            }
            ('+', Some(false), _) => {}
            _ => self.unresolved.push(name),
        }
        stop
    }

    fn plain(&mut self, name: &str, at: usize, stop: usize, output: &mut String) {
        let found = (self.lookup)(name);
        self.mention(name, at, stop, &found);
        match found {
            Lookup::Is(value, _) => output.push_str(&value),
            Lookup::Unset(_) | Lookup::Unknown => self.unresolved.push(name.to_owned()),
        }
    }

    fn mention(&mut self, name: &str, at: usize, stop: usize, found: &Lookup) {
        let known = match found {
            Lookup::Is(_, known) | Lookup::Unset(known) => Some(*known),
            Lookup::Unknown => None,
        };
        let span = self.source.span(at..stop);
        self.mentions.push(Mention { name: name.to_owned(), span, known });
    }
}

/// The quote that a value opens and never closes, which Docker refuses. Not looked for where a variable has a word of
/// its own, as in `${X:-…}`: quotes in it belong to it.
pub(super) fn open_quote(content: &str, escape: char) -> Option<char> {
    let is_plain =
        |inner: &str| inner.get(name_length(inner)..).is_some_and(|rest| rest.starts_with('}'));
    if !content.split("${").skip(1).all(is_plain) {
        return None;
    }
    let mut quote = None;
    let mut escaped = false;
    for character in content.chars() {
        match quote {
            _ if escaped => escaped = false,
            Some('\'') if character != '\'' => {}
            _ if character == escape => escaped = true,
            Some(open) if character == open => quote = None,
            None if matches!(character, '"' | '\'') => quote = Some(character),
            _ => {}
        }
    }
    quote
}

fn name_length(text: &str) -> usize {
    let first_fits = |c: char| c.is_ascii_alphabetic() || c == '_';
    if !text.starts_with(first_fits) {
        return 0;
    }
    text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len())
}

fn closing_brace(text: &str, escape: char) -> Option<usize> {
    let mut open = 0_usize;
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            _ if character == escape => escaped = true,
            '{' => open += 1,
            '}' if open == 0 => return Some(at),
            '}' => open -= 1,
            _ => {}
        }
    }
    None
}
