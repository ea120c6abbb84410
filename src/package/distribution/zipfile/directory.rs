//! The central directory of a zip, and the header before each entry's data.

use std::ops::Range;

use super::super::{Contents, MAX_ENTRIES, ProblemKind};
use crate::snapshot::RepoPath;

/// 4.3.7: the header before an entry's data.
pub(super) const LOCAL_SIGNATURE: &[u8] = b"PK\x03\x04";
/// 4.3.12: an entry of the directory.
const ENTRY_SIGNATURE: &[u8] = b"PK\x01\x02";
/// 4.3.16: the end of the directory.
const END_SIGNATURE: &[u8] = b"PK\x05\x06";
/// 4.3.14: the 64-bit end of the directory.
const END64_SIGNATURE: &[u8] = b"PK\x06\x06";
/// 4.3.15: the locator of the 64-bit end.
const LOCATOR_SIGNATURE: &[u8] = b"PK\x06\x07";
/// 4.3.9: the descriptor after an entry's data, whose signature is only a convention.
const DESCRIPTOR_SIGNATURE: &[u8] = b"PK\x07\x08";

const END_LENGTH: usize = 22;
const END64_LENGTH: usize = 56;
const LOCATOR_LENGTH: usize = 20;
const ENTRY_LENGTH: usize = 46;
const LOCAL_LENGTH: usize = 30;
/// Maximum size of a comment after the end, in bytes.
const MAX_COMMENT: usize = 0xffff;

/// The directory of an archive.
#[derive(Clone, Copy, Debug)]
pub(super) struct Directory {
    /// The offset of its first entry.
    pub(super) start: usize,
    /// The end of its last entry.
    end: usize,
    /// The number of entries that it declares.
    count: u64,
    /// The number of bytes before the first entry's header, by which all offsets are shifted.
    pub(super) prefix: usize,
}

/// An entry of the directory.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) name: Vec<u8>,
    made_by: u16,
    flags: u16,
    pub(super) method: u16,
    pub(super) checksum: u32,
    pub(super) compressed: u64,
    pub(super) size: u64,
    attributes: u32,
    pub(super) offset: u64,
}

/// The header before an entry's data, with the location of the data.
#[derive(Debug)]
pub(super) struct Local {
    pub(super) start: usize,
    pub(super) data: Range<usize>,
    /// The offset after the data and its descriptor.
    pub(super) end: usize,
    /// How it disagrees with the directory.
    pub(super) disagreement: Option<String>,
}

impl Directory {
    /// Finds the directory, and reports oddities around it.
    pub(super) fn find(bytes: &[u8], contents: &mut Contents) -> Option<Self> {
        let end_at = find_end(bytes)?;
        let field = |at| u16_at(bytes, end_at + at).map(u64::from);
        let field32 = |at| u32_at(bytes, end_at + at).map(u64::from);
        let (mut count, mut size, mut offset) = (field(10)?, field32(12)?, field32(16)?);
        let comment = usize::from(u16_at(bytes, end_at + 20)?);
        if comment > 0 {
            contents.problem(ProblemKind::Comment, None, "has a comment");
        }
        let trailing = bytes.len().saturating_sub(end_at + END_LENGTH + comment);
        if trailing > 0 {
            let detail = format!("has {trailing} bytes after its end");
            contents.problem(ProblemKind::StrayBytes, None, detail);
        }
        let mut end = end_at;
        if let Some(end64) = find_end64(bytes, end_at) {
            let wide = |at| u64_at(bytes, end64 + at);
            let (wide_count, wide_size, wide_offset) = (wide(32)?, wide(40)?, wide(48)?);
            let differs = |narrow, wide, all| narrow != wide && narrow != all;
            if differs(count, wide_count, 0xffff)
                || differs(size, wide_size, 0xffff_ffff)
                || differs(offset, wide_offset, 0xffff_ffff)
            {
                let detail = "has two ends of its directory that disagree";
                contents.problem(ProblemKind::Disagreement, None, detail);
            }
            if wide_count < 0xffff && wide_size < 0xffff_ffff && wide_offset < 0xffff_ffff {
                contents.problem(
                    ProblemKind::Zip64,
                    None,
                    "has 64-bit records but does not need them",
                );
            }
            (count, size, offset) = (wide_count, wide_size, wide_offset);
            end = end64;
        }
        let start = end.checked_sub(usize::try_from(size).ok()?);
        let prefix = start.and_then(|start| start.checked_sub(usize::try_from(offset).ok()?));
        let (Some(start), Some(prefix)) = (start, prefix) else {
            let detail = "has a directory that is not where it should be: bytes are missing";
            contents.problem(ProblemKind::Damaged, None, detail);
            contents.incomplete = true;
            return Some(Self { start: end, end, count: 0, prefix: end });
        };
        if prefix > 0 {
            let detail = format!("has {prefix} bytes before its first entry");
            contents.problem(ProblemKind::StrayBytes, None, detail);
        }
        Some(Self { start, end, count, prefix })
    }

