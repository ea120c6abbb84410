use proptest::prelude::*;

use super::*;

/// As small as the stack of a thread that Rust starts by itself.
const STACK_BYTES: usize = 2 << 20;

fn parse_in_small_thread(source: String) -> Result<Module, SyntaxError> {
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
    let running = thread.spawn(move || Module::parse(&Text::new(&source))).expect("a thread");
    running.join().expect("no panic")
}

#[test]
fn endless_chains_are_refused() {
    let many = 50_000;
    for (part, end) in [
        ("1+", "1"),
        ("-", "x"),
        ("not ", "x"),
        ("a.", "b"),
        ("lambda: ", "x"),
        ("1**", "1"),
        ("lambda a, b: ", "x"),
        ("x if y else ", "z"),
        ("(", ""),
        ("[", ""),
        ("{", ""),
        ("f'{", ""),
        ("a[", ""),
        ("a(", ""),
        ("*", "x"),
        ("x or y and ", "z"),
    ] {
        let source = format!("x = {}{end}\n", part.repeat(many));
        assert!(parse_in_small_thread(source).is_err(), "{part}");
    }
    let calls = format!("x{}\n", "()".repeat(many));
    assert!(parse_in_small_thread(calls).is_err());
}

#[test]
fn the_deepest_accepted_trees_fit_a_small_stack() {
    let deepest = 2_990;
    for (part, end) in [("1+", "1"), ("-", "x"), ("not ", "x"), ("a.", "b"), ("1**", "1")] {
        let source = format!("x = {}{end}\n", part.repeat(deepest));
        assert!(parse_in_small_thread(source).is_ok(), "{part}");
    }
    for (part, end) in [("lambda: ", "x"), ("x if y else ", "z"), ("x or y and ", "z")] {
        let source = format!("x = {}{end}\n", part.repeat(deepest / 2));
        assert!(parse_in_small_thread(source).is_ok(), "{part}");
    }
    assert!(parse_in_small_thread(format!("x{}\n", "()".repeat(deepest))).is_ok());
    let brackets = format!("x = {}{}\n", "a([".repeat(100), "])".repeat(100));
    assert!(parse_in_small_thread(brackets).is_ok());
}

#[test]
fn nested_sums_fit_a_small_stack_or_are_refused() {
    for levels in [1, 2, 10, 80, 190] {
        for chain in [10, 100, 1_000, 2_800] {
            let part = format!("{})", "+1".repeat(chain));
            let left = format!("x = {}1{}\n", "(".repeat(levels), part.repeat(levels));
            let right = format!(
                "x = {}1{}\n",
                format!("{}(", "1+".repeat(chain)).repeat(levels),
                ")".repeat(levels)
            );
            let fits = levels * (chain + 2) < 3_000;
            for source in [left, right] {
                assert_eq!(parse_in_small_thread(source).is_ok(), fits, "{levels} of {chain}");
            }
            let open = format!("x = {}1\n", format!("{}(", "1+".repeat(chain)).repeat(levels));
            assert!(parse_in_small_thread(open).is_err());
        }
    }
}

#[test]
fn the_deepest_indentation_with_a_deep_expression_fits_a_small_stack() {
    let mut source = String::new();
    for level in 0..99 {
        let opener = ["if x:", "class A:", "def f():", "try:", "with x:"][level % 5];
        source.push_str(&format!("{}{opener}\n", " ".repeat(level)));
    }
    source.push_str(&format!("{}x = {}1\n", " ".repeat(99), "-".repeat(2_900)));
    for level in (0..99).rev().filter(|level| level % 5 == 3) {
        source.push_str(&format!("{}finally: pass\n", " ".repeat(level)));
    }
    assert!(parse_in_small_thread(source).is_ok());
}

