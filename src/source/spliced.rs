//! A string with pieces of a text left out, in which every byte keeps its original offset.
//!
//! Continued lines of Dockerfiles, requirements files and shell scripts, and words without their
//! quotes, are parsed as one string, but findings and edits need positions in the file. So parsers
//! of the joined string can be plain string parsers, and use [`Spliced::span`] for positions.

use std::ops::Range;

use super::text::Span;

/// Joined pieces of one text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spliced {
    content: String,
    /// The start of each piece, as offset into `content` and offset into the text. Ascending.
    pieces: Vec<(usize, usize)>,
    /// The offset into the text after the last piece; for an empty string, its position.
    end: usize,
}

impl Spliced {
    /// Creates an empty string at an offset of the text.
    #[must_use]
    pub fn at(offset: usize) -> Self {
        Self { content: String::new(), pieces: Vec::new(), end: offset }
    }

    /// Creates a string of one piece at an offset of the text.
    #[must_use]
    pub fn new(content: &str, offset: usize) -> Self {
        let mut spliced = Self::at(offset);
        spliced.push(content, offset);
        spliced
    }

    /// Appends a piece at an offset of the text.
    pub fn push(&mut self, piece: &str, offset: usize) {
        if piece.is_empty() {
            return;
        }
        if self.pieces.is_empty() || self.end != offset {
            self.pieces.push((self.content.len(), offset));
        }
        self.content.push_str(piece);
        self.end = offset + piece.len();
    }

    /// Appends a part of another string of the same text.
    pub fn push_part(&mut self, other: &Self, range: Range<usize>) {
        let mut at = range.start;
        while at < range.end {
            let index = other.pieces.partition_point(|(start, _)| *start <= at);
            let next = other.pieces.get(index).map_or(other.content.len(), |(start, _)| *start);
            let stop = next.min(range.end).max(at + 1);
            let Some(piece) = other.content.get(at..stop) else { return };
            self.push(piece, other.offset(at));
            at = stop;
        }
    }

    /// Returns the joined string.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.content
    }

    /// Maps an offset in the joined string to one in the text.
    #[must_use]
    pub fn offset(&self, at: usize) -> usize {
        if at >= self.content.len() {
            return self.end;
        }
        let index = self.pieces.partition_point(|(start, _)| *start <= at);
        match index.checked_sub(1).and_then(|index| self.pieces.get(index)) {
            Some((start, offset)) => offset + (at - start),
            None => self.end,
        }
    }

    /// Maps a range of the joined string to a span, from its first byte to after its last.
    #[must_use]
    pub fn span(&self, range: Range<usize>) -> Span {
        let start = self.offset(range.start);
        if range.is_empty() {
            return Span::at(start);
        }
        Span::new(start, self.offset(range.end - 1) + 1)
    }

    /// Returns the span of the whole string.
    #[must_use]
    pub fn whole_span(&self) -> Span {
        self.span(0..self.content.len())
    }

    /// Returns a part of the string; empty if a bound is out of range or inside a character.
    #[must_use]
    pub fn part(&self, range: Range<usize>) -> Self {
        let mut part = Self::at(self.offset(range.start));
        part.push_part(self, range);
        part
    }

    /// Returns the string without leading and trailing whitespace.
    #[must_use]
    pub fn trimmed(&self) -> Self {
        let start = self.content.len() - self.content.trim_start().len();
        self.part(start..self.content.trim_end().len().max(start))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_knows_where_it_stood_on_both_sides_of_a_seam() {
        let mut spliced = Spliced::new("pip ", 4);
        spliced.push("install", 20);
        assert_eq!(spliced.as_str(), "pip install");
        assert_eq!(spliced.offset(3), 7);
        assert_eq!(spliced.offset(4), 20);
        assert_eq!(spliced.span(2..6), Span::new(6, 22));
        assert_eq!(spliced.span(0..4), Span::new(4, 8));
    }

    #[test]
    fn a_part_of_a_part_still_points_at_the_text() {
        let mut spliced = Spliced::new("ab", 0);
        spliced.push("cd", 10);
        spliced.push("ef", 20);
        let part = spliced.part(1..5).part(1..4);
        assert_eq!(part.as_str(), "cde");
        assert_eq!(part.whole_span(), Span::new(10, 21));
        assert_eq!(spliced.part(2..2).whole_span(), Span::at(10));
    }

    #[test]
    fn trimming_keeps_places() {
        let spliced = Spliced::new("  x  ", 7).trimmed();
        assert_eq!(spliced.whole_span(), Span::new(9, 10));
        assert_eq!(Spliced::new("   ", 7).trimmed().as_str(), "");
    }
}
