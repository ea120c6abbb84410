//! Whether repositories look like several kinds, for each of which a pack of its own is wanted.
//!
//! Told by the paths that at least two of them have: repositories of one kind share a third of those or more
//! with another of the kind. A repository that is like no other is no kind, and one of a file or two says nothing.

use std::collections::BTreeMap;

use super::census::PathCensus;
use super::nearly_all;

/// With fewer shared paths than this a repository is like any other that has a README.
const FEWEST: usize = 3;

/// Repositories by how much they are like each other, by their indices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Groups {
    /// The kinds, where there are at least two of two repositories or more; else none.
    pub(super) kinds: Vec<Vec<usize>>,
    /// Those that are like no other, ascending.
    pub(super) alone: Vec<usize>,
}

/// How much of a repository others have.
pub(super) struct Shared {
    /// Its paths that another one has as well.
    pub(super) shared: usize,
    /// All of its paths.
    pub(super) paths: usize,
}

impl Groups {
    /// How many paths would be held, or held by their content, without those that are like no other, and are not with them.
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

/// How much of a repository others have.
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

/// Finds the kinds, and those that are like no other.
pub(super) fn find(census: &[PathCensus], count: usize) -> Groups {
    let mut paths: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (number, path) in census.iter().enumerate() {
        let holders = path.holders();
        if holders.len() < 2 {
            continue;
        }
        for holder in holders {
            if let Some(paths) = paths.get_mut(holder) {
                paths.push(number);
            }
        }
    }
    // Many have exactly the same paths, and are compared once.
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
    // One of a file or two may be like another all the same.
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

/// Whether two ascending lists have at least a third of all their entries in common.
fn share_a_third(one: &[usize], other: &[usize]) -> bool {
    let common = one.iter().filter(|entry| other.binary_search(entry).is_ok()).count();
    common * 3 >= one.len() + other.len() - common
}
