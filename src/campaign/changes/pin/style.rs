//! The new specifiers of one requirement. Pure, from text to text.

use std::fmt;
use std::str::FromStr as _;

use pep440_rs::{Operator, Version, VersionSpecifier};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a required version is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Style {
    /// In the style of each requirement: an exact version stays exact, a floor stays a floor.
    #[default]
    Keep,
    /// A floor: `>=1.4.2`.
    Floor,
    /// An exact version: `==1.4.2`.
    Exact,
    /// A compatible version: `~=1.4.2`, which allows later versions of 1.4.
    Compatible,
}

impl Style {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde calls")]
    pub(super) fn is_default(&self) -> bool {
        *self == Self::Keep
    }
}

/// What a requirement should ask for.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    pub(super) version: Version,
    pub(super) style: Style,
    pub(super) lower: bool,
    /// The lowest version that the member works with, if known.
    pub(super) bound: Option<Version>,
}

/// Why specifiers stay as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stays {
    /// A bound or an exclusion rules the version out.
    Excludes(String),
    /// A newer version is asked for.
    Newer(Version),
    /// No version is asked for, so there is nothing to raise.
    Loose,
    /// They cannot be read.
    Unread,
}

impl fmt::Display for Stays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Excludes(bound) => write!(f, "`{bound}` excludes it"),
            Self::Newer(version) => write!(f, "{version} is newer"),
            Self::Loose => f.write_str("it asks for no version that could be raised"),
            Self::Unread => f.write_str("its versions cannot be read"),
        }
    }
}

/// One of several specifiers separated by commas.
struct Part<'t> {
    raw: &'t str,
    specifier: VersionSpecifier,
}

impl<'t> Part<'t> {
    fn read(raw: &'t str) -> Option<Self> {
        Some(Self { raw, specifier: VersionSpecifier::from_str(raw.trim()).ok()? })
    }

    /// Whether it says from which version on, or which one: neither an upper bound nor an exclusion.
    fn is_pin(&self) -> bool {
        use Operator::{Equal, EqualStar, ExactEqual, GreaterThan, GreaterThanEqual, TildeEqual};
        matches!(
            self.specifier.operator(),
            Equal | EqualStar | ExactEqual | GreaterThan | GreaterThanEqual | TildeEqual
        )
    }

    /// Whether it asks for something above a version.
    fn is_beyond(&self, version: &Version) -> bool {
        let own = self.specifier.version();
        let open = *self.specifier.operator() == Operator::GreaterThan;
        self.is_pin()
            && !self.specifier.contains(version)
            && (own > version || open && own == version)
    }

    /// Itself with another operator and version, and the same white space.
    fn with(&self, operator: &str, version: &str) -> String {
        let inner = self.raw.trim();
        let lead = self.raw.len() - self.raw.trim_start().len();
        let signs = inner.trim_start_matches(['=', '<', '>', '~', '!']);
        let gap = signs.len() - signs.trim_start().len();
        let lead = self.raw.get(..lead).unwrap_or_default();
        let gap = signs.get(..gap).unwrap_or_default();
        let end = self.raw.get(self.raw.trim_end().len()..).unwrap_or_default();
        format!("{lead}{operator}{gap}{version}{end}")
    }
}

/// The specifiers that a requirement should have instead of `raw`; `None` if it can stay.
///
/// # Errors
/// Why they stay.
pub(super) fn restyled(raw: &str, wish: &Wish) -> Result<Option<String>, Stays> {
    let joined = raw.replace("\\\r\n", "").replace("\\\n", "");
    let split = joined.split(',').filter(|part| !part.trim().is_empty());
    let parts: Vec<Part<'_>> = split.map(Part::read).collect::<Option<_>>().ok_or(Stays::Unread)?;
    let version = &wish.version;
    let excludes = |part: &&Part<'_>| !part.is_pin() && !part.specifier.contains(version);
    if let Some(part) = parts.iter().find(excludes) {
        return Err(Stays::Excludes(part.raw.trim().to_owned()));
    }
    let primary = parts.iter().filter(|part| part.is_pin()).max_by_key(|part| weight(part));
    let Some(primary) = primary else { return unpinned(&parts, wish) };
    if let Some(newer) = parts.iter().filter(|part| part.is_beyond(version)).find(|_| !wish.lower) {
        return Err(Stays::Newer(newer.specifier.version().clone()));
    }
    let (operator, written, floor) = wanted(primary, &parts, wish);
    let kept = primary.with(operator, &written);
    let exact = matches!(operator, "==" | "===") && wish.style == Style::Exact;
    let mut made: Vec<String> = Vec::new();
    for part in &parts {
        if std::ptr::eq(part, primary) {
            made.push(kept.clone());
        } else if !part.is_pin() && !exact {
            made.push(part.raw.to_owned());
        }
    }
    if let Some(floor) = floor {
        made.push(behind(&parts, &format!(">={floor}")));
    }
    let made = made.join(",");
    let same = amounts_to(&made) == amounts_to(&joined);
    Ok((!same).then_some(made))
}

