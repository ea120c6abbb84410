//! Decodes Python files (PEP 263).
//!
//! UTF-8 is read as it is. If a file's coding cookie names a single-byte encoding, every non-ASCII byte is read as the
//! same character, which is valid in strings and comments but not in names: positions stay exact, and edits are made in
//! the bytes. Other encodings are refused, since an ASCII byte may be half a character in them.
//!
//! As when CPython imports bytes, the cookie has to be in the first two lines, which end at `\n` only.
//! <https://peps.python.org/pep-0263/>

use std::borrow::Cow;

use super::refusal::Reason;
use crate::source::{Position, Span, SyntaxError};

mod charsets;

/// Replaces every non-ASCII character of a single-byte encoding; not valid in identifiers.
const MASK: char = '¤';
const MARK: &[u8] = b"\xef\xbb\xbf";

/// The text of a file without its byte order mark.
#[derive(Debug)]
pub(in crate::package) struct Decoded<'bytes> {
    content: Cow<'bytes, str>,
    /// The number of bytes before the content.
    mark: usize,
    /// The cookie, if characters were masked.
    masked: Option<String>,
    has_carriage_returns: bool,
}

/// Decodes bytes.
///
/// # Errors
/// The reason, and the position if there is one.
pub(in crate::package) fn decode(bytes: &[u8]) -> Result<Decoded<'_>, (Reason, Option<Position>)> {
    let at = |offset| Some(position_in_bytes(bytes, offset));
    // Faster than searching for the position, which hardly any file needs.
    if bytes.contains(&0) {
        let offset = bytes.iter().position(|byte| *byte == 0).unwrap_or_default();
        return Err((Reason::Nul, at(offset)));
    }
    let (mark, body) = match bytes.strip_prefix(MARK) {
        Some(body) => (MARK.len(), body),
        None => (0, bytes),
    };
    let cookie = cookie(body);
    let charset = match &cookie {
        Some((name, line)) => {
            let place = Some(Position { line: *line, column: 1 });
            match charsets::find(name) {
                Some(found) if mark > 0 && !found.is_utf8_beside_a_mark() => {
                    return Err((Reason::CookieAgainstMark(name.clone()), place));
                }
                Some(found) => found,
                None if mark > 0 => return Err((Reason::CookieAgainstMark(name.clone()), place)),
                None => return Err((Reason::Encoding(name.clone()), place)),
            }
        }
        None => charsets::Charset::Utf8 { is_canonical: true },
    };
    let has_carriage_returns = body.contains(&b'\r');
    let (content, masked) = match charset {
        charsets::Charset::Utf8 { .. } => match std::str::from_utf8(body) {
            Ok(content) => (Cow::Borrowed(content), None),
            Err(error) => return Err((Reason::NotUtf8, at(mark + error.valid_up_to()))),
        },
        charsets::Charset::SingleByte(defined) => {
            let cookie = cookie.map(|(name, _)| name).unwrap_or_default();
            let undefined = |byte: &u8| !byte.is_ascii() && !defined.holds(*byte);
            if let Some(offset) = body.iter().position(undefined) {
                let byte = body.get(offset).copied().unwrap_or_default();
                return Err((Reason::NotInCharset { byte, cookie }, at(mark + offset)));
            }
            let mask = |byte: &u8| if byte.is_ascii() { char::from(*byte) } else { MASK };
            (Cow::Owned(body.iter().map(mask).collect::<String>()), Some(cookie))
        }
    };
    Ok(Decoded { content, mark, masked, has_carriage_returns })
}

impl Decoded<'_> {
    pub(in crate::package) fn as_str(&self) -> &str {
        &self.content
    }

    /// Converts offsets to positions, which have to be requested in ascending order.
    pub(super) fn places(&self) -> Places<'_> {
        Places { text: self, reached: 0, masks: 0, line: 1, line_start: 0 }
    }

    /// The number of bytes in the file for a span of the content.
    pub(super) fn raw_length(&self, span: Span) -> usize {
        match self.masked {
            Some(_) => self.content.get(span.range()).map_or(0, |text| text.chars().count()),
            None => span.len(),
        }
    }

    /// Why the content does not parse.
    pub(in crate::package) fn syntax_error(&self, error: &SyntaxError) -> Reason {
        let rest = self.content.get(error.span.start..).unwrap_or_default();
        match &self.masked {
            Some(cookie) if rest.starts_with(MASK) => Reason::NotAsciiCode(cookie.clone()),
            _ => Reason::Syntax(error.message.clone()),
        }
    }
}

