use proptest::prelude::*;

use super::*;
use crate::fleet::Date;

fn waiver(reason: &str) -> Waiver {
    Waiver {
        repository: "one".into(),
        rule: "path-modified".into(),
        path: Some(format!(".github/{reason}.yml")),
        reason: reason.into(),
        owner: "@acme/platform".into(),
        expires: Date::parse("2027-01-31").expect("date"),
        created: Date::parse("2026-11-22"),
        hash: "0123456789012345".into(),
    }
}

fn file() -> &'static Path {
    Path::new("waivers.yaml")
}

fn append_to(before: &str, reason: &str) -> String {
    let bytes = append(file(), Some(before.as_bytes()), &waiver(reason), &[]).expect("editable");
    String::from_utf8(bytes).expect("UTF-8")
}

fn entry_of(reason: &str) -> String {
    format!(
        "  - repository: one
    rule: path-modified
    path: .github/{reason}.yml
    reason: {reason}
    owner: \"@acme/platform\"
    created: 2026-11-22
    expires: 2027-01-31
    hash: \"0123456789012345\"
"
    )
}

#[test]
fn a_new_file_begins_with_a_word_on_itself() {
    let bytes = append(file(), None, &waiver("why"), &[]).expect("written");
    assert_eq!(String::from_utf8_lossy(&bytes), format!("{HEADER}{}", entry_of("why")));
}

#[test]
fn an_entry_is_added_behind_the_last_and_all_else_is_kept() {
    let before =
        format!("# top\nschema: 1 # one\nwaivers: # list\n{}    # tail\n", entry_of("first"));
    assert_eq!(
        append_to(&before, "second"),
        before.replace("    # tail\n", "") + &entry_of("second") + "    # tail\n"
    );
    let without_end = before.replace("    # tail\n", "");
    assert_eq!(
        append_to(without_end.trim_end(), "second"),
        format!("{without_end}{}", entry_of("second"))
    );
}

#[test]
fn empty_lists_of_every_spelling_take_an_entry() {
    let wanted = format!("schema: 1\nwaivers:\n{}", entry_of("why"));
    for before in [
        "schema: 1\n",
        "schema: 1",
        "schema: 1\nwaivers:",
        "schema: 1\nwaivers:\n",
        "schema: 1\nwaivers: []\n",
        "schema: 1\nwaivers: null",
    ] {
        assert_eq!(append_to(before, "why"), wanted, "{before:?}");
    }
    assert_eq!(
        append_to("schema: 1\nwaivers: [] # none yet\n# end\n", "why"),
        format!("schema: 1\nwaivers: # none yet\n{}# end\n", entry_of("why"))
    );
    assert_eq!(
        append_to("waivers:\n\nschema: 1\n", "why"),
        format!("waivers:\n{}\nschema: 1\n", entry_of("why"))
    );
}

#[test]
fn line_ends_and_indentation_are_those_of_the_file() {
    let before = format!("schema: 1\nwaivers:\n{}", entry_of("first"));
    let flat = |text: &str| text.replace("\n  ", "\n").replace('\n', "\r\n");
    let after = before.clone() + &entry_of("second");
    assert_eq!(append_to(&flat(&before), "second"), flat(&after));
}

#[test]
fn a_waiver_of_the_same_finding_is_prolonged_where_it_stands() {
    let again = Waiver {
        reason: "still, alas".into(),
        expires: Date::parse("2027-06-30").expect("date"),
        created: Date::parse("2027-01-30"),
        ..waiver("first")
    };
    let tail = entry_of("second");
    let before = format!("schema: 1\nwaivers:\n  # why\n{}{tail}", entry_of("first # note"))
        .replace("first # note.yml", "first.yml");
    let bytes = append(file(), Some(before.as_bytes()), &again, &[]).expect("editable");
    let after = before
        .replacen("reason: first", "reason: \"still, alas\"", 1)
        .replacen("created: 2026-11-22", "created: 2027-01-30", 1)
        .replacen("expires: 2027-01-31", "expires: 2027-06-30", 1);
    assert_eq!(String::from_utf8_lossy(&bytes), after);
    let short = "schema: 1\nwaivers: [{repository: ONE, rule: path-modified, path: .github/first.yml, reason: r, owner: o, expires: 2027-01-01, hash: \"0123456789012345\"}]\n";
    let bytes = append(file(), Some(short.as_bytes()), &again, &[]).expect("editable");
    let after = Waivers::parse(file(), &bytes).expect("sound").entries;
    assert_eq!((after[0].reason.as_str(), after[0].created), ("still, alas", None));
}

