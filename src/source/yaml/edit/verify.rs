//! The verification of every edit: the edited text must have the old content plus the requested
//! change.

use super::super::{Content, Document, NodeId, Value};
use super::{EditRefused, json};
use crate::source::text::{Span, TextEdit};

/// The content of a document, in order, without style, positions and comments. Aliases stay
/// aliases.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tree {
    anchor: Option<String>,
    tag: Option<String>,
    content: Branch,
}

#[derive(Clone, Debug, PartialEq)]
enum Branch {
    /// The resolved value, in a form that distinguishes types.
    Scalar(String),
    Alias(String),
    Mapping(Vec<(Tree, Tree)>),
    Sequence(Vec<Tree>),
}

fn canonical(value: Value<'_>) -> String {
    format!("{value:?}")
}

impl Tree {
    pub(super) fn of(document: &Document) -> Self {
        Self::of_node(document, document.root().id())
    }

    /// Recurses no deeper than the document nests, which is at most `MAX_DEPTH`.
    pub(super) fn of_node(document: &Document, id: NodeId) -> Self {
        let record = document.record(id);
        let content = match &record.content {
            Content::Scalar { .. } => {
                Branch::Scalar(document.node(id).value().map(canonical).unwrap_or_default())
            }
            Content::Alias(_) => Branch::Alias(document.text().slice(record.span).to_owned()),
            Content::Mapping { entries, .. } => Branch::Mapping(
                entries
                    .iter()
                    .map(|entry| {
                        (Self::of_node(document, entry.key), Self::of_node(document, entry.value))
                    })
                    .collect(),
            ),
            Content::Sequence { items, .. } => Branch::Sequence(
                items.iter().map(|item| Self::of_node(document, item.node)).collect(),
            ),
        };
        let anchor = record.anchor.as_deref().map(str::to_owned);
        let tag = record.tag.as_deref().map(str::to_owned);
        Self { anchor, tag, content }
    }

    pub(super) fn string(text: &str) -> Self {
        let content = Branch::Scalar(canonical(Value::Str(text)));
        Self { anchor: None, tag: None, content }
    }

    pub(super) fn mapping(key: Self, value: Self) -> Self {
        Self { anchor: None, tag: None, content: Branch::Mapping(vec![(key, value)]) }
    }

    /// Returns the tree at a route of child indexes.
    pub(super) fn child(&mut self, route: &[usize]) -> Option<&mut Self> {
        let mut tree = self;
        for index in route {
            tree = match &mut tree.content {
                Branch::Mapping(entries) => &mut entries.get_mut(*index)?.1,
                Branch::Sequence(items) => items.get_mut(*index)?,
                Branch::Scalar(_) | Branch::Alias(_) => return None,
            };
        }
        Some(tree)
    }

    pub(super) fn set_value(&mut self, value: Value<'_>) {
        self.content = Branch::Scalar(canonical(value));
    }

    pub(super) fn remove_tag(&mut self) {
        self.tag = None;
    }

    /// Adds a child; a scalar (which the caller knows to be null) becomes a collection.
    pub(super) fn insert(&mut self, index: usize, key: Option<Self>, value: Self) {
        match (&mut self.content, key) {
            (Branch::Mapping(entries), Some(key)) => {
                entries.insert(index.min(entries.len()), (key, value));
            }
            (Branch::Sequence(items), None) => items.insert(index.min(items.len()), value),
            (content, Some(key)) => *content = Branch::Mapping(vec![(key, value)]),
            (content, None) => *content = Branch::Sequence(vec![value]),
        }
    }

    pub(super) fn remove(&mut self, index: usize) {
        match &mut self.content {
            Branch::Mapping(entries) if index < entries.len() => {
                entries.remove(index);
            }
            Branch::Sequence(items) if index < items.len() => {
                items.remove(index);
            }
            _ => {}
        }
    }

