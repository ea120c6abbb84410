//! Combines the edits of several fixes into one change for each path.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Change, ChangeSet, FileEdit, Mode};
use crate::snapshot::{BlobId, Entry, EntryKind, RepoPath, Snapshot};
use crate::source::{Text, TextEdit};

/// Why edits cannot be combined; none of them is applied then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// Two edits replace the same bytes of a text differently.
    #[error(
        "two edits of {path} overlap: bytes {}..{} become {:?}, and bytes {}..{} become {:?}",
        first.span.start, first.span.end, first.replacement,
        second.span.start, second.span.end, second.replacement
    )]
    Overlap {
        /// The file.
        path: RepoPath,
        /// The edit that begins first.
        first: TextEdit,
        /// The other.
        second: TextEdit,
    },
    /// One edit writes a whole file, and another writes it differently, edits it or removes it; or one edits what
    /// another removes.
    #[error("one change wants to {first} {path}, another to {second} it")]
    Contradiction {
        /// The file.
        path: RepoPath,
        /// What the first edit does, as an infinitive.
        first: &'static str,
        /// What the second edit does, as an infinitive.
        second: &'static str,
    },
    /// A file would stand where a folder is, or a folder where a file is.
    #[error("`{path}` and `{other}` cannot both exist: one would have to be a folder")]
    FileAndFolder {
        /// The file that would be written.
        path: RepoPath,
        /// The file that is in the way.
        other: RepoPath,
    },
    /// The edit lies outside the text or inside a character.
    #[error("an edit of {path} is outside its text (bytes {}..{})", edit.span.start, edit.span.end)]
    Misplaced {
        /// The file.
        path: RepoPath,
        /// The edit.
        edit: TextEdit,
    },
    /// The entry at the path cannot be edited or written.
    #[error("{path} {reason}")]
    Impossible {
        /// The path.
        path: RepoPath,
        /// The reason, as a predicate: "does not exist".
        reason: String,
    },
}

/// What the edits seen so far ask of one path.
enum Wish {
    Edit(Vec<TextEdit>),
    Write(Arc<[u8]>, Mode),
    Delete,
}

impl Wish {
    fn verb(&self) -> &'static str {
        match self {
            Self::Edit(_) => "edit",
            Self::Write(..) => "write",
            Self::Delete => "remove",
        }
    }
}

impl ChangeSet {
    /// Combines edits into one change for each path.
    ///
    /// Equal edits count once. Insertions at the same offset are applied in the order given. Edits that change nothing
    /// and removals of missing files are dropped.
    ///
    /// # Errors
    /// When two edits contradict each other, or one cannot be applied.
    pub fn compose(snapshot: &Snapshot, edits: &[FileEdit]) -> Result<Self, Conflict> {
        let mut wishes: BTreeMap<RepoPath, Wish> = BTreeMap::new();
        for edit in edits {
            let wish = match edit {
                FileEdit::Text { edits, .. } => Wish::Edit(edits.clone()),
                FileEdit::Write { bytes, mode, .. } => Wish::Write(Arc::clone(bytes), *mode),
                FileEdit::Delete { .. } => Wish::Delete,
            };
            add(&mut wishes, edit.path(), wish)?;
        }
        let mut changes = BTreeMap::new();
        for (path, wish) in wishes {
            if let Some(change) = change(snapshot, &path, wish)? {
                changes.insert(path, change);
            }
        }
        let set = Self { changes };
        set.check_folders(snapshot)?;
        Ok(set)
    }

    /// Checks that no file of the resulting tree is at a path that another file needs as a folder.
    fn check_folders(&self, snapshot: &Snapshot) -> Result<(), Conflict> {
        let is_deleted = |path: &str| matches!(self.changes.get(path), Some(Change::Delete { .. }));
        let stands = |path: &str| match self.changes.get(path) {
            Some(change) => matches!(change, Change::Write { .. }),
            None => snapshot.entries.contains_key(path),
        };
        for (path, change) in &self.changes {
            if matches!(change, Change::Delete { .. }) {
                continue;
            }
            let mut folder = path.parent();
            while !folder.is_empty() {
                if stands(folder) {
                    let (path, other) = (path.clone(), RepoPath::new(folder));
                    return Err(Conflict::FileAndFolder { path, other });
                }
                folder = folder.rsplit_once('/').map_or("", |(parent, _)| parent);
            }
            let below = format!("{path}/");
            let mut inside = snapshot
                .entries
                .range(RepoPath::new(&below)..)
                .map(|(inner, _)| inner)
                .take_while(|inner| inner.as_str().starts_with(&below));
            if let Some(other) = inside.find(|inner| !is_deleted(inner.as_str())) {
                return Err(Conflict::FileAndFolder { path: path.clone(), other: other.clone() });
            }
        }
        Ok(())
    }
}

fn add(wishes: &mut BTreeMap<RepoPath, Wish>, path: &RepoPath, wish: Wish) -> Result<(), Conflict> {
    let Some(known) = wishes.get_mut(path.as_str()) else {
        wishes.insert(path.clone(), wish);
        return Ok(());
    };
    match (known, wish) {
        (Wish::Edit(known), Wish::Edit(more)) => known.extend(more),
        (Wish::Delete, Wish::Delete) => {}
        (Wish::Write(bytes, mode), Wish::Write(other, other_mode))
            if *bytes == other && *mode == other_mode => {}
        (known, wish) => {
            let second = match &wish {
                Wish::Write(..) if matches!(known, Wish::Write(..)) => "write something else to",
                wish => wish.verb(),
            };
            return Err(Conflict::Contradiction {
                path: path.clone(),
                first: known.verb(),
                second,
            });
        }
    }
    Ok(())
}