#[test]
fn the_same_finding_under_other_names_is_the_same() {
    let names = ["one".to_owned(), "acme/one".to_owned(), "uno".to_owned()];
    let again = Waiver { rule: "path-modified".into(), ..waiver("first") };
    let code = crate::checks::catalogue::find("path-modified").expect("a rule").code;
    for (repository, rule, hash) in [
        ("acme/One", "path-modified", "0123456789012345"),
        ("uno", code, "0123456789012345"),
        ("one", "path-modified", "0123456789012345aaaa"),
    ] {
        let before = format!(
            "schema: 1\nwaivers:\n  - repository: {repository}\n    rule: {rule}\n    path: .github/first.yml\n    \
             reason: r\n    owner: o\n    expires: 2027-01-01\n    hash: \"{hash}\"\n"
        );
        let bytes = append(file(), Some(before.as_bytes()), &again, &names).expect("editable");
        let after = Waivers::parse(file(), &bytes).expect("sound").entries;
        assert_eq!(after.len(), 1, "{}", String::from_utf8_lossy(&bytes));
        assert_eq!((after[0].repository.as_str(), after[0].hash.as_str()), (repository, hash));
    }
    let other = waiver("second");
    let before = entry_of("first");
    let before = format!("schema: 1\nwaivers:\n{before}");
    let bytes = append(file(), Some(before.as_bytes()), &other, &names).expect("editable");
    assert_eq!(Waivers::parse(file(), &bytes).expect("sound").entries.len(), 2);
}

#[test]
fn entries_in_brackets_are_refused_with_a_hint() {
    let before = "schema: 1\nwaivers: [{repository: a, rule: b, reason: c, owner: d, expires: 2027-01-01, hash: \"0123456789abcdef\"}]\n";
    let errors = append(file(), Some(before.as_bytes()), &waiver("why"), &[]).expect_err("refused");
    assert!(errors[0].hints()[0].contains("separate lines"));
    let pruned = prune(file(), before.as_bytes(), &[0]).expect("all may go");
    assert_eq!(pruned, b"schema: 1\nwaivers: []\n");
}

#[test]
fn pruning_takes_an_entry_and_the_comment_above_it() {
    let one = format!("  # about one\n  # still\n{}", entry_of("one"));
    let two = format!("\n  # about two\n{}", entry_of("two"));
    let three = entry_of("three");
    let head = "schema: 1\n# all of them\nwaivers:\n";
    let before = format!("{head}{one}{two}{three}# end\n");
    let prune = |unwanted: &[usize]| {
        let bytes = super::prune(file(), before.as_bytes(), unwanted).expect("editable");
        String::from_utf8(bytes).expect("UTF-8")
    };
    assert_eq!(prune(&[]), before);
    assert_eq!(prune(&[99]), before);
    assert_eq!(prune(&[0]), format!("{head}{two}{three}# end\n"));
    assert_eq!(prune(&[1]), format!("{head}{one}\n{three}# end\n"));
    assert_eq!(prune(&[1, 2]), format!("{head}{one}\n# end\n"));
    assert_eq!(prune(&[2, 0, 1]), "schema: 1\n# all of them\nwaivers: []\n\n# end\n");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    // `append` reads its own result again and fails unless it says what was meant.
    #[test]
    fn any_words_can_be_written(reason in "\\PC{0,30}|[\"'#:\\\\\\n\\t\\r -]{0,12}x", path in "[a-z.#:' -]{1,12}x") {
        let waiver = Waiver { path: Some(path), ..waiver(&reason) };
        prop_assume!(!waiver.reason.trim().is_empty());
        prop_assume!(crate::fleet::resolve::check_relative(waiver.path.as_deref().unwrap_or("")).is_ok());
        let once = append(file(), None, &waiver, &[]);
        prop_assert!(once.is_ok(), "{once:?}");
        let mut other = waiver;
        other.rule = "other".into();
        let twice = append(file(), Some(&once.unwrap_or_default()), &other, &[]);
        prop_assert!(twice.is_ok(), "{twice:?}");
    }

    #[test]
    fn plain_words_are_read_back(word in "[a-zA-Z0-9._/-]{1,8}") {
        let text = format!("v: {}\n", scalar(&word));
        let value: serde_yaml::Value = serde_yaml::from_str(&text).expect("YAML");
        prop_assert_eq!(value["v"].as_str(), Some(word.as_str()));
    }
}
