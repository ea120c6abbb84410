//! Loads a pack from a folder or a repository, and its lineage from the git history; the only part of `shape`, apart
//! from `infer::read`, that does I/O.

mod earlier;

use std::path::Path;

use crate::error::{Error, Obstacle, Result};
use crate::snapshot::git;
use crate::snapshot::{self, EntryKind, Problem, Snapshot, Unreadable};
use crate::source::Text;
use crate::source::shell::quoted;

use self::earlier::lineage;
use super::lacking;
use super::lineage::{LOG_FOLDER, Lineage};
use super::manifest::Manifest;
use super::pack::{FILES, MANIFEST, Pack, PackFile, PackFiles, TEMPLATE_SUFFIX, read_manifest};

/// The file of a pack by which git keeps its canons as they are.
pub const ATTRIBUTES: &str = ".gitattributes";

/// The lines of that file.
pub const VERBATIM: &str = "files/** -text -ident -filter -working-tree-encoding\n\
                            lineage/** -text -ident -filter -working-tree-encoding\n";

/// The most folders with a shape.yaml that an error names.
const FOLDERS_SHOWN: usize = 3;

/// Loads the pack in a folder as it is on disk. In a git work tree, the lineage comes from the committed history.
///
/// # Errors
/// When the folder cannot be read or contains no pack.
pub fn from_folder(folder: &Path) -> Result<Pack> {
    from_folder_with(folder, &PackFiles::new())
}

/// Like [`from_folder`], with files that are not written yet.
///
/// # Errors
/// When the folder cannot be read or contains no pack.
pub fn from_folder_with(folder: &Path, added: &PackFiles) -> Result<Pack> {
    must_exist(folder)?;
    let snapshot = snapshot::open(folder, None)?;
    let source = folder.display().to_string();
    let mut files = pack_files(&snapshot, "", &source)?;
    files.extend(added.iter().map(|(path, file)| (path.clone(), file.clone())));
    all_kept(&snapshot, &files, folder)?;
    let lineage = match snapshot::work_tree_around(folder) {
        Some((root, inside)) => {
            let repository = git::open(&root)?;
            if repository.tips().is_empty() {
                // Without a commit there is no history.
                Lineage::default()
            } else {
                lineage(&repository, None, &inside.to_string_lossy(), &files, &source)?
            }
        }
        None => Lineage::default(),
    };
    Pack::load(&files, &source, lineage).map_err(|error| with_promotion(error, &files, folder))
}

/// Adds the command that takes the content from a repository which the pack in a folder lacks.
fn with_promotion(error: Error, files: &PackFiles, folder: &Path) -> Error {
    let path = (error.obstacle() == Some(Obstacle::NoCanon)).then(|| lacking::first(files));
    match path.flatten() {
        Some(path) => error.hint(format!(
            "`shipshape shape promote REPOSITORY {} --pack {}` takes it from a repository instead",
            quoted(&path),
            quoted(&folder.to_string_lossy())
        )),
        None => error,
    }
}

fn must_exist(folder: &Path) -> Result<()> {
    if folder.exists() {
        return Ok(());
    }
    Err(Error::usage("there is no folder of this name")
        .in_file(folder)
        .hint("`shipshape shape init --from DIR… --out FOLDER` creates a shape from repositories"))
}

