//! Makes text of a repository safe to look at by spelling out invisible characters.
//!
//! All output uses the same list of invisible characters, `source::hidden`. Escaping for a format, such as HTML, is
//! up to that format.

use std::borrow::Cow;

use crate::source::is_hidden;

/// One line of text with every control and invisible character spelled out: `\n`, `\u{202e}`.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    text.chars().for_each(|character| push_visible(&mut shown, character));
    Cow::Owned(shown)
}

/// Appends one character, spelled out if it is invisible.
pub(super) fn push_visible(shown: &mut String, character: char) {
    if matches!(character, '\t' | '\n' | '\r') {
        shown.extend(character.escape_default());
    } else if is_hidden(character) {
        shown.extend(character.escape_unicode());
    } else {
        shown.push(character);
    }
}

/// Whether JSON should escape a character that it would not escape by itself: every hidden one except the line ends
/// of the document.
pub(super) fn is_hidden_in_json(character: char) -> bool {
    character != '\n' && is_hidden(character)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn hidden_characters_are_spelled_out_and_others_kept() {
        assert_eq!(visible("a\u{1b}[31mb"), "a\\u{1b}[31mb");
        assert_eq!(visible("x\u{202e}y\u{2066}"), "x\\u{202e}y\\u{2066}");
        assert_eq!(visible("one\r\n\ttwo"), "one\\r\\n\\ttwo");
        assert_eq!(visible("naïve 日本 👩\u{200d}🚀"), "naïve 日本 👩\u{200d}🚀");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn nothing_hidden_is_left(text in any::<String>()) {
            prop_assert!(!visible(&text).contains(is_hidden));
        }
    }
}
