//! Parses YAML into nodes with spans.
//!
//! This is deliberately small: it only serves our own files, keeps no comments and expands no
//! aliases.

use std::collections::HashSet;

use saphyr_parser::{Event, Parser, ScalarStyle};

use crate::source::yaml::misplacing_directive;
use crate::source::{Span, SyntaxError, Text};

/// The deepest nesting that is accepted, so that walks may be recursive; our own files nest five
/// levels.
const MAX_DEPTH: usize = 64;

/// A value of a YAML text.
#[derive(Clone, Debug)]
pub struct Node {
    /// The span from its first to after its last character.
    pub span: Span,
    /// The content of the node.
    pub content: Content,
}

/// The content of a node.
#[derive(Clone, Debug)]
pub enum Content {
    /// A string, number, boolean or null.
    Scalar {
        /// The text without quotes, with escapes resolved.
        value: String,
        /// Whether it is unquoted, so that `1` is a number.
        plain: bool,
    },
    /// A list.
    Sequence(Vec<Node>),
    /// Keys and values in order; a key may occur twice.
    Mapping(Vec<(Node, Node)>),
    /// `*name`: a reference to a value elsewhere.
    Alias,
}

/// A step from a node to a part of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Into a mapping.
    Key(String),
    /// Into a list, zero-based.
    Index(usize),
}

impl From<&str> for Step {
    fn from(key: &str) -> Self {
        Self::Key(key.to_owned())
    }
}

impl From<usize> for Step {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

impl Node {
    /// Returns the text of a scalar.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.content {
            Content::Scalar { value, .. } => Some(value),
            _ => None,
        }
    }

    /// Returns the key and value of an entry of a mapping.
    #[must_use]
    pub fn entry(&self, name: &str) -> Option<(&Node, &Node)> {
        let Content::Mapping(entries) = &self.content else { return None };
        entries.iter().find(|(key, _)| key.as_str() == Some(name)).map(|(key, value)| (key, value))
    }

    /// Returns the items of a list.
    #[must_use]
    pub fn items(&self) -> Option<&[Node]> {
        match &self.content {
            Content::Sequence(items) => Some(items),
            _ => None,
        }
    }

    /// Returns the keys that a mapping has already, in the whole tree, in the order of the text. Deserializing into a
    /// map would keep the last value and drop the others without a word.
    #[must_use]
    pub fn repeated_keys(&self) -> Vec<&Self> {
        let mut repeated = Vec::new();
        self.collect_repeated_keys(&mut repeated);
        repeated
    }

    fn collect_repeated_keys<'n>(&'n self, repeated: &mut Vec<&'n Self>) {
        match &self.content {
            Content::Mapping(entries) => {
                let mut seen: HashSet<&str> = HashSet::new();
                for (key, value) in entries {
                    if key.as_str().is_some_and(|name| !seen.insert(name)) {
                        repeated.push(key);
                    }
                    key.collect_repeated_keys(repeated);
                    value.collect_repeated_keys(repeated);
                }
            }
            Content::Sequence(items) => {
                items.iter().for_each(|item| item.collect_repeated_keys(repeated));
            }
            Content::Scalar { .. } | Content::Alias => {}
        }
    }

    /// Returns the span of the value at `path`, or of the deepest existing part on the way.
    #[must_use]
    pub fn span_of(&self, path: &[Step]) -> Span {
        let mut node = self;
        for step in path {
            let next = match step {
                Step::Key(name) => node.entry(name).map(|(_, value)| value),
                Step::Index(index) => node.items().and_then(|items| items.get(*index)),
            };
            let Some(next) = next else { break };
            node = next;
        }
        node.span
    }

    /// Returns the entries of the mapping at `path`; empty if there is no such mapping.
    #[must_use]
    pub fn entries_of(&self, path: &[Step]) -> &[(Node, Node)] {
        let mut node = self;
        for step in path {
            let next = match step {
                Step::Key(name) => node.entry(name).map(|(_, value)| value),
                Step::Index(index) => node.items().and_then(|items| items.get(*index)),
            };
            let Some(next) = next else { return &[] };
            node = next;
        }
        match &node.content {
            Content::Mapping(entries) => entries,
            _ => &[],
        }
    }

    /// Returns the span of the key at the end of `path`, or of the deepest existing part on the
    /// way.
    #[must_use]
    pub fn key_span_of(&self, path: &[Step]) -> Span {
        let Some((Step::Key(name), parents)) = path.split_last() else {
            return self.span_of(path);
        };
        let mut node = self;
        for step in parents {
            let next = match step {
                Step::Key(name) => node.entry(name).map(|(_, value)| value),
                Step::Index(index) => node.items().and_then(|items| items.get(*index)),
            };
            let Some(next) = next else { return node.span };
            node = next;
        }
        node.entry(name).map_or(node.span, |(key, _)| key.span)
    }
}

