use super::super::{Dialect, Node};
use super::*;
use crate::source::text::Text;
use proptest::prelude::*;

fn read(yaml: &str) -> Document {
    Document::parse(&Text::new(yaml), Dialect::Yaml11).expect(yaml)
}

fn path(text: &str) -> Path {
    text.parse().expect(text)
}

#[track_caller]
fn applied(yaml: &str, edits: Edits) -> String {
    match edits {
        Ok(edits) => Text::new(yaml).edited(&edits).expect("sound edits").as_str().to_owned(),
        Err(refused) => panic!("refused: {refused:?} in {yaml:?}"),
    }
}

#[track_caller]
fn set(yaml: &str, at: &str, value: Value<'_>, expected: &str) {
    assert_eq!(applied(yaml, set_scalar(&read(yaml), &path(at), value)), expected);
}

#[track_caller]
fn removed(yaml: &str, at: &str, expected: &str) {
    assert_eq!(applied(yaml, remove_entry(&read(yaml), &path(at))), expected);
}

#[track_caller]
fn moved(yaml: &str, from: &str, to: &str, expected: &str) {
    assert_eq!(applied(yaml, move_entry(&read(yaml), &path(from), &path(to))), expected);
}

#[track_caller]
fn inserted(yaml: &str, at: &str, entry: (&str, &str), position: Placement<'_>, expected: &str) {
    let edits = insert_entry(&read(yaml), &path(at), entry.0, entry.1, position);
    assert_eq!(applied(yaml, edits), expected);
}

#[track_caller]
fn appended(yaml: &str, at: &str, fragment: &str, expected: &str) {
    assert_eq!(applied(yaml, append_item(&read(yaml), &path(at), fragment)), expected);
}

#[test]
fn a_scalar_is_set_in_its_own_style() {
    set("a: 1 # one\n", "a", Value::Int(2), "a: 2 # one\n");
    set("a: 'x'\nb: \"y\"\n", "a", Value::Str("it's"), "a: 'it''s'\nb: \"y\"\n");
    set("a: \"x\"\r\n", "a", Value::Str("on"), "a: \"on\"\r\n");
    set("a: x", "a", Value::Str("on"), "a: \"on\"");
    set("a: x", "a", Value::Str("two\nlines"), "a: \"two\\nlines\"");
    set("a: [x, {b: y}]", "a[1].b", Value::Bool(true), "a: [x, {b: true}]");
    set("a: |\n  x\n\nb: 1\n", "a", Value::Str("z"), "a: z\n\nb: 1\n");
    set("a: x\n  y\nb: 1\n", "a", Value::Float(1.0), "a: 1.0\nb: 1\n");
    set("a: &n x\n", "a", Value::Null, "a: &n null\n");
    set("a: !!int 1\n", "a", Value::Int(2), "a: !!int 2\n");
    set("a: !own x\n", "a", Value::Str("z"), "a: !own z\n");
}

#[test]
fn a_tag_goes_with_the_value_that_was_of_its_type() {
    set("a: !!str 1 # one\n", "a", Value::Int(2), "a: 2 # one\n");
    set("a: !!int 1\n", "a", Value::Str("x"), "a: x\n");
    set("a: &n !!int 1\n", "a", Value::Str("x"), "a: &n x\n");
    set("a: !!null\n", "a", Value::Str("x"), "a: x\n");
    set("{a: !!null , b: 1}\n", "a", Value::Str("x"), "{a: x , b: 1}\n");
}

#[test]
fn an_absent_scalar_is_written_where_it_would_stand() {
    set("a: # c\nb: 1\n", "a", Value::Int(1), "a: 1 # c\nb: 1\n");
    set("a:", "a", Value::Int(1), "a: 1");
    set("- \n-\n", "[1]", Value::Int(1), "- \n- 1\n");
    set("{a, b: }", "a", Value::Int(1), "{a: 1, b: }");
    set("{a, b: }", "b", Value::Int(1), "{a, b: 1 }");
    set("", "", Value::Str("x"), "x");
}

