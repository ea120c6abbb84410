//! A secret token, which is sent to the forge and never displayed.

use std::fmt;

use sha2::{Digest as _, Sha256};

/// A token. It does not implement `Display`, and its `Debug` output hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// Trims the text; `None` when it is then empty or cannot be used as a header value.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        is_plain.then(|| Self(text.to_owned()))
    }

    /// The secret itself, for the authorization header.
    pub(super) fn secret(&self) -> &str {
        &self.0
    }

    /// An identifier that reveals nothing about the token: eight bytes of its SHA-256, in hexadecimal.
    #[must_use]
    pub fn identity(&self) -> String {
        let digest = Sha256::digest(self.0.as_bytes());
        digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }

    /// The kind of token, by its prefix (github.blog, "Behind GitHub's new authentication token formats").
    #[must_use]
    pub fn kind(&self) -> &'static str {
        const KINDS: [(&str, &str); 6] = [
            ("ghp_", "personal access token (classic)"),
            ("github_pat_", "fine-grained personal access token"),
            ("gho_", "OAuth token"),
            ("ghu_", "user token of a GitHub App"),
            ("ghs_", "installation token of a GitHub App"),
            ("ghr_", "refresh token"),
        ];
        let known = KINDS.iter().find(|(prefix, _)| self.0.starts_with(prefix));
        known.map_or("token", |(_, kind)| kind)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_not_shown() {
        let token = Token::new(" ghp_hunter2\n").expect("a token");
        assert_eq!(token.secret(), "ghp_hunter2");
        assert!(!format!("{token:?}").contains("hunter2"));
        assert!(!token.identity().contains("hunter2"));
        assert_eq!(token.kind(), "personal access token (classic)");
    }

    #[test]
    fn what_cannot_stand_in_a_header_is_none() {
        for text in ["", "  \n", "a b", "a\r\nx-header: 1", "tökén"] {
            assert_eq!(Token::new(text), None, "{text:?}");
        }
    }
}
