//! The campaign that sets versions across a fleet: `shipshape pin` as a campaign file. Pure.
//!
//! The output is the text of a campaign.yaml, which is read like any other. So what is written for a review is exactly
//! what runs without one.

use std::fmt::Write as _;

use serde::Serialize;

use super::changes::{ChangeSpec, Pin, PinImage, PinUses};
use super::file::SCHEMA;
use super::identity::digest_of;
use crate::error::{Error, Result};

/// How the first line of a written campaign begins; the digest of the rest follows.
const WRITTEN: &str =
    "# Written by `shipshape pin --write`, which replaces it while it is unchanged: ";

/// The text of a campaign as it is written to a file, so that what is changed there is noticed.
#[must_use]
pub fn for_a_file(text: &str) -> String {
    format!("{WRITTEN}{}\n{text}", digest_of(text.as_bytes()))
}

/// Whether a file is as `pin` wrote it.
#[must_use]
pub fn is_as_written(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let written = text.strip_prefix(WRITTEN).and_then(|rest| rest.split_once('\n'));
    written.is_some_and(|(digest, rest)| digest == digest_of(rest.as_bytes()))
}

/// The longest name of a campaign, in bytes.
const MAX_NAME: usize = 60;

/// What to pin, and where.
#[derive(Clone, Debug, Default)]
pub struct Pinning {
    /// A distribution.
    pub package: Option<(String, Pin)>,
    /// Actions and reusable workflows.
    pub uses: Option<PinUses>,
    /// Base images.
    pub images: Option<PinImage>,
    /// Terms that select members: `claude-code`, `kind=workspace`, `!owner=@acme/x`.
    pub terms: Vec<String>,
}

#[derive(Serialize)]
struct File<'p> {
    schema: u32,
    name: String,
    #[serde(skip_serializing_if = "Select::is_empty")]
    select: Select,
    changes: &'p [ChangeSpec],
    pull_request: Words,
}

#[derive(Default, Serialize)]
struct Select {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    members: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    kinds: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    owners: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    profiles: Vec<String>,
}

impl Select {
    fn of(terms: &[String]) -> Self {
        let mut select = Self::default();
        for term in terms {
            let (sign, rest) = match term.strip_prefix('!') {
                Some(rest) => ("!", rest),
                None => ("", term.as_str()),
            };
            let (list, value) = match rest.split_once('=') {
                Some(("kind", value)) => (&mut select.kinds, value),
                Some(("owner", value)) => (&mut select.owners, value),
                Some(("profile", value)) => (&mut select.profiles, value),
                Some(("name", value)) => (&mut select.members, value),
                _ => (&mut select.members, rest),
            };
            list.push(format!("{sign}{value}"));
        }
        select
    }

    fn is_empty(&self) -> bool {
        [&self.members, &self.kinds, &self.owners, &self.profiles]
            .iter()
            .all(|list| list.is_empty())
    }
}

#[derive(Serialize)]
struct Words {
    title: String,
    body: String,
}

impl Pinning {
    /// The text of the campaign file.
    ///
    /// # Errors
    /// Never for values read from a command line.
    pub fn text(&self) -> Result<String> {
        let mut changes = Vec::new();
        changes.extend(self.package.iter().map(|(_, pin)| ChangeSpec::Pin(pin.clone())));
        changes.extend(self.uses.iter().cloned().map(ChangeSpec::PinUses));
        changes.extend(self.images.iter().cloned().map(ChangeSpec::PinImage));
        let title = self.title();
        let file = File {
            schema: SCHEMA,
            name: self.name(),
            select: Select::of(&self.terms),
            changes: &changes,
            pull_request: Words { body: self.body(), title },
        };
        let failed =
            |error: serde_yaml::Error| Error::failed("cannot write the campaign").caused_by(error);
        let mut written = Vec::new();
        let mut serializer = serde_yaml::Serializer::new(&mut written);
        serde_yaml::with::singleton_map_recursive::serialize(&file, &mut serializer)
            .map_err(failed)?;
        String::from_utf8(written)
            .map_err(|error| Error::failed("cannot write the campaign").caused_by(error))
    }

