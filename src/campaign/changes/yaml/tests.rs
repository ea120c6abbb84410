use super::super::testing::{spec, told};
use crate::checks::testing::Case;

mod formats;

const WORKFLOW: &str = "\
name: ci # kept

on:
  push:
    branches: [main]
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      # The sources.
      - uses: actions/checkout@v3
        with: { fetch-depth: 0 }
      - uses: actions/setup-python@v4 # old
      - run: pytest
  lint:
    steps:
      - uses: actions/checkout@v4
";

fn edited(file: &str, edits: &[&str]) -> String {
    let case = Case::with_shape("").file("w.yml", file);
    let edits: String = edits.iter().map(|edit| format!("\n  - {edit}")).collect();
    let change = format!("yaml:\n  paths: [w.yml]\n  edits:{edits}\n");
    told(&case, &change)
}

#[test]
fn what_is_removed_takes_the_comment_directly_above_with_it() {
    let file = "# The licence.\n\n# how it runs\nname: ci\non: push\n";
    let after = edited(file, &["remove: { at: name }"]);
    assert!(after.contains("# The licence.") && !after.contains("# how it runs"), "{after}");
}

#[test]
fn values_are_set_wherever_the_place_is_found() {
    insta::assert_snapshot!(edited(WORKFLOW, &[
        "set: { at: 'jobs.*.steps[uses=actions/checkout@*].uses', value: actions/checkout@v5 }",
        "set: { at: 'jobs.*.steps[uses=actions/checkout@*].with.fetch-depth', value: 1 }",
        "set: { at: permissions.contents, value: read }",
        "set: { at: on.push.branches, value: [main, next] }",
        "set: { at: name, value: CI }",
    ]), @"
    = w.yml
      name: CI # kept

      on:
        push:
          branches:
            - main
            - next
      jobs:
        test:
          runs-on: ubuntu-latest
          steps:
            # The sources.
            - uses: actions/checkout@v5
              with: { fetch-depth: 1 }
            - uses: actions/setup-python@v4 # old
            - run: pytest
        lint:
          steps:
            - uses: actions/checkout@v5
              with:
                fetch-depth: 1
      permissions:
        contents: read
    ");
}

#[test]
fn what_is_set_only_where_it_is_or_is_not_there() {
    let present = "set: { at: 'jobs.*.runs-on', value: ubuntu-24.04, only: present }";
    let absent = "set: { at: 'jobs.*.runs-on', value: ubuntu-24.04, only: absent }";
    insta::assert_snapshot!(edited("jobs:\n  a: {runs-on: x}\n  b:\n    steps: []\n", &[present]), @"
    = w.yml
      jobs:
        a: {runs-on: ubuntu-24.04}
        b:
          steps: []
    ");
    insta::assert_snapshot!(edited("jobs:\n  a: {runs-on: x}\n  b:\n    steps: []\n", &[absent]), @"
    = w.yml
      jobs:
        a: {runs-on: x}
        b:
          steps: []
          runs-on: ubuntu-24.04
    ");
}

#[test]
fn entries_and_items_are_removed_and_renamed() {
    insta::assert_snapshot!(edited(WORKFLOW, &[
        "remove: { at: 'jobs.test.steps[uses=actions/*]' }",
        "rename: { at: jobs.lint, to: check }",
        "remove: { at: on.pull_request }",
    ]), @"
    = w.yml
      name: ci # kept

      on:
        push:
          branches: [main]
      jobs:
        test:
          runs-on: ubuntu-latest
          steps:
            - run: pytest
        check:
          steps:
            - uses: actions/checkout@v4
    ");
    insta::assert_snapshot!(edited("a: [x, y, x]\nb: 1\nc: 1\n", &[
        "remove: { at: 'a[=x]' }", "rename: { at: b, to: c }",
    ]), @"
    = w.yml
      a: [y]
      c: 1
    ");
}

#[test]
fn items_are_appended_unless_they_are_there() {
    insta::assert_snapshot!(edited("on:\n  push:\n    branches: [main]\n    tags: v1\n", &[
        "append: { at: on.push.branches, value: main }",
        "append: { at: on.push.branches, value: next }",
        "append: { at: on.push.tags, value: v1 }",
        "append: { at: on.repository_dispatch.types, value: runtime-published }",
        "append: { at: 'jobs', value: { a: [1], b: \"x\\ny\\n\" } }",
    ]), @"
    = w.yml
      on:
        push:
          branches: [main, next]
          tags: v1
        repository_dispatch:
          types:
            - runtime-published
      jobs:
        - a:
            - 1
          b: |
            x
            y
    ");
}

#[test]
fn every_document_of_a_file_is_edited() {
    let file = "kind: Service\nspec:\n  ports: [1]\n---\n# The program.\nkind: Deployment\nspec:\n  replicas: 1 # few\n---\n";
    let set = "set: { at: spec.replicas, value: 3, only: present }";
    insta::assert_snapshot!(edited(file, &[set]), @"
    = w.yml
      kind: Service
      spec:
        ports: [1]
      ---
      # The program.
      kind: Deployment
      spec:
        replicas: 3 # few
      ---
    ");
    let meant = "set: { at: '[kind=Deployment].spec.paused', value: false }";
    let all = "set: { at: '[kind=*].metadata.team', value: ops }";
    let gone = "remove: { at: '[kind=Service].spec.ports' }";
    insta::assert_snapshot!(edited(file, &[meant, all, gone]), @"
    = w.yml
      kind: Service
      spec: {}
      metadata:
        team: ops
      ---
      # The program.
      kind: Deployment
      spec:
        replicas: 1 # few
        paused: false
      metadata:
        team: ops
      ---
    ");
}

#[test]
fn of_several_documents_none_gets_a_key_by_accident() {
    let file = "kind: Service\nspec: {}\n---\nkind: Deployment\nspec:\n  replicas: 1\n";
    insta::assert_snapshot!(edited(file, &["set: { at: spec.replicas, value: 3 }"]), @"hindered: `spec.replicas` cannot be set: the file has 2 documents, and this one lacks it; say which are meant, by a condition in front of it such as `[kind=Deployment].`, or set only what is there, with `only: present` (w.yml:1:1)");
    // What refuses an edit is told by its place in the whole file.
    let renamed = "rename: { at: spec.replicas, to: count }";
    let append = "append: { at: spec.count, value: 2, only: present }";
    insta::assert_snapshot!(edited(file, &[renamed, append]), @"hindered: `spec.count` cannot be appended to: this is not a list (w.yml:6:10)");
    let alone = edited("a: &x 1\n---\nb: *x\n", &["remove: { at: b }"]);
    assert!(alone.starts_with("hindered: `w.yml` "), "{alone}");
}

#[test]
fn a_document_that_cannot_be_read_alone_hinders_only_what_has_a_place_in_its_file() {
    let file = "%YAML 1.2\n---\na: 1\n...\n%YAML 1.2\n---\nb: 1\n";
    let hindered = edited(file, &["remove: { at: b }"]);
    assert!(hindered.starts_with("hindered: `w.yml` has a document"), "{hindered}");
    let left = edited(file, &["remove: { at: c }", "set: { at: c, value: 1, only: present }"]);
    assert!(left.starts_with("(`w.yml` has a document that cannot be read alone"), "{left}");
}

#[test]
fn an_empty_document_beside_another_gets_no_key_and_keeps_none_away() {
    let set = "set: { at: a, value: 2 }";
    for (file, after) in [
        ("a: 1\n---\n", "= w.yml\n  a: 2\n  ---\n"),
        ("b: 1\n---\n# no more\n", "= w.yml\n  b: 1\n  a: 2\n  ---\n  # no more\n"),
    ] {
        assert_eq!(edited(file, &[set]), after, "{file}");
    }
    let empty = edited("---\n---\n", &[set]);
    assert!(empty.starts_with("hindered: `a` cannot be set: the file has 2 documents"), "{empty}");
}

#[test]
fn what_aliases_share_is_not_changed_for_all_of_them() {
    let file = "labels: &l\n  app: x\n  of: [1]\nmatch: *l\n";
    for edit in [
        "set: { at: labels.team, value: x, only: absent }",
        "set: { at: labels.app, value: y }",
        "remove: { at: labels.app }",
        "rename: { at: labels.app, to: name }",
        "append: { at: labels.of, value: 2 }",
    ] {
        let said = edited(file, &[edit]);
        assert!(said.starts_with("hindered: ") && said.contains("aliases refer to `&l`"), "{said}");
    }
    let fine =
        ["set: { at: labels.app, value: x, only: present }", "rename: { at: labels, to: all }"];
    assert_eq!(edited(file, &fine), "= w.yml\n  all: &l\n    app: x\n    of: [1]\n  match: *l\n");
    let unused = edited("labels: &l {app: x}\n", &["set: { at: labels.app, value: y }"]);
    assert_eq!(unused, "= w.yml\n  labels: &l {app: \"y\"}\n");
}

#[test]
fn what_comes_by_a_merge_key_is_not_absent() {
    let file = "x: &base {restart: always, deploy: {mode: a}}\nweb:\n  <<: *base\n  image: b\n";
    let set = |at: &str, only: &str| format!("set: {{ at: {at}, value: c, only: {only} }}");
    assert_eq!(edited(file, &[&set("web.restart", "absent")]), "");
    assert_eq!(edited(file, &[&set("web.deploy.mode", "absent")]), "");
    let inside = edited(file, &[&set("web.deploy.kind", "absent")]);
    let why =
        "`web.deploy.kind` cannot be set: `deploy` comes by a merge key, which this would replace";
    assert!(inside.starts_with(&format!("hindered: {why}")), "{inside}");
    let added = edited(file, &[&set("web.user", "absent")]);
    assert!(added.contains("image: b\n    user: c\n"), "{added}");
}

#[test]
fn what_comes_by_a_merge_key_is_overridden_only_where_that_key_is_set() {
    let file = "x: &base {restart: always, deploy: {mode: a}, ports: [b]}\nweb:\n  <<: *base\n";
    let set = |at: &str, value: &str| format!("set: {{ at: {at}, value: {value} }}");
    let append = |at: &str, value: &str| format!("append: {{ at: {at}, value: {value} }}");
    let overridden = edited(file, &[&set("web.restart", "no-more")]);
    assert!(overridden.contains("<<: *base\n    restart: no-more\n"), "{overridden}");
    for as_is in
        [set("web.restart", "always"), set("web.deploy.mode", "a"), append("web.ports", "b")]
    {
        assert_eq!(edited(file, &[&as_is]), "", "{as_is}");
    }
    for (edit, key) in [
        (set("web.deploy.kind", "c"), "deploy"),
        (set("web.deploy.mode", "c"), "deploy"),
        (append("web.ports", "c"), "ports"),
        (append("web.deploy.on", "c"), "deploy"),
    ] {
        let said = edited(file, &[&edit]);
        let why = format!("`{key}` comes by a merge key, which this would replace");
        assert!(said.starts_with("hindered: ") && said.contains(&why), "{edit}: {said}");
    }
    let added = edited(file, &[&append("web.of", "c"), &set("web.labels.team", "d")]);
    assert!(added.contains("    of:\n      - c\n    labels:\n      team: d\n"), "{added}");
}

#[test]
fn an_edit_that_cannot_be_made_hinders_all_of_them() {
    let first = "set: { at: name, value: CI }";
    insta::assert_snapshot!(edited("name: x\non: push\n", &[first, "set: { at: on.push.x, value: 1 }"]), @"hindered: `on.push.x` cannot be set: this is not a mapping (w.yml:2:5)");
    insta::assert_snapshot!(edited("name: x\na: &n {b: 1}\nc: *n\n", &[first, "set: { at: c.b, value: 2 }"]), @"hindered: `c.b` cannot be set: `c.b` is behind an alias (w.yml:3:4)");
    insta::assert_snapshot!(edited("a: 1\nb: 2\n", &["rename: { at: a, to: b }"]), @"hindered: `a` cannot be renamed: `a` and `b` are both there and differ (w.yml:2:4)");
    insta::assert_snapshot!(edited("a: [\n", &[first]), @"
    hindered: `w.yml` is not YAML: while parsing a node, did not find expected node content (w.yml:2:1)
      repair it first
    ");
    insta::assert_snapshot!(edited("on: push\n", &["append: { at: on, value: pull_request }"]), @"hindered: `on` cannot be appended to: this is not a list (w.yml:1:5)");
    let many = format!("a: [{}]\n", "x, ".repeat(201));
    insta::assert_snapshot!(edited(&many, &["remove: { at: 'a[]' }"]), @"hindered: `a[]` cannot be removed: `a[]` has 201 places, more than 200 (w.yml:1:1)");
}

#[test]
fn the_dialect_is_that_of_the_files_readers() {
    let case = Case::conformant().replace("config.yaml", "timeout: 0", "timeout: off");
    let change = "yaml: { paths: [config.yaml], edits: [{ set: { at: runtime_config.timeout, value: false } }] }";
    assert_eq!(told(&case, change), "");
    let case = Case::with_shape("").file("w.yml", "a: off\n");
    let change = "yaml: { paths: ['*.yml'], edits: [{ set: { at: a, value: false } }] }";
    insta::assert_snapshot!(told(&case, change), @"
    = w.yml
      a: false
    ");
    let change =
        "yaml: { paths: ['*.yml'], dialect: yaml-1.1, edits: [{ set: { at: a, value: false } }] }";
    assert_eq!(told(&case, change), "");
}

#[test]
fn links_are_not_followed_and_line_ends_stay() {
    let case = Case::with_shape("").file("a.yml", "a: 1\r\nb:\r\n  - x\r\n").link("l.yml", "a.yml");
    let change = "yaml: { paths: ['*.yml'], edits: [{ append: { at: b, value: [y] } }] }";
    insta::assert_snapshot!(told(&case, change), @r#"
    = a.yml
      a: 1\r
      b:\r
        - x\r
        - - "y"\r
    "#);
}

#[test]
fn a_link_hinders_unless_its_file_is_edited_too_or_is_as_wanted() {
    let case = Case::with_shape("")
        .file("real/a.yml", "a: 1\n")
        .link("l.yml", "m")
        .link("m", "real/a.yml");
    let set = |paths: &str, value: u8| {
        let edit = format!("set: {{ at: a, value: {value} }}");
        told(&case, &format!("yaml: {{ paths: {paths}, edits: [{{ {edit} }}] }}"))
    };
    let of = |paths: &str| set(paths, 2);
    assert_eq!(set("[l.yml]", 1), "");
    insta::assert_snapshot!(of("[l.yml]"), @"
    hindered: `l.yml` is a symbolic link, which is not followed (l.yml)
      name the file that it leads to: `real/a.yml`
    ");
    assert!(of("['**/*.yml']").starts_with("= real/a.yml\n"));
    let left = "(`l.yml` is a symbolic link that leads to no file here)\n";
    let case = Case::with_shape("").link("l.yml", "nowhere.yml").link("m.yml", "../out.yml");
    let change = "yaml: { paths: ['*.yml'], edits: [{ remove: { at: a } }] }";
    assert_eq!(told(&case, change), format!("{left}{}", left.replace("l.yml", "m.yml")));
}

#[test]
fn a_place_that_is_none_is_told_with_its_offset() {
    let problems = |at: &str| {
        let yaml = serde_json::json!({"yaml": {"paths": ["a"], "edits": [{"remove": {"at": at}}]}});
        let change: super::super::ChangeSpec = serde_json::from_value(yaml).expect("a change");
        change.problems().into_iter().map(|problem| problem.message).collect::<String>()
    };
    for sound in
        ["a", "a.*.b", "a[0]", "a[].b", "a[=x y].b", "a[k=*]", r#"a["k.l"="]"]"#, r#""a b".c"#]
    {
        assert_eq!(problems(sound), "", "{sound}");
    }
    let told: Vec<String> =
        ["", "a..b", "a[", "a[x]", "a[k=v", "a b", "\"a", "a[0]b", "a[99999999999999999999]"]
            .map(problems)
            .into();
    insta::assert_debug_snapshot!(told, @r#"
    [
        "`` is no place in a document: a key is missing at byte 0",
        "`a..b` is no place in a document: a key is missing at byte 2",
        "`a[` is no place in a document: `=` or `]` is missing at byte 2",
        "`a[x]` is no place in a document: an index is a number; a condition has a `=` at byte 2",
        "`a[k=v` is no place in a document: `]` is missing at byte 5",
        "`a b` is no place in a document: a `.` is missing at byte 1; quote a key that has other characters than letters, digits, `_`, `-` and `/`: `'\"$schema\"'`, `'exports.\"./x\"'`",
        "`\"a` is no place in a document: the quote is not closed at byte 0",
        "`a[0]b` is no place in a document: a `.` is missing at byte 4",
        "`a[99999999999999999999]` is no place in a document: the index is too large at byte 2",
    ]
    "#);
    let change = spec("yaml: { paths: [a], edits: [] }");
    assert_eq!(change.name(), "yaml");
    for bare in ["$schema", "exports../x", "dependencies.@types/node", "features.ghcr.io/x/node:1"]
    {
        let told = problems(bare);
        assert!(told.contains("; quote a key that has other characters than "), "{told}");
    }
    let told = problems("[\"$schema\"]");
    assert!(told.ends_with("; quote a key without brackets: `'\"$schema\"'`"), "{told}");
}

#[test]
fn a_star_alone_asks_only_that_something_is_there() {
    let file = "jobs:\n  a: {runs-on: x}\n  b: {runs-on: [x, y]}\n  c: {runs-on: {group: g}}\n  d: {uses: o/w.yml@v1}\n";
    let change = "set: { at: 'jobs.*[runs-on=*].timeout-minutes', value: 15, only: absent }";
    insta::assert_snapshot!(edited(file, &[change]), @"
    = w.yml
      jobs:
        a: {runs-on: x, timeout-minutes: 15}
        b: {runs-on: [x, y], timeout-minutes: 15}
        c: {runs-on: {group: g}, timeout-minutes: 15}
        d: {uses: o/w.yml@v1}
    ");
}

#[test]
fn a_condition_behind_what_is_no_list_says_whether_it_is_meant() {
    let file = "jobs:\n  a: {uses: o/w.yml@main}\n  b: {uses: o/w.yml@v1}\n  c: {v: ' [x] '}\n";
    insta::assert_snapshot!(edited(file, &[
        "set: { at: 'jobs.*[uses=*@main].with.x', value: 1 }",
        "set: { at: 'jobs.*.uses[=*@v1]', value: o/w.yml@v2 }",
        "set: { at: 'jobs.c.v[=\" [x] \"]', value: y }",
        "append: { at: 'jobs.a.needs', value: b, only: present }",
    ]), @"
    = w.yml
      jobs:
        a: {uses: o/w.yml@main, with: {x: 1}}
        b: {uses: o/w.yml@v2}
        c: {v: 'y'}
    ");
}
