//! What is about to be inserted into a document, given as YAML: its lines at the left margin, and its value. Where the
//! document is JSON, it is JSON instead, whose lines follow from its place.

use super::super::gap::line_start;
use super::super::{Content, Document, Entry, Kind, NodeId, quote_scalar};
use super::verify::{Tree, texts};
use super::{EditRefused, json};
use crate::source::text::{Span, Text};

/// An entry or an item to insert.
#[derive(Clone, Debug)]
pub(super) struct Child {
    /// The lines of the entry or item at column 0, without line ends; none if it is JSON.
    pub(super) lines: Vec<String>,
    /// What is written instead in a document that is JSON.
    pub(super) json: Option<json::Entry>,
    /// The key; `None` for an item.
    pub(super) key: Option<Tree>,
    pub(super) value: Tree,
    /// The comments that it brings from outside the document.
    pub(super) comments: Vec<String>,
}

impl Child {
    pub(super) fn entry(document: &Document, key: &str, yaml: &str) -> Result<Self, EditRefused> {
        let fragment = Fragment::read(document, yaml)?;
        if let Some(value) = fragment.json {
            let json = json::Entry { key: Some(json::quoted(key)), value };
            return Ok(Self::of_json(json, Some(Tree::string(key)), fragment.value));
        }
        let key_text = quote_scalar(key);
        let mut lines = Vec::new();
        if fragment.is_block {
            let step = document.indent_step();
            lines.push(format!("{key_text}:"));
            lines.extend(fragment.lines.iter().map(|line| indented(line, step)));
        } else {
            let mut written = fragment.lines.iter();
            lines.push(match written.next() {
                Some(first) if !first.is_empty() => format!("{key_text}: {first}"),
                _ => format!("{key_text}:"),
            });
            // With lines at the margin it is not yet indented; a block scalar may already be.
            let at_margin = |line: &String| !line.is_empty() && !line.starts_with(' ');
            let step = if written.clone().any(at_margin) { document.indent_step() } else { 0 };
            lines.extend(written.map(|line| indented(line, step)));
        }
        let key = Some(Tree::string(key));
        Ok(Self { lines, json: None, key, value: fragment.value, comments: fragment.comments })
    }

    fn of_json(json: json::Entry, key: Option<Tree>, value: Tree) -> Self {
        Self { lines: Vec::new(), json: Some(json), key, value, comments: Vec::new() }
    }

    pub(super) fn item(document: &Document, yaml: &str) -> Result<Self, EditRefused> {
        let fragment = Fragment::read(document, yaml)?;
        if let Some(value) = fragment.json {
            return Ok(Self::of_json(json::Entry { key: None, value }, None, fragment.value));
        }
        let mut written = fragment.lines.iter();
        let mut lines = vec![match written.next() {
            Some(first) if !first.is_empty() => format!("- {first}"),
            _ => "-".to_owned(),
        }];
        lines.extend(written.map(|line| indented(line, 2)));
        let (value, comments) = (fragment.value, fragment.comments);
        Ok(Self { lines, json: None, key: None, value, comments })
    }

    /// Takes an existing entry, with its comments, under another key.
    pub(super) fn moved(
        document: &Document,
        parent: NodeId,
        index: usize,
        entry: &Entry,
        key: &str,
    ) -> Result<Self, EditRefused> {
        let text = document.text();
        if json::is_json(document)? {
            let json = json::Entry::kept(document, entry.value, key);
            let value = Tree::of_node(document, entry.value);
            return Ok(Self::of_json(json, Some(Tree::string(key)), value));
        }
        let old = document.node(entry.key);
        let keeps_key = old.scalar_text() == Some(key);
        let body = document.record(entry.key).body;
        let key_text =
            if keeps_key { text.slice(body).to_owned() } else { quote_scalar(key).into_owned() };
        let span = document.entry_span(entry);
        let (extent, column) = if document.is_flow(parent) {
            (span, 0)
        } else {
            let column = span.start - line_start(text.as_str(), span.start);
            (document.child_extent(parent, index), column)
        };
        let before = text.slice(Span::new(extent.start, body.start));
        let behind = text.slice(Span::new(body.end, extent.end));
        let block = format!("{before}{key_text}{behind}");
        let lines = lines_of(&block).map(|line| dedented(line, column).to_owned()).collect();
        let key = if keeps_key { Tree::of_node(document, entry.key) } else { Tree::string(key) };
        let value = Tree::of_node(document, entry.value);
        Ok(Self { lines, json: None, key: Some(key), value, comments: Vec::new() })
    }

