//! The marker of a folder that was created here: which files belong to it.
//!
//! The marker is an ordinary file and may be forged, so it only ever admits files whose contents match its hashes.

use std::collections::BTreeMap;
use std::io::{self, Read as _};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::Digest as _;

use crate::digest::hexadecimal;
use crate::edge::whole_file;

/// The marker's file name.
pub const MARKER: &str = ".shipshape-made.json";

const SCHEMA: &str = "shipshape/made/1";

/// Maximum size of a marker: 64 MiB.
const MAX_MARKER_BYTES: u64 = 64 << 20;

/// Files that others put into the folder and that any run may replace: those directly in one subfolder whose names have
/// a given prefix and suffix, with something in between.
#[derive(Clone, Debug)]
pub struct Loose {
    /// The subfolder, of one component.
    pub folder: &'static str,
    /// The prefix of the names.
    pub beginning: String,
    /// The possible suffixes of the names.
    pub endings: &'static [&'static str],
}

impl Loose {
    /// Allows no such files.
    #[must_use]
    pub fn none() -> Self {
        Self { folder: "", beginning: String::new(), endings: &[] }
    }

    fn holds(&self, path: &str) -> bool {
        let Some((folder, name)) = path.split_once('/') else { return false };
        let Some(rest) = name.strip_prefix(self.beginning.as_str()) else { return false };
        let ends = |ending: &&str| rest.strip_suffix(ending).is_some_and(|it| !it.is_empty());
        folder == self.folder && !name.contains('/') && self.endings.iter().any(ends)
    }
}

/// The content of a marker.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Marker {
    schema: String,
    /// Hashes by path.
    files: BTreeMap<String, String>,
}

impl Marker {
    pub(super) fn of(files: BTreeMap<String, String>) -> Self {
        Self { schema: SCHEMA.to_owned(), files }
    }

    pub(super) fn text(&self) -> io::Result<Vec<u8>> {
        serde_json::to_vec(self).map_err(io::Error::other)
    }

    /// Reads a marker; `None` if there is no valid one.
    pub(super) fn read(path: &Path) -> Option<Self> {
        if !path.symlink_metadata().ok()?.is_file() {
            return None;
        }
        let mut text = String::new();
        let file = whole_file::open(path).ok()?;
        file.take(MAX_MARKER_BYTES).read_to_string(&mut text).ok()?;
        let marker: Self = serde_json::from_str(&text).ok()?;
        (marker.schema == SCHEMA).then_some(marker)
    }

    /// Why a file of the folder must not be removed.
    pub(super) fn foreign(&self, target: &Path, path: &str, loose: &Loose) -> Option<&'static str> {
        if path == MARKER || is_bytecode(path) || loose.holds(path) {
            return None;
        }
        match self.files.get(path) {
            None => Some("the folder contains a file that shipshape did not create"),
            Some(hash) => match hash_of(&target.join(path)) {
                Ok(known) if known == *hash => None,
                _ => Some("a file of the folder has been changed since it was created"),
            },
        }
    }
}

/// Whether a file is Python's bytecode cache, written by an import.
fn is_bytecode(path: &str) -> bool {
    let Some((folder, name)) = path.rsplit_once('/') else { return false };
    folder.rsplit('/').next() == Some("__pycache__")
        && name.strip_suffix(".pyc").is_some_and(|stem| !stem.is_empty())
}

pub(super) fn hash_of(path: &Path) -> io::Result<String> {
    if !path.symlink_metadata()?.is_file() {
        return Err(io::Error::other("is not a file"));
    }
    let mut hasher = sha2::Sha256::new();
    let mut file = whole_file::open(path)?;
    let mut buffer = vec![0; 64 << 10];
    loop {
        let read = file.read(&mut buffer)?;
        match buffer.get(..read) {
            Some(chunk) if !chunk.is_empty() => hasher.update(chunk),
            _ => break,
        }
    }
    Ok(hexadecimal(&hasher.finalize()))
}
