//! Where a value goes in JSON.

use super::super::super::{Document, NodeId, Path};
use super::super::fragment::lines_of;
use super::super::locate::parent_of;
use super::super::verify::edited;
use super::super::{EditRefused, remove};
use super::style::Style;
use super::value::{Entry, Layout, Value, quoted};
use super::{
    behind_comments, behind_remarks, comma_behind, first_child, has_line_end, indentation,
    is_broken,
};
use crate::source::text::{Span, TextEdit};

/// Returns the edits that insert an entry or an item at this index of a collection that is not empty.
pub(in super::super) fn in_collection(
    document: &Document,
    parent: NodeId,
    entry: &Entry,
    index: usize,
) -> Vec<TextEdit> {
    let record = document.record(parent);
    let Some(first) = first_child(document, record) else {
        return vec![in_nothing(document, parent, entry.clone())];
    };
    let style = Style::of(document);
    let spans = document.child_spans(parent);
    let before = index.checked_sub(1).and_then(|before| spans.get(before));
    let indent = indentation(&document.text, first.start);
    if !is_broken(document, record) {
        let written = entry.written(&style, indent, Layout::OnOneLine);
        return vec![match before {
            Some(before) => {
                let at = behind_remarks(document, before.end);
                TextEdit::insert(at, format!("{}{written}", style.comma))
            }
            None => TextEdit::insert(first.start, format!("{written}{}", style.comma)),
        }];
    }
    let written = entry.written(&style, indent, Layout::Usual);
    let line = format!("{}{indent}{written}", style.line_end);
    // What a comment says at the end of a line is about that line.
    let Some(before) = before else {
        let at = behind_comments(document, record.body.start + 1);
        return vec![TextEdit::insert(at, line + ",")];
    };
    if let Some(comma) = comma_behind(document, before.end) {
        return vec![TextEdit::insert(behind_comments(document, comma + 1), line + ",")];
    }
    match behind_comments(document, before.end) {
        at if at == before.end => {
            let at = behind_remarks(document, before.end);
            vec![TextEdit::insert(at, format!(",{line}"))]
        }
        at => vec![TextEdit::insert(before.end, ","), TextEdit::insert(at, line)],
    }
}

/// Returns the edit that puts the first entry or item into a collection that is empty, or into the place of a null.
pub(in super::super) fn in_nothing(document: &Document, parent: NodeId, entry: Entry) -> TextEdit {
    let style = Style::of(document);
    let body = document.record(parent).body;
    let indent = indentation(&document.text, body.start);
    let mut inside = document.comments.iter().filter(|comment| body.contains(comment.span));
    if let Some(comment) = inside.next_back() {
        let inner = format!("{indent}{}", style.step);
        let written = entry.written(&style, &inner, Layout::Usual);
        return TextEdit::insert(comment.span.end, format!("{}{inner}{written}", style.line_end));
    }
    let layout = match has_line_end(document.text.slice(body)) {
        true => Layout::Broken,
        false => layout_at(document, parent),
    };
    TextEdit::replace(body, entry.alone().written(&style, indent, layout))
}

/// Returns the edit that puts a value in the place of another.
pub(in super::super) fn replaced(document: &Document, node: NodeId, value: &Value) -> TextEdit {
    let record = document.record(node);
    let layout = match (first_child(document, record).is_some(), is_broken(document, record)) {
        (true, true) => Layout::Broken,
        (true, false) => Layout::OnOneLine,
        (false, _) => layout_at(document, node),
    };
    let indent = indentation(&document.text, record.span.start);
    TextEdit::replace(record.span, value.written(&Style::of(document), indent, layout))
}

/// How a collection is written in the place of a node.
fn layout_at(document: &Document, node: NodeId) -> Layout {
    let around = document.record(node).parent.map(|parent| document.record(parent));
    match around {
        Some(around) if !is_broken(document, around) => Layout::OnOneLine,
        _ => Layout::Usual,
    }
}

impl Entry {
    /// Takes an existing value under another key, or the same.
    pub(in super::super) fn kept(document: &Document, value: NodeId, key: &str) -> Self {
        let span = document.record(value).span;
        let outer = indentation(&document.text, span.start);
        let lines = lines_of(document.text.slice(span)).enumerate().map(|(index, line)| {
            let inside = if index > 0 { line.strip_prefix(outer) } else { None };
            inside.unwrap_or(line).to_owned()
        });
        Self { key: Some(quoted(key)), value: Value::Kept(lines.collect()) }
    }
}

/// Returns the edit that makes other edits and then removes what is at a path.
pub(in super::super) fn moved(
    document: &Document,
    placed: &[TextEdit],
    from: &Path,
) -> Result<Vec<TextEdit>, EditRefused> {
    let between = edited(document, placed)?;
    let (source, index) = parent_of(&between, from)?;
    let removal = remove::removal(&between, source.node, index)?;
    let after = edited(&between, &removal.edits)?;
    Ok(vec![difference(document.text.as_str(), after.text.as_str())])
}

/// The edit that turns a text into another.
fn difference(before: &str, after: &str) -> TextEdit {
    let is_boundary = |at: &usize| before.is_char_boundary(*at) && after.is_char_boundary(*at);
    let same = before.bytes().zip(after.bytes()).take_while(|(one, other)| one == other).count();
    let start = (0..=same).rev().find(is_boundary).unwrap_or_default();
    let most = before.len().min(after.len()) - start;
    let ends = before.bytes().rev().zip(after.bytes().rev());
    let same = ends.take(most).take_while(|(one, other)| one == other).count();
    let is_boundary = |length: &usize| {
        before.is_char_boundary(before.len() - length)
            && after.is_char_boundary(after.len() - length)
    };
    let end = (0..=same).rev().find(is_boundary).unwrap_or_default();
    let written = after.get(start..after.len() - end).unwrap_or_default();
    TextEdit::replace(Span::new(start, before.len() - end), written)
}
