//! Matching each folder that the command line names with its members, and making targets of them.

mod called;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::checks::repository::Identity;
use crate::cli::shared::inside::Inside;
use crate::cli::shared::missing_paths::{
    is_home, is_named_as_a_kind, not_here, not_many, not_the_home, nowhere, on_the_forge,
};
use crate::cli::shared::shapes::{Shapes, kind_of};
use crate::cli::shared::targets::Named;
use crate::drift::survey::{Origin, Target, unknown_profile};
use crate::error::{Error, Result};
use crate::fleet::manifest::Shape;
use crate::fleet::{ByName, Fleet, Member, RepositoryName, kin};
use crate::shape::Pack;
use crate::shape::infer::names_together;
use crate::snapshot::{self, git};

pub(in crate::cli) use called::{repository_beside, repository_name};

/// A folder that the command line names.
pub(super) struct Folder<'f> {
    pub(super) path: PathBuf,
    /// The name of its repository.
    name: String,
    extent: Extent,
    /// The members that it is judged as; a single `None` if it is not a member's.
    pub(super) members: Vec<Option<&'f Member>>,
}

/// How much of its repository a named folder is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// All of it; its members may be folders in it.
    Repository,
    /// The member itself.
    Member,
}

/// What a folder is, judged as one of its members.
pub(super) enum Placed {
    /// A repository with a known shape.
    Target(Found),
    /// A repository that is not a member and whose name implies no kind, so that it is compared with the only kind.
    Stray(Found),
    /// Not one that can be judged.
    Unplaced(Error),
}

/// A folder that can be judged.
pub(super) struct Found {
    pub(super) target: Target,
    /// The repository around it, unless something declares the folder to be a repository of its own.
    pub(super) inside: Option<Inside>,
}

/// What folders are matched with.
pub(super) struct Placing<'f, 'n> {
    fleet: Option<&'f Fleet>,
    members: Option<ByName<'f>>,
    named: &'n Named<'n>,
}

impl<'f, 'n> Placing<'f, 'n> {
    pub(super) fn of(fleet: Option<&'f Fleet>, named: &'n Named<'n>) -> Self {
        Self { fleet, members: fleet.map(ByName::of), named }
    }

