//! Repositories × paths as a table of single glyphs, with a key to its numbered columns.

use std::collections::HashMap;
use std::io::{self, Write};

use super::Style;
use super::paint::{Ink, Paint, width};
use crate::counted::counted_as;
use crate::drift::RepositoryVerdict;
use crate::drift::model::{PathReport, Report};
use crate::report::matrix::{Matrix, Row, path_glyph, repository_glyph};
use crate::report::visible::visible;
use crate::shape::PathVerdict;

/// Columns per cell: the glyph, a digit for the versions behind, and a space.
const CELL: usize = 3;
/// How many rows and columns are shown, unless verbose.
const ROWS: usize = 40;
const COLUMNS: usize = 60;

/// Writes the table, in several parts if its columns do not fit side by side.
pub(super) fn write(
    report: &Report,
    paint: &Paint,
    style: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let limit = if style.verbose { usize::MAX } else { COLUMNS };
    let matrix = Matrix::of(report, limit);
    let mut lines = alike(&matrix, style.verbose);
    let most = if style.verbose { usize::MAX } else { ROWS };
    let hidden_rows: usize = lines.iter().skip(most).map(|line| line.alike + 1).sum();
    lines.truncate(most);
    let table = Table::new(&matrix, &lines, paint, style);
    let fitting = style.width.saturating_sub(table.left) / CELL;
    let numbers: Vec<usize> = (0..matrix.columns.len()).collect();
    if numbers.is_empty() {
        table.part(&[], out)?;
    }
    for part in numbers.chunks(fitting.max(4)) {
        table.part(part, out)?;
    }
    let notes = [
        (hidden_rows, "repository is", "repositories are"),
        (matrix.hidden_columns, "path is", "paths are"),
    ];
    for (number, one, many) in notes.into_iter().filter(|(number, ..)| *number > 0) {
        writeln!(out, "{}", paint.hidden(&counted_as(number, one, many)))?;
    }
    table.key(out)?;
    legend(&matrix, paint, style, out)
}

/// A row, and how many others look like it.
struct Line<'m, 'r> {
    row: &'m Row<'r>,
    alike: usize,
}

/// Merges rows that differ only in their names into one line, in a large fleet.
fn alike<'m, 'r>(matrix: &'m Matrix<'r>, verbose: bool) -> Vec<Line<'m, 'r>> {
    if verbose || matrix.rows.len() <= ROWS {
        return matrix.rows.iter().map(|row| Line { row, alike: 0 }).collect();
    }
    let mut lines: Vec<Line<'m, 'r>> = Vec::new();
    let mut places = HashMap::new();
    for row in &matrix.rows {
        let place = *places.entry(row.likeness()).or_insert(lines.len());
        match lines.get_mut(place) {
            Some(line) => line.alike += 1,
            None => lines.push(Line { row, alike: 0 }),
        }
    }
    lines
}

struct Table<'a> {
    matrix: &'a Matrix<'a>,
    lines: &'a [Line<'a, 'a>],
    names: Vec<String>,
    prefix: String,
    name_columns: usize,
    left: usize,
    paint: &'a Paint,
    style: Style,
}

impl<'a> Table<'a> {
    fn new(
        matrix: &'a Matrix<'a>,
        lines: &'a [Line<'a, 'a>],
        paint: &'a Paint,
        style: Style,
    ) -> Self {
        let prefix = matrix.shared_prefix();
        let names: Vec<String> = lines
            .iter()
            .map(|line| {
                let repository = line.row.repository;
                let name = repository.name.strip_prefix(prefix).unwrap_or(&repository.name);
                let mut label = visible(name).into_owned();
                if line.alike > 0 {
                    label = format!("{} and {} alike", paint.cut(&label, 24), line.alike);
                }
                label
            })
            .collect();
        let abouts = lines.iter().map(|line| width(&about(line)) + 1).max().unwrap_or(0);
        // Names take at most a third of the line, profiles and owners a fifth.
        let longest = names.iter().map(|name| width(name)).max().unwrap_or(0);
        let name_columns = longest.min(style.width / 3).max(4);
        let left = 2 + name_columns + 1 + abouts.min(style.width / 5) + 1;
        Self { matrix, lines, names, prefix: prefix.to_owned(), name_columns, left, paint, style }
    }

