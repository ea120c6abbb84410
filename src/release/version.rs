//! The next version: always above everything that was ever released, by the level that labels ask for.
//!
//! Versions count as released if a tag or the index knows them, including withdrawn and deleted ones. Pure.
//!
//! Versions are ordered by PEP 440. A version that is not final (`0.2.0rc1`, `0.2.0.dev3`) comes before its final one,
//! so the next patch after it is `0.2.0`. Levels are those of semantic versioning: a patch increments the third number,
//! a minor the second, a major the first, and the numbers after it restart at zero.

use std::fmt;

use pep440_rs::Version;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::fleet::manifest::ReleaseLabels;

/// Which part of a version increases.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The third number: a patch.
    #[default]
    Patch,
    /// The second number: a minor version.
    Minor,
    /// The first number: a major version.
    Major,
}

impl Level {
    /// The highest level among these labels; `None` if no label names a level. Forges compare labels
    /// case-insensitively.
    #[must_use]
    pub fn of_labels<'l>(
        labels: impl IntoIterator<Item = &'l str>,
        known: &ReleaseLabels,
    ) -> Option<Self> {
        let level = |label: &str| {
            if label.eq_ignore_ascii_case(&known.major) {
                Some(Self::Major)
            } else if label.eq_ignore_ascii_case(&known.minor) {
                Some(Self::Minor)
            } else {
                None
            }
        };
        labels.into_iter().filter_map(level).max()
    }

    /// Its name in documents.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Patch => "patch",
            Self::Minor => "minor",
            Self::Major => "major",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The known versions, by where they are known from. A version may be in both lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Versions that have a tag.
    pub tagged: Vec<Version>,
    /// Versions that the index knows, including withdrawn ones, and those with deleted files if it still lists them.
    pub indexed: Vec<Version>,
}

impl Known {
    /// The highest known version.
    #[must_use]
    pub fn highest(&self) -> Option<&Version> {
        self.tagged.iter().chain(&self.indexed).max()
    }

    /// Where a version is known: tags, the index, or both; `None` if it is not.
    #[must_use]
    pub fn places(&self, version: &Version) -> Option<&'static str> {
        match (self.tagged.contains(version), self.indexed.contains(version)) {
            (true, true) => Some("tags and the index"),
            (true, false) => Some("tags"),
            (false, true) => Some("the index"),
            (false, false) => None,
        }
    }
}

/// The first version of a distribution that has none.
const FIRST: [u64; 3] = [0, 1, 0];

/// The smallest version of a level that is above every known one.
///
/// # Errors
/// When one of its numbers would overflow.
pub fn next(known: &Known, level: Level) -> Result<Version> {
    let Some(highest) = known.highest() else {
        return Ok(match level {
            Level::Major => Version::new([1, 0, 0]),
            Level::Patch | Level::Minor => Version::new(FIRST),
        });
    };
    let numbers = numbers(highest);
    // The final version of a pre-release is next, if that is as high a level.
    if is_before_its_final(highest) && begins(numbers, level) {
        return Ok(version(highest.epoch(), numbers));
    }
    let above = step(numbers, level).ok_or_else(|| {
        Error::failed(format!("there is no {level} version above {highest}"))
            .caused_by("one of its numbers is the highest possible")
            .hint("name one yourself: `--version VERSION --force`")
    })?;
    Ok(version(highest.epoch(), above))
}

/// Checks whether the version that the user named may be released next.
///
/// # Errors
/// When it is local or already known; without `force` also when it is below the highest known version, or more than one
/// step above it.
pub fn wanted(known: &Known, wanted: &Version, force: bool) -> Result<()> {
    if wanted.is_local() {
        return Err(Error::usage(format!("{wanted} is a local version, and no index accepts one"))
            .hint("leave out what follows `+`"));
    }
    if let Some(places) = known.places(wanted) {
        let error = Error::usage(format!("{wanted} is known already, from {places}"));
        let next = next(known, Level::Patch).ok();
        return Err(match next {
            Some(next) => error.hint(format!("a version is released once; the next one is {next}")),
            None => error.hint("a version is released once: name another"),
        });
    }
    if force {
        return Ok(());
    }
    let Some(highest) = known.highest() else { return Ok(()) };
    let insist = "if that is intended, add --force";
    if wanted < highest {
        return Err(Error::usage(format!("{wanted} is not above {highest}, the highest so far"))
            .caused_by("installers would not treat it as the newest")
            .hint(insist));
    }
    if !is_one_step(highest, wanted) {
        let error = Error::usage(format!("{wanted} is an implausible leap from {highest}"));
        let levels = [Level::Patch, Level::Minor, Level::Major];
        let next: Vec<String> =
            levels.iter().filter_map(|level| Some(next(known, *level).ok()?.to_string())).collect();
        return Err(error
            .caused_by("versions cannot be unpublished, and every later one must be higher")
            .hint(format!("the next steps are {}; {insist}", next.join(", "))));
    }
    Ok(())
}

