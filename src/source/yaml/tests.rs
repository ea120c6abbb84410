use super::*;
use proptest::prelude::*;

fn read(yaml: &str) -> Document {
    Document::parse(&Text::new(yaml), Dialect::Yaml11).expect(yaml)
}

fn path(text: &str) -> Path {
    text.parse().expect(text)
}

fn slice<'doc>(document: &'doc Document, at: &str) -> &'doc str {
    document.text().slice(document.at(&path(at)).expect(at).span())
}

#[test]
fn spans_are_bytes_and_end_with_the_last_content() {
    let document =
        read("é: ü # ö\nb:\n  - x: 1\n    y: [2,\n      3]\n\n  # tail\n\n# end\nc: &n !!str 5\n");
    assert_eq!(slice(&document, "é"), "ü");
    assert_eq!(slice(&document, "b"), "- x: 1\n    y: [2,\n      3]");
    assert_eq!(slice(&document, "b[0]"), "x: 1\n    y: [2,\n      3]");
    assert_eq!(slice(&document, "b[0].y[1]"), "3");
    assert_eq!(slice(&document, "c"), "&n !!str 5");
    let node = document.at(&path("c")).expect("c");
    assert_eq!(document.text().slice(node.body()), "5");
    assert_eq!((node.anchor(), node.tag()), (Some("n"), Some("tag:yaml.org,2002:str")));
}

#[test]
fn sequences_begin_at_their_dash_however_far_it_is_indented() {
    let document = read("a:\n- 1\n-\n- !t\n  x: 1\nb:\n  -   2\n");
    assert_eq!(slice(&document, "a"), "- 1\n-\n- !t\n  x: 1");
    assert_eq!(slice(&document, "b"), "-   2");
    assert!(document.at(&path("a[1]")).expect("an item").is_null());
}

#[test]
fn block_scalars_begin_at_their_header_and_end_with_their_last_line() {
    let yaml = "a: | # why\n  x\n\n  y\n\n\nb: >-\n  z\n # not z\nc: |+\n  k\n\nd: !!str |2-\n    i\ne: |\nf: >+\n\n\ng: 1";
    let document = read(yaml);
    assert_eq!(slice(&document, "a"), "| # why\n  x\n\n  y");
    assert_eq!(slice(&document, "b"), ">-\n  z");
    assert_eq!(slice(&document, "c"), "|+\n  k\n");
    assert_eq!(slice(&document, "d"), "!!str |2-\n    i");
    assert_eq!(slice(&document, "e"), "|");
    assert_eq!(document.at(&path("d")).and_then(Node::as_str), Some("  i"));
    let comments: Vec<_> =
        document.comments().iter().map(|c| document.text().slice(c.span)).collect();
    assert_eq!(comments, ["# why", "# not z"]);
}

#[test]
fn absent_values_have_a_place() {
    let document = read("a:\nb: # c\n- \nd: {e, f: , g: [h: ]}\n? i\n");
    let place = |at: &str| document.at(&path(at)).expect(at).span();
    assert_eq!(place("a"), Span::at(2));
    assert_eq!(slice(&document, "d"), "{e, f: , g: [h: ]}");
    assert_eq!(place("d.e"), Span::at(18));
    assert_eq!(place("i").end, document.text().as_str().len() - 1);
}

#[test]
fn comments_are_not_found_in_scalars() {
    let document = read(
        "# top\na: \"x # no\" # yes\nb: 'y # no'\nc: z#no\nd: |\n  # no\ne: [1, # in\n  2]\n#last",
    );
    let text = document.text();
    let comments: Vec<_> =
        document.comments().iter().map(|c| (text.slice(c.span), c.own_line)).collect();
    assert_eq!(comments, [("# top", true), ("# yes", false), ("# in", false), ("#last", true)]);
}

#[test]
fn comments_belong_to_what_stands_below_them_in_their_column() {
    let document = read("# far\n\n# one\n# two\na: 1 # behind\n  # deeper\nb:\n  # item\n  - x\n");
    let text = |comments: &[Comment]| -> Vec<String> {
        comments.iter().map(|c| document.text().slice(c.span).to_owned()).collect()
    };
    let node = |at: &str| document.at(&path(at)).expect(at);
    assert_eq!(text(document.leading_comments(node("a"))), ["# one", "# two"]);
    assert_eq!(text(document.leading_comments(node("b"))), Vec::<String>::new());
    assert_eq!(text(document.leading_comments(node("b[0]"))), ["# item"]);
    assert_eq!(document.trailing_comment(node("a")).map(|c| c.column), Some(5));
    assert_eq!(document.trailing_comment(node("b")), None);
}

