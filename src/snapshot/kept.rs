//! A work tree as git keeps it, and what git writes to the disk for it.
//!
//! All that is judged, compared or copied is what git keeps: otherwise it would depend on how a clone was checked out.
//! Only when something is written does it matter what is on the disk.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::attributes::{Attributes, Conversion, FILE, LineEndSettings, LineEnds};
use super::{BlobId, RepoPath, Snapshot};

/// How a work tree on disk differs from what git keeps of it.
#[derive(Clone, Debug, Default)]
pub struct WorkTree {
    /// Whether git heeds the executable bit of files on disk (`core.fileMode`).
    pub heeds_modes: bool,
    /// Files that git keeps otherwise than they are on disk. By path: attributes differ for files of equal bytes.
    pub(super) differing: BTreeMap<RepoPath, OnDisk>,
    /// Files and folders that are on disk and that git ignores.
    pub(super) ignored: BTreeSet<RepoPath>,
    /// Links of git that are on disk as files with the target as content (`core.symlinks=false`).
    pub(super) plain_links: BTreeSet<RepoPath>,
    /// Files that the index has and the disk does not.
    pub(super) gone: BTreeSet<RepoPath>,
    pub(super) attributes: Attributes,
    pub(super) line_ends: LineEndSettings,
    /// The path of the snapshot's root in the work tree, with a trailing slash; empty for its root.
    pub(super) prefix: String,
}

/// A file as it is on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OnDisk {
    pub(super) id: BlobId,
    pub(super) returns: Returns,
}

/// The returns before the line feeds of a file on disk, where git keeps it without them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Returns {
    /// It has none, or git keeps them too.
    Kept,
    /// Some of its lines end in CRLF.
    Mixed,
    /// Each of its lines ends in CRLF.
    OfAllLines,
}

/// Where git writes a blob's id, as it keeps it.
const PLAIN_ID: &[u8] = b"$Id$";

/// What becomes of a file that other attributes convert otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reconverted {
    /// If git has it with CRLF, git would store it with LF.
    Stored,
    /// It is on disk with CRLF, and git would store these.
    LeftWithReturns,
}

impl WorkTree {
    /// A work tree that a whole commit would be checked out into: nothing of it is on disk, but git would ignore and
    /// convert there what the commit's own files say.
    pub(super) fn of_a_checkout(commit: &Snapshot) -> Self {
        Self { heeds_modes: true, attributes: commit.attributes(), ..Self::default() }
    }

    /// How git converts the file at a path.
    #[must_use]
    pub fn conversion(&self, path: &str) -> Conversion {
        self.attributes.conversion(&format!("{}{path}", self.prefix), self.line_ends)
    }

    /// Whether git writes the blob's id into `$Id$` of the file at a path, and keeps it without.
    pub(super) fn expands_ids(&self, path: &str) -> bool {
        self.attributes.expands_ids(&format!("{}{path}", self.prefix))
    }

    /// Whether there is anything on disk that git ignores.
    #[must_use]
    pub fn ignores_any(&self) -> bool {
        !self.ignored.is_empty()
    }

    /// Whether there is something at a path, or around it, that git ignores.
    #[must_use]
    pub fn ignores(&self, path: &str) -> bool {
        let around = path.match_indices('/').filter_map(|(end, _)| path.get(..end));
        around.chain([path]).any(|path| self.ignored.contains(path))
    }

    /// Whether git has a link where the disk has a file: what is written to the file would become the link's target.
    #[must_use]
    pub fn has_plain_link(&self, path: &str) -> bool {
        self.plain_links.contains(path)
    }

    /// Whether the index has a file that the disk does not have.
    #[must_use]
    pub fn lost(&self, path: &str) -> bool {
        self.gone.contains(path)
    }

    /// The id of what is on disk, given that of what git keeps.
    pub(crate) fn id_on_disk(&self, path: &str, kept: BlobId) -> BlobId {
        self.differing.get(path).map_or(kept, |it| it.id)
    }

