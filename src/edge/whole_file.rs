//! Reads the user's files, and writes them atomically.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// Maximum size of a file: 16 MiB.
const MAX_BYTES: u64 = 16 << 20;

/// The content of a file; `None` if it does not exist.
///
/// # Errors
/// When it cannot be read, is too large, or is not a regular file: a pipe would block forever.
pub fn read(file: &Path) -> Result<Option<Vec<u8>>> {
    read_up_to(file, MAX_BYTES)
}

/// Like [`read`] with another limit, in bytes.
///
/// # Errors
/// Those of [`read`].
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
        return Err(failed(&"it is not a regular file"));
    }
    if metadata.len() > most {
        return Err(failed(&format!(
            "it has {} bytes, more than the limit of {most}",
            metadata.len()
        )));
    }
    std::fs::read(file).map(Some).map_err(|error| failed(&error))
}

/// Reads standard input, up to the same limit.
///
/// # Errors
/// When it cannot be read, or is too large.
pub fn read_standard_input() -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = io::stdin().lock().take(MAX_BYTES + 1).read_to_end(&mut bytes);
    read.map_err(|error| Error::failed("cannot read standard input").caused_by(error))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Error::failed(format!(
            "standard input has more than {MAX_BYTES} bytes, the limit"
        )));
    }
    Ok(bytes)
}

/// Opens any file for reading.
///
/// # Errors
/// When it cannot be opened, or is not a regular file: a pipe would block forever.
pub fn open(file: &Path) -> io::Result<File> {
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"));
    }
    File::open(file)
}

/// Writes a file atomically: readers see the old content or the new. Links are followed, so that the target is
/// replaced. An existing file keeps its permissions, unless another user put it into a folder that everyone may write
/// into; a new one gets those that the umask allows.
///
/// # Errors
/// When it cannot be written, or is a link that another user put into a folder that everyone may write into; the old
/// content is then still there.
pub fn replace(file: &Path, bytes: &[u8]) -> Result<()> {
    written(file, bytes, false)
}

/// Like [`replace`], but private to the owner, for tokens and the like.
///
/// # Errors
/// Those of [`replace`].
pub fn replace_private(file: &Path, bytes: &[u8]) -> Result<()> {
    written(file, bytes, true)
}

fn written(file: &Path, bytes: &[u8], private: bool) -> Result<()> {
    write(file, bytes, private)
        .map_err(without_temporary_name)
        .map_err(|error| Error::failed("cannot write the file").in_file(file).caused_by(error))
}

/// The error without the temporary name that it happened at: it means nothing to a reader, who knows the file's own.
pub(super) fn without_temporary_name(error: io::Error) -> io::Error {
    let text = error.to_string();
    match text.split_once(" at path \"") {
        // So says `tempfile`; errors of the system hold no other.
        Some((why, _)) if error.get_ref().is_some() => io::Error::new(error.kind(), why.to_owned()),
        _ => error,
    }
}

fn write(file: &Path, bytes: &[u8], private: bool) -> io::Result<()> {
    let target = followed(file)?;
    if let Ok(metadata) = target.metadata()
        && !metadata.is_file()
    {
        return into_the_open(&target, bytes);
    }
    let folder = folder_of(&target);
    let mut builder = tempfile::Builder::new();
    // Temporary files are private by default. A new file of the user's gets the permissions that the umask allows.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let before = target.symlink_metadata().ok().filter(|before| before.is_file());
    let before = before.filter(|before| !is_bait(before, &folder));
    #[cfg(unix)]
    if private || before.is_some() {
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600));
    }
    let mut temporary = builder.tempfile_in(&folder)?;
    temporary.write_all(bytes)?;
    if let Some(before) = before.filter(|_| !private) {
        temporary.as_file().set_permissions(before.permissions())?;
    }
    // A link that was put there since is itself replaced.
    temporary.persist(&target).map_err(|error| error.error)?;
    Ok(())
}

