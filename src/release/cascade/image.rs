//! Which version an image contains: from its label if the build set one, or else from what is installed in its layers.

use std::collections::BTreeMap;
use std::str::FromStr as _;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream;
use pep440_rs::Version;

use super::document::{ImageSeen, Row, State};
use super::follow::{Ended, Pace};
use super::items::Item;
use crate::fleet::Fleet;
use crate::forge::Client;
use crate::registry::{Image, Reference, Refusal, RefusalKind, Registry};

/// How many repositories' images are read at once.
const AT_ONCE: usize = 8;

/// How often an image is read that does not yet contain what its run has built: registries may show it late.
const LOOKS: u32 = 4;

/// Why an old image proves nothing.
const UNDER_WAY: &str = "its run is not over yet";

/// How images are read, and what they have to contain.
pub struct Images<'a> {
    /// The fleet.
    pub fleet: &'a Fleet,
    /// The registry with the images.
    pub registry: &'a Registry,
    /// The image label that contains the version, by member slug.
    pub labels: &'a BTreeMap<String, String>,
    /// What they have to contain.
    pub wanted: Wanted<'a>,
    /// Provides the clock for pauses, and reads repositories of a preview.
    pub client: &'a Client,
}

impl std::fmt::Debug for Images<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Images").field("wanted", &self.wanted).finish_non_exhaustive()
    }
}

/// What an image contains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Held {
    /// This version, in the image of this digest.
    Version(Version, String),
    /// Unknown, and why; with the digest if the image was found.
    Unknown(String, Option<String>),
}

impl Held {
    /// Whether its version is unknown.
    pub(super) fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown(..))
    }

    /// What a report says of an image.
    fn of_seen(seen: &ImageSeen) -> Self {
        let version = seen.version.as_deref().and_then(|text| Version::from_str(text).ok());
        match (version, &seen.digest) {
            (Some(version), Some(digest)) => Self::Version(version, digest.clone()),
            (_, digest) => Self::Unknown(seen.unread.clone().unwrap_or_default(), digest.clone()),
        }
    }

    /// The image for the report.
    pub(super) fn seen(&self, name: &str) -> ImageSeen {
        let (digest, version, unread) = match self {
            Self::Version(version, digest) => {
                (Some(digest.clone()), Some(version.to_string()), None)
            }
            Self::Unknown(why, digest) => (digest.clone(), None, Some(why.clone())),
        };
        ImageSeen { name: name.to_owned(), digest, version, unread }
    }
}

/// Why images do not prove that a release is in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// An image contains an older version.
    Old(String),
    /// An image contains a later version, and has to go back.
    Later(String),
    /// The version of an image is unknown.
    Unknown(String),
}

/// What images have to contain.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// This version.
    pub version: &'a Version,
    /// Whether a later version is not enough.
    pub exactly: bool,
}

impl Wanted<'_> {
    /// Checks that all images contain it.
    pub(super) fn verdict(&self, held: &[(String, Held)]) -> Result<(), Fault> {
        let Self { version, exactly } = self;
        let (mut unknown, mut old) = (None, None);
        for (name, held) in held {
            match held {
                // An image that has to go back decides, whatever the others contain.
                Held::Version(found, _) if found > *version && *exactly => {
                    return Err(Fault::Later(format!(
                        "`{name}` contains {found}, and not {version}"
                    )));
                }
                Held::Version(found, _) if found < *version || (*exactly && found != *version) => {
                    old = old.or(Some(format!("`{name}` contains {found}, and not {version}")));
                }
                Held::Version(..) => {}
                Held::Unknown(why, _) => unknown = Some(format!("`{name}`: {why}")),
            }
        }
        if let Some(why) = old {
            return Err(Fault::Old(why));
        }
        match (unknown, held.is_empty()) {
            (Some(why), _) => Err(Fault::Unknown(why)),
            (None, true) => {
                Err(Fault::Unknown("fleet.yaml names no images to look into".to_owned()))
            }
            (None, false) => Ok(()),
        }
    }
}

