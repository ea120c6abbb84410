//! Finds the target of an edit. Stricter than reading: no alias, no duplicate key, no wildcard.

use super::super::comments::column_of;
use super::super::{Content, Document, Entry, NodeId, Path, Step};
use super::EditRefused;
use crate::source::text::Span;

/// A node, and the child indexes that lead to it.
#[derive(Clone, Debug)]
pub(super) struct Located {
    pub(super) node: NodeId,
    pub(super) route: Vec<usize>,
}

/// Returns the node at a path.
pub(super) fn locate(document: &Document, path: &Path) -> Result<Located, EditRefused> {
    let (located, depth) = descend(document, path)?;
    if depth == path.steps().len() {
        return Ok(located);
    }
    let span = document.record(located.node).span;
    Err(EditRefused::new(span, format!("there is no `{path}`")))
}

/// Returns the collection that contains the node at a path, and the index within it.
pub(super) fn parent_of(document: &Document, path: &Path) -> Result<(Located, usize), EditRefused> {
    let Located { mut route, node } = locate(document, path)?;
    match (route.pop(), document.record(node).parent) {
        (Some(index), Some(parent)) => Ok((Located { node: parent, route }, index)),
        _ => Err(EditRefused::new(
            document.record(node).span,
            "the path refers to the whole document",
        )),
    }
}

/// Returns the deepest existing node on the way to a path, and how many steps lead to it.
pub(super) fn descend(document: &Document, path: &Path) -> Result<(Located, usize), EditRefused> {
    let mut at = Located { node: document.root().id(), route: Vec::new() };
    for (depth, step) in path.steps().iter().enumerate() {
        let record = document.record(at.node);
        let refuse = |message| Err(EditRefused::new(record.span, message));
        let next = match (step, &record.content) {
            (_, Content::Alias(_)) => {
                return refuse(format!("`{path}` is behind an alias"));
            }
            (Step::Each, _) => return refuse(format!("`{path}` matches several places")),
            (Step::Key(key), Content::Mapping { entries, .. }) => {
                let mut found = entries.iter().enumerate().filter(|(_, entry)| {
                    document.node(entry.key).scalar_text() == Some(key.as_str())
                });
                let first = found.next();
                if let Some((_, second)) = found.next() {
                    let span = document.record(second.key).span;
                    return Err(EditRefused::new(span, format!("duplicate key `{key}`")));
                }
                first.map(|(index, entry)| (index, entry.value))
            }
            (Step::Index(index), Content::Sequence { items, .. }) => {
                items.get(*index).map(|item| (*index, item.node))
            }
            (Step::Key(_) | Step::Index(_), _) => None,
        };
        let Some((index, node)) = next else { return Ok((at, depth)) };
        at.route.push(index);
        at.node = node;
    }
    Ok((at, path.steps().len()))
}

/// Refuses a document that defines an anchor twice: removing one definition would silently redirect
/// its aliases.
pub(super) fn refuse_redefined_anchors(document: &Document) -> Result<(), EditRefused> {
    if document.has_ambiguous_aliases() {
        let span = document.root().span();
        return Err(EditRefused::new(span, "an anchor is defined twice in this document"));
    }
    Ok(())
}

/// Refuses a place that is inside of what aliases refer to: a change there is one of each alias too.
///
/// # Errors
/// When aliases refer to the collection at the path, or to one around it.
pub fn refuse_shared(document: &Document, path: &Path) -> Result<(), EditRefused> {
    let mut around = document.at(path);
    while let Some(node) = around {
        if let Some(name) = node.anchor()
            && document.is_referred_to(node.id())
        {
            let message = format!("aliases refer to `&{name}`, which holds it");
            return Err(EditRefused::new(node.span(), message));
        }
        around = node.parent();
    }
    Ok(())
}

impl Located {
    /// Refuses if the node already has an entry with this key.
    pub(super) fn refuse_key(&self, document: &Document, key: &str) -> Result<(), EditRefused> {
        let node = document.node(self.node);
        let taken = node.entries().find(|entry| entry.key.scalar_text() == Some(key));
        match taken {
            Some(entry) => {
                Err(EditRefused::new(entry.key.span(), format!("the key `{key}` already exists")))
            }
            None => Ok(()),
        }
    }

