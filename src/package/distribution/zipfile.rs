//! Reads the files of a zip archive, and reports whatever two readers of it would see differently.
//!
//! The directory at the end of the archive is compared with the header before each entry's data, and every byte has to
//! belong to one of them. Section numbers are those of APPNOTE.TXT 6.3.10.

mod directory;
mod expand;

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use unicode_normalization::UnicodeNormalization as _;

use super::{Contents, MAX_DENSE_BYTES, MAX_ENTRIES, MAX_EXPANDED_BYTES, MAX_RATIO, ProblemKind};
use crate::error::{Error, Result};
use crate::snapshot::RepoPath;
use directory::{Directory, Entry};

/// Reads an archive.
///
/// # Errors
/// When it has neither a directory nor an entry's header.
pub(super) fn read(bytes: &[u8]) -> Result<Contents> {
    let mut contents = Contents::default();
    let Some(directory) = Directory::find(bytes, &mut contents) else {
        if bytes.starts_with(directory::LOCAL_SIGNATURE) {
            let detail = "is cut off: the directory at the end of a zip is missing";
            contents.problem(ProblemKind::Damaged, None, detail);
            contents.incomplete = true;
            return Ok(contents);
        }
        return Err(Error::failed("this is not a zip archive"));
    };
    let entries = directory.entries(bytes, &mut contents);
    let located = locate(bytes, &directory, entries, &mut contents);
    let wanted = admit(located, &mut contents);
    let expanded: Vec<_> =
        wanted.par_iter().map(|located| expand::expand(bytes, located)).collect();
    for (located, expanded) in wanted.iter().zip(expanded) {
        match expanded {
            Ok(content) => {
                if content.stray > 0 {
                    let detail = format!("has {} bytes after its compressed data", content.stray);
                    contents.problem(ProblemKind::StrayBytes, Some(&located.path), detail);
                }
                contents.files.insert(located.path.clone(), content.bytes.into());
            }
            Err((kind, detail)) => contents.withhold(kind, &located.path, detail),
        }
    }
    tell_names_that_differ_in_case(&mut contents);
    Ok(contents)
}

/// An entry with the location of its data.
struct Located {
    entry: Entry,
    path: RepoPath,
    /// The range of its data in the archive.
    data: std::ops::Range<usize>,
}

/// Compares each entry with its local header and locates its data; reports bytes that belong to nothing.
fn locate(
    bytes: &[u8],
    directory: &Directory,
    entries: Vec<Entry>,
    contents: &mut Contents,
) -> Vec<Located> {
    let mut entries: Vec<(RepoPath, Entry)> =
        entries.into_iter().map(|entry| (RepoPath::from_bytes(&entry.name), entry)).collect();
    entries.sort_by_key(|(_, entry)| entry.offset);
    let mut located = Vec::with_capacity(entries.len());
    let mut done = directory.prefix;
    let mut sound = true;
    for (path, entry) in entries {
        let Some(local) = directory::Local::read(bytes, directory.prefix, &entry) else {
            let detail = "has no header where the directory says it is, or is cut off";
            contents.withhold(ProblemKind::Damaged, &path, detail);
            sound = false;
            continue;
        };
        if local.start < done {
            let detail = "uses bytes that belong to another entry";
            contents.withhold(ProblemKind::Overlap, &path, detail);
            continue;
        }
        if local.start > done && sound {
            tell_stray(contents, done..local.start);
        }
        done = local.end;
        if let Some(detail) = &local.disagreement {
            contents.withhold(ProblemKind::Disagreement, &path, detail.clone());
            continue;
        }
        if entry.has_descriptor() {
            let detail = "has its sizes after its data, in a data descriptor";
            contents.problem(ProblemKind::DataDescriptor, Some(&path), detail);
        }
        located.push(Located { entry, path, data: local.data });
    }
    if done < directory.start && sound {
        tell_stray(contents, done..directory.start);
    }
    located
}

