//! Versions as a build is given them.
//!
//! In: what somebody wrote. Out: the version in PEP 440's one spelling, or what is wrong with it and the
//! spelling that was meant. `0.1` and `0.1.0` are equal and not the same file name: no part is added.

use std::str::FromStr;

use pep440_rs::Version;

use crate::error::{Error, Result};

/// Reads a version and gives it its one spelling: `1.0.0-rc1` is `1.0.0rc1`, `v1.0` is `1.0`.
///
/// # Errors
/// When it is none; the hint has a spelling that is, where one can be guessed.
pub fn read(text: &str) -> Result<Version> {
    match Version::from_str(text.trim()) {
        Ok(version) => Ok(version),
        Err(cause) => {
            let error = Error::usage(format!(
                "`{}` is not a version that a Python package can have",
                text.escape_debug()
            ));
            let error = error.caused_by(one_line(&cause.to_string()));
            Err(match meant(text.trim()) {
                Some(meant) if meant.is_local() => error.hint(format!(
                    "write `{meant}`: what is not for the index stands behind `+`; it builds, and publishing refuses it"
                )),
                Some(meant) => error.hint(format!("write `{meant}`")),
                None => error.hint("PEP 440 has `1.2.3`, `1.2.3rc1`, `1.2.3.post1`, `1.2.3.dev4` and `1.2.3+local`"),
            })
        }
    }
}

fn one_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

/// A version that somebody probably meant: what stands behind the number becomes a local part.
fn meant(text: &str) -> Option<Version> {
    let number = text.trim_start_matches(|c: char| !c.is_ascii_digit());
    if let Ok(version) = Version::from_str(number) {
        return Some(version);
    }
    let cut = number.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (release, rest) = number.split_at(cut);
    let local: String = rest
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '.' })
        .collect();
    let parts: Vec<&str> = local.split('.').filter(|part| !part.is_empty()).collect();
    Version::from_str(&format!("{}+{}", release.trim_end_matches('.'), parts.join("."))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_has_one_spelling() {
        for (text, version) in [
            ("0.1.6", "0.1.6"),
            ("v1.0", "1.0"),
            (" 1.0.0-rc1 ", "1.0.0rc1"),
            ("0.1.6.dev1", "0.1.6.dev1"),
            ("1.0-1", "1.0.post1"),
            ("0.1.0+Local-2", "0.1.0+local.2"),
        ] {
            assert_eq!(read(text).map(|it| it.to_string()).as_deref(), Ok(version), "{text}");
        }
    }

    #[test]
    fn what_is_none_says_what_was_meant() {
        let hint = |text: &str| read(text).expect_err(text).hints().join(" ");
        assert!(hint("0.1.0-local").starts_with("write `0.1.0+local`:"), "{}", hint("0.1.0-local"));
        assert_eq!(hint("runtime-v0.1.6"), "write `0.1.6`");
        assert!(hint("1.0-feature/x_y").starts_with("write `1.0+feature.x.y`"));
        for text in ["", "latest", "é"] {
            assert!(hint(text).starts_with("PEP 440 has"), "{text:?}: {}", hint(text));
        }
    }
}
