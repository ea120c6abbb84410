//! Determines where a new child of a collection goes.

use super::super::comments::column_of;
use super::super::gap::line_start;
use super::super::{Content, Document, NodeId};
use super::fragment::{Child, indented};
use super::locate::Located;
use super::{EditRefused, json};
use crate::source::text::{Span, TextEdit};

/// Returns the edits that insert `child` into `target` at this index.
pub(super) fn place(
    document: &Document,
    target: &Located,
    child: &Child,
    index: usize,
) -> Result<Vec<TextEdit>, EditRefused> {
    let record = document.record(target.node);
    let is_item = child.key.is_none();
    match &record.content {
        Content::Mapping { entries, flow } if !is_item && !entries.is_empty() => {
            if *flow {
                return in_flow(document, target.node, child, index);
            }
            if entries.iter().any(|entry| entry.question.is_some()) {
                return Err(EditRefused::new(record.span, "the mapping has explicit `?` keys"));
            }
            Ok(vec![in_block(document, target.node, child, index)])
        }
        Content::Sequence { items, flow } if is_item && !items.is_empty() => {
            if *flow {
                return in_flow(document, target.node, child, index);
            }
            Ok(vec![in_block(document, target.node, child, index)])
        }
        Content::Mapping { .. } if !is_item => in_nothing(document, target.node, child),
        Content::Sequence { .. } if is_item => in_nothing(document, target.node, child),
        Content::Scalar { .. } if document.node(target.node).is_null() => {
            in_nothing(document, target.node, child)
        }
        Content::Alias(_) => Err(EditRefused::new(record.span, "there is an alias here")),
        _ => {
            let wanted = if is_item { "list" } else { "mapping" };
            Err(EditRefused::new(record.span, format!("this is not a {wanted}")))
        }
    }
}

/// Returns the lines of a child at a column, each with its line end.
fn block(document: &Document, child: &Child, column: usize) -> String {
    let end = document.text().line_end();
    child.lines.iter().map(|line| indented(line, column) + end).collect()
}

/// Replaces whole lines by a child.
pub(super) fn replaced(
    document: &Document,
    extent: Span,
    child: &Child,
    column: usize,
) -> TextEdit {
    let mut written = block(document, child, column);
    if !document.text().slice(extent).ends_with(['\n', '\r']) {
        written.truncate(written.trim_end_matches(['\n', '\r']).len());
    }
    // The extent begins at the key if something precedes it on its line.
    if line_start(document.text().as_str(), extent.start) != extent.start {
        written = written.trim_start_matches(' ').to_owned();
    }
    TextEdit::replace(extent, written)
}

/// Inserts lines at an offset where a line begins, or at the end of a text without a final line
/// end.
fn whole_lines(document: &Document, offset: usize, written: &str) -> TextEdit {
    let before = document.text().slice(Span::new(0, offset));
    if before.is_empty() || before.ends_with(['\n', '\r']) {
        return TextEdit::insert(offset, written);
    }
    let body = written.trim_end_matches(['\n', '\r']);
    TextEdit::insert(offset, format!("{}{body}", document.text().line_end()))
}

fn in_block(document: &Document, parent: NodeId, child: &Child, index: usize) -> TextEdit {
    let column = document.child_column(parent);
    let written = block(document, child, column);
    if index == 0 {
        let extent = document.child_extent(parent, 0);
        let text = document.text();
        if line_start(text.as_str(), extent.start) == extent.start {
            return TextEdit::insert(extent.start, written);
        }
        // `- key: …`: the new entry goes right after the dash.
        let first = written.trim_start_matches(' ');
        return TextEdit::insert(extent.start, format!("{first}{:column$}", ""));
    }
    let mut end = document.child_extent(parent, index - 1).end;
    if index == document.child_spans(parent).len() {
        end = behind_tail(document, parent, column, end);
    }
    whole_lines(document, end, &written)
}

