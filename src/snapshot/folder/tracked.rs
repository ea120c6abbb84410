//! What git tracks and ignores around a folder on disk.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::fs;
use std::ops::Bound;
use std::path::{Path, PathBuf};

use git2::IndexEntryExtendedFlag;

use super::MAX_IGNORE_BYTES;
use super::settings::Settings;
use crate::snapshot::git::{self, GitDirectory, Layout, Node, blob_id, node_of};
use crate::snapshot::open::work_tree_around;
use crate::snapshot::{BlobId, Entry, EntryKind, Problem, ReadBlob as _, RepoPath};

/// An index larger than this is not read: 256 MiB, some two million files.
const MAX_INDEX_BYTES: u64 = 256 << 20;

/// What the index has of a path.
#[derive(Clone, Copy)]
struct Recorded {
    /// The kind, and the blob or the commit of a submodule; `None` for a mode that git does not write.
    entry: Option<Entry>,
    /// How many bytes git wrote to the disk, or found there when it took the file up.
    size: u32,
    /// When the file was written, as git saw it then.
    written: Moment,
    /// Whether git leaves it out of the work tree (a sparse checkout).
    is_left_out: bool,
}

/// A time stamp of a file: seconds and nanoseconds.
type Moment = (i64, u32);

/// The index and the ignore rules of the work tree around a folder. Paths are relative to the folder.
///
/// The rules are those of the tree's `.gitignore` files and of `.git/info/exclude`. Here the latter take precedence,
/// the opposite of git. The user's `core.excludesFile` counts too; the repository's own configuration, which may be
/// anybody's, is not read for that. Another difference from git is libgit2's: a negated name without a wildcard
/// (`!keep.log`) does not override a pattern of a `.gitignore` in a parent folder, or of the user's file, so an untracked
/// file of that name is left out.
pub(super) struct Tracked {
    rules: git2::Repository,
    root: PathBuf,
    /// What the repository has stored, opened on demand; `None` if it cannot be opened.
    stored: OnceCell<Option<GitDirectory>>,
    /// The folder's path in the work tree with a trailing slash; empty at its root.
    prefix: String,
    /// Tracked paths of the work tree.
    index: BTreeMap<RepoPath, Recorded>,
    /// When the index was written.
    indexed: Option<Moment>,
    /// Why the index could not be read.
    pub(super) problem: Option<Problem>,
    /// Git's settings of this work tree.
    pub(super) settings: Settings,
    /// Where `info/attributes` is.
    pub(super) info: PathBuf,
}

impl Tracked {
    /// Reads the work tree around a folder; `None` if there is none, or it ignores the folder.
    pub(super) fn around(folder: &Path) -> Option<Self> {
        let (root, prefix) = work_tree_around(folder)?;
        Self::at(root, &prefix)
    }

    /// Reads the work tree around a folder that does not exist yet.
    pub(super) fn around_new(folder: &Path) -> Option<Self> {
        let folder = std::path::absolute(folder).ok()?;
        let there = folder.ancestors().find(|above| above.is_dir())?;
        let (root, prefix) = work_tree_around(there)?;
        Self::at(root, &prefix.join(folder.strip_prefix(there).ok()?))
    }

    fn at(root: PathBuf, prefix: &Path) -> Option<Self> {
        let layout = Layout::of_work_tree(&root)?;
        let rules = git2::Repository::from_odb(git2::Odb::new().ok()?).ok()?;
        rules.set_config(&config_of_user().or_else(|| git2::Config::new().ok())?).ok()?;
        rules.set_workdir(&root, false).ok()?;
        let exclude = layout.common_dir.join("info/exclude");
        // Reading a pipe would block forever.
        let is_small = |found: fs::Metadata| found.is_file() && found.len() <= MAX_IGNORE_BYTES;
        if exclude.metadata().is_ok_and(is_small)
            && let Ok(exclude) = fs::read_to_string(exclude)
        {
            rules.add_ignore_rule(&exclude).ok()?;
        }
        let mut prefix = prefix.to_str()?.to_owned();
        if !prefix.is_empty() {
            prefix.push('/');
        }
        let file = layout.git_dir.join("index");
        let indexed = file.metadata().ok().as_ref().and_then(moment);
        let (index, problem) = match read_index(&file) {
            Ok(index) => (index, None),
            Err(problem) => (BTreeMap::new(), Some(problem)),
        };
        let stored = OnceCell::new();
        let mut settings = Settings::of(&layout.common_dir);
        // Without the index, the bits on disk are all there is to know.
        settings.heeds_modes |= problem.is_some();
        settings.writes_links |= problem.is_some();
        let info = layout.common_dir.join("info/attributes");
        let tracked = Self { rules, root, stored, prefix, index, indexed, problem, settings, info };
        let is_ignored = !tracked.prefix.is_empty() && tracked.ignores("");
        (!is_ignored || tracked.has_below("")).then_some(tracked)
    }