#[test]
fn every_kind_of_line_end_is_one() {
    for end in ["\n", "\r\n", "\r"] {
        let yaml = ["# c", "a: |", "  x", "", "b:", "  - 1 # d", "e: 'f", "  g'"].join(end);
        let document = read(&yaml);
        assert_eq!(document.at(&path("a")).and_then(Node::as_str), Some("x\n"), "{end:?}");
        assert_eq!(slice(&document, "b[0]"), "1");
        assert_eq!(document.at(&path("e")).and_then(Node::as_str), Some("f g"));
        assert_eq!(document.comments().len(), 2);
        assert_eq!(slice(&document, "a"), format!("|{end}  x"));
    }
}

#[test]
fn an_empty_document_is_null() {
    for yaml in ["", "\n", "# only\n", "---\n", "--- # x\n...\n"] {
        let document = read(yaml);
        assert!(document.root().is_null(), "{yaml:?}");
        assert!(document.root().get("a").is_none());
    }
}

#[test]
fn further_documents_are_reported_and_not_read() {
    let document = read("a: 1\na: 2\n---\na: 3\n# c\n--- 4\n");
    assert_eq!(document.further_documents().len(), 2);
    assert_eq!(document.text().slice(document.further_documents()[0]), "---");
    assert_eq!(document.root().get("a").and_then(Node::value), Some(Value::Int(2)));
    assert_eq!(document.comments().len(), 1);
    let values: Vec<_> = document.roots().map(|root| root.get("a").and_then(Node::value)).collect();
    assert_eq!(values, [Some(Value::Int(2)), Some(Value::Int(3)), None]);
}

#[test]
fn each_document_is_read_from_its_own_part_of_the_text() {
    let parts = |yaml: &str| -> Vec<String> {
        let each = read(yaml).each().expect(yaml);
        each.iter().map(|part| part.text().as_str().to_owned()).collect()
    };
    for (yaml, parted) in [
        ("a: 1\n", &["a: 1\n"][..]),
        ("---\na: 1\n", &["---\na: 1\n"]),
        ("# c\n---\na: 1\n# d\n---\n", &["# c\n---\na: 1\n# d\n", "---\n"]),
        ("a: 1\r\n--- 2\r\n", &["a: 1\r\n", "--- 2\r\n"]),
        ("a: 1\n...\n# c\nb: 2\n", &["a: 1\n...\n# c\n", "b: 2\n"]),
        ("a: |\n  x\n  ---\n---\n|\n  y", &["a: |\n  x\n  ---\n", "---\n|\n  y"]),
    ] {
        assert_eq!(parts(yaml), parted, "{yaml:?}");
    }
    // Anchors and directives belong to one document.
    for yaml in ["a: 1\n...\n%TAG !x! tag:x,2000:\n---\nb: !x!y 2\n", "a: &x 1\n---\nb: *x\n"] {
        let read = Document::parse(&Text::new(yaml), Dialect::Yaml12);
        assert!(read.and_then(|document| document.each()).is_err(), "{yaml:?}");
    }
}

#[test]
fn duplicate_keys_are_reported_where_both_stand() {
    let document = read("a: 1\nb: {c: 1, \"c\": 2}\n'a': 3\n1: x\n\"1\": y\n");
    let text = document.text();
    let found: Vec<_> = document
        .duplicate_keys()
        .iter()
        .map(|d| (text.slice(d.first), text.slice(d.second), d.second.start))
        .collect();
    assert_eq!(found, [("c", "\"c\"", 15), ("a", "'a'", 23)]);
}

#[test]
fn what_is_not_yaml_says_where() {
    for (yaml, at) in
        [("a: [1", 6), ("é: \"x", 4), ("a: b: c\n", 4), ("\ta: 1\nb: {\n", 11), ("a:\n\t- b\n", 3)]
    {
        let fault = Document::parse(&Text::new(yaml), Dialect::Yaml12).expect_err(yaml);
        assert!(
            !fault.message.is_empty() && fault.span.start.abs_diff(at) < 6,
            "{yaml:?} {fault:?}"
        );
    }
}