#[test]
fn a_scalar_is_not_set_where_that_would_change_more() {
    let refused = |yaml: &str, at: &str, value| {
        set_scalar(&read(yaml), &path(at), value).expect_err(yaml).message
    };
    assert_eq!(refused("a: &x 1\nb: *x\n", "a", Value::Int(2)), "aliases refer to this value");
    assert_eq!(refused("a: [1]", "a", Value::Int(2)), "`a` is not a scalar");
    assert_eq!(refused("a: 1", "b", Value::Int(2)), "there is no `b`");
    assert_eq!(refused("a: 1\na: 2", "a", Value::Int(2)), "duplicate key `a`");
    assert_eq!(refused("a: &x {b: 1}\nc: *x", "c.b", Value::Int(2)), "`c.b` is behind an alias");
    assert_eq!(refused("a: | # why\n  x\n", "a", Value::Int(2)), "a comment would be lost");
    assert_eq!(refused("a: [1, 2]", "a[]", Value::Int(2)), "`a[]` matches several places");
}

#[test]
fn an_entry_is_removed_with_its_comments_only() {
    removed("a: 1\n# of b\n# more\nb: 2 # b\n# of c\nc: 3\n", "b", "a: 1\n# of c\nc: 3\n");
    removed("a: 1\n\n# of b\nb:\n  - x\n  # - y\n\nc: 3\n", "b", "a: 1\n\nc: 3\n");
    removed("# far\n\na: 1\nb: 2", "b", "# far\n\na: 1\n");
    removed("a: |\n  x\n\n  y\n\nb: 2\r\n", "a", "b: 2\r\n");
    removed("a: [1,\n  2]\nb: 2\n", "a", "b: 2\n");
    removed("a:\r\n  b: 1\r\n  c: 2\r\nd: 1", "a.b", "a:\r\n  c: 2\r\nd: 1");
    removed("a: {b: 1, c: 2, d: 3}", "a.c", "a: {b: 1, d: 3}");
    removed("a: {b: 1, c: 2}", "a.c", "a: {b: 1}");
    removed("a: [1, 2]", "a[0]", "a: [2]");
    removed("a: [ 1 ]", "a[0]", "a: []");
}

#[test]
fn an_item_is_removed_with_its_comments_only() {
    removed("a:\n  # one\n  - 1\n  # two\n  - 2\n", "a[1]", "a:\n  # one\n  - 1\n");
    removed("- id: 1\n  b: 2\n- id: 2\n", "[0]", "- id: 2\n");
    removed("- id: 1\n  # of b\n  b: 2\n", "[0].id", "- # of b\n  b: 2\n");
    removed("- - 1\n  - 2\n", "[0][0]", "- - 2\n");
}

#[test]
fn a_collection_that_loses_everything_stays_empty() {
    removed("a: # c\n  # b\n  b: 1 # b\nc: 2\n", "a.b", "a: {} # c\nc: 2\n");
    removed("a: &x !t\n  b: 1\nc: *x\n", "a.b", "a: &x !t {}\nc: *x\n");
    removed("a:\n- 1\n", "a[0]", "a: []\n");
    removed("- a: 1 # x\n- b\n", "[0].a", "- {}\n- b\n");
    removed("a: 1", "a", "{}");
}

#[test]
fn what_others_refer_to_is_not_removed() {
    let fault = remove_entry(&read("a: &x 1\nb: *x\n"), &path("a")).expect_err("an alias needs it");
    assert!(fault.message.starts_with("the result would not be YAML"), "{fault}");
    let twice = "a: &x 1\nb: &x 2\nc: *x\n";
    let fault = remove_entry(&read(twice), &path("b")).expect_err("the alias would turn to `a`");
    assert_eq!(fault.message, "an anchor is defined twice in this document");
    let lost = "a: {b: 1, # of b\n  c: 2}";
    let fault = remove_entry(&read(lost), &path("a.b")).expect_err("whose comment is it?");
    assert_eq!(fault.message, "a comment would be lost");
}

