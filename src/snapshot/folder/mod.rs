//! Reads a folder as it is on disk, whether or not it is a work tree.
//!
//! `.git` is left out; symbolic links are entries and never followed. In a git work tree, ignored files are left out
//! unless they are tracked, and untracked files are included; what a sparse checkout leaves out is as the index has it.
//! Ids are those of the bytes on disk, without the conversions that `.gitattributes` or `core.autocrlf` request at
//! `git add`: a file checked out with CRLF has another id than its commit's blob ([`Snapshot::kept`] has the latter).
//! Likewise the executable bit is that of the disk, whatever `core.fileMode` says.

mod ignoring;
mod tracked;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::{self, File, Metadata};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::blob::{FIRST_BYTES, too_large};
use super::git::{self, GitDirectory};
use super::{
    BlobId, CheckedOut, Entry, EntryKind, MAX_BLOB_BYTES, MAX_DEPTH, MAX_ENTRIES, Problem,
    ReadBlob, RepoPath, Snapshot, Unreadable, kind_of,
};
use crate::error::{Error, Result};
use tracked::Tracked;

/// A file larger than this is not hashed: it is a problem instead of an entry. 1 GiB.
pub const MAX_HASHED_BYTES: u64 = 1 << 30;

/// Maximum number of bytes to hash in one folder: files beyond it are problems. 8 GiB.
pub const MAX_FOLDER_BYTES: u64 = 8 << 30;

/// A `.gitignore` larger than this is not applied.
const MAX_IGNORE_BYTES: u64 = 1 << 20;

/// Reads a folder.
///
/// Files that cannot be read, sockets, devices and FIFOs, and everything beyond [`MAX_ENTRIES`], [`MAX_DEPTH`],
/// [`MAX_HASHED_BYTES`] and [`MAX_FOLDER_BYTES`] become problems of the snapshot; the rest is read.
///
/// A folder that the work tree around it ignores is read as a plain folder.
///
/// # Errors
/// When the path is a file (usage), or the folder itself cannot be listed.
pub fn read(path: &Path) -> Result<Snapshot> {
    kind_of(path)?;
    let failure =
        |cause: io::Error| Error::failed("cannot read this folder").in_file(path).caused_by(cause);
    let root = path.canonicalize().map_err(failure)?;
    fs::read_dir(&root).map_err(failure)?;
    let mut listing = Listing { tracked: Tracked::around(&root), ..Listing::default() };
    if let Some(problem) = listing.tracked.as_mut().and_then(|tracked| tracked.problem.take()) {
        listing.problem("", &problem);
    }
    listing.pending.push(Pending {
        folder: root,
        path: String::new(),
        depth: 0,
        follow: Follow::Rules,
    });
    while let Some(folder) = listing.pending.pop() {
        if !listing.add_folder(&folder) {
            listing
                .problem("", &format!("has more than {MAX_ENTRIES} paths; the rest was not read"));
            break;
        }
    }
    listing.add_left_out();
    let Listing { entries, mut problems, origins, checked_out, left_out, tracked, .. } = listing;
    let stored = tracked.filter(|_| !left_out.is_empty());
    let stored = stored.and_then(|tracked| tracked.stored().cloned());
    problems.sort_by(|one, other| one.path.cmp(&other.path));
    let mut snapshot = Snapshot::new(None, entries, Arc::new(Contents { origins, stored }));
    snapshot.problems = problems;
    snapshot.checked_out = Arc::new(checked_out);
    snapshot.left_out = Arc::new(left_out);
    Ok(snapshot)
}

/// Which untracked files of a folder are included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Follow {
    /// Those that no rule ignores.
    Rules,
    /// None: the folder is ignored, and listed only for its tracked files.
    TrackedOnly,
    /// All: there are no rules, or they cannot be applied.
    Everything,
}

struct Pending {
    folder: PathBuf,
    path: String,
    depth: usize,
    follow: Follow,
}