/// Returns the end of the comment lines that follow the last child in its column: a commented-out
/// sibling.
///
/// If children are in the column of their parent's key, such lines are about what follows.
fn behind_tail(document: &Document, parent: NodeId, column: usize, end: usize) -> usize {
    let outer = document.holder(parent).map(|holder| column_of(document.text(), holder.start));
    if outer.is_some_and(|outer| outer >= column) {
        return end;
    }
    let mut end = end;
    for comment in document.comments() {
        if comment.own_line && comment.column == column && comment.span.start == end + column {
            end = document.text().whole_lines(comment.span).end;
        }
    }
    end
}

fn in_flow(
    document: &Document,
    parent: NodeId,
    child: &Child,
    index: usize,
) -> Result<Vec<TextEdit>, EditRefused> {
    if let Some(entry) = &child.json {
        return Ok(json::in_collection(document, parent, entry, index));
    }
    let written = flow_text(document, parent, child)?;
    let spans = document.child_spans(parent);
    let edit = match (index.checked_sub(1).and_then(|before| spans.get(before)), spans.first()) {
        (Some(before), _) => TextEdit::insert(before.end, format!(", {written}")),
        (None, Some(first)) => TextEdit::insert(first.start, format!("{written}, ")),
        (None, None) => return Err(EditRefused::new(Span::default(), "there is nothing here")),
    };
    Ok(vec![edit])
}

/// Returns a child in flow style, on one line.
fn flow_text<'child>(
    document: &Document,
    parent: NodeId,
    child: &'child Child,
) -> Result<&'child str, EditRefused> {
    match child.lines.as_slice() {
        [line] if child.key.is_none() => Ok(line.strip_prefix("- ").unwrap_or(line)),
        [line] => Ok(line),
        _ => {
            let span = document.record(parent).span;
            Err(EditRefused::new(span, "a block does not fit into `{…}` or `[…]`"))
        }
    }
}

/// Inserts the first child into a collection that is empty or null.
fn in_nothing(
    document: &Document,
    parent: NodeId,
    child: &Child,
) -> Result<Vec<TextEdit>, EditRefused> {
    if let Some(entry) = &child.json {
        return Ok(vec![json::in_nothing(document, parent, entry.clone())]);
    }
    let text = document.text();
    let body = document.record(parent).body;
    let Some(holder) = document.holder(parent) else {
        let written = block(document, child, 0);
        if body.is_empty() {
            return Ok(vec![whole_lines(document, text.as_str().len(), &written)]);
        }
        return Ok(vec![TextEdit::replace(body, written.trim_end_matches(['\n', '\r']))]);
    };
    if document.is_flow(holder.parent) {
        let line = flow_text(document, parent, child)?;
        let written = if child.key.is_some() { format!("{{{line}}}") } else { format!("[{line}]") };
        let blank = if body.is_empty() { " " } else { "" };
        return Ok(vec![TextEdit::replace(body, format!("{blank}{written}"))]);
    }
    let Some(value_at) = holder.value_at else {
        return Err(EditRefused::new(body, "there is a key without `:` here"));
    };
    let column = column_of(text, holder.start);
    if holder.is_item {
        let written = block(document, child, column + 2);
        let written = written.trim_matches([' ', '\n', '\r']);
        let blank = if body.is_empty() { " " } else { "" };
        return Ok(vec![TextEdit::replace(body, format!("{blank}{written}"))]);
    }
    let mut edits = Vec::new();
    let mut line_end = text.line_span(text.position(value_at.max(body.end)).line).end;
    if !body.is_empty() {
        // The blank before `{}` is removed with it.
        let kept = text.slice(Span::new(0, body.start)).trim_end_matches([' ', '\t']).len();
        edits.push(TextEdit::remove(Span::new(kept.max(value_at), body.end)));
        line_end = line_end.max(body.end);
    }
    let written = block(document, child, column + document.indent_step());
    let body = written.trim_end_matches(['\n', '\r']);
    edits.push(TextEdit::insert(line_end, format!("{}{body}", text.line_end())));
    Ok(edits)
}
