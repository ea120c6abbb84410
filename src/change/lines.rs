//! Comparing texts line by line, in bounded time.

use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::source::{Span, Text, TextEdit};

/// If more lines than this differ, all of them count as replaced.
///
/// A line diff takes time proportional to lines times differences: two megabyte-sized texts of short, unlike lines
/// could stall a whole run.
const MAX_COMPARED: usize = 20_000;

/// The edits, in whole lines, that turn `old` into `new`.
#[must_use]
pub fn line_edits(old: &Text, new: &Text) -> Vec<TextEdit> {
    let (old, new) = (lines(old.as_str()), lines(new.as_str()));
    let mut starts = vec![0];
    let mut end = 0;
    for line in &old {
        end += line.len();
        starts.push(end);
    }
    let offset = |line: usize| starts.get(line).copied().unwrap_or(end);
    let edit = |(before, with): (Range<usize>, Range<usize>)| {
        let span = Span::new(offset(before.start), offset(before.end));
        TextEdit::replace(span, new.get(with).unwrap_or_default().concat())
    };
    differences(&old, &new).into_iter().map(edit).collect()
}

/// The lines of a text with their line ends. Only `\n` ends a line, as in git's diffs.
pub(crate) fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// The operations that turn `old` into `new`, in order and without gaps.
pub(super) fn compare(old: &[&str], new: &[&str]) -> Vec<DiffOp> {
    let before = old.iter().zip(new).take_while(|(one, other)| one == other).count();
    let after = old
        .iter()
        .rev()
        .zip(new.iter().rev())
        .take(old.len().min(new.len()) - before)
        .take_while(|(one, other)| one == other)
        .count();
    let (old_len, new_len) = (old.len() - before - after, new.len() - before - after);
    if old_len + new_len <= MAX_COMPARED {
        return capture_diff_slices(Algorithm::Myers, old, new);
    }
    let equal = |old_index, new_index, len| DiffOp::Equal { old_index, new_index, len };
    let mut operations = vec![equal(0, 0, before)];
    operations.push(DiffOp::Replace { old_index: before, old_len, new_index: before, new_len });
    operations.push(equal(before + old_len, before + new_len, after));
    operations.retain(|operation| {
        !(operation.old_range().is_empty() && operation.new_range().is_empty())
    });
    operations
}

/// The ranges of lines that differ in `old`, each with the range of `new` that replaces it.
pub(crate) fn differences(old: &[&str], new: &[&str]) -> Vec<(Range<usize>, Range<usize>)> {
    // No two ranges are adjacent: a deletion and an insertion at the same place are one operation.
    let differing = compare(old, new)
        .into_iter()
        .filter(|operation| !matches!(operation, DiffOp::Equal { .. }));
    differing.map(|operation| (operation.old_range(), operation.new_range())).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rebuilt<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<&'a str> {
        let mut result = Vec::new();
        let mut done = 0;
        for (before, with) in differences(old, new) {
            result.extend_from_slice(&old[done..before.start]);
            result.extend_from_slice(&new[with]);
            done = before.end;
        }
        result.extend_from_slice(&old[done..]);
        result
    }

    #[test]
    fn differences_rebuild_the_new_text() {
        for (old, new) in
            [("", ""), ("", "a\n"), ("a\n", ""), ("a\nb\nc", "b\nx\nc\n"), ("a\na\n", "a\n")]
        {
            assert_eq!(rebuilt(&lines(old), &lines(new)), lines(new), "{old:?} {new:?}");
        }
    }

    #[test]
    fn edits_by_lines_make_one_text_of_another() {
        for (old, new) in [
            ("a\nbb\nccc\n", "a\nx\nccc\nd\n"),
            ("a\nbb\nccc", "bb\nccc\n"),
            ("é\nb\nc\n", "é\nc\n"),
            ("", "a\n"),
        ] {
            let (old, new) = (Text::new(old), Text::new(new));
            let edits = line_edits(&old, &new);
            let made = old.edited(&edits).expect("edits of this text");
            assert_eq!(made.as_str(), new.as_str());
        }
        let edits = line_edits(&Text::new("a\nbb\nccc\nd\n"), &Text::new("a\nbb\nx\nd\n"));
        assert_eq!(edits, [TextEdit::replace(Span::new(5, 9), "x\n")], "and nothing beside it");
    }

    fn numbered(word: &str, count: usize) -> Vec<String> {
        (0..count).map(|number| format!("{word} {number}\n")).collect()
    }

    fn around(middle: &[String]) -> Vec<&str> {
        let lines = ["1\n", "2\n", "3\n"].into_iter().chain(middle.iter().map(String::as_str));
        lines.chain(["4\n", "5\n"]).collect()
    }

    /// What is the same before and behind is found however much differs between.
    #[test]
    fn between_what_is_the_same_much_is_replaced_as_a_whole() {
        let (old, new) = (numbered("old", 15_000), numbered("new", 12_000));
        let (old, new) = (around(&old), around(&new));
        assert_eq!(differences(&old, &new), [(3..15_003, 3..12_003)]);
        assert_eq!(rebuilt(&old, &new), new);
        let [before, _, after] = compare(&old, &new)[..] else { panic!("three operations") };
        assert_eq!((before.old_range(), before.new_range()), (0..3, 0..3));
        assert_eq!((after.old_range(), after.new_range()), (15_003..15_005, 12_003..12_005));
    }

    #[test]
    fn much_that_comes_or_goes_is_a_difference() {
        let (many, none) = (numbered("new", 25_000), Vec::new());
        let (many, none) = (around(&many), around(&none));
        assert_eq!(differences(&none, &many), [(3..3, 3..25_003)]);
        assert_eq!(differences(&many, &none), [(3..25_003, 3..3)]);
    }

    #[test]
    fn texts_of_hundreds_of_lines_are_compared_line_by_line() {
        let with_one_kept = |word: &str| -> Vec<String> {
            let mut lines = numbered(word, 300);
            lines.push("kept\n".to_owned());
            lines.extend(numbered(&format!("more {word}"), 300));
            lines
        };
        let (old, new) = (with_one_kept("old"), with_one_kept("new"));
        let differing = differences(&around(&old), &around(&new));
        assert_eq!(differing, [(3..303, 3..303), (304..604, 304..604)]);
    }

    #[test]
    fn texts_that_differ_too_much_are_replaced_as_a_whole() {
        let old: Vec<String> = (0..15_000).map(|number| format!("old {number}\n")).collect();
        let new: Vec<String> = (0..15_000).map(|number| format!("new {number}\n")).collect();
        let old: Vec<&str> = ["same\n"].into_iter().chain(old.iter().map(String::as_str)).collect();
        let new: Vec<&str> = ["same\n"].into_iter().chain(new.iter().map(String::as_str)).collect();
        assert_eq!(differences(&old, &new), [(1..15_001, 1..15_001)]);
        assert_eq!(rebuilt(&old, &new), new);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn differences_rebuild_any_text_and_never_meet(
            old in proptest::collection::vec("[a-d]\n", 0..14),
            new in proptest::collection::vec("[a-d]\n", 0..14),
        ) {
            let (old, new): (Vec<&str>, Vec<&str>) =
                (old.iter().map(|it| &**it).collect(), new.iter().map(|it| &**it).collect());
            prop_assert_eq!(rebuilt(&old, &new), new.clone());
            for pair in differences(&old, &new).windows(2) {
                prop_assert!(pair[0].0.end < pair[1].0.start && pair[0].1.end < pair[1].1.start);
            }
        }
    }
}
