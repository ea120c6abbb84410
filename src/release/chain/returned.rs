//! Which repositories went back from a version. Pure.

mod left_alone;
mod recorded;
mod stages;
mod words;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use pep440_rs::Version;
use serde::{Deserialize, Serialize};

use crate::release::cascade::{Row, State};
use recorded::Recorded;

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
    /// The repositories whose way back says nothing against the version. That of the others does.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    no_fault: BTreeMap<String, NoFault>,
    /// The versions to which repositories went, and which the index has withdrawn since: no other can go back to one.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    withdrawn: BTreeSet<String>,
    /// The repositories that a way back left alone, since their images were seen to contain this other version: an earlier one,
    /// or one that was released since.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    earlier: BTreeMap<String, String>,
    /// The versions of the ways back at which this one was known, so that they meant to leave it, whoever had it. A record of
    /// an earlier build of this program does not say that.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    left_for: BTreeSet<String>,
    /// The versions without such a record that were known at the ways back, such as candidates, by the version to which
    /// members went.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    besides: BTreeMap<String, BTreeSet<String>>,
    /// What the last command that took members back was told of the index, which one for others needs too.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
}

/// What is known of a repository whose image was not seen to contain the version that it is to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Unseen {
    /// It was notified.
    Notified,
    /// It is to be notified, by a cascade that is running or was cut off.
    Meant,
    /// It was notified without effect: no run started, or none succeeded, and an image was seen to contain a later version all
    /// the same.
    Still,
}

/// Why the way back of a repository says nothing against a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum NoFault {
    /// An earlier version was chosen for it.
    Chosen,
    /// Its images were seen not to contain the version: it was at another one, and went back past this one.
    NeverHadIt,
}

