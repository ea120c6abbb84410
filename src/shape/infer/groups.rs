//! Detects whether repositories are of several kinds, each of which needs its own pack.
//!
//! Only paths that at least two repositories have are considered. Repositories of one kind have a third or more of
//! these in common with another of the kind. A repository unlike all others is not a kind, and one with a file or two
//! is too small to tell.

use std::collections::{BTreeMap, BTreeSet};

use crate::snapshot::RepoPath;

use super::census::PathCensus;
use super::nearly_all;

/// Minimum number of shared paths; with fewer, a repository resembles any other that has a README.
const FEWEST: usize = 3;

/// Repositories grouped by similarity, as indices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Groups {
    /// The kinds, each of two repositories or more; empty if there are fewer than two kinds.
    pub(super) kinds: Vec<Vec<usize>>,
    /// Repositories unlike all others, ascending.
    pub(super) alone: Vec<usize>,
}

/// How many paths of a repository others have too.
pub(super) struct Shared {
    /// Number of its paths that another one has too.
    pub(super) shared: usize,
    /// Number of its paths.
    pub(super) paths: usize,
}

impl Groups {
    /// Returns how many more paths would be held, or held by content, without the repositories unlike all others.
    pub(super) fn lost(&self, census: &[PathCensus], count: usize) -> usize {
        let others = count - self.alone.len();
        if self.alone.is_empty() || others < 2 {
            return 0;
        }
        let of_others = |members: &[usize]| {
            members.iter().filter(|member| self.alone.binary_search(member).is_err()).count()
        };
        let is_lost =
            |without: usize, with: usize| nearly_all(without, others) && !nearly_all(with, count);
        let lost = census.iter().filter(|path| {
            is_lost(of_others(&path.holders()), path.present())
                || path
                    .groups
                    .iter()
                    .any(|group| is_lost(of_others(&group.members), group.members.len()))
        });
        lost.count()
    }
}

/// Counts how many paths of a repository others have too.
pub(super) fn shared(census: &[PathCensus], member: usize) -> Shared {
    let mut found = Shared { shared: 0, paths: 0 };
    for path in census {
        let mut having = path.holders();
        having.extend(&path.others);
        if having.contains(&member) {
            found.paths += 1;
            found.shared += usize::from(having.len() > 1);
        }
    }
    found
}

/// Groups repositories into kinds, and finds those unlike all others.
pub(super) fn find(census: &[PathCensus], count: usize) -> Groups {
    of_holders(census.iter().map(PathCensus::holders), count)
}

/// Like [`find`], of repositories of which only the paths are known.
pub(super) fn of_paths(repositories: &[&BTreeSet<RepoPath>]) -> Groups {
    let mut holders: BTreeMap<&RepoPath, Vec<usize>> = BTreeMap::new();
    for (index, paths) in repositories.iter().enumerate() {
        for path in *paths {
            holders.entry(path).or_default().push(index);
        }
    }
    of_holders(holders.into_values(), repositories.len())
}

/// Groups repositories by which of them have each path.
fn of_holders(all: impl Iterator<Item = Vec<usize>>, count: usize) -> Groups {
    let mut paths: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (number, holders) in all.enumerate() {
        if holders.len() < 2 {
            continue;
        }
        for holder in holders {
            if let Some(paths) = paths.get_mut(holder) {
                paths.push(number);
            }
        }
    }
    // Repositories with exactly the same paths are compared once.
    let mut alike: BTreeMap<&[usize], Vec<usize>> = BTreeMap::new();
    for (index, paths) in paths.iter().enumerate().filter(|(_, paths)| paths.len() >= FEWEST) {
        alike.entry(paths.as_slice()).or_default().push(index);
    }
    let mut kinds: Vec<(Vec<&[usize]>, Vec<usize>)> = Vec::new();
    for (paths, members) in alike {
        let is_kin = |(known, _): &(Vec<&[usize]>, Vec<usize>)| {
            known.iter().any(|known| share_a_third(known, paths))
        };
        let (kin, others): (Vec<_>, Vec<_>) = kinds.into_iter().partition(is_kin);
        let mut whole = (vec![paths], members);
        for (known, members) in kin {
            whole.0.extend(known);
            whole.1.extend(members);
        }
        kinds = others;
        kinds.push(whole);
    }
    let mut kinds: Vec<Vec<usize>> = kinds.into_iter().map(|(_, members)| members).collect();
    kinds.retain(|members| members.len() >= 2);
    // Repositories with too few paths for a kind may still resemble another.
    let is_alone = |index: &usize| {
        let is_kin = |(other, theirs): (usize, &Vec<usize>)| {
            other != *index && paths.get(*index).is_some_and(|own| share_a_third(own, theirs))
        };
        !kinds.iter().any(|members| members.contains(index))
            && !paths.iter().enumerate().any(is_kin)
    };
    let alone = (0..count).filter(is_alone).collect();
    kinds.iter_mut().for_each(|members| members.sort_unstable());
    kinds.sort_unstable();
    if kinds.len() < 2 {
        kinds.clear();
    }
    Groups { kinds, alone }
}

/// Whether two ascending lists have at least a third of their union in common.
fn share_a_third(one: &[usize], other: &[usize]) -> bool {
    let common = one.iter().filter(|entry| other.binary_search(entry).is_ok()).count();
    common * 3 >= one.len() + other.len() - common
}
