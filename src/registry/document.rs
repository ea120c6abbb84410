//! Parses indexes, manifests and configurations.
//!
//! The formats are those of the OCI image specification 1.1 and of Docker's schema 2, which differ only in their media
//! types. Sizes and names come from a server and are trusted only as far as digests verify them.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

use super::reference::is_digest;

/// The supported formats, for the `Accept` header.
pub(super) const ACCEPT: &str = "application/vnd.oci.image.index.v1+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, \
    application/vnd.oci.image.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.v2+json";

/// Maximum number of images to read from an index, and of labels from a configuration.
const MOST_ENTRIES: usize = 1_000;

/// The platform that an image runs on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Platform {
    /// `linux`.
    pub system: String,
    /// `amd64`.
    pub architecture: String,
}

impl Platform {
    /// Creates a platform.
    #[must_use]
    pub fn new(system: impl Into<String>, architecture: impl Into<String>) -> Self {
        Self { system: system.into(), architecture: architecture.into() }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.system, self.architecture)
    }
}

/// An image in its registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// The digest that its tag points to: that of the index if there is one.
    pub digest: String,
    /// The digest of the manifest for the platform.
    pub manifest: String,
    /// The platform it runs on.
    pub platform: Platform,
    /// When it was built, according to its builder, in RFC 3339.
    pub created: Option<String>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// The total size of its layers in bytes, compressed.
    pub size: u64,
}

/// The parsed document that a name points to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Manifest {
    /// The manifests for several platforms.
    Index(Vec<(Platform, Blob)>),
    /// The image for one platform.
    Image { configuration: Blob, layers: Vec<Layer> },
}

/// Bytes named by their digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Blob {
    pub(super) digest: String,
    pub(super) size: u64,
}

/// A layer, with its media type from the manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layer {
    pub(super) blob: Blob,
    pub(super) media_type: String,
}

#[derive(Deserialize)]
struct Document {
    manifests: Option<Vec<Descriptor>>,
    config: Option<Descriptor>,
    layers: Option<Vec<Descriptor>>,
    #[serde(rename = "schemaVersion")]
    schema_version: Option<u64>,
}

#[derive(Deserialize)]
struct Descriptor {
    digest: String,
    #[serde(default)]
    size: u64,
    #[serde(rename = "mediaType", default)]
    media_type: String,
    platform: Option<DescribedPlatform>,
}

#[derive(Deserialize)]
struct DescribedPlatform {
    #[serde(default)]
    os: String,
    #[serde(default)]
    architecture: String,
}

#[derive(Deserialize)]
struct Configuration {
    #[serde(default)]
    os: String,
    #[serde(default)]
    architecture: String,
    created: Option<String>,
    config: Option<Execution>,
}

#[derive(Deserialize)]
struct Execution {
    #[serde(rename = "Labels")]
    labels: Option<BTreeMap<String, String>>,
}

/// Parses an index or a manifest.
pub(super) fn manifest(bytes: &[u8]) -> Result<Manifest, String> {
    let document: Document = serde_json::from_slice(bytes)
        .map_err(|error| format!("its manifest could not be parsed: {error}"))?;
    if let Some(manifests) = document.manifests {
        let listed = manifests.into_iter().take(MOST_ENTRIES).filter_map(|listed| {
            let platform = listed.platform.as_ref()?;
            // Attestations are listed as images of an unknown platform.
            let known = !platform.os.is_empty() && platform.os != "unknown";
            let platform = Platform::new(&platform.os, &platform.architecture);
            known.then(|| Some((platform, blob(listed).ok()?))).flatten()
        });
        return Ok(Manifest::Index(listed.collect()));
    }
    match document.config {
        Some(configuration) => {
            let layers = document.layers.unwrap_or_default();
            if layers.len() > MOST_ENTRIES {
                return Err(format!("its manifest lists more than {MOST_ENTRIES} layers"));
            }
            let layers = layers.into_iter().map(|mut layer| {
                let media_type = std::mem::take(&mut layer.media_type);
                Ok(Layer { blob: blob(layer)?, media_type })
            });
            let layers = layers.collect::<Result<_, String>>()?;
            Ok(Manifest::Image { configuration: blob(configuration)?, layers })
        }
        None if document.schema_version == Some(1) => {
            Err("its manifest is in Docker's schema 1, which registries no longer support"
                .to_owned())
        }
        None => Err("its manifest is neither an index nor an image".to_owned()),
    }
}

fn blob(descriptor: Descriptor) -> Result<Blob, String> {
    if is_digest(&descriptor.digest) {
        Ok(Blob { digest: descriptor.digest, size: descriptor.size })
    } else {
        Err("its manifest uses a digest that is not sha256".to_owned())
    }
}

/// The content of a configuration.
pub(super) struct Configured {
    pub(super) platform: Platform,
    pub(super) created: Option<String>,
    pub(super) labels: BTreeMap<String, String>,
}

/// Parses a configuration.
pub(super) fn configuration(bytes: &[u8]) -> Result<Configured, String> {
    let read: Configuration = serde_json::from_slice(bytes)
        .map_err(|error| format!("its configuration could not be parsed: {error}"))?;
    let labels = read.config.and_then(|config| config.labels).unwrap_or_default();
    Ok(Configured {
        platform: Platform::new(read.os, read.architecture),
        created: read.created,
        labels: labels.into_iter().take(MOST_ENTRIES).collect(),
    })
}

/// Chooses the wanted platform, or else the first with its system, or else the first.
pub(super) fn choose<'m>(listed: &'m [(Platform, Blob)], wanted: &Platform) -> Option<&'m Blob> {
    let exact = listed.iter().find(|(platform, _)| platform == wanted);
    let kin = || listed.iter().find(|(platform, _)| platform.system == wanted.system);
    exact.or_else(kin).or(listed.first()).map(|(_, blob)| blob)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attestations_are_no_images_and_odd_digests_none() {
        let digest = |digit: &str| format!("sha256:{}", digit.repeat(64));
        let index = format!(
            r#"{{"manifests":[
                {{"digest":"{}","platform":{{"os":"unknown","architecture":"unknown"}}}},
                {{"digest":"sha512:00","platform":{{"os":"linux","architecture":"s390x"}}}},
                {{"digest":"{}","size":7,"platform":{{"os":"linux","architecture":"arm64","variant":"v8"}}}}]}}"#,
            digest("0"),
            digest("1"),
        );
        let Ok(Manifest::Index(listed)) = manifest(index.as_bytes()) else { panic!("an index") };
        assert_eq!(listed.len(), 1);
        let chosen = choose(&listed, &Platform::new("linux", "amd64")).expect("the only one");
        assert_eq!(chosen.digest, digest("1"));
    }

    #[test]
    fn what_is_neither_says_so() {
        for (bytes, said) in [
            ("{}", "neither an index nor an image"),
            (r#"{"schemaVersion":1}"#, "schema 1"),
            ("[", "could not be parsed"),
            (r#"{"config":{"digest":"md5:0"}}"#, "not sha256"),
        ] {
            let error = manifest(bytes.as_bytes()).expect_err("nothing");
            assert!(error.contains(said), "{error}");
        }
    }
}
