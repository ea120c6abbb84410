//! Reads the repositories to infer a pack from; the only part of `infer` that does I/O.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use crate::error::{Error, Result};
use crate::snapshot::git::{self, Origin};
use crate::snapshot::{self, SourceKind, history};

use super::{History, Member};

/// A repository to read.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its name.
    pub name: String,
    /// Its folder, work tree or git directory.
    pub path: PathBuf,
}

impl Source {
    /// Names the repositories at these paths as [`names_together`] does, or by path where two names would be equal.
    #[must_use]
    pub fn named(paths: &[PathBuf]) -> Vec<Self> {
        let names = names_together(paths);
        let source = |(path, name): (&PathBuf, &String)| {
            // For example, two clones of one repository.
            let is_shared = names.iter().filter(|other| *other == name).count() > 1;
            let name = if is_shared { path.display().to_string() } else { name.clone() };
            Self { name, path: path.clone() }
        };
        paths.iter().zip(&names).map(source).collect()
    }
}

/// Returns the names of repositories that are used together: each is named after its remote, or else its folder.
///
/// If the remotes of several repositories end alike (`mirrors/one/repo`, `mirrors/two/repo`) but their folders differ,
/// the folders name them. Folders without a remote that have the same name are named after the nearest parents that
/// differ.
#[must_use]
pub fn names_together(paths: &[PathBuf]) -> Vec<String> {
    let place = |path: &PathBuf| Place { origin: git::origin(path), folders: names_above(path) };
    let places: Vec<Place> = match paths {
        // Starting worker threads takes longer than reading one repository.
        [path] => vec![place(path)],
        paths => paths.par_iter().map(place).collect(),
    };
    let mut by_remote: BTreeMap<&str, Vec<&Place>> = BTreeMap::new();
    let mut by_folder: BTreeMap<&str, Vec<&Place>> = BTreeMap::new();
    for place in &places {
        match &place.origin {
            Some(origin) => by_remote.entry(origin.name.as_str()).or_default().push(place),
            None => by_folder.entry(place.folder()).or_default().push(place),
        }
    }
    let levels: BTreeMap<&str, usize> =
        by_folder.iter().map(|(folder, places)| (*folder, level_apart(places))).collect();
    let name = |(place, path): (&Place, &PathBuf)| {
        let name = match &place.origin {
            Some(origin) => {
                let alike = by_remote.get(origin.name.as_str()).map_or(&[][..], Vec::as_slice);
                if place.is_named_by_folder(alike) { place.folder() } else { &origin.name }
            }
            None => {
                let level = levels.get(place.folder()).copied().unwrap_or_default();
                forge_name(place.folders.get(level).map_or("", String::as_str))
            }
        };
        if name.is_empty() { path.display().to_string() } else { name.to_owned() }
    };
    places.iter().zip(paths).map(name).collect()
}

/// What a repository's name is derived from.
struct Place {
    origin: Option<Origin>,
    /// The names of its folder and of its parents, nearest first.
    folders: Vec<String>,
}

impl Place {
    /// Returns the name of its folder.
    fn folder(&self) -> &str {
        forge_name(self.folders.first().map_or("", String::as_str))
    }

    /// Whether its folder names it better than its remote, whose name other remotes share.
    fn is_named_by_folder(&self, alike: &[&Self]) -> bool {
        // Without an owner, remotes cannot be known to be the same repository.
        let is_same = |other: &&&Self| {
            other.origin == self.origin
                && self.origin.as_ref().is_some_and(|origin| origin.owner.is_some())
        };
        let others = alike.len() > alike.iter().filter(is_same).count().max(1);
        let is_apart = alike.iter().filter(|other| other.folder() == self.folder()).count() == 1;
        others && is_apart
    }
}

/// Returns the nearest level of parent folders at which all names differ; 0 if there is none.
fn level_apart(places: &[&Place]) -> usize {
    let depth = places.iter().map(|place| place.folders.len()).max().unwrap_or_default();
    let is_apart = |level: &usize| {
        let names: BTreeSet<&String> =
            places.iter().filter_map(|place| place.folders.get(*level)).collect();
        names.len() == places.len()
    };
    (0..depth).find(is_apart).unwrap_or_default()
}

