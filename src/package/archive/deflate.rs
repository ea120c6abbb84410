//! Deflate at level 6, and CRC-32: a compressor for each thread, the same bytes from each.

use std::cell::RefCell;
use std::io;

use flate2::{Compress, Compression, FlushCompress, Status};

/// Level 6 is the knee: level 9 gives the same size in half as much time again.
const LEVEL: u32 = 6;

/// As much of what came before as deflate can refer to.
pub(super) const WINDOW: usize = 32 << 10;

thread_local! {
    // Setting one up costs more than compressing a small file.
    static COMPRESSOR: RefCell<Compress> =
        RefCell::new(Compress::new(Compression::new(LEVEL), false));
}

/// How a piece of a stream ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The stream ends.
    Stream,
    /// At a whole byte; another piece follows.
    Piece,
}

/// Compresses bytes without a header. `before` is what stands in front of them in the stream.
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
                // Room that is left says that nothing waits to be written.
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
