//! Parsers that turn the bytes of a file into a document with spans.
//!
//! Nothing here knows what a fleet requires of a file: the shape pack declares that, and `checks`
//! decides it. No parser panics, recurses without bound or expands aliases, whatever the input.

pub mod covering;
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
