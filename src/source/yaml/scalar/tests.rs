use super::*;
use crate::source::text::Text;
use crate::source::yaml::Document;
use crate::source::yaml::quote::{float_text, quote_scalar};
use proptest::prelude::*;

fn read(yaml: &str, dialect: Dialect) -> String {
    let document = Document::parse(&Text::new(yaml), dialect).expect(yaml);
    format!("{:?}", document.root().value().expect("a scalar"))
}

/// The YAML 1.1 column is what `PyYAML` 6.0.3 answers, in Rust's words.
#[test]
fn scalars_mean_what_the_reader_of_each_dialect_says() {
    let table = [
        ("on", "Bool(true)", "Str(\"on\")"),
        ("Off", "Bool(false)", "Str(\"Off\")"),
        ("y", "Str(\"y\")", "Str(\"y\")"),
        ("yes", "Bool(true)", "Str(\"yes\")"),
        ("TRUE", "Bool(true)", "Bool(true)"),
        ("tRue", "Str(\"tRue\")", "Str(\"tRue\")"),
        ("012", "Int(10)", "Int(12)"),
        ("+012", "Int(10)", "Int(12)"),
        ("0o14", "Str(\"0o14\")", "Int(12)"),
        ("0b101", "Int(5)", "Str(\"0b101\")"),
        ("-0b1", "Int(-1)", "Str(\"-0b1\")"),
        ("0x1F", "Int(31)", "Int(31)"),
        ("1_000", "Int(1000)", "Str(\"1_000\")"),
        ("_1", "Str(\"_1\")", "Str(\"_1\")"),
        ("1_", "Int(1)", "Str(\"1_\")"),
        ("0_", "Int(0)", "Str(\"0_\")"),
        ("12:30", "Int(750)", "Str(\"12:30\")"),
        ("12:30:45", "Int(45045)", "Str(\"12:30:45\")"),
        ("-12:30", "Int(-750)", "Str(\"-12:30\")"),
        ("1:60", "Str(\"1:60\")", "Str(\"1:60\")"),
        ("0:30", "Str(\"0:30\")", "Str(\"0:30\")"),
        ("12:30_", "Str(\"12:30_\")", "Str(\"12:30_\")"),
        ("1:2.5", "Float(62.5)", "Str(\"1:2.5\")"),
        ("190:20:30.15", "Float(685230.15)", "Str(\"190:20:30.15\")"),
        ("09", "Str(\"09\")", "Int(9)"),
        ("-0", "Int(0)", "Int(0)"),
        ("1e3", "Str(\"1e3\")", "Float(1000.0)"),
        ("1.0e3", "Str(\"1.0e3\")", "Float(1000.0)"),
        ("1.0e+3", "Float(1000.0)", "Float(1000.0)"),
        ("1.", "Float(1.0)", "Float(1.0)"),
        ("-.5", "Str(\"-.5\")", "Float(-0.5)"),
        (".5", "Float(0.5)", "Float(0.5)"),
        ("._5", "Str(\"._5\")", "Str(\"._5\")"),
        ("1_0.5_0", "Float(10.5)", "Str(\"1_0.5_0\")"),
        ("1.0.0", "Str(\"1.0.0\")", "Str(\"1.0.0\")"),
        (".inf", "Float(inf)", "Float(inf)"),
        ("-.INF", "Float(-inf)", "Float(-inf)"),
        (".nan", "Float(NaN)", "Float(NaN)"),
        ("+.nan", "Str(\"+.nan\")", "Str(\"+.nan\")"),
        (".", "Str(\".\")", "Str(\".\")"),
        ("~", "Null", "Null"),
        ("", "Null", "Null"),
        ("NULL", "Null", "Null"),
        ("nULL", "Str(\"nULL\")", "Str(\"nULL\")"),
        ("2024-01-02", "Timestamp(\"2024-01-02\")", "Str(\"2024-01-02\")"),
        ("2024-1-2", "Str(\"2024-1-2\")", "Str(\"2024-1-2\")"),
        ("2024-1-2 3:04:05", "Timestamp(\"2024-1-2 3:04:05\")", "Str(\"2024-1-2 3:04:05\")"),
        (
            "2001-12-14t21:59:43.10 -5",
            "Timestamp(\"2001-12-14t21:59:43.10 -5\")",
            "Str(\"2001-12-14t21:59:43.10 -5\")",
        ),
        (
            "9223372036854775808",
            "BigInt(\"9223372036854775808\")",
            "BigInt(\"9223372036854775808\")",
        ),
        ("-9223372036854775808", "Int(-9223372036854775808)", "Int(-9223372036854775808)"),
        ("1,000", "Str(\"1,000\")", "Str(\"1,000\")"),
        ("'1'", "Str(\"1\")", "Str(\"1\")"),
        ("\"true\"", "Str(\"true\")", "Str(\"true\")"),
        ("!!str 12", "Str(\"12\")", "Str(\"12\")"),
        ("!!int '12'", "Int(12)", "Int(12)"),
        ("!!float 1", "Float(1.0)", "Float(1.0)"),
        ("!!float '1e3'", "Float(1000.0)", "Float(1000.0)"),
        ("!!null 'x'", "Null", "Null"),
        ("!!int x", "Str(\"x\")", "Str(\"x\")"),
        ("! 12", "Int(12)", "Str(\"12\")"),
        ("!secret 12", "Str(\"12\")", "Str(\"12\")"),
    ];
    for (yaml, legacy, current) in table {
        assert_eq!(read(yaml, Dialect::Yaml11), legacy, "1.1: {yaml:?}");
        assert_eq!(read(yaml, Dialect::Yaml12), current, "1.2: {yaml:?}");
    }
}

