//! Shape packs in a repository itself, at the places that the documentation proposes. They are named, but a pack is used
//! only if somebody chooses it: anyone who can change the repository can change what it demands.

use std::path::{Path, PathBuf};

use crate::shape::lineage::{SHAPE_FOLDERS, STARTER_FOLDER};
use crate::shape::pack::MANIFEST;

/// Returns the folder of a shape pack in a repository on this machine, written in the same style as the repository.
pub(in crate::cli) fn pack_in(repository: &Path) -> Option<PathBuf> {
    let is_pack = |folder: &&str| repository.join(folder).join(MANIFEST).is_file();
    let folder = SHAPE_FOLDERS.into_iter().chain([STARTER_FOLDER]).find(is_pack)?;
    Some(match repository == Path::new(".") {
        true => PathBuf::from(folder),
        false => repository.join(folder),
    })
}
