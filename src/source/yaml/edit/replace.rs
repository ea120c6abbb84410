//! Replaces the value of a key or an item by a value of any kind.

use super::super::comments::column_of;
use super::super::gap::line_start;
use super::super::{Content, Dialect, Document, Path};
use super::fragment::{Fragment, indented};
use super::locate::{Holder, locate};
use super::verify::{Draft, Tree};
use super::{EditRefused, Edits, json};
use crate::source::text::{Span, Text, TextEdit};

/// Replaces the value at a path by any other value; [`set_scalar`](super::set_scalar) is for
/// scalars that stay scalars. An anchor or a tag of the old value is removed with it.
///
/// `fragment` is the value as YAML, written as if it stood alone at the left margin; in a TOML document it is the value as
/// TOML, on one line.
///
/// # Errors
/// When there is nothing at the path, when aliases refer to the old value, when it contains a
/// comment, or when the edit fails its own verification.
pub fn replace_value(document: &Document, path: &Path, fragment: &str) -> Edits {
    if document.dialect() == Dialect::Toml {
        return in_toml(document, path, fragment);
    }
    let target = locate(document, path)?;
    let record = document.record(target.node);
    if record.anchor.is_some() && document.is_referred_to(target.node) {
        return Err(EditRefused::new(record.span, "aliases refer to this value"));
    }
    let holder = document.holder(target.node);
    let Some(holder) = holder else {
        return Err(EditRefused::new(record.span, "the path refers to the whole document"));
    };
    let fragment = Fragment::read(document, fragment)?;
    let edit = if let Some(value) = &fragment.json {
        json::replaced(document, target.node, value)
    } else if document.is_flow(holder.parent) {
        let [line] = fragment.lines.as_slice() else {
            let message = "a block does not fit into `{…}` or `[…]`";
            return Err(EditRefused::new(record.span, message));
        };
        let start = holder.value_at.unwrap_or(record.span.start);
        let blank = if holder.value_at.is_some() { " " } else { "" };
        TextEdit::replace(Span::new(start, record.span.end.max(start)), format!("{blank}{line}"))
    } else {
        in_block(document, &holder, record.span, record.body, &record.content, &fragment)
    };
    let mut expected = Tree::of(document);
    if let Some(tree) = expected.child(&target.route) {
        *tree = fragment.value;
    }
    let (edits, added_comments) = (vec![edit], fragment.comments);
    Draft { edits, expected, added_comments, ..Draft::new(document, record.span) }.verified()
}

/// Replaces a value that stands behind a `=` or in a list. The span of a table with a header, or of one that dotted keys make
/// up, is not that of a value.
fn in_toml(document: &Document, path: &Path, fragment: &str) -> Edits {
    let target = locate(document, path)?;
    let span = document.record(target.node).span;
    let refuse = |message: &str| Err(EditRefused::new(span, message));
    let is_inline = document.text().slice(span).starts_with('{');
    if document.node(target.node).is_mapping() && !is_inline {
        return refuse("a table is not replaced, unless it is written as `{ … }`: set its keys");
    }
    if holds_comment(document, span) {
        return refuse("a comment would be lost");
    }
    let read = Document::parse(&Text::new(&format!("it = {fragment}")), Dialect::Toml);
    let Ok(read) = read else { return refuse("the new value is not TOML") };
    let mut entries = read.root().entries();
    let (Some(entry), None) = (entries.next(), entries.next()) else {
        return refuse("the new value is more than one");
    };
    let mut expected = Tree::of(document);
    if let Some(tree) = expected.child(&target.route) {
        *tree = Tree::of_node(&read, entry.value.id());
    }
    let edits = vec![TextEdit::replace(span, fragment.to_owned())];
    Draft { edits, expected, ..Draft::new(document, span) }.verified()
}

/// Whether there is a comment in a value of TOML, whose comments the document does not keep: a `#` outside of its keys and
/// scalars.
fn holds_comment(document: &Document, within: Span) -> bool {
    let is_inside = |span: &Span| within.contains(*span);
    let scalars = document.nodes.iter().filter(|record| record.is_scalar());
    let mut scalars: Vec<Span> = scalars.map(|record| record.span).filter(is_inside).collect();
    scalars.sort_unstable_by_key(|span| span.start);
    let mut from = within.start;
    for scalar in scalars {
        if document.text().slice(Span::new(from, scalar.start)).contains('#') {
            return true;
        }
        from = from.max(scalar.end);
    }
    document.text().slice(Span::new(from, within.end)).contains('#')
}

fn in_block(
    document: &Document,
    holder: &Holder,
    span: Span,
    body: Span,
    content: &Content,
    fragment: &Fragment,
) -> TextEdit {
    let text = document.text();
    let outer = column_of(text, holder.start);
    let end = text.line_end();
    let block = |column: usize| {
        let lines = fragment.lines.iter().map(|line| indented(line, column));
        lines.collect::<Vec<_>>().join(end)
    };
    let is_block = matches!(
        content,
        Content::Mapping { flow: false, .. } | Content::Sequence { flow: false, .. }
    );
    let own_line = text.slice(Span::new(line_start(text.as_str(), body.start), body.start));
    let column = column_of(text, body.start);
    if is_block && fragment.is_block && span == body && own_line.trim().is_empty() && column > outer
    {
        // In place of the old value, so that whatever follows the key stays.
        return TextEdit::replace(body, block(column).trim_start_matches(' '));
    }
    let start = holder.value_at.unwrap_or(span.start);
    let replaced = Span::new(start, span.end.max(start));
    let step = if holder.is_item { 2 } else { document.indent_step() };
    let written = if holder.is_item {
        let written = block(outer + step);
        format!(" {}", written.trim_start_matches(' '))
    } else if fragment.is_block {
        format!("{end}{}", block(outer + step))
    } else {
        let mut lines = fragment.lines.iter();
        let mut written = format!(" {}", lines.next().map_or("", String::as_str));
        // With lines at the margin it is not yet indented; a block scalar may already be.
        let at_margin = |line: &String| !line.is_empty() && !line.starts_with(' ');
        let step = if lines.clone().any(at_margin) { step } else { 0 };
        for line in lines {
            written.push_str(end);
            written.push_str(&indented(line, outer + step));
        }
        written
    };
    TextEdit::replace(replaced, written)
}