#[test]
fn an_entry_is_inserted_at_its_position() {
    let yaml = "a: 1\n# of b\nb:\n  c: 2\n  # c: 3\nd: 4 # d";
    inserted(
        yaml,
        "",
        ("x", "9"),
        Placement::Before("b"),
        "a: 1\nx: 9\n# of b\nb:\n  c: 2\n  # c: 3\nd: 4 # d",
    );
    inserted(
        yaml,
        "",
        ("x", "9"),
        Placement::After("b"),
        "a: 1\n# of b\nb:\n  c: 2\n  # c: 3\nx: 9\nd: 4 # d",
    );
    inserted(yaml, "", ("x", "- 9\n- 8\n"), Placement::End, &format!("{yaml}\nx:\n  - 9\n  - 8"));
    inserted(
        yaml,
        "b",
        ("x", "y: 9"),
        Placement::End,
        "a: 1\n# of b\nb:\n  c: 2\n  # c: 3\n  x:\n    y: 9\nd: 4 # d",
    );
    inserted("- b: 1\n", "[0]", ("a", "0"), Placement::Before("b"), "- a: 0\n  b: 1\n");
    inserted("{a: 1}", "", ("b", "[2]"), Placement::End, "{a: 1, b: [2]}");
    inserted("{a: 1}", "", ("b", "2"), Placement::Before("a"), "{b: 2, a: 1}");
    inserted(
        "a:\r\n  b: 1\r\nc: 1\r\n",
        "a",
        ("x", "|\n  l\n  m\n"),
        Placement::End,
        "a:\r\n  b: 1\r\n  x: |\r\n    l\r\n    m\r\nc: 1\r\n",
    );
    inserted(
        "a: 1\n",
        "",
        ("on", "# why\nx: 1\n"),
        Placement::End,
        "a: 1\n\"on\":\n  # why\n  x: 1\n",
    );
}

#[test]
fn an_entry_makes_a_mapping_of_nothing() {
    inserted("", "", ("a", "1"), Placement::End, "a: 1\n");
    inserted("# c", "", ("a", "1"), Placement::End, "# c\na: 1");
    inserted("{}\n", "", ("a", "1"), Placement::End, "a: 1\n");
    for nothing in ["", " ~", " null", " {}", "  { }"] {
        let yaml = format!("a:{nothing} # c\nb: 1\n");
        inserted(&yaml, "a", ("x", "1"), Placement::End, "a: # c\n  x: 1\nb: 1\n");
    }
    inserted("a: &n\nb: 1", "a", ("x", "1"), Placement::End, "a: &n\n  x: 1\nb: 1");
    inserted("a:", "a", ("x", "1"), Placement::End, "a:\n  x: 1");
    inserted("-\n- {}\n", "[0]", ("x", "y: 1"), Placement::End, "- x:\n    y: 1\n- {}\n");
    inserted("-\n- {}\n", "[1]", ("x", "1"), Placement::End, "-\n- x: 1\n");
    inserted("{a: }", "a", ("x", "1"), Placement::End, "{a: {x: 1} }");
}

#[test]
fn an_entry_is_not_inserted_where_it_does_not_fit() {
    let refused = |yaml: &str, at: &str, fragment: &str| {
        let edits = insert_entry(&read(yaml), &path(at), "k", fragment, Placement::End);
        edits.expect_err(yaml).message
    };
    assert_eq!(refused("k: 1", "", "2"), "the key `k` already exists");
    assert_eq!(refused("a: 1", "a", "2"), "this is not a mapping");
    assert_eq!(refused("a: [1]", "a", "2"), "this is not a mapping");
    assert_eq!(refused("a: 1", "b", "2"), "there is no `b`");
    assert_eq!(refused("{a: 1}", "", "x: 2"), "a block does not fit into `{…}` or `[…]`");
    assert!(refused("a: 1", "", "[").starts_with("the new value is not YAML"));
    assert_eq!(refused("a: 1", "", "1\n---\n2"), "the new value holds several documents");
}