/// Refuses a pack in a work tree with a canon that git ignores: a clone of the pack would not have it.
fn all_kept(snapshot: &Snapshot, files: &PackFiles, folder: &Path) -> Result<()> {
    let Some(tree) = snapshot.work_tree.as_ref().filter(|tree| tree.ignores_any()) else {
        return Ok(());
    };
    let text = files.get(MANIFEST).and_then(|manifest| Text::decode(&manifest.bytes).ok());
    // A manifest that cannot be read is reported when the pack is loaded.
    let Some(manifest) = text.and_then(|text| read_manifest(&text, MANIFEST).ok()) else {
        return Ok(());
    };
    for rule in manifest.paths.iter().filter(|rule| rule.policy.is_wanted()) {
        let literal = rule.canon_file();
        let template = format!("{literal}{TEMPLATE_SUFFIX}");
        let names = [literal, template];
        if names.iter().any(|name| files.contains_key(name)) {
            continue;
        }
        let is_lost = |name: &String| tree.ignores(name) && folder.join(name).is_file();
        if let Some(name) = names.into_iter().find(is_lost) {
            let error = Error::usage(format!(
                "git ignores `{name}`, the canon of `{}`, so a clone of the pack would not have it",
                rule.path
            ));
            let error = error.in_file(folder.join(&name)).hint(format!(
                "add it all the same: `git -C {} add -f {}`",
                quoted(&folder.to_string_lossy()),
                quoted(&name)
            ));
            let own = |name: &&String| name.starts_with(FILES) && name.ends_with("/.gitignore");
            return Err(match files.keys().find(own) {
                Some(own) => error.hint(format!(
                    "if `{own}` ignores it, rename that to `dot-gitignore` and name it in shape.yaml: `source: {}dot-gitignore`",
                    own.trim_start_matches(FILES).trim_end_matches(".gitignore")
                )),
                None => error,
            });
        }
    }
    Ok(())
}

/// Loads the pack in a folder of a git repository at a branch, tag or commit.
///
/// # Errors
/// When the repository or the reference cannot be read, or there is no pack in the folder.
pub fn from_repository(repository: &Path, reference: Option<&str>, folder: &str) -> Result<Pack> {
    let directory = git::open(repository)?;
    let snapshot = directory.snapshot(reference)?;
    let commit = snapshot.commit.clone().unwrap_or_default();
    let source = format!("{} at {}", repository.display(), commit.get(..12).unwrap_or(&commit));
    let files = pack_files(&snapshot, folder, &source)?;
    must_have_manifest(&files, &snapshot, folder, &source)?;
    let lineage = lineage(&directory, Some(&commit), folder, &files, &source)?;
    Pack::load(&files, &source, lineage)
}

/// Loads the pack in a folder of a snapshot, without history: the lineage is incomplete, apart from the pack's own log.
///
/// # Errors
/// When there is no pack in the folder, or it cannot be read.
pub fn from_snapshot(snapshot: &Snapshot, folder: &str, source: &str) -> Result<Pack> {
    let files = pack_files(snapshot, folder, source)?;
    must_have_manifest(&files, snapshot, folder, source)?;
    let why = "the shape was read from the forge, without its history; clone its repository beside fleet.yaml, or fetch there";
    let lineage = Lineage::incomplete(why);
    Pack::load(&files, source, lineage)
}

/// Refuses a folder of a repository without shape.yaml, with the folders that have one.
fn must_have_manifest(
    files: &PackFiles,
    snapshot: &Snapshot,
    folder: &str,
    source: &str,
) -> Result<()> {
    if files.contains_key(MANIFEST) {
        return Ok(());
    }
    let looked_at = format!("{}/{MANIFEST}", folder.trim_end_matches('/'));
    let error =
        Error::usage(format!("there is no `{looked_at}` in {source}")).stopped_by(Obstacle::NoPack);
    let paths = snapshot.entries.keys().map(|path| path.as_str());
    let folders = paths.filter_map(|path| path.strip_suffix(MANIFEST)?.strip_suffix('/'));
    let named: Vec<String> =
        folders.take(FOLDERS_SHOWN).map(|folder| format!("`{folder}`")).collect();
    Err(match (named.as_slice(), snapshot.entry(MANIFEST)) {
        ([], Some(_)) => error.hint(format!(
            "{MANIFEST} is at the root, and a pack needs a folder of its own: move it and `{FILES}` into one, and name that \
             with `path`"
        )),
        ([], None) => error
            .hint("make one from repositories that exist: `shipshape shape init --from DIR…`"),
        _ => error.hint(format!("`path` names the folder of {MANIFEST}: {}", named.join(", "))),
    })
}

