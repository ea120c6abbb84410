//! The change `pin`: sets the version of a distribution wherever a repository names one.

mod docker;
mod places;
mod project;
mod style;

use std::collections::BTreeMap;
use std::str::FromStr as _;

use pep440_rs::Version;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(super) use docker::files as dockerfiles;
pub use places::{Place, places, unread};
pub use style::{Style, asked_in_words};

use super::spec::Say;
use super::{Hindrance, Step, Surroundings};
use crate::change::{ChangeSet, FileEdit};
use crate::snapshot::{RepoPath, Snapshot};
use crate::source::requirements::normalize;
use crate::source::{TextEdit, typed};
use places::{Hindered, Set};
use style::Wish;

/// Sets the version of a distribution. It edits requirements files and the files that they include,
/// pyproject.toml, `pip install` commands, `ARG` and `ENV` in Dockerfiles, and the shape's `version_files`. All
/// other bytes are kept. A requirement that is installed from a URL or a folder is reported and not changed. A
/// repository that excludes the version, or asks for a newer one, is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    /// Name of the distribution on the package index. Default: the fleet's runtime package.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distribution: Option<String>,
    /// The version to set, such as `1.4.2`.
    pub version: String,
    /// How the requirement is written: `keep`, `floor`, `exact` or `compatible`.
    #[serde(default, skip_serializing_if = "Style::is_default")]
    pub style: Style,
    /// Whether to lower the version where a newer one is required.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lower: bool,
    /// Digests of the distribution's files, `sha256:…`, for requirements that list hashes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hashes: Vec<String>,
    /// The lowest version that a member works with, by slug, if older versions would break it. A family such as
    /// `==1.4.*` gets this version as its floor, and so does a requirement without a version.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub bounds: BTreeMap<String, String>,
    /// Members that the version would break, by slug, with what breaks. They are left out.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub breaks: BTreeMap<String, String>,
    /// Members whose compatibility with the version could not be determined, by slug, with the reason. They are
    /// left out until the campaign file is generated again.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unchecked: BTreeMap<String, String>,
}

impl Pin {
    pub(super) fn check(&self, say: &mut Say<'_>) {
        if let Err(why) = self.read() {
            say(&[typed::Step::from("version")], why);
        }
        for (slug, bound) in &self.bounds {
            if Version::from_str(bound).is_err() {
                let at = [typed::Step::from("bounds"), typed::Step::from(slug.as_str())];
                say(&at, format!("`{bound}` is not a version"));
            }
        }
        for (index, hash) in self.hashes.iter().enumerate() {
            if !is_digest(hash) {
                let at = [typed::Step::from("hashes"), typed::Step::from(index)];
                say(&at, format!("`{hash}` is not a digest: write it as `sha256:` and 64 digits"));
            }
        }
        if let Some(name) = &self.distribution
            && !(name.starts_with(|c: char| c.is_ascii_alphanumeric())
                && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)))
        {
            let at = [typed::Step::from("distribution")];
            say(&at, format!("`{name}` is not the name of a distribution"));
        }
    }

    /// Parses the version, or says what is wrong with it.
    fn read(&self) -> Result<Version, String> {
        let version = Version::from_str(&self.version)
            .map_err(|_| format!("`{}` is not a version", self.version))?;
        if version.is_local() {
            return Err(format!("`{}` is a local version, which no index has", self.version));
        }
        Ok(version)
    }

    pub(super) fn make(
        &self,
        surroundings: &Surroundings<'_>,
        tree: &Snapshot,
    ) -> Result<Step, Hindrance> {
        let repository = surroundings.repository(tree);
        let version = self.read().map_err(Hindrance::new)?;
        let runtime = surroundings.runtime();
        let Some(distribution) = self.distribution.as_deref().or(runtime) else {
            return Err(Hindrance::new("the distribution to pin is not known")
                .hint("name it with `distribution`, or with `runtime_package` in fleet.yaml"));
        };
        let is_runtime = runtime.is_some_and(|it| normalize(distribution) == normalize(it));
        if let Some((path, why)) = unread(&repository) {
            let why = format!("`{path}` cannot be read: it {why}");
            return Err(Hindrance::new(why).in_file(&path).hint("repair the file first"));
        }
        let places = places(&repository, distribution, is_runtime);
        let slug = &surroundings.identity.slug;
        if let Some(why) = self.breaks.get(slug).filter(|_| !places.is_empty()) {
            let why = format!("{distribution} {version} would break it: {why}");
            return Err(Hindrance::new(why).hint("make it suit the version first"));
        }
        if let Some(why) = self.unchecked.get(slug).filter(|_| !places.is_empty()) {
            let why = format!(
                "whether {distribution} {version} suits it could not be judged when this campaign was written: {why}"
            );
            return Err(Hindrance::new(why).hint(format!(
                "check it again: `shipshape pin {} --write FILE` writes the campaign again",
                self.version
            )));
        }
        let bound = self.bounds.get(slug).and_then(|bound| Version::from_str(bound).ok());
        let wish = Wish { version, style: self.style, lower: self.lower, bound };
        let mut setting = Setting::new(distribution, &wish);
        for place in &places {
            setting.set(place, &self.hashes)?;
        }
        setting.into_step(tree)
    }
}