#[test]
fn a_directive_that_would_misplace_what_follows_is_refused() {
    for (yaml, at) in
        [("%é\n---\na: 1\n", 0..3), ("# à\n\n%X é\n---\na\n", 6..11), ("%X # é\n---\na\n", 0..7)]
    {
        let fault = Document::parse(&Text::new(yaml), Dialect::Yaml11).expect_err(yaml);
        assert_eq!(fault.span.range(), at, "{yaml:?} {fault:?}");
    }
    for (yaml, start) in [("# é\n%YAML 1.1\n---\nà\n", 19), ("--- |\n%é\n", 4)] {
        let document = Document::parse(&Text::new(yaml), Dialect::Yaml11).expect(yaml);
        assert_eq!(document.root().span().start, start, "{yaml:?}");
    }
}

#[test]
fn nesting_has_a_limit_in_every_style() {
    let deep = |depth: usize| ["[".repeat(depth), "]".repeat(depth)].concat();
    assert!(Document::parse(&Text::new(&deep(MAX_DEPTH)), Dialect::Yaml12).is_ok());
    for yaml in [deep(MAX_DEPTH + 1), deep(100_000), "- ".repeat(200), "{a: ".repeat(1_000)] {
        assert!(Document::parse(&Text::new(&yaml), Dialect::Yaml12).is_err());
    }
}

#[test]
fn aliases_are_looked_through_but_never_expanded() {
    let mut bomb = String::from("a0: &a0 [x, x]\n");
    for level in 1..40 {
        let below = level - 1;
        bomb.push_str(&format!("a{level}: &a{level} [*a{below}, *a{below}, *a{below}]\n"));
    }
    let document = read(&bomb);
    let top = document.root().get("a39").expect("a39");
    assert_eq!(top.items().next().map(Node::kind), Some(Kind::Alias));
    assert_eq!(top.all(&path("[][][][][]")).len(), 3);
    assert!(same_value(document.root(), read(&bomb).root()));
    assert_eq!(top.to_json(10_000), Err(TooLarge { limit: 10_000 }));
}

#[test]
fn an_alias_to_what_holds_it_ends() {
    let document = read("a: &x\n  b: *x\n  c: [*x]\n  <<: *x\n");
    let node = document.at(&path("a.b.b.c[0].b")).expect("round and round");
    assert_eq!(node.resolved(), document.root().get("a").expect("a"));
    assert!(node.get("missing").is_none());
    assert!(same_value(document.root(), read("a: &x\n  b: *x\n  c: [*x]\n  <<: *x\n").root()));
    assert!(document.root().to_json(1_000).is_err());
}

#[test]
fn merge_keys_merge_where_the_dialect_has_them() {
    let yaml = "d: &d {a: 1, b: 2}\ne: &e {b: 3, c: 4}\nf:\n  <<: [*d, *e]\n  a: 0\n";
    let document = read(yaml);
    let value = |at: &str| document.at(&path(at)).and_then(Node::value);
    assert_eq!(value("f.a"), Some(Value::Int(0)));
    assert_eq!(value("f.b"), Some(Value::Int(2)));
    assert_eq!(value("f.c"), Some(Value::Int(4)));
    let expanded = document.root().get("f").expect("f").to_json(100).expect("small");
    assert_eq!(expanded, serde_json::json!({"a": 0, "b": 2, "c": 4}));
    let current = Document::parse(&Text::new(yaml), Dialect::Yaml12).expect("YAML");
    assert!(current.at(&path("f.b")).is_none());
    assert!(current.at(&"f.\"<<\"".parse().expect("a path")).is_some());
}

#[test]
fn brackets_are_part_of_what_they_hold_behind_a_comma_too() {
    for yaml in ["a: {b: 1}\n", "a: {b: 1,}\n", "a: {b: 1 , # c\n  }\n", "a: {b, }\n", "a: [b, ]\n"]
    {
        let document = read(yaml);
        let written = document.text().slice(document.at(&path("a")).expect(yaml).span());
        assert_eq!(format!("a: {written}\n"), yaml);
    }
}

