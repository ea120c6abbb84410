//! Detects credentials in files by their shape.
//!
//! The result says where credentials are and of what kind, never what they contain. Whether one
//! matters (a documented example, a waived one) is decided by `checks`. The shapes are those that
//! issuers publish, each with a distinctive prefix; words like `password` are not searched for.

mod kinds;
mod made_up;
mod mask;
mod sent;

use std::ops::Range;
use std::sync::LazyLock;

use regex::bytes::Regex;

use super::text::Span;
use kinds::SHAPES;
use made_up::is_made_up;
pub use mask::{masked, private_keys};
pub use sent::SentSecrets;

/// How many characters of a credential may be shown.
pub const SHOWN_BYTES: usize = 4;

/// A credential in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// The kind, such as `GitHub personal access token`.
    pub kind: &'static str,
    /// The span in the text without its byte order mark. For a private key, the line that begins
    /// it.
    pub span: Span,
    /// The part of the line that must never be shown.
    pub hidden: Span,
    /// Whether the embedded checksum matches; `None` if the kind has no checksum.
    pub checksum: Option<bool>,
}

/// Matches any prefix, the first line of a private key, and the names of keys without a prefix.
/// This is one pass over literals; what follows each match is checked by hand-written code.
static CANDIDATES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let mut pattern: Vec<&str> = SHAPES.iter().map(|shape| shape.prefix).collect();
    pattern.extend([KEY_BLOCK, "(?i:secret_?access_?key)", "(?i:secret_?key)"]);
    Regex::new(&format!("(?-u){}", pattern.join("|"))).ok()
});

const KEY_BLOCK: &str = "-----BEGIN ";

/// The kind of a private key, whose span is its first line.
pub const PRIVATE_KEY: &str = "private key";

/// The most bytes between the two groups of dashes in the first line of a private key.
const MAX_KEY_LABEL: usize = 256;

/// Returns the credentials in a file, in order. Binary files (a NUL in the first 8,000 bytes, as in
/// git) have none.
#[must_use]
pub fn secrets_in(bytes: &[u8]) -> Vec<Secret> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.iter().take(8_000).any(|byte| *byte == 0) {
        return Vec::new();
    }
    let Some(candidates) = &*CANDIDATES else { return Vec::new() };
    let mut found: Vec<Secret> = Vec::new();
    // Computed once per line: a hostile line could contain the beginning of a key at every eleventh
    // byte.
    let mut line_end = 0;
    for hit in candidates.find_iter(bytes) {
        if found.last().is_some_and(|last| hit.start() < last.span.end) {
            continue;
        }
        let before = hit.start().checked_sub(1).and_then(|at| bytes.get(at));
        found.extend(match hit.as_bytes() {
            b"-----BEGIN " => {
                if line_end <= hit.start() {
                    let rest = bytes.get(hit.start()..).unwrap_or_default();
                    let length = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
                    line_end = length.map_or(bytes.len(), |length| hit.start() + length);
                }
                private_key(bytes, hit.start(), line_end)
            }
            name if has_word(name, b"access") => named_key(bytes, hit.end()),
            name if has_word(name, b"secret") => {
                named_key(bytes, hit.end()).filter(|_| is_of_aws(bytes, hit.range()))
            }
            // It is part of a longer word.
            prefix if before.is_some_and(|byte| is_in_word(*byte, prefix)) => None,
            _ => token(bytes, hit.start()),
        });
    }
    found
}

/// Whether a text contains a word, ignoring ASCII case.
fn has_word(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word))
}

/// Whether a key that is only called `secret_key` belongs to AWS, according to the text around it.
/// Others have keys of this name and length too.
fn is_of_aws(bytes: &[u8], name: Range<usize>) -> bool {
    const AROUND: usize = 300;
    let before = bytes.get(name.start.saturating_sub(AROUND)..name.start).unwrap_or_default();
    let after = bytes.get(name.end..bytes.len().min(name.end + AROUND)).unwrap_or_default();
    let words: [&[u8]; 4] = [b"aws", b"access_key", b"akia", b"asia"];
    // The key itself follows the name and may contain short words by chance, so only a long one and
    // an upper-case prefix count after it.
    words.iter().any(|word| has_word(before, word))
        || has_word(after, b"access_key")
        || after.windows(4).any(|part| part == b"AKIA")
}

/// Whether a prefix after this byte is in the middle of a word. URLs and base64 share `/`, `-` and
/// `+`: `https://ghp_…@host` contains a token, `task-…` does not, and short prefixes cannot tell
/// the two apart.
fn is_in_word(before: u8, prefix: &[u8]) -> bool {
    const TELLING_BYTES: usize = 4;
    let joins = matches!(before, b'-' | b'/' | b'+');
    before.is_ascii_alphanumeric() || before == b'_' || joins && prefix.len() < TELLING_BYTES
}

