//! What the canon of a path was before, from the histories of the repositories that have it.
//!
//! A content counts as an earlier canon when at least two repositories had it at that path. A
//! content that came up later than today's canon is no earlier one: then some repositories are
//! ahead, which is a person's to decide.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::shape::lineage::LogEntry;
use crate::snapshot::BlobId;

use super::Member;
use super::census::MAX_READ_BYTES;

/// So many earlier contents of one path are kept, the newest.
const MAX_VERSIONS: usize = 200;

/// The earlier contents of one path, oldest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Earlier {
    pub(super) entries: Vec<(LogEntry, Arc<[u8]>)>,
    /// Contents that at least two repositories have had and that came up after today's canon.
    pub(super) newer: usize,
}

/// Finds the earlier contents of a path whose canon is `canon` today.
pub(super) fn of(path: &str, canon: BlobId, members: &[Member]) -> Earlier {
    let mut times: BTreeMap<BlobId, Vec<(i64, usize)>> = BTreeMap::new();
    for (index, member) in members.iter().enumerate() {
        let versions = member.history.as_ref().and_then(|history| history.versions.get(path));
        for version in versions.into_iter().flatten() {
            times.entry(version.blob).or_default().push((version.time, index));
        }
    }
    let came = |times: &[(i64, usize)]| {
        let mut times: Vec<i64> = times.iter().map(|(time, _)| *time).collect();
        times.sort_unstable();
        times.get(times.len() / 2).copied()
    };
    let today = times.get(&canon).and_then(|times| came(times));
    let mut found = Vec::new();
    let mut newer = 0;
    for (id, times) in times.iter().filter(|(id, times)| **id != canon && times.len() >= 2) {
        let Some(time) = came(times) else { continue };
        if today.is_some_and(|today| time > today) {
            newer += 1;
            continue;
        }
        let contents = times.iter().find_map(|(_, index)| {
            let history = members.get(*index)?.history.as_ref()?;
            history.contents.read(*id).ok().filter(|bytes| bytes.len() <= MAX_READ_BYTES)
        });
        found.extend(contents.map(|bytes| (time, *id, bytes)));
    }
    found.sort_by_key(|(time, id, _)| (*time, *id));
    let skipped = found.len().saturating_sub(MAX_VERSIONS);
    let entry = |(time, id, bytes): (i64, BlobId, Arc<[u8]>)| {
        let label = Timestamp::from_second(time)
            .map(|time| time.strftime("%Y-%m-%d").to_string())
            .unwrap_or_default();
        let path = path.to_owned();
        (LogEntry { path, content: id.to_string(), template: false, shape: None, label }, bytes)
    };
    Earlier { entries: found.into_iter().skip(skipped).map(entry).collect(), newer }
}
