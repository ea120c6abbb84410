//! The image of a digest or a tag, and the version in it: from its label, or else from what is installed in its layers.

use std::collections::BTreeMap;
use std::str::FromStr as _;

use pep440_rs::Version;

use super::Request;
use crate::registry::Reference;

/// An image in the registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    /// The digest that was requested, or that the tag points to.
    pub(super) digest: String,
    /// The digest of the manifest for one platform, which some consumers report instead.
    pub(super) manifest: String,
    /// When it was created, RFC 3339.
    pub(super) created: Option<String>,
    /// The version in it, or why it is unknown.
    pub(super) version: Result<Version, String>,
}

impl Seen {
    /// Whether a digest identifies this image.
    pub(super) fn is(&self, digest: &str) -> bool {
        self.digest == digest || self.manifest == digest
    }
}

/// The images, each requested only once.
#[derive(Debug)]
pub(super) struct Images<'a> {
    request: &'a Request<'a>,
    known: BTreeMap<Reference, Result<Seen, String>>,
}

impl<'a> Images<'a> {
    pub(super) fn new(request: &'a Request<'a>) -> Self {
        Self { request, known: BTreeMap::new() }
    }

    /// Returns an image of a member.
    pub(super) async fn seen(&mut self, slug: &str, image: &Reference) -> Result<Seen, String> {
        if let Some(known) = self.known.get(image) {
            return known.clone();
        }
        let seen = self.ask(slug, image).await;
        self.known.insert(image.clone(), seen.clone());
        seen
    }

    async fn ask(&self, slug: &str, image: &Reference) -> Result<Seen, String> {
        let Request { registry, labels, fleet, .. } = self.request;
        let found = registry.image(image).await.map_err(|refusal| refusal.why)?;
        let label = labels.get(slug);
        let stamped = label.and_then(|label| found.labels.get(label)).map(|text| text.trim());
        let version = match stamped.filter(|text| !text.is_empty()) {
            Some(text) => Version::from_str(text)
                .map_err(|_| "the label of its version contains no version".to_owned()),
            None => match &fleet.manifest.runtime_package {
                // By digest, because the tag may move in between.
                Some(package) => {
                    self.installed(&image.at(&found.digest), &package.distribution).await
                }
                None => Err("no label names its version".to_owned()),
            },
        };
        let (digest, manifest, created) = (found.digest, found.manifest, found.created);
        Ok(Seen { digest, manifest, created, version })
    }

    async fn installed(&self, image: &Reference, distribution: &str) -> Result<Version, String> {
        match self.request.registry.installed(image, distribution).await {
            Ok(Some(installed)) => Version::from_str(&installed.version)
                .map_err(|_| format!("the {distribution} in it has no version")),
            Ok(None) => Err(format!("it has no label of its version, and no {distribution} in it")),
            Err(refusal) => Err(refusal.why),
        }
    }
}
