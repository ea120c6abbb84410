//! Reads TOML into the same tree, so that `Cargo.toml` supports the same queries as any document.
//!
//! Keys and values are those of TOML 1.0, with their spans. `[a.b]`, `a.b = …` and `a = { b = … }`
//! are the same mapping, located at its header or its first key. Comments are not kept: entries of
//! such a document can be read, but not moved or added.

use toml_edit::{Item as TomlItem, Key, TableLike, Value as TomlValue};

use super::{Content, Dialect, Document, Entry, Item, MAX_DEPTH, NodeId, Record, Style};
use crate::source::text::{Span, SyntaxError, Text};

pub(super) fn build(text: &Text) -> Result<Document, SyntaxError> {
    let content = text.as_str();
    let read = toml_edit::Document::parse(content).map_err(|error| {
        let span = error.span().map_or(Span::at(content.len()), |span| span.into_span());
        SyntaxError::new(span, error.message())
    })?;
    let mut builder = Builder { content, nodes: Vec::new() };
    let whole = Span::new(0, content.trim_end().len());
    let root = builder.table(read.as_table(), None, whole, 0)?;
    Ok(Document {
        text: text.clone(),
        dialect: Dialect::Toml,
        json: None,
        stays_json: None,
        nodes: builder.nodes,
        root,
        comments: Vec::new(),
        duplicate_keys: Vec::new(),
        further_documents: Vec::new(),
        further_roots: Vec::new(),
        anchors_redefined: false,
    })
}

struct Builder<'t> {
    content: &'t str,
    nodes: Vec<Record>,
}

trait IntoSpan {
    fn into_span(self) -> Span;
}

impl IntoSpan for std::ops::Range<usize> {
    fn into_span(self) -> Span {
        Span::new(self.start, self.end)
    }
}

impl Builder<'_> {
    fn add(&mut self, content: Content, span: Span, parent: Option<NodeId>) -> NodeId {
        let id = NodeId(self.nodes.len());
        self.nodes.push(Record { content, span, body: span, tag: None, anchor: None, parent });
        id
    }

    fn set(&mut self, id: NodeId, content: Content) {
        if let Some(record) = self.nodes.get_mut(id.0) {
            record.content = content;
        }
    }

    fn table(
        &mut self,
        table: &dyn TableLike,
        parent: Option<NodeId>,
        span: Span,
        depth: usize,
    ) -> Result<NodeId, SyntaxError> {
        deep_enough(depth, span)?;
        let id = self.add(Content::Mapping { entries: Vec::new(), flow: true }, span, parent);
        let mut entries = Vec::new();
        for (name, item) in table.iter() {
            let key_span = table.key(name).and_then(Key::span).map_or(span, IntoSpan::into_span);
            let text = Content::Scalar { text: name.into(), style: Style::DoubleQuoted };
            let key = self.add(text, key_span, Some(id));
            let value = self.item(item, id, key_span, depth + 1)?;
            entries.push(Entry { key, value, colon: None, question: None });
        }
        self.set(id, Content::Mapping { entries, flow: true });
        Ok(id)
    }

    /// Adds an item. `near` is the position for items without one, such as a table that only exists
    /// through its sub-tables.
    fn item(
        &mut self,
        item: &TomlItem,
        parent: NodeId,
        near: Span,
        depth: usize,
    ) -> Result<NodeId, SyntaxError> {
        let span = item.span().map_or(near, IntoSpan::into_span);
        match item {
            TomlItem::Table(table) => self.table(table, Some(parent), span, depth),
            TomlItem::Value(value) => self.value(value, parent, span, depth),
            TomlItem::ArrayOfTables(tables) => {
                deep_enough(depth, span)?;
                let nothing = Content::Sequence { items: Vec::new(), flow: true };
                let id = self.add(nothing, span, Some(parent));
                let mut items = Vec::new();
                for table in tables {
                    let span = table.span().map_or(span, IntoSpan::into_span);
                    let node = self.table(table, Some(id), span, depth + 1)?;
                    items.push(Item { node, dash: None });
                }
                self.set(id, Content::Sequence { items, flow: true });
                Ok(id)
            }
            TomlItem::None => {
                let nothing = Content::Scalar { text: "".into(), style: Style::Plain };
                Ok(self.add(nothing, span, Some(parent)))
            }
        }
    }

    fn value(
        &mut self,
        value: &TomlValue,
        parent: NodeId,
        span: Span,
        depth: usize,
    ) -> Result<NodeId, SyntaxError> {
        let scalar = |text: String, style| Content::Scalar { text: text.into(), style };
        let content = match value {
            TomlValue::InlineTable(table) => return self.table(table, Some(parent), span, depth),
            TomlValue::Array(array) => {
                deep_enough(depth, span)?;
                let nothing = Content::Sequence { items: Vec::new(), flow: true };
                let id = self.add(nothing, span, Some(parent));
                let mut items = Vec::new();
                for value in array {
                    let span = value.span().map_or(span, IntoSpan::into_span);
                    let node = self.value(value, id, span, depth + 1)?;
                    items.push(Item { node, dash: None });
                }
                self.set(id, Content::Sequence { items, flow: true });
                return Ok(id);
            }
            TomlValue::String(text) => scalar(text.value().clone(), self.quotes(span)),
            TomlValue::Integer(number) => scalar(number.value().to_string(), Style::Plain),
            TomlValue::Float(number) => scalar(float(*number.value()), Style::Plain),
            TomlValue::Boolean(value) => scalar(value.value().to_string(), Style::Plain),
            TomlValue::Datetime(_) => {
                let written = self.content.get(span.start..span.end).unwrap_or_default();
                let id = self.add(scalar(written.to_owned(), Style::Plain), span, Some(parent));
                if let Some(record) = self.nodes.get_mut(id.0) {
                    record.tag = Some("tag:yaml.org,2002:timestamp".into());
                }
                return Ok(id);
            }
        };
        Ok(self.add(content, span, Some(parent)))
    }

    /// The quotes of a string. Of those of several lines, `'''` has no counterpart on one line.
    fn quotes(&self, span: Span) -> Style {
        let written = self.content.get(span.start..span.end).unwrap_or_default();
        match written.starts_with('\'') && !written.starts_with("'''") {
            true => Style::SingleQuoted,
            false => Style::DoubleQuoted,
        }
    }
}

