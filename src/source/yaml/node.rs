//! Typed access to the nodes of a document.

use std::collections::HashSet;

use super::scalar::resolve;
use super::{Content, Document, Entry, Item, NodeId, Path, Record, Step, Style, Value};
use crate::source::text::Span;

/// What a node is as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// One value.
    Scalar,
    /// Keys with values.
    Mapping,
    /// Items in order.
    Sequence,
    /// `*name`, which stands for another node.
    Alias,
}

/// A node of a document. Every access but [`Node::kind`] and the spans looks through an alias.
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

/// A node that, with its aliases written out, is larger than the caller allows, or endless.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("has more than {limit} nodes when its aliases are written out")]
pub struct TooLarge {
    /// The limit that was exceeded, in nodes.
    pub limit: usize,
}

impl PartialEq for Node<'_> {
    /// The same node of the same document, not one of the same value: see [`super::same_value`].
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

    /// The document it stands in.
    #[must_use]
    pub fn document(self) -> &'doc Document {
        self.document
    }

    /// What was written here.
    #[must_use]
    pub fn kind(self) -> Kind {
        match self.record().content {
            Content::Scalar { .. } => Kind::Scalar,
            Content::Mapping { .. } => Kind::Mapping,
            Content::Sequence { .. } => Kind::Sequence,
            Content::Alias(_) => Kind::Alias,
        }
    }

    /// What this is called in a message: `a mapping`, `a string`.
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

    /// Where it stands, anchor and tag included. A block collection ends with its last value,
    /// before comments and blank lines; a value that is absent has an empty span behind its `:` or `-`.
    #[must_use]
    pub fn span(self) -> Span {
        self.record().span
    }

    /// Where it stands without anchor and tag.
    #[must_use]
    pub fn body(self) -> Span {
        self.record().body
    }

    /// How a scalar is written; absent for collections and aliases.
    #[must_use]
    pub fn style(self) -> Option<Style> {
        match self.record().content {
            Content::Scalar { style, .. } => Some(style),
            _ => None,
        }
    }

    /// Its tag in full (`tag:yaml.org,2002:str`, `!secret`).
    #[must_use]
    pub fn tag(self) -> Option<&'doc str> {
        self.record().tag.as_deref()
    }

    /// A tag that says more than a type of YAML itself.
    pub(super) fn custom_tag(self) -> Option<&'doc str> {
        self.tag().filter(|tag| *tag != "!" && !tag.starts_with("tag:yaml.org,2002:"))
    }

    /// The name of its anchor.
    #[must_use]
    pub fn anchor(self) -> Option<&'doc str> {
        self.record().anchor.as_deref()
    }

    /// The node that an alias stands for, else the node itself.
    #[must_use]
    pub fn resolved(self) -> Self {
        Self::new(self.document, self.document.target(self.id))
    }

    /// Whether it is null, written or absent.
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

    /// Its value in the document's dialect; absent for collections.
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

    /// Its string, when that is what it is.
    #[must_use]
    pub fn as_str(self) -> Option<&'doc str> {
        match self.value() {
            Some(Value::Str(text)) => Some(text),
            _ => None,
        }
    }

    /// The text of a scalar of whatever type, quotes and escapes resolved: `1.10`, where the
    /// value is the float 1.1.
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

    /// The entries as written, in their order, duplicates and merge keys included; `None` when it
    /// is not a mapping.
    pub fn entries(self) -> impl DoubleEndedIterator<Item = EntryNode<'doc>> {
        let document = self.document;
        self.raw_entries().iter().map(move |entry| EntryNode {
            key: document.node(entry.key),
            value: document.node(entry.value),
        })
    }

    /// The items; `None` when it is not a sequence.
    pub fn items(self) -> impl DoubleEndedIterator<Item = Node<'doc>> + ExactSizeIterator {
        let document = self.document;
        let items = match &self.resolved().record().content {
            Content::Sequence { items, .. } => items.as_slice(),
            _ => &[],
        };
        items.iter().map(move |item| document.node(item.node))
    }

    /// The entry of a key whose text is `key`, of whatever type: `on:` is found in YAML 1.1 too.
    ///
    /// Of duplicates the last, as Python and most readers have it. In YAML 1.1 a key that is not
    /// there is looked for behind the merge keys.
    #[must_use]
    pub fn entry(self, key: &str) -> Option<EntryNode<'doc>> {
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
            // A stack: what shall be asked first is pushed last.
            for merge in node.raw_entries().iter().filter(|entry| self.document.is_merge(entry)) {
                let source = self.document.node(merge.value).resolved();
                if source.kind() == Kind::Mapping {
                    waiting.push(source);
                }
                waiting.extend(source.items().rev().map(Node::resolved).filter(|n| n.is_mapping()));
            }
        }
        None
    }

    /// The value of a key; see [`Node::entry`].
    #[must_use]
    pub fn get(self, key: &str) -> Option<Node<'doc>> {
        self.entry(key).map(|entry| entry.value)
    }

    /// The node at a path from here; for a path with `[]` the first match.
    #[must_use]
    pub fn at(self, path: &Path) -> Option<Node<'doc>> {
        self.all(path).first().copied()
    }

    /// Every node at a path from here, in the order of the text. A node that is reached over
    /// several aliases is listed once, so the list is never longer than the document.
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

    /// The node that holds this one: the collection for a key, a value or an item.
    #[must_use]
    pub fn parent(self) -> Option<Node<'doc>> {
        self.record().parent.map(|parent| self.document.node(parent))
    }

    /// Where the node stands in its document. A key has the path of its value.
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

    /// Where the entry or item that holds this node begins: at its key or its dash.
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

    /// The node as JSON: aliases written out, merge keys applied, keys as text, dates and numbers
    /// that JSON lacks as strings.
    ///
    /// # Errors
    /// When that makes more than `limit` nodes, as aliases within aliases or a cycle would.
    pub fn to_json(self, limit: usize) -> Result<serde_json::Value, TooLarge> {
        super::json::expand(self, limit)
    }
}

// Nodes are numbered in the order of the text, so a child is found in a long collection without a walk: a mapping of
// 100,000 keys, each of them asked for its path, would take minutes.

/// The entry whose key or value a node is.
fn entry_of(entries: &[Entry], child: NodeId) -> Option<&Entry> {
    let behind = entries.partition_point(|entry| entry.key.0 <= child.0);
    let entry = entries.get(behind.checked_sub(1)?)?;
    (entry.key == child || entry.value == child).then_some(entry)
}

/// The index of the item that a node is.
fn index_of(items: &[Item], child: NodeId) -> Option<usize> {
    items.binary_search_by_key(&child.0, |item| item.node.0).ok()
}
