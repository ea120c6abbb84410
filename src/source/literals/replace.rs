//! Replaces a string of a list.

use super::edit::{is_plain, quoted_like};
use super::{EditError, Element, Separator, Wanted};
use crate::source::text::{Span, Text, TextEdit};

/// A string of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'p> {
    /// The one that identifies the element: the element itself, the key of a pair, the named field.
    Value,
    /// The value of a pair.
    Paired,
    /// Another field of an object.
    Field(&'p str),
}

impl Wanted<'_> {
    /// Returns the edits that replace a string, keeping its quotes.
    ///
    /// # Errors
    /// When there is no such string, the new one would need an escape, or the edited text would not
    /// parse as intended.
    pub fn replace(
        &self,
        text: &Text,
        index: usize,
        part: Part<'_>,
        value: &str,
    ) -> Result<Vec<TextEdit>, EditError> {
        let list = self.find(text).ok_or(EditError::Absent)?;
        let spaced = list.separator == Separator::Space && value.contains(char::is_whitespace);
        if spaced || !is_plain(value) {
            return Err(EditError::Unsafe(value.to_owned()));
        }
        let element = list.elements.get(index).ok_or(EditError::Form)?;
        let (span, _) = self.part(text, element, part).ok_or(EditError::Form)?;
        let written = quoted_like(text, span, value, self.language);
        let edits = vec![TextEdit::replace(span, written)];
        let mut expected: Vec<&str> = list.values().collect();
        if part == Part::Value
            && let Some(slot) = expected.get_mut(index)
        {
            *slot = value;
        }
        let edits = self.verified(text, &list, edits, &expected)?;
        let edited = text.edited(&edits).map_err(|_| EditError::Unverified)?;
        let again = self.find(&edited).ok_or(EditError::Unverified)?;
        let element = again.elements.get(index).ok_or(EditError::Unverified)?;
        match self.part(&edited, element, part) {
            Some((_, read)) if read == value => Ok(edits),
            _ => Err(EditError::Unverified),
        }
    }

    fn part(&self, text: &Text, element: &Element, part: Part<'_>) -> Option<(Span, String)> {
        match part {
            Part::Value => Some((element.span, element.value.clone())),
            Part::Paired => element.paired.as_ref().map(|(value, span)| (*span, value.clone())),
            Part::Field(name) => {
                let fields = self.fields(text, element)?;
                let field = fields.into_iter().find(|field| field.name == name)?;
                Some((field.span, field.value?))
            }
        }
    }
}