#[derive(Default)]
struct Listing {
    entries: BTreeMap<RepoPath, Entry>,
    problems: Vec<Problem>,
    origins: HashMap<BlobId, Origin>,
    checked_out: BTreeMap<RepoPath, CheckedOut>,
    left_out: BTreeSet<RepoPath>,
    pending: Vec<Pending>,
    tracked: Option<Tracked>,
    seen: usize,
    hashed: u64,
}

impl Listing {
    /// Returns `false` once [`MAX_ENTRIES`] is reached.
    fn add_folder(&mut self, pending: &Pending) -> bool {
        let entries = match fs::read_dir(&pending.folder) {
            Ok(entries) => entries,
            Err(error) => {
                self.problem(&pending.path, &format!("cannot be read: {error}"));
                return true;
            }
        };
        let follow = self.rules_of(pending);
        for entry in entries {
            if self.seen >= MAX_ENTRIES {
                return false;
            }
            self.seen += 1;
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    self.problem(&pending.path, &format!("cannot be read to its end: {error}"));
                    return true;
                }
            };
            let name = entry.file_name();
            if name.eq_ignore_ascii_case(".git") {
                continue;
            }
            let name = RepoPath::from_bytes(name.as_encoded_bytes());
            let path = match pending.path.as_str() {
                "" => name.as_str().to_owned(),
                parent => format!("{parent}/{name}"),
            };
            match entry.path().symlink_metadata() {
                Ok(metadata) => self.add(&entry.path(), path, &metadata, pending.depth, follow),
                Err(error) => self.problem(&path, &format!("cannot be read: {error}")),
            }
        }
        true
    }

    /// Which files of a folder to include, given its `.gitignore`.
    fn rules_of(&mut self, pending: &Pending) -> Follow {
        if self.tracked.is_none() || pending.follow == Follow::Everything {
            return Follow::Everything;
        }
        let rules = pending.folder.join(".gitignore");
        // libgit2 would block forever on a FIFO, and would follow a link out of the tree; git does not.
        let message = match rules.symlink_metadata() {
            Ok(found) if found.is_file() && found.len() <= MAX_IGNORE_BYTES => {
                if !fs::read(&rules).is_ok_and(|rules| ignoring::is_endless(&rules)) {
                    return pending.follow;
                }
                "has a pattern that takes too long to match: nothing below it is treated as ignored"
            }
            Ok(found) if !found.is_dir() => {
                "is not a regular file of a reasonable size: nothing below it is treated as ignored"
            }
            Ok(_) | Err(_) => return pending.follow,
        };
        self.problem(&child(&pending.path, ".gitignore"), message);
        Follow::Everything
    }

    fn add(
        &mut self,
        file: &Path,
        path: String,
        metadata: &Metadata,
        depth: usize,
        follow: Follow,
    ) {
        if metadata.is_dir() {
            self.add_subfolder(file, path, depth, follow);
            return;
        }
        if !self.counts(&path, follow) {
            return;
        }
        let kind = metadata.file_type();
        if kind.is_symlink() {
            match fs::read_link(file) {
                Ok(target) => {
                    let id = BlobId::of(target.as_os_str().as_encoded_bytes());
                    self.origins.entry(id).or_insert(Origin::Link(file.to_owned()));
                    self.entry(&path, EntryKind::Link, id);
                }
                Err(error) => self.problem(&path, &format!("cannot be read: {error}")),
            }
        } else if kind.is_file() {
            self.add_file(file, &path, metadata);
        } else {
            self.problem(
                &path,
                "is a socket, a device or a FIFO, which a repository cannot contain",
            );
        }
    }

    fn counts(&self, path: &str, follow: Follow) -> bool {
        let Some(tracked) = &self.tracked else { return true };
        match follow {
            Follow::Everything => true,
            Follow::TrackedOnly => tracked.has(path),
            Follow::Rules => tracked.has(path) || !tracked.ignores(path),
        }
    }

    fn add_subfolder(&mut self, folder: &Path, path: String, depth: usize, follow: Follow) {
        let submodule = self.tracked.as_ref().and_then(|tracked| tracked.submodule(&path));
        if folder.join(".git").symlink_metadata().is_ok() || submodule.is_some() {
            self.add_submodule(folder, &path, submodule);
            return;
        }
        let mut follow = follow;
        if let Some(tracked) = &self.tracked
            && follow != Follow::Everything
            && (follow == Follow::TrackedOnly || tracked.ignores(&format!("{path}/")))
        {
            if !tracked.has_below(&path) {
                return;
            }
            follow = Follow::TrackedOnly;
        }
        if depth >= MAX_DEPTH {
            self.problem(&path, &format!("is more than {MAX_DEPTH} folders deep and was not read"));
            return;
        }
        self.pending.push(Pending { folder: folder.to_owned(), path, depth: depth + 1, follow });
    }

    /// Adds a nested repository as `git add` would: as a submodule at its `HEAD`.
    fn add_submodule(&mut self, folder: &Path, path: &str, recorded: Option<BlobId>) {
        let head = git::open(folder).and_then(|directory| directory.resolve(None));
        match head.ok().and_then(|id| BlobId::parse(&id)).or(recorded) {
            Some(id) => self.entry(path, EntryKind::Submodule, id),
            None => {
                self.problem(path, "is a separate repository without a commit and was not read")
            }
        }
    }

    fn add_file(&mut self, file: &Path, path: &str, metadata: &Metadata) {
        let size = metadata.len();
        if size > MAX_HASHED_BYTES || self.hashed.saturating_add(size) > MAX_FOLDER_BYTES {
            self.problem(path, &format!("has {size} bytes, too many to hash"));
            return;
        }
        self.hashed += size;
        match hash(file, metadata) {
            Ok(id) => {
                self.compare_line_ends(file, path, metadata, id);
                self.origins.entry(id).or_insert(Origin::File(file.to_owned()));
                let kind =
                    if is_executable(metadata) { EntryKind::Executable } else { EntryKind::File };
                self.entry(path, kind, id);
            }
            Err(error) => self.problem(path, &format!("cannot be read: {error}")),
        }
    }

    /// Notes a file that git itself wrote with other line ends than it keeps, whether or not it was edited since.
    fn compare_line_ends(&mut self, file: &Path, path: &str, metadata: &Metadata, id: BlobId) {
        let Some(tracked) = &self.tracked else { return };
        let size = metadata.len();
        let Some(recorded) = tracked.file(path).filter(|it| *it != id && size <= MAX_BLOB_BYTES)
        else {
            return;
        };
        let mut bytes = Vec::new();
        let read = open_listed(file, metadata)
            .and_then(|file| file.take(MAX_BLOB_BYTES).read_to_end(&mut bytes));
        let text = with_line_feeds(&bytes);
        // Git takes a file with a zero byte for binary.
        if read.is_err() || text.len() == bytes.len() || bytes.contains(&0) {
            return;
        }
        let kept = BlobId::of(&text);
        let is_unedited = kept == recorded && tracked.was_left_with(path, size);
        if is_unedited || (kept != recorded && tracked.adds_returns(path)) {
            self.checked_out.insert(RepoPath::new(path), CheckedOut { on_disk: id, kept });
        }
    }

    /// Adds what git leaves out of the work tree (a sparse checkout), unless it is there all the same.
    fn add_left_out(&mut self) {
        let Some(tracked) = &self.tracked else { return };
        let left_out: Vec<(RepoPath, Entry)> = tracked
            .left_out()
            .filter(|(path, _)| !self.entries.contains_key(path.as_str()))
            .take(MAX_ENTRIES.saturating_sub(self.entries.len()))
            .collect();
        for (path, entry) in left_out {
            self.entries.insert(path.clone(), entry);
            self.left_out.insert(path);
        }
    }

    fn entry(&mut self, path: &str, kind: EntryKind, id: BlobId) {
        if self.entries.contains_key(path) {
            self.problem(path, "has a name that cannot be distinguished from another");
        } else {
            self.entries.insert(RepoPath::new(path), Entry { kind, id });
        }
    }

    fn problem(&mut self, path: &str, message: &str) {
        self.problems.push(Problem::at(RepoPath::new(path), message));
    }
}

