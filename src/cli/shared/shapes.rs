//! Loading shapes, choosing each member's, and checking their names against fleet.yaml.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::checks::catalogue;
use crate::cli::Context;
use crate::cli::shared::next::quoted;
use crate::cli::shared::pasted_paths::together;
use crate::cli::shared::shape_on_forge::ShapeOnForge;
use crate::edge::terminal::visible_line;
use crate::error::{Error, Obstacle, Result};
use crate::fleet::manifest::{Kind, NamedShape, Shape, ShapeRepository};
use crate::fleet::{Fleet, Member, kin};
use crate::shape::lineage::LOG_FOLDER;
use crate::shape::{Pack, embedded, load};
use crate::snapshot;

/// Finds a shape in its repository on the forge.
pub(in crate::cli) type RemotePack<'a> = &'a dyn Fn(&ShapeRepository) -> Result<ShapeOnForge<'a>>;

/// Loads each shape once, however many members share it.
pub(in crate::cli) struct Shapes<'a, 'r> {
    pub(in crate::cli) context: &'a Context,
    pub(in crate::cli) fleet: Option<&'a Fleet>,
    pub(in crate::cli) given: Option<&'a Path>,
    pub(in crate::cli) remote: Option<RemotePack<'r>>,
    pub(in crate::cli) loaded: BTreeMap<String, Arc<Pack>>,
    /// The judged local repositories, each with its kind.
    pub(in crate::cli) places: Vec<(String, PathBuf)>,
}

impl Shapes<'_, '_> {
    pub(in crate::cli) fn of(&mut self, member: Option<&Member>, name: &str) -> Result<Arc<Pack>> {
        let kind = match self.fleet {
            Some(fleet) if self.given.is_none() => Some(kind_of(fleet, member, name)?),
            _ => None,
        };
        let (kind_name, kind) = kind.map_or((None, None), |(name, kind)| (Some(name), Some(kind)));
        let (key, shape) = match (self.given, kind) {
            (Some(folder), _) => (folder.display().to_string(), None),
            (None, Some(kind)) => (format!("{:?}", kind.shape), Some(&kind.shape)),
            (None, None) => (embedded::NAME.to_owned(), None),
        };
        if let Some(pack) = self.loaded.get(&key) {
            return Ok(Arc::clone(pack));
        }
        let pack = match (self.given, shape) {
            (Some(folder), _) => self.in_folder(folder)?,
            (None, None | Some(Shape::Named(NamedShape::Embedded))) => embedded::load()?,
            (None, Some(Shape::Folder(folder))) => {
                let place =
                    self.fleet.map_or_else(PathBuf::new, |fleet| fleet.beside(&folder.folder));
                if let (Some(fleet), Some(kind), false) = (self.fleet, kind_name, place.is_dir()) {
                    let path = ["kinds".into(), kind.into(), "shape".into(), "folder".into()];
                    let message =
                        format!("there is no folder `{}` beside this file", folder.folder);
                    let out = quoted(&place.to_string_lossy());
                    let of_kind = self.places.iter().filter(|(of, _)| of == kind);
                    let places: Vec<PathBuf> = of_kind.map(|(_, path)| path.clone()).collect();
                    // It takes two repositories to have something in common.
                    let from = match places.len() {
                        0 | 1 => "REPOSITORIES".to_owned(),
                        _ => together(&places, ""),
                    };
                    return Err(fleet.problem(&path, message).hint(format!(
                        "`shipshape shape init --from {from} --out {out}` makes a pack"
                    )));
                }
                self.in_folder(&place)?
            }
            (None, Some(Shape::Repository(shape))) => self.in_repository(shape, kind_name)?,
        };
        known_rules(&pack)?;
        if let (Some(fleet), Some(kind)) = (self.fleet, kind_name) {
            self.check_names(fleet, kind, &pack)?;
        }
        let pack = Arc::new(pack);
        self.loaded.insert(key, Arc::clone(&pack));
        Ok(pack)
    }
}

/// The shape of a kind of the fleet, unless a folder is given; without a fleet, the embedded shape.
pub(in crate::cli) fn shape(
    context: &Context,
    fleet: Option<&Fleet>,
    kind: &str,
    given: Option<&Path>,
    remote: Option<RemotePack<'_>>,
) -> Result<Arc<Pack>> {
    let of_kind = Member { kind: kind.to_owned(), ..Member::default() };
    Shapes { context, fleet, given, remote, loaded: BTreeMap::new(), places: Vec::new() }
        .of(Some(&of_kind), "")
}

/// The errors of what the repository of a shape does not have, where fleet.yaml names it.
#[derive(Debug)]
pub(in crate::cli) struct WrongPlace {
    /// Of its `ref`.
    reference: Error,
    /// Of the folder of the pack.
    path: Error,
}

