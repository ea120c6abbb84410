//! Deflate at level 6, and CRC-32, with one compressor per thread and the same bytes from each.

use std::cell::RefCell;
use std::io;

use flate2::{Compress, Compression, FlushCompress, Status};

/// Level 9 takes half as much time again for the same size.
const LEVEL: u32 = 6;

/// How far back deflate can refer.
pub(super) const WINDOW: usize = 32 << 10;

thread_local! {
    // Creating one costs more than compressing a small file.
    static COMPRESSOR: RefCell<Compress> =
        RefCell::new(Compress::new(Compression::new(LEVEL), false));
}

/// How a part of a stream ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// With the end of the stream.
    Stream,
    /// At a byte boundary; another part follows.
    Piece,
}

/// Compresses bytes without a header. `before` are the bytes that precede them in the stream.
pub(super) fn deflate(before: &[u8], bytes: &[u8], end: End) -> io::Result<Vec<u8>> {
    COMPRESSOR.with_borrow_mut(|compressor| {
        compressor.reset();
        if !before.is_empty() {
            compressor.set_dictionary(before).map_err(io::Error::other)?;
        }
        let flush = match end {
            End::Stream => FlushCompress::Finish,
            End::Piece => FlushCompress::Sync,
        };
        let mut output = Vec::with_capacity(bytes.len() / 2 + 256);
        let begun = compressor.total_in();
        loop {
            let read = usize::try_from(compressor.total_in() - begun).unwrap_or(usize::MAX);
            let rest = bytes.get(read..).unwrap_or_default();
            let status =
                compressor.compress_vec(rest, &mut output, flush).map_err(io::Error::other)?;
            let has_room = output.len() < output.capacity();
            let whole = compressor.total_in() - begun == bytes.len() as u64;
            match (status, end) {
                (Status::StreamEnd, _) => return Ok(output),
                // Spare capacity means that no output is pending.
                (_, End::Piece) if whole && has_room => return Ok(output),
                _ => output.reserve(bytes.len() / 4 + 256),
            }
        }
    })
}

/// The CRC-32 of bytes.
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}
