//! Parses the fields of METADATA, PKG-INFO and WHEEL: RFC 822 headers, as Python's `email` reads them.
//!
//! Parsing always returns [`Headers`], with malformed lines as problems. A line that starts with a blank continues the
//! field before it; an empty line ends the fields, and the rest is the description.

use crate::source::{Span, SyntaxError, Text};

/// One field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name as written.
    pub name: String,
    /// The span of the name.
    pub name_span: Span,
    /// Its value without surrounding blanks; lines are joined with `\n` and keep their indentation.
    pub value: String,
    /// The span of the value.
    pub span: Span,
}

/// The fields of a document, and the text after them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers {
    /// The fields in order.
    pub fields: Vec<Field>,
    /// The text after the empty line, if there is any.
    pub body: Option<Span>,
    /// Lines that are not fields.
    pub problems: Vec<SyntaxError>,
}

impl Headers {
    /// Parses a document.
    #[must_use]
    pub fn parse(text: &Text) -> Self {
        let content = text.as_str();
        let mut read = Self::default();
        let mut at = 0;
        for whole in content.split_inclusive('\n') {
            let start = at;
            at += whole.len();
            let line = whole.trim_end_matches(['\n', '\r']);
            let span = Span::new(start, start + line.len());
            if line.is_empty() {
                let body = content.get(at..).unwrap_or_default();
                if !body.trim().is_empty() {
                    read.body = Some(Span::new(at, content.len()));
                }
                break;
            }
            if line.starts_with([' ', '\t']) {
                read.continuation(line, span);
            } else if !read.field(line, span) {
                let message = "is not a field: a name, `:` and a value";
                read.problems.push(SyntaxError::new(span, message));
            }
        }
        read
    }

    /// The fields with this name in any case, in order.
    pub fn all<'h>(&'h self, name: &str) -> impl Iterator<Item = &'h Field> + use<'h> {
        let name = name.to_ascii_lowercase();
        self.fields.iter().filter(move |field| field.name.eq_ignore_ascii_case(&name))
    }

    /// The first field with this name.
    #[must_use]
    pub fn one(&self, name: &str) -> Option<&Field> {
        self.all(name).next()
    }

    fn continuation(&mut self, line: &str, span: Span) {
        match self.fields.last_mut() {
            Some(field) => {
                field.value.push('\n');
                field.value.push_str(line);
                field.span = field.span.to(span);
            }
            None => {
                let message = "continues a field, but there is no field before it";
                self.problems.push(SyntaxError::new(span, message));
            }
        }
    }

    fn field(&mut self, line: &str, span: Span) -> bool {
        let Some((name, value)) = line.split_once(':') else { return false };
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_graphic()) {
            return false;
        }
        let trimmed = value.trim_start();
        let start = span.start + line.len() - trimmed.len();
        let trimmed = trimmed.trim_end();
        self.fields.push(Field {
            name: name.to_owned(),
            name_span: Span::new(span.start, span.start + name.len()),
            value: trimmed.to_owned(),
            span: Span::new(start, start + trimmed.len()),
        });
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_know_their_places_and_take_their_lines() {
        let text = Text::new("Name: acme\r\nlicense:  MIT\n  and more\nKeywords:\n\nA: body\n");
        let read = Headers::parse(&text);
        let seen: Vec<_> = read
            .fields
            .iter()
            .map(|field| (field.name.as_str(), field.value.as_str(), text.slice(field.span)))
            .collect();
        let license = "MIT\n  and more";
        assert_eq!(
            seen,
            [("Name", "acme", "acme"), ("license", license, license), ("Keywords", "", "")]
        );
        assert_eq!(read.body.map(|body| text.slice(body)), Some("A: body\n"));
        assert!(read.problems.is_empty());
        assert_eq!(read.one("LICENSE").map(|field| field.value.as_str()), Some(license));
    }

    #[test]
    fn lines_that_are_no_fields_are_problems() {
        let text = Text::new(" early\nno colon\nna me: x\n: y\nGood: 1\n");
        let read = Headers::parse(&text);
        let lines: Vec<u32> =
            read.problems.iter().map(|problem| text.position(problem.span.start).line).collect();
        assert_eq!((lines, read.fields.len()), (vec![1, 2, 3, 4], 1));
    }
}
