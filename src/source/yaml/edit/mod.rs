//! Edits of a document that leave every other byte, comment and key in place.
//!
//! Every edit verifies itself before it is returned: it is applied, the result is parsed again, and
//! the edit is refused with [`EditRefused`] unless the tree is the old one with the requested
//! change and the same comments. So an edit may be impossible, but never wrong.
//!
//! Values are given as YAML and written as JSON into documents that are JSON; see [`json`].
//!
//! Values behind an alias are not edited, since that would change other places too; whoever changes one place only asks
//! [`refuse_shared`] whether it is one.

mod copy;
mod fragment;
mod json;
mod locate;
mod place;
mod remove;
mod replace;
mod verify;

pub use copy::copy_scalar;
use fragment::Child;
pub use locate::refuse_shared;
use locate::{Located, descend, locate};
pub use replace::replace_value;
pub use verify::edited;
use verify::{Draft, Tree};

use super::quote::{double_quoted, float_text, single_quoted};
use super::toml_text::written_scalar;
use super::{Content, Dialect, Document, Kind, Path, Step, Style, Value, quote_scalar};
use crate::source::text::{Span, TextEdit};

/// An edit that cannot be made without changing anything else.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct EditRefused {
    /// The span that prevents the edit.
    pub span: Span,
    /// The reason, one line, without a path or a position.
    pub message: String,
}

impl EditRefused {
    fn new(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into() }
    }
}

/// The edits, or the reason why there are none.
pub type Edits = Result<Vec<TextEdit>, EditRefused>;

/// Why nothing in TOML can be set to null.
pub const NO_NULL: &str = "TOML has no null";

/// Refuses a TOML document, in which only existing values can be changed, since re-parsing
/// verifies that. Where an entry belongs among tables and their comments is not known here.
fn refuse_toml(document: &Document) -> Result<(), EditRefused> {
    if document.dialect() != Dialect::Toml {
        return Ok(());
    }
    let message =
        "entries cannot be added to or removed from a TOML file; only an existing value can be set";
    Err(EditRefused::new(document.root().span(), message))
}

/// Where a new entry goes within its mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement<'key> {
    /// Before the entry with this key and the comments above it.
    Before(&'key str),
    /// After the entry with this key.
    After(&'key str),
    /// After the last entry.
    End,
}

/// Changes the value of a scalar. A quoted scalar keeps its quoting style, and a tag stays where the new value is of its
/// type: `!!int` is not that of a word.
///
/// # Errors
/// When there is no scalar at the path, when aliases would inherit the value, or when the edit
/// fails its own verification.
pub fn set_scalar(document: &Document, path: &Path, value: Value<'_>) -> Edits {
    let is_toml = document.dialect() == Dialect::Toml;
    if is_toml && value == Value::Null {
        return Err(EditRefused::new(document.root().span(), NO_NULL));
    }
    if json::is_json(document)? {
        let written = json::scalar_text(value).map_err(|why| {
            EditRefused::new(document.root().span(), format!("the new value {why}"))
        })?;
        return write_scalar(document, path, value, |_| written, |tree| tree.set_value(value));
    }
    let written = |style| {
        let of_toml = is_toml.then(|| written_scalar(value, style)).flatten();
        of_toml.unwrap_or_else(|| written_value(value, style))
    };
    write_scalar(document, path, value, written, |tree| tree.set_value(value))
}

/// Writes another value for a scalar: `written` by its style, which makes the `change` to the tree.
fn write_scalar(
    document: &Document,
    path: &Path,
    value: Value<'_>,
    written: impl FnOnce(Style) -> String,
    change: impl FnOnce(&mut Tree),
) -> Edits {
    let target = locate(document, path)?;
    let record = document.record(target.node);
    let style = match &record.content {
        Content::Scalar { style, .. } => *style,
        Content::Alias(_) => Style::Plain,
        Content::Mapping { .. } | Content::Sequence { .. } => {
            return Err(EditRefused::new(record.span, format!("`{path}` is not a scalar")));
        }
    };
    if record.anchor.is_some() && document.is_referred_to(target.node) {
        return Err(EditRefused::new(record.span, "aliases refer to this value"));
    }
    let written = written(style);
    let is_untagged = record.tag.as_deref().is_some_and(|tag| is_of_another_type(tag, value));
    let edit = if is_untagged {
        let anchor = record.anchor.as_deref().map(|anchor| format!("&{anchor} "));
        TextEdit::replace(record.span, anchor.unwrap_or_default() + &written)
    } else if record.body.is_empty() {
        let before = match document.text().slice(Span::new(0, record.body.start)).chars().last() {
            None | Some('\n' | '\r') => "",
            _ if target.lacks_colon(document) => ": ",
            Some(_) => " ",
        };
        TextEdit::insert(record.body.start, format!("{before}{written}"))
    } else {
        TextEdit::replace(record.body, written)
    };
    let mut expected = Tree::of(document);
    if let Some(tree) = expected.child(&target.route) {
        if is_untagged {
            tree.remove_tag();
        }
        change(tree);
    }
    Draft { edits: vec![edit], expected, ..Draft::new(document, record.span) }.verified()
}

/// Whether a value is not of the type of a tag; a tag that is not one of YAML's own goes with any value.
fn is_of_another_type(tag: &str, value: Value<'_>) -> bool {
    let Some(of) = tag.strip_prefix("tag:yaml.org,2002:") else { return false };
    of != match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Int(_) | Value::BigInt(_) => "int",
        Value::Float(_) => "float",
        Value::Str(_) => "str",
        Value::Timestamp(_) => "timestamp",
    }
}

