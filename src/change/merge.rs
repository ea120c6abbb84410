//! Line-based three-way merges of texts.

use std::fmt::Write as _;
use std::ops::Range;

use super::lines::{differences, lines};

/// The result of a merge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    /// The merged text, with the lines of `ours` where the two sides conflict.
    pub text: String,
    /// Places where both sides changed the same or adjacent lines differently, in order.
    pub conflicts: Vec<MergeConflict>,
    /// The parts of the text, in order.
    parts: Vec<Part>,
}

/// A place where both sides changed the same or adjacent lines differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeConflict {
    /// The lines in the base, counted from 0; empty for an insertion.
    pub base_lines: Range<usize>,
    /// The lines in `ours`, counted from 0.
    pub ours_lines: Range<usize>,
    /// The text in the base.
    pub base: String,
    /// The text in `ours`.
    pub ours: String,
    /// The text in `theirs`.
    pub theirs: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Settled(String),
    /// An index into the list of conflicts.
    Conflict(usize),
}

impl Merged {
    /// Whether there are no conflicts.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.conflicts.is_empty()
    }

    /// The text with both sides of each conflict between markers, in git's `diff3` style.
    ///
    /// It must never be committed: a person has to finish it.
    #[must_use]
    pub fn with_markers(&self, ours: &str, theirs: &str) -> String {
        let mut output = String::new();
        for part in &self.parts {
            match part {
                Part::Settled(text) => output.push_str(text),
                Part::Conflict(index) => {
                    let Some(conflict) = self.conflicts.get(*index) else { continue };
                    let sides = [
                        (format!("<<<<<<< {ours}"), &conflict.ours),
                        ("||||||| base".to_owned(), &conflict.base),
                        ("=======".to_owned(), &conflict.theirs),
                    ];
                    for (marker, text) in sides {
                        end_line(&mut output);
                        let _ = writeln!(output, "{marker}");
                        output.push_str(text);
                    }
                    end_line(&mut output);
                    let _ = writeln!(output, ">>>>>>> {theirs}");
                }
            }
        }
        output
    }
}

fn end_line(output: &mut String) {
    if !output.is_empty() && !output.ends_with('\n') {
        output.push('\n');
    }
}

/// Merges two texts that were derived from the same base.
///
/// Changes of one side are taken, and equal changes of both sides are taken once. Changes that touch the same lines, or
/// that have no unchanged line between them, conflict: as in git, a line next to a changed one may depend on it.
#[must_use]
pub fn three_way(base: &str, ours: &str, theirs: &str) -> Merged {
    let (base, ours, theirs) = (lines(base), lines(ours), lines(theirs));
    let mut sides = [Side::new(&base, &ours), Side::new(&base, &theirs)];
    let mut merged = Merged { text: String::new(), conflicts: Vec::new(), parts: Vec::new() };
    let mut done = 0;
    while let Some(region) = next_region(&mut sides) {
        merged.settle(&joined(&base, done..region.base.start));
        done = region.base.end;
        let was = joined(&base, region.base.clone());
        let [mine, other] = region.sides;
        let ours_lines = mine.clone();
        let (mine, other) = (joined(&ours, mine), joined(&theirs, other));
        if mine == other || other == was {
            merged.settle(&mine);
        } else if mine == was {
            merged.settle(&other);
        } else {
            merged.conflict(MergeConflict {
                base_lines: region.base,
                ours_lines,
                base: was,
                ours: mine,
                theirs: other,
            });
        }
    }
    merged.settle(&joined(&base, done..base.len()));
    merged
}

impl Merged {
    fn settle(&mut self, text: &str) {
        self.text.push_str(text);
        self.parts.push(Part::Settled(text.to_owned()));
    }

    fn conflict(&mut self, conflict: MergeConflict) {
        self.text.push_str(&conflict.ours);
        self.parts.push(Part::Conflict(self.conflicts.len()));
        self.conflicts.push(conflict);
    }
}

fn joined(lines: &[&str], range: Range<usize>) -> String {
    lines.get(range).unwrap_or_default().concat()
}

/// The differences of one side that have not been merged yet.
struct Side {
    /// Ranges of the base and the ranges of the side that replace them, in reverse order.
    differences: Vec<(Range<usize>, Range<usize>)>,
    /// Line number in this side minus line number in the base, after the differences taken so far.
    shift: isize,
}

impl Side {
    fn new(base: &[&str], side: &[&str]) -> Self {
        let mut differences = differences(base, side);
        differences.reverse();
        Self { differences, shift: 0 }
    }

    fn next_start(&self) -> Option<usize> {
        self.differences.last().map(|(base, _)| base.start)
    }

    /// Takes the next difference if it begins at or before a line of the base, and returns its range in the base.
    fn take_touching(&mut self, end: usize) -> Option<Range<usize>> {
        self.differences.pop_if(|(base, _)| base.start <= end).map(|(base, side)| {
            self.shift = side.end.cast_signed() - base.end.cast_signed();
            base
        })
    }

    /// The line of this side that corresponds to a base line outside of all differences.
    fn line(base: usize, shift: isize) -> usize {
        base.saturating_add_signed(shift)
    }
}

/// Lines of the base that at least one side changed, and the corresponding lines of each side.
struct Region {
    base: Range<usize>,
    sides: [Range<usize>; 2],
}

/// Takes the next difference, widened until no remaining difference of either side touches it.
fn next_region(sides: &mut [Side; 2]) -> Option<Region> {
    let start = sides.iter().filter_map(Side::next_start).min()?;
    let before = [sides[0].shift, sides[1].shift];
    let mut end = start;
    loop {
        let mut grown = false;
        for side in sides.iter_mut() {
            while let Some(base) = side.take_touching(end) {
                end = end.max(base.end);
                grown = true;
            }
        }
        if !grown {
            break;
        }
    }
    let range =
        |index: usize| Side::line(start, before[index])..Side::line(end, sides[index].shift);
    Some(Region { base: start..end, sides: [range(0), range(1)] })
}

#[cfg(test)]
mod tests;
