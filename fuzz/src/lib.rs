//! What every fuzz target asks of a parser: that its spans can be sliced and its edits applied.
//!
//! In: an input's bytes and what a parser of `shipshape` made of them. Out: nothing, or a panic that
//! names the promise that was broken. The targets themselves stand in `targets/`.

pub mod shell;

use shipshape::source::{Span, Text, TextEdit};

/// What divides an input into a wish (which edit, where, with what) and a document.
pub const DIVIDER: &str = "\n%%\n";

/// The text of an input. What cannot be decoded is made decodable, so that mutations of a byte
/// still reach the parser.
pub fn text_of(bytes: &[u8]) -> Text {
    Text::decode(bytes)
        .unwrap_or_else(|_| Text::new(&String::from_utf8_lossy(bytes).replace('\0', "")))
}

/// The wish and the document of an input; without a divider there is no wish.
pub fn divided(bytes: &[u8]) -> (String, Text) {
    let whole = text_of(bytes);
    match whole.as_str().split_once(DIVIDER) {
        Some((wish, document)) => (wish.to_owned(), Text::new(document)),
        None => (String::new(), whole),
    }
}

/// Asserts that a span lies in the text and cuts no character.
#[track_caller]
pub fn assert_sound(text: &Text, span: Span, what: &str) {
    let content = text.as_str();
    let Span { start, end } = span;
    assert!(start <= end && end <= content.len(), "{what}: {span:?} of {}", content.len());
    assert!(
        content.is_char_boundary(start) && content.is_char_boundary(end),
        "{what}: {span:?} cuts a character"
    );
}

/// Asserts that a span of an approximate place lies in the text.
#[track_caller]
pub fn assert_within(text: &Text, span: Span, what: &str) {
    let Span { start, end } = span;
    assert!(start <= end && end <= text.as_str().len(), "{what}: {span:?}");
}

/// The text with edits that a parser vouches for.
#[track_caller]
pub fn edited(text: &Text, edits: &[TextEdit], what: &str) -> Text {
    match text.edited(edits) {
        Ok(edited) => edited,
        Err(edit) => panic!("{what}: {edit:?} cannot be applied"),
    }
}
