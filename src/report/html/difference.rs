//! The unified diff of two texts, in lines that the page colours.

use serde::Serialize;
use similar::{ChangeTag, TextDiff};

use crate::drift::model::Difference;
use crate::report::visible::visible;

/// Lines of context around a change.
const CONTEXT: usize = 3;
/// How many lines of a diff are shown; beyond that, a reader will open the files themselves.
const MOST_LINES: usize = 400;
/// How many bytes are compared, since the time grows with the square of the differences.
const MOST_BYTES: usize = 100_000;
const LONGEST_LINE: usize = 400;

/// One line of a diff.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Line {
    kind: &'static str,
    sign: char,
    text: String,
}

/// The diff from the canonical text to the actual one, and how many lines were left out.
#[derive(Debug, Serialize)]
pub(super) struct Lines {
    pub(super) lines: Vec<Line>,
    left_out: usize,
    too_large: bool,
}

impl Lines {
    pub(super) fn of(difference: &Difference) -> Self {
        let Difference { canonical, actual } = difference;
        if canonical.len() + actual.len() > MOST_BYTES {
            return Self { lines: Vec::new(), left_out: 0, too_large: true };
        }
        let compared = TextDiff::from_lines(canonical.as_str(), actual.as_str());
        let mut lines = Vec::new();
        for group in compared.grouped_ops(CONTEXT) {
            if let (Some(first), Some(last)) = (group.first(), group.last()) {
                let (old, new) = (first.old_range().start, first.new_range().start);
                let text = format!(
                    "-{},{} +{},{}",
                    old + 1,
                    last.old_range().end - old,
                    new + 1,
                    last.new_range().end - new,
                );
                lines.push(Line { kind: "place", sign: '@', text });
            }
            for change in group.iter().flat_map(|op| compared.iter_changes(op)) {
                let (kind, sign) = match change.tag() {
                    ChangeTag::Equal => ("same", ' '),
                    ChangeTag::Delete => ("gone", '-'),
                    ChangeTag::Insert => ("new", '+'),
                };
                lines.push(Line { kind, sign, text: shown(change.value()) });
            }
        }
        let left_out = lines.len().saturating_sub(MOST_LINES);
        lines.truncate(MOST_LINES);
        Self { lines, left_out, too_large: false }
    }
}

/// A line without its `
/// `. A carriage return is kept and spelled out, because it may be the only difference.
fn shown(line: &str) -> String {
    let line = line.strip_suffix('\n').unwrap_or(line).replace('\t', "    ");
    let cut = line.floor_char_boundary(LONGEST_LINE);
    let mut shown = visible(line.get(..cut).unwrap_or(&line)).into_owned();
    if cut < line.len() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(canonical: &str, actual: &str) -> Vec<String> {
        let difference = Difference { canonical: canonical.to_owned(), actual: actual.to_owned() };
        let lines = Lines::of(&difference).lines;
        lines.into_iter().map(|line| format!("{}{}", line.sign, line.text)).collect()
    }

    #[test]
    fn what_was_wanted_is_taken_away_and_what_was_found_is_added() {
        assert_eq!(lines("a\nb\n", "a\nc\n"), ["@-1,2 +1,2", " a", "-b", "+c"]);
    }

    #[test]
    fn line_ends_and_controls_are_spelled_out() {
        assert_eq!(lines("a\n", "a\r\n"), ["@-1,1 +1,1", "-a", "+a\\r"]);
        assert_eq!(lines("", "\u{202e}"), ["@-1,0 +1,1", "+\\u{202e}"]);
    }

    #[test]
    fn what_is_too_much_is_left_out_and_counted() {
        let many = "x\n".repeat(1_000);
        let difference = Difference { canonical: String::new(), actual: many };
        let cut = Lines::of(&difference);
        assert_eq!((cut.lines.len(), cut.left_out), (400, 601));
        let huge = Difference { canonical: String::new(), actual: "x".repeat(MOST_BYTES + 1) };
        assert!(Lines::of(&huge).too_large);
    }
}
