//! Parses RECORD: the files of a wheel with their hashes and sizes, as CSV.

use crate::source::{Span, SyntaxError, Text};

/// One file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its path as written, unquoted.
    pub path: String,
    /// The algorithm and the digest, in URL-safe base64 without padding; `None` if the field is empty.
    pub hash: Option<(String, String)>,
    /// Its size; `None` if the field is empty.
    pub size: Option<u64>,
    /// The span of the row.
    pub span: Span,
}

/// The rows, and lines that could not be parsed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// The rows in order.
    pub rows: Vec<Row>,
    /// Lines that are not rows.
    pub problems: Vec<SyntaxError>,
}

impl Record {
    /// Parses RECORD.
    #[must_use]
    pub fn parse(text: &Text) -> Self {
        let mut read = Self::default();
        let content = text.as_str();
        let mut at = 0;
        while at < content.len() {
            let (fields, end, next) = split_row(content, at);
            let span = Span::new(at, end);
            at = next;
            match fields {
                Ok(fields) if fields.len() == 1 && fields.iter().all(String::is_empty) => {}
                Ok(fields) => match row(fields, span) {
                    Ok(row) => read.rows.push(row),
                    Err(problem) => read.problems.push(problem),
                },
                Err(message) => read.problems.push(SyntaxError::new(span, message)),
            }
        }
        read
    }
}

/// The fields of the row at an offset, the end of the row, and the start of the next.
fn split_row(content: &str, start: usize) -> (Result<Vec<String>, &'static str>, usize, usize) {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    let mut closed = false;
    let mut fault = None;
    let mut characters = content.get(start..).unwrap_or_default().char_indices().peekable();
    let mut end = content.len();
    let mut next = content.len();
    while let Some((offset, character)) = characters.next() {
        let Some(field) = fields.last_mut() else { break };
        match character {
            '"' if quoted => match characters.peek() {
                Some((_, '"')) => {
                    field.push('"');
                    characters.next();
                }
                _ => (quoted, closed) = (false, true),
            },
            _ if quoted => field.push(character),
            '\n' | '\r' => {
                end = start + offset;
                let pair = character == '\r' && matches!(characters.peek(), Some((_, '\n')));
                next = end + 1 + usize::from(pair);
                break;
            }
            ',' => {
                fields.push(String::new());
                closed = false;
            }
            '"' if field.is_empty() && !closed => quoted = true,
            _ if closed => fault = Some("has text after a closing quote"),
            _ => field.push(character),
        }
    }
    if quoted {
        fault = Some("has a quote that is never closed");
    }
    (fault.map_or(Ok(fields), Err), end, next)
}

fn row(fields: Vec<String>, span: Span) -> Result<Row, SyntaxError> {
    let count = fields.len();
    let Ok([path, hash, size]) = <[String; 3]>::try_from(fields) else {
        let message = format!("has {count} fields, not a path, a hash and a size");
        return Err(SyntaxError::new(span, message));
    };
    if path.is_empty() {
        return Err(SyntaxError::new(span, "names no file"));
    }
    let hash = match hash.as_str() {
        "" => None,
        hash => match hash.split_once('=') {
            Some((algorithm, digest)) if !algorithm.is_empty() && !digest.is_empty() => {
                Some((algorithm.to_owned(), digest.to_owned()))
            }
            _ => {
                let message = format!("`{hash}` is not an algorithm, `=` and a digest");
                return Err(SyntaxError::new(span, message));
            }
        },
    };
    let size = match size.as_str() {
        "" => None,
        size => match size.parse() {
            Ok(size) => Some(size),
            Err(_) => {
                return Err(SyntaxError::new(span, format!("`{size}` is not a number of bytes")));
            }
        },
    };
    Ok(Row { path, hash, size, span })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_with_quotes_and_without_hashes() {
        let text =
            Text::new("a.py,sha256=abc,12\r\n\"b,\"\"c\"\".py\",sha256=d=,0\na/RECORD,,\n\n");
        let read = Record::parse(&text);
        let seen: Vec<_> = read.rows.iter().map(|row| (row.path.as_str(), row.size)).collect();
        assert_eq!(seen, [("a.py", Some(12)), ("b,\"c\".py", Some(0)), ("a/RECORD", None)]);
        assert_eq!(
            read.rows.get(1).and_then(|row| row.hash.clone()),
            Some(("sha256".into(), "d=".into()))
        );
        assert_eq!(read.problems, []);
    }

    #[test]
    fn what_is_no_row_is_a_problem_at_its_line() {
        let text = Text::new("a,b\na,md5,1\na,sha256=x,many\n,sha256=x,1\n\"a\"b,,\n\"open,,\n");
        let read = Record::parse(&text);
        let lines: Vec<u32> =
            read.problems.iter().map(|problem| text.position(problem.span.start).line).collect();
        assert_eq!((lines, read.rows.len()), (vec![1, 2, 3, 4, 5, 6], 0));
    }
}