/// Why members go back from a version.
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
    /// The later version.
    pub from: &'a Version,
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
    /// Adds the repositories that a cascade takes back to a version.
    #[must_use]
    pub fn with(before: Option<Self>, rows: &[Row], way: WayBack<'_>) -> Self {
        let WayBack { to, progress, .. } = way;
        let mut back = Self { to: to.to_string(), ..before.unwrap_or_default() };
        // Members go only to a version that the index serves.
        back.withdrawn.remove(&back.to);
        if way.purpose == Purpose::Leave {
            back.left_for.insert(back.to.clone());
        }
        for row in rows {
            let still = still_at(row, to);
            let known = match (row.contains(to), row.id.is_some(), progress) {
                (true, _, _) => None,
                (false, true, _) if still.is_some() => Some(Unseen::Still),
                (false, true, _) => Some(Unseen::Notified),
                (false, false, Progress::UnderWay) => Some(Unseen::Meant),
                (false, false, Progress::Over) => {
                    back.leave_alone(row);
                    continue;
                }
            };
            let name = key(row);
            back.judge(&name, row, way);
            back.again.remove(&name);
            back.earlier.remove(&name);
            // One that has another version than the one of this record is not where that was announced.
            if let Some(at) = still.filter(|at| at != way.from) {
                back.earlier.insert(name.clone(), at.to_string());
            }
            back.repositories.insert(name.clone(), back.to.clone());
            back.know(name, known);
        }
        back
    }

    /// The repositories that have yet to go back to a version: whoever continues that way back takes them there.
    pub fn meant_for<'a>(&'a self, to: &'a str) -> impl Iterator<Item = &'a String> {
        let is_meant = move |(name, at): &(&'a String, &'a String)| {
            at.as_str() == to && self.has_yet_to_go(name)
        };
        self.repositories.iter().filter(is_meant).map(|(name, _)| name)
    }

    /// Whether a repository is only meant to go back, or was notified without effect: it is where it was.
    fn has_yet_to_go(&self, name: &str) -> bool {
        matches!(self.unseen.get(name), Some(Unseen::Meant | Unseen::Still))
    }

    /// Whether a repository was notified to go back, and its images were seen to contain the version all the same.
    #[must_use]
    pub fn still_has_it(&self, name: &str) -> bool {
        self.unseen.get(name) == Some(&Unseen::Still) && !self.earlier.contains_key(name)
    }

    /// The repositories that went back, as far as is known, and the version to which each went.
    #[must_use]
    pub fn gone(&self) -> BTreeMap<String, String> {
        let is_gone =
            |(name, _): &(&String, &String)| self.unseen.get(*name) != Some(&Unseen::Still);
        let gone = self.repositories.iter().filter(is_gone);
        gone.map(|(name, to)| (name.clone(), to.clone())).collect()
    }

    /// Notes whether the way back of a repository says something against the version. For one that was back before, that
    /// stays, unless it is seen to leave the version once more. One that has yet to go back, and is seen not to be
    /// there, is judged anew: its images may have been unread.
    fn judge(&mut self, name: &str, row: &Row, WayBack { from, to, purpose, .. }: WayBack<'_>) {
        let is_to_go = self.has_yet_to_go(name) && row.had(to) == Some(false);
        let was_back = self.repositories.contains_key(name) && !is_to_go;
        match (row.had(from), purpose) {
            (Some(true), Purpose::Leave) => drop(self.no_fault.remove(name)),
            _ if was_back => {}
            (Some(false), _) => drop(self.no_fault.insert(name.to_owned(), NoFault::NeverHadIt)),
            (_, Purpose::Choose) => drop(self.no_fault.insert(name.to_owned(), NoFault::Chosen)),
            // It may have had the version.
            (None, Purpose::Leave) => {}
        }
    }

    /// The version to which a repository went back, or was notified to go back, or at which it was left alone: one that has
    /// yet to go back is where it was.
    #[must_use]
    pub fn place_of(&self, name: &str) -> Option<&str> {
        let back = self.repositories.get(name).filter(|_| !self.has_yet_to_go(name));
        back.or_else(|| self.earlier.get(name)).map(String::as_str)
    }

    /// Whether it is a record of an earlier build of this program, which names no repositories.
    #[must_use]
    pub fn names_nobody(&self) -> bool {
        self.repositories.is_empty()
    }

    /// Whether a repository left the version because it is bad.
    #[must_use]
    pub fn is_blamed(&self) -> bool {
        self.names_nobody() || self.targets().next().is_some()
    }

    /// The versions to which repositories went that left this one because it is bad.
    pub fn targets(&self) -> impl Iterator<Item = &str> {
        let is_at_fault = |(name, _): &(&String, &String)| !self.no_fault.contains_key(*name);
        self.repositories.iter().filter(is_at_fault).map(|(_, to)| to.as_str())
    }

    /// Those of the [targets](Self::targets) to which others can go back, too.
    pub fn open_targets(&self) -> impl Iterator<Item = &str> {
        self.targets().filter(|to| !self.withdrawn.contains(*to))
    }

    /// All versions to which members went, oldest first: those at which some are back, or the last one where the record
    /// names no members.
    #[must_use]
    pub fn all_targets(&self) -> String {
        match self.repositories.is_empty() {
            true => self.to.clone(),
            false => listed(self.repositories.values().map(String::as_str)),
        }
    }

    /// The versions that were chosen for members, oldest first; `None` if none was.
    #[must_use]
    pub fn all_chosen(&self) -> Option<String> {
        self.is_chosen().then(|| listed(self.chosen().map(|(_, to)| to)))
    }

    /// The record with what the index says now of the versions to which repositories went; `None` if that is on record. Of a
    /// version that the index does not know, what is on record stays.
    #[must_use]
    pub fn as_on_index(&self, known: &[Version], withdrawn: &[Version]) -> Option<Self> {
        let is_of = |text: &String, versions: &[Version]| {
            text.parse().is_ok_and(|version| versions.contains(&version))
        };
        let mut back = self.clone();
        back.withdrawn.retain(|to| is_of(to, withdrawn) || !is_of(to, known));
        let targets = self.repositories.values().chain([&self.to]);
        back.withdrawn.extend(targets.filter(|to| is_of(to, withdrawn)).cloned());
        (back != *self).then_some(back)
    }

    /// Whether the version was known when `release back` took members to this one: it was meant to be left then.
    #[must_use]
    pub fn was_left_for(&self, to: &Version) -> bool {
        let is_it = |text: &str| text.parse().is_ok_and(|version: Version| version == *to);
        let is_only_one = self.repositories.is_empty() && is_it(&self.to);
        is_only_one || self.left_for.iter().any(|it| is_it(it)) || self.targets().any(is_it)
    }

    /// Adds versions that were known when members went back to the last one, and of which nothing is recorded themselves.
    pub fn know_besides(&mut self, versions: BTreeSet<String>) {
        if !versions.is_empty() {
            self.besides.entry(self.to.clone()).or_default().extend(versions);
        }
    }

    /// The versions of which nothing is recorded, and that were known when members went back to this one.
    pub fn known_besides(&self, to: &Version) -> impl Iterator<Item = &String> {
        self.besides.get(&to.to_string()).into_iter().flatten()
    }

    /// The repositories for which an earlier version was chosen, and that version.
    pub fn chosen(&self) -> impl Iterator<Item = (&str, &str)> {
        let is_chosen =
            |(name, _): &(&String, &String)| self.no_fault.get(*name) == Some(&NoFault::Chosen);
        let chosen = self.repositories.iter().filter(is_chosen);
        chosen.map(|(name, to)| (name.as_str(), to.as_str()))
    }

    /// Whether an earlier version was chosen for a repository.
    #[must_use]
    pub fn is_chosen(&self) -> bool {
        self.no_fault.values().any(|why| *why == NoFault::Chosen)
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
        left.earlier
            .retain(|name, _| named.get(name).map_or(is_member(name), |row| !goes_forward(row)));
        for (name, row) in named {
            if row.is_told_now || (has_it(row) && was_back(&name)) {
                left.again.insert(name.clone());
                left.know(name, (!has_it(row)).then_some(Unseen::Notified));
            }
        }
        let Self { repositories, again, unseen, no_fault, to, .. } = &mut left;
        no_fault.retain(|name, _| repositories.contains_key(name));
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

    /// Removes the repositories that a way back from a later version brings to this one. Those of them that never left this
    /// one do not go forward to it, and are not counted.
    #[must_use]
    pub fn without_brought_back(self, rows: &[Row]) -> Option<Self> {
        let is_any = self.repositories.is_empty();
        let has_left = |row: &&Row| {
            let name = key(row);
            is_any || self.repositories.contains_key(&name) || self.again.contains(&name)
        };
        let rows: Vec<Row> = rows.iter().filter(has_left).cloned().collect();
        self.without(&rows, Reach::Some)
    }

    fn know(&mut self, name: String, known: Option<Unseen>) {
        match known {
            Some(known) => self.unseen.insert(name, known),
            None => self.unseen.remove(&name),
        };
    }

    /// Whether a repository is back, and its images were seen to contain the version to which it went.
    #[must_use]
    pub fn is_seen_back(&self, repository: &str) -> bool {
        self.repositories.contains_key(repository) && !self.unseen.contains_key(repository)
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
}

/// The newest version later than this one that a repository was seen to have although it was notified of this one: no run
/// started, or none succeeded. After one that did, the registry may not have the image yet.
fn still_at(row: &Row, to: &Version) -> Option<Version> {
    let has_failed = row.run.as_ref().is_none_or(|run| {
        run.conclusion.as_deref().is_some_and(|conclusion| conclusion != "success")
    });
    let is_without_effect = row.state == State::Failed && row.id.is_some() && has_failed;
    let versions = row.images.iter().filter_map(|image| image.version.as_ref()?.parse().ok());
    versions.filter(|at: &Version| is_without_effect && at > to).max()
}

/// Versions, oldest first: `0.1.5, 0.1.6`.
fn listed<'a>(versions: impl Iterator<Item = &'a str>) -> String {
    let versions: BTreeSet<Version> = versions.filter_map(|text| text.parse().ok()).collect();
    versions.iter().map(Version::to_string).collect::<Vec<_>>().join(", ")
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
mod tests;
