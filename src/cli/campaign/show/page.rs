//! The text of a command, with rows whose last column fits the terminal.

use std::fmt;

use unicode_width::UnicodeWidthStr as _;

use crate::cli::Context;
use crate::edge::terminal::lines_of;

/// The last column keeps at least this many columns; with less room, it is below the others.
const NARROWEST: usize = 24;

/// The indentation of what is below.
const BELOW: usize = 6;

/// The width that lines may have; `None` if they do not go to a terminal, and may have any length.
#[derive(Clone, Copy, Debug)]
pub(in crate::cli::campaign) struct Room(Option<usize>);

impl Room {
    pub(in crate::cli::campaign) fn of(context: &Context) -> Self {
        Self(context.terminal.columns())
    }

    /// For a file.
    pub(in crate::cli::campaign) fn unlimited() -> Self {
        Self(None)
    }
}

/// A text that is being written. What is written with `write!` keeps its lines.
#[derive(Debug)]
pub(super) struct Page {
    text: String,
    room: Room,
}

impl Page {
    pub(super) fn new(room: Room) -> Self {
        Self { text: String::new(), room }
    }

    pub(super) fn push_str(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Adds a line whose last column is wrapped between words where it does not fit.
    pub(super) fn row(&mut self, before: &str, last: &str) {
        let Room(Some(columns)) = self.room else {
            self.push_str(&format!("{before}{last}\n"));
            return;
        };
        let width = before.width();
        let left = columns.saturating_sub(width);
        if last.width() <= left || left >= NARROWEST {
            self.hanging(before, last, left);
        } else {
            self.push_str(&format!("{}\n", before.trim_end()));
            self.hanging(&" ".repeat(BELOW), last, columns.saturating_sub(BELOW));
        }
    }

    fn hanging(&mut self, before: &str, last: &str, left: usize) {
        let below = " ".repeat(before.width());
        for (index, line) in lines_of(last, left).iter().enumerate() {
            let begin = if index == 0 { before } else { &below };
            self.push_str(&format!("{begin}{line}\n"));
        }
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }
}

impl fmt::Write for Page {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push_str(text);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(columns: Option<usize>, before: &str, last: &str) -> String {
        let mut page = Page::new(Room(columns));
        page.row(before, last);
        page.into_text()
    }

    #[test]
    fn the_last_column_is_wrapped_between_words_beside_or_below_the_others() {
        let said = "this campaign does not change what was found here";
        let whole = format!("  alpha left  {said}\n");
        assert_eq!(row(None, "  alpha left  ", said), whole);
        assert_eq!(row(Some(80), "  alpha left  ", said), whole);
        assert_eq!(
            row(Some(40), "  alpha left  ", said),
            "  alpha left  this campaign does not\n              change what was found here\n"
        );
        assert_eq!(
            row(Some(36), "  alpha left  ", said),
            "  alpha left\n      this campaign does not change\n      what was found here\n"
        );
        assert_eq!(row(Some(20), "  alpha left  ", ""), "  alpha left  \n");
    }
}