/// Positions of ascending offsets, found in one pass over the text.
pub(super) struct Places<'text> {
    text: &'text Decoded<'text>,
    reached: usize,
    masks: usize,
    line: usize,
    line_start: usize,
}

impl Places<'_> {
    /// Converts an offset in the content to one in the file.
    pub(super) fn offset(&mut self, offset: usize) -> usize {
        self.advance(offset);
        self.text.mark + self.reached - self.masks * (MASK.len_utf8() - 1)
    }

    /// Line and column, both counted from 1; columns count characters.
    pub(super) fn position(&mut self, offset: usize) -> Position {
        self.advance(offset);
        let before = self.text.content.get(self.line_start..self.reached).unwrap_or_default();
        let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
        Position { line: number(self.line), column: number(before.chars().count() + 1) }
    }

    fn advance(&mut self, offset: usize) {
        let mut offset = offset.min(self.text.content.len());
        while !self.text.content.is_char_boundary(offset) {
            offset -= 1;
        }
        if offset <= self.reached {
            return;
        }
        let passed = self.text.content.get(self.reached..offset).unwrap_or_default();
        if self.text.masked.is_some() {
            self.masks += passed.matches(MASK).count();
        }
        let content = self.text.content.as_bytes();
        let is_end = |(index, byte): (usize, &u8)| {
            let lone_return =
                *byte == b'\r' && content.get(self.reached + index + 1) != Some(&b'\n');
            (*byte == b'\n' || lone_return).then_some(index)
        };
        // Counting one kind of byte is a hundred times faster than examining each.
        if self.text.has_carriage_returns {
            let ends = passed.as_bytes().iter().enumerate().filter_map(is_end);
            let (count, last) = ends.fold((0, None), |(count, _), at| (count + 1, Some(at)));
            self.line += count;
            self.line_start = last.map_or(self.line_start, |at| self.reached + at + 1);
        } else {
            self.line += passed.bytes().filter(|byte| *byte == b'\n').count();
            let last = passed.bytes().rposition(|byte| byte == b'\n');
            self.line_start = last.map_or(self.line_start, |at| self.reached + at + 1);
        }
        self.reached = offset;
    }
}

/// The encoding named by a comment in the first two lines, and the line's number.
fn cookie(body: &[u8]) -> Option<(String, u32)> {
    let mut lines = body.split(|byte| *byte == b'\n');
    for number in [1, 2] {
        let line = lines.next()?;
        let code = line.iter().position(|byte| !matches!(byte, b' ' | b'\t' | 0x0c));
        match code.and_then(|at| line.get(at..)) {
            Some(comment @ [b'#', ..]) => {
                if let Some(name) = name_in(comment) {
                    return Some((name, number));
                }
            }
            // A lone carriage return does not end a line here, but CPython treats what precedes it as empty.
            None | Some([b'\r', ..]) => {}
            Some(_) => return None,
        }
    }
    None
}

/// `coding[:=]\s*([-\w.]+)` in a comment; a `coding` without a name after it is skipped.
fn name_in(comment: &[u8]) -> Option<String> {
    const KEY: &[u8] = b"coding";
    for at in 0..comment.len().saturating_sub(KEY.len()) {
        let Some([b':' | b'=', rest @ ..]) = comment.get(at..)?.strip_prefix(KEY) else { continue };
        let begin = rest.iter().position(|byte| !matches!(byte, b' ' | b'\t'));
        let name = begin.and_then(|begin| rest.get(begin..)).unwrap_or_default();
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
        let end = name.iter().position(|byte| !is_part(byte)).unwrap_or(name.len());
        if end > 0 {
            let name = name.get(..end).unwrap_or_default();
            return Some(String::from_utf8_lossy(name).into_owned());
        }
    }
    None
}

/// Line and column of an offset in bytes of unknown encoding; columns count bytes.
fn position_in_bytes(bytes: &[u8], offset: usize) -> Position {
    let before = bytes.get(..offset).unwrap_or_default();
    let mut line = 1_usize;
    let mut start = if bytes.starts_with(MARK) { MARK.len().min(offset) } else { 0 };
    for (index, byte) in before.iter().enumerate() {
        if *byte == b'\n' || (*byte == b'\r' && bytes.get(index + 1) != Some(&b'\n')) {
            line += 1;
            start = index + 1;
        }
    }
    let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
    Position { line: number(line), column: number(offset.saturating_sub(start) + 1) }
}

#[cfg(test)]
mod tests;