/// Where fleet.yaml names what of a repository is the shape of a kind.
pub(in crate::cli) fn place_in(fleet: &Fleet, kind: &str, shape: &ShapeRepository) -> WrongPlace {
    let at = |key: &str| ["kinds".into(), kind.into(), "shape".into(), key.into()];
    let no_reference = "the repository of the shape does not have this `ref`";
    let no_pack = format!("the repository of the shape has no pack in `{}`", shape.path);
    WrongPlace {
        reference: fleet.problem(&at("ref"), no_reference),
        path: fleet.problem(&at("path"), no_pack),
    }
}

impl WrongPlace {
    /// The error at its place, if another one is about that.
    pub(in crate::cli) fn or(self, error: Error) -> Error {
        let at_place = match error.obstacle() {
            Some(Obstacle::NoReference) => self.reference,
            Some(Obstacle::NoPack) => self.path,
            _ => return error,
        };
        let place = error.place().map(|place| format!("{}: ", place.file.display()));
        let placed =
            at_place.caused_by(format!("{}{}", place.unwrap_or_default(), error.message()));
        error.hints().iter().fold(placed, |placed, hint| placed.hint(hint))
    }
}

/// Says that git ignores the folder of a pack, and what follows from that.
pub(in crate::cli) fn ignored_pack(folder: &Path) -> String {
    format!(
        "git ignores {}, so a clone would not have the pack, and git keeps no versions of it: content that an earlier \
         version had is taken for an edit, unless the pack's `{LOG_FOLDER}` has it",
        folder.display()
    )
}

impl Shapes<'_, '_> {
    /// The shape in a repository: what judges repositories on the forge is read there, and what judges those on this machine
    /// is read in the clone beside fleet.yaml.
    fn in_repository(&self, shape: &ShapeRepository, kind: Option<&str>) -> Result<Pack> {
        let clone = self.fleet.map_or_else(PathBuf::new, |fleet| fleet.beside(&shape.repository));
        let found = match (self.remote, clone.is_dir()) {
            (Some(remote), true) => remote(shape)?.read_with(&clone, self.context),
            (Some(remote), false) => remote(shape)?.read(),
            (None, true) => load::from_repository(&clone, shape.reference.as_deref(), &shape.path),
            (None, false) => {
                return Err(Error::failed(format!(
                    "the shape is in the repository `{}`, and {} is not a folder",
                    shape.repository,
                    clone.display()
                ))
                .hint("clone it there, or give a pack: `--shape DIR`"));
            }
        };
        found.map_err(|error| match (self.fleet, kind) {
            (Some(fleet), Some(kind)) => place_in(fleet, kind, shape).or(error),
            _ => error,
        })
    }

    fn in_folder(&self, folder: &Path) -> Result<Pack> {
        let pack = load::from_folder(folder)?;
        if snapshot::is_ignored(folder) {
            self.context.terminal.note(&visible_line(&ignored_pack(folder)));
        }
        Ok(pack)
    }

    /// Checks that the profiles and variables in fleet.yaml exist in the kind's shape, which permits their values.
    fn check_names(&self, fleet: &Fleet, kind: &str, pack: &Pack) -> Result<()> {
        let profiles: Vec<&str> = pack.manifest.profiles.keys().map(String::as_str).collect();
        let mut problems = fleet.unknown_profiles(kind, &profiles);
        let known: Vec<&str> =
            pack.manifest.variables.iter().map(|(name, _)| name.as_str()).collect();
        problems.extend(fleet.unknown_variables(kind, &known));
        problems.extend(fleet.unfit_values(kind, &pack.manifest.variables));
        if problems.is_empty() { Ok(()) } else { self.context.all(Err(problems)) }
    }
}

/// Checks that the rules which profiles disable exist: a misspelt one would stay enabled.
fn known_rules(pack: &Pack) -> Result<()> {
    for (name, profile) in &pack.manifest.profiles {
        for rule in &profile.without_rules {
            catalogue::known(rule).map_err(|error| {
                error.caused_by(format!(
                    "the profile `{name}` of the shape `{}` does without it",
                    pack.manifest.name
                ))
            })?;
        }
    }
    Ok(())
}

/// The kind of a repository: its member's, else the only kind, else the one that its name implies.
pub(in crate::cli) fn kind_of<'f>(
    fleet: &'f Fleet,
    member: Option<&Member>,
    name: &str,
) -> Result<(&'f str, &'f Kind)> {
    let kinds = &fleet.manifest.kinds;
    let found = match member {
        Some(member) => kinds.get_key_value(&member.kind).map(|(name, kind)| (name.as_str(), kind)),
        None if kinds.len() == 1 => kinds.iter().next().map(|(name, kind)| (name.as_str(), kind)),
        None => kin::of_name(kinds, name),
    };
    found.ok_or_else(|| {
        Error::usage(format!(
            "`{name}` is not a member of the fleet, and its kind does not follow from its name"
        ))
        .in_file(&fleet.file)
        .hint("add it to `members`, or name the shape that it is compared with: `--shape FOLDER`")
        .hint("or, if it is a member in a folder of another name, name that alone: `--slug MEMBER`")
    })
}
