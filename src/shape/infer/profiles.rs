//! Finds variations that several repositories share: paths that only they have in place of paths that the others have.
//!
//! A deviation of a single repository is drift or an outlier, never a profile. Neither is a missing path that nothing
//! replaces: otherwise whatever half of a fleet forgot to add would become its declared shape.

use std::collections::{BTreeMap, BTreeSet};

use super::census::PathCensus;
use super::{kind, most};

/// A variation, and the indices of its repositories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Variation {
    pub(super) name: String,
    pub(super) members: Vec<usize>,
    pub(super) permits: Vec<String>,
    pub(super) without: Vec<String>,
    pub(super) expects: Vec<String>,
}

impl Variation {
    /// Whether its repositories do without a path.
    pub(super) fn lacks(&self, path: &str) -> bool {
        covered(&self.without, path)
    }

    /// Whether only its repositories have a path.
    pub(super) fn owns(&self, path: &str) -> bool {
        covered(&self.permits, path) || covered(&self.expects, path)
    }
}

fn covered(globs: &[String], path: &str) -> bool {
    globs.iter().any(|glob| match glob.strip_suffix("**") {
        Some(folder) => path.starts_with(folder),
        None => path == glob,
    })
}

/// Finds the variations; no repository is in more than one.
pub(super) fn find(census: &[PathCensus], count: usize) -> Vec<Variation> {
    let mut own: BTreeMap<Vec<usize>, Vec<&PathCensus>> = BTreeMap::new();
    for path in census {
        // Files about their own repository alone are not part of a variation.
        if kind::own_by_nature(path.path.as_str()).is_some() {
            continue;
        }
        let holders = path.holders();
        if holders.len() >= 2 && holders.len() * 2 <= count {
            own.entry(holders).or_default().push(path);
        }
    }
    let mut found: Vec<Variation> = Vec::new();
    let mut candidates: Vec<_> = own.into_iter().collect();
    candidates.sort_by_key(|(members, paths)| (usize::MAX - paths.len(), members.clone()));
    for (members, paths) in candidates {
        if found.iter().any(|known| known.members.iter().any(|index| members.contains(index))) {
            continue;
        }
        let lacked: Vec<&PathCensus> = census
            .iter()
            .filter(|path| {
                let present = path.present();
                present + members.len() <= count
                    && most(present, count - members.len())
                    && path.holders().iter().all(|holder| !members.contains(holder))
            })
            .collect();
        let paths: Vec<&PathCensus> =
            paths.into_iter().filter(|path| !lacked.is_empty() || is_program(path)).collect();
        let replaces = paths.iter().any(|own| {
            is_program(own)
                || lacked.iter().any(|lacked| replaces(own.path.as_str(), lacked.path.as_str()))
        });
        if replaces {
            let lacked: Vec<&PathCensus> = lacked
                .into_iter()
                .filter(|lacked| paths.iter().any(|own| replaces_path(own, lacked)))
                .collect();
            found.push(Variation {
                name: name_of(&paths, &found),
                permits: globs(&paths, census, &members, true),
                without: globs(&lacked, census, &members, false),
                expects: paths.iter().map(|path| path.path.as_str().to_owned()).collect(),
                members,
            });
        }
    }
    found
}

fn replaces_path(own: &PathCensus, lacked: &PathCensus) -> bool {
    replaces(own.path.as_str(), lacked.path.as_str())
}

/// Whether a path takes the place of another: the same file name in another folder, the same stem with another
/// extension, or the same subfolder below different top-level folders.
fn replaces(own: &str, lacked: &str) -> bool {
    let name = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
    let stem = |path: &str| {
        let name = name(path);
        name.split_once('.')
            .filter(|(stem, _)| !stem.is_empty())
            .map_or(name.clone(), |(stem, _)| stem.to_owned())
    };
    let below = |path: &str| {
        path.split_once('/')
            .map(|(_, rest)| rest.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned())
    };
    name(own) == name(lacked)
        || stem(own) == stem(lacked)
            && own.rsplit_once('/').map(|(folder, _)| folder)
                == lacked.rsplit_once('/').map(|(folder, _)| folder)
        || below(own).is_some_and(|own| !own.is_empty() && Some(own) == below(lacked))
}

/// Whether it is a program, whose presence is a decision rather than an accident.
fn is_program(path: &PathCensus) -> bool {
    path.executable == path.present() || path.path.as_str().ends_with(".sh")
}

/// Returns globs for the paths: a whole top-level folder if only these repositories have files in it (`own`), or if
/// they have none in it (not `own`).
fn globs(
    paths: &[&PathCensus],
    census: &[PathCensus],
    members: &[usize],
    own: bool,
) -> Vec<String> {
    let mut globs = BTreeSet::new();
    for path in paths {
        let path = path.path.as_str();
        let folder = path.split_once('/').map(|(top, _)| format!("{top}/"));
        let whole = folder.as_ref().is_some_and(|folder| {
            census
                .iter()
                .filter(|other| other.path.as_str().starts_with(folder))
                .all(|other| other.holders().iter().all(|holder| members.contains(holder) == own))
        });
        match folder.filter(|_| whole) {
            Some(folder) => globs.insert(format!("{folder}**")),
            None => globs.insert(path.to_owned()),
        };
    }
    globs.into_iter().collect()
}

/// Names a variation after its most telling path: a top-level file or folder that is not hidden, else a hidden folder,
/// else a file name. Nearly every repository has a `.github`, so that one is skipped.
fn name_of(paths: &[&PathCensus], known: &[Variation]) -> String {
    let said = |path: &str| {
        let (top, rest) =
            path.split_once('/').map_or((path, None), |(top, rest)| (top, Some(rest)));
        match rest {
            _ if !top.starts_with('.') => (0, top.to_owned()),
            Some(_) if top != ".github" => (1, top.to_owned()),
            _ => (2, path.rsplit('/').next().unwrap_or(path).to_owned()),
        }
    };
    let best = paths.iter().map(|path| said(path.path.as_str())).min_by_key(|(rank, _)| *rank);
    let word = best.map(|(_, word)| word).unwrap_or_default();
    let first = word.trim_start_matches('.');
    let first = first.split('.').next().unwrap_or(first);
    let mut name: String = first
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' })
        .collect();
    if name.trim_matches('-').is_empty() {
        name = "variation".to_owned();
    }
    let taken = |name: &str| known.iter().any(|known| known.name == name);
    if !taken(&name) {
        return name;
    }
    (2..=known.len() + 2)
        .map(|number| format!("{name}-{number}"))
        .find(|name| !taken(name))
        .unwrap_or(name)
}
