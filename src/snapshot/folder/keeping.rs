//! What git keeps of the files on disk: the second look at a listed work tree.
//!
//! A file whose bytes are those of the index is kept as it is. Of the others, attributes and settings say what `git add`
//! would record: the line ends, and `$Id$` without its id. Where they say nothing, the index can: a file that git wrote with a return at the end of each line, and
//! has without them, is one of a clone with `core.autocrlf`, whose setting may be in a file that is not read. A file where
//! the index has a link is that link if git writes no links (`core.symlinks=false`), or if its content is the target.

use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

use super::contents::{Origin, Undone};
use super::tracked::Tracked;
use super::{Listing, MAX_IGNORE_BYTES, open_listed};
use crate::snapshot::attributes::{Attributes, AutoCrLf, Conversion, FILE};
use crate::snapshot::kept::{
    OnDisk, Returns, has_only_returns, has_returns, looks_like_text, with_plain_ids,
};
use crate::snapshot::{
    BlobId, EntryKind, MAX_BLOB_BYTES, ReadBlob as _, RepoPath, WorkTree, with_line_feeds,
};

/// A file that git may keep otherwise than it is on disk.
#[derive(Debug)]
pub(super) struct Candidate {
    file: PathBuf,
    path: RepoPath,
    id: BlobId,
}

impl Candidate {
    /// `None` outside of a work tree, and if the bytes on disk are those of the index.
    pub(super) fn of(
        tracked: Option<&Tracked>,
        file: &Path,
        path: &str,
        id: BlobId,
    ) -> Option<Self> {
        let tracked = tracked?;
        let is_as_recorded = tracked.file(path) == Some(id) || tracked.is_link(path, id);
        let candidate = || Self { file: file.to_owned(), path: RepoPath::new(path), id };
        (!is_as_recorded).then(candidate)
    }

    fn metadata(&self) -> Option<Metadata> {
        self.file.symlink_metadata().ok()
    }

    /// Its bytes, if it is not too large and has CRLF anywhere.
    fn with_returns(&self) -> Option<Vec<u8>> {
        self.bytes().filter(|bytes| has_returns(bytes))
    }

    /// Its bytes, if it is not too large.
    fn bytes(&self) -> Option<Vec<u8>> {
        use std::io::Read as _;
        let listed = self.metadata().filter(|it| it.is_file() && it.len() <= MAX_BLOB_BYTES)?;
        let mut bytes = Vec::new();
        let file = open_listed(&self.file, &listed).ok()?;
        file.take(MAX_BLOB_BYTES).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    }
}

/// What git keeps of a file.
enum Kept {
    AsItIs,
    Undone { id: BlobId, undone: Undone, returns: Returns },
    AsRecorded(BlobId),
    Unknown(String),
}

impl Listing {
    /// Turns what is on disk into what git keeps of it.
    pub(super) fn keep(&mut self) {
        let Some(tracked) = self.tracked.take() else { return };
        let mut tree = WorkTree {
            heeds_modes: tracked.settings.heeds_modes,
            attributes: self.attributes(&tracked),
            line_ends: tracked.settings.line_ends,
            prefix: tracked.prefix().to_owned(),
            ignored: std::mem::take(&mut self.ignored),
            ..WorkTree::default()
        };
        let has = |path: &&str| !self.entries.contains_key(*path);
        tree.gone = tracked.below().filter(has).map(RepoPath::new).collect();
        let candidates = std::mem::take(&mut self.candidates);
        let is_converted = |it: &Candidate| {
            tree.conversion(it.path.as_str()) == Conversion::None && was_converted(&tracked, it)
        };
        if tree.line_ends.auto == AutoCrLf::Off && candidates.iter().any(is_converted) {
            tree.line_ends.auto = AutoCrLf::On;
        }
        for candidate in &candidates {
            let kept = kept(&tracked, &tree, candidate);
            self.replace(&mut tree, candidate, kept);
        }
        if !tree.heeds_modes {
            for (path, entry) in &mut self.entries {
                if matches!(entry.kind, EntryKind::File | EntryKind::Executable) {
                    entry.kind = tracked.entry(path.as_str()).map_or(EntryKind::File, |it| it.kind);
                }
            }
        }
        for (path, entry) in &mut self.entries {
            let is_file = matches!(entry.kind, EntryKind::File | EntryKind::Executable);
            if is_file && tracked.is_link(path.as_str(), entry.id) {
                entry.kind = EntryKind::Link;
                tree.plain_links.insert(path.clone());
            }
        }
        self.work_tree = Some(tree);
        self.tracked = Some(tracked);
    }

