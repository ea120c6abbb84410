//! Later versions that an index does not list, although they were published: its list may be old, as that of a mirror, or
//! somebody deleted them there. Pure.
//!
//! What this machine recorded and what images contain is certain. A tag is not: the version may have failed its checks.

use std::collections::BTreeMap;

use pep440_rs::Version;

use super::ReleaseId;
use super::cascade::Row;
use super::chain::Run;
use super::version::is_final_above;
use crate::counted::counted;
use crate::source::requirements::normalize;

/// The later versions that an index does not list, and who knows them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unlisted {
    found: BTreeMap<Version, Witnesses>,
}

/// Why an index may not list a version.
pub const WHY: &str = "its list may be old, or the version was deleted";

/// What is doubtful about an index that knows no version of a distribution, where this machine has published some: `runs`
/// are what it recorded. `None` if it has not.
#[must_use]
pub fn unknown<'a>(distribution: &str, runs: impl IntoIterator<Item = &'a Run>) -> Option<String> {
    let name = normalize(distribution);
    let of_it = runs.into_iter().filter(|run| run.distribution == name);
    let published = of_it.filter_map(|run| {
        Some((run.version.as_deref()?.parse::<Version>().ok()?, run.published_at()?))
    });
    let (version, at) = published.max_by(|(one, _), (other, _)| one.cmp(other))?;
    Some(format!(
        "which versions the index has: it has no {distribution}, although {version} was released here at {at}"
    ))
}

/// Why a version that is reserved, and that the index does not list, is not to be published: members went back from it, or it
/// was published before, and perhaps deleted. `runs` are what this machine recorded; `None` if nothing of that.
#[must_use]
pub fn ended<'a>(
    release: ReleaseId<'_>,
    runs: impl IntoIterator<Item = &'a Run>,
) -> Option<String> {
    let (name, version) = (normalize(release.distribution), release.version.to_string());
    let is_it = |run: &&Run| run.distribution == name && run.version.as_ref() == Some(&version);
    let run = runs.into_iter().find(is_it)?;
    if run.stages.iter().any(|row| row.is_deleted()) {
        return Some("the index had its files, and somebody deleted them there".to_owned());
    }
    match (&run.went_back, run.published_at()) {
        (Some(to), _) => Some(format!("members went back from it to {to}")),
        (None, Some(at)) => {
            Some(format!("it was released here at {at}, but the index does not list it: {WHY}"))
        }
        (None, None) => None,
    }
}

/// Who knows a version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Witnesses {
    /// When it was published from this machine, RFC 3339 in UTC; `None` if it was not.
    published_at: Option<String>,
    /// Whether members went back from it, as recorded here, so that it was published whoever did that.
    is_left: bool,
    /// How many repositories have an image that contains it.
    repositories: usize,
}

impl Witnesses {
    /// Whether it need not concern anybody any more: members left it, and no image is known to contain it.
    fn is_over(&self) -> bool {
        self.is_left && self.repositories == 0
    }
}

