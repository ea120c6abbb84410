//! Paths at which there is no repository, or that were given twice.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::cli::Context;
use crate::cli::shared::fold;
use crate::cli::shared::next::{quoted, quoted_place};
use crate::cli::shared::pasted_paths::together;
use crate::edge::terminal::visible_line;
use crate::error::{Error, Result};
use crate::fleet::{Fleet, Member, kin};
use crate::snapshot::git;

/// The error for a member's name given in place of a folder.
pub(in crate::cli) fn not_here(path: &Path, member: &Member) -> Error {
    let name = quoted(&member.slug);
    Error::usage("there is no such folder").in_file(path).hint(format!(
        "`{name}` is a member: `shipshape validate --repository {name}` reads it from the forge"
    ))
}

/// The error for a path that does not exist. Shells pass patterns that match nothing unchanged.
pub(in crate::cli) fn nowhere(path: &Path) -> Error {
    let error = Error::usage("there is no such folder").in_file(path);
    match path.to_string_lossy().contains(['*', '?']) {
        true => error.hint("no folder matches this pattern"),
        false => error.hint("`shipshape fleet list` lists the members of the fleet"),
    }
}

/// The error for a path without a repository. If it is a member's name, the hint names a likely clone.
pub(in crate::cli) fn no_repository(context: &Context, path: &Path) -> Result<Error> {
    let error = Error::usage("there is no such repository").in_file(path);
    let fleet = context.fleet(None)?;
    let name = path.to_string_lossy();
    let Some(member) = fleet.as_ref().and_then(|fleet| fleet.only(&name)) else {
        return Ok(error);
    };
    let folders = std::fs::read_dir(".").into_iter().flatten().flatten().map(|it| it.path());
    let mut clones: Vec<PathBuf> = folders
        .flat_map(|folder| [folder.join(member.name()), folder.join(path)])
        .filter(|clone| is_repository(clone))
        .collect();
    clones.sort();
    Ok(match clones.first() {
        Some(clone) => {
            let clone = clone.strip_prefix(".").unwrap_or(clone);
            error.hint(format!("name the folder of its clone: `{}`", quoted_place(clone)))
        }
        None => error.hint(format!("`{name}` is a member: clone it, and name the folder")),
    })
}

/// Removes duplicate repositories by their real paths, keeping the order, and notes each one removed. Of a folder and
/// links to it, the folder is kept.
pub(in crate::cli) fn once(context: &Context, paths: &[PathBuf]) -> Vec<PathBuf> {
    let place = |path: &PathBuf| path.canonicalize().unwrap_or_else(|_| path.clone());
    let places: Vec<PathBuf> = paths.iter().map(place).collect();
    let mut kept: BTreeMap<&PathBuf, &PathBuf> = BTreeMap::new();
    for (path, place) in paths.iter().zip(&places) {
        match kept.entry(place) {
            Entry::Vacant(entry) => _ = entry.insert(path),
            Entry::Occupied(mut entry) if is_link(entry.get()) && !is_link(path) => {
                entry.insert(path);
            }
            Entry::Occupied(_) => {}
        }
    }
    let mut left: Vec<PathBuf> = Vec::with_capacity(kept.len());
    let mut taken: BTreeSet<&PathBuf> = BTreeSet::new();
    for (path, place) in paths.iter().zip(&places) {
        let Some(it) = kept.get(place) else { continue };
        if *it == path && taken.insert(path) {
            left.push(path.clone());
            continue;
        }
        let (path, other) = (path.display(), it.display());
        context.terminal.note(&visible_line(&match path.to_string() == other.to_string() {
            true => format!("`{path}` is given twice: it counts once"),
            false => format!("`{path}` is the same folder as `{other}`: it counts once"),
        }));
    }
    left
}

/// Whether a path is itself a symbolic link, also with a slash at its end.
fn is_link(path: &Path) -> bool {
    let path: PathBuf = path.components().collect();
    path.symlink_metadata().is_ok_and(|found| found.is_symlink())
}

/// Whether a folder is the root of a repository: a work tree or a bare repository.
pub(in crate::cli) fn is_repository(folder: &Path) -> bool {
    folder.join(".git").exists() || is_git_directory(folder)
}

/// Whether a folder is a git directory: a bare repository, or the `.git` of a work tree.
pub(in crate::cli) fn is_git_directory(folder: &Path) -> bool {
    folder.join("HEAD").is_file() && folder.join("objects").is_dir() && folder.join("refs").is_dir()
}