/// Whether members can have gone on from a version to this one: it is later, and final.
#[must_use]
pub fn is_final_above(later: &Version, version: &Version) -> bool {
    later > version && !later.any_prerelease()
}

/// The first three numbers; missing ones are zero.
fn numbers(version: &Version) -> [u64; 3] {
    let mut numbers = [0; 3];
    for (number, written) in numbers.iter_mut().zip(version.release()) {
        *number = *written;
    }
    numbers
}

/// Whether the final version of its first three numbers comes after it. That is not so for a development version of a
/// post release, nor for a version with a fourth number.
fn is_before_its_final(version: &Version) -> bool {
    version.any_prerelease() && !version.is_post() && !has_more(version)
}

/// Whether a number after the third is not zero.
fn has_more(version: &Version) -> bool {
    version.release().iter().skip(3).any(|number| *number != 0)
}

/// Whether these numbers start a level: `1.0.0` a major, `1.2.0` a minor, anything a patch.
fn begins([_, second, third]: [u64; 3], level: Level) -> bool {
    match level {
        Level::Patch => true,
        Level::Minor => third == 0,
        Level::Major => second == 0 && third == 0,
    }
}

fn step([first, second, third]: [u64; 3], level: Level) -> Option<[u64; 3]> {
    Some(match level {
        Level::Patch => [first, second, third.checked_add(1)?],
        Level::Minor => [first, second.checked_add(1)?, 0],
        Level::Major => [first.checked_add(1)?, 0, 0],
    })
}

fn version(epoch: u64, numbers: [u64; 3]) -> Version {
    Version::new(numbers).with_epoch(epoch)
}

/// Whether a version has the same first three numbers, or is one step of one level above.
fn is_one_step(from: &Version, to: &Version) -> bool {
    if from.epoch() != to.epoch() || has_more(to) {
        return false;
    }
    let (old, new) = (numbers(from), numbers(to));
    let steps = [Level::Patch, Level::Minor, Level::Major];
    old == new || steps.iter().any(|level| step(old, *level) == Some(new))
}

#[cfg(test)]
mod tests {
    use std::str::FromStr as _;

    use proptest::prelude::*;

    use super::*;

    fn v(text: &str) -> Version {
        Version::from_str(text).expect("a version")
    }

    fn known(tagged: &[&str], indexed: &[&str]) -> Known {
        let all = |texts: &[&str]| texts.iter().map(|text| v(text)).collect();
        Known { tagged: all(tagged), indexed: all(indexed) }
    }

    fn next_of(highest: &str, level: Level) -> String {
        next(&known(&[highest], &[]), level).expect("a version").to_string()
    }

    #[test]
    fn the_next_is_above_tags_and_the_index_whichever_is_ahead() {
        let said = |known: &Known| next(known, Level::Patch).expect("a version").to_string();
        assert_eq!(said(&known(&["0.1.5"], &["0.1.4"])), "0.1.6");
        // A tag that never came to be published, and one that somebody published by hand.
        assert_eq!(said(&known(&["0.1.4"], &["0.1.5"])), "0.1.6");
        assert_eq!(said(&known(&[], &["0.1.9", "0.1.10"])), "0.1.11");
        assert_eq!(said(&Known::default()), "0.1.0");
    }

    #[test]
    fn a_version_that_is_not_final_leads_to_its_final_one() {
        for (highest, patch, minor, major) in [
            ("0.1.5", "0.1.6", "0.2.0", "1.0.0"),
            ("0.2.0rc1", "0.2.0", "0.2.0", "1.0.0"),
            ("0.1.6.dev1", "0.1.6", "0.2.0", "1.0.0"),
            ("1.0.0a1.dev3", "1.0.0", "1.0.0", "1.0.0"),
            ("1.2.3.post1", "1.2.4", "1.3.0", "2.0.0"),
            ("1.2.3.post1.dev1", "1.2.4", "1.3.0", "2.0.0"),
            ("1.2", "1.2.1", "1.3.0", "2.0.0"),
            ("1", "1.0.1", "1.1.0", "2.0.0"),
            ("1.2.3.4", "1.2.4", "1.3.0", "2.0.0"),
            ("1!1.2.3", "1!1.2.4", "1!1.3.0", "1!2.0.0"),
            ("1.2.3+local", "1.2.4", "1.3.0", "2.0.0"),
        ] {
            assert_eq!(next_of(highest, Level::Patch), patch, "{highest}");
            assert_eq!(next_of(highest, Level::Minor), minor, "{highest}");
            assert_eq!(next_of(highest, Level::Major), major, "{highest}");
        }
    }

