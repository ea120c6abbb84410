//! Texts that are JSON to some reader: strict ones, those with comments or trailing commas, and those of JSON5.
//!
//! Of JSON5 are read what files of settings use: keys without quotes, and texts in single quotes without escapes. A text
//! with anything else of it, such as `0x1F` or `.5`, is not taken for JSON.

use std::borrow::Cow;
use std::fmt;

use serde::de::IgnoredAny;

use crate::source::text::Span;

/// How much a reader has to take for a text to be JSON; readers of a later one take all before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// Any reader takes it.
    Strict,
    /// It has `//` or `/* */` comments, or a comma behind the last item.
    Commented,
    /// It has keys without quotes, or single quotes.
    Json5,
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Strict => "JSON",
            Self::Commented => "JSON with comments",
            Self::Json5 => "JSON5",
        })
    }
}

/// A text that was read as JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// What its reader has to take.
    pub form: Form,
    /// The comments, in source order, each without the end of its last line.
    pub comments: Vec<Span>,
}

impl Reading {
    /// Reads a text; `None` if it is not JSON to any reader.
    #[must_use]
    pub fn of(content: &str) -> Option<Self> {
        if serde_json::from_str::<IgnoredAny>(content).is_ok() {
            return Some(Self { form: Form::Strict, comments: Vec::new() });
        }
        let may_be_json = content.trim_start().starts_with(['{', '[', '/']);
        if !may_be_json {
            return None;
        }
        let mut scan = Scan::default();
        scan.read(content)?;
        serde_json::from_str::<IgnoredAny>(&scan.strict).ok()?;
        let form = if scan.is_json5 { Form::Json5 } else { Form::Commented };
        Some(Self { form, comments: scan.comments })
    }

    /// Returns the text with blanks in place of its comments, of the same length in bytes and with the same lines.
    #[must_use]
    pub fn without_comments<'t>(&self, content: &'t str) -> Cow<'t, str> {
        if self.comments.is_empty() {
            return Cow::Borrowed(content);
        }
        let mut blanked = String::with_capacity(content.len());
        let mut from = 0;
        for comment in &self.comments {
            blanked.push_str(content.get(from..comment.start).unwrap_or_default());
            let bytes = content.get(comment.range()).unwrap_or_default().bytes();
            let is_line_end = |byte: u8| matches!(byte, b'\n' | b'\r');
            blanked
                .extend(bytes.map(|byte| if is_line_end(byte) { char::from(byte) } else { ' ' }));
            from = comment.end;
        }
        blanked.push_str(content.get(from..).unwrap_or_default());
        Cow::Owned(blanked)
    }
}

/// The reading of a text that is not strict, token by token: what it would be if it were.
#[derive(Default)]
struct Scan {
    strict: String,
    comments: Vec<Span>,
    is_json5: bool,
    /// A comma that is not written yet: none follows the last item in strict JSON.
    comma: bool,
    /// Whether a comma may come next: behind a value.
    is_behind_value: bool,
    /// Where a word without quotes begins in the strict text, if the last token is one.
    word: Option<usize>,
}

impl Scan {
    fn read(&mut self, content: &str) -> Option<()> {
        let mut at = 0;
        while let Some(rest) = content.get(at..).filter(|rest| !rest.is_empty()) {
            at += self.token(rest, at)?;
        }
        // A comma behind the whole is of nothing.
        (!self.comma).then_some(())
    }

    /// Takes the token at the beginning of the rest, and returns its length in bytes.
    fn token(&mut self, rest: &str, at: usize) -> Option<usize> {
        let first = rest.chars().next()?;
        let length = match first {
            ' ' | '\t' | '\n' | '\r' => {
                // Blanks keep words apart.
                self.strict.push(' ');
                return Some(1);
            }
            '/' => {
                let length = comment_length(rest)?;
                self.comments.push(Span::new(at, at + length));
                self.strict.push(' ');
                return Some(length);
            }
            ',' => {
                if self.comma || !self.is_behind_value {
                    return None;
                }
                (self.comma, self.is_behind_value, self.word) = (true, false, None);
                return Some(1);
            }
            '}' | ']' => {
                // A comma before it is a trailing one.
                self.comma = false;
                self.strict.push(first);
                (self.is_behind_value, self.word) = (true, None);
                return Some(1);
            }
            ':' => {
                self.quote_word()?;
                self.strict.push(first);
                self.is_behind_value = false;
                return Some(1);
            }
            '{' | '[' => {
                self.begin(first.encode_utf8(&mut [0; 4]));
                (self.is_behind_value, self.word) = (false, None);
                return Some(1);
            }
            '"' => {
                let length = quoted_length(rest)?;
                self.begin(rest.get(..length)?);
                length
            }
            '\'' => {
                let inner = rest.get(1..)?.split('\'').next()?;
                let length = inner.len() + 2;
                // Readers disagree about escapes in them.
                let is_plain = !inner.contains(['\\', '\n', '\r']) && rest.len() >= length;
                let quoted = serde_json::to_string(inner).ok().filter(|_| is_plain)?;
                self.begin(&quoted);
                self.is_json5 = true;
                length
            }
            _ => {
                let ends = |it: char| it.is_whitespace() || ",:[]{}\"'/".contains(it);
                let length = rest.find(ends).unwrap_or(rest.len());
                self.begin(rest.get(..length)?);
                let word = self.strict.len() - length;
                (self.is_behind_value, self.word) = (true, Some(word));
                return (length > 0).then_some(length);
            }
        };
        (self.is_behind_value, self.word) = (true, None);
        Some(length)
    }

