//! Summarizes a report: what matters most, what a machine can fix, and what it cannot.
//!
//! Pure. Waived findings are left out.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::RepositoryVerdict;
use super::model::{Report, RepositoryReport};
use crate::change::FileEdit;
use crate::checks::hygiene::is_about_credentials;
use crate::checks::{self, Finding, Safety, Severity};
use crate::counted::counted_as;

/// Shown in place of the mender if a repository could not be read at all.
pub const UNREAD: &str = "could not be read";

/// The place of a finding that does not concern a repository.
const THE_FLEET: &str = "the fleet itself";

/// Who can fix a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mender {
    /// A machine, without review: the fix cannot change what works today.
    Machine,
    /// A machine, and a person reviews the result.
    MachineAndLook,
    /// A person: no fix is known.
    Person,
    /// Unknown: it could not be checked.
    Nobody,
    /// Nobody: the repository is archived and read-only.
    Archived,
}

/// The share of the work of one kind of mender.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// Number of findings.
    pub findings: usize,
    /// The repositories that they are in, by name.
    pub repositories: Vec<String>,
    /// Whether some of them concern the fleet itself.
    pub of_fleet: bool,
}

/// A rule with open findings of one severity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pressing<'a> {
    /// The rule's id.
    pub rule: &'static str,
    /// The severity of the findings.
    pub severity: Severity,
    /// Repositories with such findings, by name.
    pub repositories: Vec<&'a str>,
    /// Whether some are about the fleet itself.
    pub of_fleet: bool,
    /// Number of repositories by mender; each counts once, for the mender with the most to do.
    pub menders: BTreeMap<Mender, usize>,
}

/// The summary of a report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Triage<'a> {
    /// Rules with open findings, one entry for each severity: the most severe first, then those about credentials, then
    /// by number of repositories.
    pub pressing: Vec<Pressing<'a>>,
    /// The work of each mender.
    pub shares: BTreeMap<Mender, Share>,
    /// Number of repositories in which a machine can fix all open findings without review.
    pub mended_unseen: usize,
    /// Number of repositories that could not be judged at all.
    pub unread: usize,
}

impl Mender {
    /// All menders, in display order.
    pub const ALL: [Self; 5] =
        [Self::Machine, Self::MachineAndLook, Self::Person, Self::Nobody, Self::Archived];

    /// Returns who can fix a finding by itself.
    #[must_use]
    pub fn of(finding: &Finding) -> Self {
        match finding.fix.as_ref().map(|fix| fix.safety) {
            _ if finding.unchecked => Self::Nobody,
            Some(Safety::Safe) => Self::Machine,
            Some(Safety::Unsafe) => Self::MachineAndLook,
            None => Self::Person,
        }
    }

    /// Returns who can fix a finding given the others of its repository: one in a file that another's safe fix replaces
    /// goes away with that. Credentials do not, since a person has to revoke them in any case.
    #[must_use]
    pub fn among(finding: &Finding, replaced: &Replaced<'_>) -> Self {
        if replaced.is_archived && !is_about_credentials(finding.rule) {
            return Self::Archived;
        }
        let alone = Self::of(finding);
        let goes = matches!(alone, Self::MachineAndLook | Self::Person)
            && !is_about_credentials(finding.rule)
            && replaced.takes_away(finding);
        if goes { Self::Machine } else { alone }
    }

    /// The name in words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Machine => "automatically",
            Self::MachineAndLook => "after a review",
            Self::Person => "by hand",
            Self::Nobody => "not known yet",
            Self::Archived => "not: it is archived",
        }
    }

    /// The name in words, following a number of repositories or findings.
    pub(super) fn beside_others(self) -> &'static str {
        match self {
            Self::Machine => "automatically",
            Self::MachineAndLook => "after a review",
            Self::Person => "by hand",
            Self::Nobody => "not known",
            Self::Archived => "archived",
        }
    }
}