/// A text as git keeps it: a line feed at the end of each line, without the return before it.
#[must_use]
pub fn with_line_feeds(bytes: &[u8]) -> Vec<u8> {
    let is_kept = |(at, byte): &(usize, &u8)| **byte != b'\r' || bytes.get(at + 1) != Some(&b'\n');
    bytes.iter().enumerate().filter(is_kept).map(|(_, byte)| *byte).collect()
}

fn child(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

#[cfg(unix)]
fn is_executable(metadata: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o100 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &Metadata) -> bool {
    false
}

/// Opens a listed file and checks that it is still the same one, and was not replaced, say by a link.
fn open_listed(path: &Path, listed: &Metadata) -> io::Result<File> {
    let file = File::open(path)?;
    let opened = file.metadata()?;
    if opened.is_file() && is_same_file(&opened, listed) {
        return Ok(file);
    }
    Err(io::Error::other("was replaced while it was read"))
}

#[cfg(unix)]
fn is_same_file(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    one.dev() == other.dev() && one.ino() == other.ino()
}

#[cfg(not(unix))]
fn is_same_file(_: &Metadata, _: &Metadata) -> bool {
    true
}

/// The id of a regular file's content, computed without loading it into memory.
fn hash(path: &Path, listed: &Metadata) -> io::Result<BlobId> {
    let size = listed.len();
    let mut hasher = sha1_smol::Sha1::new();
    hasher.update(format!("blob {size}\0").as_bytes());
    let mut file = open_listed(path, listed)?.take(size + 1);
    let mut buffer = [0; 16 << 10];
    let mut hashed = 0;
    loop {
        let read = file.read(&mut buffer)?;
        let Some(chunk) = buffer.get(..read).filter(|chunk| !chunk.is_empty()) else { break };
        hasher.update(chunk);
        hashed += chunk.len() as u64;
    }
    if hashed == size {
        return Ok(BlobId::from_raw(hasher.digest().bytes()));
    }
    Err(io::Error::other("changed while it was read"))
}

/// The source of a blob on disk.
#[derive(Debug)]
enum Origin {
    File(PathBuf),
    Link(PathBuf),
}

impl Origin {
    fn read(&self) -> io::Result<Result<Vec<u8>, Unreadable>> {
        match self {
            Self::Link(path) => Ok(Ok(fs::read_link(path)?.into_os_string().into_encoded_bytes())),
            Self::File(path) => {
                let listed = path.symlink_metadata()?;
                if !listed.is_file() {
                    return Err(io::Error::other("is no longer a file"));
                }
                if listed.len() > MAX_BLOB_BYTES {
                    let mut first = Vec::new();
                    open_listed(path, &listed)?.take(FIRST_BYTES).read_to_end(&mut first)?;
                    return Ok(Err(too_large(listed.len(), &first)));
                }
                let mut bytes = Vec::with_capacity(usize::try_from(listed.len()).unwrap_or(0));
                open_listed(path, &listed)?.take(MAX_BLOB_BYTES).read_to_end(&mut bytes)?;
                Ok(Ok(bytes))
            }
        }
    }
}

/// Reads what was listed, and nothing else: content whose id has changed is refused.
#[derive(Debug)]
struct Contents {
    origins: HashMap<BlobId, Origin>,
    /// Where contents are that a sparse checkout leaves out.
    stored: Option<GitDirectory>,
}

impl ReadBlob for Contents {
    fn read(&self, id: BlobId) -> Result<Arc<[u8]>, Unreadable> {
        let Some(origin) = self.origins.get(&id) else {
            if let Some(stored) = &self.stored {
                return stored.read(id);
            }
            return Err(Unreadable::Absent(format!(
                "no file had the content {id} when the folder was listed"
            )));
        };
        match origin.read() {
            Ok(Ok(bytes)) if BlobId::of(&bytes) == id => Ok(bytes.into()),
            Ok(Ok(_)) => {
                Err(Unreadable::Refused("it has changed since the folder was listed".to_owned()))
            }
            Ok(Err(unreadable)) => Err(unreadable),
            Err(error) => Err(Unreadable::Refused(error.to_string())),
        }
    }
}

#[cfg(test)]
mod tests;
