//! Comments, and the nodes they belong to.
//!
//! YAML attaches comments to nothing, but people do: lines directly above a key, in its column, are
//! about that key; a comment after a value is about the value; and deeper lines below a block (a
//! commented-out item) are part of that block.

use super::gap::line_start;
use super::{Document, Entry, Node};
use crate::source::text::{Span, Text};

/// A comment, from its `#` to the end of its line, excluding the line end. In JSON with comments it is one of those.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comment {
    /// Its span.
    pub span: Span,
    /// Whether only blanks precede it on its line.
    pub own_line: bool,
    /// The number of bytes before it on its line.
    pub column: usize,
}

impl Comment {
    pub(super) fn at(content: &str, span: Span) -> Self {
        let line_start = line_start(content, span.start);
        let before = content.get(line_start..span.start).unwrap_or_default();
        let own_line = before.bytes().all(|byte| matches!(byte, b' ' | b'\t'));
        Self { span, own_line, column: span.start - line_start }
    }
}

impl Document {
    /// Returns the comment lines about a node: those directly above the line on which it (or its
    /// key, or its dash) begins, in the same column, without a blank line between.
    #[must_use]
    pub fn leading_comments(&self, node: Node<'_>) -> &[Comment] {
        self.comments_above(node.outer_start())
    }

    /// Returns the comment after a node, on the line on which the node ends.
    #[must_use]
    pub fn trailing_comment(&self, node: Node<'_>) -> Option<Comment> {
        self.comment_behind(node.span().end)
    }

    pub(super) fn comment_behind(&self, end: usize) -> Option<Comment> {
        let next = self.comments.partition_point(|comment| comment.span.start < end);
        let comment = *self.comments.get(next)?;
        let between = self.text.slice(Span::new(end, comment.span.start));
        let same_line = !between.contains(['\n', '\r']);
        (same_line && !comment.own_line).then_some(comment)
    }

    /// Returns the comment lines directly above an offset, in its column.
    pub(super) fn comments_above(&self, offset: usize) -> &[Comment] {
        let content = self.text.as_str();
        let mut top = line_start(content, offset);
        let column = offset - top;
        let end = self.comments.partition_point(|comment| comment.span.start < top);
        let mut start = end;
        while let Some(comment) = start.checked_sub(1).and_then(|index| self.comments.get(index)) {
            let line = comment.span.start - comment.column;
            let touches = comment.span.end == end_of_previous_line(content, top);
            if !comment.own_line || comment.column != column || !touches {
                break;
            }
            top = line;
            start -= 1;
        }
        self.comments.get(start..end).unwrap_or_default()
    }

    /// Returns the extent of a block entry or item: whole lines, from its leading comments to the
    /// deeper comment lines below it.
    ///
    /// `start` is the offset of its key or dash, `end` the one after its value. If something else
    /// precedes it on its first line (`- key:`), the extent begins at `start`.
    pub(super) fn extent(&self, start: usize, end: usize) -> Span {
        let content = self.text.as_str();
        let line = line_start(content, start);
        let column = start - line;
        let own_line = content.get(line..start).is_some_and(|before| before.trim().is_empty());
        let leading = self.comments_above(start).first();
        let first = match leading {
            Some(comment) if own_line => comment.span.start - comment.column,
            _ if own_line => line,
            _ => start,
        };
        let mut last = self.comment_behind(end).map_or(end, |comment| comment.span.end);
        let below = self.comments.partition_point(|comment| comment.span.start < last);
        for comment in self.comments.get(below..).unwrap_or_default() {
            let between = content.get(last..comment.span.start).unwrap_or_default();
            if !comment.own_line || comment.column <= column || !between.trim().is_empty() {
                break;
            }
            last = comment.span.end;
        }
        Span::new(first, self.text.whole_lines(Span::new(start, last.max(start + 1))).end)
    }

    pub(super) fn entry_span(&self, entry: &Entry) -> Span {
        let start = entry.question.unwrap_or(self.record(entry.key).span.start);
        let colon = entry.colon.map_or(start, |colon| colon + 1);
        Span::new(start, self.record(entry.value).span.end.max(colon))
    }
}

fn end_of_previous_line(content: &str, line: usize) -> usize {
    let before = content.get(..line).unwrap_or_default();
    before
        .strip_suffix("\r\n")
        .or_else(|| before.strip_suffix(['\n', '\r']))
        .unwrap_or(before)
        .len()
}

/// Returns the number of bytes between the start of a line and an offset on it.
pub(super) fn column_of(text: &Text, offset: usize) -> usize {
    offset - line_start(text.as_str(), offset)
}