/// A collection that has not ended yet.
struct Open {
    start: usize,
    mapping: bool,
    children: Vec<Node>,
}

/// Parses a text that contains one YAML document.
///
/// # Errors
/// When it is not valid YAML, contains no or more than one document, or nests more than 64 levels.
pub fn read(text: &Text) -> Result<Node, SyntaxError> {
    read_if_any(text)?.ok_or_else(|| SyntaxError::new(Span::at(0), "holds nothing"))
}

/// Parses a text that contains at most one YAML document; `None` if there is nothing but comments, which is valid YAML.
///
/// # Errors
/// As for [`read`], apart from a text without a document.
pub(super) fn read_if_any(text: &Text) -> Result<Option<Node>, SyntaxError> {
    let content = text.as_str();
    if let Some(directive) = misplacing_directive(content, 0) {
        let message = "a directive (`%…`) has no meaning here";
        return Err(SyntaxError::new(directive, message));
    }
    let offsets = CharOffsets::of(content);
    let mut open: Vec<Open> = Vec::new();
    let mut root: Option<Node> = None;
    for event in Parser::new_from_str(content) {
        let (event, span) = event.map_err(|error| {
            let at = offsets.byte(error.marker().index());
            SyntaxError::new(Span::at(at), error.info().to_owned())
        })?;
        let span = Span::new(offsets.byte(span.start.index()), offsets.byte(span.end.index()));
        if let Event::Scalar(_, _, _, Some(_))
        | Event::SequenceStart(_, Some(_))
        | Event::MappingStart(_, Some(_)) = event
        {
            let message = "a tag (`!…`) has no meaning here; quote text that begins with `!`";
            return Err(SyntaxError::new(span, message));
        }
        let node = match event {
            Event::SequenceStart(..) | Event::MappingStart(..) => {
                if open.len() == MAX_DEPTH {
                    return Err(SyntaxError::new(span, "nests too deeply"));
                }
                let mapping = matches!(event, Event::MappingStart(..));
                open.push(Open { start: span.start, mapping, children: Vec::new() });
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(closed) = open.pop() else { continue };
                close(closed, span)
            }
            Event::Scalar(value, style, ..) => {
                let plain = style == ScalarStyle::Plain;
                Node { span, content: Content::Scalar { value: value.into_owned(), plain } }
            }
            Event::Alias(_) => Node { span, content: Content::Alias },
            _ => continue,
        };
        match open.last_mut() {
            Some(parent) => parent.children.push(node),
            None if root.is_some() => {
                return Err(SyntaxError::new(node.span, "a second document begins here"));
            }
            None => root = Some(node),
        }
    }
    Ok(root)
}

/// Closes a collection. A flow collection ends at its bracket; a block collection after its last
/// child, since the parser only notices its end at the next token.
fn close(closed: Open, end: Span) -> Node {
    let last = closed.children.last().map_or(closed.start, |child| child.span.end);
    // The end of the bracket itself: the parser includes following blanks and a comment.
    let span = Span::new(closed.start, if end.is_empty() { last } else { end.start + 1 });
    let content = if closed.mapping {
        let mut entries = Vec::with_capacity(closed.children.len() / 2);
        let mut children = closed.children.into_iter();
        while let (Some(key), Some(value)) = (children.next(), children.next()) {
            entries.push((key, value));
        }
        Content::Mapping(entries)
    } else {
        Content::Sequence(closed.children)
    };
    Node { span, content }
}

/// Maps the parser's character offsets to byte offsets.
enum CharOffsets {
    /// The text is ASCII, so they are equal up to this length.
    Ascii(usize),
    /// The byte offset of each character, with the length of the text at the end.
    Table(Vec<usize>),
}

