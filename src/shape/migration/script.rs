//! Edits a document in steps, each on the text that the previous one produced.

use crate::change::line_edits;
use crate::source::yaml::edit::{self, EditRefused, Placement};
use crate::source::yaml::{Document, Kind, Node, Path, Style, Value, quote_scalar, same_value};
use crate::source::{Span, Text, TextEdit};

/// A document being edited.
#[derive(Debug)]
pub struct Script {
    before: Text,
    document: Document,
}

impl Script {
    /// Starts with a document.
    #[must_use]
    pub fn of(document: &Document) -> Self {
        Self { before: document.text().clone(), document: document.clone() }
    }

    /// Returns the document in its current state.
    #[must_use]
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// Returns the edits from the original to the current text, by whole lines.
    #[must_use]
    pub fn edits(&self) -> Vec<TextEdit> {
        line_edits(&self.before, self.document.text())
    }

    /// Sets a scalar, adding it and the mappings around it if missing. Returns whether anything changed.
    ///
    /// # Errors
    /// When the path has a value other than a scalar, or nothing can be added.
    pub fn set(&mut self, path: &Path, value: Value<'_>) -> Result<bool, EditRefused> {
        let before = self.document.at(path);
        if before.is_some_and(|node| node.value() == Some(value)) {
            return Ok(false);
        }
        if before.is_some() {
            let edits = edit::set_scalar(&self.document, path, value)?;
            return self.take(&edits);
        }
        let keys: Option<Vec<&str>> = path.steps().iter().map(key_of).collect();
        let Some(keys) = keys else {
            return Err(refused(
                self.document.root().span(),
                format!("`{path}` does not consist of keys"),
            ));
        };
        let there = (0..keys.len()).rev().find(|depth| {
            let parent = keys.get(..*depth).unwrap_or_default().iter().copied();
            self.document.at(&Path::keys(parent)).is_some()
        });
        let (parent, rest) = keys.split_at(there.unwrap_or_default());
        let Some((first, inner)) = rest.split_first() else { return Ok(false) };
        let fragment = nested(inner, &written(value));
        let parent = Path::keys(parent.iter().copied());
        let edits = edit::insert_entry(&self.document, &parent, first, &fragment, Placement::End)?;
        self.take(&edits)
    }

    /// Moves an entry. Creates mappings on the way, and removes those left empty.
    pub(super) fn relocate(&mut self, from: &str, to: &str) -> Result<bool, EditRefused> {
        let (from, to) = (read_path(from)?, read_path(to)?);
        let Some(source) = self.document.at(&from) else { return Ok(false) };
        let edits = match self.document.at(&to) {
            Some(target) if same_value(source, target) => {
                edit::remove_entry(&self.document, &from)?
            }
            Some(target) => {
                let message = format!("`{from}` and `{to}` are both there and differ");
                return Err(refused(target.span(), message));
            }
            None => edit::move_entry(&self.document, &from, &to)?,
        };
        self.take(&edits)?;
        self.remove_emptied(&from);
        Ok(true)
    }

    /// Removes the mappings that have lost their last entry, unless that would remove a comment.
    fn remove_emptied(&mut self, moved: &Path) {
        let mut path = moved.clone();
        while let Some((parent, _)) = path.split_last() {
            let empty =
                |node: Node<'_>| node.kind() == Kind::Mapping && node.entries().count() == 0;
            if parent.steps().is_empty() || !self.document.at(&parent).is_some_and(empty) {
                return;
            }
            let removed = edit::remove_entry(&self.document, &parent);
            if !removed.is_ok_and(|edits| self.take(&edits).is_ok()) {
                return;
            }
            path = parent;
        }
    }