    /// The entries.
    pub(super) fn entries(&self, bytes: &[u8], contents: &mut Contents) -> Vec<Entry> {
        let mut entries = Vec::new();
        let mut at = self.start;
        while at < self.end && entries.len() <= MAX_ENTRIES {
            let Some((entry, next, commented)) = Entry::read(bytes, at) else {
                let detail = format!("has a directory that cannot be read from byte {at}");
                contents.problem(ProblemKind::Damaged, None, detail);
                contents.incomplete = true;
                return entries;
            };
            if commented {
                let path = RepoPath::from_bytes(&entry.name);
                contents.problem(ProblemKind::Comment, Some(&path), "has a comment");
            }
            entries.push(entry);
            at = next;
        }
        if entries.len() > MAX_ENTRIES {
            let detail = format!("has more than {MAX_ENTRIES} entries, the limit");
            contents.problem(ProblemKind::TooMuch, None, detail);
            contents.incomplete = true;
        } else if entries.len() as u64 != self.count {
            let detail =
                format!("has {} entries, but its end record says {}", entries.len(), self.count);
            contents.problem(ProblemKind::Disagreement, None, detail);
        }
        entries
    }
}

fn find_end(bytes: &[u8]) -> Option<usize> {
    let from = bytes.len().saturating_sub(END_LENGTH + MAX_COMMENT);
    let tail = bytes.get(from..)?;
    let mut found = None;
    for (at, window) in tail.windows(END_LENGTH).enumerate().rev() {
        if !window.starts_with(END_SIGNATURE) {
            continue;
        }
        let comment = usize::from(u16_at(window, 20)?);
        // The one that reaches the very end is right; a comment may contain the signature.
        if from + at + END_LENGTH + comment == bytes.len() {
            return Some(from + at);
        }
        found = found.or(Some(from + at));
    }
    found.filter(|at| at + END_LENGTH <= bytes.len())
}

/// The offset of the 64-bit end, if there is one.
fn find_end64(bytes: &[u8], end: usize) -> Option<usize> {
    let locator = end.checked_sub(LOCATOR_LENGTH)?;
    if !bytes.get(locator..)?.starts_with(LOCATOR_SIGNATURE) {
        return None;
    }
    let stated = usize::try_from(u64_at(bytes, locator + 8)?).ok();
    let before = locator.checked_sub(END64_LENGTH);
    let is_end =
        |at: &usize| bytes.get(*at..).is_some_and(|rest| rest.starts_with(END64_SIGNATURE));
    before.filter(is_end).or(stated.filter(|at| *at < locator).filter(is_end))
}

impl Entry {
    /// The entry at an offset, the offset of the next, and whether it has a comment.
    fn read(bytes: &[u8], at: usize) -> Option<(Self, usize, bool)> {
        if !bytes.get(at..)?.starts_with(ENTRY_SIGNATURE) {
            return None;
        }
        let short = |offset| u16_at(bytes, at + offset);
        let long = |offset| u32_at(bytes, at + offset);
        let name_end = at + ENTRY_LENGTH + usize::from(short(28)?);
        let extra_end = name_end + usize::from(short(30)?);
        let next = extra_end + usize::from(short(32)?);
        let extra = bytes.get(name_end..extra_end)?;
        let mut wide = Wide::of(extra);
        let size = wide.or_narrow(long(24)?);
        let compressed = wide.or_narrow(long(20)?);
        let offset = wide.or_narrow(long(42)?);
        bytes.get(..next)?;
        let entry = Self {
            name: bytes.get(at + ENTRY_LENGTH..name_end)?.to_vec(),
            made_by: short(4)?,
            flags: short(8)?,
            method: short(10)?,
            checksum: long(16)?,
            compressed,
            size,
            attributes: long(38)?,
            offset,
        };
        Some((entry, next, next > extra_end))
    }

    pub(super) fn has_descriptor(&self) -> bool {
        self.flags & 8 != 0
    }

    pub(super) fn is_encrypted(&self) -> bool {
        // 4.4.4: bit 6 is strong encryption; bit 13 hides values of the header.
        self.flags & (1 | 1 << 6 | 1 << 13) != 0 || self.method == 99
    }

    pub(super) fn declares_utf8(&self) -> bool {
        self.flags & 1 << 11 != 0
    }

    pub(super) fn is_folder(&self) -> bool {
        self.name.ends_with(b"/")
    }

