use super::*;
use crate::checks::testing::Case;

/// How the key `a` of a file differs from the canon's; `None` if it does not.
fn differs(path: &str, canon: &str, actual: &str) -> Option<Differs> {
    differing(path, &["a"], canon, actual).pop()
}

/// How keys of a file differ from the canon's.
fn differing(path: &str, keys: &[&str], canon: &str, actual: &str) -> Vec<Differs> {
    let bytes = |text: &str| Arc::<[u8]>::from(text.as_bytes());
    let tree = Case::with_shape("").file(path, actual).snapshot();
    let outcome = compare(&Sides {
        path,
        canon: &bytes(canon),
        actual: &Documents::new(bytes(actual)),
        earlier: &[],
        keys: &keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>(),
        dialect: Dialect::of_file(path, Dialect::Yaml12),
        tree: &tree,
        complete: true,
    });
    match outcome {
        Outcome::Conformant => Vec::new(),
        Outcome::Differs(differs) => differs,
        Outcome::Unreadable(unreadable) => panic!("{}: {actual}", unreadable.why),
    }
}

#[track_caller]
fn fixed(path: &str, canon: &str, actual: &str) -> String {
    let differs = differs(path, canon, actual).expect("a difference");
    let edits = differs.edits.expect("a fix");
    Text::new(actual).edited(&edits).expect("sound edits").as_str().to_owned()
}

#[test]
fn a_fix_copies_the_spelling_of_the_canon() {
    for spelled in [
        "0644",
        "1.20",
        "3.10",
        "010",
        "007",
        "no",
        "2024-01-01",
        "12:30:45",
        "1e3",
        "\"x\"",
        "'x'",
    ] {
        let canon = format!("a: {spelled}\n");
        for old in ["5", "old", "\"old\""] {
            let after = fixed("a.yaml", &canon, &format!("b: 1\na: {old} # own\n"));
            assert_eq!(after, format!("b: 1\na: {spelled} # own\n"));
            assert!(differs("a.yaml", &canon, &after).is_none(), "{after}");
        }
    }
    for spelled in ["0o640", "0xFE", "1.20", "2024-01-01", "'x'"] {
        let after = fixed("a.toml", &format!("a = {spelled}\n"), "a = 5\nb = 1\n");
        assert_eq!(after, format!("a = {spelled}\nb = 1\n"));
    }
    for spelled in ["1.20", "2e3", "null", "\"x\""] {
        let canon = format!("{{\"a\": {spelled}}}\n");
        assert_eq!(fixed("a.json", &canon, "{\"a\": 5}\n"), canon);
    }
}

#[test]
fn a_value_that_some_readers_take_for_another_is_a_difference() {
    for (wanted, is, says) in [
        ("0644", "644", ("`644`", "`0644`")),
        ("1.20", "1.2", ("`1.2`", "`1.20`")),
        ("no", "\"no\"", ("`\"no\"`", "`no`")),
        ("\"0644\"", "0644", ("`0644` as an integer", "`0644` as a string")),
    ] {
        let (canon, actual) = (format!("a: {wanted}\n"), format!("a: {is}\n"));
        let differs = differs("a.yaml", &canon, &actual).expect(is);
        let values = differs.unlike.first().and_then(|unlike| unlike.values.clone());
        assert_eq!(values, Some((says.0.to_owned(), says.1.to_owned())));
        assert_eq!(fixed("a.yaml", &canon, &actual), canon);
    }
    assert!(differs("a.yaml", "a: [0644]\n", "a: [644]\n").is_some());
    assert!(differs("a.yaml", "a: x\n", "a: \"x\"\n").is_none());
    assert!(differs("a.json", "{\"a\": 1.20}\n", "{\"a\": 1.2}\n").is_none());
    assert!(differs("a.toml", "a = 0o640\n", "a = 416\n").is_none());
}

#[test]
fn a_fix_that_would_leave_a_difference_is_up_to_a_person() {
    let differs = |canon, actual| differs("a.yaml", canon, actual).expect("a difference");
    assert!(differs("a: !secret x\n", "a: x\n").edits.is_none());
    assert!(differs("a: 010\n", "a: !secret 10\n").edits.is_none());
    assert!(differs("a: [1]\n", "a: 1\n").edits.is_none());
    assert!(differs("a: 1\n", "b: 1\n").edits.is_none());
}

#[test]
fn a_key_that_is_up_to_a_person_leaves_the_others_their_fix() {
    let (canon, actual) = ("a: 2\nb: [x]\nc: {d: 1}\n", "a: 1\nb: [y]\n");
    let parts = differing("a.yaml", &["a", "b", "c"], canon, actual);
    let [set, left] = parts.as_slice() else { panic!("{}", parts.len()) };
    let edits = set.edits.as_ref().expect("a fix");
    let after = Text::new(actual).edited(edits).expect("sound edits");
    assert_eq!(after.as_str(), "a: 2\nb: [y]\n");
    assert!(set.missing.is_empty() && left.edits.is_none());
    let shown = left.missing.iter().map(|it| (it.entry.as_str(), it.wanted.as_deref()));
    assert_eq!(shown.collect::<Vec<_>>(), [("c", Some("`{d: 1}`"))]);
    let values = left.unlike.iter().map(|it| (it.key.as_str(), it.values.clone()));
    let both = Some(("`[y]`".to_owned(), "`[x]`".to_owned()));
    assert_eq!(values.collect::<Vec<_>>(), [("b", both)]);
    // After that, what is left is told as before.
    let parts = differing("a.yaml", &["a", "b", "c"], canon, after.as_str());
    assert_eq!(parts.len(), 1);
    assert_eq!((parts[0].missing.len(), parts[0].unlike.len()), (1, 1));
}
