//! The text of one file, with lines and columns, and edits that leave every other byte alone.
//!
//! A [`Text`] is valid UTF-8 without its byte order mark; spans are byte offsets into that string,
//! so parsers never meet the mark and edits put it back. What cannot be decoded is described, not
//! guessed: a Latin-1 file is [`Undecodable::NotUtf8`] with the offset of its first bad byte.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// Documents larger than this are not parsed: they are reported as unchecked.
///
/// A template's largest hand-written file is some 40 KB; a megabyte bounds the time and memory that
/// one hostile repository can take from a fleet-wide run.
pub const MAX_DOCUMENT_BYTES: usize = 1 << 20;

/// Bytes of a file of our own, such as fleet.yaml, above which it is not read: a fleet of 100,000 repositories fits.
pub const MAX_OWN_BYTES: usize = 16 << 20;

/// A half-open range of byte offsets into a [`Text`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset behind the last byte.
    pub end: usize,
}

impl Span {
    /// A span of the given bounds; an end before the start counts as empty.
    #[must_use]
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end: end.max(start) }
    }

    /// An empty span: a place between two bytes.
    #[must_use]
    pub fn at(offset: usize) -> Self {
        Self::new(offset, offset)
    }

    /// The smallest span that holds both.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self::new(self.start.min(other.start), self.end.max(other.end))
    }

    /// The span as a range.
    #[must_use]
    pub fn range(self) -> Range<usize> {
        self.start..self.end
    }

    /// Length in bytes.
    #[must_use]
    pub fn len(self) -> usize {
        self.end - self.start
    }

    /// Whether it holds no byte.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Whether `other` lies within.
    #[must_use]
    pub fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}

/// A place as a person reads it: both numbers count from 1, columns in Unicode scalar values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Line, from 1. `\n`, `\r\n` and a lone `\r` each end one.
    pub line: u32,
    /// Column, from 1, in Unicode scalar values.
    pub column: u32,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// Why bytes are not a text that can be judged.
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
        /// Line of that byte, from 1.
        line: u32,
    },
    /// Larger than what is read.
    #[error("has {length} bytes, more than the {most} that are read")]
    TooLarge {
        /// Bytes that it has.
        length: usize,
        /// Bytes that are read.
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
    /// Reads bytes as a text.
    ///
    /// # Errors
    /// When they are more than [`MAX_DOCUMENT_BYTES`], hold a NUL or are not UTF-8.
    pub fn decode(bytes: &[u8]) -> Result<Self, Undecodable> {
        Self::decode_within(bytes, MAX_DOCUMENT_BYTES)
    }

    /// Reads at most so many bytes as a text.
    ///
    /// # Errors
    /// When they are more, hold a NUL or are not UTF-8.
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

    /// A text of a string; a byte order mark at its start is set aside.
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

    /// The text without its byte order mark. Spans are offsets into this.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.inner.content
    }

    /// Whether the file begins with a byte order mark.
    #[must_use]
    pub fn has_byte_order_mark(&self) -> bool {
        self.inner.byte_order_mark
    }

    /// The bytes of the file, byte order mark included.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mark = if self.inner.byte_order_mark { BYTE_ORDER_MARK } else { "" };
        [mark.as_bytes(), self.inner.content.as_bytes()].concat()
    }

    /// What stands in a span; bounds are clamped to the text and to character boundaries.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        let content = self.as_str();
        let start = floor_boundary(content, span.start);
        let end = floor_boundary(content, span.end).max(start);
        &content[start..end]
    }

    /// Line and column of an offset; an offset behind the end counts as the end.
    #[must_use]
    pub fn position(&self, offset: usize) -> Position {
        let content = self.as_str();
        let offset = floor_boundary(content, offset);
        let starts = self.line_starts();
        let line = starts.partition_point(|start| *start <= offset).saturating_sub(1);
        let column = content[starts[line]..offset].chars().count();
        Position { line: saturate(line + 1), column: saturate(column + 1) }
    }

    /// Span of a line (counted from 1) without its end; empty at the end of the text for a line
    /// that does not exist.
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

    /// The span widened to whole lines, the last line's end included.
    #[must_use]
    pub fn whole_lines(&self, span: Span) -> Span {
        let starts = self.line_starts();
        let first = starts.partition_point(|start| *start <= span.start).saturating_sub(1);
        let last_byte = if span.is_empty() { span.start } else { span.end - 1 };
        let next = starts.partition_point(|start| *start <= last_byte);
        let end = starts.get(next).copied().unwrap_or(self.as_str().len());
        Span::new(starts[first], end)
    }

    /// Parts that hold private keys, which nothing may show; looked for once.
    #[must_use]
    pub fn private_keys(&self) -> &[Span] {
        self.inner.private_keys.get_or_init(|| super::secrets::private_keys(self.as_str()))
    }

    pub(super) fn last_excerpt(&self) -> &super::excerpt::LastExcerpt {
        &self.inner.last_excerpt
    }

    /// How many lines there are: one more than there are line ends.
    #[must_use]
    pub fn line_count(&self) -> u32 {
        saturate(self.line_starts().len())
    }

    /// The line end that this text uses: that of its first line, `\n` when it has none.
    #[must_use]
    pub fn line_end(&self) -> &'static str {
        let content = self.as_str();
        match content.find(['\n', '\r']) {
            Some(at) if content[at..].starts_with("\r\n") => "\r\n",
            Some(at) if content[at..].starts_with('\r') => "\r",
            _ => "\n",
        }
    }

    /// The text with edits applied. Edits may come in any order.
    ///
    /// # Errors
    /// When two overlap, or one lies outside the text or inside a character; the text is then as
    /// it was and the edit at fault is returned.
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
        // Behind the file's mark a second one is text.
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

/// One replacement in a text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TextEdit {
    /// What is replaced; empty for an insertion.
    pub span: Span,
    /// What stands there afterwards.
    pub replacement: String,
}

impl TextEdit {
    /// Replaces a span.
    #[must_use]
    pub fn replace(span: Span, replacement: impl Into<String>) -> Self {
        Self { span, replacement: replacement.into() }
    }

    /// Inserts at an offset.
    #[must_use]
    pub fn insert(offset: usize, replacement: impl Into<String>) -> Self {
        Self::replace(Span::at(offset), replacement)
    }

    /// Removes a span.
    #[must_use]
    pub fn remove(span: Span) -> Self {
        Self::replace(span, "")
    }
}

/// A text is not a document of its kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SyntaxError {
    /// Where it went wrong.
    pub span: Span,
    /// What is wrong, one line, without a path or a position.
    pub message: String,
}

impl SyntaxError {
    /// An error at a span.
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
