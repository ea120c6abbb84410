//! A repository's tree at a commit, read from its objects without a checkout.
//!
//! A bare git directory or that of a work tree is read at a reference, with contents on demand. Objects are read only
//! through libgit2's object database, not through its repository handle, which reads the user's and the system's
//! configuration (so that a verdict would depend on the machine), refuses partial clones, and refuses repositories of
//! another owner, as a guard against commands in their configuration. Since nothing here reads configuration that could
//! name a command, a repository of any owner can be read. `refs/replace` and grafts are not followed.

pub(super) mod config;
mod layout;
mod origin;
mod pipes;
mod reference;
mod revision;
mod tree;

pub(crate) use layout::Layout;
pub use origin::{Origin, origin, origin_name};
pub(super) use tree::{Node, blob_id, node_of};

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use git2::{ErrorCode, ObjectType, Oid};

use super::{BlobId, MAX_BLOB_BYTES, MAX_ENTRIES, ReadBlob, Snapshot, Unreadable};
use crate::error::{Error, Result};

/// Maximum size of a repository's configuration, in bytes.
const MAX_CONFIG_BYTES: u64 = 1 << 20;

/// The number of repositories that each thread keeps open.
///
/// An open repository has a file descriptor for each of its packs, and a process may be limited to 1,024, so a run over
/// a thousand repositories cannot keep them all open. Reopening is cheap: packs are mapped when first used.
const OPEN_PER_THREAD: usize = 2;

thread_local! {
    static OPEN: RefCell<Vec<(PathBuf, Rc<git2::Repository>)>> = const { RefCell::new(Vec::new()) };
}

/// A repository on disk. Cheap to clone, and readable from several threads at once.
#[derive(Clone, Debug)]
pub struct GitDirectory {
    /// The path as the user gave it.
    path: PathBuf,
    layout: Layout,
}

/// Opens a bare git directory, or the repository with this work tree root or whose `.git` is in this folder.
///
/// # Errors
/// When there is no repository, or it uses SHA-256 or reftable, which are not supported.
pub fn open(path: &Path) -> Result<GitDirectory> {
    let Some(layout) = Layout::at(path) else {
        let error = Error::failed("this is not a git repository").in_file(path);
        return Err(error.hint("give the root of a work tree or a bare git directory"));
    };
    let directory = GitDirectory { path: path.to_owned(), layout };
    directory.check_formats()?;
    Ok(directory)
}

impl GitDirectory {
    /// Reads the tree at a branch, tag, commit or revision, or at `HEAD` if `reference` is `None`.
    ///
    /// Parts of the tree that cannot be listed become problems of the snapshot.
    ///
    /// # Errors
    /// When the reference does not exist or does not resolve to a commit, or that commit's tree is missing.
    pub fn snapshot(&self, reference: Option<&str>) -> Result<Snapshot> {
        let name = reference.unwrap_or("HEAD");
        let id = reference::resolve(self, name)?;
        let failure = |cause: git2::Error| self.failure(name, &cause);
        let objects = self.objects().map_err(failure)?;
        let root = objects.find_commit(id).map_err(failure)?.tree_id();
        let (entries, problems) = tree::list(&objects, root, MAX_ENTRIES).map_err(failure)?;
        let mut snapshot = Snapshot::new(Some(id.to_string()), entries, Arc::new(self.clone()));
        snapshot.problems = problems;
        Ok(snapshot)
    }

    /// The tree at `HEAD`, to ask for single paths without listing the rest.
    ///
    /// # Errors
    /// When `HEAD` does not resolve to a commit, or that commit is missing.
    pub fn head(&self) -> Result<HeadTree> {
        let id = reference::resolve(self, "HEAD")?;
        let failure = |cause: git2::Error| self.failure("HEAD", &cause);
        let objects = self.objects().map_err(failure)?;
        let root = objects.find_commit(id).map_err(failure)?.tree_id();
        Ok(HeadTree { objects, root })
    }

    /// The full id of the commit that a branch, tag or id names; that of `HEAD` for `None`.
    ///
    /// # Errors
    /// When it does not exist or does not resolve to a commit.
    pub fn resolve(&self, reference: Option<&str>) -> Result<String> {
        Ok(reference::resolve(self, reference.unwrap_or("HEAD"))?.to_string())
    }

    /// The ids of all commits that `HEAD`, branches, tags and remote branches point to.
    #[must_use]
    pub fn tips(&self) -> Vec<String> {
        let mut tips: Vec<Oid> = reference::names(self, "refs/")
            .into_values()
            .filter_map(|id| reference::resolve(self, &id.to_string()).ok())
            .collect();
        tips.extend(reference::resolve(self, "HEAD").ok());
        tips.sort_unstable();
        tips.dedup();
        tips.iter().map(Oid::to_string).collect()
    }

