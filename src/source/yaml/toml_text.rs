//! Writes values as TOML 1.0, each on one line: behind a `=`, or in a list.

use serde_json::Value as Json;

use super::{Style, Value};

/// Writes a value; `None` if it is or holds a null, which TOML does not have.
#[must_use]
pub fn write_toml_value(value: &Json) -> Option<String> {
    Some(match value {
        Json::Null => return None,
        Json::Bool(value) => value.to_string(),
        Json::Number(number) => match number.as_f64() {
            Some(number) if value.is_f64() => float_text(number),
            _ => number.to_string(),
        },
        Json::String(text) => basic_string(text),
        Json::Array(items) => {
            let items: Option<Vec<String>> = items.iter().map(write_toml_value).collect();
            format!("[{}]", items?.join(", "))
        }
        Json::Object(entries) if entries.is_empty() => "{}".to_owned(),
        Json::Object(entries) => {
            let entry = |(key, value): (&String, &Json)| {
                Some(format!("{} = {}", key_text(key), write_toml_value(value)?))
            };
            let entries: Option<Vec<String>> = entries.iter().map(entry).collect();
            format!("{{ {} }}", entries?.join(", "))
        }
    })
}

/// Writes a scalar for one that has this style; `None` for a null.
pub(super) fn written_scalar(value: Value<'_>, style: Style) -> Option<String> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::BigInt(text) | Value::Timestamp(text) => text.to_owned(),
        Value::Float(number) => float_text(number),
        Value::Str(text) => match style {
            Style::SingleQuoted => literal_string(text).unwrap_or_else(|| basic_string(text)),
            _ => basic_string(text),
        },
    })
}

fn float_text(number: f64) -> String {
    if number.is_nan() {
        return "nan".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    // With a dot or an exponent, so that it stays a float.
    format!("{number:?}")
}

fn key_text(key: &str) -> String {
    let is_bare = |character: char| character.is_ascii_alphanumeric() || "_-".contains(character);
    match !key.is_empty() && key.chars().all(is_bare) {
        true => key.to_owned(),
        false => basic_string(key),
    }
}

fn literal_string(text: &str) -> Option<String> {
    let fits = |character: char| character != '\'' && !character.is_control();
    text.chars().all(fits).then(|| format!("'{text}'"))
}

fn basic_string(text: &str) -> String {
    let mut written = String::with_capacity(text.len() + 2);
    written.push('"');
    for character in text.chars() {
        match character {
            '"' => written.push_str("\\\""),
            '\\' => written.push_str("\\\\"),
            '\n' => written.push_str("\\n"),
            '\r' => written.push_str("\\r"),
            '\t' => written.push_str("\\t"),
            character if character.is_control() => {
                written.push_str(&format!("\\u{:04X}", u32::from(character)));
            }
            character => written.push(character),
        }
    }
    written.push('"');
    written
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{Dialect, Document};
    use super::*;
    use crate::source::Text;

    #[test]
    fn what_is_written_is_read_back() {
        for (value, text) in [
            (json!(9), "9"),
            (json!(-1.5), "-1.5"),
            (json!(2.0), "2.0"),
            (json!(1e300), "1e300"),
            (json!(true), "true"),
            (json!("no"), "\"no\""),
            (json!("2024-01-02"), "\"2024-01-02\""),
            (json!("a\"b\\c\n\t\u{1}\u{7f} é"), "\"a\\\"b\\\\c\\n\\t\\u0001\\u007F é\""),
            (json!([]), "[]"),
            (json!(["a", 1, [false]]), "[\"a\", 1, [false]]"),
            (json!({}), "{}"),
            (json!({"a-b": 1, "c d": {"e": "f"}}), "{ a-b = 1, \"c d\" = { e = \"f\" } }"),
        ] {
            assert_eq!(write_toml_value(&value).as_deref(), Some(text));
            let document = Document::parse(&Text::new(&format!("it = {text}\n")), Dialect::Toml);
            let read = document.expect(text).root().to_json(100).expect("small");
            assert_eq!(read, json!({ "it": value }), "{text}");
        }
        assert_eq!(write_toml_value(&json!([1, { "a": null }])), None);
    }

    #[test]
    fn scalars_keep_the_quotes_of_the_old_one_where_they_can() {
        let written = |text: &'static str, style| written_scalar(Value::Str(text), style);
        assert_eq!(written("a\\b", Style::SingleQuoted).as_deref(), Some("'a\\b'"));
        assert_eq!(written("it's", Style::SingleQuoted).as_deref(), Some("\"it's\""));
        assert_eq!(written("9", Style::Plain).as_deref(), Some("\"9\""));
        let written = |value| written_scalar(value, Style::Plain);
        assert_eq!(written(Value::Float(f64::NEG_INFINITY)).as_deref(), Some("-inf"));
        assert_eq!(written(Value::Null), None);
    }
}
