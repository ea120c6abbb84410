//! Tables with headings.

use unicode_width::UnicodeWidthStr as _;

use crate::edge::terminal::lines_of;

/// The last column is wrapped only if it keeps at least this many columns.
const NARROWEST: usize = 24;

/// Rows with aligned columns, two spaces apart. The first row holds the headings.
///
/// If they do not fit into `columns`, the last column is wrapped between words. If that leaves too little room, each
/// row becomes a block of `HEAD  value` lines instead, like psql's expanded display.
pub(in crate::cli) fn fitted(rows: &[Vec<String>], columns: Option<usize>) -> String {
    let widths = widths(rows);
    let Some(columns) = columns.filter(|columns| total(&widths) > *columns) else {
        return aligned(rows);
    };
    let Some((last, before)) = widths.split_last() else { return String::new() };
    let left = columns.saturating_sub(total(before) + 2);
    if left >= NARROWEST.min(*last) {
        return hanging(rows, before, left);
    }
    expanded(rows, columns)
}

/// Whether rows with aligned columns fit, without a cell that is wrapped.
pub(in crate::cli) fn fits(rows: &[Vec<String>], columns: Option<usize>) -> bool {
    columns.is_none_or(|columns| total(&widths(rows)) <= columns)
}

/// Rows with aligned columns, however wide they are.
pub(in crate::cli) fn aligned(rows: &[Vec<String>]) -> String {
    let widths = widths(rows);
    let mut text = String::new();
    for row in rows {
        push_line(&mut text, row, &widths);
    }
    text
}

fn widths(rows: &[Vec<String>]) -> Vec<usize> {
    let mut widths = Vec::new();
    for row in rows {
        for (column, cell) in row.iter().enumerate() {
            match widths.get_mut(column) {
                Some(width) => *width = cell.width().max(*width),
                None => widths.push(cell.width()),
            }
        }
    }
    widths
}

/// The width of a line, including the spaces between cells.
fn total(widths: &[usize]) -> usize {
    widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1)
}

fn push_line(text: &mut String, row: &[String], widths: &[usize]) {
    let mut line = String::new();
    for (cell, width) in row.iter().zip(widths) {
        line.push_str(cell);
        line.push_str(&" ".repeat(width.saturating_sub(cell.width()) + 2));
    }
    text.push_str(line.trim_end());
    text.push('\n');
}

/// Rows whose last cell is wrapped.
fn hanging(rows: &[Vec<String>], before: &[usize], left: usize) -> String {
    let widths: Vec<usize> = before.iter().copied().chain([left]).collect();
    let mut text = String::new();
    for row in rows {
        let (first, last) = row.split_at(before.len().min(row.len()));
        let mut begin = first.to_vec();
        for line in lines_of(last.first().map_or("", String::as_str), left) {
            begin.push(line);
            push_line(&mut text, &begin, &widths);
            begin = vec![String::new(); before.len()];
        }
    }
    text
}

/// Each row as a block of lines with one heading and cell each; empty cells are left out.
fn expanded(rows: &[Vec<String>], columns: usize) -> String {
    let Some((heads, rows)) = rows.split_first() else { return String::new() };
    let width = heads.iter().map(|head| head.width()).max().unwrap_or_default();
    let left = columns.saturating_sub(width + 2);
    let blocks = rows.iter().map(|row| {
        let cells = heads.iter().zip(row).filter(|(_, cell)| !cell.is_empty());
        let lines = cells.flat_map(|(head, cell)| [vec![head.clone(), cell.clone()]]);
        hanging(&lines.collect::<Vec<_>>(), &[width], left)
    });
    blocks.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(rows: &[&[&str]]) -> Vec<Vec<String>> {
        rows.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect()).collect()
    }

    #[test]
    fn what_fits_is_a_table() {
        let table = rows(&[&["STAGE", "WHAT"], &["plan", "a word and another"]]);
        assert_eq!(fitted(&table, Some(40)), aligned(&table));
        assert_eq!(fitted(&table, None), "STAGE  WHAT\nplan   a word and another\n");
        assert_eq!(fitted(&[], Some(40)), "");
    }

    #[test]
    fn a_long_last_cell_is_broken_between_words_and_never_lost() {
        let long = "0.1.1: a patch, since no pull request brought the commit";
        let table = rows(&[&["STAGE", "WHAT"], &["plan", long], &["tag", ""]]);
        assert_eq!(
            fitted(&table, Some(40)),
            "STAGE  WHAT\n\
             plan   0.1.1: a patch, since no pull\n       request brought the commit\n\
             tag\n"
        );
    }

    #[test]
    fn where_nothing_is_left_of_it_each_row_is_a_block() {
        let name = "acme/workspace-template-deepagents";
        let table = rows(&[
            &["REPOSITORY", "STATE", "RUN"],
            &[name, "building", "https://example.test/runs/1"],
            &[name, "told", ""],
        ]);
        assert_eq!(
            fitted(&table, Some(40)),
            format!(
                "REPOSITORY  {name}\nSTATE       building\nRUN         https://example.test/runs/1\n\n\
                 REPOSITORY  {name}\nSTATE       told\n"
            )
        );
    }
}
