//! Characters that JSON escapes as two surrogates: `"\ud83d\ude80"` is what Python's `json.dumps` writes for 🚀.
//!
//! YAML calls itself a superset of JSON, but its escapes name whole characters, and the parser refuses half of one.

use std::borrow::Cow;

use serde::de::IgnoredAny;

use crate::source::text::{Span, SyntaxError};

/// The length of an escape such as `\ud83d`.
const ESCAPE: usize = 6;

/// Returns a text that is JSON with a harmless escape, of the same length, in place of each surrogate; `None` if it has
/// none, or is not JSON.
pub(super) fn replaced(content: &str) -> Option<String> {
    let surrogates = surrogates(content);
    if surrogates.is_empty() || serde_json::from_str::<IgnoredAny>(content).is_err() {
        return None;
    }
    let mut replaced = content.to_owned();
    for at in surrogates {
        replaced.replace_range(at..at + ESCAPE, r"\u005f");
    }
    Some(replaced)
}

/// Returns the text of a string in quotes: the one that the parser made of it, unless it has surrogates.
///
/// # Errors
/// When a surrogate lacks its other half.
pub(super) fn decoded<'a>(
    content: &str,
    body: Span,
    parsed: &'a str,
) -> Result<Cow<'a, str>, SyntaxError> {
    let written = content.get(body.start..body.end).unwrap_or_default();
    if surrogates(written).is_empty() {
        return Ok(Cow::Borrowed(parsed));
    }
    let text = serde_json::from_str(written).map(Cow::Owned);
    text.map_err(|_| SyntaxError::new(body, "it has an escape of half a character"))
}

/// The offsets of the escapes of surrogates, if all backslashes begin escapes, as in JSON.
fn surrogates(content: &str) -> Vec<usize> {
    let bytes = content.as_bytes();
    let backslash = |from: usize| {
        let rest = bytes.get(from..)?;
        rest.iter().position(|byte| *byte == b'\\').map(|index| from + index)
    };
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = backslash(from) {
        let digits = match bytes.get(at + 1..at + ESCAPE) {
            Some([b'u', digits @ ..]) => digits,
            _ => &[],
        };
        // `d800` to `dfff`.
        let begins = matches!(digits, [b'd' | b'D', b'8' | b'9' | b'a'..=b'f' | b'A'..=b'F', ..]);
        if begins && digits.iter().all(u8::is_ascii_hexdigit) {
            found.push(at);
        }
        from = at + 2;
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::source::Text;
    use crate::source::yaml::{Dialect, Document};

    fn read(content: &str) -> Option<Document> {
        Document::parse(&Text::new(content), Dialect::Yaml12).ok()
    }

    #[test]
    fn json_escapes_one_character_as_two_surrogates() {
        let json = r#"{"name": "\ud83d\uDE80 é \u00e9 \\ud83d", "\ud83d\ude80": ["é", "b"]}"#;
        let document = read(json).expect("JSON");
        let root = document.root();
        let name = root.get("name").expect("a name");
        assert_eq!(name.as_str(), Some(r"🚀 é é \ud83d"));
        let list = root.get("🚀").expect("its key is decoded too");
        assert_eq!(document.text().slice(list.span()), r#"["é", "b"]"#);
        let key = root.entries().last().expect("two").key;
        assert_eq!(document.text().slice(key.span()), r#""\ud83d\ude80""#);
    }

    #[test]
    fn half_a_character_is_none_and_yaml_knows_no_surrogates() {
        assert!(read(r#"{"a": "\ud83d"}"#).is_none());
        assert!(read(r#"a: "\ud83d\ude80""#).is_none());
    }
}
