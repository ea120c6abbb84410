//! What a repository holds, put into a title, a message or Markdown as the text that it is. Pure.

/// Stands between a sign and what it would call: no reader sees it, and the forge does not look across it.
const JOINER: char = '\u{2060}';

/// For titles and messages: one line, which names nobody and no issue.
pub(super) fn plain(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut escaped = String::with_capacity(line.len());
    let mut rest = line.chars().peekable();
    while let Some(c) = rest.next() {
        escaped.push(c);
        let calls = matches!(c, '@' | '#') && rest.peek().is_some_and(char::is_ascii_alphanumeric);
        if calls || c == ':' && rest.peek() == Some(&'/') {
            escaped.push(JOINER);
        }
    }
    escaped
}

/// For Markdown: no markup, no mention, no reference, no link; lines stay lines.
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
            // A comment parts a sign from what it would call.
            '@' => escaped.push_str("@<!-- -->"),
            '#' => escaped.push_str("\\#<!-- -->"),
            ':' if rest.peek() == Some(&'/') => escaped.push_str(":<!-- -->"),
            _ if begins => escaped.extend(['\\', c]),
            _ => escaped.push(c),
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
    }

    #[test]
    fn markdown_shows_text_as_it_is() {
        assert_eq!(markdown("plain text, a-b (1)."), "plain text, a-b (1).");
        assert_eq!(markdown("a_b `c` <!-- d -->"), "a\\_b \\`c\\` &lt;!-- d --&gt;");
        assert_eq!(markdown("@ann fixes #12"), "@<!-- -->ann fixes \\#<!-- -->12");
        assert_eq!(markdown("a\n# b\n- c\n    d\n---"), "a\n\\#<!-- --> b\n\\- c\nd\n\\---");
        assert_eq!(markdown("![x](https://y)"), "!\\[x\\](https:<!-- -->//y)");
    }
}
