//! The versions above the one that members go back to, and who knows each: the index, this machine's records, and images.
//! Pure.
//!
//! All three are asked in any case: an index that lists some later version need not list the newest, which members may have.

use pep440_rs::Version;

use super::cascade::Row;
use super::chain::Run;
use super::version::is_final_above;
use super::{ReleaseId, Unlisted};

/// The versions of a distribution that an index lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// Those that it offers.
    pub offered: Vec<Version>,
    /// Those that it has withdrawn.
    pub withdrawn: Vec<Version>,
}

impl Listed {
    fn all(&self) -> impl Iterator<Item = &Version> {
        self.offered.iter().chain(&self.withdrawn)
    }

    /// Whether no build takes a version any more: the index has withdrawn it, or lists a later one and not this one. Then its
    /// list is not old, but somebody deleted the version.
    #[must_use]
    pub fn is_gone(&self, version: &Version) -> bool {
        let is_offered = self.offered.contains(version);
        self.withdrawn.contains(version) || (!is_offered && self.all().any(|known| known > version))
    }

    /// The versions to which members can go back, since a later one is known, newest first: `runs` are what this machine
    /// recorded, and `rows` say what images contain. Those that members left because they are bad are named only if there is
    /// no other.
    #[must_use]
    pub fn candidates(&self, distribution: &str, runs: &[Run], rows: &[Row]) -> Vec<Version> {
        let Some(version) = self.offered.iter().min() else { return Vec::new() };
        let later = Later::of(ReleaseId { distribution, version }, self, runs, rows);
        let mut found: Vec<Version> = match later.finals().max() {
            Some(newest) => self.offered.iter().filter(|it| *it < newest).cloned().collect(),
            None => Vec::new(),
        };
        found.sort_by(|one, other| other.cmp(one));
        let is_bad = |it: &Version| {
            let text = it.to_string();
            runs.iter().any(|run| run.is_given_up && run.version.as_ref() == Some(&text))
        };
        if !found.iter().all(is_bad) {
            found.retain(|it| !is_bad(it));
        }
        found
    }
}

/// The versions above one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Later {
    above: Version,
    listed: Listed,
    unlisted: Unlisted,
}

impl Later {
    /// Finds the versions above that of a release: `runs` are what this machine recorded, and `rows` say what images contain.
    #[must_use]
    pub fn of(release: ReleaseId<'_>, listed: &Listed, runs: &[Run], rows: &[Row]) -> Self {
        let above = |known: &[Version]| {
            known.iter().filter(|it| *it > release.version).cloned().collect::<Vec<_>>()
        };
        let listed =
            Listed { offered: above(&listed.offered), withdrawn: above(&listed.withdrawn) };
        let all: Vec<Version> = listed.all().cloned().collect();
        let unlisted = Unlisted::of(release, &all, runs, rows);
        Self { above: release.version.clone(), listed, unlisted }
    }

    /// Those that the index does not list, although they were published.
    #[must_use]
    pub fn unlisted(&self) -> &Unlisted {
        &self.unlisted
    }

    /// All of them, in no order.
    fn all(&self) -> impl Iterator<Item = &Version> {
        self.listed.all().chain(self.unlisted.known())
    }

    fn finals(&self) -> impl Iterator<Item = &Version> {
        self.all().filter(|known| is_final_above(known, &self.above))
    }

    /// Whether one of them is final: without such a version, members have nothing to go back from.
    #[must_use]
    pub fn is_any_final(&self) -> bool {
        self.finals().next().is_some()
    }

    /// Whether a version is one of them.
    #[must_use]
    pub fn contains(&self, version: &Version) -> bool {
        self.all().any(|known| known == version)
    }

    /// Those that may have been released since: the index offers them, or does not list them.
    #[must_use]
    pub fn released(&self) -> Vec<Version> {
        self.listed.offered.iter().chain(self.unlisted.known()).cloned().collect()
    }

    /// Whether the index has withdrawn a version.
    #[must_use]
    pub fn is_withdrawn(&self, version: &Version) -> bool {
        self.listed.withdrawn.contains(version)
    }

