//! Writes a change set into a folder, all of it or nothing.
//!
//! Everything is checked first; then every new content is written beside its target under a temporary name; then files
//! are moved into place, each in one step. If a move fails, the earlier ones are undone. A process that is killed in
//! between leaves some files new and others old, but never a partial file. Folders are held open while they are written
//! into ([`root`]), so that a program that replaces one with a link cannot redirect a write.

mod root;

use std::fs::{self, Permissions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::{Builder, TempPath};

use root::Root;

use super::whole_file::without_temporary_name;

use crate::change::{Change, ChangeSet, Mode};
use crate::error::{Error, Result};
use crate::snapshot::{BlobId, MAX_BLOB_BYTES, RepoPath};

/// Applies the changes to a folder. Missing folders are created, and those that deletions leave empty are removed.
/// Existing files keep their permissions except for the executable bits.
///
/// # Errors
/// When a path leaves the folder, leads through a link or a file, or does not contain the blob that its change was
/// computed from, or when the file system refuses; the folder is then unchanged.
pub fn write_change_set(root: &Path, changes: &ChangeSet) -> Result<()> {
    let root =
        root.canonicalize().map_err(|cause| failed("cannot find the folder", root, &cause))?;
    if !root.is_dir() {
        return Err(Error::usage("this is a file, not a folder").in_file(root));
    }
    let mut steps = Vec::with_capacity(changes.changes.len());
    for (path, change) in &changes.changes {
        steps.push(check(&root, changes, path, change)?);
    }
    let root = Root::open(root.clone())
        .map_err(|cause| failed("cannot open the folder", &root, &cause))?;
    let mut done = Done::default();
    let outcome =
        stage(&root, &mut steps, &mut done).and_then(|()| commit(&root, steps, &mut done));
    match outcome {
        Ok(()) => Ok(()),
        Err(error) => Err(done.undo(&root, error)),
    }
}

/// A change that passed the checks.
struct Step<'a> {
    target: PathBuf,
    change: &'a Change,
    before: Before,
    /// The new content in a temporary file.
    staged: Option<TempPath>,
}

/// What was at a target before.
enum Before {
    Nothing,
    File(Vec<u8>, Permissions),
    Link(PathBuf),
}

fn failed(message: &str, path: &Path, cause: &io::Error) -> Error {
    Error::failed(message).in_file(path).caused_by(cause)
}

fn check<'a>(
    root: &Path,
    changes: &ChangeSet,
    path: &RepoPath,
    change: &'a Change,
) -> Result<Step<'a>> {
    let target = root.join(path.as_str());
    if !path.is_sound() {
        let error = Error::failed("a change may not leave the folder or reach into `.git`");
        return Err(error.in_file(path.as_str()));
    }
    check_parents(root, changes, path)?;
    let (before, id) = look(&target)?;
    let base = match change {
        Change::Write { base, .. } => *base,
        Change::Delete { base } => Some(*base),
    };
    if id == base {
        return Ok(Step { target, change, before, staged: None });
    }
    let message = match (id, base) {
        (None, _) => "the file to be changed no longer exists",
        (_, None) => "the file to be created already exists",
        _ => "the file has changed since it was judged",
    };
    Err(Error::failed(message).in_file(target).hint("run the command again"))
}

/// Checks that each parent of a path is a folder or does not exist yet.
fn check_parents(root: &Path, changes: &ChangeSet, path: &RepoPath) -> Result<()> {
    for (end, _) in path.as_str().match_indices('/') {
        let folder = path.as_str().get(..end).unwrap_or_default();
        let on_disk = root.join(folder);
        match on_disk.symlink_metadata() {
            Ok(metadata) if metadata.is_dir() => {}
            // Then nothing below it can exist yet either.
            Ok(_) if matches!(changes.changes.get(folder), Some(Change::Delete { .. })) => {
                return Ok(());
            }
            Ok(metadata) => {
                let what = if metadata.is_symlink() { "a link" } else { "a file" };
                let message = format!("cannot change `{path}`: its folder is {what}");
                return Err(Error::failed(message).in_file(on_disk));
            }
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(cause) => return Err(failed("cannot read this folder", &on_disk, &cause)),
        }
    }
    Ok(())
}