/// The row of a repository whose images were read and that is not to be notified: whether they contain a version. One
/// that was notified and whose run is not known to be over has not failed: it may still build the image.
#[must_use]
pub fn observed(row: Row, version: &Version) -> Row {
    let images = row.images.iter();
    let held: Vec<(String, Held)> =
        images.map(|seen| (seen.name.clone(), Held::of_seen(seen))).collect();
    let is_open = row.state == State::Dispatched && !row.is_over();
    let (state, reason) = match (Wanted { version, exactly: false }).verdict(&held) {
        Ok(()) => (State::Contained, None),
        Err(Fault::Old(why) | Fault::Later(why)) if is_open => {
            let why = match (&row.run, &row.remark) {
                (Some(_), _) => UNDER_WAY.to_owned(),
                // The remark says why its run is not known.
                (None, Some(remark)) => remark.clone(),
                (None, None) => why,
            };
            (State::Unchecked, Some(why))
        }
        Err(Fault::Old(why) | Fault::Later(why)) => (State::Failed, Some(why)),
        Err(Fault::Unknown(why)) => (State::Unchecked, Some(why)),
    };
    Row { state, reason, remark: None, ..row }
}

impl Images<'_> {
    /// What the images of a repository's members contain now, by image name.
    pub(super) async fn of(&self, item: &Item) -> Vec<(String, Held)> {
        let tag = self.fleet.manifest.images.as_ref().map(|images| images.tag.clone());
        let tag = tag.unwrap_or_default();
        let mut found = Vec::new();
        for slug in &item.members {
            let mut members = self.fleet.members.iter();
            let member = members
                .find(|member| member.slug == *slug && member.repository.same(&item.repository));
            let Some(image) = member.and_then(|member| self.fleet.image(member)) else { continue };
            let name = format!("{image}:{tag}");
            let held = self.held(&name, self.labels.get(slug)).await;
            found.push((name, held));
        }
        found
    }

    /// [`Self::of`] for several repositories, a few at once, in order.
    pub(super) async fn of_each(&self, items: Vec<&Item>) -> Vec<Vec<(String, Held)>> {
        let asked = stream::iter(items).map(|item| self.of(item));
        asked.buffered(AT_ONCE).collect().await
    }

    /// Reads the images again after a successful run if they do not contain the version yet; `held` is what was read
    /// first.
    pub(super) async fn after(
        &self,
        item: &Item,
        mut held: Vec<(String, Held)>,
        pace: Pace,
        run: &Ended,
    ) -> Vec<(String, Held)> {
        for _ in 1..LOOKS {
            let verdict = self.wanted.verdict(&held);
            let is_late = matches!(verdict, Err(Fault::Old(_) | Fault::Later(_)));
            if !is_late || run.failure().is_some() {
                return held;
            }
            self.client.time().sleep(Duration::from_secs(pace.every.max(1))).await;
            held = self.of(item).await;
        }
        held
    }

    async fn held(&self, name: &str, label: Option<&String>) -> Held {
        let reference = match Reference::parse(name) {
            Ok(reference) => reference,
            Err(error) => return Held::Unknown(error.to_string(), None),
        };
        match self.registry.image(&reference).await {
            Ok(image) => match labelled(&image, label) {
                Ok(held) => held,
                Err(why) => self.installed(&reference, &image, &why).await,
            },
            // Registries answer the same for an image that is not there and for one that may not be read.
            Err(Refusal { kind: RefusalKind::Denied, why, .. }) => Held::Unknown(
                format!(
                    "{why}: the image does not exist, or the credentials for the registry may not read it"
                ),
                None,
            ),
            Err(refusal) => Held::Unknown(refusal.why, None),
        }
    }

    /// Reads the version from the distribution installed in the layers. The image is named by digest, because its tag
    /// may move in between.
    async fn installed(&self, reference: &Reference, image: &Image, why: &str) -> Held {
        let unknown = |more: String| Held::Unknown(more, Some(image.digest.clone()));
        let Some(package) = &self.fleet.manifest.runtime_package else {
            return unknown(why.to_owned());
        };
        let distribution = &package.distribution;
        match self.registry.installed(&reference.at(&image.digest), distribution).await {
            Ok(Some(found)) => match Version::from_str(found.version.trim()) {
                Ok(version) => Held::Version(version, image.digest.clone()),
                Err(_) => unknown(format!("{why}, and `{}` contains no version", found.path)),
            },
            Ok(None) => {
                unknown(format!("{why}, and `{distribution}` is installed in none of its layers"))
            }
            Err(refusal) => {
                unknown(format!("{why}, and its layers cannot be read: {}", refusal.why))
            }
        }
    }
}

