//! Detects whether repositories are of several kinds, each of which needs its own pack.
//!
//! Only paths that at least two repositories have are considered. Repositories of one kind have a third or more of
//! these in common with another of the kind; files that repositories of any kind have do not count, unless there are no others.
//! A repository unlike all others is not a kind, and one with a file or two
//! is too small to tell.

use std::collections::{BTreeMap, BTreeSet};

use crate::snapshot::RepoPath;

use super::census::PathCensus;
use super::{kind, nearly_all};

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
    of_holders(census.iter().map(|path| (path.path.as_str(), path.holders())), count)
}

/// Like [`find`], of repositories of which only the paths are known.
pub(super) fn of_paths(repositories: &[&BTreeSet<RepoPath>]) -> Groups {
    let mut holders: BTreeMap<&RepoPath, Vec<usize>> = BTreeMap::new();
    for (index, paths) in repositories.iter().enumerate() {
        for path in *paths {
            holders.entry(path).or_default().push(index);
        }
    }
    let holders = holders.into_iter().map(|(path, holders)| (path.as_str(), holders));
    of_holders(holders, repositories.len())
}

/// Groups repositories by which of them have each path.
fn of_holders<'p>(all: impl Iterator<Item = (&'p str, Vec<usize>)>, count: usize) -> Groups {
    let mut paths: Vec<Vec<usize>> = vec![Vec::new(); count];
    let mut of_any_kind: BTreeSet<usize> = BTreeSet::new();
    for (number, (path, holders)) in all.enumerate() {
        if holders.len() < 2 {
            continue;
        }
        if kind::is_of_any_kind(path) {
            of_any_kind.insert(number);
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
    let tells = |paths: &[usize]| paths.iter().any(|path| !of_any_kind.contains(path));
    let (telling, others): (BTreeMap<_, _>, BTreeMap<_, _>) =
        alike.into_iter().partition(|(paths, _)| tells(paths));
    let mut kinds: Vec<Alike<'_>> = Vec::new();
    for found in telling {
        join(&mut kinds, found, &of_any_kind);
    }
    // One that has only files of any kind resembles those of every kind, and would make one of all.
    if kinds.iter().filter(|(_, members)| members.len() >= 2).count() < 2 {
        for found in others {
            join(&mut kinds, found, &of_any_kind);
        }
    }
    let mut kinds: Vec<Vec<usize>> = kinds.into_iter().map(|(_, members)| members).collect();
    kinds.retain(|members| members.len() >= 2);
    // Repositories with too few paths for a kind may still resemble another.
    let is_alone = |index: &usize| {
        let is_kin = |(other, theirs): (usize, &Vec<usize>)| {
            other != *index
                && paths.get(*index).is_some_and(|own| are_kin(own, theirs, &of_any_kind))
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

/// Repositories of one kind: the paths that each of them has, and their indices.
type Alike<'p> = (Vec<&'p [usize]>, Vec<usize>);

/// Adds repositories with the same paths, and makes one kind of all that are kin to them.
fn join<'p>(
    kinds: &mut Vec<Alike<'p>>,
    (paths, members): (&'p [usize], Vec<usize>),
    of_any_kind: &BTreeSet<usize>,
) {
    let is_kin =
        |(known, _): &Alike<'_>| known.iter().any(|known| are_kin(known, paths, of_any_kind));
    let (kin, others): (Vec<_>, Vec<_>) = std::mem::take(kinds).into_iter().partition(is_kin);
    let mut whole = (vec![paths], members);
    for (known, members) in kin {
        whole.0.extend(known);
        whole.1.extend(members);
    }
    *kinds = others;
    kinds.push(whole);
}

/// Whether repositories with these paths are of one kind, by what tells kinds apart; by all that they have where one of
/// them has nothing else than files that any repository has.
fn are_kin(one: &[usize], other: &[usize], of_any_kind: &BTreeSet<usize>) -> bool {
    let telling = |paths: &[usize]| -> Vec<usize> {
        paths.iter().copied().filter(|path| !of_any_kind.contains(path)).collect()
    };
    match (telling(one), telling(other)) {
        (mine, theirs) if mine.is_empty() || theirs.is_empty() => share_a_third(one, other),
        (mine, theirs) => share_a_third(&mine, &theirs),
    }
}

/// Whether two ascending lists have at least a third of their union in common.
fn share_a_third(one: &[usize], other: &[usize]) -> bool {
    let common = one.iter().filter(|entry| other.binary_search(entry).is_ok()).count();
    common * 3 >= one.len() + other.len() - common
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The kinds of repositories with these files each, and the files that all of them have.
    fn kinds(all: &[&str], each: &[&[&str]]) -> Vec<Vec<usize>> {
        let paths = |own: &&[&str]| -> BTreeSet<RepoPath> {
            all.iter().chain(own.iter()).map(|path| RepoPath::new(path)).collect()
        };
        let repositories: Vec<BTreeSet<RepoPath>> = each.iter().map(paths).collect();
        of_paths(&repositories.iter().collect::<Vec<_>>()).kinds
    }

    #[test]
    fn what_repositories_of_any_kind_have_makes_no_kin() {
        let community = [
            ".github/dependabot.yml",
            ".github/workflows/stale.yml",
            ".gitignore",
            "CODE_OF_CONDUCT.md",
            "CONTRIBUTING.md",
            "LICENSE-MIT",
            "README.md",
            "SECURITY.md",
        ];
        let a_crate = ["Cargo.toml", "src/lib.rs"];
        let action = ["action.yml", "index.js", "package.json"];
        let each: [&[&str]; 4] = [&a_crate, &a_crate, &action, &action];
        assert_eq!(kinds(&community, &each), [[0, 1], [2, 3]]);
        // One that has nothing else joins no kinds.
        let each: [&[&str]; 5] = [&a_crate, &a_crate, &[], &action, &action];
        assert_eq!(kinds(&community, &each), [[0, 1], [3, 4]]);
        // Where there is nothing else, it is all that can be told by.
        assert!(kinds(&community, &[&[], &[], &[]]).is_empty());
        let docs: [&[&str]; 3] = [&["docs/a.md", "docs/b.md"], &["docs/a.md", "docs/b.md"], &[]];
        assert!(kinds(&community, &docs).is_empty());
        // A variation is no kind of its own.
        let image = ["Dockerfile", "main.py", "config.yaml", "requirements.txt"];
        let with_docs = [&image[..], &["docs/a.md", "docs/b.md"]].concat();
        let each: [&[&str]; 4] = [&image, &image, &with_docs, &with_docs];
        assert!(kinds(&community, &each).is_empty());
    }
}
