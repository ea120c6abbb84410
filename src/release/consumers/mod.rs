//! Consumers: the places that report which image of a member actually runs, and how far it is behind the release.
//!
//! A consumer which runs the image of the registry's tag may still be behind, if the tag itself is. What cannot be read
//! is *unchecked*, and is never assumed to be current.
//!
//! | module | contents |
//! |---|---|
//! | `ask` | reads a file, an address or the output of a command |
//! | `value` | extracts a digest or a version from such a text |
//! | `image` | finds the image of a digest or a tag, and the version in it |
//! | `lag` | computes how far a consumer is behind. Pure |

mod ask;
mod image;
mod lag;
mod value;

use std::collections::BTreeMap;

use pep440_rs::Version;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fleet::Fleet;
use crate::fleet::manifest::Consumer;
use crate::registry::{Reference, Registry};

pub use ask::Ground;
use image::Images;
use value::Running;

/// Name and version of the document, see `schemas/release-consumers.schema.json`.
pub const SCHEMA: &str = "shipshape/release-consumers/1";

/// The versions that consumers run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Consumers {
    /// Name and version of this form.
    pub schema: &'static str,
    /// When the report was made, RFC 3339 in UTC.
    pub generated_at: String,
    /// The release that they are compared with. Absent if none is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub released: Option<String>,
    /// The consumers, in the order of fleet.yaml.
    pub consumers: Vec<Row>,
}

/// The version that one consumer runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// The member whose image runs there.
    pub runtime: String,
    /// The source of the information: a file, a URL without secrets, or the name of a program.
    pub place: String,
    /// Its state.
    pub state: State,
    /// The digest that is running, if it was reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// The version that is running.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The digest of the member's tag in the registry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registry: Option<String>,
    /// Number of releases that it is behind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub releases: Option<usize>,
    /// Number of whole days by which its image is older than the registry's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<i64>,
    /// Why it is behind or unchecked, or another remark, in one line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl Row {
    /// Whether it is unchecked only because its command was not to be run.
    #[must_use]
    pub fn needs_trust(&self) -> bool {
        self.why.as_deref() == Some(ask::NEEDS_TRUST)
    }
}

/// The state of a consumer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It runs the release, or a later one.
    Current,
    /// It runs an earlier one, or one that was withdrawn or that members went back from.
    Behind,
    /// It could not be determined.
    Unchecked,
}

impl State {
    /// Its name in documents.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Behind => "behind",
            Self::Unchecked => "unchecked",
        }
    }
}

/// What to look at.
#[derive(Debug)]
pub struct Request<'a> {
    /// The fleet.
    pub fleet: &'a Fleet,
    /// The release; `None` if none is known.
    pub released: Option<&'a Version>,
    /// The versions that the index knows.
    pub known: &'a [Version],
    /// The versions that none is to run, and why.
    pub unwanted: &'a BTreeMap<Version, String>,
    /// The registry with the images.
    pub registry: &'a Registry,
    /// The image label that contains the version, by member slug.
    pub labels: &'a BTreeMap<String, String>,
    /// What is needed to ask the places.
    pub ground: &'a Ground,
}

/// Looks at every consumer. A problem with one is reported in its row.
pub async fn look(request: &Request<'_>) -> Vec<Row> {
    let consumers = &request.fleet.manifest.consumers;
    let texts = ask::all(request.ground, consumers).await;
    let mut images = Images::new(request);
    let mut rows = Vec::new();
    for (consumer, text) in consumers.iter().zip(texts) {
        rows.push(row(request, &mut images, consumer, text).await);
    }
    rows
}

async fn row(
    request: &Request<'_>,
    images: &mut Images<'_>,
    consumer: &Consumer,
    text: Result<String, String>,
) -> Row {
    let mut row = Row {
        name: consumer.name.clone(),
        runtime: consumer.runtime.clone(),
        place: ask::place(consumer),
        state: State::Unchecked,
        digest: None,
        version: None,
        registry: None,
        releases: None,
        days: None,
        why: None,
    };
    let told = text.and_then(|text| value::find(&text, consumer.key.as_deref()));
    let told = match told {
        Ok(told) => told,
        Err(why) => {
            row.why = Some(why);
            return row;
        }
    };
    let member = request.fleet.consumed(&consumer.runtime);
    let tag = request.fleet.manifest.images.as_ref().map(|images| images.tag.as_str());
    let image = member.zip(tag).and_then(|(member, tag)| {
        let name = request.fleet.image(member)?;
        Some((member.slug.as_str(), Reference::parse(&format!("{name}:{tag}")).ok()?))
    });
    let (tagged, running) = match (&image, &told) {
        (Some((slug, image)), Running::Digest(digest)) => {
            let tagged = images.seen(slug, image).await;
            let same = matches!(&tagged, Ok(seen) if seen.is(digest));
            let running = match same {
                true => tagged.clone(),
                false => images.seen(slug, &image.at(digest)).await,
            };
            (Some(tagged), Some(running))
        }
        // A version is compared with the release directly, without looking at an image.
        (_, Running::Version(_)) | (None, Running::Digest(_)) => (None, None),
    };
    row.registry = tagged.as_ref().and_then(|it| it.as_ref().ok()).map(|seen| seen.digest.clone());
    if let Running::Digest(digest) = &told {
        row.digest = Some(digest.clone());
    }
    let lag = lag::judge(&lag::Facts {
        told: &told,
        released: request.released,
        known: request.known,
        unwanted: request.unwanted,
        tagged: tagged.as_ref(),
        running: running.as_ref(),
    });
    row.state = lag.state;
    row.version = lag.version.map(|version| version.to_string());
    row.releases = lag.releases;
    row.days = lag.days;
    row.why = lag.why;
    row
}
