//! Compares a content with the canons of its path. Pure: reading and rendering are up to the caller.

use std::sync::Arc;

use similar::{Algorithm, DiffTag, capture_diff_slices};

use super::PathVerdict;

/// Minimum likeness of a content that counts as an edited canon.
///
/// Below this, a three-way merge has too little in common to work with.
pub const LIKENESS: f64 = 0.5;

/// The result of the comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The verdict.
    pub verdict: PathVerdict,
    /// How many versions of the canon the content is behind; for `modified`, counted from the most similar version.
    pub behind: Option<u32>,
}

/// Judges a content by the current canon and the earlier ones, newest first.
///
/// `complete` says whether that history is complete. If it is not, a content that equals no known canon may still have
/// been one: then it is `unchecked`, neither `modified` nor `diverged`.
#[must_use]
pub fn standing(
    actual: &[u8],
    canon: &[u8],
    earlier: &[Option<Arc<[u8]>>],
    complete: bool,
) -> Standing {
    let behind = |index: usize| Some(u32::try_from(index).unwrap_or(u32::MAX));
    if actual == canon {
        return Standing { verdict: PathVerdict::Conformant, behind: None };
    }
    if let Some(index) = earlier.iter().position(|old| old.as_deref() == Some(actual)) {
        return Standing { verdict: PathVerdict::Stale, behind: behind(index + 1) };
    }
    if !complete {
        return Standing { verdict: PathVerdict::Unchecked, behind: None };
    }
    let versions = std::iter::once(Some(canon)).chain(earlier.iter().map(Option::as_deref));
    let mut nearest: Option<(f64, usize)> = None;
    for (index, version) in versions.enumerate() {
        let Some(version) = version else { continue };
        let ratio = likeness(version, actual);
        if nearest.is_none_or(|(best, _)| ratio > best) {
            nearest = Some((ratio, index));
        }
    }
    match nearest {
        Some((ratio, index)) if ratio >= LIKENESS => {
            Standing { verdict: PathVerdict::Modified, behind: behind(index) }
        }
        _ => Standing { verdict: PathVerdict::Diverged, behind: None },
    }
}

/// The share of common lines, from 0 to 1: twice the number of equal lines over the total of both. Ignores blank lines,
/// trailing whitespace, line ends and byte order marks. Contents that are not both UTF-8 are alike only if equal.
fn likeness(one: &[u8], other: &[u8]) -> f64 {
    let (Ok(one), Ok(other)) = (std::str::from_utf8(one), std::str::from_utf8(other)) else {
        return if one == other { 1.0 } else { 0.0 };
    };
    let lines = |text: &str| -> Vec<String> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        text.lines()
            .map(|line| line.trim_end().to_owned())
            .filter(|line| !line.is_empty())
            .collect()
    };
    let (one, other) = (lines(one), lines(other));
    let total = one.len() + other.len();
    if total == 0 {
        return 1.0;
    }
    let operations = capture_diff_slices(Algorithm::Myers, &one, &other);
    let equal: usize = operations
        .iter()
        .filter(|op| op.tag() == DiffTag::Equal)
        .map(|op| op.old_range().len())
        .sum();
    #[expect(clippy::cast_precision_loss, reason = "line counts of files of at most a megabyte")]
    let ratio = (2 * equal) as f64 / total as f64;
    ratio
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(actual: &str, earlier: &[&str], complete: bool) -> Standing {
        let earlier: Vec<Option<Arc<[u8]>>> =
            earlier.iter().map(|text| Some(Arc::from(text.as_bytes()))).collect();
        standing(actual.as_bytes(), b"a\nb\nc\nd\n", &earlier, complete)
    }

    #[test]
    fn each_verdict_has_its_reason() {
        let old = ["a\nb\nc\n", "a\nb\n"];
        let stale = Standing { verdict: PathVerdict::Stale, behind: Some(2) };
        assert_eq!(judged("a\nb\n", &old, true), stale);
        let modified = Standing { verdict: PathVerdict::Modified, behind: Some(0) };
        assert_eq!(judged("a\nb\nx\nd\n", &old, true), modified);
        assert_eq!(judged("a\nb\nc\nd\n", &old, true).verdict, PathVerdict::Conformant);
        assert_eq!(judged("x\ny\nz\n", &old, true).verdict, PathVerdict::Diverged);
    }

    #[test]
    fn a_shallow_history_says_only_what_it_knows() {
        assert_eq!(judged("x\ny\nz\n", &[], false).verdict, PathVerdict::Unchecked);
        assert_eq!(judged("a\nb\nx\nd\n", &[], false).verdict, PathVerdict::Unchecked);
        assert_eq!(judged("a\nb\n", &["a\nb\n"], false).verdict, PathVerdict::Stale);
    }

    #[test]
    fn an_edit_is_measured_from_the_nearest_canon() {
        let standing = judged("a\nb\nQ\n", &["a\nb\nc\nd\ne\nf\n", "a\nb\n"], true);
        assert_eq!(standing, Standing { verdict: PathVerdict::Modified, behind: Some(2) });
    }
}