/// Returns the possible names of the repository at a path, the likeliest first: its remote's, its folder's, its
/// parents'.
#[must_use]
pub fn names_of(path: &Path) -> Vec<String> {
    let folders = names_above(path);
    let folders = folders.iter().map(|name| forge_name(name).to_owned());
    git::origin_name(path).into_iter().chain(folders).collect()
}

/// Returns the names of a folder and its parents, nearest first, without `.git` extensions. Keeps the name of a
/// symbolic link, but resolves `.` and `..`.
fn names_above(path: &Path) -> Vec<String> {
    let named = path.file_name().and_then(|_| std::path::absolute(path).ok());
    let absolute = named.or_else(|| path.canonicalize().ok()).unwrap_or_else(|| path.to_owned());
    let names = absolute.ancestors().filter_map(Path::file_name);
    names
        .map(|name| {
            let name = name.to_string_lossy().into_owned();
            name.strip_suffix(".git")
                .filter(|name| !name.is_empty())
                .map(str::to_owned)
                .unwrap_or(name)
        })
        .collect()
}

/// Returns the repository name in a folder's name: `owner+name` is a copy of `name`, since forges do not allow `+` in
/// names. Any other folder name is returned unchanged.
fn forge_name(folder: &str) -> &str {
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    match folder.rsplit_once('+') {
        Some((owner, name))
            if !name.is_empty() && owner.chars().chain(name.chars()).all(allowed) =>
        {
            name
        }
        _ => folder,
    }
}

/// Reads repositories at a reference or as they are on disk; calls `step` after each.
///
/// # Errors
/// One for each repository that cannot be read; the others are returned as well.
pub fn read(
    sources: &[Source],
    reference: Option<&str>,
    step: &(dyn Fn() + Sync),
) -> (Vec<Member>, Vec<Error>) {
    let outcomes: Vec<Result<Member>> = sources
        .par_iter()
        .map(|source| {
            let member = read_one(source, reference);
            step();
            member
        })
        .collect();
    let mut members = Vec::new();
    let mut errors = Vec::new();
    for outcome in outcomes {
        match outcome {
            Ok(member) => members.push(member),
            Err(error) => errors.push(error),
        }
    }
    (members, errors)
}

fn read_one(source: &Source, reference: Option<&str>) -> Result<Member> {
    if !source.path.exists() {
        return Err(Error::usage("there is no folder of this name")
            .in_file(&source.path)
            .hint("correct the path, or leave it out of `--from`"));
    }
    // The line ends of one clone are not those of the others.
    let snapshot = snapshot::open(&source.path, reference)?;
    if let Some(problem) = snapshot.problems.first() {
        let message = format!("`{}` {}", problem.path, problem.message);
        return Err(Error::failed("cannot read the whole repository")
            .in_file(&source.path)
            .caused_by(message));
    }
    if snapshot.entries.is_empty() {
        return Err(Error::failed(
            "the repository has no files, so no shape can be inferred from it",
        )
        .in_file(&source.path)
        .hint("leave it out"));
    }
    let history = history_of(&source.path, reference)?;
    Ok(Member { name: source.name.clone(), snapshot, history })
}

/// Returns the history of a repository; `None` for a folder outside of git, or without commits.
fn history_of(path: &Path, reference: Option<&str>) -> Result<Option<History>> {
    let (root, inside) = match snapshot::kind_of(path)? {
        SourceKind::Folder => return Ok(None),
        SourceKind::GitDirectory | SourceKind::WorkTree => (path.to_owned(), String::new()),
        SourceKind::InWorkTree => match snapshot::work_tree_around(path) {
            Some((root, inside)) => (root, inside.to_string_lossy().into_owned()),
            None => return Ok(None),
        },
    };
    let repository = git::open(&root)?;
    if repository.resolve(reference).is_err() {
        return Ok(None);
    }
    let found = history::of_folder(&repository, reference.unwrap_or("HEAD"), &inside)?;
    let prefix = if inside.is_empty() { String::new() } else { format!("{inside}/") };
    let relative = |(path, versions): (snapshot::RepoPath, _)| {
        let path = path.as_str().strip_prefix(&prefix)?;
        Some((path.into(), history::distinct(versions)))
    };
    let versions: BTreeMap<_, _> = found.paths.into_iter().filter_map(relative).collect();
    let contents = repository.snapshot(reference)?;
    Ok(Some(History { versions, contents, complete: found.complete }))
}
