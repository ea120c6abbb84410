//! Ownership of files on machines with several users.

use std::fs::Metadata;
use std::path::Path;

/// Whether another user controls a discovered file: by its name, its link target, or the folder that contains it. Root
/// and the current user are not others. For root itself, the owner of the working folder is not another user either:
/// that is for containers, in which everything mounted may belong to another user.
#[cfg(unix)]
#[must_use]
pub fn is_of_somebody_else(file: &Path, working_folder: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let exempt = working_folder.metadata().ok().filter(|_| user() == 0).map(|it| it.uid());
    let is_strange = |metadata: &Metadata| {
        let owner = metadata.uid();
        owner != 0 && owner != user() && Some(owner) != exempt
    };
    // A link in another user's folder may point to a file of ours, such as one in a clone of their repository, and a
    // hard link to it may be in a shared folder. The link's target has a folder to check, too.
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

/// Always `false`, since files have no owners.
#[cfg(not(unix))]
#[must_use]
pub fn is_of_somebody_else(_: &Path, _: &Path) -> bool {
    false
}

/// Whether everyone may write into a folder, such as `/tmp`.
#[cfg(unix)]
#[must_use]
pub fn is_for_all(folder: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    folder.mode() & 0o002 != 0
}

/// Whether something in a folder belongs to an untrusted user: neither us nor root. Root works in folders of other
/// users and trusts what they have there, except in folders into which everyone may write.
#[cfg(unix)]
#[must_use]
pub fn is_foreign(thing: &Metadata, folder: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let is_ours = thing.uid() == 0 || thing.uid() == user();
    !is_ours && (user() != 0 || is_for_all(folder))
}

/// Always `false`, since files have no owners.
#[cfg(not(unix))]
#[must_use]
pub fn is_foreign(_: &Metadata, _: &Metadata) -> bool {
    false
}

/// The effective user id.
#[cfg(unix)]
#[must_use]
pub fn user() -> u32 {
    rustix::process::geteuid().as_raw()
}