#[test]
fn long_flat_files_are_read() {
    let elifs =
        format!("if a:\n    x = 1\n{}else:\n    x = 3\n", "elif b:\n    x = 2\n".repeat(10_000));
    let found = parse_in_small_thread(elifs).expect("is flat");
    assert!(found.resolve("x").certain);
    let decorators = format!("{}def f(): ...\n", "@a\n".repeat(10_000));
    assert!(parse_in_small_thread(decorators).is_ok());
    let comparisons = format!("x = {}\n", "[a, b], ".repeat(10_000));
    assert!(parse_in_small_thread(format!("y = [{comparisons}]\n").replace("x = ", "")).is_ok());
}

#[test]
fn broken_recovery_does_not_nest() {
    for part in [
        "if a: ",
        "class A: ",
        "def f(): ",
        "async ",
        "@",
        "yield a, ",
        "a if b, ",
        "case a as ",
        "for x in ",
        "match x: ",
        "try: ",
        "with a as b, ",
        "else: ",
        "lambda x, ",
        "x: ",
        "import ",
        "from . ",
        "del ",
        "a := ",
        "case [",
        "print ",
        "%",
        "!",
        "\\",
        "\\\n",
        "f'",
        "f'{a:{",
        "t'{",
        "'''",
        "]",
        "}",
        "(]",
        "\u{c}",
        "type X[",
        "except ",
        "a, *",
    ] {
        for repeated in [
            part.repeat(4_000),
            format!("{part}\n").repeat(1_000),
            format!("({}", part.repeat(4_000)),
        ] {
            let _ = parse_in_small_thread(repeated);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_text_panics(source in "\\PC{0,200}") {
        let _ = Module::parse(&Text::new(&source));
    }

    #[test]
    fn no_soup_of_tokens_panics(parts in proptest::collection::vec(proptest::sample::select(vec![
        "if", "else", "elif", ":", "\n", "    ", "x", "(", ")", "[", "]", "{", "}", "f'", "'", "\"\"\"",
        "lambda", ",", "=", ":=", "import", "from", ".", "*", "**", "class", "def", "async", "await",
        "try", "except", "finally", "with", "as", "match", "case", "_", "yield", "return", "del", "é",
        "\\\n", ";", "@", "->", "not", "in", "is", "for", "while", "True", "1", "lazy", "type", "\t", "\r",
        "os.environ['X']", "__all__", "global", "\u{feff}",
    ]), 0..60), spaced: bool) {
        let source = parts.join(if spaced { " " } else { "" });
        if let Ok(found) = Module::parse(&Text::new(&source)) {
            for binding in &found.bindings {
                prop_assert!(source.is_char_boundary(binding.span.end.min(source.len())));
                let _ = found.resolve(&binding.name);
            }
        }
    }

    #[test]
    fn prefixed_imports_keep_every_other_byte(names in proptest::collection::vec("[XY](\\.[a-z]{1,3})?( as [a-z]{2})?", 1..5)) {
        let source = format!("import {}\n", names.join(", "));
        let text = Text::new(&source);
        let Ok(found) = Module::parse(&text) else { return Ok(()) };
        let edits = prefix_import(&found.imports[0], "P", |name| name == "X").expect("not lazy");
        prop_assert!(edits.iter().all(|edit| edit.span.is_empty()));
        let (_, edited) = apply(&text, &edits).expect("parses");
        let bound = |found: &Module| {
            let mut names: Vec<String> = found.bindings.iter().map(|b| b.name.clone()).collect();
            names.sort();
            names.dedup();
            names
        };
        prop_assert_eq!(bound(&found), bound(&edited));
    }
}

/// A walk for each name would take minutes.
#[test]
fn many_names_are_looked_up_in_what_was_read_once() {
    let many = 20_000;
    let names = vec!["a"; many].join(",");
    let body = " a=1\n".repeat(many);
    let nonlocal = format!("def f():\n{body} def g():\n  nonlocal {names}\n");
    assert!(parse_in_small_thread(nonlocal).is_ok());
    let parameters: Vec<String> = (0..many).map(|number| format!("p{number}")).collect();
    let global = format!("def f({}):\n global {names}\n", parameters.join(","));
    assert!(parse_in_small_thread(global).is_ok());
}
