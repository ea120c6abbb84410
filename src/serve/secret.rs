//! The callers' token and the webhook secret, compared in constant time and never displayed.

use std::fmt;

use ring::hmac;
use ring::rand::{SecureRandom as _, SystemRandom};

use crate::error::{Error, Result};

/// The shortest accepted token or secret, in bytes: anything that can be guessed protects nothing.
const SHORTEST: usize = 16;

/// The secret that callers present. Only a keyed digest of it is kept.
pub struct Token {
    key: hmac::Key,
    tag: hmac::Tag,
}

/// The secret that GitHub signs deliveries with.
pub struct SigningSecret(hmac::Key);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret")
    }
}

impl Token {
    /// Creates a token. `called` names it in errors.
    ///
    /// # Errors
    /// When it is too short, no header could contain it, or the system provides no random numbers.
    pub fn new(text: &str, called: &str) -> Result<Self> {
        let text = long_enough(text, called)?;
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::usage(format!("the content of {called} cannot be a token"))
                .hint("a token is one word of letters, digits and signs, without spaces"));
        }
        Self::of(text.as_bytes())
    }

    /// Like [`Token::new`], for tokens that this program generated, of any length.
    pub(super) fn of(bytes: &[u8]) -> Result<Self> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &random::<32>()?);
        let tag = hmac::sign(&key, bytes);
        Ok(Self { key, tag })
    }

    /// Whether the presented bytes are the token. The time taken depends only on their length.
    #[must_use]
    pub fn is(&self, presented: &[u8]) -> bool {
        hmac::verify(&self.key, presented, self.tag.as_ref()).is_ok()
    }
}

impl SigningSecret {
    /// Creates a secret. `called` names it in errors.
    ///
    /// # Errors
    /// When it is too short.
    pub fn new(text: &str, called: &str) -> Result<Self> {
        let text = long_enough(text, called)?;
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, text.as_bytes())))
    }

    /// Whether a body was signed with it. `header` is the value of `X-Hub-Signature-256`: `sha256=` and 64 hexadecimal
    /// digits (GitHub, "Validating webhook deliveries").
    #[must_use]
    pub fn signed(&self, header: &[u8], body: &[u8]) -> bool {
        let Some(digits) = header.strip_prefix(b"sha256=") else { return false };
        let Some(claimed) = from_hex(digits) else { return false };
        hmac::verify(&self.0, body, &claimed).is_ok()
    }
}

/// Strips line endings, since the secret may come from a text file, and checks the length.
fn long_enough<'t>(text: &'t str, called: &str) -> Result<&'t str> {
    let text = text.trim_end_matches(['\r', '\n']);
    if text.len() < SHORTEST {
        return Err(Error::usage(format!("{called} is shorter than {SHORTEST} characters"))
            .hint("make one with `openssl rand -hex 32`"));
    }
    Ok(text)
}

fn from_hex(digits: &[u8]) -> Option<[u8; 32]> {
    if digits.len() != 64 {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let digit = |at: usize| char::from(*pair.get(at)?).to_digit(16);
        *byte = u8::try_from(digit(0)? * 16 + digit(1)?).ok()?;
    }
    Some(bytes)
}

/// Random bytes from the system.
pub(super) fn random<const LENGTH: usize>() -> Result<[u8; LENGTH]> {
    let mut bytes = [0; LENGTH];
    let filled = SystemRandom::new().fill(&mut bytes);
    filled.map_err(|_| Error::failed("the system gives no random numbers"))?;
    Ok(bytes)
}

/// Encodes bytes in hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_itself_and_nothing_else() {
        let token = Token::new("0123456789abcdef\n", "the token").expect("long enough");
        assert!(token.is(b"0123456789abcdef"));
        for other in ["", "0123456789abcde", "0123456789abcdef0", "0123456789abcdeF"] {
            assert!(!token.is(other.as_bytes()), "{other}");
        }
        assert!(!format!("{token:?}").contains("0123"));
        assert!(Token::new("short\n\n\n\n\n\n\n\n\n\n\n\n\n", "the token").is_err());
        // No header could contain it.
        for text in ["0123456789\nabcdefgh", "0123456789 abcdefgh", "0123456789äabcdefgh"] {
            let error = Token::new(text, "the token").expect_err("not one word");
            assert_eq!(error.message(), "the content of the token cannot be a token");
            assert!(!format!("{error:?}").contains("0123"));
        }
    }

    /// The example of GitHub's documentation.
    #[test]
    fn signatures_are_those_of_github() {
        let secret = SigningSecret::new("It's a Secret to Everybody", "the secret").expect("long");
        let header = b"sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
        assert!(secret.signed(header, b"Hello, World!"));
        assert!(!secret.signed(header, b"Hello, World?"));
        assert!(!secret.signed(&header[7..], b"Hello, World!"));
        assert!(!secret.signed(&header[..70], b"Hello, World!"));
        let mut upper = header.to_vec();
        upper[7..].make_ascii_uppercase();
        assert!(secret.signed(&upper, b"Hello, World!"));
        assert!(!secret.signed(b"sha256=", b"") && !secret.signed(b"", b""));
        assert!(!secret.signed("sha256=é".as_bytes(), b""));
    }
}
