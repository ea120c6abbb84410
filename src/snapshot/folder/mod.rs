//! Reads a folder as it is on disk, whether or not it is a work tree.
//!
//! `.git` is left out; symbolic links are entries and never followed. In a git work tree, ignored files are left out
//! unless they are tracked, and untracked files are included; what a sparse checkout leaves out is as the index has it.
//!
//! A work tree is read as git keeps it ([`read`]): with the line ends and the executable bits that `git add` would record
//! under its attributes and settings ([`keeping`]). Where only a program could tell (a filter), the content counts as
//! unreadable unless the index says that it is unchanged. [`on_disk`] reads the bytes and bits of the disk.

mod contents;
mod ignoring;
mod keeping;
mod settings;
mod tracked;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::{self, File, Metadata};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::git;
use super::{
    BlobId, Entry, EntryKind, MAX_DEPTH, MAX_ENTRIES, Problem, RepoPath, Snapshot, WorkTree,
    kind_of,
};
use crate::error::{Error, Result};
use contents::{Contents, Origin};
use keeping::Candidate;
use tracked::Tracked;

/// A file larger than this is not hashed: it is a problem instead of an entry. 1 GiB.
pub const MAX_HASHED_BYTES: u64 = 1 << 30;

/// Maximum number of bytes to hash in one folder: files beyond it are problems. 8 GiB.
pub const MAX_FOLDER_BYTES: u64 = 8 << 30;

/// A `.gitignore` larger than this is not applied.
const MAX_IGNORE_BYTES: u64 = 1 << 20;

/// Reads a folder; a work tree as git keeps it.
///
/// Files that cannot be read, sockets, devices and FIFOs, and everything beyond [`MAX_ENTRIES`], [`MAX_DEPTH`],
/// [`MAX_HASHED_BYTES`] and [`MAX_FOLDER_BYTES`] become problems of the snapshot; the rest is read.
///
/// A folder that the work tree around it ignores is read as a plain folder.
///
/// # Errors
/// When the path is a file (usage), or the folder itself cannot be listed.
pub fn read(path: &Path) -> Result<Snapshot> {
    let mut listing = Listing::default().list(path)?;
    listing.keep();
    Ok(listing.finish())
}

/// Reads a folder like [`read`], with the bytes and the executable bits of the disk.
///
/// # Errors
/// As for [`read`].
pub fn on_disk(path: &Path) -> Result<Snapshot> {
    Ok(Listing::default().list(path)?.finish())
}

/// The files and links that [`on_disk`] would read, and why there may be others, without reading any. With `ignored`, also
/// what git ignores.
///
/// # Errors
/// As for [`read`].
pub fn names(path: &Path, ignored: bool) -> Result<(Vec<String>, Vec<Problem>)> {
    let follow = if ignored { Follow::Everything } else { Follow::Rules };
    let listing = Listing { follow, names_only: true, ..Listing::default() }.list(path)?;
    let names = listing.entries.into_keys().map(|path| path.as_str().to_owned());
    Ok((names.collect(), listing.problems))
}

/// The snapshot of a folder that does not exist yet: it is empty, and has what the work tree around it says of attributes.
#[must_use]
pub fn before_it_exists(path: &Path) -> Snapshot {
    let mut listing = Listing { tracked: Tracked::around_new(path), ..Listing::default() };
    listing.keep();
    listing.finish()
}

/// Whether a folder inside a work tree is one that git ignores there, with nothing tracked in it.
#[must_use]
pub fn is_ignored(folder: &Path) -> bool {
    super::work_tree_around(folder).is_some() && Tracked::around(folder).is_none()
}

/// Which untracked files of a folder are included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Follow {
    /// Those that no rule ignores.
    #[default]
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
    /// Files that git may keep otherwise than they are on disk.
    candidates: Vec<Candidate>,
    ignored: BTreeSet<RepoPath>,
    left_out: BTreeSet<RepoPath>,
    work_tree: Option<WorkTree>,
    /// Whether contents are read from what the repository has stored.
    reads_stored: bool,
    pending: Vec<Pending>,
    tracked: Option<Tracked>,
    /// For the folder itself.
    follow: Follow,
    /// Whether only names are asked for: then ids mean nothing.
    names_only: bool,
    seen: usize,
    hashed: u64,
}

impl Listing {
    /// Lists what is on disk, and what a sparse checkout leaves out of it.
    fn list(mut self, path: &Path) -> Result<Self> {
        kind_of(path)?;
        let failure = |cause: io::Error| {
            Error::failed("cannot read this folder").in_file(path).caused_by(cause)
        };
        let root = path.canonicalize().map_err(failure)?;
        fs::read_dir(&root).map_err(failure)?;
        self.tracked = Tracked::around(&root);
        self.problems.extend(self.tracked.as_mut().and_then(|it| it.problem.take()));
        self.pending.push(Pending {
            folder: root,
            path: String::new(),
            depth: 0,
            follow: self.follow,
        });
        while let Some(folder) = self.pending.pop() {
            if !self.add_folder(&folder) {
                let message = format!("has more than {MAX_ENTRIES} paths; the rest was not read");
                self.problem("", &message);
                break;
            }
        }
        self.add_left_out();
        Ok(self)
    }

    fn finish(mut self) -> Snapshot {
        let reads_stored = self.reads_stored || !self.left_out.is_empty();
        let stored = self.tracked.filter(|_| reads_stored);
        let stored = stored.and_then(|tracked| tracked.stored().cloned());
        self.problems.sort_by(|one, other| one.path.cmp(&other.path));
        let contents = Contents { origins: self.origins, stored };
        let mut snapshot = Snapshot::new(None, self.entries, Arc::new(contents));
        snapshot.problems = self.problems;
        snapshot.work_tree = self.work_tree.map(Arc::new);
        snapshot.left_out = Arc::new(self.left_out);
        snapshot
    }

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
            self.ignored.insert(RepoPath::new(&path));
            return;
        }
        let kind = metadata.file_type();
        if self.names_only {
            if kind.is_symlink() || kind.is_file() {
                self.entry(&path, EntryKind::File, BlobId::of(b""));
            }
        } else if kind.is_symlink() {
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
                self.ignored.insert(RepoPath::new(&path));
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
                self.candidates.extend(Candidate::of(self.tracked.as_ref(), file, path, id));
                self.origins.entry(id).or_insert(Origin::File(file.to_owned()));
                let kind =
                    if is_executable(metadata) { EntryKind::Executable } else { EntryKind::File };
                self.entry(path, kind, id);
            }
            Err(error) => self.problem(path, &format!("cannot be read: {error}")),
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

#[cfg(test)]
mod tests;
