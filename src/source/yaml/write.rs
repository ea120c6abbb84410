//! Writes a value as YAML that readers of either dialect understand in the same way.

use serde_json::Value;

use super::quote::{float_text, quote_scalar};

/// Writes a value as YAML at the left margin, without a final line end: collections in block style,
/// multi-line strings as literal blocks if that preserves them.
#[must_use]
pub fn write_value(value: &Value) -> String {
    let mut written = String::new();
    block(value, 0, &mut written);
    written
}

/// Writes a value as YAML on one line.
#[must_use]
pub fn write_value_inline(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(write_value_inline).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(entries) => {
            let entries = entries.iter().map(|(key, value)| {
                format!("{}: {}", quote_scalar(key), write_value_inline(value))
            });
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        value => scalar_text(value),
    }
}

fn scalar_text(value: &Value) -> String {
    match value {
        Value::String(text) => quote_scalar(text).into_owned(),
        // YAML 1.1 reads some JSON numbers as strings: `1e3`.
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() => float_text(float),
            _ => number.to_string(),
        },
        value => value.to_string(),
    }
}

/// Recursion is as deep as the value nests, which its parser bounds.
fn block(value: &Value, column: usize, written: &mut String) {
    let new_line = |written: &mut String| {
        if !written.is_empty() && !written.ends_with("- ") {
            written.push_str(&format!("\n{:column$}", ""));
        }
    };
    match value {
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                new_line(written);
                written.push_str("- ");
                match item {
                    Value::String(text) if is_block_text(text) => {
                        block_text(text, column + 2, written);
                    }
                    item => block(item, column + 2, written),
                }
            }
        }
        Value::Object(entries) if !entries.is_empty() => {
            for (key, value) in entries {
                new_line(written);
                written.push_str(&quote_scalar(key));
                written.push(':');
                match value {
                    Value::Array(items) if !items.is_empty() => block(value, column + 2, written),
                    Value::Object(inner) if !inner.is_empty() => block(value, column + 2, written),
                    Value::String(text) if is_block_text(text) => {
                        written.push(' ');
                        block_text(text, column + 2, written);
                    }
                    value => written.push_str(&format!(" {}", write_value_inline(value))),
                }
            }
        }
        Value::String(text) if is_block_text(text) => block_text(text, column + 2, written),
        value => written.push_str(&write_value_inline(value)),
    }
}

/// Whether a multi-line string survives a round trip through a `|` block.
fn is_block_text(text: &str) -> bool {
    let body = text.strip_suffix('\n').unwrap_or(text);
    let sound = |line: &str| {
        !line.ends_with([' ', '\t'])
            && !line.contains('\t')
            && line.chars().all(|character| !character.is_control() && character != '\u{feff}')
            && !line.contains(['\u{2028}', '\u{2029}', '\u{85}'])
    };
    body.contains('\n')
        && !body.starts_with([' ', '\n'])
        && !body.ends_with('\n')
        && body.split('\n').all(sound)
}

fn block_text(text: &str, column: usize, written: &mut String) {
    written.push_str(if text.ends_with('\n') { "|" } else { "|-" });
    for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        written.push('\n');
        if !line.is_empty() {
            written.push_str(&format!("{:column$}{line}", ""));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::{Dialect, Document};
    use super::*;
    use crate::source::Text;

    fn read_back(yaml: &str, dialect: Dialect) -> Value {
        let document = Document::parse(&Text::new(yaml), dialect);
        document
            .unwrap_or_else(|error| panic!("{error} in {yaml}"))
            .root()
            .to_json(1000)
            .expect("small")
    }

    #[test]
    fn collections_are_blocks_and_texts_keep_their_lines() {
        let value = json!({
            "on": {"push": {"branches": ["main", {"a": 1, "b": []}, ["x", "y"]]}, "e": {}},
            "run": "a\n\n  b\n", "list": ["c\nd"], "off": "off", "n": null, "f": 1.0,
        });
        insta::assert_snapshot!(write_value(&value), @r#"
        "on":
          push:
            branches:
              - main
              - a: 1
                b: []
              - - x
                - "y"
          e: {}
        run: |
          a

            b
        list:
          - |-
            c
            d
        "off": "off"
        "n": null
        f: 1.0
        "#);
        insta::assert_snapshot!(write_value_inline(&value), @r#"{"on": {push: {branches: [main, {a: 1, b: []}, [x, "y"]]}, e: {}}, run: "a\n\n  b\n", list: ["c\nd"], "off": "off", "n": null, f: 1.0}"#);
        assert_eq!(write_value(&json!("a\nb\n")), "|\n  a\n  b");
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            (-1e9..1e9).prop_map(|number: f64| Value::from(number)),
            any::<String>().prop_map(Value::from),
            "[a-c \n:#-]{0,12}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-z#: ]{0,4}", inner, 0..4)
                    .prop_map(Value::from_iter),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]
        #[test]
        fn what_is_written_is_read_back_in_both_dialects(value in any_value()) {
            for dialect in [Dialect::Yaml11, Dialect::Yaml12] {
                for yaml in [write_value(&value), write_value_inline(&value)] {
                    prop_assert_eq!(&read_back(&yaml, dialect), &value, "{}", yaml);
                }
            }
        }
    }
}