/// Whether a text is a digest that pip accepts.
fn is_digest(text: &str) -> bool {
    let lengths = [("sha256", 64), ("sha384", 96), ("sha512", 128)];
    text.split_once(':').is_some_and(|(algorithm, digits)| {
        lengths.iter().any(|(name, length)| *name == algorithm && digits.len() == *length)
            && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
    })
}

/// What is collected while going through the places of one repository.
struct Setting<'s> {
    distribution: &'s str,
    wish: &'s Wish,
    edits: BTreeMap<RepoPath, Vec<TextEdit>>,
    /// Whether some place asks for the version, or will.
    holds: bool,
    left: Vec<(&'s Place, String)>,
}

impl<'s> Setting<'s> {
    fn new(distribution: &'s str, wish: &'s Wish) -> Self {
        Self { distribution, wish, edits: BTreeMap::new(), holds: false, left: Vec::new() }
    }

    fn set(&mut self, place: &'s Place, hashes: &[String]) -> Result<(), Hindrance> {
        match place.set(self.wish, hashes) {
            Ok(Set::Same) => self.holds = true,
            Ok(Set::Edits(edits)) => {
                self.holds = true;
                let known = self.edits.entry(place.path.clone()).or_default();
                // Two scripts may share a word, which is edited once.
                known.extend(
                    edits.into_iter().filter(|edit| !known.contains(edit)).collect::<Vec<_>>(),
                );
            }
            Ok(Set::Left(why)) => self.left.push((place, why)),
            Err(Hindered(why, hint)) => {
                let why = format!("{}: {why}", self.refused(place));
                return Err(Hindrance::new(why)
                    .at(&place.path, &place.text, place.span)
                    .hint(hint));
            }
        }
        Ok(())
    }

    /// The message in front of a reason: what a place asks for instead.
    fn refused(&self, place: &Place) -> String {
        let asks = if place.asks.is_empty() { "no version" } else { &place.asks };
        format!(
            "`{}` asks for `{asks}` of {}, not for {}",
            place.path, self.distribution, self.wish.version
        )
    }

    fn into_step(self, tree: &Snapshot) -> Result<Step, Hindrance> {
        if let (false, Some((place, why))) = (self.holds, self.left.first()) {
            let hint =
                "set it by hand, or choose how to ask for it with `style: floor` or `style: exact`";
            let why = format!(
                "`{}` does not say which version of {} is wanted: {why}",
                place.path, self.distribution
            );
            return Err(Hindrance::new(why).at(&place.path, &place.text, place.span).hint(hint));
        }
        let remark = |(place, why): &(&Place, String)| {
            let line = place.text.position(place.span.start).line;
            format!("`{}`, line {line}, stays as it is: {why}", place.path)
        };
        let remarks = self.left.iter().map(remark).collect();
        let edits = self.edits.into_iter().map(|(path, edits)| FileEdit::Text { path, edits });
        let edits: Vec<FileEdit> = edits.collect();
        Ok(Step { changes: ChangeSet::compose(tree, &edits)?, remarks })
    }
}

#[cfg(test)]
mod tests;
