//! The folder that is written into, and folders below it, held so that nobody can exchange them.
//!
//! A name can lead elsewhere from one moment to the next: a program that exchanges a folder for a link would have a
//! file written where that leads. So each folder is opened from the root down, without following a link, and what is
//! done in it is done through what was opened. Linux has paths for that (`/proc/self/fd/N`, proc(5)); elsewhere names
//! have to do.

use std::io;
use std::path::{Path, PathBuf};

#[cfg(target_os = "linux")]
use std::os::fd::{AsRawFd as _, OwnedFd};

/// The root, held.
#[derive(Debug)]
pub(super) struct Root {
    /// Where it is.
    pub(super) path: PathBuf,
    #[cfg(target_os = "linux")]
    opened: Option<OwnedFd>,
}

/// A folder, held: what is done below its path is done in it.
#[derive(Debug)]
pub(super) struct Held {
    path: PathBuf,
    #[cfg(target_os = "linux")]
    _opened: Option<OwnedFd>,
}

impl Root {
    /// Opens it.
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

    /// Opens a folder below it, which has to be a folder at each step.
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

    /// Opens the folder that something stands in: the folder, and its path in there.
    pub(super) fn around(&self, target: &Path) -> io::Result<(Held, PathBuf)> {
        let held = self.hold(target.parent().unwrap_or(&self.path))?;
        let path = held.path.join(target.file_name().unwrap_or_default());
        Ok((held, path))
    }
}

impl Held {
    /// A path that leads to it for as long as it is held.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}
