//! Parses versions given to a build.
//!
//! Returns the version in PEP 440's normal form, or an error that suggests the version that was meant. `0.1` and
//! `0.1.0` are equal but have different file names, so no part is added.

use std::str::FromStr;

use pep440_rs::Version;

use crate::error::{Error, Result};

/// Parses and normalises a version: `1.0.0-rc1` is `1.0.0rc1`, `v1.0` is `1.0`.
///
/// # Errors
/// When it is invalid; the hint suggests a valid one if possible.
pub fn read(text: &str) -> Result<Version> {
    match Version::from_str(text.trim()) {
        Ok(version) => Ok(version),
        Err(cause) => {
            let error = Error::usage(format!(
                "`{}` is not a version that a Python package can have",
                text.escape_debug()
            ));
            let error = error.caused_by(one_line(&cause.to_string()));
            if has_huge_number(text) {
                return Err(
                    error.hint("a number in a version has at most 19 digits: write a shorter one")
                );
            }
            Err(match meant(&in_ascii(text.trim())) {
                Some(meant) if meant.is_local() => error.hint(format!(
                    "write `{meant}`: a local part follows `+`; such a version can be built, but not published"
                )),
                Some(meant) => error.hint(format!("write `{meant}`")),
                None => error.hint("PEP 440 allows `1.2.3`, `1.2.3rc1`, `1.2.3.post1`, `1.2.3.dev4` and `1.2.3+local`"),
            })
        }
    }
}

fn one_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

fn has_huge_number(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_digit()).any(|digits| digits.len() > 19)
}

/// The text with digits and dots of other scripts, which a keyboard or a document may produce, in ASCII.
fn in_ascii(text: &str) -> String {
    /// Zeros, each followed by nine more digits in Unicode: Arabic, Persian, full-width.
    const ZEROS: [char; 3] = ['\u{660}', '\u{6f0}', '\u{ff10}'];
    let plain = |c: char| {
        let value = ZEROS.iter().find_map(|zero| {
            u32::from(c).checked_sub(u32::from(*zero)).filter(|value| *value < 10)
        });
        match value.and_then(|value| char::from_digit(value, 10)) {
            Some(digit) => digit,
            None if c == '\u{ff0e}' => '.',
            None => c,
        }
    };
    text.chars().map(plain).collect()
}

/// The version that was probably meant: what follows the number becomes a local part.
fn meant(text: &str) -> Option<Version> {
    let number = text.trim_start_matches(|c: char| !c.is_ascii_digit());
    let before = text.strip_suffix(number).unwrap_or_default();
    // `runtime-v1.0` and `==1.0` have something before a version; a sign is another kind of mistake.
    if !before.is_empty() && !before.contains(|c: char| c.is_alphabetic() || c == '=') {
        return None;
    }
    if let Ok(version) = Version::from_str(number) {
        return Some(version);
    }
    if let Ok(version) = Version::from_str(&number.replace('_', ".")) {
        return Some(version);
    }
    // Commas for dots, as on some keyboards.
    if let Ok(version) = Version::from_str(&number.replace(',', ".")) {
        return Some(version);
    }
    if number.ends_with(".x") || number.contains('*') {
        // A range, of which no single version can be guessed.
        return None;
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
    fn what_is_none_says_in_one_line_why() {
        let causes = |text: &str| read(text).expect_err(text).causes().to_vec();
        let no_digits =
            "expected version to start with a number, but no leading ASCII digits were found";
        assert_eq!(causes("latest"), [no_digits]);
        let causes = causes("1.0 of\ntoday");
        let [cause] = causes.as_slice() else { panic!("{causes:?}") };
        assert!(cause.starts_with("after parsing `1.0 `"), "{cause}");
        assert_eq!(cause.lines().count(), 1, "{cause}");
    }

    #[test]
    fn what_is_none_says_what_was_meant() {
        let hint = |text: &str| read(text).expect_err(text).hints().join(" ");
        assert!(hint("0.1.0-local").starts_with("write `0.1.0+local`:"), "{}", hint("0.1.0-local"));
        assert_eq!(hint("runtime-v0.1.6"), "write `0.1.6`");
        assert!(hint("1.0-feature/x_y").starts_with("write `1.0+feature.x.y`"));
        assert_eq!(hint("１．２.３"), "write `1.2.3`");
        assert_eq!(hint("١.٢"), "write `1.2`");
        assert_eq!(hint("==1.2"), "write `1.2`");
        assert_eq!(hint("1_0"), "write `1.0`");
        assert_eq!(hint("0,1,3"), "write `0.1.3`");
        for text in
            ["1.0.post99999999999999999999", "99999999999999999999", "1.0-18446744073709551616"]
        {
            assert!(
                hint(text).starts_with("a number in a version has at most 19"),
                "{}",
                hint(text)
            );
        }
        for text in ["", "latest", "é", "-1", "--1", "1.x", "1.*"] {
            assert!(hint(text).starts_with("PEP 440 allows"), "{text:?}: {}", hint(text));
        }
    }
}
