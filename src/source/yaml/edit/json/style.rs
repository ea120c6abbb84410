//! How a document writes JSON.

use super::super::super::{Content, Document, Record};
use super::{first_child, indentation, is_broken};
use crate::source::text::Span;

/// What a document has between its tokens, as far as its first places of each kind tell.
pub(super) struct Style {
    pub(super) line_end: &'static str,
    /// What a line is indented by, compared with the one of its bracket.
    pub(super) step: String,
    /// What is between a key and its value.
    pub(super) colon: &'static str,
    /// What is between two values on a line.
    pub(super) comma: &'static str,
    maps: Habit,
    lists: Habit,
}

/// How collections of one kind are written.
#[derive(Clone, Copy)]
pub(super) struct Habit {
    /// Whether the values of one that is not empty are on the line of its bracket, wherever there is a choice.
    pub(super) is_on_one_line: bool,
    /// Whether there are blanks between its brackets and its values on one line.
    pub(super) is_padded: bool,
}

impl Style {
    pub(super) fn of(document: &Document) -> Self {
        let first = document.nodes.iter().find_map(|record| match &record.content {
            Content::Mapping { entries, .. } => entries.first(),
            _ => None,
        });
        let is_tight = first.is_some_and(|entry| {
            let (key, value) = (document.record(entry.key).span, document.record(entry.value).span);
            document.text.slice(Span::new(key.end, value.start)) == ":"
        });
        let comma = match between_neighbours(document) {
            Some(",") => ",",
            None if is_tight => ",",
            _ => ", ",
        };
        let is_map = |record: &Record| matches!(record.content, Content::Mapping { .. });
        let is_list = |record: &Record| matches!(record.content, Content::Sequence { .. });
        Self {
            line_end: document.text.line_end(),
            step: step(document).unwrap_or("  ").to_owned(),
            colon: if is_tight { ":" } else { ": " },
            comma,
            maps: Habit::of(document, is_map),
            lists: Habit::of(document, is_list),
        }
    }

    pub(super) fn habit(&self, is_map: bool) -> Habit {
        if is_map { self.maps } else { self.lists }
    }
}

impl Habit {
    /// The habit of the first collection of a kind. The whole document is broken into lines more readily than what it
    /// holds, so that it only counts where it holds none of them.
    fn of(document: &Document, is_of_kind: impl Fn(&Record) -> bool) -> Self {
        let is_filled = |record: &Record| first_child(document, record).is_some();
        let of_kind = document.nodes.iter().filter(|it| is_of_kind(it) && is_filled(it));
        let of_kind: Vec<&Record> = of_kind.collect();
        let root = Some(document.record(document.root)).filter(|root| is_filled(root));
        let first = of_kind.iter().copied().find(|record| record.parent.is_some()).or(root);
        let on_one_line = of_kind.iter().find(|record| !is_broken(document, record));
        Self {
            is_on_one_line: first.is_some_and(|record| !is_broken(document, record)),
            is_padded: on_one_line.is_some_and(|record| {
                let inside = Span::new(record.body.start + 1, record.body.end);
                document.text.slice(inside).starts_with(' ')
            }),
        }
    }
}

/// What is between the first two values that stand on one line.
fn between_neighbours(document: &Document) -> Option<&str> {
    let of_two = |first: Span, second: Span| {
        let between = document.text.slice(Span::new(first.end, second.start));
        (!super::has_line_end(between)).then_some(between)
    };
    document.nodes.iter().find_map(|record| match &record.content {
        Content::Mapping { entries, .. } => entries.windows(2).find_map(|two| match two {
            [first, second] => of_two(document.entry_span(first), document.entry_span(second)),
            _ => None,
        }),
        Content::Sequence { items, .. } => items.windows(2).find_map(|two| match two {
            [first, second] => {
                of_two(document.record(first.node).span, document.record(second.node).span)
            }
            _ => None,
        }),
        Content::Scalar { .. } | Content::Alias(_) => None,
    })
}

/// How much further in the first child on a line of its own is than its bracket's line.
fn step(document: &Document) -> Option<&str> {
    document.nodes.iter().filter(|record| is_broken(document, record)).find_map(|record| {
        let first = first_child(document, record)?;
        let inner = indentation(&document.text, first.start);
        let outer = indentation(&document.text, record.body.start);
        inner.strip_prefix(outer).filter(|step| !step.is_empty())
    })
}
