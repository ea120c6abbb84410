//! Digests as RECORD has them.

use sha2::{Digest as _, Sha256, Sha384, Sha512};

/// The digest of bytes, urlsafe base64 without padding; nothing for an algorithm that is not known.
pub(super) fn digest(algorithm: &str, bytes: &[u8]) -> Option<String> {
    match algorithm {
        "sha256" => Some(base64(&Sha256::digest(bytes))),
        "sha384" => Some(base64(&Sha384::digest(bytes))),
        "sha512" => Some(base64(&Sha512::digest(bytes))),
        _ => None,
    }
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::with_capacity(bytes.len() * 4 / 3 + 2);
    for chunk in bytes.chunks(3) {
        let block = chunk.iter().fold(0_u32, |block, byte| block << 8 | u32::from(*byte));
        let block = block << (8 * (3 - chunk.len()));
        for digit in 0..=chunk.len() {
            let value = block >> (18 - 6 * digit) & 63;
            let digit = usize::try_from(value).ok().and_then(|value| DIGITS.get(value));
            text.push(char::from(digit.copied().unwrap_or(b'A')));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_that_wheels_have() {
        let empty = digest("sha256", b"");
        assert_eq!(empty.as_deref(), Some("47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"));
        assert_eq!(base64(b"a"), "YQ");
        assert_eq!(base64(b"ab"), "YWI");
        assert_eq!(base64(b"abc"), "YWJj");
        assert_eq!(digest("md5", b""), None);
    }
}
