//! Builds the tar archive to copy into a container: our programs, and folders in place of the platform's mounts.

use std::fs::Metadata;
use std::io;
use std::path::Path;

use crate::error::{Error, Result};

/// The folder of our programs and their results in a container.
pub(super) const PLACE: &str = "shipshape-smoke";

/// Maximum size in bytes of all folders for mounts, and number of files.
const MOST_BYTES: u64 = 64 << 20;
const MOST_FILES: usize = 10_000;

/// An archive being built. Its files are readable and its folders writable by everybody, as the container may run as
/// any user.
pub(super) struct Files {
    archive: tar::Builder<Vec<u8>>,
    bytes: u64,
    files: usize,
}

impl Files {
    pub(super) fn new() -> Self {
        Self { archive: tar::Builder::new(Vec::new()), bytes: 0, files: 0 }
    }

    fn header(kind: tar::EntryType, mode: u32, size: u64) -> tar::Header {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_size(size);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        header
    }

    /// Adds a folder, by its path from the container's root.
    pub(super) fn folder(&mut self, path: &str) -> io::Result<()> {
        let mut header = Self::header(tar::EntryType::Directory, 0o777, 0);
        self.archive.append_data(&mut header, format!("{path}/"), io::empty())
    }

    pub(super) fn file(&mut self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let mut header = Self::header(tar::EntryType::Regular, 0o666, bytes.len() as u64);
        self.archive.append_data(&mut header, path, bytes)
    }

    /// Adds one of our own files.
    pub(super) fn ours(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.file(&format!("{PLACE}/{name}"), bytes)
    }

    /// Adds a folder of this machine recursively under a path of the container. Links are skipped, since their targets
    /// need not exist there.
    ///
    /// # Errors
    /// When something cannot be read, or exceeds the limits.
    pub(super) fn copy(&mut self, from: &Path, to: &str) -> Result<()> {
        let failed = |path: &Path, cause: io::Error| {
            Error::failed("cannot read what replaces a mount").in_file(path).caused_by(cause)
        };
        self.folder(to).map_err(|cause| failed(from, cause))?;
        let listed = std::fs::read_dir(from).map_err(|cause| failed(from, cause))?;
        let mut entries = Vec::new();
        for entry in listed {
            let entry = entry.map_err(|cause| failed(from, cause))?;
            entries.push((entry.file_name(), entry.path()));
        }
        entries.sort();
        for (name, path) in entries {
            let data = std::fs::symlink_metadata(&path).map_err(|cause| failed(&path, cause))?;
            let Some(name) = name.to_str() else {
                return Err(
                    Error::failed("a name that is not UTF-8 cannot replace a mount").in_file(&path)
                );
            };
            let inside = format!("{to}/{name}");
            self.count(&path, &data)?;
            if data.is_dir() {
                self.copy(&path, &inside)?;
            } else if data.is_file() {
                let bytes = std::fs::read(&path).map_err(|cause| failed(&path, cause))?;
                self.file(&inside, &bytes).map_err(|cause| failed(&path, cause))?;
            }
        }
        Ok(())
    }

    fn count(&mut self, path: &Path, data: &Metadata) -> Result<()> {
        self.files += 1;
        self.bytes = self.bytes.saturating_add(if data.is_file() { data.len() } else { 0 });
        if self.files > MOST_FILES || self.bytes > MOST_BYTES {
            let most = MOST_BYTES >> 20;
            return Err(Error::usage(format!(
                "more than {MOST_FILES} files or {most} MiB replace the mounts of a container"
            ))
            .in_file(path)
            .hint("put into the folder only what an image needs to start"));
        }
        Ok(())
    }

    pub(super) fn finish(self) -> io::Result<Vec<u8>> {
        self.archive.into_inner()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_copied_without_its_links() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("deep")).expect("made");
        std::fs::write(folder.path().join("deep/config.yaml"), "a: 1\n").expect("written");
        #[cfg(unix)]
        std::os::unix::fs::symlink("/etc/passwd", folder.path().join("link")).expect("linked");
        let mut files = Files::new();
        files.copy(folder.path(), "configs").expect("readable");
        let bytes = files.finish().expect("an archive");
        let mut archive = tar::Archive::new(bytes.as_slice());
        let names: Vec<String> = archive
            .entries()
            .expect("entries")
            .map(|entry| entry.expect("one").path().expect("a path").display().to_string())
            .collect();
        assert_eq!(names, ["configs/", "configs/deep/", "configs/deep/config.yaml"]);
        let error = Files::new().copy(&folder.path().join("absent"), "x").expect_err("none");
        assert!(error.place().is_some(), "{error}");
    }
}
