use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::super::super::{Dialect, Path, Step, Value, write_value};
use super::super::{
    Edits, Placement, append_item, insert_entry, move_entry, remove_entry, rename_key,
    replace_value, set_scalar,
};
use super::*;
use crate::source::json::Reading;

fn read(text: &str) -> Document {
    Document::parse(&Text::new(text), Dialect::Yaml12).expect(text)
}

/// The document of a file whose name says JSON.
fn named(text: &str) -> Document {
    read(text).of_file("a.json").into_owned()
}

fn path(text: &str) -> Path {
    text.parse().expect(text)
}

#[track_caller]
fn applied(document: &Document, edits: Edits) -> String {
    match edits {
        Ok(edits) => document.text.edited(&edits).expect("sound edits").as_str().to_owned(),
        Err(refused) => panic!("refused: {refused:?} in {document:?}"),
    }
}

#[track_caller]
fn added(text: &str, at: &str, key: &str, fragment: &str, expected: &str) {
    let document = read(text);
    let edits = insert_entry(&document, &path(at), key, fragment, Placement::End);
    assert_eq!(applied(&document, edits), expected);
}

#[track_caller]
fn appended(text: &str, at: &str, fragment: &str, expected: &str) {
    let document = read(text);
    assert_eq!(applied(&document, append_item(&document, &path(at), fragment)), expected);
}

#[track_caller]
fn removed(text: &str, at: &str, expected: &str) {
    let document = read(text);
    assert_eq!(applied(&document, remove_entry(&document, &path(at))), expected);
}

#[track_caller]
fn moved_to(text: &str, from: &str, to: &str, expected: &str) {
    let document = read(text);
    let edits = move_entry(&document, &path(from), &path(to));
    assert_eq!(applied(&document, edits), expected);
}