impl<'a> Triage<'a> {
    /// Summarizes repositories.
    #[must_use]
    pub fn of(repositories: impl IntoIterator<Item = &'a RepositoryReport>) -> Self {
        let mut triage = Self::default();
        let mut rules: Rules<'a> = BTreeMap::new();
        for repository in repositories {
            triage.unread += usize::from(repository.error.is_some());
            let mut menders: BTreeSet<Mender> = BTreeSet::new();
            let replaced = Replaced::of(repository);
            for finding in open(repository) {
                let mender = Mender::among(finding, &replaced);
                triage.shares.entry(mender).or_default().findings += 1;
                menders.insert(mender);
                Rule::of(finding, &mut rules).add(&repository.name, mender);
            }
            for mender in &menders {
                let share = triage.shares.entry(*mender).or_default();
                share.repositories.push(repository.name.clone());
            }
            let is_sound =
                repository.error.is_none() && repository.verdict != RepositoryVerdict::Unchecked;
            let only_machine = menders.iter().eq([&Mender::Machine]);
            triage.mended_unseen += usize::from(is_sound && only_machine);
        }
        let mut rules: Vec<Rule<'a>> = rules.into_values().collect();
        // The sort is stable: equal rules stay in alphabetical order.
        rules.sort_by_key(|it| {
            Reverse((it.severity, is_about_credentials(it.rule), it.repositories.len()))
        });
        triage.pressing = rules.into_iter().map(Rule::pressing).collect();
        triage
    }

    /// Summarizes a whole report, including findings about the fleet itself.
    #[must_use]
    pub fn of_report(report: &'a Report) -> Self {
        let mut triage = Self::of(&report.repositories);
        let mut rules: Rules<'a> = BTreeMap::new();
        for finding in report.fleet_findings.iter().filter(|finding| finding.waived.is_none()) {
            let mender = Mender::of(finding);
            let share = triage.shares.entry(mender).or_default();
            share.findings += 1;
            share.of_fleet = true;
            Rule::of(finding, &mut rules).add(THE_FLEET, mender);
        }
        for rule in rules.into_values() {
            let pressing = Pressing { of_fleet: true, repositories: Vec::new(), ..rule.pressing() };
            let is_same = |known: &&mut Pressing<'_>| {
                (known.rule, known.severity) == (pressing.rule, pressing.severity)
            };
            match triage.pressing.iter_mut().find(is_same) {
                Some(known) => known.of_fleet = true,
                None => triage.pressing.push(pressing),
            }
        }
        // The sort is stable: at equal severity, rules about repositories come first.
        triage.pressing.sort_by_key(|it| Reverse(it.severity));
        triage
    }

    /// Returns the share of a mender; empty if it has none.
    #[must_use]
    pub fn share(&self, mender: Mender) -> Share {
        self.shares.get(&mender).cloned().unwrap_or_default()
    }

    /// Whether there is anything to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pressing.is_empty() && self.unread == 0
    }
}

impl Share {
    /// Describes it in words: `3 findings in 2 repositories and the fleet itself`.
    #[must_use]
    pub fn in_words(&self, one: &str, many: &str) -> String {
        let findings = counted_as(self.findings, "finding", "findings");
        let repositories = counted_as(self.repositories.len(), one, many);
        match (self.of_fleet, self.repositories.len()) {
            (false, _) => format!("{findings} in {repositories}"),
            (true, 0) => format!("{findings} in {THE_FLEET}"),
            (true, _) => format!("{findings} in {repositories} and {THE_FLEET}"),
        }
    }
}

impl Pressing<'_> {
    /// Describes in words where it is: `2 repositories`, `the fleet itself`.
    #[must_use]
    pub fn places(&self, one: &str, many: &str) -> String {
        match (self.of_fleet, self.repositories.len()) {
            (true, 0) => THE_FLEET.to_owned(),
            (true, count) => format!("{} and {THE_FLEET}", counted_as(count, one, many)),
            (false, count) => counted_as(count, one, many),
        }
    }

    /// The first of its repositories by name, this many at most, and how many others there are.
    #[must_use]
    pub fn names(&self, most: usize) -> String {
        let first: Vec<&str> = self.repositories.iter().take(most).copied().collect();
        match self.repositories.len().saturating_sub(most) {
            0 => first.join(", "),
            others => format!("{} and {others} more", first.join(", ")),
        }
    }

    /// The number of repositories, for a column of numbers; findings about the fleet itself are named: `2 and the fleet
    /// itself`.
    #[must_use]
    pub fn number(&self) -> String {
        match (self.of_fleet, self.repositories.len()) {
            (true, 0) => THE_FLEET.to_owned(),
            (true, count) => format!("{count} and {THE_FLEET}"),
            (false, count) => count.to_string(),
        }
    }

    /// Describes in words how it is fixed: `by hand`, or for several menders in how many repositories which: `in 5
    /// automatically, in 4 after a review`.
    #[must_use]
    pub fn menders(&self) -> String {
        let of = |(who, count): (&Mender, &usize)| format!("in {count} {}", who.beside_others());
        match self.menders.keys().next() {
            Some(only) if self.menders.len() == 1 => only.as_str().to_owned(),
            _ => self.menders.iter().map(of).collect::<Vec<_>>().join(", "),
        }
    }
}

