//! Parses entry_points.txt: objects that the package offers by name, in groups, as INI.

use crate::source::{Span, SyntaxError, Text};

/// The value of an entry point: `module:attribute.attribute [extra, …]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectReference {
    /// The module.
    pub module: String,
    /// Attributes, dotted; `None` for the module itself.
    pub attribute: Option<String>,
}

/// One entry point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryPoint {
    /// Its group: `console_scripts`.
    pub group: String,
    /// Its name.
    pub name: String,
    /// The span of the name.
    pub name_span: Span,
    /// The span of the value.
    pub value_span: Span,
    /// The parsed value; `None` if it is not a valid reference.
    pub reference: Option<ObjectReference>,
}

/// A group's name and its span.
pub type Group = (String, Span);

/// The groups and entry points of a distribution.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EntryPoints {
    /// The groups in order.
    pub groups: Vec<Group>,
    /// The entry points in order.
    pub entries: Vec<EntryPoint>,
    /// Lines that are neither groups nor entry points.
    pub problems: Vec<SyntaxError>,
}

impl EntryPoints {
    /// Parses entry_points.txt.
    #[must_use]
    pub fn parse(text: &Text) -> Self {
        let mut read = Self::default();
        let mut at = 0;
        for whole in text.as_str().split_inclusive('\n') {
            let start = at;
            at += whole.len();
            let line = whole.trim_end();
            let trimmed = line.trim_start();
            let span = Span::new(start + line.len() - trimmed.len(), start + line.len());
            if !trimmed.is_empty() && !trimmed.starts_with(['#', ';']) {
                read.line(trimmed, span);
            }
        }
        read
    }

    fn line(&mut self, line: &str, span: Span) {
        if let Some(group) = line.strip_prefix('[') {
            match group.strip_suffix(']') {
                Some(group) => {
                    let at = Span::new(span.start + 1, span.end - 1);
                    self.groups.push((group.trim().to_owned(), at));
                }
                None => self.problem(span, "opens a group and does not close it"),
            }
            return;
        }
        let Some((group, _)) = self.groups.last() else {
            return self.problem(span, "is not in a group");
        };
        let Some((name, value)) = line.split_once('=') else {
            return self.problem(span, "is not an entry point: a name, `=` and a reference");
        };
        let written = value.trim();
        let value_start = span.start + name.len() + 1 + value.len() - value.trim_start().len();
        let name = name.trim_end();
        self.entries.push(EntryPoint {
            group: group.clone(),
            name: name.to_owned(),
            name_span: Span::new(span.start, span.start + name.len()),
            value_span: Span::new(value_start, value_start + written.len()),
            reference: ObjectReference::parse(written),
        });
    }

    fn problem(&mut self, span: Span, message: &str) {
        self.problems.push(SyntaxError::new(span, message));
    }
}

impl ObjectReference {
    /// Parses `module:attribute.attribute [extra, …]`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = match text.split_once('[') {
            Some((text, extras)) if extras.trim_end().ends_with(']') => text.trim_end(),
            Some(_) => return None,
            None => text,
        };
        let (module, attribute) = match text.split_once(':') {
            Some((module, attribute)) => (module.trim_end(), Some(attribute.trim_start())),
            None => (text, None),
        };
        let is_dotted = |text: &str| text.split('.').all(is_word);
        let sound = is_dotted(module) && attribute.is_none_or(is_dotted);
        sound.then(|| Self { module: module.to_owned(), attribute: attribute.map(str::to_owned) })
    }
}

fn is_word(text: &str) -> bool {
    let begins = |c: char| c == '_' || c.is_alphabetic();
    text.starts_with(begins) && text.chars().all(|c| c == '_' || c.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_and_references_are_read() {
        let text =
            Text::new("# x\n[console_scripts]\nacme = acme.cli:main.run [extra]\n[a.b]\n p=acme\n");
        let read = EntryPoints::parse(&text);
        let seen: Vec<_> = read
            .entries
            .iter()
            .map(|entry| {
                (entry.group.as_str(), text.slice(entry.name_span), text.slice(entry.value_span))
            })
            .collect();
        assert_eq!(
            seen,
            [("console_scripts", "acme", "acme.cli:main.run [extra]"), ("a.b", "p", "acme")]
        );
        let reference = read.entries.first().and_then(|entry| entry.reference.clone());
        let reference = reference.expect("a reference");
        assert_eq!(
            (reference.module.as_str(), reference.attribute.as_deref()),
            ("acme.cli", Some("main.run"))
        );
    }

    #[test]
    fn what_is_neither_is_a_problem() {
        let read =
            EntryPoints::parse(&Text::new("early = x\n[open\n[g]\nnothing\nn = not a reference\n"));
        assert_eq!(read.problems.len(), 3);
        assert_eq!(read.entries.first().map(|entry| entry.reference.clone()), Some(None));
        for text in ["", "a:", ":b", "a:b:c", "a.b.", "a [x", "1a:b"] {
            assert_eq!(ObjectReference::parse(text), None, "{text:?}");
        }
    }
}
