//! Whether repositories look like several kinds, for each of which a pack of its own is wanted.
//!
//! Told by the paths that at least two of them have: repositories of one kind share a third of those or more
//! with another of the kind. A repository that is like no other is no kind, and one of a file or two says nothing.

use std::collections::BTreeMap;

use super::census::PathCensus;

/// With fewer shared paths than this a repository is like any other that has a README.
const FEWEST: usize = 3;

/// The kinds, by indices of repositories, where there are at least two of two repositories or more; else none.
pub(super) fn find(census: &[PathCensus], count: usize) -> Vec<Vec<usize>> {
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
    kinds.iter_mut().for_each(|members| members.sort_unstable());
    kinds.sort_unstable();
    if kinds.len() < 2 { Vec::new() } else { kinds }
}

/// Whether two ascending lists have at least a third of all their entries in common.
fn share_a_third(one: &[usize], other: &[usize]) -> bool {
    let common = one.iter().filter(|entry| other.binary_search(entry).is_ok()).count();
    common * 3 >= one.len() + other.len() - common
}