#[test]
fn an_item_is_appended() {
    appended(
        "a:\n  - 1 # one\n  # more\nb: 1\n",
        "a",
        "2",
        "a:\n  - 1 # one\n  # more\n  - 2\nb: 1\n",
    );
    appended("a:\n- 1\n# of b\nb: 1\n", "a", "2", "a:\n- 1\n- 2\n# of b\nb: 1\n");
    appended("a:\n- 1\n", "a", "id: 2\nname: x\n", "a:\n- 1\n- id: 2\n  name: x\n");
    appended("a: [1]", "a", "{b: 2}", "a: [1, {b: 2}]");
    appended("a: [1, ]", "a", "2", "a: [1, 2, ]");
    appended("a: [] # none\n", "a", "2", "a: # none\n  - 2\n");
    appended("a:\nb: 1", "a", "2", "a:\n  - 2\nb: 1");
}

#[test]
fn keys_are_renamed_in_their_own_style() {
    let rename = |yaml: &str, at: &str, key| applied(yaml, rename_key(&read(yaml), &path(at), key));
    assert_eq!(rename("a: 1 # a\nb: 2\n", "a", "c"), "c: 1 # a\nb: 2\n");
    assert_eq!(rename("{\"a\":1}", "a", "c"), "{\"c\":1}");
    assert_eq!(rename("x:\n  a: 1\n", "x.a", "on"), "x:\n  \"on\": 1\n");
    assert!(rename_key(&read("a: 1\nb: 2"), &path("a"), "b").is_err());
    assert!(rename_key(&read("[1]"), &path("[0]"), "b").is_err());
}

const MODELS: &str = "# the models\n# we offer\nmodels: # all\n  - id: a\n    note: |\n      x\n\n        y\n  # - id: b\n";
const MODELS_INSIDE: &str = "  # the models\n  # we offer\n  models: # all\n    - id: a\n      note: |\n        x\n\n          y\n    # - id: b\n";

#[test]
fn a_block_moves_into_a_mapping_that_exists() {
    let yaml = format!("name: x\n\n{MODELS}\nruntime_config:\n  model: a # default\n\nenv: {{}}\n");
    let expected =
        format!("name: x\n\nruntime_config:\n  model: a # default\n{MODELS_INSIDE}\nenv: {{}}\n");
    moved(&yaml, "models", "runtime_config.models", &expected);
    let yaml = format!("runtime_config:\n    timeout: 1\n{MODELS}");
    let expected = format!(
        "runtime_config:\n    timeout: 1\n{}",
        MODELS_INSIDE.replace("\n  ", "\n    ").replacen("  #", "    #", 1)
    );
    moved(&yaml, "models", "runtime_config.models", &expected);
}

#[test]
fn a_block_moves_into_a_mapping_that_is_nothing_yet() {
    for nothing in ["", " {}", " null", " ~"] {
        let yaml = format!("runtime_config:{nothing} # rc\n{MODELS}tier: 1\n");
        let expected = format!("runtime_config: # rc\n{MODELS_INSIDE}tier: 1\n");
        moved(&yaml, "models", "runtime_config.models", &expected);
    }
}

#[test]
fn a_block_that_moves_where_nothing_is_stays_where_it_stood() {
    let yaml = format!("name: x\n\n{MODELS}\ntier: 1\n");
    let expected = format!("name: x\n\nruntime_config:\n{MODELS_INSIDE}\ntier: 1\n");
    moved(&yaml, "models", "runtime_config.models", &expected);
    moved("a: 1", "a", "b.c.d", "b:\n  c:\n    d: 1");
    moved("x: 0\r\na:\r\n- 1\r\n", "a", "b.a", "x: 0\r\nb:\r\n  a:\r\n  - 1\r\n");
    moved("- a: 1\n  z: 2\n", "[0].a", "[0].b.a", "- b:\n    a: 1\n  z: 2\n");
}

#[test]
fn a_block_moves_outwards_too() {
    moved(
        "env:\n  required: [A,\n    B] # keys\nrc:\n  x: 1\n",
        "env.required",
        "rc.required_env",
        "env: {}\nrc:\n  x: 1\n  required_env: [A,\n    B] # keys\n",
    );
    moved(
        "a:\n    # b\n    b: \"x\n      y\"\n    c: 1\n",
        "a.b",
        "b",
        "a:\n    c: 1\n# b\nb: \"x\n  y\"\n",
    );
    moved("a: {b: 1, c: 2}\n", "a.b", "d", "a: {c: 2}\nd: 1\n");
    moved("a: 1\nb: {c: 2}", "a", "b.a", "b: {c: 2, a: 1}");
    moved("a:\n  b: |2\n      x\n  c: 1\n", "a.b", "b", "a:\n  c: 1\nb: |2\n    x\n");
}