/// Refuses a folder that is not a repository but contains several. `of_one` is the command, if it takes only one.
pub(in crate::cli) fn not_many(
    fleet: Option<&Fleet>,
    path: &Path,
    of_one: Option<&str>,
) -> Result<()> {
    if is_repository(path) {
        return Ok(());
    }
    let repositories = repositories_in(path);
    if repositories.len() < 2 {
        return Ok(());
    }
    let (shown, count) = (path.display(), repositories.len());
    let error =
        Error::usage(format!("`{shown}` is not a repository: it contains {count} repositories"));
    let error = match fleet {
        Some(fleet) => error.in_file(&fleet.file),
        None => error,
    };
    Err(named(error, fleet, repositories, of_one))
}

/// Refuses the folder of fleet.yaml as a repository of the fleet, unless its name implies a kind. `of_one` is the
/// command, if it takes only one.
pub(in crate::cli) fn not_the_home(
    fleet: &Fleet,
    path: &Path,
    name: &str,
    of_one: Option<&str>,
) -> Result<()> {
    if is_named_as_a_kind(fleet, name) {
        return Ok(());
    }
    let shown = path.display();
    let error = Error::usage(format!(
        "`{shown}` is not a member of the fleet: it is the folder of its fleet.yaml"
    ));
    let error = error.in_file(&fleet.file);
    let folders = std::fs::read_dir(path).into_iter().flatten().flatten().map(|it| it.path());
    let folders = folders.filter(|path| path.is_dir() && !path.join(".git").exists());
    let below = folders.flat_map(|folder| repositories_in(&folder));
    let all = repositories_in(path).into_iter().chain(below).collect();
    let error = named(error, Some(fleet), all, of_one);
    Err(error.hint("to judge the folder itself as a member, give it a slug: `--slug SLUG`"))
}

/// Whether a name implies a kind. Kinds with an empty prefix are ignored, since they match any name.
pub(in crate::cli) fn is_named_as_a_kind(fleet: &Fleet, name: &str) -> bool {
    kin::of_name(&fleet.manifest.kinds, name)
        .is_some_and(|(_, kind)| kind.prefix.as_deref() != Some(""))
}

/// Adds a hint with the commands that read members from the forge: all of them, or one.
pub(in crate::cli) fn on_the_forge(error: Error, of_one: Option<&str>) -> Error {
    let of_one = of_one.unwrap_or("validate");
    error.hint(format!(
        "the members as the forge has them: `shipshape drift`; one of them: `shipshape {of_one} --repository NAME`"
    ))
}

/// The repositories directly in a folder.
fn repositories_in(path: &Path) -> Vec<PathBuf> {
    let inside = std::fs::read_dir(path).into_iter().flatten().flatten();
    let inside = inside.map(|entry| entry.path()).filter(|path| is_repository(path));
    let mut repositories: Vec<PathBuf> = inside.collect();
    repositories.sort();
    repositories
}

/// Adds a hint that lists the repositories; in a fleet, only those whose names are members' or imply a kind.
fn named(
    error: Error,
    fleet: Option<&Fleet>,
    mut repositories: Vec<PathBuf>,
    of_one: Option<&str>,
) -> Error {
    if let Some(fleet) = fleet {
        repositories.retain(|path| {
            let folder = path.file_name().unwrap_or_default().to_string_lossy();
            let is_of_fleet = |name: &str| {
                fleet.named(name).next().is_some()
                    || kin::of_name(&fleet.manifest.kinds, name).is_some()
            };
            is_of_fleet(&folder) || git::origin_name(path).is_some_and(|name| is_of_fleet(&name))
        });
    }
    match (repositories.is_empty(), of_one) {
        (true, _) => error,
        (false, None) => error.hint(format!("name those: {}", together(&repositories, ""))),
        // A pattern would name several.
        (false, Some(_)) => {
            let places: Vec<String> = repositories.iter().map(|it| quoted_place(it)).collect();
            error.hint(format!("name one of those: {}", fold::some(&places)))
        }
    }
}

/// Whether fleet.yaml is in this folder.
pub(in crate::cli) fn is_home(fleet: &Fleet, path: &Path) -> bool {
    fleet.file.parent().is_some_and(|home| is_same_folder(home, path))
}

fn is_same_folder(one: &Path, other: &Path) -> bool {
    // The parent of a bare file name is the empty path.
    let whole = |path: &Path| {
        if path.as_os_str().is_empty() { Path::new(".") } else { path }.canonicalize().ok()
    };
    whole(one).is_some_and(|one| Some(one) == whole(other))
}