    /// The bytes that git would write to the disk for a file that is not there.
    pub(crate) fn checked_out(&self, path: &str, bytes: &Arc<[u8]>) -> Arc<[u8]> {
        let bytes = &self.with_ids(path, bytes);
        match self.conversion(path) {
            Conversion::Text(LineEnds::CrLf) => with_returns(bytes).into(),
            Conversion::Guessed(LineEnds::CrLf)
                if looks_like_text(bytes) && !has_returns(bytes) =>
            {
                with_returns(bytes).into()
            }
            _ => Arc::clone(bytes),
        }
    }

    /// The bytes to write to the disk over a file that is there. It keeps its line ends, unless they are mixed.
    pub(crate) fn rewritten(&self, path: &str, bytes: &Arc<[u8]>) -> Arc<[u8]> {
        let bytes = &self.with_ids(path, bytes);
        let returns_are_dropped = match self.conversion(path) {
            Conversion::Text(_) => true,
            Conversion::Guessed(_) => looks_like_text(bytes) && !has_returns(bytes),
            Conversion::None | Conversion::Other(_) => false,
        };
        match self.differing.get(path) {
            None => Arc::clone(bytes),
            // Git would store the returns of a binary.
            Some(it) if it.returns == Returns::OfAllLines && returns_are_dropped => {
                with_returns(bytes).into()
            }
            Some(it) if it.returns == Returns::OfAllLines => Arc::clone(bytes),
            Some(_) => self.checked_out(path, bytes),
        }
    }

    /// The bytes with the blob's id in each `$Id$`, if git would write it there. Git takes a file of another size for an
    /// edit.
    fn with_ids(&self, path: &str, bytes: &Arc<[u8]>) -> Arc<[u8]> {
        if !self.expands_ids(path) {
            return Arc::clone(bytes);
        }
        let with_id = format!("$Id: {} $", BlobId::of(bytes));
        let (mut written, mut rest) = (Vec::with_capacity(bytes.len()), &bytes[..]);
        while let Some(at) = rest.windows(PLAIN_ID.len()).position(|it| it == PLAIN_ID) {
            written.extend(rest.get(..at).unwrap_or_default());
            written.extend(with_id.as_bytes());
            rest = rest.get(at + PLAIN_ID.len()..).unwrap_or_default();
        }
        written.extend(rest);
        written.into()
    }

    /// Whether other attributes convert a file otherwise. What a filter or the like writes is not known.
    pub(crate) fn converts_otherwise(&self, other: &Self, path: &str) -> bool {
        let (before, after) = (self.conversion(path), other.conversion(path));
        let is_known = |conversion: &Conversion| !matches!(conversion, Conversion::Other(_));
        before != after && is_known(&before) && is_known(&after)
    }

    /// What other attributes do to the line ends of a file that stays as it is on disk.
    pub(crate) fn reconverted(&self, other: &Self, path: &str) -> Option<Reconverted> {
        if !self.converts_otherwise(other, path) {
            return None;
        }
        let on_disk = self.differing.get(path);
        match (other.conversion(path), on_disk.map_or(Returns::Kept, |it| it.returns)) {
            (Conversion::None, Returns::Mixed | Returns::OfAllLines) => {
                Some(Reconverted::LeftWithReturns)
            }
            (Conversion::Text(_), Returns::Kept) => Some(Reconverted::Stored),
            _ => None,
        }
    }

    pub(super) fn below(
        &self,
        folder: &str,
        relative: impl Fn(&RepoPath) -> Option<RepoPath>,
    ) -> Self {
        let set = |paths: &BTreeSet<RepoPath>| paths.iter().filter_map(&relative).collect();
        let differing = self.differing.iter().filter_map(|(path, it)| Some((relative(path)?, *it)));
        Self {
            heeds_modes: self.heeds_modes,
            differing: differing.collect(),
            ignored: set(&self.ignored),
            plain_links: set(&self.plain_links),
            gone: set(&self.gone),
            attributes: self.attributes.clone(),
            line_ends: self.line_ends,
            prefix: format!("{}{folder}/", self.prefix),
        }
    }