    /// The named folders, in the given order.
    ///
    /// # Errors
    /// When the given slug is ambiguous, or is not one.
    pub(super) fn folders(&self) -> Result<Vec<Folder<'f>>> {
        known_slug(self.fleet, self.named)?;
        let names = names_together(self.named.paths);
        let folder = |(path, name): (&PathBuf, String)| {
            if let Some(folder) = self.in_its_repository(path) {
                return Ok(folder);
            }
            let name = called(self.members.as_ref(), path, name);
            let here = self.members_at(path, &name);
            let members = meant_by(self.fleet, self.members.as_ref(), &here, &name, self.named)?;
            // With a slug, the folder itself is meant, wherever the member is in its repository.
            let extent = match members.iter().all(|member| here.contains(member)) {
                true => Extent::Repository,
                false => Extent::Member,
            };
            Ok(Folder { path: path.clone(), name, extent, members })
        };
        self.named.paths.iter().zip(names).map(folder).collect()
    }

    /// A folder that is a member in a larger repository, by the repository's name and the path in it: other folders may
    /// have the names of members, too. `None` if a slug says that it is another member.
    fn in_its_repository(&self, path: &Path) -> Option<Folder<'f>> {
        let members = self.members.as_ref()?;
        let (root, inside) = snapshot::work_tree_around(path)?;
        let inside = inside.to_str().filter(|inside| !inside.is_empty())?;
        let at = |name: String| {
            let called = members.called(&format!("{name}/{inside}")).iter().copied();
            let is_there = |member: &&Member| member.path.as_deref() == Some(inside);
            let there: Vec<&Member> = called.filter(is_there).collect();
            (!there.is_empty()).then_some((name, there))
        };
        let mut names = git::origin_name(&root).into_iter().chain([folder_name(&root)]);
        let (name, mut there) = names.find_map(at)?;
        if there.iter().any(|member| member.retired.is_none()) {
            there.retain(|member| member.retired.is_none());
        }
        if let Some(slug) = self.named.slug {
            there.retain(|member| member.is_called(slug));
        }
        let members: Vec<Option<&Member>> = there.into_iter().map(Some).collect();
        let extent = Extent::Member;
        (!members.is_empty()).then(|| Folder { path: path.to_owned(), name, extent, members })
    }

    /// The members in a folder that is a repository of this name. A folder in a larger repository may share the name of
    /// a member without being its repository; it is one only if it has the member's folder.
    fn members_at(&self, path: &Path, name: &str) -> Vec<Option<&'f Member>> {
        let mut found = members_of(self.members.as_ref(), name);
        let around = snapshot::work_tree_around(path);
        if around.is_some_and(|(_, inside)| !inside.as_os_str().is_empty()) {
            let has = |folder: &String| path.join(folder).is_dir();
            found.retain(|member| member.is_none_or(|it| it.path.as_ref().is_none_or(has)));
        }
        if found.is_empty() { vec![None] } else { found }
    }

    /// The folders whose kind is known, each with that kind.
    pub(super) fn kinds(&self, folders: &[Folder<'_>]) -> Vec<(String, PathBuf)> {
        let Some(fleet) = self.fleet else { return Vec::new() };
        let of_kind = |folder: &Folder<'_>| {
            let member = folder.members.first().copied().flatten();
            let (kind, _) = kind_of(fleet, member, &folder.name).ok()?;
            Some((kind.to_owned(), folder.path.clone()))
        };
        folders.iter().filter_map(of_kind).collect()
    }

    /// Determines what a folder is, judged as this member.
    ///
    /// # Errors
    /// When the shape cannot be loaded, or does not have the given profile.
    pub(super) fn place(
        &self,
        folder: &Folder<'_>,
        member: Option<&'f Member>,
        shapes: &mut Shapes<'_, '_>,
    ) -> Result<Placed> {
        let Folder { path, name, .. } = folder;
        let named = self.named;
        // With a slug, the folder itself is meant.
        let is_declared = member.is_some() || named.slug.is_some();
        let inside = if is_declared { None } else { Inside::of(path) };
        if let Some(error) = self.obstacle(folder, member) {
            let inside = inside.filter(Inside::is_committed);
            return Ok(Placed::Unplaced(inside.map_or(error, |inside| inside.refused())));
        }
        let target = self.target(folder, member, shapes)?;
        let found = Found { target, inside };
        let is_stray = |fleet: &Fleet| !is_declared && !is_named_as_a_kind(fleet, name);
        Ok(match named.shape.is_none() && self.fleet.is_some_and(is_stray) {
            true => Placed::Stray(found),
            false => Placed::Target(found),
        })
    }

    /// Why a folder cannot be judged as this member.
    fn obstacle(&self, folder: &Folder<'_>, member: Option<&Member>) -> Option<Error> {
        match member {
            Some(member) if !folder.path.exists() => Some(not_here(&folder.path, member)),
            Some(_) => None,
            None => placed(self.fleet, &folder.path, &folder.name, self.named).err(),
        }
    }

    fn target(
        &self,
        folder: &Folder<'_>,
        member: Option<&'f Member>,
        shapes: &mut Shapes<'_, '_>,
    ) -> Result<Target> {
        let Folder { path, name, .. } = folder;
        let named = self.named;
        let shape = shapes.of(member, name)?;
        let origin = Origin::Local(path.clone());
        let mut target = target(origin, name.clone(), member, shape, named);
        target.identity.name =
            repository_name(self.fleet, member, (path, name), named, &target.shape);
        target.identity.ours = ours_in(path, self.fleet, named.shape);
        if folder.extent == Extent::Member {
            target.folder = None;
        }
        if named.profile.is_some() && target.shape.profile(named.profile).is_none() {
            return Err(unknown_profile(&target));
        }
        Ok(target)
    }
}

