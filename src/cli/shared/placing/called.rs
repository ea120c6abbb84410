//! How the repository in a folder is called.

use std::path::{Path, PathBuf};

use crate::cli::shared::shapes::kind_of;
use crate::cli::shared::targets::Named;
use crate::fleet::manifest::{Kind, Shape};
use crate::fleet::{Fleet, Member, RepositoryName, kin};
use crate::shape::Pack;
use crate::snapshot::{self, git};

/// The name of the repository in a folder, for what a shape writes with it: its member's, whatever the folder is called.
/// With a slug that no member has, it is the one that `new` gives to a member of that slug in this folder, unless the folder
/// has a remote, which is known to be called otherwise.
pub(in crate::cli) fn repository_name(
    fleet: Option<&Fleet>,
    member: Option<&Member>,
    (path, name): (&Path, &str),
    named: &Named<'_>,
    pack: &Pack,
) -> String {
    if let Some(member) = member {
        return member.repository.name.clone();
    }
    let Some(slug) = named.slug.filter(|_| git::origin_name(path).is_none()) else {
        return name.to_owned();
    };
    if let Some((around, _)) = fleet.and_then(|fleet| repository_beside(fleet, path)) {
        return around.name;
    }
    let Some(kind) = fleet.and_then(|fleet| kind_meant(fleet, name, named.shape)) else {
        // A folder may be called by another pattern, or have what the first one leaves open.
        return match pack.slug_of(name) == slug {
            true => name.to_owned(),
            false => pack.repository_called(slug),
        };
    };
    let derived = kin::repository_name(kind, slug);
    // Not every glob says how a repository of a slug is called.
    let is_glob = kind.prefix.is_none() && kin::fits_glob(kind, name);
    match is_glob && !kin::fits_glob(kind, &derived) {
        true => name.to_owned(),
        false => derived,
    }
}

/// The repository around a folder of which other folders are members, as they name it, and the folder's path in it: beside
/// them it is another one, and no repository of its own. The folder itself need not be there.
pub(in crate::cli) fn repository_beside(
    fleet: &Fleet,
    folder: &Path,
) -> Option<(RepositoryName, PathBuf)> {
    let folder = std::path::absolute(folder).ok()?;
    let there = folder.ancestors().find(|it| it.is_dir())?;
    let (root, inside) = snapshot::work_tree_around(there)?;
    let inside = inside.join(folder.strip_prefix(there).ok()?);
    if inside.as_os_str().is_empty() {
        return None;
    }
    // Other repositories have folders of the same names.
    let origin = git::origin(&root)?;
    let here = RepositoryName::new(origin.owner?, origin.name);
    let mut of_folders = fleet.active().filter(|member| member.path.is_some());
    let member = of_folders.find(|member| member.repository.same(&here))?;
    Some((member.repository.clone(), inside))
}

/// The kind of a folder that is no member: the one that its name implies, else the only one whose shape was named.
fn kind_meant<'f>(fleet: &'f Fleet, name: &str, shape: Option<&Path>) -> Option<&'f Kind> {
    if let Ok((_, kind)) = kind_of(fleet, None, name) {
        return Some(kind);
    }
    let shape = shape?.canonicalize().ok()?;
    let is_its = |kind: &&Kind| match &kind.shape {
        Shape::Folder(its) => fleet.beside(&its.folder).canonicalize().is_ok_and(|it| it == shape),
        _ => false,
    };
    let mut kinds = fleet.manifest.kinds.values().filter(is_its);
    let first = kinds.next();
    first.filter(|_| kinds.next().is_none())
}
