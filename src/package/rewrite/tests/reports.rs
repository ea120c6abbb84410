//! What a report shows of a line that was edited.

use super::*;

/// The only line of the report on a source.
fn line(source: &str) -> LineReport {
    let found = rewritten(source.as_bytes()).expect("parses");
    let report = FileReport::of(&RepoPath::new("m.py"), source.as_bytes(), &found);
    let [line] = report.lines.as_slice() else { panic!("{report:?}") };
    line.clone()
}

#[test]
fn a_short_line_is_shown_as_a_whole() {
    let line = line("a = 1\nb = 2; import X; c = 3\nd = 4\n");
    assert_eq!(line.before, "b = 2; import X; c = 3");
    assert_eq!(line.after, "b = 2; import P.X as X; c = 3");
    assert_eq!((line.line, line.column), (2, 15));
}

#[test]
fn a_long_line_is_cut_on_both_sides_and_marked_where_it_was() {
    // On either side of the edits are `'aa…'; import ` and `; 'bb…'`, of which 160 bytes are shown.
    let (left, right) =
        (|count: usize| "a".repeat(count - 11), |count: usize| "b".repeat(count - 4));
    let source = |before, after| format!("'{}'; import X; '{}'\n", left(before), right(after));
    let whole = source(160, 160);
    assert_eq!(line(&whole).before, whole.trim_end());
    let (long_left, long_right) = (format!("…{}'", left(161)), format!("'{}…", right(161)));
    for (before, after, shown) in [
        (161, 160, format!("{long_left}; import X; '{}'", right(160))),
        (160, 161, format!("'{}'; import X; {long_right}", left(160))),
        (1_000, 2_000, format!("{long_left}; import X; {long_right}")),
    ] {
        let line = line(&source(before, after));
        assert_eq!(line.before, shown);
        assert_eq!(line.after, shown.replace("import X", "import P.X as X"));
    }
}
