//! Texts of several documents: each document as a text of its own, so that it is edited like any other.

use super::Document;
use super::gap::line_start;
use crate::source::text::{Span, SyntaxError, Text};

impl Document {
    /// Returns every document of the text, each parsed from its own part of the text. A part begins
    /// at the line of its marker, and the parts in order are the whole text, apart from its byte
    /// order mark if there are several.
    ///
    /// # Errors
    /// When a part is not a document by itself: one with directives, or with an alias of an anchor
    /// in another.
    pub fn each(&self) -> Result<Vec<Self>, SyntaxError> {
        if self.further_documents.is_empty() {
            return Ok(vec![self.clone()]);
        }
        let content = self.text.as_str();
        let markers = self.further_documents.iter();
        let further = markers.map(|marker| line_start(content, marker.start));
        let starts: Vec<usize> = std::iter::once(0).chain(further).collect();
        let ends = starts.iter().skip(1).copied().chain([content.len()]);
        let parts = starts.iter().zip(ends).map(|(start, end)| Span::new(*start, end));
        parts.map(|part| self.part(part)).collect()
    }

    fn part(&self, span: Span) -> Result<Self, SyntaxError> {
        let text = Text::new(self.text.slice(span));
        let part = Self::parse(&text, self.dialect).map_err(|error| {
            let (start, end) = (span.start + error.span.start, span.start + error.span.end);
            SyntaxError::new(Span::new(start, end), error.message)
        })?;
        // A mark within the text would be lost, and a marker within the part would be overlooked.
        if text.as_str().len() != span.len() || !part.further_documents.is_empty() {
            let message = "it is not clear where this document begins and ends";
            return Err(SyntaxError::new(span, message));
        }
        Ok(Self { stays_json: self.stays_json, ..part })
    }
}
