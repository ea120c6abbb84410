//! Excerpts of a text for display, and digests that detect whether its lines have changed.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Span, Text, secrets};

/// The most lines kept for display.
pub const EXCERPT_LINES: usize = 4;

/// The most bytes of a line kept for display.
const EXCERPT_BYTES: usize = 2_000;

/// Some lines of a text.
#[derive(Clone, Debug)]
pub struct Excerpt {
    /// The first of the lines, at most [`EXCERPT_LINES`], long ones truncated, with secrets masked.
    pub shown: Arc<str>,
    /// The SHA-256 of all lines, unmasked, ignoring trailing blanks and the kind of line end.
    pub digest: [u8; 32],
    whole: Span,
    hidden: Vec<Span>,
}

/// Caches the last excerpt of long lines: otherwise ten thousand findings on one line of a megabyte
/// would each read all of it.
#[derive(Debug, Default)]
pub(super) struct LastExcerpt(Mutex<Option<Excerpt>>);

impl Text {
    /// Returns whole lines for display. Characters in the given spans, in private keys and in known
    /// secrets are replaced by `*`.
    #[must_use]
    pub fn excerpt(&self, whole: Span, hidden: &[Span]) -> Excerpt {
        let keys = self.private_keys().iter().filter(|key| key.end > whole.start);
        let keys = keys.take_while(|key| key.start < whole.end).copied();
        let hidden: Vec<Span> = hidden.iter().copied().chain(keys).collect();
        if whole.len() <= EXCERPT_BYTES {
            return self.excerpt_of(whole, hidden);
        }
        let mut last = self.last_excerpt().0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some(last) if last.whole == whole && last.hidden == hidden => last.clone(),
            _ => last.insert(self.excerpt_of(whole, hidden)).clone(),
        }
    }

    fn excerpt_of(&self, whole: Span, hidden: Vec<Span>) -> Excerpt {
        let lines = self.slice(whole);
        let masked = masked(lines, whole.start, &hidden);
        let masked = secrets::masked(&masked);
        let mut shown = String::new();
        for line in masked.lines().take(EXCERPT_LINES) {
            let cut = line.floor_char_boundary(EXCERPT_BYTES);
            shown.push_str(&line[..cut]);
            shown.push('\n');
        }
        Excerpt { shown: shown.into(), digest: digest_of(lines), whole, hidden }
    }
}

/// Replaces the characters in these spans by `*`, except for line ends. The text begins at offset
/// `start`.
fn masked<'t>(text: &'t str, start: usize, hidden: &[Span]) -> Cow<'t, str> {
    if hidden.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut is_hidden = vec![false; text.len()];
    for span in hidden {
        let from = span.start.saturating_sub(start).min(text.len());
        let to = span.end.saturating_sub(start).min(text.len());
        is_hidden.get_mut(from..to).unwrap_or_default().fill(true);
    }
    let touched = |at: usize, character: char| {
        is_hidden.get(at..at + character.len_utf8()).is_some_and(|bytes| bytes.contains(&true))
    };
    let mask = |(at, character): (usize, char)| match character {
        '\n' | '\r' => character,
        _ if touched(at, character) => '*',
        _ => character,
    };
    text.char_indices().map(mask).collect()
}

/// Hashes lines without their trailing blanks and line ends.
fn digest_of(lines: &str) -> [u8; 32] {
    use sha2::Digest as _;
    let mut hasher = sha2::Sha256::new();
    for line in lines.lines() {
        hasher.update(line.trim_end().as_bytes());
        hasher.update(b"\n");
    }
    hasher.finalize().into()
}
