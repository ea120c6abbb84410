//! Which repositories went back from a version. Pure.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use pep440_rs::Version;
use serde::{Deserialize, Serialize};

use crate::counted::counted;
use crate::release::cascade::{Row, State};

/// That members went back from a version to an earlier one. It is kept for each repository: where one is notified of the
/// version again, the others are still back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Recorded")]
pub struct Returned {
    /// The version to which members went back last.
    pub to: String,
    /// The version to which each repository went back, by the repository's name in lower case. Empty in a record of an
    /// earlier build of this program, which says nothing of single repositories.
    pub repositories: BTreeMap<String, String>,
    /// The repositories that were notified of the later version again since, or were seen to contain it again.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    again: BTreeSet<String>,
    /// The repositories of both kinds whose images were not seen to contain the version that they are to have.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    unseen: BTreeMap<String, Unseen>,
    /// Why they went back.
    pub purpose: Purpose,
}

/// What is known of a repository whose image was not seen to contain the version that it is to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Unseen {
    /// It was notified.
    Notified,
    /// It is to be notified, by a cascade that is running or was cut off.
    Meant,
}

/// Why members went back from a version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// The version is bad: that is what `release back` is for. A record of an earlier build of this program counts as this.
    #[default]
    Leave,
    /// An earlier version was wanted in these members, such as a patch of an older line: `--force` took them to it. That
    /// says nothing against the later version.
    Choose,
}

/// What a journal may contain.
#[derive(Deserialize)]
#[serde(untagged)]
enum Recorded {
    To(String),
    Each {
        to: String,
        repositories: BTreeMap<String, String>,
        #[serde(default)]
        again: BTreeSet<String>,
        #[serde(default)]
        unseen: BTreeMap<String, Unseen>,
        #[serde(default)]
        purpose: Purpose,
    },
}

impl From<Recorded> for Returned {
    fn from(recorded: Recorded) -> Self {
        match recorded {
            Recorded::To(to) => Self { to, ..Self::default() },
            Recorded::Each { to, repositories, again, unseen, purpose } => {
                Self { to, repositories, again, unseen, purpose }
            }
        }
    }
}

/// What the rows of a cascade stand for that takes members back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It is under way, and may be cut off: all its repositories are meant to go back.
    UnderWay,
    /// It is over: only those are back that are at the version, or were notified to go back to it.
    Over,
}

/// A cascade that takes members back.
#[derive(Clone, Copy, Debug)]
pub struct WayBack<'a> {
    /// The version to which they go back.
    pub to: &'a Version,
    /// Why.
    pub purpose: Purpose,
    /// How far it is.
    pub progress: Progress,
}

/// Which members a cascade notifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// All members of the fleet.
    All,
    /// Only some: nothing changes for the others.
    Some,
}

impl Returned {
    /// Adds the repositories that a cascade takes back to a version. A version that is bad stays so where an earlier one
    /// is chosen for more members.
    #[must_use]
    pub fn with(before: Option<Self>, rows: &[Row], way: WayBack<'_>) -> Self {
        let WayBack { to, purpose, progress } = way;
        let purpose = match &before {
            Some(Self { purpose: Purpose::Leave, .. }) => Purpose::Leave,
            _ => purpose,
        };
        let mut back = Self { to: to.to_string(), purpose, ..before.unwrap_or_default() };
        for row in rows {
            let known = match (row.contains(to), row.id.is_some(), progress) {
                (true, _, _) => None,
                (false, true, _) => Some(Unseen::Notified),
                (false, false, Progress::UnderWay) => Some(Unseen::Meant),
                (false, false, Progress::Over) => continue,
            };
            let name = key(row);
            back.again.remove(&name);
            back.repositories.insert(name.clone(), back.to.clone());
            back.know(name, known);
        }
        back
    }