fn written_value(value: Value<'_>, style: Style) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::BigInt(text) | Value::Timestamp(text) => text.to_owned(),
        Value::Float(value) => float_text(value),
        Value::Str(text) => match style {
            Style::SingleQuoted => single_quoted(text).unwrap_or_else(|| double_quoted(text)),
            Style::DoubleQuoted => double_quoted(text),
            Style::Plain | Style::Literal | Style::Folded => quote_scalar(text).into_owned(),
        },
    }
}

/// Adds an entry to a mapping. A parent that is null or `{}` becomes a block mapping.
/// `fragment` is the value as YAML, written as if it stood alone at the left margin.
///
/// # Errors
/// When the parent does not exist or is not a mapping, when it already has the key, when the
/// placement names a missing key, or when the edit fails its own verification.
pub fn insert_entry(
    document: &Document,
    parent: &Path,
    key: &str,
    fragment: &str,
    position: Placement<'_>,
) -> Edits {
    refuse_toml(document)?;
    let target = locate(document, parent)?;
    target.refuse_key(document, key)?;
    let child = Child::entry(document, key, fragment)?;
    let index = match position {
        Placement::Before(anchor) => target.entry_index(document, anchor)?,
        Placement::After(anchor) => target.entry_index(document, anchor)? + 1,
        Placement::End => document.child_spans(target.node).len(),
    };
    add_child(document, &target, child, index)
}

/// Appends an item to a sequence. A sequence that is null or `[]` becomes a block sequence.
/// `fragment` is the item as YAML, written as if it stood alone at the left margin.
///
/// # Errors
/// When there is no sequence at the path, or when the edit fails its own verification.
pub fn append_item(document: &Document, path: &Path, fragment: &str) -> Edits {
    refuse_toml(document)?;
    let target = locate(document, path)?;
    let child = Child::item(document, fragment)?;
    let index = document.child_spans(target.node).len();
    add_child(document, &target, child, index)
}

/// Inserts an item into a non-empty sequence, after the item with this index.
///
/// # Errors
/// As for [`append_item`], and when there is no such item.
pub fn insert_item_after(document: &Document, path: &Path, index: usize, fragment: &str) -> Edits {
    refuse_toml(document)?;
    let target = locate(document, path)?;
    let child = Child::item(document, fragment)?;
    if index >= document.child_spans(target.node).len() {
        let span = document.record(target.node).span;
        return Err(EditRefused::new(span, format!("`{path}` has no item {index}")));
    }
    add_child(document, &target, child, index + 1)
}

fn add_child(document: &Document, target: &Located, child: Child, index: usize) -> Edits {
    let edits = place::place(document, target, &child, index)?;
    let mut expected = Tree::of(document);
    if let Some(tree) = expected.child(&target.route) {
        tree.insert(index, child.key, child.value);
    }
    let span = document.record(target.node).span;
    let added_comments = child.comments;
    Draft { edits, expected, added_comments, ..Draft::new(document, span) }.verified()
}

/// Removes an entry or an item with the comments that belong to it. A collection that loses its
/// last child stays, as `{}` or `[]`.
///
/// # Errors
/// When there is nothing at the path, when an alias refers to something inside, or when the edit
/// fails its own verification.
pub fn remove_entry(document: &Document, path: &Path) -> Edits {
    refuse_toml(document)?;
    let (parent, index) = locate::parent_of(document, path)?;
    locate::refuse_redefined_anchors(document)?;
    let removal = remove::removal(document, parent.node, index)?;
    let mut expected = Tree::of(document);
    if let Some(tree) = expected.child(&parent.route) {
        tree.remove(index);
    }
    let removed_comments = removal.comments(document);
    let span = removal.extent;
    Draft { edits: removal.edits, expected, removed_comments, ..Draft::new(document, span) }
        .verified()
}

