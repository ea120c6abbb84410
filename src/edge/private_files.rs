//! Private folders and files: state, journals, locks, logs, temporary folders.
//!
//! They are created for their owner alone. A file that others may access is closed to them when opened. Whatever
//! another user has put in their place is refused: that user could read what we write, or forge what we read.

use std::fs::{DirBuilder, File, Metadata, OpenOptions};
use std::io;
use std::path::Path;

use tempfile::TempDir;

use super::owner::is_foreign;

/// Creates a folder that only its owner can enter. An existing one keeps its permissions.
///
/// # Errors
/// When it cannot be created, or belongs to another user.
pub fn folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    let around = folder.parent().filter(|around| !around.as_os_str().is_empty());
    refuse_foreign(&folder.metadata()?, around.unwrap_or(Path::new(".")))
}

/// Creates a temporary folder that only its owner can enter, whatever the umask: what is put into it may come from private
/// repositories, and its parent is open to every user of the machine.
///
/// # Errors
/// When it cannot be created.
pub fn temporary_folder(prefix: &str) -> io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    builder.tempdir()
}

/// Opens a file that only its owner can access, with these options, which may create it.
///
/// # Errors
/// When it cannot be opened, is not a regular file, belongs to another user, or is another user's link.
pub fn open(file: &Path, options: &mut OpenOptions) -> io::Result<File> {
    let file = super::whole_file::followed(file)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
        // The path has been resolved, so a link there was created since. Opening a pipe would block forever.
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        options.mode(0o600).custom_flags(i32::try_from(flags.bits()).unwrap_or_default());
        let opened = options.open(&file)?;
        let metadata = opened.metadata()?;
        if !metadata.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"));
        }
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
        refuse_foreign(&metadata, folder.unwrap_or(Path::new(".")))?;
        if metadata.uid() == super::owner::user() && metadata.permissions().mode() & 0o077 != 0 {
            opened.set_permissions(std::fs::Permissions::from_mode(0o600))?;
        }
        Ok(opened)
    }
    #[cfg(not(unix))]
    options.open(file)
}

/// Whether an existing folder, or the link that leads to it, is another user's, who could read what we write there and
/// forge what we read.
#[must_use]
pub fn is_of_another_user(folder: &Path) -> bool {
    let around = folder.parent().filter(|around| !around.as_os_str().is_empty());
    let Ok(around) = around.unwrap_or(Path::new(".")).metadata() else { return false };
    let there = [folder.symlink_metadata(), folder.metadata()];
    there.iter().flatten().any(|thing| is_foreign(thing, &around))
}

/// What everybody on this machine can do with a file that somebody gave us, a token's for one; `None` if nothing. Where
/// files have no modes, nothing is known.
#[cfg(unix)]
#[must_use]
pub fn openness(file: &Path) -> Option<&'static str> {
    use std::os::unix::fs::PermissionsExt as _;
    match file.metadata().ok()?.permissions().mode() & 0o006 {
        0 => None,
        0o004 => Some("read"),
        0o002 => Some("change"),
        _ => Some("read and change"),
    }
}

/// The same where files have no modes.
#[cfg(not(unix))]
#[must_use]
pub fn openness(_: &Path) -> Option<&'static str> {
    None
}

fn refuse_foreign(thing: &Metadata, folder: &Path) -> io::Result<()> {
    if is_foreign(thing, &folder.metadata()?) {
        let why = "it belongs to another user, but must be private";
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
    }
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn mode(path: &Path) -> u32 {
        path.metadata().expect("there").permissions().mode() & 0o777
    }

    #[test]
    fn what_is_made_and_what_is_opened_is_for_its_owner_alone() {
        let base = tempfile::tempdir().expect("a folder");
        let inner = base.path().join("a/b");
        folder(&inner).expect("made");
        assert_eq!((mode(&inner), mode(&base.path().join("a"))), (0o700, 0o700));
        let file = inner.join("log");
        open(&file, File::options().append(true).create(true)).expect("made");
        assert_eq!(mode(&file), 0o600);
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).expect("ours");
        open(&file, File::options().append(true)).expect("opened");
        assert_eq!(mode(&file), 0o600);
        // A link of our own is followed: some keep such files elsewhere.
        let link = base.path().join("link");
        std::os::unix::fs::symlink(&file, &link).expect("a link");
        open(&link, File::options().append(true)).expect("opened");
    }

    #[test]
    fn a_temporary_folder_is_for_its_owner_alone() {
        let made = temporary_folder("shipshape-test-").expect("a folder");
        assert_eq!(mode(made.path()), 0o700);
    }

    #[test]
    fn a_pipe_is_no_file() {
        let base = tempfile::tempdir().expect("a folder");
        let pipe = base.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo runs");
        assert!(made.success());
        open(&pipe, File::options().read(true).write(true)).expect_err("a pipe");
    }

    /// Only root can give files away.
    #[test]
    fn what_another_user_left_in_a_folder_of_everybodys_is_refused() {
        if super::super::owner::user() != 0 {
            return;
        }
        let base = tempfile::tempdir().expect("a folder");
        std::fs::set_permissions(base.path(), std::fs::Permissions::from_mode(0o1777))
            .expect("ours");
        let theirs = base.path().join("state");
        std::fs::create_dir(&theirs).expect("made");
        assert!(!is_of_another_user(&theirs));
        std::os::unix::fs::chown(&theirs, Some(20_001), None).expect("given away");
        assert!(is_of_another_user(&theirs));
        folder(&theirs).expect_err("another's");
        let file = base.path().join("s.db");
        std::fs::write(&file, "").expect("made");
        std::os::unix::fs::chown(&file, Some(20_001), None).expect("given away");
        open(&file, File::options().append(true)).expect_err("another's");
        // Their link to a file of ours: neither followed nor made where it leads.
        let (ours, link) = (base.path().join("ours"), base.path().join("link"));
        for there in [true, false] {
            if there {
                std::fs::write(&ours, "").expect("made");
            } else {
                std::fs::remove_file(&ours).expect("ours");
            }
            let _ = std::fs::remove_file(&link);
            std::os::unix::fs::symlink(&ours, &link).expect("a link");
            std::os::unix::fs::lchown(&link, Some(20_001), None).expect("given away");
            open(&link, File::options().write(true).create(true).truncate(false))
                .expect_err("bait");
            assert_eq!(ours.exists(), there);
        }
    }
}