    /// Wraps this entry in a new mapping under a key.
    pub(super) fn within(self, document: &Document, key: &str) -> Self {
        let json = self.json.map(|json| json.within(key));
        let mut lines = Vec::new();
        if json.is_none() {
            let step = document.indent_step();
            lines.push(format!("{}:", quote_scalar(key)));
            lines.extend(self.lines.iter().map(|line| indented(line, step)));
        }
        let value = match self.key {
            Some(inner) => Tree::mapping(inner, self.value),
            None => self.value,
        };
        Self { lines, json, key: Some(Tree::string(key)), value, comments: self.comments }
    }
}

/// A value given as YAML.
pub(super) struct Fragment {
    pub(super) lines: Vec<String>,
    pub(super) value: Tree,
    /// Whether it is a block collection, which cannot begin on the line of its key.
    pub(super) is_block: bool,
    pub(super) comments: Vec<String>,
    /// What is written instead in a document that is JSON.
    pub(super) json: Option<json::Value>,
}

impl Fragment {
    pub(super) fn read(document: &Document, yaml: &str) -> Result<Self, EditRefused> {
        let refuse =
            |why: &str| EditRefused::new(document.root().span(), format!("the new value {why}"));
        let read = Document::parse(&Text::new(yaml), document.dialect())
            .map_err(|error| refuse(&format!("is not YAML: {error}")))?;
        if !read.further_documents().is_empty() {
            return Err(refuse("holds several documents"));
        }
        let root = read.root();
        let is_block = root.kind() != Kind::Alias
            && matches!(
                root.record().content,
                Content::Mapping { flow: false, .. } | Content::Sequence { flow: false, .. }
            );
        let written = yaml.trim_end_matches(['\n', '\r']);
        let mut fragment = Self {
            lines: lines_of(written).map(str::to_owned).collect(),
            value: Tree::of_node(&read, root.id()),
            is_block,
            comments: texts(&read, Span::new(0, yaml.len())),
            json: None,
        };
        if json::is_json(document)? {
            let json = json::Value::of(root).map_err(refuse)?;
            if !fragment.comments.is_empty() {
                return Err(refuse("has a comment, which is not written into JSON"));
            }
            // As JSON it may be another value: a date is a text there.
            let again = Text::new(&json.on_one_line(document));
            let again = Document::parse(&again, document.dialect())
                .map_err(|error| refuse(&format!("is not JSON: {error}")))?;
            fragment.value = Tree::of(&again);
            fragment.json = Some(json);
        }
        Ok(fragment)
    }
}

/// Splits a text into lines without line ends. `\n`, `\r\n` and a lone `\r` each end a line; the
/// last one may lack it.
pub(super) fn lines_of(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text).filter(|text| !text.is_empty());
    std::iter::from_fn(move || {
        let current = rest?;
        let Some(at) = current.find(['\n', '\r']) else {
            rest = None;
            return Some(current);
        };
        let length =
            if current.get(at..).is_some_and(|end| end.starts_with("\r\n")) { 2 } else { 1 };
        rest = current.get(at + length..).filter(|behind| !behind.is_empty());
        current.get(..at)
    })
}

/// Indents a line; an empty line stays empty.
pub(super) fn indented(line: &str, by: usize) -> String {
    if line.is_empty() { String::new() } else { format!("{:by$}{line}", "") }
}

/// Dedents a line, as far as its blanks allow.
fn dedented(line: &str, by: usize) -> &str {
    let blanks = line.bytes().take(by).take_while(|byte| *byte == b' ').count();
    line.get(blanks..).unwrap_or(line)
}