    /// Writes some of the columns, for all rows.
    fn part(&self, columns: &[usize], out: &mut dyn Write) -> io::Result<()> {
        let title = if self.prefix.is_empty() {
            String::new()
        } else {
            format!("  {}{}", visible(&self.prefix), self.paint.ellipsis)
        };
        let mut head = self.paint.padded(&title, self.left.saturating_sub(1)) + " ";
        for column in columns {
            head.push_str(&format!("{:<CELL$}", column + 1));
        }
        // Without columns and without a common prefix, there is nothing to head.
        if !head.trim_end().is_empty() {
            writeln!(out, "{}", self.paint.ink(Ink::Quiet, head.trim_end()))?;
        }
        for (line, name) in self.lines.iter().zip(&self.names) {
            let verdict = line.row.repository.verdict;
            let glyph = repository_glyph(verdict, self.style.unicode).to_string();
            let about_columns = self.left - self.name_columns - 4;
            let about = self.paint.padded(&about(line), about_columns);
            let mut text = format!(
                "{} {} {} ",
                self.paint.ink(Ink::of(verdict), &glyph),
                self.paint.padded(name, self.name_columns),
                self.paint.ink(Ink::Quiet, &about),
            );
            for column in columns {
                let cell = line.row.cells.get(*column).copied().flatten();
                text.push_str(&self.cell(cell));
            }
            writeln!(out, "{}", text.trim_end())?;
        }
        writeln!(out)
    }

    fn cell(&self, path: Option<&PathReport>) -> String {
        let Some(path) = path else { return " ".repeat(CELL) };
        let mut shown = path_glyph(path.verdict, self.style.unicode).to_string();
        match path.behind {
            Some(behind @ 1..=9) => shown.push_str(&behind.to_string()),
            Some(10..) => shown.push('+'),
            Some(0) | None => {}
        }
        let fill = " ".repeat(CELL.saturating_sub(width(&shown)));
        format!("{}{fill}", self.paint.ink(Ink::of_path(path.verdict), &shown))
    }

    /// Writes which path each number stands for, in one or two columns.
    fn key(&self, out: &mut dyn Write) -> io::Result<()> {
        let entries: Vec<String> = self
            .matrix
            .columns
            .iter()
            .enumerate()
            .map(|(index, path)| format!("{:>3} {}", index + 1, visible(path)))
            .collect();
        let half = self.style.width.saturating_sub(2) / 2;
        let pair = entries.iter().all(|entry| width(entry) <= half);
        let rows = if pair { entries.len().div_ceil(2) } else { entries.len() };
        for row in 0..rows {
            let left = entries.get(row).map_or("", String::as_str);
            let right = entries.get(row + rows).map_or("", String::as_str);
            let line = if pair {
                format!("{}  {right}", self.paint.padded(left, half))
            } else {
                left.to_owned()
            };
            writeln!(out, "{}", self.paint.cut(line.trim_end(), self.style.width))?;
        }
        if rows > 0 { writeln!(out) } else { Ok(()) }
    }
}

/// The profile and owner of a row.
fn about(line: &Line<'_, '_>) -> String {
    let repository = line.row.repository;
    let profile = repository.profile.as_deref().map(visible);
    let owner = repository.owner.as_deref().map(visible);
    match (profile, owner) {
        (Some(profile), Some(owner)) => format!("{profile}/{owner}"),
        (Some(one), None) | (None, Some(one)) => one.into_owned(),
        (None, None) => String::new(),
    }
}

fn legend(matrix: &Matrix<'_>, paint: &Paint, style: Style, out: &mut dyn Write) -> io::Result<()> {
    use PathVerdict as P;
    use RepositoryVerdict as R;
    let rows = [R::Conformant, R::Drifted, R::Broken, R::Unchecked].into_iter();
    let rows = rows
        .filter(|verdict| matrix.rows.iter().any(|row| row.repository.verdict == *verdict))
        .map(|verdict| {
            format!("{} {}", repository_glyph(verdict, style.unicode), verdict.as_str())
        });
    let cells = [
        P::Conformant,
        P::Stale,
        P::Modified,
        P::Diverged,
        P::Missing,
        P::Forbidden,
        P::Extra,
        P::Waived,
        P::Unchecked,
    ];
    let cells = cells
        .into_iter()
        .filter(|verdict| {
            let mut cells = matrix.rows.iter().flat_map(|row| row.cells.iter().flatten());
            cells.any(|path| path.verdict == *verdict)
        })
        .map(|verdict| match verdict {
            P::Stale => format!("{}N stale, N versions behind", path_glyph(verdict, style.unicode)),
            _ => format!("{} {}", path_glyph(verdict, style.unicode), verdict.as_str()),
        });
    for (title, entries) in [("rows ", rows.collect::<Vec<_>>()), ("paths", cells.collect())] {
        let mut line = title.to_owned();
        for entry in entries {
            if width(&line) + 2 + width(&entry) > style.width {
                writeln!(out, "{}", paint.ink(Ink::Quiet, &line))?;
                line = " ".repeat(title.len());
            }
            line.push_str("  ");
            line.push_str(&entry);
        }
        if line.len() > title.len() {
            writeln!(out, "{}", paint.ink(Ink::Quiet, &line))?;
        }
    }
    writeln!(out)
}
