//! Lists what an archive would contain.

use std::io;

use super::{ArchiveWriter, Member, Sum};

/// One member of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its path.
    pub path: String,
    /// Whether it is executable.
    pub executable: bool,
    /// The size of its content in bytes.
    pub size: u64,
    /// The SHA-256 of its content.
    pub sha256: [u8; 32],
}

/// Writes nothing, and records what would be written.
#[derive(Debug, Default)]
pub struct ListingWriter {
    /// The members so far, in order.
    pub members: Vec<Listed>,
}

impl ArchiveWriter for ListingWriter {
    fn add(&mut self, members: &[Member]) -> io::Result<()> {
        self.members.extend(members.iter().map(|member| Listed {
            path: member.path.clone(),
            executable: member.executable,
            size: member.bytes.len() as u64,
            sha256: member.sha256,
        }));
        Ok(())
    }

    fn finish(&mut self) -> io::Result<Option<Sum>> {
        Ok(None)
    }
}
