//! Whether two sets of version specifiers have a version in common.
//!
//! PEP 440's order is total, so specifiers are intervals of it. Local versions are ignored: a
//! version with a local part is allowed if its public part is. An interval that cannot be exact is
//! too wide, so that ranges which do overlap are never [`Meeting::Disjoint`]. Whether an index has
//! a version in the intersection is not known here.

use std::ops::Bound;

use pep440_rs::{Operator, Version, VersionSpecifier, VersionSpecifiers};

/// How two sets of versions relate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meeting {
    /// They have no version in common.
    Disjoint,
    /// Their ranges overlap.
    Overlapping,
    /// Undecidable: `===`, or a local version.
    Unknown,
}

/// Determines whether both allow some version.
#[must_use]
pub fn meeting(one: &VersionSpecifiers, other: &VersionSpecifiers) -> Meeting {
    let mut room = vec![Interval { low: Bound::Unbounded, high: Bound::Unbounded }];
    for specifier in one.iter().chain(other.iter()) {
        let Some(admitted) = intervals(specifier) else { return Meeting::Unknown };
        room = intersection(&room, &admitted);
    }
    if room.is_empty() { Meeting::Disjoint } else { Meeting::Overlapping }
}

#[derive(Clone, Debug)]
struct Interval {
    low: Bound<Version>,
    high: Bound<Version>,
}

impl Interval {
    fn is_empty(&self) -> bool {
        match (&self.low, &self.high) {
            (Bound::Included(low), Bound::Included(high)) => low > high,
            (
                Bound::Included(low) | Bound::Excluded(low),
                Bound::Included(high) | Bound::Excluded(high),
            ) => low >= high,
            (Bound::Unbounded, _) | (_, Bound::Unbounded) => false,
        }
    }
}

/// Returns the intervals that a specifier allows; `None` if it is not a set of intervals.
fn intervals(specifier: &VersionSpecifier) -> Option<Vec<Interval>> {
    use Bound::{Excluded, Included, Unbounded};
    let version = specifier.version();
    if !version.local().is_empty() {
        return None;
    }
    let interval = |low, high| Interval { low, high };
    let from = || Included(version.clone());
    Some(match specifier.operator() {
        Operator::Equal => vec![interval(from(), from())],
        Operator::NotEqual => {
            let beside = || Excluded(version.clone());
            vec![interval(Unbounded, beside()), interval(beside(), Unbounded)]
        }
        Operator::EqualStar => {
            let (low, high) = family(version)?;
            vec![interval(Included(low), Excluded(high))]
        }
        Operator::NotEqualStar => {
            let (low, high) = family(version)?;
            vec![interval(Unbounded, Excluded(low)), interval(Included(high), Unbounded)]
        }
        Operator::TildeEqual => {
            let [known @ .., _] = version.release() else { return None };
            let (_, high) = family(&Version::new(known).with_epoch(version.epoch()))?;
            vec![interval(from(), Excluded(high))]
        }
        Operator::GreaterThanEqual => vec![interval(from(), Unbounded)],
        Operator::LessThanEqual => vec![interval(Unbounded, from())],
        // Too wide: post-releases of the version are not excluded.
        Operator::GreaterThan => vec![interval(Excluded(version.clone()), Unbounded)],
        // Pre-releases of a final version are not below it.
        Operator::LessThan => {
            let is_final = !version.any_prerelease() && version.post().is_none();
            let end = if is_final {
                first_of(version.release(), version.epoch())
            } else {
                version.clone()
            };
            vec![interval(Unbounded, Excluded(end))]
        }
        Operator::ExactEqual => return None,
    })
}

/// Returns the first version that begins with these numbers (`1.2.*`), and the first one after all
/// of them.
fn family(version: &Version) -> Option<(Version, Version)> {
    if version.any_prerelease() || version.post().is_some() {
        return None;
    }
    let (last, known) = version.release().split_last()?;
    let mut next = known.to_vec();
    next.push(last.checked_add(1)?);
    Some((first_of(version.release(), version.epoch()), first_of(&next, version.epoch())))
}

/// Returns the lowest version of a release: its first development release.
fn first_of(release: &[u64], epoch: u64) -> Version {
    Version::new(release).with_epoch(epoch).with_dev(Some(0))
}

fn intersection(one: &[Interval], other: &[Interval]) -> Vec<Interval> {
    let mut found = Vec::new();
    for a in one {
        for b in other {
            let both = Interval { low: higher(&a.low, &b.low), high: lower(&a.high, &b.high) };
            if !both.is_empty() {
                found.push(both);
            }
        }
    }
    found
}

fn higher(one: &Bound<Version>, other: &Bound<Version>) -> Bound<Version> {
    match (one, other) {
        (Bound::Unbounded, bound) | (bound, Bound::Unbounded) => bound.clone(),
        (Bound::Included(a) | Bound::Excluded(a), Bound::Included(b) | Bound::Excluded(b)) => {
            let first = a > b || (a == b && matches!(one, Bound::Excluded(_)));
            if first { one.clone() } else { other.clone() }
        }
    }
}

