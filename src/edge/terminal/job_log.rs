//! Makes output harmless in a job of GitHub Actions, whose runner executes some lines.
//!
//! A line that starts with `::`, even after blanks, is a command, and in an older form `##[command]` is one anywhere in
//! a line (github.com/actions/runner, `ActionCommand.cs`). Text of repositories, forges and indexes may contain either,
//! so both are broken up here, just before printing. Intended commands take another path.

/// An invisible character that a runner does not treat as a blank.
const BREAK: char = '\u{200b}';

/// The text without commands. A JSON document keeps its meaning.
pub(super) fn harmless(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        // A runner treats text after a carriage return as another line.
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
        // In JSON, these characters occur only in strings.
        return shown.replace("##[", "#\\u0023[");
    }
    shown.replace("##[", &format!("#{BREAK}#["))
}

/// The offset at which a line starts after blanks and colour codes.
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
