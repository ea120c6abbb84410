//! The text of a file, with lines and columns, and edits that leave every other byte alone.
//!
//! A [`Text`] is valid UTF-8 without its byte order mark. Spans are byte offsets into that string,
//! so parsers never see the mark, and edits restore it. What cannot be decoded is reported, not
//! guessed: a Latin-1 file is [`Undecodable::NotUtf8`] with the offset of its first bad byte.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// The most bytes of a document that is parsed; larger ones are reported as unchecked.
///
/// The largest hand-written file of a template is about 40 KB. A megabyte bounds the time and
/// memory that one hostile repository can take from a fleet-wide run.
pub const MAX_DOCUMENT_BYTES: usize = 1 << 20;

/// The most bytes of one of our own files, such as fleet.yaml; a fleet of 100,000 repositories
/// fits.
pub const MAX_OWN_BYTES: usize = 16 << 20;

/// A half-open range of byte offsets into a [`Text`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset after the last byte.
    pub end: usize,
}

impl Span {
    /// Creates a span; an end before the start makes it empty.
    #[must_use]
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end: end.max(start) }
    }

    /// Creates an empty span: a position between two bytes.
    #[must_use]
    pub fn at(offset: usize) -> Self {
        Self::new(offset, offset)
    }

    /// Returns the smallest span that contains both.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self::new(self.start.min(other.start), self.end.max(other.end))
    }

    /// Returns the span as a range.
    #[must_use]
    pub fn range(self) -> Range<usize> {
        self.start..self.end
    }

    /// Returns the length in bytes.
    #[must_use]
    pub fn len(self) -> usize {
        self.end - self.start
    }

    /// Whether the span is empty.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Whether `other` is inside this span.
    #[must_use]
    pub fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}

/// A position for display: both numbers are one-based, columns are in Unicode scalar values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The one-based line. `\n`, `\r\n` and a lone `\r` each end a line.
    pub line: u32,
    /// The one-based column, in Unicode scalar values.
    pub column: u32,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// Why bytes cannot be read as text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undecodable {
    /// Holds a NUL byte at this offset.
    #[error("is binary (a NUL byte at offset {0})")]
    Binary(usize),
    /// Not UTF-8 from this offset on.
    #[error("is not UTF-8 (line {line}, byte offset {offset})")]
    NotUtf8 {
        /// Offset of the first byte that is not UTF-8.
        offset: usize,
        /// The one-based line of that byte.
        line: u32,
    },
    /// Larger than the limit.
    #[error("has {length} bytes, more than the limit of {most}")]
    TooLarge {
        /// The size in bytes.
        length: usize,
        /// The limit in bytes.
        most: usize,
    },
}

/// The text of one file. Cheap to clone.
#[derive(Clone)]
pub struct Text {
    inner: Arc<Inner>,
}

struct Inner {
    content: Box<str>,
    byte_order_mark: bool,
    line_starts: OnceLock<Vec<usize>>,
    private_keys: OnceLock<Vec<Span>>,
    last_excerpt: super::excerpt::LastExcerpt,
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({} bytes)", self.inner.content.len())
    }
}

const BYTE_ORDER_MARK: &str = "\u{feff}";

impl Text {
    /// Decodes bytes as text.
    ///
    /// # Errors
    /// When they are more than [`MAX_DOCUMENT_BYTES`], contain a NUL or are not UTF-8.
    pub fn decode(bytes: &[u8]) -> Result<Self, Undecodable> {
        Self::decode_within(bytes, MAX_DOCUMENT_BYTES)
    }

    /// Decodes at most `most` bytes as text.
    ///
    /// # Errors
    /// When there are more, or they contain a NUL or are not UTF-8.
    pub fn decode_within(bytes: &[u8], most: usize) -> Result<Self, Undecodable> {
        if bytes.len() > most {
            return Err(Undecodable::TooLarge { length: bytes.len(), most });
        }
        if let Some(offset) = bytes.iter().position(|byte| *byte == 0) {
            return Err(Undecodable::Binary(offset));
        }
        match std::str::from_utf8(bytes) {
            Ok(content) => Ok(Self::new(content)),
            Err(error) => {
                let offset = error.valid_up_to();
                let newlines = bytes[..offset].iter().filter(|byte| **byte == b'\n').count();
                let line = u32::try_from(newlines).unwrap_or(u32::MAX - 1) + 1;
                Err(Undecodable::NotUtf8 { offset, line })
            }
        }
    }

    /// Creates a text from a string, stripping a leading byte order mark.
    #[must_use]
    pub fn new(content: &str) -> Self {
        let (byte_order_mark, content) = match content.strip_prefix(BYTE_ORDER_MARK) {
            Some(rest) => (true, rest),
            None => (false, content),
        };
        Self::marked(content, byte_order_mark)
    }

    fn marked(content: &str, byte_order_mark: bool) -> Self {
        let inner = Inner {
            content: content.into(),
            byte_order_mark,
            line_starts: OnceLock::new(),
            private_keys: OnceLock::new(),
            last_excerpt: super::excerpt::LastExcerpt::default(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Returns the text without its byte order mark. Spans are offsets into this.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.inner.content
    }

    /// Whether the file begins with a byte order mark.
    #[must_use]
    pub fn has_byte_order_mark(&self) -> bool {
        self.inner.byte_order_mark
    }

    /// Returns the bytes of the file, including any byte order mark.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mark = if self.inner.byte_order_mark { BYTE_ORDER_MARK } else { "" };
        [mark.as_bytes(), self.inner.content.as_bytes()].concat()
    }

    /// Returns the content of a span; bounds are clamped to the text and to character boundaries.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        let content = self.as_str();
        let start = floor_boundary(content, span.start);
        let end = floor_boundary(content, span.end).max(start);
        &content[start..end]
    }

