//! Typed access to the nodes of a document.

use std::collections::HashSet;

use super::scalar::resolve;
use super::{Content, Dialect, Document, Entry, Item, NodeId, Path, Record, Step, Style, Value};
use crate::source::text::Span;

/// The kind of a node as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A single value.
    Scalar,
    /// Keys with values.
    Mapping,
    /// Items in order.
    Sequence,
    /// `*name`, a reference to another node.
    Alias,
}

/// A node of a document. Every access except for [`Node::kind`] and the spans resolves aliases.
#[derive(Clone, Copy, Debug)]
pub struct Node<'doc> {
    document: &'doc Document,
    id: NodeId,
}

/// A key with its value.
#[derive(Clone, Copy, Debug)]
pub struct EntryNode<'doc> {
    /// The key.
    pub key: Node<'doc>,
    /// The value.
    pub value: Node<'doc>,
}

/// A node that, with its aliases expanded, is infinite or larger than the caller allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("has more than {limit} nodes when its aliases are written out")]
pub struct TooLarge {
    /// The limit that was exceeded, in nodes.
    pub limit: usize,
}

impl PartialEq for Node<'_> {
    /// Compares identity, not value: the same node of the same document. See [`super::same_value`].
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id && std::ptr::eq(self.document, other.document)
    }
}

impl Eq for Node<'_> {}

impl Record {
    pub(super) fn is_scalar(&self) -> bool {
        matches!(self.content, Content::Scalar { .. })
    }
}

impl<'doc> Node<'doc> {
    pub(super) fn new(document: &'doc Document, id: NodeId) -> Self {
        Self { document, id }
    }

    pub(super) fn id(self) -> NodeId {
        self.id
    }

