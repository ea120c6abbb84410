//! Digests as people and files have them: bytes in, digits out.

use std::fmt::Write as _;

/// Bytes as lower-case hexadecimal digits.
#[must_use]
pub fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The digits of a digest, without the name of its algorithm.
#[must_use]
pub fn digits(digest: &str) -> &str {
    digest.strip_prefix("sha256:").unwrap_or(digest)
}

/// The first digits of a digest: enough for a person.
#[must_use]
pub fn short(digest: &str) -> String {
    digits(digest).chars().take(12).collect()
}

#[cfg(test)]
mod tests {
    use super::{hexadecimal, short};

    #[test]
    fn each_byte_has_two_digits() {
        assert_eq!(hexadecimal(&[0x00, 0x0a, 0xff]), "000aff");
        assert_eq!(hexadecimal(&[]), "");
    }

    #[test]
    fn a_person_reads_twelve_digits() {
        assert_eq!(short(&format!("sha256:{}", "ab".repeat(32))), "abababababab");
        assert_eq!(short("ab"), "ab");
    }
}
