//! Finds the earlier canons of a path in the histories of the repositories that have it.
//!
//! That two repositories have, or once had, the same content does not make it a canon: two people may have made the
//! same edit, and two projects may share an origin and nothing since. A content counts as an earlier canon if
//! repositories went from it to the current canon in their own histories: at least two of them, or one with the very
//! commit that the others share, as copies of it do. A content that a repository adopted after the current canon is not
//! an earlier one: that repository is ahead, and a person must decide.

mod templates;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;

use crate::counted::counted_as;
use crate::shape::Policy;
use crate::shape::lineage::{LOG_FOLDER, LogEntry};
use crate::shape::pack::PackFile;
use crate::snapshot::BlobId;
use crate::snapshot::history::Version;

use super::Member;
use super::census::{MAX_READ_BYTES, PathCensus};
use super::decide::Deciding;
use super::decision::{Canon, holds_credential};

/// Maximum number of earlier contents to keep per path; the newest ones.
const MAX_VERSIONS: usize = 200;

/// The earlier contents of one path.
#[derive(Clone, Debug, Default)]
struct Earlier {
    entries: Vec<(LogEntry, Arc<[u8]>)>,
    /// The ids of the contents that repositories have, or had, by `entries`.
    ids: BTreeSet<BlobId>,
    /// Repositories that moved on from the current canon, by index, with the day.
    ahead: Vec<(usize, String)>,
    /// Number of contents that at least two repositories have had and that succeeded the current canon.
    newer: usize,
}

impl Deciding<'_> {
    /// Keeps the earlier canons of a path in the log, and asks about what came after the current one. `others` are the
    /// repositories that do not conform to it. Returns the number of earlier canons, and the ids of their contents.
    pub(super) fn keep_earlier(
        &mut self,
        path: &PathCensus,
        policy: Policy,
        canon: &Canon,
        others: &[usize],
    ) -> (usize, BTreeSet<BlobId>) {
        let name = path.path.as_str();
        let found = if canon.template && policy.is_compared_whole() {
            let Ok(source) = std::str::from_utf8(&canon.bytes) else { return (0, BTreeSet::new()) };
            let names = |member| self.names_in(name, member);
            templates::of(name, source, self.members, &names)
        } else if policy.has_literal_lineage() {
            let first = path.groups.first().filter(|_| !policy.equals_its_canon());
            let id = first.map_or_else(|| BlobId::of(&canon.bytes), |group| group.id);
            of_literal(name, id, self.members)
        } else {
            return (0, BTreeSet::new());
        };
        if policy.is_compared_whole() {
            self.ask_of_ahead(name, &found.ahead, others);
        }
        if found.newer > 0 {
            self.questions.push(format!(
                "`{name}`: {} came after the content that most have; if one is the future canon, run `shape promote` on it",
                counted_as(found.newer, "content", "contents")
            ));
        }
        let mut earlier = 0;
        for (entry, bytes) in found.entries.into_iter().filter(|(_, it)| !holds_credential(it)) {
            earlier += 1;
            let file = format!("{LOG_FOLDER}{}", entry.content);
            self.files.insert(file, PackFile { bytes, executable: false });
            self.log.push(entry);
        }
        (earlier, found.ids)
    }
}

/// The contents that a path has had in one repository, newest first, each once.
struct Past<'m> {
    /// The index of the repository.
    member: usize,
    versions: Cow<'m, [Version]>,
}

/// Returns the past of a path in each repository that has a history of it.
fn pasts<'m>(path: &str, members: &'m [Member]) -> Vec<Past<'m>> {
    let past = |(member, it): (usize, &'m Member)| {
        let versions = it.history.as_ref()?.versions.get(path)?;
        Some(Past { member, versions: Cow::Borrowed(versions) })
    };
    members.iter().enumerate().filter_map(past).collect()
}

/// Reads a content of a repository's history; `None` if it is too large or unreadable.
fn read(member: &Member, id: BlobId) -> Option<Arc<[u8]>> {
    let bytes = member.history.as_ref()?.contents.read(id).ok()?;
    (bytes.len() <= MAX_READ_BYTES).then_some(bytes)
}

/// Finds the earlier contents of a path whose current canon is `canon`, the same in all repositories.
fn of_literal(path: &str, canon: BlobId, members: &[Member]) -> Earlier {
    let content =
        |id, holders: &[usize]| holders.iter().find_map(|holder| read(members.get(*holder)?, id));
    let Agreed { found, ahead, newer } = agreed(canon, &pasts(path, members), &content);
    let ids = found.iter().map(|found| found.id).collect();
    let entry = |Found { time, id, bytes }: Found| {
        (LogEntry::of_literal(path.to_owned(), id.to_string(), day(time)), bytes)
    };
    Earlier { entries: found.into_iter().map(entry).collect(), ids, ahead, newer }
}

/// What the histories of the repositories say together.
struct Agreed {
    /// The contents that they went on from to the current canon, oldest first.
    found: Vec<Found>,
    /// As in [`Earlier`].
    ahead: Vec<(usize, String)>,
    /// As in [`Earlier`].
    newer: usize,
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

/// Reads a content that these repositories, by index, have had.
type Read<'r> = dyn Fn(BlobId, &[usize]) -> Option<Arc<[u8]>> + 'r;

/// Finds the contents that repositories agree to be earlier ones than `canon`. `content` reads one that these have had.
fn agreed(canon: BlobId, pasts: &[Past<'_>], content: &Read<'_>) -> Agreed {
    let mut seen: BTreeMap<BlobId, Seen<'_>> = BTreeMap::new();
    let mut ahead = Vec::new();
    let mut sequences = Vec::new();
    for Past { member, versions } in pasts {
        sequences.push(versions.iter().rev().map(|version| version.blob).collect::<Vec<_>>());
        // Versions are newest first, and each content occurs once, at its newest position.
        let today = versions.iter().position(|version| version.blob == canon);
        let next = today.and_then(|today| versions.get(today.checked_sub(1)?));
        ahead.extend(next.map(|next| (*member, day(next.time))));
        for (place, version) in versions.iter().enumerate() {
            let content = seen.entry(version.blob).or_default();
            content.times.push((version.time, *member));
            content.commits.insert(&version.commit);
            content.left += usize::from(today.is_some_and(|today| place > today));
            content.reached += usize::from(today.is_some_and(|today| place < today));
        }
    }
    let mut found = Vec::new();
    let mut newer = 0;
    for (id, seen) in seen.iter().filter(|(id, seen)| **id != canon && seen.times.len() >= 2) {
        if seen.reached > 0 {
            newer += 1;
            continue;
        }
        let is_shared = seen.left == 1 && seen.commits.len() == 1;
        if seen.left < 2 && !is_shared {
            continue;
        }
        let mut times: Vec<i64> = seen.times.iter().map(|(time, _)| *time).collect();
        times.sort_unstable();
        let Some(time) = times.get(times.len() / 2).copied() else { continue };
        let holders: Vec<usize> = seen.times.iter().map(|(_, member)| *member).collect();
        found.extend(content(*id, &holders).map(|bytes| Found { time, id: *id, bytes }));
    }
    let mut found = in_order(found, &sequences);
    found.drain(..found.len().saturating_sub(MAX_VERSIONS));
    Agreed { found, ahead, newer }
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
