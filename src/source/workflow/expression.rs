//! `${{ … }}` expressions in scalars.

use std::collections::HashSet;

use crate::source::text::Span;
use crate::source::yaml::{Kind, Node, Step};

/// An expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expression {
    /// The text between `${{` and `}}`, trimmed.
    pub text: String,
    /// The span including braces; that of the whole scalar if escapes or folded lines obscure it.
    pub span: Span,
}

impl Expression {
    /// Whether it reads a context value such as `github.event.client_payload.runtime_version`, with
    /// dots or `['…']`. Like the forge, it ignores case. A longer name does not count, and neither
    /// does the name in a string.
    #[must_use]
    pub fn mentions(&self, context: &str) -> bool {
        let wanted: Vec<String> = context.split('.').map(str::to_ascii_lowercase).collect();
        references(&self.text).any(|reference| reference.starts_with(&wanted))
    }
}

/// Returns the expressions in a text, except for one that is never closed.
#[must_use]
pub fn expressions_in(text: &str) -> Vec<(std::ops::Range<usize>, &str)> {
    let mut found = Vec::new();
    let mut at = 0;
    // What opens inside a string of an unclosed expression may be closed, what opens outside of one
    // is not. So the search fails at most once for each kind.
    let mut unclosed = [false; 2];
    let mut in_string = false;
    while let Some(start) = text.get(at..).and_then(|rest| rest.find("${{")).map(|step| at + step) {
        in_string ^= has_odd_quotes(text, at..start);
        let inside = start + 3;
        let known = unclosed.get_mut(usize::from(in_string));
        let length = match &known {
            Some(true) => None,
            _ => closing(text.get(inside..).unwrap_or_default()),
        };
        let Some(length) = length else {
            if let Some(known) = known {
                *known = true;
            }
            at = inside;
            continue;
        };
        let body = text.get(inside..inside + length).unwrap_or_default().trim();
        at = inside + length + 2;
        // An expression ends outside of its strings, so it contains an even number of quotes.
        found.push((start..at, body));
    }
    found
}

fn has_odd_quotes(text: &str, range: std::ops::Range<usize>) -> bool {
    text.get(range).unwrap_or_default().bytes().filter(|byte| *byte == b'\'').count() % 2 == 1
}

/// Returns the offset of the `}}` that ends an expression; strings (`'it''s'`) may contain one.
fn closing(text: &str) -> Option<usize> {
    let mut in_string = false;
    let bytes = text.as_bytes();
    for (offset, byte) in bytes.iter().enumerate() {
        match byte {
            b'\'' => in_string = !in_string,
            b'}' if !in_string && bytes.get(offset + 1) == Some(&b'}') => return Some(offset),
            _ => {}
        }
    }
    None
}

/// Returns the expressions in every scalar below a node, excluding keys.
pub(super) fn expressions_below(node: Node<'_>) -> Vec<Expression> {
    let mut found = Vec::new();
    scalars_below(node, &mut |scalar, is_condition| {
        found.extend(expressions_of(scalar, is_condition));
    });
    found
}

/// Returns where a `${{` is never closed in the scalars below a node, the first one of each.
pub(super) fn unclosed_below(node: Node<'_>) -> Vec<Span> {
    let mut found = Vec::new();
    scalars_below(node, &mut |scalar, _| {
        let Some(value) = scalar.scalar_text() else { return };
        if unclosed_in(value).is_none() {
            return;
        }
        let body = scalar.body();
        let written = unclosed_in(scalar.document().text().slice(body));
        let place = written.map(|at| Span::new(body.start + at, body.start + at + 3));
        found.push(place.unwrap_or(body));
    });
    found
}

/// The offset of the first `${{` in a text that is never closed.
fn unclosed_in(text: &str) -> Option<usize> {
    let closed = expressions_in(text);
    let is_closed = |at: &usize| closed.iter().any(|(range, _)| range.contains(at));
    let mut opened = text.match_indices("${{").map(|(at, _)| at);
    opened.find(|at| !is_closed(at))
}

/// Calls a function with every scalar below a node, excluding keys, and whether it is the value of an `if`.
fn scalars_below<'d>(node: Node<'d>, each: &mut dyn FnMut(Node<'d>, bool)) {
    let mut seen = HashSet::new();
    let is_if = matches!(node.path().steps().last(), Some(Step::Key(key)) if key == "if");
    let mut waiting = vec![(node, is_if)];
    while let Some((node, is_condition)) = waiting.pop() {
        let node = node.resolved();
        if !seen.insert(node.span()) {
            continue;
        }
        match node.kind() {
            Kind::Mapping => waiting.extend(
                node.entries().rev().map(|entry| (entry.value, entry.key.as_str() == Some("if"))),
            ),
            Kind::Sequence => waiting.extend(node.items().rev().map(|item| (item, false))),
            Kind::Scalar | Kind::Alias => each(node, is_condition),
        }
    }
}

/// Returns the expressions in one scalar. The value of an `if` without braces is a single
/// expression.
fn expressions_of(node: Node<'_>, is_condition: bool) -> Vec<Expression> {
    let Some(value) = node.scalar_text() else { return Vec::new() };
    if is_condition && !value.contains("${{") {
        return vec![Expression { text: value.trim().to_owned(), span: node.body() }];
    }
    let body = node.body();
    let written = expressions_in(node.document().text().slice(body));
    let meant = expressions_in(value);
    let as_written = written.len() == meant.len();
    let places = written
        .iter()
        .map(|(range, _)| Span::new(body.start + range.start, body.start + range.end));
    let places = places.map(Some).chain(std::iter::repeat(None));
    meant
        .iter()
        .zip(places)
        .map(|((_, text), place)| Expression {
            text: (*text).to_owned(),
            span: place.filter(|_| as_written).unwrap_or(body),
        })
        .collect()
}

/// Returns the context values that an expression reads, each as its names in lower case.
fn references(text: &str) -> impl Iterator<Item = Vec<String>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            let start = rest.find(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '\'')?;
            rest = rest.get(start..)?;
            if let Some(inside) = rest.strip_prefix('\'') {
                rest = inside.find('\'').and_then(|end| inside.get(end + 1..)).unwrap_or_default();
                continue;
            }
            let mut names = Vec::new();
            let (first, behind) = name(rest);
            names.push(first.to_ascii_lowercase());
            rest = behind;
            while let Some((next, behind)) = member(rest) {
                names.push(next.to_ascii_lowercase());
                rest = behind;
            }
            return Some(names);
        }
    })
}

fn name(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '*')));
    text.split_at(end.unwrap_or(text.len()))
}

/// Parses `.name` or `['name']` at the start of a text; returns the name and the rest.
fn member(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    if let Some(behind) = text.strip_prefix('.') {
        let (next, behind) = name(behind.trim_start());
        return (!next.is_empty()).then_some((next, behind));
    }
    let inside = text.strip_prefix('[')?.trim_start().strip_prefix('\'')?;
    let (next, behind) = inside.split_once('\'')?;
    Some((next, behind.trim_start().strip_prefix(']')?))
}
