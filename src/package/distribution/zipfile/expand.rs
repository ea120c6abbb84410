//! Expands an entry's content, but never more of it than the directory declares.

use std::io::Read as _;

use flate2::Crc;
use flate2::bufread::DeflateDecoder;

use super::super::ProblemKind;
use super::Located;

/// An entry's content.
pub(super) struct Expanded {
    pub(super) bytes: Vec<u8>,
    /// The number of bytes after the end of the compressed data.
    pub(super) stray: usize,
}

/// Expands an entry, or returns the reason that this is impossible.
pub(super) fn expand(archive: &[u8], located: &Located) -> Result<Expanded, (ProblemKind, String)> {
    let damaged = |detail: &str| (ProblemKind::Damaged, detail.to_owned());
    let data = archive.get(located.data.clone()).unwrap_or_default();
    let entry = &located.entry;
    let expanded = if entry.method == 0 {
        Expanded { bytes: data.to_vec(), stray: 0 }
    } else {
        let mut decoder = DeflateDecoder::new(data);
        let mut bytes = Vec::with_capacity(usize::try_from(entry.size).unwrap_or_default());
        // One byte more than declared reveals content that is too long.
        let read = decoder.by_ref().take(entry.size.saturating_add(1)).read_to_end(&mut bytes);
        read.map_err(|error| damaged(&format!("cannot be expanded: {error}")))?;
        let used = usize::try_from(decoder.total_in()).unwrap_or(data.len());
        Expanded { bytes, stray: data.len().saturating_sub(used) }
    };
    if expanded.bytes.len() as u64 != entry.size {
        return Err(damaged("does not expand to the size in the directory"));
    }
    let mut checksum = Crc::new();
    checksum.update(&expanded.bytes);
    if checksum.sum() != entry.checksum {
        return Err(damaged("does not match its checksum"));
    }
    Ok(expanded)
}