/// A repository with its shape, as what fleet.yaml and the command line say of it.
pub(in crate::cli) fn target(
    origin: Origin,
    name: String,
    member: Option<&Member>,
    shape: Arc<Pack>,
    named: &Named<'_>,
) -> Target {
    let slug = named
        .slug
        .filter(|slug| member.is_none_or(|member| !member.is_called(slug)))
        .map(str::to_owned)
        .or_else(|| member.map(|member| member.slug.clone()))
        .unwrap_or_else(|| shape.slug_of(&name).to_owned());
    let profile = named.profile.map(str::to_owned);
    let identity = Identity {
        slug,
        owner: member.and_then(|member| member.owner.clone()),
        forge_owner: forge_owner(&origin, member),
        profile: profile.or_else(|| member.and_then(|member| member.profile.clone())),
        variables: member.map(|member| member.variables.clone()).unwrap_or_default(),
        name,
        ..Identity::default()
    };
    let label = match member {
        Some(member) if member.path.is_some() => member.name(),
        _ => identity.name.clone(),
    };
    let names = member.map_or_else(|| vec![identity.name.clone()], Member::names);
    Target {
        label,
        names,
        identity,
        origin,
        reference: named.reference.map(str::to_owned),
        folder: member.and_then(|member| member.path.clone()),
        shape,
    }
}

/// Whose repository it is on the forge, by fleet.yaml, else by its remote.
fn forge_owner(origin: &Origin, member: Option<&Member>) -> Option<String> {
    match (member, origin) {
        (Some(member), _) => Some(member.repository.owner.clone()),
        (None, Origin::Local(path)) => git::origin(path)?.owner,
        (None, Origin::Forge(repository)) => Some(repository.owner.clone()),
    }
}

/// The files and folders in a local repository that belong to shipshape: the given shape, fleet.yaml, and the files
/// that it names.
fn ours_in(repository: &Path, fleet: Option<&Fleet>, shape: Option<&Path>) -> Vec<String> {
    let Ok(repository) = repository.canonicalize() else { return Vec::new() };
    let of_fleet = fleet.into_iter().flat_map(|fleet| {
        let manifest = &fleet.manifest;
        let files =
            [Some(&manifest.waivers), manifest.baseline.as_ref(), manifest.history.as_ref()];
        let shapes = manifest.kinds.values().filter_map(|kind| match &kind.shape {
            Shape::Folder(shape) => Some(&shape.folder),
            _ => None,
        });
        let named = files.into_iter().flatten().chain(shapes).map(|path| fleet.beside(path));
        named.chain([fleet.file.clone()]).collect::<Vec<PathBuf>>()
    });
    let places = of_fleet.chain(shape.map(Path::to_owned));
    let relative = places.filter_map(|place| {
        let place = place.canonicalize().ok()?;
        let parts = place.strip_prefix(&repository).ok()?.components();
        let parts: Vec<_> = parts.map(|part| part.as_os_str().to_string_lossy()).collect();
        // A shape that is the repository itself is the subject, so it is not excluded.
        (!parts.is_empty()).then(|| parts.join("/"))
    });
    relative.collect()
}

/// The name of a local repository. If its given name is not a member's, prefers the remote's or the folder's name if
/// one of those is.
fn called(members: Option<&ByName<'_>>, path: &Path, name: String) -> String {
    let Some(members) = members else { return name };
    let is_member = |name: &str| members_of(Some(members), name).iter().any(Option::is_some);
    if is_member(&name) {
        return name;
    }
    let mut others = git::origin_name(path).into_iter().chain([folder_name(path)]);
    others.find(|other| is_member(other)).unwrap_or(name)
}

/// The first member that a local repository is judged as.
pub(in crate::cli) fn member_at<'f>(fleet: &'f Fleet, repository: &Path) -> Option<&'f Member> {
    let paths = [repository.to_owned()];
    let named = Named { paths: &paths, ..Named::default() };
    let folders = Placing::of(Some(fleet), &named).folders().ok()?;
    folders.iter().flat_map(|folder| &folder.members).find_map(|member| *member)
}