/// What is at a path, with its blob's id.
fn look(target: &Path) -> Result<(Before, Option<BlobId>)> {
    let refused = |cause: io::Error| failed("cannot read the file to be changed", target, &cause);
    let metadata = match target.symlink_metadata() {
        Ok(metadata) => metadata,
        Err(cause) if is_absent(&cause) => return Ok((Before::Nothing, None)),
        Err(cause) => return Err(refused(cause)),
    };
    if metadata.is_symlink() {
        let link = fs::read_link(target).map_err(refused)?;
        let id = BlobId::of(link.as_os_str().as_encoded_bytes());
        return Ok((Before::Link(link), Some(id)));
    }
    if !metadata.is_file() {
        let what = if metadata.is_dir() { "a folder" } else { "no file" };
        return Err(Error::failed(format!("this is {what}, and is not replaced by a file"))
            .in_file(target)
            .hint("move it away first, if the file is wanted"));
    }
    if metadata.len() > MAX_BLOB_BYTES {
        let message = format!("the file has {} bytes, too many to change", metadata.len());
        return Err(Error::failed(message).in_file(target));
    }
    let bytes = fs::read(target).map_err(refused)?;
    let id = BlobId::of(&bytes);
    Ok((Before::File(bytes, metadata.permissions()), Some(id)))
}

