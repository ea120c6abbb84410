//! Builds an arena of nodes with byte spans from the parser's events.

use std::collections::{HashMap, HashSet};

use saphyr_parser::{Event, Parser, ScalarStyle, Span as Marks, Tag};

use super::comments::Comment;
use super::gap::{Gap, Offsets, misplacing_directive};
use super::lenient::{Blanks, Parsed};
use super::{
    Content, Dialect, Document, DuplicateKey, Entry, Item, MAX_DEPTH, NodeId, Record, Style,
    surrogates,
};
use crate::source::json::Reading;
use crate::source::text::{Span, SyntaxError, Text};

pub(super) fn build(text: &Text, dialect: Dialect) -> Result<Document, SyntaxError> {
    // A `//` comment would be part of the next key in YAML.
    let json = Reading::of(text.as_str());
    let content = json.as_ref().map(|json| json.without_comments(text.as_str()));
    let content = content.as_deref().unwrap_or(text.as_str());
    let mut parsed = Parsed::of(content);
    loop {
        match read(content, &parsed) {
            Ok(builder) => return Ok(builder.finish(text, dialect, json.as_ref())),
            Err(error) if !parsed.mend(dialect, &error) => return Err(error),
            Err(_) => {}
        }
    }
}

/// Reads a text, from what the parser is given in its place.
fn read<'text>(text: &'text str, parsed: &Parsed<'_>) -> Result<Builder<'text>, SyntaxError> {
    let mut builder = Builder::new(text, parsed.blanks());
    for event in Parser::new_from_str(parsed.text()) {
        match event {
            Ok((event, marks)) => builder.take(event, marks)?,
            Err(error) => {
                let start = builder.byte(error.marker().index());
                return Err(SyntaxError::new(character_at(text, start), error.info()));
            }
        }
    }
    Ok(builder)
}

/// Returns the span of one character, so that a caret has something to point at.
fn character_at(content: &str, offset: usize) -> Span {
    let length =
        content.get(offset..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    Span::new(offset, offset + length)
}

/// A collection that has not ended yet.
struct Open {
    id: NodeId,
    /// Key, question mark and colon of the entry whose value comes next.
    key: Option<(NodeId, Option<usize>)>,
}

/// What is known about a node before it is read.
#[derive(Clone, Copy, Default)]
struct Place {
    question: Option<usize>,
    colon: Option<usize>,
    dash: Option<usize>,
    is_value: bool,
    /// The offset of the node if it is empty.
    empty: usize,
}

struct Builder<'text> {
    content: &'text str,
    offsets: Offsets,
    /// What was parsed in excess of the content.
    blanks: Blanks,
    gap: Gap<'text>,
    nodes: Vec<Record>,
    open: Vec<Open>,
    anchors: HashMap<usize, NodeId>,
    anchor_names: HashSet<Box<str>>,
    anchors_redefined: bool,
    duplicate_keys: Vec<DuplicateKey>,
    documents: Vec<(Span, Option<NodeId>)>,
}

impl<'text> Builder<'text> {
    fn new(content: &'text str, blanks: Blanks) -> Self {
        Self {
            content,
            offsets: Offsets::of(content),
            blanks,
            gap: Gap::new(content),
            nodes: Vec::with_capacity(content.len() / 16),
            open: Vec::new(),
            anchors: HashMap::new(),
            anchor_names: HashSet::new(),
            anchors_redefined: false,
            duplicate_keys: Vec::new(),
            documents: Vec::new(),
        }
    }

    fn byte(&self, index: usize) -> usize {
        self.offsets.byte(self.content, self.blanks.without(index))
    }

    fn span(&self, marks: Marks) -> Span {
        Span::new(self.byte(marks.start.index()), self.byte(marks.end.index()))
    }