fn folder_of(file: &Path) -> PathBuf {
    match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Writes to a pipe or a device such as `/dev/stdout`, which is never replaced.
#[cfg(unix)]
fn into_the_open(target: &Path, bytes: &[u8]) -> io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = std::fs::OpenOptions::new();
    // Opening a pipe without a reader would block forever.
    let flags = rustix::fs::OFlags::NONBLOCK.bits();
    options.write(true).custom_flags(i32::try_from(flags).unwrap_or_default());
    let mut opened = options.open(target).map_err(|error| {
        match error.raw_os_error() == Some(rustix::io::Errno::NXIO.raw_os_error()) {
            true => io::Error::new(error.kind(), "it is a pipe that nothing reads from"),
            false => error,
        }
    })?;
    // Checks the open file instead of the name, which may refer to something else by now.
    let folder = folder_of(target).metadata()?;
    if super::owner::is_for_all(&folder) && !is_of_us_or_of(&opened.metadata()?, &folder) {
        let why = "it is not a file, and another user put it into a shared folder";
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
    }
    rustix::fs::fcntl_setfl(&opened, rustix::fs::OFlags::empty())?;
    opened.write_all(bytes)
}

#[cfg(not(unix))]
fn into_the_open(target: &Path, bytes: &[u8]) -> io::Result<()> {
    std::fs::OpenOptions::new().write(true).open(target)?.write_all(bytes)
}

/// Resolves the links of a path; its last component need not exist.
///
/// In a folder that everyone may write into, a link of a user other than us and the folder's owner is not followed:
/// otherwise anyone who guesses the name of a report in `/tmp` could have it replace a file of ours. Kernels refuse
/// that too (proc(5), `protected_symlinks`), but not for programs that resolve links themselves. The link that was read
/// is the one that is judged, not one that was there before or after it.
///
/// # Errors
/// When a link is such a trap, leads in a circle, or cannot be read.
#[cfg(unix)]
pub fn followed(file: &Path) -> io::Result<PathBuf> {
    use std::os::unix::fs::MetadataExt as _;
    use std::path::Component;
    const MOST_LINKS: usize = 40;
    let parts = |path: &Path| -> Vec<std::ffi::OsString> {
        path.components().rev().map(|part| part.as_os_str().to_owned()).collect()
    };
    let id = |metadata: &std::fs::Metadata| (metadata.dev(), metadata.ino());
    let mut left = parts(&std::path::absolute(file)?);
    let mut done = PathBuf::from("/");
    let mut links = 0;
    while let Some(part) = left.pop() {
        match Path::new(&part).components().next() {
            Some(Component::RootDir) => done = PathBuf::from("/"),
            Some(Component::ParentDir) => {
                done.pop();
            }
            Some(Component::Normal(name)) => {
                let at = done.join(name);
                let found = at.symlink_metadata().ok();
                let Some(link) = found.filter(std::fs::Metadata::is_symlink) else {
                    done = at;
                    continue;
                };
                if done.starts_with("/proc") {
                    // The text of links to open files is not a usable path.
                    done = at.canonicalize().unwrap_or(at);
                    continue;
                }
                links += 1;
                let to = std::fs::read_link(&at)?;
                let is_the_same = at.symlink_metadata().is_ok_and(|after| id(&after) == id(&link));
                let folder = done.metadata()?;
                let is_bait = super::owner::is_for_all(&folder) && !is_of_us_or_of(&link, &folder);
                if is_bait || !is_the_same || links > MOST_LINKS {
                    let why = match links > MOST_LINKS {
                        true => "there are too many levels of links",
                        false => "it is a link that another user put into a shared folder",
                    };
                    return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
                }
                left.extend(parts(&to));
            }
            Some(Component::CurDir | Component::Prefix(_)) | None => {}
        }
    }
    Ok(done)
}

/// Resolves a path.
///
/// # Errors
/// Never on this system.
#[cfg(not(unix))]
pub fn followed(file: &Path) -> io::Result<PathBuf> {
    Ok(file.canonicalize().unwrap_or_else(|_| file.to_owned()))
}

/// Whether another user put a file where everyone may put one: its permissions would be theirs to choose, for what we
/// write.
#[cfg(unix)]
fn is_bait(file: &std::fs::Metadata, folder: &Path) -> bool {
    let shared = folder.metadata().ok().filter(super::owner::is_for_all);
    shared.is_some_and(|folder| !is_of_us_or_of(file, &folder))
}

/// Always `false`, since files have no owners.
#[cfg(not(unix))]
fn is_bait(_: &std::fs::Metadata, _: &Path) -> bool {
    false
}