fn tell_stray(contents: &mut Contents, range: std::ops::Range<usize>) {
    let detail = format!("has {} bytes at {} that belong to no entry", range.len(), range.start);
    contents.problem(ProblemKind::StrayBytes, None, detail);
}

/// The entries that can be read; reports why the others cannot.
fn admit(located: Vec<Located>, contents: &mut Contents) -> Vec<Located> {
    let mut budget = MAX_EXPANDED_BYTES;
    let mut last: BTreeMap<RepoPath, usize> = BTreeMap::new();
    for (index, located) in located.iter().enumerate() {
        if last.insert(located.path.clone(), index).is_some() {
            let detail = "is in the archive twice; readers use the first or the last";
            contents.problem(ProblemKind::Duplicate, Some(&located.path), detail);
        }
    }
    let mut wanted = Vec::new();
    for (index, located) in located.into_iter().enumerate() {
        let Located { entry, path, .. } = &located;
        if wanted.len() >= MAX_ENTRIES {
            contents.withhold(
                ProblemKind::TooMuch,
                path,
                "is beyond the limit on the number of files",
            );
            continue;
        }
        if let Some((kind, detail)) = unreadable(entry, path) {
            contents.withhold(kind, path, detail);
            continue;
        }
        if entry.is_folder() || last.get(path) != Some(&index) {
            continue;
        }
        if entry.size > MAX_DENSE_BYTES && entry.size / MAX_RATIO > entry.compressed {
            let detail = format!("expands from {} to {} bytes", entry.compressed, entry.size);
            contents.withhold(ProblemKind::TooMuch, path, detail);
            continue;
        }
        if entry.size > budget {
            let detail = format!("takes the archive past the limit of {MAX_EXPANDED_BYTES} bytes");
            contents.withhold(ProblemKind::TooMuch, path, detail);
            continue;
        }
        budget -= entry.size;
        wanted.push(located);
    }
    wanted
}

/// Why an entry must not be read; `None` if it may be.
fn unreadable(entry: &Entry, path: &RepoPath) -> Option<(ProblemKind, String)> {
    let say = |kind, detail: &str| Some((kind, detail.to_owned()));
    if std::str::from_utf8(&entry.name).is_err() {
        return say(ProblemKind::NameEncoding, "has a name that is not UTF-8");
    }
    if !entry.name.is_ascii() && !entry.declares_utf8() {
        let detail =
            "has a name that is not declared to be UTF-8: many readers decode it as code page 437";
        return say(ProblemKind::NameEncoding, detail);
    }
    if let Some(reason) = super::unsafe_path(path.as_str()) {
        return Some((ProblemKind::UnsafePath, reason));
    }
    if let Some(what) = entry.special() {
        return say(ProblemKind::Special, what);
    }
    if entry.is_encrypted() {
        return say(ProblemKind::Encrypted, "is encrypted");
    }
    if entry.is_folder() && entry.size > 0 {
        return say(ProblemKind::Special, "is a folder and has content");
    }
    let method = directory::method_name(entry.method)?;
    Some((ProblemKind::Compression, format!("is compressed with {method}")))
}

fn tell_names_that_differ_in_case(contents: &mut Contents) {
    let (mut seen, mut composed) = (BTreeSet::new(), BTreeSet::new());
    let paths: Vec<RepoPath> = contents.files.keys().cloned().collect();
    for path in paths {
        let lower = path.as_str().to_lowercase();
        // `é` is one character, or an `e` followed by a combining accent; some systems treat both as equal (UAX #15).
        let is_new = composed.insert(lower.nfc().collect::<String>());
        let detail = match seen.insert(lower) {
            false => "differs from another file in case only",
            true if !is_new => "differs from another file in how its letters are composed only",
            true => continue,
        };
        contents.problem(ProblemKind::DuplicateByCase, Some(&path), detail);
    }
}
