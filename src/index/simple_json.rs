//! The simple API as JSON (PEP 691), with versions, sizes and times (PEP 700).

use std::collections::BTreeMap;
use std::str::FromStr as _;

use pep440_rs::Version;
use serde::Deserialize;
use url::Url;

use super::project::{File, Project, Yanked};

/// The media type.
pub(super) const TYPE: &str = "application/vnd.pypi.simple.v1+json";

#[derive(Deserialize)]
struct Page {
    meta: Option<Meta>,
    #[serde(default)]
    name: String,
    #[serde(default)]
    versions: Vec<String>,
    files: Vec<Entry>,
}

#[derive(Deserialize)]
struct Meta {
    #[serde(rename = "api-version")]
    version: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Entry {
    filename: String,
    url: String,
    hashes: Option<BTreeMap<String, String>>,
    requires_python: Option<String>,
    yanked: Option<Flag>,
    size: Option<u64>,
    upload_time: Option<String>,
    core_metadata: Option<Offer>,
    dist_info_metadata: Option<Offer>,
}

/// `true`, `false`, or a reason.
#[derive(Deserialize)]
#[serde(untagged)]
enum Flag {
    Bool(bool),
    Reason(String),
}

/// `true`, `false`, or the metadata file's hashes.
#[derive(Deserialize)]
#[serde(untagged)]
enum Offer {
    Bool(bool),
    Hashes(BTreeMap<String, String>),
}

/// Parses a page; addresses in it are relative to its own.
pub(super) fn read(bytes: &[u8], at: &Url) -> Result<Project, String> {
    let page: Page = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let version = page.meta.and_then(|meta| meta.version);
    if let Some(version) = version.filter(|version| !version.starts_with("1.")) {
        return Err(format!("it uses version `{version}` of the API; only version 1 is supported"));
    }
    let versions = page.versions.iter().filter_map(|version| Version::from_str(version).ok());
    Ok(Project {
        name: page.name,
        versions: versions.collect(),
        files: page.files.into_iter().filter_map(|entry| file(entry, at)).collect(),
    })
}

/// Converts an entry; `None` if it has no usable address.
fn file(entry: Entry, at: &Url) -> Option<File> {
    let mut url = at.join(&entry.url).ok()?;
    let mut hashes: BTreeMap<String, String> = entry
        .hashes
        .unwrap_or_default()
        .into_iter()
        .map(|(name, digest)| (name.to_lowercase(), digest.to_lowercase()))
        .collect();
    hashes.extend(super::simple_html::take_hashes(&mut url));
    Some(File {
        file_name: entry.filename,
        url,
        hashes,
        size: entry.size,
        requires_python: entry.requires_python.filter(|wanted| !wanted.is_empty()),
        yanked: match entry.yanked {
            None | Some(Flag::Bool(false)) => None,
            Some(Flag::Bool(true)) => Some(Yanked::default()),
            Some(Flag::Reason(reason)) => Some(Yanked { reason }),
        },
        uploaded: entry.upload_time,
        metadata: match entry.core_metadata.or(entry.dist_info_metadata) {
            None | Some(Offer::Bool(false)) => None,
            Some(Offer::Bool(true)) => Some(None),
            Some(Offer::Hashes(hashes)) => Some(hashes.get("sha256").cloned()),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_says_nothing_of_may_be_null() {
        let page = br#"{"files": [{"filename": "x-1.zip", "url": "x-1.zip#sha256=AB", "hashes": null, "yanked": null,
            "requires-python": null, "core-metadata": null}]}"#;
        let at = Url::parse("https://a.example/simple/x/").expect("a URL");
        let project = read(page, &at).expect("a page");
        assert_eq!(project.files[0].yanked, None);
        assert_eq!(project.files[0].hashes["sha256"], "ab");
    }
}
