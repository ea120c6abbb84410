//! Output in a job of GitHub Actions, whose runner obeys lines of it.
//!
//! A line whose first letters are `::` is a command, blanks before them do not count, and in an older form
//! `##[command]` is one anywhere in a line (github.com/actions/runner, `ActionCommand.cs`). Text of repositories,
//! forges and indexes holds either. So nothing of it leaves this program whole: what is said is broken here, at
//! the last step, and commands that are meant go another way.

/// A character that nobody sees, and that a runner does not take for a blank.
const BREAK: char = '\u{200b}';

/// The same text without a command in it. A JSON document stays the document that it was.
pub(super) fn harmless(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        // What stands behind a carriage return is another line to a runner.
        for line in line.split_inclusive('\r') {
            let start = without_styles(line);
            let trimmed = line.get(start..).unwrap_or_default();
            match trimmed.strip_prefix("::") {
                Some(rest) => {
                    shown.push_str(line.get(..start).unwrap_or_default());
                    shown.extend([':', BREAK, ':']);
                    shown.push_str(rest);
                }
                None => shown.push_str(line),
            }
        }
    }
    if !shown.contains("##[") {
        return shown;
    }
    let is_json = text.trim_start().starts_with(['{', '['])
        && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
    if is_json {
        // Outside of strings JSON has no such letters.
        return shown.replace("##[", "#\\u0023[");
    }
    shown.replace("##[", &format!("#{BREAK}#["))
}

/// Where a line begins behind blanks and what only colours it.
fn without_styles(line: &str) -> usize {
    let mut at = 0;
    loop {
        let rest = line.get(at..).unwrap_or_default();
        let trimmed = rest.trim_start();
        at += rest.len() - trimmed.len();
        let Some(style) = trimmed.strip_prefix("\u{1b}[") else { return at };
        let Some(end) = style.find(|letter: char| letter.is_ascii_alphabetic()) else { return at };
        at += "\u{1b}[".len() + end + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a runner takes for a command, as it does it.
    fn is_command(line: &str) -> bool {
        line.trim_start().starts_with("::") || line.contains("##[")
    }

    #[test]
    fn no_line_is_a_command_to_a_runner() {
        let hostile = "::error::a\n  ::stop-commands::b\n\t\u{1b}[1m ::c\r::d\nFROM x ##[set-output name=v]e\n###[f]\n";
        let shown = harmless(hostile);
        assert!(!shown.split(['\n', '\r']).any(is_command), "{shown:?}");
        assert!(!anstream::adapter::strip_str(&shown).to_string().lines().any(is_command));
        assert_eq!(shown.replace(BREAK, ""), hostile);
        let plain = "a::b\n + ::c\n#[test]\n## [x]\n";
        assert_eq!(harmless(plain), plain);
    }

    #[test]
    fn a_document_says_what_it_said() {
        let value = serde_json::json!({ "::a": "##[b]", "c": "\\##[d]" });
        let text = serde_json::to_string_pretty(&value).expect("JSON");
        let shown = harmless(&text);
        assert!(!shown.lines().any(is_command), "{shown}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).expect("JSON"), value);
    }
}
