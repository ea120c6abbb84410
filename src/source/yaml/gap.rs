//! Whatever is between two nodes: blanks, comments, indicators, anchors and tags.
//!
//! The underlying parser reports neither comments nor indicators, counts characters, and starts a
//! block scalar at its first line instead of its `|`. This walks the bytes between its events,
//! where every `#` after a blank is a comment and every `-` an item.

use super::comments::Comment;
use crate::source::text::Span;

/// Byte offsets of characters.
#[derive(Debug)]
pub(super) struct Offsets {
    length: usize,
    /// The offset of every eighth character; `None` if the text is ASCII.
    marks: Option<Vec<usize>>,
}

const STRIDE: usize = 8;

impl Offsets {
    pub(super) fn of(content: &str) -> Self {
        let marks = (!content.is_ascii())
            .then(|| content.char_indices().step_by(STRIDE).map(|(offset, _)| offset).collect());
        Self { length: content.len(), marks }
    }

    /// Returns the byte offset of the character with this index; the end if it is out of range.
    pub(super) fn byte(&self, content: &str, index: usize) -> usize {
        let Some(marks) = &self.marks else { return index.min(self.length) };
        let Some(&mark) = marks.get(index / STRIDE) else { return self.length };
        let rest = content.get(mark..).unwrap_or_default();
        rest.char_indices().nth(index % STRIDE).map_or(self.length, |(offset, _)| mark + offset)
    }
}

/// A position in the text that only moves forward and collects the comments it passes.
#[derive(Debug)]
pub(super) struct Gap<'text> {
    content: &'text str,
    at: usize,
    comments: Vec<Comment>,
}

/// The anchor and tag before a node.
#[derive(Debug, Default)]
pub(super) struct Properties {
    pub(super) anchor: Option<Box<str>>,
}

impl<'text> Gap<'text> {
    pub(super) fn new(content: &'text str) -> Self {
        Self { content, at: 0, comments: Vec::new() }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn into_comments(self) -> Vec<Comment> {
        self.comments
    }

    fn byte(&self, offset: usize) -> Option<u8> {
        self.content.as_bytes().get(offset).copied()
    }

    /// Skips text that cannot contain comments: that of a node.
    pub(super) fn jump(&mut self, to: usize) {
        self.at = self.at.max(to.min(self.content.len()));
    }

    /// Skips blanks, line ends and comments.
    pub(super) fn skip_blanks(&mut self) {
        while let Some(byte) = self.byte(self.at) {
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' => self.at += 1,
                b'#' if self.starts_comment() => self.take_comment(),
                _ => break,
            }
        }
    }

    /// Advances to an offset, collecting comments on the way.
    pub(super) fn walk(&mut self, to: usize) {
        while self.at < to {
            match self.byte(self.at) {
                None => break,
                Some(b'#') if self.starts_comment() => self.take_comment(),
                Some(_) => self.at += 1,
            }
        }
    }

    fn starts_comment(&self) -> bool {
        let before = self.at.checked_sub(1).and_then(|offset| self.byte(offset));
        matches!(before, None | Some(b' ' | b'\t' | b'\n' | b'\r'))
    }

    fn take_comment(&mut self) {
        let rest = self.content.get(self.at..).unwrap_or_default();
        let length = rest.find(['\n', '\r']).unwrap_or(rest.len());
        let span = Span::new(self.at, self.at + length);
        self.comments.push(Comment::at(self.content, span));
        self.at += length;
    }

    /// Consumes an indicator if it comes next; `-` and `?` only if a blank follows, since they
    /// could otherwise begin a plain scalar.
    pub(super) fn take(&mut self, indicator: u8) -> Option<usize> {
        self.skip_blanks();
        if self.byte(self.at) != Some(indicator) {
            return None;
        }
        let next = self.byte(self.at + 1);
        let alone = matches!(next, None | Some(b' ' | b'\t' | b'\n' | b'\r'));
        if matches!(indicator, b'-' | b'?') && !alone {
            return None;
        }
        self.at += 1;
        Some(self.at - 1)
    }

    /// Consumes the anchor and the tag that come next, and stops right after them.
    pub(super) fn take_properties(&mut self) -> Properties {
        let mut properties = Properties::default();
        let mut end = self.at;
        for _ in 0..2 {
            self.skip_blanks();
            let Some(sigil @ (b'&' | b'!')) = self.byte(self.at) else { break };
            let start = self.at;
            let rest = self.content.get(start..).unwrap_or_default();
            let length = if rest.starts_with("!<") {
                rest.find('>').map_or(rest.len(), |found| found + 1)
            } else {
                rest.find([' ', '\t', '\n', '\r', ',', '[', ']', '{', '}']).unwrap_or(rest.len())
            };
            if sigil == b'&' {
                properties.anchor = rest.get(1..length).map(Into::into);
            }
            self.at = start + length;
            end = self.at;
        }
        // Rewind: comments on the way to something else are collected by the next step.
        while self.comments.last().is_some_and(|comment| comment.span.start >= end) {
            self.comments.pop();
        }
        self.at = end;
        properties
    }