    fn take(&mut self, event: Event<'_>, marks: Marks) -> Result<(), SyntaxError> {
        match event {
            Event::Nothing | Event::StreamStart => {}
            Event::StreamEnd => self.gap.walk(self.content.len()),
            Event::DocumentStart(explicit) => {
                if let Some(directive) = misplacing_directive(self.content, self.gap.at()) {
                    let message = "a directive contains characters outside ASCII";
                    return Err(SyntaxError::new(directive, message));
                }
                let span = self.span(marks);
                if explicit {
                    self.gap.walk(span.end);
                }
                let marker = if explicit {
                    Span::new(span.start, span.start + 3)
                } else {
                    Span::at(span.start)
                };
                self.documents.push((marker, None));
            }
            Event::DocumentEnd => {
                let span = self.span(marks);
                self.gap.walk(span.start);
            }
            Event::Alias(anchor) => {
                let place = self.place();
                let span = self.span(marks);
                self.gap.walk(span.start);
                self.gap.jump(span.end);
                let Some(&target) = self.anchors.get(&anchor) else {
                    return Err(SyntaxError::new(span, "refers to an anchor that does not exist"));
                };
                self.add(Content::Alias(target), span, span, None, &place);
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.take_scalar(text.as_ref(), style, anchor, tag.as_deref(), marks)?;
            }
            Event::SequenceStart(anchor, tag) => {
                self.take_start(false, anchor, tag.as_deref(), marks)?;
            }
            Event::MappingStart(anchor, tag) => {
                self.take_start(true, anchor, tag.as_deref(), marks)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.take_end(marks),
        }
        Ok(())
    }

    /// Consumes the indicators before the next node.
    fn place(&mut self) -> Place {
        let mut place = Place { empty: self.gap.at(), ..Place::default() };
        let Some(open) = self.open.last() else { return place };
        let id = open.id;
        let has_key = open.key.is_some();
        let Some(record) = self.nodes.get(id.0) else { return place };
        match record.content {
            Content::Mapping { .. } if has_key => {
                place.is_value = true;
                place.colon = self.gap.take(b':');
                place.empty = place.colon.map_or(place.empty, |colon| colon + 1);
            }
            Content::Mapping { flow, .. } => {
                if flow {
                    self.gap.take(b',');
                }
                place.question = self.gap.take(b'?');
                self.gap.skip_blanks();
                place.empty = place.question.map_or(self.gap.at(), |question| question + 1);
            }
            Content::Sequence { flow: false, .. } => {
                place.dash = self.gap.take(b'-');
                place.empty = place.dash.map_or(place.empty, |dash| dash + 1);
            }
            Content::Sequence { flow: true, .. } => {
                self.gap.take(b',');
            }
            Content::Scalar { .. } | Content::Alias(_) => {}
        }
        place
    }

    fn take_scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
        marks: Marks,
    ) -> Result<(), SyntaxError> {
        let place = self.place();
        let parsed = self.span(marks);
        let has_properties = anchor > 0 || tag.is_some();
        let mut span = parsed;
        let mut name = None;
        if has_properties {
            self.gap.walk(parsed.start);
            name = self.gap.take_properties().anchor;
        }
        let empty = text.is_empty() && style == ScalarStyle::Plain;
        let body = match style {
            ScalarStyle::Literal | ScalarStyle::Folded => self.gap.take_block_scalar(parsed.end),
            _ if empty && has_properties => Span::at(self.gap.at()),
            _ if empty => Span::at(place.empty),
            _ => {
                self.gap.skip_blanks();
                let start = if has_properties { self.gap.at() } else { parsed.start };
                self.gap.walk(start);
                let end = super::gap::quoted_end(self.content, start).unwrap_or(parsed.end);
                self.gap.jump(end);
                Span::new(start, end)
            }
        };
        span = if has_properties { Span::new(span.start, body.end) } else { body };
        let text = match style {
            ScalarStyle::DoubleQuoted => surrogates::decoded(self.content, body, text)?,
            _ => text.into(),
        };
        let content = Content::Scalar { text: text.into(), style: style_of(style) };
        let id = self.add(content, span, body, tag.map(written_tag), &place);
        self.register(id, anchor, name);
        Ok(())
    }