    /// Whether a path is ignored; a folder's path ends in a slash. Does not consider the folders above it.
    pub(super) fn ignores(&self, path: &str) -> bool {
        self.rules.is_path_ignored(format!("{}{path}", self.prefix)).unwrap_or(false)
    }

    /// Whether a file is tracked.
    pub(super) fn has(&self, path: &str) -> bool {
        self.index.contains_key(format!("{}{path}", self.prefix).as_str())
    }

    /// Whether anything below a folder is tracked.
    pub(super) fn has_below(&self, folder: &str) -> bool {
        let start = if folder.is_empty() {
            self.prefix.clone()
        } else {
            format!("{}{folder}/", self.prefix)
        };
        let range = (Bound::Included(start.as_str()), Bound::Unbounded);
        let next = self.index.range::<str, _>(range).next();
        next.is_some_and(|(path, _)| path.as_str().starts_with(&start))
    }

    /// The commit of a submodule in the index.
    pub(super) fn submodule(&self, path: &str) -> Option<BlobId> {
        let entry = self.recorded(path)?.entry?;
        (entry.kind == EntryKind::Submodule).then_some(entry.id)
    }

    /// The blob of a tracked file, and whether it is executable.
    pub(super) fn entry(&self, path: &str) -> Option<Entry> {
        let entry = self.recorded(path)?.entry?;
        matches!(entry.kind, EntryKind::File | EntryKind::Executable).then_some(entry)
    }

    /// Whether a file on disk is a link of git: where git writes no links (`core.symlinks=false`) each that the index has,
    /// else one with this target as content, since the setting may be in a file that is not read.
    pub(super) fn is_link(&self, path: &str, target: BlobId) -> bool {
        let recorded = self.recorded(path).and_then(|it| it.entry);
        let link = recorded.filter(|it| it.kind == EntryKind::Link);
        link.is_some_and(|link| !self.settings.writes_links || link.id == target)
    }

    /// The blob of a tracked file.
    pub(super) fn file(&self, path: &str) -> Option<BlobId> {
        self.entry(path).map(|entry| entry.id)
    }

    /// Whether a file is the one that git wrote or took up, by its size and time, as for `git status`. Not if it is newer
    /// than the index. In a small clone both are written within one tick of the clock, so equal times count: who edits a
    /// file in that very tick, and keeps its size, is not noticed.
    pub(super) fn is_unchanged(&self, path: &str, found: &fs::Metadata) -> bool {
        let (Some(recorded), Some(written)) = (self.recorded(path), moment(found)) else {
            return false;
        };
        let is_same_time = recorded.written.0 == written.0
            && (recorded.written.1 == 0 || recorded.written.1 == written.1);
        is_same_time
            && u64::from(recorded.size) == found.len()
            && self.indexed.is_some_and(|indexed| written <= indexed)
    }

    /// The folders of the work tree from its root to the listed folder: their paths, and where they are.
    pub(super) fn around_it(&self) -> impl Iterator<Item = (&str, PathBuf)> {
        let folder = self.prefix.trim_end_matches('/');
        let ends = folder.match_indices('/').map(|(end, _)| end);
        let above = ends.filter_map(|end| folder.get(..end));
        let above = (!folder.is_empty()).then_some("").into_iter().chain(above);
        above.map(|folder| (folder, self.root.join(folder)))
    }

    /// The path of the listed folder in the work tree, with a trailing slash; empty at its root.
    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// What the index has below the folder.
    pub(super) fn below(&self) -> impl Iterator<Item = &str> {
        let range = (Bound::Included(self.prefix.as_str()), Bound::Unbounded);
        let below = self.index.range::<str, _>(range);
        below.map_while(|(path, _)| path.as_str().strip_prefix(&self.prefix))
    }

    /// Whether git left a file with so many bytes on the disk. Other line ends than the blob's are then git's own doing: a
    /// change of them alone changes the size.
    pub(super) fn was_left_with(&self, path: &str, size: u64) -> bool {
        self.recorded(path).is_some_and(|it| u64::from(it.size) == size)
    }

