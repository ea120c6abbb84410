//! Escapes repository content so that titles, messages and Markdown show it literally. Pure.

use std::iter::Peekable;
use std::str::Chars;

/// Word joiner, inserted after a sign such as `@`: readers do not see it, and the forge recognizes no mention across
/// it.
pub(super) const JOINER: char = '\u{2060}';

/// Escapes text for titles and messages: one line, without mentions or issue references.
pub(super) fn plain(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut escaped = String::with_capacity(line.len());
    let mut rest = line.chars().peekable();
    while let Some(c) = rest.next() {
        escaped.push(c);
        let calls = matches!(c, '@' | '#') && rest.peek().is_some_and(char::is_ascii_alphanumeric);
        if calls || c == ':' && rest.peek() == Some(&'/') || leads(&escaped, &rest) {
            escaped.push(JOINER);
        }
    }
    escaped
}

/// Whether what was written forms a reference with what follows, though it has no sign of one: `GH-12` is an issue, and
/// `www.x` a page.
fn leads(written: &str, rest: &Peekable<Chars<'_>>) -> bool {
    let ends = |word: &str| {
        let from = written.len().checked_sub(word.len());
        from.and_then(|from| written.get(from..)).is_some_and(|end| end.eq_ignore_ascii_case(word))
    };
    let next = rest.clone().next();
    ends("gh-") && next.is_some_and(|c| c.is_ascii_digit())
        || ends("www.") && next.is_some_and(char::is_alphanumeric)
}

/// [`plain`] for each of several lines.
pub(super) fn plain_lines(text: &str) -> String {
    text.lines().map(plain).collect::<Vec<_>>().join("\n")
}

/// Escapes text for Markdown: no markup, mentions, references or links. Line breaks stay.
pub(super) fn markdown(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(|line| marked_down(line.trim_start())).collect();
    lines.join("\n")
}

fn marked_down(line: &str) -> String {
    let mut escaped = String::with_capacity(line.len());
    let mut rest = line.chars().peekable();
    while let Some(c) = rest.next() {
        let begins = escaped.is_empty() && matches!(c, '-' | '+' | '=');
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' => escaped.extend(['\\', c]),
            // An empty comment separates a sign from what it would refer to.
            '@' => escaped.push_str("@<!-- -->"),
            '#' => escaped.push_str("\\#<!-- -->"),
            ':' if rest.peek() == Some(&'/') => escaped.push_str(":<!-- -->"),
            _ if begins => escaped.extend(['\\', c]),
            _ => escaped.push(c),
        }
        if leads(&escaped, &rest) {
            escaped.push_str("<!-- -->");
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_calls_nobody_and_has_one_line() {
        assert_eq!(plain("plain text, a-b_c (1)"), "plain text, a-b_c (1)");
        assert_eq!(
            plain("fixes #12\nCo-authored-by: @ann"),
            "fixes #\u{2060}12 Co-authored-by: @\u{2060}ann"
        );
        assert_eq!(plain("see https://x"), "see https:\u{2060}//x");
        assert_eq!(plain("fixes gh-12, WWW.x"), "fixes gh-\u{2060}12, WWW.\u{2060}x");
        assert_eq!(plain("high-end www. gh-a"), "high-end www. gh-a");
    }

    #[test]
    fn markdown_shows_text_as_it_is() {
        assert_eq!(markdown("plain text, a-b (1)."), "plain text, a-b (1).");
        assert_eq!(markdown("a_b `c` <!-- d -->"), "a\\_b \\`c\\` &lt;!-- d --&gt;");
        assert_eq!(markdown("@ann fixes #12"), "@<!-- -->ann fixes \\#<!-- -->12");
        assert_eq!(markdown("a\n# b\n- c\n    d\n---"), "a\n\\#<!-- --> b\n\\- c\nd\n\\---");
        assert_eq!(markdown("GH-7 www.x"), "GH-<!-- -->7 www.<!-- -->x");
        assert_eq!(markdown("![x](https://y)"), "!\\[x\\](https:<!-- -->//y)");
    }
}
