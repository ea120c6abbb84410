//! One finding as the page shows it, with an excerpt.

use serde::Serialize;

use super::view::shown;
use crate::checks::finding::Region;
use crate::checks::{Finding, Location, Safety};
use crate::report::visible::visible;
use crate::report::words;

/// Everything that is shown about a finding.
#[derive(Serialize)]
pub(super) struct Entry {
    code: &'static str,
    rule: &'static str,
    severity: String,
    place: String,
    message: Vec<Part>,
    help: Vec<Part>,
    fix: Option<(&'static str, String)>,
    excerpt: Option<Excerpt>,
    related: Vec<(String, String)>,
    unchecked: bool,
    waived: Option<String>,
}

/// A part of a sentence. Text between backticks is code.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Part {
    code: bool,
    text: String,
}

/// A line of the source, with the relevant part marked.
#[derive(Serialize)]
struct Excerpt {
    line: u32,
    before: String,
    marked: String,
    after: String,
}

impl Entry {
    pub(super) fn of(finding: &Finding) -> Self {
        let region = finding.location.as_ref().and_then(|location| location.region.as_ref());
        let fix = finding.fix.as_ref().map(|fix| match fix.safety {
            Safety::Safe => ("safe", shown(&fix.title)),
            Safety::Unsafe => ("unsafe", shown(&fix.title)),
        });
        Self {
            code: finding.rule.code,
            rule: finding.rule.id,
            severity: finding.severity.to_string(),
            place: finding.location.as_ref().map_or_else(String::new, place),
            message: parts(&finding.message),
            help: finding.help.as_deref().map(parts).unwrap_or_default(),
            fix,
            excerpt: region.and_then(Excerpt::of),
            related: finding
                .related
                .iter()
                .map(|(location, why)| (place(location), shown(why)))
                .collect(),
            unchecked: finding.unchecked,
            waived: finding
                .waived
                .as_ref()
                .map(|it| shown(&words::capitalised(&words::waived(it)))),
        }
    }
}

/// Splits a sentence at its backticks. A sentence with unpaired backticks is left as it is.
fn parts(sentence: &str) -> Vec<Part> {
    let pieces: Vec<&str> = sentence.split('`').collect();
    if pieces.len().is_multiple_of(2) {
        return vec![Part { code: false, text: shown(sentence) }];
    }
    let parts = pieces.into_iter().enumerate();
    let parts = parts.map(|(index, piece)| Part { code: index % 2 == 1, text: shown(piece) });
    parts.filter(|part| !part.text.is_empty()).collect()
}

fn place(location: &Location) -> String {
    let path = visible(location.path.as_str());
    match &location.region {
        Some(region) => format!("{path}:{}", region.start),
        None => path.into_owned(),
    }
}

impl Excerpt {
    /// The first of the lines, cut to a window around the marked part.
    fn of(region: &Region) -> Option<Self> {
        const AROUND: usize = 48;
        let line = region.excerpt.split(['\n', '\r']).next().filter(|line| !line.is_empty())?;
        let start = region.start.column as usize - 1;
        let length = line.chars().count();
        let end = match region.end.line == region.start.line {
            true => (region.end.column as usize - 1).min(length),
            false => length,
        };
        let part = |from: usize, to: usize| -> String {
            line.chars().skip(from).take(to.saturating_sub(from)).collect()
        };
        let piece = |from, to| shown(&part(from, to).replace('\t', "    "));
        let first = start.saturating_sub(AROUND);
        let marked_end = end.min(start + 2 * AROUND);
        let last = (marked_end + AROUND).min(length);
        let mut before = piece(first, start);
        if first > 0 {
            before.insert(0, '…');
        }
        let mut after = piece(marked_end, last);
        if last < length {
            after.push('…');
        }
        Some(Self { line: region.start.line, before, marked: piece(start, marked_end), after })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Span, Text};

    #[test]
    fn code_stands_between_pairs_of_backticks() {
        let texts = |sentence| -> Vec<(bool, String)> {
            parts(sentence).into_iter().map(|part| (part.code, part.text)).collect()
        };
        assert_eq!(
            texts("a `b` c"),
            [(false, "a ".to_owned()), (true, "b".to_owned()), (false, " c".to_owned())]
        );
        assert_eq!(texts("a `b"), [(false, "a `b".to_owned())]);
    }

    #[test]
    fn an_excerpt_is_a_window_around_what_is_meant() {
        let source = format!("{}HERE{}\n", "x".repeat(500), "y".repeat(500));
        let location = Location::span("f", &Text::new(&source), Span::new(500, 504));
        let excerpt = location.region.as_ref().and_then(Excerpt::of).expect("an excerpt");
        assert_eq!(excerpt.marked, "HERE");
        assert_eq!(excerpt.before.chars().count(), 49);
        assert!(excerpt.before.starts_with("…x") && excerpt.after.ends_with("y…"));
    }
}