    /// The attributes of the work tree: those of the disk, like git's.
    fn attributes(&self, tracked: &Tracked) -> Attributes {
        let mut attributes = Attributes::default();
        for (folder, place) in tracked.around_it() {
            if let Some(content) = small_file(&place.join(FILE)) {
                attributes.set(folder, &content);
            }
        }
        for (path, entry) in &self.entries {
            if path.as_str().rsplit('/').next() != Some(FILE) {
                continue;
            }
            let content = match self.origins.get(&entry.id) {
                Some(Origin::File(file)) => small_file(file),
                Some(_) => None,
                None => tracked.stored().and_then(|it| Some(it.read(entry.id).ok()?.to_vec())),
            };
            let folder = format!("{}{}", tracked.prefix(), path.parent());
            if let Some(content) = content {
                attributes.set(folder.trim_end_matches('/'), &content);
            }
        }
        if let Some(content) = small_file(&tracked.info) {
            attributes.set_info(&content);
        }
        attributes
    }

    fn replace(&mut self, tree: &mut WorkTree, candidate: &Candidate, kept: Kept) {
        let Candidate { file, path, id } = candidate;
        let (kept, returns) = match kept {
            Kept::AsItIs => return,
            Kept::Undone { id: kept, undone, returns } => {
                self.origins.entry(kept).or_insert(Origin::Kept(file.clone(), undone));
                (kept, returns)
            }
            Kept::AsRecorded(recorded) => {
                self.reads_stored = true;
                (recorded, Returns::Kept)
            }
            Kept::Unknown(word) => {
                // An id that no content has: it equals nothing.
                let unknown = BlobId::of(format!("unknown\0{path}\0{id}").as_bytes());
                self.origins.insert(unknown, Origin::Unknown(word));
                (unknown, Returns::Kept)
            }
        };
        if let Some(entry) = self.entries.get_mut(path.as_str()) {
            entry.id = kept;
            tree.differing.insert(path.clone(), OnDisk { id: *id, returns });
        }
    }
}

/// Whether the index shows that git converts the line ends of a file.
fn was_converted(tracked: &Tracked, candidate: &Candidate) -> bool {
    let path = candidate.path.as_str();
    let Some(recorded) = tracked.file(path) else { return false };
    let Some(bytes) = candidate.with_returns().filter(|bytes| looks_like_text(bytes)) else {
        return false;
    };
    let is_unedited = tracked.was_left_with(path, bytes.len() as u64)
        && BlobId::of(&with_line_feeds(&bytes)) == recorded;
    is_unedited || tracked.adds_returns(path)
}

fn kept(tracked: &Tracked, tree: &WorkTree, candidate: &Candidate) -> Kept {
    let path = candidate.path.as_str();
    let conversion = tree.conversion(path);
    let is_unchanged = || candidate.metadata().is_some_and(|it| tracked.is_unchanged(path, &it));
    if let Conversion::Other(word) = conversion {
        let unchanged = tracked.file(path).filter(|_| is_unchanged());
        return unchanged.map_or_else(|| Kept::Unknown(word), Kept::AsRecorded);
    }
    let ids = tree.expands_ids(path);
    // Attributes may have changed since git left a file on the disk with CRLF: to git it is unedited until it is written
    // again.
    let may_be_left = conversion == Conversion::None && is_unchanged();
    if conversion == Conversion::None && !ids && !may_be_left {
        return Kept::AsItIs;
    }
    let Some(bytes) = candidate.bytes() else { return Kept::AsItIs };
    // Git leaves a file alone that it has with CRLF.
    let has_them = || {
        let stored = tracked.stored()?.read(tracked.file(path)?).ok()?;
        Some(has_returns(&stored))
    };
    let are_undone = has_returns(&bytes)
        && match conversion {
            Conversion::Text(_) => true,
            Conversion::Guessed(_) => looks_like_text(&bytes) && !has_them().unwrap_or(false),
            Conversion::None => {
                let left = Undone { returns: true, ids }.of(bytes.clone());
                may_be_left && tracked.file(path) == Some(BlobId::of(&left))
            }
            Conversion::Other(_) => false,
        };
    let returns = match are_undone {
        true if has_only_returns(&bytes) => Returns::OfAllLines,
        true => Returns::Mixed,
        false => Returns::Kept,
    };
    let undone = Undone { returns: are_undone, ids: ids && with_plain_ids(&bytes).is_some() };
    if undone == Undone::default() {
        return Kept::AsItIs;
    }
    Kept::Undone { id: BlobId::of(&undone.of(bytes)), undone, returns }
}

/// The content of a regular file that is not too large to be one of attributes. Git does not follow a link there.
fn small_file(path: &Path) -> Option<Vec<u8>> {
    let found = path.symlink_metadata().ok()?;
    (found.is_file() && found.len() <= MAX_IGNORE_BYTES).then(|| fs::read(path).ok())?
}
