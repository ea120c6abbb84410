//! Escapes text so that it has no meaning to Markdown, HTML or GitHub.

use crate::report::visible::visible;

/// Text in a code font; empty text stays empty.
///
/// A code span would need no escapes, but a `|` would still end the table cell that it is in.
pub(super) fn code(raw: &str) -> String {
    if raw.is_empty() { String::new() } else { format!("<code>{}</code>", text(raw)) }
}

/// Text as the value of a double-quoted HTML attribute.
pub(in crate::report) fn attribute(raw: &str) -> String {
    visible(raw)
        .replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// Text that has no meaning to Markdown, HTML or GitHub.
pub(in crate::report) fn text(raw: &str) -> String {
    escaped(raw, Within::Markdown)
}

/// Where a text is placed. Markdown's escapes have no effect in an HTML block.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Within {
    Markdown,
    Html,
}

/// Escapes punctuation with backslashes. GitHub finds mentions, references and bare links after escapes are resolved,
/// so a zero-width space breaks those.
pub(super) fn escaped(raw: &str, within: Within) -> String {
    const BREAK: &str = "&#8203;";
    let mut escaped = String::with_capacity(raw.len() + 16);
    let shown = visible(raw);
    for (at, character) in shown.char_indices() {
        let before = &shown[..at];
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '#' | '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '+' | '|' | '~'
            | '!' | '$' | '='
                if within == Within::Markdown =>
            {
                escaped.push('\\');
                escaped.push(character);
            }
            _ => escaped.push(character),
        }
        let found_by_github = match character {
            '@' | '#' => true,
            ':' => shown[at..].starts_with("://"),
            '.' => ends_with_www(before),
            '-' => ends_with_gh(before),
            _ => false,
        };
        if found_by_github {
            escaped.push_str(BREAK);
        }
    }
    escaped
}

/// `www.example.org` becomes a link even without a scheme.
fn ends_with_www(before: &str) -> bool {
    before.len() >= 3 && before.as_bytes()[before.len() - 3..].eq_ignore_ascii_case(b"www")
}

/// `GH-1` is a reference like `#1`.
fn ends_with_gh(before: &str) -> bool {
    before.len() >= 2 && before.as_bytes()[before.len() - 2..].eq_ignore_ascii_case(b"gh")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::report::tests::rendered;
    use crate::report::{Format, sample};

    #[test]
    fn nothing_hostile_keeps_its_meaning() {
        assert_eq!(text("@all #1 GH-2"), "@&#8203;all \\#&#8203;1 GH-&#8203;2");
        assert_eq!(text("https://x www.x"), "https:&#8203;//x www.&#8203;x");
        assert_eq!(text("a|b`c` [l](u) <b>"), "a\\|b\\`c\\` \\[l\\]\\(u\\) &lt;b&gt;");
        assert_eq!(text("one\ntwo"), "one\\\\ntwo");
        assert_eq!(escaped("<b>(@all #1)", Within::Html), "&lt;b&gt;(@&#8203;all #&#8203;1)");
        let page = rendered(&sample::fleet(), Format::Markdown);
        assert!(!page.contains("<script"));
        assert!(!page.contains("@everyone"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn no_text_opens_a_tag_or_ends_a_line(raw in any::<String>()) {
            let escaped = text(&raw);
            prop_assert!(!escaped.contains(['<', '>', '\n', '\r']));
        }
    }
}
