//! The repositories that a command works on, with their shapes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::drift::model::RepositoryReport;
use crate::drift::survey::{Origin, Target, unknown_profile};
use crate::error::{Error, Result};
use crate::fleet::{Fleet, Member};
use crate::shape::Pack;

use crate::cli::Context;
use crate::cli::shared::beside::{is_only_a_pack, without_those};
use crate::cli::shared::inside::Inside;
use crate::cli::shared::missing_paths::once;
use crate::cli::shared::placing::{Placed, Placing, known_slug, member_at, target};
use crate::cli::shared::shapes::Shapes;

pub(in crate::cli) use crate::cli::shared::shapes::{RemotePack, shape};

/// What the command line says about the repositories it names.
#[derive(Clone, Debug, Default)]
pub(in crate::cli) struct Named<'a> {
    pub(in crate::cli) paths: &'a [PathBuf],
    pub(in crate::cli) reference: Option<&'a str>,
    pub(in crate::cli) shape: Option<&'a Path>,
    pub(in crate::cli) profile: Option<&'a str>,
    pub(in crate::cli) slug: Option<&'a str>,
    /// The command, for hints, if it takes only one repository.
    pub(in crate::cli) of_one: Option<&'a str>,
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
        let found: Vec<&Member> = fleet.meant(name).collect();
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
    known_slug(Some(fleet), named)?;
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
    let first = paths.iter().find(|path| !path.is_file()).or(paths.first());
    let fleet = context.fleet(first.map(PathBuf::as_path))?;
    // What fleet.yaml lists is judged, whatever else it is.
    let is_listed =
        |path: &Path| fleet.as_ref().is_some_and(|fleet| member_at(fleet, path).is_some());
    let paths = without_those(context, &paths, &|path| is_only_a_pack(path) && !is_listed(path));
    let named = &Named { paths: &paths, ..named.clone() };
    let placing = Placing::of(fleet.as_ref(), named);
    let folders = placing.folders()?;
    let mut shapes = Shapes {
        context,
        fleet: fleet.as_ref(),
        given: named.shape,
        remote: None,
        loaded: BTreeMap::new(),
        places: placing.kinds(&folders),
    };
    let mut targets = Vec::with_capacity(folders.len());
    let (mut unplaced, mut strays, mut inside) = (Vec::new(), Vec::new(), Vec::new());
    for folder in &folders {
        for member in &folder.members {
            let found = match placing.place(folder, *member, &mut shapes)? {
                Placed::Target(found) => found,
                Placed::Stray(found) => {
                    strays.push(folder.path.clone());
                    found
                }
                Placed::Unplaced(error) => {
                    unplaced.push((folder.path.clone(), error));
                    continue;
                }
            };
            targets.push(found.target);
            inside.extend(found.inside);
        }
    }
    if targets.is_empty()
        && let Some((_, error)) = unplaced.pop()
    {
        return Err(error);
    }
    keep_one_of_each(&mut targets);
    distinguish(&mut targets);
    targets.sort_by(|one, other| one.label.cmp(&other.label));
    Ok(Targets { fleet, targets, unplaced, strays, inside })
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

/// Keeps one target of a member that was named by its folder and by its repository.
fn keep_one_of_each(targets: &mut Vec<Target>) {
    if targets.iter().all(|target| target.folder.is_none()) {
        return;
    }
    let place = |target: &Target| {
        let folder = target.folder.as_deref().unwrap_or_default();
        target.origin.local().ok()?.join(folder).canonicalize().ok()
    };
    let mut kept = BTreeSet::new();
    targets.retain(|target| {
        place(target).is_none_or(|place| kept.insert((place, target.names.clone())))
    });
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
