//! Files of formats other than YAML.

use super::super::super::testing::judged_end;
use super::*;

/// What edits make of a file at a path.
fn made(path: &str, file: &str, edits: &[&str]) -> String {
    let case = Case::with_shape("").file(path, file);
    let edits = edits.join(" }, { ");
    told(&case, &format!("yaml: {{ paths: ['{path}'], edits: [{{ {edits} }}] }}"))
}

#[test]
fn what_is_added_to_json_is_json() {
    let edits = [
        "set: { at: mode, value: fast }",
        "set: { at: a, value: 'two words' }",
        "set: { at: b.c.d, value: [no, 1.0] }",
        "append: { at: list, value: { x: null } }",
        "rename: { at: old, to: new-name }",
        "remove: { at: gone }",
    ];
    for path in
        ["s.json", "s.jsonc", "s.json5", "s.webmanifest", ".eslintrc", "composer.lock", "s.yml"]
    {
        let file = "{\n  \"a\": 1,\n  \"list\": [],\n  \"old\": true,\n  \"gone\": {}\n}\n";
        let after = "{\n    \"a\": \"two words\",\n    \"list\": [\n      {\n        \"x\": null\n      }\n    ],\n    \
                     \"new-name\": true,\n    \"mode\": \"fast\",\n    \"b\": {\n      \"c\": {\n        \"d\": [\n          \
                     \"no\",\n          1.0\n        ]\n      }\n    }\n  }\n";
        assert_eq!(made(path, file, &edits), format!("= {path}\n  {after}"), "{path}");
    }
    let one_line = made(
        "s.json",
        "{\"a\":1,\"list\":[1]}\n",
        &["append: { at: list, value: x }", "set: { at: b, value: { c: d } }"],
    );
    assert_eq!(one_line, "= s.json\n  {\"a\":1,\"list\":[1,\"x\"],\"b\":{\"c\":\"d\"}}\n");
    let empty = made(".renovaterc", "{}\n", &["set: { at: a, value: b }"]);
    assert_eq!(empty, "= .renovaterc\n  {\n    \"a\": \"b\"\n  }\n");
    assert_eq!(made("s.yml", "{}\n", &["set: { at: a, value: b }"]), "= s.yml\n  a: b\n");
}

#[test]
fn comments_of_json_stay_and_what_is_no_json_is_refused() {
    let file = "{\n  // of a\n  \"a\": 1 // one\n}\n";
    let after = made("tsconfig.json", file, &["set: { at: b, value: x }"]);
    assert_eq!(
        after,
        "= tsconfig.json\n  {\n    // of a\n    \"a\": 1, // one\n    \"b\": \"x\"\n  }\n"
    );
    let said = made("s.json", "a: 1\n", &["set: { at: b, value: x }"]);
    let why = "hindered: `b` cannot be set: its name says that it is JSON, and its text is not: ";
    assert!(said.starts_with(why), "{said}");
}

#[test]
fn a_file_that_the_same_campaign_adds_is_json_too() {
    let case = Case::with_shape("extras: ['**']\n");
    let add = "add: { path: s.json, content: \"{\\\"a\\\": 1}\\n\" }";
    let set = "yaml: { paths: ['*.json'], edits: [{ set: { at: b, value: x } }] }";
    let outcome = judged_end(&case, &[add, set]).expect("changes");
    let entry = outcome.after.entry("s.json").expect("it is there");
    let text = outcome.after.read(entry.id).expect("readable");
    assert_eq!(text.as_ref(), b"{\"a\": 1, \"b\": \"x\"}\n");
}