#[test]
fn what_is_added_on_one_line_is_json_and_in_the_style_of_the_line() {
    added("{\"v\": 1}\n", "", "mode", "fast", "{\"v\": 1, \"mode\": \"fast\"}\n");
    added("{\"a\":1,\"b\":[]}", "", "c", "d: [yes]", r#"{"a":1,"b":[],"c":{"d":["yes"]}}"#);
    added("{ \"a\": { \"b\": 1 } }", "a", "c", "[x]", r#"{ "a": { "b": 1, "c": ["x"] } }"#);
    added("{\"a\": {}}", "a", "b", "2024-01-02", "{\"a\": {\"b\": \"2024-01-02\"}}");
    added("{\"a\": null}", "a", "b", "'\"'", r#"{"a": {"b": "\""}}"#);
    appended("[1, 2]", "", "x", "[1, 2, \"x\"]");
    appended("{\"a\": []}", "a", "|\n  x\n  y\n", "{\"a\": [\"x\\ny\\n\"]}");
    appended("[1, 2, ]", "", "3", "[1, 2, 3, ]");
    let document = read("{\"a\": 1}");
    let first = insert_entry(&document, &Path::root(), "b", "2", Placement::Before("a"));
    assert_eq!(applied(&document, first), "{\"b\": 2, \"a\": 1}");
}

const SETTINGS: &str = "{
  \"a\": 1,
  \"b\": {
    \"c\": []
  }
}
";

#[test]
fn what_is_added_to_lines_gets_lines_of_its_own() {
    added(
        SETTINGS,
        "",
        "d",
        "- x\n- y: z",
        &SETTINGS.replace(
            "  }\n}\n",
            "  },\n  \"d\": [\n    \"x\",\n    {\n      \"y\": \"z\"\n    }\n  ]\n}\n",
        ),
    );
    appended(SETTINGS, "b.c", "1", &SETTINGS.replace("[]", "[\n      1\n    ]"));
    let document = read(SETTINGS);
    let first = insert_entry(&document, &Path::root(), "z", "0", Placement::Before("a"));
    assert_eq!(applied(&document, first), SETTINGS.replacen("{\n", "{\n  \"z\": 0,\n", 1));
    let second = insert_entry(&document, &Path::root(), "z", "0", Placement::After("a"));
    assert_eq!(applied(&document, second), SETTINGS.replacen("1,\n", "1,\n  \"z\": 0,\n", 1));
    added(
        "{\r\n\t\"a\": [\r\n\t\t1\r\n\t]\r\n}",
        "",
        "b",
        "c: 1",
        "{\r\n\t\"a\": [\r\n\t\t1\r\n\t],\r\n\t\"b\": {\r\n\t\t\"c\": 1\r\n\t}\r\n}",
    );
    added("{\n  \"a\": [1]\n}", "", "b", "[2, 3]", "{\n  \"a\": [1],\n  \"b\": [2, 3]\n}");
    added("{\n  \"a\": {\n  }\n}", "a", "b", "1", "{\n  \"a\": {\n    \"b\": 1\n  }\n}");
}

#[test]
fn comments_stay_where_they_are() {
    let text = "// head\n{\n  // one\n  \"a\": 1, // of a\n  \"b\": 2 // of b\n}\n";
    added(text, "", "c", "x", &text.replace("2 // of b", "2, // of b\n  \"c\": \"x\""));
    removed(text, "a", "// head\n{\n  \"b\": 2 // of b\n}\n");
    removed(text, "b", "// head\n{\n  // one\n  \"a\": 1 // of a\n}\n");
    let trailing = "{ // head\n  \"a\": 1,\n}\n";
    added(trailing, "", "b", "2", "{ // head\n  \"a\": 1,\n  \"b\": 2,\n}\n");
    added(
        "{\n  \"a\": {\n    \"b\": 1 , // one\n  },\n}\n",
        "",
        "c",
        "2",
        "{\n  \"a\": {\n    \"b\": 1 , // one\n  },\n  \"c\": 2,\n}\n",
    );
    added("{\"a\": 1 /* why */ }", "", "b", "2", "{\"a\": 1 /* why */, \"b\": 2 }");
    added("{\n  \"a\": 1 /* x */ }", "", "b", "2", "{\n  \"a\": 1 /* x */,\n  \"b\": 2 }");
    appended("[1 /* one */ /* I */]", "", "2", "[1 /* one */ /* I */, 2]");
    removed("{\"a\": 1, \"b\": 2 /* why */ }", "b", "{\"a\": 1 }");
    removed("{\"a\": 1 /* why */, \"b\": 2}", "a", "{\"b\": 2}");
    removed("{\"a\": 1 /* why */, \"b\": 2}", "b", "{\"a\": 1 /* why */}");
    removed("[1 /* one */, 2 /* two */]", "[1]", "[1 /* one */]");
    let document = read("{\"a\": 1, /* of b */ \"b\": 2}");
    let refused = remove_entry(&document, &path("a")).expect_err("it is of the next");
    assert_eq!(document.text().slice(refused.span), "/* of b */");
    let document = read(trailing);
    let first = insert_entry(&document, &Path::root(), "b", "2", Placement::Before("a"));
    assert_eq!(applied(&document, first), "{ // head\n  \"b\": 2,\n  \"a\": 1,\n}\n");
    added("{\"a\": { /* none */ }}", "a", "b", "1", "{\"a\": { /* none */\n  \"b\": 1 }}");
    let document = read(text);
    assert_eq!(document.root().get("a").map(|node| node.value()), Some(Some(Value::Int(1))));
    let refused = move_entry(&document, &path("a"), &path("c.a")).expect_err("whose are they?");
    assert_eq!(refused.message, "a comment would be lost");
}

#[test]
fn lines_go_with_what_is_removed() {
    removed(SETTINGS, "a", &SETTINGS.replace("  \"a\": 1,\n", ""));
    removed(SETTINGS, "b", "{\n  \"a\": 1\n}\n");
    removed(SETTINGS, "b.c", &SETTINGS.replace("{\n    \"c\": []\n  }", "{}"));
    removed("{\n  \"a\": 1, \"b\": 2\n}", "a", "{\n  \"b\": 2\n}");
    removed("{\n  \"a\": 1,\n}", "a", "{}");
    removed("[1, 2]", "[1]", "[1]");
}

#[test]
fn values_keys_and_places_change_as_json() {
    let document = read("{\"a\": 1, \"b\": [2]}");
    let set = set_scalar(&document, &path("a"), Value::Str("on\u{7f}\n"));
    assert_eq!(applied(&document, set), "{\"a\": \"on\\u007f\\n\", \"b\": [2]}");
    let set = set_scalar(&document, &path("b[0]"), Value::Float(1.0));
    assert_eq!(applied(&document, set), "{\"a\": 1, \"b\": [1.0]}");
    let replaced = replace_value(&document, &path("b"), "c: d");
    assert_eq!(applied(&document, replaced), "{\"a\": 1, \"b\": {\"c\": \"d\"}}");
    let renamed = rename_key(&document, &path("a"), "x\"y");
    assert_eq!(applied(&document, renamed), "{\"x\\\"y\": 1, \"b\": [2]}");
    moved_to("{\"a\": \"m\", \"v\": 1}", "a", "b.c", "{\"v\": 1, \"b\": {\"c\": \"m\"}}");
    moved_to("{\"a\": \"m\"}", "a", "b.a", "{\"b\": {\"a\": \"m\"}}");
    moved_to(
        SETTINGS,
        "b.c",
        "d.e",
        "{\n  \"a\": 1,\n  \"b\": {},\n  \"d\": {\n    \"e\": []\n  }\n}\n",
    );
    moved_to(SETTINGS, "b", "c", "{\n  \"a\": 1,\n  \"c\": {\n    \"c\": []\n  }\n}\n");
}

#[test]
fn what_is_json_is_said_by_the_name_or_the_text() {
    let one = |document: &Document| {
        applied(document, insert_entry(document, &Path::root(), "x", "y z", Placement::End))
    };
    assert_eq!(one(&read("{}\n")), "x: y z\n");
    assert_eq!(one(&named("{}\n")), "{\n  \"x\": \"y z\"\n}\n");
    assert_eq!(one(&named("null")), "{\n  \"x\": \"y z\"\n}");
    assert_eq!(one(&read("{a: 1}")), "{a: 1, x: y z}");
    assert_eq!(one(&named("{a: 1}")), "{a: 1, \"x\": \"y z\"}");
    assert_eq!(one(&read("{\"a\": b}")), "{\"a\": b, x: y z}");
    assert_eq!(one(&read("a: {\"b\": 1}\n")), "a: {\"b\": 1}\nx: y z\n");
    // It stays JSON when nothing is left in it.
    let document = read("{\"a\": 1}\n");
    let edits = remove_entry(&document, &path("a")).expect("an edit");
    let emptied = super::super::edited(&document, &edits).expect("JSON");
    assert_eq!(one(&emptied), "{\n  \"x\": \"y z\"\n}\n");
}

#[test]
fn what_is_no_json_is_refused_with_the_reason() {
    let refused = |document: &Document, fragment: &str| {
        let edits = insert_entry(document, &Path::root(), "x", fragment, Placement::End);
        edits.expect_err(fragment).message
    };
    let document = read("{\"a\": 1}");
    assert_eq!(refused(&document, ".inf"), "the new value is a number that JSON does not have");
    assert_eq!(
        refused(&document, "!own y"),
        "the new value has an anchor, an alias or a tag, which JSON does not have"
    );
    assert_eq!(
        refused(&document, "y # why"),
        "the new value has a comment, which is not written into JSON"
    );
    let why = "its name says that it is JSON, and its text is not: ";
    assert!(refused(&named("a: 1\n"), "1").starts_with(why));
    assert!(refused(&named("# a\n{\"a\": 1}\n"), "1").starts_with(why));
    assert!(refused(&named("{\"a\": 0x1F}"), "1").starts_with(why));
    let json5 = |text: &str| refused(&read(text).of_file("a.json5"), "1");
    assert!(json5("a: 1\n").starts_with(why));
    for text in ["{\"a\": 0x1F}", "{\"a\": .5}"] {
        // What strict readers say of it is not the reason.
        assert!(json5(text).contains("or has something of JSON5 that is not read here"), "{text}");
    }
    let set = set_scalar(&document, &path("a"), Value::Float(f64::NAN)).expect_err("no number");
    assert_eq!(set.message, "the new value is a number that JSON does not have");
}

/// Values as files of settings have them.
fn values() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        (-1e9..1e9).prop_map(|number: f64| Json::from(number)),
        "[a-c \n\t:#/\"\\\\é{}-]{0,10}".prop_map(Json::from),
        any::<String>().prop_map(Json::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::btree_map("[a-c#:/\" ]{0,3}", inner, 0..4).prop_map(Json::from_iter),
        ]
    })
}

