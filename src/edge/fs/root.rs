//! Holds the root folder and folders below it open, so that nobody can replace them during a write.
//!
//! If a program replaces a folder with a link, a write by name would follow the link. So each folder is opened from the
//! root down without following links, and everything is done through the open folder. Linux has paths for that
//! (`/proc/self/fd/N`, proc(5)); other systems have to rely on names.

use std::io;
use std::path::{Path, PathBuf};

#[cfg(target_os = "linux")]
use std::os::fd::{AsRawFd as _, OwnedFd};

/// The root, held open.
#[derive(Debug)]
pub(super) struct Root {
    /// Its path.
    pub(super) path: PathBuf,
    #[cfg(target_os = "linux")]
    opened: Option<OwnedFd>,
}

/// A folder that is held open: whatever is done below its path is done in it.
#[derive(Debug)]
pub(super) struct Held {
    path: PathBuf,
    #[cfg(target_os = "linux")]
    _opened: Option<OwnedFd>,
}

impl Root {
    /// Opens the root.
    pub(super) fn open(path: PathBuf) -> io::Result<Self> {
        #[cfg(target_os = "linux")]
        {
            let has_paths = Path::new("/proc/self/fd").is_dir();
            let flags = rustix::fs::OFlags::PATH
                | rustix::fs::OFlags::DIRECTORY
                | rustix::fs::OFlags::CLOEXEC;
            let open = || rustix::fs::open(&path, flags, rustix::fs::Mode::empty());
            let opened = if has_paths { Some(open()?) } else { None };
            Ok(Self { path, opened })
        }
        #[cfg(not(target_os = "linux"))]
        Ok(Self { path })
    }

    /// Opens a folder below the root, of whose path every component has to be a folder.
    pub(super) fn hold(&self, folder: &Path) -> io::Result<Held> {
        #[cfg(target_os = "linux")]
        if let Some(root) = &self.opened {
            use rustix::fs::OFlags;
            let below = folder.strip_prefix(&self.path).map_err(io::Error::other)?;
            let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let open = |at: &OwnedFd, name: &Path| {
                rustix::fs::openat(at, name, flags, rustix::fs::Mode::empty())
            };
            let mut opened = open(root, Path::new("."))?;
            for part in below.components() {
                opened = open(&opened, part.as_ref())?;
            }
            let path = PathBuf::from(format!("/proc/self/fd/{}", opened.as_raw_fd()));
            return Ok(Held { path, _opened: Some(opened) });
        }
        Ok(Held {
            path: folder.to_owned(),
            #[cfg(target_os = "linux")]
            _opened: None,
        })
    }

    /// Opens the parent folder of a target, and returns it with the target's path through it.
    pub(super) fn around(&self, target: &Path) -> io::Result<(Held, PathBuf)> {
        let held = self.hold(target.parent().unwrap_or(&self.path))?;
        let path = held.path.join(target.file_name().unwrap_or_default());
        Ok((held, path))
    }
}

impl Held {
    /// A path to the folder that is valid for as long as it is held.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}