#[cfg(unix)]
fn is_of_us_or_of(thing: &std::fs::Metadata, folder: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    thing.uid() == super::owner::user() || thing.uid() == folder.uid()
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
    fn links_lead_on_and_their_end_need_not_be_there() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let base = folder.path().canonicalize()?;
        std::fs::create_dir_all(base.join("real/deep"))?;
        std::os::unix::fs::symlink("real", base.join("one"))?;
        std::os::unix::fs::symlink("../one/deep/new", base.join("real/two"))?;
        assert_eq!(followed(&base.join("one/two"))?, base.join("real/deep/new"));
        assert_eq!(followed(&base.join("one/../real/./x"))?, base.join("real/x"));
        std::os::unix::fs::symlink("round", base.join("round"))?;
        assert!(followed(&base.join("round")).is_err());
        Ok(())
    }

    #[test]
    fn a_pipe_that_nobody_reads_is_not_waited_for() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status()?.success());
        let error = replace(&pipe, b"report").expect_err("nobody reads");
        assert!(error.to_string().contains("nothing reads from"), "{error}");
        let reader = std::process::Command::new("cat")
            .arg(&pipe)
            .stdout(std::process::Stdio::piped())
            .spawn()?;
        let begun = std::time::Instant::now();
        while replace(&pipe, b"report").is_err() {
            assert!(begun.elapsed().as_secs() < 20);
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        assert_eq!(reader.wait_with_output()?.stdout, b"report");
        Ok(())
    }

    /// Only root can give files away.
    #[test]
    fn bait_in_a_folder_of_everybodys_is_not_taken() -> io::Result<()> {
        use std::os::unix::fs::{PermissionsExt as _, chown, lchown, symlink};
        if crate::edge::owner::user() != 0 {
            return Ok(());
        }
        let folder = tempfile::tempdir()?;
        let open = folder.path().join("tmp");
        std::fs::create_dir(&open)?;
        std::fs::set_permissions(&open, Permissions::from_mode(0o1777))?;
        let precious = folder.path().join("precious");
        std::fs::write(&precious, "precious")?;
        symlink(&precious, open.join("link"))?;
        symlink(folder.path(), open.join("folder"))?;
        std::process::Command::new("mkfifo").arg(open.join("pipe")).status()?;
        for name in ["link", "folder", "pipe"] {
            lchown(open.join(name), Some(20_001), None)?;
        }
        chown(&open, Some(0), None)?;
        for bait in ["link", "folder/precious"] {
            let error = replace(&open.join(bait), b"report").expect_err(bait);
            assert!(error.to_string().contains("another user put"), "{error}");
        }
        let reader = std::process::Command::new("timeout")
            .args(["5", "cat"])
            .arg(open.join("pipe"))
            .stdout(std::process::Stdio::piped())
            .spawn()?;
        let told = loop {
            let told = replace(&open.join("pipe"), b"report").expect_err("bait").to_string();
            if !told.contains("nothing reads") {
                break told;
            }
        };
        assert!(told.contains("another user put"), "{told}");
        assert!(reader.wait_with_output()?.stdout.is_empty());
        assert_eq!(std::fs::read_to_string(&precious)?, "precious");
        Ok(())
    }

    /// Only root can give files away.
    #[test]
    fn a_file_of_another_user_gives_no_permissions_in_a_folder_of_everybodys() -> io::Result<()> {
        use std::os::unix::fs::{PermissionsExt as _, chown};
        if crate::edge::owner::user() != 0 {
            return Ok(());
        }
        let folder = tempfile::tempdir()?;
        let mode = |name: &str| -> io::Result<u32> {
            Ok(folder.path().join(name).metadata()?.permissions().mode() & 0o777)
        };
        let umask = {
            replace(&folder.path().join("new"), b"report").expect("writable");
            mode("new")?
        };
        for (of_folder, kept) in [(0o777, false), (0o1777, false), (0o755, true)] {
            let file = folder.path().join("r.html");
            std::fs::set_permissions(folder.path(), Permissions::from_mode(of_folder))?;
            let _ = std::fs::remove_file(&file);
            std::fs::write(&file, "")?;
            std::fs::set_permissions(&file, Permissions::from_mode(0o666))?;
            chown(&file, Some(20_001), None)?;
            replace(&file, b"report").expect("writable");
            let wanted = if kept { 0o666 } else { umask };
            assert_eq!(mode("r.html")?, wanted, "{of_folder:o}");
            assert_eq!(std::fs::read(&file)?, b"report");
        }
        Ok(())
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let error = replace(Path::new("/nowhere/at/all"), b"").expect_err("no such folder");
        assert!(error.to_string().contains("/nowhere/at/all"), "{error}");
    }
}