    /// Takes over what a change of a file says of attributes; `None` for a removal.
    pub(crate) fn follow(&mut self, path: &RepoPath, content: Option<&[u8]>) {
        let Some(parent) = path.as_str().strip_suffix(FILE) else { return };
        let folder = format!("{}{parent}", self.prefix);
        match (folder.strip_suffix('/').unwrap_or(&folder), content) {
            (_, _) if !(parent.is_empty() || parent.ends_with('/')) => {}
            (folder, Some(content)) => self.attributes.set(folder, content),
            (folder, None) => self.attributes.remove(folder),
        }
    }
}

impl Snapshot {
    /// Whether git heeds the executable bit of what is written here.
    #[must_use]
    pub fn heeds_modes(&self) -> bool {
        self.work_tree.as_ref().is_none_or(|tree| tree.heeds_modes)
    }

    /// The bytes that git would keep of these at a path; `Err` with the attribute if only git can tell.
    ///
    /// # Errors
    /// When the path has a filter, an encoding or the like.
    pub fn as_git_keeps(&self, path: &str, bytes: &Arc<[u8]>) -> Result<Arc<[u8]>, String> {
        let Some(tree) = &self.work_tree else { return Ok(Arc::clone(bytes)) };
        let collapsed = tree.expands_ids(path).then(|| with_plain_ids(bytes)).flatten();
        let bytes = &collapsed.map_or_else(|| Arc::clone(bytes), Arc::from);
        let present = || self.read(self.entry(path)?.id).ok();
        match tree.conversion(path) {
            Conversion::Other(word) => Err(word),
            Conversion::None => Ok(Arc::clone(bytes)),
            _ if !has_returns(bytes) => Ok(Arc::clone(bytes)),
            Conversion::Text(_) => Ok(with_line_feeds(bytes).into()),
            Conversion::Guessed(_) => {
                let is_kept =
                    !looks_like_text(bytes) || present().is_some_and(|it| has_returns(&it));
                Ok(if is_kept { Arc::clone(bytes) } else { with_line_feeds(bytes).into() })
            }
        }
    }
}

impl Snapshot {
    /// Files that a program converts between the disk and git by the attributes of the tree: a filter, an encoding.
    #[must_use]
    pub fn converted_by_programs(&self) -> BTreeSet<RepoPath> {
        let tree = match &self.work_tree {
            Some(tree) => Arc::clone(tree),
            None => Arc::new(WorkTree { attributes: self.attributes(), ..WorkTree::default() }),
        };
        if tree.attributes.is_empty() {
            return BTreeSet::new();
        }
        let is_converted =
            |path: &&RepoPath| matches!(tree.conversion(path.as_str()), Conversion::Other(_));
        self.entries.keys().filter(is_converted).cloned().collect()
    }

    /// The attributes of a tree that is not on a disk.
    fn attributes(&self) -> Attributes {
        let mut attributes = Attributes::default();
        let is_one = |path: &RepoPath| path.as_str().rsplit('/').next() == Some(FILE);
        for (path, entry) in self.entries.iter().filter(|(path, _)| is_one(path)) {
            if let Ok(content) = self.read(entry.id) {
                attributes.set(path.parent(), &content);
            }
        }
        attributes
    }
}

/// A text as git keeps it: a line feed at the end of each line, without the return before it.
#[must_use]
pub fn with_line_feeds(bytes: &[u8]) -> Vec<u8> {
    let is_kept = |(at, byte): &(usize, &u8)| **byte != b'\r' || bytes.get(at + 1) != Some(&b'\n');
    bytes.iter().enumerate().filter(is_kept).map(|(_, byte)| *byte).collect()
}

/// A text as git keeps it where the attribute `ident` is set: `$Id$` without an id (`ident_to_git` of git's `convert.c`).
/// `None` if it has none.
pub(super) fn with_plain_ids(bytes: &[u8]) -> Option<Vec<u8>> {
    const OPENED: &[u8] = b"$Id:";
    let mut kept: Vec<u8> = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    let mut is_changed = false;
    while let Some(at) = rest.windows(OPENED.len()).position(|it| it == OPENED) {
        let (before, id) = rest.split_at(at);
        kept.extend(before);
        let inside = id.get(OPENED.len()..).unwrap_or_default();
        let end = inside.iter().position(|byte| matches!(byte, b'$' | b'\n'));
        rest = match end.and_then(|end| inside.get(end..)) {
            Some(closed) if closed.starts_with(b"$") => {
                is_changed = true;
                kept.extend(PLAIN_ID);
                closed.get(1..).unwrap_or_default()
            }
            _ => {
                kept.extend(OPENED);
                inside
            }
        };
    }
    kept.extend(rest);
    is_changed.then_some(kept)
}

