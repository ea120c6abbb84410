use proptest::prelude::*;

use super::*;

fn wanted<'w>(language: Language, name: &'w str) -> Wanted<'w> {
    Wanted { language, name, field: None }
}

fn values(language: Language, name: &str, content: &str) -> Vec<String> {
    let list = wanted(language, name).find(&Text::new(content)).expect("a list");
    list.values().map(str::to_owned).collect()
}

fn opened(language: Language, name: &str, content: &str) -> Vec<(String, &'static str)> {
    let text = Text::new(content);
    let list = wanted(language, name).find(&text).expect("a list");
    list.open.iter().map(|open| (text.slice(open.span).to_owned(), open.reason)).collect()
}

fn inserted(language: Language, content: &str, value: &str, paired: Option<&str>) -> String {
    let text = Text::new(content);
    let edits = wanted(language, "X").insert(&text, value, paired).expect("edits");
    text.edited(&edits).expect("sound").as_str().to_owned()
}

fn removed(language: Language, content: &str, value: &str) -> String {
    let text = Text::new(content);
    let edits = wanted(language, "X").remove(&text, value).expect("edits");
    text.edited(&edits).expect("sound").as_str().to_owned()
}

#[test]
fn lists_of_every_language() {
    use Language::{Go, Json, Python, Script, Shell, Text as Plain};
    for (language, content) in [
        (
            Go,
            "// X = nothing\nvar X = map[string]string{\n\t\"a\": \"1\", // one\n\t\"b\": \"2\",\n}\n",
        ),
        (Go, "var (\n X = []string{\"a\", `b`}\n)"),
        (Go, "func f() { X := [...]string{\"a\", \"b\"}; use(X) }"),
        (Go, "var X []string = []string{\"a\", \"b\"}"),
        (Script, "export const X = [\"a\", 'b'] as const;"),
        (Script, "const X: ReadonlyArray<string> = [`a`, /* no */ 'b',];"),
        (Script, "const X = new Set<string>(['a', 'b']);"),
        (Script, "const X = { a: 1, 'b': f() };"),
        (Script, "const X: Record<string, Map<a, b>> = { a: '1', 'b': '2' };"),
        (Script, "const y = { X: ['a', 'b'] }; // X = ['c']"),
        (Script, "const r = /[\"'/]/; const X = ['a', 'b']"),
        (Python, "X = {\"a\", 'b'}  # X = 1\n"),
        (Python, "X: frozenset[str] = frozenset({\n    'a',\n    'b',\n})\n"),
        (Python, "X = ('a', r'b')"),
        (Python, "\"\"\"X = ['no']\"\"\"\nX = {'a': 1, 'b': f()}"),
        (Shell, "X=(a \"b\") # X=(c)\necho \"${X[@]}\""),
        (Shell, "declare -a X=(\n  a\n  # no\n  'b'\n)\n"),
        (Shell, "X=\"a  b\"\n"),
        (Shell, "export X='a b'"),
        (Plain, "jobs:\n  run: |\n    X=\"a b\"\n    for t in $X; do :; done\n"),
        (Plain, "env:\n  X: a b\n"),
        (Plain, "env:\n  X: \"a b\" # c\n"),
        (Json, "{\"X\": [\"a\", \"b\"], \"Y\": [\"c\"]}"),
        (Json, "{\"Z\": {\"X\": 1}, \"X\": {\"a\": {}, \"b\": [1, {\"c\": 2}]}}"),
    ] {
        assert_eq!(values(language, "X", content), ["a", "b"], "{content}");
        assert_eq!(opened(language, "X", content), [], "{content}");
    }
}

#[test]
fn json_paths_and_fields() {
    let text = Text::new(
        "{\"a\": {\"list\": [{\"name\": \"x\", \"n\": 1}, {\"o\": {\"name\": \"no\"}, \"name\": \"y\"}]}}",
    );
    let wanted = Wanted { language: Language::Json, name: "a.list", field: Some("name") };
    let list = wanted.find(&text).expect("a list");
    assert_eq!(list.values().collect::<Vec<_>>(), ["x", "y"]);
    assert_eq!(text.slice(list.elements[0].entry), "{\"name\": \"x\", \"n\": 1}");
    assert_eq!(values(Language::Json, "", "[\"a\"]"), ["a"]);
    assert!(wanted.find(&Text::new("{\"a\": 1}")).is_none());
}

