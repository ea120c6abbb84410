//! Whose files are whose, on a machine of several people.

use std::fs::Metadata;
use std::path::Path;

/// Whether somebody else had a hand in a file that was come upon: in the name, in what it leads to, or in the folder
/// that it stands in. Ours and root's are not somebody else's. Root itself takes what whoever has the folder that it
/// works in has there: that is for containers, where all that is mounted is another user's.
#[cfg(unix)]
#[must_use]
pub fn is_of_somebody_else(file: &Path, working_folder: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let exempt = working_folder.metadata().ok().filter(|_| user() == 0).map(|it| it.uid());
    let is_strange = |metadata: &Metadata| {
        let owner = metadata.uid();
        owner != 0 && owner != user() && Some(owner) != exempt
    };
    // A link may lead from anybody's folder to a file of ours, such as a clone of somebody's repository; a second
    // name of a file (a hard link) may stand in one. What it leads to stands in a folder, too.
    let folder_of = |file: &Path| file.parent().and_then(|folder| folder.metadata().ok());
    let real = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    let has_a_second_name = real.metadata().is_ok_and(|metadata| metadata.nlink() > 1);
    let looked_at = [file.symlink_metadata().ok(), real.metadata().ok()];
    looked_at.iter().flatten().any(is_strange)
        || [folder_of(file), folder_of(&real)]
            .iter()
            .flatten()
            .any(|folder| is_strange(folder) || (has_a_second_name && is_for_all(folder)))
}

/// The same where files have no owners.
#[cfg(not(unix))]
#[must_use]
pub fn is_of_somebody_else(_: &Path, _: &Path) -> bool {
    false
}

/// Whether everybody may put something into a folder, as into `/tmp`.
#[cfg(unix)]
#[must_use]
pub fn is_for_all(folder: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    folder.mode() & 0o002 != 0
}

/// Whether what stands in a folder is somebody else's, of whom nothing is taken: neither ours nor root's. Root works in
/// folders of others, and takes what they have there, but for what anybody may have put into a folder of everybody's.
#[cfg(unix)]
#[must_use]
pub fn is_foreign(thing: &Metadata, folder: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let is_ours = thing.uid() == 0 || thing.uid() == user();
    !is_ours && (user() != 0 || is_for_all(folder))
}

/// The same where files have no owners.
#[cfg(not(unix))]
#[must_use]
pub fn is_foreign(_: &Metadata, _: &Metadata) -> bool {
    false
}

/// The number of the user whose rights count.
#[cfg(unix)]
#[must_use]
pub fn user() -> u32 {
    rustix::process::geteuid().as_raw()
}
