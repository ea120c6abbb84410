//! The shape pack embedded in the binary, from `templates/starter/`.

use std::sync::LazyLock;

use include_dir::{Dir, DirEntry, include_dir};

use crate::error::Result;

use super::kinship::Kinship;
use super::lineage::Lineage;
use super::pack::{Pack, PackFile, PackFiles};

/// The name of the embedded pack in reports.
pub const NAME: &str = "embedded";

static STARTER: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates/starter");

/// Loads the embedded pack.
///
/// # Errors
/// Never in a tested binary, since the tests load the pack.
pub fn load() -> Result<Pack> {
    Pack::load(&files(), NAME, Lineage::default())
}

static PACK: LazyLock<Option<Pack>> = LazyLock::new(|| load().ok());

/// Returns the embedded pack, loaded once.
#[must_use]
pub fn loaded() -> Option<&'static Pack> {
    PACK.as_ref()
}

/// Returns what precedes the slug in a repository's name, by the names that the embedded pack is for; `None` if the name
/// is none of these.
#[must_use]
pub fn prefix_of(name: &str) -> Option<&str> {
    name.strip_suffix(loaded()?.slug_of(name)).filter(|prefix| !prefix.is_empty())
}

/// Returns how much a tree has in common with the embedded pack; `has` says whether a path exists.
#[must_use]
pub fn kinship(has: &dyn Fn(&str) -> bool) -> Kinship {
    PACK.as_ref().map_or_else(Kinship::default, |pack| Kinship::of(pack, has))
}

/// Returns the files of the embedded pack.
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