    #[test]
    fn numbers_that_cannot_grow_are_an_error() {
        let highest = Version::new([1, 2, u64::MAX]);
        let known = Known { tagged: vec![highest], indexed: Vec::new() };
        assert!(next(&known, Level::Patch).is_err());
        assert_eq!(next(&known, Level::Minor).map(|it| it.to_string()).as_deref(), Ok("1.3.0"));
    }

    #[test]
    fn labels_say_how_far_it_goes() {
        let known = ReleaseLabels::default();
        let level = |labels: &[&str]| Level::of_labels(labels.iter().copied(), &known);
        assert_eq!(level(&[]), None);
        assert_eq!(level(&["bug", "Release:Minor"]), Some(Level::Minor));
        assert_eq!(level(&["release:minor", "release:major"]), Some(Level::Major));
    }

    #[test]
    fn a_version_of_somebodys_choice_is_new_above_and_near() {
        let known = known(&["0.1.5"], &["0.1.4", "0.1.3"]);
        let said = |text: &str| match wanted(&known, &v(text), false) {
            Ok(()) => "fine".to_owned(),
            Err(error) => error.message().to_owned(),
        };
        for fine in
            ["0.1.6", "0.1.6.dev1", "0.1.6rc1", "0.1.5.post1", "0.2.0", "0.2.0rc1", "1.0.0", "1"]
        {
            assert_eq!(said(fine), "fine", "{fine}");
        }
        assert_eq!(said("0.1.5"), "0.1.5 is known already, from tags");
        assert_eq!(said("0.1.4.0"), "0.1.4.0 is known already, from the index");
        assert_eq!(said("0.1.5rc1"), "0.1.5rc1 is not above 0.1.5, the highest so far");
        for leap in ["0.1.60", "0.1.7", "0.2.1", "1.6.0", "2026.11.28", "1!0.1.6", "0.1.6.1"] {
            assert!(said(leap).contains("implausible leap"), "{leap}: {}", said(leap));
            assert!(wanted(&known, &v(leap), true).is_ok(), "{leap}");
        }
        assert!(wanted(&known, &v("0.1.6+x"), true).is_err());
        assert!(wanted(&known, &v("0.1.5"), true).is_err());
        assert!(wanted(&Known::default(), &v("17.0"), false).is_ok());
    }

    fn any_version() -> impl Strategy<Value = Version> {
        let small = || 0_u64..4;
        let suffix = prop_oneof![
            Just(String::new()),
            small().prop_map(|n| format!("a{n}")),
            small().prop_map(|n| format!("rc{n}")),
            small().prop_map(|n| format!(".post{n}")),
            small().prop_map(|n| format!(".dev{n}")),
            (small(), small()).prop_map(|(n, m)| format!("b{n}.dev{m}")),
            (small(), small()).prop_map(|(n, m)| format!(".post{n}.dev{m}")),
        ];
        (proptest::collection::vec(small(), 1..5), suffix).prop_map(|(numbers, suffix)| {
            let numbers: Vec<String> = numbers.iter().map(u64::to_string).collect();
            v(&format!("{}{suffix}", numbers.join(".")))
        })
    }

    fn any_known() -> impl Strategy<Value = Known> {
        let some = || proptest::collection::vec(any_version(), 0..6);
        (some(), some()).prop_map(|(tagged, indexed)| Known { tagged, indexed })
    }

    fn any_level() -> impl Strategy<Value = Level> {
        prop_oneof![Just(Level::Patch), Just(Level::Minor), Just(Level::Major)]
    }

    proptest! {
        #[test]
        fn the_next_is_final_above_everything_and_a_step(known in any_known(), level in any_level()) {
            let next = next(&known, level).expect("small numbers");
            prop_assert!(!next.any_prerelease() && !next.is_post() && !next.is_local());
            for version in known.tagged.iter().chain(&known.indexed) {
                prop_assert!(next > *version, "{next} is not above {version}");
            }
            prop_assert!(begins(numbers(&next), level), "{next} is no {level}");
            // What we would choose ourselves is never refused.
            prop_assert!(wanted(&known, &next, false).is_ok(), "{next} of {known:?}");
        }

        #[test]
        fn a_higher_level_is_never_lower(known in any_known()) {
            let of = |level| next(&known, level).expect("small numbers");
            prop_assert!(of(Level::Patch) <= of(Level::Minor));
            prop_assert!(of(Level::Minor) <= of(Level::Major));
        }

        #[test]
        fn releasing_again_and_again_only_goes_up(known in any_known(), levels in proptest::collection::vec(any_level(), 1..8)) {
            let mut known = known;
            let mut last: Option<Version> = None;
            for level in levels {
                let next = next(&known, level).expect("small numbers");
                prop_assert!(last.as_ref().is_none_or(|last| next > *last));
                known.tagged.push(next.clone());
                last = Some(next);
            }
        }
    }
}
