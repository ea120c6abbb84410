//! Masks what was sent to a server as a credential, wherever the server repeats it.
//!
//! A server, or a proxy before it, may quote a request in its message: `cannot authenticate
//! "Bearer …"`. What was sent need not have a shape that [`masked`] knows (a password, the proof of
//! an App, a token of an old kind), so the value itself is searched for, in the forms in which it
//! is quoted: as it is, percent-encoded, escaped in JSON or HTML, and within Base64.

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

    /// A name and a password as they are sent (RFC 7617). The password alone would leave those letters of Base64 that it
    /// shares with the name.
    #[must_use]
    pub fn of_basic(username: &str, password: &str) -> Self {
        let mut sent = Self::of(password);
        sent.add(&BASE64_STANDARD_NO_PAD.encode(format!("{username}:{password}")));
        sent
    }

    /// Adds a credential.
    pub fn add(&mut self, secret: &str) {
        if secret.len() < MIN_BYTES {
            return;
        }
        let mut forms = vec![secret.to_owned()];
        forms.extend(in_addresses(secret));
        forms.extend([in_json(secret), in_json(secret).replace('/', "\\/")]);
        forms.extend(["&#39;", "&#x27;"].map(|apostrophe| in_html(secret, apostrophe)));
        forms.extend((0..3).flat_map(|before| in_base64(secret.as_bytes(), before)));
        forms.sort();
        forms.dedup();
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

/// A value in the forms that it may have within an address: what is left as it is differs from place to place.
fn in_addresses(secret: &str) -> impl Iterator<Item = String> {
    let in_a_form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let kept = ["-_.~", "-_.~/", "-_.~!$&'()*+,;=:@", "-_.~!$&'()*+,;=:@/?"];
    let percent = move |kept: &str| -> String {
        let letter = |byte: u8| match byte {
            _ if byte.is_ascii_alphanumeric() || kept.as_bytes().contains(&byte) => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        };
        secret.bytes().map(letter).collect()
    };
    let upper: Vec<String> = kept.map(percent).into_iter().chain([in_a_form]).collect();
    let lower: Vec<String> = upper.iter().map(|text| in_lower_case(text)).collect();
    upper.into_iter().chain(lower)
}

/// Percent-encoded text whose escapes have small letters.
fn in_lower_case(encoded: &str) -> String {
    let mut parts = encoded.split('%');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (escape, rest) = part.split_at_checked(2).unwrap_or((part, ""));
        text.push('%');
        text.push_str(&escape.to_ascii_lowercase());
        text.push_str(rest);
    }
    text
}

fn in_json(secret: &str) -> String {
    let quoted = serde_json::Value::from(secret).to_string();
    quoted.get(1..quoted.len() - 1).unwrap_or_default().to_owned()
}

/// A value in HTML, where an apostrophe is written in this way.
fn in_html(secret: &str, apostrophe: &str) -> String {
    let quotation = if apostrophe == "&#39;" { "&quot;" } else { "&#34;" };
    let escaped = secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    escaped.replace('"', quotation).replace('\'', apostrophe)
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
    fn what_was_sent_is_masked_as_it_is_escaped() {
        let sent = SentSecrets::of("p\"ss/w\\rd&<'x y");
        for said in [
            r#"p\"ss/w\\rd&<'x y"#,
            "p%22ss/w%5Crd%26%3C%27x%20y",
            "p%22ss%2Fw%5Crd%26%3C%27x%20y",
            "p%22ss%2fw%5crd%26%3c%27x%20y",
            "p%22ss%2Fw%5Crd%26%3C%27x+y",
            "p&quot;ss/w\\rd&amp;&lt;&#39;x y",
            "p&#34;ss/w\\rd&amp;&lt;&#x27;x y",
        ] {
            assert_eq!(sent.masked(said), MASK, "{said}");
        }
        let basic = BASE64_STANDARD_NO_PAD.encode("me:hunter2");
        assert_eq!(SentSecrets::of_basic("me", "hunter2").masked(&basic), MASK);
        // A value without such letters has these forms once.
        let plain = SentSecrets::of("hunter2hunter2");
        assert_eq!(plain.forms().filter(|form| form.contains("hunter2")).count(), 1);
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
