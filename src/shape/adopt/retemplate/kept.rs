//! The ends of a changed line that stay as the template has them: words, other characters and expressions.

use std::ops::Range;

use super::Rendering;
use crate::shape::quoting::{self, Piece};

/// A changed line, whose ends are as the template has them.
pub(super) struct Kept<'t> {
    pub(super) start: &'t str,
    /// The part of the template's line that goes.
    pub(super) replaced: &'t str,
    /// The text that replaces it, between what stays of the line.
    pub(super) new: Piece<'t>,
    pub(super) end: &'t str,
}

/// A word, another character or an expression of a template's line.
struct Token<'t> {
    source: &'t str,
    rendered: String,
}

impl Token<'_> {
    /// Whether it may stay beside a new text, at this part of the line: nothing is joined to an expression that quotes its
    /// value.
    fn may_stay(&self, line: &str, part: &Range<usize>) -> bool {
        let inner = self.source.strip_prefix("{{").and_then(|it| it.strip_suffix("}}"));
        let inner = inner.map(|inner| inner.trim_matches(['-', ' ', '\t']));
        let filter = inner.and_then(quoting::filter_of);
        // Python joins by operators, which do not reach into the string.
        filter.is_none_or(|filter| filter == "py" || Piece::alone(line).is_whole(part, filter))
    }
}

/// How much of a line stays at one of its ends: the tokens of the template, its text and that of the new line.
#[derive(Clone, Copy)]
struct End {
    tokens: usize,
    template: usize,
    new: usize,
}

impl<'t> Kept<'t> {
    /// Finds the ends of a changed line; `None` if the template's line has more than expressions in it.
    pub(super) fn of(line: &'t str, new: &'t str, rendering: &Rendering<'_>) -> Option<Self> {
        let tokens = tokens(line, rendering)?;
        let start = start(&tokens, new);
        let end = end(&tokens, new, start);
        let (start, end) = without_quotes(&tokens, start, end);
        let (kept_end, end_at) = (new.len() - end.new, line.len() - end.template);
        Some(Self {
            start: line.get(..start.template)?,
            replaced: line.get(start.template..end_at)?,
            new: Piece {
                before: new.get(..start.new)?,
                text: new.get(start.new..kept_end)?,
                after: new.get(kept_end..)?,
            },
            end: line.get(end_at..)?,
        })
    }
}

/// What stays at the start of a line.
fn start(tokens: &[Token<'_>], new: &str) -> End {
    let mut kept = End { tokens: 0, template: 0, new: 0 };
    for (index, token) in tokens.iter().enumerate() {
        let Some(rest) = new.get(kept.new..) else { break };
        let Some(behind) = rest.strip_prefix(token.rendered.as_str()) else { break };
        let next = tokens.get(index + 1);
        if splits(token.rendered.chars().next_back(), behind.chars().next())
            && !next.is_some_and(|next| begins_word(&next.rendered))
        {
            break;
        }
        if !token.may_stay(new, &(kept.new..new.len() - behind.len())) {
            break;
        }
        kept = End {
            tokens: index + 1,
            template: kept.template + token.source.len(),
            new: new.len() - behind.len(),
        };
    }
    kept
}

/// What stays at the end of a line, behind its start.
fn end(tokens: &[Token<'_>], new: &str, start: End) -> End {
    let mut kept = End { tokens: 0, template: 0, new: 0 };
    while let Some(last) = tokens.len().checked_sub(kept.tokens + 1)
        && last >= start.tokens
    {
        let Some(token) = tokens.get(last) else { break };
        let Some(rest) = new.get(start.new..new.len() - kept.new) else { break };
        let Some(before) = rest.strip_suffix(token.rendered.as_str()) else { break };
        let previous = last.checked_sub(1).and_then(|index| tokens.get(index));
        if splits(before.chars().next_back(), token.rendered.chars().next())
            && !previous.is_some_and(|it| ends_word(&it.rendered))
        {
            break;
        }
        let at = start.new + before.len();
        if !token.may_stay(new, &(at..at + token.rendered.len())) {
            break;
        }
        kept = End {
            tokens: kept.tokens + 1,
            template: kept.template + token.source.len(),
            new: kept.new + token.rendered.len(),
        };
    }
    kept
}

/// Lets the quotes around a new text go with it, so that an expression that brings its own may replace them.
fn without_quotes(tokens: &[Token<'_>], start: End, end: End) -> (End, End) {
    let is_quote = |index: Option<usize>| {
        index.and_then(|index| tokens.get(index)).is_some_and(|token| token.source == "\"")
    };
    let behind = tokens.len() - end.tokens;
    if !is_quote(start.tokens.checked_sub(1)) || !is_quote(Some(behind)) || end.tokens == 0 {
        return (start, end);
    }
    let less =
        |end: End| End { tokens: end.tokens - 1, template: end.template - 1, new: end.new - 1 };
    (less(start), less(end))
}

fn splits(before: Option<char>, after: Option<char>) -> bool {
    before.is_some_and(char::is_alphanumeric) && after.is_some_and(char::is_alphanumeric)
}

fn begins_word(text: &str) -> bool {
    text.chars().next().is_some_and(char::is_alphanumeric)
}

fn ends_word(text: &str) -> bool {
    text.chars().next_back().is_some_and(char::is_alphanumeric)
}

fn tokens<'t>(line: &'t str, rendering: &Rendering<'_>) -> Option<Vec<Token<'t>>> {
    if line.contains("{%") || line.contains("{#") {
        return None;
    }
    let mut tokens = Vec::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("{{") {
            rest.find("}}")? + 2
        } else if first.is_alphanumeric() {
            rest.find(|it: char| !it.is_alphanumeric()).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (source, after) = rest.split_at_checked(length)?;
        tokens.push(Token { source, rendered: rendering.of_part(source)? });
        rest = after;
    }
    Some(tokens)
}
