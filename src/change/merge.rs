//! Three-way merges of texts, line by line.
//!
//! In: what two texts were made from, and both. Out: one with the changes of both, and the places
//! where both changed the same lines differently.

use std::fmt::Write as _;
use std::ops::Range;

use super::lines::{differences, lines};

/// A merged text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    /// The changes of both; where they conflict, the lines of `ours`.
    pub text: String,
    /// Where both changed the same or adjacent lines in different ways, in order.
    pub conflicts: Vec<MergeConflict>,
    /// What the text is made of, in order.
    parts: Vec<Part>,
}

/// One place where both sides changed the same lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeConflict {
    /// Its lines in the base, counted from 0; empty for an insertion.
    pub base_lines: Range<usize>,
    /// Its lines in `ours`, counted from 0.
    pub ours_lines: Range<usize>,
    /// What stood there in the base.
    pub base: String,
    /// What `ours` has there.
    pub ours: String,
    /// What `theirs` has there.
    pub theirs: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Settled(String),
    /// By its place in the list of conflicts.
    Conflict(usize),
}

impl Merged {
    /// Whether both sides agree.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.conflicts.is_empty()
    }

    /// The text with both sides of each conflict between markers, as git writes them in `diff3` style.
    /// It is for a person to finish, never to be committed.
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

/// Merges two texts that were made from one.
///
/// Changes of one side are taken, and equal changes of both once. Changes that touch the same lines,
/// or meet without an unchanged line between them, are a conflict: as in git, for what stands beside a
/// changed line may depend on it.
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

/// The differences of one side that are still to come.
struct Side {
    /// Ranges of the base with what the side has in their place, last first.
    differences: Vec<(Range<usize>, Range<usize>)>,
    /// By how much lines of this side are numbered higher than the base's after what was taken.
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

    /// Takes the next difference if it begins at or before a line of the base.
    fn take_touching(&mut self, end: usize) -> Option<Range<usize>> {
        self.differences.pop_if(|(base, _)| base.start <= end).map(|(base, side)| {
            self.shift = side.end.cast_signed() - base.end.cast_signed();
            base
        })
    }

    /// The line of this side that a line of the base outside all differences became.
    fn line(base: usize, shift: isize) -> usize {
        base.saturating_add_signed(shift)
    }
}

/// Lines of the base that one side or both changed, and what each has there.
struct Region {
    base: Range<usize>,
    sides: [Range<usize>; 2],
}

/// The next differences, widened until no difference of either side touches them.
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
