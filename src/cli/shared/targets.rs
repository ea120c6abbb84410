//! The repositories that a command works on, with their shapes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::checks::repository::Identity;
use crate::drift::model::RepositoryReport;
use crate::drift::survey::{Origin, Target, unknown_profile};
use crate::error::{Error, Result};
use crate::fleet::manifest::Shape;
use crate::fleet::{ByName, Fleet, Member, kin};
use crate::shape::Pack;
use crate::shape::infer::names_together;
use crate::snapshot::git;

use crate::cli::Context;
use crate::cli::shared::inside::Inside;
use crate::cli::shared::missing_paths::{
    is_home, is_named_as_a_kind, not_here, not_many, not_the_home, nowhere, once,
};
use crate::cli::shared::shapes::{Shapes, kind_of};

pub(in crate::cli) use crate::cli::shared::shapes::{RemotePack, shape};

/// What the command line says about the repositories it names.
#[derive(Clone, Debug, Default)]
pub(in crate::cli) struct Named<'a> {
    pub(in crate::cli) paths: &'a [PathBuf],
    pub(in crate::cli) reference: Option<&'a str>,
    pub(in crate::cli) shape: Option<&'a Path>,
    pub(in crate::cli) profile: Option<&'a str>,
    pub(in crate::cli) slug: Option<&'a str>,
}

/// Members of a fleet on the forge: those with these names, or all active ones.
pub(in crate::cli) fn of_fleet(
    context: &Context,
    fleet: Fleet,
    names: &[String],
    named: &Named<'_>,
    remote: RemotePack<'_>,
) -> Result<Targets> {
    let mut members: Vec<&Member> = Vec::new();
    for name in names {
        let found: Vec<&Member> = fleet.named(name).collect();
        if found.is_empty() {
            return Err(fleet.no_member(name));
        }
        members.extend(found);
    }
    if names.is_empty() {
        members.extend(fleet.active());
    }
    let mut targets = of_members(context, &fleet, &members, named, remote)?;
    distinguish(&mut targets);
    targets.sort_by(|one, other| one.label.cmp(&other.label));
    targets.dedup_by(|one, other| one.origin == other.origin && one.folder == other.folder);
    Ok(Targets {
        fleet: Some(fleet),
        targets,
        unplaced: Vec::new(),
        strays: Vec::new(),
        inside: Vec::new(),
    })
}

/// Members of a fleet on the forge, in the given order.
pub(in crate::cli) fn of_members(
    context: &Context,
    fleet: &Fleet,
    members: &[&Member],
    named: &Named<'_>,
    remote: RemotePack<'_>,
) -> Result<Vec<Target>> {
    let mut shapes = Shapes {
        context,
        fleet: Some(fleet),
        given: named.shape,
        remote: Some(remote),
        loaded: BTreeMap::new(),
        places: Vec::new(),
    };
    let mut targets = Vec::with_capacity(members.len());
    for member in members {
        let name = member.repository.name.clone();
        let shape = shapes.of(Some(member), &name)?;
        let origin = Origin::Forge(member.repository.clone());
        let target = target(origin, name, Some(member), shape, named);
        if named.profile.is_some() && target.shape.profile(named.profile).is_none() {
            return Err(unknown_profile(&target));
        }
        targets.push(target);
    }
    Ok(targets)
}

/// Repositories with their shapes, and the fleet that they belong to.
pub(in crate::cli) struct Targets {
    pub(in crate::cli) fleet: Option<Fleet>,
    pub(in crate::cli) targets: Vec<Target>,
    /// Folders without a known shape, each with the error. Empty after [`resolve`], which fails instead.
    pub(in crate::cli) unplaced: Vec<(PathBuf, Error)>,
    /// Folders that are not members and whose names imply no kind, so that they are compared with the only kind.
    pub(super) strays: Vec<PathBuf>,
    /// Folders inside a repository that nothing declares to be repositories of their own.
    pub(super) inside: Vec<Inside>,
}

impl Targets {
    /// The place of a judged repository: its exact path, or its name on the forge.
    pub(in crate::cli) fn place_of(&self, report: &RepositoryReport) -> PathBuf {
        match self.called(&report.name).map(|target| &target.origin) {
            Some(Origin::Local(path)) => path.clone(),
            _ => PathBuf::from(&report.origin),
        }
    }

    /// The target with this name in reports.
    pub(in crate::cli) fn called(&self, label: &str) -> Option<&Target> {
        // They are sorted by label.
        let at = self.targets.binary_search_by(|target| target.label.as_str().cmp(label)).ok()?;
        self.targets.get(at)
    }

    /// Keeps the targets of these owners, or all if none are named. Case and a leading `@` do not matter.
    pub(in crate::cli) fn keep_owners(&mut self, owners: &[String]) -> Result<()> {
        let plain = |name: &str| name.trim_start_matches('@').to_lowercase();
        for owner in owners {
            let has = |target: &Target| {
                target.identity.owner.as_ref().is_some_and(|has| plain(has) == plain(owner))
            };
            if !self.targets.iter().any(has) {
                let mut known: Vec<&str> =
                    self.targets.iter().filter_map(|it| it.identity.owner.as_deref()).collect();
                known.sort_unstable();
                known.dedup();
                let hint = if known.is_empty() {
                    "`owner` of a kind or of a member in fleet.yaml says who is responsible for it"
                        .to_owned()
                } else {
                    format!("owners are {}", known.join(", "))
                };
                return Err(
                    Error::usage(format!("`{owner}` owns none of these repositories")).hint(hint)
                );
            }
        }
        if !owners.is_empty() {
            self.unplaced.clear();
            self.targets.retain(|target| {
                let has = target.identity.owner.as_deref().map(plain);
                owners.iter().any(|owner| has.as_ref() == Some(&plain(owner)))
            });
        }
        Ok(())
    }
}

