//! Text in XML: the escapes of every format that is XML.

use super::visible::visible;

/// Escapes text for XML 1.0, with hidden characters spelled out. U+FFFE and U+FFFF are illegal even as references
/// (<https://www.w3.org/TR/xml/#charsets>).
pub(super) fn xml(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in visible(text).chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn no_text_leaves_its_place(text in any::<String>()) {
            let escaped = xml(&text);
            let illegal = ['<', '>', '"', '\'', '\u{fffe}', '\u{ffff}'];
            prop_assert!(!escaped.contains(illegal));
            prop_assert!(!escaped.chars().any(char::is_control));
        }
    }
}
