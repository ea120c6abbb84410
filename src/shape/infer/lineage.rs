//! Finds the earlier canons of a path in the histories of the repositories that have it.
//!
//! That two repositories have, or once had, the same content does not make it a canon: two people may have made the
//! same edit, and two projects may share an origin and nothing since. A content counts as an earlier canon if
//! repositories went from it to the current canon in their own histories: at least two of them, or one with the very
//! commit that the others share, as copies of it do. A content that a repository adopted after the current canon is not
//! an earlier one: that repository is ahead, and a person must decide.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;

use crate::shape::lineage::LogEntry;
use crate::snapshot::BlobId;

use super::Member;
use super::census::MAX_READ_BYTES;

/// Maximum number of earlier contents to keep per path; the newest ones.
const MAX_VERSIONS: usize = 200;

/// The earlier contents of one path.
#[derive(Clone, Debug, Default)]
pub(super) struct Earlier {
    pub(super) entries: Vec<(LogEntry, Arc<[u8]>)>,
    /// The ids of the contents in `entries`.
    pub(super) ids: BTreeSet<BlobId>,
    /// Repositories that moved on from the current canon, by index, with the day.
    pub(super) ahead: Vec<(usize, String)>,
    /// Number of contents that at least two repositories have had and that succeeded the current canon.
    pub(super) newer: usize,
}

/// What the histories say about one content.
#[derive(Default)]
struct Seen<'m> {
    /// When it appeared, and in which repository, by index.
    times: Vec<(i64, usize)>,
    /// The commits that introduced it.
    commits: BTreeSet<&'m str>,
    /// Number of repositories that had it before the current canon.
    left: usize,
    /// Number of repositories that had it after the current canon.
    reached: usize,
}

/// Finds the earlier contents of a path whose current canon is `canon`.
pub(super) fn of(path: &str, canon: BlobId, members: &[Member]) -> Earlier {
    let mut seen: BTreeMap<BlobId, Seen<'_>> = BTreeMap::new();
    let mut ahead = Vec::new();
    let mut sequences = Vec::new();
    for (index, member) in members.iter().enumerate() {
        let versions = member.history.as_ref().and_then(|history| history.versions.get(path));
        let Some(versions) = versions else { continue };
        sequences.push(versions.iter().rev().map(|version| version.blob).collect::<Vec<_>>());
        // Versions are newest first, and each content occurs once, at its newest position.
        let today = versions.iter().position(|version| version.blob == canon);
        let next = today.and_then(|today| versions.get(today.checked_sub(1)?));
        ahead.extend(next.map(|next| (index, day(next.time))));
        for (place, version) in versions.iter().enumerate() {
            let content = seen.entry(version.blob).or_default();
            content.times.push((version.time, index));
            content.commits.insert(&version.commit);
            content.left += usize::from(today.is_some_and(|today| place > today));
            content.reached += usize::from(today.is_some_and(|today| place < today));
        }
    }
    let mut found = Vec::new();
    let mut newer = 0;
    for (id, content) in seen.iter().filter(|(id, seen)| **id != canon && seen.times.len() >= 2) {
        if content.reached > 0 {
            newer += 1;
            continue;
        }
        let is_shared = content.left == 1 && content.commits.len() == 1;
        if content.left < 2 && !is_shared {
            continue;
        }
        let mut times: Vec<i64> = content.times.iter().map(|(time, _)| *time).collect();
        times.sort_unstable();
        let Some(time) = times.get(times.len() / 2).copied() else { continue };
        let bytes = content.times.iter().find_map(|(_, index)| {
            let history = members.get(*index)?.history.as_ref()?;
            history.contents.read(*id).ok().filter(|bytes| bytes.len() <= MAX_READ_BYTES)
        });
        found.extend(bytes.map(|bytes| Found { time, id: *id, bytes }));
    }
    let found = in_order(found, &sequences);
    let skipped = found.len().saturating_sub(MAX_VERSIONS);
    let ids = found.iter().skip(skipped).map(|found| found.id).collect();
    let entry = |Found { time, id, bytes }: Found| {
        let label = day(time);
        let path = path.to_owned();
        (LogEntry::of_literal(path, id.to_string(), label), bytes)
    };
    let entries = found.into_iter().skip(skipped).map(entry).collect();
    Earlier { entries, ids, ahead, newer }
}

/// An earlier content.
struct Found {
    /// When it appeared in the repository in the middle of those that have it.
    time: i64,
    id: BlobId,
    bytes: Arc<[u8]>,
}