impl CharOffsets {
    fn of(content: &str) -> Self {
        if content.is_ascii() {
            return Self::Ascii(content.len());
        }
        let mut table: Vec<usize> = content.char_indices().map(|(byte, _)| byte).collect();
        table.push(content.len());
        Self::Table(table)
    }

    fn byte(&self, index: usize) -> usize {
        match self {
            Self::Ascii(length) => index.min(*length),
            Self::Table(table) => {
                table.get(index).or_else(|| table.last()).copied().unwrap_or_default()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slice<'a>(text: &'a Text, root: &Node, path: &[Step]) -> &'a str {
        text.slice(root.span_of(path))
    }

    #[test]
    fn spans_are_bytes_whatever_the_line_ends_and_characters() {
        let text = Text::new("é: à\r\nlist:\r\n  - ü: [x, \"ÿ\"]\r\n  - *a\r\n".trim_end());
        let text = Text::new(&text.as_str().replace("*a", "z"));
        let root = read(&text).expect("sound");
        assert_eq!(slice(&text, &root, &["é".into()]), "à");
        assert_eq!(slice(&text, &root, &["list".into(), 0.into(), "ü".into(), 1.into()]), "\"ÿ\"");
        assert_eq!(slice(&text, &root, &["list".into(), 0.into(), "ü".into()]), "[x, \"ÿ\"]");
        assert_eq!(slice(&text, &root, &["list".into(), 1.into()]), "z");
        assert_eq!(text.slice(root.key_span_of(&["list".into()])), "list");
    }

    #[test]
    fn collections_end_at_their_last_character() {
        for (content, wanted) in [
            ("k: [] # c\n", "[]"),
            ("k: {} # c\nx: 1", "{}"),
            ("k: [a,\n  b ] # c\n", "[a,\n  b ]"),
            ("k:\n  - a\n  - {b: c} # c\n\n# d\nx: 1", "- a\n  - {b: c}"),
            ("k:\n  a: 1\n  b:\n    - 2 # c\n", "a: 1\n  b:\n    - 2"),
            ("k:\n", ""),
            ("k: # c\nx: 1\n", ""),
        ] {
            let text = Text::new(content);
            let root = read(&text).expect("sound");
            assert_eq!(slice(&text, &root, &["k".into()]), wanted, "{content}");
        }
    }

    #[test]
    fn keys_given_twice_are_found_at_any_depth() {
        let text = Text::new("a: 1\nb: [{c: {d: 1, \"d\": 2}, c: 3}]\ne: {a: 1, c: 2}\na: 2\n");
        let root = read(&text).expect("sound");
        let repeated: Vec<_> =
            root.repeated_keys().iter().map(|key| text.slice(key.span)).collect();
        assert_eq!(repeated, ["\"d\"", "c", "a"]);
    }

    #[test]
    fn a_path_that_leads_nowhere_stops_at_the_last_part_that_exists() {
        let text = Text::new("a:\n  b: 1\n");
        let root = read(&text).expect("sound");
        assert_eq!(slice(&text, &root, &["a".into(), "c".into(), "d".into()]), "b: 1");
    }

    #[test]
    fn what_is_not_one_document_is_refused() {
        for (content, wanted) in [
            ("", "holds nothing"),
            ("# only words\n", "holds nothing"),
            ("a: 1\n---\nb: 2\n", "a second document begins here"),
            (&"[".repeat(200), "nests too deeply"),
            ("%é\n---\na: [b]\n", "a directive (`%…`) has no meaning here"),
            ("a: !x b\n", "a tag (`!…`) has no meaning here; quote text that begins with `!`"),
        ] {
            assert_eq!(read(&Text::new(content)).expect_err("refused").message, wanted);
        }
        assert!(read(&Text::new("a: [1\n")).is_err());
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
        #[test]
        fn no_text_makes_it_panic(content in "[-a:\\[\\]{}&*!|>'\"#%@, \\r\\n\\té]{0,60}") {
            let text = Text::new(&content);
            if let Ok(root) = read(&text) {
                proptest::prop_assert!(root.span.end <= text.as_str().len());
            }
        }
    }
}