    pub(super) fn entry_index(&self, document: &Document, key: &str) -> Result<usize, EditRefused> {
        let node = document.node(self.node);
        let found = node.entries().position(|entry| entry.key.scalar_text() == Some(key));
        found.ok_or_else(|| EditRefused::new(node.span(), format!("there is no key `{key}` here")))
    }

    /// Whether this is the absent value of `{key}`.
    pub(super) fn lacks_colon(&self, document: &Document) -> bool {
        document.holder(self.node).is_some_and(|holder| holder.value_at.is_none())
    }
}

/// The position of a node in its parent collection.
pub(super) struct Holder {
    pub(super) parent: NodeId,
    /// Offset of the key or the dash.
    pub(super) start: usize,
    /// Offset after `:` or `-`.
    pub(super) value_at: Option<usize>,
    pub(super) is_item: bool,
}

impl Document {
    pub(super) fn is_flow(&self, id: NodeId) -> bool {
        matches!(
            self.record(id).content,
            Content::Mapping { flow: true, .. } | Content::Sequence { flow: true, .. }
        )
    }

    pub(super) fn is_referred_to(&self, id: NodeId) -> bool {
        self.nodes.iter().any(|node| matches!(node.content, Content::Alias(to) if to == id))
    }

    pub(super) fn entry_at(&self, id: NodeId, index: usize) -> Option<Entry> {
        match &self.record(id).content {
            Content::Mapping { entries, .. } => entries.get(index).copied(),
            _ => None,
        }
    }

    /// Returns the spans of the entries (key to value) or items (dash to value) of a collection.
    pub(super) fn child_spans(&self, id: NodeId) -> Vec<Span> {
        match &self.record(id).content {
            Content::Mapping { entries, .. } => {
                entries.iter().map(|entry| self.entry_span(entry)).collect()
            }
            Content::Sequence { items, .. } => items
                .iter()
                .map(|item| {
                    let span = self.record(item.node).span;
                    item.dash.map_or(span, |dash| Span::new(dash, span.end.max(dash + 1)))
                })
                .collect(),
            Content::Scalar { .. } | Content::Alias(_) => Vec::new(),
        }
    }

    /// Returns the lines that belong to a child of a block collection.
    pub(super) fn child_extent(&self, id: NodeId, index: usize) -> Span {
        let span = self.child_spans(id).get(index).copied().unwrap_or_default();
        self.extent(span.start, span.end)
    }

    /// Returns the column of the children of a block collection.
    pub(super) fn child_column(&self, id: NodeId) -> usize {
        self.child_spans(id).first().map_or(0, |span| column_of(self.text(), span.start))
    }

    pub(super) fn holder(&self, id: NodeId) -> Option<Holder> {
        let parent = self.record(id).parent?;
        match &self.record(parent).content {
            Content::Mapping { entries, .. } => {
                let entry = entries.iter().find(|entry| entry.value == id)?;
                Some(Holder {
                    parent,
                    start: self.entry_span(entry).start,
                    value_at: entry.colon.map(|colon| colon + 1),
                    is_item: false,
                })
            }
            Content::Sequence { items, .. } => {
                let item = items.iter().find(|item| item.node == id)?;
                let start = item.dash.unwrap_or(self.record(id).span.start);
                let value_at = item.dash.map(|dash| dash + 1);
                Some(Holder { parent, start, value_at, is_item: true })
            }
            Content::Scalar { .. } | Content::Alias(_) => None,
        }
    }

    /// Returns the indentation per level in this text: that of its first nested mapping, or two if
    /// it has none.
    pub(super) fn indent_step(&self) -> usize {
        // Search by entry: finding the holder of each mapping would search among all of its
        // siblings.
        let entries = self.nodes.iter().filter_map(|record| match &record.content {
            Content::Mapping { entries, flow: false } => Some(entries),
            _ => None,
        });
        let nested = entries.flatten().filter(|entry| {
            let value = &self.record(entry.value).content;
            matches!(value, Content::Mapping { flow: false, .. })
        });
        let first = nested.min_by_key(|entry| entry.value);
        let step = first.and_then(|entry| {
            let outer = column_of(self.text(), self.entry_span(entry).start);
            let inner = column_of(self.text(), self.record(entry.value).body.start);
            inner.checked_sub(outer).filter(|step| *step > 0)
        });
        step.unwrap_or(2)
    }
}
