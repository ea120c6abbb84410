//! Files of the user's own that are written whole or not at all.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// Files of ours larger than this are not read: 16 MiB.
const MAX_BYTES: u64 = 16 << 20;

/// The content of a file of ours; `None` when there is none.
///
/// # Errors
/// When it cannot be read, is too large, or is no regular file: a pipe would block for ever.
pub fn read(file: &Path) -> Result<Option<Vec<u8>>> {
    read_up_to(file, MAX_BYTES)
}

/// The same with another limit, in bytes.
///
/// # Errors
/// As [`read`].
pub fn read_up_to(file: &Path, most: u64) -> Result<Option<Vec<u8>>> {
    let failed = |why: &dyn std::fmt::Display| {
        Error::failed("cannot read the file").in_file(file).caused_by(why)
    };
    let metadata = match file.metadata() {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(&error)),
    };
    if !metadata.is_file() {
        return Err(failed(&"it is no regular file"));
    }
    if metadata.len() > most {
        return Err(failed(&format!(
            "it has {} bytes, more than the {most} that are read",
            metadata.len()
        )));
    }
    std::fs::read(file).map(Some).map_err(|error| failed(&error))
}

/// Opens a file of anybody's to read it.
///
/// # Errors
/// When it cannot be opened, or is no regular file: a pipe would block for ever.
pub fn open(file: &Path) -> io::Result<File> {
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file"));
    }
    File::open(file)
}

/// Writes a file: readers see the old content or the new, never a part. A link is followed, so that
/// the file it leads to is replaced; permissions stay as they were, and those of a new file are what the umask
/// leaves.
///
/// # Errors
/// When it cannot be written, or is a link that somebody else put into a folder of everybody's; the old content is
/// then still there.
pub fn replace(file: &Path, bytes: &[u8]) -> Result<()> {
    write(file, bytes)
        .map_err(|error| Error::failed("cannot write the file").in_file(file).caused_by(error))
}

/// The same for what holds more than everybody should read: nobody but its owner reads it afterwards, whatever stood
/// there before.
///
/// # Errors
/// As [`replace`].
pub fn replace_private(file: &Path, bytes: &[u8]) -> Result<()> {
    write_as(file, bytes, true)
        .map_err(|error| Error::failed("cannot write the file").in_file(file).caused_by(error))
}

fn write(file: &Path, bytes: &[u8]) -> io::Result<()> {
    write_as(file, bytes, false)
}

fn write_as(file: &Path, bytes: &[u8], is_private: bool) -> io::Result<()> {
    refuse_bait(file)?;
    let target = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    if let Ok(metadata) = target.metadata()
        && !metadata.is_file()
    {
        // A pipe or a device, such as /dev/stdout, is written to and never replaced.
        return std::fs::OpenOptions::new().write(true).open(&target)?.write_all(bytes);
    }
    let folder: PathBuf = match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    let mut builder = tempfile::Builder::new();
    // Temporary files are private. A new file of the user's is as readable as the umask lets any be.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let before = target.metadata().ok().filter(|_| !is_private);
    #[cfg(unix)]
    if is_private || before.is_some() {
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600));
    }
    let mut temporary = builder.tempfile_in(folder)?;
    temporary.write_all(bytes)?;
    if let Some(before) = before {
        temporary.as_file().set_permissions(before.permissions())?;
    }
    temporary.persist(&target).map_err(|error| error.error)?;
    Ok(())
}

/// A link in a folder that everybody may write into, of somebody who is neither us nor the folder's owner: whoever
/// guesses the name of a report in `/tmp` would have it replace a file of ours. Kernels refuse to follow it
/// (proc(5), `protected_symlinks`), and we resolve it ourselves.
#[cfg(unix)]
fn refuse_bait(file: &Path) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt as _;
    const STICKY_AND_FOR_ALL: u32 = 0o1002;
    let Ok(link) = file.symlink_metadata() else { return Ok(()) };
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new(".")).metadata()?;
    let is_open = folder.mode() & STICKY_AND_FOR_ALL == STICKY_AND_FOR_ALL;
    if !link.is_symlink()
        || !is_open
        || link.uid() == folder.uid()
        || link.uid() == super::owner::user()
    {
        return Ok(());
    }
    let why = "it is a link that somebody else put into a folder of everybody's";
    Err(io::Error::new(io::ErrorKind::PermissionDenied, why))
}

#[cfg(not(unix))]
fn refuse_bait(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;

    use super::*;

    #[test]
    fn a_link_is_followed_and_permissions_stay() -> io::Result<()> {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir()?;
        let (real, link) = (folder.path().join("real"), folder.path().join("link"));
        std::fs::write(&real, "old")?;
        std::fs::set_permissions(&real, Permissions::from_mode(0o600))?;
        std::os::unix::fs::symlink(&real, &link)?;
        replace(&link, b"new").expect("writable");
        assert_eq!(std::fs::read_to_string(&real)?, "new");
        assert_eq!(real.metadata()?.permissions().mode() & 0o777, 0o600);
        assert!(link.symlink_metadata()?.is_symlink());
        Ok(())
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let error = replace(Path::new("/nowhere/at/all"), b"").expect_err("no such folder");
        assert!(error.to_string().contains("/nowhere/at/all"), "{error}");
    }
}
