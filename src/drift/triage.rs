//! What a report comes to for somebody with ten minutes: what matters most, what a machine can mend, and what not.
//!
//! In: a report's repositories. Out: a [`Triage`]. Pure. Waived findings are nobody's work.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::RepositoryVerdict;
use super::model::RepositoryReport;
use crate::change::FileEdit;
use crate::checks::{Finding, Safety, Severity};

/// Who can mend a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mender {
    /// A machine, unseen: the repair cannot change what works today.
    Machine,
    /// A machine, and a person looks at what it did.
    MachineAndLook,
    /// A person: no repair is known.
    Person,
    /// Nobody yet: it could not be decided.
    Nobody,
}

/// What one kind of mender has to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// Findings.
    pub findings: usize,
    /// Repositories that they are in, by name.
    pub repositories: Vec<String>,
}

/// A rule that has something open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pressing<'a> {
    /// Its id.
    pub rule: &'static str,
    /// The gravest of its findings.
    pub severity: Severity,
    /// Repositories in which it has something open, by name.
    pub repositories: Vec<&'a str>,
    /// Who can mend it; where findings differ, whoever has the most to do with it.
    pub mender: Mender,
}

/// What a report comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Triage<'a> {
    /// Rules, the gravest first, and of those the ones that most repositories meet.
    pub pressing: Vec<Pressing<'a>>,
    /// What each mender has to do.
    pub shares: BTreeMap<Mender, Share>,
    /// Repositories in which a machine can mend all that is open, unseen.
    pub mended_unseen: usize,
    /// Repositories that could not be judged at all.
    pub unread: usize,
}

impl Mender {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 4] = [Self::Machine, Self::MachineAndLook, Self::Person, Self::Nobody];

    /// Who can mend a finding.
    #[must_use]
    pub fn of(finding: &Finding) -> Self {
        match finding.fix.as_ref().map(|fix| fix.safety) {
            _ if finding.unchecked => Self::Nobody,
            Some(Safety::Safe) => Self::Machine,
            Some(Safety::Unsafe) => Self::MachineAndLook,
            None => Self::Person,
        }
    }

    /// Who can mend a finding beside the others of its repository: what stands in a file that a safe repair of another
    /// replaces goes with that.
    #[must_use]
    pub fn among(finding: &Finding, replaced: &Replaced<'_>) -> Self {
        let alone = Self::of(finding);
        let goes =
            matches!(alone, Self::MachineAndLook | Self::Person) && replaced.takes_away(finding);
        if goes { Self::Machine } else { alone }
    }

    /// In words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Machine => "a machine, unseen",
            Self::MachineAndLook => "a machine, and a look",
            Self::Person => "a person",
            Self::Nobody => "nobody knows yet",
        }
    }
}

impl<'a> Triage<'a> {
    /// What repositories come to.
    #[must_use]
    pub fn of(repositories: &'a [RepositoryReport]) -> Self {
        let mut triage = Self::default();
        let mut rules: BTreeMap<&'static str, Rule<'a>> = BTreeMap::new();
        for repository in repositories {
            triage.unread += usize::from(repository.error.is_some());
            let mut menders: BTreeSet<Mender> = BTreeSet::new();
            let replaced = Replaced::of(repository);
            for finding in open(repository) {
                let mender = Mender::among(finding, &replaced);
                triage.shares.entry(mender).or_default().findings += 1;
                menders.insert(mender);
                rules.entry(finding.rule.id).or_default().add(&repository.name, finding, mender);
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
        triage.pressing = rules.into_iter().map(|(rule, found)| found.pressing(rule)).collect();
        // The sort is stable: rules that press alike stay in the order of their names.
        triage.pressing.sort_by_key(|rule| Reverse((rule.severity, rule.repositories.len())));
        triage
    }

    /// What a mender has to do.
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

/// Files of a repository that safe repairs replace or take away, with what is in them then.
#[derive(Debug)]
pub struct Replaced<'a>(BTreeMap<&'a str, Option<String>>);

impl<'a> Replaced<'a> {
    /// Those of a repository.
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
        Self(files.collect())
    }

    /// Whether the lines that a finding is about are gone then.
    fn takes_away(&self, finding: &Finding) -> bool {
        let Some(location) = &finding.location else { return false };
        match (self.0.get(location.path.as_str()), &location.region) {
            (Some(None), _) => true,
            (Some(Some(text)), Some(region)) => {
                let lines = region.excerpt.trim_end().replace('\r', "");
                !lines.is_empty() && !text.contains(&lines)
            }
            _ => false,
        }
    }
}

/// What is open in a repository.
fn open(repository: &RepositoryReport) -> impl Iterator<Item = &Finding> {
    repository.findings.iter().filter(|finding| finding.waived.is_none())
}

/// What is known of a rule.
#[derive(Default)]
struct Rule<'a> {
    severity: Option<Severity>,
    repositories: BTreeSet<&'a str>,
    menders: BTreeMap<Mender, usize>,
}