    /// Describes an entry that is neither a file nor a folder, judging by its Unix mode.
    pub(super) fn special(&self) -> Option<&'static str> {
        if self.made_by >> 8 != 3 {
            return None;
        }
        match self.attributes >> 16 & 0o170_000 {
            0 | 0o100_000 | 0o040_000 => None,
            0o120_000 => Some("is a symbolic link"),
            _ => Some("is neither a file nor a folder"),
        }
    }
}

impl Local {
    /// Reads the header before an entry's data; `None` if there is none.
    pub(super) fn read(bytes: &[u8], prefix: usize, entry: &Entry) -> Option<Self> {
        let start = usize::try_from(entry.offset).ok()?.checked_add(prefix)?;
        if !bytes.get(start..)?.starts_with(LOCAL_SIGNATURE) {
            return None;
        }
        let short = |offset| u16_at(bytes, start + offset);
        let long = |offset| u32_at(bytes, start + offset);
        let name_end = start + LOCAL_LENGTH + usize::from(short(26)?);
        let data_start = name_end + usize::from(short(28)?);
        let name = bytes.get(start + LOCAL_LENGTH..name_end)?;
        let extra = bytes.get(name_end..data_start)?;
        let data_end = data_start.checked_add(usize::try_from(entry.compressed).ok()?)?;
        bytes.get(data_start..data_end)?;
        let mut wide = Wide::of(extra);
        let size = wide.or_narrow(long(22)?);
        let compressed = wide.or_narrow(long(18)?);
        let (flags, method, checksum) = (short(6)?, short(8)?, long(14)?);
        let sizes = (checksum, compressed, size);
        let expected = (entry.checksum, entry.compressed, entry.size);
        let disagreement = if name != entry.name.as_slice() {
            let name = RepoPath::from_bytes(name);
            Some(format!("is called `{name}` in the header before its data"))
        } else if method != entry.method {
            Some("is compressed in another way by the header before its data".to_owned())
        } else if flags & 8 != entry.flags & 8 {
            Some("has a data descriptor by one of its two headers only".to_owned())
        } else if flags & 8 == 0 && sizes != expected {
            let detail = "has another size or checksum in the header before its data";
            Some(detail.to_owned())
        } else {
            None
        };
        let end = match entry.has_descriptor() {
            true => descriptor_end(bytes, data_end, entry),
            false => data_end,
        };
        Some(Self { start, data: data_start..data_end, end, disagreement })
    }
}

/// The end of the data descriptor, whose signature is optional and whose sizes may be 64-bit.
fn descriptor_end(bytes: &[u8], at: usize, entry: &Entry) -> usize {
    let signed = bytes.get(at..).is_some_and(|rest| rest.starts_with(DESCRIPTOR_SIGNATURE));
    let fields = if signed { at + 4 } else { at };
    let is_wide = u64_at(bytes, fields + 4) == Some(entry.compressed)
        && u64_at(bytes, fields + 12) == Some(entry.size)
        && entry.compressed > 0;
    fields + if is_wide { 20 } else { 12 }
}

/// 4.5.3: the values that do not fit into 32 bits, in the order of the header's fields.
struct Wide<'a> {
    values: &'a [u8],
}

impl<'a> Wide<'a> {
    fn of(extra: &'a [u8]) -> Self {
        let mut rest = extra;
        while let (Some(id), Some(length)) = (u16_at(rest, 0), u16_at(rest, 2)) {
            let end = 4 + usize::from(length);
            let Some(values) = rest.get(4..end) else { break };
            if id == 1 {
                return Self { values };
            }
            rest = rest.get(end..).unwrap_or_default();
        }
        Self { values: &[] }
    }

    fn or_narrow(&mut self, narrow: u32) -> u64 {
        if narrow != u32::MAX {
            return u64::from(narrow);
        }
        let Some(wide) = u64_at(self.values, 0) else { return u64::from(narrow) };
        self.values = self.values.get(8..).unwrap_or_default();
        wide
    }
}

/// The name of a compression method that installers need not support; `None` for the two that they have to.
pub(super) fn method_name(method: u16) -> Option<String> {
    let name = match method {
        0 | 8 => return None,
        9 => "Deflate64",
        12 => "bzip2",
        14 => "LZMA",
        93 => "Zstandard",
        95 => "XZ",
        _ => return Some(format!("method {method}")),
    };
    Some(name.to_owned())
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let bytes = bytes.get(at..at.checked_add(2)?)?;
    bytes.try_into().ok().map(u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at.checked_add(4)?)?;
    bytes.try_into().ok().map(u32::from_le_bytes)
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    let bytes = bytes.get(at..at.checked_add(8)?)?;
    bytes.try_into().ok().map(u64::from_le_bytes)
}