/// The rank of a specifier: the highest one represents the whole requirement.
fn weight(part: &Part<'_>) -> u8 {
    match part.specifier.operator() {
        Operator::Equal | Operator::ExactEqual => 3,
        Operator::EqualStar => 2,
        Operator::TildeEqual => 1,
        _ => 0,
    }
}

/// The operator and version that replace a pin, and a floor to add if these admit an older version.
fn wanted(
    primary: &Part<'_>,
    parts: &[Part<'_>],
    wish: &Wish,
) -> (&'static str, String, Option<Version>) {
    let version = &wish.version;
    let plain = version.to_string();
    let release = primary.specifier.version().release();
    match (wish.style, primary.specifier.operator()) {
        (Style::Floor, _) => (">=", plain, None),
        (Style::Compatible, _) => ("~=", compatible(version), None),
        (Style::Keep | Style::Exact, Operator::ExactEqual) => ("===", plain, None),
        (Style::Exact, _) | (Style::Keep, Operator::Equal) => ("==", plain, None),
        (Style::Keep, Operator::EqualStar) => {
            let family = series(version, release.len());
            let floors = parts.iter().map(|part| &part.specifier);
            let floors = floors
                .filter(|specifier| *specifier.operator() == Operator::GreaterThanEqual)
                .map(VersionSpecifier::version);
            let floors = floors.chain(&wish.bound).filter(|it| **it > family && *it <= version);
            ("==", format!("{family}.*"), floors.max().cloned())
        }
        (Style::Keep, Operator::TildeEqual) => {
            let series = series(version, release.len());
            if series == *version {
                ("~=", series.to_string(), None)
            } else if release.len() >= version.release().len() {
                ("~=", version_of(version, release.len()), None)
            } else {
                ("~=", series.to_string(), Some(version.clone()))
            }
        }
        (Style::Keep, _) => (">=", plain, None),
    }
}

/// A requirement without a pin gets one only if a style is named, or if the member needs a lowest version.
fn unpinned(parts: &[Part<'_>], wish: &Wish) -> Result<Option<String>, Stays> {
    let version = &wish.version;
    let pin = match (wish.style, &wish.bound) {
        (Style::Keep, Some(bound)) if bound <= version => format!(">={version}"),
        (Style::Keep, _) => return Err(Stays::Loose),
        (Style::Floor, _) => format!(">={version}"),
        (Style::Exact, _) => return Ok(Some(format!("=={version}"))),
        (Style::Compatible, _) => format!("~={}", compatible(version)),
    };
    let kept = parts.iter().map(|part| part.raw.to_owned());
    let made: Vec<String> = kept.chain([behind(parts, &pin)]).collect();
    Ok(Some(made.join(",")))
}

/// Another specifier, with a space in front if the others have one.
fn behind(parts: &[Part<'_>], specifier: &str) -> String {
    let spaced = parts.iter().skip(1).any(|part| part.raw.starts_with(' '));
    if spaced { format!(" {specifier}") } else { specifier.to_owned() }
}

/// The first numbers of a version.
fn series(version: &Version, numbers: usize) -> Version {
    let mut release: Vec<u64> = version.release().to_vec();
    release.resize(numbers.max(1), 0);
    Version::new(release).with_epoch(version.epoch())
}

/// The version with at least this many numbers.
fn version_of(version: &Version, numbers: usize) -> String {
    if version.release().len() >= numbers {
        return version.to_string();
    }
    let mut release: Vec<u64> = version.release().to_vec();
    release.resize(numbers, 0);
    version.clone().with_release(release).to_string()
}

/// The version for `~=`, which requires at least two numbers.
fn compatible(version: &Version) -> String {
    version_of(version, 2)
}

/// What specifiers mean, independent of order and spelling.
fn amounts_to(joined: &str) -> Vec<(String, Version, usize)> {
    let split = joined.split(',').filter(|part| !part.trim().is_empty()).filter_map(Part::read);
    let sign = |part: Part<'_>| {
        let (operator, version) = (part.specifier.operator(), part.specifier.version());
        // Only for these does the number of components matter: `~=1.4` is not `~=1.4.0`.
        let counts = matches!(operator, Operator::TildeEqual | Operator::EqualStar);
        let numbers = if counts { version.release().len() } else { 0 };
        (format!("{operator:?}"), version.clone(), numbers)
    };
    let mut signs: Vec<(String, Version, usize)> = split.map(sign).collect();
    signs.sort();
    signs
}

/// How a version is asked for, in one word.
#[must_use]
pub fn asked_in_words(asks: &str) -> &'static str {
    let parts: Vec<Part<'_>> = asks.split(',').filter_map(Part::read).collect();
    let primary = parts.iter().filter(|part| part.is_pin()).max_by_key(|part| weight(part));
    match primary.map(|part| part.specifier.operator()) {
        Some(Operator::Equal | Operator::ExactEqual) => "exact",
        Some(Operator::EqualStar) => "family",
        Some(Operator::TildeEqual) => "compatible",
        Some(_) => "floor",
        None if parts.is_empty() => "any",
        None => "bounded",
    }
}
