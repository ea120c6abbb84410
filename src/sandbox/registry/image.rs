//! Images as a layer, a configuration and a manifest. The same content and second produce the same
//! bytes.

use std::collections::BTreeMap;
use std::io::Read as _;

use serde_json::{Value, json};
use sha2::Digest as _;

/// The directory of installed packages in the image.
const INSTALLED: &str = "usr/local/lib/python3.11/site-packages";

/// The most bytes of a file in a wheel that are unpacked.
const MAX_FILE: u64 = 64 << 20;

/// The intended content of an image.
#[derive(Clone, Debug, Default)]
pub(in crate::sandbox) struct Holds {
    pub(in crate::sandbox) labels: BTreeMap<String, String>,
    /// Files by path.
    files: BTreeMap<String, Vec<u8>>,
}

/// The bytes of an image.
#[derive(Clone, Debug, Default)]
pub(in crate::sandbox) struct Content {
    pub(in crate::sandbox) manifest: Vec<u8>,
    /// The layer and the configuration, by digest.
    pub(in crate::sandbox) blobs: BTreeMap<String, Vec<u8>>,
}

/// Returns the SHA-256 of bytes in hexadecimal.
pub(in crate::sandbox) fn hexadecimal(bytes: &[u8]) -> String {
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", hexadecimal(bytes))
}

impl Holds {
    /// Creates a content of labels only.
    pub(in crate::sandbox) fn labelled(labels: &BTreeMap<String, String>) -> Self {
        Self { labels: labels.clone(), files: BTreeMap::new() }
    }

    /// Installs a wheel by unpacking it. Returns `None` if it is not a valid wheel.
    pub(in crate::sandbox) fn install(&mut self, wheel: &[u8]) -> Option<()> {
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(wheel)).ok()?;
        for index in 0..archive.len() {
            let entry = archive.by_index(index).ok()?;
            // A path that leaves its directory is not valid in a wheel.
            let path = entry.enclosed_name()?.to_string_lossy().into_owned();
            if entry.is_file() {
                let mut bytes = Vec::new();
                entry.take(MAX_FILE).read_to_end(&mut bytes).ok()?;
                self.files.insert(format!("{INSTALLED}/{path}"), bytes);
            }
        }
        Some(())
    }
}

impl Content {
    /// Builds an image. A file contains `name`, since no engine accepts an empty image; `created`
    /// is RFC 3339.
    pub(in crate::sandbox) fn of(holds: &Holds, name: &str, created: &str) -> Self {
        let layer = layer(holds, name);
        let configuration = json!({
            "created": created,
            "architecture": "amd64",
            "os": "linux",
            "config": { "Labels": holds.labels, "Cmd": ["/nothing-to-run"] },
            "rootfs": { "type": "layers", "diff_ids": [digest(&layer)] },
            "history": [{ "created": created, "created_by": "a run of a sandbox" }],
        });
        let configuration = bytes(&configuration);
        let part = |kind: &str, bytes: &[u8]| {
            json!({
                "mediaType": kind, "digest": digest(bytes), "size": bytes.len(),
            })
        };
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": part("application/vnd.oci.image.config.v1+json", &configuration),
            "layers": [part("application/vnd.oci.image.layer.v1.tar", &layer)],
        });
        let blobs = [layer, configuration].map(|bytes| (digest(&bytes), bytes)).into();
        Self { manifest: bytes(&manifest), blobs }
    }

    /// Returns the digest of the manifest.
    pub(in crate::sandbox) fn digest(&self) -> String {
        digest(&self.manifest)
    }
}

fn bytes(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

/// Packs all files into one layer, as plain tar.
fn layer(holds: &Holds, name: &str) -> Vec<u8> {
    let about = format!("{name}, built by a sandbox: nothing in it can be run\n");
    let about = [("etc/sandbox-image", about.as_bytes())];
    let installed = holds.files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice()));
    let mut archive = tar::Builder::new(Vec::new());
    for (path, bytes) in about.into_iter().chain(installed) {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(0);
        // Writing to memory only fails for a path that no archive can represent, and thus no wheel
        // either.
        let _ = archive.append_data(&mut header, path, bytes);
    }
    archive.into_inner().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_named_by_its_digest() {
        let labels = BTreeMap::from([("version".to_owned(), "0.1.6".to_owned())]);
        let holds = Holds::labelled(&labels);
        let image = Content::of(&holds, "acme/one", "2026-11-22T12:00:00Z");
        let manifest: Value = serde_json::from_slice(&image.manifest).expect("JSON");
        for part in [&manifest["config"], &manifest["layers"][0]] {
            let named = part["digest"].as_str().expect("a digest");
            let bytes = &image.blobs[named];
            assert_eq!(digest(bytes), named);
            assert_eq!(part["size"], bytes.len());
        }
        let again = Content::of(&holds, "acme/one", "2026-11-22T12:00:00Z");
        assert_eq!(image.digest(), again.digest());
        let later = Content::of(&holds, "acme/one", "2026-11-22T12:00:01Z");
        assert_ne!(image.digest(), later.digest());
    }

    #[test]
    fn what_is_no_wheel_is_not_installed() {
        assert_eq!(Holds::default().install(b"no archive"), None);
    }
}