/// Orders contents oldest first. Repositories have no history in common, but each knows which content followed which in
/// its own: what most of them say comes first. Times, which depend on clocks and rebases, decide about the rest.
fn in_order(mut found: Vec<Found>, sequences: &[Vec<BlobId>]) -> Vec<Found> {
    found.sort_by_key(|found| (found.time, found.id));
    let places: HashMap<BlobId, usize> =
        found.iter().enumerate().map(|(place, found)| (found.id, place)).collect();
    let mut steps: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for sequence in sequences {
        let own: Vec<usize> = sequence.iter().filter_map(|id| places.get(id).copied()).collect();
        for pair in own.windows(2) {
            if let [older, newer] = pair {
                *steps.entry((*older, *newer)).or_default() += 1;
            }
        }
    }
    let votes = |older: usize, newer: usize| steps.get(&(older, newer)).copied().unwrap_or(0);
    let is_agreed =
        |(older, newer): &&(usize, usize)| votes(*older, *newer) > votes(*newer, *older);
    // What comes after each, and how many that come before each are not in order yet (Kahn's algorithm).
    let mut after: Vec<Vec<usize>> = vec![Vec::new(); found.len()];
    let mut open = vec![0_usize; found.len()];
    for (older, newer) in steps.keys().filter(is_agreed).copied() {
        if let (Some(after), Some(open)) = (after.get_mut(older), open.get_mut(newer)) {
            after.push(newer);
            *open += 1;
        }
    }
    let mut left: BTreeSet<usize> = (0..found.len()).collect();
    let mut ready: BTreeSet<usize> =
        left.iter().filter(|place| open.get(**place) == Some(&0)).copied().collect();
    let mut order = vec![0; found.len()];
    for rank in 0..found.len() {
        // If the repositories contradict each other in a circle, the time decides.
        let Some(next) = ready.pop_first().or(left.first().copied()) else { break };
        left.remove(&next);
        if let Some(order) = order.get_mut(next) {
            *order = rank;
        }
        for newer in after.get(next).into_iter().flatten().copied() {
            let Some(open) = open.get_mut(newer) else { continue };
            *open -= 1;
            if *open == 0 && left.contains(&newer) {
                ready.insert(newer);
            }
        }
    }
    let mut ranked: Vec<(usize, Found)> = order.into_iter().zip(found).collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked.into_iter().map(|(_, found)| found).collect()
}

fn day(time: i64) -> String {
    let time = Timestamp::from_second(time);
    time.map(|time| time.strftime("%Y-%m-%d").to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The order of contents with these times, of repositories with these histories, oldest first.
    fn ordered(times: &[(&str, i64)], histories: &[&[&str]]) -> String {
        let id = |name: &str| BlobId::of(name.as_bytes());
        let found = times.iter().map(|(name, time)| {
            let bytes = Arc::from(name.as_bytes());
            Found { time: *time, id: id(name), bytes }
        });
        let sequences: Vec<Vec<BlobId>> =
            histories.iter().map(|history| history.iter().map(|name| id(name)).collect()).collect();
        let ordered = in_order(found.collect(), &sequences);
        ordered.iter().map(|found| String::from_utf8_lossy(&found.bytes).into_owned()).collect()
    }

    #[test]
    fn most_histories_decide_and_the_time_decides_about_the_rest() {
        let (rising, falling) = ([("a", 1), ("b", 2), ("c", 3)], [("a", 3), ("b", 2), ("c", 1)]);
        assert_eq!(ordered(&rising, &[]), "abc");
        assert_eq!(ordered(&falling, &[&["a", "b", "c"], &["a", "x", "b"], &["b", "a"]]), "abc");
        assert_eq!(ordered(&falling, &[&["a", "c"]]), "bac");
        // Neither a circle nor a tie says anything.
        assert_eq!(ordered(&rising, &[&["b", "a"], &["c", "b"], &["a", "c"]]), "acb");
        assert_eq!(ordered(&rising, &[&["b", "a"], &["a", "b"]]), "abc");
    }

    #[test]
    fn a_long_history_is_ordered_as_a_short_one() {
        let names: Vec<String> = (0..20_000).map(|number| format!("{number} ")).collect();
        let falling: Vec<(&str, i64)> =
            names.iter().zip((0..20_000).rev()).map(|(name, time)| (name.as_str(), time)).collect();
        let history: Vec<&str> = names.iter().map(String::as_str).collect();
        assert_eq!(ordered(&falling, &[&history]), names.concat());
    }
}