/// Loads the fleet's manifest and the shapes, and matches each repository with its members.
///
/// # Errors
/// Among others, when the shape of a repository is not known.
pub(in crate::cli) fn resolve(context: &Context, named: &Named<'_>) -> Result<Targets> {
    let mut targets = resolve_some(context, named)?;
    match targets.unplaced.pop() {
        Some((_, error)) => Err(error),
        None => Ok(targets),
    }
}

/// Like [`resolve`], but folders without a known shape do not prevent the others from being resolved.
pub(in crate::cli) fn resolve_some(context: &Context, named: &Named<'_>) -> Result<Targets> {
    let paths = once(context, named.paths);
    let named = &Named { paths: &paths, ..named.clone() };
    let fleet = context.fleet(named.paths.first().map(PathBuf::as_path))?;
    let fleet_ref = fleet.as_ref();
    let mut shapes = Shapes {
        context,
        fleet: fleet_ref,
        given: named.shape,
        remote: None,
        loaded: BTreeMap::new(),
        places: Vec::new(),
    };
    let mut targets = Vec::with_capacity(named.paths.len());
    let mut unplaced = Vec::new();
    let mut strays = Vec::new();
    let mut parts = Vec::new();
    let names = names_together(named.paths);
    let members = fleet_ref.map(ByName::of);
    let named_so = |(path, name): (&PathBuf, String)| called(members.as_ref(), path, name);
    let names: Vec<String> = named.paths.iter().zip(names).map(named_so).collect();
    let mut meant = Vec::with_capacity(names.len());
    for name in &names {
        meant.push(meant_by(fleet_ref, members.as_ref(), name, named)?);
    }
    if let Some(fleet) = fleet_ref {
        shapes.places = named
            .paths
            .iter()
            .zip(names.iter().zip(&meant))
            .filter_map(|(path, (name, meant))| {
                let member = meant.iter().copied().next().flatten();
                Some((kind_of(fleet, member, name).ok()?.0.to_owned(), path.clone()))
            })
            .collect();
    }
    for (path, (name, meant)) in named.paths.iter().zip(names.into_iter().zip(meant)) {
        for member in meant {
            // With a slug, the folder itself is meant.
            let is_declared = member.is_some() || named.slug.is_some();
            let inside = if is_declared { None } else { Inside::of(path) };
            if member.is_none()
                && let Err(error) = placed(fleet_ref, path, &name, named)
            {
                let error = inside.map_or(error, |inside| inside.refused());
                unplaced.push((path.clone(), error));
                continue;
            }
            parts.extend(inside);
            if let Some(member) = member.filter(|_| !path.exists()) {
                unplaced.push((path.clone(), not_here(path, member)));
                continue;
            }
            let is_stray = |fleet: &Fleet| member.is_none() && !is_named_as_a_kind(fleet, &name);
            if named.shape.is_none() && named.slug.is_none() && fleet_ref.is_some_and(is_stray) {
                strays.push(path.clone());
            }
            let shape = shapes.of(member, &name)?;
            let origin = Origin::Local(path.clone());
            let mut target = target(origin, name.clone(), member, shape, named);
            target.identity.ours = ours_in(path, fleet_ref, named.shape);
            if named.slug.is_some()
                && !members_of(members.as_ref(), &target.identity.name).contains(&member)
            {
                // With a slug, the folder itself is meant, wherever the member is in its repository.
                target.folder = None;
            }
            if named.profile.is_some() && target.shape.profile(named.profile).is_none() {
                return Err(unknown_profile(&target));
            }
            targets.push(target);
        }
    }
    if targets.is_empty()
        && let Some((_, error)) = unplaced.pop()
    {
        return Err(error);
    }
    distinguish(&mut targets);
    targets.sort_by(|one, other| one.label.cmp(&other.label));
    Ok(Targets { fleet, targets, unplaced, strays, inside: parts })
}

fn target(
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

/// The distinct shapes of the targets.
pub(in crate::cli) fn packs(targets: &[Target]) -> Vec<&Pack> {
    let mut packs: Vec<&Pack> = Vec::new();
    for target in targets {
        let pack: &Pack = &target.shape;
        if !packs.iter().any(|known| std::ptr::eq(*known, pack)) {
            packs.push(pack);
        }
    }
    packs
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
    name: &str,
    named: &Named<'_>,
) -> Result<Vec<Option<&'f Member>>> {
    let here = members_of(members, name);
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

/// Checks that a path which is not a member's is a single repository and has a known shape.
fn placed(fleet: Option<&Fleet>, path: &Path, name: &str, named: &Named<'_>) -> Result<()> {
    let is_given = named.shape.is_some();
    match fleet {
        // With a slug, the folder itself is meant.
        _ if named.slug.is_some() => {}
        Some(fleet) if is_home(fleet, path) && !is_given => {
            not_the_home(fleet, path, name)?;
            not_many(Some(fleet), path)?;
        }
        _ => not_many(fleet, path)?,
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

/// Labels repositories with equal names by their folders.
fn distinguish(targets: &mut [Target]) {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for target in targets.iter() {
        *counts.entry(target.label.clone()).or_default() += 1;
    }
    for target in targets {
        if counts.get(&target.label).is_some_and(|count| *count > 1) {
            target.label = target.origin.to_string();
        }
    }
}
