//! Text turned into documents whose every part knows where it stands.
//!
//! In: the bytes of one file. Out: a document with spans, or a [`SyntaxError`] with one. Nothing
//! here knows what a fleet wants of a file: that is declared in the shape pack and decided by
//! `checks`. No parser panics, recurses without bound or expands aliases, whatever the bytes.

pub mod dockerfile;
mod documents;
mod excerpt;
mod hidden;
pub mod ignore_lines;
pub mod json;
pub mod languages;
pub mod literals;
pub mod named_files;
pub mod python;
pub mod requirements;
pub mod secrets;
pub mod shell;
pub mod spliced;
pub mod text;
pub mod typed;
pub mod wildcard;
pub mod workflow;
pub mod yaml;

pub use documents::{Broken, Documents};
pub use excerpt::{EXCERPT_LINES, Excerpt};
pub use hidden::is_hidden;
pub use text::{Position, Span, SyntaxError, Text, TextEdit, Undecodable};
