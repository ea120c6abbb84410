//! Finds, reads and edits a registered list in its file, one element at a time.
//!
//! The modules of `source` do the parsing; this one knows which of them a registration needs. What is wrong with the
//! elements is decided elsewhere.

use std::collections::BTreeMap;

use super::super::registration::{Form, Language, Registration};
use super::{Element, yaml};
use crate::source::literals::{self, Part, Wanted};
use crate::source::{Span, Text, TextEdit};

/// A list in a file.
#[derive(Clone, Debug)]
pub(super) struct Listing {
    /// Its elements.
    pub(super) elements: Vec<Element>,
    /// Non-literal parts, known only when the program runs: the span, and how a sentence "the list …" ends.
    pub(super) open: Vec<(Span, String)>,
    /// The span of its name, or of its beginning if it has none.
    pub(super) name: Span,
}

/// A single change to a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Insert { text: String, value: Option<String>, fields: BTreeMap<String, String> },
    Rename { element: usize, to: String },
    SetValue { element: usize, to: String },
    SetField { element: usize, field: String, to: String },
    Remove { element: usize },
}

/// The parser for a registration.
enum Reader<'r> {
    Literal(Wanted<'r>),
    Yaml,
    Lines,
}

fn reader(registration: &Registration) -> Reader<'_> {
    let name = registration.symbol.as_deref().unwrap_or_default();
    let language = match (registration.language, registration.form) {
        (Language::Yaml, Form::Words) if !name.is_empty() => literals::Language::Text,
        (Language::Yaml, _) => return Reader::Yaml,
        (Language::Text, _) if name.is_empty() => return Reader::Lines,
        (Language::Text, _) => literals::Language::Text,
        (Language::Go, _) => literals::Language::Go,
        (Language::Typescript, _) => literals::Language::Script,
        (Language::Bash, _) => literals::Language::Shell,
        (Language::Json, _) => literals::Language::Json,
        (Language::Python, _) => literals::Language::Python,
    };
    Reader::Literal(Wanted { language, name, field: registration.field.as_deref() })
}

/// Finds the list of a registration.
///
/// # Errors
/// Why there is no such list, as a sentence without a full stop.
pub(super) fn find(text: &Text, registration: &Registration) -> Result<Listing, String> {
    match reader(registration) {
        Reader::Literal(wanted) => {
            let list = wanted.find(text).ok_or_else(|| match registration.symbol.as_deref() {
                Some(name) => format!("there is no list named `{name}`"),
                None => "there is no list".to_owned(),
            })?;
            let element = |element: &literals::Element| {
                let fields = wanted.field.and_then(|_| wanted.fields(text, element));
                let fields = fields.into_iter().flatten();
                Element {
                    value: element.value.clone(),
                    span: element.span,
                    mapped: element.paired.clone(),
                    fields: fields.map(|field| (field.name, field.value, field.span)).collect(),
                }
            };
            let open = list.open.iter().map(|open| (open.span, open.reason.to_owned())).collect();
            let elements: Vec<Element> = list.elements.iter().map(element).collect();
            // A list of pairs is not a list of names, and vice versa.
            let pairs = list.elements.iter().filter(|it| it.entry.end > it.span.end).count();
            let map = registration.form == Form::Map;
            let objects = registration.field.is_some();
            if !objects && !elements.is_empty() && (pairs == elements.len()) != map {
                let found = if map { "has elements without values" } else { "has keys and values" };
                return Err(format!("the list does not have the declared form: it {found}"));
            }
            Ok(Listing { elements, open, name: list.name_span })
        }
        Reader::Yaml => yaml::find(text, registration),
        Reader::Lines => Ok(lines(text, registration.form)),
    }
}

/// Returns the edits that make a change, verified by parsing the edited text.
///
/// # Errors
/// Why the change cannot be made, without a full stop.
pub(super) fn edit(
    text: &Text,
    registration: &Registration,
    change: &Change,
) -> Result<Vec<TextEdit>, String> {
    let wanted = match reader(registration) {
        Reader::Literal(wanted) => wanted,
        Reader::Yaml => return yaml::edit(text, registration, change),
        Reader::Lines => return edit_lines(text, registration.form, change),
    };
    let edits = match change {
        Change::Insert { text: value, fields, .. } if registration.field.is_some() => {
            wanted.insert_object(text, value, fields)
        }
        Change::Insert { value: None, .. }
            if registration.form == Form::Map && has_values(text, registration) =>
        {
            return Err("its value is not given under `values`".to_owned());
        }
        Change::Insert { text: value, value: paired, .. } => {
            wanted.insert(text, value, paired.as_deref())
        }
        Change::Rename { element, to } => wanted.replace(text, *element, Part::Value, to),
        Change::SetValue { element, to } => wanted.replace(text, *element, Part::Paired, to),
        Change::SetField { element, field, to } => {
            wanted.replace(text, *element, Part::Field(field), to)
        }
        Change::Remove { element } => wanted.remove_at(text, *element),
    };
    edits.map_err(|error| error.to_string())
}

