//! The columns into which gofmt aligns a map: values after keys, and comments after values.
//!
//! gofmt aligns consecutive lines; a line without the column ends the block. It leaves columns
//! unaligned if key lengths differ very much, by a rule that is not replicated here: a list that
//! was not aligned before an edit is left unaligned.

use super::edit::{full_end, stands_alone};
use super::{Element, Language, List};
use crate::source::text::{Span, Text, TextEdit};

/// Something to align: the offset at which its line begins, the end of the part before it, and its
/// own offset.
struct Cell {
    line: u32,
    begins: usize,
    before: usize,
    at: usize,
}

/// Whether the columns of a Go list are aligned as gofmt would.
#[must_use]
pub fn is_aligned(text: &Text, list: &List) -> bool {
    align(text, list).is_empty()
}

/// Returns the edits that align them; none for other languages.
#[must_use]
pub fn align(text: &Text, list: &List) -> Vec<TextEdit> {
    if list.language != Language::Go {
        return Vec::new();
    }
    let alone: Vec<&Element> =
        list.elements.iter().filter(|element| stands_alone(text, element)).collect();
    let values = alone.iter().filter_map(|element| value_cell(text, element)).collect();
    let comments = alone.iter().filter_map(|element| comment_cell(text, element)).collect();
    let mut edits = Vec::new();
    column(text, values, &mut edits);
    column(text, comments, &mut edits);
    edits
}

fn value_cell(text: &Text, element: &Element) -> Option<Cell> {
    let behind = text.slice(Span::new(element.span.end, element.entry.end));
    let rest = behind.strip_prefix(':').filter(|_| element.entry.start == element.span.start)?;
    Some(Cell {
        line: text.position(element.entry.start).line,
        begins: element.entry.start,
        before: element.span.end + 1,
        at: element.entry.end - rest.trim_start_matches(' ').len(),
    })
}

fn comment_cell(text: &Text, element: &Element) -> Option<Cell> {
    let before = full_end(element);
    let line = text.line_span(text.position(element.entry.start).line);
    let behind = text.slice(Span::new(before, line.end));
    let comment = behind.trim_start_matches(' ');
    comment.starts_with("//").then(|| Cell {
        line: text.position(element.entry.start).line,
        begins: element.entry.start,
        before,
        at: line.end - comment.len(),
    })
}

/// The width as gofmt counts it: one column per character.
fn width(text: &Text, start: usize, end: usize) -> usize {
    text.slice(Span::new(start, end)).chars().count()
}

fn column(text: &Text, cells: Vec<Cell>, edits: &mut Vec<TextEdit>) {
    let mut run: Vec<Cell> = Vec::new();
    for cell in cells {
        if run.last().is_some_and(|last| last.line + 1 != cell.line) {
            align_run(text, &run, edits);
            run.clear();
        }
        run.push(cell);
    }
    align_run(text, &run, edits);
}

fn align_run(text: &Text, run: &[Cell], edits: &mut Vec<TextEdit>) {
    let widest = run.iter().map(|cell| width(text, cell.begins, cell.before)).max().unwrap_or(0);
    for cell in run {
        let wanted = widest + 1 - width(text, cell.begins, cell.before);
        if cell.at - cell.before != wanted {
            let span = Span::new(cell.before, cell.at);
            edits.push(TextEdit::replace(span, " ".repeat(wanted)));
        }
    }
}
