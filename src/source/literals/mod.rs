//! Lists that other programs keep in their source: found by name, with places, edited in place.
//!
//! In: a text, its language and the name of a list (a Go map or slice, a JSON array or object, a
//! TypeScript array or set, a bash array, a space-separated string, a Python set, list, tuple or
//! dict). Out: [`List`]. Parts that are no literals are reported as open, never guessed. Which list
//! should hold what is decided elsewhere.
//!
//! Go, TypeScript, JSON and Python are read with one tokenizer that knows their comments and
//! strings, and not with their parsers: a list is a bracket with commas in all of them, and nesting
//! cannot exhaust the stack.

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

/// How a text is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    /// Go.
    Go,
    /// TypeScript or JavaScript.
    Script,
    /// bash or POSIX sh.
    Shell,
    /// JSON, with comments tolerated. A name is a path of keys with dots; empty for the root.
    Json,
    /// Python.
    Python,
    /// Anything else, such as YAML that holds shell: `NAME="a b"`, `NAME=(a b)` and `NAME: a b` at
    /// the start of a line.
    Text,
}

/// One element of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// The string, or the key of a pair.
    pub value: String,
    /// Where it stands, quotes included.
    pub span: Span,
    /// The value of a pair, when it is a string.
    pub paired: Option<(String, Span)>,
    /// The whole element: a string, a pair, an object.
    pub entry: Span,
    /// The comma behind it.
    pub comma: Option<Span>,
}

/// A part of a list that is known only when the program runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// Where it stands.
    pub span: Span,
    /// What it is, as the end of the sentence "the list …".
    pub reason: &'static str,
}

/// What separates elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Separator {
    /// Commas.
    Comma,
    /// White space.
    Space,
}

/// A list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// Its elements in order.
    pub elements: Vec<Element>,
    /// What in or about it is not literal.
    pub open: Vec<Open>,
    /// What stands between its brackets or quotes.
    pub inner: Span,
    /// Where its name stands.
    pub name_span: Span,
    /// What separates its elements.
    pub separator: Separator,
    /// How it was read.
    pub language: Language,
}

/// A list by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted<'w> {
    /// How the text is read.
    pub language: Language,
    /// The name, or for JSON the path.
    pub name: &'w str,
    /// For a list of objects: the field whose string counts.
    pub field: Option<&'w str>,
}

impl Wanted<'_> {
    /// Finds the list. None when the text defines no such name.
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
    /// Its strings, or the keys of its pairs, in order.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.elements.iter().map(|element| element.value.as_str())
    }
}

#[cfg(test)]
mod tests;
