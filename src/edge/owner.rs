//! Whose files are whose, on a machine of several people.

use std::path::Path;

/// Whether somebody else put a file there: neither we, nor root, nor who has the folder that we work in. The last is
/// for containers, where all that is mounted is another user's.
#[cfg(unix)]
#[must_use]
pub fn is_of_somebody_else(file: &Path, working_folder: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let owner = |path: &Path| path.metadata().ok().map(|metadata| metadata.uid());
    let Some(owner_of_file) = owner(file) else { return false };
    owner_of_file != 0 && owner_of_file != user() && Some(owner_of_file) != owner(working_folder)
}

/// The same where files have no owners.
#[cfg(not(unix))]
#[must_use]
pub fn is_of_somebody_else(_: &Path, _: &Path) -> bool {
    false
}

/// The number of the user whose rights count.
#[cfg(unix)]
#[must_use]
pub fn user() -> u32 {
    rustix::process::geteuid().as_raw()
}
