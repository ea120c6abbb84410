//! Digests in the form that RECORD uses.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256, Sha384, Sha512};

/// The digest of bytes as URL-safe base64 without padding; `None` for an unknown algorithm.
pub(super) fn digest(algorithm: &str, bytes: &[u8]) -> Option<String> {
    match algorithm {
        "sha256" => Some(URL_SAFE_NO_PAD.encode(Sha256::digest(bytes))),
        "sha384" => Some(URL_SAFE_NO_PAD.encode(Sha384::digest(bytes))),
        "sha512" => Some(URL_SAFE_NO_PAD.encode(Sha512::digest(bytes))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_that_wheels_have() {
        let empty = digest("sha256", b"");
        assert_eq!(empty.as_deref(), Some("47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"));
        assert_eq!(digest("md5", b""), None);
    }
}