    /// Moves the repositories that a cascade takes forward to the version again.
    #[must_use]
    pub fn forward(&self, rows: &[Row], reach: Reach) -> Self {
        // A cascade that was skipped takes nobody forward.
        if rows.is_empty() {
            return self.clone();
        }
        let was_back =
            |name: &String| self.repositories.contains_key(name) || self.again.contains(name);
        let mut left = self.clone();
        let named: HashMap<String, &Row> = rows.iter().map(|row| (key(row), row)).collect();
        // Of all members it is none any more.
        let is_member = |name: &String| reach == Reach::Some || named.contains_key(name);
        left.again.retain(&is_member);
        left.repositories
            .retain(|name, _| named.get(name).map_or(is_member(name), |row| !goes_forward(row)));
        for (name, row) in named {
            if row.is_told_now || (has_it(row) && was_back(&name)) {
                left.again.insert(name.clone());
                left.know(name, (!has_it(row)).then_some(Unseen::Notified));
            }
        }
        let Self { repositories, again, unseen, to, .. } = &mut left;
        unseen.retain(|name, _| repositories.contains_key(name) || again.contains(name));
        if !repositories.values().any(|at| at == to)
            && let Some(last) = repositories.values().next_back()
        {
            to.clone_from(last);
        }
        left
    }

    /// Removes the repositories that a cascade takes forward to the version again. `None` if none is left.
    #[must_use]
    pub fn without(self, rows: &[Row], reach: Reach) -> Option<Self> {
        // In a record that names no repositories, any that is notified stands for all.
        if self.repositories.is_empty() {
            return (!rows.iter().any(|row| row.is_told_now)).then_some(self);
        }
        Some(self.forward(rows, reach)).filter(|left| !left.repositories.is_empty())
    }

    fn know(&mut self, name: String, known: Option<Unseen>) {
        match known {
            Some(known) => self.unseen.insert(name, known),
            None => self.unseen.remove(&name),
        };
    }

    /// Whether the images of all repositories that are back were seen to contain the version to which they went.
    #[must_use]
    pub fn is_seen(&self) -> bool {
        self.repositories.keys().all(|name| !self.unseen.contains_key(name))
    }

    /// The repositories that were seen to contain the later version again, with those of these rows.
    #[must_use]
    pub fn containing(&self, rows: &[Row]) -> BTreeSet<String> {
        let again = self.again.iter().filter(|name| !self.unseen.contains_key(*name)).cloned();
        again.chain(rows.iter().filter(|row| has_it(row)).map(key)).collect()
    }

    /// The repositories of which something is recorded, and those of these rows.
    #[must_use]
    pub fn concerned(&self, rows: &[Row]) -> BTreeSet<String> {
        let known = self.again.iter().chain(self.repositories.keys()).cloned();
        known.chain(rows.iter().map(key)).collect()
    }

    /// How many repositories were notified of the later version again, and how many were back at which version; `None` if
    /// that is not recorded. Some may have been at it all along, so nothing is said of how they got there, and they may be
    /// at another version later.
    #[must_use]
    pub fn in_words(&self) -> Option<String> {
        let again = match self.again.len() {
            0 => None,
            again => Some(format!("{} notified of it again", were(again))),
        };
        let parts: Vec<String> = again.into_iter().chain(self.places()).collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }

    /// How many repositories were back at which version; `None` if none was, or that is not recorded.
    #[must_use]
    pub fn places(&self) -> Option<String> {
        let versions: BTreeSet<&String> = self.repositories.values().collect();
        let parts: Vec<String> = versions.into_iter().map(|at| self.place(at)).collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }

    /// How many repositories were at a version, as proven by their images, and how many others were asked to go back to
    /// it.
    fn place(&self, version: &str) -> String {
        let names = self.repositories.iter().filter(|(_, at)| *at == version);
        let names: Vec<&String> = names.map(|(name, _)| name).collect();
        let count = |known: Option<Unseen>| {
            names.iter().filter(|name| self.unseen.get(**name).copied() == known).count()
        };
        let (at_it, notified) = (count(None), count(Some(Unseen::Notified)));
        let meant = count(Some(Unseen::Meant));
        // A cascade that was cut off may have done more than was recorded.
        let some = |count: usize| match meant {
            0 => were(count),
            _ => "at least one repository was".to_owned(),
        };
        match (at_it, notified) {
            (0, 0) => format!("{} to go back to {version}", were(meant)),
            (0, told) => format!("{} notified to go back to {version}", some(told)),
            (at_it, 0) => format!("{} at {version}", some(at_it)),
            (at_it, told) => {
                let (at_it, told) = (some(at_it), some(told));
                format!("{at_it} at {version}, and {told} notified to go back to it")
            }
        }
    }
}

