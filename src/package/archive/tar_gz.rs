//! Writes a gzipped tar file, the format of an sdist.
//!
//! The tar is split into blocks that are deflated separately, each with the preceding 32 KiB as its dictionary, and
//! joined into one stream (as `pigz` does): this uses all threads, and the splits depend only on the bytes.

use std::io;

use rayon::prelude::*;
use tar::{Builder, EntryType, Header};

use super::deflate::{End, WINDOW, deflate};
use super::{ArchiveWriter, Member, Output, Sum};

/// The size of a block in bytes. Smaller blocks compress worse, larger ones leave threads idle.
const BLOCK: usize = 128 << 10;

/// No name, no time, no comment; "unknown" as the system.
const GZIP_HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

/// Writes a gzipped tar file with all members below one folder.
pub struct TarGzWriter {
    output: Output,
    root: String,
    epoch: u64,
    tar: Builder<Vec<u8>>,
    /// The bytes before the waiting ones, as far back as deflate can refer.
    before: Vec<u8>,
    waiting: Vec<u8>,
    crc: flate2::Crc,
    begun: bool,
}

impl std::fmt::Debug for TarGzWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TarGzWriter").field("root", &self.root).finish_non_exhaustive()
    }
}

impl TarGzWriter {
    /// Creates a tar file whose members are below `root` and have the time `epoch`, in seconds since 1970.
    #[must_use]
    pub fn new(output: Output, root: impl Into<String>, epoch: u64) -> Self {
        Self {
            output,
            root: root.into(),
            epoch: super::clamped(epoch),
            tar: Builder::new(Vec::new()),
            before: Vec::new(),
            waiting: Vec::new(),
            crc: flate2::Crc::new(),
            begun: false,
        }
    }

    fn append(&mut self, member: &Member) -> io::Result<()> {
        let mut header = Header::new_gnu();
        header.set_entry_type(EntryType::Regular);
        header.set_size(member.bytes.len() as u64);
        header.set_mode(member.mode());
        header.set_mtime(self.epoch);
        header.set_uid(0);
        header.set_gid(0);
        // A path that is too long for the header is put into an extension header, as GNU tar does.
        self.tar.append_data(&mut header, format!("{}/{}", self.root, member.path), &*member.bytes)
    }

    /// Compresses the complete blocks that wait, or everything at the end of the stream.
    fn compress(&mut self, end: End) -> io::Result<()> {
        self.waiting.append(self.tar.get_mut());
        let ready = match end {
            End::Piece => self.waiting.len() / BLOCK * BLOCK,
            End::Stream => self.waiting.len(),
        };
        let rest = self.waiting.split_off(ready);
        let bytes = std::mem::replace(&mut self.waiting, rest);
        let count = bytes.len().div_ceil(BLOCK);
        let (before, bytes) = (&self.before, bytes.as_slice());
        let pieces = bytes
            .par_chunks(BLOCK)
            .enumerate()
            .map(|(index, block)| {
                let start = index * BLOCK;
                let dictionary = match index {
                    0 => before.as_slice(),
                    _ => bytes.get(start.saturating_sub(WINDOW)..start).unwrap_or_default(),
                };
                let last = end == End::Stream && index + 1 == count;
                deflate(dictionary, block, if last { End::Stream } else { End::Piece })
            })
            .collect::<io::Result<Vec<Vec<u8>>>>()?;
        self.crc.update(bytes);
        if !self.begun {
            self.output.put(&GZIP_HEADER)?;
            self.begun = true;
        }
        pieces.iter().try_for_each(|piece| self.output.put(piece))?;
        if let Some(last) =
            bytes.get(bytes.len().saturating_sub(WINDOW)..).filter(|it| !it.is_empty())
        {
            self.before = last.to_vec();
        }
        Ok(())
    }
}

impl ArchiveWriter for TarGzWriter {
    fn add(&mut self, members: &[Member]) -> io::Result<()> {
        members.iter().try_for_each(|member| self.append(member))?;
        self.compress(End::Piece)
    }

    fn finish(&mut self) -> io::Result<Option<Sum>> {
        self.tar.finish()?;
        self.compress(End::Stream)?;
        let (crc, size) = (self.crc.sum(), self.crc.amount());
        self.output.put(&crc.to_le_bytes())?;
        self.output.put(&size.to_le_bytes())?;
        self.output.finish().map(Some)
    }
}
