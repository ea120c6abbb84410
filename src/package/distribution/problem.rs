//! Oddities of an archive, as values.

use crate::snapshot::RepoPath;

/// The kind of an oddity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProblemKind {
    /// It is truncated, a checksum is wrong, or it cannot be expanded.
    Damaged,
    /// The header before a file's data disagrees with the directory at the end.
    Disagreement,
    /// Two entries use the same bytes.
    Overlap,
    /// A path leads out of the folder, is absolute, or is ambiguous between file systems.
    UnsafePath,
    /// A name is not UTF-8, or not declared to be.
    NameEncoding,
    /// A path occurs twice.
    Duplicate,
    /// Two paths differ only in case.
    DuplicateByCase,
    /// An entry that is neither a file nor a folder, such as a link or a device.
    Special,
    /// An entry is encrypted.
    Encrypted,
    /// An entry has a compression method other than deflate.
    Compression,
    /// Sizes come after an entry's data instead of before it.
    DataDescriptor,
    /// The archive or an entry has a comment.
    Comment,
    /// Bytes belong to no entry.
    StrayBytes,
    /// A limit is exceeded: too many entries, too many bytes, or a file that expands too much.
    TooMuch,
    /// 64-bit records in an archive that does not need them.
    Zip64,
    /// A document is not UTF-8.
    Undecodable,
}

impl ProblemKind {
    /// Whether installers may find other files in the archive than were found here, or write outside their folder. Then
    /// the findings prove nothing, and the archive should not be installed.
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

/// An oddity of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Its kind.
    pub kind: ProblemKind,
    /// The entry; `None` for the archive as a whole.
    pub path: Option<RepoPath>,
    /// The description, as a predicate of the entry or the archive.
    pub detail: String,
}

impl Problem {
    /// The description with its subject.
    #[must_use]
    pub fn in_words(&self) -> String {
        match &self.path {
            Some(path) => format!("`{path}` {}", self.detail),
            None => format!("the archive {}", self.detail),
        }
    }
}