impl Unlisted {
    /// Finds the final versions above that of a release which are not among those that the index lists: `runs` are what
    /// this machine recorded, without versions that do not count, and `rows` say what images contain.
    #[must_use]
    pub fn of<'a>(
        release: ReleaseId<'_>,
        listed: &[Version],
        runs: impl IntoIterator<Item = &'a Run>,
        rows: &[Row],
    ) -> Self {
        let is_unlisted =
            |known: &Version| is_final_above(known, release.version) && !listed.contains(known);
        let mut found: BTreeMap<Version, Witnesses> = BTreeMap::new();
        let distribution = normalize(release.distribution);
        for run in runs.into_iter().filter(|run| run.distribution == distribution) {
            let version = run.version.as_deref().and_then(|text| text.parse::<Version>().ok());
            let at = run.published_at().map(str::to_owned);
            let is_left = run.is_over() && !run.is_withdrawn;
            if let Some(version) = version.filter(is_unlisted)
                && (at.is_some() || is_left)
            {
                let known = found.entry(version).or_default();
                (known.published_at, known.is_left) = (at, is_left);
            }
        }
        for row in rows {
            let versions = row
                .images
                .iter()
                .filter_map(|image| image.version.as_ref()?.parse::<Version>().ok());
            // A repository counts once, as in what would go back.
            if let Some(newest) = versions.filter(is_unlisted).max() {
                found.entry(newest).or_default().repositories += 1;
            }
        }
        Self { found }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// All of them, in their order.
    #[must_use]
    pub fn versions(&self) -> Vec<Version> {
        self.known().cloned().collect()
    }

    /// [`Self::versions`], one by one.
    pub(super) fn known(&self) -> impl Iterator<Item = &Version> {
        self.found.keys()
    }

    /// Those that members may have.
    fn in_members(&self) -> impl DoubleEndedIterator<Item = (&Version, &Witnesses)> {
        self.found.iter().filter(|(_, witnesses)| !witnesses.is_over())
    }

    /// The newest of them that members may have.
    #[must_use]
    pub fn newest(&self) -> Option<&Version> {
        self.in_members().next_back().map(|(version, _)| version)
    }

    /// Who knows each of them that members may have, in one line; `None` if there is none.
    #[must_use]
    pub fn what(&self) -> Option<String> {
        let known = |(version, witnesses): (&Version, &Witnesses)| {
            let Witnesses { published_at, repositories, .. } = witnesses;
            let published = published_at.as_ref().map(|at| format!("was released here at {at}"));
            let contained = (*repositories > 0)
                .then(|| format!("is in images of {}", counted(*repositories, "repository")));
            let known: Vec<String> = published.into_iter().chain(contained).collect();
            format!("{version} {}", known.join(" and "))
        };
        let all: Vec<String> = self.in_members().map(known).collect();
        let them = if all.len() == 1 { "it" } else { "them" };
        (!all.is_empty()).then(|| format!("{}, but the index does not list {them}", all.join(", ")))
    }

    /// The same with what that may mean.
    #[must_use]
    pub fn in_words(&self) -> Option<String> {
        self.what().map(|what| format!("{what}: {WHY}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::Stage;
    use crate::release::cascade::ImageSeen;
    use crate::release::chain::{self, Record, State};

    fn read(text: &str) -> Version {
        text.parse().expect("a version")
    }

    /// What is recorded of a version whose stages up to this one are done.
    fn recorded(version: &str, until: Stage) -> Run {
        let mut record = Record::default();
        for stage in Stage::ALL.into_iter().filter(|stage| *stage <= until) {
            let at = Some("2026-11-22T12:00:00Z".to_owned());
            record.set(chain::Row { at, ..chain::Row::new(stage, State::Done, "") });
        }
        let about = chain::About { tag: format!("v{version}"), commit: "c".to_owned() };
        record.about = Some(about);
        let version = read(version);
        Run::of(ReleaseId { distribution: "acme-runtime", version: &version }, &record, false, None)
    }

    fn row(versions: &[&str]) -> Row {
        let image = |version: &&str| ImageSeen {
            name: "x".to_owned(),
            digest: None,
            version: Some((*version).to_owned()),
            unread: None,
        };
        Row { images: versions.iter().map(image).collect(), ..Row::default() }
    }

    fn says(runs: &[Run], rows: &[Row]) -> Option<String> {
        let version = read("0.1.6");
        let release = ReleaseId { distribution: "Acme_Runtime", version: &version };
        let found = Unlisted::of(release, &["0.1.6", "0.1.7"].map(read), runs, rows);
        assert_eq!(found.newest().is_none(), found.what().is_none());
        let what = found.what()?;
        Some(what.strip_suffix(", but the index does not list it").expect("its end").to_owned())
    }

    #[test]
    fn a_later_version_that_the_index_does_not_list_is_known_from_records_and_images() {
        let released = recorded("0.1.8", Stage::Images);
        let at = "0.1.8 was released here at 2026-11-22T12:00:00Z";
        assert_eq!(says(std::slice::from_ref(&released), &[]).as_deref(), Some(at));
        let rows = [row(&["0.1.8"]), row(&["0.1.6", "0.1.8"]), row(&["0.1.7"])];
        let contained = "0.1.8 is in images of 2 repositories";
        assert_eq!(says(&[], &rows).as_deref(), Some(contained));
        let both = format!("{at} and is in images of 2 repositories");
        assert_eq!(says(&[released], &rows), Some(both));
    }

    #[test]
    fn an_index_that_knows_nothing_of_what_was_published_here_is_doubted() {
        let runs = ["0.1.9", "0.1.10"].map(|version| recorded(version, Stage::Images));
        let doubt = "which versions the index has: it has no Acme_Runtime, although 0.1.10 was released here at \
                     2026-11-22T12:00:00Z";
        assert_eq!(unknown("Acme_Runtime", &runs).as_deref(), Some(doubt));
        assert_eq!(unknown("other", &runs), None);
        assert_eq!(unknown("acme-runtime", &[recorded("0.1.8", Stage::Compat)]), None);
    }

    #[test]
    fn one_that_members_left_is_known_and_named_only_while_an_image_contains_it() {
        let left = |version: &str| {
            let [from, to] = [version, "0.1.6"].map(read);
            let (purpose, progress) = (chain::Purpose::Leave, chain::Progress::Over);
            let way = chain::WayBack { from: &from, to: &to, purpose, progress };
            let back = chain::Returned::with(None, &[], way);
            let mut record = Record::default();
            record.went_back = Some(back);
            Run::of(
                ReleaseId { distribution: "acme-runtime", version: &from },
                &record,
                false,
                None,
            )
        };
        let runs = ["0.1.8", "0.1.9"].map(left);
        let version = read("0.1.6");
        let release = ReleaseId { distribution: "acme-runtime", version: &version };
        let found = Unlisted::of(release, &[], &runs, &[row(&["0.1.8"])]);
        assert_eq!(found.versions(), ["0.1.8", "0.1.9"].map(read));
        assert_eq!(found.newest(), Some(&read("0.1.8")));
        let says = "0.1.8 is in images of 1 repository, but the index does not list it";
        assert_eq!(found.what().as_deref(), Some(says));
    }

    #[test]
    fn several_are_all_named() {
        let rows = [row(&["0.1.8"]), row(&["0.1.9"]), row(&["0.1.9"])];
        let version = read("0.1.6");
        let release = ReleaseId { distribution: "acme-runtime", version: &version };
        let says = "0.1.8 is in images of 1 repository, 0.1.9 is in images of 2 repositories, but the index does not list \
                    them";
        assert_eq!(Unlisted::of(release, &[], &[], &rows).what().as_deref(), Some(says));
    }

    #[test]
    fn what_was_only_reserved_and_what_the_index_lists_is_none() {
        assert_eq!(says(&[recorded("0.1.8", Stage::Compat)], &[row(&["0.1.7"])]), None);
        assert_eq!(says(&[recorded("0.1.7", Stage::Images)], &[]), None);
        assert_eq!(says(&[recorded("0.1.5", Stage::Images)], &[row(&["0.1.5", "0.1.9rc1"])]), None);
        let mut withdrawn = recorded("0.1.8", Stage::Images);
        withdrawn.is_withdrawn = true;
        assert_eq!(says(&[withdrawn], &[]), None);
    }
}