    pub(super) fn record(self) -> &'doc Record {
        self.document.record(self.id)
    }

    /// Returns the document of the node.
    #[must_use]
    pub fn document(self) -> &'doc Document {
        self.document
    }

    /// Returns the kind of the node as written.
    #[must_use]
    pub fn kind(self) -> Kind {
        match self.record().content {
            Content::Scalar { .. } => Kind::Scalar,
            Content::Mapping { .. } => Kind::Mapping,
            Content::Sequence { .. } => Kind::Sequence,
            Content::Alias(_) => Kind::Alias,
        }
    }

    /// Returns what to call this in a message: `a mapping`, `a string`.
    #[must_use]
    pub fn type_name(self) -> &'static str {
        match self.resolved().kind() {
            Kind::Mapping => "a mapping",
            Kind::Sequence => "a list",
            Kind::Scalar | Kind::Alias => {
                self.value().map_or("an alias", |value| value.type_name())
            }
        }
    }

    /// Returns its span, including anchor and tag. A block collection ends with its last value,
    /// before comments and blank lines; an absent value has an empty span after its `:` or `-`.
    #[must_use]
    pub fn span(self) -> Span {
        self.record().span
    }

    /// Returns its span without anchor and tag.
    #[must_use]
    pub fn body(self) -> Span {
        self.record().body
    }

    /// Returns how a scalar is written; `None` for collections and aliases.
    #[must_use]
    pub fn style(self) -> Option<Style> {
        match self.record().content {
            Content::Scalar { style, .. } => Some(style),
            _ => None,
        }
    }

    /// Returns its tag in full (`tag:yaml.org,2002:str`, `!secret`).
    #[must_use]
    pub fn tag(self) -> Option<&'doc str> {
        self.record().tag.as_deref()
    }

    /// Returns its tag unless that is one of YAML's own types.
    pub(super) fn custom_tag(self) -> Option<&'doc str> {
        self.tag().filter(|tag| *tag != "!" && !tag.starts_with("tag:yaml.org,2002:"))
    }

    /// Returns the name of its anchor.
    #[must_use]
    pub fn anchor(self) -> Option<&'doc str> {
        self.record().anchor.as_deref()
    }

    /// Returns the target of an alias, or the node itself.
    #[must_use]
    pub fn resolved(self) -> Self {
        Self::new(self.document, self.document.target(self.id))
    }

    /// Whether it is null, explicitly or by absence.
    #[must_use]
    pub fn is_null(self) -> bool {
        matches!(self.value(), Some(Value::Null))
    }

    /// Whether it is a mapping.
    #[must_use]
    pub fn is_mapping(self) -> bool {
        self.resolved().kind() == Kind::Mapping
    }

    /// Whether it is a sequence.
    #[must_use]
    pub fn is_sequence(self) -> bool {
        self.resolved().kind() == Kind::Sequence
    }

    /// Returns its value in the document's dialect; `None` for collections.
    #[must_use]
    pub fn value(self) -> Option<Value<'doc>> {
        let record = self.resolved().record();
        match &record.content {
            Content::Scalar { text, style } => {
                Some(resolve(text, *style, record.tag.as_deref(), self.document.dialect()))
            }
            _ => None,
        }
    }

    /// Returns the text of a scalar as it is spelled, without quotes. The parser gives `0x1F` of TOML as 31.
    #[must_use]
    pub fn spelled(self) -> Option<&'doc str> {
        let node = self.resolved();
        let is_number =
            node.document.dialect() == Dialect::Toml && node.style() == Some(Style::Plain);
        if is_number { Some(node.document.text().slice(node.span())) } else { node.scalar_text() }
    }

    /// Returns its text if it is a string.
    #[must_use]
    pub fn as_str(self) -> Option<&'doc str> {
        match self.value() {
            Some(Value::Str(text)) => Some(text),
            _ => None,
        }
    }

    /// Returns the text of a scalar of any type, with quotes and escapes resolved: `1.10`, although
    /// the value is the float 1.1.
    #[must_use]
    pub fn scalar_text(self) -> Option<&'doc str> {
        match &self.resolved().record().content {
            Content::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    fn raw_entries(self) -> &'doc [Entry] {
        match &self.resolved().record().content {
            Content::Mapping { entries, .. } => entries,
            _ => &[],
        }
    }

    /// Returns the entries as written, in order, including duplicates and merge keys; empty if it
    /// is not a mapping.
    pub fn entries(self) -> impl DoubleEndedIterator<Item = EntryNode<'doc>> {
        let document = self.document;
        self.raw_entries().iter().map(move |entry| EntryNode {
            key: document.node(entry.key),
            value: document.node(entry.value),
        })
    }

    /// Returns the items; empty if it is not a sequence.
    pub fn items(self) -> impl DoubleEndedIterator<Item = Node<'doc>> + ExactSizeIterator {
        let document = self.document;
        let items = match &self.resolved().record().content {
            Content::Sequence { items, .. } => items.as_slice(),
            _ => &[],
        };
        items.iter().map(move |item| document.node(item.node))
    }

    /// Returns the entry whose key has the text `key`, whatever its type: `on:` is found in YAML
    /// 1.1 too.
    ///
    /// Of duplicates the last one counts, as in Python and most readers. In YAML 1.1 a missing key
    /// is also looked up through merge keys.
    #[must_use]
    pub fn entry(self, key: &str) -> Option<EntryNode<'doc>> {
        self.entry_by(key, |entry| self.document.is_merge(entry))
    }

    /// Returns the value of a key, which may come by a merge key in any dialect: some readers of YAML 1.2 merge as well.
    #[must_use]
    pub fn get_merged(self, key: &str) -> Option<Node<'doc>> {
        let is_merge =
            |entry: &Entry| Document::is_written_as_merge_key(self.document.node(entry.key));
        self.entry_by(key, is_merge).map(|entry| entry.value)
    }

    fn entry_by(self, key: &str, is_merge: impl Fn(&Entry) -> bool) -> Option<EntryNode<'doc>> {
        let mut seen = HashSet::new();
        let mut waiting = vec![self.resolved()];
        while let Some(node) = waiting.pop() {
            if !seen.insert(node.id) {
                continue;
            }
            let written = |entry: &EntryNode<'_>| entry.key.scalar_text() == Some(key);
            if let Some(found) = node.entries().rfind(written) {
                return Some(found);
            }
            // This is a stack, so push the first source last.
            for merge in node.raw_entries().iter().filter(|entry| is_merge(entry)) {
                let source = self.document.node(merge.value).resolved();
                if source.kind() == Kind::Mapping {
                    waiting.push(source);
                }
                waiting.extend(source.items().rev().map(Node::resolved).filter(|n| n.is_mapping()));
            }
        }
        None
    }

    /// Returns the value of a key; see [`Node::entry`].
    #[must_use]
    pub fn get(self, key: &str) -> Option<Node<'doc>> {
        self.entry(key).map(|entry| entry.value)
    }

    /// Returns the node at a path from here; for a path with `[]` the first match.
    #[must_use]
    pub fn at(self, path: &Path) -> Option<Node<'doc>> {
        self.all(path).first().copied()
    }

    /// Returns every node at a path from here, in source order. A node reached through several
    /// aliases is listed once, so the list is never longer than the document.
    #[must_use]
    pub fn all(self, path: &Path) -> Vec<Node<'doc>> {
        let mut found = vec![self];
        for step in path.steps() {
            let mut seen = HashSet::new();
            let mut next = Vec::new();
            for node in found {
                if !seen.insert(node.resolved().id) {
                    continue;
                }
                match step {
                    Step::Key(key) => next.extend(node.get(key)),
                    Step::Index(index) => next.extend(node.items().nth(*index)),
                    Step::Each => next.extend(node.items()),
                }
            }
            found = next;
        }
        found
    }

    /// Returns the parent: the collection that contains this key, value or item.
    #[must_use]
    pub fn parent(self) -> Option<Node<'doc>> {
        self.record().parent.map(|parent| self.document.node(parent))
    }

    /// Returns the path of the node in its document. A key has the path of its value.
    #[must_use]
    pub fn path(self) -> Path {
        let mut steps = Vec::new();
        let mut node = self;
        while let Some(parent) = node.parent() {
            let step = match &parent.record().content {
                Content::Mapping { entries, .. } => entry_of(entries, node.id)
                    .and_then(|entry| self.document.node(entry.key).scalar_text())
                    .map(|key| Step::Key(key.to_owned())),
                Content::Sequence { items, .. } => index_of(items, node.id).map(Step::Index),
                Content::Scalar { .. } | Content::Alias(_) => None,
            };
            steps.extend(step);
            node = parent;
        }
        steps.into_iter().rev().collect()
    }

    /// Returns the start of the entry or item that contains this node: its key or its dash.
    pub(super) fn outer_start(self) -> usize {
        let own = self.span().start;
        let Some(parent) = self.parent() else { return own };
        match &parent.record().content {
            Content::Mapping { entries, .. } => entry_of(entries, self.id)
                .map_or(own, |entry| self.document.entry_span(entry).start),
            Content::Sequence { items, .. } => {
                index_of(items, self.id).and_then(|index| items.get(index)?.dash).unwrap_or(own)
            }
            Content::Scalar { .. } | Content::Alias(_) => own,
        }
    }

    /// Converts the node to JSON: aliases expanded, merge keys applied, keys as strings; dates and
    /// numbers that JSON lacks become strings.
    ///
    /// # Errors
    /// When the result has more than `limit` nodes, as for nested aliases or a cycle.
    pub fn to_json(self, limit: usize) -> Result<serde_json::Value, TooLarge> {
        super::json::expand(self, limit)
    }
}

// Nodes are numbered in source order, so children are found by binary search: linear search would
// take minutes to get the path of every key in a mapping of 100,000 keys.

/// Returns the entry that has a node as key or value.
fn entry_of(entries: &[Entry], child: NodeId) -> Option<&Entry> {
    let behind = entries.partition_point(|entry| entry.key.0 <= child.0);
    let entry = entries.get(behind.checked_sub(1)?)?;
    (entry.key == child || entry.value == child).then_some(entry)
}

/// Returns the index of the item that is a node.
fn index_of(items: &[Item], child: NodeId) -> Option<usize> {
    items.binary_search_by_key(&child.0, |item| item.node.0).ok()
}