fn is_absent(cause: &io::Error) -> bool {
    // `NotADirectory`: a file is where a folder will be, once the file is removed.
    matches!(cause.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// The steps done so far, to be undone on failure.
#[derive(Default)]
struct Done {
    /// Folders that were created, outermost first.
    made: Vec<PathBuf>,
    /// Folders that were removed, innermost first.
    removed: Vec<(PathBuf, Permissions)>,
    /// Targets that were changed, in order.
    changed: Vec<(PathBuf, Before)>,
}

/// Writes new contents beside their targets, or at the root if a file is still in the way.
fn stage(root: &Root, steps: &mut [Step<'_>], done: &mut Done) -> Result<()> {
    for step in steps {
        let Change::Write { bytes, mode, .. } = step.change else { continue };
        let folder = step.target.parent().unwrap_or(&root.path);
        let folder = if is_blocked(&root.path, folder) {
            &root.path
        } else {
            make_folders(root, folder, done)?;
            folder
        };
        let staged = root.hold(folder).and_then(|held| {
            let staged = write_temporary(held.path(), bytes, *mode, &step.before)?;
            named_in(folder, staged)
        });
        let staged = staged.map_err(without_temporary_name);
        step.staged =
            Some(staged.map_err(|cause| failed("cannot write this file", &step.target, &cause))?);
    }
    Ok(())
}

/// Whether a file that is to be removed is where a folder will be.
fn is_blocked(root: &Path, folder: &Path) -> bool {
    let mut above = folder.ancestors().take_while(|folder| *folder != root);
    above.any(|folder| folder.symlink_metadata().is_ok_and(|metadata| !metadata.is_dir()))
}

fn make_folders(root: &Root, folder: &Path, done: &mut Done) -> Result<()> {
    let missing: Vec<_> =
        folder.ancestors().take_while(|folder| folder.symlink_metadata().is_err()).collect();
    for folder in missing.into_iter().rev() {
        root.around(folder)
            .and_then(|(_held, path)| fs::create_dir(path))
            .map_err(|cause| failed("cannot create this folder", folder, &cause))?;
        done.made.push(folder.to_owned());
    }
    Ok(())
}

fn write_temporary(
    folder: &Path,
    bytes: &[u8],
    mode: Mode,
    before: &Before,
) -> io::Result<TempPath> {
    let mut builder = Builder::new();
    builder.prefix(".shipshape-").suffix(".tmp");
    if mode == Mode::Link {
        let target = link_target(bytes)?;
        return Ok(builder.make_in(folder, |path| make_link(&target, path))?.into_temp_path());
    }
    let executable = mode == Mode::Executable;
    #[cfg(unix)]
    builder.permissions(permissions(executable));
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(bytes)?;
    if let Before::File(_, permissions) = before {
        let kept = with_executable(permissions, executable);
        file.as_file().set_permissions(kept)?;
    }
    Ok(file.into_temp_path())
}

/// Removals come first, so that a folder can replace a file.
fn commit(root: &Root, steps: Vec<Step<'_>>, done: &mut Done) -> Result<()> {
    let (removals, writes): (Vec<_>, Vec<_>) =
        steps.into_iter().partition(|step| matches!(step.change, Change::Delete { .. }));
    let mut emptied = Vec::with_capacity(removals.len());
    for step in removals {
        let removed = root.around(&step.target).and_then(|(_held, path)| fs::remove_file(path));
        removed.map_err(|cause| failed("cannot remove this file", &step.target, &cause))?;
        emptied.push(step.target.clone());
        done.changed.push((step.target, step.before));
    }
    for step in writes {
        let Some(staged) = step.staged else { continue };
        make_folders(root, step.target.parent().unwrap_or(&root.path), done)?;
        let moved = put(root, staged, &step.target, &step.before);
        moved.map_err(|cause| failed("cannot write this file", &step.target, &cause))?;
        done.changed.push((step.target, step.before));
    }
    for target in emptied {
        remove_empty_folders(root, &target, done);
    }
    Ok(())
}

/// Moves a staged file into place.
fn put(root: &Root, staged: TempPath, target: &Path, before: &Before) -> io::Result<()> {
    let (_from, at) = root.around(&staged)?;
    let (_to, path) = root.around(target)?;
    let staged = named_at(staged, at)?;
    let moved = match before {
        // Another process may have created the file since the check.
        Before::Nothing => staged.persist_noclobber(path),
        Before::File(..) | Before::Link(_) => staged.persist(path),
    };
    moved.map_err(|error| error.error)
}

/// Refers to a temporary file by its path in `folder` instead of one through a held folder, which becomes invalid once
/// the folder is released. Not all folders can be held at once.
fn named_in(folder: &Path, staged: TempPath) -> io::Result<TempPath> {
    let at = folder.join(staged.file_name().unwrap_or_default());
    named_at(staged, at)
}

fn named_at(staged: TempPath, at: PathBuf) -> io::Result<TempPath> {
    staged.keep().map_err(|error| error.error)?;
    TempPath::try_from_path(at)
}

fn remove_empty_folders(root: &Root, target: &Path, done: &mut Done) {
    for folder in target.ancestors().skip(1).take_while(|folder| *folder != root.path) {
        let permissions = folder.metadata().map(|metadata| metadata.permissions());
        // Fails for a folder that is not empty, which ends the loop.
        let removed = root.around(folder).and_then(|(_held, path)| fs::remove_dir(path));
        let (Ok(permissions), Ok(())) = (permissions, removed) else { return };
        done.removed.push((folder.to_owned(), permissions));
    }
}

impl Done {
    /// Restores everything; the returned error also says what could not be restored.
    fn undo(self, root: &Root, error: Error) -> Error {
        let mut error = error;
        for (folder, permissions) in self.removed.into_iter().rev() {
            let made = root.around(&folder).and_then(|(_held, path)| {
                fs::create_dir(&path).and_then(|()| fs::set_permissions(&path, permissions))
            });
            if let Err(cause) = made {
                error =
                    error.caused_by(format!("{} could not be restored: {cause}", folder.display()));
            }
        }
        for (target, before) in self.changed.into_iter().rev() {
            if let Err(cause) = restore(root, &target, &before) {
                error =
                    error.caused_by(format!("{} could not be restored: {cause}", target.display()));
            }
        }
        for folder in self.made.into_iter().rev() {
            // A folder into which another process has put something stays.
            let _ = root.around(&folder).and_then(|(_held, path)| fs::remove_dir(path));
        }
        error
    }
}

fn restore(root: &Root, target: &Path, before: &Before) -> io::Result<()> {
    let (held, target) = root.around(target)?;
    match before {
        Before::Nothing => fs::remove_file(target),
        Before::File(bytes, permissions) => {
            let temporary = write_temporary(held.path(), bytes, Mode::File, &Before::Nothing)?;
            fs::set_permissions(&temporary, permissions.clone())?;
            Ok(temporary.persist(target)?)
        }
        Before::Link(link) => {
            if target.symlink_metadata().is_ok() {
                fs::remove_file(&target)?;
            }
            make_link(link, &target)
        }
    }
}

#[cfg(unix)]
fn permissions(executable: bool) -> Permissions {
    use std::os::unix::fs::PermissionsExt as _;
    // The umask is applied when the file is created.
    Permissions::from_mode(if executable { 0o777 } else { 0o666 })
}

#[cfg(unix)]
fn with_executable(permissions: &Permissions, executable: bool) -> Permissions {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = permissions.mode();
    // Whoever can read it can execute it, as in git's checkouts.
    let mode = if executable { mode | (mode & 0o444) >> 2 } else { mode & !0o111 };
    Permissions::from_mode(mode)
}

#[cfg(unix)]
fn link_target(bytes: &[u8]) -> io::Result<PathBuf> {
    use std::os::unix::ffi::OsStrExt as _;
    Ok(std::ffi::OsStr::from_bytes(bytes).into())
}

#[cfg(unix)]
fn make_link(target: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, link)
}

#[cfg(not(unix))]
fn with_executable(permissions: &Permissions, _: bool) -> Permissions {
    permissions.clone()
}

#[cfg(not(unix))]
fn link_target(bytes: &[u8]) -> io::Result<PathBuf> {
    Ok(std::str::from_utf8(bytes).map_err(io::Error::other)?.into())
}

#[cfg(not(unix))]
fn make_link(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "links cannot be created on this system"))
}

#[cfg(test)]
mod tests;
