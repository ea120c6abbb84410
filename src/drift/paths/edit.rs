//! Describes an edit of a canon: how many lines, where first, or that only its form differs.

use similar::{Algorithm, DiffTag, capture_diff_slices};

use crate::checks::Location;
use crate::source::{Span, Text, secrets};

/// The description of an edit.
#[derive(Debug, Default)]
pub(super) struct Edit {
    /// What follows "was edited since the canon": `: 1 line added`, or nothing.
    pub(super) words: String,
    /// Whether only the form differs, so that undoing the edit loses nothing.
    pub(super) form_only: bool,
    /// The first line that differs.
    pub(super) first: Option<Location>,
}

/// Describes the edit of `base`; empty if either side is not UTF-8.
pub(super) fn of(path: &str, base: &[u8], actual: &[u8]) -> Edit {
    let (Ok(base), Ok(actual)) = (std::str::from_utf8(base), std::str::from_utf8(actual)) else {
        return Edit::default();
    };
    if bare(base) == bare(actual) {
        let words = format!(", in {} only", form(base, actual).join(" and "));
        return Edit { words, form_only: true, first: None };
    }
    let Ok(text) = Text::decode(actual.as_bytes()) else { return Edit::default() };
    let (old, new): (Vec<&str>, Vec<&str>) =
        (without_mark(base).lines().collect(), text.as_str().lines().collect());
    let operations = capture_diff_slices(Algorithm::Myers, &old, &new);
    let (mut added, mut removed, mut first) = (0, 0, None);
    for operation in operations.iter().filter(|operation| operation.tag() != DiffTag::Equal) {
        removed += operation.old_range().len();
        added += operation.new_range().len();
        first = first.or(Some(operation.new_range().start));
    }
    let lines = |count: usize| if count == 1 { "line" } else { "lines" };
    let mut words = match (added, removed) {
        (0, 0) => String::new(),
        (added, 0) => format!(": {added} {} added", lines(added)),
        (0, removed) => format!(": {removed} {} removed", lines(removed)),
        (added, removed) => format!(": {added} {} added, {removed} removed", lines(added)),
    };
    // It is no line of its own, but git counts its line among those that differ.
    let has_end = |text: &str| text.is_empty() || text.ends_with('\n');
    if !words.is_empty() && !actual.is_empty() && has_end(base) != has_end(actual) {
        let has = if has_end(actual) { "has a" } else { "has no" };
        words.push_str(&format!(", and its last line {has} line end"));
    }
    let first = first.filter(|_| !new.is_empty()).map(|line| {
        let line = u32::try_from(line.min(new.len() - 1) + 1).unwrap_or(u32::MAX);
        let span = text.line_span(line);
        let said = text.slice(span);
        let span = Span::new(span.start, span.start + said.trim_end().len());
        // The line may hold a credential.
        let masked = matches!(secrets::masked(said), std::borrow::Cow::Owned(_));
        let hidden: &[Span] = if masked { &[span] } else { &[] };
        Location::redacted(path, &text, span, hidden)
    });
    Edit { words, form_only: false, first }
}

/// Strips a text of its form: the byte order mark, carriage returns and trailing line ends.
fn bare(text: &str) -> String {
    without_mark(text).replace('\r', "").trim_end_matches('\n').to_owned()
}

fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// Describes how the form of a text differs from another with the same content.
fn form(base: &str, actual: &str) -> Vec<&'static str> {
    let has_mark = |text: &str| text.starts_with('\u{feff}');
    let returns = |text: &str| text.matches('\r').count();
    let ends = |text: &str| {
        let text = text.replace('\r', "");
        text.len() - text.trim_end_matches('\n').len()
    };
    let forms = [
        (has_mark(base) != has_mark(actual), "its byte order mark"),
        (ends(base) != ends(actual), "the line ends after its last line"),
    ];
    let mut forms: Vec<&str> =
        forms.into_iter().filter(|(differs, _)| *differs).map(|(_, words)| words).collect();
    // A carriage return may just belong to a line end that was added or removed.
    if returns(base) != returns(actual)
        && (forms.is_empty() || returns(base).min(returns(actual)) == 0)
    {
        forms.push("its line ends");
    }
    // The same number of carriage returns, in other places.
    if forms.is_empty() {
        forms.push("its line ends");
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(base: &str, actual: &str) -> String {
        let edit = of("f", base.as_bytes(), actual.as_bytes());
        let region = edit.first.and_then(|first| first.region);
        let line = region
            .map_or(String::new(), |it| format!(" @{} {}", it.start.line, it.excerpt.trim_end()));
        format!("{}{}{line}", edit.words, if edit.form_only { " (form)" } else { "" })
    }

    #[test]
    fn lines_are_counted_and_the_first_is_shown() {
        assert_eq!(said("a\nb\nc\n", "a\nX\nc\nd\n"), ": 2 lines added, 1 removed @2 X");
        assert_eq!(said("a\nb\n", "a\nb\nc\n"), ": 1 line added @3 c");
        assert_eq!(said("a\nb\nc\n", "a\nb\n"), ": 1 line removed @2 b");
        assert_eq!(said("a\n", ""), ": 1 line removed");
        let end = ", and its last line has no line end";
        assert_eq!(said("a\nb\n", "X\nb"), format!(": 1 line added, 1 removed{end} @1 X"));
        let end = ", and its last line has a line end";
        assert_eq!(said("a\nb", "a\nb\nc\n"), format!(": 1 line added{end} @3 c"));
        assert_eq!(said("a\nb\n", "\u{feff}a\r\nB\r\n"), ": 1 line added, 1 removed @2 B");
    }

    #[test]
    fn what_differs_in_form_alone_is_said_so() {
        assert_eq!(said("a\nb\n", "a\r\nb\r\n"), ", in its line ends only (form)");
        assert_eq!(said("a\n", "\u{feff}a\n"), ", in its byte order mark only (form)");
        assert_eq!(said("a\nb\n", "a\nb"), ", in the line ends after its last line only (form)");
        assert_eq!(
            said("a\nb\n", "\u{feff}a\nb"),
            ", in its byte order mark and the line ends after its last line only (form)"
        );
    }

    #[test]
    fn a_credential_in_the_first_line_is_not_shown() {
        let token = ["ghp_", "Zq3vT9xLb2Kf7RmW1sYd8HcN5gPjU4aE6oXi"].concat();
        let said = said("a\n", &format!("token: {token}\na\n"));
        assert!(said.contains("@1 ***") && !said.contains("ghp_"), "{said}");
    }

    #[test]
    fn what_is_no_text_is_only_known_to_differ() {
        let edit = of("f", b"a\n", &[0xff, 0xfe]);
        assert_eq!((edit.words.as_str(), edit.form_only), ("", false));
    }
}