#[test]
fn pairs_have_their_values() {
    let list = wanted(Language::Go, "X")
        .find(&Text::new("var X = map[string]string{\"a\": \"img:1\", \"b\": f()}"));
    let list = list.expect("a list");
    assert_eq!(list.elements[0].paired.as_ref().map(|(value, _)| value.as_str()), Some("img:1"));
    assert_eq!(list.elements[1].paired, None);
}

#[test]
fn what_is_not_literal_is_open() {
    use Language::{Go, Python, Script, Shell};
    for (language, content, span, reason) in [
        (Script, "const X = [...base, 'a']", "...base", "holds something that is not a string"),
        (Script, "const X = load()", "load", "is not a literal"),
        (Script, "const X = ['a']; X.push('b')", "X", "is changed after its definition"),
        (Script, "const X = [`a${b}`]", "`a${b}`", "holds something that is not a string"),
        (Python, "X = {'a'} | OTHER", "|", "is part of an expression"),
        (Python, "X = {'a'}\nX |= {'b'}", "X", "is changed after its definition"),
        (Python, "X = ['a']\nX = ['b']", "X", "is defined more than once"),
        (Python, "X = ['a' 'b']", "'a' 'b'", "holds something that is not a string"),
        (Go, "var X = []string{a, \"b\"}", "a", "holds something that is not a string"),
        (Shell, "X=(a $B)", "$B", "holds something that is expanded"),
        (Shell, "X=\"a $B\"", "$B", "holds something that is expanded"),
    ] {
        assert!(
            opened(language, "X", content).contains(&(span.into(), reason)),
            "{content}: {:?}",
            opened(language, "X", content)
        );
    }
    assert!(wanted(Python, "X").find(&Text::new("Y = ['a']\nf(X)\nX == ['a']")).is_none());
}

#[test]
fn an_element_is_added_in_the_manner_of_its_neighbours() {
    use Language::{Go, Json, Python, Script, Shell, Text as Plain};
    for (language, before, after) in [
        (Python, "X = {'a', 'c'}", "X = {'a', 'b', 'c'}"),
        (
            Python,
            "X = [\n    \"c\",  # sea\n    \"a\",  # first\n]\n",
            "X = [\n    \"c\",  # sea\n    \"a\",  # first\n    \"b\",\n]\n",
        ),
        (
            Python,
            "X = [\n    \"c\",\n    \"a\"  # last\n]\n",
            "X = [\n    \"c\",\n    \"a\",  # last\n    \"b\"\n]\n",
        ),
        (
            Json,
            "{\"X\": [\r\n  \"a\",\r\n  \"c\"\r\n]}",
            "{\"X\": [\r\n  \"a\",\r\n  \"b\",\r\n  \"c\"\r\n]}",
        ),
        (Json, "{\"X\": []}", "{\"X\": [\"b\"]}"),
        (
            Go,
            "var X = []string{\n\t\"c\",\n\t\"d\",\n}\n",
            "var X = []string{\n\t\"b\",\n\t\"c\",\n\t\"d\",\n}\n",
        ),
        (Go, "var X = []string{\n}\n", "var X = []string{\"b\",\n}\n"),
        (Script, "const X = ['c', 'd'] as const", "const X = ['b', 'c', 'd'] as const"),
        (Shell, "X=(a c)", "X=(a b c)"),
        (Shell, "X=(\n  \"z\"\n  \"a\" # last\n)\n", "X=(\n  \"z\"\n  \"a\" # last\n  \"b\"\n)\n"),
        (Plain, "run: |\n  X=\"z a\"\n", "run: |\n  X=\"z a b\"\n"),
    ] {
        assert_eq!(inserted(language, before, "b", None), after, "{before}");
    }
}

#[test]
fn a_pair_is_added_in_its_column() {
    let before = "var X = map[string]string{\n\t\"aa\":   \"1\",\n\t\"cccc\": \"2\", // two\n}\n";
    let after = "var X = map[string]string{\n\t\"aa\":   \"1\",\n\t\"bbb\":  \"3\",\n\t\"cccc\": \"2\", // two\n}\n";
    assert_eq!(inserted(Language::Go, before, "bbb", Some("3")), after);
    let script = "const X = { a: 'x', c: 'y' }";
    assert_eq!(
        inserted(Language::Script, script, "b-b", Some("z")),
        "const X = { a: 'x', \"b-b\": 'z', c: 'y' }"
    );
    let refused = wanted(Language::Go, "X").insert(&Text::new(before), "bbb", None);
    assert_eq!(refused, Err(EditError::Form));
}