/// How a text is laid out.
#[derive(Clone, Copy, Debug)]
enum Written {
    Tight,
    Lines,
    Tabs,
}

fn write(value: &Json, written: Written) -> String {
    let indentation: &[u8] = match written {
        Written::Tight => return value.to_string(),
        Written::Lines => b"  ",
        Written::Tabs => b"\t",
    };
    let formatter = serde_json::ser::PrettyFormatter::with_indent(indentation);
    let mut bytes = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, formatter);
    serde::Serialize::serialize(value, &mut serializer).expect("written");
    String::from_utf8(bytes).expect("UTF-8") + "\n"
}

/// The paths of all values in a value.
fn paths(value: &Json, at: &Path, found: &mut Vec<Path>) {
    found.push(at.clone());
    match value {
        Json::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                paths(item, &at.clone().index(index), found);
            }
        }
        Json::Object(entries) => {
            for (key, value) in entries {
                paths(value, &at.clone().key(key), found);
            }
        }
        _ => {}
    }
}

fn at_mut<'v>(value: &'v mut Json, path: &Path) -> &'v mut Json {
    path.steps().iter().fold(value, |value, step| match step {
        Step::Key(key) => &mut value[key.as_str()],
        Step::Index(index) => &mut value[*index],
        Step::Each => panic!("no path of one value"),
    })
}