    pub(super) fn rename(&mut self, index: usize, key: &str) {
        if let Branch::Mapping(entries) = &mut self.content
            && let Some((old, _)) = entries.get_mut(index)
        {
            old.set_value(Value::Str(key));
        }
    }
}

/// Edits that have not been verified yet, and their expected result.
pub(super) struct Draft<'doc> {
    pub(super) document: &'doc Document,
    pub(super) span: Span,
    pub(super) edits: Vec<TextEdit>,
    pub(super) expected: Tree,
    pub(super) removed_comments: Vec<String>,
    pub(super) added_comments: Vec<String>,
}

impl<'doc> Draft<'doc> {
    /// Creates a draft; a refusal points at `span`.
    pub(super) fn new(document: &'doc Document, span: Span) -> Self {
        Self {
            document,
            span,
            edits: Vec::new(),
            expected: Tree::string(""),
            removed_comments: Vec::new(),
            added_comments: Vec::new(),
        }
    }

    pub(super) fn verified(self) -> super::Edits {
        let refuse = |message: &str| Err(EditRefused::new(self.span, message));
        let after = match edited(self.document, &self.edits) {
            Ok(after) => after,
            Err(refused) => return refuse(&refused.message),
        };
        if Tree::of(&after) != self.expected {
            return refuse("something else would change its value");
        }
        if after.further_documents().len() != self.document.further_documents().len() {
            return refuse("the number of documents would change");
        }
        let mut wanted = sorted_comments(self.document);
        for removed in &self.removed_comments {
            if let Ok(at) = wanted.binary_search(removed) {
                wanted.remove(at);
            }
        }
        wanted.extend(self.added_comments);
        wanted.sort();
        let kept = sorted_comments(&after);
        if kept != wanted {
            let span = lost_comment(self.document, &wanted, &kept).unwrap_or(self.span);
            return Err(EditRefused::new(span, "a comment would be lost"));
        }
        Ok(self.edits)
    }
}

/// Makes edits and reads the text again as what it was: in its dialect, and what was JSON as JSON, with comments only where
/// it had them. Whoever edits a document in steps takes each by this.
///
/// # Errors
/// When the edits overlap or are outside of the text, and when the result would be no such text.
pub fn edited(document: &Document, edits: &[TextEdit]) -> Result<Document, EditRefused> {
    let form = json::form(document)?;
    let Ok(text) = document.text().edited(edits) else {
        return Err(EditRefused::new(document.root().span(), "the edits overlap"));
    };
    let mut after = Document::parse(&text, document.dialect()).map_err(|error| {
        let language = document.dialect().language();
        EditRefused::new(error.span, format!("the result would not be {language}: {error}"))
    })?;
    if let Some(form) = form {
        if let Some(fault) = json::fault(&after, form) {
            let message = format!("the result would not be {fault}");
            return Err(EditRefused::new(document.root().span(), message));
        }
        after.stays_json = Some(form);
    }
    Ok(after)
}

/// Where a document has a comment that would be lost, by the sorted texts of those that should be there and those that are.
fn lost_comment(document: &Document, wanted: &[String], kept: &[String]) -> Option<Span> {
    let mut kept = kept.iter().peekable();
    let lost = wanted.iter().find(|text| {
        while kept.next_if(|it| *it < *text).is_some() {}
        kept.next_if(|it| *it == *text).is_none()
    })?;
    let mut spans = document.comments().iter().map(|comment| comment.span);
    spans.find(|span| document.text().slice(*span) == lost)
}

fn sorted_comments(document: &Document) -> Vec<String> {
    let mut comments = texts(document, Span::new(0, usize::MAX));
    comments.sort();
    comments
}

/// Returns the texts of the comments in a span.
pub(super) fn texts(document: &Document, within: Span) -> Vec<String> {
    let comments = document.comments().iter().filter(|comment| within.contains(comment.span));
    comments.map(|comment| document.text().slice(comment.span).to_owned()).collect()
}
