//! Masks what was sent to a server as a credential, wherever the server repeats it.
//!
//! A server, or a proxy before it, may quote a request in its message: `cannot authenticate
//! "Bearer …"`. What was sent need not have a shape that [`masked`] knows (a password, the proof of
//! an App, a token of an old kind), so the value itself is searched for, in the forms in which it
//! is quoted: as it is, percent-encoded, and within Base64.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};

use super::mask::masked;

/// A shorter value is no secret, and its letters are in ordinary words.
const MIN_BYTES: usize = 4;

/// A shorter part of Base64 may be in anything.
const MIN_ENCODED: usize = 8;

/// How many credentials are kept. A server repeats what it was just sent, and a process that watches gets a new token for
/// each repository, again and again.
const MAX_KEPT: usize = 64;

/// What a value is replaced with. Its length would say something of the value.
const MASK: &str = "***";

/// The credentials that were sent to one server: the first, by which others are asked for, and the newest. Its debug output
/// contains none of them.
#[derive(Clone, Default)]
pub struct SentSecrets {
    /// Of each credential, the forms to search for.
    each: Vec<Vec<String>>,
}

impl std::fmt::Debug for SentSecrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SentSecrets").finish_non_exhaustive()
    }
}

impl SentSecrets {
    /// One credential.
    #[must_use]
    pub fn of(secret: &str) -> Self {
        let mut sent = Self::default();
        sent.add(secret);
        sent
    }

    /// Adds a credential.
    pub fn add(&mut self, secret: &str) {
        if secret.len() < MIN_BYTES {
            return;
        }
        let encoded = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        let mut forms = vec![secret.to_owned(), encoded];
        forms.extend((0..3).flat_map(|before| in_base64(secret.as_bytes(), before)));
        if self.each.contains(&forms) {
            return;
        }
        if self.each.len() == MAX_KEPT {
            self.each.remove(1);
        }
        self.each.push(forms);
    }

    fn forms(&self) -> impl Iterator<Item = &str> {
        self.each.iter().flatten().map(String::as_str)
    }

    /// A text of the server with these credentials masked, and with those that [`masked`] knows.
    #[must_use]
    pub fn masked(&self, text: &str) -> String {
        let mut plain = text.to_owned();
        let mut found: Vec<&str> = self.forms().filter(|form| text.contains(form)).collect();
        // A shorter one may be a part of a longer one.
        found.sort_by_key(|form| std::cmp::Reverse(form.len()));
        for form in found {
            plain = plain.replace(form, MASK);
        }
        masked(&plain).into_owned()
    }

    /// Whether a text of the server, in UTF-8, repeats one of these credentials.
    #[must_use]
    pub fn are_in(&self, bytes: &[u8]) -> bool {
        let has = |text: &str| self.forms().any(|form| text.contains(form));
        std::str::from_utf8(bytes).is_ok_and(has)
    }
}

/// The letters of Base64, in both alphabets, that stand for a value alone when `before` other bytes
/// precede it in a group of three: in `user:password`, the value starts anywhere in a group.
fn in_base64(secret: &[u8], before: usize) -> Vec<String> {
    let padded = [&[0; 2][..before], secret].concat();
    // Three bytes are four letters; a letter at either end also holds bits of a neighbour.
    let first = (before * 8).div_ceil(6);
    let last = padded.len() * 8 / 6;
    let alone = |encoded: String| encoded.get(first..last).map(str::to_owned);
    let alphabets =
        [BASE64_STANDARD_NO_PAD.encode(&padded), BASE64_URL_SAFE_NO_PAD.encode(&padded)];
    let parts = alphabets.into_iter().filter_map(alone);
    parts.filter(|part| part.len() >= MIN_ENCODED).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_is_masked_as_it_is_and_encoded() {
        let secret = "hunter2?hunter2>hunter2~x";
        let sent = SentSecrets::of(secret);
        assert_eq!(
            sent.masked(&format!("you sent {secret}, twice {secret}")),
            "you sent ***, twice ***"
        );
        let percent: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        assert_eq!(sent.masked(&format!("/x?auth={percent}")), "/x?auth=***");
        for user in ["", "a:", "me:", "bob:", "__token__:"] {
            for engine in [&BASE64_STANDARD_NO_PAD, &BASE64_URL_SAFE_NO_PAD] {
                let encoded = engine.encode(format!("{user}{secret}\n"));
                let said = sent.masked(&format!("Basic {encoded}"));
                assert!(said.starts_with("Basic ") && said.contains(MASK), "{user}: {said}");
                // What is left are the letters of its neighbours, and those that it shares with them.
                assert!(said.len() + 15 < encoded.len(), "{user}: {said}");
                assert!(sent.are_in(encoded.as_bytes()));
            }
        }
    }

    #[test]
    fn other_words_stay() {
        let sent = SentSecrets::of("hunter2hunter2");
        let text = "hunter2 is not what was sent";
        assert_eq!(sent.masked(text), text);
        assert!(!sent.are_in(text.as_bytes()));
        // A word of three letters is in many others.
        assert_eq!(SentSecrets::of("not").masked(text), text);
        assert_eq!(SentSecrets::default().masked(text), text);
        // What was not sent is masked by its shape.
        let said = "you sent ghp_hT7kQ2mZ9xW4vB6nR1sD8fG3jL5pY0cA2eU7";
        assert!(!SentSecrets::default().masked(said).contains("hT7k"));
    }

    #[test]
    fn the_first_and_the_newest_are_kept() {
        let mut sent = SentSecrets::of("password of a registry");
        let token = |number: usize| format!("token-{number:04}-of-a-repository");
        for number in 0..1000 {
            sent.add(&token(number));
        }
        assert_eq!(sent.each.len(), MAX_KEPT);
        for kept in ["password of a registry", &token(999), &token(999 - 62)] {
            assert_eq!(sent.masked(kept), MASK);
        }
        assert_eq!(sent.masked(&token(500)), token(500));
        sent.add(&token(999));
        assert!(sent.are_in(token(999 - 62).as_bytes()), "it is known already");
    }

    #[test]
    fn of_several_the_longest_is_masked_first_and_none_is_shown() {
        let mut sent = SentSecrets::of("hunter2");
        sent.add("hunter2hunter3");
        assert_eq!(sent.masked("hunter2hunter3"), MASK);
        assert!(!format!("{sent:?}").contains("hunter"));
    }
}