#[test]
fn a_wildcard_lists_every_match_with_its_own_path() {
    let document = read("r:\n  models:\n    - id: a\n    - name: b\n    - {id: c}\n");
    let found = document.root().all(&path("r.models[].id"));
    let paths: Vec<_> = found.iter().map(|node| node.path().to_string()).collect();
    assert_eq!(paths, ["r.models[0].id", "r.models[2].id"]);
    assert_eq!(document.at(&path("r.models[].id")), found.first().copied());
}

#[test]
fn a_key_that_resolves_to_something_else_is_found_by_its_text() {
    let document = read("on: push\n1: x\n");
    assert_eq!(document.root().get("on").and_then(Node::as_str), Some("push"));
    assert_eq!(document.root().get("1").and_then(Node::as_str), Some("x"));
}

#[test]
fn values_are_compared_by_meaning() {
    let same = |a: &str, b: &str| same_value(read(a).root(), read(b).root());
    assert!(same("a: 1\nb: [x]\n", "{b: ['x'], 'a': 0x1} # c"));
    assert!(same("a: &x 1\nb: *x\n", "a: 1\nb: 1\n"));
    assert!(!same("a: 1", "a: '1'"));
    assert!(!same("a: true", "a: 1"));
    assert!(!same("a: [1, 2]", "a: [2, 1]"));
    assert!(!same("a: 1", "a: 1\nb: 2"));
    assert!(!same("a: !x 1", "a: '1'"));
    assert!(!same("? [a]\n: 1", "? [b]\n: 1"));
}

fn soup() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("a: "),
        Just("- "),
        Just("? "),
        Just(": "),
        Just("\n"),
        Just("\r\n"),
        Just("\r"),
        Just("  "),
        Just("# c"),
        Just("|\n"),
        Just(">+2\n"),
        Just("{"),
        Just("}"),
        Just("["),
        Just("]"),
        Just(","),
        Just("&x "),
        Just("*x"),
        Just("!t "),
        Just("!<a> "),
        Just("\""),
        Just("'"),
        Just("é"),
        Just("\t"),
        Just("---\n"),
        Just("...\n"),
        Just("<<: "),
        Just("%YAML 1.1\n"),
        Just("x"),
        Just("\u{feff}"),
        Just("\\"),
        Just("\u{2028}"),
        Just("1"),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn check_spans(document: &Document) -> Result<(), TestCaseError> {
    let content = document.text().as_str();
    for record in &document.nodes {
        for span in [record.span, record.body] {
            prop_assert!(content.get(span.range()).is_some(), "{span:?} in {content:?}");
        }
        prop_assert!(record.span.contains(record.body), "{record:?} in {content:?}");
        if let Some(parent) = record.parent {
            let outer = document.record(parent).span;
            prop_assert!(outer.contains(record.span), "{record:?} in {outer:?} of {content:?}");
        }
    }
    for pair in document.comments().windows(2) {
        prop_assert!(pair[0].span.end < pair[1].span.start);
    }
    for comment in document.comments() {
        prop_assert!(document.text().slice(comment.span).starts_with('#'));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_is_a_document_with_sound_spans_or_an_error(yaml in prop_oneof![soup(), any::<String>()]) {
        let text = Text::new(&yaml);
        match Document::parse(&text, Dialect::Yaml11) {
            Ok(document) => check_spans(&document)?,
            Err(error) => {
                let inside = text.as_str().get(error.span.range()).is_some();
                prop_assert!(inside, "{error:?}");
            }
        }
    }
}

#[test]
fn a_tab_may_follow_a_colon_in_yaml_1_2() {
    let text = Text::new("kind:\tConfigMap # é\ndata: {a:\t\tb, \"c:\td\": -1}\n");
    let document = Document::parse(&text, Dialect::Yaml12).expect("YAML");
    assert_eq!(slice(&document, "kind"), "ConfigMap");
    assert_eq!(slice(&document, "data.a"), "b");
    let quoted = document.at(&Path::keys(["data", "c:\td"]));
    assert_eq!(quoted.and_then(Node::value), Some(Value::Int(-1)));
    for refused in ["a:\tb: c\n", "a:\t- b\n"] {
        assert!(Document::parse(&Text::new(refused), Dialect::Yaml12).is_err(), "{refused}");
    }
    assert!(Document::parse(&text, Dialect::Yaml11).is_err());
}