/// The members in a repository of this name, else the only member with that name, else `None`.
fn members_of<'f>(members: Option<&ByName<'f>>, name: &str) -> Vec<Option<&'f Member>> {
    let Some(members) = members else { return vec![None] };
    let here = members.living_in(name);
    if !here.is_empty() {
        return here.iter().copied().map(Some).collect();
    }
    match members.called(name) {
        [member] => vec![Some(*member)],
        // An ambiguous name identifies no member.
        _ => vec![None],
    }
}

/// The members that a folder is judged as. With a slug, it is the member with that slug, whatever the folder's name is,
/// so that everything in fleet.yaml about it applies.
fn meant_by<'f>(
    fleet: Option<&'f Fleet>,
    members: Option<&ByName<'f>>,
    here: &[Option<&'f Member>],
    name: &str,
    named: &Named<'_>,
) -> Result<Vec<Option<&'f Member>>> {
    let here = here.to_vec();
    let (Some(fleet), Some(members), Some(slug)) = (fleet, members, named.slug) else {
        return Ok(here);
    };
    let called = members.called(slug);
    let of_name = kin::of_name(&fleet.manifest.kinds, name).map(|(kind, _)| kind);
    let is_here = |member: &&&Member| here.contains(&Some(**member));
    let is_of_kind = |member: &&&Member| of_name == Some(member.kind.as_str());
    match called {
        [] => Ok(here),
        [member] => Ok(vec![Some(*member)]),
        several => match several.iter().find(is_here).or_else(|| several.iter().find(is_of_kind)) {
            Some(member) => Ok(vec![Some(*member)]),
            None if named.shape.is_some() => Ok(here),
            None => {
                let repositories = several.iter().map(|it| format!("`{}`", it.repository.name));
                let repositories = repositories.collect::<Vec<_>>().join(", ");
                Err(Error::usage(format!("`{slug}` is the name of several members"))
                    .in_file(&fleet.file)
                    .hint(format!("give --slug the name of one's repository: {repositories}")))
            }
        },
    }
}

/// Checks that the given slug is a member's, or could be one.
pub(super) fn known_slug(fleet: Option<&Fleet>, named: &Named<'_>) -> Result<()> {
    let Some(slug) = named.slug else { return Ok(()) };
    let is_member = || fleet.is_some_and(|fleet| fleet.named(slug).next().is_some());
    let is_name = !slug.contains('/') && RepositoryName::parse(slug, "owner").is_some();
    if is_name || is_member() {
        return Ok(());
    }
    let error = Error::usage(format!("`{}` is not a slug", slug.escape_debug()))
        .hint("a slug has letters, digits, `-`, `_` and `.`, like the name of a repository");
    Err(match fleet {
        Some(_) => error.hint("`shipshape fleet list` lists the members"),
        None => error,
    })
}

/// Checks that a path which is not a member's is a single repository and has a known shape.
fn placed(fleet: Option<&Fleet>, path: &Path, name: &str, named: &Named<'_>) -> Result<()> {
    let is_given = named.shape.is_some();
    let forge = |error| on_the_forge(error, named.of_one);
    match fleet {
        // With a slug, the folder itself is meant.
        _ if named.slug.is_some() => {}
        Some(fleet) if is_home(fleet, path) => {
            if !is_given {
                not_the_home(fleet, path, name, named.of_one).map_err(forge)?;
            }
            not_many(Some(fleet), path, named.of_one).map_err(forge)?;
        }
        _ => not_many(fleet, path, named.of_one)?,
    }
    if is_given {
        return Ok(());
    }
    match fleet.map(|fleet| kind_of(fleet, None, name)) {
        Some(Err(_)) if !path.exists() => Err(nowhere(path)),
        Some(Err(error)) => Err(error),
        Some(Ok(_)) | None => Ok(()),
    }
}

fn folder_name(path: &Path) -> String {
    // A link has its own name; `.` and `..` have that of the folder that they refer to.
    let named = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
    let name = named(path).or_else(|| named(&path.canonicalize().ok()?)).unwrap_or_default();
    name.strip_suffix(".git").filter(|name| !name.is_empty()).map(str::to_owned).unwrap_or(name)
}
