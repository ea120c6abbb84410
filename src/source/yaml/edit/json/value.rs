//! Values as JSON writes them.

use std::fmt::Write as _;

use serde::de::IgnoredAny;

use super::super::super::quote::{float_text, is_printable};
use super::super::super::{Content, Document, Kind, Node, Value as Scalar};
use super::style::Style;

/// A value that is about to be written, with its scalars and keys as JSON.
#[derive(Clone, Debug)]
pub(in super::super) enum Value {
    Scalar(String),
    List(Vec<Self>),
    Map(Vec<(String, Self)>),
    /// As the document has it: its lines, without the indentation of the one that it begins on.
    Kept(Vec<String>),
}

/// An entry or an item.
#[derive(Clone, Debug)]
pub(in super::super) struct Entry {
    /// The key, in quotes; `None` for an item.
    pub(in super::super) key: Option<String>,
    pub(in super::super) value: Value,
}

/// Where the values of a collection go.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// On the line of their bracket.
    OnOneLine,
    /// Each on a line of its own.
    Broken,
    /// Where the document has those of its kind.
    Usual,
}

impl Entry {
    pub(in super::super) fn within(self, key: &str) -> Self {
        Self { key: Some(quoted(key)), value: self.alone() }
    }

    /// The collection that has nothing else.
    pub(super) fn alone(self) -> Value {
        match self.key {
            Some(key) => Value::Map(vec![(key, self.value)]),
            None => Value::List(vec![self.value]),
        }
    }

    /// Writes it on a line that is indented by some blanks.
    pub(super) fn written(&self, style: &Style, indent: &str, layout: Layout) -> String {
        let value = self.value.written(style, indent, layout);
        match &self.key {
            Some(key) => format!("{key}{}{value}", style.colon),
            None => value,
        }
    }
}

impl Value {
    /// Reads a value that was given as YAML.
    ///
    /// # Errors
    /// Why JSON has nothing of the kind.
    pub(in super::super) fn of(node: Node<'_>) -> Result<Self, &'static str> {
        let has_properties = node.anchor().is_some() || node.tag().is_some();
        if node.kind() == Kind::Alias || has_properties {
            return Err("has an anchor, an alias or a tag, which JSON does not have");
        }
        Ok(match &node.record().content {
            Content::Mapping { .. } => {
                let mut entries = Vec::new();
                for entry in node.entries() {
                    let key = entry.key.scalar_text().ok_or("has a key that is not a text")?;
                    entries.push((quoted(key), Self::of(entry.value)?));
                }
                Self::Map(entries)
            }
            Content::Sequence { .. } => {
                Self::List(node.items().map(Self::of).collect::<Result<_, _>>()?)
            }
            Content::Scalar { .. } | Content::Alias(_) => {
                Self::Scalar(scalar_text(node.value().unwrap_or(Scalar::Null))?)
            }
        })
    }

    /// Writes it as a document would have it on one line.
    pub(in super::super) fn on_one_line(&self, document: &Document) -> String {
        self.written(&Style::of(document), "", Layout::OnOneLine)
    }

    /// Writes it where it begins on a line that is indented by some blanks.
    pub(super) fn written(&self, style: &Style, indent: &str, layout: Layout) -> String {
        let mut output = String::new();
        self.write(style, indent, layout, &mut output);
        output
    }

    /// Recursion is as deep as the value nests, which its parser bounds.
    fn write(&self, style: &Style, indent: &str, layout: Layout, output: &mut String) {
        let (brackets, children): (_, Vec<(Option<&str>, &Self)>) = match self {
            Self::Scalar(text) => return output.push_str(text),
            Self::Kept(lines) => {
                for (index, line) in lines.iter().enumerate() {
                    if index > 0 {
                        output.push_str(style.line_end);
                        output.push_str(if line.is_empty() { "" } else { indent });
                    }
                    output.push_str(line);
                }
                return;
            }
            Self::Map(entries) => {
                let children = entries.iter().map(|(key, value)| (Some(key.as_str()), value));
                (('{', '}'), children.collect())
            }
            Self::List(items) => (('[', ']'), items.iter().map(|item| (None, item)).collect()),
        };
        let habit = style.habit(matches!(self, Self::Map(_)));
        let is_broken = match layout {
            _ if children.is_empty() => false,
            Layout::OnOneLine => false,
            Layout::Broken => true,
            Layout::Usual => !habit.is_on_one_line,
        };
        let inner = format!("{indent}{}", style.step);
        let below = if is_broken { Layout::Usual } else { Layout::OnOneLine };
        let padding = if habit.is_padded && !children.is_empty() && !is_broken { " " } else { "" };
        output.push(brackets.0);
        output.push_str(padding);
        for (index, (key, value)) in children.into_iter().enumerate() {
            if index > 0 {
                output.push_str(if is_broken { "," } else { style.comma });
            }
            if is_broken {
                output.push_str(style.line_end);
                output.push_str(&inner);
            }
            if let Some(key) = key {
                output.push_str(key);
                output.push_str(style.colon);
            }
            value.write(style, if is_broken { &inner } else { indent }, below, output);
        }
        if is_broken {
            output.push_str(style.line_end);
            output.push_str(indent);
        }
        output.push_str(padding);
        output.push(brackets.1);
    }
}

/// Writes a scalar. A date is a text there.
///
/// # Errors
/// When JSON has no such number.
pub(in super::super) fn scalar_text(value: Scalar<'_>) -> Result<String, &'static str> {
    Ok(match value {
        Scalar::Null => "null".to_owned(),
        Scalar::Bool(value) => value.to_string(),
        Scalar::Int(value) => value.to_string(),
        Scalar::Float(value) if value.is_finite() => float_text(value),
        Scalar::BigInt(text) if serde_json::from_str::<IgnoredAny>(text).is_ok() => text.to_owned(),
        Scalar::Float(_) | Scalar::BigInt(_) => return Err("is a number that JSON does not have"),
        Scalar::Str(text) | Scalar::Timestamp(text) => quoted(text),
    })
}

/// Writes a text in quotes, with the escapes of JSON, all of which YAML has as well.
pub(in super::super) fn quoted(text: &str) -> String {
    let mut output = String::with_capacity(text.len() + 2);
    output.push('"');
    for character in text.chars() {
        match character {
            '"' => output.push_str("\\\""),
            '\\' => output.push_str("\\\\"),
            '\n' => output.push_str("\\n"),
            '\r' => output.push_str("\\r"),
            '\t' => output.push_str("\\t"),
            character if is_printable(character) => output.push(character),
            character => {
                // None is beyond the basic plane. Writing to a string cannot fail.
                let _ = write!(output, "\\u{:04x}", u32::from(character));
            }
        }
    }
    output.push('"');
    output
}
