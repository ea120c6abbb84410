//! One finding in the style of a compiler: the title, the lines it is about, and what to do.

use std::borrow::Cow;
use std::io::{self, Write};

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::Style;
use crate::checks::finding::Region;
use crate::checks::{Finding, Location, Safety, Severity};
use crate::edge::terminal::lines_of;
use crate::report::visible::{push_visible, visible};
use crate::report::words;
use crate::source::Position;

/// What two findings in different repositories must have in common to count as the same.
pub(super) type Key<'a> =
    (&'a str, Severity, Option<&'a str>, Option<(Position, [u8; 32])>, &'a str);

/// The key of a finding.
pub(super) fn key(finding: &Finding) -> Key<'_> {
    let region = finding.location.as_ref().and_then(|location| location.region.as_ref());
    (
        finding.rule.code,
        finding.severity,
        finding.path().map(crate::snapshot::RepoPath::as_str),
        region.map(|region| (region.start, region.lines_digest)),
        &finding.message,
    )
}

/// Writes a finding and an empty line. `repository` is prepended to its paths.
pub(super) fn write(
    repository: Option<&str>,
    finding: &Finding,
    style: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let renderer = if style.color { Renderer::styled() } else { Renderer::plain() };
    let decor = if style.unicode { DecorStyle::Unicode } else { DecorStyle::Ascii };
    let renderer = renderer.term_width(style.width).decor_style(decor);
    let room = Room::of(finding, style);
    let groups = groups(repository, finding, room);
    let shown = renderer.render(&groups);
    if !style.wraps {
        return writeln!(out, "{shown}\n");
    }
    for line in shown.lines() {
        writeln!(out, "{}", if is_title(line) { hanging(line, style.width) } else { line.into() })?;
    }
    writeln!(out)
}

/// Whether a rendered line is a title. All others begin with a space, a line number or a part of the frame.
fn is_title(line: &str) -> bool {
    let plain = anstream::adapter::strip_str(line).to_string();
    plain.starts_with(|first: char| first.is_ascii_alphabetic())
}

fn hanging(line: &str, width: usize) -> String {
    lines_of(line, width.saturating_sub(HANGING.len())).join(&format!("\n{HANGING}"))
}

const HANGING: &str = "    ";

/// The columns for help and notes, which the renderer indents.
#[derive(Clone, Copy)]
struct Room(Option<usize>);

impl Room {
    fn of(finding: &Finding, style: Style) -> Self {
        let related = finding.related.iter().map(|(location, _)| location);
        let regions =
            finding.location.iter().chain(related).filter_map(|location| location.region.as_ref());
        let last = regions.map(|it| it.start.line as usize + it.excerpt.lines().count()).max();
        let numbers = last.map_or(0, |line| line.to_string().len());
        let before = numbers + "   note: ".len();
        Self(style.wraps.then(|| style.width.saturating_sub(before)))
    }

    fn wrapped<'a>(self, text: Cow<'a, str>) -> Cow<'a, str> {
        match self.0 {
            Some(columns) => lines_of(&text, columns).join("\n").into(),
            None => text,
        }
    }
}

fn groups<'a>(repository: Option<&'a str>, finding: &'a Finding, room: Room) -> Vec<Group<'a>> {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    // A hasty reader would take `error[secret]` for a leaked key.
    let level = if finding.unchecked { level.with_name("unchecked") } else { level };
    let title = level
        .primary_title(visible(&finding.message))
        .id(format!("{} {}", finding.rule.code, finding.rule.id));
    let mut main = match &finding.location {
        Some(location) => place(Group::with_title(title), repository, location, true),
        None => match repository {
            Some(repository) => title.element(Origin::path(visible(repository))),
            None => Group::with_title(title),
        },
    };
    if let Some(help) = &finding.help {
        main = main.element(Level::HELP.message(room.wrapped(visible(help))));
    }
    for note in notes(finding) {
        main = main.element(Level::NOTE.message(room.wrapped(note.into())));
    }
    let mut groups = vec![main];
    for (location, why) in &finding.related {
        let title = Level::NOTE.secondary_title(visible(why));
        groups.push(place(Group::with_title(title), repository, location, false));
    }
    groups
}

fn notes(finding: &Finding) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(fix) = &finding.fix {
        let safety = match fix.safety {
            Safety::Safe => "safe",
            Safety::Unsafe => "unsafe",
        };
        notes.push(format!("fix available: {safety} ({})", visible(&fix.title)));
    }
    if finding.unchecked {
        notes.push("this could not be decided, which is not a pass".to_owned());
    }
    if let Some(waived) = &finding.waived {
        notes.push(visible(&words::waived(waived)).into_owned());
    }
    notes
}

/// Adds the location and its lines.
///
/// If a spelled-out character precedes the span, the location is given separately from the lines, because the
/// renderer would count the added characters into the column.
fn place<'a>(
    group: Group<'a>,
    repository: Option<&str>,
    location: &'a Location,
    primary: bool,
) -> Group<'a> {
    let path = visible(location.path.as_str());
    let path = match repository {
        Some(repository) => format!("{}/{path}", visible(repository)),
        None => path.into_owned(),
    };
    let Some(region) = &location.region else {
        return group.element(Origin::path(path));
    };
    let origin = Origin::path(path.clone())
        .line(region.start.line as usize)
        .char_column(region.start.column as usize);
    let excerpt = Excerpt::of(region);
    if excerpt.text.is_empty() {
        return group.element(origin);
    }
    let kind = if primary { AnnotationKind::Primary } else { AnnotationKind::Context };
    let (start, end) = excerpt.span;
    let shown_before = excerpt.text.get(..start).map_or(0, |before| before.chars().count());
    let snippet = Snippet::source(excerpt.text)
        .line_start(region.start.line as usize)
        .annotation(kind.span(start..end));
    if shown_before + 1 == region.start.column as usize {
        group.element(snippet.path(path))
    } else {
        group.element(origin).element(snippet)
    }
}

