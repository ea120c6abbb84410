//! Finds distributions in a folder by their names.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// The wheels and sdists directly in a folder, sorted; suffixes match in any case.
///
/// # Errors
/// When the folder cannot be read.
pub fn in_folder(folder: &Path) -> Result<Vec<PathBuf>> {
    ending(folder, &[".whl", ".tar.gz"])
}

/// The wheels directly in a folder, sorted; suffixes match in any case.
///
/// # Errors
/// When the folder cannot be read.
pub fn wheels_in_folder(folder: &Path) -> Result<Vec<PathBuf>> {
    ending(folder, &[".whl"])
}

fn ending(folder: &Path, ends: &[&str]) -> Result<Vec<PathBuf>> {
    let failed = |error: std::io::Error| {
        Error::failed("cannot read this folder").in_file(folder).caused_by(error)
    };
    let mut paths = Vec::new();
    for entry in folder.read_dir().map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase());
        let wanted = name.is_some_and(|name| ends.iter().any(|end| name.ends_with(end)));
        if wanted && path.is_file() {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}
