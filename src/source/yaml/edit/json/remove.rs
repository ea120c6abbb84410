//! Removes a child of a collection in JSON, with the lines that it has to itself.

use super::super::super::gap::line_start;
use super::super::super::{Document, NodeId};
use super::super::remove::Removal;
use super::{behind_comments, comma_behind, rest_of_line};
use crate::source::text::{Span, TextEdit};

/// Returns the edits that remove a child with its lines and the comments on and directly above them; `None` if it shares
/// its lines with something else.
pub(in super::super) fn removal(
    document: &Document,
    parent: NodeId,
    index: usize,
) -> Option<Removal> {
    let text = &document.text;
    let content = text.as_str();
    let spans = document.child_spans(parent);
    let span = *spans.get(index)?;
    let line = line_start(content, span.start);
    let is_blank = |from: usize, to: usize| text.slice(Span::new(from, to)).trim().is_empty();
    if !is_blank(line, span.start) {
        return None;
    }
    let above = document.comments_above(span.start).first();
    let top = above.map_or(line, |comment| comment.span.start - comment.column);
    let comma = comma_behind(document, span.end);
    let end = behind_comments(document, comma.map_or(span.end, |comma| comma + 1));
    if !rest_of_line(text, end).trim().is_empty() {
        return None;
    }
    let extent = Span::new(top, text.whole_lines(Span::new(span.start, end)).end);
    let inside = document.record(parent).body;
    let inside = Span::new(inside.start + 1, inside.end.saturating_sub(1));
    // What stands on the line of a bracket is not a line of the child's own.
    if !inside.contains(extent) {
        return None;
    }
    let before = index.checked_sub(1).and_then(|before| spans.get(before));
    let edits = match before {
        _ if spans.len() == 1
            && is_blank(inside.start, extent.start)
            && is_blank(extent.end, inside.end) =>
        {
            vec![TextEdit::remove(inside)]
        }
        // The comma that was before the last child would be one too many.
        Some(before) if comma.is_none() => {
            let comma = comma_behind(document, before.end)?;
            vec![TextEdit::remove(Span::new(comma, comma + 1)), TextEdit::remove(extent)]
        }
        _ => vec![TextEdit::remove(extent)],
    };
    Some(Removal { edits, extent })
}