/// Reads the version from the label of an image; the error says why it has none.
fn labelled(image: &Image, label: Option<&String>) -> Result<Held, String> {
    let label = label.ok_or("it is not known which label contains the version")?;
    match image.labels.get(label).map(|text| text.trim()) {
        None | Some("") => Err(format!("it has no label `{label}`")),
        Some(text) => match Version::from_str(text) {
            Ok(version) => Ok(Held::Version(version, image.digest.clone())),
            Err(_) => Err(format!("its label `{label}` contains no version")),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::Platform;
    use crate::release::cascade::document::RunSeen;

    fn v(text: &str) -> Version {
        Version::from_str(text).expect("a version")
    }

    fn held(text: &str) -> (String, Held) {
        ("x".to_owned(), Held::Version(v(text), "sha256:1".to_owned()))
    }

    #[test]
    fn only_images_that_contain_it_prove_it() {
        let unknown = || ("y".to_owned(), Held::Unknown("gone".to_owned(), None));
        let verdict = |held: &[(String, Held)], version: &Version| {
            Wanted { version, exactly: false }.verdict(held)
        };
        assert_eq!(verdict(&[held("0.1.6")], &v("0.1.6")), Ok(()));
        // A later release was faster.
        assert_eq!(verdict(&[held("0.1.7")], &v("0.1.6")), Ok(()));
        assert_eq!(verdict(&[held("0.1.6.0")], &v("0.1.6")), Ok(()));
        assert!(matches!(verdict(&[held("0.1.5")], &v("0.1.6")), Err(Fault::Old(_))));
        assert!(matches!(verdict(&[held("0.1.6rc1")], &v("0.1.6")), Err(Fault::Old(_))));
        assert!(matches!(
            verdict(&[held("0.1.6"), unknown()], &v("0.1.6")),
            Err(Fault::Unknown(_))
        ));
        assert!(matches!(verdict(&[unknown(), held("0.1.5")], &v("0.1.6")), Err(Fault::Old(_))));
        assert!(matches!(verdict(&[], &v("0.1.6")), Err(Fault::Unknown(_))));
        // Who is taken back is not through with what it is taken back from.
        let (version, exactly) = (&v("0.1.6"), true);
        let back = Wanted { version, exactly };
        assert_eq!(back.verdict(&[held("0.1.6")]), Ok(()));
        assert!(matches!(back.verdict(&[held("0.1.7")]), Err(Fault::Later(_))));
    }

    #[test]
    fn a_run_that_is_not_over_has_not_failed() {
        let row = |conclusion: Option<&str>, state: State| {
            let (name, held) = held("0.1.5");
            let run =
                RunSeen { id: 1, page: "p".to_owned(), conclusion: conclusion.map(str::to_owned) };
            let images = vec![held.seen(&name)];
            observed(Row { state, run: Some(run), images, ..Row::default() }, &v("0.1.6"))
        };
        let under_way = row(None, State::Dispatched);
        assert_eq!(under_way.state, State::Unchecked);
        assert_eq!(under_way.reason.as_deref(), Some(UNDER_WAY));
        let over = row(Some("success"), State::Dispatched);
        assert_eq!(over.state, State::Failed);
        assert_eq!(over.reason.as_deref(), Some("`x` contains 0.1.5, and not 0.1.6"));
        assert_eq!(row(None, State::Planned).state, State::Failed);
    }

    #[test]
    fn a_label_that_says_nothing_is_no_proof() {
        let image = |labels: &[(&str, &str)]| Image {
            digest: "sha256:1".to_owned(),
            manifest: "sha256:1".to_owned(),
            platform: Platform::new("linux", "amd64"),
            created: None,
            labels: labels.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
            size: 0,
        };
        let label = "version".to_owned();
        let of = |labels: &[(&str, &str)]| labelled(&image(labels), Some(&label));
        assert!(matches!(of(&[("version", "0.1.6")]), Ok(Held::Version(..))));
        for labels in [&[][..], &[("version", "")], &[("version", "${X}")], &[("other", "0.1.6")]] {
            assert!(of(labels).is_err(), "{labels:?}");
        }
        assert!(labelled(&image(&[]), None).is_err());
    }
}
