//! Writes a zip file, the format of a wheel, according to PKWARE's APPNOTE 6.3.

use std::io;

use rayon::prelude::*;

use super::deflate::{End, crc32, deflate};
use super::{ArchiveWriter, Member, Output, Sum};

const STORED: u16 = 0;
const DEFLATED: u16 = 8;
/// Deflate requires a reader of version 2.0.
const VERSION: u16 = 20;
/// Made on Unix, so that the attributes contain a Unix mode.
const MADE_BY: u16 = (3 << 8) | VERSION;
/// Names are UTF-8.
const UTF8: u16 = 1 << 11;
/// Beyond these limits a file would need zip64, which some readers of wheels do not support.
const MOST_MEMBERS: usize = 0xfffe;
const MOST_BYTES: u64 = 0xffff_fffe;

/// Writes a zip file.
#[derive(Debug)]
pub struct ZipWriter {
    output: Output,
    time: [u8; 4],
    directory: Vec<u8>,
    members: usize,
}

/// A member that is ready to be written.
struct Ready {
    crc: u32,
    method: u16,
    /// The compressed bytes; `None` if it is stored.
    bytes: Option<Vec<u8>>,
}

impl ZipWriter {
    /// Creates a zip file whose members have the time `epoch`, in seconds since 1970.
    #[must_use]
    pub fn new(output: Output, epoch: u64) -> Self {
        Self { output, time: dos_time(super::clamped(epoch)), directory: Vec::new(), members: 0 }
    }

    fn write(&mut self, member: &Member, ready: &Ready) -> io::Result<()> {
        let bytes = ready.bytes.as_deref().unwrap_or(&member.bytes);
        let offset = self.output.size();
        self.members += 1;
        if self.members > MOST_MEMBERS || offset + bytes.len() as u64 > MOST_BYTES {
            return Err(io::Error::other("a wheel has at most 65,534 files and 4 GiB"));
        }
        let name = member.path.as_bytes();
        let flags = if member.path.is_ascii() { 0 } else { UTF8 };
        let too_long = |_| io::Error::other(format!("the path is too long: {}", member.path));
        let mut fields = Vec::with_capacity(26);
        fields.extend(VERSION.to_le_bytes());
        fields.extend(flags.to_le_bytes());
        fields.extend(ready.method.to_le_bytes());
        fields.extend(self.time);
        fields.extend(ready.crc.to_le_bytes());
        fields.extend(u32::try_from(bytes.len()).map_err(too_long)?.to_le_bytes());
        fields.extend(u32::try_from(member.bytes.len()).map_err(too_long)?.to_le_bytes());
        fields.extend(u16::try_from(name.len()).map_err(too_long)?.to_le_bytes());
        fields.extend([0; 2]);
        let mut header = Vec::with_capacity(30 + name.len());
        header.extend(b"PK\x03\x04");
        header.extend(&fields);
        header.extend(name);
        self.output.put(&header)?;
        self.output.put(bytes)?;
        self.directory.extend(b"PK\x01\x02");
        self.directory.extend(MADE_BY.to_le_bytes());
        self.directory.extend(&fields);
        // No comment, the first disk, no internal attributes.
        self.directory.extend([0; 6]);
        self.directory.extend(((0o100_000 | member.mode()) << 16).to_le_bytes());
        self.directory.extend(u32::try_from(offset).map_err(too_long)?.to_le_bytes());
        self.directory.extend(name);
        Ok(())
    }
}

impl ArchiveWriter for ZipWriter {
    fn add(&mut self, members: &[Member]) -> io::Result<()> {
        let ready = members.par_iter().map(make_ready).collect::<io::Result<Vec<Ready>>>()?;
        members.iter().zip(&ready).try_for_each(|(member, ready)| self.write(member, ready))
    }

    fn finish(&mut self) -> io::Result<Option<Sum>> {
        let overflow = |_| io::Error::other("a wheel has at most 65,534 files and 4 GiB");
        let count = u16::try_from(self.members).map_err(overflow)?.to_le_bytes();
        let offset = u32::try_from(self.output.size()).map_err(overflow)?;
        let directory = std::mem::take(&mut self.directory);
        self.output.put(&directory)?;
        let mut end = Vec::with_capacity(22);
        end.extend(b"PK\x05\x06");
        end.extend([0; 4]);
        end.extend(count);
        end.extend(count);
        end.extend(u32::try_from(directory.len()).map_err(overflow)?.to_le_bytes());
        end.extend(offset.to_le_bytes());
        end.extend([0; 2]);
        self.output.put(&end)?;
        self.output.finish().map(Some)
    }
}

fn make_ready(member: &Member) -> io::Result<Ready> {
    let crc = crc32(&member.bytes);
    let deflated = deflate(&[], &member.bytes, End::Stream)?;
    Ok(if deflated.len() < member.bytes.len() {
        Ready { crc, method: DEFLATED, bytes: Some(deflated) }
    } else {
        Ready { crc, method: STORED, bytes: None }
    })
}

/// MS-DOS time and date, in that order, for seconds since 1970 in UTC.
fn dos_time(epoch: u64) -> [u8; 4] {
    let seconds = i64::try_from(epoch).unwrap_or(i64::MAX);
    let moment = jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::MAX);
    let at = jiff::tz::Offset::UTC.to_datetime(moment);
    let bits = |part: i8, shift: u32| u16::from(part.unsigned_abs()) << shift;
    let time = bits(at.hour(), 11) | bits(at.minute(), 5) | bits(at.second() / 2, 0);
    let years = u16::try_from(at.year() - 1980).unwrap_or_default();
    let date = (years << 9) | bits(at.month(), 5) | bits(at.day(), 0);
    let ([a, b], [c, d]) = (time.to_le_bytes(), date.to_le_bytes());
    [a, b, c, d]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_the_calendar() {
        assert_eq!(dos_time(super::super::EPOCH), [0, 0, 0x21, 0]);
        // 2026-11-27 19:20:31 UTC
        let date: u16 = (46 << 9) | (11 << 5) | 27;
        let time: u16 = (19 << 11) | (20 << 5) | 15;
        let bytes = [time.to_le_bytes(), date.to_le_bytes()].concat();
        assert_eq!(dos_time(1_795_807_231).as_slice(), bytes);
    }
}