/// The lines of a region with hidden characters spelled out, and the region's span in that text.
struct Excerpt {
    text: String,
    span: (usize, usize),
}

impl Excerpt {
    fn of(region: &Region) -> Self {
        let last_line = (region.end.line - region.start.line) as usize;
        let mut text = String::with_capacity(region.excerpt.len());
        let mut start = None;
        let mut end = None;
        for (number, line) in region.excerpt.trim_end_matches('\n').split(['\n', '\r']).enumerate()
        {
            if number > 0 {
                text.push('\n');
            }
            let first = (number == 0).then_some(region.start.column as usize - 1);
            let last = (number == last_line).then_some(region.end.column as usize - 1);
            for (column, character) in line.chars().enumerate() {
                start = start.or((first == Some(column)).then_some(text.len()));
                end = end.or((last == Some(column)).then_some(text.len()));
                match character {
                    '\t' => text.push('\t'),
                    _ => push_visible(&mut text, character),
                }
            }
            // A position after the last character kept: the end of the line, or where it was cut.
            start = start.or(first.map(|_| text.len()));
            end = end.or(last.map(|_| text.len()));
        }
        let start = start.unwrap_or(text.len());
        let end = end.unwrap_or(text.len()).max(start);
        Self { text, span: (start, end) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::report::human::paint;
    use crate::source::{Span, Text};

    fn excerpt(source: &str, span: Span) -> (String, String) {
        let location = Location::span("f", &Text::new(source), span);
        let excerpt = Excerpt::of(&location.region.expect("a region"));
        let marked = excerpt.text[excerpt.span.0..excerpt.span.1].to_owned();
        (excerpt.text, marked)
    }

    #[test]
    fn the_span_follows_what_is_spelled_out() {
        let (text, marked) = excerpt("a\u{202e}é\u{1b}bc\n", Span::new(4, 7));
        assert_eq!(text, "a\\u{202e}é\\u{1b}bc");
        assert_eq!(marked, "é\\u{1b}");
    }

    #[test]
    fn spans_over_lines_at_ends_and_in_nothing() {
        assert_eq!(excerpt("ab\ncd\nef\n", Span::new(1, 4)).1, "b\nc");
        assert_eq!(excerpt("ab\r\ncd\n", Span::new(1, 5)).1, "b\nc");
        assert_eq!(excerpt("ab\n", Span::new(2, 2)).1, "");
        assert_eq!(excerpt("", Span::at(0)), (String::new(), String::new()));
        assert_eq!(excerpt("a\n\n\n\n\n\nb\n", Span::new(0, 8)).1, "a");
    }

    #[test]
    fn a_span_behind_what_is_kept_of_a_long_line_is_at_its_end() {
        let source = "x".repeat(5_000);
        assert_eq!(excerpt(&source, Span::new(4_000, 4_001)).1, "");
    }

    /// The lines of a finding on a terminal of 60 columns, and its words.
    fn on_a_terminal(finding: &Finding) -> (Vec<String>, String) {
        let style = Style { width: 60, wraps: true, color: true, ..Style::default() };
        let mut bytes = Vec::new();
        write(Some("acme"), finding, style, &mut bytes).expect("a vector takes all");
        let shown = String::from_utf8(bytes).expect("UTF-8");
        let shown = anstream::adapter::strip_str(&shown).to_string();
        let words: Vec<&str> =
            shown.split_whitespace().filter(|word| !["│", "├", "╰"].contains(word)).collect();
        (shown.lines().map(str::to_owned).collect(), words.join(" "))
    }

    #[test]
    fn sentences_are_wrapped_between_words_and_lose_none() {
        let sentence =
            "a sentence of several words that does not fit on one line of a small terminal";
        let path = format!("`{}`", "folder/".repeat(12));
        let text = Text::new("1\n2\n3\n");
        let finding = Finding::new(&crate::report::sample::TODO, format!("{sentence} {path}"))
            .at("path", &text, Span::new(2, 3))
            .help(sentence)
            .related(Location::span("path", &text, Span::at(0)), sentence);
        let (lines, words) = on_a_terminal(&finding);
        for line in lines.iter().filter(|line| !line.contains(&path)) {
            assert!(paint::width(line) <= 60, "{line}");
        }
        assert!(lines.contains(&format!("    {path}")), "{lines:?}");
        assert_eq!(words.matches(sentence).count(), 3, "{words}");
    }

    fn any_text() -> impl Strategy<Value = String> {
        "[ab\\t\\r\\n\u{1b}\u{202e}é日🚀\u{301} ]{0,400}"
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_text_and_span_can_be_shown(
            source in any_text(),
            start in 0..1_600_usize,
            length in 0..400_usize,
            width in 1..140_usize,
            unicode: bool,
            wraps: bool,
        ) {
            let text = Text::new(&source);
            let span = Span::new(start.min(source.len()), (start + length).min(source.len()));
            let other = Span::at(source.len() / 2);
            let finding = Finding::new(&crate::report::sample::TODO, source.as_str())
                .at("path", &text, span)
                .help(source.as_str())
                .related(Location::span("path", &text, other), source.as_str());
            let style = Style { width, unicode, wraps, ..Style::default() };
            let mut bytes = Vec::new();
            write(Some(source.as_str()), &finding, style, &mut bytes).expect("a vector takes all");
            let shown = String::from_utf8(bytes).expect("UTF-8");
            let hostile = ['\u{1b}', '\u{202e}', '\r'];
            prop_assert!(!shown.contains(hostile));
        }
    }
}
