//! Splits the arguments of an instruction into flags, words and JSON arrays.

use super::{Flag, Heredoc, Word};
use crate::source::spliced::Spliced;
use crate::source::text::Span;

/// Splits at whitespace outside quotes and returns the range of each word, quotes included.
pub(super) fn quoted_words(content: &str, escape: char) -> Vec<std::ops::Range<usize>> {
    let mut found = Vec::new();
    let mut start: Option<usize> = None;
    let mut quote: Option<char> = None;
    let mut escaped = false;
    for (at, character) in content.char_indices() {
        if character.is_whitespace() && quote.is_none() && !escaped {
            if let Some(start) = start.take() {
                found.push(start..at);
            }
            continue;
        }
        start.get_or_insert(at);
        if escaped {
            escaped = false;
            continue;
        }
        match quote {
            // Inside single quotes nothing is an escape.
            Some('\'') if character == '\'' => quote = None,
            Some('\'') => {}
            _ if character == escape => escaped = true,
            Some(open) if character == open => quote = None,
            None if character == '"' || character == '\'' => quote = Some(character),
            _ => {}
        }
    }
    if let Some(start) = start {
        found.push(start..content.len());
    }
    found
}

/// Splits at whitespace, regardless of quotes.
pub(super) fn plain_words(arguments: &Spliced) -> Vec<Spliced> {
    let content = arguments.as_str();
    let mut found = Vec::new();
    let mut at = 0;
    for word in content.split_whitespace() {
        let Some(start) = content.get(at..).and_then(|rest| rest.find(word)).map(|i| at + i) else {
            break;
        };
        at = start + word.len();
        found.push(arguments.part(start..at));
    }
    found
}

/// Splits off the leading `--name[=value]` flags.
pub(super) fn flags(arguments: &Spliced, escape: char) -> (Vec<Flag>, Spliced) {
    let content = arguments.as_str();
    let mut flags = Vec::new();
    for range in quoted_words(content, escape) {
        let text = content.get(range.clone()).unwrap_or_default();
        let Some(flag) = text.strip_prefix("--") else {
            return (flags, arguments.part(range.start..content.len()));
        };
        if flag.is_empty() {
            return (flags, arguments.part(range.end..content.len()).trimmed());
        }
        let (name, value) = match flag.find('=') {
            Some(at) => (
                flag.get(..at).unwrap_or_default(),
                Some(arguments.part(range.start + 2 + at + 1..range.end)),
            ),
            None => (flag, None),
        };
        flags.push(Flag { name: name.to_owned(), value, span: arguments.span(range) });
    }
    (flags, Spliced::at(arguments.whole_span().end))
}

/// Parses a JSON array of strings; `None` if it is anything else and thus shell form.
pub(super) fn json_array(arguments: &Spliced) -> Option<Vec<Word>> {
    let content = arguments.as_str().trim_end();
    let inner = content.trim_start().strip_prefix('[')?.strip_suffix(']')?;
    let base = content.find('[')? + 1;
    let mut found = Vec::new();
    let mut at = 0;
    loop {
        let rest = inner.get(at..)?;
        let begin = at + rest.len() - rest.trim_start().len();
        let rest = inner.get(begin..)?;
        if rest.is_empty() {
            // `[]` is an array; `["a",]` is not.
            return found.is_empty().then_some(found);
        }
        let length = json_string_length(rest)?;
        let literal = rest.get(..length)?;
        let value: String = serde_json::from_str(literal).ok()?;
        let span = arguments.span(base + begin..base + begin + length);
        found.push(Word { value, span });
        let behind = rest.get(length..)?.trim_start();
        if behind.is_empty() {
            return Some(found);
        }
        at = inner.len() - behind.strip_prefix(',')?.len();
        if inner.get(at..)?.trim().is_empty() {
            return None;
        }
    }
}

fn json_string_length(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        match character {
            '"' if at == 0 => {}
            _ if at == 0 => return None,
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// Returns the `<<NAME` marks among the words, still without their bodies.
pub(super) fn heredoc_marks(arguments: &Spliced, escape: char) -> Vec<Heredoc> {
    let content = arguments.as_str();
    quoted_words(content, escape)
        .into_iter()
        .filter_map(|range| {
            let word = content.get(range.clone())?;
            let word = word.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix("<<")?;
            let (strip_tabs, name) = match word.strip_prefix('-') {
                Some(name) => (true, name),
                None => (false, word),
            };
            let bare: String =
                name.chars().filter(|c| !matches!(c, '"' | '\'') && *c != escape).collect();
            if bare.is_empty() || bare.contains('<') {
                return None;
            }
            Some(Heredoc {
                expand: bare.len() == name.len(),
                name: bare,
                strip_tabs,
                mark: arguments.span(range),
                body: Spliced::default(),
                span: Span::default(),
            })
        })
        .collect()
}
