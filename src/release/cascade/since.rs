//! Of which version a repository was notified last, as the titles of its runs say, and what follows for a cascade and its
//! preview. Pure.
//!
//! The journal knows only what this machine sent; the forge knows what any did.

use std::collections::BTreeSet;
use std::str::FromStr as _;

use pep440_rs::Version;

use super::aim::Aim;
use super::items::Item;
use super::seen::Seen;
use crate::forge::calls::actions::Run;
use crate::source::shell::quoted;

/// That a repository was notified of an earlier version since: somebody took it back, and nobody here knows why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Since {
    /// The earlier version.
    pub(super) earlier: Version,
    /// What to say of it.
    pub(super) words: String,
    /// Whether the cascade takes it forward again all the same.
    pub(super) goes_forward: bool,
}

impl Since {
    /// `None` if it was not.
    pub(super) fn of(seen: &Seen, item: &Item, version: &Version, aim: Aim) -> Option<Self> {
        Self::among(seen.runs.as_ref()?, item, version, aim)
    }

    /// The same, as these runs of it say, if that was after one of them.
    pub(super) fn after(
        runs: &[Run],
        after: u64,
        item: &Item,
        (version, aim): (&Version, Aim),
    ) -> Option<Self> {
        is_last_after(runs, after).then(|| Self::among(runs, item, version, aim)).flatten()
    }

    fn among(runs: &[Run], item: &Item, version: &Version, aim: Aim) -> Option<Self> {
        let earlier = earlier_since(runs, version)?;
        let words = in_words(&earlier, version, &item.members);
        Some(Self { earlier, words, goes_forward: aim.takes_forward })
    }
}

/// An id of ours in the title of a run, `<version>-<16 hexadecimal digits>`, and its version.
fn id_in(run: &Run) -> Option<(&str, &str)> {
    let mut words = run.display_title.split(|c: char| c.is_whitespace() || "()[],:".contains(c));
    words.find_map(|word| {
        let (version, digits) = word.rsplit_once('-')?;
        let is_id = digits.len() == 16
            && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
            && version.starts_with(|c: char| c.is_ascii_digit());
        is_id.then_some((word, version))
    })
}

/// The version in an id of ours in the title of a run.
pub(super) fn version_in(run: &Run) -> Option<&str> {
    id_in(run).map(|(_, version)| version)
}

/// The versions that runs under way bring, oldest first, as far as their titles show ids of ours.
pub(super) fn brought(runs: &[Run]) -> Vec<Version> {
    let open = runs.iter().filter(|run| !run.is_over());
    let versions = open.filter_map(|run| Version::from_str(version_in(run)?).ok());
    versions.collect::<BTreeSet<Version>>().into_iter().collect()
}

/// The run under way that another notification of a version has caused, by whatever machine, and its id. It is the last that
/// shows an id of ours: a later one of another version would be what the repository builds in the end.
pub(super) fn under_way<'r>(runs: &'r [Run], version: &str) -> Option<(u64, &'r str)> {
    let shown = runs.iter().filter_map(|run| Some((run, id_in(run)?)));
    let (run, (id, known)) = shown.max_by_key(|(run, _)| run.id)?;
    (known == version && !run.is_over()).then_some((run.id, id))
}

/// The versions that a repository was notified of, one after the other, as far as the titles of its runs show ids of ours.
fn notified_of(runs: &[Run]) -> Vec<Version> {
    let of = |run: &Run| Some((run.id, Version::from_str(version_in(run)?).ok()?));
    let mut all: Vec<(u64, Version)> = runs.iter().filter_map(of).collect();
    all.sort();
    all.into_iter().map(|(_, version)| version).collect()
}

/// Whether the last run that shows an id of ours came after this one.
fn is_last_after(runs: &[Run], after: u64) -> bool {
    let shown = runs.iter().filter(|run| id_in(run).is_some());
    shown.map(|run| run.id).max().is_some_and(|last| last > after)
}

/// The earlier version that a repository was notified of since it was notified of `version`: whoever did that took it back.
/// `None` also if it was never notified of `version`, or its runs do not say of what they are.
fn earlier_since(runs: &[Run], version: &Version) -> Option<Version> {
    let all = notified_of(runs);
    let last = all.last()?;
    (last < version && all.contains(version)).then(|| last.clone())
}

/// The newest version that a repository was notified of for the first time after it was last taken back to `to`, which it was if
/// it had been notified of a later one before: that was released since. `None` also if its runs do not say of what they are.
pub(super) fn new_since(runs: &[Run], to: &Version) -> Option<Version> {
    let all = notified_of(runs);
    let (before, after) = all.split_at(all.iter().rposition(|it| it == to)?);
    if !before.iter().any(|it| it > to) {
        return None;
    }
    after.iter().filter(|it| *it > to && !before.contains(it)).max().cloned()
}