    /// Whether git wrote a file to the disk with a return before each line feed, and keeps it without them. It removes them
    /// from an edit of the file too.
    pub(super) fn adds_returns(&self, path: &str) -> bool {
        let bytes = || self.stored()?.read(self.file(path)?).ok();
        let Some(bytes) = bytes() else { return false };
        let lines = bytes.iter().filter(|byte| **byte == b'\n').count();
        lines > 0
            && !bytes.windows(2).any(|pair| pair == b"\r\n")
            && self.was_left_with(path, bytes.len() as u64 + lines as u64)
    }

    /// What git leaves out of the work tree below the folder (a sparse checkout), with what it has there.
    pub(super) fn left_out(&self) -> impl Iterator<Item = (RepoPath, Entry)> {
        let range = (Bound::Included(self.prefix.as_str()), Bound::Unbounded);
        let below = self
            .index
            .range::<str, _>(range)
            .map_while(|(path, it)| Some((path.as_str().strip_prefix(&self.prefix)?, it)));
        below
            .filter(|(_, it)| it.is_left_out)
            .filter_map(|(path, it)| Some((RepoPath::new(path), it.entry?)))
    }

    /// What the repository has stored.
    pub(super) fn stored(&self) -> Option<&GitDirectory> {
        self.stored.get_or_init(|| git::open(&self.root).ok()).as_ref()
    }

    fn recorded(&self, path: &str) -> Option<Recorded> {
        self.index.get(format!("{}{path}", self.prefix).as_str()).copied()
    }
}

/// The configuration of the user and the machine, unless reading the `core.excludesFile` that it names could take forever.
fn config_of_user() -> Option<git2::Config> {
    let config = git2::Config::open_default().ok()?;
    let Ok(excludes) = config.get_path("core.excludesfile") else { return Some(config) };
    // Reading a pipe would block. `/dev/null` is how to say that nothing is ignored.
    let is_endless = |found: fs::Metadata| !found.is_file() || found.len() > MAX_IGNORE_BYTES;
    let may_be_read =
        excludes == Path::new("/dev/null") || !excludes.metadata().is_ok_and(is_endless);
    may_be_read.then_some(config)
}

fn read_index(path: &Path) -> Result<BTreeMap<RepoPath, Recorded>, Problem> {
    let words = |cause: &str| {
        let message = format!(
            "has a git index that cannot be read, so files that are both tracked and ignored are left out: {cause}"
        );
        // libgit2 names the extension of the index that it does not know.
        let whole = [
            ("'link'", "a split index", "git update-index --no-split-index"),
            ("'sdir'", "a sparse index", "git sparse-checkout reapply --no-sparse-index"),
        ];
        let found = whole.into_iter().find(|(extension, ..)| cause.contains(extension));
        let help = found.map(|(_, what, command)| {
            format!("{what} is not supported: `{command}` writes it as a whole one")
        });
        Problem { help, ..Problem::at(RepoPath::new(""), message) }
    };
    // A repository without an index tracks nothing yet.
    let Ok(metadata) = path.metadata() else { return Ok(BTreeMap::new()) };
    if !metadata.is_file() || metadata.len() > MAX_INDEX_BYTES {
        return Err(words("it is not a regular file of a reasonable size"));
    }
    let index = git2::Index::open(path).map_err(|error| words(error.message()))?;
    let recorded = |entry: &git2::IndexEntry| Recorded {
        entry: entry_of(entry),
        size: entry.file_size,
        written: (entry.mtime.seconds().into(), entry.mtime.nanoseconds()),
        is_left_out: entry.flags_extended & IndexEntryExtendedFlag::SKIP_WORKTREE.bits() != 0,
    };
    Ok(index.iter().map(|entry| (RepoPath::from_bytes(&entry.path), recorded(&entry))).collect())
}

fn moment(found: &fs::Metadata) -> Option<Moment> {
    let since = found.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some((i64::try_from(since.as_secs()).ok()?, since.subsec_nanos()))
}

fn entry_of(entry: &git2::IndexEntry) -> Option<Entry> {
    match node_of(i32::try_from(entry.mode).ok()?)? {
        Node::Leaf(kind) => Some(Entry { kind, id: blob_id(entry.id)? }),
        Node::Folder => None,
    }
}