fn change(snapshot: &Snapshot, path: &RepoPath, wish: Wish) -> Result<Option<Change>, Conflict> {
    let impossible =
        |reason: &str| Err(Conflict::Impossible { path: path.clone(), reason: reason.to_owned() });
    let entry = snapshot.entry(path.as_str());
    if entry.is_some_and(|entry| entry.kind == EntryKind::Submodule) {
        return impossible("is a submodule, whose content belongs to another repository");
    }
    if entry.is_some() && path.may_stand_for_bytes() {
        return impossible("represents a name that is not UTF-8, so it must be changed manually");
    }
    let base = entry.map(|entry| entry.id);
    match wish {
        Wish::Delete => Ok(base.map(|base| Change::Delete { base })),
        Wish::Write(..) if !path.is_sound() => {
            impossible("is not a path that a repository can have")
        }
        Wish::Write(bytes, mode) => {
            let work_tree = snapshot.work_tree.as_ref();
            if mode != Mode::Link && work_tree.is_some_and(|it| it.has_plain_link(path.as_str())) {
                return impossible(
                    "is a link in git and a file on disk, so what is written would become its target: change it manually",
                );
            }
            // Git does not convert the target of a link.
            let bytes = if mode == Mode::Link { bytes } else { kept(snapshot, path, &bytes)? };
            let mode = mode_there(snapshot, entry, mode);
            let same = entry.is_some_and(|entry| {
                mode_of(entry.kind) == Some(mode) && entry.id == BlobId::of(&bytes)
            });
            Ok((!same).then_some(Change::Write { bytes, mode, base }))
        }
        Wish::Edit(edits) => match entry {
            None => impossible("does not exist, so it cannot be edited"),
            Some(entry) => edited(snapshot, path, entry, edits),
        },
    }
}

fn edited(
    snapshot: &Snapshot,
    path: &RepoPath,
    entry: Entry,
    edits: Vec<TextEdit>,
) -> Result<Option<Change>, Conflict> {
    let impossible = |reason: String| Conflict::Impossible { path: path.clone(), reason };
    let mode = match mode_of(entry.kind) {
        Some(mode) if mode != Mode::Link => mode,
        _ => return Err(impossible("is a link, not a text file".to_owned())),
    };
    let bytes = snapshot.read(entry.id).map_err(|error| impossible(error.to_string()))?;
    let text = Text::decode(&bytes).map_err(|error| impossible(error.to_string()))?;
    let edits = distinct(path, edits)?;
    let text =
        text.edited(&edits).map_err(|edit| Conflict::Misplaced { path: path.clone(), edit })?;
    let bytes = kept(snapshot, path, &text.to_bytes().into())?;
    let changed = BlobId::of(&bytes) != entry.id;
    Ok(changed.then_some(Change::Write { bytes, mode, base: Some(entry.id) }))
}

/// What git would keep of a new content.
fn kept(snapshot: &Snapshot, path: &RepoPath, bytes: &Arc<[u8]>) -> Result<Arc<[u8]>, Conflict> {
    snapshot.as_git_keeps(path.as_str(), bytes).map_err(|word| Conflict::Impossible {
        path: path.clone(),
        reason: format!("has `{word}`, so only git can write it: change it manually"),
    })
}

/// The mode that a file gets; where git does not heed the executable bit on disk, none can be given to it.
fn mode_there(snapshot: &Snapshot, entry: Option<Entry>, mode: Mode) -> Mode {
    if snapshot.heeds_modes() || mode == Mode::Link {
        return mode;
    }
    let present = entry.and_then(|entry| mode_of(entry.kind));
    present.filter(|present| *present != Mode::Link).unwrap_or(Mode::File)
}

/// Returns the edits without duplicates and empty ones, or an error if two overlap.
fn distinct(path: &RepoPath, mut edits: Vec<TextEdit>) -> Result<Vec<TextEdit>, Conflict> {
    edits.retain(|edit| !(edit.span.is_empty() && edit.replacement.is_empty()));
    // A stable sort keeps insertions at the same offset in the order in which they were proposed.
    edits.sort_by_key(|edit| edit.span);
    let mut kept: Vec<TextEdit> = Vec::with_capacity(edits.len());
    for edit in edits {
        let same_place = kept.iter().rev().take_while(|other| other.span == edit.span);
        if same_place.into_iter().any(|other| *other == edit) {
            continue;
        }
        if let Some(before) = kept.last()
            && edit.span.start < before.span.end
        {
            let (path, first) = (path.clone(), before.clone());
            return Err(Conflict::Overlap { path, first, second: edit });
        }
        kept.push(edit);
    }
    Ok(kept)
}

/// The mode of an entry; `None` for a submodule.
pub(super) fn mode_of(kind: EntryKind) -> Option<Mode> {
    match kind {
        EntryKind::File => Some(Mode::File),
        EntryKind::Executable => Some(Mode::Executable),
        EntryKind::Link => Some(Mode::Link),
        EntryKind::Submodule => None,
    }
}

#[cfg(test)]
pub(super) mod tests;
