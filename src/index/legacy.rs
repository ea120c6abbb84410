//! The older JSON API (`/pypi/NAME/json`), which also lists releases without files.

use std::collections::BTreeMap;
use std::str::FromStr as _;

use pep440_rs::Version;
use serde::Deserialize;
use url::Url;

use super::project::{File, Project, Yanked};

#[derive(Deserialize)]
struct Page {
    info: Info,
    #[serde(default)]
    releases: BTreeMap<String, Vec<Entry>>,
}

#[derive(Deserialize)]
struct Info {
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
struct Entry {
    filename: String,
    url: String,
    #[serde(default)]
    digests: BTreeMap<String, String>,
    size: Option<u64>,
    requires_python: Option<String>,
    #[serde(default)]
    yanked: bool,
    yanked_reason: Option<String>,
    upload_time_iso_8601: Option<String>,
}

/// Parses a page; addresses in it are relative to its own.
pub(super) fn read(bytes: &[u8], at: &Url) -> Result<Project, String> {
    let page: Page = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let mut versions: Vec<Version> =
        page.releases.keys().filter_map(|version| Version::from_str(version).ok()).collect();
    versions.sort();
    let files = page.releases.into_values().flatten().filter_map(|entry| {
        Some(File {
            url: at.join(&entry.url).ok()?,
            file_name: entry.filename,
            hashes: entry.digests,
            size: entry.size,
            requires_python: entry.requires_python.filter(|wanted| !wanted.is_empty()),
            yanked: entry
                .yanked
                .then(|| Yanked { reason: entry.yanked_reason.unwrap_or_default() }),
            uploaded: entry.upload_time_iso_8601,
            metadata: None,
        })
    });
    Ok(Project { name: page.info.name, versions, files: files.collect() })
}