    fn take_start(
        &mut self,
        mapping: bool,
        anchor: usize,
        tag: Option<&Tag>,
        marks: Marks,
    ) -> Result<(), SyntaxError> {
        let parsed = self.span(marks);
        if self.open.len() >= MAX_DEPTH {
            let message = format!("nests deeper than {MAX_DEPTH} levels");
            return Err(SyntaxError::new(character_at(self.content, parsed.start), message));
        }
        let place = self.place();
        let has_properties = anchor > 0 || tag.is_some();
        let mut name = None;
        if has_properties {
            self.gap.walk(parsed.start);
            name = self.gap.take_properties().anchor;
        }
        if has_properties {
            self.gap.skip_blanks();
        }
        let opening = if has_properties { self.gap.at() } else { parsed.start };
        let bracket = if mapping { b'{' } else { b'[' };
        // A block mapping may also begin with `{`, namely that of its first key; its event is empty
        // then.
        let flow = opening < parsed.end && self.content.as_bytes().get(opening) == Some(&bracket);
        let body = if flow {
            self.gap.walk(opening);
            self.gap.jump(opening + 1);
            Span::new(opening, opening + 1)
        } else {
            // A block collection has no text of its own: it begins at its first child.
            Span::at(parsed.end)
        };
        let span = if has_properties { Span::new(parsed.start, body.end) } else { body };
        let content = if mapping {
            Content::Mapping { entries: Vec::new(), flow }
        } else {
            Content::Sequence { items: Vec::new(), flow }
        };
        let id = self.add(content, span, body, tag.map(written_tag), &place);
        self.register(id, anchor, name);
        self.open.push(Open { id, key: None });
        Ok(())
    }

    fn take_end(&mut self, marks: Marks) {
        let parsed = self.span(marks);
        let Some(Open { id, .. }) = self.open.pop() else { return };
        let Some(record) = self.nodes.get(id.0) else { return };
        let bounds = match &record.content {
            Content::Mapping { flow: true, .. } | Content::Sequence { flow: true, .. } => {
                // The event ends after the blanks and the comment that follow the bracket. That of a mapping begins at the
                // comma before the bracket, if there is one.
                let mut bracket = parsed.start;
                if self.content.as_bytes().get(bracket) == Some(&b',') {
                    self.gap.take(b',');
                    self.gap.skip_blanks();
                    bracket = bracket.max(self.gap.at());
                }
                let end = (bracket + 1).min(self.content.len());
                self.gap.walk(end);
                Some((record.body.start, end))
            }
            Content::Mapping { entries, .. } => self.entries_bounds(entries),
            Content::Sequence { items, .. } => self.items_bounds(items),
            Content::Scalar { .. } | Content::Alias(_) => None,
        };
        let Some((start, end)) = bounds else { return };
        if let Some(record) = self.nodes.get_mut(id.0) {
            let has_properties = record.span.start < record.body.start;
            record.body = Span::new(start, end);
            let first = if has_properties { record.span.start } else { start };
            record.span = Span::new(first, end);
        }
        self.find_duplicates(id);
    }

    fn entries_bounds(&self, entries: &[Entry]) -> Option<(usize, usize)> {
        let (first, last) = (entries.first()?, entries.last()?);
        let start = first.question.unwrap_or(self.nodes.get(first.key.0)?.span.start);
        Some((start, self.nodes.get(last.value.0)?.span.end))
    }

    fn items_bounds(&self, items: &[Item]) -> Option<(usize, usize)> {
        let (first, last) = (items.first()?, items.last()?);
        let start = first.dash.unwrap_or(self.nodes.get(first.node.0)?.span.start);
        Some((start, self.nodes.get(last.node.0)?.span.end))
    }

