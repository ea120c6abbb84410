//! YAML, JSON and TOML as one tree with exact spans, in the dialect of the program that reads the file
//! in production.
//!
//! JSON is read as the YAML that it is, without its comments; edits write what readers of JSON take.
//!
//! A [`Document`] is parsed from a [`Text`] in a given [`Dialect`]; each node, key and comment has
//! a span. [`edit`] turns requested changes into text edits that keep comments and order.
//!
//! Parsing never expands aliases: an alias is a node that refers to its target, so a document of
//! nested aliases costs no more than its text.

mod builder;
mod comments;
pub mod edit;
mod gap;
mod json;
mod lenient;
mod node;
mod path;
mod quote;
mod refused;
mod same;
mod scalar;
mod stream;
mod surrogates;
mod tabs;
mod toml;
mod toml_text;
mod write;

use std::borrow::Cow;
use std::fmt;

pub use comments::Comment;
pub(in crate::source) use gap::misplacing_directive;
pub use node::{EntryNode, Kind, Node, TooLarge};
pub use path::{InvalidPath, Path, Step};
pub use quote::quote_scalar;
pub use same::{same_for_every_reader, same_value};
pub use scalar::{Dialect, Value};
pub use toml_text::write_toml_value;
pub use write::{write_value, write_value_inline};

use crate::source::json::{Form, form_of};
use crate::source::text::{Span, SyntaxError, Text};

/// Collections nested deeper than this are refused.
///
/// The deepest file of the reference fleet has 9 levels; the limit bounds every walk of a tree.
pub const MAX_DEPTH: usize = 128;

/// The index of a node in its document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NodeId(usize);

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Style {
    /// Unquoted.
    Plain,
    /// In `'…'`.
    SingleQuoted,
    /// In `"…"`.
    DoubleQuoted,
    /// A literal `|` block.
    Literal,
    /// A folded `>` block.
    Folded,
}

/// An entry of a mapping as written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) key: NodeId,
    pub(crate) value: NodeId,
    /// Offset of `:`; absent in `{a}` and after a bare `? a`.
    pub(crate) colon: Option<usize>,
    /// Offset of the `?` of an explicit key.
    pub(crate) question: Option<usize>,
}

/// An item of a sequence as written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Item {
    pub(crate) node: NodeId,
    /// Offset of `-`; absent in `[…]`.
    pub(crate) dash: Option<usize>,
}

#[derive(Clone, Debug)]
pub(crate) enum Content {
    Scalar { text: Box<str>, style: Style },
    Alias(NodeId),
    Mapping { entries: Vec<Entry>, flow: bool },
    Sequence { items: Vec<Item>, flow: bool },
}

#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) content: Content,
    /// The span including anchor and tag.
    pub(crate) span: Span,
    /// The span without anchor and tag.
    pub(crate) body: Span,
    pub(crate) tag: Option<Box<str>>,
    pub(crate) anchor: Option<Box<str>>,
    pub(crate) parent: Option<NodeId>,
}

/// A key that occurs twice in a mapping. Readers disagree: Python silently takes the last one, the
/// forges reject the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DuplicateKey {
    /// The first occurrence.
    pub first: Span,
    /// The repeated occurrence.
    pub second: Span,
}

/// A YAML document, the first one if a text contains several.
#[derive(Clone)]
pub struct Document {
    text: Text,
    dialect: Dialect,
    /// What readers of JSON have to take to read it; `None` if none does.
    json: Option<Form>,
    /// The most that readers of JSON may take, if edits leave JSON whatever is left of it: the name of the file says it, or
    /// it was JSON before earlier edits.
    stays_json: Option<Form>,
    nodes: Vec<Record>,
    root: NodeId,
    comments: Vec<Comment>,
    duplicate_keys: Vec<DuplicateKey>,
    further_documents: Vec<Span>,
    further_roots: Vec<NodeId>,
    anchors_redefined: bool,
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Document({:?}, {} nodes, {:?})", self.dialect, self.nodes.len(), self.text)
    }
}

impl Document {
    /// Parses the first document of a text. An empty text is a document whose root is null.
    ///
    /// # Errors
    /// When the text is not valid in the dialect, or nests deeper than [`MAX_DEPTH`].
    pub fn parse(text: &Text, dialect: Dialect) -> Result<Self, SyntaxError> {
        match dialect {
            Dialect::Toml => toml::build(text),
            _ => builder::build(text, dialect),
        }
    }

