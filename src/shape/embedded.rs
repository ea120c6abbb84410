//! The shape pack inside the binary: `templates/starter/`.

use std::sync::LazyLock;

use include_dir::{Dir, DirEntry, include_dir};

use crate::error::Result;

use super::kinship::Kinship;
use super::lineage::Lineage;
use super::pack::{Pack, PackFile, PackFiles};

/// How reports name the embedded pack.
pub const NAME: &str = "embedded";

static STARTER: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates/starter");

/// Loads the embedded pack.
///
/// # Errors
/// Never in a binary whose tests pass: the pack is loaded by them.
pub fn load() -> Result<Pack> {
    Pack::load(&files(), NAME, Lineage::default())
}

/// How a tree stands to the embedded pack; `has` says whether a path is there.
#[must_use]
pub fn kinship(has: &dyn Fn(&str) -> bool) -> Kinship {
    static PACK: LazyLock<Option<Pack>> = LazyLock::new(|| load().ok());
    PACK.as_ref().map_or_else(Kinship::default, |pack| Kinship::of(pack, has))
}

/// The files of the embedded pack.
#[must_use]
pub fn files() -> PackFiles {
    let mut files = PackFiles::new();
    let mut folders = vec![&STARTER];
    while let Some(folder) = folders.pop() {
        for entry in folder.entries() {
            match entry {
                DirEntry::Dir(folder) => folders.push(folder),
                DirEntry::File(file) => {
                    let path = file.path().to_string_lossy().replace('\\', "/");
                    let content = PackFile { bytes: file.contents().into(), executable: false };
                    files.insert(path, content);
                }
            }
        }
    }
    files
}