#[test]
fn a_set_of_keys_keeps_what_stands_behind_each() {
    let before = "var X = map[string]struct{}{\n\t\"a\":   {},\n\t\"ccc\": {}, // c\n}\n";
    assert_eq!(values(Language::Go, "X", before), ["a", "ccc"]);
    let after =
        "var X = map[string]struct{}{\n\t\"a\":   {},\n\t\"b\":   {},\n\t\"ccc\": {}, // c\n}\n";
    assert_eq!(inserted(Language::Go, before, "b", None), after);
    assert_eq!(
        inserted(Language::Script, "X = {a: true, c: true}", "b", None),
        "X = {a: true, b: true, c: true}"
    );
    let differs = Text::new("X = {a: 1, c: 2}");
    assert_eq!(wanted(Language::Script, "X").insert(&differs, "b", None), Err(EditError::Form));
}

#[test]
fn an_element_is_removed_with_its_comma_and_comment() {
    use Language::{Go, Json, Python, Shell};
    for (language, before, after) in [
        (Python, "X = {'a', 'b', 'c'}", "X = {'a', 'c'}"),
        (Python, "X = {'a', 'b'}", "X = {'a'}"),
        (Python, "X = [\n    'a',  # one\n    'b',  # two\n]\n", "X = [\n    'a',  # one\n]\n"),
        (Json, "{\"X\": [\n  \"a\",\n  \"b\"\n]}", "{\"X\": [\n  \"a\"\n]}"),
        (Json, "{\"X\": [\"b\"]}", "{\"X\": []}"),
        (
            Go,
            "var X = map[string]string{\n\t\"a\": \"1\",\n\t\"b\": \"2\", // two\n}\n",
            "var X = map[string]string{\n\t\"a\": \"1\",\n}\n",
        ),
        (Shell, "X=\"a b c\"", "X=\"a c\""),
        (Shell, "X=(a b)", "X=(a)"),
        (Shell, "X=(\n  a\n  b # two\n)\n", "X=(\n  a\n)\n"),
    ] {
        assert_eq!(removed(language, before, "b"), after, "{before}");
    }
}

#[test]
fn edits_that_cannot_be_sound_are_refused() {
    let text = Text::new("X = ['a']");
    let python = wanted(Language::Python, "X");
    assert_eq!(python.insert(&text, "x', 'y", None), Err(EditError::Unsafe("x', 'y".into())));
    assert_eq!(python.insert(&text, "a", None), Err(EditError::Present("a".into())));
    assert_eq!(python.remove(&text, "b"), Err(EditError::Missing("b".into())));
    let spaced = Text::new("X=\"a b\"");
    let refused = wanted(Language::Shell, "X").insert(&spaced, "c d", None);
    assert_eq!(refused, Err(EditError::Unsafe("c d".into())));
    assert!(wanted(Language::Go, "X").remove(&text, "b").is_err());
}

#[test]
fn deep_nesting_ends() {
    for language in [Language::Go, Language::Json, Language::Python, Language::Script] {
        let _ = wanted(language, "X").find(&Text::new(&format!("X = {}", "[".repeat(100_000))));
        let deep = format!("X = {}{}", "[".repeat(50_000), "]".repeat(50_000));
        let _ = wanted(language, "X").find(&Text::new(&deep));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_text_is_read_and_edits_hold(
        content in "(X|=|:=|:|\\[|\\]|\\{|\\}|\\(|\\)|\"a\"|'b'|`c`|,| |\n|//|#|/\\*|\\*/|\\$|é|\"|'|\\\\|map|new Set|X = \\[|X=\\(){0,30}"
    ) {
        let text = Text::new(&content);
        for language in [Language::Go, Language::Script, Language::Shell, Language::Json, Language::Python, Language::Text] {
            let wanted = wanted(language, "X");
            let Some(list) = wanted.find(&text) else { continue };
            prop_assert!(list.inner.end <= content.len());
            if let Ok(edits) = wanted.insert(&text, "new", None) {
                let edited = text.edited(&edits).expect("sound");
                let back = wanted.remove(&edited, "new");
                if let Ok(back) = back {
                    let restored = edited.edited(&back).expect("sound");
                    let again = wanted.find(&restored).expect("still there");
                    prop_assert!(again.values().eq(list.values()));
                }
            }
        }
    }
}