impl<'a> Rule<'a> {
    fn add(&mut self, repository: &'a str, finding: &Finding, mender: Mender) {
        self.severity = self.severity.max(Some(finding.severity));
        self.repositories.insert(repository);
        *self.menders.entry(mender).or_default() += 1;
    }

    fn pressing(self, rule: &'static str) -> Pressing<'a> {
        let most = self.menders.into_iter().max_by_key(|(mender, findings)| (*findings, *mender));
        Pressing {
            rule,
            severity: self.severity.unwrap_or(Severity::Info),
            repositories: self.repositories.into_iter().collect(),
            mender: most.map_or(Mender::Person, |(mender, _)| mender),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;
    use crate::source::{Span, Text};

    #[test]
    fn what_is_open_is_counted_once_for_who_can_mend_it() {
        let report = sample::fleet();
        let triage = Triage::of(&report.repositories);
        let findings: usize = triage.shares.values().map(|share| share.findings).sum();
        let opened = report.repositories.iter().flat_map(open).count();
        assert_eq!(findings, opened);
        assert!(opened > 3, "the sample has something to tell");
        for pair in triage.pressing.windows(2) {
            assert!(pair[0].severity >= pair[1].severity, "{pair:?}");
        }
        assert_eq!(triage.unread, 1);
    }

    #[test]
    fn what_stands_in_a_file_that_is_replaced_goes_with_it() {
        let text = Text::new("uses: a/b@v1\nkept: 1\n");
        let found = |start, end| {
            Finding::new(&crate::checks::path_rules::PATH_EXTRA, "x").at(
                "ci.yml",
                &text,
                Span::new(start, end),
            )
        };
        let write = FileEdit::Write {
            path: "ci.yml".into(),
            bytes: std::sync::Arc::from(&b"uses: a/b@v2\nkept: 1\n"[..]),
            mode: crate::change::Mode::File,
        };
        let stale = Finding::new(&crate::checks::path_rules::PATH_EXTRA, "stale").in_file("ci.yml");
        let stale = stale.fix(crate::checks::Fix::safe("replace it", vec![write]));
        let mut repository = sample::fleet().repositories.remove(0);
        repository.findings = vec![stale, found(0, 4), found(13, 17)];
        let replaced = Replaced::of(&repository);
        let menders: Vec<Mender> =
            repository.findings.iter().map(|it| Mender::among(it, &replaced)).collect();
        assert_eq!(menders, [Mender::Machine, Mender::Machine, Mender::Person]);
    }

    #[test]
    fn a_repository_is_mended_unseen_only_when_everything_in_it_is() {
        let mut report = sample::fleet();
        let before = Triage::of(&report.repositories).mended_unseen;
        for repository in &mut report.repositories {
            repository.findings.retain(|finding| Mender::of(finding) == Mender::Machine);
        }
        let triage = Triage::of(&report.repositories);
        assert!(triage.mended_unseen > before, "{before} and {}", triage.mended_unseen);
        assert_eq!(triage.shares.keys().collect::<Vec<_>>(), [&Mender::Machine]);
        assert_eq!(Triage::of(&[]), Triage::default());
        assert!(Triage::of(&[]).is_empty());
    }
}