#[test]
fn a_block_does_not_move_where_something_is() {
    let refused = |yaml: &str, from: &str, to: &str| {
        move_entry(&read(yaml), &path(from), &path(to)).expect_err(yaml).message
    };
    assert_eq!(refused("a: 1\nb: {a: 2}", "a", "b.a"), "`b.a` already exists");
    assert_eq!(refused("a: 1\nb: 2", "a", "b.a"), "this is not a mapping");
    assert_eq!(refused("a: {b: 1}", "a", "a.c"), "`a.c` is inside `a`");
    assert_eq!(refused("a: 1\nb: &x {}\nc: *x", "a", "c.a"), "`c.a` is behind an alias");
    assert_eq!(
        refused("a: &x 1\nc: *x\nb:\n  d: 1\n", "a", "b.a").split(':').next(),
        Some("the result would not be YAML")
    );
    assert_eq!(refused("[1]", "[0]", "a"), "`[0]` is not an entry of a mapping");
}

#[test]
fn an_edit_never_touches_the_byte_order_mark_or_the_other_documents() {
    let text = Text::new("\u{feff}a: 1\n---\nb: 2\n");
    let document = Document::parse(&text, Dialect::Yaml12).expect("YAML");
    let edits = set_scalar(&document, &path("a"), Value::Int(2)).expect("an edit");
    let bytes = text.edited(&edits).expect("sound").to_bytes();
    assert_eq!(bytes, "\u{feff}a: 2\n---\nb: 2\n".as_bytes());
}

