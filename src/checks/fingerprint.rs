//! The identity of a finding, to which waivers and baselines are bound.

use std::fmt;

use sha2::Digest as _;

use super::Finding;

/// The identity of a finding within its repository.
///
/// It stays the same while the finding moves within its file and while its wording changes, and it changes with the
/// lines that the finding covers. Two findings of one rule on the same or on equal lines of a file share it, as they
/// share their cause. Only a finding without lines or judged content is identified by its message.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 32]);

/// How many hexadecimal digits of a fingerprint are written: 64 bits are enough to distinguish all findings of a
/// fleet.
pub const SHORT_DIGITS: usize = 16;

impl Fingerprint {
    /// The SHA-256 of the rule's code, the path, and the first of these that the finding has: the content that was
    /// judged, the lines it covers, its message.
    #[must_use]
    pub fn of(finding: &Finding) -> Self {
        let mut hasher = sha2::Sha256::new();
        // Only the digests, which come last, can contain a zero byte.
        let mut part = |bytes: &[u8]| {
            hasher.update(bytes);
            hasher.update([0]);
        };
        part(b"shipshape finding 1");
        part(finding.rule.code.as_bytes());
        part(finding.path().map_or("", |path| path.as_str()).as_bytes());
        let region = finding.location.as_ref().and_then(|location| location.region.as_ref());
        match (finding.evidence, region) {
            (Some(blob), _) => {
                part(b"content");
                part(blob.as_bytes());
            }
            (None, Some(region)) => {
                part(b"lines");
                part(&region.lines_digest);
            }
            (None, None) => {
                part(b"message");
                part(finding.message.as_bytes());
            }
        }
        Self(hasher.finalize().into())
    }

    /// Whether the fingerprint starts with these hexadecimal digits; false for upper case and for fewer than
    /// [`SHORT_DIGITS`].
    #[must_use]
    pub fn starts_with(&self, digits: &str) -> bool {
        digits.len() >= SHORT_DIGITS && self.to_string().starts_with(digits)
    }

    /// The digits that are written into files.
    #[must_use]
    pub fn short(&self) -> String {
        let mut digits = self.to_string();
        digits.truncate(SHORT_DIGITS);
        digits
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::{fleet::waiver_expired, fleet::waiver_unused};
    use crate::snapshot::BlobId;
    use crate::source::{Span, Text};

    fn on_line(content: &str, needle: &str) -> Fingerprint {
        let text = Text::new(content);
        let at = content.find(needle).expect("in the text");
        let span = Span::new(at, at + needle.len());
        Fingerprint::of(&Finding::new(&waiver_unused::RULE, "m").at("a.txt", &text, span))
    }

    #[test]
    fn it_moves_with_its_lines_and_ends_when_they_change() {
        let original = on_line("one\ntwo\n", "two");
        assert_eq!(on_line("zero\none\ntwo  \r\n", "two"), original);
        assert_ne!(on_line("one\ntwo!\n", "two"), original);
    }

    #[test]
    fn rule_path_and_message_each_count() {
        let base = Finding::new(&waiver_unused::RULE, "m");
        let all = [
            Fingerprint::of(&base),
            Fingerprint::of(&Finding::new(&waiver_expired::RULE, "m")),
            Fingerprint::of(&Finding::new(&waiver_unused::RULE, "n")),
            Fingerprint::of(&base.clone().in_file("a")),
            Fingerprint::of(&base.clone().in_file("b")),
        ];
        for (index, one) in all.iter().enumerate() {
            assert!(!all[index + 1..].contains(one), "{index}");
        }
        let other_words = Finding { help: Some("help".into()), ..base };
        assert_eq!(Fingerprint::of(&other_words), all[0]);
    }

    #[test]
    fn evidence_counts_in_place_of_words() {
        let verdict = |message, content: &[u8]| {
            let finding = Finding::new(&waiver_unused::RULE, message).in_file("a");
            Fingerprint::of(&finding.evidence(BlobId::of(content)))
        };
        assert_eq!(verdict("2 versions behind", b"x"), verdict("3 versions behind", b"x"));
        assert_ne!(verdict("2 versions behind", b"x"), verdict("2 versions behind", b"y"));
    }

    #[test]
    fn it_is_recognised_by_enough_of_its_digits() {
        let fingerprint = on_line("x", "x");
        assert!(fingerprint.starts_with(&fingerprint.short()));
        assert!(fingerprint.starts_with(&fingerprint.to_string()));
        assert!(!fingerprint.starts_with(&fingerprint.short()[..15]));
        assert!(!fingerprint.starts_with(&format!("{fingerprint}0")));
    }

    #[test]
    fn it_is_the_same_in_every_version_of_shipshape() {
        // Changing this orphans every waiver and baseline that was ever written.
        let finding = Finding::new(&waiver_unused::RULE, "m").in_file("a.txt");
        assert_eq!(Fingerprint::of(&finding).short(), "ecb43df17f0460e3");
    }
}