/// Writes a number as in the core schema of YAML.
fn float(number: f64) -> String {
    match (number.is_nan(), number.is_infinite(), number.is_sign_negative()) {
        (true, ..) => ".nan".to_owned(),
        (_, true, false) => ".inf".to_owned(),
        (_, true, true) => "-.inf".to_owned(),
        _ => format!("{number:?}"),
    }
}

fn deep_enough(depth: usize, span: Span) -> Result<(), SyntaxError> {
    if depth < MAX_DEPTH {
        return Ok(());
    }
    Err(SyntaxError::new(span, format!("nests deeper than {MAX_DEPTH} levels")))
}

#[cfg(test)]
mod tests {
    use super::super::{Path, Value};
    use super::*;

    fn read(text: &str) -> Document {
        Document::parse(&Text::new(text), Dialect::Toml).expect("TOML")
    }

    #[test]
    fn values_are_what_toml_says_and_stand_where_they_are() {
        let text = "[package]\nname = 'a' # one\nedition = \"2024\"\nrust-version = 1.80\n\n[dependencies]\nserde = { \
                    version = \"1\", default-features = false }\nlist = [1, 0x10]\nday = 2024-01-02\n\n[[bin]]\nname \
                    = \"x\"\n[profile.release]\nlto = true\n";
        let document = read(text);
        let at = |path: &str| document.at(&path.parse::<Path>().expect("a path")).expect(path);
        assert_eq!(at("package.name").value(), Some(Value::Str("a")));
        assert_eq!(at("package.rust-version").value(), Some(Value::Float(1.8)));
        assert_eq!(at("dependencies.serde.version").value(), Some(Value::Str("1")));
        assert_eq!(at("dependencies.serde.default-features").value(), Some(Value::Bool(false)));
        assert_eq!(at("dependencies.list[1]").value(), Some(Value::Int(16)));
        assert_eq!(at("dependencies.day").value(), Some(Value::Timestamp("2024-01-02")));
        assert_eq!(at("bin[0].name").value(), Some(Value::Str("x")));
        assert_eq!(at("profile.release.lto").value(), Some(Value::Bool(true)));
        assert!(at("profile").is_mapping() && at("bin").is_sequence());
        let shown = |path: &str| document.text().slice(at(path).span()).to_owned();
        assert_eq!(shown("package"), "[package]");
        assert_eq!(shown("package.edition"), "\"2024\"");
        assert_eq!(at("package.edition").path().to_string(), "package.edition");
    }

    #[test]
    fn what_is_no_toml_says_where() {
        let error = Document::parse(&Text::new("a = 1\nb = \n"), Dialect::Toml).expect_err("none");
        assert_eq!(Text::new("a = 1\nb = \n").position(error.span.start).line, 2);
        let deep = format!("a = {}{}", "[".repeat(5_000), "]".repeat(5_000));
        assert!(Document::parse(&Text::new(&deep), Dialect::Toml).is_err());
        assert!(Document::parse(&Text::new("a = 1\na = 2\n"), Dialect::Toml).is_err());
        assert!(read("").root().is_mapping());
    }
}