/// A document with comments, and paths that exist in it.
fn documents() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        Just(" 1"),
        Just(" 'q # x'"),
        Just(""),
        Just(" {}"),
        Just(" [a, b]"),
        Just(" {p: 1, q: {}}"),
        Just(" # only a comment"),
        Just(" |\n@    t\n\n@      u"),
        Just(" >+\n@    t\n"),
        Just("\n@  - i # i\n@  # between\n@  - j: 1\n@    k: 2"),
        Just("\n@  l: 1\n@  # of m\n@  m:\n@  - n"),
        Just(" \"a\n@    b\""),
        Just(" &x y # anchored"),
    ];
    let entry = ("[a-e]", value, any::<bool>(), any::<bool>(), any::<bool>());
    (prop::collection::vec(entry, 1..5), any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(entries, crlf, nested, final_newline)| {
            let mut yaml = String::from(if nested { "top: # t\n" } else { "" });
            let indent = if nested { "  " } else { "" };
            for (index, (key, value, above, behind, blank)) in entries.iter().enumerate() {
                if *blank {
                    yaml.push('\n');
                }
                if *above {
                    yaml += &format!("{indent}# above {index}\n");
                }
                yaml += &format!("{indent}{key}{index}:{}", value.replace('@', indent));
                if *behind && !value.contains(['\n', '#']) {
                    yaml += " # behind";
                }
                yaml.push('\n');
            }
            if !final_newline {
                yaml.pop();
            }
            if crlf { yaml.replace('\n', "\r\n") } else { yaml }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_inserted_can_be_removed_again(yaml in documents(), fragment in prop_oneof![Just("1"), Just("- 1\n- 2"), Just("a: 1\nb: [2]")]) {
        let before = read(&yaml);
        for node in before.root().entries() {
            let Some(key) = node.key.as_str() else { continue };
            let Ok(edits) = insert_entry(&before, &Path::root(), "new", fragment, Placement::Before(key)) else { continue };
            let middle = read(before.text().edited(&edits).expect("sound").as_str());
            prop_assert!(middle.root().get("new").is_some());
            let edits = remove_entry(&middle, &path("new")).expect("what was inserted");
            let after = middle.text().edited(&edits).expect("sound");
            prop_assert_eq!(after.as_str().trim_start(), yaml.trim_start());
        }
    }

    #[test]
    fn every_entry_can_be_moved_into_a_new_mapping_and_back(yaml in documents()) {
        let before = read(&yaml);
        for entry in before.root().entries() {
            let Some(key) = entry.key.as_str() else { continue };
            let inside = Path::root().key("fresh").key(key);
            let edits = move_entry(&before, &Path::root().key(key), &inside);
            let middle = read(&applied(&yaml, edits));
            prop_assert_eq!(middle.comments().len(), before.comments().len());
            prop_assert!(super::super::same_value(middle.at(&inside).expect("moved"), entry.value));
        }
    }

    #[test]
    fn removing_and_setting_are_right_or_refused(yaml in documents(), at in 0_usize..40) {
        let before = read(&yaml);
        let Some(record) = before.nodes.get(at % before.nodes.len()) else { return Ok(()) };
        let id = before.nodes.iter().position(|node| std::ptr::eq(node, record)).expect("a node");
        let node: Node<'_> = before.node(super::super::NodeId(id));
        let place = node.path();
        if let Ok(edits) = set_scalar(&before, &place, Value::Str("on")) {
            let after = read(before.text().edited(&edits).expect("sound").as_str());
            prop_assert_eq!(after.at(&place).and_then(Node::as_str), Some("on"));
        }
        if let Ok(edits) = remove_entry(&before, &place) {
            let after = read(before.text().edited(&edits).expect("sound").as_str());
            prop_assert!(after.comments().len() <= before.comments().len());
        }
    }
}

#[test]
fn a_value_of_any_kind_is_replaced() {
    let replaced = |yaml: &str, at: &str, fragment: &str| {
        applied(yaml, replace_value(&read(yaml), &path(at), fragment))
    };
    assert_eq!(replaced("a: 1 # one\nb: 2\n", "a", "- x\n- y\n"), "a:\n  - x\n  - y # one\nb: 2\n");
    assert_eq!(replaced("a: # one\n  - x\nb: 2\n", "a", "c: 1"), "a: # one\n  c: 1\nb: 2\n");
    assert_eq!(replaced("a:\n- x\nb: 2\n", "a", "c: 1"), "a:\n  c: 1\nb: 2\n");
    assert_eq!(replaced("a:\n    c: 1\n", "a", "[]"), "a: []\n");
    assert_eq!(replaced("a:\n    c: 1\n", "a", "|\n  x\n  y\n"), "a: |\n  x\n  y\n");
    assert_eq!(replaced("a:\r\n  b: 1\r\n", "a.b", "|\nx\n"), "a:\r\n  b: |\r\n    x\r\n");
    assert_eq!(replaced("- a\n- b # c\n", "[1]", "k: 1\nl: 2"), "- a\n- k: 1\n  l: 2 # c\n");
    assert_eq!(replaced("a: {b: 1, c: [x]}", "a.c", "{y: 1}"), "a: {b: 1, c: {y: 1}}");
    assert_eq!(replaced("a: [x, y]", "a[0]", "[z]"), "a: [[z], y]");
    assert_eq!(replaced("a:\nb: 1\n", "a", "- x"), "a:\n  - x\nb: 1\n");
    assert_eq!(replaced("a: &n !t {x: 1}\n", "a", "1"), "a: 1\n");
}

#[test]
fn a_value_is_not_replaced_where_something_would_be_lost() {
    let refused = |yaml: &str, at: &str, fragment: &str| {
        replace_value(&read(yaml), &path(at), fragment).expect_err(yaml).message
    };
    assert_eq!(refused("a:\n  # why\n  - x\n", "a", "1"), "a comment would be lost");
    assert_eq!(refused("a: &n 1\nb: *n\n", "a", "[]"), "aliases refer to this value");
    assert_eq!(refused("a: 1\n", "b", "[]"), "there is no `b`");
    assert_eq!(refused("a: 1\n", "", "[]"), "the path refers to the whole document");
    assert_eq!(
        refused("a: {b: 1}\n", "a.b", "x: 1\ny: 2"),
        "a block does not fit into `{…}` or `[…]`"
    );
    assert!(refused("a: [&n x]\nb: *n\n", "a", "[]").starts_with("the result would not be YAML"));
}