    fn add(
        &mut self,
        content: Content,
        span: Span,
        body: Span,
        tag: Option<Box<str>>,
        place: &Place,
    ) -> NodeId {
        let id = NodeId(self.nodes.len());
        let parent = self.open.last().map(|open| open.id);
        self.nodes.push(Record { content, span, body, tag, anchor: None, parent });
        let Some(open) = self.open.last_mut() else {
            if let Some((_, root @ None)) = self.documents.last_mut() {
                *root = Some(id);
            }
            return id;
        };
        let Some(record) = self.nodes.get_mut(open.id.0) else { return id };
        match &mut record.content {
            Content::Mapping { entries, .. } => match open.key.take() {
                Some((key, question)) if place.is_value => {
                    entries.push(Entry { key, value: id, colon: place.colon, question });
                }
                _ => open.key = Some((id, place.question)),
            },
            Content::Sequence { items, .. } => items.push(Item { node: id, dash: place.dash }),
            Content::Scalar { .. } | Content::Alias(_) => {}
        }
        id
    }

    fn register(&mut self, id: NodeId, anchor: usize, name: Option<Box<str>>) {
        if anchor > 0 {
            self.anchors.insert(anchor, id);
        }
        let Some(name) = name else { return };
        self.anchors_redefined |= !self.anchor_names.insert(name.clone());
        if let Some(record) = self.nodes.get_mut(id.0) {
            record.anchor = Some(name);
        }
    }

    fn find_duplicates(&mut self, id: NodeId) {
        let Some(Record { content: Content::Mapping { entries, .. }, .. }) = self.nodes.get(id.0)
        else {
            return;
        };
        if entries.len() < 2 || self.documents.len() > 1 {
            return;
        }
        let mut seen: HashMap<(&str, bool, Option<&str>), Span> =
            HashMap::with_capacity(entries.len());
        for entry in entries {
            let Some(key) = self.nodes.get(entry.key.0) else { continue };
            let Content::Scalar { text, style } = &key.content else { continue };
            let plain = *style == Style::Plain;
            // A second merge key merges more; it does not replace the first.
            if plain && &**text == "<<" {
                continue;
            }
            // `1` and `"1"` are different keys; `a` and `"a"` are the same.
            let is_text = !plain || super::scalar::is_text_everywhere(text);
            let identity = (&**text, is_text, key.tag.as_deref());
            match seen.get(&identity) {
                Some(&first) => {
                    self.duplicate_keys.push(DuplicateKey { first, second: key.span });
                }
                None => {
                    seen.insert(identity, key.span);
                }
            }
        }
    }

    fn finish(mut self, text: &Text, dialect: Dialect, json: Option<&Reading>) -> Document {
        self.gap.walk(self.content.len());
        self.duplicate_keys.sort_by_key(|duplicate| duplicate.second);
        let first = self.documents.first().and_then(|(_, root)| *root);
        let root = first.unwrap_or_else(|| {
            let nothing = Content::Scalar { text: "".into(), style: Style::Plain };
            let end = Span::at(self.content.len());
            self.add(nothing, end, end, None, &Place::default())
        });
        let of_json = json.into_iter().flat_map(|json| &json.comments);
        let mut comments = self.gap.into_comments();
        comments.extend(of_json.map(|span| Comment::at(text.as_str(), *span)));
        Document {
            text: text.clone(),
            dialect,
            json: json.map(|json| json.form),
            stays_json: None,
            nodes: self.nodes,
            root,
            comments,
            duplicate_keys: self.duplicate_keys,
            further_documents: self.documents.iter().skip(1).map(|(span, _)| *span).collect(),
            further_roots: self.documents.iter().skip(1).filter_map(|(_, root)| *root).collect(),
            anchors_redefined: self.anchors_redefined,
        }
    }
}

fn written_tag(tag: &Tag) -> Box<str> {
    format!("{}{}", tag.handle, tag.suffix).into()
}

fn style_of(style: ScalarStyle) -> Style {
    match style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted => Style::SingleQuoted,
        ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
        ScalarStyle::Literal => Style::Literal,
        ScalarStyle::Folded => Style::Folded,
    }
}