    /// Writes the beginning of a key or a value, and the comma before it.
    fn begin(&mut self, token: &str) {
        if std::mem::take(&mut self.comma) {
            self.strict.push(',');
        }
        self.strict.push_str(token);
    }

    /// Puts the word before a `:` in quotes, if there is one; `None` if no reader takes it for a key.
    fn quote_word(&mut self) -> Option<()> {
        let Some(start) = self.word.take() else { return Some(()) };
        let word = self.strict.get(start..)?.trim_end().to_owned();
        let is_start = |it: char| it.is_alphabetic() || "_$".contains(it);
        let is_part = |it: char| it.is_alphanumeric() || "_$".contains(it);
        if !word.starts_with(is_start) || !word.chars().all(is_part) {
            return None;
        }
        self.strict.truncate(start);
        self.strict.push_str(&format!("\"{word}\""));
        self.is_json5 = true;
        Some(())
    }
}

/// The length of the comment at the beginning of a text; `None` if there is none, or it has no end.
fn comment_length(rest: &str) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find(['\n', '\r']).unwrap_or(rest.len()));
    }
    let inside = rest.strip_prefix("/*")?;
    inside.find("*/").map(|end| end + 4)
}

/// The length of the text in double quotes at the beginning of another.
fn quoted_length(rest: &str) -> Option<usize> {
    let mut is_escaped = false;
    let end = rest.bytes().skip(1).position(|byte| {
        let ends = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        ends
    });
    end.map(|end| end + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(content: &str) -> Option<Form> {
        Reading::of(content).map(|reading| reading.form)
    }

    #[test]
    fn the_form_is_the_strictest_that_a_reader_needs() {
        for (content, expected) in [
            ("{\"a\": [1, \"\\\"//\"]}\n", Some(Form::Strict)),
            ("1", Some(Form::Strict)),
            ("{\"a\": 1,}", Some(Form::Commented)),
            ("// a\n{\"a\": /* b */ \"// c\" // d\n}", Some(Form::Commented)),
            ("[1, // one\r\n2]", Some(Form::Commented)),
            ("{a: 1}", Some(Form::Json5)),
            ("{a /* b */ : 'c', $d: [true]}", Some(Form::Json5)),
            ("", None),
            ("a: 1", None),
            ("# a\n{\"a\": 1}", None),
            ("{\"a\": b}", None),
            ("{a-b: 1}", None),
            ("[1,, 2]", None),
            ("[,]", None),
            ("{,}", None),
            ("[1 2]", None),
            ("[1],", None),
            ("[1 /* a ]", None),
            ("{\"a\" 1}", None),
            ("['it\\'s']", None),
            ("['a", None),
            ("{url: http://x}", None),
            ("[0x1F]", None),
        ] {
            assert_eq!(form(content), expected, "{content}");
        }
    }

    #[test]
    fn comments_are_blanked_and_nothing_moves() {
        let content = "{ // é\n  \"a\": \"//\", /* b\nc */ \"d\": 1\n}";
        let reading = Reading::of(content).expect("JSON with comments");
        let blanked = reading.without_comments(content);
        assert_eq!(blanked, "{      \n  \"a\": \"//\",     \n     \"d\": 1\n}");
        assert_eq!(blanked.len(), content.len());
        let comments: Vec<&str> =
            reading.comments.iter().filter_map(|it| content.get(it.range())).collect();
        assert_eq!(comments, ["// é", "/* b\nc */"]);
    }
}
