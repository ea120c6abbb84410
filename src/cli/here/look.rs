//! The surroundings of the current folder, as seen in the file system.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::fleet;
use crate::cli::Context;
use crate::cli::shared::missing_paths::is_repository;
use crate::cli::shared::packs_here::pack_in;
use crate::edge::whole_file;
use crate::error::Result;
use crate::guide::Facts;
use crate::guide::facts::{Contents, Place};
use crate::shape::embedded;
use crate::snapshot::{self, SourceKind, git};

/// The most entries of a folder that are read, since this is only a glance.
const MOST_ENTRIES: usize = 2_000;

/// The most subfolders that are looked into.
const MOST_FOLDERS: usize = 50;

/// The most repositories that are held against the embedded shape.
const MOST_EXAMINED: usize = 200;

/// Collects facts about the current folder.
///
/// # Errors
/// When there is a fleet.yaml and it cannot be loaded.
pub(super) fn around(context: &Context) -> Result<Facts> {
    let now = context.clock.seconds();
    if let Some(found) = context.fleet(None)? {
        let place = Place::Fleet(Box::new(fleet::seen(context, &found)));
        return Ok(Facts { now, place });
    }
    Ok(Facts { now, place: std::env::current_dir().map_or(Place::Nowhere, |here| place(&here)) })
}

fn place(here: &Path) -> Place {
    if here.join("shape.yaml").is_file() {
        return Place::Shape(pack_name(&here.join("shape.yaml")));
    }
    if let Some(root) = repository_around(here) {
        let pack = pack_in(Path::new(&upwards(&root, here)));
        if let Some(part) = part(&root, here).filter(|_| pack.is_none()) {
            return part;
        }
        let found = |contents| Place::Repository {
            name: name_of(&root),
            path: upwards(&root, here),
            contents,
            pack: pack.map(|pack| pack.to_string_lossy().into_owned()),
        };
        return match snapshot::kind_of(&root) {
            Ok(SourceKind::GitDirectory) if is_bare(&root) && !has_commits(&root) => {
                found(Contents::Nothing)
            }
            Ok(SourceKind::GitDirectory) => git_directory(&root, here),
            _ => found(contents(&root)),
        };
    }
    if here.join("package.yaml").is_file() {
        return Place::Package;
    }
    let found = repositories_in(here);
    if !found.is_empty() {
        return repositories(&found, ".".to_owned());
    }
    let below = folders_in(here).into_iter().take(MOST_FOLDERS);
    let found = below.map(|folder| (repositories_in(&folder), folder));
    match found.max_by_key(|(found, _)| found.len()) {
        Some((found, folder)) if !found.is_empty() => repositories(&found, name_of(&folder)),
        _ => Place::Nowhere,
    }
}

/// A folder of a repository that the embedded shape fits, other than the repository.
fn part(root: &Path, here: &Path) -> Option<Place> {
    let inside = here.strip_prefix(root).ok().filter(|inside| !inside.as_os_str().is_empty())?;
    let is_part = is_stranger(root) && !is_unlike_the_shape(here);
    is_part.then(|| Place::Part {
        folder: inside.to_string_lossy().into_owned(),
        repository: name_of(root),
        root: upwards(root, here),
    })
}

fn contents(root: &Path) -> Contents {
    let mut entries = std::fs::read_dir(root).into_iter().flatten().flatten();
    if !entries.any(|entry| entry.file_name() != ".git") {
        Contents::Nothing
    } else if is_stranger(root) {
        Contents::OfAnotherKind
    } else {
        Contents::OfThatShape
    }
}

/// Whether a git directory is a bare repository, without a work tree around it.
fn is_bare(root: &Path) -> bool {
    name_of(root) != ".git"
}

/// Whether a git directory has a branch: its files may lie loose or be packed, and other formats of references are taken
/// to have one.
fn has_commits(root: &Path) -> bool {
    let branches = std::fs::read_dir(root.join("refs/heads"));
    branches.map_or(true, |mut branches| branches.next().is_some())
        || root.join("packed-refs").is_file()
        || root.join("reftable").is_dir()
}

/// The repository of a git directory: the folder around it if it is called `.git`, else the directory itself.
fn git_directory(root: &Path, here: &Path) -> Place {
    let around = root.parent().filter(|_| name_of(root) == ".git");
    let repository = around.unwrap_or(root);
    Place::GitDirectory { name: name_of(repository), path: upwards(repository, here) }
}

/// A folder around the current one, as it may be called from there.
pub(super) fn upwards(folder: &Path, here: &Path) -> String {
    let up = here.strip_prefix(folder).map_or(0, |below| below.components().count());
    if up == 0 { ".".to_owned() } else { vec![".."; up].join("/") }
}

fn repositories(found: &[PathBuf], folder: String) -> Place {
    let strangers = found.iter().take(MOST_EXAMINED).filter(|root| is_stranger(root)).count();
    let are_strangers = strangers * 2 > found.len().min(MOST_EXAMINED);
    Place::Repositories { number: found.len(), folder, are_strangers }
}

/// Whether the embedded shape does not fit a repository: its work tree, or the commit of a bare one, of which only the
/// paths of that shape are looked at.
fn is_stranger(root: &Path) -> bool {
    if root.join(".git").exists() {
        return is_unlike_the_shape(root);
    }
    let head = git::open(root).and_then(|directory| directory.head());
    head.is_ok_and(|head| embedded::kinship(&|path| head.has(path)).is_stranger())
}

/// Whether a folder has fewer than half of the paths of the embedded shape.
fn is_unlike_the_shape(folder: &Path) -> bool {
    let has = |path: &str| folder.join(path).symlink_metadata().is_ok();
    embedded::kinship(&has).is_stranger()
}

/// The repository around a folder.
pub(super) fn repository_around(here: &Path) -> Option<PathBuf> {
    here.ancestors().find(|folder| is_repository(folder)).map(Path::to_owned)
}

fn repositories_in(folder: &Path) -> Vec<PathBuf> {
    folders_in(folder).into_iter().filter(|folder| is_repository(folder)).collect()
}

/// The subfolders of a folder, without hidden ones.
pub(super) fn folders_in(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().take(MOST_ENTRIES);
    let mut folders: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| !name_of(path).starts_with('.') && path.is_dir())
        .collect();
    folders.sort();
    folders
}

/// The name of a folder.
pub(super) fn name_of(folder: &Path) -> String {
    folder.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The name of a pack; `None` if it cannot be read.
fn pack_name(file: &Path) -> Option<String> {
    #[derive(Deserialize)]
    struct Named {
        name: String,
    }
    let bytes = whole_file::read(file).ok()??;
    serde_yaml::from_slice::<Named>(&bytes).ok().map(|named| named.name)
}