/// Whether keys have strings for values, rather than just `true` or `{}`.
fn has_values(text: &Text, registration: &Registration) -> bool {
    find(text, registration)
        .is_ok_and(|listing| listing.elements.iter().any(|it| it.mapped.is_some()))
}

/// Whether the columns of a list are aligned as by its language's formatter.
pub(super) fn is_aligned(text: &Text, registration: &Registration) -> bool {
    alignment(text, registration).is_empty()
}

/// Returns edits that align the columns.
pub(super) fn alignment(text: &Text, registration: &Registration) -> Vec<TextEdit> {
    match reader(registration) {
        Reader::Literal(wanted) => {
            wanted.find(text).map(|list| literals::align(text, &list)).unwrap_or_default()
        }
        Reader::Yaml | Reader::Lines => Vec::new(),
    }
}

/// Reads a file that consists of the list alone: its lines, or its words; `#` begins a comment.
fn lines(text: &Text, form: Form) -> Listing {
    let content = text.as_str();
    let mut elements = Vec::new();
    let mut at = 0;
    for line in content.split_inclusive('\n') {
        let body = line.split('#').next().unwrap_or_default();
        let mut add = |part: &str, offset: usize| {
            let span = Span::new(at + offset, at + offset + part.len());
            elements.push(Element {
                value: part.to_owned(),
                span,
                mapped: None,
                fields: Vec::new(),
            });
        };
        let lead = body.len() - body.trim_start().len();
        if form == Form::Words {
            let mut from = 0;
            for word in body.split_whitespace() {
                let offset = body.get(from..).and_then(|rest| rest.find(word)).unwrap_or(0) + from;
                add(word, offset);
                from = offset + word.len();
            }
        } else if !body.trim().is_empty() {
            add(body.trim(), lead);
        }
        at += line.len();
    }
    Listing { elements, open: Vec::new(), name: Span::at(0) }
}

fn edit_lines(text: &Text, form: Form, change: &Change) -> Result<Vec<TextEdit>, String> {
    let listing = lines(text, form);
    let span = |element: &usize| {
        listing.elements.get(*element).map(|it| it.span).ok_or("there is no such element")
    };
    let plain = |value: &String| {
        let odd = value.contains(['#', '\n', '\r']) || value.trim() != value || value.is_empty();
        let split = form == Form::Words && value.contains(char::is_whitespace);
        if odd || split { Err(format!("`{value}` cannot be a line of the list")) } else { Ok(()) }
    };
    match change {
        Change::Insert { text: value, .. } => {
            plain(value)?;
            if form == Form::Words
                && let Some(last) = listing.elements.last()
            {
                return Ok(vec![TextEdit::insert(last.span.end, format!(" {value}"))]);
            }
            let values: Vec<&str> = listing.elements.iter().map(|it| it.value.as_str()).collect();
            let sorted = values.len() > 1 && values.is_sorted();
            let behind = listing.elements.iter().find(|it| sorted && it.value > *value);
            let end = text.line_end();
            Ok(vec![match (behind, listing.elements.last()) {
                (Some(behind), _) => {
                    TextEdit::insert(text.whole_lines(behind.span).start, format!("{value}{end}"))
                }
                (None, last) => {
                    let at = last.map_or(text.as_str().len(), |it| text.whole_lines(it.span).end);
                    let ended = at == 0 || text.slice(Span::new(0, at)).ends_with(['\n', '\r']);
                    let line =
                        if ended { format!("{value}{end}") } else { format!("{end}{value}") };
                    TextEdit::insert(at, line)
                }
            }])
        }
        Change::Rename { element, to } => {
            plain(to)?;
            Ok(vec![TextEdit::replace(span(element)?, to)])
        }
        Change::Remove { element } if form == Form::Words => {
            let span = span(element)?;
            let before = text.slice(Span::new(0, span.start));
            let spaces = before.len() - before.trim_end_matches([' ', '\t']).len();
            Ok(vec![TextEdit::remove(Span::new(span.start - spaces, span.end))])
        }
        Change::Remove { element } => Ok(vec![TextEdit::remove(text.whole_lines(span(element)?))]),
        Change::SetValue { .. } | Change::SetField { .. } => {
            Err("a list of names has no values".to_owned())
        }
    }
}
