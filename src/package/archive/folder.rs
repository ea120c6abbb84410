//! Writes members as files into a new, private folder.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::{ArchiveWriter, Member, Sum};

/// Writes members as files.
#[derive(Debug)]
pub struct FolderWriter {
    root: PathBuf,
    made: BTreeSet<String>,
}

impl FolderWriter {
    /// Writes files below an existing folder.
    #[must_use]
    pub fn new(root: PathBuf) -> Self {
        Self { root, made: BTreeSet::new() }
    }
}

impl ArchiveWriter for FolderWriter {
    fn add(&mut self, members: &[Member]) -> io::Result<()> {
        for member in members {
            let folder = member.path.rsplit_once('/').map_or("", |(folder, _)| folder);
            if !self.made.contains(folder) {
                fs::create_dir_all(self.root.join(folder))?;
                self.made.insert(folder.to_owned());
            }
        }
        let root = &self.root;
        members.par_iter().try_for_each(|member| write(&root.join(&member.path), member))
    }

    fn finish(&mut self) -> io::Result<Option<Sum>> {
        Ok(None)
    }
}

fn write(path: &Path, member: &Member) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        // The umask is applied as well.
        options.mode(if member.executable { 0o777 } else { 0o666 });
    }
    options.open(path)?.write_all(&member.bytes)
}
