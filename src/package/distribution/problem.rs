//! What is odd about an archive, as values.

use crate::snapshot::RepoPath;

/// What kind of oddity it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProblemKind {
    /// Cut off, or its bytes are not what their checksum says, or cannot be expanded.
    Damaged,
    /// What stands before a file's data says something else than the directory at the end.
    Disagreement,
    /// Two entries use the same bytes.
    Overlap,
    /// A path leads out of the folder, is absolute, or has what file systems read in different ways.
    UnsafePath,
    /// A name is not UTF-8, or is not declared to be.
    NameEncoding,
    /// A path stands there twice.
    Duplicate,
    /// Two paths differ in case only.
    DuplicateByCase,
    /// A link, a device, or anything else that is neither a file nor a folder.
    Special,
    /// An entry is encrypted.
    Encrypted,
    /// An entry is compressed in a way other than deflate.
    Compression,
    /// Sizes stand behind an entry's data instead of before it.
    DataDescriptor,
    /// The archive or an entry has a comment.
    Comment,
    /// Bytes that belong to no entry.
    StrayBytes,
    /// More than is read: too many entries, too many bytes, or a file that expands too much.
    TooMuch,
    /// 64-bit records in an archive that needs none.
    Zip64,
    /// A document is not UTF-8.
    Undecodable,
}

impl ProblemKind {
    /// Whether installers may find other files in the archive than were found here, or write outside their
    /// folder: what was found proves nothing then, and nobody should install it to see.
    #[must_use]
    pub fn is_unsafe(self) -> bool {
        match self {
            Self::Damaged
            | Self::Disagreement
            | Self::Overlap
            | Self::UnsafePath
            | Self::NameEncoding
            | Self::Duplicate
            | Self::Special
            | Self::Encrypted
            | Self::TooMuch => true,
            Self::DuplicateByCase
            | Self::Compression
            | Self::DataDescriptor
            | Self::Comment
            | Self::StrayBytes
            | Self::Zip64
            | Self::Undecodable => false,
        }
    }
}

/// Something odd.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Of which kind.
    pub kind: ProblemKind,
    /// The entry; nothing for the archive as a whole.
    pub path: Option<RepoPath>,
    /// What is the matter, as a phrase whose subject is the entry or the archive.
    pub detail: String,
}

impl Problem {
    /// What is the matter, with its subject.
    #[must_use]
    pub fn in_words(&self) -> String {
        match &self.path {
            Some(path) => format!("`{path}` {}", self.detail),
            None => format!("the archive {}", self.detail),
        }
    }
}
