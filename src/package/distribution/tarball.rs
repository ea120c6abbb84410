//! The files of a gzipped tar archive.

use std::io::Read as _;
use std::sync::Arc;

use flate2::bufread::GzDecoder;
use tar::{Archive, EntryType};

use super::{Contents, MAX_ENTRIES, MAX_EXPANDED_BYTES, MAX_RATIO, ProblemKind, unsafe_path};
use crate::error::{Error, Result};
use crate::snapshot::RepoPath;

/// Reads an archive.
///
/// # Errors
/// When it is not gzipped.
pub(super) fn read(bytes: &[u8]) -> Result<Contents> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Err(Error::failed("this is no gzipped archive"));
    }
    let mut contents = Contents::default();
    let expanded = expand(bytes, &mut contents);
    let mut archive = Archive::new(expanded.as_slice());
    let entries = match archive.entries() {
        Ok(entries) => entries,
        Err(error) => {
            damaged(&mut contents, &format!("cannot be read: {error}"));
            return Ok(contents);
        }
    };
    for (index, entry) in entries.enumerate() {
        if index >= MAX_ENTRIES {
            let detail = format!("has more than the {MAX_ENTRIES} entries that are read");
            contents.problem(ProblemKind::TooMuch, None, detail);
            contents.incomplete = true;
            break;
        }
        match entry {
            Ok(mut entry) => add(&mut entry, &mut contents),
            Err(error) => {
                damaged(&mut contents, &format!("cannot be read on: {error}"));
                break;
            }
        }
    }
    if contents.files.is_empty() && contents.withheld.is_empty() && contents.problems.is_empty() {
        damaged(&mut contents, "holds no tar archive, or an empty one");
    }
    Ok(contents)
}

fn damaged(contents: &mut Contents, detail: &str) {
    contents.problem(ProblemKind::Damaged, None, detail);
    contents.incomplete = true;
}

/// What the gzip holds, as far as it is read.
fn expand(bytes: &[u8], contents: &mut Contents) -> Vec<u8> {
    // Python's own archives hold text, which grows by ten; whatever is small may grow as it likes.
    let dense = (bytes.len() as u64).saturating_mul(MAX_RATIO).max(super::MAX_DENSE_BYTES);
    let limit = dense.min(MAX_EXPANDED_BYTES);
    let mut rest = bytes;
    let mut expanded = Vec::new();
    let mut decoder = GzDecoder::new(&mut rest);
    let read = decoder.by_ref().take(limit + 1).read_to_end(&mut expanded);
    if expanded.len() as u64 > limit {
        let detail = format!("grows to more than the {limit} bytes that are read");
        contents.problem(ProblemKind::TooMuch, None, detail);
        contents.incomplete = true;
        expanded.truncate(usize::try_from(limit).unwrap_or_default());
        return expanded;
    }
    if let Err(error) = read {
        damaged(contents, &format!("is cut off or damaged: {error}"));
        return expanded;
    }
    if !rest.is_empty() {
        let detail = format!("has {} bytes behind its end", rest.len());
        contents.problem(ProblemKind::StrayBytes, None, detail);
    }
    expanded
}

fn add(entry: &mut tar::Entry<'_, &[u8]>, contents: &mut Contents) {
    let name = entry.path_bytes().into_owned();
    let kind = entry.header().entry_type();
    let path = RepoPath::from_bytes(name.strip_suffix(b"/").unwrap_or(&name));
    // `./` in front is an old habit that every reader takes off.
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
    let mut bytes = Vec::new();
    let read = entry.read_to_end(&mut bytes);
    if read.is_err() || bytes.len() as u64 != entry.size() {
        return contents.withhold(ProblemKind::Damaged, &path, "is cut off");
    }
    if contents.files.insert(path.clone(), Arc::from(bytes)).is_some() {
        let detail = "stands there twice; readers take the first or the last";
        contents.problem(ProblemKind::Duplicate, Some(&path), detail);
    }
}
