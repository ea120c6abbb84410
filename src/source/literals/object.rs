//! Elements that are objects: their fields, and new ones modelled on their neighbours.

use std::collections::BTreeMap;

use super::edit::{insertion, is_plain, neighbour, place};
use super::{EditError, Element, Language, Wanted};
use crate::source::text::{Span, Text, TextEdit};

/// The name given to an object in order to parse it on its own.
const NAME: &str = "__object";

/// A field of an element that is an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its value, if it is a string.
    pub value: Option<String>,
    /// The span of the value, quotes included.
    pub span: Span,
}

impl Wanted<'_> {
    /// Returns the fields of an element that is an object. `None` if it is not one, or parts of it
    /// are only known at run time.
    #[must_use]
    pub fn fields(&self, text: &Text, element: &Element) -> Option<Vec<Field>> {
        if !text.slice(element.entry).starts_with('{') {
            return None;
        }
        let lead = format!("{NAME} = ");
        let alone = Text::new(&format!("{lead}{}", text.slice(element.entry)));
        // Go structs and JSON objects are written like TypeScript objects.
        let language = match self.language {
            Language::Python => Language::Python,
            _ => Language::Script,
        };
        let list = Wanted { language, name: NAME, field: None }.find(&alone)?;
        if !list.open.is_empty() {
            return None;
        }
        let moved = |span: Span| {
            let offset = |at: usize| element.entry.start + at.saturating_sub(lead.len());
            Span::new(offset(span.start), offset(span.end))
        };
        let field = |Element { value: name, span, paired, entry, .. }: &Element| {
            let (value, span) = match paired {
                Some((value, span)) => (Some(value.clone()), *span),
                None => {
                    let behind = alone.slice(Span::new(span.end, entry.end));
                    let length = behind.trim_start_matches([':', ' ', '\t', '\r', '\n']).len();
                    (None, Span::new(entry.end - length, entry.end))
                }
            };
            Field { name: name.clone(), value, span: moved(span) }
        };
        Some(list.elements.iter().map(field).collect())
    }

    /// Returns the edits that add an object like its neighbour, with `value` in the field that
    /// identifies it and `given` in others. Other fields keep the value that all objects share.
    ///
    /// # Errors
    /// When objects differ in a field that is not given, when they lack a given field, or when the
    /// edited text would not parse as intended.
    pub fn insert_object(
        &self,
        text: &Text,
        value: &str,
        given: &BTreeMap<String, String>,
    ) -> Result<Vec<TextEdit>, EditError> {
        let list = self.find(text).ok_or(EditError::Absent)?;
        if list.values().any(|known| known == value) {
            return Err(EditError::Present(value.to_owned()));
        }
        if let Some(odd) =
            given.values().map(String::as_str).chain([value]).find(|it| !is_plain(it))
        {
            return Err(EditError::Unsafe(odd.to_owned()));
        }
        let index = place(&list, value);
        let model = neighbour(&list, index).ok_or(EditError::Form)?;
        let all: Option<Vec<Vec<Field>>> =
            list.elements.iter().map(|element| self.fields(text, element)).collect();
        let all = all.ok_or(EditError::Form)?;
        let fields = self.fields(text, model).ok_or(EditError::Form)?;
        let mut edits = Vec::new();
        for field in &fields {
            let wanted = match given.get(&field.name) {
                _ if self.field == Some(field.name.as_str()) => value,
                Some(wanted) => wanted,
                None => {
                    let written = text.slice(field.span);
                    let same = |other: &Field| {
                        other.name == field.name && text.slice(other.span) == written
                    };
                    if all.iter().all(|fields| fields.iter().any(same)) {
                        continue;
                    }
                    return Err(EditError::Undeclared(field.name.clone()));
                }
            };
            let start = field.span.start - model.entry.start;
            let span = Span::new(start, start + field.span.len());
            let written = super::edit::quoted_like(text, field.span, wanted, self.language);
            edits.push(TextEdit::replace(span, written));
        }
        if given.keys().any(|name| fields.iter().all(|field| field.name != *name)) {
            return Err(EditError::Form);
        }
        let rendered = Text::new(text.slice(model.entry)).edited(&edits);
        let rendered = rendered.map_err(|_| EditError::Unverified)?;
        let edits = insertion(text, &list, index, rendered.as_str());
        let mut expected: Vec<&str> = list.values().collect();
        expected.insert(index.min(expected.len()), value);
        self.verified(text, &list, edits, &expected)
    }
}