    /// Returns the text that was parsed.
    #[must_use]
    pub fn text(&self) -> &Text {
        &self.text
    }

    /// Returns the dialect it was parsed in.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Returns the document as that of a file at a path. Where its name says JSON, edits write JSON even if the text alone
    /// does not say so, as `{}`, which is YAML as well.
    #[must_use]
    pub fn of_file(&self, path: &str) -> Cow<'_, Self> {
        let named = form_of(path).filter(|_| self.dialect != Dialect::Toml);
        if self.stays_json.is_some() || named.is_none() {
            return Cow::Borrowed(self);
        }
        Cow::Owned(Self { stays_json: named, ..self.clone() })
    }

    /// Returns the root node.
    #[must_use]
    pub fn root(&self) -> Node<'_> {
        self.node(self.root)
    }

    /// Returns the node at a path; see [`Node::at`].
    #[must_use]
    pub fn at(&self, path: &Path) -> Option<Node<'_>> {
        self.root().at(path)
    }

    /// Returns the keys that occur twice in a mapping, in source order.
    #[must_use]
    pub fn duplicate_keys(&self) -> &[DuplicateKey] {
        &self.duplicate_keys
    }

    /// Returns the spans of the documents after the first, which readers of single documents reject
    /// or ignore.
    #[must_use]
    pub fn further_documents(&self) -> &[Span] {
        &self.further_documents
    }

    /// Returns the root of each document of the text that has any node, in source order. They are to be looked at: what is
    /// told of a document, such as its duplicate keys, is that of the first, and [`Document::each`] is for edits.
    pub fn roots(&self) -> impl Iterator<Item = Node<'_>> {
        std::iter::once(self.root()).chain(self.further_roots.iter().map(|root| self.node(*root)))
    }

    /// Returns every comment of the text, in source order.
    #[must_use]
    pub fn comments(&self) -> &[Comment] {
        &self.comments
    }

    pub(crate) fn node(&self, id: NodeId) -> Node<'_> {
        Node::new(self, id)
    }

    /// Returns the record of a node. Ids only come from this document, so the fallback is never
    /// used.
    pub(crate) fn record(&self, id: NodeId) -> &Record {
        const NOTHING: &Record = &Record {
            content: Content::Sequence { items: Vec::new(), flow: true },
            span: Span { start: 0, end: 0 },
            body: Span { start: 0, end: 0 },
            tag: None,
            anchor: None,
            parent: None,
        };
        self.nodes.get(id.0).unwrap_or(NOTHING)
    }

    /// Returns the target of an alias, or the node itself. An alias cannot carry an anchor, so one
    /// step is enough.
    pub(crate) fn target(&self, id: NodeId) -> NodeId {
        match self.record(id).content {
            Content::Alias(target) => target,
            _ => id,
        }
    }

    /// Whether an entry is a merge key. `<<` only exists in YAML 1.1.
    pub(crate) fn is_merge(&self, entry: &Entry) -> bool {
        self.is_merge_key(self.node(entry.key))
    }

    pub(crate) fn is_merge_key(&self, key: Node<'_>) -> bool {
        self.dialect == Dialect::Yaml11 && Self::is_written_as_merge_key(key)
    }

    /// Whether a key is `<<`, which some readers of YAML 1.2 take for a merge key too, such as Docker Compose.
    fn is_written_as_merge_key(key: Node<'_>) -> bool {
        let key = key.record();
        key.tag.is_none()
            && matches!(&key.content, Content::Scalar { text, style: Style::Plain } if &**text == "<<")
    }

    /// Returns the keys that are written as merge keys, in source order, whatever the dialect makes of them.
    pub fn merge_keys(&self) -> impl Iterator<Item = Node<'_>> {
        let mappings = self.nodes.iter().filter_map(|record| match &record.content {
            Content::Mapping { entries, .. } => Some(entries),
            _ => None,
        });
        let keys = mappings.flatten().map(|entry| self.node(entry.key));
        keys.filter(|key| Self::is_written_as_merge_key(*key))
    }

    /// Whether removing a node could make an alias refer to a different one.
    pub(crate) fn has_ambiguous_aliases(&self) -> bool {
        let is_alias = |record: &Record| matches!(record.content, Content::Alias(_));
        self.anchors_redefined && self.nodes.iter().any(is_alias)
    }
}

#[cfg(test)]
mod tests;