/// What to say of a member that was notified of an earlier version since.
fn in_words(earlier: &Version, version: &Version, members: &[String]) -> String {
    format!(
        "it was notified of {earlier} since, so it was taken back; to take it forward again: `shipshape release \
         cascade {version} --runtime {} --force`",
        members.first().map_or_else(|| "MEMBER".to_owned(), |name| quoted(name))
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn run(id: u64, title: &str) -> Run {
        let run = json!({ "id": id, "display_title": title, "path": "publish-image.yml" });
        serde_json::from_value(run).expect("a run")
    }

    #[test]
    fn a_run_of_the_version_is_under_way_unless_it_is_over_or_another_version_came_since() {
        let of = |id: u64, version: &str, status: &str| -> Run {
            let title = format!("runtime ({version}-0123456789abcdef)");
            let run = json!({ "id": id, "display_title": title, "path": "publish-image.yml", "status": status });
            serde_json::from_value(run).expect("a run")
        };
        let known = |runs: &[Run]| under_way(runs, "0.1.1").map(|(id, _)| id);
        let running = || of(8, "0.1.1", "in_progress");
        assert_eq!(known(&[running(), of(7, "0.1.1", "completed")]), Some(8));
        assert_eq!(under_way(&[running()], "0.1.1"), Some((8, "0.1.1-0123456789abcdef")));
        assert_eq!(known(&[run(9, "runtime-published"), running()]), Some(8));
        assert_eq!(known(&[of(9, "0.1.2", "queued"), running()]), None, "another came since");
        assert_eq!(known(&[of(8, "0.1.1", "completed")]), None, "it is over");
        assert_eq!(known(&[of(8, "0.1.2", "in_progress")]), None, "it is of another version");
        let all = [of(9, "0.1.2", "queued"), running(), of(7, "0.1.2", "queued")];
        let over = [of(6, "0.1.4", "completed"), run(5, "runtime-published")];
        let brings = brought(&[&all[..], &over].concat());
        assert_eq!(brings.iter().map(Version::to_string).collect::<Vec<_>>(), ["0.1.1", "0.1.2"]);
    }

    #[test]
    fn only_who_was_notified_of_an_earlier_version_since_went_back() {
        let version = Version::from_str("0.2.0").expect("a version");
        let since = |runs: &[Run]| earlier_since(runs, &version).map(|it| it.to_string());
        let of = |id, version: &str| run(id, &format!("runtime ({version}-0123456789abcdef)"));
        assert_eq!(since(&[of(9, "0.1.1"), of(8, "0.2.0")]).as_deref(), Some("0.1.1"));
        assert_eq!(since(&[of(8, "0.2.0"), of(7, "0.1.1")]), None, "it went forward");
        assert_eq!(since(&[of(10, "0.2.0"), of(9, "0.1.1"), of(8, "0.2.0")]), None, "again");
        assert_eq!(since(&[of(9, "0.1.1")]), None, "it was never notified of it");
        assert_eq!(since(&[of(9, "0.2.1"), of(8, "0.2.0")]), None, "it went further");
        // A run that does not show an id says nothing.
        assert_eq!(since(&[run(9, "runtime-published"), of(8, "0.2.0")]), None);
    }

    #[test]
    fn an_earlier_way_back_is_none_since_a_dispatch_that_no_run_answered() {
        let of = |id, version: &str| run(id, &format!("runtime ({version}-0123456789abcdef)"));
        let runs = [run(10, "runtime-published"), of(9, "0.1.6"), of(8, "0.1.7")];
        assert!(!is_last_after(&runs, 9), "it was sent after the way back");
        assert!(is_last_after(&runs, 8), "somebody took it back while it was followed");
        assert!(!is_last_after(&runs[..1], 8), "nothing shows of what it is");
    }

    #[test]
    fn what_was_first_announced_after_a_way_back_is_new_since() {
        let to = Version::from_str("0.1.1").expect("a version");
        let of = |(place, version): (usize, &&str)| {
            run(place as u64, &format!("runtime ({version}-0123456789abcdef)"))
        };
        let new = |versions: &[&str]| {
            let mut runs: Vec<Run> = versions.iter().enumerate().map(of).collect();
            runs.reverse();
            new_since(&runs, &to).map(|it| it.to_string())
        };
        assert_eq!(new(&["0.1.1", "0.1.2"]), None, "the first night");
        assert_eq!(new(&["0.1.1", "0.1.2", "0.1.1"]), None, "it is back");
        let fix = ["0.1.2", "0.1.1", "0.1.3", "0.1.4"];
        assert_eq!(new(&fix).as_deref(), Some("0.1.4"));
        assert_eq!(new(&["0.1.2", "0.1.1", "0.1.2"]), None, "it went forward again");
        assert_eq!(new(&["0.1.2", "0.1.1", "0.1.3", "0.1.1"]), None, "it left that one, too");
        assert_eq!(new(&["0.1.3", "0.1.1", "0.1.2"]).as_deref(), Some("0.1.2"));
        assert_eq!(new(&["0.1.2", "0.1.0", "0.1.3"]), None, "it went to another one");
    }
}