#[test]
fn what_does_not_parse_is_to_be_repaired_or_is_of_another_format() {
    let said = |path: &str, file: &str| made(path, file, &["set: { at: a, value: 1 }"]);
    let block = "resource \"a\" \"b\" {\n  c = \"d\"\n}\n";
    for file in ["a: [\n", block, "# nothing yet\n", ""] {
        assert!(said("main.tf", file).contains("and `paths` takes it in (main.tf)\n"), "{file}");
    }
    let present = "set: { at: a, value: 1, only: present }";
    assert_eq!(made("notes.txt", "words\n", &[present]), "");
    assert_eq!(said("app.conf", "b: 2\n"), "= app.conf\n  b: 2\n  a: 1\n");
    insta::assert_snapshot!(said("main.tf", "resource \"a\" \"b\" {\n"), @"
    hindered: `main.tf` is of a format that `yaml` does not edit, and `paths` takes it in (main.tf)
      name only YAML, JSON and TOML in `paths`; `run` changes files of any format
    ");
    for (path, what) in [("a.yml", "YAML"), ("a.json", "JSON"), ("a.toml", "TOML")] {
        let said = said(path, "a: [\n");
        assert!(said.starts_with(&format!("hindered: `{path}` is not {what}: ")), "{said}");
        assert!(said.ends_with("\n  repair it first\n"), "{said}");
    }
    let json5 = said("a.json5", "{ \"a\": 'it\\'s' }\n");
    assert!(json5.starts_with("hindered: `a.json5` is not JSON5 that is read here: "), "{json5}");
    assert!(json5.contains("\n  repair it first, or edit it by hand: of JSON5, "), "{json5}");
    let dotted = said(".eslintrc", "a: [\n");
    assert!(dotted.contains("repair it first, or leave it out of `paths`"), "{dotted}");
}

#[test]
fn what_is_no_text_is_of_another_format_as_well() {
    let said = |path: &str| {
        let case = Case::with_shape("").file(path, b"\x89PNG\r\n\x1a\n\0\xff\xfe");
        told(&case, "yaml: { paths: ['**/*'], edits: [{ set: { at: a, value: 1 } }] }")
    };
    let foreign = "hindered: `logo.png` is of a format that `yaml` does not edit, ";
    assert!(said("logo.png").starts_with(foreign), "{}", said("logo.png"));
    let named = said("a.yml");
    assert!(
        named.starts_with("hindered: `a.yml` ") && named.contains("repair it first"),
        "{named}"
    );
}

#[test]
fn values_of_toml_are_set_and_all_else_stays() {
    let toml = |file: &str, at: &str, value: &str| {
        let case = Case::with_shape("").file("s.toml", file);
        let set = format!("set: {{ at: '{at}', value: {value}, only: present }}");
        told(&case, &format!("yaml: {{ paths: [s.toml], edits: [{{ {set} }}] }}"))
    };
    let file = "# Own.\nx = 1 # few\nday = 2024-01-02\na.b = 1\n\n[t] # here\nf = 1.5\ns = 'a'\nl = [\"a\", \"#\"] # two\nm = { n = 1, o = true }\n\n[[u]]\nv = \"w\"\n";
    let shown = |text: &str| text.replace('\n', "\n  ").replace("\n  \n", "\n\n");
    for (at, value, old, new) in [
        ("x", "9", "x = 1 #", "x = 9 #"),
        ("x", "'9'", "x = 1 #", "x = \"9\" #"),
        ("x", "[1, b]", "x = 1 #", "x = [1, \"b\"] #"),
        ("day", "2025-03-04", "2024-01-02", "2025-03-04"),
        ("day", "soon", "2024-01-02", "\"soon\""),
        ("a.b", "2.5", "a.b = 1", "a.b = 2.5"),
        ("t.s", "no-more", "s = 'a'", "s = 'no-more'"),
        ("t.l", "[b]", "[\"a\", \"#\"] #", "[\"b\"] #"),
        ("t.m.o", "false", "o = true", "o = false"),
        ("t.m", "{ p: 1 }", "{ n = 1, o = true }", "{ p = 1 }"),
        ("u[].v", "z", "v = \"w\"", "v = \"z\""),
    ] {
        let after = shown(&file.replace(old, new));
        assert_eq!(toml(file, at, value), format!("= s.toml\n  {}\n", after.trim_end()), "{at}");
    }
    for (at, value) in [("x", "1"), ("day", "2024-01-02"), ("t.l", "[a, '#']"), ("none", "1")] {
        assert_eq!(toml(file, at, value), "", "{at}");
    }
    for (file, at, value, why) in [
        ("x = 1\n", "x", "null", "TOML has no null (s.toml:1:1)"),
        ("x = [\n  1, # one\n]\n", "x", "[2]", "a comment would be lost (s.toml:1:5)"),
        ("[t]\nx = 1\n", "t", "[1]", "a table is not replaced"),
    ] {
        let said = toml(file, at, value);
        assert!(said.starts_with(&format!("hindered: `{at}` cannot be set: {why}")), "{said}");
    }
}