/// Parses a token at `start`. If several prefixes match, the first one whose rest matches too is
/// used.
fn token(bytes: &[u8], start: usize) -> Option<Secret> {
    let rest = bytes.get(start..)?;
    SHAPES.iter().filter(|shape| rest.starts_with(shape.prefix.as_bytes())).find_map(|shape| {
        let body = rest.get(shape.prefix.len()..)?;
        let length = body.iter().take_while(|byte| shape.alphabet.has(**byte)).count();
        let (least, most) = shape.length;
        let body = body.get(..length)?;
        // If the word continues, it is something else: a longer identifier.
        let runs_on = rest
            .get(shape.prefix.len() + length)
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
        let random = shape.alphabet.random(body)?;
        if length < least || length > most || runs_on || is_made_up(random) {
            return None;
        }
        let span = Span::new(start, start + shape.prefix.len() + length);
        let checksum = github_checksum(shape.prefix, body);
        Some(Secret { kind: shape.kind, span, hidden: behind_the_first(span), checksum })
    })
}

/// Parses `-----BEGIN … PRIVATE KEY-----` followed by a key rather than a placeholder.
fn private_key(bytes: &[u8], start: usize, line_end: usize) -> Option<Secret> {
    let rest = bytes.get(start..)?;
    let label = bytes.get(start + KEY_BLOCK.len()..line_end.min(start + MAX_KEY_LABEL))?;
    let end = label.windows(5).position(|part| part == b"-----")?;
    let label = std::str::from_utf8(label.get(..end)?).ok()?;
    if !matches!(label.strip_suffix("PRIVATE KEY"), Some(kind) if kind.bytes().all(|b| b.is_ascii_uppercase() || b == b' '))
    {
        return None;
    }
    let head = KEY_BLOCK.len() + end + "-----".len();
    // The body may be in one string with `\n` escapes, in quotes, or indented.
    let body = rest.get(head..)?;
    let body = body.get(..body.len().min(1_000))?;
    let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    let has_key = body
        .split(|byte| !is_digit(byte))
        // A `\n` escape leaves its `n` at the start of the next piece.
        .any(|piece| piece.len() >= 40 && !is_made_up(piece));
    if !has_key {
        return None;
    }
    let span = Span::new(start, start + head);
    let hidden = Span::new(span.end, line_end);
    Some(Secret { kind: PRIVATE_KEY, span, hidden, checksum: None })
}

/// Parses the forty characters after `aws_secret_access_key = `.
fn named_key(bytes: &[u8], behind: usize) -> Option<Secret> {
    let is_between = |byte: &u8| matches!(byte, b' ' | b'\t' | b'=' | b':' | b'"' | b'\'' | b'`');
    let rest = bytes.get(behind..)?;
    let gap = rest.iter().take(12).take_while(|byte| is_between(byte)).count();
    let body = rest.get(gap..)?;
    let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let length = body.iter().take(41).take_while(|byte| is_digit(byte)).count();
    let body = body.get(..length)?;
    if gap == 0 || length != 40 || is_made_up(body) {
        return None;
    }
    let start = behind + gap;
    let span = Span::new(start, start + 40);
    let kind = "AWS secret access key";
    Some(Secret { kind, span, hidden: behind_the_first(span), checksum: None })
}

/// Returns the span without its first characters, which are shown to identify the credential.
fn behind_the_first(span: Span) -> Span {
    Span::new(span.start + SHOWN_BYTES, span.end)
}

/// Verifies a GitHub token, which ends in six base-62 digits of the CRC-32 of the thirty characters
/// before them.
fn github_checksum(prefix: &str, body: &[u8]) -> Option<bool> {
    if !matches!(prefix, "ghp_" | "gho_" | "ghu_" | "ghs_") || body.len() != 36 {
        return None;
    }
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let (random, written) = body.split_at_checked(body.len().checked_sub(6)?)?;
    let mut rest = crc32(random);
    let mut digits = [b'0'; 6];
    for digit in digits.iter_mut().rev() {
        *digit = *DIGITS.get((rest % 62) as usize)?;
        rest /= 62;
    }
    Some(written == digits)
}

/// CRC-32 as in zlib (ISO-HDLC), bit by bit, since it is only used for thirty bytes at a time.
fn crc32(bytes: &[u8]) -> u32 {
    let mut state = u32::MAX;
    for byte in bytes {
        state ^= u32::from(*byte);
        for _ in 0..8 {
            state = (state >> 1) ^ if state & 1 == 1 { 0xEDB8_8320 } else { 0 };
        }
    }
    !state
}

#[cfg(test)]
mod tests;
