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
    let kinds = fleet.map(|fleet| kinds_meant(fleet, name, named.shape)).unwrap_or_default();
    let mut names = kinds.into_iter().map(|kind| called_as(kind, name, slug));
    let called = match names.next() {
        // Where nothing tells which of several kinds it is, none of their names is invented for it.
        Some(first) => names.all(|other| other == first).then_some(first),
        // A folder may be called by another pattern, or have what the first one leaves open.
        None => (pack.slug_of(name) != slug).then(|| pack.repository_called(slug)),
    };
    called.unwrap_or_else(|| name.to_owned())
}

/// How the repository of a slug is called as one of this kind, in a folder of this name.
fn called_as(kind: &Kind, name: &str, slug: &str) -> String {
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

/// The kinds that a folder which is no member may be of: those whose shape was named, of several only the one that its name
/// implies, if it is one of them; without such kinds, the one that its name implies.
fn kinds_meant<'f>(fleet: &'f Fleet, name: &str, shape: Option<&Path>) -> Vec<&'f Kind> {
    let implied = kind_of(fleet, None, name).ok();
    let named = shape.and_then(|shape| shape.canonicalize().ok());
    let is_its = |kind: &Kind| match &kind.shape {
        Shape::Folder(its) => {
            named.is_some() && fleet.beside(&its.folder).canonicalize().ok() == named
        }
        _ => false,
    };
    let kinds = fleet.manifest.kinds.iter().filter(|(_, kind)| is_its(kind));
    let kinds: Vec<(&str, &Kind)> = kinds.map(|(its, kind)| (its.as_str(), kind)).collect();
    let is_implied = |its: &str| implied.is_some_and(|(name, _)| name == its);
    match kinds.iter().find(|(its, _)| is_implied(its)).copied() {
        Some((_, kind)) => vec![kind],
        None if kinds.is_empty() => implied.map(|(_, kind)| kind).into_iter().collect(),
        None => kinds.into_iter().map(|(_, kind)| kind).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_shape_says_the_kind_before_the_name_of_the_folder() {
        let home = tempfile::tempdir().expect("a folder");
        for shape in ["own", "shared", "other"] {
            std::fs::create_dir(home.path().join(shape)).expect("writable");
        }
        let manifest = "schema: 1\nname: f\nforge: { owner: acme }\nkinds:\n\
                        \x20 api: { prefix: api-, shape: { folder: own } }\n\
                        \x20 job: { prefix: job-, shape: { folder: shared } }\n\
                        \x20 web: { prefix: web-, shape: { folder: shared } }\nmembers: []\n";
        let file = home.path().join("fleet.yaml");
        let fleet = Fleet::parse(&file, manifest.as_bytes()).expect("sound");
        let meant = |name: &str, shape: Option<&str>| {
            let shape = shape.map(|shape| home.path().join(shape));
            let kinds = kinds_meant(&fleet, name, shape.as_deref());
            kinds.into_iter().map(|kind| called_as(kind, name, "x")).collect::<Vec<_>>()
        };
        assert_eq!(meant("job-tmp", None), ["job-x"]);
        assert_eq!(meant("job-tmp", Some("own")), ["api-x"]);
        assert_eq!(meant("tmp", Some("own")), ["api-x"]);
        assert_eq!(meant("web-tmp", Some("shared")), ["web-x"]);
        // Which of both it is, nothing says.
        assert_eq!(meant("tmp", Some("shared")), ["job-x", "web-x"]);
        assert_eq!(meant("api-tmp", Some("shared")), ["job-x", "web-x"]);
        assert_eq!(meant("job-tmp", Some("other")), ["job-x"]);
        assert!(meant("tmp", Some("other")).is_empty());
        assert!(meant("tmp", Some("missing")).is_empty());
    }
}
