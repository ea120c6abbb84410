//! Masks credentials in texts before they are shown.
//!
//! Each hidden character of a text, from a repository or a server, is replaced by one `*`, so that
//! carets below a line still point at the right place.

use std::borrow::Cow;
use std::sync::LazyLock;

use super::{KEY_BLOCK, PRIVATE_KEY, Secret, secrets_in};
use crate::source::text::Span;

/// Masks every credential in a text. All output of repository content passes through this. Each
/// hidden character becomes a `*`, so that carets below a line still point at the right place.
#[must_use]
pub fn masked(text: &str) -> Cow<'_, str> {
    // Both are searched in the original text: masking one could hide what identifies the other.
    let mut parts = tokens(text);
    parts.extend(user_info(text));
    if parts.is_empty() {
        return Cow::Borrowed(text);
    }
    parts.sort_by_key(|part| part.span.start);
    let mut masked = String::with_capacity(text.len());
    let mut done = 0;
    for Hidden { mut span, is_key } in parts {
        if span.end <= done {
            continue;
        }
        if is_key {
            // The key material is on the following lines; without an end line, everything that
            // follows counts as key.
            let rest = text.get(span.start..).unwrap_or_default();
            let digits = rest.find("-----END").unwrap_or(rest.len());
            span.end = span.end.max(span.start + digits);
        }
        masked.push_str(text.get(done..span.start.max(done)).unwrap_or_default());
        let shown = text.get(span.start.max(done)..span.end).unwrap_or_default();
        masked.extend(shown.chars().map(|character| match character {
            '\n' | '\r' => character,
            _ => '*',
        }));
        done = done.max(span.end);
    }
    masked.push_str(text.get(done..).unwrap_or_default());
    Cow::Owned(masked)
}

/// A part of a text to mask.
struct Hidden {
    span: Span,
    /// Whether a private key begins here, so that the following lines belong to it.
    is_key: bool,
}

fn tokens(text: &str) -> Vec<Hidden> {
    // These offsets do not count the byte order mark, which is an ordinary character here.
    let mark = text.len() - text.strip_prefix('\u{feff}').unwrap_or(text).len();
    let hidden = |secret: Secret| Hidden {
        span: Span::new(secret.hidden.start + mark, secret.hidden.end + mark),
        is_key: secret.kind == PRIVATE_KEY,
    };
    secrets_in(text.as_bytes()).into_iter().map(hidden).collect()
}

/// Returns the user and password of URLs, except for references to variables, which are not
/// secrets.
fn user_info(text: &str) -> Vec<Hidden> {
    static USER_INFO: LazyLock<Option<regex::Regex>> =
        LazyLock::new(|| regex::Regex::new(r#"://[^\s/?#@"'<>${}]+@"#).ok());
    let Some(pattern) = &*USER_INFO else { return Vec::new() };
    if !text.contains("://") {
        return Vec::new();
    }
    let between = |found: regex::Match<'_>| Hidden {
        span: Span::new(found.start() + "://".len(), found.end() - "@".len()),
        is_key: false,
    };
    pattern.find_iter(text).map(between).collect()
}

/// Returns the private keys of a text, from first to last line. An excerpt that begins inside one
/// would not reveal that it is a key.
#[must_use]
pub fn private_keys(text: &str) -> Vec<Span> {
    let mut keys: Vec<Span> = Vec::new();
    for (start, _) in text.match_indices(KEY_BLOCK) {
        if keys.last().is_some_and(|key| start < key.end) {
            continue;
        }
        let rest = text.get(start + KEY_BLOCK.len()..).unwrap_or_default();
        let line = rest.lines().next().unwrap_or_default();
        let Some((label, _)) = line.split_once("-----") else { continue };
        if label.ends_with("PRIVATE KEY") {
            let end = rest.find("-----END").map_or(text.len(), |at| start + KEY_BLOCK.len() + at);
            keys.push(Span::new(start, end));
        }
    }
    keys
}