    /// Whether it is a shallow clone.
    #[must_use]
    pub fn is_shallow(&self) -> bool {
        self.layout.common_dir.join("shallow").metadata().is_ok_and(|shallow| shallow.len() > 0)
    }

    /// This thread's handle of the object database.
    pub(super) fn objects(&self) -> Result<Rc<git2::Repository>, git2::Error> {
        let objects = self.layout.common_dir.join("objects");
        OPEN.with_borrow_mut(|open| {
            if let Some(index) = open.iter().position(|(path, _)| *path == objects) {
                open[..=index].rotate_right(1);
            } else {
                let database = git2::Odb::new()?;
                let path = objects.to_str().ok_or_else(|| {
                    git2::Error::from_str("a repository's path that is not UTF-8 cannot be read")
                })?;
                if let Some(pipe) = pipes::first(&objects) {
                    let found =
                        format!("`{}` is not a file", pipe.display().to_string().escape_debug());
                    return Err(git2::Error::from_str(&found));
                }
                database.add_disk_alternate(path)?;
                let repository = Rc::new(git2::Repository::from_odb(database)?);
                open.truncate(OPEN_PER_THREAD - 1);
                open.insert(0, (objects, repository));
            }
            let newest = open.first().map(|(_, repository)| Rc::clone(repository));
            newest.ok_or_else(|| git2::Error::from_str("no repository is open"))
        })
    }

    pub(super) fn failure(&self, name: &str, cause: &git2::Error) -> Error {
        let message = format!("cannot read `{}` of this repository", name.escape_debug());
        Error::failed(message).in_file(&self.path).caused_by(cause.message())
    }

    fn check_formats(&self) -> Result<()> {
        let common_dir = &self.layout.common_dir;
        if common_dir.join("reftable").is_dir() {
            let error = Error::failed(
                "this repository keeps its references in a reftable, which is not supported",
            );
            let error = error.in_file(&self.path);
            return Err(error.hint("convert it with `git refs migrate --ref-format=files`"));
        }
        let config = common_dir.join("config");
        let small = config.metadata().is_ok_and(|it| it.is_file() && it.len() <= MAX_CONFIG_BYTES);
        // Most configurations do not mention it and need not be parsed.
        let mentioned = small
            && std::fs::read(&config).is_ok_and(|text| {
                text.windows(12).any(|window| window.eq_ignore_ascii_case(b"objectformat"))
            });
        if !mentioned {
            return Ok(());
        }
        let format = git2::Config::open(&config)
            .and_then(|config| config.get_string("extensions.objectformat"))
            .unwrap_or_default();
        if format.is_empty() || format.eq_ignore_ascii_case("sha1") {
            return Ok(());
        }
        let message = format!(
            "this repository names its objects by `{}`, which is not supported",
            format.escape_debug()
        );
        let error = Error::failed(message).in_file(&self.path);
        Err(error.hint(
            "only repositories with SHA-1 ids are supported; judge a checkout of it as a folder",
        ))
    }
}

/// The tree at a repository's `HEAD`.
pub struct HeadTree {
    objects: Rc<git2::Repository>,
    root: Oid,
}

impl HeadTree {
    /// Whether there is something at a path, as far as that can be read.
    #[must_use]
    pub fn has(&self, path: &str) -> bool {
        let tree = self.objects.find_tree(self.root);
        tree.and_then(|tree| tree.get_path(Path::new(path))).is_ok()
    }
}

impl std::fmt::Debug for HeadTree {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HeadTree").field("root", &self.root).finish_non_exhaustive()
    }
}

impl ReadBlob for GitDirectory {
    fn read(&self, id: BlobId) -> Result<Arc<[u8]>, Unreadable> {
        let read = || -> Result<Arc<[u8]>, Result<Unreadable, git2::Error>> {
            let objects = self.objects().map_err(Err)?;
            let database = objects.odb().map_err(Err)?;
            let oid = Oid::from_bytes(id.as_bytes()).map_err(Err)?;
            let (size, kind) = database.read_header(oid).map_err(Err)?;
            if kind != ObjectType::Blob {
                return Err(Ok(Unreadable::Refused(format!(
                    "object {id} is a {kind}, not a file"
                ))));
            }
            if size as u64 > MAX_BLOB_BYTES {
                // Not checked for being binary: libgit2 cannot read packed objects partially, and never returns from
                // reading a truncated loose object.
                return Err(Ok(Unreadable::TooLarge(size as u64)));
            }
            let object = database.read(oid).map_err(Err)?;
            Ok(Arc::from(object.data()))
        };
        read().map_err(|problem| match problem {
            Ok(unreadable) => unreadable,
            Err(error) if error.code() == ErrorCode::NotFound => {
                Unreadable::Absent(format!(
                    "object {id} is missing, as in a partial clone; `git fetch --refetch --no-filter` there fetches it"
                ))
            }
            Err(error) => Unreadable::Refused(error.message().to_owned()),
        })
    }
}

#[cfg(test)]
mod tests;
