//! Random words.

use ring::rand::{SecureRandom as _, SystemRandom};

use crate::error::{Error, Result};

/// Returns 32 random hexadecimal digits.
///
/// # Errors
/// When the system provides no randomness.
pub fn word() -> Result<String> {
    let mut bytes = [0; 16];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| Error::failed("this machine provides no random numbers"))?;
    Ok(crate::digest::hexadecimal(&bytes))
}

#[cfg(test)]
mod tests {
    #[test]
    fn no_two_words_are_alike() {
        let (one, other) = (super::word().expect("a word"), super::word().expect("a word"));
        assert_eq!(one.len(), 32);
        assert_ne!(one, other);
    }
}