#[derive(Clone, Copy, Debug)]
enum Change {
    Add,
    Set,
    Remove,
    Rename,
}

/// Makes a change to a document, and to the value that it has; `None` where it is none.
fn make(
    document: &Document,
    value: &mut Json,
    at: &Path,
    change: Change,
    new: &Json,
) -> Option<Edits> {
    let fragment = write_value(new);
    let taken = |entries: &serde_json::Map<String, Json>| entries.contains_key("new");
    match change {
        Change::Add => match at_mut(value, at) {
            Json::Object(entries) if !taken(entries) => {
                entries.insert("new".to_owned(), new.clone());
                Some(insert_entry(document, at, "new", &fragment, Placement::End))
            }
            Json::Array(items) => {
                items.push(new.clone());
                Some(append_item(document, at, &fragment))
            }
            _ => None,
        },
        Change::Set => {
            at.split_last()?;
            *at_mut(value, at) = new.clone();
            Some(replace_value(document, at, &fragment))
        }
        Change::Remove | Change::Rename => {
            let (parent, last) = at.split_last()?;
            match (at_mut(value, &parent), last, change) {
                (Json::Object(entries), Step::Key(key), Change::Rename) if !taken(entries) => {
                    let value = entries.remove(key)?;
                    entries.insert("new".to_owned(), value);
                    Some(rename_key(document, at, "new"))
                }
                (Json::Object(entries), Step::Key(key), Change::Remove) => {
                    entries.remove(key);
                    Some(remove_entry(document, at))
                }
                (Json::Array(items), Step::Index(index), Change::Remove) => {
                    items.remove(*index);
                    Some(remove_entry(document, at))
                }
                _ => None,
            }
        }
    }
}

fn documents() -> impl Strategy<Value = Json> {
    values().prop_filter("a collection", |value| value.is_object() || value.is_array())
}

fn changes() -> impl Strategy<Value = (Change, usize, Json)> {
    use Change::{Add, Remove, Rename, Set};
    let change = prop_oneof![Just(Add), Just(Set), Just(Remove), Just(Rename)];
    (change, 0_usize..24, values())
}

fn layouts() -> impl Strategy<Value = Written> {
    prop_oneof![Just(Written::Tight), Just(Written::Lines), Just(Written::Tabs)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_edit_of_any_json_gives_the_json_that_is_wanted(
        mut value in documents(), layout in layouts(), (change, at, new) in changes(),
    ) {
        let text = write(&value, layout);
        let Ok(document) = Document::parse(&Text::new(&text), Dialect::Yaml12) else { return Ok(()) };
        let document = document.of_file("a.json");
        let mut all = Vec::new();
        paths(&value, &Path::root(), &mut all);
        let at = &all[at % all.len()];
        let Some(edits) = make(&document, &mut value, at, change, &new) else { return Ok(()) };
        let after = applied(&document, edits);
        prop_assert_eq!(serde_json::from_str::<Json>(&after).ok(), Some(value), "{}", after);
    }

    #[test]
    fn with_comments_it_is_so_or_refused(
        mut value in documents(), commented in prop::collection::vec(0_u8..3, 1..6), (change, at, new) in changes(),
    ) {
        let comments = ["", " // \"c", " /* d */"];
        let kinds = commented.iter().cycle().map(|kind| comments[usize::from(*kind)]);
        let lines = write(&value, Written::Lines);
        let text: String = lines.lines().zip(kinds).map(|(line, it)| format!("{line}{it}\n")).collect();
        let Ok(document) = Document::parse(&Text::new(&text), Dialect::Yaml12) else { return Ok(()) };
        let document = document.of_file("a.jsonc");
        let mut all = Vec::new();
        paths(&value, &Path::root(), &mut all);
        let at = &all[at % all.len()];
        let Some(Ok(edits)) = make(&document, &mut value, at, change, &new) else { return Ok(()) };
        let after = document.text.edited(&edits).expect("sound edits");
        let reading = Reading::of(after.as_str()).expect("JSON with comments");
        let strict = reading.without_comments(after.as_str());
        prop_assert_eq!(serde_json::from_str::<Json>(&strict).ok(), Some(value), "{}", after.as_str());
    }
}

#[test]
fn a_value_behind_a_comment_is_found() {
    let text = "{\n  // of a\n  \"a\": { /* b */ \"b\": [1, // one\n    2,\n  ], },\n}\n";
    let value = read(text).root().to_json(100).expect("small");
    assert_eq!(value, json!({ "a": { "b": [1, 2] } }));
}
