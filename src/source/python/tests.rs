//! What callers rely on, fact by fact, and hostile inputs in a small thread.

mod bindings;
mod classes;
mod compiled;
mod edits;
mod hazard;
mod hostile;
mod imports;

use super::*;

fn module(source: &str) -> Module {
    Module::parse(&Text::new(source)).expect("the test's source parses")
}

#[test]
fn the_first_syntax_error_is_reported_with_its_place() {
    let error = Module::parse(&Text::new("x = 1\ndef f(:\n    pass\ny = (\n")).expect_err("broken");
    assert_eq!(Text::new("x = 1\ndef f(:\n").position(error.span.start).line, 2);
    assert!(!error.message.is_empty());
}

#[test]
fn a_bracket_that_is_never_closed_is_named() {
    let said = |source: &str| Module::parse(&Text::new(source)).expect_err("broken").message;
    for (source, cause) in [
        ("x = 1\ny = f(a, b\nfor c in d:\n    pass\n", "the `(` of line 2 is not closed"),
        ("x = f(g(a)\ny = 2\n", "the `(` of line 1 is not closed"),
        ("x = [\n    1,\ny = 2\n", "the `[` of line 1 is not closed"),
        ("x = {\n    1: f(),\n", "the `{` of line 1 is not closed"),
    ] {
        assert!(said(source).ends_with(&format!("; {cause}")), "{source}: {}", said(source));
    }
    for source in ["x = f(a\n", "x = f(a]\ny = 2\n", "x = f(\n    'a)\ny = 1\n", "x = 1\ny =\n"] {
        assert!(!said(source).contains("is not closed"), "{source}: {}", said(source));
    }
}

#[test]
fn syntax_newer_than_the_image_is_found() {
    let cases = [
        ("f'{a['x']}'\nf\"{a[\"x\"]}\"\n", 12),
        ("f'{'\\n'.join(a)}'\n", 12),
        ("def f[T](x: T): ...\n", 12),
        ("class C[T]: ...\n", 12),
        ("type X = int\n", 12),
        ("def f[T = int](x: T): ...\n", 13),
        ("try: ...\nexcept A, B: ...\n", 14),
        ("x = t'{y}'\n", 14),
        ("lazy import json\n", 15),
    ];
    for (source, minor) in cases {
        let found = module(source);
        let newest = found.newer_than(PythonVersion::new(3, 11)).map(|syntax| syntax.since).max();
        assert_eq!(newest, Some(PythonVersion::new(3, minor)), "{source}");
        assert_eq!(found.newer_than(PythonVersion::new(3, minor)).count(), 0, "{source}");
    }
}

#[test]
fn syntax_that_the_image_has_is_not_reported() {
    let source = "match x:\n    case [a, *b]: ...\ntry: ...\nexcept* E: ...\nf'{x!r:>{n}}'\n\
                  with (open(a) as b, open(c)): ...\nif (n := 1): ...\ndef f(*a: *T): ...\n";
    let found = module(source);
    assert_eq!(found.newer_than(PythonVersion::new(3, 11)).count(), 0);
    let newer: Vec<&str> =
        found.newer_than(PythonVersion::new(3, 9)).map(|syntax| syntax.what).collect();
    assert_eq!(newer, ["a `match` statement", "`except*`", "an unpacked annotation of `*args`"]);
}

#[test]
fn a_summary_is_shared_between_threads() {
    fn shared<T: Send + Sync + 'static>(_: &T) {}
    shared(&module("x = 1\n"));
}

#[test]
fn empty_and_odd_texts_are_modules() {
    for source in ["", "\n", "# only a comment", "\u{feff}x = 1\r", "x = 1\r\ny = 2\x0c\n", "'doc'"]
    {
        assert!(Module::parse(&Text::new(source)).is_ok(), "{source:?}");
    }
}

#[test]
fn names_that_functions_declare_global_are_known() {
    assert_eq!(module("def f():\n    global A, b\n    A = 1\n").globals, ["A", "b"]);
}

#[test]
fn a_keyword_argument_in_parentheses_is_refused_as_python_refuses_it() {
    assert!(Module::parse(&Text::new("f((a)=1)\n")).is_err());
}
