//! Extracts a digest or a version from the text of a consumer. Pure.

use std::str::FromStr as _;

use pep440_rs::Version;
use serde_json::Value as Json;

use crate::registry::reference::is_digest;
use crate::source::Text;
use crate::source::secrets::masked;
use crate::source::yaml::{Dialect, Document, Kind, Node};

/// The most characters of a text that are quoted in a message.
const SHOWN: usize = 60;

/// What a consumer reports to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Running {
    /// The image of this digest.
    Digest(String),
    /// This version of the runtime package.
    Version(Version),
}

/// Finds it in a text: at a key of JSON or YAML, or else in the whole text.
///
/// # Errors
/// Why it is not there, in one line.
pub(super) fn find(text: &str, key: Option<&str>) -> Result<Running, String> {
    match key {
        Some(key) => read(&at(text, key)?),
        None => {
            let text = text.trim();
            let quoted = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
            read(quoted.unwrap_or(text))
        }
    }
}

/// Reads a digest, an image with one (`ghcr.io/acme/x@sha256:…`), or a version.
fn read(text: &str) -> Result<Running, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("it is empty".to_owned());
    }
    let digest = text.rsplit_once('@').map_or(text, |(_, digest)| digest);
    if is_digest(digest) {
        return Ok(Running::Digest(digest.to_owned()));
    }
    let version = text.strip_prefix('v').unwrap_or(text);
    let is_plain = version.starts_with(|c: char| c.is_ascii_digit());
    match Version::from_str(version) {
        Ok(version) if is_plain => Ok(Running::Version(version)),
        _ => Err(format!("`{}` is neither a digest nor a version", brief(text))),
    }
}

/// The beginning of a text. Credentials are masked first: one that was cut would no longer be recognized.
fn brief(text: &str) -> String {
    let text = masked(text);
    let mut shown: String = text.chars().take(SHOWN).flat_map(char::escape_debug).collect();
    if text.chars().count() > SHOWN {
        shown.push('…');
    }
    shown
}

/// The string at a dotted path of keys. A key may itself contain dots.
fn at(text: &str, key: &str) -> Result<String, String> {
    let parts: Vec<&str> = key.split('.').collect();
    let missing = || format!("it has nothing at `{key}`");
    if text.trim_start().starts_with(['{', '['])
        && let Ok(json) = serde_json::from_str::<Json>(text)
    {
        return match in_json(&json, &parts).ok_or_else(missing)? {
            Json::String(text) => Ok(text.clone()),
            other => Err(of_wrong_kind(key, json_kind(other))),
        };
    }
    let text = Text::new(text);
    let document = Document::parse(&text, Dialect::Yaml12).map_err(|error| {
        let position = text.position(error.span.start);
        format!("it is neither JSON nor YAML: {position}: {}", masked(&error.message))
    })?;
    let node = in_yaml(document.root(), &parts).ok_or_else(missing)?.resolved();
    match (node.kind(), node.scalar_text()) {
        (Kind::Scalar, Some(text)) if !node.is_null() => Ok(text.to_owned()),
        (Kind::Scalar, _) => Err(of_wrong_kind(key, "nothing")),
        _ => Err(of_wrong_kind(key, node.type_name())),
    }
}

fn of_wrong_kind(key: &str, kind: &str) -> String {
    format!("at `{key}` is {kind}, and not a digest or a version in quotes")
}

fn json_kind(value: &Json) -> &'static str {
    match value {
        Json::Null => "nothing",
        Json::Bool(_) => "a boolean",
        // A number would lose digits: 1.10 would become 1.1.
        Json::Number(_) => "a number",
        Json::String(_) => "text",
        Json::Array(_) => "a list",
        Json::Object(_) => "an object",
    }
}

fn in_json<'j>(value: &'j Json, parts: &[&str]) -> Option<&'j Json> {
    let Some((first, rest)) = parts.split_first() else { return Some(value) };
    match value {
        Json::Array(items) => in_json(items.get(first.parse::<usize>().ok()?)?, rest),
        Json::Object(entries) => (1..=parts.len()).find_map(|count| {
            let (key, rest) = parts.split_at_checked(count)?;
            in_json(entries.get(&key.join("."))?, rest)
        }),
        _ => None,
    }
}

fn in_yaml<'d>(node: Node<'d>, parts: &[&str]) -> Option<Node<'d>> {
    let Some((first, rest)) = parts.split_first() else { return Some(node) };
    let node = node.resolved();
    match node.kind() {
        Kind::Sequence => in_yaml(node.items().nth(first.parse::<usize>().ok()?)?, rest),
        Kind::Mapping => (1..=parts.len()).find_map(|count| {
            let (key, rest) = parts.split_at_checked(count)?;
            in_yaml(node.get(&key.join("."))?, rest)
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest() -> String {
        format!("sha256:{}", "a".repeat(64))
    }

    fn version(text: &str) -> Result<Running, String> {
        Ok(Running::Version(Version::from_str(text).expect("a version")))
    }

    #[test]
    fn digests_and_versions_are_found_in_every_form() {
        let wanted = Ok(Running::Digest(digest()));
        assert_eq!(find(&format!("{}\n", digest()), None), wanted);
        assert_eq!(find(&format!("\"ghcr.io/acme/x:latest@{}\"", digest()), None), wanted);
        let json = format!("{{\"images\": {{\"claude-code\": \"{}\"}}}}", digest());
        assert_eq!(find(&json, Some("images.claude-code")), wanted);
        let yaml =
            format!("pins:\n  - ghcr.io/acme/x: &a ghcr.io/acme/x@{}\n    b: *a\n", digest());
        assert_eq!(find(&yaml, Some("pins.0.ghcr.io/acme/x")), wanted);
        assert_eq!(find(&yaml, Some("pins.0.b")), wanted);
        assert_eq!(find("v0.1.6", None), version("0.1.6"));
        // A number of YAML keeps its last digit.
        assert_eq!(find("a: 1.10", Some("a")), version("1.10"));
    }

    #[test]
    fn what_says_nothing_is_told_as_that() {
        let of = |text: &str, key: &str| find(text, Some(key)).expect_err(text);
        assert_eq!(of("{\"a\": 1.10}", "a"), of_wrong_kind("a", "a number"));
        assert_eq!(of("{\"a\": {}}", "a"), of_wrong_kind("a", "an object"));
        assert_eq!(of("a:", "a"), of_wrong_kind("a", "nothing"));
        assert_eq!(of("a: x", "b.c"), "it has nothing at `b.c`");
        assert!(of("a: [", "a").starts_with("it is neither JSON nor YAML"));
        assert!(of("a: latest", "a").contains("neither a digest nor a version"));
        for text in ["", "  ", "latest", "sha256:abc", "ghcr.io/acme/x:0.1.6", "<html>"] {
            assert!(find(text, None).is_err(), "{text}");
        }
        // It is masked before it is cut: a part of it would be known to nobody.
        let key = ["np", "m_q8ZrT2mWv5KxPb7NcLd3HsYf9GjQeU4aRi6Z"].concat();
        let said = find(&format!("{} {key}", "x".repeat(30)), None).expect_err("a credential");
        assert!(!said.contains(&key[..12]), "{said}");
        let long = "x".repeat(1000);
        assert!(find(&long, None).expect_err("long").len() < 200);
    }
}
