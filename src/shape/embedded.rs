//! The shape pack inside the binary: `templates/starter/`.

use include_dir::{Dir, DirEntry, include_dir};

use crate::error::Result;

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
