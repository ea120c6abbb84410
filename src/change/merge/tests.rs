use proptest::prelude::*;

use super::*;

const BASE: &str = "1\n2\n3\n4\n5\n";

fn clean(base: &str, ours: &str, theirs: &str) -> String {
    let merged = three_way(base, ours, theirs);
    assert!(merged.is_clean(), "{:?}", merged.conflicts);
    assert_eq!(merged.with_markers("ours", "theirs"), merged.text);
    merged.text
}

#[test]
fn changes_of_both_sides_are_taken() {
    assert_eq!(
        clean(BASE, "one\n2\n3\n4\n5\n", "1\n2\n3\n4\nfive\nsix\n"),
        "one\n2\n3\n4\nfive\nsix\n"
    );
    assert_eq!(clean(BASE, "1\n3\n4\n5\n", "1\n2\n3\n4\nx\n5\n"), "1\n3\n4\nx\n5\n");
}

#[test]
fn equal_changes_count_once() {
    let both = "1\n2\nthree\n4\n5\n";
    assert_eq!(clean(BASE, both, both), both);
    assert_eq!(clean(BASE, "1\n2\nthree\n4\n5\nsix\n", both), "1\n2\nthree\n4\n5\nsix\n");
}

#[test]
fn changes_of_the_same_lines_conflict_and_ours_stays() {
    let merged = three_way(BASE, "1\n2\nours\n4\n5\n", "1\n2\ntheirs\n4\nfive\n");
    assert_eq!(merged.text, "1\n2\nours\n4\nfive\n");
    let expected = MergeConflict {
        base_lines: 2..3,
        ours_lines: 2..3,
        base: "3\n".to_owned(),
        ours: "ours\n".to_owned(),
        theirs: "theirs\n".to_owned(),
    };
    assert_eq!(merged.conflicts, [expected]);
    let marked = "1\n2\n<<<<<<< a\nours\n||||||| base\n3\n=======\ntheirs\n>>>>>>> b\n4\nfive\n";
    assert_eq!(merged.with_markers("a", "b"), marked);
}

#[test]
fn changes_that_meet_conflict() {
    assert!(!three_way(BASE, "1\ntwo\n3\n4\n5\n", "1\n2\nthree\n4\n5\n").is_clean());
    assert!(!three_way(BASE, "1\n2\n3\n4\n5\na\n", "1\n2\n3\n4\n5\nb\n").is_clean());
    assert!(!three_way(BASE, "", "1\n2\nthree\n4\n5\n").is_clean());
}

#[test]
fn a_lost_last_line_end_glues_nothing_together() {
    let merged = three_way("a\n", "a", "a\nb\n");
    assert!(!merged.is_clean());
    assert_eq!(
        merged.with_markers("o", "t"),
        "<<<<<<< o\na\n||||||| base\na\n=======\na\nb\n>>>>>>> t\n"
    );
    assert_eq!(clean("a\nb\nc", "x\nb\nc", "a\nb\nc\n"), "x\nb\nc\n");
}

fn few_lines() -> impl Strategy<Value = String> {
    proptest::collection::vec(prop_oneof!["a\n", "b\n", "c\r\n", "d"], 0..9)
        .prop_map(|it| it.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn one_sided_changes_always_win(base in few_lines(), side in few_lines()) {
        prop_assert_eq!(clean(&base, &side, &base), side.clone());
        prop_assert_eq!(clean(&base, &base, &side), side.clone());
        prop_assert_eq!(clean(&base, &side, &side), side);
    }

    #[test]
    fn merging_is_symmetric_and_makes_up_no_line(base in few_lines(), ours in few_lines(), theirs in few_lines()) {
        let merged = three_way(&base, &ours, &theirs);
        let mirrored = three_way(&base, &theirs, &ours);
        prop_assert_eq!(merged.conflicts.len(), mirrored.conflicts.len());
        if merged.is_clean() {
            prop_assert_eq!(&merged.text, &mirrored.text);
        }
        let known: Vec<_> = [&base, &ours, &theirs].into_iter().flat_map(|it| lines(it)).collect();
        for line in lines(&merged.text) {
            prop_assert!(known.contains(&line), "{line:?}");
        }
    }
}