    /// Renames the key of an entry.
    pub(super) fn rename(&mut self, key: &str, to: &str) -> Result<bool, EditRefused> {
        let path = read_path(key)?;
        let Some((parent, _)) = path.split_last() else { return Ok(false) };
        let to = parent.key(to);
        match (self.document.at(&path), self.document.at(&to)) {
            (None, _) => Ok(false),
            (Some(old), Some(new)) if same_value(old, new) => {
                let edits = edit::remove_entry(&self.document, &path)?;
                self.take(&edits)
            }
            (Some(_), Some(new)) => {
                let message = format!("`{path}` and `{to}` are both there and differ");
                Err(refused(new.span(), message))
            }
            (Some(_), None) => {
                let name = to.steps().last().and_then(key_of).unwrap_or_default();
                let edits = edit::rename_key(&self.document, &path, name)?;
                self.take(&edits)
            }
        }
    }

    /// Removes an entry with its comments.
    pub(super) fn remove(&mut self, key: &str) -> Result<bool, EditRefused> {
        let path = read_path(key)?;
        if self.document.at(&path).is_none() {
            return Ok(false);
        }
        let edits = edit::remove_entry(&self.document, &path)?;
        self.take(&edits)
    }

    /// Turns a scalar into a list with it as the only item.
    pub(super) fn wrap(&mut self, key: &str) -> Result<bool, EditRefused> {
        let path = &read_path(key)?;
        let Some(node) = self.document.at(path) else { return Ok(false) };
        if node.is_sequence() || node.is_null() {
            return Ok(false);
        }
        // Its tag says what the item is, and whoever refers to its anchor means the item.
        let span = node.span();
        let (Some(value), Some(style)) = (node.value(), node.style()) else {
            return Err(refused(span, format!("`{path}` is not a scalar")));
        };
        if matches!(style, Style::Literal | Style::Folded) {
            return Err(refused(span, format!("`{path}` is a block of text")));
        }
        let item = match value {
            // A scalar that is plain in block context may need quotes inside of `[…]`.
            Value::Str(text)
                if style == Style::Plain && text.contains([',', '[', ']', '{', '}']) =>
            {
                let properties = Span::new(span.start, node.body().start);
                let quoted = serde_json::Value::from(text);
                format!("{}{quoted}", self.document.text().slice(properties))
            }
            _ => self.document.text().slice(span).to_owned(),
        };
        let edits = [TextEdit::replace(span, format!("[{item}]"))];
        let changed = edit::edited(&self.document, &edits)?;
        let kept = changed.at(path).is_some_and(|list| {
            list.items().len() == 1 && list.items().all(|item| same_value(item, node))
        });
        if !kept {
            return Err(refused(span, format!("`{path}` does not fit into a list")));
        }
        self.document = changed;
        Ok(true)
    }

    fn take(&mut self, edits: &[TextEdit]) -> Result<bool, EditRefused> {
        self.document = edit::edited(&self.document, edits)?;
        Ok(true)
    }
}

pub(super) fn read_path(text: &str) -> Result<Path, EditRefused> {
    text.parse().map_err(|error| refused(Span::default(), format!("{error}")))
}

fn refused(span: Span, message: impl Into<String>) -> EditRefused {
    EditRefused { span, message: message.into() }
}

fn key_of(step: &crate::source::yaml::Step) -> Option<&str> {
    match step {
        crate::source::yaml::Step::Key(key) => Some(key),
        _ => None,
    }
}

/// Writes a value nested below keys, in block style.
fn nested(keys: &[&str], value: &str) -> String {
    let mut written = String::new();
    for (depth, key) in keys.iter().enumerate() {
        written.push_str(&format!("{:width$}{}:", "", quote_scalar(key), width = depth * 2));
        written.push_str(if depth + 1 == keys.len() { " " } else { "\n" });
    }
    written + value
}

fn written(value: Value<'_>) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        // `{:?}` keeps the dot of `1.0`.
        Value::Float(value) => format!("{value:?}"),
        Value::BigInt(text) | Value::Timestamp(text) => text.to_owned(),
        Value::Str(text) => quote_scalar(text).into_owned(),
    }
}
