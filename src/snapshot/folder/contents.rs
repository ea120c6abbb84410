//! The contents of a listed folder, read when they are asked for.

use std::collections::HashMap;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::open_listed;
use crate::snapshot::blob::{FIRST_BYTES, too_large};
use crate::snapshot::git::GitDirectory;
use crate::snapshot::kept::with_plain_ids;
use crate::snapshot::{BlobId, MAX_BLOB_BYTES, ReadBlob, Unreadable, with_line_feeds};

/// The source of a blob on disk.
#[derive(Debug)]
pub(super) enum Origin {
    File(PathBuf),
    Link(PathBuf),
    /// A file of which git keeps other bytes.
    Kept(PathBuf, Undone),
    /// What git would keep is not known, because of this attribute.
    Unknown(String),
}

/// What git undoes of a file on disk when it takes it up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Undone {
    /// The return before each line feed.
    pub(super) returns: bool,
    /// The ids in `$Id$`.
    pub(super) ids: bool,
}

impl Undone {
    /// The bytes that git keeps.
    pub(super) fn of(self, bytes: Vec<u8>) -> Vec<u8> {
        let bytes = if self.returns { with_line_feeds(&bytes) } else { bytes };
        let collapsed = if self.ids { with_plain_ids(&bytes) } else { None };
        collapsed.unwrap_or(bytes)
    }
}

impl Origin {
    fn read(&self) -> io::Result<Result<Vec<u8>, Unreadable>> {
        match self {
            Self::Link(path) => Ok(Ok(fs::read_link(path)?.into_os_string().into_encoded_bytes())),
            Self::File(path) => read_file(path),
            Self::Kept(path, undone) => Ok(read_file(path)?.map(|bytes| undone.of(bytes))),
            Self::Unknown(word) => Ok(Err(Unreadable::Converted(word.clone()))),
        }
    }
}

fn read_file(path: &Path) -> io::Result<Result<Vec<u8>, Unreadable>> {
    let listed = path.symlink_metadata()?;
    if !listed.is_file() {
        return Err(io::Error::other("is no longer a file"));
    }
    if listed.len() > MAX_BLOB_BYTES {
        let mut first = Vec::new();
        open_listed(path, &listed)?.take(FIRST_BYTES).read_to_end(&mut first)?;
        return Ok(Err(too_large(listed.len(), &first)));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(listed.len()).unwrap_or(0));
    open_listed(path, &listed)?.take(MAX_BLOB_BYTES).read_to_end(&mut bytes)?;
    Ok(Ok(bytes))
}

/// Reads what was listed, and nothing else: content whose id has changed is refused.
#[derive(Debug)]
pub(super) struct Contents {
    pub(super) origins: HashMap<BlobId, Origin>,
    /// Where contents are that are not on disk as git keeps them.
    pub(super) stored: Option<GitDirectory>,
}

impl ReadBlob for Contents {
    fn read(&self, id: BlobId) -> Result<Arc<[u8]>, Unreadable> {
        let Some(origin) = self.origins.get(&id) else {
            if let Some(stored) = &self.stored {
                return stored.read(id);
            }
            return Err(Unreadable::Absent(format!(
                "no file had the content {id} when the folder was listed"
            )));
        };
        match origin.read() {
            Ok(Ok(bytes)) if BlobId::of(&bytes) == id => Ok(bytes.into()),
            Ok(Ok(_)) => {
                Err(Unreadable::Refused("it has changed since the folder was listed".to_owned()))
            }
            Ok(Err(unreadable)) => Err(unreadable),
            Err(error) => Err(Unreadable::Refused(error.to_string())),
        }
    }
}
