//! Numbers that campaign.yaml gives to an edit and that cannot be written as they are given. Values are held as JSON, with
//! numbers of 64 bits: others would become `null`, a text or another number, without a word.

use crate::source::Span;
use crate::source::typed::{Content, Node};

/// Those among the values of all edits of a campaign.yaml, each with what is wrong with it.
#[must_use]
pub fn unwritable_numbers(root: &Node) -> Vec<(Span, String)> {
    let mut found = Vec::new();
    for change in items(root, &["changes"]) {
        for edit in items(change, &["yaml", "edits"]) {
            for kind in ["set", "append"] {
                if let Some(value) = below(edit, &[kind, "value"]) {
                    collect(value, &mut found);
                }
            }
        }
    }
    found
}

fn below<'n>(node: &'n Node, keys: &[&str]) -> Option<&'n Node> {
    keys.iter().try_fold(node, |node, key| node.entry(key).map(|(_, value)| value))
}

fn items<'n>(node: &'n Node, keys: &[&str]) -> &'n [Node] {
    below(node, keys).and_then(Node::items).unwrap_or_default()
}

/// Recursion is as deep as the value nests, which its parser bounds.
fn collect(node: &Node, found: &mut Vec<(Span, String)>) {
    match &node.content {
        Content::Scalar { value, plain: true } => {
            found.extend(fault(value).map(|why| (node.span, format!("`{value}` {why}"))));
        }
        Content::Scalar { .. } | Content::Alias => {}
        Content::Sequence(items) => items.iter().for_each(|item| collect(item, found)),
        Content::Mapping(entries) => entries.iter().for_each(|(_, value)| collect(value, found)),
    }
}

/// What is wrong with a text without quotes, if it is a number.
fn fault(text: &str) -> Option<String> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_infinite = [".inf", ".Inf", ".INF"].contains(&unsigned);
    if is_infinite || [".nan", ".NaN", ".NAN"].contains(&text) {
        return Some(
            "is a number that JSON does not have, and a value here can be no other".to_owned(),
        );
    }
    if let Some(is_small) = is_small_integer(text, unsigned) {
        return (!is_small).then(|| "is a whole number of more than 64 bits".to_owned());
    }
    let is_decimal = |it: char| it.is_ascii_digit() || ".eE+-".contains(it);
    let number: f64 = text.chars().all(is_decimal).then(|| text.parse().ok()).flatten()?;
    if number.is_infinite() {
        return Some("is a number of more than 64 bits".to_owned());
    }
    let held = decimal(&format!("{number:e}"));
    (decimal(text) != held).then(|| format!("is a number that would be rounded to {number}"))
}

/// Whether an integer has 64 bits; `None` if it is none. Digits behind a 0 are a text.
fn is_small_integer(text: &str, unsigned: &str) -> Option<bool> {
    let (digits, radix) = match unsigned.get(..2) {
        Some("0x") => (unsigned.get(2..)?, 16),
        Some("0o") => (unsigned.get(2..)?, 8),
        Some("0b") => (unsigned.get(2..)?, 2),
        _ => (unsigned, 10),
    };
    let is_text = radix == 10 && digits.len() > 1 && digits.starts_with('0');
    if digits.is_empty() || is_text || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return None;
    }
    Some(match text.starts_with('-') {
        true => i64::from_str_radix(&format!("-{digits}"), radix).is_ok(),
        false => u64::from_str_radix(digits, radix).is_ok(),
    })
}

/// The sign, the digits and the exponent of a decimal number, so that those of the same value are equal.
fn decimal(text: &str) -> Option<(bool, String, i64)> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{fraction}");
    let digits = all.trim_start_matches('0');
    let kept = digits.trim_end_matches('0');
    let count = |length: usize| i64::try_from(length).ok();
    let exponent: i64 = exponent.parse().ok()?;
    let exponent = exponent.checked_sub(count(fraction.len())?)?;
    let exponent = exponent.checked_add(count(digits.len() - kept.len())?)?;
    let exponent = if kept.is_empty() { 0 } else { exponent };
    Some((text.starts_with('-'), kept.to_owned(), exponent))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Text;
    use crate::source::typed::outline;

    #[test]
    fn what_is_held_as_it_is_given_is_sound() {
        let sound = "x 0 -0 12 -9223372036854775808 18446744073709551615 0x1F 0o17 007 1.0 1.10 -0.5 .5 5. 1e3 1.5E-7 1e300 \
                     0.1 9007199254740992.0 0.0 - 1-2 2024-01-02 1.2.3 e inf nan +.nan 1_000 é";
        for text in sound.split(' ').chain([""]) {
            assert_eq!(fault(text), None, "{text}");
        }
    }

    #[test]
    fn what_would_become_something_else_is_told() {
        for text in [".inf", "-.inf", "+.INF", ".nan", ".NaN"] {
            assert!(fault(text).is_some_and(|why| why.contains("JSON does not have")), "{text}");
        }
        for text in [
            "123456789012345678901234567890",
            "18446744073709551616",
            "-9223372036854775809",
            "0xFFFFFFFFFFFFFFFFF",
            "1e999",
        ] {
            assert!(fault(text).is_some_and(|why| why.contains("more than 64 bits")), "{text}");
        }
        for (text, rounded) in [
            ("9007199254740993.0", "9007199254740992"),
            ("0.1e-400", "0"),
            ("3.14159265358979323846", "3.141592653589793"),
        ] {
            let why = format!("is a number that would be rounded to {rounded}");
            assert_eq!(fault(text), Some(why), "{text}");
        }
    }

    #[test]
    fn they_are_found_in_the_values_of_edits_alone() {
        let text = Text::new(
            "name: .inf\nchanges:\n- yaml:\n    edits:\n    - set: { at: .inf, value: [1, { .inf: -.inf }, '.inf'] }\n    - \
             append: { at: a, value: 1e999 }\n    - remove: { at: a }\n- fix: {}\n",
        );
        let root = outline::read(&text).expect("YAML");
        let found: Vec<&str> =
            unwritable_numbers(&root).iter().map(|(span, _)| text.slice(*span)).collect();
        assert_eq!(found, ["-.inf", "1e999"]);
        assert!(unwritable_numbers(&outline::read(&Text::new("a")).expect("YAML")).is_empty());
    }
}