fn were(repositories: usize) -> String {
    let verb = if repositories == 1 { "was" } else { "were" };
    format!("{} {verb}", counted(repositories, "repository"))
}

fn key(row: &Row) -> String {
    row.repository.to_ascii_lowercase()
}

/// Whether a repository has the version again or was notified of it. One that cannot be notified at all needs no
/// protection from that.
fn goes_forward(row: &Row) -> bool {
    row.is_told_now || has_it(row) || row.cannot_be_told
}

fn has_it(row: &Row) -> bool {
    matches!(row.state, State::Contained | State::Current)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::release::cascade::ImageSeen;

    fn row(repository: &str, is_told_now: bool) -> Row {
        let id = is_told_now.then(|| "x".to_owned());
        Row { repository: repository.to_owned(), is_told_now, id, ..Row::default() }
    }

    fn back(rows: &[Row], progress: Progress) -> Returned {
        taken(None, rows, (Purpose::Leave, progress))
    }

    fn taken(
        before: Option<Returned>,
        rows: &[Row],
        (purpose, progress): (Purpose, Progress),
    ) -> Returned {
        let to = "0.1.2".parse().expect("a version");
        Returned::with(before, rows, WayBack { to: &to, purpose, progress })
    }

    #[test]
    fn a_version_is_chosen_only_until_members_leave_the_later_one() {
        let (leave, choose) = ((Purpose::Leave, Progress::Over), (Purpose::Choose, Progress::Over));
        let chosen = taken(None, &[row("acme/a", true)], choose);
        assert_eq!(chosen.purpose, Purpose::Choose);
        let written = serde_json::to_value(&chosen).expect("JSON");
        assert_eq!(serde_json::from_value::<Returned>(written).expect("read"), chosen);
        let left = taken(Some(chosen), &[row("acme/b", true)], leave);
        assert_eq!(left.purpose, Purpose::Leave);
        let both = taken(Some(left), &[row("acme/c", true)], choose);
        assert_eq!((both.purpose, both.repositories.len()), (Purpose::Leave, 3));
        let before = json!({ "to": "0.1.2", "repositories": { "acme/a": "0.1.2" } });
        let before: Returned = serde_json::from_value(before).expect("read");
        assert_eq!(before.purpose, Purpose::Leave);
    }

    #[test]
    fn a_repository_goes_forward_alone() {
        let rows = ["acme/a", "Acme/b", "acme/c"].map(|name| row(name, true));
        let all = back(&rows, Progress::Over);
        let says = "3 repositories were notified to go back to 0.1.2";
        assert_eq!(all.in_words().as_deref(), Some(says));
        let left = all.clone().without(&[row("acme/B", true)], Reach::Some).expect("two");
        assert_eq!(left.repositories.keys().collect::<Vec<_>>(), ["acme/a", "acme/c"]);
        let left = left.without(&[row("acme/a", true), row("acme/c", false)], Reach::All);
        let left = left.expect("one");
        let says =
            "1 repository was notified of it again; 1 repository was notified to go back to 0.1.2";
        assert_eq!(left.in_words().as_deref(), Some(says));
        // The others have left the fleet.
        assert_eq!(left.without(&[row("acme/a", true)], Reach::All), None);
        let shut = Row { cannot_be_told: true, ..row("acme/a", false) };
        assert_eq!(all.without(&[shut], Reach::All), None);
    }

    #[test]
    fn while_it_is_under_way_all_are_meant_to_go_back() {
        let rows = [row("acme/a", true), row("acme/b", false)];
        assert_eq!(back(&rows, Progress::UnderWay).repositories.len(), 2);
        assert_eq!(back(&rows, Progress::Over).repositories.len(), 1);
        let cut_off = back(&rows, Progress::UnderWay);
        let says = "at least one repository was notified to go back to 0.1.2";
        assert_eq!(cut_off.in_words().as_deref(), Some(says));
        assert!(!cut_off.is_seen());
        let left = cut_off.without(&rows[..1], Reach::Some).and_then(|left| left.places());
        assert_eq!(left.as_deref(), Some("1 repository was to go back to 0.1.2"));
    }

    /// A row whose image contains a version.
    fn seen(repository: &str, version: &str) -> Row {
        let image = ImageSeen {
            name: "x".to_owned(),
            digest: None,
            version: Some(version.to_owned()),
            unread: None,
        };
        Row { images: vec![image], ..row(repository, false) }
    }

    #[test]
    fn several_ways_back_are_counted_together_and_versions_apart() {
        let leave = (Purpose::Leave, Progress::Over);
        let first = taken(None, &[seen("acme/a", "0.1.2"), row("acme/b", true)], leave);
        let says = "1 repository was at 0.1.2, and 1 repository was notified to go back to it";
        assert_eq!((first.in_words().as_deref(), first.is_seen()), (Some(says), false));
        let second = taken(Some(first.clone()), &[seen("acme/b", "0.1.2")], leave);
        let says = "2 repositories were at 0.1.2";
        assert_eq!((second.in_words().as_deref(), second.is_seen()), (Some(says), true));
        // One of them goes further back.
        let further = WayBack {
            to: &"0.1.10".parse().expect("a version"),
            purpose: Purpose::Leave,
            progress: Progress::Over,
        };
        let split = Returned::with(Some(second), &[seen("acme/b", "0.1.10")], further);
        let says = "1 repository was at 0.1.10; 1 repository was at 0.1.2";
        assert_eq!((split.in_words().as_deref(), split.to.as_str()), (Some(says), "0.1.10"));
        let written = serde_json::to_value(&first).expect("JSON");
        assert_eq!(serde_json::from_value::<Returned>(written).expect("read"), first);
    }

    #[test]
    fn those_that_went_forward_again_are_counted_while_others_are_back() {
        let names = ["acme/a", "acme/b", "acme/c"];
        let rows = names.map(|name| seen(name, "0.1.2"));
        let all = back(&rows, Progress::Over);
        let contained = |name| Row { state: State::Contained, ..row(name, true) };
        let first = all.without(&[contained("acme/a")], Reach::Some).expect("two");
        let second = first.forward(&[row("acme/b", true)], Reach::Some);
        assert_eq!((second.containing(&[]).len(), second.concerned(&[]).len()), (1, 3));
        let says = "2 repositories were notified of it again; 1 repository was at 0.1.2";
        assert_eq!(second.in_words().as_deref(), Some(says));
        let last = second.forward(&[contained("acme/b"), contained("acme/c")], Reach::Some);
        assert_eq!((last.containing(&[]).len(), last.places()), (3, None));
        // One that goes back once more is one of those that are back.
        let again = taken(Some(last), &rows[..1], (Purpose::Leave, Progress::Over));
        assert_eq!((again.containing(&[]).len(), again.repositories.len()), (2, 1));
    }

    #[test]
    fn a_record_without_repositories_is_undone_by_any_that_is_notified() {
        let old: Returned = serde_json::from_value(json!("0.1.2")).expect("read");
        assert_eq!((old.to.as_str(), old.in_words()), ("0.1.2", None));
        assert_eq!(old.clone().without(&[row("acme/a", false)], Reach::Some), Some(old.clone()));
        assert_eq!(old.without(&[row("acme/a", true)], Reach::Some), None);
        let new = back(&[row("acme/a", true)], Progress::Over);
        let written = serde_json::to_value(&new).expect("JSON");
        assert_eq!(serde_json::from_value::<Returned>(written).expect("read"), new);
    }
}