    /// Consumes a block scalar from its header up to the end that the parser found.
    ///
    /// The span ends with the last line that has content; if the header has a `+`, blank lines are
    /// content too.
    pub(super) fn take_block_scalar(&mut self, parsed_end: usize) -> Span {
        self.skip_blanks();
        while matches!(self.byte(self.at), Some(byte) if !matches!(byte, b'|' | b'>')) {
            self.at += 1;
            self.skip_blanks();
        }
        let start = self.at;
        while matches!(self.byte(self.at), Some(b'|' | b'>' | b'+' | b'-' | b'0'..=b'9')) {
            self.at += 1;
        }
        let header_end = self.at;
        let header = self.content.get(start..header_end).unwrap_or_default();
        let keeps = header.contains('+');
        while matches!(self.byte(self.at), Some(b' ' | b'\t')) {
            self.at += 1;
        }
        if self.byte(self.at) == Some(b'#') {
            self.take_comment();
        }
        // The header's comment is excluded if nothing follows it.
        let lines_start = self.at;
        let mut end = parsed_end.max(lines_start);
        let line = line_start(self.content, end);
        let tail = self.content.get(line..end).unwrap_or_default();
        if line >= lines_start && tail.bytes().all(|byte| byte == b' ') {
            end = line;
        }
        self.jump(end);
        let lines = self.content.get(lines_start..end).unwrap_or_default();
        let kept = if keeps {
            lines.strip_suffix("\r\n").or_else(|| lines.strip_suffix(['\n', '\r'])).unwrap_or(lines)
        } else {
            trim_blank_lines(lines)
        };
        let end = if kept.is_empty() { header_end } else { lines_start + kept.len() };
        Span::new(start, end)
    }
}

/// Strips the blank lines at the end, but not the trailing blanks of the last line.
fn trim_blank_lines(lines: &str) -> &str {
    let filled = lines.trim_end_matches([' ', '\t', '\n', '\r']);
    let rest = lines.get(filled.len()..).unwrap_or_default();
    if filled.is_empty() {
        return filled;
    }
    let tail = rest.find(['\n', '\r']).unwrap_or(rest.len());
    lines.get(..filled.len() + tail).unwrap_or(filled)
}

/// Returns the offset after the closing quote of the scalar at an offset; `None` for a plain
/// scalar.
///
/// The underlying parser includes a comment after the quote in the scalar.
pub(super) fn quoted_end(content: &str, start: usize) -> Option<usize> {
    let bytes = content.as_bytes();
    let quote = *bytes.get(start)?;
    if !matches!(quote, b'"' | b'\'') {
        return None;
    }
    let mut at = start + 1;
    loop {
        match *bytes.get(at)? {
            b'\\' if quote == b'"' => at += 2,
            byte if byte == quote => {
                let doubled = quote == b'\'' && bytes.get(at + 1) == Some(&quote);
                if !doubled {
                    return Some(at + 1);
                }
                at += 2;
            }
            _ => at += 1,
        }
    }
}

/// Returns the first directive (`%`) with non-ASCII characters before a document that begins after
/// an offset.
///
/// The underlying parser counts its bytes as characters, so that all later offsets are wrong.
pub(in crate::source) fn misplacing_directive(content: &str, from: usize) -> Option<Span> {
    let mut at = from;
    for line in content.get(from..)?.split_inclusive(['\n', '\r']) {
        let written = line.trim_end_matches(['\n', '\r']);
        // What looks like a comment is part of most directives.
        if written.starts_with('%') && !written.is_ascii() {
            return Some(Span::new(at, at + written.len()));
        }
        let leads = written.starts_with(['%', '#']) || written.starts_with("...");
        if !leads && !written.trim_start().is_empty() && !written.trim_start().starts_with('#') {
            return None;
        }
        at += line.len();
    }
    None
}

/// Returns the offset of the first byte of a line.
pub(super) fn line_start(content: &str, offset: usize) -> usize {
    let before = content.as_bytes().get(..offset).unwrap_or_default();
    before.iter().rposition(|byte| matches!(byte, b'\n' | b'\r')).map_or(0, |found| found + 1)
}
