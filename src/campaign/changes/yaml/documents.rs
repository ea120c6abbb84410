//! Edits of a whole file, which may hold several documents: each edit is made in every document.

use super::YamlEdit;
use super::edits::{Edited, refused};
use super::selector::Selector;
use crate::source::yaml::Document;
use crate::source::yaml::edit::EditRefused;
use crate::source::{Span, SyntaxError, Text, TextEdit};

/// A file that is being edited.
pub(super) struct EditedFile {
    before: Text,
    documents: Vec<Edited>,
}

impl EditedFile {
    /// The file that a document was read from.
    pub(super) fn of(document: &Document) -> Result<Self, SyntaxError> {
        let before = document.text().clone();
        let each = document.each()?.into_iter();
        Ok(Self { before, documents: each.map(|document| Edited { document }).collect() })
    }

    /// Makes an edit in each of the documents. What refuses it is told by its place in the file as edited so far.
    pub(super) fn make(&mut self, edit: &YamlEdit) -> Result<(), EditRefused> {
        let selector: Selector = edit.at().parse().map_err(|error| refused(format!("{error}")))?;
        if edit.adds() && !selector.tells_documents_apart() {
            self.refuse_adding(&selector)?;
        }
        let mut start = 0;
        let is_left_out = self.left_out();
        for (edited, is_left_out) in self.documents.iter_mut().zip(is_left_out) {
            if !is_left_out {
                edited.make(edit, &selector).map_err(|refused| moved(refused, start))?;
            }
            start += edited.document.text().as_str().len();
        }
        Ok(())
    }

    /// Refuses what would add to one of several documents: which of them lack the key by mistake, and which have no use for
    /// it, only a person knows.
    fn refuse_adding(&self, selector: &Selector) -> Result<(), EditRefused> {
        let left_out = self.left_out();
        let count = left_out.iter().filter(|is_left_out| !**is_left_out).count();
        let mut start = 0;
        for (Edited { document }, is_left_out) in self.documents.iter().zip(left_out) {
            let is_one_of_several = count > 1 && !is_left_out;
            if is_one_of_several && selector.places(document).iter().any(|place| !place.is_there) {
                let message = format!(
                    "the file has {count} documents, and this one lacks it; say which are meant, by a condition in front of it \
                     such as `[kind=Deployment].`, or set only what is there, with `only: present`"
                );
                return Err(moved(EditRefused { span: document.root().span(), message }, start));
            }
            start += document.text().as_str().len();
        }
        Ok(())
    }

    /// Of each document, whether it is empty beside others that are not: what is behind a `---` at the end of the file, or
    /// only comments, is not what an edit means.
    fn left_out(&self) -> Vec<bool> {
        let is_empty = |edited: &Edited| edited.document.root().is_null();
        let all = self.documents.iter().all(is_empty);
        self.documents.iter().map(|edited| !all && is_empty(edited)).collect()
    }

    /// The text of the file as edited so far.
    pub(super) fn text(&self) -> Result<Text, EditRefused> {
        if let [Edited { document }] = self.documents.as_slice() {
            return Ok(document.text().clone());
        }
        let joined: String =
            self.documents.iter().map(|edited| edited.document.text().as_str()).collect();
        let whole = TextEdit::replace(Span::new(0, self.before.as_str().len()), joined);
        self.before.edited(&[whole]).map_err(|_| refused("the file cannot be written".to_owned()))
    }

    /// The text with every edit made, if it still has the documents that were edited, and no others.
    pub(super) fn finished(&self) -> Result<Text, EditRefused> {
        let text = self.text()?;
        let [Edited { document: first }, _, ..] = self.documents.as_slice() else {
            return Ok(text);
        };
        let each = Document::parse(&text, first.dialect()).and_then(|document| document.each());
        let wanted = self.documents.iter().map(|edited| edited.document.text());
        match each.is_ok_and(|each| each.iter().map(Document::text).eq(wanted)) {
            true => Ok(text),
            false => Err(refused("the documents of the file would run into each other".to_owned())),
        }
    }
}

/// A refusal of a document, in a file where the document starts at this offset.
fn moved(refused: EditRefused, start: usize) -> EditRefused {
    let EditRefused { span, message } = refused;
    EditRefused { span: Span::new(span.start + start, span.end + start), message }
}