/// Reads the shape.yaml in a folder, without the rest of the pack; `None` if there is none.
///
/// # Errors
/// When it cannot be read.
pub fn manifest_of_folder(folder: &Path) -> Result<Option<Manifest>> {
    manifest_in(&snapshot::open(folder, None)?, "", &folder.display().to_string())
}

/// Like [`manifest_of_folder`], for a folder of a git repository at a branch, tag or commit.
///
/// # Errors
/// When the repository, the reference or the file cannot be read.
pub fn manifest_of_repository(
    repository: &Path,
    reference: Option<&str>,
    folder: &str,
) -> Result<Option<Manifest>> {
    let snapshot = git::open(repository)?.snapshot(reference)?;
    manifest_in(&snapshot, folder, &repository.display().to_string())
}

fn manifest_in(snapshot: &Snapshot, folder: &str, source: &str) -> Result<Option<Manifest>> {
    let files = pack_files(snapshot, folder, source)?;
    let Some(manifest) = files.get(MANIFEST) else { return Ok(None) };
    let text = Text::decode(&manifest.bytes).map_err(|error| {
        Error::usage("cannot read the shape pack").in_file(source).caused_by(error)
    })?;
    read_manifest(&text, &format!("{source}/{MANIFEST}")).map(Some)
}

/// Returns the files of the pack in a folder, as they are on disk.
///
/// # Errors
/// When the folder cannot be read.
pub fn files_of_folder(folder: &Path) -> Result<PackFiles> {
    must_exist(folder)?;
    pack_files(&snapshot::open(folder, None)?, "", &folder.display().to_string())
}

/// Returns the files below a folder of a snapshot as files of a pack, as git keeps them. Links and submodules are not
/// part of a pack.
fn pack_files(snapshot: &Snapshot, folder: &str, source: &str) -> Result<PackFiles> {
    let prefix =
        if folder.is_empty() { String::new() } else { format!("{}/", folder.trim_matches('/')) };
    let failure = |path: &str, why: &dyn std::fmt::Display| {
        let name = path.strip_prefix(&prefix).unwrap_or(path);
        Error::failed("cannot read the shape pack")
            .in_file(format!("{source}/{name}"))
            .caused_by(why)
    };
    // The files of a starter repository, in which a pack may be, are not those of the pack.
    let parts = [MANIFEST, FILES, LOG_FOLDER].map(|part| format!("{prefix}{part}"));
    let is_of_pack = |problem: &&Problem| {
        let path = problem.path.as_str();
        // A file that was read may have a problem too: a `.gitignore` that is not applied.
        let is_unread = !path.is_empty() && snapshot.entry(path).is_none();
        let path = format!("{path}/");
        is_unread
            && parts.iter().any(|part| {
                let part = format!("{}/", part.trim_end_matches('/'));
                path.starts_with(&part) || part.starts_with(&path)
            })
    };
    if let Some(problem) = snapshot.problems.iter().find(is_of_pack) {
        return Err(failure(problem.path.as_str(), &problem.message));
    }
    let mut files = PackFiles::new();
    for (path, entry) in snapshot.entries.iter() {
        let Some(name) = path.as_str().strip_prefix(&prefix) else { continue };
        if !matches!(entry.kind, EntryKind::File | EntryKind::Executable) {
            continue;
        }
        let bytes = snapshot.read(entry.id).map_err(|unreadable| {
            let error = failure(path.as_str(), &unreadable);
            let is_fetched_by_git = snapshot.left_out.contains(path.as_str());
            match unreadable {
                Unreadable::Absent(_) if is_fetched_by_git => error
                    .hint("`git sparse-checkout disable` in this clone fetches the missing files"),
                Unreadable::Converted(_) => error.hint(format!(
                    "keep the pack's files as they are: add `{}` to {source}/{ATTRIBUTES}",
                    VERBATIM.trim_end().replace('\n', "` and `")
                )),
                _ => error,
            }
        })?;
        let executable = entry.kind == EntryKind::Executable;
        files.insert(name.to_owned(), PackFile { bytes, executable });
    }
    Ok(files)
}