fn lower(one: &Bound<Version>, other: &Bound<Version>) -> Bound<Version> {
    match (one, other) {
        (Bound::Unbounded, bound) | (bound, Bound::Unbounded) => bound.clone(),
        (Bound::Included(a) | Bound::Excluded(a), Bound::Included(b) | Bound::Excluded(b)) => {
            let first = a < b || (a == b && matches!(one, Bound::Excluded(_)));
            if first { one.clone() } else { other.clone() }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::str::FromStr as _;

    use proptest::prelude::*;

    use super::*;

    fn specifiers(text: &str) -> VersionSpecifiers {
        VersionSpecifiers::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    fn meet(one: &str, other: &str) -> Meeting {
        let found = meeting(&specifiers(one), &specifiers(other));
        assert_eq!(found, meeting(&specifiers(other), &specifiers(one)), "{one} and {other}");
        found
    }

    #[test]
    fn ranges_that_never_meet() {
        for (one, other) in [
            (">=2", "<2"),
            (">=2", "<2.0.0"),
            ("==1.0", "==1.1"),
            ("==1.0", "!=1.0"),
            ("==1.4.*", "==1.5.*"),
            ("~=1.4", ">=2"),
            ("~=1.4.2", "==1.5"),
            (">=1!0", "<9999"),
            ("==1.5.0", "!=1.5.*"),
            (">1.0", "<=1.0"),
            ("<1.0", "==1.0rc1"),
            (">=1.0,<2", ">=3,<4"),
            (">=1.0,<=1.0,!=1.0", ""),
        ] {
            assert_eq!(meet(one, other), Meeting::Disjoint, "{one} and {other}");
        }
    }

    #[test]
    fn ranges_that_meet() {
        for (one, other) in [
            ("", ""),
            (">=2", "<=2"),
            (">=2,<3", "==2.4"),
            ("~=1.4", "==1.9"),
            ("~=1.4.2", "==1.4.9"),
            ("!=1.0", "!=2.0"),
            ("==1.*", "==1.5.*"),
            ("==1.0", "==1.0.0"),
            ("<1.0", "==0.9.post1"),
            (">=1.0rc1", "<1.0.post1"),
        ] {
            assert_eq!(meet(one, other), Meeting::Overlapping, "{one} and {other}");
        }
    }

    #[test]
    fn what_cannot_be_told() {
        assert_eq!(meet("===1.0", "==1.0"), Meeting::Unknown);
        assert_eq!(meet("==1.0+cpu", "==1.0"), Meeting::Unknown);
    }

    fn version() -> impl Strategy<Value = String> {
        let end = prop::sample::select(vec![
            "",
            "",
            "",
            "a1",
            "rc1",
            ".dev1",
            ".post1",
            "rc1.dev1",
            ".post1.dev1",
        ]);
        (0..2u8, 0..3u8, 0..3u8, end).prop_map(|(epoch, major, minor, end)| {
            let epoch = if epoch == 1 { "1!" } else { "" };
            format!("{epoch}{major}.{minor}{end}")
        })
    }

    fn specifier() -> impl Strategy<Value = String> {
        let operators = vec!["==", "!=", ">=", "<=", ">", "<", "~="];
        let plain = (prop::sample::select(operators), version())
            .prop_map(|(operator, version)| format!("{operator}{version}"));
        let star = (prop::sample::select(vec!["==", "!="]), 0..3u8, 0..3u8)
            .prop_map(|(operator, major, minor)| format!("{operator}{major}.{minor}.*"));
        prop_oneof![3 => plain, 1 => star]
    }

    fn set() -> impl Strategy<Value = String> {
        prop::collection::vec(specifier(), 0..4).prop_map(|all| all.join(","))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        /// Sound: what both admit is never called impossible.
        #[test]
        fn a_version_that_both_admit_keeps_them_from_being_disjoint(
            one in set(), other in set(), version in version(),
        ) {
            let (one, other) = (specifiers(&one), specifiers(&other));
            let version = Version::from_str(&version).expect("a version");
            if one.contains(&version) && other.contains(&version) {
                prop_assert_ne!(meeting(&one, &other), Meeting::Disjoint);
            }
        }

        /// Complete where every bound is itself a version that may be had.
        #[test]
        fn closed_ranges_meet_exactly_when_one_of_their_ends_is_in_both(
            bounds in prop::collection::vec((prop::sample::select(vec![">=", "<=", "=="]), 0..4u8), 1..5),
        ) {
            let texts: Vec<String> =
                bounds.iter().map(|(operator, number)| format!("{operator}{number}")).collect();
            let all = specifiers(&texts.join(","));
            let some = (0..5u64).any(|number| all.contains(&Version::new([number])));
            let expected = if some { Meeting::Overlapping } else { Meeting::Disjoint };
            prop_assert_eq!(meeting(&all, &VersionSpecifiers::empty()), expected);
        }
    }
}
