//! Reads the files of a gzipped tar archive.
//!
//! The archive is never expanded as a whole: entries are read as a stream.

use std::io::{self, Read};
use std::sync::Arc;

use flate2::bufread::GzDecoder;
use tar::{Archive, EntryType};

use super::{Contents, MAX_ENTRIES, MAX_RATIO, MAX_SDIST_BYTES, ProblemKind, unsafe_path};
use crate::error::{Error, Result};
use crate::snapshot::RepoPath;

/// Reads an archive.
///
/// # Errors
/// When it is not gzip.
pub(super) fn read(bytes: &[u8]) -> Result<Contents> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Err(Error::failed("this is not a gzip archive"));
    }
    let mut contents = Contents::default();
    let mut rest = bytes;
    let expanding = Expanding::new(&mut rest, bytes.len());
    let limit = expanding.limit;
    let mut archive = Archive::new(expanding);
    entries(&mut archive, limit, &mut contents);
    let mut expanding = archive.into_inner();
    // Reading past the last entry shows whether the gzip stream is complete.
    let _ = io::copy(&mut expanding, &mut io::sink());
    let Expanding { is_past, failure, .. } = expanding;
    if is_past {
        let detail = format!("expands to more than {limit} bytes, the limit");
        contents.problem(ProblemKind::TooMuch, None, detail);
        contents.incomplete = true;
    } else if let Some(failure) = failure {
        damaged(&mut contents, &format!("is cut off or damaged: {failure}"));
    } else if !rest.is_empty() {
        let detail = format!("has {} bytes after its end", rest.len());
        contents.problem(ProblemKind::StrayBytes, None, detail);
    }
    if contents.files.is_empty() && contents.withheld.is_empty() && contents.problems.is_empty() {
        damaged(&mut contents, "contains no tar archive, or an empty one");
    }
    Ok(contents)
}

fn entries(archive: &mut Archive<Expanding<'_, '_>>, limit: u64, contents: &mut Contents) {
    let entries = match archive.entries() {
        Ok(entries) => entries,
        Err(error) => return damaged(contents, &format!("cannot be read: {error}")),
    };
    let mut left = limit;
    for (index, entry) in entries.enumerate() {
        if index >= MAX_ENTRIES {
            let detail = format!("has more than {MAX_ENTRIES} entries, the limit");
            contents.problem(ProblemKind::TooMuch, None, detail);
            contents.incomplete = true;
            break;
        }
        match entry {
            Ok(mut entry) => add(&mut entry, &mut left, contents),
            Err(error) => {
                damaged(contents, &format!("cannot be read further: {error}"));
                break;
            }
        }
    }
}

/// Expands a gzip stream up to a limit or to damage, where it appears to end.
struct Expanding<'a, 'b> {
    decoder: GzDecoder<&'a mut &'b [u8]>,
    limit: u64,
    left: u64,
    is_past: bool,
    failure: Option<io::Error>,
}

impl<'a, 'b> Expanding<'a, 'b> {
    fn new(bytes: &'a mut &'b [u8], length: usize) -> Self {
        // Python's own archives contain text, which expands about tenfold; small ones may expand by any factor.
        let dense = (length as u64).saturating_mul(MAX_RATIO).max(super::MAX_DENSE_BYTES);
        let limit = dense.min(MAX_SDIST_BYTES);
        let decoder = GzDecoder::new(bytes);
        Self { decoder, limit, left: limit, is_past: false, failure: None }
    }
}

impl Read for Expanding<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.is_past || self.failure.is_some() || buffer.is_empty() {
            return Ok(0);
        }
        let mut probe = [0];
        let room = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let to = if self.left == 0 {
            &mut probe[..]
        } else {
            buffer.get_mut(..room).unwrap_or_default()
        };
        match self.decoder.read(to) {
            Ok(read) if self.left == 0 => {
                self.is_past = read > 0;
                Ok(0)
            }
            Ok(read) => {
                self.left -= read as u64;
                Ok(read)
            }
            Err(error) => {
                self.failure = Some(error);
                Ok(0)
            }
        }
    }
}

fn damaged(contents: &mut Contents, detail: &str) {
    contents.problem(ProblemKind::Damaged, None, detail);
    contents.incomplete = true;
}

fn add(entry: &mut tar::Entry<'_, Expanding<'_, '_>>, left: &mut u64, contents: &mut Contents) {
    let name = entry.path_bytes().into_owned();
    let kind = entry.header().entry_type();
    let path = RepoPath::from_bytes(name.strip_suffix(b"/").unwrap_or(&name));
    // A leading `./` is an old convention that every reader removes.
    let path = path.as_str().strip_prefix("./").map(RepoPath::new).unwrap_or(path);
    if kind == EntryType::Directory || kind == EntryType::XGlobalHeader || path.as_str() == "." {
        return;
    }
    if std::str::from_utf8(&name).is_err() {
        return contents.withhold(ProblemKind::NameEncoding, &path, "has a name that is not UTF-8");
    }
    if let Some(reason) = unsafe_path(path.as_str()) {
        return contents.withhold(ProblemKind::UnsafePath, &path, reason);
    }
    let what = match kind {
        EntryType::Regular | EntryType::Continuous => None,
        EntryType::Symlink => Some("is a symbolic link"),
        EntryType::Link => Some("is a hard link"),
        _ => Some("is neither a file nor a folder"),
    };
    if let Some(what) = what {
        return contents.withhold(ProblemKind::Special, &path, what);
    }
    let size = usize::try_from(entry.size()).ok().filter(|_| entry.size() <= *left);
    let Some(size) = size else {
        contents.incomplete = true;
        let detail = format!("takes the archive past the size limit, with {} bytes", entry.size());
        return contents.withhold(ProblemKind::TooMuch, &path, detail);
    };
    if entry.header().mode().is_ok_and(|mode| mode & SET_ID != 0) {
        let detail = "would run as its owner: its setuid or setgid bit is set";
        contents.problem(ProblemKind::Special, Some(&path), detail);
    }
    let Some(bytes) = exactly(entry, size) else {
        return contents.withhold(ProblemKind::Damaged, &path, "is cut off");
    };
    *left -= size as u64;
    if contents.files.insert(path.clone(), bytes).is_some() {
        let detail = "is in the archive twice; readers use the first or the last";
        contents.problem(ProblemKind::Duplicate, Some(&path), detail);
    }
}

/// The setuid and setgid bits of a mode.
const SET_ID: u32 = 0o6000;

/// Reads this many bytes without copying them twice.
fn exactly(source: &mut impl Read, size: usize) -> Option<Arc<[u8]>> {
    let mut bytes: Arc<[u8]> = std::iter::repeat_n(0, size).collect();
    source.read_exact(Arc::get_mut(&mut bytes)?).ok()?;
    Some(bytes)
}
