//! Quoting, such that every reader gets the same value: plain if that is safe, else in quotes.

use std::borrow::Cow;

use super::scalar::{is_short_boolean, is_text_everywhere};

/// Writes a string as a YAML scalar on one line: plain if every reader of either dialect gets the
/// same string, in block and in flow style; double-quoted otherwise.
#[must_use]
pub fn quote_scalar(value: &str) -> Cow<'_, str> {
    if is_safe_plain(value) { Cow::Borrowed(value) } else { Cow::Owned(double_quoted(value)) }
}

fn is_safe_plain(value: &str) -> bool {
    const FIRST: &[char] = &[
        '-', '?', ':', ',', '[', ']', '{', '}', '#', '&', '*', '!', '|', '>', '\'', '"', '%', '@',
        '`', ' ', '.', '=', '<',
    ];
    !value.is_empty()
        && !value.starts_with(FIRST)
        && !value.ends_with([' ', ':'])
        && !value.contains([',', '[', ']', '{', '}'])
        && !value.contains(": ")
        // libyaml (as ported for serde_yaml) rejects this in flow style.
        && !value.contains(":?")
        && !value.contains(" #")
        // The underlying parser misreads a dash at the end of a plain scalar in brackets.
        && !value.ends_with(" -")
        && value.chars().all(is_printable)
        && !is_short_boolean(value)
        && is_text_everywhere(value)
}

pub(super) fn is_printable(character: char) -> bool {
    !character.is_control()
        && !matches!(character, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

pub(super) fn double_quoted(value: &str) -> String {
    use std::fmt::Write as _;
    let mut output = String::with_capacity(value.len() + 2);
    output.push('"');
    for character in value.chars() {
        match character {
            '"' => output.push_str("\\\""),
            '\\' => output.push_str("\\\\"),
            '\n' => output.push_str("\\n"),
            '\r' => output.push_str("\\r"),
            '\t' => output.push_str("\\t"),
            character if is_printable(character) => output.push(character),
            character => {
                let code = u32::from(character);
                // Writing to a string cannot fail.
                let _ = match code {
                    0..=0xff => write!(output, "\\x{code:02X}"),
                    0x100..=0xffff => write!(output, "\\u{code:04X}"),
                    _ => write!(output, "\\U{code:08X}"),
                };
            }
        }
    }
    output.push('"');
    output
}

/// Writes a string in single quotes, if that can represent it.
pub(super) fn single_quoted(value: &str) -> Option<String> {
    value.chars().all(is_printable).then(|| format!("'{}'", value.replace('\'', "''")))
}

/// Writes a float such that both dialects read it: with a dot, without an exponent.
pub(super) fn float_text(value: f64) -> String {
    if value.is_nan() {
        return ".nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let text = value.to_string();
    if text.contains('.') { text } else { text + ".0" }
}
