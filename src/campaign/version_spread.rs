//! Which versions of one distribution the members of a fleet ask for, side by side. Pure.

use std::collections::BTreeMap;

use pep440_rs::Version;
use schemars::JsonSchema;
use serde::Serialize;

use super::changes::{Place, asked_in_words};

/// Name and version of the document, see `schemas/pins.schema.json`.
pub const SCHEMA: &str = "shipshape/pins/1";

/// The versions of one distribution that a fleet's members require.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Spread {
    /// Name and version of this format.
    pub schema: &'static str,
    /// The distribution.
    pub distribution: String,
    /// The version that requirements are compared with. Absent if no index was read and none was given.
    pub latest: Option<String>,
    /// The different requirements, most frequent first.
    pub pins: Vec<Asked>,
    /// Places that do not state a version.
    pub unset: Vec<Unset>,
    /// Members that do not require it.
    pub without: Vec<String>,
    /// Members that could not be read, with the reason.
    pub unread: BTreeMap<String, String>,
}

/// One requirement.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Asked {
    /// The requirement, `>=0.1.0`. Empty for any version.
    pub asks: String,
    /// In a word: `exact`, `floor`, `compatible`, `family`, `bounded` or `any`.
    pub style: &'static str,
    /// Whether it admits the latest version. Absent if unknown.
    pub admits_latest: Option<bool>,
    /// The members and places with this requirement.
    pub places: Vec<AskedAt>,
}

/// A place of a member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AskedAt {
    /// Name of the member in reports: that of its repository, with its folder if it has one.
    pub member: String,
    /// The file.
    pub path: String,
    /// The line, from 1.
    pub line: u32,
}

/// A place that does not state a version.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Unset {
    /// The place.
    #[serde(flatten)]
    pub at: AskedAt,
    /// Why.
    pub why: String,
}

impl Spread {
    /// A spread without any member.
    #[must_use]
    pub fn of(distribution: &str, latest: Option<&Version>) -> Self {
        Self {
            schema: SCHEMA,
            distribution: distribution.to_owned(),
            latest: latest.map(ToString::to_string),
            pins: Vec::new(),
            unset: Vec::new(),
            without: Vec::new(),
            unread: BTreeMap::new(),
        }
    }

    /// Adds what one member asks for.
    pub fn add(&mut self, member: &str, places: &[Place], latest: Option<&Version>) {
        if places.is_empty() {
            self.without.push(member.to_owned());
        }
        for place in places {
            let line = place.text.position(place.span.start).line;
            let path = place.path.as_str().to_owned();
            let at = AskedAt { member: member.to_owned(), path, line };
            if let Some(why) = place.left_alone() {
                self.unset.push(Unset { at, why: why.to_owned() });
                continue;
            }
            if let Some(known) = self.pins.iter_mut().find(|known| known.asks == place.asks) {
                known.places.push(at);
                continue;
            }
            self.pins.push(Asked {
                asks: place.asks.clone(),
                style: asked_in_words(&place.asks),
                admits_latest: latest.and_then(|latest| place.admits(latest)),
                places: vec![at],
            });
        }
        self.pins.sort_by(|one, other| {
            let count = |asked: &Asked| usize::MAX - asked.places.len();
            (count(one), &one.asks).cmp(&(count(other), &other.asks))
        });
    }

    /// All that members ask for, in one line, most frequent first; `None` if no member does.
    #[must_use]
    pub fn in_words(&self) -> Option<String> {
        let asks = self.pins.iter().map(|asked| match asked.asks.as_str() {
            "" => "any",
            asks => asks,
        });
        let unset = (!self.unset.is_empty()).then_some("not said");
        let all: Vec<&str> = asks.chain(unset).collect();
        (!all.is_empty()).then(|| all.join(" | "))
    }

    /// Whether members ask for different versions.
    #[must_use]
    pub fn differs(&self) -> bool {
        self.pins.len() > 1
    }

    /// Whether a member cannot get the latest version.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        self.pins.iter().any(|asked| asked.admits_latest == Some(false))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::campaign::changes::places;
    use crate::checks::testing::Case;

    #[test]
    fn what_is_asked_for_is_one_line() {
        let shape = "demands: { version_files: [{ path: .core, distribution: acme.runtime }] }";
        let asked = |files: &[(&str, &str)]| {
            let case = files
                .iter()
                .fold(Case::with_shape(shape), |case, (path, text)| case.file(path, text));
            case.judged(|repository| {
                let mut spread = Spread::of("Acme_Runtime", None);
                spread.add("one", &places(repository, "Acme_Runtime", true), None);
                spread.in_words()
            })
        };
        let requirements = |text| asked(&[("requirements.txt", text)]);
        assert_eq!(requirements("acme-runtime>=0.1,<2\n").as_deref(), Some(">=0.1,<2"));
        assert_eq!(requirements("acme.runtime\n").as_deref(), Some("any"));
        let by_address = requirements("acme-runtime @ https://x/y.whl\n");
        assert_eq!(by_address.as_deref(), Some("not said"));
        assert_eq!(requirements("httpx\n"), None);
        let both = asked(&[("requirements.txt", "acme-runtime>=0.1\n"), (".core", "0.2.0\n")]);
        assert_eq!(both.as_deref(), Some("==0.2.0 | >=0.1"));
        // A file that no shape names is nobody's.
        assert_eq!(asked(&[(".runtime-version", "0.2.0\n")]), None);
    }
}