#[test]
fn quotes_stand_only_where_somebody_would_misread() {
    for plain in
        ["hello", "a b", "gpt-4o", "v1.2.3", "https://x.y/z?q=1", "ghcr.io/a/b:latest", "it's", "é"]
    {
        assert_eq!(quote_scalar(plain), plain);
    }
    for quoted in [
        "",
        "on",
        "No",
        "y",
        "012",
        "1e3",
        "0o7",
        "12:30",
        "2024-01-02",
        "~",
        "null",
        "- x",
        "a: b",
        "a #b",
        " a",
        "a ",
        "a:",
        "[x",
        "a, b",
        "*x",
        "&x",
        "!x",
        "%x",
        "@x",
        "---",
        "...",
        "=",
        "<<",
        "0:?",
        "E -",
        "1_000",
        "'a'",
    ] {
        assert_eq!(quote_scalar(quoted), format!("\"{quoted}\""));
    }
    assert_eq!(quote_scalar("a\n\"\\\u{7}\u{85}\u{2028}"), r#""a\n\"\\\x07\x85\u2028""#);
}

#[test]
fn floats_are_written_as_floats_in_both_dialects() {
    for value in [0.0, 1.0, -2.5, 1e300, 1e-9, f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
        for dialect in [Dialect::Yaml11, Dialect::Yaml12] {
            assert_eq!(read(&float_text(value), dialect), format!("{:?}", Value::Float(value)));
        }
    }
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[-+0-9a-fxob_.:eE ~#,]{0,12}",
        "\\PC{0,12}",
        "[ \\t\\n\\r:#'\"a-]{0,8}"
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_quoted_string_is_the_same_string_to_everybody(value in text()) {
        let scalar = quote_scalar(&value);
        let yaml = format!("k: {scalar}\nl: [{scalar}, {{m: {scalar}}}]\n");
        for dialect in [Dialect::Yaml11, Dialect::Yaml12] {
            let document = Document::parse(&Text::new(&yaml), dialect).expect("YAML");
            for path in ["k", "l[0]", "l[1].m"] {
                let node = document.at(&path.parse().expect("a path"));
                prop_assert_eq!(node.and_then(super::super::Node::as_str), Some(value.as_str()));
            }
        }
        let other: serde_json::Value = serde_yaml::from_str(&yaml).expect("YAML");
        prop_assert_eq!(other.pointer("/k"), Some(&value.as_str().into()));
        prop_assert_eq!(other.pointer("/l/1/m"), Some(&value.into()));
    }

    #[test]
    fn any_scalar_has_a_value(value in text(), legacy in any::<bool>(), plain in any::<bool>()) {
        let dialect = if legacy { Dialect::Yaml11 } else { Dialect::Yaml12 };
        let style = if plain { Style::Plain } else { Style::SingleQuoted };
        for tag in ["null", "bool", "int", "float", "str", "timestamp"] {
            resolve(&value, style, Some(&format!("tag:yaml.org,2002:{tag}")), dialect);
        }
        resolve(&value, style, None, dialect);
    }
}
