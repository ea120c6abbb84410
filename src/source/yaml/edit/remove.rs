//! Removes a child of a collection.

use super::super::gap::line_start;
use super::super::{Content, Document, NodeId};
use super::verify::texts;
use super::{EditRefused, json};
use crate::source::text::{Span, TextEdit};

/// The edits that remove a child.
pub(super) struct Removal {
    pub(super) edits: Vec<TextEdit>,
    /// The child with its comments. Comments elsewhere must survive.
    pub(super) extent: Span,
}

impl Removal {
    /// Returns the comments that are removed with the child.
    pub(super) fn comments(&self, document: &Document) -> Vec<String> {
        texts(document, self.extent)
    }
}

pub(super) fn removal(
    document: &Document,
    parent: NodeId,
    index: usize,
) -> Result<Removal, EditRefused> {
    let record = document.record(parent);
    let spans = document.child_spans(parent);
    let Some(&span) = spans.get(index) else {
        return Err(EditRefused::new(record.span, "there is nothing here"));
    };
    let is_json = json::is_json(document)?;
    if is_json && let Some(removal) = json::removal(document, parent, index) {
        return Ok(removal);
    }
    if document.is_flow(parent) {
        // What is remarked behind a value in JSON belongs to it, and so stays with the child before.
        let end_of = |at: usize| if is_json { json::behind_remarks(document, at) } else { at };
        let end = end_of(span.end);
        let within = match (index.checked_sub(1).and_then(|at| spans.get(at)), spans.get(index + 1))
        {
            (_, Some(next)) => Span::new(span.start, next.start),
            (Some(before), None) => Span::new(end_of(before.end), end),
            (None, None) => Span::new(record.body.start + 1, record.body.end.saturating_sub(1)),
        };
        let extent = Span::new(span.start, end);
        return Ok(Removal { edits: vec![TextEdit::remove(within)], extent });
    }
    if document.entry_at(parent, index).is_some_and(|entry| entry.question.is_some()) {
        return Err(EditRefused::new(span, "the entry has an explicit `?` key"));
    }
    let text = document.text();
    let extent = document.child_extent(parent, index);
    let own_line = line_start(text.as_str(), extent.start) == extent.start;
    if spans.len() == 1 {
        return Ok(Removal { edits: emptied(document, parent, extent, own_line), extent });
    }
    let edit = match spans.get(index + 1) {
        Some(next) if !own_line => {
            // After a dash, the next entry moves up to it.
            let above = document.comments_above(next.start).first();
            let end = above.map_or(next.start, |comment| comment.span.start);
            TextEdit::remove(Span::new(extent.start, end))
        }
        _ => TextEdit::remove(without_double_gap(text.as_str(), extent)),
    };
    Ok(Removal { edits: vec![edit], extent })
}

/// Returns the edits that turn a block collection into `{}` or `[]`.
fn emptied(document: &Document, parent: NodeId, extent: Span, own_line: bool) -> Vec<TextEdit> {
    let text = document.text();
    let nothing = match document.record(parent).content {
        Content::Sequence { .. } => "[]",
        _ => "{}",
    };
    let record = document.record(parent);
    let lines = text.slice(extent);
    let line_end = lines.get(lines.trim_end_matches(['\n', '\r']).len()..).unwrap_or_default();
    if !own_line {
        return vec![TextEdit::replace(extent, format!("{nothing}{line_end}"))];
    }
    let has_properties = record.span.start < record.body.start;
    let head = if has_properties {
        let between = text.slice(Span::new(record.span.start, record.body.start));
        let line = between.split(['\n', '\r']).next().unwrap_or_default();
        let line = line.find(" #").and_then(|at| line.get(..at)).unwrap_or(line);
        Some(record.span.start + line.trim_end().len())
    } else {
        document.holder(parent).and_then(|holder| holder.value_at)
    };
    match head {
        Some(offset) => {
            vec![TextEdit::insert(offset, format!(" {nothing}")), TextEdit::remove(extent)]
        }
        None => vec![TextEdit::replace(extent, format!("{nothing}{line_end}"))],
    }
}

/// Extends the lines by the blank lines after them if there are also blank lines before.
fn without_double_gap(content: &str, extent: Span) -> Span {
    let before = content.get(..extent.start).unwrap_or_default();
    let mut lines = before.rsplit('\n');
    lines.next();
    let gap_before = lines.next().is_none_or(|line| line.trim().is_empty());
    let mut end = extent.end;
    if !gap_before {
        return extent;
    }
    loop {
        let rest = content.get(end..).unwrap_or_default();
        let Some(length) = rest.find('\n').map(|at| at + 1) else { break };
        if !rest.get(..length).is_some_and(|line| line.trim().is_empty()) {
            break;
        }
        end += length;
    }
    Span::new(extent.start, end)
}
