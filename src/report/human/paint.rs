//! Optional colour, and the width of text on a terminal.

use std::borrow::Cow;

use anstyle::{AnsiColor, Effects, Style as Ansi};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::Style;
use crate::drift::RepositoryVerdict;
use crate::shape::PathVerdict;

/// The role of a piece of text, which determines its colour.
#[derive(Clone, Copy)]
pub(super) enum Ink {
    Heading,
    Strong,
    Quiet,
    Command,
    Good,
    Behind,
    Bad,
    Unknown,
}

impl Ink {
    /// The colour of a repository's verdict.
    pub(super) fn of(verdict: RepositoryVerdict) -> Self {
        match verdict {
            RepositoryVerdict::Conformant => Self::Good,
            RepositoryVerdict::Drifted => Self::Behind,
            RepositoryVerdict::Unchecked => Self::Unknown,
            RepositoryVerdict::Broken => Self::Bad,
        }
    }

    /// The colour of a path's verdict.
    pub(super) fn of_path(verdict: PathVerdict) -> Self {
        match verdict {
            PathVerdict::Conformant | PathVerdict::Waived => Self::Quiet,
            PathVerdict::Stale | PathVerdict::Modified | PathVerdict::Extra => Self::Behind,
            PathVerdict::Diverged | PathVerdict::Missing | PathVerdict::Forbidden => Self::Bad,
            PathVerdict::Unchecked => Self::Unknown,
        }
    }

    fn ansi(self) -> Ansi {
        match self {
            Self::Heading => Ansi::new().effects(Effects::BOLD.insert(Effects::UNDERLINE)),
            Self::Strong => Ansi::new().bold(),
            Self::Quiet => Ansi::new().dimmed(),
            Self::Command => AnsiColor::Cyan.on_default(),
            Self::Good => AnsiColor::Green.on_default(),
            Self::Behind => AnsiColor::Yellow.on_default().bold(),
            Self::Bad => AnsiColor::Red.on_default().bold(),
            Self::Unknown => AnsiColor::Magenta.on_default().bold(),
        }
    }
}

/// Applies colour, or leaves text as it is.
#[derive(Clone, Copy)]
pub(super) struct Paint {
    color: bool,
    /// Marks what is cut off: one column wide, or two in ASCII.
    pub(super) ellipsis: &'static str,
}

impl Paint {
    pub(super) fn new(style: Style) -> Self {
        Self { color: style.color, ellipsis: if style.unicode { "…" } else { ".." } }
    }

    /// The text in a colour.
    pub(super) fn ink<'a>(&self, ink: Ink, text: &'a str) -> Cow<'a, str> {
        if !self.color {
            return Cow::Borrowed(text);
        }
        let ansi = ink.ansi();
        Cow::Owned(format!("{ansi}{text}{ansi:#}"))
    }

    /// The text in at most `limit` columns, with an ellipsis if it was cut.
    pub(super) fn cut<'a>(&self, text: &'a str, limit: usize) -> Cow<'a, str> {
        if width(text) <= limit {
            return Cow::Borrowed(text);
        }
        let room = limit.saturating_sub(width(self.ellipsis));
        let mut taken = 0;
        let kept: String = text
            .chars()
            .take_while(|character| {
                taken += character.width().unwrap_or(0);
                taken <= room
            })
            .collect();
        Cow::Owned(format!("{kept}{}", self.ellipsis))
    }

    /// The text cut or padded to exactly `columns`.
    pub(super) fn padded(&self, text: &str, columns: usize) -> String {
        let shown = self.cut(text, columns);
        let missing = columns.saturating_sub(width(&shown));
        format!("{shown}{}", " ".repeat(missing))
    }

    /// Says what is not shown, and how to see it.
    pub(super) fn hidden(&self, what: &str) -> String {
        let line = format!("  {} {what} not shown; -v shows all", self.ellipsis);
        self.ink(Ink::Quiet, &line).into_owned()
    }
}

/// How many columns a text takes on a terminal.
pub(super) fn width(text: &str) -> usize {
    text.width()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_count_twice() {
        let paint = Paint::new(Style::default());
        assert_eq!(paint.padded("日本", 6), "日本  ");
        assert_eq!(paint.cut("日本語", 5), "日本…");
        assert_eq!(paint.cut("abc", 3), "abc");
        assert_eq!(paint.cut("abcd", 3), "ab…");
        let ascii = Paint::new(Style { unicode: false, ..Style::default() });
        assert_eq!(ascii.cut("abcdef", 4), "ab..");
    }

    #[test]
    fn without_colour_nothing_is_added() {
        let paint = Paint::new(Style::default());
        assert_eq!(paint.ink(Ink::Bad, "x"), "x");
        let paint = Paint::new(Style { color: true, ..Style::default() });
        assert!(paint.ink(Ink::Bad, "x").starts_with('\u{1b}'));
    }
}
