//! The output of an archive, counted and hashed while it is written.

use std::fs::File;
use std::io::{self, BufWriter, Write};

use sha2::{Digest as _, Sha256};

/// The size of an archive and its SHA-256.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sum {
    /// The size in bytes.
    pub size: u64,
    /// The SHA-256.
    pub sha256: [u8; 32],
}

/// Writes bytes into a file, or nowhere: a dry run produces and hashes everything that a build does.
#[derive(Debug)]
pub struct Output {
    file: Option<BufWriter<File>>,
    hasher: Sha256,
    size: u64,
}

impl Output {
    /// Writes into a file.
    #[must_use]
    pub fn to(file: File) -> Self {
        Self { file: Some(BufWriter::with_capacity(1 << 18, file)), ..Self::nowhere() }
    }

    /// Writes nowhere.
    #[must_use]
    pub fn nowhere() -> Self {
        Self { file: None, hasher: Sha256::new(), size: 0 }
    }

    /// The number of bytes written so far.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Writes bytes.
    pub(super) fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hasher.update(bytes);
        self.size += bytes.len() as u64;
        match &mut self.file {
            Some(file) => file.write_all(bytes),
            None => Ok(()),
        }
    }

    /// Flushes the file.
    pub(super) fn finish(&mut self) -> io::Result<Sum> {
        if let Some(file) = &mut self.file {
            file.flush()?;
        }
        Ok(Sum { size: self.size, sha256: self.hasher.clone().finalize().into() })
    }
}