    /// The name of the campaign: the same for the same versions, and different for others.
    #[must_use]
    pub fn name(&self) -> String {
        let mut words = vec!["pin".to_owned()];
        if let Some((distribution, pin)) = &self.package {
            words.push(distribution.clone());
            words.push(pin.version.clone());
        }
        for entry in self.uses.iter().flat_map(|pin| &pin.uses) {
            let place = entry.split('@').next().unwrap_or_default();
            words.push(place.rsplit('/').next().unwrap_or_default().to_owned());
            words.push(entry.rsplit('@').next().unwrap_or_default().to_owned());
        }
        for (image, digest) in self.images.iter().flat_map(|pin| &pin.digests) {
            words.push(image.rsplit('/').next().unwrap_or_default().to_owned());
            let digits = digest.rsplit(':').next().unwrap_or_default();
            words.push(digits.chars().take(8).collect());
        }
        let name = slug(&words.join("-"));
        if name.len() <= MAX_NAME {
            return name;
        }
        let digest = digest_of(name.as_bytes());
        let kept = name.get(..MAX_NAME - 9).unwrap_or(&name).trim_end_matches('-');
        format!("{kept}-{}", digest.get(..8).unwrap_or(&digest))
    }

    fn title(&self) -> String {
        let mut parts = Vec::new();
        if let Some((distribution, pin)) = &self.package {
            parts.push(format!("{distribution} {}", pin.version));
        }
        parts.extend(self.uses.iter().flat_map(|pin| pin.uses.iter().cloned()));
        parts.extend(self.images.iter().flat_map(|pin| pin.images.iter().cloned()));
        match parts.as_slice() {
            [one, two, three, more @ ..] if !more.is_empty() => {
                format!("Pin {one}, {two}, {three} and {} more", more.len())
            }
            parts => format!("Pin {}", parts.join(", ")),
        }
    }

    fn body(&self) -> String {
        let mut text = String::new();
        if let Some((distribution, pin)) = &self.package {
            let _ = writeln!(text, "Asks for `{distribution}` {}.", pin.version);
        }
        for (entry, commit) in self.uses.iter().flat_map(|pin| &pin.commits) {
            let _ = writeln!(text, "`{entry}` is the commit `{commit}`.");
        }
        for (image, digest) in self.images.iter().flat_map(|pin| &pin.digests) {
            let _ = writeln!(text, "`{image}` is `{digest}`.");
        }
        text.push_str(
            "\n{% for file in files %}- {{ file | code }}\n{% endfor %}{% if remarks %}\nWorth knowing:\n\n\
             {% for remark in remarks %}- {{ remark | code }}\n{% endfor %}{% endif %}\n\
             Close it to decline: it is not opened again.\n",
        );
        text
    }
}

/// Lowercase letters and digits, separated by single hyphens.
fn slug(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let words = lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::campaign::file::Campaign;
    use crate::fleet::is_slug;

    fn package(version: &str) -> Pinning {
        let pin = Pin { version: version.to_owned(), ..Pin::default() };
        Pinning { package: Some(("acme_runtime".to_owned(), pin)), ..Pinning::default() }
    }

    #[test]
    fn what_is_written_is_read_as_a_campaign() {
        let commit = "2".repeat(40);
        let digest = format!("sha256:{}", "3".repeat(64));
        let uses = "actions/checkout@v5".to_owned();
        let image = "ghcr.io/acme/base:1".to_owned();
        let pinning = Pinning {
            uses: Some(PinUses {
                uses: vec![uses.clone()],
                commits: [(uses, commit)].into(),
                ..PinUses::default()
            }),
            images: Some(PinImage {
                images: vec![image.clone()],
                digests: [(image, digest)].into(),
            }),
            terms: ["hermes", "!kind=x", "owner=@acme/a"].map(str::to_owned).to_vec(),
            ..package("0.2.0rc1")
        };
        let text = pinning.text().expect("text");
        let campaign = Campaign::parse(Path::new("x.yaml"), text.as_bytes());
        let campaign = campaign.unwrap_or_else(|errors| panic!("{errors:?} in {text}"));
        assert_eq!(campaign.says.name, "pin-acme-runtime-0-2-0rc1-checkout-v5-base-1-33333333");
        assert_eq!(campaign.says.changes.len(), 3);
        assert_eq!(campaign.says.select.kinds, ["!x"]);
        assert_eq!(
            campaign.says.pull_request.title,
            "Pin acme_runtime 0.2.0rc1, actions/checkout@v5, ghcr.io/acme/base:1"
        );
    }

    #[test]
    fn a_name_is_a_slug_and_tells_versions_apart() {
        assert_eq!(package("0.2.0").name(), "pin-acme-runtime-0-2-0");
        let long = |version: &str| {
            let mut pinning = package(version);
            pinning.package.iter_mut().for_each(|(name, _)| *name = "long-".repeat(30));
            pinning.name()
        };
        assert!(is_slug(&long("1.0")) && long("1.0").len() <= MAX_NAME, "{}", long("1.0"));
        assert_ne!(long("1.0"), long("2.0"));
    }
}
