//! Kinds that are short, and several changes in a row.

use super::testing::{judged_end, told, written};
use crate::checks::testing::Case;

#[test]
fn repairs_of_the_rules_that_are_named_are_made() {
    let case = Case::conformant()
        .replace("adapter.py", "from molecule_runtime.adapters.base", "from adapters.base")
        .file(".molecule-ci/x", "x");
    let told_of = told(&case, "fix: { rules: [bare-runtime-import] }");
    assert!(
        told_of.starts_with("= adapter.py\n") && !told_of.contains(".molecule-ci"),
        "{told_of}"
    );
    assert_eq!(told(&case, "fix: { rules: [path-forbidden] }"), "- .molecule-ci/x\n");
    let named = case.file("run.sh", "cat .molecule-ci/x\n");
    assert_eq!(told(&named, "fix: { rules: [path-forbidden] }"), "");
    assert_eq!(told(&Case::conformant(), "fix: {}"), "");
}

#[test]
fn files_links_and_modes_are_added() {
    let case = Case::conformant();
    insta::assert_snapshot!(told(&case, "add: { path: CODEOWNERS, file: owners }"), @"
    = CODEOWNERS
      * @acme
    ");
    insta::assert_snapshot!(told(&case, "add: { path: docs/it.md, file: notes.md.tera }"), @"
    = docs/it.md
      # Acme Agent (acme-agent)
    ");
    insta::assert_snapshot!(told(&case, "add: { path: x y/é.sh, content: 'exit', executable: true }"), @"
    * x y/é.sh
      exit
    ");
    insta::assert_snapshot!(told(&case, "add: { path: docs/link, link: ../README.md }"), @"
    @ docs/link
      ../README.md
    ");
    insta::assert_snapshot!(told(&case, "add: { path: n, template: '{{ runtime | yaml }}' }"), @"
    = n
      acme-agent
    ");
    // What is there already, and the same.
    let there = case.program("CODEOWNERS", "* @acme\n");
    assert_eq!(told(&there, "add: { path: CODEOWNERS, file: owners, existing: refuse }"), "");
}

#[test]
fn what_is_there_is_kept_replaced_or_in_the_way() {
    let case = Case::conformant().program("run.sh", "mine\n");
    assert_eq!(told(&case, "add: { path: run.sh, content: yours }"), "");
    let replace = "add: { path: run.sh, content: yours, existing: replace }";
    insta::assert_snapshot!(told(&case, replace), @"
    * run.sh
      yours
    ");
    let plain = "add: { path: run.sh, content: yours, existing: replace, executable: false }";
    insta::assert_snapshot!(told(&case, plain), @"
    = run.sh
      yours
    ");
    insta::assert_snapshot!(told(&case, "add: { path: run.sh, content: yours, existing: refuse }"), @"
    hindered: `run.sh` exists already and differs
      check it, then set `existing: keep` or `existing: replace`
    ");
    insta::assert_snapshot!(told(&case, "add: { path: run.sh/x, content: yours }"), @"hindered: `run.sh/x` and `run.sh` cannot both exist: one would have to be a folder");
}

#[test]
fn what_cannot_be_loaded_or_rendered_is_a_hindrance() {
    let case = Case::conformant();
    insta::assert_snapshot!(told(&case, "add: { path: a, file: nowhere }"), @"hindered: `nowhere` cannot be read beside campaign.yaml: no such file (nowhere)");
    insta::assert_snapshot!(told(&case, "add: { path: a, file: broken.tera }"), @"
    hindered: the template for `a` does not render: Variable `nothing` not found in context while rendering 'it'
      the shape `workspace-template` has no variable `nothing`: leave out the kind with `select.kinds`
    ");
    let of_title = told(&case, "add: { path: a, template: '{{ variables.summary }}' }");
    assert!(
        of_title.contains("did you mean `summary`? A file names a variable alone"),
        "{of_title}"
    );
    // No value is set for whom a repository belongs to.
    let of_owner = told(&case, "add: { path: a, template: '{{ owner }}' }");
    assert!(
        of_owner.contains("\n  `owner` is who is responsible for the repository"),
        "{of_owner}"
    );
}

#[test]
fn files_are_removed_by_globs() {
    let case = Case::conformant().file("old/a", "1").file("old/b/c", "2").link("old/l", "a");
    insta::assert_snapshot!(told(&case, "remove: { paths: ['old/**', nothing] }"), @"
    - old/a
    - old/b/c
    - old/l
    ");
    assert_eq!(told(&case, "remove: { paths: ['old/*.py'] }"), "");
}

#[test]
fn what_something_that_runs_names_is_not_removed() {
    let case =
        Case::conformant().file("old/check.py", "").file("old/deep/x", "").file("other/y", "");
    let remove = "remove: { paths: ['old/**', other/y] }";
    let told_when = |path: &str, content: &str| told(&case.clone().file(path, content), remove);
    let workflow = "jobs:\n  a:\n    steps:\n      - run: python ./old/check.py\n";
    insta::assert_snapshot!(told_when(".github/workflows/w.yml", workflow), @"
    hindered: `old/check.py` is still named by `.github/workflows/w.yml` (.github/workflows/w.yml)
      correct that file first, or set `even_if_named: true`
    ");
    insta::assert_snapshot!(told_when("run.sh", "ls old/\n"), @"
    hindered: `old` is still named by `run.sh` (run.sh)
      correct that file first, or set `even_if_named: true`
    ");
    assert!(told_when("run.sh", "# old/check.py\nls older/ old\n").starts_with("- old/"));
    assert!(told_when("docs/a.md", "old/check.py\n").starts_with("- old/"));
    let case = case.file("run.sh", "ls old/\n");
    assert!(told(&case, &remove.replace(" }", ", even_if_named: true }")).starts_with("- old/"));
    assert!(
        told(&case.file("old/stays.md", ""), "remove: { paths: [old/deep/x] }").starts_with("- ")
    );
}

#[test]
fn a_file_or_a_folder_is_moved_with_its_modes() {
    let case = Case::conformant().program("old/a.sh", "1\n").file("old/b/c", "2\n");
    insta::assert_snapshot!(told(&case, "move: { from: old/, to: new/deep }"), @"
    * new/deep/a.sh
      1
    = new/deep/b/c
      2
    - old/a.sh
    - old/b/c
    ");
    insta::assert_snapshot!(told(&case, "move: { from: old/a.sh, to: a.sh }"), @"
    * a.sh
      1
    - old/a.sh
    ");
    assert_eq!(told(&case, "move: { from: ol, to: new }"), "");
    // The same content at the new place needs no second copy.
    let twice = case.clone().program("new.sh", "1\n");
    insta::assert_snapshot!(told(&twice, "move: { from: old/a.sh, to: new.sh }"), @"- old/a.sh");
}

#[test]
fn nothing_is_moved_over_something_else_and_no_link_is_bent() {
    let case = Case::conformant().file("a", "1").file("b", "2").link("l", "a").file("d/x", "3");
    insta::assert_snapshot!(told(&case, "move: { from: a, to: b }"), @"hindered: `b` exists already and differs (a)");
    insta::assert_snapshot!(told(&case, "move: { from: l, to: d/l }"), @"hindered: `l` is a link, which would point elsewhere from `d/l` (l)");
    insta::assert_snapshot!(told(&case, "move: { from: l, to: m }"), @"
    - l
    @ m
      a
    ");
    insta::assert_snapshot!(told(&case, "move: { from: d, to: a/d }"), @"hindered: `a/d/x` and `a` cannot both exist: one would have to be a folder");
}

#[test]
fn documents_move_to_a_version_and_never_past_their_readers() {
    let case = Case::conformant();
    assert_eq!(told(&case, "migrate_config: {}"), "");
    insta::assert_snapshot!(told(&case, "migrate_config: { to: 2 }"), @"
    hindered: `config.yaml` stays as it is: version 2 is opt-in: not every reader supports it yet (config.yaml)
      once every reader supports it, set `opt_in: true`
    ");
    let old = "name: x\ntemplate_schema_version: 1 # v\nmodel: m # mine\n";
    let case = case.file("config.yaml", old);
    insta::assert_snapshot!(told(&case, "migrate_config: { to: 2, opt_in: true }"), @"
    = config.yaml
      name: x
      template_schema_version: 2 # v
      runtime_config:
        model: m # mine
    (`config.yaml` moves from version 1 to 2)
    ");
    insta::assert_snapshot!(told(&case, "migrate_config: { to: 3 }"), @"hindered: `config.yaml` stays as it is: there is no migration from version 1 to version 3 (config.yaml)");
    insta::assert_snapshot!(told(&case.clone().file("config.yaml", "name: [\n"), "migrate_config: {}"), @"
    hindered: `config.yaml` stays as it is: it cannot be read; `shipshape validate` says why (config.yaml)
      repair the file first
    ");
    insta::assert_snapshot!(told(&case.clone().file("config.yaml", "template_schema_version: 1\n---\ntemplate_schema_version: 0\n"), "migrate_config: {}"), @"
    hindered: `config.yaml` stays as it is: its file holds 2 documents, and a migration is of one (config.yaml:2:1)
      keep one document in the file
    ");
    insta::assert_snapshot!(told(&case.file("config.yaml", "name: x\n"), "migrate_config: {}"), @"hindered: `config.yaml` stays as it is: `template_schema_version` does not state the version of the document (config.yaml:1:1)");
}

#[test]
fn changes_are_made_in_order_and_come_to_one_set() {
    let case = Case::conformant();
    let outcome = judged_end(
        &case,
        &[
            "add: { path: docs/a.md, content: a }",
            "move: { from: docs/a.md, to: docs/b.md }",
            "add: { path: docs/c.md, content: c }",
            "remove: { paths: [docs/c.md] }",
        ],
    );
    assert_eq!(written(&outcome.expect("made").changes), "= docs/b.md\n  a\n");
    let hindered = judged_end(
        &case,
        &["add: { path: docs/a.md, content: a }", "add: { path: docs/b.md, file: nowhere }"],
    );
    assert!(hindered.is_err());
}

#[test]
fn a_change_that_makes_it_worse_is_refused() {
    let case = Case::conformant();
    let refused = |changes: &[&str]| judged_end(&case, changes).map(|_| ()).expect_err("worse");
    insta::assert_snapshot!(refused(&["remove: { paths: [Dockerfile] }"]), @"the change would add a finding: `Dockerfile` is not here, and no image is built without it (path-missing)");
    insta::assert_snapshot!(refused(&["add: { path: docs/a.yaml, content: 'a: [' }"]), @"`docs/a.yaml` would not parse: while parsing a node, did not find expected node content");
    insta::assert_snapshot!(refused(&["add: { path: tests/test_a.py, content: 'def' }"]), @"`tests/test_a.py` would not parse: Expected an identifier");
    insta::assert_snapshot!(refused(&["add: { path: .molecule-ci/x, content: '' }"]), @"the change would add a finding: `.molecule-ci/x` must not be here: the vendored validator is replaced by the shared workflow (path-forbidden)");
    insta::assert_snapshot!(refused(&["add: { path: Dockerfile, content: 'FROM', existing: replace }"]), @"`Dockerfile` would not parse: FROM needs an image and at most `AS name`");
}

#[test]
fn what_was_json_or_toml_stays_it_and_what_is_new_is_it() {
    let is_refused = |case: &Case, path: &str, content: &str| {
        let content = serde_json::json!(content);
        let add = format!("add: {{ path: '{path}', content: {content}, existing: replace }}");
        match judged_end(case, &[&add]) {
            Ok(_) => false,
            Err(why) => {
                assert!(why.starts_with(&format!("`{path}` would not parse: ")), "{why}");
                true
            }
        }
    };
    let new = Case::with_shape("extras: ['**']\n");
    for (path, content, expected) in [
        ("a.json", "{ bad", true),
        ("a.json", "// x\n{}", true),
        ("a.json", "{}", false),
        ("tsconfig.json", "// x\n{\"a\": 1,}", false),
        ("tsconfig.json", "{ bad", true),
        (".vscode/settings.json", "{ bad", true),
        ("a.jsonc", "// x\n{}", false),
        ("a.jsonc", "{ bad", true),
        ("a.json5", "{ a: 0x1F }", false),
        ("a.toml", "a = ", true),
        ("a.toml", "a = 1", false),
        ("poetry.lock", "[a", true),
        ("{{ slug }}/a.json", "{ {% if x %}", false),
        ("a.txt", "{ bad", false),
    ] {
        assert_eq!(is_refused(&new, path, content), expected, "{path}: {content}");
    }
    for (path, before, after, expected) in [
        ("a.json", "{}", "// x\n{}", true),
        ("a.json", "// x\n{}", "// y\n{\"a\": 1}", false),
        ("a.json", "// x\n{}", "{ bad", true),
        ("a.json", "{ bad", "{ worse", false),
        ("tsconfig.json", "{}", "// x\n{}", false),
        ("tsconfig.json", "// x\n{}", "{ bad", true),
        ("a.json", "{a: 1}", "{a: 0x1F}", false),
        ("a.toml", "a = 1", "a = ", true),
        ("a.toml", "a = ", "b = ", false),
    ] {
        let case = Case::with_shape("extras: ['**']\n").file(path, before);
        assert_eq!(is_refused(&case, path, after), expected, "{path}: {before} -> {after}");
    }
}

#[test]
fn what_did_not_parse_may_have_another_name() {
    let case = Case::with_shape("extras: ['**']\n")
        .file("a/bad.json", "{ bad")
        .file("bad.txt", "{ bad too");
    assert!(judged_end(&case, &["move: { from: a/bad.json, to: b/bad.json }"]).is_ok());
    let refused = judged_end(&case, &["move: { from: bad.txt, to: worse.json }"]);
    assert!(refused.is_err_and(|why| why.starts_with("`worse.json` would not parse: ")));
}

#[test]
fn a_file_that_was_broken_before_is_no_reason_against_another_change() {
    let case = Case::conformant().file("config.yaml", "name: [\n");
    let outcome = judged_end(&case, &["add: { path: docs/a.md, content: a }"]);
    assert!(outcome.is_ok(), "{outcome:?}");
}
