//! Reading the repositories that a pack is made of. This is the one file of the room that reads from
//! outside.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use crate::error::{Error, Result};
use crate::snapshot::{self, SourceKind, git, history};

use super::{History, Member};

/// A repository to be read.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its name.
    pub name: String,
    /// The folder, work tree or git directory.
    pub path: PathBuf,
}

impl Source {
    /// Repositories by their places, each with the name of its remote, else of its folder; where
    /// several folders are called the same, of the nearest one above that is not.
    #[must_use]
    pub fn named(paths: &[PathBuf]) -> Vec<Self> {
        let chains: Vec<Vec<String>> = paths.iter().map(|path| names_above(path)).collect();
        let depth = chains.iter().map(Vec::len).max().unwrap_or_default();
        let level = (0..depth).find(|level| {
            let mut names: Vec<&str> =
                chains.iter().filter_map(|chain| Some(chain.get(*level)?.as_str())).collect();
            names.sort_unstable();
            names.dedup();
            names.len() == chains.len()
        });
        let name = |(path, chain): (&PathBuf, &Vec<String>)| {
            let origin = git::origin_name(path);
            let folder = level.and_then(|level| chain.get(level)).map(|name| forge_name(name));
            let name = origin.or(folder).unwrap_or_else(|| path.display().to_string());
            Self { name, path: path.clone() }
        };
        let mut sources: Vec<Self> = paths.iter().zip(&chains).map(name).collect();
        let names: Vec<String> = sources.iter().map(|source| source.name.clone()).collect();
        for source in &mut sources {
            // Two clones of one repository.
            if names.iter().filter(|name| **name == source.name).count() > 1 {
                source.name = source.path.display().to_string();
            }
        }
        sources
    }
}

/// What the repository at a place may be called, the likeliest first: as its remote, as its folder, as
/// a folder above it.
#[must_use]
pub fn names_of(path: &Path) -> Vec<String> {
    let folders = names_above(path);
    git::origin_name(path).into_iter().chain(folders.iter().map(|name| forge_name(name))).collect()
}

/// Names of a folder and of those above it, nearest first; a bare repository's without `.git`.
fn names_above(path: &Path) -> Vec<String> {
    let absolute = path.canonicalize().unwrap_or_else(|_| path.to_owned());
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

/// A folder's name as a repository's: forges allow letters, digits, `-`, `_` and `.` only, so that
/// `owner+name` is the copy of `name`.
fn forge_name(folder: &str) -> String {
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let name = folder.rsplit(|c: char| !allowed(c)).next().unwrap_or(folder);
    if name.is_empty() { folder.to_owned() } else { name.to_owned() }
}

/// Reads repositories, at a reference or as they are; `step` is called after each.
///
/// # Errors
/// One for each that cannot be read, beside those that can.
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
    let snapshot = snapshot::open(&source.path, reference)?;
    if let Some(problem) = snapshot.problems.first() {
        let message = format!("`{}` {}", problem.path, problem.message);
        return Err(Error::failed("cannot read the whole repository")
            .in_file(&source.path)
            .caused_by(message));
    }
    let history = history_of(&source.path, reference)?;
    Ok(Member { name: source.name.clone(), snapshot, history })
}

/// The history of a repository; `None` for a folder that none holds, and before the first commit.
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
        Some((path.into(), versions))
    };
    let versions: BTreeMap<_, _> = found.paths.into_iter().filter_map(relative).collect();
    let contents = repository.snapshot(reference)?;
    Ok(Some(History { versions, contents, complete: found.complete }))
}