/// A text with a return before each line feed.
fn with_returns(bytes: &[u8]) -> Vec<u8> {
    let mut written = Vec::with_capacity(bytes.len() + bytes.len() / 32);
    for byte in bytes {
        if *byte == b'\n' && written.last() != Some(&b'\r') {
            written.push(b'\r');
        }
        written.push(*byte);
    }
    written
}

/// Whether any line ends in CRLF.
pub(crate) fn has_returns(bytes: &[u8]) -> bool {
    bytes.windows(2).any(|pair| pair == b"\r\n")
}

/// Whether each line ends in CRLF.
pub(super) fn has_only_returns(bytes: &[u8]) -> bool {
    has_returns(bytes) && with_returns(bytes) == bytes
}

/// Whether git would guess that it is a text, as `convert_is_binary` of git's `convert.c` does.
pub(super) fn looks_like_text(bytes: &[u8]) -> bool {
    // A DOS end-of-file mark is no reason.
    let bytes = bytes.strip_suffix(b"\x1a").unwrap_or(bytes);
    let is_lone = |(at, byte): (usize, &u8)| *byte == b'\r' && bytes.get(at + 1) != Some(&b'\n');
    if bytes.contains(&0) || bytes.iter().enumerate().any(is_lone) {
        return false;
    }
    let is_odd = |byte: &&u8| match byte {
        b'\n' | b'\r' | b'\t' | 0x08 | 0x0c | 0x1b => false,
        byte => **byte < 0x20 || **byte == 0x7f,
    };
    let odd = bytes.iter().filter(is_odd).count();
    let ends = bytes.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count();
    (bytes.len() - odd - ends) >> 7 >= odd
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_what_git_takes_for_one() {
        assert!(looks_like_text(b"a\r\nb\tc\n\x1a") && looks_like_text("ä".as_bytes()));
        for binary in [&b"a\rb"[..], b"a\0", b"a\x01"] {
            assert!(!looks_like_text(binary), "{binary:?}");
        }
        assert!(looks_like_text(&[&[b'a'; 128][..], b"\x01"].concat()));
    }

    #[test]
    fn ids_are_collapsed_where_they_end_on_their_line() {
        let collapsed = |text: &str| {
            with_plain_ids(text.as_bytes()).map(|it| String::from_utf8(it).expect("UTF-8"))
        };
        assert_eq!(collapsed("a $Id: 12 $ b $Id: $\n").as_deref(), Some("a $Id$ b $Id$\n"));
        assert_eq!(collapsed("$Id: 1\n$ $Id:2$$Id$").as_deref(), Some("$Id: 1\n$ $Id$$Id$"));
        for text in ["", "$Id$", "$Id: 1", "$Id: 1\n$", "$id: 1$"] {
            assert_eq!(collapsed(text), None, "{text}");
        }
    }

    #[test]
    fn each_id_is_that_of_the_whole_file() {
        let mut tree = WorkTree::default();
        tree.attributes.set("", b"*.c ident\n");
        let kept: Arc<[u8]> = "$Id$ ".repeat(80_000).into_bytes().into();
        let written = tree.checked_out("a.c", &kept);
        let wanted = format!("$Id: {} $ ", BlobId::of(&kept)).repeat(80_000);
        assert!(*written == *wanted.as_bytes());
        assert_eq!(tree.checked_out("a.h", &kept), kept);
    }

    #[test]
    fn line_ends_go_to_the_disk_and_back() {
        assert_eq!(with_returns(b"a\nb\r\n\n"), b"a\r\nb\r\n\r\n");
        assert_eq!(with_line_feeds(b"a\r\nb\r\r\n"), b"a\nb\r\n");
        assert!(has_only_returns(b"a\r\nb\r\n") && !has_only_returns(b"a\r\nb\n"));
        assert!(!has_only_returns(b"a"));
    }
}