/// Renames the key of an entry.
///
/// # Errors
/// When there is no such entry, when the new key is taken, or when the edit fails its own
/// verification.
pub fn rename_key(document: &Document, path: &Path, key: &str) -> Edits {
    refuse_toml(document)?;
    let (parent, index) = locate::parent_of(document, path)?;
    parent.refuse_key(document, key)?;
    let Some(entry) = document.entry_at(parent.node, index) else {
        let span = document.record(parent.node).span;
        return Err(EditRefused::new(span, format!("`{path}` is an item: it has no key")));
    };
    let record = document.record(entry.key);
    let style = document.node(entry.key).style().unwrap_or(Style::Plain);
    let written = match json::is_json(document)? {
        true => json::quoted(key),
        false => written_value(Value::Str(key), style),
    };
    let edits = vec![TextEdit::replace(record.body, written)];
    let mut expected = Tree::of(document);
    if let Some(tree) = expected.child(&parent.route) {
        tree.rename(index, key);
    }
    Draft { edits, expected, ..Draft::new(document, record.span) }.verified()
}

/// Moves an entry of a mapping, with its comments, and re-indents it.
///
/// Missing mappings on the way to the new place are created: in place of the old entry if they
/// belong to the same mapping, else at the end of the deepest one that exists. A parent that is
/// null or `{}` becomes a block mapping.
///
/// # Errors
/// When there is no such entry, when the new place is taken, when it is inside the entry or behind
/// an alias, or when the edit fails its own verification.
pub fn move_entry(document: &Document, from: &Path, to: &Path) -> Edits {
    refuse_toml(document)?;
    let (source, index) = locate::parent_of(document, from)?;
    locate::refuse_redefined_anchors(document)?;
    let span = document.record(source.node).span;
    let Some(entry) = document.entry_at(source.node, index) else {
        return Err(EditRefused::new(span, format!("`{from}` is not an entry of a mapping")));
    };
    let extent = document.child_extent(source.node, index);
    if from.is_prefix_of(to) {
        return Err(EditRefused::new(extent, format!("`{to}` is inside `{from}`")));
    }
    let Some((_, Step::Key(key))) = to.split_last() else {
        return Err(EditRefused::new(extent, format!("`{to}` does not end with a key")));
    };
    let (target, depth) = descend(document, to)?;
    let (missing, rest) = match to.steps().get(depth..) {
        Some([Step::Key(first), rest @ ..]) => (first, rest),
        _ => {
            let taken = document.record(target.node).span;
            return Err(EditRefused::new(taken, format!("`{to}` already exists")));
        }
    };
    target.refuse_key(document, missing)?;
    let mut child = Child::moved(document, source.node, index, &entry, key)?;
    for step in to.steps().get(depth..to.steps().len() - 1).unwrap_or_default().iter().rev() {
        let Step::Key(parent) = step else {
            return Err(EditRefused::new(extent, "a list on the way to the key cannot be created"));
        };
        child = child.within(document, parent);
    }
    let mut expected = Tree::of(document);
    let in_place = !rest.is_empty()
        && target.node == source.node
        && !document.is_flow(source.node)
        && document.node(source.node).kind() == Kind::Mapping;
    let edits = if in_place {
        if let Some(tree) = expected.child(&source.route) {
            tree.remove(index);
            tree.insert(index, child.key.clone(), child.value.clone());
        }
        vec![place::replaced(document, extent, &child, document.child_column(source.node))]
    } else {
        let end = document.child_spans(target.node).len();
        let mut edits = place::place(document, &target, &child, end)?;
        if child.json.is_some() {
            edits = json::moved(document, &edits, from)?;
        } else {
            edits.extend(remove::removal(document, source.node, index)?.edits);
        }
        // Insert first: removing shifts the routes that follow.
        if let Some(tree) = expected.child(&target.route) {
            tree.insert(end, child.key, child.value);
        }
        if let Some(tree) = expected.child(&source.route) {
            tree.remove(index);
        }
        edits
    };
    Draft { edits, expected, ..Draft::new(document, extent) }.verified()
}

#[cfg(test)]
mod tests;
