//! Which repositories went back from a version. Pure.

use std::collections::{BTreeMap, HashMap};

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
    /// Why they went back.
    pub purpose: Purpose,
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
        purpose: Purpose,
    },
}

impl From<Recorded> for Returned {
    fn from(recorded: Recorded) -> Self {
        match recorded {
            Recorded::To(to) => Self { to, ..Self::default() },
            Recorded::Each { to, repositories, purpose } => Self { to, repositories, purpose },
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
        let mut repositories = before.map(|before| before.repositories).unwrap_or_default();
        let is_back =
            |row: &&Row| progress == Progress::UnderWay || row.contains(to) || row.id.is_some();
        let back = rows.iter().filter(is_back).map(|row| (key(row), to.to_string()));
        repositories.extend(back);
        Self { to: to.to_string(), repositories, purpose }
    }

    /// Removes the repositories that a cascade takes forward to the version again. `None` if none is left.
    #[must_use]
    pub fn without(self, rows: &[Row], reach: Reach) -> Option<Self> {
        // A cascade that was skipped takes nobody forward.
        if rows.is_empty() {
            return Some(self);
        }
        if self.repositories.is_empty() {
            return (!rows.iter().any(|row| row.is_told_now)).then_some(self);
        }
        let Self { to, mut repositories, purpose } = self;
        let rows: HashMap<String, &Row> = rows.iter().map(|row| (key(row), row)).collect();
        repositories.retain(|name, _| {
            match rows.get(name) {
                Some(row) => !goes_forward(row),
                // Of all members it is none any more.
                None => reach == Reach::Some,
            }
        });
        let to = match repositories.values().any(|at| *at == to) {
            true => to,
            false => repositories.values().next_back()?.clone(),
        };
        Some(Self { to, repositories, purpose })
    }

    /// How many repositories went back to which version; `None` if that is not recorded.
    #[must_use]
    pub fn in_words(&self) -> Option<String> {
        let mut at: BTreeMap<&str, usize> = BTreeMap::new();
        for version in self.repositories.values() {
            *at.entry(version).or_default() += 1;
        }
        let parts: Vec<String> = at
            .into_iter()
            .map(|(version, count)| match count {
                1 => format!("1 repository was at {version}"),
                count => format!("{} were at {version}", counted(count, "repository")),
            })
            .collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}

fn key(row: &Row) -> String {
    row.repository.to_ascii_lowercase()
}

/// Whether a repository has the version again or was notified of it. One that cannot be notified at all needs no
/// protection from that.
fn goes_forward(row: &Row) -> bool {
    let has_it = matches!(row.state, State::Contained | State::Current);
    row.is_told_now || has_it || row.cannot_be_told
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

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
        assert_eq!(all.in_words().as_deref(), Some("3 repositories were at 0.1.2"));
        let left = all.clone().without(&[row("acme/B", true)], Reach::Some).expect("two");
        assert_eq!(left.repositories.keys().collect::<Vec<_>>(), ["acme/a", "acme/c"]);
        let left = left.without(&[row("acme/a", true), row("acme/c", false)], Reach::All);
        let left = left.expect("one");
        assert_eq!(left.in_words().as_deref(), Some("1 repository was at 0.1.2"));
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