    /// Returns the line and column of an offset, which is clamped to the end of the text.
    #[must_use]
    pub fn position(&self, offset: usize) -> Position {
        let content = self.as_str();
        let offset = floor_boundary(content, offset);
        let starts = self.line_starts();
        let line = starts.partition_point(|start| *start <= offset).saturating_sub(1);
        let column = content[starts[line]..offset].chars().count();
        Position { line: saturate(line + 1), column: saturate(column + 1) }
    }

    /// Returns the span of a line (one-based) without its line end; empty at the end of the text
    /// for a line that does not exist.
    #[must_use]
    pub fn line_span(&self, line: u32) -> Span {
        let content = self.as_str();
        let starts = self.line_starts();
        let index = (line as usize).saturating_sub(1);
        let Some(&start) = starts.get(index) else { return Span::at(content.len()) };
        let end = starts.get(index + 1).copied().unwrap_or(content.len());
        let body = content[start..end].trim_end_matches(['\n', '\r']);
        Span::new(start, start + body.len())
    }

    /// Widens a span to whole lines, including the line end of the last one.
    #[must_use]
    pub fn whole_lines(&self, span: Span) -> Span {
        let starts = self.line_starts();
        let first = starts.partition_point(|start| *start <= span.start).saturating_sub(1);
        let last_byte = if span.is_empty() { span.start } else { span.end - 1 };
        let next = starts.partition_point(|start| *start <= last_byte);
        let end = starts.get(next).copied().unwrap_or(self.as_str().len());
        Span::new(starts[first], end)
    }

    /// Returns the spans of private keys, which must never be shown. Computed once.
    #[must_use]
    pub fn private_keys(&self) -> &[Span] {
        self.inner.private_keys.get_or_init(|| super::secrets::private_keys(self.as_str()))
    }

    pub(super) fn last_excerpt(&self) -> &super::excerpt::LastExcerpt {
        &self.inner.last_excerpt
    }

    /// Returns the number of lines: one more than there are line ends.
    #[must_use]
    pub fn line_count(&self) -> u32 {
        saturate(self.line_starts().len())
    }

    /// Returns the line end of this text: that of its first line, or `\n` if it has none.
    #[must_use]
    pub fn line_end(&self) -> &'static str {
        let content = self.as_str();
        match content.find(['\n', '\r']) {
            Some(at) if content[at..].starts_with("\r\n") => "\r\n",
            Some(at) if content[at..].starts_with('\r') => "\r",
            _ => "\n",
        }
    }

    /// Applies edits, which may be in any order.
    ///
    /// # Errors
    /// When two overlap, or one is outside the text or inside a character; returns the offending
    /// edit.
    pub fn edited(&self, edits: &[TextEdit]) -> Result<Self, TextEdit> {
        let content = self.as_str();
        let mut ordered: Vec<&TextEdit> = edits.iter().collect();
        ordered.sort_by_key(|edit| (edit.span.start, edit.span.end));
        let mut output = String::with_capacity(content.len() + 64);
        let mut done = 0;
        for edit in ordered {
            let Span { start, end } = edit.span;
            let sound = start >= done
                && end <= content.len()
                && content.is_char_boundary(start)
                && content.is_char_boundary(end);
            if !sound {
                return Err(edit.clone());
            }
            output.push_str(&content[done..start]);
            output.push_str(&edit.replacement);
            done = end;
        }
        output.push_str(&content[done..]);
        // After the file's own mark, a second one is content.
        match self.inner.byte_order_mark {
            true => Ok(Self::marked(&output, true)),
            false => Ok(Self::new(&output)),
        }
    }

    fn line_starts(&self) -> &[usize] {
        self.inner.line_starts.get_or_init(|| {
            let bytes = self.inner.content.as_bytes();
            let mut starts = vec![0];
            for (index, byte) in bytes.iter().enumerate() {
                let lone_return = *byte == b'\r' && bytes.get(index + 1) != Some(&b'\n');
                if *byte == b'\n' || lone_return {
                    starts.push(index + 1);
                }
            }
            starts
        })
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str() && self.has_byte_order_mark() == other.has_byte_order_mark()
    }
}

impl Eq for Text {}

/// A replacement in a text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TextEdit {
    /// The span to replace; empty for an insertion.
    pub span: Span,
    /// The new content.
    pub replacement: String,
}

impl TextEdit {
    /// Creates an edit that replaces a span.
    #[must_use]
    pub fn replace(span: Span, replacement: impl Into<String>) -> Self {
        Self { span, replacement: replacement.into() }
    }

    /// Creates an edit that inserts at an offset.
    #[must_use]
    pub fn insert(offset: usize, replacement: impl Into<String>) -> Self {
        Self::replace(Span::at(offset), replacement)
    }

    /// Creates an edit that removes a span.
    #[must_use]
    pub fn remove(span: Span) -> Self {
        Self::replace(span, "")
    }
}

/// A text that is not valid in the format it is parsed as.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SyntaxError {
    /// The position of the error.
    pub span: Span,
    /// What is wrong, one line, without a path or a position.
    pub message: String,
}

impl SyntaxError {
    /// Creates an error at a span.
    #[must_use]
    pub fn new(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into() }
    }
}

fn floor_boundary(content: &str, offset: usize) -> usize {
    let mut offset = offset.min(content.len());
    while !content.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

fn saturate(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