    /// The newest that members may have.
    #[must_use]
    pub fn newest(&self) -> Option<&Version> {
        self.listed.all().chain(self.unlisted.newest()).max()
    }

    /// Whether no build takes one of them any more.
    #[must_use]
    pub fn is_gone(&self, version: &Version) -> bool {
        self.contains(version) && self.listed.is_gone(version)
    }

    /// Their names.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.all().map(Version::to_string).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::cascade::ImageSeen;
    use crate::release::chain::{Record, Returned};

    fn read(text: &str) -> Version {
        text.parse().expect("a version")
    }

    /// An index that offers all of these but the withdrawn one.
    fn listed(versions: &[&str], withdrawn: &str) -> Listed {
        let versions = versions.iter().map(|text| read(text));
        let (withdrawn, offered) = versions.partition(|it| it.to_string() == withdrawn);
        Listed { offered, withdrawn }
    }

    fn row(version: &str) -> Row {
        let image = ImageSeen {
            name: "x".to_owned(),
            digest: None,
            version: Some(version.to_owned()),
            unread: None,
        };
        Row { images: vec![image], ..Row::default() }
    }

    fn later(listed: &Listed, rows: &[Row]) -> Later {
        let version = read("0.1.6");
        let release = ReleaseId { distribution: "acme-runtime", version: &version };
        Later::of(release, listed, &[], rows)
    }

    #[test]
    fn what_images_contain_counts_also_where_the_index_lists_a_later_version() {
        let index = listed(&["0.1.5", "0.1.6", "0.1.7"], "0.1.7");
        let found = later(&index, &[row("0.1.8"), row("0.1.6"), row("0.1.5")]);
        assert_eq!(found.names(), ["0.1.7", "0.1.8"]);
        assert_eq!(found.released(), [read("0.1.8")]);
        assert_eq!(found.newest(), Some(&read("0.1.8")));
        assert!(found.contains(&read("0.1.8")) && !found.contains(&read("0.1.9")));
        assert!(found.is_gone(&read("0.1.7")) && !found.is_gone(&read("0.1.8")));
        // It was deleted from an index that lists a later one.
        let index = listed(&["0.1.6", "0.1.8"], "");
        assert!(later(&index, &[row("0.1.7")]).is_gone(&read("0.1.7")));
    }

    #[test]
    fn without_a_final_version_above_it_there_is_nothing_to_go_back_from() {
        assert!(!later(&listed(&["0.1.6", "0.1.7rc1"], ""), &[row("0.1.6")]).is_any_final());
        assert!(later(&listed(&["0.1.6"], ""), &[row("0.1.7")]).is_any_final());
    }

    #[test]
    fn members_can_go_back_to_what_is_offered_below_the_newest_version_that_anybody_knows() {
        let names = |listed: &Listed, rows: &[Row]| {
            let found = listed.candidates("acme-runtime", &[], rows);
            found.iter().map(Version::to_string).collect::<Vec<_>>()
        };
        let index = listed(&["0.1.4", "0.1.5", "0.1.6"], "0.1.4");
        assert_eq!(names(&index, &[]), ["0.1.5"]);
        assert_eq!(names(&index, &[row("0.1.7")]), ["0.1.6", "0.1.5"]);
        assert_eq!(names(&listed(&["0.1.6"], ""), &[row("0.1.6")]), [""; 0]);
        let left = |version: &str| {
            let mut record = Record::default();
            record.went_back = Some(Returned::default());
            let release = ReleaseId { distribution: "acme-runtime", version: &read(version) };
            Run::of(release, &record, false, None)
        };
        let index = listed(&["0.1.5", "0.1.6", "0.1.7"], "");
        let beside = |runs: &[Run]| {
            let found = index.candidates("acme-runtime", runs, &[]);
            found.iter().map(Version::to_string).collect::<Vec<_>>()
        };
        assert_eq!(beside(&[left("0.1.6")]), ["0.1.5"]);
        assert_eq!(
            beside(&[left("0.1.5"), left("0.1.6")]),
            ["0.1.6", "0.1.5"],
            "there is no other"
        );
        assert_eq!(names(&listed(&["0.1.6"], "0.1.6"), &[row("0.1.7")]), [""; 0]);
    }
}
