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

/// A rule with open findings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pressing<'a> {
    /// The rule's id.
    pub rule: &'static str,
    /// The severity of its worst finding.
    pub severity: Severity,
    /// Repositories in which it has open findings, the most severe first, then by name.
    pub repositories: Vec<&'a str>,
    /// Whether it has open findings about the fleet itself.
    pub of_fleet: bool,
    /// Number of repositories by mender; each counts once, for the mender with the most to do.
    pub menders: BTreeMap<Mender, usize>,
}

/// The summary of a report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Triage<'a> {
    /// Rules with open findings: the most severe first, then those about credentials, then by number of repositories.
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

    /// The name in words, following a number of repositories.
    fn beside_others(self) -> &'static str {
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
        let mut rules: BTreeMap<&'static str, Rule<'a>> = BTreeMap::new();
        for repository in repositories {
            triage.unread += usize::from(repository.error.is_some());
            let mut menders: BTreeSet<Mender> = BTreeSet::new();
            let replaced = Replaced::of(repository);
            for finding in open(repository) {
                let mender = Mender::among(finding, &replaced);
                triage.shares.entry(mender).or_default().findings += 1;
                menders.insert(mender);
                let rule = rules.entry(finding.rule.id).or_insert_with(|| Rule::new(finding.rule));
                rule.add(&repository.name, finding, mender);
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
        let mut rules: BTreeMap<&'static str, Rule<'a>> = BTreeMap::new();
        for finding in report.fleet_findings.iter().filter(|finding| finding.waived.is_none()) {
            let mender = Mender::of(finding);
            let share = triage.shares.entry(mender).or_default();
            share.findings += 1;
            share.of_fleet = true;
            let rule = rules.entry(finding.rule.id).or_insert_with(|| Rule::new(finding.rule));
            rule.add(THE_FLEET, finding, mender);
        }
        for rule in rules.into_values() {
            let pressing = Pressing { of_fleet: true, repositories: Vec::new(), ..rule.pressing() };
            match triage.pressing.iter_mut().find(|known| known.rule == pressing.rule) {
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

    /// Describes in words how it is fixed: `by hand`, or for two menders `5 automatically, 4 after a review`; for more,
    /// the one that takes the most effort: `2 by hand, 3 others`.
    #[must_use]
    pub fn menders(&self) -> String {
        let of = |(who, count): (&Mender, &usize)| format!("{count} {}", who.beside_others());
        let all: Vec<(&Mender, &usize)> = self.menders.iter().collect();
        match all.as_slice() {
            [] => String::new(),
            [(only, _)] => only.as_str().to_owned(),
            [one, other] => format!("{}, {}", of(*one), of(*other)),
            [first, rest @ ..] => {
                let known = rest.iter().rev().find(|(who, _)| **who <= Mender::Person);
                let most = known.unwrap_or(first);
                let others = self.menders.values().sum::<usize>() - most.1;
                format!("{}, {others} others", of(*most))
            }
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

/// The open findings of a rule, summarized.
struct Rule<'a> {
    rule: &'static checks::Rule,
    severity: Severity,
    /// The highest severity in each repository, and the mender with the most to do there.
    repositories: BTreeMap<&'a str, (Severity, Mender)>,
}

impl<'a> Rule<'a> {
    fn new(rule: &'static checks::Rule) -> Self {
        Self { rule, severity: Severity::Info, repositories: BTreeMap::new() }
    }

    fn add(&mut self, repository: &'a str, finding: &Finding, mender: Mender) {
        self.severity = self.severity.max(finding.severity);
        let there = self.repositories.entry(repository).or_insert((finding.severity, mender));
        *there = (finding.severity.max(there.0), mender.max(there.1));
    }

    fn pressing(self) -> Pressing<'a> {
        let mut menders: BTreeMap<Mender, usize> = BTreeMap::new();
        for (_, mender) in self.repositories.values() {
            *menders.entry(*mender).or_default() += 1;
        }
        let Self { rule, severity, repositories } = self;
        let mut repositories: Vec<_> = repositories.into_iter().collect();
        // The sort is stable: equal repositories stay in alphabetical order.
        repositories.sort_by_key(|(_, (severity, _))| Reverse(*severity));
        let repositories = repositories.into_iter().map(|(name, _)| name).collect();
        Pressing { rule: rule.id, severity, repositories, of_fleet: false, menders }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;
    use crate::source::{Span, Text};

    #[test]
    fn a_rule_names_first_where_it_is_gravest() {
        let rule = &crate::checks::path_rules::PATH_MISSING;
        let mut found = Rule::new(rule);
        for (name, severity) in
            [("a", Severity::Warning), ("b", Severity::Warning), ("c", Severity::Error)]
        {
            found.add(name, &Finding::new(rule, "x").severity(severity), Mender::Person);
        }
        assert_eq!(found.pressing().repositories, ["c", "a", "b"]);
    }

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
    fn a_credential_is_a_persons_first_of_all_although_its_file_goes() {
        let text = Text::new("KEY=1\n");
        let write = FileEdit::Delete { path: ".env".into() };
        let forbidden = Finding::new(&crate::checks::path_rules::PATH_FORBIDDEN, "x")
            .in_file(".env")
            .fix(crate::checks::Fix::safe("remove it", vec![write]));
        let secret = Finding::new(&crate::checks::hygiene::secret::RULE, "a key").at(
            ".env",
            &text,
            Span::new(0, 5),
        );
        let graver = Finding::new(&crate::checks::hygiene::secret::RULE, "x").severity;
        let mut one = sample::fleet().repositories.remove(0);
        one.findings = vec![forbidden, secret];
        let mut other = one.clone();
        other.name = "other".to_owned();
        other.findings.pop();
        other.findings.iter_mut().for_each(|finding| finding.severity = graver);
        let of_both = [one, other];
        let triage = Triage::of(&of_both);
        let rules: Vec<_> = triage.pressing.iter().map(|it| (it.rule, it.menders())).collect();
        let told = [("secret", "by hand"), ("path-forbidden", "automatically")];
        assert_eq!(rules, told.map(|(rule, who)| (rule, who.to_owned())));
        assert_eq!(triage.mended_unseen, 1);
    }

    #[test]
    fn what_is_archived_nobody_mends_where_it_is() {
        let mut report = sample::fleet();
        report.repositories.iter_mut().for_each(|it| it.is_archived = true);
        let triage = Triage::of(&report.repositories);
        assert_eq!(triage.shares.keys().collect::<Vec<_>>(), [&Mender::Archived]);
        assert_eq!(triage.mended_unseen, 0);
    }

    #[test]
    fn of_a_rule_it_is_said_who_mends_it_where() {
        let menders = BTreeMap::from([(Mender::Machine, 5), (Mender::MachineAndLook, 4)]);
        let severity = Severity::Warning;
        let of_fleet = false;
        let mut rule =
            Pressing { rule: "x", severity, repositories: Vec::new(), of_fleet, menders };
        assert_eq!(rule.menders(), "5 automatically, 4 after a review");
        rule.menders.extend([(Mender::Person, 2), (Mender::Nobody, 1)]);
        assert_eq!(rule.menders(), "2 by hand, 10 others");
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
