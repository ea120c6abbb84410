//! Finds the earlier canons of a path in the histories of the repositories that have it.
//!
//! That two repositories have, or once had, the same content does not make it a canon: two people may have made the
//! same edit, and two projects may share an origin and nothing since. A content counts as an earlier canon if
//! repositories went from it to the current canon in their own histories: at least two of them, or one with the very
//! commit that the others share, as copies of it do. A content that a repository adopted after the current canon is not
//! an earlier one: that repository is ahead, and a person must decide.

use std::collections::{BTreeMap, BTreeSet};
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
    for (index, member) in members.iter().enumerate() {
        let versions = member.history.as_ref().and_then(|history| history.versions.get(path));
        let Some(versions) = versions else { continue };
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
        found.extend(bytes.map(|bytes| (time, *id, bytes)));
    }
    found.sort_by_key(|(time, id, _)| (*time, *id));
    let skipped = found.len().saturating_sub(MAX_VERSIONS);
    let ids = found.iter().skip(skipped).map(|(_, id, _)| *id).collect();
    let entry = |(time, id, bytes): (i64, BlobId, Arc<[u8]>)| {
        let label = day(time);
        let path = path.to_owned();
        (LogEntry { path, content: id.to_string(), template: false, shape: None, label }, bytes)
    };
    let entries = found.into_iter().skip(skipped).map(entry).collect();
    Earlier { entries, ids, ahead, newer }
}

fn day(time: i64) -> String {
    let time = Timestamp::from_second(time);
    time.map(|time| time.strftime("%Y-%m-%d").to_string()).unwrap_or_default()
}
