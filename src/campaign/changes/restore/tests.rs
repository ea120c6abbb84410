use super::super::testing::{judged_end, pack, told};
use crate::checks::testing::Case;

const SHAPE: &str = "\
schema: 1
name: test
paths:
  - { path: a.txt, policy: exact }
  - { path: b.txt, policy: exact }
  - { path: seed.md, policy: seeded }
  - { path: .gitignore, policy: structured }
  - { path: old/**, policy: forbidden }
extras: ['free/**']
";

const FIRST: &str = "1\n2\n3\n4\n5\n6\n7\n8\n";
const SECOND: &str = "one\n2\n3\n4\n5\n6\n7\n8\n";

/// A repository that has every path as the shape wants it.
fn sound() -> Case {
    let files =
        [("a.txt", SECOND), ("b.txt", "b\n"), ("seed.md", "# Seed\n"), (".gitignore", "x\n")];
    let case = pack(SHAPE, &files, &[("a.txt", FIRST)]);
    files.iter().fold(case, |case, (path, content)| case.file(path, content))
}

#[test]
fn where_nothing_has_drifted_nothing_happens() {
    assert_eq!(told(&sound(), "restore: {}"), "");
}

#[test]
fn stale_missing_and_forbidden_paths_are_brought_back() {
    let case = sound().file("a.txt", FIRST).without("b.txt").file("old/x", "x").file("free/y", "y");
    insta::assert_snapshot!(told(&case, "restore: {}"), @"
    = a.txt
      one
      2
      3
      4
      5
      6
      7
      8
    = b.txt
      b
    - old/x
    ");
    insta::assert_snapshot!(told(&case, "restore: { paths: ['old/**'] }"), @"- old/x");
    insta::assert_snapshot!(told(&case, "restore: { verdicts: [missing] }"), @"
    = b.txt
      b
    ");
}

#[test]
fn a_forbidden_file_that_something_still_names_stays() {
    let case = sound().file("old/x.sh", "").file("old/y", "").file("run.sh", "# it\n./old/x.sh\n");
    let left = "- old/y\n(`old/x.sh` stays: `run.sh:2` still names it)\n";
    assert_eq!(told(&case, "restore: {}"), left);
    let whole = sound().file("old/y", "").file("run.sh", "ls old/\n");
    assert_eq!(told(&whole, "restore: {}"), "(`old/y` stays: `run.sh:1` still names `old`)\n");
    // What is restored in the same step names it no more.
    let shape = "schema: 1\nname: test\npaths:\n  - { path: run.sh, policy: exact }\n  - { path: old/**, policy: forbidden }\n";
    let (now, earlier) = ("#!/bin/sh\ntrue\n", "#!/bin/sh\n./old/x.sh\n");
    let case = pack(shape, &[("run.sh", now)], &[("run.sh", earlier)]);
    let case = case.file("run.sh", earlier).file("old/x.sh", "");
    let restored = "- old/x.sh\n= run.sh\n  #!/bin/sh\n  true\n";
    assert_eq!(told(&case, "restore: {}"), restored);
}

#[test]
fn a_managed_key_that_somebody_set_stays() {
    const KEYS: &str =
        "schema: 1\nname: test\npaths:\n  - { path: a.yml, policy: structured, keys: [limit] }\n";
    let case = pack(KEYS, &[("a.yml", "limit: 15\n")], &[("a.yml", "limit: 10\n")]);
    insta::assert_snapshot!(told(&case.clone().file("a.yml", "limit: 90\n"), "restore: {}"), @"(`a.yml` has \
    managed keys that were set there, which stay)");
    insta::assert_snapshot!(told(&case.file("a.yml", "limit: 10\n"), "restore: {}"), @"
    = a.yml
      limit: 15
    ");
}

#[test]
fn a_value_that_breaks_out_keeps_only_the_keys_back_that_it_may_be_in() {
    let of = |key: &str| {
        let shape = format!(
            "schema: 1\nname: test\nvariables: {{ title: {{ default: 'x #y' }} }}\npaths:\n  - {{ path: a.yml, policy: structured, keys: [{key}] }}\n"
        );
        let canon = "limit: 15\nnote: {{ title }}\n";
        let earlier = "limit: 10\nnote: z\n";
        let case = pack(&shape, &[("a.yml.tera", canon)], &[("a.yml", earlier)]);
        told(&case.file("a.yml", earlier), "restore: {}")
    };
    assert_eq!(of("limit"), "= a.yml\n  limit: 15\n  note: z\n");
    let left = of("note");
    assert!(left.starts_with("(`a.yml` is left for a person: a value of this"), "{left}");
}

#[test]
fn an_edit_is_merged_with_the_canon_of_today() {
    let edited = FIRST.replace("8\n", "eight\n");
    insta::assert_snapshot!(told(&sound().file("a.txt", &edited), "restore: {}"), @"
    = a.txt
      one
      2
      3
      4
      5
      6
      7
      eight
    ");
    // Line ends and a byte order mark stay as the file has them.
    let edited = format!("\u{feff}{}", edited.replace('\n', "\r\n"));
    insta::assert_snapshot!(told(&sound().file("a.txt", &edited), "restore: {}"), @r"
    = a.txt
      ﻿one\r
      2\r
      3\r
      4\r
      5\r
      6\r
      7\r
      eight\r
    ");
    let left = told(&sound().file("a.txt", edited), "restore: { verdicts: [stale] }");
    insta::assert_snapshot!(left, @"(`a.txt` is modified, which `verdicts` of `restore` does not name)");
}

#[test]
fn an_edit_that_is_a_version_nearer_to_the_canon_is_no_new_finding() {
    // It was edited since the canon before today's, and then since today's.
    let edited = FIRST.replace("8\n", "eight\n");
    let outcome = judged_end(&sound().file("a.txt", edited), &["restore: {}"]);
    assert_eq!(outcome.expect("nothing new").changes.changes.len(), 1);
}

#[test]
fn an_edit_since_the_canon_of_today_stays() {
    let edited = SECOND.replace("8\n", "eight\n");
    insta::assert_snapshot!(told(&sound().file("a.txt", edited), "restore: {}"), @"(`a.txt` is today's canon with an edit, which stays: make it canon (`shape promote`), or waive it)");
}

#[test]
fn a_form_that_differs_loses_nothing_and_is_brought_back() {
    let canon = told(&sound().file("a.txt", FIRST), "restore: {}");
    for form in [SECOND.trim_end().to_owned(), SECOND.replace('\n', "\r\n")] {
        assert_eq!(told(&sound().file("a.txt", &form), "restore: {}"), canon, "{form:?}");
    }
}

#[test]
fn a_conflict_is_told_and_nothing_is_made() {
    let second = SECOND.replace("5\n", "five\n");
    let case = pack(
        SHAPE,
        &[("a.txt", &second), ("b.txt", "b\n"), (".gitignore", "x\n")],
        &[("a.txt", FIRST)],
    );
    let case = case.file("a.txt", FIRST.replace("1\n", "ours\n"));
    insta::assert_snapshot!(told(&case, "restore: {}"), @"
    hindered: `a.txt` was edited where the canon has changed since (a.txt:1:1)
      merge it by hand (`-` the canon it came from, `<` the file, `>` today's canon), make the edit canon (`shape promote`), or waive it
      a.txt, line 1:
      - 1
      < ours
      > one
    ");
}

#[test]
fn what_never_was_canon_is_replaced_only_when_told() {
    let case = sound().file("a.txt", "something else\n");
    insta::assert_snapshot!(told(&case, "restore: {}"), @"(`a.txt` is diverged, which `verdicts` of `restore` does not name)");
    insta::assert_snapshot!(told(&case, "restore: { verdicts: [diverged] }"), @"
    = a.txt
      one
      2
      3
      4
      5
      6
      7
      8
    ");
}

#[test]
fn a_mode_and_managed_lines_are_mended_and_a_seed_is_left_to_its_owner() {
    let case = sound().program("b.txt", "b\n").file(".gitignore", "mine\n").without("seed.md");
    insta::assert_snapshot!(told(&case, "restore: {}"), @"
    = .gitignore
      x
      mine
    = b.txt
      b
    (`seed.md` is missing, and its content is specific to the repository)
    ");
}

#[test]
fn what_is_held_by_its_meaning_is_not_touched() {
    let case = Case::conformant().replace("Dockerfile", "python:3.11-slim", "python:3.9");
    insta::assert_snapshot!(told(&case, "restore: {}"), @"(`Dockerfile` is held by its meaning, not by its text: fix the findings about it with `fix`)");
}
