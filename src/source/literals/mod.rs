//! Finds lists that other programs keep in their source code, and edits them in place.
//!
//! A list is looked up by name in a text of a given language: a Go map or slice, a JSON array or
//! object, a TypeScript array or set, a bash array, a space-separated string, a Python set, list,
//! tuple or dict. Parts that are not literals are reported as open, never guessed.
//!
//! Go, TypeScript, JSON and Python share one tokenizer that knows their comments and strings,
//! instead of a parser each: in all of them a list is a bracket with commas, and nesting cannot
//! exhaust the stack.

mod alignment;
mod bracketed;
mod edit;
mod object;
mod replace;
mod spaced;
mod tokens;

pub use alignment::{align, is_aligned};
pub use edit::EditError;
pub use object::Field;
pub use replace::Part;

use super::text::{Span, Text};

/// The language a text is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    /// Go.
    Go,
    /// TypeScript or JavaScript.
    Script,
    /// bash or POSIX sh.
    Shell,
    /// JSON, with comments tolerated. A name is a dotted path of keys; empty for the root.
    Json,
    /// Python.
    Python,
    /// Anything else, such as YAML that contains shell: `NAME="a b"`, `NAME=(a b)` and `NAME: a b`
    /// at the start of a line.
    Text,
}

/// One element of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// The string, or the key of a pair.
    pub value: String,
    /// Its span, quotes included.
    pub span: Span,
    /// The value of a pair, if it is a string.
    pub paired: Option<(String, Span)>,
    /// The span of the whole element: a string, a pair, an object.
    pub entry: Span,
    /// The comma after the element.
    pub comma: Option<Span>,
}

/// A part of a list that is only known at run time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// Its span.
    pub span: Span,
    /// The reason, phrased as the end of a sentence that starts with "the list".
    pub reason: &'static str,
}

/// What separates the elements of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Separator {
    /// Commas.
    Comma,
    /// Whitespace.
    Space,
}

/// A list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// Its elements in order.
    pub elements: Vec<Element>,
    /// Parts of the list, or facts about it, that are not literal.
    pub open: Vec<Open>,
    /// The span between its brackets or quotes.
    pub inner: Span,
    /// The span of its name.
    pub name_span: Span,
    /// What separates its elements.
    pub separator: Separator,
    /// The language it was read as.
    pub language: Language,
}

/// A list to look up by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted<'w> {
    /// The language of the text.
    pub language: Language,
    /// The name; for JSON, the path.
    pub name: &'w str,
    /// For a list of objects, the field whose string is the element's value.
    pub field: Option<&'w str>,
}

impl Wanted<'_> {
    /// Finds the list. Returns `None` if the text does not define the name.
    #[must_use]
    pub fn find(&self, text: &Text) -> Option<List> {
        match self.language {
            Language::Shell => spaced::in_script(text, self.name),
            Language::Text => spaced::in_text(text, self.name),
            _ => bracketed::find(text, self),
        }
    }
}

impl List {
    /// Returns its strings, or the keys of its pairs, in order.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.elements.iter().map(|element| element.value.as_str())
    }
}

#[cfg(test)]
mod tests;