/// Files of a repository that safe fixes replace or delete, with their new content.
#[derive(Debug)]
pub struct Replaced<'a> {
    files: BTreeMap<&'a str, Option<String>>,
    /// Whether the repository is archived, so that nothing can be replaced.
    is_archived: bool,
}

impl<'a> Replaced<'a> {
    /// Returns those of a repository.
    #[must_use]
    pub fn of(repository: &'a RepositoryReport) -> Self {
        let safe = open(repository).filter(|finding| Mender::of(finding) == Mender::Machine);
        let edits = safe.flat_map(|finding| finding.fix.iter().flat_map(|fix| &fix.edits));
        let files = edits.filter_map(|edit| match edit {
            FileEdit::Delete { path } => Some((path.as_str(), None)),
            FileEdit::Write { path, bytes, .. } => {
                let text = std::str::from_utf8(bytes).ok()?;
                Some((path.as_str(), Some(text.replace('\r', ""))))
            }
            FileEdit::Text { .. } => None,
        });
        Self { files: files.collect(), is_archived: repository.is_archived }
    }

    /// Whether the lines of a finding are gone after the safe fixes.
    fn takes_away(&self, finding: &Finding) -> bool {
        let Some(location) = &finding.location else { return false };
        match (self.files.get(location.path.as_str()), &location.region) {
            (Some(None), _) => true,
            (Some(Some(text)), Some(region)) => {
                let lines = region.excerpt.trim_end().replace('\r', "");
                !lines.is_empty() && !text.contains(&lines)
            }
            _ => false,
        }
    }
}

/// The open findings of a repository.
fn open(repository: &RepositoryReport) -> impl Iterator<Item = &Finding> {
    repository.findings.iter().filter(|finding| finding.waived.is_none())
}

/// Rules by id and severity.
type Rules<'a> = BTreeMap<(&'static str, Severity), Rule<'a>>;

/// The open findings of a rule with one severity, summarized.
struct Rule<'a> {
    rule: &'static checks::Rule,
    severity: Severity,
    /// The mender with the most to do in each repository.
    repositories: BTreeMap<&'a str, Mender>,
}

impl<'a> Rule<'a> {
    /// The entry of a finding.
    fn of<'r>(finding: &Finding, rules: &'r mut Rules<'a>) -> &'r mut Self {
        let (rule, severity) = (finding.rule, finding.severity);
        let new = || Self { rule, severity, repositories: BTreeMap::new() };
        rules.entry((rule.id, severity)).or_insert_with(new)
    }

    fn add(&mut self, repository: &'a str, mender: Mender) {
        let there = self.repositories.entry(repository).or_insert(mender);
        // What could not be checked hides nothing of what was.
        *there = match (*there, mender) {
            (Mender::Nobody, known) | (known, Mender::Nobody) => known,
            (one, other) => one.max(other),
        };
    }

    fn pressing(self) -> Pressing<'a> {
        let mut menders: BTreeMap<Mender, usize> = BTreeMap::new();
        for mender in self.repositories.values() {
            *menders.entry(*mender).or_default() += 1;
        }
        let Self { rule, severity, repositories } = self;
        let repositories = repositories.into_keys().collect();
        Pressing { rule: rule.id, severity, repositories, of_fleet: false, menders }
    }
}

#[cfg(test)]
mod tests;
